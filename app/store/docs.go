package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store/index"
	"chatpane/app/store/rows"
	"github.com/dgraph-io/badger/v4"
)

// A message that can be found has a document: a number that grows with arrival.
// Its number stands in the message's own row, so that receiving a message again
// cannot make it twice, and the columns hold the way back: which message a
// document is. Changed text makes a new document and voids the old one in the
// same transaction, so that a result never shows what is not there any more.

// docState are the numbers of the index, kept in Meta.
type docState struct {
	next    uint32 // the next document's number; they begin at 1
	merged  uint32 // documents below are in the postings
	epoch   uint32 // documents of another epoch are void
	reindex uint32 // the first chat number still to be indexed, 0 = all are
}

// chunkDocs is how many documents one row of the columns holds.
const chunkDocs = 256

// docEntry is what the columns know of a document; a zero chat means void.
type docEntry struct {
	chat uint32
	id   uint64 // message number, which is its time in milliseconds
	size uint8  // length of the text in steps of 4 tokens, at most 255
}

// textIndex is what of the index is in memory. Store.mu guards it, and mu what
// readers fill in.
type textIndex struct {
	mu      sync.Mutex
	columns map[uint16]*column
	fresh   *index.Fresh // nil = to be made from the messages
}

// column is the documents of a bucket.
type column struct {
	chats []uint32
	ids   []uint64
	sizes []uint8
	live  index.Bits // those that are not void
	// newest is the greatest message number there ever was among 64 documents,
	// and who has a bit for each of their chats' numbers modulo 64, so that a
	// search passes over 64 documents at once that cannot be among its hits.
	newest, who [index.Size / 64]uint64
}

func (c *column) set(local uint16, e docEntry) {
	for n := int(local) + 1 - len(c.chats); n > 0; n-- {
		c.chats, c.ids, c.sizes = append(c.chats, 0), append(c.ids, 0), append(c.sizes, 0)
	}
	c.chats[local], c.ids[local], c.sizes[local] = e.chat, e.id, e.size
	if e.chat == 0 {
		c.live.Remove(local)
		return
	}
	c.live.Add(local)
	word := local >> 6
	c.newest[word], c.who[word] = max(c.newest[word], e.id), c.who[word]|chatBit(e.chat)
}

func chatBit(no uint32) uint64 { return 1 << (no & 63) }

// set brings a column that is in memory up to date.
func (t *textIndex) set(doc uint32, e docEntry) {
	bucket, local := index.Split(doc)
	if c := t.columns[bucket]; c != nil {
		c.set(local, e)
	}
}

// docSize is the size column's measure of a text.
func docSize(tokens int) uint8 { return uint8(min(tokens/4, 255)) }

// chunk is one row of the columns, decoded.
type chunk [chunkDocs]docEntry

func (c *chunk) encode() []byte {
	n := chunkDocs
	for n > 0 && c[n-1] == (docEntry{}) {
		n--
	}
	out := make([]byte, 0, n*13)
	for _, e := range c[:n] {
		out = binary.LittleEndian.AppendUint32(out, e.chat)
	}
	for _, e := range c[:n] {
		out = binary.LittleEndian.AppendUint64(out, e.id)
	}
	for _, e := range c[:n] {
		out = append(out, e.size)
	}
	return out
}

func (c *chunk) decode(b []byte) error {
	n := len(b) / 13
	if len(b)%13 != 0 || n > chunkDocs {
		return errors.New("not a column")
	}
	for i := range n {
		c[i] = docEntry{
			chat: binary.LittleEndian.Uint32(b[4*i:]),
			id:   binary.LittleEndian.Uint64(b[4*n+8*i:]),
			size: b[12*n+i],
		}
	}
	return nil
}

// readChunk reads the row of the columns that holds a document.
func (s *Store) readChunk(txn *badger.Txn, no uint32) (*chunk, error) {
	c, key := &chunk{}, numberKey(bColumn, no)
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return c, nil
	}
	if err != nil {
		return nil, s.damaged(bColumn, err)
	}
	r := &rows.Blob{}
	err = item.Value(func(v []byte) error { return s.codec.open(bColumn, "", key, v, r) })
	if err == nil {
		err = c.decode(r.GetValue())
	}
	if err != nil {
		return nil, s.damaged(bColumn, err)
	}
	return c, nil
}

// searchable reports whether a message can be found.
func searchable(m chat.Message) bool { return m.Deleted.IsZero() && !m.System() && !m.Blocked }

// documentOf returns what a message is found by.
func (s *Store) documentOf(m chat.Message) index.Document {
	return index.Document{Tokens: slices.Collect(search.Tokens(s.text(m))), Sender: m.From.UserID, File: hasFile(m)}
}

// alike reports whether two versions of a message are found by the same.
func (s *Store) alike(a, b chat.Message) bool {
	return searchable(a) == searchable(b) && a.From.UserID == b.From.UserID && hasFile(a) == hasFile(b) &&
		(a.Body == b.Body && len(a.Attachments) == 0 && len(b.Attachments) == 0 || s.text(a) == s.text(b))
}

