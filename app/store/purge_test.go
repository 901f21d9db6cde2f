package store_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"chatpane/app/chat"
	"chatpane/app/store"
	"chatpane/app/vault"
)

func TestAPurgeErasesTheChatAndItsKey(t *testing.T) {
	t.Parallel()
	v, dir := newVault(t), t.TempDir()
	s := openDisk(t, dir, v)
	b := store.Batch{Chats: []chat.Chat{group("19:a"), group("19:b")}}
	for i := range 300 {
		b.Messages = append(b.Messages, msg("19:a", i, "x"), msg("19:b", i, "y"))
	}
	apply(t, s, b)
	d := apply(t, s, store.Batch{
		PurgeChats: []chat.ID{"19:a", "19:a", "19:unknown"}, Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{msg("19:a", 999, "late")},
	})
	gone := func(when string) {
		t.Helper()
		if _, ok, _ := s.Chat("19:a"); ok {
			t.Errorf("%s: the chat is there", when)
		}
		if page, _, err := s.Latest("19:a", 10); len(page) > 0 || err != nil {
			t.Errorf("%s: %d messages, %v", when, len(page), err)
		}
		if n, _ := s.Count("19:b"); n != 300 {
			t.Errorf("%s: the other chat has %d messages", when, n)
		}
	}
	if !slices.Equal(d.Purged, []chat.ID{"19:a"}) || len(d.Chats)+len(d.Messages) > 0 {
		t.Errorf("diff = %+v, want only the purge", d)
	}
	if v.chats["19:a"] != 1 || v.chats["19:b"] != 0 {
		t.Errorf("keys destroyed: %v, want that of 19:a once", v.chats)
	}
	gone("at once")
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{msg("19:a", 1, "again")}})
	if got, more := texts(t, s, "19:a", 9); !slices.Equal(got, []string{"<p>again</p>"}) || more {
		t.Errorf("a chat joined again shows %q, more %v", got, more)
	}
	apply(t, s, store.Batch{PurgeChats: []chat.ID{"19:a"}})
	closeStore(t, s)
	s = openDisk(t, dir, v)
	defer closeStore(t, s)
	gone("after reopening")
	if s.Report().Rebuilt {
		t.Errorf("report = %+v", s.Report())
	}
}

func TestThePurgedChatOfARealVaultCanComeBack(t *testing.T) {
	t.Parallel()
	v, dir := openVault(t)
	s := openDisk(t, dir, v)
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a"), group("19:b")}, Messages: []chat.Message{msg("19:a", 1, "x"), msg("19:b", 1, "kept")}})
	sealed, err := v.SealChat("19:a", "media", []byte("k"), []byte("picture"))
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, store.Batch{PurgeChats: []chat.ID{"19:a"}})
	if _, err := v.UnsealChat("19:a", "media", []byte("k"), sealed); !errors.Is(err, vault.ErrShredded) {
		t.Errorf("unseal after the purge: %v, want ErrShredded", err)
	}
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{msg("19:a", 2, "again")}})
	closeStore(t, s)
	s = openDisk(t, dir, v)
	defer closeStore(t, s)
	if got, _ := texts(t, s, "19:a", 9); !slices.Equal(got, []string{"<p>again</p>"}) || s.Report().Rebuilt {
		t.Errorf("chat joined again = %q, %+v", got, s.Report())
	}
	if got, _ := texts(t, s, "19:b", 9); !slices.Equal(got, []string{"<p>kept</p>"}) {
		t.Errorf("other chat = %q", got)
	}
}

func TestAPurgeThatCannotDestroyTheKeyIsCompletedLater(t *testing.T) {
	t.Parallel()
	for _, reopen := range []bool{false, true} {
		t.Run(fmt.Sprint("reopened ", reopen), func(t *testing.T) {
			t.Parallel()
			v, dir := newVault(t), t.TempDir()
			s := openDisk(t, dir, v)
			apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{msg("19:a", 1, "x")}})
			v.failSh = errors.New("keychain locked")
			d, err := s.Apply(context.Background(), store.Batch{PurgeChats: []chat.ID{"19:a"}})
			if err == nil || !slices.Equal(d.Purged, []chat.ID{"19:a"}) {
				t.Fatalf("apply = %+v, %v, want the purge begun and an error", d, err)
			}
			if reopen {
				closeStore(t, s)
				s = openDisk(t, dir, v)
			}
			if s.Report().Rebuilt {
				t.Fatalf("report = %+v", s.Report())
			}
			// Meanwhile nothing may be sealed under the key that is going to die.
			if d := apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}}); !d.Empty() {
				t.Errorf("diff = %+v, want none", d)
			}
			v.failSh = nil
			apply(t, s, store.Batch{})
			if v.chats["19:a"] != 1 {
				t.Error("the key was not destroyed")
			}
			apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}})
			if _, ok, _ := s.Chat("19:a"); !ok {
				t.Error("the chat cannot come back")
			}
			closeStore(t, s)
		})
	}
}

// big is a batch of several transactions.
func big(seed byte) store.Batch {
	b := store.Batch{Marks: []store.Mark{{Feed: "f", Value: fmt.Sprint(seed)}}}
	noise := make([]byte, 3000)
	r := rand.NewChaCha8([32]byte{seed})
	for _, id := range []chat.ID{"19:a", "19:b", "19:c"} {
		b.Chats = append(b.Chats, group(id))
		for i := range 400 {
			_, _ = r.Read(noise)
			b.Messages = append(b.Messages, msg(id, i, hex.EncodeToString(noise)))
		}
	}
	return b
}

