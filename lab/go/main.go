// Command strait-lab-go puts Go's channels through the workloads of strait-lab.
//
// By itself it takes the options of strait-lab and runs the rows of tasks; with --serve it does one
// job after the other for strait-lab, which interleaves them with the rounds of its other peers.
//
//   - job, tally: what is asked for, and the proof that it was done; work: what is computed
//     between two operations; clock: the gate and the time.
//   - streams, recv, arms, mixed, ready, locks: the workloads.
//   - serve: the protocol; rows, pace, report: the program by itself.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// names are the values of an option that may be repeated.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

func (n *names) Set(value string) error {
	*n = append(*n, value)
	return nil
}

func main() {
	var filter names
	version := flag.Bool("version", false, "print the version and end")
	serveJobs := flag.Bool("serve", false, "read jobs from standard input, one JSON object a line")
	workers := flag.Int("workers", runtime.NumCPU(), "processors that run goroutines")
	quick := flag.Bool("quick", false, "fewer and shorter rounds")
	rounds := flag.Int("rounds", 0, "rounds a row")
	file := flag.String("json", "", "write every round to this file")
	flag.Var(&filter, "filter", "only rows whose name contains this; may be repeated")
	flag.Parse()
	if flag.NArg() > 0 || *workers < 1 || *rounds < 0 {
		flag.Usage()
		os.Exit(2)
	}
	if *version {
		fmt.Println(runtime.Version())
		return
	}
	runtime.GOMAXPROCS(*workers)
	if *serveJobs {
		serve(os.Stdin, os.Stdout)
		return
	}
	pace := fullPace
	if *quick {
		pace = quickPace
	}
	if *rounds > 0 {
		pace.rounds = *rounds
	}
	sound, err := runAll(setsOf(*workers, filter), pace, *file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if !sound {
		os.Exit(1)
	}
}
