package search

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// Token is one unit of a text that can be looked for: a word, or one character
// of a script that is written without spaces, or one emoji or other symbol.
type Token struct {
	// Text is the token as [Fold] returns it, cut to [LongestWord] characters.
	Text string
	// Start and End are byte positions in the text it was found in.
	Start, End int
	// Gram tells that the token is a single character; those that follow each
	// other are looked for as pairs.
	Gram bool
}

// LongestWord is how many characters of a word are looked at; what is longer is
// no word but data.
const LongestWord = 64

// Tokens segments a text by the Unicode rules for words (UAX 29) and splits what
// these keep together at everything that is neither letter nor digit, so that
// "example.com" is found by either part. It takes any bytes.
func Tokens(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		p := splitter{text: text, yield: yield}
		for seg := words.FromString(text); seg.Next(); {
			if !p.segment(seg.Start(), seg.End()) {
				return
			}
		}
	}
}

// splitter cuts the segments of one text into tokens.
type splitter struct {
	text  string
	yield func(Token) bool
}

// segment yields the tokens of text[start:end]; false ends it all.
func (p *splitter) segment(start, end int) bool {
	if plainWord(p.text[start:end]) {
		return p.word(start, end)
	}
	from, gram := -1, -1 // where the word, or the single character, under way began
	flush := func(at int) bool {
		ok := true
		if from >= 0 {
			ok = p.word(from, at)
		} else if gram >= 0 {
			ok = p.gram(gram, at)
		}
		from, gram = -1, -1
		return ok
	}
	for i := start; i < end; {
		r, size := utf8.DecodeRuneInString(p.text[i:end])
		switch kind := kindOf(r); {
		case kind == kindMark:
		case kind == kindLetter && from >= 0:
		default:
			if !flush(i) {
				return false
			}
			switch kind {
			case kindLetter:
				from = i
			case kindGram:
				gram = i
			}
		}
		i += size
	}
	return flush(end)
}

func (p *splitter) word(start, end int) bool {
	folded := p.text[start:end]
	if plainWord(folded) {
		folded = strings.ToLower(folded)
	} else if folded = foldWord(folded); folded == "" {
		return true
	}
	return p.yield(Token{Text: cutRunes(folded, LongestWord), Start: start, End: end})
}

func (p *splitter) gram(start, end int) bool {
	if r, size := utf8.DecodeRuneInString(p.text[start:end]); size == end-start && foldsToItself(r) {
		return p.yield(Token{Text: p.text[start:end], Start: start, End: end, Gram: true})
	}
	folded := Fold(p.text[start:end])
	for i, r := range folded { // one character may fold to several, such as ㍿
		kind := kindOf(r)
		if kind == kindMark || kind == kindBreak {
			continue
		}
		if !p.yield(Token{Text: folded[i : i+utf8.RuneLen(r)], Start: start, End: end, Gram: true}) {
			return false
		}
	}
	return true
}

// foldsToItself tells the most usual characters that [Fold] leaves as they are.
func foldsToItself(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0x3041 && r <= 0x3096 || r >= 0x30a1 && r <= 0x30fa ||
		r >= 0xac00 && r <= 0xd7a3 || r >= 0x1f300 && r <= 0x1f64f
}

func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// plainWord reports the usual case, a word of ASCII letters and digits.
func plainWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

const (
	kindBreak  = iota // ends a token and is none
	kindLetter        // part of a word
	kindGram          // a token of its own
	kindMark          // belongs to what is before it
)

// kindOf sorts characters: those of scripts without spaces, and symbols, are
// tokens of their own.
func kindOf(r rune) int {
	switch {
	case r < 0x80:
		return kindOfASCII(r)
	case r == utf8.RuneError:
		return kindBreak
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan):
		if unicode.Is(unicode.P, r) {
			return kindBreak
		}
		return kindGram
	case r == 'ﾞ' || r == 'ﾟ': // the half-width voice marks
		return kindMark
	case r == 'ー' || r == 'ｰ' || r == '〇' || r == '々': // long vowel and repetition, of no one script
		return kindGram
	case unicode.IsLetter(r), unicode.Is(unicode.N, r):
		return kindLetter
	case unicode.IsMark(r), unicode.Is(unicode.Cf, r):
		return kindMark
	case unicode.IsSymbol(r):
		return kindGram
	}
	return kindBreak
}

func kindOfASCII(r rune) int {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return kindLetter
	case r == '+' || r == '<' || r == '=' || r == '>' || r == '|' || r == '~' || r == '$' || r == '^' || r == '`':
		return kindGram
	}
	return kindBreak
}
