package store

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// The one table of keys. A key is a letter and what follows; u32 and u64 are
// big-endian. no is the number of a chat, given once and never again, so that
// a key holds 4 bytes of a chat instead of 48 to 80. Every value is a protobuf
// of package rows, compressed and sealed (value.go); the additional data of the
// seal is the bucket and the whole key, so that rows cannot be swapped.
//
//	letter bucket    key                       value      sealed under
//	s      meta      s                         Meta       account
//	d      directory d <no u32>                Directory  account   chat id, number of its messages, where its leaves begin
//	c      chat      c <no u32>                Chat       the chat
//	n      leaf      n <no u32> <^id u64>      Leaf       the chat  messages that follow one another, from that number on (leaf.go)
//	m      message   m <no u32> <^id u64>      Message    the chat  of schema 1 and 2: a message each
//	u      person    u <Entra object id>       Person     account
//	r      record    r <environment|table|id>  Record     account
//	l      link      l <environment|row id>    Link       account   all rows, the dead ones too
//	g      config    g <environment>           Configs    account
//	w      mark      w <feed>                  Text       account   watermarks
//	f      fact      f <name>                  Blob       account   small account facts of the session
//	p      purge     p <no u32>                Text       account   a purge that has begun: the chat id
//	o      column    o <chunk u32>             Blob       account   the messages of 256 documents (docs.go)
//	t      posting   t <kind> <group> 0 <u16>  own form   account   a group of terms in one bucket of 65,536 documents
//	t      posting   t d <kind> <group> 0 <term> 0 <u16>            the posting of one frequent term of such a group, likewise
//
// All buckets but leaf, column and posting are read into memory at open;
// Meta.tally holds how many rows each of these, and posting, has, Directory which
// leaves a chat has, because Badger drops rows without an error when bytes on
// the disk have flipped.
//
// The index. A message that can be found has a document number, in its own row
// and, the other way round, in a column. Terms are of kinds (package index): w
// words, s the ends of compounds, p what words begin with, g characters of
// scripts without spaces, n hashes of neighbours, f senders, h files. The rows
// are term-major, so that what a query reads lies together, and hold the terms
// that share their first 3 characters, because a row of its own for each would
// cost more in seals (41 bytes: format, nonce, tag) and keys than in postings.
// Measured before this was built, sealing with XChaCha20-Poly1305 takes about
// 1.2 µs a row and 1 µs per 1.5 KB more, both ways; so a row of 2 to 8 KB is
// sealed at about the speed at which Badger reads it. Columns and postings are
// under the account's key, since they belong to many chats.
type bucket string

const (
	bMeta      bucket = "meta"
	bDirectory bucket = "directory"
	bChat      bucket = "chat"
	bLeaf      bucket = "leaf"
	bMessage   bucket = "message"
	bPerson    bucket = "person"
	bRecord    bucket = "record"
	bLink      bucket = "link"
	bConfig    bucket = "config"
	bMark      bucket = "mark"
	bFact      bucket = "fact"
	bPurge     bucket = "purge"
	bColumn    bucket = "column"
	bPosting   bucket = "posting"
)

// letter is the first byte of the bucket's keys.
func (b bucket) letter() byte {
	switch b {
	case bMeta:
		return 's'
	case bPerson:
		return 'u'
	case bConfig:
		return 'g'
	case bMark:
		return 'w'
	case bLeaf:
		return 'n'
	case bColumn:
		return 'o'
	case bPosting:
		return 't'
	case bDirectory, bChat, bMessage, bRecord, bLink, bFact, bPurge:
		return b[0]
	}
	panic(fmt.Sprintf("bucket %q has no letter", b)) // a constant of this file was forgotten above
}

// loaded are the buckets that are read into memory at open, in that order: the
// directory first, since chats are sealed under what it names.
func loaded() []bucket {
	return []bucket{bDirectory, bChat, bPerson, bRecord, bLink, bConfig, bMark, bFact, bPurge}
}

func metaKey() []byte { return []byte{bMeta.letter()} }

func textKey(b bucket, text string) []byte { return append([]byte{b.letter()}, text...) }

func numberKey(b bucket, no uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{b.letter()}, no)
}

func leafKey(no uint32, start uint64) []byte {
	return binary.BigEndian.AppendUint64(numberKey(bLeaf, no), ^start)
}

func messageKey(no uint32, number uint64) []byte {
	return binary.BigEndian.AppendUint64(numberKey(bMessage, no), ^number)
}

// messageNumber reads Graph's message id, which is decimal text. Leading zeros
// or signs would give two texts one key and are refused.
func messageNumber(id string) (uint64, bool) {
	n, err := strconv.ParseUint(id, 10, 64)
	return n, err == nil && strconv.FormatUint(n, 10) == id
}

// messageID is the inverse of messageNumber.
func messageID(n uint64) string { return strconv.FormatUint(n, 10) }

// keyNumber returns the chat number of a numbered key; false for a key of
// another length, which only damage can produce.
func keyNumber(key []byte) (uint32, bool) {
	if len(key) < 5 {
		return 0, false
	}
	return binary.BigEndian.Uint32(key[1:5]), true
}

// keyStart is the number in the key of a leaf, or of a message.
func keyStart(key []byte) uint64 {
	if len(key) != 13 {
		return 0 // cannot unseal either, since the seal binds the key
	}
	return ^binary.BigEndian.Uint64(key[5:])
}
