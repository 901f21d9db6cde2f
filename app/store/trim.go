package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"chatpane/app/chat"
	"github.com/dgraph-io/badger/v4"
)

// Size is what the messages of a chat take.
type Size struct {
	Chat     chat.ID
	Messages int
	Bytes    int64 // as stored, without their part of the index
}

// Sizes tells what each chat takes, the largest first. It reads keys only.
func (s *Store) Sizes() ([]Size, error) {
	var out []Size
	err := s.view(func(txn *badger.Txn) error {
		for id, e := range s.mem.chats {
			size := Size{Chat: id, Messages: e.messages}
			eachSize(txn, e.no, func(_ uint64, n int64) { size.Bytes += n })
			out = append(out, size)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("measure the chats: %w", err)
	}
	slices.SortFunc(out, func(a, b Size) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Chat, b.Chat)) })
	return out, nil
}

// eachSize calls f with where each leaf of a chat begins and its size, newest
// first.
func eachSize(txn *badger.Txn, no uint32, f func(start uint64, n int64)) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: numberKey(bLeaf, no)})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		f(keyStart(it.Item().Key()), it.Item().EstimatedSize())
	}
}

// Retention is what may stay.
type Retention struct {
	// Before removes older messages; zero = none for their age.
	Before time.Time
	// Bytes removes the oldest messages of all beyond so much, in runs of up to
	// [leafMost]; 0 = none for their size.
	Bytes int64
	// Marks are the watermarks that say a chat is complete from a time on only.
	// They are written before anything of the chat is removed.
	Marks func(id chat.ID, since time.Time) []Mark
}

// Trim removes what is too old or too much. The newest message of each chat
// stays, since the chat list shows it. Journals are not in the store: drafts and
// unsent messages are never touched. It may end early with ctx, and be repeated.
func (s *Store) Trim(ctx context.Context, r Retention) (Diff, error) {
	old, err := s.tooMuch(r)
	if err != nil {
		return Diff{}, fmt.Errorf("look for what is too old: %w", err)
	}
	var all Diff
	for _, id := range sortedKeys(old) {
		var since time.Time
		if n := old[id].stays; n > 0 {
			since = idTime(n)
		}
		d, err := s.Apply(ctx, Batch{Marks: r.Marks(id, since)})
		all.add(d)
		if err != nil {
			return all, fmt.Errorf("remove what is too old: %w", err)
		}
		for part := range slices.Chunk(old[id].goes, indexStep) {
			d, err := s.Apply(ctx, Batch{Gone: part})
			all.add(d)
			if err != nil {
				return all, fmt.Errorf("remove what is too old: %w", err)
			}
		}
	}
	return all, nil
}

// leaving is what of a chat goes, and its oldest message number that stays.
type leaving struct {
	goes  []MessageKey
	stays uint64
}

func (s *Store) tooMuch(r Retention) (map[chat.ID]*leaving, error) {
	out := map[chat.ID]*leaving{}
	err := s.view(func(txn *badger.Txn) error {
		cut := uint64(0)
		if !r.Before.IsZero() {
			cut = uint64(max(r.Before.UnixMilli(), 0))
		}
		if r.Bytes > 0 {
			cut = max(cut, s.sizeCut(txn, r.Bytes))
		}
		for id, e := range s.mem.chats {
			l, err := s.leaving(txn, id, e, cut)
			if err != nil {
				return err
			}
			if len(l.goes) > 0 {
				out[id] = l
			}
		}
		return nil
	})
	return out, err
}

// leaving is what of a chat lies before a message number, but for its newest
// message.
func (s *Store) leaving(txn *badger.Txn, id chat.ID, e entry, cut uint64) (*leaving, error) {
	out := &leaving{}
	newest := len(e.leaves) - 1
	if newest < 0 || e.leaves[0] >= cut {
		return out, nil
	}
	// The oldest that stays may be the first of the leaf after the cut.
	for i := min(leafAt(e.leaves, cut-1)+1, newest); i >= 0; i-- {
		l, err := s.readLeaf(txn, id, e, i)
		if err != nil {
			return nil, err
		}
		for j, h := range slices.Backward(l) {
			if h.number >= cut || i == newest && j == len(l)-1 {
				out.stays = h.number
			} else {
				out.goes = append(out.goes, MessageKey{id, messageID(h.number)})
			}
		}
	}
	return out, nil
}

// sizeCut is the message number below which everything is beyond so many bytes.
func (s *Store) sizeCut(txn *badger.Txn, most int64) uint64 {
	type sized struct {
		start uint64
		size  int64
	}
	var all []sized
	total := int64(0)
	for _, e := range s.mem.chats {
		eachSize(txn, e.no, func(start uint64, size int64) {
			all = append(all, sized{start, size})
			total += size
		})
	}
	if total <= most {
		return 0
	}
	slices.SortFunc(all, func(a, b sized) int { return cmp.Compare(a.start, b.start) })
	for _, r := range all {
		if total <= most {
			return r.start
		}
		total -= r.size
	}
	return ^uint64(0)
}
