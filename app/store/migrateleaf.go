package store

import (
	"fmt"
	"slices"

	"chatpane/app/chat"
	"chatpane/app/store/rows"
	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"
)

// step3 puts the messages, which had a row each up to schema 2, into leaves.
func step3(s *Store) error {
	old := newMemory()
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	for _, b := range []bucket{bDirectory, bPurge} {
		if err := s.loadBucket(txn, old, b); err != nil {
			return err
		}
	}
	for _, no := range sortedKeys(old.numbers) {
		id, purged := old.numbers[no], old.purges[no] != ""
		var err error
		if purged { // its key may be destroyed
			err = s.commitGated(removals(txn, numberKey(bMessage, no)))
		} else {
			err = s.gather(id, old.chats[id])
		}
		if err != nil {
			return fmt.Errorf("gather the messages of chat %s: %w", id, err)
		}
	}
	if len(old.purges) == 0 {
		return nil
	}
	// What cannot be read cannot be taken out of the index.
	return s.dropIndex()
}

// gather moves the messages of a chat from rows of their own into leaves, the
// newest first. A run that was cut short goes on where it stopped.
func (s *Store) gather(id chat.ID, e entry) error {
	began, moved := len(e.leaves) > 0, 0
	for {
		n, err := s.gatherSome(id, &e)
		if err != nil {
			return err
		}
		if moved += n; n > 0 {
			continue
		}
		if !began && moved != e.messages {
			return fmt.Errorf("%w: %d of %d messages are left", ErrDamaged, moved, e.messages)
		}
		return nil
	}
}

// gatherSome moves the next messages, as many as one transaction takes.
func (s *Store) gatherSome(id chat.ID, e *entry) (int, error) {
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: numberKey(bMessage, e.no)})
	defer it.Close()
	var versions []version
	for it.Rewind(); it.Valid() && len(versions) < mostVersions; it.Next() {
		r, number := &rows.Message{}, keyStart(it.Item().Key())
		err := it.Item().Value(func(v []byte) error { return s.codec.open(bMessage, id, it.Item().Key(), v, r) })
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		raw, err := proto.Marshal(r)
		if err != nil {
			return 0, err
		}
		versions = append(versions, version{number: number, raw: raw, msg: chat.Message{ID: messageID(number)}})
	}
	slices.Reverse(versions)
	p := s.planner(txn)
	g, moved := p.growing(id, *e), newPart()
	n, err := g.put(moved, versions)
	if err != nil || n == 0 {
		return 0, err
	}
	for _, v := range versions[:n] {
		moved.put(row{key: messageKey(e.no, v.number)})
	}
	*e = g.e
	return n, s.commitGated([]*part{moved})
}
