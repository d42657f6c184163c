// Goroutines that only send and goroutines that only receive, and two that answer each other.

package main

import (
	"sync"
	"sync/atomic"
)

// sender sends a producer's share; another one stands in for a channel that loses.
type sender func(j job, to chan<- int64, producer int)

// streams is goroutines that only send and goroutines that only receive. The last producer closes.
func streams(j job) (cost, error) { return race(j, send) }

// cancel is the same where each send can be cancelled: it is a select against a receive from a
// channel into which nobody sends.
func cancel(j job) (cost, error) {
	cancelled := make(chan int64, 1)
	return race(j, func(j job, to chan<- int64, producer int) {
		w := j.worker(producer)
		for sequence := range j.share() {
			select {
			case to <- message(producer, sequence):
			case <-cancelled:
				return
			}
			w.work()
		}
	})
}

func send(j job, to chan<- int64, producer int) {
	w := j.worker(producer)
	for sequence := range j.share() {
		to <- message(producer, sequence)
		w.work()
	}
}

func race(j job, send sender) (cost, error) {
	channel := make(chan int64, j.room())
	g := newGate(j.Producers + j.Consumers)
	tallies := make([]tally, j.Consumers)
	var producing atomic.Int64
	producing.Store(int64(j.Producers))
	var all sync.WaitGroup
	all.Add(j.Producers + j.Consumers)
	for place := range max(j.Producers, j.Consumers) {
		if place < j.Consumers {
			go func() {
				defer all.Done()
				g.pass()
				tallies[place] = receive(j, channel, j.Producers+place)
			}()
		}
		if place < j.Producers {
			go func() {
				defer all.Done()
				g.pass()
				send(j, channel, place)
				if producing.Add(-1) == 0 {
					close(channel)
				}
			}()
		}
	}
	start := g.open()
	all.Wait()
	took := start.until(now())
	return took, j.check(tallies...)
}

// receive takes all there is.
func receive(j job, from <-chan int64, place int) tally {
	t, w := j.tally(), j.worker(place)
	for message := range from {
		t.take(message)
		w.work()
	}
	return t
}

// pingPong is one goroutine that sends and waits for the answer, and one that answers. A message is
// one way.
func pingPong(j job) (cost, error) {
	there, back := make(chan int64, j.room()), make(chan int64, j.room())
	g := newGate(2)
	var answered, returned tally
	var all sync.WaitGroup
	all.Add(2)
	go func() {
		defer all.Done()
		t, w := j.tally(), j.worker(0)
		g.pass()
		for sequence := range j.Messages / 2 {
			there <- message(0, sequence)
			w.work()
			t.take(<-back)
			w.work()
		}
		close(there)
		returned = t
	}()
	go func() {
		defer all.Done()
		t, w := j.tally(), j.worker(1)
		g.pass()
		for message := range there {
			t.take(message)
			w.work()
			back <- message
			w.work()
		}
		answered = t
	}()
	start := g.open()
	all.Wait()
	took := start.until(now())
	if err := check(1, j.Messages/2, answered); err != nil {
		return took, err
	}
	return took, check(1, j.Messages/2, returned)
}
