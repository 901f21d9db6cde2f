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
		if err := s.checkOnce(id, e); err != nil {
			return err
		}
		page, err = s.page(txn, id, e.no, messageKey(e.no, from), n+1)
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
		if err := s.checkOnce(id, e); err != nil {
			return err
		}
		it := txn.NewIterator(badger.IteratorOptions{Prefix: numberKey(bMessage, e.no), Reverse: true})
		defer it.Close()
		for it.Seek(messageKey(e.no, number+1)); it.Valid() && len(page) <= n; it.Next() {
			m, err := s.decodeMessage(id, it.Item())
			if err != nil {
				return err
			}
			page = append(page, m)
		}
		return nil
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
		m, ok, err = s.message(txn, id, messageKey(e.no, number))
		return err
	})
	if err != nil {
		return m, false, fmt.Errorf("read message %s of chat %s: %w", msgID, id, err)
	}
	return m, ok, nil
}

// Verify compares the number of message rows of every chat with what was
// written. It reads keys only, about a million a second; call it when idle.
// The error is [ErrDamaged], and the next open rebuilds.
func (s *Store) Verify() error {
	s.mu.RLock()
	ids := make([]chat.ID, 0, len(s.mem.chats))
	for id := range s.mem.chats {
		ids = append(ids, id)
	}
	s.mu.RUnlock()
	for _, id := range ids {
		err := s.view(func(*badger.Txn) error {
			e, known := s.mem.chats[id]
			if !known {
				return nil
			}
			_, err := s.check(e)
			return err
		})
		if err != nil {
			return fmt.Errorf("verify chat %s: %w", id, err)
		}
	}
	return s.view(func(*badger.Txn) error {
		want := s.mem.tally[bPosting]
		n, still := s.countRows([]byte{bPosting.letter()})
		if still && n != want {
			return s.damaged(bPosting, errors.New("rows have vanished"))
		}
		return nil
	})
}

// view runs f on a snapshot, with the memory readable and damage that makes
// Badger panic turned into an error.
func (s *Store) view(f func(*badger.Txn) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return ErrClosed
	}
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	return s.guarded(bMessage, func() error { return f(txn) })
}

// page reads up to n messages from a key on, newest first.
func (s *Store) page(txn *badger.Txn, id chat.ID, no uint32, from []byte, n int) ([]chat.Message, error) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: numberKey(bMessage, no)})
	defer it.Close()
	var out []chat.Message
	for it.Seek(from); it.Valid() && len(out) < n; it.Next() {
		m, err := s.decodeMessage(id, it.Item())
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// checkLimit is the size up to which a chat is checked before its first page is
// shown; larger ones wait for [Store.Verify].
const checkLimit = 2000

// checkOnce checks a chat the first time it is read.
func (s *Store) checkOnce(id chat.ID, e entry) error {
	if _, done := s.checked.Load(id); done || e.messages > checkLimit {
		return nil
	}
	done, err := s.check(e)
	if done {
		s.checked.Store(id, true)
	}
	return err
}

// check counts the message rows of a chat. A count taken while a commit is
// under way proves nothing and is passed over.
func (s *Store) check(e entry) (done bool, err error) {
	n, still := s.countRows(numberKey(bMessage, e.no))
	if still && n != e.messages {
		return true, s.damaged(bMessage, errors.New("rows have vanished"))
	}
	return still, nil
}

// countRows counts the rows whose keys begin so; false when something was
// committed meanwhile.
func (s *Store) countRows(prefix []byte) (n int, still bool) {
	before := s.commits.Load()
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		n++
	}
	return n, before%2 == 0 && s.commits.Load() == before
}
