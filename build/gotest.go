package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// goTest is a gate of many tests: go test with args, each test counted.
func (p *program) goTest(name string, env []string, args ...string) gate {
	return gate{name, func(ctx context.Context) outcome {
		cmd := p.cmd(ctx, tool(append([]string{"go", "test", "-json"}, args...)...).with(env...))
		var stray strings.Builder // what go itself says, outside of the events
		cmd.Stderr = &stray
		events, err := cmd.StdoutPipe()
		if err != nil {
			return outcome{tally{failed: 1}, err.Error()}
		}
		if err := cmd.Start(); err != nil {
			return outcome{tally{failed: 1}, err.Error()}
		}
		got := readTestEvents(events)
		err = cmd.Wait()
		var exit *exec.ExitError
		if err != nil && got.failed == 0 {
			got.failed = 1
			got.output += fmt.Sprintf("go test: %v\n", err)
			if !errors.As(err, &exit) || stray.Len() > 0 {
				got.output += stray.String()
			}
		}
		if got.passed+got.failed == 0 {
			return outcome{tally{failed: 1}, "no test ran\n" + stray.String()}
		}
		return got
	}}
}

// testEvent is a line of go test -json.
type testEvent struct {
	Action, Package, Test, Output, ImportPath string
	FailedBuild                               string
}

// readTestEvents counts tests, those that are made of others not, and gathers
// what failing ones printed. A package that does not build, panics or exits
// counts as one failure.
func readTestEvents(r io.Reader) outcome {
	var (
		got      outcome
		printed  = map[string]*strings.Builder{} // by package and test
		parents  = map[string]bool{}
		verdicts = map[string]testEvent{}
		failedIn = map[string]bool{}
		order    []string
	)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e testEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			got.output += lines.Text() + "\n"
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "build-output":
			key = e.ImportPath
			fallthrough
		case "output":
			if printed[key] == nil {
				printed[key] = &strings.Builder{}
			}
			printed[key].WriteString(e.Output)
		case "pass", "fail", "skip":
			if i := strings.LastIndex(e.Test, "/"); i > 0 {
				parents[e.Package+" "+e.Test[:i]] = true
			}
			verdicts[key] = e
			order = append(order, key)
		}
	}
	for _, key := range order { // parts come before their test, tests before their package
		e := verdicts[key]
		if e.Test == "" {
			if e.Action == "fail" && !failedIn[e.Package] {
				got.failed++
				got.output += text(printed[e.FailedBuild]) + text(printed[key])
			}
			continue
		}
		if e.Action == "fail" {
			got.output += text(printed[key])
		}
		if parents[key] && (e.Action != "fail" || failedIn[key]) {
			continue // counted by its parts
		}
		switch e.Action {
		case "pass":
			got.passed++
		case "fail":
			got.failed++
			failedIn[e.Package] = true
			for name, i := e.Test, 0; ; name = name[:i] {
				if i = strings.LastIndex(name, "/"); i < 0 {
					break
				}
				failedIn[e.Package+" "+name[:i]] = true
			}
		case "skip":
			got.skipped++
		}
	}
	return got
}

func text(b *strings.Builder) string {
	if b == nil {
		return ""
	}
	return b.String()
}
