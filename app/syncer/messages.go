package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/store"
)

const (
	batchSize    = 10 // chats whose newest messages are read in one $batch
	backfillStep = 2 * time.Second
	backDone     = "done"
)

// markMessages is the feed name of a chat's messages; its value is the
// greatest lastModifiedDateTime stored, or older.
func markMessages(id chat.ID) string { return "messages:" + string(id) }

// markBack tells how far back a chat was read: the creation time of the oldest
// message that has no gap behind it, or backDone.
func markBack(id chat.ID) string { return "back:" + string(id) }

// messageLoop reads the messages of queued chats, the visible chat after an
// own send, and when nothing else is to do the older history of linked chats.
func (s *Syncer) messageLoop(ctx context.Context) {
	var retry backoff
	for ctx.Err() == nil {
		if !s.isOnline() {
			if !wait(ctx, s.messages, time.Time{}) {
				return
			}
			continue
		}
		batch := s.take(batchSize)
		if len(batch) == 0 {
			if hot, due := s.hotDue(); hot != "" && !time.Now().Before(due) {
				s.mu.Lock()
				s.hotRead[hot] = time.Now()
				s.mu.Unlock()
				batch = []chat.ID{hot}
			} else if id := s.backfillNext(); id != "" && s.Spare() {
				s.backfill(ctx, id)
				if !wait(ctx, s.messages, time.Now().Add(backfillStep)) {
					return
				}
				continue
			} else {
				if !wait(ctx, s.messages, due) {
					return
				}
				continue
			}
		}
		done := s.working(feedMessages)
		err := s.readMessages(ctx, batch)
		done(err)
		if err == nil {
			retry.reset()
			continue
		}
		s.enqueue(false, batch...)
		if !pause(ctx, retryDelay(err, retry.next())) {
			return
		}
	}
}

// pause waits for d whatever is nudged, so that a refusal is honoured.
func pause(ctx context.Context, d time.Duration) bool {
	return wait(ctx, nil, time.Now().Add(d))
}

// take removes up to n chats from the head of the queue.
func (s *Syncer) take(n int) []chat.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, len(s.queue))
	out := append([]chat.ID(nil), s.queue[:n]...)
	s.queue = s.queue[n:]
	return out
}

// hotDue returns the visible chat and when to read it again, if the user wrote
// into it within the last minute and the clocks are on.
func (s *Syncer) hotDue() (chat.ID, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.visible
	sent, ok := s.lastSend[id]
	if !ok || s.o.Strict || !s.present {
		return "", time.Time{}
	}
	next := s.hotRead[id]
	if next.Before(sent) {
		next = sent
	}
	next = next.Add(hotEvery)
	if next.After(sent.Add(afterSend)) {
		return "", time.Time{}
	}
	return id, next
}

// readMessages brings the chats up to date. Chats never read before get their
// newest page; several known ones share one $batch.
func (s *Syncer) readMessages(ctx context.Context, chats []chat.ID) error {
	since := make([]graph.Since, len(chats))
	for i, id := range chats {
		since[i] = graph.Since{Chat: string(id)}
		if mark := parseMark(s.o.Store.Mark(markMessages(id))); !mark.IsZero() {
			since[i].Since = mark.Add(-overlap)
		}
	}
	answers, err := s.o.Graph.LatestBatch(ctx, since)
	if err != nil {
		return fmt.Errorf("read messages of %d chats: %w", len(chats), err)
	}
	var failed error
	for i, a := range answers {
		if err := s.takeMessages(ctx, chats[i], since[i].Since, a); err != nil {
			failed = err
		}
	}
	return failed
}

