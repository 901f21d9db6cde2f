package benchdata_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"chatpane/build/benchdata"
)

func TestTheSameShapeGivesTheSameMessagesInAnyOrder(t *testing.T) {
	t.Parallel()
	a, b := benchdata.New(benchdata.Small()), benchdata.New(benchdata.Small())
	late := b.Message(199, 99)
	for n := range 100 {
		if x, y := a.Message(7, n), b.Message(7, n); x != y {
			t.Fatalf("message %d of chat 7 is %+v and %+v", n, x, y)
		}
	}
	if again := a.Message(199, 99); again != late {
		t.Errorf("message 99 of chat 199 is %+v and %+v", again, late)
	}
}

func TestPagesBringEveryMessageOnceAndTheNewestFirst(t *testing.T) {
	t.Parallel()
	d := benchdata.New(benchdata.Small())
	seen, oldest := map[string]bool{}, map[int]time.Time{}
	for page := range d.Pages() {
		if len(page) > 50 {
			t.Fatalf("a page of %d messages", len(page))
		}
		for i, m := range page {
			id := benchdata.ChatID(m.Chat) + m.ID()
			if seen[id] {
				t.Fatalf("message %s of chat %d comes twice", m.ID(), m.Chat)
			}
			seen[id] = true
			if i > 0 && !page[i-1].Time.Before(m.Time) {
				t.Errorf("chat %d: %s comes after %s in a page", m.Chat, m.Time, page[i-1].Time)
			}
			if before, ok := oldest[m.Chat]; ok && !m.Time.Before(before) {
				t.Errorf("chat %d: a later page brings %s, after one with %s", m.Chat, m.Time, before)
			}
		}
		oldest[page[0].Chat] = page[0].Time
	}
	if len(seen) != d.Messages {
		t.Errorf("%d messages, want %d", len(seen), d.Messages)
	}
}

// targets.md: 180 characters of text each, a Zipf vocabulary, a tenth of it
// German compounds, Japanese, Chinese and emoji.
func TestTextsAreAsTheTargetsSay(t *testing.T) {
	t.Parallel()
	d := benchdata.New(benchdata.Small())
	var characters, words, foreign, compounds, first, hundredth int
	for n := range 5000 {
		text := d.Message(n%d.Chats, n/d.Chats).Text
		characters += utf8.RuneCountInString(text)
		for _, w := range strings.Fields(text) {
			words++
			switch r, _ := utf8.DecodeRuneInString(w); {
			case r >= 0x3000:
				foreign++
			case unicode.IsUpper(r):
				compounds++
			}
			switch w {
			case d.Word(0):
				first++
			case d.Word(100):
				hundredth++
			}
		}
	}
	if mean := characters / 5000; mean < 170 || mean > 200 {
		t.Errorf("%d characters a message, want about 180", mean)
	}
	if share := float64(foreign+compounds) / float64(words); share < 0.09 || share > 0.11 || compounds < foreign/5 {
		t.Errorf("%d compounds and %d foreign words of %d, want a tenth", compounds, foreign, words)
	}
	if first < 15*hundredth || hundredth == 0 {
		t.Errorf("the most frequent word comes %d times, the hundredth %d times: not Zipf's law", first, hundredth)
	}
}
