// The names of rows, and what is kept of them.

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRowsHaveTheNamesOfTheLab(t *testing.T) {
	names := map[string]bool{}
	for _, s := range setsOf(2, nil) {
		for _, r := range s.rows {
			if names[r.name] {
				t.Errorf("%s is there twice", r.name)
			}
			names[r.name] = true
		}
	}
	for _, name := range []string{
		"tasks2/spsc/0", "tasks2/1000x1000/64/w100", "tasks2/ping-pong/1", "tasks2/ready/1024",
		"task/select-ready/8/all/64", "tasks2/select-recv/1000/one", "tasks2/select-mixed/cross/64",
		"tasks2/select-cancel/mpmc4x4/0", "talk/select/1000/2",
		"sync/mutex/tasks2/8/w100", "sync/semaphore4/tasks2/1000/yield", "sync/rw-lock/tasks2/1",
	} {
		if !names[name] {
			t.Errorf("there is no %s", name)
		}
	}
	if sets := setsOf(1, []string{"tasks1/spsc/0"}); len(sets) != 1 || len(sets[0].rows) != 2 {
		t.Errorf("with a filter: %v", sets)
	}
}

func TestTheRecordHoldsEveryRound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "raw.json")
	p := pace{rounds: 3, round: time.Millisecond}
	sets := setsOf(2, []string{"task/select-ready/8/all/64", "tasks2/mpmc4x4/64"})
	if sound, err := runAll(sets, p, file); err != nil || !sound {
		t.Fatal(sound, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept record
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	for _, s := range kept.Sets {
		for _, r := range s.Rows {
			c := r.Contestants[0]
			if len(c.Rounds) != 3 || c.Rounds[0].WallNs <= 0 || c.Messages%r.Job.Producers != 0 {
				t.Errorf("%+v", r)
			}
		}
	}
	if plain := kept.Sets[1].Rows[0].Contestants[0].Plain; len(plain) != 3 {
		t.Errorf("plain rounds: %v", plain)
	}
}

func TestTheMedianIsTheMiddle(t *testing.T) {
	wall := func(round perMessage) float64 { return round.WallNs }
	for want, rounds := range map[float64][]perMessage{
		0: nil, 2: {{WallNs: 9}, {WallNs: 1}, {WallNs: 2}}, 5: {{WallNs: 6}, {WallNs: 4}},
	} {
		if got := median(rounds, wall); got != want {
			t.Errorf("%g instead of %g", got, want)
		}
	}
}
