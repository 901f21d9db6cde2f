package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store/index"
	"github.com/dgraph-io/badger/v4"
)

// errCursor means a cursor that no search gave.
var errCursor = errors.New("not a cursor of a search")

// Search finds messages. It reads what is stored and never the network; what
// was applied is found at once, and what was taken back is not found any more.
// The error is [ErrClosed], [ErrDamaged] or that of ctx, or tells that the
// cursor is none.
func (s *Store) Search(ctx context.Context, q Search) (f Found, err error) {
	q.Limit = max(q.Limit, 1)
	err = s.view(func(txn *badger.Txn) error {
		f.Indexed = s.mem.indexedPercent()
		r := &finder{s: s, txn: txn, ctx: ctx, q: q, found: &f}
		if err := r.prepare(); err != nil {
			return err
		}
		if q.Best {
			return r.best()
		}
		return r.newest()
	})
	if err != nil {
		return Found{}, fmt.Errorf("search: %w", err)
	}
	return f, nil
}

// finder is one search. Store.mu is held for reading all the while.
type finder struct {
	s     *Store
	txn   *badger.Txn
	ctx   context.Context //nolint:containedctx // lives as long as one call
	q     Search
	found *Found

	fresh   *index.Fresh
	columns []*column // by bucket
	// chats tells by number which chats are looked in, since up to which time
	// their messages are left out; nil = none are.
	chats       []bool
	since       []uint64
	who         uint64 // chats as column.who has them
	after, last uint64 // message numbers: after ≤ n ≤ last
	sets        []*index.Bits
	any         index.Bits // of one term, for and
	verify      bool       // the index finds too much
	// doubts are documents that may only seem to have a part of a word.
	doubts []*index.Bits
	doubt  bool // there are such
}

// prepare takes what the index needs into memory, resolves chats and times, and
// evaluates the query in every bucket.
func (r *finder) prepare() error {
	t, docs := r.s.mem.index, r.s.mem.docs
	t.mu.Lock()
	err := r.s.loadFresh(r.txn)
	for b := 0; err == nil && b <= int((docs.next-1)>>16); b++ {
		var c *column
		c, err = r.s.loadColumn(r.txn, uint16(b))
		r.columns = append(r.columns, c)
	}
	r.fresh = t.fresh
	t.mu.Unlock()
	if err != nil {
		return err
	}
	r.resolve()
	for _, t := range r.q.Terms {
		r.verify = r.verify || len(t.Tokens) > 1 && !(len(t.Tokens) == 2 && t.Tokens[0].Gram && t.Tokens[1].Gram)
	}
	r.sets, r.doubts = make([]*index.Bits, len(r.columns)), make([]*index.Bits, len(r.columns))
	for b := range r.columns {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if r.sets[b], err = r.bucket(uint16(b)); err != nil {
			return err
		}
		r.doubts[b].And(r.sets[b])
		r.doubt = r.doubt || !r.doubts[b].Empty()
	}
	return nil
}

func (r *finder) resolve() {
	m := r.s.mem
	r.chats = make([]bool, m.nextChat)
	r.who = ^uint64(0)
	if r.q.Chats == nil {
		for no := range m.numbers {
			r.chats[no] = true
		}
	} else {
		r.who = 0
	}
	for _, id := range r.q.Chats {
		if e, ok := m.chats[id]; ok {
			r.chats[e.no], r.who = true, r.who|chatBit(e.no)
		}
	}
	if r.q.Since != nil {
		r.since = make([]uint64, m.nextChat)
		for no, id := range m.numbers {
			if t, ok := r.q.Since[id]; ok {
				r.since[no] = uint64(max(t.UnixMilli(), 0))
			} else {
				r.chats[no] = false
			}
		}
	}
	r.last = ^uint64(0)
	if !r.q.After.IsZero() {
		r.after = uint64(max(r.q.After.UnixMilli(), 0))
	}
	if !r.q.Before.IsZero() {
		if r.q.Before.UnixMilli() <= 0 {
			r.chats = make([]bool, len(r.chats)) // no message is so old
		} else {
			r.last = uint64(r.q.Before.UnixMilli()) - 1
		}
	}
}

// eligible are the documents of a bucket that may be in the query's chats and
// times, by what is known of 64 at once.
func (r *finder) eligible(col *column) *index.Bits {
	set := col.live
	for i := range set {
		if col.newest[i] < r.after || col.who[i]&r.who == 0 {
			set[i] = 0
		}
	}
	return &set
}

