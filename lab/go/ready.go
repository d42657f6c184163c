// Rounds in which nobody waits.

package main

// ready is one goroutine that sends a message and receives it: nobody waits.
func ready(j job) (cost, error) {
	channel := make(chan int64, j.room())
	t, w := j.tally(), j.worker(0)
	start := now()
	for sequence := range j.Messages {
		channel <- message(0, sequence)
		w.work()
		t.take(<-channel)
		w.work()
	}
	took := start.until(now())
	return took, j.check(t)
}

// selectReady is the same with a select over many channels that finds the message.
func selectReady(j job) (cost, error) {
	channels := j.makeAll(j.Arms)
	next := pickerOf(channels)
	return feed(j, channels, func(int) (int64, bool) { return next() })
}

// selectPlain is the same where the channel is known.
func selectPlain(j job) (cost, error) {
	channels := j.makeAll(j.Arms)
	return feed(j, channels, func(at int) (int64, bool) {
		message, ok := <-channels[at]
		return message, ok
	})
}

func feed(j job, channels []chan int64, next func(at int) (int64, bool)) (cost, error) {
	t, w := j.tally(), j.worker(0)
	at := 0
	start := now()
	for sequence := range j.Messages {
		if !offer(channels[at], message(0, sequence)) {
			return cost{}, errAnswer
		}
		w.work()
		message, ok := next(at)
		if !ok {
			return cost{}, errAnswer
		}
		t.take(message)
		w.work()
		if at++; at == j.Busy {
			at = 0
		}
	}
	took := start.until(now())
	return took, j.check(t)
}

// offer sends if there is room.
func offer(to chan<- int64, message int64) bool {
	select {
	case to <- message:
		return true
	default:
		return false
	}
}
