package search

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Query is what somebody typed into a search field, understood. All parts must
// hold; of several values of one operator, one must.
type Query struct {
	Terms []Term
	// From, In and Record are the values of these operators, as typed.
	From, In, Record []string
	// After and Before bound the time of a message: After ≤ t < Before. Zero = open.
	After, Before time.Time
	// HasFile asks for messages with a file, Unread for unread ones.
	HasFile, Unread bool
	// Problems are parts that look like operators but cannot be understood; they
	// are left out of the search.
	Problems []Problem
}

// Problem is a part of a query that is not understood.
type Problem struct {
	// Code is "date", "has" or "is": the kind of value that is not known.
	Code string
	Text string // the part as typed
}

// Term is something a text must contain: a word, characters of a script without
// spaces, or a phrase of these.
type Term struct {
	// Tokens follow each other in the text. The characters of a script without
	// spaces are a token each.
	Tokens []Token
	// Prefix tells that the last token may go on in the text.
	Prefix bool
	// Part tells that the term is one word of at least [ShortestPart] characters
	// outside of quotes, which may also stand inside a longer word.
	Part bool
}

// Empty reports whether the query asks for nothing.
func (q Query) Empty() bool {
	return len(q.Terms)+len(q.From)+len(q.In)+len(q.Record) == 0 && q.After.IsZero() && q.Before.IsZero() && !q.HasFile && !q.Unread
}

// mostTerms bounds a query; what is typed beyond them is a pasted text, of
// which the first terms say enough.
const mostTerms = 32

// longestPhrase bounds the tokens of one term, for the same reason.
const longestPhrase = 64

// Parse understands a query as far as it was typed: words that all must occur,
// "quoted phrases", and the operators from: in: record: before: after: has:file
// is:unread, whose values may be quoted. The last word is a beginning, as long
// as no space follows it. Days are those of now's location; "before:" leaves the
// day out, "after:" includes it. Parse takes any bytes.
func Parse(text string, now time.Time) Query {
	var q Query
	for rest := text; ; {
		var p part
		if p, rest = nextPart(rest); p.text == "" && p.operator == "" {
			break
		}
		p.last = rest == ""
		if !q.operator(p, now) {
			q.term(p)
		}
	}
	return q
}

// part is a stretch of a query between spaces, with quotes resolved.
type part struct {
	operator string // lower case, without the colon
	text     string
	quoted   bool
	closed   bool // the quote ends
	typed    string
	last     bool // nothing follows, not even a space
}

func nextPart(s string) (part, string) {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	var p part
	all := s
	if name, value, ok := strings.Cut(s, ":"); ok && isOperator(name) {
		p.operator, s = strings.ToLower(name), value
	}
	if quote, size := utf8.DecodeRuneInString(s); size > 0 && closers[quote] != "" {
		p.quoted = true
		s = s[size:]
		end := strings.IndexAny(s, closers[quote])
		if end < 0 {
			p.text, s = s, ""
		} else {
			_, size = utf8.DecodeRuneInString(s[end:])
			p.text, s, p.closed = s[:end], s[end+size:], true
		}
		if p.text == "" && p.operator == "" {
			return nextPart(s) // nothing between the quotes
		}
	} else {
		end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || p.operator == "" && closers[r] != "" })
		if end < 0 {
			end = len(s)
		}
		p.text, s = s[:end], s[end:]
	}
	p.typed = all[:len(all)-len(s)]
	return p, s
}

// closers are the quotes that begin a phrase, with those that end it.
var closers = map[rune]string{'"': "\"", '“': "”\"", '„': "“”\"", '«': "»", '「': "」"}

func isOperator(name string) bool {
	switch strings.ToLower(name) {
	case "from", "in", "record", "before", "after", "has", "is":
		return true
	}
	return false
}

// operator takes a part that is one; false when it is text. A value that is
// not typed yet asks for nothing.
func (q *Query) operator(p part, now time.Time) bool {
	value := strings.TrimSpace(p.text)
	problem := func(known bool, code string) {
		if !known && value != "" {
			q.Problems = append(q.Problems, Problem{Code: code, Text: strings.ToValidUTF8(p.typed, "\uFFFD")})
		}
	}
	switch p.operator {
	case "":
		return false
	case "from":
		q.From = appendValue(q.From, value)
	case "in":
		q.In = appendValue(q.In, value)
	case "record":
		q.Record = appendValue(q.Record, value)
	case "before", "after":
		day, ok := parseDay(value, now)
		problem(ok, "date")
		if ok && p.operator == "before" {
			q.Before = day
		} else if ok {
			q.After = day
		}
	case "has":
		known := strings.EqualFold(value, "file")
		q.HasFile = q.HasFile || known
		problem(known || p.last && isPrefix(value, "file"), "has")
	case "is":
		known := strings.EqualFold(value, "unread")
		q.Unread = q.Unread || known
		problem(known || p.last && isPrefix(value, "unread"), "is")
	}
	return true
}

func isPrefix(value, of string) bool { return strings.HasPrefix(of, strings.ToLower(value)) }

func appendValue(list []string, value string) []string {
	if value == "" || slices.Contains(list, value) || len(list) == mostTerms {
		return list
	}
	return append(list, value)
}

// parseDay reads a day, month or year, and returns when it begins.
func parseDay(s string, now time.Time) (time.Time, bool) {
	year, month, day := now.Date()
	switch strings.ToLower(s) {
	case "today":
		return time.Date(year, month, day, 0, 0, 0, 0, now.Location()), true
	case "yesterday":
		return time.Date(year, month, day-1, 0, 0, 0, 0, now.Location()), true
	}
	for _, layout := range []string{"2006-1-2", "2.1.2006", "2006/1/2", "2006-1", "2006"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// term takes a part as text.
func (q *Query) term(p part) {
	if len(q.Terms) == mostTerms {
		return
	}
	var t Term
	for tok := range Tokens(p.text) {
		if len(t.Tokens) == longestPhrase {
			break
		}
		t.Tokens = append(t.Tokens, Token{Text: tok.Text, Gram: tok.Gram})
	}
	if len(t.Tokens) == 0 {
		return
	}
	open := !p.quoted || !p.closed
	end := t.Tokens[len(t.Tokens)-1]
	if open && !end.Gram {
		t.Part = !p.quoted && len(t.Tokens) == 1 && utf8.RuneCountInString(end.Text) >= ShortestPart
		t.Prefix = p.last && endsInToken(p.text) || t.Part
	}
	q.Terms = append(q.Terms, t)
}

// endsInToken reports whether a text ends in a character of a word, so that the
// word may still grow.
func endsInToken(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	kind := kindOf(r)
	return kind == kindLetter || kind == kindMark
}
