package store

import (
	"context"
	"fmt"
	"slices"

	"chatpane/app/chat"
	"chatpane/app/store/index"
)

// indexStep is how many messages Index takes at once, so that Apply need not wait long.
const indexStep = 500

// Index brings the index up to date where it is behind: after an update of the
// app whose index differs, or when damage was found in it. Meanwhile messages
// are found as far as it has come ([Found.Indexed]); what Apply brings is found
// at once. It ends early with ctx and goes on where it stopped the next time.
func (s *Store) Index(ctx context.Context) error {
	at := &reindexing{}
	for {
		done, err := s.indexSome(ctx, at)
		if err != nil {
			return fmt.Errorf("index the messages: %w", err)
		}
		if done {
			return nil
		}
	}
}

// reindexing is where in a chat Index is: its messages up to from come next.
type reindexing struct {
	no   uint32
	from uint64
}

func (s *Store) indexSome(ctx context.Context, at *reindexing) (done bool, err error) {
	s.writer.Lock()
	defer s.writer.Unlock()
	if s.closed {
		return false, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := s.writable(); err != nil {
		return false, err
	}
	if s.mem.docs.reindex == 0 {
		return true, nil
	}
	no, id, ok := s.nextToIndex()
	if !ok {
		end := newPart()
		end.docs = func(d *docState) { d.reindex = 0 }
		return true, s.commitGated([]*part{end})
	}
	if at.no != no {
		*at = reindexing{no: no, from: ^uint64(0)}
	}
	parts, err := s.indexParts(id, at)
	if err != nil {
		return false, err
	}
	err = s.commitGated(parts)
	s.tend()
	return false, err
}

// nextToIndex is the first chat still to be indexed.
func (s *Store) nextToIndex() (uint32, chat.ID, bool) {
	for _, no := range sortedKeys(s.mem.numbers) {
		if no >= s.mem.docs.reindex {
			return no, s.mem.numbers[no], true
		}
	}
	return 0, "", false
}

// indexParts gives documents to the next messages of a chat.
func (s *Store) indexParts(id chat.ID, at *reindexing) ([]*part, error) {
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	p := s.planner(txn)
	e := s.mem.chats[id]
	versions, done := []version(nil), true
	err := s.guarded(bLeaf, func() error {
		return s.back(txn, id, e, at.from, func(h held) (bool, error) {
			if at.from = h.number; len(versions) == indexStep {
				done = false
				return false, nil
			}
			m, no, err := s.decode(id, h)
			if err != nil || no != 0 || !searchable(m) {
				return true, err
			}
			v := version{number: h.number, msg: m, doc: p.document(at.no, h.number, m, chat.Message{}, 0)}
			v.raw, err = p.encode(h.number, m, v.doc.no)
			versions = append(versions, v)
			return true, err
		})
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(versions)
	g := p.growing(id, e)
	for len(versions) > 0 {
		part := newPart()
		n, err := g.put(part, versions)
		if err != nil {
			return nil, err
		}
		versions = versions[n:]
		p.parts = append(p.parts, g.remembered(part))
	}
	if done {
		end := newPart()
		end.docs = func(d *docState) { d.reindex = at.no + 1 }
		p.parts = append(p.parts, end)
	}
	return p.parts, nil
}

// dropIndex deletes the index and voids every document, so that [Store.Index]
// makes it anew.
func (s *Store) dropIndex() error {
	var parts []*part
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	for _, b := range []bucket{bColumn, bPosting} {
		parts = append(parts, removals(txn, []byte{b.letter()})...)
	}
	end := newPart()
	end.delta[bPosting] = -s.mem.tally[bPosting]
	end.docs = func(d *docState) { *d = docState{next: 1, merged: 1, epoch: d.epoch + 1, reindex: 1} }
	end.then = func(m *memory) { m.index = &textIndex{columns: map[uint16]*column{}, fresh: index.NewFresh()} }
	return s.commitGated(append(parts, end))
}

// indexed tells how much of the messages is in the index, in percent. mu is held.
func (m *memory) indexedPercent() int {
	if m.docs.reindex == 0 {
		return 100
	}
	done, all := 0, 0
	for _, e := range m.chats {
		all += e.messages
		if e.no < m.docs.reindex {
			done += e.messages
		}
	}
	return min(100*done/max(all, 1), 99)
}
