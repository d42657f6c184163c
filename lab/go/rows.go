// The rows of tasks.

package main

import (
	"fmt"
	"strings"
)

// leastShare is the fewest messages that a producer sends, or a round of many producers measures
// their coming and going.
const leastShare = 8

// talkWork is the work between operations where there is some.
const talkWork = 100

// set is rows that share a table.
type set struct {
	Title string
	Note  string
	rows  []row
}

// row is one line of it. The job's number of messages is the least there can be, and every other
// number is a multiple of it.
type row struct {
	name string
	job  job
	// plain is the workload that the job's is compared with, if there is one.
	plain string
}

// setsOf are all rows of tasks with so many workers whose name contains one of filter, or all if
// there is none. The names are those of strait-lab.
func setsOf(workers int, filter []string) []set {
	place := fmt.Sprintf("tasks%d", workers)
	sets := []set{
		{Title: fmt.Sprintf("Tasks, %d workers", workers), rows: taskRows(place)},
		{Title: "Select, one task", rows: readyRows()},
		{Title: fmt.Sprintf("Select, tasks, %d workers", workers), rows: selectRows(place)},
		{Title: fmt.Sprintf("Locks, %d workers", workers), rows: lockRows(place)},
		{Title: "The talk", rows: talkRows(workers)},
	}
	kept := sets[:0]
	for _, s := range sets {
		s.rows = matching(s.rows, filter)
		if len(s.rows) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

func matching(rows []row, filter []string) []row {
	if len(filter) == 0 {
		return rows
	}
	var kept []row
	for _, r := range rows {
		for _, part := range filter {
			if strings.Contains(r.name, part) {
				kept = append(kept, r)
				break
			}
		}
	}
	return kept
}

// jobOf has so many of both sides, one channel, and nothing to do besides.
func jobOf(workload, capacity string, producers, consumers int) job {
	return job{
		Workload: workload, Capacity: capacity, Producers: producers, Consumers: consumers,
		Messages: producers * leastShare, Arms: 1, Busy: 1,
	}
}

var capacities = []string{"0", "1", "64", "1024"}

func taskRows(place string) []row {
	var rows []row
	add := func(kind, capacity, suffix string, j job) {
		rows = append(rows, row{name: fmt.Sprintf("%s/%s/%s%s", place, kind, capacity, suffix), job: j})
	}
	for _, capacity := range capacities[1:] {
		add("ready", capacity, "", jobOf("ready", capacity, 1, 1))
	}
	for _, capacity := range capacities {
		add("ping-pong", capacity, "", jobOf("ping-pong", capacity, 1, 1))
	}
	crowds := []struct {
		name                 string
		producers, consumers int
	}{{"spsc", 1, 1}, {"mpsc4", 4, 1}, {"mpmc4x4", 4, 4}, {"1000x1000", 1000, 1000}}
	for _, crowd := range crowds {
		for _, capacity := range capacities {
			j := jobOf("streams", capacity, crowd.producers, crowd.consumers)
			add(crowd.name, capacity, "", j)
			j.Work = talkWork
			add(crowd.name, capacity, "/w100", j)
		}
	}
	return rows
}

func readyRows() []row {
	var rows []row
	for _, arms := range []int{2, 8, 64} {
		for _, busy := range []int{1, arms} {
			j := jobOf("select-ready", "64", 1, 1)
			j.Arms, j.Busy = arms, busy
			name := fmt.Sprintf("task/select-ready/%d/%s/64", arms, load(busy))
			rows = append(rows, row{name: name, job: j, plain: "select-plain"})
		}
	}
	return rows
}

// load is what a row is called where so many channels are sent into.
func load(busy int) string {
	if busy == 1 {
		return "one"
	}
	return "all"
}

func selectRows(place string) []row {
	var rows []row
	for _, arms := range []int{2, 8, 64, 1000} {
		for _, busy := range []int{1, arms} {
			producers := min(busy, 2)
			j := jobOf("select-recv", "64", producers, 1)
			j.Arms, j.Busy = arms, busy
			rows = append(rows, row{name: fmt.Sprintf("%s/select-recv/%d/%s", place, arms, load(busy)), job: j})
		}
	}
	mixes := []struct {
		name, workload string
		crowd          int
	}{
		{"select-mixed/cross", "cross", 1}, {"select-mixed/both", "both", mixed},
		{"select-cancel/spsc", "cancel", 1}, {"select-cancel/mpmc4x4", "cancel", 4},
	}
	for _, mix := range mixes {
		for _, capacity := range []string{"0", "64"} {
			j := jobOf(mix.workload, capacity, mix.crowd, mix.crowd)
			rows = append(rows, row{name: fmt.Sprintf("%s/%s/%s", place, mix.name, capacity), job: j})
		}
	}
	return rows
}

// lockRows are those of so many who take turns, with nothing to do inside, with work, and with one
// step back.
func lockRows(place string) []row {
	var rows []row
	locks := []struct {
		name, workload, permits string
		contenders              []int
	}{
		{"mutex", "mutex", "1", []int{1, 2, 8, 1000}}, {"semaphore1", "semaphore", "1", []int{1, 2, 8, 1000}},
		{"semaphore4", "semaphore", "4", []int{1, 8, 1000}}, {"rw-lock", "rw-lock", "1", []int{1, 2, 8}},
	}
	for _, lock := range locks {
		for _, contenders := range lock.contenders {
			j := jobOf(lock.workload, lock.permits, contenders, 1)
			if lock.workload == "rw-lock" {
				j.Messages = contenders * writeIn
			}
			name := fmt.Sprintf("sync/%s/%s/%d", lock.name, place, contenders)
			rows = append(rows, row{name: name, job: j})
			if contenders > 1 {
				busy, yields := j, j
				busy.Work, yields.Yields = talkWork, 1
				rows = append(rows, row{name: name + "/w100", job: busy}, row{name: name + "/yield", job: yields})
			}
		}
	}
	return rows
}

// talkRows are the three figures of the talk: half of the coroutines produce, half consume.
func talkRows(workers int) []row {
	figures := []struct{ name, workload, capacity string }{
		{"rendezvous", "streams", "0"}, {"buffered", "streams", "64"}, {"select", "cancel", "0"},
	}
	var rows []row
	for _, figure := range figures {
		for _, coroutines := range []int{2, 8, 64, 1000} {
			j := jobOf(figure.workload, figure.capacity, coroutines/2, coroutines/2)
			j.Work = talkWork
			name := fmt.Sprintf("talk/%s/%d/%d", figure.name, coroutines, workers)
			rows = append(rows, row{name: name, job: j})
		}
	}
	return rows
}
