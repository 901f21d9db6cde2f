package session

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"chatpane/app/entra"
	"chatpane/app/policy"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

// machine is a Core on a machine of its own, with a browser that does what the
// test says. It signs in over a real loopback listener.
type machine struct {
	*Core
	t    *testing.T
	box  *sandbox.Sandbox
	who  string // who signs in: a UPN, "cancel" or "deny"
	dir  string
	keys vault.Keychain
	stop func()

	answer string     // what the person answers when asked for consent; "" accepts
	mu     sync.Mutex // guards the rest
	tabs   [][]string // the addresses each tab was sent to
}

func newMachine(t *testing.T, box *sandbox.Sandbox, dir string, keys vault.Keychain, change func(*Config)) *machine {
	t.Helper()
	m := &machine{t: t, box: box, dir: dir, keys: keys, who: box.People[0].UPN}
	settings, err := policy.OpenSettings("", policy.Default())
	if err != nil {
		t.Fatal(err)
	}
	o := box.Origins()
	cfg := Config{
		Version: "test", Dir: dir, Policy: policy.Default(), Settings: settings, Keychain: keys, Transport: box.Transport(),
		Cloud:  entra.Cloud{Name: "sandbox", Authority: o["entra"], Graph: o["graph"], Discovery: o["discovery"]},
		Tenant: box.TenantID, ClientID: box.ClientID, Ping: func(int64) {}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Language: "en",
		OpenURL: m.browse,
	}
	if change != nil {
		change(&cfg)
	}
	m.Core = NewCore(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = m.Run(ctx) // ends with ctx
	}()
	m.stop = func() { cancel(); <-done }
	t.Cleanup(m.stop)
	m.await(func(a Account) bool { return a.Phase != "starting" })
	return m
}

// browse is the system browser: the person picks an account on the sandbox's
// page and the browser follows the redirect to the loopback listener, from where
// it may be sent to the sandbox's page again, in the same tab.
func (m *machine) browse(address string) error {
	who := m.who
	if who == "close" {
		return nil // the user closes the tab
	}
	tab := m.visit(-1, address)
	back, err := m.box.PickUser(m.answered(address), who)
	if err != nil {
		return err
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	go func() {
		for range 10 {
			res, err := browser.Get(back)
			if err != nil {
				return
			}
			res.Body.Close()
			next := res.Header.Get("Location")
			if next == "" {
				return
			}
			m.visit(tab, next)
			if back, err = m.box.PickUser(m.answered(next), who); err != nil {
				return
			}
		}
	}()
	return nil
}

// visit notes where a tab is sent, and opens one for -1.
func (m *machine) visit(tab int, address string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if tab < 0 {
		m.tabs = append(m.tabs, nil)
		tab = len(m.tabs) - 1
	}
	m.tabs[tab] = append(m.tabs[tab], address)
	return tab
}

// answered is an address with the answer to a question for consent.
func (m *machine) answered(address string) string {
	if m.answer == "" {
		return address
	}
	return address + "&sandbox_consent=" + m.answer
}

// await waits until the account is as wanted.
func (m *machine) await(want func(Account) bool) Account {
	m.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		a := *m.Changes(0).Account
		if want(a) {
			return a
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			m.t.Fatalf("the account stays %+v", a)
		}
	}
}
