// Goroutines that select among sends.

package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// mixed is how many channels both chooses from.
const mixed = 4

// cross is two goroutines, each of which sends to the other or receives from it, whichever is
// first, until each has done as much as there are messages.
func cross(j job) (cost, error) {
	right, left := make(chan int64, j.room()), make(chan int64, j.room())
	g := newGate(2)
	var sides [2]side
	var all sync.WaitGroup
	all.Add(2)
	go func() {
		defer all.Done()
		g.pass()
		sides[0] = runSide(j, right, left, 0)
	}()
	go func() {
		defer all.Done()
		g.pass()
		sides[1] = runSide(j, left, right, 1)
	}()
	start := g.open()
	all.Wait()
	took := start.until(now())
	return took, checkSides(j, sides)
}

// side is what one of the two did.
type side struct {
	sent     int
	received tally
}

func runSide(j job, to chan<- int64, from <-chan int64, place int) side {
	s, w := side{received: j.tally()}, j.worker(place)
	for left := j.Messages; left > 0; left-- {
		select {
		case to <- message(0, s.sent):
			s.sent++
		case message, ok := <-from:
			if !ok {
				left = 0
				break
			}
			s.received.take(message)
		}
		w.work()
	}
	close(to)
	for message := range from {
		s.received.take(message)
	}
	return s
}

// checkSides tells whether each has what the other sent. Whoever was first did as much as there are
// messages, and the other has sent at least what that one received.
func checkSides(j job, sides [2]side) error {
	if err := check(1, sides[1].sent, sides[0].received); err != nil {
		return err
	}
	if err := check(1, sides[0].sent, sides[1].received); err != nil {
		return err
	}
	if moved := sides[0].sent + sides[1].sent; moved < j.Messages {
		return fmt.Errorf("%d messages for %d", moved, j.Messages)
	}
	return nil
}

// both is goroutines that send into whichever of several channels has room, and others that receive
// from whichever has a message.
func both(j job) (cost, error) {
	channels := j.makeAll(mixed)
	g := newGate(j.Producers + j.Consumers)
	tallies := make([]tally, j.Consumers)
	var producing atomic.Int64
	producing.Store(int64(j.Producers))
	var all sync.WaitGroup
	all.Add(j.Producers + j.Consumers)
	for place := range j.Consumers {
		go func() {
			defer all.Done()
			g.pass()
			tallies[place] = pickAll(j, channels, j.Producers+place)
		}()
	}
	for producer := range j.Producers {
		go func() {
			defer all.Done()
			g.pass()
			sendAny(j, channels, producer)
			if producing.Add(-1) == 0 {
				for _, channel := range channels {
					close(channel)
				}
			}
		}()
	}
	start := g.open()
	all.Wait()
	took := start.until(now())
	return took, j.check(tallies...)
}

// pickAll takes all there is, by select until the first channel is closed.
func pickAll(j job, channels []chan int64, place int) tally {
	t, w, next := tally{}, j.worker(place), pickerOf(channels)
	for {
		message, ok := next()
		if !ok {
			return drain(t, channels)
		}
		t.take(message)
		w.work()
	}
}

func sendAny(j job, c []chan int64, producer int) {
	w := j.worker(producer)
	for sequence := range j.share() {
		message := message(producer, sequence)
		select {
		case c[0] <- message:
		case c[1] <- message:
		case c[2] <- message:
		case c[3] <- message:
		}
		w.work()
	}
}
