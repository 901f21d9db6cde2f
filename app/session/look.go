package session

import (
	"context"
	"fmt"
	"time"

	"chatpane/app/chat"
	"chatpane/app/outbox"
	"chatpane/app/store"
)

// appearsIn is how long after an attempt its message may appear (threats.md §5.2).
const appearsIn = 2 * time.Minute

// factMarker keeps whether the service leaves our marker in a message: "yes" or
// "no", as the last answer to a send had it. Without an answer yet nobody knows.
const factMarker = "marker"

// probeMarker learns from the answer to a send whether the marker survives.
func (s *Session) probeMarker(ctx context.Context, op chat.Op, sent chat.Message) {
	found := "no"
	if sent.Marker == op.ID {
		found = "yes"
	}
	if string(s.store.Fact(factMarker)) == found {
		return
	}
	diff, err := s.store.Apply(ctx, store.Batch{Facts: []store.Fact{{Key: factMarker, Value: []byte(found)}}})
	if err != nil {
		s.log.Warn("keep whether the marker survives", "err", err)
		return
	}
	s.onDiff(diff)
}

// lookSend reads what changed in the chat since the attempt and tells whether
// our message is among it, by its marker. Where the service takes markers away,
// or nobody knows, absence proves nothing and the user is asked: to go by the
// text would lose messages, since people do write the same words twice.
func (s *Session) lookSend(ctx context.Context, op chat.Op) outbox.Result {
	works := string(s.store.Fact(factMarker)) == "yes"
	for page, err := range s.graph.MessagesSince(ctx, string(op.Chat), s.lookFrom(op)) {
		s.sync.Heard(err)
		if err != nil {
			return outcome(fmt.Errorf("look for %s in %s: %w", op.ID, op.Chat, err), true)
		}
		stored, err := s.sync.Stored(ctx, string(op.Chat), page)
		if err != nil {
			return outbox.Result{Outcome: chat.NotYet, Reason: "diskFull"}
		}
		for _, m := range stored {
			if m.Marker == op.ID {
				return outbox.Result{Outcome: chat.Confirmed, ServerID: m.ID}
			}
			works = works || m.Marker != "" // of mine, by another device or installation
		}
	}
	switch {
	case works:
		return outbox.Result{Outcome: chat.Absent}
	case time.Since(op.Ended) < appearsIn:
		return outbox.Result{Outcome: chat.NotYet}
	}
	return outbox.Result{Outcome: chat.Asked, Reason: outbox.MaySent}
}

// lookFrom is from when on the server is searched. Server times are measured
// against server times, since this machine's clock may be wrong by hours: what
// was read without our message in it ends at the chat's watermark. Where the
// chat was never read, a day before the attempt must do.
func (s *Session) lookFrom(op chat.Op) time.Time {
	if mark := s.sync.Watermark(op.Chat); !mark.IsZero() {
		return mark.Add(-lookBack)
	}
	return op.Started.Add(-24 * time.Hour)
}