// bucket evaluates the query among the documents of a bucket.
func (r *finder) bucket(b uint16) (*index.Bits, error) {
	set := r.eligible(r.columns[b])
	r.doubts[b] = &index.Bits{}
	for _, t := range r.q.Terms {
		if err := r.term(set, r.doubts[b], b, t); err != nil || set.Empty() {
			return set, err
		}
	}
	if r.q.HasFile {
		if err := r.and(set, b, index.Key{Kind: index.File}); err != nil {
			return nil, err
		}
	}
	if r.q.From != nil {
		any := &index.Bits{}
		for _, id := range r.q.From {
			if err := r.or(any, b, index.SenderKey(id), false); err != nil {
				return nil, err
			}
		}
		set.And(any)
	}
	if r.q.NotFrom != "" {
		any := &index.Bits{}
		if err := r.or(any, b, index.SenderKey(r.q.NotFrom), false); err != nil {
			return nil, err
		}
		set.AndNot(any)
	}
	return set, nil
}

// doubtful reports whether a document needs a second look.
func (r *finder) doubtful(no uint32) bool {
	b, local := index.Split(no)
	return r.verify || r.doubts[b].Has(local)
}

// term keeps the documents of a set that may contain a term, and adds to doubts
// those that may only seem to.
func (r *finder) term(set, doubts *index.Bits, b uint16, t search.Term) error {
	last := len(t.Tokens) - 1
	for i := range last { // pairs first, for they leave the least
		a, z := t.Tokens[i], t.Tokens[i+1]
		key := index.NearKey(a.Text, z.Text)
		switch {
		case a.Gram && z.Gram:
			key = index.GramKey(a.Text + z.Text)
		case i+1 == last && t.Prefix && !z.Gram:
			continue // the second may go on
		}
		if err := r.and(set, b, key); err != nil {
			return err
		}
	}
	for i, tok := range t.Tokens {
		paired := i > 0 && t.Tokens[i-1].Gram || i < last && t.Tokens[i+1].Gram
		switch {
		case tok.Gram && paired:
			continue // its pairs say more
		case tok.Gram:
			if err := r.and(set, b, index.GramKey(tok.Text)); err != nil {
				return err
			}
		case i < last || !t.Prefix:
			if err := r.and(set, b, index.WordKey(tok.Text)); err != nil {
				return err
			}
		default:
			if err := r.begins(set, doubts, b, tok.Text, t.Part); err != nil {
				return err
			}
		}
	}
	return nil
}

// begins keeps the documents with a word that begins so, or may have such a part.
func (r *finder) begins(set, doubts *index.Bits, b uint16, text string, part bool) error {
	if key, short := index.BeginKey(text); short {
		return r.and(set, b, key)
	}
	any := &index.Bits{}
	if err := r.or(any, b, index.WordKey(text), true); err != nil {
		return err
	}
	if part {
		inside := *set
		for _, three := range search.InPart(text) {
			if err := r.and(&inside, b, index.PartKey(three)); err != nil {
				return err
			}
		}
		inside.AndNot(any)
		doubts.Or(&inside)
		any.Or(&inside)
	}
	set.And(any)
	return nil
}

func (r *finder) and(set *index.Bits, b uint16, key index.Key) error {
	if set.Empty() {
		return nil
	}
	r.any = index.Bits{}
	if err := r.or(&r.any, b, key, false); err != nil {
		return err
	}
	set.And(&r.any)
	return nil
}

// or adds the documents of a bucket that have a term, or one that begins so.
func (r *finder) or(set *index.Bits, b uint16, key index.Key, begins bool) error {
	if b >= uint16(r.s.mem.docs.merged>>16) {
		for d := range r.fresh.Docs(key.Row(), key.Term, begins) {
			if bucket, local := index.Split(d); bucket == b {
				set.Add(local)
			}
		}
	}
	group, err := r.s.readPosting(r.txn, postingKey(key.Row(), b))
	if err != nil {
		return err
	}
	want, failed := []byte(key.Term), error(nil)
	err = index.Each(group, func(e index.Entry) bool {
		switch c := bytes.Compare(e.Term, want); {
		case c < 0:
			return true
		case c > 0 && !(begins && strings.HasPrefix(string(e.Term), key.Term)):
			return false
		}
		failed = r.orEntry(set, b, key.Row(), e)
		return failed == nil && begins
	})
	if err != nil {
		return r.s.damaged(bPosting, err)
	}
	return failed
}

func (r *finder) orEntry(set *index.Bits, b uint16, row index.Row, e index.Entry) error {
	data := e.Data
	if e.Own {
		var err error
		if data, err = r.s.readPosting(r.txn, ownKey(row, string(e.Term), b)); err != nil {
			return err
		}
		if len(data) == 0 {
			return r.s.damaged(bPosting, errors.New("a row has vanished"))
		}
	}
	if err := set.OrPosting(data); err != nil {
		return r.s.damaged(bPosting, err)
	}
	return nil
}

// read returns the message of a document; false when it is void.
func (r *finder) read(no uint32) (chat.Message, bool, error) {
	bucket, local := index.Split(no)
	c := r.columns[bucket]
	id, known := r.s.mem.numbers[c.chats[local]]
	if !known {
		return chat.Message{}, false, nil
	}
	m, have, ok, err := r.s.message(r.txn, id, r.s.mem.chats[id], c.ids[local])
	return m, ok && have == no, err
}
