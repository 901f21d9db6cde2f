package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"chatpane/app/entra"
	"chatpane/app/policy"
	"chatpane/app/store"
	"chatpane/app/vault"
)

// pingEvery is how long pings to the pane merge.
const pingEvery = 50 * time.Millisecond

// Config wires a Core. Fields without a comment are required.
type Config struct {
	Version string
	// Demo marks a build with the sandbox.
	Demo bool
	// Dir holds everything this program keeps; "" keeps nothing on disk.
	Dir    string
	Policy policy.Policy
	// Settings are the user's own, kept by policy.
	Settings *policy.Store
	Cloud    entra.Cloud
	Tenant   string
	ClientID string
	Keychain vault.Keychain
	// Transport carries every request; nil is the real network.
	Transport http.RoundTripper
	// LoopbackHTTP lets the cloud's endpoints be http on loopback (demo, tests).
	LoopbackHTTP bool
	// Free tells the free space of the disk that holds a folder; nil asks the system.
	Free func(dir string) (int64, error)
	// OpenURL opens the system browser.
	OpenURL func(url string) error
	// Ping tells the pane that the change numbered seq exists; it must not block.
	Ping func(seq int64)
	// Busy is called when much begins and ends to arrive, so that the memory limit
	// can be let go meanwhile, and when a start is over, so that what it took is
	// given back; nil = nobody cares.
	Busy func(busy bool)
	Log  *slog.Logger
	// Language is the system's, a BCP 47 tag.
	Language string
	// Texts are the words of the page that ends a sign-in in the browser.
	Texts entra.ClosingPage
}

// Core lives as long as the program: it signs in and out, and owns the session
// of the account that is signed in. Its methods may be called concurrently.
type Core struct {
	o     Config
	board *board
	fault *faults

	pings chan struct{}
	runs  chan *running
	gone  chan struct{} // closed when Run ends: nothing can begin any more

	mu      sync.Mutex
	account Account
	current *running
	cancel  context.CancelFunc // of a sign-in under way
	claims  string             // of a challenge that needs the user
	last    int64              // newest change number, for pings
	present presence           // what the window last told, for the next session
}

// running is a session between its start and its end.
type running struct {
	*Session
	grant  entra.Grant
	tokens *entra.Tokens
	vault  *vault.Vault
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{} // closed when Run has returned
}

// NewCore makes a Core; the account that was signed in comes back in Run.
func NewCore(o Config) *Core {
	c := &Core{o: o, pings: make(chan struct{}, 1), runs: make(chan *running), gone: make(chan struct{}), fault: &faults{}}
	c.board = newBoard(c.changed)
	c.account = Account{Phase: "starting", Environments: []Environment{}, DeviceAllowed: o.Policy.DeviceCode, Persistent: true}
	c.publish()
	c.board.update(func(e *edit) { e.put(cellSettings, "", c.settings()) })
	return c
}

// Run resumes the last account and runs sessions and pings until ctx ends;
// when it returns, everything the Core started has ended.
func (c *Core) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		c.pingLoop(ctx)
	}()
	go func() {
		defer wg.Done()
		c.resume(ctx)
	}()
	for {
		select {
		case <-ctx.Done():
			close(c.gone)
			c.end()
			wg.Wait()
			return ctx.Err()
		case r := <-c.runs:
			wg.Add(1)
			go func() {
				defer wg.Done()
				err := r.Run(r.ctx)
				if err := r.Close(); err != nil {
					c.o.Log.Warn("close session", "err", err)
				}
				close(r.done)
				if errors.Is(err, store.ErrDamaged) {
					c.o.Log.Warn("cache damaged, read again from the servers", "err", err)
					c.reopen(ctx, r)
				}
			}()
		}
	}
}

// reopen opens an account again whose cache was damaged: the store sets the
// damaged one aside, and the warning "rebuilt" says so.
func (c *Core) reopen(ctx context.Context, r *running) {
	var st accountState
	err := readJSON(r.vault, stateFile, &st)
	if err == nil {
		err = c.open(ctx, r.vault, r.grant, st)
	}
	if err != nil && ctx.Err() == nil {
		c.o.Log.Error("open account again", "err", err)
		c.edit(func(a *Account) { a.Phase, a.Problem = "signedOut", explain(err) })
	}
}

// changed is the board's ping; pingLoop passes it on.
func (c *Core) changed(seq int64) {
	c.mu.Lock()
	c.last = max(c.last, seq)
	c.mu.Unlock()
	nudge(c.pings)
}

// pingLoop merges pings: the first goes at once, later ones wait until
// pingEvery has passed.
func (c *Core) pingLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.pings:
		}
		c.mu.Lock()
		seq := c.last
		c.mu.Unlock()
		c.o.Ping(seq)
		t := time.NewTimer(pingEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// Session returns the signed-in account's session, or the Problem "signedOut".
func (c *Core) Session() (*Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		return nil, &Problem{Code: "signedOut", Action: "signIn"}
	}
	return c.current.Session, nil
}

// Hello answers the pane's first call.
func (c *Core) Hello() Handshake {
	s := c.settings()
	lang := s.Language
	if lang == "" {
		lang = c.o.Language
	}
	return Handshake{Version: c.o.Version, OS: runtime.GOOS, Demo: c.o.Demo, Language: lang, Settings: s}
}

// Changes returns what altered since the change numbered since.
func (c *Core) Changes(since int64) Change { return c.board.since(since) }

// edit alters the account's public state and publishes it.
func (c *Core) edit(f func(*Account)) {
	c.mu.Lock()
	f(&c.account)
	c.mu.Unlock()
	c.publish()
}

func (c *Core) publish() {
	c.mu.Lock()
	a := c.account
	c.mu.Unlock()
	c.board.update(func(e *edit) { e.put(cellAccount, "", a) })
}

// begin hands a session to Run.
func (c *Core) begin(ctx context.Context, r *running) error {
	select {
	case c.runs <- r:
	case <-ctx.Done():
		r.cancel()
		return fmt.Errorf("start session: %w", ctx.Err())
	case <-c.gone:
		r.cancel()
		return fmt.Errorf("start session: %w", context.Canceled)
	}
	c.mu.Lock()
	c.current = r
	present := c.present
	c.mu.Unlock()
	r.setPresence(func(p *presence) { *p = present })
	return nil
}

// Active tells that keyboard or mouse were used in the window.
func (c *Core) Active() {
	c.mu.Lock()
	c.present.active = time.Now()
	r := c.current
	c.mu.Unlock()
	if r != nil {
		r.Active()
	}
}

// Visible tells whether the window can be seen. A session that begins later
// learns it too.
func (c *Core) Visible(visible bool) {
	c.mu.Lock()
	c.present.visible = visible
	if visible {
		c.present.active = time.Now()
	}
	r := c.current
	c.mu.Unlock()
	if r != nil {
		r.Visible(visible)
	}
}

// end stops the current session and waits until it has ended.
func (c *Core) end() *running {
	c.mu.Lock()
	r := c.current
	c.current = nil
	c.mu.Unlock()
	if r != nil {
		r.cancel()
		<-r.done
	}
	return r
}

// Tell shows an error that answers no call of the pane, such as that of a link
// from outside, as a notice.
func (c *Core) Tell(err error) {
	p := explain(err)
	c.board.update(func(e *edit) {
		e.put(cellNotice, p.Code+stamp(time.Now()), Notice{ID: time.Now().UnixNano(), Code: "problem." + p.Code, Args: p.Args, Kind: "warning"})
	})
}
