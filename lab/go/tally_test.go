// Whether a tally tells what went wrong.

package main

import (
	"errors"
	"testing"
)

func received(messages ...[2]int) tally {
	t := tally{owed: make([]int64, 2)}
	for _, m := range messages {
		t.take(message(m[0], m[1]))
	}
	return t
}

func TestAnyMergeOfTheProducersIsAccepted(t *testing.T) {
	if err := check(2, 2, received([2]int{1, 0}, [2]int{0, 0}, [2]int{0, 1}, [2]int{1, 1})); err != nil {
		t.Error(err)
	}
}

func TestLostDoubledAndOvertakenMessagesAreTold(t *testing.T) {
	lost := check(2, 2, received([2]int{0, 0}, [2]int{0, 1}, [2]int{1, 0}))
	if lost == nil || lost.Error() != "3 messages for 4" {
		t.Errorf("lost: %v", lost)
	}
	doubled := check(2, 2, received([2]int{0, 0}, [2]int{0, 0}, [2]int{1, 0}, [2]int{1, 1}))
	if !errors.Is(doubled, errSum) {
		t.Errorf("doubled: %v", doubled)
	}
	overtaken := check(2, 2, received([2]int{0, 1}, [2]int{0, 0}, [2]int{1, 0}, [2]int{1, 1}))
	if !errors.Is(overtaken, errOrder) {
		t.Errorf("overtaken: %v", overtaken)
	}
}
