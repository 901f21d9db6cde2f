package search_test

import (
	"testing"

	"chatpane/app/search"
)

func TestTextsThatPeopleTakeForOneFoldToOne(t *testing.T) {
	t.Parallel()
	for _, group := range [][]string{
		{"zoe", "Zoë", "ZOE", "Zoe\u0308", " zoe ", "zo\u00ade"},
		{"strasse", "Straße", "STRASSE", "straẞe"},
		{"a b", "A\tb", "a \u00a0 B"},
		{"fi", "ﬁ", "Ｆｉ"},
		{"lodz", "Łódź"},
		{"soren", "Søren"},
		{"istanbul", "İstanbul", "ıstanbul"},
		{"σοφοσ", "σοφος", "Σοφός", "ΣΟΦΌΣ"},
		{"", " ", "\u200d"},
	} {
		for _, s := range group {
			if got := search.Fold(s); got != group[0] {
				t.Errorf("Fold(%q) = %q, want %q", s, got, group[0])
			}
		}
	}
}

func TestMarksThatAreVowelsStay(t *testing.T) {
	t.Parallel()
	if search.Fold("कि") == search.Fold("क") {
		t.Error("a Devanagari vowel sign was dropped")
	}
	if search.Fold("\u3070") != search.Fold("\u306f\u3099") {
		t.Error("the two forms of one kana differ")
	}
}

func FuzzFoldingTwiceIsFoldingOnce(f *testing.F) {
	for _, s := range []string{"Zoë", "ẞ", "ﬃ", "ͅ", "İ", "\xff", "ᾳ", "K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := search.Fold(s)
		if twice := search.Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, again %q", s, once, twice)
		}
	})
}
