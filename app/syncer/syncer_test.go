package syncer_test

import (
	"context"
	"io"
	"log/slog"
	"slices"
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

// rig is a syncer of the company's first person against the sandbox.
type rig struct {
	*syncer.Syncer
	t     *testing.T
	box   *sandbox.Sandbox
	me    *sandbox.Person
	store *store.Store
}

func newRig(t *testing.T, o sandbox.Options, strict bool) *rig {
	t.Helper()
	r := &rig{t: t, box: sandbox.New(o)}
	r.me = r.box.People[0]
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	origins := r.box.Origins()
	budget := syncer.NewBudget(100000)
	client := func(service, path string, limit odata.Limiter) *odata.Client {
		h, err := wire.NewClient(origins[service], wire.Options{Transport: r.box.Transport(), Log: log,
			Token: func(context.Context, string) (string, error) { return r.box.Token(r.me.OID, service), nil }})
		if err != nil {
			t.Fatal(err)
		}
		return &odata.Client{Base: origins[service] + path, HTTP: h, Limit: limit, Log: log}
	}
	var err error
	if r.store, err = store.Open("", vault.OpenMemory(), store.Options{Log: log}); err != nil {
		t.Fatal(err)
	}
	r.Syncer = syncer.New(syncer.Options{
		Graph: graph.New(client("graph", "/v1.0", budget)), Dataverse: dataverse.New(client("dataverse", "/api/data/v9.2", nil)),
		Env: origins["dataverse"], Store: r.store, Me: r.me.OID, Log: log, Budget: budget, Strict: strict,
		OnDiff: func(store.Diff) {}, OnStatus: func() {},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.Run(ctx) // ends with ctx
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
	r.wait(10 * time.Second)
	return r
}

// wait lets virtual time pass.
func (r *rig) wait(d time.Duration) {
	time.Sleep(d) // virtual: the test runs in a synctest bubble
	synctest.Wait()
}

func (r *rig) lists() int { return r.box.Knobs.Requests("graph GET /me/chats") }

func small() sandbox.Options { return sandbox.Options{Seed: 3, Chats: 20, Messages: 400, Cases: 10} }

// The clock of product.md 11.1, counted at the server.
func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small(), false)
		r.box.Knobs.ResetCounts()
		r.wait(time.Hour)
		if n := r.lists(); n != 0 {
			t.Errorf("an hour without the user cost %d list requests, want 0", n)
		}
		for range 10 {
			r.Poke()
			r.wait(time.Second)
		}
		if n := r.lists(); n != 1 {
			t.Errorf("ten times focus in ten seconds cost %d list requests, want 1", n)
		}
		r.wait(6 * time.Second)
		if n := r.lists(); n != 2 {
			t.Errorf("what was asked inside the 15 s was answered by %d list requests in all, want 2", n)
		}
		r.SetPresent(true)
		r.box.Knobs.ResetCounts()
		r.wait(10 * time.Minute)
		if n := r.lists(); n < 9 || n > 11 {
			t.Errorf("ten minutes of presence cost %d list requests, want one a minute", n)
		}
	})
}

func TestStrictHasNoClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small(), true)
		r.SetPresent(true)
		r.wait(30 * time.Second)
		r.box.Knobs.ResetCounts()
		r.wait(time.Hour)
		if n := r.lists(); n != 0 {
			t.Errorf("an hour under sync.strict cost %d list requests, want 0", n)
		}
	})
}

// someChat is a group chat of mine with the newest messages stored.
func (r *rig) someChat() chat.ID {
	r.t.Helper()
	list, err := r.store.Chats()
	if err != nil || len(list) == 0 {
		r.t.Fatalf("chats: %d, %v", len(list), err)
	}
	slices.SortFunc(list, chat.ComparePreview)
	for _, c := range list {
		if c.Kind == chat.Group {
			if err := r.First(r.t.Context(), c.ID); err != nil {
				r.t.Fatal(err)
			}
			return c.ID
		}
	}
	r.t.Fatal("no group chat")
	return ""
}

// More changes than a page holds arrive all, and a connection that breaks
// between two pages loses none: the watermark waits for the last page.
func TestManyChangesSurviveACut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small(), false)
		id := r.someChat()
		before, err := r.store.Count(id)
		if err != nil {
			t.Fatal(err)
		}
		var by string
		c, _, _ := r.store.Chat(id)
		for _, m := range c.Members {
			if m.UserID != r.me.OID {
				by = m.UserID
			}
		}
		for range 130 {
			if _, err := r.box.Say(by, string(id), "<p>one of many</p>"); err != nil {
				t.Fatal(err)
			}
			r.wait(time.Second)
		}
		r.box.Knobs.Cut("GET /chats/{id}/messages", sandbox.Before, 2)
		r.SetPresent(true)
		r.SyncNow(id)
		r.wait(5 * time.Minute)
		if after, err := r.store.Count(id); err != nil || after != before+130 {
			t.Errorf("%d messages before, %d after 130 new ones (%v)", before, after, err)
		}
	})
}

// Edits, and being removed, arrive too.
func TestRemovedFromAChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small(), false)
		id := r.someChat()
		if err := r.box.RemoveMember(string(id), r.me.OID); err != nil {
			t.Fatal(err)
		}
		r.Poke()
		r.SyncNow(id)
		r.wait(time.Minute)
		if _, ok, err := r.store.Chat(id); ok || err != nil {
			t.Errorf("the chat is still here (%v)", err)
		}
	})
}

// Without a network the pauses grow, and one success wakes everything.
func TestOfflineProbesWithGrowingPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small(), false)
		r.SetPresent(true)
		r.box.Knobs.Offline(true)
		r.wait(2 * time.Minute)
		if r.Status().Online {
			t.Fatal("offline is not noticed")
		}
		r.box.Knobs.Offline(false)
		r.wait(65 * time.Second)
		if st := r.Status(); !st.Online || st.ListErr != nil {
			t.Errorf("a minute after the network came back: %+v", st)
		}
	})
}

func TestBudgetCountsAndSpares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := syncer.NewBudget(10)
		for range 5 {
			if err := b.Wait(t.Context(), "other"); err != nil {
				t.Fatal(err)
			}
		}
		if b.Used() != 5 || b.Spare() {
			t.Errorf("after five of ten: used %d, spare %v; want half kept for the user", b.Used(), b.Spare())
		}
		time.Sleep(time.Hour + time.Second)
		if b.Used() != 0 || !b.Spare() {
			t.Errorf("an hour later: used %d", b.Used())
		}
	})
}
