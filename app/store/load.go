package store

import (
	"fmt"
	"log/slog"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/store/index"
	"chatpane/app/store/rows"
	"github.com/dgraph-io/badger/v4"
)

// load migrates the store to today's schema, reads everything but the messages
// into memory, compares the number of rows with what was written, and finishes
// purges that had begun.
func (s *Store) load() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	if err := s.migrate(steps()); err != nil {
		return err
	}
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	for _, b := range loaded() {
		if err := s.loadBucket(txn, s.mem, b); err != nil {
			return err
		}
	}
	if s.mem.docs.merged == s.mem.docs.next {
		s.mem.index.fresh = index.NewFresh()
	}
	if len(s.mem.chats) == 0 {
		s.mem.docs.reindex = 0 // nothing to index
	}
	if s.report.ReadOnly {
		return nil
	}
	if s.indexHarmed {
		if err := s.dropIndex(); err != nil {
			return fmt.Errorf("drop the damaged index: %w", err)
		}
	}
	if err := s.resumePurges(); err != nil {
		// The rows are hidden already; only the key waits, for the next Apply.
		s.o.Log.Warn("a purge has to wait: " + err.Error())
	}
	return nil
}

func (s *Store) loadBucket(txn *badger.Txn, into *memory, b bucket) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{b.letter()}})
	defer it.Close()
	n := 0
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		err := item.Value(func(v []byte) error { return into.read(s.codec, b, item.KeyCopy(nil), v) })
		if err != nil {
			return fmt.Errorf("%w: load a %s: %w", ErrDamaged, b, err)
		}
		n++
	}
	if want := s.mem.tally[b]; n != want {
		return fmt.Errorf("%w: %d rows of %s where %d were written", ErrDamaged, n, b, want)
	}
	return nil
}

// readMeta returns nil for a store that holds nothing at all.
func (s *Store) readMeta() (*rows.Meta, error) {
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	item, err := txn.Get(metaKey())
	if err == nil {
		meta := &rows.Meta{}
		err = item.Value(func(v []byte) error { return s.codec.open(bMeta, "", metaKey(), v, meta) })
		if err == nil {
			return meta, nil
		}
	}
	if err == badger.ErrKeyNotFound { //nolint:errorlint // Badger returns it bare
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		if it.Rewind(); !it.Valid() {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("%w: read meta: %w", ErrDamaged, err)
}

// badgerLog passes on what Badger says, at one level lower each: a warning of
// Badger is nothing a user can act on.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(f string, a ...any)   { l.log.Warn(line(f, a)) }
func (l badgerLog) Warningf(f string, a ...any) { l.log.Debug(line(f, a)) }
func (badgerLog) Infof(string, ...any)          {}
func (badgerLog) Debugf(string, ...any)         {}

func line(f string, a []any) string { return "badger: " + strings.TrimSpace(fmt.Sprintf(f, a...)) }

// idOf returns the id of a chat's number.
func (m *memory) idOf(no uint32) chat.ID {
	if id, ok := m.purges[no]; ok {
		return id
	}
	return m.numbers[no]
}
