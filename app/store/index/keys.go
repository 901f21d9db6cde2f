package index

import (
	"unicode/utf8"

	"chatpane/app/search"
)

// Kind is a kind of term.
type Kind byte

// The kinds. Terms of a kind that begin alike form a group; see [Of].
const (
	Word   Kind = 'w' // a word; group: its first 3 characters
	Part   Kind = 's' // three characters inside a word, see search.InWord; group: the first 2
	Begin  Kind = 'p' // the first 1 and 2 characters of words; group: the term
	Gram   Kind = 'g' // one character, or two that follow each other, of a script without spaces; group: the first
	Near   Kind = 'n' // a hash of two tokens that follow each other; group: the term
	Sender Kind = 'f' // the id of who wrote it; group: the term
	File   Kind = 'h' // has a file; group: empty
)

// groupLength is how many characters the terms of a group of words share.
const groupLength = 3

// Key names a term: its group is the row it lies in.
type Key struct {
	Kind  Kind
	Group string
	Term  string // "" where the group has but one term
}

// nearHashes is how many pairs of tokens are told apart. Few make dense
// postings that find too much, many make rows that are mostly overhead.
const nearHashes = 1 << 12

// Document is what a message is found by.
type Document struct {
	Tokens []search.Token
	Sender string
	File   bool
}

// keys are the terms of a document; one may come more than once.
func (d Document) keys() (keys []Key) {
	for i, t := range d.Tokens {
		if t.Gram {
			keys = append(keys, GramKey(t.Text))
		} else {
			keys = word(keys, t.Text)
		}
		if i == 0 {
			continue
		}
		if before := d.Tokens[i-1]; before.Gram && t.Gram {
			keys = append(keys, GramKey(before.Text+t.Text))
		} else {
			keys = append(keys, NearKey(before.Text, t.Text))
		}
	}
	if d.Sender != "" {
		keys = append(keys, SenderKey(d.Sender))
	}
	if d.File {
		keys = append(keys, Key{Kind: File})
	}
	return keys
}

func word(keys []Key, w string) []Key {
	keys = append(keys, WordKey(w))
	first := firstRunes(w, 1)
	keys = append(keys, Key{Begin, first, ""})
	if two := firstRunes(w, 2); len(two) > len(first) {
		keys = append(keys, Key{Begin, two, ""})
	}
	for _, three := range search.InWord(w) {
		keys = append(keys, PartKey(three))
	}
	return keys
}

// WordKey is the key of a word, or the one whose group holds all words that
// begin with it when it has at least 3 characters.
func WordKey(w string) Key { return Key{Word, firstRunes(w, groupLength), w} }

// PartKey is the key of three characters inside a word.
func PartKey(three string) Key { return Key{Part, firstRunes(three, groupLength-1), three} }

// BeginKey is the key of all words that begin with 1 or 2 characters.
func BeginKey(w string) (Key, bool) {
	n := utf8.RuneCountInString(w)
	return Key{Begin, w, ""}, n > 0 && n < groupLength
}

// GramKey is the key of one or two characters of a script without spaces.
func GramKey(gram string) Key { return Key{Gram, firstRunes(gram, 1), gram} }

// NearKey is the key of two tokens that follow each other.
func NearKey(a, b string) Key { return nearKey(nearHash(a, b)) }

func nearKey(h uint32) Key { return Key{Near, string([]byte{byte(h >> 8), byte(h)}), ""} }

// nearHash is FNV-1a of both with a zero between, folded to nearHashes.
func nearHash(a, b string) uint32 {
	h := uint32(2166136261)
	for i := range len(a) {
		h = (h ^ uint32(a[i])) * 16777619
	}
	h *= 16777619
	for i := range len(b) {
		h = (h ^ uint32(b[i])) * 16777619
	}
	return (h ^ h>>12 ^ h>>24) % nearHashes
}

// longestSender is how much of a sender's id is looked at: a GUID has 36 bytes,
// and a key of Badger no more than 65,000.
const longestSender = 256

// SenderKey is the key of who wrote a message.
func SenderKey(id string) Key { return Key{Kind: Sender, Group: id[:min(len(id), longestSender)]} }

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
