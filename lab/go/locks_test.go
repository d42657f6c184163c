// Whether two who are inside together are told, and turns that one had alone.

package main

import (
	"errors"
	"testing"
)

// openContest is a mutex that excludes nobody: it counts one turn of ten.
type openContest struct{ mutexContest }

func (c *openContest) contend(j job, place int) int { return c.mutexContest.contend(j, place) + 1 }

func TestATurnTooManyIsAFault(t *testing.T) {
	for _, contenders := range []int{1, 4} {
		if _, err := takeTurns(small("mutex", "1", contenders, 1, 1), &openContest{}); !errors.Is(err, errExclusion) {
			t.Errorf("%d: %v", contenders, err)
		}
	}
}

func TestMoreInsideThanPermitsAreAFault(t *testing.T) {
	c := &semaphoreContest{permits: make(chan struct{}, 2)}
	for range 3 {
		c.enter(false)
	}
	if err := c.check(job{Messages: 3}, []int{3}); !errors.Is(err, errExclusion) {
		t.Error(err)
	}
}

func TestHalfAWriteIsAFault(t *testing.T) {
	c := &rwContest{first: 1}
	j := small("rw-lock", "1", 1, 1, 1)
	if err := c.check(j, nil); !errors.Is(err, errExclusion) {
		t.Error(err)
	}
	c.contend(j, 0)
	if !c.torn.Load() {
		t.Error("no reader saw it")
	}
}

func TestTheSpreadIsInPartsOfTheMean(t *testing.T) {
	var c cost
	c.spread([]int{1, 2, 3})
	if *c.Least != 0.5 || *c.Most != 1.5 {
		t.Errorf("%g to %g", *c.Least, *c.Most)
	}
}