// doc is what a version of a message does to the index: the document it voids
// and the one it makes, zero for none.
type doc struct {
	no, old uint32
	fresh   bool // no is a new document
	is, was index.Document
	entry   docEntry
}

// retired is a document whose postings are to be removed.
type retired struct {
	no  uint32
	was index.Document
}

// document decides what a version does to the index. stored is the version
// before, found by document old, both zero when there was none.
func (p *planner) document(no uint32, n uint64, m, stored chat.Message, old uint32) doc {
	d := doc{old: old}
	if old != 0 {
		if p.s.alike(m, stored) {
			d.no, d.old = old, 0
			return d
		}
		d.was = p.s.documentOf(stored)
	}
	if searchable(m) {
		d.no, d.fresh, d.is = p.docs.next, true, p.s.documentOf(m)
		d.entry = docEntry{no, n, docSize(len(d.is.Tokens))}
		p.docs.next++
	}
	return d
}

// putDocs adds what versions do to the index to a part.
func (p *planner) putDocs(part *part, versions []version) error {
	dirty := map[uint32]bool{}
	set := func(no uint32, e docEntry) error {
		at := no / chunkDocs
		if p.chunks[at] == nil {
			c, err := p.s.readChunk(p.txn, at)
			if err != nil {
				return err
			}
			p.chunks[at] = c
		}
		p.chunks[at][no%chunkDocs], dirty[at] = e, true
		return nil
	}
	for _, v := range versions {
		if v.doc.fresh {
			if err := set(v.doc.no, v.doc.entry); err != nil {
				return err
			}
		}
		if v.doc.old != 0 {
			if err := set(v.doc.old, docEntry{}); err != nil {
				return err
			}
		}
	}
	for _, at := range sortedKeys(dirty) {
		key := numberKey(bColumn, at)
		value, err := p.s.codec.seal(bColumn, "", key, &rows.Blob{Value: p.chunks[at].encode()})
		if err != nil {
			return err
		}
		part.put(row{key, value})
	}
	if next := p.docs.next; next > 0 {
		part.docs = func(d *docState) { d.next = max(d.next, next) }
	}
	docs := make([]doc, len(versions))
	for i, v := range versions {
		docs[i] = v.doc
	}
	part.indexed = func(m *memory) { p.s.indexed(m, docs) }
	return nil
}

// indexed brings the index in memory up to date with what was committed.
func (s *Store) indexed(m *memory, docs []doc) {
	t := m.index
	for _, d := range docs {
		if d.old != 0 {
			t.set(d.old, docEntry{})
			if d.old >= m.docs.merged && t.fresh != nil {
				t.fresh.Remove(d.old, d.was)
			} else {
				s.retired = append(s.retired, retired{d.old, d.was})
			}
		}
		if d.fresh {
			t.set(d.no, d.entry)
			if t.fresh != nil {
				t.fresh.Add(d.no, d.is)
			}
		}
	}
}

// loadColumn reads the documents of a bucket unless they are in memory. Store.mu
// is held for reading, t.mu is held.
func (s *Store) loadColumn(txn *badger.Txn, bucket uint16) (*column, error) {
	t := s.mem.index
	if c := t.columns[bucket]; c != nil {
		return c, nil
	}
	c := &column{}
	first := index.Join(bucket, 0)
	last := min(index.Join(bucket, index.Size-1), s.mem.docs.next-1)
	for at := first / chunkDocs; at <= last/chunkDocs; at++ {
		part, err := s.readChunk(txn, at)
		if err != nil {
			return nil, err
		}
		for i, e := range part {
			if no := at*chunkDocs + uint32(i); no >= first && no <= last {
				c.set(uint16(no), e)
			}
		}
	}
	t.columns[bucket] = c
	return c, nil
}

// loadFresh makes the index of the documents that are not in the postings yet
// from their messages. Store.mu is held for reading, t.mu is held.
func (s *Store) loadFresh(txn *badger.Txn) error {
	t := s.mem.index
	if t.fresh != nil {
		return nil
	}
	fresh := index.NewFresh()
	for no := s.mem.docs.merged; no < s.mem.docs.next; no++ {
		bucket, local := index.Split(no)
		c, err := s.loadColumn(txn, bucket)
		if err != nil {
			return err
		}
		id, known := s.mem.numbers[c.chats[local]]
		if !known {
			continue
		}
		m, have, ok, err := s.message(txn, id, s.mem.chats[id], c.ids[local])
		if err != nil {
			return err
		}
		if ok && have == no {
			fresh.Add(no, s.documentOf(m))
		}
	}
	t.fresh = fresh
	return nil
}

func (d docState) String() string {
	return fmt.Sprintf("%d documents, %d merged, epoch %d, reindex from %d", d.next, d.merged, d.epoch, d.reindex)
}
