package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/odata"
	"chatpane/app/outbox"
	"chatpane/app/store"
)

const (
	pageSize   = 50
	unreadMost = 300 // how far a page is stretched to reach the first unread message
	openWait   = 10 * time.Second
)

// OpenChat returns the newest messages of a chat, cached ones at once, and
// keeps its rows in the Changes until CloseChat. It marks the chat read.
func (s *Session) OpenChat(ctx context.Context, id chat.ID) (Page, error) {
	c, ok, err := s.store.Chat(id)
	if err != nil {
		return Page{}, fmt.Errorf("open chat %s: %w", id, err)
	}
	if !ok {
		return Page{}, &Problem{Code: "notMember"}
	}
	if since, whole := s.sync.Back(id); since.IsZero() && !whole {
		if err := s.firstPage(ctx, c); err != nil {
			return Page{}, err
		}
	}
	s.mu.Lock()
	c = s.view.chats[id]
	s.watched[id] = true
	s.visible = id
	page, err := s.newestLocked(c)
	s.publishLocked(nil)
	s.mu.Unlock()
	if err != nil {
		return Page{}, err
	}
	s.sync.SetVisible(id)
	s.sync.SyncNow(id)
	if c.Unread(s.me.OID) {
		if err := s.MarkRead(id); err != nil {
			return Page{}, err
		}
	}
	return page, nil
}

// firstPage reads a chat that was never read. Without a network the page is
// simply empty and says so.
func (s *Session) firstPage(ctx context.Context, c chat.Chat) error {
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	err := s.sync.First(ctx, c.ID)
	if err == nil || errors.Is(err, odata.ErrOffline) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("open chat %s: %w", c.ID, err)
}

// newestLocked builds the page OpenChat answers with.
func (s *Session) newestLocked(c chat.Chat) (Page, error) {
	since, whole := s.sync.Back(c.ID)
	list, _, err := s.store.Latest(c.ID, pageSize)
	if err != nil {
		return Page{}, fmt.Errorf("read messages of %s: %w", c.ID, err)
	}
	unread := c.Unread(s.me.OID) && !c.LastRead.IsZero() && c.LastRead.Year() > 1
	if unread && len(list) == pageSize && list[0].Created.After(c.LastRead) {
		if list, _, err = s.store.Latest(c.ID, unreadMost); err != nil {
			return Page{}, fmt.Errorf("read messages of %s: %w", c.ID, err)
		}
	}
	page := s.pageLocked(c.ID, list, since, whole)
	if unread {
		for _, m := range list {
			if m.Created.After(c.LastRead) && m.From.UserID != s.me.OID && !m.System() {
				page.FirstUnread = m.ID
				break
			}
		}
	}
	seq := s.board.seqNow()
	for _, op := range s.view.ops {
		if op.Kind == chat.OpSend && op.Chat == c.ID && !s.isStored(op) {
			row := s.view.echoRow(op, s.graphHost)
			row.Rev = seq
			page.Messages = append(page.Messages, row)
		}
	}
	for _, m := range c.Members {
		page.Members = append(page.Members, Member{ID: m.UserID, Name: m.Name, Email: m.Email, Guest: m.Guest, Owner: m.Owner,
			Me: m.UserID == s.me.OID})
	}
	return page, nil
}

// pageLocked turns messages, oldest first, into rows, leaving out those behind
// a gap that was not read yet.
func (s *Session) pageLocked(id chat.ID, list []chat.Message, since time.Time, whole bool) Page {
	page := Page{Chat: string(id), Messages: []MessageRow{}, Members: []Member{}}
	if !whole {
		if since.IsZero() {
			page.More, page.Offline = true, true
			return page
		}
		list = slices.DeleteFunc(slices.Clone(list), func(m chat.Message) bool { return m.Created.Before(since) })
	}
	seq := s.board.seqNow()
	for _, m := range list {
		row := s.view.messageRow(m, s.graphHost)
		row.Rev = seq
		page.Messages = append(page.Messages, row)
	}
	page.More = !whole
	if len(list) > 0 && !page.More {
		earlier, _, err := s.store.Before(id, list[0].Created, list[0].ID, 1)
		page.More = err == nil && len(earlier) > 0
	}
	return page
}

