package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"chatpane/build/benchdata"
)

// query is one query of a kind.
type query struct {
	kind  string
	text  string // in our language
	match string // in FTS5's
	chats []int
	best  bool
}

// perKind is how many different queries a kind has.
const perKind = 24

// queryKinds are the kinds, in the order of the table.
func queryKinds() []string {
	return []string{
		"rare word", "common word", "two words", "two common words", "prefix of 2", "prefix of 3", "prefix of 5",
		"common word in a chat", "common word in 20 chats", "phrase", "ranked, two words", "ranked, common word",
	}
}

// queries are those of every kind, made for a data set.
func queries(d *benchdata.Data) []query {
	m := maker{d: d, r: rand.New(rand.NewPCG(5, 5))}
	var out []query
	for _, kind := range queryKinds() {
		for range perKind {
			q := m.query(kind)
			q.kind = kind
			out = append(out, q)
		}
	}
	return out
}

// maker makes queries.
type maker struct {
	d *benchdata.Data
	r *rand.Rand
}

func (m maker) query(kind string) query {
	switch kind {
	case "rare word":
		return quoted(m.d.Word(20_000 + m.r.IntN(25_000)))
	case "common word":
		return quoted(m.common())
	case "two words", "ranked, two words":
		q := quoted(m.middle(), m.common())
		q.best = kind != "two words"
		return q
	case "two common words":
		return quoted(m.common(), m.common())
	case "prefix of 2":
		return begins(m.middle(), 2)
	case "prefix of 3":
		return begins(m.middle(), 3)
	case "prefix of 5":
		return begins(m.middle(), 5)
	case "common word in a chat", "common word in 20 chats":
		q := quoted(m.common())
		q.chats = m.chats(1)
		if kind != "common word in a chat" {
			q.chats = m.chats(20)
		}
		return q
	case "phrase":
		return m.phrase()
	}
	q := quoted(m.common()) // ranked, common word
	q.best = true
	return q
}

func (m maker) common() string { return m.d.Word(3 + m.r.IntN(40)) }
func (m maker) middle() string { return m.d.Word(200 + m.r.IntN(2000)) }

func (m maker) chats(n int) (list []int) {
	for range n {
		list = append(list, m.r.IntN(m.d.Chats))
	}
	return list
}

// phrase is two words that follow each other somewhere.
func (m maker) phrase() query {
	words := strings.Fields(m.d.Message(m.r.IntN(m.d.Chats), m.r.IntN(m.d.Messages/m.d.Chats)).Text)
	i := m.r.IntN(len(words) - 1)
	p := `"` + words[i] + " " + words[i+1] + `"`
	return query{text: p, match: p}
}

// quoted are whole words, as FTS5 takes them.
func quoted(words ...string) query {
	p := `"` + strings.Join(words, `" "`) + `"`
	return query{text: p, match: p}
}

// begins is the beginning of a word. Ours also looks inside words from four
// letters on, which FTS5 cannot.
func begins(word string, n int) query {
	runes := []rune(word)
	word = string(runes[:min(n, len(runes))])
	return query{text: word, match: `"` + word + `"*`}
}

// pieces are parts of Japanese, Chinese and emoji that occur, by kind.
func pieces(d *benchdata.Data) map[string][]string {
	r := rand.New(rand.NewPCG(6, 6))
	out := map[string][]string{}
	kinds := map[string]func(rune) bool{
		"Japanese": func(r rune) bool {
			return unicode.In(r, unicode.Hiragana, unicode.Katakana) || r < '一'+900 && unicode.Is(unicode.Han, r)
		},
		"Chinese": func(r rune) bool { return unicode.Is(unicode.Han, r) },
		"emoji":   func(r rune) bool { return r >= 0x1f300 },
	}
	for len(out["Japanese"]) < 100 || len(out["Chinese"]) < 100 || len(out["emoji"]) < 100 {
		for _, w := range strings.Fields(d.Message(r.IntN(d.Chats), r.IntN(d.Messages/d.Chats)).Text) {
			runes := []rune(w)
			for kind, is := range kinds {
				if len(out[kind]) == 100 || slices.ContainsFunc(runes, func(r rune) bool { return !is(r) }) {
					continue
				}
				from := r.IntN(len(runes))
				out[kind] = append(out[kind], string(runes[from:min(from+1+r.IntN(4), len(runes))]))
			}
		}
	}
	return out
}
