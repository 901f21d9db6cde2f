package syncer_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/store"
	"chatpane/app/syncer"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// rig is a syncer of the company's first person against the sandbox. It lives
// in the synctest bubble of its test, which also proves that every goroutine
// has ended.
type rig struct {
	told atomic.Int64 // how often a status was told
	*syncer.Syncer
	t      testing.TB
	box    *sandbox.Sandbox
	me     *sandbox.Person
	store  *store.Store
	budget *syncer.Budget
	strict bool
	wrap   func(http.RoundTripper) http.RoundTripper // nil: the plain transport
	stop   func()
	seeded map[chat.ID][]*sandbox.Person // see members
	dir    string                        // of the store, "" in memory
	keys   vault.Keychain
	bug    syncer.BugForTest

	mu     sync.Mutex       // guards the rest
	diffs  []store.Diff     // those that are not empty
	tokens map[string]token // by person and service
}

type token struct {
	text string
	at   time.Time
}

// newRig starts a syncer and waits until it has read what it reads at start.
func newRig(t testing.TB, o sandbox.Options) *rig {
	t.Helper()
	r := makeRig(t, o)
	r.start()
	r.wait(10 * time.Second)
	return r
}

// makeRig is newRig without the start.
func makeRig(t testing.TB, o sandbox.Options) *rig { return makeRigAt(t, o, "") }

