package session

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/store"
)

// usersMost is how many people of an environment are remembered by their
// account; then it begins anew.
const usersMost = 2000

func (s *Session) usersKey() string { return "users:" + s.env }

// keepFact stores a fact of the account and takes it into the view.
func (s *Session) keepFact(ctx context.Context, key string, value any) error {
	f, err := encodeFact(key, value)
	if err != nil {
		return err
	}
	d, err := s.store.Apply(ctx, store.Batch{Facts: []store.Fact{f}})
	if err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	d.Facts = true
	s.onDiff(d)
	return nil
}

// learnUsers finds out which accounts the people have who connected chats of
// mine to a record, so that a member can be told that a link needs his word.
func (s *Session) learnUsers(ctx context.Context, ref chat.RecordRef) {
	if s.companion == nil {
		return
	}
	s.mu.Lock()
	users := maps.Clone(s.view.users)
	var ask []string
	for _, l := range s.view.links {
		if _, mine := s.view.chats[l.Chat]; !mine || !l.Live || l.Record != ref {
			continue
		}
		for _, id := range []string{l.CreatedBy, l.Connector} {
			if _, known := users[id]; id != "" && !known && !slices.Contains(ask, id) {
				ask = append(ask, id)
			}
		}
	}
	s.mu.Unlock()
	if len(ask) == 0 {
		return
	}
	found, err := s.dv.UsersByID(ctx, ask)
	if err == nil {
		if len(users) > usersMost {
			clear(users)
		}
		for _, id := range ask {
			users[id] = "" // whom the environment does not know is nobody's account
		}
		for _, u := range found {
			users[u.ID] = u.ObjectID
		}
		err = s.keepFact(ctx, s.usersKey(), users)
	}
	if err != nil {
		s.log.Debug("find out who connected chats", "err", err)
	}
}

// unconfirmed tells that the companion will let nobody in by a link until a
// member confirms it: who made the row, or changed it last, is not in the chat
// (threats.md, decision 8). What is not known is not said.
func (v *view) unconfirmed(l chat.Link) bool {
	c, mine := v.chats[l.Chat]
	if !mine || !v.companion || c.Kind != chat.Group || !c.MembersComplete || !l.Live || l.RowID == "" {
		return false
	}
	stranger := func(systemUser string) bool {
		oid, known := v.users[systemUser]
		return known && !slices.ContainsFunc(c.Members, func(m chat.Member) bool { return m.UserID == oid })
	}
	return stranger(l.CreatedBy) || stranger(l.Connector)
}

// Confirm makes the link of a chat of mine to a record count for joining: the
// row is written again in my name, or, when somebody who is not in the chat
// made it, one of my own is put beside it. It refuses a row that changed since
// it was shown.
func (s *Session) Confirm(ctx context.Context, id chat.ID, key string) error {
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		return err
	}
	s.mu.Lock()
	c, mine := s.view.chats[id]
	l, linked := s.view.links[chat.Pair{Chat: id, Record: ref}]
	me := s.view.me.SystemUser
	s.mu.Unlock()
	switch {
	case !mine:
		return &Problem{Code: "notMember"}
	case !linked || !l.Live || me == "":
		return &Problem{Code: "notConnected"}
	}
	row, err := s.dv.GetLink(ctx, l.RowID)
	s.sync.Heard(err)
	if err != nil {
		return fmt.Errorf("read the link: %w", err)
	}
	if row.ChatID != string(id) || row.RecordID != ref.ID || row.Table != ref.Table || !row.Live {
		return &Problem{Code: "linkChanged"}
	}
	row, err = s.vouch(ctx, c, chat.Pair{Chat: id, Record: ref}, row, me)
	if err != nil {
		return err
	}
	return s.sync.StoreLinks(ctx, row)
}

// vouch writes the row that carries my name.
func (s *Session) vouch(ctx context.Context, c chat.Chat, p chat.Pair, row dataverse.Link, me string) (dataverse.Link, error) {
	users, err := s.dv.UsersByID(ctx, []string{row.CreatedBy})
	if err != nil {
		return row, fmt.Errorf("find out who connected the chat: %w", err)
	}
	member := slices.ContainsFunc(users, func(u dataverse.SystemUser) bool {
		return slices.ContainsFunc(c.Members, func(m chat.Member) bool { return m.UserID == u.ObjectID })
	})
	if !member {
		row.ID, row.ETag = chat.ConfirmedRowID(p, me), ""
		if row, err = s.dv.InsertLink(ctx, row); err != nil {
			return row, fmt.Errorf("connect in my name: %w", err)
		}
		if row.ModifiedBy == me {
			return row, nil
		}
	}
	return s.dv.ConfirmLink(ctx, row)
}
