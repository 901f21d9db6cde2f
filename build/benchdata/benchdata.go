// Package benchdata makes the messages that benchmarks are filled with: chats of
// words by a Zipf law, with German compounds, Japanese, Chinese and emoji.
//
// It promises that the same Shape gives the same messages, whatever the order
// they are asked for in. It holds no text from outside: words are made of
// syllables.
package benchdata

import (
	"iter"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Shape is the size of a data set.
type Shape struct {
	Name     string
	Chats    int
	Messages int // of all chats together
}

// Typical is the store of an agent in the first months.
func Typical() Shape { return Shape{"typical", 150, 30_000} }

// Heavy is the store of somebody who is in everything.
func Heavy() Shape { return Shape{"heavy", 2_000, 1_000_000} }

// Part is a fifth of the heavy set, for peers that are too slow for all.
func Part() Shape { return Shape{"part", 2_000, 200_000} }

// Small is for trying a benchmark; its figures say nothing.
func Small() Shape { return Shape{"small", 200, 20_000} }

const (
	members    = 12
	words      = 50_000
	nouns      = 4_000 // of which compounds are made
	characters = 180
	page       = 50
)

// Message is one message.
type Message struct {
	Chat   int
	Time   time.Time // distinct within a chat, to the millisecond
	Author int       // 0 to 11 of the chat's members
	Text   string
}

// HTML is the body as a server sends it.
func (m Message) HTML() string { return "<p>" + m.Text + "</p>" }

// ID is the message's id, as Graph makes it.
func (m Message) ID() string { return strconv.FormatInt(m.Time.UnixMilli(), 10) }

// Data makes the messages of a shape.
type Data struct {
	Shape
	vocabulary []string
	zipf       []float64 // cumulated
	nouns      []string
}

// New makes the vocabulary.
func New(s Shape) *Data {
	d := &Data{Shape: s}
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	sum := 0.0
	for len(d.vocabulary) < words {
		n := 1 + min(len(d.vocabulary)/40, 1) + r.IntN(3)
		if w := syllables(r, n); !seen[w] {
			seen[w] = true
			d.vocabulary = append(d.vocabulary, w)
			sum += 1 / math.Pow(float64(len(d.vocabulary))+2, 1.05)
			d.zipf = append(d.zipf, sum)
		}
	}
	for range nouns {
		d.nouns = append(d.nouns, syllables(r, 2+r.IntN(2)))
	}
	return d
}

// Word is a word by its rank, 0 the most frequent.
func (d *Data) Word(rank int) string { return d.vocabulary[rank] }

// Noun is a part of compounds.
func (d *Data) Noun(n int) string { return d.nouns[n%nouns] }

func syllables(r *rand.Rand, n int) string {
	starts := []string{"b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "sch", "st", "br", "tr", "h", "z"}
	vowels := []string{"a", "e", "i", "o", "u", "ei", "au", "ie", "e", "e", "ü", "a"}
	ends := []string{"", "", "", "n", "r", "s", "t", "l", "ng", "ch"}
	var b strings.Builder
	for range n {
		b.WriteString(starts[r.IntN(len(starts))])
		b.WriteString(vowels[r.IntN(len(vowels))])
		b.WriteString(ends[r.IntN(len(ends))])
	}
	return b.String()
}

func (d *Data) zipfWord(r *rand.Rand) string {
	x := r.Float64() * d.zipf[len(d.zipf)-1]
	lo, hi := 0, len(d.zipf)-1
	for lo < hi {
		if mid := (lo + hi) / 2; d.zipf[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return d.vocabulary[lo]
}

// special is a word of the tenth that is no plain word.
func (d *Data) special(r *rand.Rand) string {
	switch r.IntN(4) {
	case 0:
		w := d.nouns[r.IntN(nouns)] + d.nouns[r.IntN(nouns)]
		if r.IntN(3) == 0 {
			w += "s" + d.nouns[r.IntN(nouns)]
		}
		return strings.ToUpper(w[:1]) + w[1:]
	case 1:
		return letters(r, 2+r.IntN(7), [2]rune{'ぁ', 'ん'}, [2]rune{'一', '一' + 900})
	case 2:
		return letters(r, 2+r.IntN(5), [2]rune{'丁', '丁' + 1800})
	}
	return letters(r, 1+r.IntN(2), [2]rune{'😀', '😀' + 60}, [2]rune{'🎀', '🎀' + 30})
}

func letters(r *rand.Rand, n int, ranges ...[2]rune) string {
	var b strings.Builder
	for range n {
		of := ranges[r.IntN(len(ranges))]
		b.WriteRune(of[0] + rune(r.IntN(int(of[1]-of[0]))))
	}
	return b.String()
}

// Message is message n of a chat, n = 0 the oldest.
func (d *Data) Message(chat, n int) Message {
	r := rand.New(rand.NewPCG(uint64(chat), uint64(n)))
	per := d.Messages / d.Chats
	span := 3 * 365 * 24 * time.Hour
	start := time.Date(2023, 11, 1, 8, 0, 0, 0, time.UTC)
	step := span / time.Duration(per)
	m := Message{Chat: chat, Author: r.IntN(members)}
	m.Time = start.Add(step*time.Duration(n) + time.Duration(r.Int64N(int64(step/time.Millisecond)))*time.Millisecond)
	var b strings.Builder
	for count := 0; count < characters; {
		w := ""
		if r.IntN(10) == 0 {
			w = d.special(r)
		} else {
			w = d.zipfWord(r)
		}
		b.WriteString(w)
		b.WriteByte(' ')
		count += len([]rune(w)) + 1
	}
	m.Text = strings.TrimSpace(b.String())
	return m
}

// Pages are all messages as a backfill brings them: a chat's page of 50 at a
// time, oldest first in the page, the newest pages of all chats first.
func (d *Data) Pages() iter.Seq[[]Message] {
	return func(yield func([]Message) bool) {
		per := d.Messages / d.Chats
		for end := per; end > 0; end -= page {
			for chat := range d.Chats {
				var list []Message
				for n := max(end-page, 0); n < end; n++ {
					list = append(list, d.Message(chat, n))
				}
				if !yield(list) {
					return
				}
			}
		}
	}
}

// ChatID is the id of a chat, as long as Graph's are.
func ChatID(chat int) string {
	return "19:" + strings.Repeat("0", 27) + strconv.Itoa(100000+chat) + "@thread.v2"
}

// UserID is the id of a member, a GUID.
func UserID(chat, author int) string {
	return "00000000-0000-4000-8000-00000" + strconv.Itoa(1_000_000+(chat*7+author)%400)
}
