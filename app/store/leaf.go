package store

import (
	"bytes"
	"errors"
	"slices"
	"sort"
	"sync"

	"chatpane/app/chat"
	"chatpane/app/store/rows"
	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"
)

// The messages of a chat lie in leaves: up to leafMost that follow one another
// are compressed and sealed together, since alone a message hardly shrinks and
// its seal and key are half as long as itself. Where each leaf begins stands in
// the chat's row of the directory, which is in memory, so that a message is
// found with one read, a page with a few, and a row that vanished is noticed by
// whoever looks for it.

// leafMost is how many messages a leaf has at most: a page of Graph, 50, fills
// three. Larger leaves take little less space, and cost a search more, which
// wants one message of each.
const leafMost = 17

// leafBytes is how long the messages of a leaf may be together, as encoded; a
// longer message is alone in its leaf.
const leafBytes = 64 << 10

// held is a message as a leaf holds it.
type held struct {
	number uint64
	raw    []byte // a rows.Message
}

// leaf is ascending by number.
type leaf []held

// find returns where a message is, or would be.
func (l leaf) find(number uint64) (int, bool) {
	return slices.BinarySearchFunc(l, number, func(h held, n uint64) int {
		switch {
		case h.number < n:
			return -1
		case h.number > n:
			return 1
		}
		return 0
	})
}

// upTo is how many of a leaf's messages have a number up to so much.
func (l leaf) upTo(number uint64) int {
	i, ok := l.find(number)
	if ok {
		i++
	}
	return i
}

// with returns the leaf after versions, which are ascending.
func (l leaf) with(versions []version) leaf {
	out := make(leaf, 0, len(l)+len(versions))
	for _, h := range l {
		for len(versions) > 0 && versions[0].number < h.number {
			out, versions = out.and(versions[0]), versions[1:]
		}
		if len(versions) > 0 && versions[0].number == h.number {
			out, versions = out.and(versions[0]), versions[1:]
			continue
		}
		out = append(out, h)
	}
	for _, v := range versions {
		out = out.and(v)
	}
	return out
}

func (l leaf) and(v version) leaf {
	if v.gone {
		return l
	}
	return append(l, held{v.number, v.raw})
}

// split cuts a leaf that has grown too large into equal parts, or into full ones
// where the newest messages are, whose last part is going to grow.
func (l leaf) split(newest bool) (out []leaf) {
	most := leafMost
	if parts := (len(l) + leafMost - 1) / leafMost; !newest && parts > 0 {
		most = (len(l) + parts - 1) / parts
	}
	from, size := 0, 0
	for i, h := range l {
		if i > from && (i-from == most || size+len(h.raw) > leafBytes) {
			out = append(out, l[from:i])
			from, size = i, 0
		}
		size += len(h.raw)
	}
	if from < len(l) {
		out = append(out, l[from:])
	}
	return out
}

// size is how long its messages are together.
func (l leaf) size() (n int) {
	for _, h := range l {
		n += len(h.raw)
	}
	return n
}

func (l leaf) equal(other leaf) bool {
	return slices.EqualFunc(l, other, func(a, b held) bool { return a.number == b.number && bytes.Equal(a.raw, b.raw) })
}

// row is the stored form of a leaf that begins at a number.
func (l leaf) row(start uint64) *rows.Leaf {
	r := &rows.Leaf{Numbers: make([]uint64, len(l)), Messages: make([][]byte, len(l))}
	before := start
	for i, h := range l {
		r.Numbers[i], r.Messages[i] = h.number-before, h.raw
		before = h.number
	}
	return r
}

func leafOf(start uint64, r *rows.Leaf) (leaf, error) {
	if len(r.GetNumbers()) != len(r.GetMessages()) {
		return nil, errors.New("not as many numbers as messages")
	}
	l := make(leaf, len(r.GetNumbers()))
	for i, more := range r.GetNumbers() {
		start += more
		l[i] = held{start, r.GetMessages()[i]}
	}
	return l, nil
}

// leafAt returns which of the leaves that begin at starts has a message, if any
// has; -1 when it is older than all.
func leafAt(starts []uint64, number uint64) int {
	return sort.Search(len(starts), func(i int) bool { return starts[i] > number }) - 1
}

