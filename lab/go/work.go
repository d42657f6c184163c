// What is computed between two operations.

package main

import "math"

// worker computes between two operations: each step draws a number, and ends the work with a chance
// of one in the mean. The steps are distributed geometrically.
type worker struct {
	state uint64
	// limit is below one in the mean of all numbers; 0 is no work at all.
	limit uint64
}

// worker starts another sequence of numbers for each place.
func (j job) worker(place int) worker {
	w := worker{state: (uint64(place) + 1) * 0x9e3779b97f4a7c15}
	if j.Work > 0 {
		w.limit = math.MaxUint64 / uint64(j.Work)
	}
	return w
}

func (w *worker) work() {
	if w.limit > 0 {
		w.steps()
	}
}

// steps works and says how long.
func (w *worker) steps() int {
	x := w.state
	for steps := 1; ; steps++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		if x <= w.limit {
			w.state = x
			return steps
		}
	}
}
