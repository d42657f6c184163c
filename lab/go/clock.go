// The gate at which all goroutines wait, and what a round takes from there.

package main

import (
	"sync"
	"syscall"
	"time"
)

// cost is what a round took on the wall and on all processors.
type cost struct {
	WallNs int64 `json:"wall_ns"`
	CPUNs  int64 `json:"cpu_ns"`
	// Least and Most are the fewest turns that one had and the most, in parts of the mean.
	Least *float64 `json:"least,omitempty"`
	Most  *float64 `json:"most,omitempty"`
}

type clock struct {
	wall time.Time
	cpu  int64
}

func now() clock {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return clock{cpu: used.Utime.Nano() + used.Stime.Nano(), wall: time.Now()}
}

// until is the cost from c to end.
func (c clock) until(end clock) cost {
	return cost{WallNs: end.wall.Sub(c.wall).Nanoseconds(), CPUNs: end.cpu - c.cpu}
}

// gate holds the goroutines until all are there and the clock runs.
type gate struct {
	arrived sync.WaitGroup
	start   chan struct{}
}

func newGate(goroutines int) *gate {
	g := &gate{start: make(chan struct{})}
	g.arrived.Add(goroutines)
	return g
}

func (g *gate) pass() {
	g.arrived.Done()
	<-g.start
}

func (g *gate) open() clock {
	g.arrived.Wait()
	start := now()
	close(g.start)
	return start
}
