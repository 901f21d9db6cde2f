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
	batchSize = 10 // chats whose newest messages are read in one $batch
	backDone  = "done"
)

// markMessages is the feed name of a chat's messages; its value is the
// greatest lastModifiedDateTime stored, or older.
func markMessages(id chat.ID) string { return "messages:" + string(id) }

// markBack tells how far back a chat was read: the creation time of the oldest
// message that has no gap behind it, or backDone.
func markBack(id chat.ID) string { return "back:" + string(id) }

// hot is the chat into which the user wrote last.
type hot struct {
	chat chat.ID
	sent time.Time
	read time.Time // last read since, or sent
}

// messageLoop reads the messages of queued chats, the visible chat after an
// own send, and when nothing else is to do what is not urgent.
func (s *Syncer) messageLoop(ctx context.Context) {
	var retry backoff
	idle := idler{s: s, found: map[chat.ID]bool{}}
	for {
		due, worked, err := s.messageStep(ctx, &idle)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			// A nudge may end the pause early, but not one that the server named.
			if !wait(ctx, nil, time.Now().Add(retryAfter(err))) || !wait(ctx, s.messages, time.Now().Add(s.pause(&retry))) {
				return
			}
		case worked:
			retry.reset()
		default:
			if !wait(ctx, s.messages, due) {
				return
			}
		}
	}
}

// messageStep does the most urgent thing. When there is none, due is when there
// will be one, zero for after a nudge.
func (s *Syncer) messageStep(ctx context.Context, idle *idler) (due time.Time, worked bool, err error) {
	if !s.isOnline() {
		return time.Time{}, false, nil
	}
	now := time.Now()
	s.mu.Lock()
	batch := s.queue.take(batchSize, now, s.present)
	hotDue, hot := s.hotDueLocked()
	if len(batch) == 0 && hot && !now.Before(hotDue) {
		s.hot.read = now
		batch = []chat.ID{s.hot.chat}
	}
	if s.present {
		due = s.queue.due()
	}
	s.mu.Unlock()
	if len(batch) > 0 {
		return due, true, s.readQueued(ctx, batch)
	}
	idleDue, worked, err := idle.step(ctx)
	if hot {
		due = earliest(due, hotDue)
	}
	return earliest(due, idleDue), worked, err
}

// readQueued reads chats of the queue. One that cannot be read, or whose newest
// message does not come, is set aside and does not hold up the others.
func (s *Syncer) readQueued(ctx context.Context, batch []chat.ID) error {
	done := s.working(feedMessages)
	failed, err := s.readMessages(ctx, batch, overlap)
	if err != nil {
		s.mu.Lock()
		s.queue.putBack(batch)
		s.mu.Unlock()
		done(err)
		return err
	}
	var told error // to the feed's status
	for _, id := range batch {
		why := failed[id]
		c, current := s.current(id)
		s.mu.Lock()
		if why != nil || !current {
			s.queue.setAside(id, c.Preview.MessageID, time.Now(), retryAfter(why))
		} else {
			s.queue.drop(id)
		}
		s.mu.Unlock()
		told = errors.Join(told, why)
	}
	done(told)
	return nil
}

// current reports whether a chat was read up to the newest message that the list
// knows of it. That this message is stored is not enough: an own one is stored
// when it was sent, and hides what others wrote just before it. A chat that is
// not stored is current, of it nothing is wanted.
func (s *Syncer) current(id chat.ID) (chat.Chat, bool) {
	c, ok, err := s.o.Store.Chat(id)
	if err != nil || !ok || c.Preview.MessageID == "" {
		return c, err == nil
	}
	m, stored, err := s.o.Store.Message(id, c.Preview.MessageID)
	read := !m.Created.After(parseMark(s.o.Store.Mark(markMessages(id))))
	return c, err == nil && stored && read
}

// hotDueLocked returns when the chat that the user wrote into is to be read
// again, if that was within the last minute and the clocks are on.
func (s *Syncer) hotDueLocked() (time.Time, bool) {
	if s.hot.chat == "" || s.hot.chat != s.visible || s.o.Strict || !s.present {
		return time.Time{}, false
	}
	next := s.hot.read.Add(hotEvery)
	return next, !next.After(s.hot.sent.Add(afterSend))
}

// readMessages brings the chats up to date in one $batch, from lap before their
// watermarks on; one that was never read gets its newest page. It returns the
// error of each chat that failed.
func (s *Syncer) readMessages(ctx context.Context, chats []chat.ID, lap time.Duration) (map[chat.ID]error, error) {
	since := make([]graph.Since, len(chats))
	visits := make([]visit, len(chats))
	for i, id := range chats {
		visits[i] = s.visit(id)
		since[i] = graph.Since{Chat: string(id)}
		mark := parseMark(s.o.Store.Mark(markMessages(id)))
		if s.o.Store.Mark(markBack(id)) != "" && !mark.IsZero() {
			since[i].Since = mark.Add(-lap)
			if s.bug == bugNoOverlap {
				since[i].Since = mark
			}
		}
	}
	answers, err := s.o.Graph.LatestBatch(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("read messages of %d chats: %w", len(chats), err)
	}
	failed := map[chat.ID]error{}
	for i, a := range answers {
		if err := s.takeMessages(ctx, visits[i], since[i].Since, a); err != nil {
			failed[chats[i]] = err
		}
	}
	return failed, nil
}

