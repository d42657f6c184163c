// Whether the work is as long as it should be.

package main

import "testing"

// A geometric distribution of mean 100 has a standard deviation of 100 too: the mean of so many is
// within one percent but for one case in a million.
func TestMeanAndSpreadOfTheWork(t *testing.T) {
	const mean, times = 100, 400_000
	for place := range 3 {
		w := job{Work: mean}.worker(place)
		steps, short := 0, 0
		for range times {
			took := w.steps()
			steps += took
			if took <= mean {
				short++
			}
		}
		if got := float64(steps) / times; got < 0.99*mean || got > 1.01*mean {
			t.Errorf("place %d: %g steps in the mean", place, got)
		}
		// 1 - 0.99^100 of them are not longer than the mean.
		if part := float64(short) / times; part < 0.63 || part > 0.64 {
			t.Errorf("place %d: a part of %g is not longer than the mean", place, part)
		}
	}
}

func TestNoWorkIsNone(t *testing.T) {
	w := job{}.worker(0)
	before := w.state
	if w.work(); w.state != before {
		t.Error("it computed")
	}
}