// takeMessages stores one chat's answer and reads on while its page was full.
func (s *Syncer) takeMessages(ctx context.Context, id chat.ID, after time.Time, a graph.MessagesAnswer) error {
	if errors.Is(a.Err, odata.ErrForbidden) || errors.Is(a.Err, odata.ErrNotFound) {
		_, err := s.Membership(ctx, []string{string(id)})
		return err
	}
	if a.Err != nil {
		return fmt.Errorf("read messages of %s: %w", id, a.Err)
	}
	b := store.Batch{Messages: s.convertMessages(string(id), a.Messages)}
	newest := latest(b.Messages, parseMark(s.o.Store.Mark(markMessages(id))))
	if after.IsZero() { // first page of a chat, newest by creation
		back := backDone
		if a.More {
			back = formatMark(oldestCreated(b.Messages))
		}
		b.Marks = []store.Mark{{Feed: markMessages(id), Value: formatMark(newest)}, {Feed: markBack(id), Value: back}}
		return s.apply(ctx, b)
	}
	if !a.More {
		b.Marks = []store.Mark{{Feed: markMessages(id), Value: formatMark(newest)}}
		return s.apply(ctx, b)
	}
	if err := s.apply(ctx, b); err != nil {
		return err
	}
	// More changed than one page holds: read the round again to its end, and
	// only then move the watermark.
	for page, err := range s.o.Graph.MessagesSince(ctx, string(id), after) {
		if err != nil {
			return fmt.Errorf("read changes of %s: %w", id, err)
		}
		if err := s.apply(ctx, store.Batch{Messages: s.convertMessages(string(id), page)}); err != nil {
			return err
		}
	}
	return s.apply(ctx, store.Batch{Marks: []store.Mark{{Feed: markMessages(id), Value: formatMark(newest)}}})
}

func latest(list []chat.Message, t time.Time) time.Time {
	for _, m := range list {
		if m.Modified.After(t) {
			t = m.Modified
		}
	}
	return t
}

func oldestCreated(list []chat.Message) time.Time {
	var t time.Time
	for _, m := range list {
		if t.IsZero() || m.Created.Before(t) {
			t = m.Created
		}
	}
	return t
}

// Back tells how far back a chat is stored without a gap; whole is true when
// its first message is. The zero time means that it was never read.
func (s *Syncer) Back(id chat.ID) (since time.Time, whole bool) {
	v := s.o.Store.Mark(markBack(id))
	if v == backDone {
		return time.Time{}, true
	}
	return parseMark(v), false
}

// Older reads the page of messages before what is stored of a chat, and its
// newest page when nothing is. It is a no-op when the whole history is stored.
func (s *Syncer) Older(ctx context.Context, id chat.ID) error {
	back, whole := s.Back(id)
	if whole {
		return nil
	}
	if back.IsZero() {
		return s.readMessages(ctx, []chat.ID{id})
	}
	page, more, err := s.o.Graph.MessagesBefore(ctx, string(id), back)
	s.Heard(err)
	if err != nil {
		return fmt.Errorf("read older messages of %s: %w", id, err)
	}
	b := store.Batch{Messages: s.convertMessages(string(id), page)}
	mark := backDone
	if oldest := oldestCreated(b.Messages); more && !oldest.IsZero() && oldest.Before(back) {
		mark = formatMark(oldest)
	}
	b.Marks = []store.Mark{{Feed: markBack(id), Value: mark}}
	return s.apply(ctx, b)
}

// First reads a chat's newest messages now, for a chat opened for the first time.
func (s *Syncer) First(ctx context.Context, id chat.ID) error {
	err := s.readMessages(ctx, []chat.ID{id})
	s.Heard(err)
	return err
}

// backfillNext picks a linked chat whose history is incomplete, "" for none or
// while the user is away.
func (s *Syncer) backfillNext() chat.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.present || s.o.Strict {
		return ""
	}
	for id := range s.linked {
		if v := s.o.Store.Mark(markBack(id)); v != "" && v != backDone {
			return id
		}
	}
	return ""
}

func (s *Syncer) backfill(ctx context.Context, id chat.ID) {
	done := s.working(feedMessages)
	done(s.Older(ctx, id))
}

// Spare reports whether background reading may spend a request.
func (s *Syncer) Spare() bool { return s.o.Budget.Spare() }

// Stored applies messages that a send or a look has read, by the same path.
func (s *Syncer) Stored(ctx context.Context, id string, list []graph.Message) ([]chat.Message, error) {
	out := s.convertMessages(id, list)
	return out, s.apply(ctx, store.Batch{Messages: out})
}
