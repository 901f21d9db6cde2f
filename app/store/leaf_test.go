package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/vault"
)

func lengths(list []leaf) (out []int) {
	for _, l := range list {
		out = append(out, len(l))
	}
	return out
}

func leafOfSizes(sizes ...int) (l leaf) {
	for i, n := range sizes {
		l = append(l, held{uint64(i), bytes.Repeat([]byte{1}, n)})
	}
	return l
}

func TestALeafThatGrowsTooLargeIsSplit(t *testing.T) {
	t.Parallel()
	small := func(n int) leaf { return leafOfSizes(slices.Repeat([]int{200}, n)...) }
	for name, c := range map[string]struct {
		l      leaf
		newest bool
		want   []int
	}{
		"nothing":                    {nil, true, nil},
		"one that fits":              {small(17), false, []int{17}},
		"a page of Graph":            {small(50), false, []int{17, 17, 16}},
		"one more among old ones":    {small(18), false, []int{9, 9}},
		"one more at the end":        {small(18), true, []int{17, 1}},
		"a long message among short": {leafOfSizes(100, 100, leafBytes, 100), false, []int{2, 1, 1}},
		"long messages":              {leafOfSizes(40<<10, 20<<10, 10<<10), true, []int{2, 1}},
	} {
		list := c.l.split(c.newest)
		if got := lengths(list); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if !slices.Concat(list...).equal(c.l) {
			t.Errorf("%s: the parts are not the whole", name)
		}
	}
}

func openPlain(t *testing.T) *Store {
	t.Helper()
	s, err := Open("", vault.OpenMemory(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func message(n int) chat.Message {
	at := time.UnixMilli(1_790_000_000_000 + int64(n)*1000).UTC()
	id := strconv.FormatInt(at.UnixMilli(), 10)
	return chat.Message{Chat: "19:a", ID: id, ETag: id, Created: at, Modified: at, Body: fmt.Sprint(n), Importance: chat.Normal}
}

func applyAll(t *testing.T, s *Store, list ...chat.Message) {
	t.Helper()
	if _, err := s.Apply(context.Background(), Batch{Messages: list}); err != nil {
		t.Fatal(err)
	}
}

func TestARowThatVanishedIsNoticedByThePageItBelongsTo(t *testing.T) {
	t.Parallel()
	s := openPlain(t)
	for n := range 60 {
		applyAll(t, s, message(n))
	}
	if n := len(s.mem.chats["19:a"].leaves); n != 4 {
		t.Fatalf("60 messages that came one by one lie in %d leaves, want 4", n)
	}
	txn := s.db.NewTransaction(true)
	if err := errors.Join(txn.Delete(leafKey(1, s.mem.chats["19:a"].leaves[1])), txn.Commit()); err != nil {
		t.Fatal(err)
	}
	s.renew()
	s.kept.forget(func(place) bool { return true })
	if page, _, err := s.Latest("19:a", 20); err != nil || len(page) != 20 {
		t.Errorf("a page that does not touch it: %d messages, %v", len(page), err)
	}
	if _, _, err := s.Latest("19:a", 40); !errors.Is(err, ErrDamaged) {
		t.Errorf("the page it belongs to: %v, want ErrDamaged", err)
	}
	if err := s.Verify(); !errors.Is(err, ErrDamaged) {
		t.Errorf("verify: %v, want ErrDamaged", err)
	}
}

// TestAPageReadWhileItsChatGrowsIsWhole writes messages one by one, so that
// leaves fill, begin and are split, and reads pages meanwhile: what is in memory
// about the leaves and the rows themselves must always belong together.
func TestAPageReadWhileItsChatGrowsIsWhole(t *testing.T) {
	t.Parallel()
	s := openPlain(t)
	const even = 120
	for n := range even {
		applyAll(t, s, message(2*n))
	}
	var done atomic.Bool
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for reads := 0; !done.Load() || reads < 100; reads++ {
			page, _, err := s.Latest("19:a", 2*even)
			seen := map[string]bool{}
			for _, m := range page {
				seen[m.Body] = true
			}
			for n := 0; n < 2*even && err == nil; n += 2 {
				if !seen[fmt.Sprint(n)] {
					err = fmt.Errorf("message %d is missing from a page of %d", n, len(page))
				}
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	for n := range even {
		applyAll(t, s, message(2*n+1))
	}
	done.Store(true)
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

func TestTheLeavesKeptInMemoryAreBoundedAndGoWithTheirChat(t *testing.T) {
	t.Parallel()
	var k keptLeaves
	for n := range 1000 {
		k.put(place{1, uint64(n)}, leafOfSizes(10<<10))
	}
	k.put(place{2, 0}, leafOfSizes(keptBytes))
	if n := len(k.by); k.bytes > keptBytes || k.bytes != n*10<<10 || n < 150 {
		t.Errorf("%d leaves of %d bytes are kept, want up to %d bytes, without one that takes all", n, k.bytes, keptBytes)
	}
	s := openPlain(t)
	for n := range 30 {
		applyAll(t, s, message(n))
	}
	if _, _, err := s.Latest("19:a", 30); err != nil || len(s.kept.by) != 2 {
		t.Fatalf("%d leaves are kept (%v), want 2", len(s.kept.by), err)
	}
	applyAll(t, s, message(30))
	if page, _, err := s.Latest("19:a", 1); err != nil || len(page) != 1 || page[0].Body != "30" {
		t.Errorf("the newest message is %v (%v), want 30", page, err)
	}
	if _, err := s.Apply(context.Background(), Batch{PurgeChats: []chat.ID{"19:a"}}); err != nil || len(s.kept.by) != 0 {
		t.Errorf("after the purge %d leaves are kept (%v)", len(s.kept.by), err)
	}
}
