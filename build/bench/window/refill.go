//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/session"
	"chatpane/app/store"
	"chatpane/app/syncer"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// filled is what a refill prints, in one line of JSON.
type filled struct {
	Chats, Messages int
	Read            int     // of the messages, those that were not there before
	Seconds         float64 // of reading, converting, indexing and storing these
}

// readers is how many chats are read at once: one waits for the sandbox while
// the other's page is stored.
const readers = 2

// refill reads the whole history of every chat of the account in the demo's
// folder data, by the syncer's own path from Graph into the store; only the
// limiter, which would take half an hour for a million messages, is left out.
// The program that the folder belongs to must not run.
func refill(ctx context.Context, data, tenantFile string) error {
	t, err := readTenant(tenantFile)
	if err != nil {
		return err
	}
	s, v, err := openAccount(data)
	if err != nil {
		return err
	}
	h, err := wire.NewClient(t.origin(), wire.Options{AllowLoopbackHTTP: true,
		Token: func(context.Context, string) (string, error) { return t.token(v.oid), nil }})
	if err != nil {
		return errors.Join(err, s.Close())
	}
	sync := syncer.New(syncer.Options{Graph: graph.New(&odata.Client{Base: t.Graph, HTTP: h}), Store: s, Me: v.oid,
		Budget: syncer.NewBudget(0), OnDiff: func(store.Diff) {}, OnStatus: func() {}})
	chats, err := s.Chats()
	if err != nil {
		return errors.Join(err, s.Close())
	}
	before, start := s.Report().Messages, time.Now()
	if err := readWhole(ctx, sync, chats); err != nil {
		return errors.Join(err, s.Close())
	}
	f := filled{Chats: len(chats), Messages: s.Report().Messages, Seconds: time.Since(start).Seconds()}
	f.Read = f.Messages - before
	if err := s.Close(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}

// readWhole reads chats to their first messages.
func readWhole(ctx context.Context, s *syncer.Syncer, chats []chat.Chat) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make([]error, readers)
	for r := range readers {
		all.Go(func() {
			for failed[r] == nil {
				n := int(next.Add(1)) - 1
				if n >= len(chats) {
					return
				}
				for whole := false; !whole && failed[r] == nil; _, whole = s.Back(chats[n].ID) {
					failed[r] = s.Older(ctx, chats[n].ID)
				}
				if n%200 == 0 {
					fmt.Fprintf(os.Stderr, "  %d of %d chats\n", n, len(chats))
				}
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// account names whose folder it is.
type account struct{ tenant, oid string }

// openAccount opens the store of the only account in the demo's folder, with
// its keys from the keyring, as the program does.
func openAccount(data string) (*store.Store, account, error) {
	b, err := os.ReadFile(filepath.Join(data, "account.json"))
	if err != nil {
		return nil, account{}, fmt.Errorf("find the account: %w", err)
	}
	var p struct{ Tenant, OID string }
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, account{}, fmt.Errorf("find the account: %w", err)
	}
	dirs, err := filepath.Glob(filepath.Join(data, "accounts", "*"))
	if err != nil || len(dirs) != 1 {
		return nil, account{}, fmt.Errorf("find the account: %d folders, want one (%w)", len(dirs), err)
	}
	const demoKeys, patience = "Chatpane demo", 5 * time.Second
	v, err := vault.Open(dirs[0], p.Tenant+"/"+p.OID, vault.OSKeychain(demoKeys, patience))
	if err != nil {
		return nil, account{}, fmt.Errorf("open the account's keys: %w", err)
	}
	s, err := store.Open(filepath.Join(dirs[0], "cache"), v, store.Options{Preview: syncer.Preview(p.OID), Text: session.SearchText})
	return s, account{p.Tenant, p.OID}, err
}
