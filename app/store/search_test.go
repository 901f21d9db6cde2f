package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
)

// vocabulary has words, compounds and their parts, texts without spaces, emoji.
var vocabulary = strings.Fields(`der die und ist rechnung abrechnung Abrechnungszeitraum versicherung
	Krankenversicherungsbeitrag beitrag straße STRASSE haustür Zoë zoe café order-4711 CAS-01234-X5 mail@example.com
	請求書 請求書を送る 東京都 京都 日本語のテキスト 发票 发票已经发送 数据库 한국어 도쿄에서 👍 👩‍💻 👍🏽 ❤️ 🇩🇪 a b ab abc`)

func randomText(r *rand.Rand) string {
	var words []string
	for range 1 + r.IntN(8) {
		words = append(words, vocabulary[r.IntN(len(vocabulary))])
	}
	return strings.Join(words, []string{" ", " ", "\n", ""}[r.IntN(4)])
}

// scan is what a search must find: the messages of the model whose text has all
// terms, newest first.
func (m *model) scan(terms []search.Term, chats []chat.ID) (out []chat.Message) {
	for id, list := range m.messages {
		if chats != nil && !slices.Contains(chats, id) {
			continue
		}
		for _, msg := range list {
			if msg.Deleted.IsZero() && search.NewText(search.Strip(msg.Body)).HasAll(terms) {
				out = append(out, msg)
			}
		}
	}
	slices.SortFunc(out, func(a, b chat.Message) int { return strings.Compare(name(a), name(b)) })
	return out
}

func name(m chat.Message) string { return string(m.Chat) + " " + m.ID + " " + m.Body }

// TestSearchFindsWhatAScanFinds applies random batches with edits, deletions,
// messages gone and purges, and compares searches with a scan after each.
func TestSearchFindsWhatAScanFinds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 4))
			v, dir := openVault(t)
			s, m := openDisk(t, dir, v), newModel()
			defer func() { closeStore(t, s) }()
			for step := range 30 {
				s.MergeAtForTest(uint32(1+r.IntN(60)), 2+r.IntN(20))
				b := randomBatch(r)
				for i := range b.Messages {
					if b.Messages[i].Body != "" {
						b.Messages[i].Body = "<p>" + randomText(r) + "</p>"
					}
				}
				if id := chat.ID(fmt.Sprint("19:", r.IntN(5))); r.IntN(3) == 0 {
					for key := range m.messages[id] {
						b.Gone = append(b.Gone, store.MessageKey{Chat: id, ID: key})
						break
					}
				}
				apply(t, s, b)
				m.apply(b)
				for _, k := range b.Gone {
					delete(m.messages[k.Chat], k.ID)
				}
				if r.IntN(8) == 0 {
					closeStore(t, s)
					s = openDisk(t, dir, v)
				}
				for range 8 {
					compareSearch(t, r, s, m)
				}
				if t.Failed() {
					t.Logf("step %d", step)
					return
				}
			}
			if err := s.Verify(); err != nil {
				t.Error(err)
			}
		})
	}
}

func compareSearch(t *testing.T, r *rand.Rand, s *store.Store, m *model) {
	t.Helper()
	text := randomText(r)
	if words := strings.Fields(text); len(words) > 2 {
		text = strings.Join(words[:2], " ")
	}
	if runes := []rune(text); r.IntN(2) == 0 {
		from := r.IntN(len(runes))
		text = string(runes[from : from+1+r.IntN(len(runes)-from)])
	}
	if r.IntN(4) == 0 {
		text = `"` + text + `"`
	}
	q := store.Search{Terms: search.Parse(text, base).Terms, Limit: 1 + r.IntN(20), Best: r.IntN(3) == 0}
	if r.IntN(3) == 0 {
		q.Chats = []chat.ID{"19:1", "19:2"}
	}
	var got []chat.Message
	last := time.Time{}
	for pages := 0; pages < 500; pages++ {
		f, err := s.Search(context.Background(), q)
		if err != nil {
			t.Fatalf("search %q: %v", text, err)
		}
		for _, h := range f.Hits {
			if at := h.Message.Created; !q.Best && !last.IsZero() && at.After(last) {
				t.Errorf("search %q: a newer message after an older one", text)
			}
			last = h.Message.Created
			got = append(got, h.Message)
		}
		if q.Cursor = f.Cursor; q.Cursor == "" {
			break
		}
	}
	want := m.scan(q.Terms, q.Chats)
	slices.SortFunc(got, func(a, b chat.Message) int { return strings.Compare(name(a), name(b)) })
	if !slices.EqualFunc(got, want, func(a, b chat.Message) bool { return name(a) == name(b) }) {
		t.Errorf("search %q (best %v, in %v): %d found, want %d; missed %q, too much %q", text, q.Best, q.Chats, len(got), len(want), without(want, got), without(got, want))
	}
}

