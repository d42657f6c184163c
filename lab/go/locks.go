// Goroutines that take turns at a lock, and nothing between two turns.

package main

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// writeIn is of how many turns at a read-write lock one is a write.
const writeIn = 10

var errExclusion = errors.New("not excluded")

// contest is something that goroutines take turns at.
type contest interface {
	// contend takes turns until there are none left, and returns how many it had.
	contend(j job, place int) int
	// check tells whether nobody was inside who must not be.
	check(j job, turns []int) error
}

func mutex(j job) (cost, error) { return takeTurns(j, &mutexContest{}) }

func semaphore(j job) (cost, error) {
	if j.room() < 1 {
		return cost{}, errors.New("no permits")
	}
	return takeTurns(j, &semaphoreContest{permits: make(chan struct{}, j.room())})
}

func rwLock(j job) (cost, error) {
	took, err := takeTurns(j, &rwContest{})
	took.Least, took.Most = nil, nil
	return took, err
}

// takeTurns has as many contenders as there are producers, and as many turns in all as messages.
// One alone has no goroutine of its own.
func takeTurns(j job, c contest) (cost, error) {
	turns := make([]int, j.Producers)
	if j.Producers == 1 {
		start := now()
		turns[0] = c.contend(j, 0)
		return start.until(now()), c.check(j, turns)
	}
	g := newGate(j.Producers)
	var all sync.WaitGroup
	all.Add(j.Producers)
	for place := range turns {
		go func() {
			defer all.Done()
			g.pass()
			turns[place] = c.contend(j, place)
		}()
	}
	start := g.open()
	all.Wait()
	took := start.until(now())
	took.spread(turns)
	return took, c.check(j, turns)
}

// spread keeps the fewest turns and the most, in parts of the mean.
func (c *cost) spread(turns []int) {
	all, least, most := 0, turns[0], turns[0]
	for _, had := range turns {
		all, least, most = all+had, min(least, had), max(most, had)
	}
	if all > 0 {
		mean := float64(all) / float64(len(turns))
		low, high := float64(least)/mean, float64(most)/mean
		c.Least, c.Most = &low, &high
	}
}

// giveWay is in the middle of a turn: it lets every other goroutine run first, if the job says so.
func (j job) giveWay() {
	if j.Yields > 0 {
		runtime.Gosched()
	}
}

func checkCount(j job, turns []int) error {
	all := 0
	for _, had := range turns {
		all += had
	}
	if all == j.Messages {
		return nil
	}
	return errExclusion
}

type mutexContest struct {
	mutex sync.Mutex
	count int
}

func (c *mutexContest) contend(j job, place int) int {
	w := j.worker(place)
	for turns := 0; ; turns++ {
		c.mutex.Lock()
		before := c.count
		if before >= j.Messages {
			c.mutex.Unlock()
			return turns
		}
		w.work()
		j.giveWay()
		c.count = before + 1
		c.mutex.Unlock()
	}
}

func (c *mutexContest) check(j job, turns []int) error { return checkCount(j, turns) }

// inside is what one who is inside adds to the count of turns.
const inside = 1 << 48

// semaphoreContest counts turns alone where there is one permit, and who is inside as well where
// there are more, with two atomic additions a turn.
type semaphoreContest struct {
	permits chan struct{}
	plain   int
	count   atomic.Int64
	crowded atomic.Bool
}

func (c *semaphoreContest) contend(j job, place int) int {
	w := j.worker(place)
	lone := cap(c.permits) == 1 || j.Producers == 1
	for turns := 0; ; turns++ {
		c.permits <- struct{}{}
		before := c.enter(lone)
		over := before >= j.Messages
		if !over {
			w.work()
			j.giveWay()
		}
		if !lone {
			c.count.Add(-inside)
		} else if !over {
			c.plain = before + 1
		}
		<-c.permits
		if over {
			return turns
		}
	}
}

// enter returns the turns before this one.
func (c *semaphoreContest) enter(lone bool) int {
	if lone {
		return c.plain
	}
	now := c.count.Add(inside + 1)
	if now>>48 > int64(cap(c.permits)) {
		c.crowded.Store(true)
	}
	return int(now%inside) - 1
}

func (c *semaphoreContest) check(j job, turns []int) error {
	if c.crowded.Load() {
		return errExclusion
	}
	return checkCount(j, turns)
}

// rwContest has two numbers that a writer moves on before its work and behind it.
type rwContest struct {
	lock          sync.RWMutex
	first, second int
	torn          atomic.Bool
}

func writes(turn, place int) bool { return (turn+place)%writeIn == 0 }

func (c *rwContest) contend(j job, place int) int {
	w := j.worker(place)
	for turn := range j.share() {
		if writes(turn, place) {
			c.lock.Lock()
			c.first++
			w.work()
			j.giveWay()
			c.second++
			c.lock.Unlock()
		} else {
			c.lock.RLock()
			before := c.first
			w.work()
			j.giveWay()
			if c.first != before || c.second != before {
				c.torn.Store(true)
			}
			c.lock.RUnlock()
		}
	}
	return j.share()
}

func (c *rwContest) check(j job, _ []int) error {
	written := 0
	for place := range j.Producers {
		for turn := range j.share() {
			if writes(turn, place) {
				written++
			}
		}
	}
	if c.torn.Load() || c.first != written || c.second != written {
		return errExclusion
	}
	return nil
}
