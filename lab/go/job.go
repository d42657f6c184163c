// What is asked for, and which workload does it.

package main

import (
	"errors"
	"fmt"
	"strconv"
)

// job is the size of a round, as strait-lab sends it.
type job struct {
	Workload  string `json:"workload"`
	Capacity  string `json:"capacity"`
	Producers int    `json:"producers"`
	Consumers int    `json:"consumers"`
	Messages  int    `json:"messages"`
	// Arms are the channels that a select chooses from, Busy those that are sent into.
	Arms int `json:"arms"`
	Busy int `json:"busy"`
	// Work is the mean number of steps that are computed after every operation.
	Work int `json:"work"`
	// Yields is 1 where a lock is held while all others run.
	Yields int `json:"yields"`
}

// workloads are the rounds by name.
var workloads = map[string]func(job) (cost, error){
	"streams":      streams,
	"ping-pong":    pingPong,
	"ready":        ready,
	"select-recv":  selectRecv,
	"select-ready": selectReady,
	"select-plain": selectPlain,
	"cross":        cross,
	"both":         both,
	"cancel":       cancel,
	"mutex":        mutex,
	"semaphore":    semaphore,
	"rw-lock":      rwLock,
}

var errUnlimited = errors.New("Go has no channel without a limit")

// run does the round, or says why it cannot be done.
func (j job) run() (cost, error) {
	workload, known := workloads[j.Workload]
	if !known {
		return cost{}, fmt.Errorf("unknown workload %q", j.Workload)
	}
	if j.Capacity == "unbounded" {
		return cost{}, errUnlimited
	}
	capacity, err := strconv.Atoi(j.Capacity)
	if err != nil || capacity < 0 {
		return cost{}, fmt.Errorf("no capacity: %q", j.Capacity)
	}
	if j.Workload == "ready" && capacity == 0 {
		return cost{}, errors.New("nobody can be ready without room")
	}
	if j.Producers < 1 || j.Consumers < 1 || j.Messages < 1 || j.Arms < 1 ||
		j.Busy < 1 || j.Busy > j.Arms || j.Work < 0 {
		return cost{}, fmt.Errorf("no such job: %+v", j)
	}
	return workload(j)
}

// room is what fits into the channel; run has checked it.
func (j job) room() int {
	room, _ := strconv.Atoi(j.Capacity)
	return room
}

// share is how many messages each producer sends.
func (j job) share() int { return j.Messages / j.Producers }

func (j job) makeAll(count int) []chan int64 {
	channels := make([]chan int64, count)
	for at := range channels {
		channels[at] = make(chan int64, j.room())
	}
	return channels
}
