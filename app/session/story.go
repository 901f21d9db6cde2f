package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/outbox"
)

// deliverCreate makes a group chat. The record is looked at first, so that no
// chat is made about one that is gone; after an attempt that may have arrived,
// so are the chats.
func (s *Session) deliverCreate(ctx context.Context, op chat.Op) outbox.Result {
	if r, ok := s.recordStands(ctx, op.Create.Record); !ok {
		return r
	}
	if op.Attempt > 1 {
		if r := s.lookCreate(ctx, op); r.Outcome != chat.Absent {
			if r.Outcome != chat.Confirmed {
				r.Outcome = chat.Refused // nothing was made
			}
			return r
		}
	}
	made, err := s.graph.CreateChat(ctx, s.newChat(chat.Group, op.Create.Topic, op.Create.People))
	s.sync.Heard(err)
	if err != nil {
		r := outcome(fmt.Errorf("create chat: %w", err), false)
		if r.Outcome == chat.Rejected {
			r.Reason = startReason(r.Reason)
		}
		return r
	}
	return s.follow(ctx, op, made)
}

// startReason is what a refusal means when it answers the making of a chat.
func startReason(code string) string {
	switch code {
	case "forbidden", "notFound", "refused":
		return "start." + code
	}
	return code
}

// recordStands reports whether the record a chat is about can still be read;
// with false the result says what becomes of the op.
func (s *Session) recordStands(ctx context.Context, ref chat.RecordRef) (outbox.Result, bool) {
	if ref.IsZero() {
		return outbox.Result{}, true
	}
	err := s.lookAtRecord(ctx, ref)
	return outcome(err, true), err == nil
}

// lookAtRecord is nil when the record can be read now.
func (s *Session) lookAtRecord(ctx context.Context, ref chat.RecordRef) error {
	t, err := s.tableOf(ctx, ref.Table)
	if err == nil {
		var lost map[string]error
		if _, lost, err = s.dv.Rows(ctx, t, []string{ref.ID}); err == nil {
			err = lost[ref.ID]
		}
	}
	s.sync.Heard(err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, odata.ErrNotFound):
		return &Problem{Code: "recordGone"}
	case errors.Is(err, odata.ErrForbidden):
		return &Problem{Code: "recordForbidden"}
	}
	return fmt.Errorf("look at the record: %w", err)
}

// tableOf is the definition of a record's table, from the facts when known.
func (s *Session) tableOf(ctx context.Context, logical string) (dataverse.Table, error) {
	s.mu.Lock()
	f, ok := s.view.tables[logical]
	s.mu.Unlock()
	if ok {
		return dataverse.Table{Logical: f.Logical, Set: f.Set, PrimaryID: f.PrimaryID, PrimaryName: f.PrimaryName, DisplayName: f.Display}, nil
	}
	return s.dv.Table(ctx, logical)
}

// lookCreate looks among all my chats for one that an unsure attempt made
// (product.md 3.5). One found is adopted; of several the oldest, and the others
// are shown as made twice.
func (s *Session) lookCreate(ctx context.Context, op chat.Op) outbox.Result {
	found, err := s.attempts(ctx, op)
	s.sync.Heard(err)
	if err != nil {
		return outcome(fmt.Errorf("look for a new chat: %w", err), true)
	}
	if len(found) == 0 {
		return outbox.Result{Outcome: chat.Absent}
	}
	if err := s.keepTwins(ctx, op, found[1:]); err != nil {
		s.log.Warn("keep chats made twice", "op", op.ID, "err", err)
		return outbox.Result{Outcome: chat.NotYet, Reason: explain(err).Code}
	}
	return s.follow(ctx, op, found[0])
}

func (s *Session) keepTwins(ctx context.Context, op chat.Op, others []graph.Chat) error {
	if len(others) == 0 {
		return nil
	}
	record := ""
	if !op.Create.Record.IsZero() {
		record = op.Create.Record.Key()
	}
	for _, g := range others {
		if _, err := s.sync.Accept(ctx, g); err != nil {
			return err
		}
	}
	return s.setTwins(ctx, func(list []twin) []twin {
		list = slices.Clone(list)
		for _, g := range others {
			if !slices.ContainsFunc(list, func(t twin) bool { return t.Chat == g.ID }) {
				list = append(list, twin{g.ID, record, op.Create.ChatName})
			}
		}
		return list
	})
}

