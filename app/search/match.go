package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// ShortestPart is the least number of characters of a word that is found inside
// longer words.
const ShortestPart = 4

// Words of shortestCompound to longestCompound characters are looked into: their
// parts begin after at least firstPart characters.
const (
	shortestCompound = 6
	longestCompound  = 48
	firstPart        = 2
)

// InWord returns every three characters that follow each other inside a word,
// where a part of a compound may be: a part's own ([InPart]) are all among them.
func InWord(word string) []string {
	if n := utf8.RuneCountInString(word); n < shortestCompound || n > longestCompound {
		return nil
	}
	return threes(word[skip(word, firstPart):])
}

// InPart returns every three characters that follow each other in a part of a word.
func InPart(part string) []string { return threes(part) }

func threes(s string) (out []string) {
	a, b := 0, skip(s, 1)
	for c := skip(s, 2); c < len(s); {
		_, size := utf8.DecodeRuneInString(s[c:])
		out = append(out, s[a:c+size])
		a, b, c = b, c, c+size
	}
	return out
}

// hasPart reports whether one of the parts of a word begins with q.
func hasPart(word, q string) bool {
	if n := utf8.RuneCountInString(word); n < shortestCompound || n > longestCompound {
		return false
	}
	return strings.Contains(word[skip(word, firstPart):], q) // q has ShortestPart characters, so has what it begins
}

// matches reports whether the term's token i matches a token of a text.
func (t Term) matches(i int, tok Token) bool {
	q := t.Tokens[i]
	switch {
	case q.Gram != tok.Gram:
		return false
	case q.Text == tok.Text:
		return true
	case i < len(t.Tokens)-1 || !t.Prefix:
		return false
	}
	return strings.HasPrefix(tok.Text, q.Text) || t.Part && hasPart(tok.Text, q.Text)
}

// Text is a text made ready to be matched.
type Text struct {
	Plain  string
	tokens []Token
}

// NewText segments a text.
func NewText(plain string) Text {
	return Text{Plain: plain, tokens: slices.Collect(Tokens(plain))}
}

// Tokens are the tokens of the text in order; they must not be altered.
func (x Text) Tokens() []Token { return x.tokens }

// places calls f with each stretch of tokens that the term matches.
func (x Text) places(t Term, f func(from, to int) bool) {
	for i := 0; i+len(t.Tokens) <= len(x.tokens); i++ {
		n := 0
		for n < len(t.Tokens) && t.matches(n, x.tokens[i+n]) {
			n++
		}
		if n == len(t.Tokens) && !f(i, i+n) {
			return
		}
	}
}

// Has reports whether the text contains the term.
func (x Text) Has(t Term) (found bool) {
	x.places(t, func(int, int) bool { found = true; return false })
	return found
}

// HasAll reports whether the text contains all terms.
func (x Text) HasAll(terms []Term) bool {
	for _, t := range terms {
		if !x.Has(t) {
			return false
		}
	}
	return true
}

// span is a stretch of bytes of a text.
type span struct{ start, end int }

// marks are the stretches to highlight, in order, none overlapping.
func (x Text) marks(terms []Term) []span {
	var out []span
	for _, t := range terms {
		x.places(t, func(from, to int) bool {
			out = append(out, x.mark(t, from, to))
			return true
		})
	}
	slices.SortFunc(out, func(a, b span) int { return a.start - b.start })
	merged := out[:0]
	for _, s := range out {
		if n := len(merged); n > 0 && s.start <= merged[n-1].end {
			merged[n-1].end = max(merged[n-1].end, s.end)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// mark is what is highlighted of tokens from..to: whole words, but of a word
// inside a longer one only the part, where folding has not moved it.
func (x Text) mark(t Term, from, to int) span {
	first, last := x.tokens[from], x.tokens[to-1]
	s := span{first.Start, last.End}
	q := t.Tokens[len(t.Tokens)-1].Text
	whole := x.Plain[first.Start:first.End]
	i := strings.Index(first.Text, q)
	if to-from > 1 || i < 0 || first.Text == q || utf8.RuneCountInString(whole) != utf8.RuneCountInString(first.Text) {
		return s
	}
	start := skip(whole, utf8.RuneCountInString(first.Text[:i]))
	return span{first.Start + start, first.Start + start + skip(whole[start:], utf8.RuneCountInString(q))}
}

// skip returns where a text goes on after n characters.
func skip(s string, n int) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}
