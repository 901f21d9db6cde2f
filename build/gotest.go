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
			return outcome{tally: tally{failed: 1}, output: err.Error()}
		}
		if err := cmd.Start(); err != nil {
			return outcome{tally: tally{failed: 1}, output: err.Error()}
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
			return outcome{tally: tally{failed: 1}, output: "no test ran\n" + stray.String()}
		}
		return got
	}}
}

// testEvent is a line of go test -json.
type testEvent struct {
	Action, Package, Test, Output, ImportPath string
	FailedBuild                               string
}

// testRun gathers the events of one go test.
type testRun struct {
	printed  map[string]*strings.Builder // by package and test
	verdicts []testEvent                 // parts before their test, tests before their package
	parents  map[string]bool             // tests made of others
	failed   map[string]bool             // packages and tests in which something failed
	soaked   soaked
}

// readTestEvents counts tests, those that are made of others not, and gathers
// what failing ones printed. A package that does not build, panics or exits
// counts as one failure.
func readTestEvents(r io.Reader) outcome {
	run := testRun{printed: map[string]*strings.Builder{}, parents: map[string]bool{}, failed: map[string]bool{}}
	var got outcome
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e testEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			got.output += lines.Text() + "\n"
			continue
		}
		run.add(e)
	}
	got.soaked = run.soaked
	for _, e := range run.verdicts {
		counts, why := run.count(e)
		got.tally = got.tally.plus(counts)
		got.output += why
	}
	return got
}

func (e testEvent) key() string { return e.Package + " " + e.Test }

// parent is the test that a subtest is part of.
func (e testEvent) parent() (testEvent, bool) {
	i := strings.LastIndex(e.Test, "/")
	if i < 0 {
		return e, false
	}
	e.Test = e.Test[:i]
	return e, true
}

func (run *testRun) add(e testEvent) {
	switch e.Action {
	case "build-output":
		run.print(e.ImportPath, e.Output)
	case "output":
		run.soaked.read(e.Output)
		run.print(e.key(), e.Output)
	case "pass", "fail", "skip":
		run.verdicts = append(run.verdicts, e)
		if parent, ok := e.parent(); ok {
			run.parents[parent.key()] = true
		}
	}
}

// print keeps what a test said; how go test scheduled it is of no use.
func (run *testRun) print(key, text string) {
	if strings.HasPrefix(text, "=== ") {
		return
	}
	if run.printed[key] == nil {
		run.printed[key] = &strings.Builder{}
	}
	run.printed[key].WriteString(text)
}

func (run *testRun) said(key string) string {
	if run.printed[key] == nil {
		return ""
	}
	return run.printed[key].String()
}

// count tells what one verdict adds, and for a failure what was printed.
func (run *testRun) count(e testEvent) (tally, string) {
	if e.Test == "" { // a package
		if e.Action == "fail" && !run.failed[e.Package] {
			return tally{failed: 1}, run.said(e.FailedBuild) + run.said(e.key())
		}
		return tally{}, ""
	}
	switch e.Action {
	case "fail":
		again := run.failed[e.key()] // a part of it was counted already
		run.failed[e.Package] = true
		for part, ok := e.parent(); ok; part, ok = part.parent() {
			run.failed[part.key()] = true
		}
		if again {
			return tally{}, run.said(e.key())
		}
		return tally{failed: 1}, run.said(e.key())
	case "skip":
		return tally{skipped: 1}, ""
	}
	if run.parents[e.key()] {
		return tally{}, ""
	}
	return tally{passed: 1}, ""
}