// without are the names of messages that are not among others.
func without(list, others []chat.Message) (out []string) {
	left := map[string]int{}
	for _, m := range others {
		left[name(m)]++
	}
	for _, m := range list {
		if left[name(m)]--; left[name(m)] < 0 {
			out = append(out, name(m))
		}
	}
	return out
}

// find returns the texts of what a query finds.
func find(t testing.TB, s *store.Store, query string, q store.Search) []string {
	t.Helper()
	parsed := search.Parse(query, base)
	q.Terms, q.HasFile = parsed.Terms, parsed.HasFile
	if q.Limit == 0 {
		q.Limit = 1000
	}
	f, err := s.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("search %q: %v", query, err)
	}
	var out []string
	for _, h := range f.Hits {
		out = append(out, search.Strip(h.Message.Body))
	}
	if f.Exact && f.Total < len(out) {
		t.Errorf("search %q: %d hits of a total of %d", query, len(out), f.Total)
	}
	return out
}

// TestTextsWithoutSpacesAreFoundByAnySubstring holds Japanese, Chinese, Korean
// and emoji to a scan for the raw substring: nothing may be missed.
func TestTextsWithoutSpacesAreFoundByAnySubstring(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	r := rand.New(rand.NewPCG(1, 2))
	alphabets := []string{"請求書送信東京都日本語入力", "かなカナのをはがでプログラムー", "发票已经送数据库中文搜索测试", "한국어도쿄에서", "😀👍🏽❤️🎉👩‍💻🇩🇪🇫🇷✅→€"}
	var texts []string
	for range 600 {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			runes := []rune(alphabets[r.IntN(len(alphabets))])
			for range 1 + r.IntN(12) {
				b.WriteRune(runes[r.IntN(len(runes))])
			}
			if r.IntN(2) == 0 {
				b.WriteString([]string{" ", "。", "、", "ab "}[r.IntN(4)])
			}
		}
		texts = append(texts, b.String())
	}
	var b store.Batch
	for i, x := range texts {
		b.Messages = append(b.Messages, msg("19:a", i, x))
	}
	apply(t, s, b)
	searched := 0
	for range 1500 {
		runes := []rune(texts[r.IntN(len(texts))])
		from := r.IntN(len(runes))
		q := string(runes[from:min(from+1+r.IntN(5), len(runes))])
		if strings.ContainsAny(q, "ab \"") || len(search.Parse(q, base).Terms) == 0 {
			continue
		}
		searched++
		found := map[string]bool{}
		for _, x := range find(t, s, q, store.Search{}) {
			found[x] = true
		}
		for _, x := range texts {
			if strings.Contains(x, q) && !found[strings.TrimSpace(x)] {
				t.Errorf("%q is not found in %q", q, x)
			}
		}
	}
	if searched < 1000 {
		t.Errorf("only %d substrings were looked for", searched)
	}
}

func TestSearchFollowsEditsAndDeletionsAtOnce(t *testing.T) {
	t.Parallel()
	for _, merge := range []uint32{1, 1000} {
		s := openMemory(t)
		s.MergeAtForTest(merge, 2)
		m := msg("19:a", 1, "the invoice is late")
		apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{m}})
		steps := []struct {
			batch        store.Batch
			late, solved int
		}{
			{store.Batch{}, 1, 0},
			{store.Batch{Messages: []chat.Message{edited(m, 1, "the invoice is solved")}}, 0, 1},
			{store.Batch{Messages: []chat.Message{deleted(m, 2)}}, 0, 0},
			{store.Batch{Messages: []chat.Message{edited(m, 3, "late again")}}, 1, 0},
			{store.Batch{Gone: []store.MessageKey{{Chat: "19:a", ID: m.ID}}}, 0, 0},
			{store.Batch{Messages: []chat.Message{m}}, 1, 0},
			{store.Batch{PurgeChats: []chat.ID{"19:a"}}, 0, 0},
		}
		for i, step := range steps {
			apply(t, s, step.batch)
			if late, solved := len(find(t, s, "late", store.Search{})), len(find(t, s, "solved", store.Search{})); late != step.late || solved != step.solved {
				t.Errorf("merged at %d, step %d: late is found %d times, solved %d times; want %d, %d", merge, i, late, solved, step.late, step.solved)
			}
		}
	}
}

