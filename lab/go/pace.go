// How long and how often a row is measured.

package main

import (
	"slices"
	"time"
)

// pace is how long and how often.
type pace struct {
	rounds int
	// round is what a round should take.
	round time.Duration
}

var (
	fullPace  = pace{rounds: 25, round: 10 * time.Millisecond}
	quickPace = pace{rounds: 7, round: 6 * time.Millisecond}
)

// perMessage is a round as the raw record keeps it.
type perMessage struct {
	WallNs float64 `json:"wall_ns"`
	CPUNs  float64 `json:"cpu_ns"`
}

// lane is what was measured in a row.
type lane struct {
	messages      int
	rounds, plain []perMessage
	faults        []string
}

func (r row) measure(p pace) lane {
	l := lane{faults: []string{}}
	messages, err := r.estimate(p)
	if err != nil {
		l.faults = append(l.faults, err.Error())
		return l
	}
	l.messages = messages
	for range p.rounds {
		l.rounds = l.round(r.job, l.rounds)
		if r.plain != "" {
			plain := r.job
			plain.Workload = r.plain
			l.plain = l.round(plain, l.plain)
		}
	}
	return l
}

func (l *lane) round(j job, rounds []perMessage) []perMessage {
	j.Messages = l.messages
	took, err := j.run()
	if err != nil {
		l.faults = append(l.faults, err.Error())
		return rounds
	}
	count := float64(l.messages)
	return append(rounds, perMessage{float64(took.WallNs) / count, float64(took.CPUNs) / count})
}

// estimate is the messages of a round, from warm-up rounds that grow until the clock can tell. A
// long round is believed only if it is long three times.
func (r row) estimate(p pace) (int, error) {
	messages := nextMultiple(64, r.job.Messages)
	long, least := 0, time.Duration(1<<62)
	for {
		j := r.job
		j.Messages = messages
		took, err := j.run()
		if err != nil {
			return 0, err
		}
		least = min(least, time.Duration(took.WallNs))
		if 2*least <= p.round {
			messages *= 2
			long, least = 0, time.Duration(1<<62)
		} else if long++; long == 3 {
			wanted := float64(messages) * float64(p.round) / float64(least)
			return max(nextMultiple(int(wanted), r.job.Messages), r.job.Messages), nil
		}
	}
}

func nextMultiple(number, unit int) int { return (number + unit - 1) / unit * unit }

// median of one figure of all rounds; 0 without any.
func median(rounds []perMessage, figure func(perMessage) float64) float64 {
	if len(rounds) == 0 {
		return 0
	}
	all := make([]float64, 0, len(rounds))
	for _, round := range rounds {
		all = append(all, figure(round))
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}
