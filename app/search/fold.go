// Package search knows how text is compared when people look for something:
// folding, segmenting, reading a query, matching it, marking what was found, and
// scoring.
//
// It promises that folding is the same everywhere (the pane's filter, the people
// picker, the index of package store), that the same rules decide what is
// indexed, what matches and what is highlighted, that any bytes are taken as
// text or query, and that it does no I/O. It refuses to know what is searched:
// callers bring text and take text.
package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns the text in the form in which two texts are compared: without
// case ("Straße" and "STRASSE" are one), without accents ("Zoë" and "zoe"),
// with compatibility forms made plain ("ﬁ", full-width letters), letters
// that have no accent to drop but are commonly written so replaced ("ø" by "o",
// "ł" by "l"), and every run of white space as one space, none at the ends.
// Folding twice is folding once. It may be called concurrently.
func Fold(s string) string {
	if plain(s) {
		return strings.ToLower(strings.Join(strings.Fields(s), " "))
	}
	// Case folding may compose and decomposition may bring capitals, so that the
	// pair is applied twice.
	s = strip(cases.Fold().String(s))
	return strings.Join(strings.Fields(strip(cases.Fold().String(s))), " ")
}

// latin is what the letters from À to ÿ fold to; ASCII marks what is none.
const latin = "a a a a a a aec e e e e i i i i d n o o o o o   o u u u u y thss" +
	"a a a a a a aec e e e e i i i i d n o o o o o   o u u u u y thy "

// foldWord is Fold for a text without white space, quicker for most of Europe's.
func foldWord(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			b.WriteByte(byte(r) + 'a' - 'A')
		case r < 0x80:
			b.WriteByte(byte(r))
		case r >= 0xc0 && r <= 0xff && latin[2*(r-0xc0)] != ' ':
			b.WriteString(strings.TrimRight(latin[2*(r-0xc0):2*(r-0xc0)+2], " "))
		default:
			return Fold(s)
		}
	}
	return b.String()
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// strip drops the marks that decomposition separates from their letters. Marks
// of scripts in which they are vowels, not accents, stay.
func strip(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		switch {
		case accent(r):
		case r == 'ø':
			b.WriteByte('o')
		case r == 'ł':
			b.WriteByte('l')
		case r == 'đ', r == 'ð':
			b.WriteByte('d')
		case r == 'æ':
			b.WriteString("ae")
		case r == 'œ':
			b.WriteString("oe")
		case r == 'ı':
			b.WriteByte('i')
		case r == 'þ':
			b.WriteString("th")
		case unicode.Is(unicode.Cf, r): // soft hyphens, joiners, direction marks
		case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef: // how a character is drawn, as in ❤️
		default:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// accent reports whether r is a combining mark used with Latin, Greek and
// Cyrillic letters.
func accent(r rune) bool {
	return r >= 0x300 && r <= 0x36f || r >= 0x1ab0 && r <= 0x1aff || r >= 0x1dc0 && r <= 0x1dff
}
