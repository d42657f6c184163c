// What is printed, and the raw record.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// The raw record, as strait-lab writes and reads it.
type (
	record struct {
		Machine machine     `json:"machine"`
		Sets    []setRecord `json:"sets"`
	}
	machine struct {
		CPU      string   `json:"cpu"`
		Cores    int      `json:"cores"`
		Kernel   string   `json:"kernel"`
		Packages []string `json:"packages"`
	}
	setRecord struct {
		Title string      `json:"title"`
		Note  string      `json:"note"`
		Rows  []rowRecord `json:"rows"`
	}
	rowRecord struct {
		Name        string       `json:"name"`
		Job         shape        `json:"job"`
		Contestants []contestant `json:"contestants"`
	}
	shape struct {
		Capacity  string `json:"capacity"`
		Producers int    `json:"producers"`
		Consumers int    `json:"consumers"`
		Workers   int    `json:"workers"`
		Arms      int    `json:"arms"`
		Busy      int    `json:"busy"`
		Work      int    `json:"work"`
		Payload   string `json:"payload"`
	}
	contestant struct {
		Name       string       `json:"name"`
		Package    string       `json:"package"`
		Version    string       `json:"version"`
		Own        bool         `json:"own"`
		Control    bool         `json:"control"`
		CancelSafe bool         `json:"cancel_safe"`
		Messages   int          `json:"messages"`
		Rounds     []perMessage `json:"rounds"`
		Plain      []perMessage `json:"plain,omitempty"`
		Faults     []string     `json:"faults"`
	}
)

// runAll measures and prints all rows and writes the record, if there is to be one. The answer is
// whether no round was at fault.
func runAll(sets []set, p pace, file string) (bool, error) {
	if len(sets) == 0 {
		return false, fmt.Errorf("no row has such a name")
	}
	kept := record{Machine: machine{
		CPU:      lineOf("/proc/cpuinfo", "model name"),
		Cores:    runtime.NumCPU(),
		Kernel:   lineOf("/proc/sys/kernel/osrelease", ""),
		Packages: []string{runtime.Version()},
	}}
	sound := true
	for _, s := range sets {
		fmt.Printf("\n## %s\n\n%-36s %10s %10s %10s\n", s.Title, "row", "messages", "ns", "CPU ns")
		rows := setRecord{Title: s.Title, Note: s.Note}
		for _, r := range s.rows {
			measured := r.measure(p)
			sound = sound && len(measured.faults) == 0
			fmt.Println(measured.line(r.name))
			rows.Rows = append(rows.Rows, r.record(measured))
		}
		kept.Sets = append(kept.Sets, rows)
	}
	if file == "" {
		return sound, nil
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return sound, err
	}
	return sound, os.WriteFile(file, append(text, '\n'), 0o644)
}

func (l lane) line(name string) string {
	if len(l.faults) > 0 {
		return fmt.Sprintf("%-36s %s", name, l.faults[0])
	}
	wall := median(l.rounds, func(round perMessage) float64 { return round.WallNs })
	cpu := median(l.rounds, func(round perMessage) float64 { return round.CPUNs })
	return fmt.Sprintf("%-36s %10d %10.1f %10.1f", name, l.messages, wall, cpu)
}

func (r row) record(l lane) rowRecord {
	j := r.job
	return rowRecord{
		Name: r.name,
		Job: shape{
			Capacity: j.Capacity, Producers: j.Producers, Consumers: j.Consumers,
			Workers: runtime.GOMAXPROCS(0), Arms: j.Arms, Busy: j.Busy, Work: j.Work, Payload: "word",
		},
		Contestants: []contestant{{
			Name: "go", Package: "go", Version: runtime.Version(), CancelSafe: true,
			Messages: l.messages, Rounds: l.rounds, Plain: l.plain, Faults: l.faults,
		}},
	}
}

// lineOf is the value after the first colon in the first line of a file that begins with key.
func lineOf(path, key string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, key) {
			continue
		}
		if _, value, found := strings.Cut(line, ": "); found {
			line = value
		}
		return strings.TrimSpace(line)
	}
	return "unknown"
}
