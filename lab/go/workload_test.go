// Whether sound rounds pass and others do not.

package main

import (
	"strings"
	"testing"
)

func small(workload, capacity string, producers, consumers, arms int) job {
	return job{
		Workload: workload, Capacity: capacity, Producers: producers, Consumers: consumers,
		Messages: 4000, Arms: arms, Busy: arms, Work: 3,
	}
}

func TestEveryWorkloadPassesItsChecks(t *testing.T) {
	jobs := []job{
		small("streams", "0", 1, 1, 1), small("streams", "1", 4, 1, 1), small("streams", "64", 4, 4, 1),
		small("streams", "1024", 100, 100, 1), small("streams", "0", 1, 4, 1),
		small("ping-pong", "0", 1, 1, 1), small("ready", "1", 1, 1, 1),
		small("select-recv", "64", 2, 1, 2), small("select-recv", "64", 2, 1, 4),
		small("select-recv", "64", 2, 1, 8), small("select-recv", "64", 2, 1, 64),
		small("select-recv", "64", 2, 1, 1000),
		small("select-ready", "64", 1, 1, 8), small("select-ready", "64", 1, 1, 64),
		small("select-plain", "64", 1, 1, 8),
		small("cross", "0", 1, 1, 1), small("cross", "64", 1, 1, 1),
		small("both", "0", 4, 4, 1), small("both", "64", 4, 4, 1),
		small("cancel", "0", 1, 1, 1), small("cancel", "64", 4, 4, 1),
		small("mutex", "1", 1, 1, 1), small("mutex", "1", 8, 1, 1), small("semaphore", "1", 8, 1, 1),
		small("semaphore", "4", 1, 1, 1), small("semaphore", "4", 8, 1, 1), small("rw-lock", "1", 8, 1, 1),
	}
	for _, j := range jobs {
		took, err := j.run()
		if err != nil {
			t.Errorf("%+v: %v", j, err)
		}
		if took.WallNs <= 0 || took.CPUNs < 0 {
			t.Errorf("%+v took %+v", j, took)
		}
	}
}

func TestWhoGivesWayPassesToo(t *testing.T) {
	for _, workload := range []string{"mutex", "semaphore", "rw-lock"} {
		j := small(workload, "2", 8, 1, 1)
		j.Yields = 1
		if _, err := j.run(); err != nil {
			t.Errorf("%s: %v", workload, err)
		}
	}
}

func TestEveryArmOfASelectIsServed(t *testing.T) {
	for _, arms := range []int{2, 4, 8, 64, 100} {
		channels := job{Capacity: "1"}.makeAll(arms)
		next := pickerOf(channels)
		for at := range arms {
			channels[at] <- int64(at)
			if got, ok := next(); got != int64(at) || !ok {
				t.Errorf("arm %d of %d: %d, %v", at, arms, got, ok)
			}
		}
		close(channels[arms-1])
		if _, ok := next(); ok {
			t.Errorf("the closed one of %d arms was not seen", arms)
		}
	}
}

func TestALostMessageIsAFault(t *testing.T) {
	lossy := func(j job, to chan<- int64, producer int) {
		for sequence := range j.share() {
			if producer > 0 || sequence != 7 {
				to <- message(producer, sequence)
			}
		}
	}
	for _, crowd := range [][2]int{{1, 1}, {4, 1}, {4, 4}} {
		_, err := race(small("streams", "0", crowd[0], crowd[1], 1), lossy)
		if err == nil || err.Error() != "3999 messages for 4000" {
			t.Errorf("%v: %v", crowd, err)
		}
	}
}

func TestAMessageThatASelectNeverSeesIsAFault(t *testing.T) {
	lossy := func(j job, busy []chan int64, producer int) {
		for sequence := range j.share() - 1 {
			busy[sequence%len(busy)] <- message(producer, sequence)
		}
	}
	_, err := raceArms(small("select-recv", "64", 2, 1, 2), lossy)
	if err == nil || err.Error() != "3998 messages for 4000" {
		t.Error(err)
	}
}

func TestASendThatWasNotChosenAndArrivesIsAFault(t *testing.T) {
	j := small("cross", "0", 1, 1, 1)
	sides := [2]side{{sent: 2, received: tally{count: 1}}, {sent: 2, received: tally{count: 2, sum: 1}}}
	if err := checkSides(j, sides); err == nil || err.Error() != "1 messages for 2" {
		t.Error(err)
	}
}

func TestSidesThatDidTooLittleAreAFault(t *testing.T) {
	one := tally{count: 1}
	sides := [2]side{{sent: 1, received: one}, {sent: 1, received: one}}
	if err := checkSides(job{Messages: 3}, sides); err == nil || err.Error() != "2 messages for 3" {
		t.Error(err)
	}
	if err := checkSides(job{Messages: 2}, sides); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeDoneIsSaid(t *testing.T) {
	unbounded := small("streams", "unbounded", 1, 1, 1)
	unknown := small("juggling", "0", 1, 1, 1)
	nobody := small("streams", "0", 0, 1, 1)
	for _, j := range []job{unbounded, unknown, nobody} {
		if _, err := j.run(); err == nil {
			t.Errorf("%+v was done", j)
		}
	}
	if a := reply([]byte("{")); !strings.HasPrefix(a.Fault, "no job") {
		t.Errorf("%+v", a)
	}
}
