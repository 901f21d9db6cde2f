package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
)

// odd are messages that no server should send. Each keeps the word "anchor",
// by which it must be found, or is refused and counted.
func odd() map[string]chat.Message {
	r := rand.New(rand.NewPCG(3, 3))
	noise := make([]byte, 10<<20)
	for i := range noise {
		noise[i] = byte('a' + r.IntN(26))
	}
	with := func(f func(*chat.Message)) chat.Message {
		m := msg("19:odd/50%25\x00 ü", 1, "anchor")
		f(&m)
		return m
	}
	return map[string]chat.Message{
		"10 MB of one letter":    with(func(m *chat.Message) { m.Body += strings.Repeat("a", 10<<20) }),
		"10 MB of words":         with(func(m *chat.Message) { m.Body += strings.Repeat("word ", 2<<20) }),
		"10 MB of noise":         with(func(m *chat.Message) { m.Body += string(noise) }),
		"a word of 50,000":       with(func(m *chat.Message) { m.Body += " " + strings.Repeat("ß", 50_000) }),
		"a million tags":         with(func(m *chat.Message) { m.Body += strings.Repeat("<b>", 1_000_000) }),
		"100,000 mentions":       with(func(m *chat.Message) { m.Mentions = make([]chat.Mention, 100_000); m.Mentions[5].Text = "Ann" }),
		"turned and zero-width":  with(func(m *chat.Message) { m.Body += " \u202e\u200b\u200d\u2066evil\ufeff\u00ad" }),
		"bytes that are no text": with(func(m *chat.Message) { m.Body += " \xff\xfe\x00\xc3" }),
		"before time":            with(func(m *chat.Message) { m.Created, m.Modified = time.Unix(-1e10, 0).UTC(), time.Unix(-1e9, 0).UTC() }),
		"after time": with(func(m *chat.Message) {
			m.ID, m.Created = "18446744073709551614", time.Date(2250, 1, 1, 0, 0, 0, 0, time.UTC)
		}),
		"the last id":           with(func(m *chat.Message) { m.ID = "18446744073709551615" }),
		"the first id":          with(func(m *chat.Message) { m.ID = "0" }),
		"an id with a slash":    with(func(m *chat.Message) { m.ID = "17/../%2f" }),
		"a sender of any bytes": with(func(m *chat.Message) { m.From.UserID = "a\x00b/%\u202e" + strings.Repeat("x", 1000) }),
		"a sender beyond a key": with(func(m *chat.Message) { m.From.UserID = strings.Repeat("x", 100_000) }),
	}
}

func TestOddMessagesAreFoundOrCounted(t *testing.T) {
	t.Parallel()
	for name, m := range odd() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, dir := openVault(t)
			s := openDisk(t, dir, v)
			defer func() { closeStore(t, s) }()
			s.MergeAtForTest(1, 2) // everything goes through the postings
			other := msg("19:other", 1, "anchor")
			apply(t, s, store.Batch{Chats: []chat.Chat{group(m.Chat)}, Messages: []chat.Message{m, other}})
			for _, when := range []string{"at once", "after reopening"} {
				skipped := int(s.Report().Skipped)
				if when == "after reopening" {
					closeStore(t, s)
					s = openDisk(t, dir, v)
				}
				got, ok, err := s.Message(m.Chat, m.ID)
				if err != nil || !ok && skipped != 1 || ok && (skipped != 0 || len(got.Body) != len(m.Body) || len(got.Mentions) != len(m.Mentions)) {
					t.Fatalf("%s: stored %v with %d bytes, skipped %d (%v)", when, ok, len(got.Body), skipped, err)
				}
				want := 2 - skipped
				if got := len(find(t, s, "anchor", store.Search{})); got != want {
					t.Errorf("%s: %d messages are found, want %d", when, got, want)
				}
				if ok {
					f, err := s.Search(t.Context(), store.Search{From: []string{m.From.UserID}, Limit: 10})
					if err != nil || len(f.Hits) == 0 {
						t.Errorf("%s: by its sender %d are found (%v)", when, len(f.Hits), err)
					}
					break
				}
			}
			if n := s.FreshForTest(); n != 0 {
				t.Errorf("%d documents cannot be written to the postings", n)
			}
			if r := s.Report(); r.Damaged || r.Rebuilt {
				t.Errorf("the store thinks it is damaged: %+v", r)
			}
		})
	}
}

// FuzzSearch searches a small store for any text, in every way.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{"anchor", `"a b`, "\xff", "請求", "from:x", strings.Repeat("a ", 100), "n1.2", "b5", "👩‍💻"} {
		f.Add(q, "", uint8(3))
	}
	s := openMemory(f)
	s.MergeAtForTest(50, 3)
	r := rand.New(rand.NewPCG(8, 8))
	for i := range 200 {
		apply(f, s, store.Batch{Messages: []chat.Message{msg(chat.ID(fmt.Sprint("19:", i%3)), i, randomText(r))}})
	}
	f.Fuzz(func(t *testing.T, text, cursor string, flags uint8) {
		q := store.Search{Terms: search.Parse(text, base).Terms, Cursor: cursor, Limit: int(flags >> 2), Best: flags&1 > 0, HasFile: flags&2 > 0}
		found, err := s.Search(context.Background(), q)
		if err != nil && cursor == "" {
			t.Fatalf("search %q: %v", text, err)
		}
		for _, h := range found.Hits {
			if !search.NewText(search.Strip(h.Message.Body)).HasAll(q.Terms) {
				t.Fatalf("search %q found %q", text, h.Message.Body)
			}
		}
	})
}
