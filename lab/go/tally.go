// What proves a round: messages are counted, added up and, for a lone consumer, put in order.

package main

import (
	"errors"
	"fmt"
)

// sequenceBits hold the sequence number of a message, the rest its producer.
const sequenceBits = 40

func message(producer, sequence int) int64 {
	return int64(producer)<<sequenceBits | int64(sequence)
}

var (
	errSum    = errors.New("wrong messages")
	errOrder  = errors.New("out of order")
	errAnswer = errors.New("wrong answer")
)

// tally is what one consumer received.
type tally struct {
	count, sum int64
	// owed is the sequence number that each producer owes next; empty where the order is not
	// checked: among several consumers nobody can tell who was first.
	owed     []int64
	disorder bool
}

func (j job) tally() tally {
	if j.Consumers == 1 && j.Busy == 1 {
		return tally{owed: make([]int64, j.Producers)}
	}
	return tally{}
}

func (t *tally) take(message int64) {
	t.count++
	t.sum += message
	if producer := message >> sequenceBits; producer < int64(len(t.owed)) {
		sequence := message & (1<<sequenceBits - 1)
		if sequence != t.owed[producer] {
			t.disorder = true
		}
		t.owed[producer] = sequence + 1
	}
}

// check tells whether the tallies are what the producers sent, share messages each.
func check(producers, share int, tallies ...tally) error {
	var count, sum int64
	disorder := false
	for _, t := range tallies {
		count += t.count
		sum += t.sum
		disorder = disorder || t.disorder
	}
	var owed int64
	for producer := range producers {
		owed += message(producer, 0)*int64(share) + int64(share)*int64(share-1)/2
	}
	switch {
	case count != int64(producers*share):
		return fmt.Errorf("%d messages for %d", count, producers*share)
	case sum != owed:
		return errSum
	case disorder:
		return errOrder
	}
	return nil
}

func (j job) check(tallies ...tally) error { return check(j.Producers, j.share(), tallies...) }
