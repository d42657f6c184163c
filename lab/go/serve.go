// The protocol with strait-lab: a job a line, an answer a line.

package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
)

// answer is a line of the protocol: what the round cost, or why it is worth nothing.
type answer struct {
	*cost
	Fault string `json:"fault,omitempty"`
}

// serve does the jobs that come in, one after the other, and sleeps in between. The end of the
// input ends the program at once, even within a job: whoever asked is gone.
func serve(in io.Reader, out io.Writer) {
	lines := make(chan []byte)
	go func() {
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			lines <- append([]byte(nil), scanner.Bytes()...)
		}
		os.Exit(0)
	}()
	encoder := json.NewEncoder(out)
	for line := range lines {
		if err := encoder.Encode(reply(line)); err != nil {
			os.Exit(1)
		}
	}
}

func reply(line []byte) answer {
	var j job
	if err := json.Unmarshal(line, &j); err != nil {
		return answer{Fault: "no job: " + err.Error()}
	}
	took, err := j.run()
	if err != nil {
		return answer{Fault: err.Error()}
	}
	return answer{cost: &took}
}