func TestABatchLargerThanATransactionIsSplit(t *testing.T) {
	t.Parallel()
	v, dir := newVault(t), t.TempDir()
	s := openDisk(t, dir, v)
	d := apply(t, s, big(1))
	if len(d.Messages) != 1200 || len(d.Chats) != 3 {
		t.Errorf("diff: %d messages, %d chats", len(d.Messages), len(d.Chats))
	}
	if d := apply(t, s, big(1)); !d.Empty() {
		t.Errorf("repeated: %d messages altered", len(d.Messages))
	}
	closeStore(t, s)
	s = openDisk(t, dir, v)
	defer closeStore(t, s)
	if n, _ := s.Count("19:b"); n != 400 || s.Report().Rebuilt || s.Mark("f") != "1" {
		t.Errorf("after reopening: %d messages, %+v", n, s.Report())
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
}

func TestTablesAreMergedWhenTheyGatherAndTheDiskHasRoom(t *testing.T) {
	t.Parallel()
	dir, free := t.TempDir(), int64(1<<40)
	s, err := store.OpenForTest(dir, newVault(t), store.Options{MinFree: 1, Free: func(string) (int64, error) { return free, nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	s.CompactAtForTest(2)
	grow := func(from, to byte) {
		for seed := from; seed < to; seed++ {
			b := big(seed)
			for i := range b.Messages {
				b.Messages[i].Modified = at(int(seed)) // a newer version of the same message
			}
			apply(t, s, b)
		}
	}
	free = 16 << 20 // enough to write, too little to merge
	grow(1, 7)
	if n := s.LevelsForTest()[0]; n < 2 {
		t.Errorf("%d tables on top, want them left in pieces", n)
	}
	free = 1 << 40
	grow(7, 8)
	if levels := s.LevelsForTest(); levels[0] >= 2 || levels[6] == 0 {
		t.Errorf("levels = %v, want one", levels)
	}
	if s.Report().Bytes == 0 {
		t.Error("the report knows no size")
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	if page, _, err := s.Latest("19:b", 400); len(page) != 400 || err != nil || !page[0].Modified.Equal(at(7)) {
		t.Errorf("%d messages, %v", len(page), err)
	}
}

func TestAKillAtAnyMomentLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	v, dir := newVault(t), t.TempDir()
	s := openDisk(t, dir, v)
	defer closeStore(t, s)
	for round := range byte(4) {
		apply(t, s, store.Batch{Messages: []chat.Message{msg("19:k", int(round), "kept")}, Marks: []store.Mark{{Feed: "k", Value: fmt.Sprint(round)}}})
		var wg sync.WaitGroup
		wg.Go(func() { apply(t, s, big(round+10)) })
		snap := snapshot(t, dir) // while the batch is being written
		wg.Wait()
		copied := openDisk(t, snap, copyOf(t, v))
		if r := copied.Report(); r.Rebuilt {
			t.Logf("round %d: the copy was torn across files and rebuilt: %s", round, r.Why)
		} else {
			if got, _ := texts(t, copied, "19:k", 10); len(got) != int(round)+1 || copied.Mark("k") != fmt.Sprint(round) {
				t.Errorf("round %d: %d kept messages, mark %q", round, len(got), copied.Mark("k"))
			}
			if err := copied.Verify(); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		closeStore(t, copied)
	}
}

// snapshot copies a store that is being written to, as far as a copy of several
// files can.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		if err != nil || e.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(to, rel), 0o700))
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func TestACancelledBatchIsCompletedByRepeatingIt(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if d, err := s.Apply(ctx, big(1)); !errors.Is(err, context.Canceled) || !d.Empty() {
		t.Errorf("apply = %v, want cancelled and nothing written", err)
	}
	if d := apply(t, s, big(1)); len(d.Messages) != 1200 {
		t.Errorf("%d messages altered", len(d.Messages))
	}
}

func TestReadersAndTheWriterDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, _, err := s.Latest("19:a", 50); err != nil {
					t.Error(err)
					return
				}
				_, _ = s.Chats()
				_ = s.Report()
			}
		})
	}
	for i := range 60 {
		apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{msg("19:a", i, "x"), msg("19:a", i/2, "y")}})
	}
	close(done)
	wg.Wait()
}

func TestNoTextReachesTheDiskInClear(t *testing.T) {
	t.Parallel()
	v, dir := newVault(t), t.TempDir()
	s := openDisk(t, dir, v)
	c := group("19:canary-chat")
	c.Topic = "canary-topic"
	apply(t, s, store.Batch{
		Chats: []chat.Chat{c}, Messages: []chat.Message{msg(c.ID, 1, "canary-body")}, People: []chat.Person{{ID: "canary-id", Name: "canary-name"}},
		Records: []chat.Record{{Ref: chat.RecordRef{Env: env, Table: "incident", ID: "canary-record"}}}, Marks: []store.Mark{{Feed: "canary-feed", Value: "v"}},
	})
	closeStore(t, s)
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if bytes.Contains(data, []byte("canary")) {
			t.Errorf("%s holds clear text", filepath.Base(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
