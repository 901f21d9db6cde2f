package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// errCounted tells that something failed and the closing line has said so.
var errCounted = errors.New("something failed")

// tally counts what passed and what did not.
type tally struct{ passed, failed, skipped int }

func (t tally) plus(u tally) tally {
	return tally{t.passed + u.passed, t.failed + u.failed, t.skipped + u.skipped}
}

// String is the closing line that people and programs read.
func (t tally) String() string {
	line := fmt.Sprintf("%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		line += fmt.Sprintf(", %d skipped", t.skipped)
	}
	return line
}

// outcome is what became of a gate. Output is shown when something failed.
type outcome struct {
	tally
	output string
	soaked soaked // what seeded tests told, if there were any
}

// gate is one thing that must hold.
type gate struct {
	name string
	run  func(context.Context) outcome
}

// once is a gate that counts as one: it holds or it does not.
func once(name string, do func(context.Context) error) gate {
	return gate{name, func(ctx context.Context) outcome {
		if err := do(ctx); err != nil {
			return outcome{tally: tally{failed: 1}, output: err.Error()}
		}
		return outcome{tally: tally{passed: 1}}
	}}
}

// toolGate is a gate that holds when c succeeds.
func (p *program) toolGate(name string, c command) gate {
	return once(name, func(ctx context.Context) error {
		_, err := p.quiet(ctx, c)
		return err
	})
}

// gates runs lanes of gates beside each other, the gates of a lane one after
// another, then shows what failed and ends with the closing line.
func (p *program) gates(ctx context.Context, hint string, lanes ...[]gate) error {
	var (
		mu     sync.Mutex
		total  tally
		failed []string
		wait   sync.WaitGroup
	)
	for _, lane := range lanes {
		wait.Go(func() {
			for _, g := range lane {
				start := time.Now()
				got := g.run(ctx)
				p.report(g.name, got, time.Since(start))
				mu.Lock()
				total = total.plus(got.tally)
				if got.failed > 0 {
					failed = append(failed, fmt.Sprintf("──── %s\n%s", g.name, strings.TrimSpace(got.output)))
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	for _, f := range failed {
		p.say("\n%s", f)
	}
	if total.failed == 0 && hint != "" {
		p.next(hint)
	}
	p.say("\n%s", total)
	if total.failed > 0 {
		return errCounted
	}
	return nil
}

func (p *program) report(name string, got outcome, took time.Duration) {
	mark := "✓"
	if got.failed > 0 {
		mark = "✗"
	}
	count := ""
	if got.passed+got.failed+got.skipped > 1 {
		count = got.tally.String()
	}
	p.say("%s %-30s %6.1fs  %s", mark, name, took.Seconds(), count)
}

// closingLine finds the last "N passed, N failed" that a program printed.
func closingLine(printed string) (tally, bool) {
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		var t tally
		n, _ := fmt.Sscanf(strings.TrimSpace(lines[i]), "%d passed, %d failed, %d skipped", &t.passed, &t.failed, &t.skipped)
		if n >= 2 {
			return t, true
		}
	}
	return tally{}, false
}
