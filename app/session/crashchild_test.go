package session

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/outbox"
	"chatpane/app/policy"
	"chatpane/app/store"
	"chatpane/app/syncer"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// TestCrashChild is not a test but the process that is killed.
func TestCrashChild(t *testing.T) {
	path := os.Getenv(errandFile)
	if path == "" {
		return
	}
	var e errand
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err == nil {
		err = e.run(t.Context())
	}
	if err != nil {
		tell("error", err.Error())
	}
}

func (e errand) run(ctx context.Context) error {
	s, err := e.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Run(ctx) // ends with ctx
	}()
	s.Visible(true)
	if e.Finish {
		err = e.finish(ctx, s)
	} else {
		err = e.work(ctx, s)
	}
	cancel()
	<-done
	if closed := s.Close(); err == nil {
		err = closed
	}
	return err
}

// open opens the account from its disk; a kill may have come at any moment.
func (e errand) open() (*Session, error) {
	v, err := vault.Open(e.Dir, "account", &fileKeychain{path: e.Keys})
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	p := parts{me: identity{OID: e.OID, Tenant: e.Tenant, Name: e.Name}, env: e.Env, policy: policy.Default(), log: log,
		board: newBoard(func(int64) {}), vault: v, budget: syncer.NewBudget(100000), faults: &faults{}, graphHost: hostOf(e.Graph), settle: time.Second}
	client := func(service, origin, path string, limit odata.Limiter) (*odata.Client, error) {
		token := e.Tokens[service]
		h, err := wire.NewClient(origin, wire.Options{AllowLoopbackHTTP: true, Token: func(context.Context, string) (string, error) { return token, nil }})
		return &odata.Client{Base: origin + path, HTTP: h, Limit: limit}, err
	}
	g, err := client("graph", e.Graph, "/v1.0", p.budget)
	if err != nil {
		return nil, err
	}
	d, err := client("dataverse", e.Env, "/api/data/v9.2", nil)
	if err != nil {
		return nil, err
	}
	p.graph, p.dataverse = graph.New(g), dataverse.New(d)
	for i, name := range []string{"outbox", "drafts"} {
		if p.journals[i], err = v.Journal(name); err != nil {
			return nil, err
		}
	}
	if p.drafts, err = outbox.OpenDrafts(p.journals[1]); err != nil {
		return nil, err
	}
	if p.store, err = store.Open(v.Dir(), v, store.Options{Log: log, MinFree: 1, Preview: syncer.Preview(e.OID), Text: SearchText}); err != nil {
		return nil, err
	}
	if p.store.Report().Rebuilt {
		return nil, fmt.Errorf("the store was rebuilt: %s", p.store.Report().Why)
	}
	facts := []store.Fact{{Key: factMarker, Value: []byte("yes")}}
	if _, err := p.store.Apply(context.Background(), store.Batch{Facts: facts}); err != nil {
		return nil, err
	}
	return newSession(p)
}

// work writes as fast as the disk takes it, and says what was accepted.
func (e errand) work(ctx context.Context, s *Session) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := 0; n < 100000; n++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		id := e.Chats[n%len(e.Chats)]
		if _, known, err := s.store.Chat(chat.ID(id)); err != nil || !known {
			continue // the list was not read yet
		}
		if n < len(e.Chats) {
			if _, err := s.OpenChat(ctx, chat.ID(id)); err != nil {
				return err
			}
		}
		text := fmt.Sprintf("message %d of life %d", n, e.Life)
		op, err := s.Send(ctx, Compose{Chat: id, HTML: "<p>" + text + "</p>"})
		if err != nil {
			return err
		}
		tell("accepted", op, id, text, ".")
		s.sync.SyncNow(chat.ID(id))
	}
	return nil
}

// finish waits until nothing is left to do and tells what there is.
func (e errand) finish(ctx context.Context, s *Session) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	left, moved := 0, time.Now()
	for n := len(s.outbox.Ops()); n > 0 && time.Since(moved) < time.Minute; n = len(s.outbox.Ops()) {
		if n != left {
			left, moved = n, time.Now()
		}
		s.Active()
		<-tick.C
	}
	for _, op := range s.outbox.Ops() {
		tell("left", op.ID, string(op.State), op.Reason)
	}
	for _, id := range e.Chats {
		if err := s.sync.First(ctx, chat.ID(id)); err != nil {
			return err
		}
		for since, whole := s.sync.Back(chat.ID(id)); !whole && !since.IsZero(); since, whole = s.sync.Back(chat.ID(id)) {
			if err := s.sync.Older(ctx, chat.ID(id)); err != nil {
				return err
			}
		}
		list, _, err := s.store.Latest(chat.ID(id), 1000000)
		if err != nil {
			return err
		}
		for _, m := range list {
			tell("stored", id, m.ID, m.ETag)
		}
	}
	if err := s.store.Verify(); err != nil {
		return err
	}
	tell("finished")
	return nil
}
