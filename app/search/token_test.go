package search_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"chatpane/app/search"
)

func tokens(s string) (out []string) {
	for t := range search.Tokens(s) {
		out = append(out, t.Text)
	}
	return out
}

func TestTokensOfTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hello, World! don't 3.14":     "hello world don t 3 14",
		"mail@example.com/x_y":         "mail example com x y",
		"Straße Zoë Ångström CAS-01-X": "strasse zoe angstrom cas 01 x",
		"請求書を送る abc漢字":                 "請 求 書 を 送 る abc 漢 字",
		"ｶﾞｽ ガス":                       "ガ ス ガ ス",
		"도쿄에서":                         "도 쿄 에 서",
		"👩\u200d💻❤️👍🏽 1️⃣":             "👩 💻 ❤ 👍 🏽 1⃣",
		"a\u200bb so\u00adft":          "a b soft",
		"\u202eevil\u202c \xff\xfe x":  "evil x",
		"100 € + 5 %":                  "100 € + 5",
		"":                             "",
	} {
		if got := strings.Join(tokens(text), " "); got != want {
			t.Errorf("%q: tokens %q, want %q", text, got, want)
		}
	}
}

func TestLongWordsAreCut(t *testing.T) {
	t.Parallel()
	got := tokens(strings.Repeat("ä", 50_000))
	if len(got) != 1 || len([]rune(got[0])) != search.LongestWord {
		t.Errorf("%d tokens, the first of %d characters", len(got), len([]rune(got[0])))
	}
}

func TestQuickFoldingIsFolding(t *testing.T) {
	t.Parallel()
	for r := rune(0x21); r < 0x250; r++ {
		if !unicode.IsLetter(r) || r == 'Ŀ' || r == 'ŀ' { // these two fold to a letter and a sign
			continue
		}
		for _, s := range []string{string(r), "x" + string(r) + "Y"} {
			for tok := range search.Tokens(s) {
				if want := tokens(search.Fold(s)); !slices.Contains(want, tok.Text) {
					t.Errorf("%q: token %q, of the folded text %q", s, tok.Text, want)
				}
			}
		}
	}
}

func TestPartsOfWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word, part string
		want       bool
	}{
		{"Abrechnung", "rechnung", true}, {"Krankenversicherungsbeitrag", "versicherung", true},
		{"Autobahn", "bahn", true}, {"Müllabfuhr", "abfuhr", true}, {"Autobahn", "utob", false}, {"Bahn", "bahn", true},
	} {
		got := search.NewText(c.word).HasAll(search.Parse(c.part, time.Time{}).Terms)
		if got != c.want {
			t.Errorf("%s has the part %s: %v, want %v", c.word, c.part, got, c.want)
		}
		word := search.InWord(search.Fold(c.word))
		for _, three := range search.InPart(c.part) {
			if c.want && len(c.word) > 4 && !slices.Contains(word, three) {
				t.Errorf("the parts of %s lack %q: %q", c.word, three, word)
			}
		}
	}
	if got := search.InWord("short"); got != nil {
		t.Errorf("a short word is looked into: %q", got)
	}
}

func FuzzTokens(f *testing.F) {
	f.Add("Zoë 請求書 👩\u200d💻 \xff")
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for tok := range search.Tokens(s) {
			if tok.Text == "" || tok.Start < 0 || tok.End > len(s) || tok.Start >= tok.End || tok.Start < end && !tok.Gram {
				t.Fatalf("%q: token %+v after %d", s, tok, end)
			}
			end = tok.End
		}
	})
}
