package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"chatpane/app/store/index"
	"github.com/dgraph-io/badger/v4"
)

// mostFresh is how many documents are kept in memory before their postings are
// written together: each row of the postings is then read and written once for
// many messages. They are searched like the others, and after a crash made again
// from the messages.
const mostFresh = 8192

// ownRow is from how many documents on a term's posting lies in a row of its
// own, so that looking for a rare term does not read the frequent ones of its
// group.
const ownRow = 1024

// ownKind marks the row of a term that has one of its own.
const ownKind = 'd'

// postingKey is the key of a group, or of one term of it.
func postingKey(row index.Row, bucket uint16) []byte {
	key := append([]byte{bPosting.letter(), byte(row.Kind)}, row.Group...)
	return binary.BigEndian.AppendUint16(append(key, 0), bucket)
}

// ownKey is the key of a term with a row of its own. Both group and term are in
// it, since a term is empty where its group has no other.
func ownKey(row index.Row, term string, bucket uint16) []byte {
	key := append([]byte{bPosting.letter(), ownKind, byte(row.Kind)}, row.Group...)
	key = append(append(key, 0), term...)
	return binary.BigEndian.AppendUint16(append(key, 0), bucket)
}

// readPosting reads a row of the postings; empty when there is none.
func (s *Store) readPosting(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, s.damaged(bPosting, err)
	}
	var plain []byte
	err = item.Value(func(v []byte) error {
		plain, err = s.codec.vault.Unseal(string(bPosting), key, v)
		return err
	})
	if err != nil {
		return nil, s.damaged(bPosting, err)
	}
	return plain, nil
}

// change plans the rows that changes of postings alter, one part per group.
func (s *Store) change(changes index.Changes) ([]*part, error) {
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	var parts []*part
	for _, bucket := range slices.Sorted(maps.Keys(changes)) {
		list := slices.SortedFunc(maps.Keys(changes[bucket]), func(a, b index.Row) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Group, b.Group))
		})
		for _, row := range list {
			part, err := s.changeGroup(txn, bucket, row, changes[bucket][row])
			if err != nil {
				return nil, err
			}
			if len(part.rows) > 0 {
				parts = append(parts, part)
			}
		}
	}
	return parts, nil
}

func (s *Store) changeGroup(txn *badger.Txn, bucket uint16, row index.Row, terms map[string]*index.Change) (*part, error) {
	key := postingKey(row, bucket)
	old, err := s.readPosting(txn, key)
	if err != nil {
		return nil, err
	}
	for _, c := range terms {
		c.Sort()
	}
	had := map[string]bool{}
	group, own, err := index.Update(old, terms, s.ownRow, func(term string) ([]byte, error) {
		had[term] = true
		return s.readPosting(txn, ownKey(row, term, bucket))
	})
	if err != nil {
		return nil, s.damaged(bPosting, err)
	}
	p := newPart()
	s.putPosting(p, key, group, len(old) > 0)
	for _, term := range slices.Sorted(maps.Keys(own)) {
		s.putPosting(p, ownKey(row, term, bucket), own[term], had[term])
	}
	return p, nil
}

// putPosting adds a row of the postings to a part; an empty one is deleted.
func (s *Store) putPosting(p *part, key, plain []byte, had bool) {
	switch {
	case len(plain) > 0:
		p.put(row{key, s.codec.vault.Seal(string(bPosting), key, plain)})
		if !had {
			p.delta[bPosting]++
		}
	case had:
		p.put(row{key: key})
		p.delta[bPosting]--
	}
}

// merge writes the postings of the fresh documents. It may stop anywhere and be
// repeated: what was written is written again.
func (s *Store) merge() error {
	if s.mem.docs.merged == s.mem.docs.next {
		return nil
	}
	if err := s.needFresh(); err != nil {
		return err
	}
	parts, err := s.change(s.mem.index.fresh.Changes())
	if err != nil {
		return fmt.Errorf("plan the postings: %w", err)
	}
	next := s.mem.docs.next
	end := newPart()
	end.docs = func(d *docState) { d.merged = next }
	end.then = func(m *memory) { m.index.fresh = index.NewFresh() }
	return s.commitGated(append(parts, end))
}

// needFresh makes the index of the fresh documents, if that was not done yet.
func (s *Store) needFresh() error {
	return s.view(func(txn *badger.Txn) error {
		t := s.mem.index
		t.mu.Lock()
		defer t.mu.Unlock()
		return s.loadFresh(txn)
	})
}

// unpost removes the postings of documents that are void. Search does not need
// it; it is so that the index does not tell what somebody took back.
func (s *Store) unpost(list []retired) error {
	if len(list) == 0 {
		return nil
	}
	changes := index.Changes{}
	for _, r := range list {
		changes.Remove(r.no, r.was)
	}
	parts, err := s.change(changes)
	if err != nil {
		return fmt.Errorf("plan the removal of postings: %w", err)
	}
	return s.commitGated(parts)
}

func (s *Store) commitGated(parts []*part) error {
	size := 0
	for _, p := range parts {
		size += p.size
	}
	if err := s.gate(int64(size)); err != nil {
		return err
	}
	return s.commitAll(context.Background(), parts, &Diff{})
}

// tend removes the postings of void documents and writes those of fresh ones
// once there are many. Trouble is no error of the Apply that came before: the
// facts are stored and found, and the next Apply tries again.
func (s *Store) tend() {
	if err := s.unpost(s.retired); err != nil {
		s.o.Log.Warn("postings stay for now: " + err.Error())
		return
	}
	s.retired = nil
	if s.mem.docs.next-s.mem.docs.merged >= s.mostFresh {
		if err := s.merge(); err != nil {
			s.o.Log.Warn("postings have to wait: " + err.Error())
		}
	}
}