func TestSearchByOperators(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	file := msg("19:b", 3, "see the offer")
	file.From = chat.Sender{UserID: "u2"}
	file.Attachments = []chat.Attachment{{ID: "x", ContentType: "reference", Name: "Angebot Müller.pdf"}}
	apply(t, s, store.Batch{Messages: []chat.Message{msg("19:a", 1, "first offer"), msg("19:a", 2, "second offer"), file}})
	for _, c := range []struct {
		name, query string
		q           store.Search
		want        string
	}{
		{"newest first", "offer", store.Search{}, "see the offer|second offer|first offer"},
		{"from somebody", "offer", store.Search{From: []string{"u2"}}, "see the offer"},
		{"from nobody", "offer", store.Search{From: []string{}}, ""},
		{"not from somebody", "", store.Search{NotFrom: "u1"}, "see the offer"},
		{"in a chat", "offer", store.Search{Chats: []chat.ID{"19:a", "19:none"}}, "second offer|first offer"},
		{"in no chat", "offer", store.Search{Chats: []chat.ID{}}, ""},
		{"after includes", "offer", store.Search{After: at(2)}, "see the offer|second offer"},
		{"before leaves out", "offer", store.Search{Before: at(2)}, "first offer"},
		{"far times", "offer", store.Search{After: time.Unix(-1e12, 0), Before: time.Unix(1e15, 0)}, "see the offer|second offer|first offer"},
		{"with a file", "has:file", store.Search{}, "see the offer"},
		{"unread", "", store.Search{Since: map[chat.ID]time.Time{"19:a": at(1)}}, "second offer"},
		{"a page", "offer", store.Search{Limit: 2}, "see the offer|second offer"},
	} {
		if got := strings.Join(find(t, s, c.query, c.q), "|"); got != c.want {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
	}
	if _, err := s.Search(context.Background(), store.Search{Cursor: "nonsense"}); err == nil {
		t.Error("a cursor that no search gave is taken")
	}
}

func TestTheBestComesFirst(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	texts := []string{"Rechnung", "die Abrechnung kommt", "Rechnungen " + strings.Repeat("und noch viel mehr ", 30), "Rechnung Rechnung"}
	for i, x := range texts {
		apply(t, s, store.Batch{Messages: []chat.Message{msg("19:a", i, x)}})
	}
	got := find(t, s, "rechnung", store.Search{Best: true})
	if len(got) != 4 || got[0] != texts[3] || got[1] != texts[0] || got[3] != strings.TrimSpace(texts[2]) {
		t.Errorf("ranked %.40q", got)
	}
}

func TestFreshMessagesAreFoundAfterACrash(t *testing.T) {
	t.Parallel()
	v, dir := openVault(t)
	s := openDisk(t, dir, v)
	apply(t, s, store.Batch{Messages: []chat.Message{msg("19:a", 1, "merged")}})
	closeStore(t, s)
	s = openDisk(t, dir, v)
	old := msg("19:a", 2, "fresh")
	apply(t, s, store.Batch{Messages: []chat.Message{old}})
	apply(t, s, store.Batch{Messages: []chat.Message{edited(old, 1, "changed")}})
	copied := crash(t, dir)
	closeStore(t, s)
	s = openDisk(t, copied, v)
	defer closeStore(t, s)
	for query, want := range map[string]int{"merged": 1, "fresh": 0, "changed": 1} {
		if got := len(find(t, s, query, store.Search{})); got != want {
			t.Errorf("%q is found %d times, want %d", query, got, want)
		}
	}
	n := 0
	for i := range 3 {
		n += len(find(t, s, strconv.Itoa(i), store.Search{}))
	}
	if n != 0 {
		t.Error("something is found that nobody wrote")
	}
}
