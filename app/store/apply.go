package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// Apply merges a batch into the store and tells what altered. It is durable when
// it returns. A batch larger than a Badger transaction is committed in several,
// split between chats (inside one only when that chat alone is larger), with
// the marks in the last; after an error or a cancelled ctx the Diff tells what
// had become durable, and applying the batch again completes it. With too
// little disk space nothing is written and the error is [ErrFull].
func (s *Store) Apply(ctx context.Context, b Batch) (Diff, error) {
	s.writer.Lock()
	defer s.writer.Unlock()
	var d Diff
	if s.closed {
		return d, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return d, err
	}
	if err := s.writable(); err != nil {
		return d, err
	}
	if err := s.resumePurges(); err != nil {
		s.o.Log.Warn("a purge has to wait: " + err.Error())
	}
	if len(b.PurgeChats) > 0 {
		purged, err := s.purge(b.PurgeChats)
		d.Purged = purged
		if err != nil {
			return d, err
		}
	}
	parts, err := s.plan(b)
	if err != nil || len(parts) == 0 {
		return d, err
	}
	size := 0
	for _, p := range parts {
		size += p.size
	}
	if err := s.gate(int64(size)); err != nil {
		return d, err
	}
	err = s.commitAll(ctx, parts, &d)
	s.tend()
	return d, err
}

// commitAll packs parts into as few transactions as Badger allows.
func (s *Store) commitAll(ctx context.Context, parts []*part, d *Diff) error {
	limit := s.txnLimit()
	for len(parts) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, size, count := 0, 0, 0
		for n < len(parts) && (n == 0 || size+parts[n].size <= limit && count+len(parts[n].rows) <= s.txnRows()) {
			size += parts[n].size
			count += len(parts[n].rows)
			n++
		}
		if err := s.commit(parts[:n]); err != nil {
			return fmt.Errorf("write to the store: %w", err)
		}
		for _, p := range parts[:n] {
			d.add(p.diff)
		}
		s.compact()
		parts = parts[n:]
	}
	return nil
}

// commit writes parts and the meta row in one transaction, then brings the
// memory up to date. Only one commit is under way at a time.
func (s *Store) commit(parts []*part) error {
	next := &memory{schema: s.mem.schema, born: s.mem.born, nextChat: s.mem.nextChat, docs: s.mem.docs, tally: maps.Clone(s.mem.tally)}
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	for _, p := range parts {
		for _, r := range p.rows {
			if err := set(txn, r); err != nil {
				return err
			}
		}
		for b, n := range p.delta {
			next.tally[b] += n
		}
		next.nextChat = max(next.nextChat, p.next)
		if p.docs != nil {
			p.docs(&next.docs)
		}
	}
	value, err := s.codec.seal(bMeta, "", metaKey(), next.meta())
	if err != nil {
		return err
	}
	if err := txn.SetEntry(badger.NewEntry(metaKey(), value)); err != nil {
		return err
	}
	if err := txn.Commit(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renew()
	s.mem.tally, s.mem.nextChat, s.mem.docs = next.tally, next.nextChat, next.docs
	for _, p := range parts {
		s.kept.written(p.rows)
		if p.indexed != nil {
			p.indexed(s.mem)
		}
		if p.then != nil {
			p.then(s.mem)
		}
	}
	return nil
}

// renew has readers see what is committed. mu is held.
func (s *Store) renew() {
	if s.snapshot != nil {
		s.snapshot.Discard()
	}
	s.snapshot = s.db.NewTransaction(false)
}

func set(txn *badger.Txn, r row) error {
	if r.value == nil {
		return txn.Delete(r.key)
	}
	return txn.SetEntry(badger.NewEntry(r.key, r.value))
}

// txnLimit is how many bytes of rows one transaction takes, with room for the
// meta row.
func (s *Store) txnLimit() int { return int(s.db.MaxBatchSize()) * 9 / 10 }

func (s *Store) txnRows() int { return int(s.db.MaxBatchCount()) * 9 / 10 }

// gate refuses to write when the disk is nearly full: Badger writes through a
// memory map, where a full disk kills the process instead of being an error.
func (s *Store) gate(batch int64) error {
	if s.dir == "" {
		return nil
	}
	free, err := s.o.Free(s.dir)
	if err != nil {
		return fmt.Errorf("ask for free disk space: %w", err)
	}
	if need := max(s.o.MinFree, 2*batch); free < need {
		return fmt.Errorf("%w: %d MB free, %d MB needed", ErrFull, free>>20, need>>20)
	}
	return nil
}

// sortedKeys gives a map a stable order.
func sortedKeys[K interface{ ~string | ~uint32 }, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
