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

// Sizes tells what each chat takes, the largest first. It reads keys only, about
// a million a second.
func (s *Store) Sizes() ([]Size, error) {
	var out []Size
	err := s.view(func(txn *badger.Txn) error {
		for id, e := range s.mem.chats {
			size := Size{Chat: id}
			s.eachSize(txn, e.no, func(_ uint64, n int64) {
				size.Messages++
				size.Bytes += n
			})
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

// eachSize calls f with the number and size of each message row of a chat,
// newest first.
func (s *Store) eachSize(txn *badger.Txn, no uint32, f func(message uint64, n int64)) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: numberKey(bMessage, no)})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		f(keyMessage(it.Item().Key()), it.Item().EstimatedSize())
	}
}

// Retention is what may stay.
type Retention struct {
	// Before removes older messages; zero = none for their age.
	Before time.Time
	// Bytes removes the oldest messages of all beyond so much; 0 = none for their size.
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
			l := &leaving{}
			s.eachSize(txn, e.no, func(n uint64, _ int64) {
				if l.stays == 0 || n >= cut {
					l.stays = n
				} else {
					l.goes = append(l.goes, MessageKey{id, messageID(n)})
				}
			})
			if len(l.goes) > 0 {
				out[id] = l
			}
		}
		return nil
	})
	return out, err
}

// sizeCut is the message number below which everything is beyond so many bytes.
func (s *Store) sizeCut(txn *badger.Txn, most int64) uint64 {
	type row struct {
		n    uint64
		size int64
	}
	var all []row
	total := int64(0)
	for _, e := range s.mem.chats {
		s.eachSize(txn, e.no, func(n uint64, size int64) {
			all = append(all, row{n, size})
			total += size
		})
	}
	if total <= most {
		return 0
	}
	slices.SortFunc(all, func(a, b row) int { return cmp.Compare(a.n, b.n) })
	for _, r := range all {
		if total <= most {
			return r.n
		}
		total -= r.size
	}
	return ^uint64(0)
}
