// A select over many receives, of which some are sent into.

package main

import (
	"sync"
	"time"
)

// linger is how long channels stay open for a receiver that has not got all messages: then the
// close ends it, and the count tells of the loss.
const linger = time.Second

// selectRecv is one goroutine that selects over many channels while others send into some of them.
// The clock runs from the gate, when the receiver has had one message and waits, to the last
// message.
func selectRecv(j job) (cost, error) { return raceArms(j, sendAround) }

// aroundSender sends a producer's share around the busy channels.
type aroundSender func(j job, busy []chan int64, producer int)

func sendAround(j job, busy []chan int64, producer int) {
	w := j.worker(producer)
	at := producer * j.Busy / j.Producers
	for sequence := range j.share() {
		busy[at] <- message(producer, sequence)
		if at++; at == len(busy) {
			at = 0
		}
		w.work()
	}
}

func raceArms(j job, send aroundSender) (cost, error) {
	channels := j.makeAll(j.Arms)
	warm, done := make(chan struct{}), make(chan struct{})
	var received tally
	var end clock
	go func() {
		defer close(done)
		next := pickerOf(channels)
		next()
		close(warm)
		received = takeAll(j, next, channels)
		end = now()
	}()
	channels[j.Arms-1] <- 0
	<-warm
	g := newGate(j.Producers)
	var all sync.WaitGroup
	all.Add(j.Producers)
	for producer := range j.Producers {
		go func() {
			defer all.Done()
			g.pass()
			send(j, channels[:j.Busy], producer)
		}()
	}
	start := g.open()
	late := time.NewTimer(linger)
	select {
	case <-done:
	case <-late.C:
	}
	late.Stop()
	all.Wait()
	for _, channel := range channels {
		close(channel)
	}
	<-done
	return start.until(end), j.check(received)
}

// takeAll takes as many messages as there are to be, or all there are once a channel is closed.
func takeAll(j job, next picker, channels []chan int64) tally {
	t, w := j.tally(), j.worker(j.Producers)
	for range j.Messages {
		message, ok := next()
		if !ok {
			return drain(t, channels)
		}
		t.take(message)
		w.work()
	}
	return t
}

// drain adds what closed channels still hold.
func drain(t tally, channels []chan int64) tally {
	for _, channel := range channels {
		for message := range channel {
			t.take(message)
		}
	}
	return t
}