// readLeaf reads a leaf of a chat that must be there, as last committed.
func (s *Store) readLeaf(txn *badger.Txn, id chat.ID, e entry, i int) (leaf, error) {
	at := place{e.no, e.leaves[i]}
	if l, ok := s.kept.get(at); ok {
		return l, nil
	}
	item, err := txn.Get(leafKey(at.no, at.start))
	if errors.Is(err, badger.ErrKeyNotFound) {
		err = errVanished
	}
	if err != nil {
		return nil, s.damaged(bLeaf, err)
	}
	l, err := s.decodeLeaf(id, at.start, item)
	if err == nil {
		s.kept.put(at, l)
	}
	return l, err
}

func (s *Store) decodeLeaf(id chat.ID, start uint64, item *badger.Item) (l leaf, err error) {
	r := &rows.Leaf{}
	err = item.Value(func(v []byte) error { return s.codec.open(bLeaf, id, item.Key(), v, r) })
	if err == nil {
		l, err = leafOf(start, r)
	}
	if err != nil {
		return nil, s.damaged(bLeaf, err)
	}
	return l, nil
}

// decode returns a message and the number of its document, 0 when it has none.
func (s *Store) decode(id chat.ID, h held) (chat.Message, uint32, error) {
	r := &rows.Message{}
	if err := proto.Unmarshal(h.raw, r); err != nil {
		return chat.Message{}, 0, s.damaged(bLeaf, err)
	}
	no := r.GetDoc()
	if r.GetEpoch() != s.mem.docs.epoch {
		no = 0
	}
	return messageOf(id, h.number, r), no, nil
}

// message reads a message and its document, 0 when it has none.
func (s *Store) message(txn *badger.Txn, id chat.ID, e entry, number uint64) (m chat.Message, no uint32, ok bool, err error) {
	return s.messageIn(id, e.leaves, number, func(i int) (leaf, error) { return s.readLeaf(txn, id, e, i) })
}

// messageIn is message among leaves that begin at starts, read by read.
func (s *Store) messageIn(id chat.ID, starts []uint64, number uint64, read func(i int) (leaf, error)) (m chat.Message, no uint32, ok bool, err error) {
	i := leafAt(starts, number)
	if i < 0 {
		return m, 0, false, nil
	}
	l, err := read(i)
	if err != nil {
		return m, 0, false, err
	}
	j, ok := l.find(number)
	if !ok {
		return m, 0, false, nil
	}
	m, no, err = s.decode(id, l[j])
	return m, no, err == nil, err
}

// back calls f with the messages of a chat from a number on, newest first, until
// it returns false.
func (s *Store) back(txn *badger.Txn, id chat.ID, e entry, from uint64, f func(held) (more bool, err error)) error {
	for i := leafAt(e.leaves, from); i >= 0; i-- {
		l, err := s.readLeaf(txn, id, e, i)
		if err != nil {
			return err
		}
		for j := l.upTo(from) - 1; j >= 0; j-- {
			if more, err := f(l[j]); err != nil || !more {
				return err
			}
		}
	}
	return nil
}

// place is a leaf of a chat.
type place struct {
	no    uint32
	start uint64
}

// keptBytes is how long the messages of the leaves kept in memory are together.
const keptBytes = 2 << 20

// keptLeaves are leaves that were read lately: who searches as they type, or
// reads page by page, comes back to the same ones. A commit drops those it
// writes, and a purge those of its chat. The zero value is ready to use.
type keptLeaves struct {
	mu    sync.Mutex
	by    map[place]leaf
	bytes int
}

func (k *keptLeaves) get(at place) (leaf, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l, ok := k.by[at]
	return l, ok
}

func (k *keptLeaves) put(at place, l leaf) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l.size() > keptBytes/4 {
		return
	}
	if k.by == nil {
		k.by = map[place]leaf{}
	}
	k.drop(at)
	for other := range k.by { // any will do
		if k.bytes+l.size() <= keptBytes {
			break
		}
		k.drop(other)
	}
	k.by[at] = l
	k.bytes += l.size()
}

func (k *keptLeaves) drop(at place) {
	if l, ok := k.by[at]; ok {
		delete(k.by, at)
		k.bytes -= l.size()
	}
}

// forget drops the leaves that pick names.
func (k *keptLeaves) forget(pick func(place) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for at := range k.by {
		if pick(at) {
			k.drop(at)
		}
	}
}

// written drops the leaves that rows replace or delete.
func (k *keptLeaves) written(rows []row) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range rows {
		if no, ok := keyNumber(r.key); ok && r.key[0] == bLeaf.letter() {
			k.drop(place{no, keyStart(r.key)})
		}
	}
}