// takeMessages stores one chat's answer and reads on while its page was full.
func (s *Syncer) takeMessages(ctx context.Context, v visit, after time.Time, a graph.MessagesAnswer) error {
	if a.Err != nil {
		return s.orLeft(ctx, v.id, fmt.Errorf("read messages of %s: %w", v.id, a.Err))
	}
	list := s.convertMessages(string(v.id), a.Messages)
	if after.IsZero() {
		return s.takeNewest(ctx, v, list, a.More)
	}
	newest := latest(list, parseMark(s.o.Store.Mark(markMessages(v.id))))
	if s.bug == bugClientClock {
		newest = time.Now()
	}
	if s.bug == bugEarlyMark {
		_, _ = s.applyTo(ctx, v, store.Batch{Messages: list, Marks: []store.Mark{{Feed: markMessages(v.id), Value: formatMark(newest)}}})
	}
	if a.More {
		// More changed than one page holds: read the round again to its end, and
		// only then move the watermark.
		for page, err := range s.o.Graph.MessagesSince(ctx, string(v.id), after) {
			if err != nil {
				return fmt.Errorf("read changes of %s: %w", v.id, err)
			}
			if err := s.takeChanges(ctx, v, store.Batch{Messages: s.convertMessages(string(v.id), page)}); err != nil {
				return err
			}
		}
		list = nil
	}
	return s.takeChanges(ctx, v, store.Batch{Messages: list, Marks: []store.Mark{{Feed: markMessages(v.id), Value: formatMark(newest)}}})
}

// orLeft looks whether a chat was refused because the user is no longer in it.
// Then it is purged and nothing is wrong; else the error stays.
func (s *Syncer) orLeft(ctx context.Context, id chat.ID, cause error) error {
	if !errors.Is(cause, odata.ErrForbidden) && !errors.Is(cause, odata.ErrNotFound) {
		return cause
	}
	in, err := s.Membership(ctx, []string{string(id)})
	if err == nil && len(in) > 0 {
		return cause
	}
	return err
}

// takeNewest stores the newest page of a chat that was never read.
func (s *Syncer) takeNewest(ctx context.Context, v visit, list []chat.Message, more bool) error {
	back := backDone
	if more {
		if len(list) == 0 {
			return fmt.Errorf("read messages of %s: %w: no message can be read", v.id, odata.ErrBadReply)
		}
		back = formatMark(oldestCreated(list))
	}
	_, err := s.applyTo(ctx, v, store.Batch{Messages: list, Marks: []store.Mark{
		{Feed: markMessages(v.id), Value: formatMark(latest(list, time.Time{}))}, {Feed: markBack(v.id), Value: back}}})
	return err
}

// takeChanges stores changed messages and heeds what they tell about members.
func (s *Syncer) takeChanges(ctx context.Context, v visit, b store.Batch) error {
	diff, err := s.applyTo(ctx, v, b)
	if err == nil {
		s.heedEvents(v.id, b.Messages, diff.Messages)
	}
	return err
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

// Watermark is up to when, by the server's clock, the changes of a chat are
// stored; the zero time means that it was never read.
func (s *Syncer) Watermark(id chat.ID) time.Time {
	if since, whole := s.Back(id); since.IsZero() && !whole {
		return time.Time{}
	}
	return parseMark(s.o.Store.Mark(markMessages(id)))
}

// Older reads the page of messages before what is stored of a chat, and its
// newest page when nothing is. It is a no-op when the whole history is stored.
func (s *Syncer) Older(ctx context.Context, id chat.ID) error {
	v := s.visit(id)
	back, whole := s.Back(id)
	if whole {
		return nil
	}
	if back.IsZero() {
		return s.First(ctx, id)
	}
	page, more, err := s.o.Graph.MessagesBefore(ctx, string(id), back)
	s.decide(err)
	if err != nil {
		return s.orLeft(ctx, id, fmt.Errorf("read older messages of %s: %w", id, err))
	}
	b := store.Batch{Messages: s.convertMessages(string(id), page)}
	mark := backDone
	if more {
		mark = formatMark(oldestCreated(b.Messages))
	}
	b.Marks = []store.Mark{{Feed: markBack(id), Value: mark}}
	_, err = s.applyTo(ctx, v, b)
	return err
}

// First reads a chat's newest messages now, for a chat opened for the first time.
func (s *Syncer) First(ctx context.Context, id chat.ID) error {
	failed, err := s.readMessages(ctx, []chat.ID{id}, overlap)
	if err == nil {
		err = failed[id]
	}
	s.decide(err)
	return err
}

// Spare reports whether background reading may spend a request.
func (s *Syncer) Spare() bool { return s.o.Budget.Spare() }

// Stored applies messages that a send or a look has read, by the same path.
func (s *Syncer) Stored(ctx context.Context, id string, list []graph.Message) ([]chat.Message, error) {
	out := s.convertMessages(id, list)
	_, err := s.applyTo(ctx, s.visit(chat.ID(id)), store.Batch{Messages: out})
	return out, err
}
