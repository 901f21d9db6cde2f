package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	s.Poke()
	for {
		due := s.listDue()
		if due.IsZero() || time.Now().Before(due) {
			if !wait(ctx, s.list, due) {
				return
			}
			continue
		}
		s.mu.Lock()
		links := s.clock.begin()
		s.mu.Unlock()
		done := s.working(feedList)
		err := s.readList(ctx)
		done(err)
		if ctx.Err() != nil {
			return
		}
		var pause time.Duration
		if err != nil {
			pause = s.pause(&retry)
		} else {
			retry.reset()
		}
		if err == nil && links {
			nudge(s.links)
		}
		s.mu.Lock()
		s.clock.end(err, pause)
		s.mu.Unlock()
	}
}

// listing is one read of the chat list.
type listing struct {
	known  time.Time // newest preview of the last complete read, zero when to read to the end
	newest time.Time
	oldest time.Time // of what was seen
	seen   map[chat.ID]bool
	day    string // of an audit, else empty
	links  map[string]bool
}

// readList reads the list from its newest chat down to what was known before;
// to the end until that succeeded once, and once a day.
func (s *Syncer) readList(ctx context.Context) error {
	l := listing{known: parseMark(s.o.Store.Mark(markList)), seen: map[chat.ID]bool{}, links: map[string]bool{}}
	l.newest = l.known
	if l.known.IsZero() || s.auditList() {
		l.day = today()
	}
	for next := ""; ; {
		began := time.Now()
		page, err := s.o.Graph.ListChats(ctx, next)
		if err != nil {
			return fmt.Errorf("list chats: %w", err)
		}
		if next = page.Next; l.links[next] {
			return fmt.Errorf("list chats: %w: paging does not come to an end", odata.ErrBadReply)
		}
		l.links[next] = true
		b := store.Batch{}
		for _, g := range page.Chats {
			b.Chats = append(b.Chats, s.convertChat(g))
		}
		end := s.look(&l, b.Chats) && l.day == "" || next == ""
		if end {
			b.Marks = append(b.Marks, store.Mark{Feed: markList, Value: formatMark(l.newest)})
		}
		listed := ids(b.Chats)
		b.Chats = s.older(b.Chats, began)
		if err := s.apply(ctx, b); err != nil {
			return fmt.Errorf("store chats: %w", err)
		}
		s.enqueueStale(listed)
		if end {
			return s.endList(ctx, l, next == "")
		}
	}
}

