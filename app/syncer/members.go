package syncer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chatpane/app/chat"
	"chatpane/app/store"
)

// Of a large chat only a list of its own tells all members: Graph cuts the one
// inside other answers at 25. Once it was read, a change shows in the system
// message alone, so these marks keep what is owed, whichever reading brings that
// message and whatever becomes of the process.

// markTold is the creation time of the newest stored system message about members.
func markTold(id chat.ID) string { return "told:" + string(id) }

// markMembers is the time of the newest thing known of a chat when all its
// members were read.
func markMembers(id chat.ID) string { return "members:" + string(id) }

// told is the mark that messages of a chat move, none when they tell nothing new
// of members.
func (s *Syncer) told(id chat.ID, list []chat.Message) []store.Mark {
	newest := parseMark(s.o.Store.Mark(markTold(id)))
	known := newest
	for _, m := range list {
		if _, tells := aboutMembers(m); tells {
			newest = later(newest, m.Created)
		}
	}
	if newest.Equal(known) {
		return nil
	}
	return []store.Mark{{Feed: markTold(id), Value: formatMark(newest)}}
}

// owe asks for the members of chats that were all read before they changed.
func (s *Syncer) owe(chats ...chat.ID) {
	for _, id := range chats {
		read := s.o.Store.Mark(markMembers(id))
		if read == "" || !parseMark(s.o.Store.Mark(markTold(id))).After(parseMark(read)) {
			continue
		}
		s.mu.Lock()
		s.members.want(id)
		s.mu.Unlock()
		nudge(s.messages)
	}
}

// aboutMembers reports whether a message tells that somebody came or went.
func aboutMembers(m chat.Message) (came, tells bool) {
	if m.Event == nil {
		return false, false
	}
	switch m.Event.Kind {
	case "membersAdded", "membersJoined":
		return true, true
	case "membersDeleted", "membersLeft":
		return false, true
	}
	return false, false
}

// members knows whose members must be read on their own.
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
		in, tells := aboutMembers(m)
		if !tells || !slices.Contains(fresh, store.MessageKey{Chat: id, ID: m.ID}) {
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
	v, upTo := s.visit(id), parseMark(s.o.Store.Mark(markTold(id)))
	if c, ok, err := s.o.Store.Chat(id); err == nil && ok {
		upTo = later(upTo, c.LastActivity())
	}
	list, err := s.o.Graph.ListMembers(ctx, string(id))
	if err == nil {
		err = s.putMembers(ctx, v, ConvertMembers(list), upTo)
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
	if parseMark(s.o.Store.Mark(markTold(id))).After(upTo) { // meanwhile
		s.owe(id)
	}
	return nil
}

// putMembers replaces the members of a chat, which are those after all that
// happened in it up to a time, and leaves the rest of it as it is.
func (s *Syncer) putMembers(ctx context.Context, v visit, list []chat.Member, upTo time.Time) error {
	s.writes.Lock()
	var diff store.Diff
	c, ok, err := s.o.Store.Chat(v.id)
	if err == nil && ok && s.left[v.id] == v.left && len(list) > 0 {
		c.Members, c.MembersComplete, c.LastRead = list, true, time.Time{}
		diff, err = s.o.Store.Apply(ctx, store.Batch{Chats: []chat.Chat{c},
			Marks: []store.Mark{{Feed: markMembers(v.id), Value: formatMark(upTo)}}})
	}
	s.writes.Unlock()
	return s.applied(diff, err)
}
