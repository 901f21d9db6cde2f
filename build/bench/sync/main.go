// Package main counts what Chatpane costs at the servers: requests until the
// list is visible after a first sign-in, per focus with nothing new, and per
// record opened of which everything is cached. The sandbox counts them, with
// the published limits on, so that a throttled request would show too.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"chatpane/app/entra"
	"chatpane/app/policy"
	"chatpane/app/sandbox"
	"chatpane/app/session"
	"chatpane/app/vault"
	"chatpane/build/benchtable"
)

// quietFor is how long no request must be seen before things count as settled.
const quietFor = 4 * time.Second

// coalesced is a little more than the time in which reads are merged.
const coalesced = 16 * time.Second

func main() {
	out := flag.String("out", "build/bin/bench", "folder of the figures")
	_ = flag.String("app", "", "the demo app; not needed here")
	flag.Parse()
	if err := bench(*out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is one signed-in program in memory against the sandbox.
type run struct {
	box  *sandbox.Sandbox
	core *session.Core
	env  string
}

func newRun() (*run, error) {
	r := &run{box: sandbox.New(sandbox.Options{Seed: 1, Limits: true})}
	settings, err := policy.OpenSettings("", policy.Default())
	if err != nil {
		return nil, err
	}
	o := r.box.Origins()
	r.env = o["dataverse"]
	r.core = session.NewCore(session.Config{
		Version: "bench", Policy: policy.Default(), Settings: settings, Keychain: vault.MemoryKeychain(), Transport: r.box.Transport(),
		Cloud:  entra.Cloud{Name: "sandbox", Authority: o["entra"], Graph: o["graph"], Discovery: o["discovery"]},
		Tenant: r.box.TenantID, ClientID: r.box.ClientID, Ping: func(int64) {}, Language: "en",
		Log:     slog.New(slog.NewTextHandler(io.Discard, nil)),
		OpenURL: r.browse,
	})
	return r, nil
}

// browse picks the first agent on the sandbox's sign-in page.
func (r *run) browse(address string) error {
	back, err := r.box.PickUser(address, r.box.People[0].UPN)
	if err != nil {
		return err
	}
	go func() {
		if res, err := http.Get(back); err == nil {
			res.Body.Close()
		}
	}()
	return nil
}

// count is the number of requests seen to one service.
func (r *run) count(service string) int {
	n := 0
	for c, times := range r.box.Knobs.Counts() {
		if strings.HasPrefix(c.Kind, service+" ") && !strings.Contains(c.Kind, "/photo") {
			n += times
		}
	}
	return n
}

func (r *run) all() int { return r.count("graph") + r.count("dataverse") }

// outer is the number of HTTP requests. The sandbox counts what is inside a
// $batch too; reading chats and messages one by one is done only there.
func (r *run) outer(service string) int {
	n := 0
	for c, times := range r.box.Knobs.Counts() {
		if strings.HasPrefix(c.Kind, service+" ") && !strings.Contains(c.Kind, "GET /chats/{id}") && !strings.Contains(c.Kind, "/photo") {
			n += times
		}
	}
	return n
}

// settle waits until no request was seen for a while.
func (r *run) settle() {
	last, since := r.all(), time.Now()
	for time.Since(since) < quietFor {
		<-time.After(100 * time.Millisecond)
		if n := r.all(); n != last {
			last, since = n, time.Now()
		}
	}
}

func bench(out string) error {
	r, err := newRun()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.core.Run(ctx) // ends with ctx
	}()
	defer func() { cancel(); <-done }()
	t := benchtable.New("sync")
	if err := r.firstSignIn(ctx, t); err != nil {
		return err
	}
	s, err := r.core.Session()
	if err != nil {
		return err
	}
	s.Visible(true)
	r.settle()
	<-time.After(coalesced)
	r.box.Knobs.ResetCounts()
	s.Refresh()
	<-time.After(coalesced) // a read may have been a moment ago
	r.settle()
	for c, n := range r.box.Knobs.Counts() {
		fmt.Printf("  focus asked %d × %s\n", n, c.Kind)
	}
	t.Add(benchtable.Row{Name: "focus with nothing new, Graph", Value: float64(r.outer("graph")), Unit: "requests", Limit: benchtable.AtMost, Target: 1})
	t.Add(benchtable.Row{Name: "focus with nothing new, Dataverse", Value: float64(r.outer("dataverse")), Unit: "requests"})
	if err := r.openRecord(ctx, s, t); err != nil {
		return err
	}
	if err := workingDay(ctx, t); err != nil {
		return err
	}
	storm(t)
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(out)
}

// firstSignIn counts the Graph requests until the list is on screen, and how
// many were refused for being too many until all is read.
func (r *run) firstSignIn(ctx context.Context, t *benchtable.Table) error {
	r.box.Knobs.ResetCounts()
	if err := r.core.SignIn(ctx); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; <-time.After(time.Millisecond) {
		if c := r.core.Changes(0); len(c.Chats) > 0 {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no chat appeared in %v", 30*time.Second)
		}
	}
	t.Add(benchtable.Row{Name: "first sign-in until the list shows, Graph", Value: float64(r.count("graph")), Unit: "requests", Limit: benchtable.AtMost, Target: 3})
	s, err := r.core.Session()
	if err != nil {
		return err
	}
	s.Visible(true)
	r.settle()
	throttled := 0
	for _, e := range r.core.Diagnostics().Errors {
		if e.Code == "throttled" {
			throttled++
		}
	}
	t.Add(benchtable.Row{Name: "throttled while everything linked is read", Value: float64(throttled), Unit: "requests", Limit: benchtable.AtMost, Target: 0})
	return nil
}

// openRecord opens a case twice and counts the second time, when everything is cached.
func (r *run) openRecord(ctx context.Context, s *session.Session, t *benchtable.Table) error {
	address := r.env + "/main.aspx?pagetype=entityrecord&etn=incident&id=" + r.box.Cases[0].ID
	key, err := s.OpenRecord(ctx, address)
	if err != nil {
		return fmt.Errorf("open record: %w", err)
	}
	r.settle()
	if err := s.CloseTab(ctx, key); err != nil {
		return fmt.Errorf("close record: %w", err)
	}
	<-time.After(coalesced)
	s.Refresh() // so that the reads of opening fall into the coalescing time
	r.settle()
	r.box.Knobs.ResetCounts()
	if _, err := s.OpenRecord(ctx, address); err != nil {
		return fmt.Errorf("open record: %w", err)
	}
	<-time.After(time.Second)
	t.Add(benchtable.Row{Name: "cached record opened, Dataverse", Value: float64(r.outer("dataverse")), Unit: "requests", Limit: benchtable.AtMost, Target: 1})
	t.Add(benchtable.Row{Name: "cached record opened, Graph", Value: float64(r.outer("graph")), Unit: "requests", Limit: benchtable.AtMost, Target: 1})
	for c, n := range r.box.Knobs.Counts() {
		fmt.Printf("  opening asked %d × %s\n", n, c.Kind)
	}
	return nil
}