// look takes a page of the list into account, and reports whether it reaches
// down to what was known before in a list that comes newest first.
func (s *Syncer) look(l *listing, page []chat.Chat) bool {
	reached, ordered := false, true
	for _, c := range page {
		l.seen[c.ID] = true
		at := c.LastActivity()
		l.newest = later(l.newest, at)
		ordered = ordered && (l.oldest.IsZero() || !at.After(l.oldest))
		reached = reached || at.Before(l.known.Add(-overlap))
		l.oldest = earliest(l.oldest, at)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.disorder = s.clock.disorder || !ordered
	return reached && !s.clock.disorder && !l.known.IsZero()
}

// endList completes a list that was read: whoever left a chat loses it.
func (s *Syncer) endList(ctx context.Context, l listing, whole bool) error {
	s.mu.Lock()
	s.status.Checked = time.Now()
	s.status.AllRead = true
	s.mu.Unlock()
	if err := s.dropLeft(ctx, l, whole); err != nil {
		return err
	}
	if !whole || l.day == "" {
		return nil
	}
	err := s.apply(ctx, store.Batch{Marks: []store.Mark{{Feed: markAuditList, Value: l.day}}})
	nudge(s.messages) // the audit goes on with the chats
	return err
}

// enqueueStale queues the chats whose newest message is not stored, if they are
// linked, on screen, or were read before.
func (s *Syncer) enqueueStale(list []chat.ID) {
	var stale []chat.Chat
	for _, id := range list {
		read := s.o.Store.Mark(markBack(id)) != ""
		if c, current := s.current(id); c.ID != "" && (!read || !current) {
			s.mu.Lock()
			if read || s.linked[id] || s.visible == id {
				stale = append(stale, c)
			}
			s.mu.Unlock()
		}
	}
	if len(stale) == 0 {
		return
	}
	s.mu.Lock()
	for _, c := range stale {
		s.queue.add(c.ID, c.Preview.MessageID)
	}
	s.mu.Unlock()
	nudge(s.messages)
}

// askAgain is how long the answer holds that the user is in a chat which the
// list does not show where it should be.
const askAgain = 5 * time.Minute

// dropLeft purges chats that the list should have shown and did not, after
// asking for each: a removed member loses the content (product.md 11.4).
func (s *Syncer) dropLeft(ctx context.Context, l listing, whole bool) error {
	stored, err := s.o.Store.Chats()
	if err != nil {
		return fmt.Errorf("read chats: %w", err)
	}
	now := time.Now()
	var missing []string
	s.mu.Lock()
	for _, c := range stored {
		if l.seen[c.ID] || !whole && !c.LastActivity().After(l.oldest) {
			delete(s.clock.asked, c.ID)
		} else if asked, ok := s.clock.asked[c.ID]; !ok || now.Sub(asked) >= askAgain {
			missing = append(missing, string(c.ID))
		}
	}
	s.mu.Unlock()
	if len(missing) == 0 {
		return nil
	}
	in, err := s.membership(ctx, missing, true)
	s.mu.Lock()
	for _, id := range in {
		s.clock.asked[id] = now
	}
	s.mu.Unlock()
	return err
}

// Membership asks the service about chats one by one in batches: those the
// user is in are stored, those he is not in are purged. It returns the ids of
// the ones he is in.
func (s *Syncer) Membership(ctx context.Context, chats []string) ([]chat.ID, error) {
	return s.membership(ctx, chats, false)
}

// membership is Membership; unlisted tells that the chats are missing in a list
// that was read just now.
func (s *Syncer) membership(ctx context.Context, chats []string, unlisted bool) ([]chat.ID, error) {
	answers, err := s.o.Graph.GetChats(ctx, chats)
	if err != nil {
		return nil, fmt.Errorf("look up %d chats: %w", len(chats), err)
	}
	var b store.Batch
	var in, out []chat.ID
	for _, a := range answers {
		switch {
		case a.Err == nil:
			c := s.convertChat(a.Chat)
			b.Chats = append(b.Chats, c)
			in = append(in, c.ID)
		case errors.Is(a.Err, odata.ErrForbidden), errors.Is(a.Err, odata.ErrNotFound):
			if _, ok, _ := s.o.Store.Chat(chat.ID(a.ID)); ok {
				out = append(out, chat.ID(a.ID))
			}
		default:
			err = fmt.Errorf("look up chat %s: %w", a.ID, a.Err)
		}
	}
	if applied := s.apply(ctx, b); applied != nil {
		return in, fmt.Errorf("store membership: %w", applied)
	}
	s.enqueueStale(in)
	if len(out) > 0 && !unlisted {
		if refused := s.allRefused(ctx, out); refused != nil {
			return in, refused
		}
	}
	if purged := s.purge(ctx, out); purged != nil {
		return in, fmt.Errorf("purge %d chats: %w", len(out), purged)
	}
	return in, err
}

// allRefused is the error when a refusal proves nothing: a user without rights
// is refused everywhere, and a chat in the list is one the user is in. To erase
// a chat wrongly is worse than to ask once more.
func (s *Syncer) allRefused(ctx context.Context, chats []chat.ID) error {
	page, err := s.o.Graph.ListChats(ctx, "")
	if err != nil {
		return fmt.Errorf("list chats after a refusal: %w", err)
	}
	for _, g := range page.Chats {
		if slices.Contains(chats, chat.ID(g.ID)) {
			return fmt.Errorf("chat %s is listed but refused: %w", g.ID, odata.ErrForbidden)
		}
	}
	return nil
}

// older leaves out of a list that was asked for at a time the chats that were
// stored by Accept since: what the list says of their name may be older.
func (s *Syncer) older(list []chat.Chat, asked time.Time) []chat.Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(list), func(c chat.Chat) bool {
		at, ok := s.accepted[c.ID]
		return ok && !at.Before(asked)
	})
}

// Accept stores a chat that the service has just made, altered or returned.
func (s *Syncer) Accept(ctx context.Context, g graph.Chat) (chat.Chat, error) {
	c := s.convertChat(g)
	s.mu.Lock()
	s.accepted[c.ID] = time.Now()
	s.mu.Unlock()
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
