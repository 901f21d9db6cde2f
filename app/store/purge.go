package store

import (
	"context"
	"fmt"

	"chatpane/app/chat"
	"chatpane/app/store/rows"
	"github.com/dgraph-io/badger/v4"
)

// purge erases chats and destroys their keys: note the intention, delete the
// rows, shred, forget the intention. A crash between any two is completed by
// the next open. Deleting alone would leave the rows on the disk until Badger
// compacts; without the key they are noise.
func (s *Store) purge(ids []chat.ID) ([]chat.ID, error) {
	begin := &part{delta: map[bucket]int{}}
	begun := map[uint32]chat.ID{}
	for _, id := range ids {
		e, known := s.mem.chats[id]
		if _, twice := begun[e.no]; !known || twice {
			continue
		}
		key := numberKey(bPurge, e.no)
		value, err := s.codec.seal(bPurge, "", key, &rows.Text{Value: string(id)})
		if err != nil {
			return nil, err
		}
		begin.put(row{key, value})
		begin.delta[bPurge]++
		begun[e.no] = id
	}
	if len(begun) == 0 {
		return nil, nil
	}
	if err := s.gate(int64(begin.size)); err != nil {
		return nil, err
	}
	begin.then = func(m *memory) {
		for no, id := range begun {
			m.purges[no] = id
			delete(m.chats, id) // hidden from here on
			delete(m.numbers, no)
		}
		s.kept.forget(func(at place) bool { return begun[at.no] != "" })
	}
	if err := s.commit([]*part{begin}); err != nil {
		return nil, fmt.Errorf("begin a purge: %w", err)
	}
	purged := make([]chat.ID, 0, len(begun))
	for _, no := range sortedKeys(begun) {
		purged = append(purged, begun[no])
	}
	return purged, s.resumePurges()
}

// resumePurges completes every purge that has begun.
func (s *Store) resumePurges() error {
	if len(s.mem.purges) == 0 {
		return nil
	}
	if err := s.gate(0); err != nil {
		return err
	}
	end := &part{delta: map[bucket]int{}}
	var keys []string
	numbers := sortedKeys(s.mem.purges)
	for _, no := range numbers {
		if err := s.unpostChat(no); err != nil {
			return fmt.Errorf("take chat %s out of the index: %w", s.mem.purges[no], err)
		}
		if err := s.deleteChat(no); err != nil {
			return fmt.Errorf("purge chat %s: %w", s.mem.purges[no], err)
		}
		keys = append(keys, string(s.mem.purges[no]))
		end.put(row{key: numberKey(bPurge, no)})
		end.delta[bPurge]--
	}
	if err := s.codec.vault.Shred(keys...); err != nil {
		return fmt.Errorf("destroy the keys of purged chats: %w", err)
	}
	end.then = func(m *memory) {
		for _, no := range numbers {
			delete(m.purges, no)
		}
	}
	if err := s.commit([]*part{end}); err != nil {
		return fmt.Errorf("end a purge: %w", err)
	}
	return nil
}

// unpostChat removes the documents of a chat from the postings, while its
// messages can still be read; without them nobody could tell which postings
// they are in. Once rows have begun to go all of that is done already.
func (s *Store) unpostChat(no uint32) error {
	id, from := s.mem.idOf(no), leafKey(no, ^uint64(0))
	for more := true; more; {
		var list []retired
		err := s.guarded(bLeaf, func() error {
			list, from, more = s.documentsOf(id, no, from)
			return nil
		})
		if err != nil {
			return err
		}
		if err := s.unpost(list); err != nil {
			return err
		}
		if err := s.voidDocs(list); err != nil {
			return err
		}
	}
	return nil
}

// documentsOf returns documents of a chat that is being purged, from the key of
// a leaf on, and the key to go on from. The directory may not know its leaves
// any more, and a damaged one must not keep a purge from going on; it was noted.
func (s *Store) documentsOf(id chat.ID, no uint32, from []byte) (list []retired, next []byte, more bool) {
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: numberKey(bLeaf, no)})
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		if len(list) >= mostVersions {
			return list, it.Item().KeyCopy(nil), true
		}
		l, err := s.decodeLeaf(id, keyStart(it.Item().Key()), it.Item())
		if err != nil {
			continue
		}
		for _, h := range l {
			if m, doc, err := s.decode(id, h); err == nil && doc != 0 {
				list = append(list, retired{doc, s.documentOf(m)})
			}
		}
	}
	return list, nil, false
}

// voidDocs takes documents out of the columns and out of the fresh ones.
func (s *Store) voidDocs(list []retired) error {
	if len(list) == 0 {
		return nil
	}
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	p, out := s.planner(txn), newPart()
	var versions []version
	for _, r := range list {
		versions = append(versions, version{doc: doc{old: r.no, was: r.was}})
	}
	if err := p.putDocs(out, versions); err != nil {
		return err
	}
	retired := s.retired
	err := s.commitGated([]*part{out})
	s.retired = retired // they are out of the postings already
	return err
}

// deleteChat deletes the rows of a chat, the messages first and the directory
// last, so that it can be repeated from any point.
func (s *Store) deleteChat(no uint32) error {
	var parts []*part
	err := s.guarded(bLeaf, func() error {
		parts = s.deletions(no)
		return nil
	})
	if err != nil {
		return err
	}
	return s.commitAll(context.Background(), parts, &Diff{})
}

func (s *Store) deletions(no uint32) (parts []*part) {
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	for _, b := range []bucket{bLeaf, bChat, bDirectory} {
		for _, p := range removals(txn, numberKey(b, no)) {
			if b != bLeaf {
				p.delta[b] = -1
				p.then = func(m *memory) { m.forget(no) }
			}
			parts = append(parts, p)
		}
	}
	return parts
}

// removals are the deletions of all rows whose keys begin so, a part each.
func removals(txn *badger.Txn, prefix []byte) (parts []*part) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		p := newPart()
		p.put(row{key: it.Item().KeyCopy(nil)})
		parts = append(parts, p)
	}
	return parts
}

// forget drops a chat from the memory.
func (m *memory) forget(no uint32) {
	id := m.idOf(no)
	if e, ok := m.chats[id]; ok && e.no == no {
		delete(m.chats, id)
	}
	delete(m.numbers, no)
}
