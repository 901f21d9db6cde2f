package store

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"chatpane/app/chat"
	"github.com/dgraph-io/badger/v4"
)

// Latest returns the newest n messages of a chat, oldest first, and whether
// there are older ones stored. A chat that is not stored has none.
func (s *Store) Latest(id chat.ID, n int) ([]chat.Message, bool, error) {
	return s.Before(id, time.Time{}, "", n)
}

// Before returns the n messages of a chat that come right before a position,
// oldest first, and whether there are older ones stored. The position is the
// message msgID, or the time t when msgID is empty; when both are zero, the end.
func (s *Store) Before(id chat.ID, t time.Time, msgID string, n int) (page []chat.Message, more bool, err error) {
	from := ^uint64(0)
	switch number, ok := messageNumber(msgID); {
	case msgID != "" && !ok:
		return nil, false, fmt.Errorf("read before message %q: its id is not a number", msgID)
	case msgID != "" && number == 0, msgID == "" && !t.IsZero() && t.UnixMilli() <= 0:
		return nil, false, nil // nothing is older
	case msgID != "":
		from = number - 1
	case !t.IsZero():
		from = uint64(t.UnixMilli()) - 1
	}
	err = s.view(func(txn *badger.Txn) error {
		e, known := s.mem.chats[id]
		if !known || n <= 0 {
			return nil
		}
		page, err = s.page(txn, id, e, from, n+1)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read messages of chat %s: %w", id, err)
	}
	if more = len(page) > n; more {
		page = page[:n]
	}
	slices.SortFunc(page, chat.Compare)
	return page, more, nil
}

// After returns up to n messages of a chat that come right after a message,
// oldest first, and whether there are newer ones stored.
func (s *Store) After(id chat.ID, msgID string, n int) (page []chat.Message, more bool, err error) {
	number, ok := messageNumber(msgID)
	if !ok {
		return nil, false, fmt.Errorf("read after message %q: its id is not a number", msgID)
	}
	err = s.view(func(txn *badger.Txn) error {
		e, known := s.mem.chats[id]
		if !known || n <= 0 || number == ^uint64(0) {
			return nil
		}
		for i := max(leafAt(e.leaves, number), 0); i < len(e.leaves) && len(page) <= n; i++ {
			l, err := s.readLeaf(txn, id, e, i)
			if err != nil {
				return err
			}
			for _, h := range l[l.upTo(number):] {
				m, _, err := s.decode(id, h)
				if err != nil {
					return err
				}
				page = append(page, m)
			}
		}
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("read messages of chat %s: %w", id, err)
	}
	more = len(page) > n
	page = page[:min(n, len(page))]
	slices.SortFunc(page, chat.Compare)
	return page, more, nil
}

// Message returns one message of a chat; false when it is not stored.
func (s *Store) Message(id chat.ID, msgID string) (m chat.Message, ok bool, err error) {
	number, valid := messageNumber(msgID)
	if !valid {
		return m, false, nil
	}
	err = s.view(func(txn *badger.Txn) error {
		e, known := s.mem.chats[id]
		if !known {
			return nil
		}
		m, _, ok, err = s.message(txn, id, e, number)
		return err
	})
	if err != nil {
		return m, false, fmt.Errorf("read message %s of chat %s: %w", msgID, id, err)
	}
	return m, ok, nil
}

// Verify compares the rows of every chat, and of the index, with what was
// written. It reads keys only; call it when idle. The error is [ErrDamaged], and
// the next open rebuilds.
func (s *Store) Verify() error {
	s.mu.RLock()
	ids := make([]chat.ID, 0, len(s.mem.chats))
	for id := range s.mem.chats {
		ids = append(ids, id)
	}
	s.mu.RUnlock()
	for _, id := range ids {
		err := s.view(func(txn *badger.Txn) error {
			if e, known := s.mem.chats[id]; known && countRows(txn, numberKey(bLeaf, e.no)) != len(e.leaves) {
				return s.damaged(bLeaf, errVanished)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("verify chat %s: %w", id, err)
		}
	}
	return s.view(func(txn *badger.Txn) error {
		if countRows(txn, []byte{bPosting.letter()}) != s.mem.tally[bPosting] {
			return s.damaged(bPosting, errVanished)
		}
		return nil
	})
}

var errVanished = errors.New("rows have vanished")

// view runs f on the snapshot that belongs to the memory, with the memory
// readable and damage that makes Badger panic turned into an error.
func (s *Store) view(f func(*badger.Txn) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return ErrClosed
	}
	return s.guarded(bLeaf, func() error { return f(s.snapshot) })
}

// page reads up to n messages from a number on, newest first.
func (s *Store) page(txn *badger.Txn, id chat.ID, e entry, from uint64, n int) (out []chat.Message, err error) {
	err = s.back(txn, id, e, from, func(h held) (bool, error) {
		m, _, err := s.decode(id, h)
		out = append(out, m)
		return len(out) < n, err
	})
	return out, err
}

// countRows counts the rows whose keys begin so.
func countRows(txn *badger.Txn, prefix []byte) (n int) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		n++
	}
	return n
}
