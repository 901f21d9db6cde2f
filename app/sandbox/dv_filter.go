package sandbox

import (
	"strconv"
	"strings"
	"time"
)

// dvTok is a token of a $filter expression. Literals carry their value.
type dvTok struct {
	kind  dvTokKind
	text  string // as written
	value any    // string, int64, float64, bool, time.Time, dvGUIDLit; nil for null
	at    int
}

type dvTokKind int

const (
	dvTokEnd  dvTokKind = iota
	dvTokWord           // a name, an operator or a function
	dvTokLit
	dvTokPunct // ( ) , =
	dvTokList  // ['a','b'] of a query function
)

// dvGUIDLit is an unquoted GUID in a query, lower case.
type dvGUIDLit string

// dvLex cuts an expression into tokens. aliases are the @name=value options of
// the same query.
func dvLex(s string, aliases map[string]string) ([]dvTok, *dvError) {
	var out []dvTok
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
		case strings.IndexByte("(),=", c) >= 0:
			out = append(out, dvTok{kind: dvTokPunct, text: string(c), at: i})
			i++
		case c == '\'':
			text, n, ok := dvQuoted(s[i:])
			if !ok {
				return nil, dvBad("There is an unterminated string literal at position %d in '%s'.", i, s)
			}
			out = append(out, dvTok{kind: dvTokLit, text: s[i : i+n], value: text, at: i})
			i += n
		case c == '[':
			n := dvListEnd(s[i:])
			if n < 0 {
				return nil, dvBad("Syntax error at position %d in '%s'.", i, s)
			}
			out = append(out, dvTok{kind: dvTokList, text: s[i : i+n], at: i})
			i += n
		default:
			n := dvRun(s[i:])
			if n == 0 {
				return nil, dvBad("Syntax error: character '%s' is not valid at position %d in '%s'.", string([]rune(s[i:])[:1]), i, s)
			}
			tok, err := dvWord(s[i:i+n], i, s, aliases)
			if err != nil {
				return nil, err
			}
			out = append(out, tok)
			i += n
		}
	}
	return append(out, dvTok{kind: dvTokEnd, at: len(s)}), nil
}

// dvQuoted reads a string literal with doubled quotes; n is its length.
func dvQuoted(s string) (text string, n int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}

// dvListEnd is the length of a bracketed list, quotes respected.
func dvListEnd(s string) int {
	var quote byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ']':
			return i + 1
		}
	}
	return -1
}

// dvRun is the length of a name, number, date or GUID.
func dvRun(s string) int {
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.:+-/@$", c) >= 0 {
			continue
		}
		return i
	}
	return len(s)
}

// dvWord tells a literal from a name.
func dvWord(word string, at int, whole string, aliases map[string]string) (dvTok, *dvError) {
	tok := dvTok{kind: dvTokLit, text: word, at: at}
	switch {
	case word == "null":
		return tok, nil
	case word == "true" || word == "false":
		tok.value = word == "true"
		return tok, nil
	case dvIsGUID(word):
		tok.value = dvGUIDLit(strings.ToLower(word))
		return tok, nil
	case word[0] == '@':
		return dvAlias(word, at, aliases)
	case word[0] != '-' && (word[0] < '0' || word[0] > '9'):
		tok.kind = dvTokWord
		return tok, nil
	}
	if n, err := strconv.ParseInt(word, 10, 64); err == nil {
		tok.value = n
		return tok, nil
	}
	if f, err := strconv.ParseFloat(word, 64); err == nil {
		tok.value = f
		return tok, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02"} {
		if t, err := time.Parse(layout, strings.ToUpper(word)); err == nil {
			tok.value = t.UTC()
			return tok, nil
		}
	}
	return tok, dvBad("Unrecognized 'Edm.String' literal '%s' at '%d' in '%s'.", word, at, whole)
}

// dvAlias resolves a parameter alias to the literal given in the query.
func dvAlias(word string, at int, aliases map[string]string) (dvTok, *dvError) {
	value, ok := aliases[word]
	if !ok {
		return dvTok{kind: dvTokLit, text: word, at: at}, nil // an alias without a value is null
	}
	toks, err := dvLex(value, nil)
	if err != nil {
		return dvTok{}, err
	}
	if len(toks) != 2 || toks[0].kind != dvTokLit && toks[0].kind != dvTokList {
		return dvTok{}, dvBad("The value '%s' of the parameter alias '%s' is not a literal.", value, word)
	}
	toks[0].at = at
	return toks[0], nil
}

// dvIsGUID reports whether a text is a bare GUID.
func dvIsGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
