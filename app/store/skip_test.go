package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
)

// TestSearchPassesOverNoHit searches chats of which several share a place in
// what is known of 64 documents at once, and messages that arrived in any order,
// page by page, and holds what is found, its order and its number to a scan.
func TestSearchPassesOverNoHit(t *testing.T) {
	t.Parallel()
	const chats, messages = 130, 4000
	r := rand.New(rand.NewPCG(7, 7))
	s := openMemory(t)
	all := make([]chat.Message, messages)
	for i, n := range r.Perm(messages) {
		at := base.Add(time.Duration(n) * time.Second)
		id := strconv.FormatInt(at.UnixMilli(), 10)
		all[i] = chat.Message{Chat: chat.ID(fmt.Sprint("19:", r.IntN(chats))), ID: id, ETag: id, Created: at, Modified: at, Body: "<p>pump</p>"}
		if r.IntN(3) == 0 {
			all[i].Body = "<p>valve</p>"
		}
	}
	for page := range slices.Chunk(all, 50) {
		apply(t, s, store.Batch{Messages: page})
	}
	find(t, s, "pump", store.Search{Limit: 1}) // takes the columns into memory, where they are kept up to date
	for i := range all {
		if r.IntN(10) == 0 { // its document is void from now on
			all[i].Deleted, all[i].Modified, all[i].ETag = base, all[i].Modified.Add(time.Hour), "later"
			apply(t, s, store.Batch{Messages: all[i : i+1]})
		}
	}
	for n, q := range []store.Search{
		{}, {}, {Chats: []chat.ID{"19:3"}}, {Chats: []chat.ID{"19:3", "19:67", "19:129"}}, {Chats: []chat.ID{}},
		{After: base.Add(1000 * time.Second)}, {Before: base.Add(1000 * time.Second)},
		{Chats: []chat.ID{"19:5"}, After: base.Add(500 * time.Second), Before: base.Add(3000 * time.Second)},
		{Since: map[chat.ID]time.Time{"19:1": base.Add(700 * time.Second), "19:2": {}}},
	} {
		q.Limit = 40
		if n > 0 { // the first is for all messages
			q.Terms = search.Parse("pump", base).Terms
		}
		var want, got []string
		for _, m := range all {
			since, kept := q.Since[m.Chat]
			if m.Deleted.IsZero() && (n == 0 || m.Body == "<p>pump</p>") && (q.Chats == nil || slices.Contains(q.Chats, m.Chat)) && !m.Created.Before(q.After) &&
				(q.Before.IsZero() || m.Created.Before(q.Before)) && (q.Since == nil || kept && m.Created.After(since)) {
				want = append(want, m.ID)
			}
		}
		slices.Sort(want)
		slices.Reverse(want)
		for more := true; more; more = q.Cursor != "" {
			f, err := s.Search(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			if first := q.Cursor == ""; first && (f.Total != len(want) || !f.Exact) {
				t.Errorf("query %d: got a total of %d (exact %v), want %d", n, f.Total, f.Exact, len(want))
			}
			for _, h := range f.Hits {
				got = append(got, h.Message.ID)
			}
			q.Cursor = f.Cursor
		}
		if !slices.Equal(got, want) {
			t.Errorf("query %d: got %d messages, want %d, or in another order", n, len(got), len(want))
		}
	}
}
