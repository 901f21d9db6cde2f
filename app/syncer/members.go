package syncer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chatpane/app/chat"
	"chatpane/app/store"
)

// members knows whose members must be read on their own: Graph cuts the list
// inside other answers at 25, and a system message may tell of a change before
// the chat list does.
type members struct {
	wanted []chat.ID
	read   map[chat.ID]bool // in this run
}

func newMembers() members { return members{read: map[chat.ID]bool{}} }

func (m *members) want(id chat.ID) {
	if !slices.Contains(m.wanted, id) {
		m.wanted = append(m.wanted, id)
	}
}

func (m *members) drop(id chat.ID) {
	m.wanted = slices.DeleteFunc(m.wanted, func(o chat.ID) bool { return o == id })
	delete(m.read, id)
}

// wantMembers asks for the members of a chat that is looked at, if its list is
// cut and was not read in this run.
func (s *Syncer) wantMembers(id chat.ID) {
	c, ok, err := s.o.Store.Chat(id)
	if err != nil || !ok || c.MembersComplete {
		return
	}
	s.mu.Lock()
	if !s.members.read[id] {
		s.members.want(id)
	}
	s.mu.Unlock()
}

// heedEvents asks for the members of a chat when fresh system messages say
// something else than the stored list.
func (s *Syncer) heedEvents(id chat.ID, list []chat.Message, fresh []store.MessageKey) {
	c, ok, err := s.o.Store.Chat(id)
	if err != nil || !ok {
		return
	}
	for _, m := range list {
		if m.Event == nil || !slices.Contains(fresh, store.MessageKey{Chat: id, ID: m.ID}) {
			continue
		}
		var in bool
		switch m.Event.Kind {
		case "membersAdded", "membersJoined":
			in = true
		case "membersDeleted", "membersLeft":
		default:
			continue
		}
		for _, who := range m.Event.Members {
			if who.UserID != "" && in != isMember(c, who.UserID) {
				s.mu.Lock()
				s.members.want(id)
				s.mu.Unlock()
				return
			}
		}
	}
}

func isMember(c chat.Chat, user string) bool {
	return slices.ContainsFunc(c.Members, func(m chat.Member) bool { return m.UserID == user })
}

// readMembers reads all members of a chat and stores them.
func (s *Syncer) readMembers(ctx context.Context, id chat.ID) error {
	v := s.visit(id)
	list, err := s.o.Graph.ListMembers(ctx, string(id))
	if err == nil {
		err = s.putMembers(ctx, v, ConvertMembers(list))
	}
	if err != nil {
		if err = s.orLeft(ctx, id, fmt.Errorf("read members of %s: %w", id, err)); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.members.drop(id)
	s.members.read[id] = true
	s.mu.Unlock()
	return nil
}

// putMembers replaces the members of a chat and leaves the rest of it as it is.
func (s *Syncer) putMembers(ctx context.Context, v visit, list []chat.Member) error {
	s.writes.Lock()
	var diff store.Diff
	c, ok, err := s.o.Store.Chat(v.id)
	if err == nil && ok && s.left[v.id] == v.left && len(list) > 0 {
		c.Members, c.MembersComplete, c.LastRead = list, true, time.Time{}
		diff, err = s.o.Store.Apply(ctx, store.Batch{Chats: []chat.Chat{c}})
	}
	s.writes.Unlock()
	return s.applied(diff, err)
}
