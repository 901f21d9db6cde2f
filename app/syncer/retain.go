package syncer

import (
	"context"
	"fmt"
	"time"

	"chatpane/app/chat"
	"chatpane/app/store"
)

// markKept is the time down to which a chat was kept when its older messages
// were removed to save space; nothing before it is read unless somebody scrolls
// there.
func markKept(id chat.ID) string { return "kept:" + string(id) }

// Retain removes cached messages that are older than before, and the oldest
// beyond so many bytes; zero = no such bound. A chat of which something went
// counts as read back to what is left.
func (s *Syncer) Retain(ctx context.Context, before time.Time, bytes int64) error {
	d, err := s.o.Store.Trim(ctx, store.Retention{Before: before, Bytes: bytes, Marks: func(id chat.ID, since time.Time) []store.Mark {
		return []store.Mark{{Feed: markBack(id), Value: formatMark(since)}, {Feed: markKept(id), Value: formatMark(since)}}
	}})
	if !d.Empty() {
		s.o.OnDiff(d)
	}
	if err != nil {
		return fmt.Errorf("keep to the retention: %w", err)
	}
	return nil
}
