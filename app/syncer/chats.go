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

// markList is set once the whole chat list was read; its value is the time of
// the newest preview seen then or since (RFC 3339).
const markList = "chats"

// listLoop reads the chat list on demand and by the clock.
func (s *Syncer) listLoop(ctx context.Context) {
	var retry backoff
	var retryAt time.Time
	s.Poke()
	for {
		due := s.listDue(retryAt)
		if due.IsZero() || time.Now().Before(due) {
			if !wait(ctx, s.list, due) {
				return
			}
			continue
		}
		s.mu.Lock()
		s.readAt, s.wanted = time.Now(), false
		s.mu.Unlock()
		done := s.working(feedList)
		err := s.readList(ctx)
		done(err)
		if ctx.Err() != nil {
			return
		}
		if retryAt = (time.Time{}); err != nil {
			retryAt = time.Now().Add(retryDelay(err, retry.next()))
			continue
		}
		retry.reset()
		nudge(s.links)
	}
}

// listDue is the time of the next list read, zero when nothing is due.
func (s *Syncer) listDue(retryAt time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due time.Time
	earlier := func(t time.Time) {
		if due.IsZero() || t.Before(due) {
			due = t
		}
	}
	if s.wanted {
		earlier(s.readAt.Add(coalesce))
		if s.readAt.IsZero() {
			return time.Now()
		}
	}
	if s.present && !s.o.Strict {
		earlier(s.readAt.Add(listEvery))
	}
	if !s.status.Online || !retryAt.IsZero() {
		if retryAt.IsZero() {
			retryAt = s.readAt.Add(retryFirst)
		}
		// A failed read is repeated with growing pauses, also when nothing was asked.
		due = retryAt
	}
	return due
}

func retryDelay(err error, grown time.Duration) time.Duration {
	var oe *odata.Error
	if errors.As(err, &oe) && oe.RetryAfter > grown {
		return oe.RetryAfter
	}
	return grown
}

// readList reads the list from its newest chat down to what was known before;
// at first, and until it succeeded once, to the end.
func (s *Syncer) readList(ctx context.Context) error {
	known := parseMark(s.o.Store.Mark(markList))
	newest := known
	seen := map[chat.ID]bool{}
	oldest := time.Time{}
	for next, first := "", true; first || next != ""; first = false {
		page, err := s.o.Graph.ListChats(ctx, next)
		if err != nil {
			return fmt.Errorf("list chats: %w", err)
		}
		b := store.Batch{}
		reached, ordered := false, true // what was known before; newest first
		for i, g := range page.Chats {
			c := s.convertChat(g)
			b.Chats = append(b.Chats, c)
			seen[c.ID] = true
			at := c.LastActivity()
			newest = later(newest, at)
			ordered = ordered && (i == 0 || !at.After(oldest))
			reached = reached || at.Before(known.Add(-overlap))
			if oldest.IsZero() || at.Before(oldest) {
				oldest = at
			}
		}
		next = page.Next
		end := next == "" || !known.IsZero() && reached && ordered
		if end {
			b.Marks = append(b.Marks, store.Mark{Feed: markList, Value: formatMark(newest)})
		}
		if err := s.apply(ctx, b); err != nil {
			return fmt.Errorf("store chats: %w", err)
		}
		s.enqueueStale(ids(b.Chats))
		if end {
			whole := next == ""
			s.mu.Lock()
			s.status.Checked = time.Now()
			s.status.AllRead = true
			s.mu.Unlock()
			return s.dropLeft(ctx, seen, oldest, whole)
		}
	}
	return nil
}

// enqueueStale queues the chats whose preview is newer than their stored
// messages, if they are linked or were read before.
func (s *Syncer) enqueueStale(list []chat.ID) {
	var stale []chat.ID
	for _, id := range list {
		c, ok, err := s.o.Store.Chat(id)
		if err != nil || !ok {
			continue
		}
		mark := parseMark(s.o.Store.Mark(markMessages(id)))
		s.mu.Lock()
		keep := s.linked[id] || s.visible == id || !mark.IsZero()
		s.mu.Unlock()
		if keep && (mark.IsZero() || c.Preview.Created.After(mark)) {
			stale = append(stale, id)
		}
	}
	if len(stale) > 0 {
		s.enqueue(false, stale...)
	}
}

// dropLeft purges chats that the list should have shown and did not, after
// asking for each: a removed member loses the content (product.md 11.4).
func (s *Syncer) dropLeft(ctx context.Context, seen map[chat.ID]bool, oldest time.Time, whole bool) error {
	stored, err := s.o.Store.Chats()
	if err != nil {
		return fmt.Errorf("read chats: %w", err)
	}
	var missing []string
	for _, c := range stored {
		if !seen[c.ID] && (whole || c.LastActivity().After(oldest)) {
			missing = append(missing, string(c.ID))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = s.Membership(ctx, missing)
	return err
}

// Membership asks the service about chats one by one in batches: those the
// user is in are stored, those he is not in are purged. It returns the ids of
// the ones he is in.
func (s *Syncer) Membership(ctx context.Context, chats []string) ([]chat.ID, error) {
	answers, err := s.o.Graph.GetChats(ctx, chats)
	if err != nil {
		return nil, fmt.Errorf("look up %d chats: %w", len(chats), err)
	}
	var b store.Batch
	var in []chat.ID
	for _, a := range answers {
		switch {
		case a.Err == nil:
			c := s.convertChat(a.Chat)
			b.Chats = append(b.Chats, c)
			in = append(in, c.ID)
		case errors.Is(a.Err, odata.ErrForbidden), errors.Is(a.Err, odata.ErrNotFound):
			if _, ok, _ := s.o.Store.Chat(chat.ID(a.ID)); ok {
				b.PurgeChats = append(b.PurgeChats, chat.ID(a.ID))
			}
		default:
			err = a.Err
		}
	}
	if applied := s.apply(ctx, b); applied != nil {
		return in, fmt.Errorf("store membership: %w", applied)
	}
	s.enqueueStale(in)
	return in, err
}

// Accept stores a chat that the service has just made or returned.
func (s *Syncer) Accept(ctx context.Context, g graph.Chat) (chat.Chat, error) {
	c := s.convertChat(g)
	if err := s.apply(ctx, store.Batch{Chats: []chat.Chat{c}}); err != nil {
		return c, fmt.Errorf("store chat %s: %w", c.ID, err)
	}
	return c, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func ids(list []chat.Chat) []chat.ID {
	out := make([]chat.ID, len(list))
	for i, c := range list {
		out[i] = c.ID
	}
	return out
}

func formatMark(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(1, 0)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// parseMark reads a watermark; an empty or damaged one is the zero time, which
// reads everything again.
func parseMark(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
