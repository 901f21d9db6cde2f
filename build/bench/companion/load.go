package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"chatpane/app/sandbox"
	"chatpane/build/benchtable"
)

// The load of threats.md L17: a pace, and what is wrong in its second half.
const (
	pace        = time.Second / 200
	loadWorkers = 32
	dataverse30 = 0.3 // the share of Dataverse's answers that are errors
)

// loaded is what became of the requests of a load.
type loaded struct {
	mu       sync.Mutex
	each     []time.Duration // of the first half, in which nothing is wrong
	allowed  int             // rightly: they are members
	refused  int
	failed   int // 5xx: something could not be read, so nobody was let in
	wrong    int // let in though they must not be
	unlawful int // requests that must not be allowed
}

// load sends requests at 200 a second: members again, people who were thrown
// out, and forged tokens. In the second half the signing keys cannot be read and
// Dataverse answers 30 % with an error. Nobody may get in who must not.
func load(ctx context.Context, t *benchtable.Table, comp, help *child, r runner, at plan, n int) error {
	var start, end added
	var before, after audited
	half := time.Duration(n/2) * pace
	faults := []sandbox.Fault{
		{Service: "entra", Path: []string{"*/discovery/v2.0/keys"}, After: half, For: half, Status: http.StatusServiceUnavailable},
		{Service: "dataverse", After: half, For: half, Chance: dataverse30, Seed: 1, Status: http.StatusInternalServerError},
	}
	if err := errors.Join(help.ask(check{}, &before), comp.ask(order{Faults: faults}, &start)); err != nil {
		return err
	}
	got := &loaded{}
	if err := got.run(ctx, r, at, n); err != nil {
		return err
	}
	if err := errors.Join(comp.ask(order{}, &end), help.ask(check{}, &after)); err != nil {
		return err
	}
	if after.Error != "" {
		return fmt.Errorf("the audit: %s", after.Error)
	}
	fmt.Printf("load: %d members again, %d refused, %d failed\n", got.allowed, got.refused, got.failed)
	zero := func(name string, value int, unit string) {
		t.Add(benchtable.Row{Name: "load: " + name, Value: float64(value), Unit: unit, Limit: benchtable.AtMost})
	}
	zero(fmt.Sprintf("wrongly let in, of %d requests of whom %d must not", n, got.unlawful), got.wrong, "requests")
	zero("members Graph was asked to add", end.Added-start.Added, "requests")
	zero("requests without their line in the audit", n-(after.Lines-before.Lines), "lines")
	t.Add(benchtable.Row{Name: "load: answer p99, 200 a second, all services well", Value: times{each: got.each}.at(99), Unit: "ms", Limit: benchtable.AtMost, Target: 500})
	return nil
}

// run sends the requests, each at its time, whatever became of those before.
func (l *loaded) run(ctx context.Context, r runner, at plan, n int) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: loadWorkers}}
	defer client.CloseIdleConnections()
	type due struct {
		i  int
		at time.Time
	}
	next, failed := make(chan due, n), make([]error, loadWorkers) // whole: a slow companion does not slow the pace
	var wg sync.WaitGroup
	for w := range loadWorkers {
		wg.Go(func() {
			for d := range next {
				if failed[w] == nil {
					failed[w] = l.one(ctx, client, r, at, d.i, d.at, d.i < n/2)
				}
			}
		})
	}
	start := time.Now()
	for i := range n {
		when := start.Add(time.Duration(i) * pace)
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(when)):
		}
		next <- due{i, when}
	}
	close(next)
	wg.Wait()
	return errors.Join(append(failed, ctx.Err())...)
}

// one sends a request and judges what became of it.
func (l *loaded) one(ctx context.Context, client *http.Client, r runner, at plan, i int, begin time.Time, well bool) error {
	j, lawful := at.mixed(i)
	status, outcome, err := r.send(ctx, client, j)
	if err != nil {
		return fmt.Errorf("request %d: %w", i, err)
	}
	took := time.Since(begin)
	l.mu.Lock()
	defer l.mu.Unlock()
	if well {
		l.each = append(l.each, took)
	}
	if !lawful {
		l.unlawful++
	}
	switch {
	case status < 400 && (!lawful || outcome != "member"):
		l.wrong++
	case status < 400:
		l.allowed++
	case status >= 500:
		l.failed++
	default:
		l.refused++
	}
	return nil
}

// mixed is a request of the load, and whether it may be answered with "member".
func (p plan) mixed(i int) (join, bool) {
	thrown, members := p.Joins[warm:warm+removed], p.Joins[warm+removed:]
	switch i % 4 {
	case 0:
		return join{Token: p.Forged[i/4%len(p.Forged)], Link: thrown[i%len(thrown)].Link}, false
	case 1:
		return thrown[i/4%len(thrown)], false
	}
	return members[i%len(members)], true
}
