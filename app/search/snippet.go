package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a stretch of a snippet.
type Span struct {
	Text string
	Hit  bool // it is what was looked for
}

// Snippet shows the text around the first place where terms match, on one line,
// about n characters long, with every match in it marked. Characters that turn
// the direction of text, and control characters, are left out.
func (x Text) Snippet(terms []Term, n int) []Span {
	marks := x.marks(terms)
	from := 0
	if len(marks) > 0 && utf8.RuneCountInString(x.Plain) > n {
		from = back(x.Plain, marks[0].start, n/4)
	}
	to := forth(x.Plain, from, n)
	w := spanWriter{}
	if from > 0 {
		w.write("…", false)
	}
	at := from
	for _, m := range marks {
		if m.start >= to {
			break
		}
		w.write(x.Plain[at:max(m.start, at)], false)
		w.write(x.Plain[max(m.start, at):min(m.end, to)], true)
		at = max(at, min(m.end, to))
	}
	w.write(x.Plain[at:to], false)
	if to < len(x.Plain) {
		w.write("…", false)
	}
	return w.done()
}

// back goes back n characters and on to the next space, if there is one.
func back(s string, at, n int) int {
	i := at
	for range n {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	if i == 0 {
		return 0
	}
	if space := strings.IndexFunc(s[i:at], unicode.IsSpace); space >= 0 {
		return i + space
	}
	for i < at { // not into the middle of a character with its marks
		r, size := utf8.DecodeRuneInString(s[i:])
		if kindOf(r) != kindMark {
			break
		}
		i += size
	}
	return i
}

// forth goes n characters on and over the marks that belong to the last.
func forth(s string, at, n int) int {
	i := at
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if n <= 0 && kindOf(r) != kindMark {
			break
		}
		i += size
		n--
	}
	return i
}

// spanWriter joins stretches of one kind and makes white space single.
type spanWriter struct {
	out   []Span
	text  strings.Builder
	hit   bool
	space bool // a space is owed
	began bool
}

func (w *spanWriter) write(s string, hit bool) {
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == 0:
			w.space = w.began
			continue
		case unicode.IsControl(r), turns(r), r == utf8.RuneError:
			continue
		}
		if w.space {
			w.rune(' ', hit && w.hit)
			w.space = false
		}
		w.rune(r, hit)
	}
}

func (w *spanWriter) rune(r rune, hit bool) {
	if hit != w.hit {
		w.flush()
		w.hit = hit
	}
	w.text.WriteRune(r)
	w.began = true
}

func (w *spanWriter) flush() {
	if w.text.Len() > 0 {
		w.out = append(w.out, Span{Text: w.text.String(), Hit: w.hit})
		w.text.Reset()
	}
}

func (w *spanWriter) done() []Span {
	w.flush()
	return w.out
}

// turns reports whether a character turns the direction of what follows.
func turns(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}
