package search_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"chatpane/app/search"
)

var now = time.Date(2026, 11, 29, 15, 0, 0, 0, time.FixedZone("CET", 3600))

// written is a query in one line: terms as [a b], * for one that may go on, ~
// for one that may be a part.
func written(q search.Query) string {
	var out []string
	for _, t := range q.Terms {
		var words []string
		for _, tok := range t.Tokens {
			words = append(words, tok.Text)
		}
		s := "[" + strings.Join(words, " ") + "]"
		if t.Part {
			s += "~"
		} else if t.Prefix {
			s += "*"
		}
		out = append(out, s)
	}
	for name, list := range map[string][]string{"from": q.From, "in": q.In, "record": q.Record} {
		if len(list) > 0 {
			out = append(out, name+"="+strings.Join(list, "|"))
		}
	}
	if !q.After.IsZero() {
		out = append(out, "after="+q.After.Format(time.DateOnly))
	}
	if !q.Before.IsZero() {
		out = append(out, "before="+q.Before.Format(time.DateOnly))
	}
	if q.HasFile {
		out = append(out, "file")
	}
	if q.Unread {
		out = append(out, "unread")
	}
	for _, p := range q.Problems {
		out = append(out, p.Code+"?"+p.Text)
	}
	return strings.Join(out, " ")
}

func TestQueries(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "",
		"  \t":                "",
		"ab":                  "[ab]*",
		"ab ":                 "[ab]",
		"in der Rechnung":     "[in] [der] [rechnung]~",
		"zoë INVOICE no":      "[zoe] [invoice]~ [no]*",
		`"an exact phrase" x`: "[an exact phrase] [x]*",
		`"still typing`:       "[still typing]*",
		`„deutsche Anführung“ «so» 「也」`: "[deutsche anfuhrung] [so] [也]",
		`""`:                               "",
		`say "hi"there`:                    "[say] [hi] [there]~",
		"CAS-01234-X5":                     "[cas 01234 x5]*",
		"請求書":                              "[請 求 書]",
		"ok👍":                              "[ok 👍]",
		"from:ann budget":                  "[budget]~ from=ann",
		`from:"Ann Lee" FROM:bob x`:        "[x]* from=Ann Lee|bob",
		"from: in: record: before: has: ":  "",
		"after:2026-03-01 before:1.4.2026": "after=2026-03-01 before=2026-04-01",
		"before:2026":                      "before=2026-01-01",
		"after:yesterday":                  "after=2026-11-28",
		"before:soon x":                    "[x]* date?before:soon",
		"before:2026-13-45":                "date?before:2026-13-45",
		"has:file is:unread":               "file unread",
		"has:f":                            "",
		"has:wings is:lost ":               "has?has:wings is?is:lost",
		"https://example.com:8080/a":       "[https example com 8080 a]*",
		"note: at 10:30":                   "[note]~ [at] [10 30]*",
		"\xff\xfe from:\xff":               "from=\xff",
		"... !!! ---":                      "",
	} {
		if got := written(search.Parse(text, now)); got != want {
			t.Errorf("Parse(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestAQueryOfAnyLengthIsBounded(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("word ", 200_000), strings.Repeat("x", 1<<20), strings.Repeat("請", 300_000),
		strings.Repeat(`"`, 100_001), strings.Repeat("from:a", 100_000), strings.Repeat("from:", 100_000), strings.Repeat("a-", 300_000),
	} {
		q := search.Parse(text, now)
		if len(q.Terms) > 32 || len(q.From) > 32 {
			t.Errorf("%.20q…: %d terms, %d people", text, len(q.Terms), len(q.From))
		}
		for _, term := range q.Terms {
			if len(term.Tokens) > 64 {
				t.Errorf("%.20q…: a term of %d tokens", text, len(term.Tokens))
			}
		}
	}
}

func snippet(spans []search.Span) string {
	var b strings.Builder
	for _, s := range spans {
		if s.Hit {
			fmt.Fprintf(&b, "[%s]", s.Text)
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func TestSnippets(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("filler text ", 40)
	for _, c := range []struct{ text, query, want string }{
		{"The invoice is late", "invoice", "The [invoice] is late"},
		{"one\n\n two\tthree", "two", "one [two] three"},
		{"Straße und STRASSE", "strasse", "[Straße] und [STRASSE]"},
		{"Müllabfuhrtermin", "abfuhr", "Müll[abfuhr]termin"},
		{"請求書を送る", "求書", "請[求書]を送る"},
		{"👩\u200d💻 works", "👩", "[👩\u200d]💻 works"},
		{"evil \u202egnp.exe\u202c\x00\x07 end", "end", "evil gnp.exe [end]"},
		{"a phrase here, and here", `"phrase here"`, "a [phrase here], and here"},
		{"nothing of it", "zebra", "nothing of it"},
		{"", "x", ""},
	} {
		got := snippet(search.NewText(c.text).Snippet(search.Parse(c.query, now).Terms, 160))
		if got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.query, c.text, got, c.want)
		}
	}
	got := snippet(search.NewText(long+"needle "+long).Snippet(search.Parse("needle", now).Terms, 100))
	if !strings.Contains(got, "[needle]") || !strings.HasPrefix(got, "…") || !strings.HasSuffix(got, "…") || utf8.RuneCountInString(got) > 110 {
		t.Errorf("the snippet of a long text is %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`from:"a b" x`, `"a`, "before:2026-01-01", "請求 \xff", "is:unread\x00", "„“”", "has:\"", "a\u202eb"} {
		f.Add(s, "some text 請求書 Krankenversicherung")
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		q := search.Parse(query, now)
		x := search.NewText(text)
		x.HasAll(q.Terms)
		rarity := make([]float64, len(q.Terms))
		_ = x.Score(q.Terms, rarity)
		for _, s := range x.Snippet(q.Terms, 40) {
			if s.Text == "" || !utf8.ValidString(s.Text) {
				t.Fatalf("%q in %q: span %q", query, text, s.Text)
			}
		}
		for _, term := range q.Terms {
			if len(term.Tokens) == 0 {
				t.Fatalf("%q: an empty term", query)
			}
		}
	})
}