// makeRigAt is makeRig with the store in a folder; "" keeps it in memory.
func makeRigAt(t testing.TB, o sandbox.Options, dir string) *rig {
	t.Helper()
	r := &rig{t: t, box: sandbox.New(o), budget: syncer.NewBudget(100000), tokens: map[string]token{}, keys: vault.MemoryKeychain()}
	r.me = r.box.People[0]
	r.open(dir)
	t.Cleanup(func() {
		if r.stop != nil {
			r.stop()
		}
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// open opens the store in a folder, "" for memory.
func (r *rig) open(dir string) {
	r.t.Helper()
	v := vault.OpenMemory()
	var err error
	if dir != "" {
		if v, err = vault.Open(dir, "account", r.keys); err != nil {
			r.t.Fatal(err)
		}
	}
	r.dir = dir
	if r.store, err = store.Open(dir, v, store.Options{Log: quiet, MinFree: 1, Preview: syncer.Preview(r.me.OID)}); err != nil {
		r.t.Fatal(err)
	}
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// start runs a new syncer on the store as it is, as a new start of the app does.
func (r *rig) start() {
	r.t.Helper()
	r.Syncer = syncer.New(syncer.Options{
		Graph:     graph.New(r.client(r.me, "graph", "/v1.0", r.budget)),
		Dataverse: dataverse.New(r.client(r.me, "dataverse", "/api/data/v9.2", nil)),
		Env:       r.env(), Store: r.store, Me: r.me.OID, Log: quiet, Budget: r.budget, Strict: r.strict,
		OnDiff: r.onDiff, OnStatus: func() { r.told.Add(1) },
	})
	r.BreakForTest(r.bug)
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan struct{})
	run := r.Run
	go func() {
		defer close(done)
		_ = run(ctx) // ends with ctx
	}()
	r.stop = func() { cancel(); <-done }
}

func (r *rig) client(who *sandbox.Person, service, path string, limit odata.Limiter) *odata.Client {
	r.t.Helper()
	transport := r.box.Transport()
	if r.wrap != nil {
		transport = r.wrap(transport)
	}
	origin := r.box.Origins()[service]
	h, err := wire.NewClient(origin, wire.Options{Transport: transport, Log: quiet,
		Token: func(context.Context, string) (string, error) { return r.token(who, service), nil }})
	if err != nil {
		r.t.Fatal(err)
	}
	return &odata.Client{Base: origin + path, HTTP: h, Limit: limit, Log: quiet}
}

// token is a token that is kept for hours; signing one for each request
// would take most of its time.
func (r *rig) token(who *sandbox.Person, service string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := who.OID + service
	if t, ok := r.tokens[key]; ok && time.Since(t.at) < 11*time.Hour {
		return t.text
	}
	r.tokens[key] = token{r.box.Token(who.OID, service), time.Now()}
	return r.tokens[key].text
}

func (r *rig) env() string { return r.box.Origins()["dataverse"] }

func (r *rig) onDiff(d store.Diff) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !d.Empty() {
		r.diffs = append(r.diffs, d)
	}
}

// altered returns what was altered since it was asked last.
func (r *rig) altered() []store.Diff {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.diffs
	r.diffs = nil
	return out
}

// wait lets virtual time pass.
func (r *rig) wait(d time.Duration) {
	time.Sleep(d) // virtual: the test runs in a synctest bubble
	synctest.Wait()
}

func (r *rig) lists() int { return r.box.Knobs.Requests("graph GET /me/chats") }

func (r *rig) asked(match string) int { return r.box.Knobs.Requests(match) }

func small() sandbox.Options { return sandbox.Options{Seed: 3, Chats: 20, Messages: 400, Cases: 10} }

// groups are the ids of my group chats, the newest first.
func (r *rig) groups() []chat.ID {
	r.t.Helper()
	list, err := r.store.Chats()
	if err != nil {
		r.t.Fatal(err)
	}
	var out []chat.ID
	for _, c := range list {
		if c.Kind == chat.Group {
			out = append(out, c.ID)
		}
	}
	if len(out) == 0 {
		r.t.Fatal("no group chat")
	}
	return out
}

// someChat is a group chat of mine with the newest messages stored.
func (r *rig) someChat() chat.ID {
	r.t.Helper()
	id := r.groups()[0]
	if err := r.First(r.t.Context(), id); err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) chat(id chat.ID) chat.Chat {
	r.t.Helper()
	c, ok, err := r.store.Chat(id)
	if err != nil || !ok {
		r.t.Fatalf("chat %s: stored %v, %v", id, ok, err)
	}
	return c
}

// members are the people who were in a chat when they were asked for first.
func (r *rig) members(id chat.ID) []*sandbox.Person {
	r.t.Helper()
	if r.seeded == nil {
		r.seeded = map[chat.ID][]*sandbox.Person{}
		for _, c := range r.box.ListRooms() {
			for _, oid := range c.Members {
				r.seeded[chat.ID(c.ID)] = append(r.seeded[chat.ID(c.ID)], r.box.PersonByOID(oid))
			}
		}
	}
	return r.seeded[id]
}

// other is somebody else in a chat who is in Dynamics too.
func (r *rig) other(id chat.ID) *sandbox.Person {
	r.t.Helper()
	for _, p := range r.members(id) {
		if p != r.me && p.SystemUserID != "" {
			return p
		}
	}
	r.t.Fatalf("nobody else is in %s", id)
	return nil
}

// stranger is somebody of the tenant who is not in a chat.
func (r *rig) stranger(id chat.ID) *sandbox.Person {
	r.t.Helper()
	for _, p := range r.box.People {
		if p.Role == "agent" && !slices.Contains(r.members(id), p) {
			return p
		}
	}
	r.t.Fatalf("everybody is in %s", id)
	return nil
}

func (r *rig) say(id chat.ID, text string) string {
	r.t.Helper()
	msg, err := r.box.Say(r.other(id).OID, string(id), "<p>"+text+"</p>")
	if err != nil {
		r.t.Fatal(err)
	}
	return msg
}

// messages are all stored messages of a chat, oldest first.
func (r *rig) messages(id chat.ID) []chat.Message {
	r.t.Helper()
	list, _, err := r.store.Latest(id, 100000)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// as writes to Graph in the name of somebody else.
func (r *rig) as(who *sandbox.Person, method, path string, body any) error {
	return r.client(who, "graph", "/v1.0", nil).Send(r.t.Context(), method, path, body, nil)
}

// must fails the test when an act of the world did not happen.
func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func path(id chat.ID, message string) string { return "/chats/" + string(id) + "/messages/" + message }