// attempts reads the whole list of my chats for those that can only be the
// op's: a group made since the attempt, minus the skew of clocks, of the same
// topic and exactly the same members, with no message, no live link, and
// nothing else of ours about it. Oldest first.
func (s *Session) attempts(ctx context.Context, op chat.Op) ([]graph.Chat, error) {
	var found []graph.Chat
	for next, first := "", true; first || next != ""; first = false {
		page, err := s.graph.ListChats(ctx, next)
		if err != nil {
			return nil, err
		}
		for _, g := range page.Chats {
			if !s.resembles(g, op) {
				continue
			}
			same, err := s.sameMembers(ctx, g, op)
			if err != nil {
				return nil, err
			}
			if same {
				found = append(found, g)
			}
		}
		next = page.Next
	}
	found, err := s.unlinked(ctx, found)
	slices.SortFunc(found, func(a, b graph.Chat) int {
		if c := a.CreatedDateTime.Compare(b.CreatedDateTime.Time); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return slices.CompactFunc(found, func(a, b graph.Chat) bool { return a.ID == b.ID }), err
}

func (s *Session) resembles(g graph.Chat, op chat.Op) bool {
	p, since := g.LastMessagePreview, op.Started
	if op.Attempt > 1 {
		since = op.Created // an earlier attempt may show itself late
	}
	return g.ChatType == string(chat.Group) && strings.TrimSpace(g.Topic) == op.Create.Topic &&
		!g.CreatedDateTime.Before(since.Add(-lookBack)) && !slices.Contains(op.Create.Known, chat.ID(g.ID)) &&
		(p == nil || p.MessageType == "systemEventMessage") && !s.spokenFor(chat.ID(g.ID))
}

// spokenFor reports whether another op is about the chat: it is another story's.
func (s *Session) spokenFor(id chat.ID) bool {
	return slices.ContainsFunc(s.outbox.Ops(), func(op chat.Op) bool { return op.Chat == id })
}

func (s *Session) sameMembers(ctx context.Context, g graph.Chat, op chat.Op) (bool, error) {
	members := g.Members
	if g.MembersCut() {
		var err error
		if members, err = s.graph.ListMembers(ctx, g.ID); err != nil {
			return false, err
		}
	}
	want := map[string]bool{strings.ToLower(s.me.OID): true}
	for _, p := range op.Create.People {
		want[strings.ToLower(p.UserID)] = true
	}
	for _, m := range members {
		if !want[strings.ToLower(m.UserID)] {
			return false, nil
		}
	}
	return len(members) == len(want), nil
}

// unlinked leaves out chats with a live link: they belong to somebody's record.
func (s *Session) unlinked(ctx context.Context, list []graph.Chat) ([]graph.Chat, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var ids []string
	for _, g := range list {
		ids = append(ids, g.ID)
	}
	rows, err := s.dv.LinksOfChats(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(g graph.Chat) bool {
		return slices.ContainsFunc(rows, func(l dataverse.Link) bool { return l.ChatID == g.ID && l.Live })
	}), nil
}

// follow is the end of a create: the chat is stored, and what follows it is
// handed to the outbox, which keeps both in one step.
func (s *Session) follow(ctx context.Context, op chat.Op, made graph.Chat) outbox.Result {
	a := op.Create
	r := outbox.Result{Outcome: chat.Confirmed, ServerID: made.ID}
	c, err := s.accept(ctx, made)
	if err != nil {
		s.log.Warn("store new chat", "op", op.ID, "err", err) // the list brings it again
	}
	if !a.Record.IsZero() {
		r.Then = append(r.Then, chat.Op{Kind: chat.OpLink, Link: &chat.LinkArgs{Record: a.Record, RecordName: a.Name, ChatName: a.ChatName}})
	}
	members := c.Members
	if len(members) == 0 {
		members = []chat.Member{{UserID: s.me.OID}}
		for _, p := range a.People {
			members = append(members, chat.Member{UserID: p.UserID})
		}
	}
	for _, body := range a.Messages {
		r.Then = append(r.Then, chat.Op{Kind: chat.OpSend, Send: &chat.SendArgs{HTML: body, Importance: chat.Normal, Members: fingerprint(members)}})
	}
	return r
}