// Older returns the page before a row of an open chat, which is named by its
// Sort, reading it from the server when it is not stored.
func (s *Session) Older(ctx context.Context, id chat.ID, before string) (Page, error) {
	_, message, _ := strings.Cut(before, ".")
	m, ok := s.messageAt(id, strings.TrimSpace(message))
	if !ok {
		return Page{}, &Problem{Code: "notFound"}
	}
	for range 2 {
		list, _, err := s.store.Before(id, m.Created, m.ID, pageSize)
		if err != nil {
			return Page{}, fmt.Errorf("read messages of %s: %w", id, err)
		}
		since, whole := s.sync.Back(id)
		s.mu.Lock()
		page := s.pageLocked(id, list, since, whole)
		s.mu.Unlock()
		if len(page.Messages) > 0 || whole {
			return page, nil
		}
		err = s.sync.Older(ctx, id)
		if errors.Is(err, odata.ErrOffline) {
			page.Offline, page.More = true, true
			return page, nil
		}
		if err != nil {
			return Page{}, err
		}
	}
	return Page{Chat: string(id), Messages: []MessageRow{}, Members: []Member{}, More: true}, nil
}

// messageAt finds a stored message.
func (s *Session) messageAt(id chat.ID, message string) (chat.Message, bool) {
	m, ok, err := s.store.Message(id, message)
	return m, ok && err == nil
}

// CloseChat ends the pushing of a chat's rows.
func (s *Session) CloseChat(id chat.ID) {
	s.mu.Lock()
	delete(s.watched, id)
	if s.visible == id {
		s.visible = ""
		s.sync.SetVisible("")
	}
	s.board.update(func(e *edit) { e.forget(string(id)) })
	s.publishLocked(nil)
	s.mu.Unlock()
}

// MarkRead marks a chat read here at once and on the server when it can be told.
func (s *Session) MarkRead(id chat.ID) error {
	c, ok, err := s.store.Chat(id)
	if err != nil || !ok {
		return err
	}
	return s.mark(id, chat.ReadArgs{Until: later(c.Preview.Created, c.LastRead)})
}

// MarkUnread marks the newest message of somebody else unread.
func (s *Session) MarkUnread(id chat.ID) error {
	list, _, err := s.store.Latest(id, pageSize)
	if err != nil {
		return fmt.Errorf("read messages of %s: %w", id, err)
	}
	until := time.Time{}
	for _, m := range slices.Backward(list) {
		if m.From.UserID != s.me.OID && !m.System() {
			until = m.Created.Add(-time.Millisecond)
			break
		}
	}
	if until.IsZero() {
		c, ok, err := s.store.Chat(id)
		if err != nil || !ok || c.Preview.FromID == s.me.OID {
			return err
		}
		until = c.Preview.Created.Add(-time.Millisecond)
	}
	return s.mark(id, chat.ReadArgs{Until: until, Unread: true})
}

// mark journals the op first, then moves the cached viewpoint.
func (s *Session) mark(id chat.ID, read chat.ReadArgs) error {
	for _, op := range s.outbox.Ops() {
		if op.Kind == chat.OpMarkRead && op.Chat == id && op.State != chat.Sending {
			// It may have begun since, or ended: then it goes first, like one that had begun before.
			err := s.outbox.Discard(op.ID)
			if err != nil && !errors.Is(err, outbox.ErrUnderWay) && !errors.Is(err, outbox.ErrUnknown) {
				return fmt.Errorf("replace read mark of %s: %w", id, err)
			}
		}
	}
	if _, err := s.outbox.Enqueue(chat.Op{Kind: chat.OpMarkRead, Chat: id, Read: &read}); err != nil {
		return fmt.Errorf("mark chat %s: %w", id, err)
	}
	diff, err := s.store.Apply(context.Background(), store.Batch{ReadMarks: []store.ReadMark{{Chat: id, At: read.Until}}})
	if err != nil {
		return fmt.Errorf("mark chat %s: %w", id, err)
	}
	s.onDiff(diff)
	return nil
}

// readAgainLocked returns the visible chat when a message arrived in it while
// the user is looking.
func (s *Session) readAgainLocked() chat.ID {
	c, ok := s.view.chats[s.visible]
	if !ok || !s.present.is(time.Now()) || !s.view.unread(c) {
		return ""
	}
	for _, op := range s.view.ops {
		if op.Kind == chat.OpMarkRead && op.Chat == c.ID && op.Read.Unread {
			return ""
		}
	}
	return c.ID
}

// ShowMore continues "Other chats" of a list by one step.
func (s *Session) ShowMore(key string) {
	s.mu.Lock()
	s.view.more[key] = max(s.view.more[key], othersStep) + othersStep
	s.publishLocked(nil)
	s.mu.Unlock()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// TeamsURL is the address that opens a chat in Teams.
func (s *Session) TeamsURL(id chat.ID) (string, error) {
	c, ok, err := s.store.Chat(id)
	if err != nil {
		return "", fmt.Errorf("open %s in Teams: %w", id, err)
	}
	if !ok || c.WebURL == "" {
		return "", &Problem{Code: "notFound"}
	}
	return c.WebURL, nil
}
