package suggest

import (
	"strings"
	"unicode"
)

// longest is how many letters of a word count; what is longer is no word.
const longest = 24

// split cuts folded text into words. Runs of letters and digits are words;
// scripts written without spaces are cut into pairs of letters, which find
// about what a dictionary would.
func split(folded string, word func(string)) {
	start, packed := -1, false
	end := func(i int) {
		if start < 0 {
			return
		}
		run := folded[start:i]
		start = -1
		switch {
		case packed:
			pairs(run, word)
		case len(run) > 1 && len(run) <= longest*4:
			word(run)
		}
	}
	for i, r := range folded {
		dense := unspaced(r)
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r):
			end(i)
			continue
		case start >= 0 && dense != packed:
			end(i)
		}
		if start < 0 {
			start, packed = i, dense
		}
	}
	end(len(folded))
}

// pairs gives each two letters that stand together.
func pairs(run string, word func(string)) {
	letters := []rune(run)
	if len(letters) == 1 {
		word(run)
		return
	}
	for i := range len(letters) - 1 {
		word(string(letters[i : i+2]))
	}
}

// unspaced reports whether r belongs to a script that does not put spaces
// between words.
func unspaced(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// inTitle is how often a word of a title counts: it was written to say what
// the case is about.
const inTitle = 3

// count counts the words of a case into counts, by their number.
func (x *Index) count(c Case, number func(word string) (int32, bool), counts map[int32]float32) {
	each := func(by float32) func(string) {
		return func(w string) {
			if n, ok := number(w); ok {
				counts[n] += by
			}
		}
	}
	split(x.fold(c.Title), each(inTitle))
	split(x.fold(c.Text), each(1))
}

// known numbers the words that some case has.
func (x *Index) known(word string) (int32, bool) {
	n, ok := x.terms[word]
	return n, ok
}

// learned numbers any word.
func (x *Index) learned(word string) (int32, bool) {
	n, ok := x.terms[word]
	if !ok {
		n = int32(len(x.words))
		word = strings.Clone(word) // not to keep the whole text
		x.terms[word] = n
		x.words = append(x.words, word)
		x.posts = append(x.posts, nil)
	}
	return n, true
}
