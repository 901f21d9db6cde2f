package session

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rivo/uniseg"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/outbox"
	"chatpane/app/store"
)

// linkNameMost is how many characters the link table stores of a chat's name.
const linkNameMost = 100

// Connect links a chat to a record: what the store knows to be impossible is
// refused at once, else the row changes at once and the server is told.
func (s *Session) Connect(id chat.ID, key string) (string, error) {
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	c, ok := s.view.chats[id]
	r := s.view.records[ref]
	enabled, why := s.view.enabled(ref.Table)
	s.mu.Unlock()
	switch {
	case !ok:
		return "", &Problem{Code: "notMember"}
	case ref.Env != s.env:
		return "", s.checkEnv(ref)
	case c.Kind == chat.OneOnOne:
		return "", &Problem{Code: "oneOnOne", Args: []Arg{{"name", c.Title(s.me.OID)}}}
	case c.Kind != chat.Group:
		return "", &Problem{Code: "notGroup"}
	case !enabled:
		return "", &Problem{Code: why}
	}
	return s.change(chat.OpLink, c, r, ref)
}

// Disconnect ends a link if the cached facts allow it; the server's facts are
// asked again before anything is written.
func (s *Session) Disconnect(id chat.ID, key string) (string, error) {
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	c, ok := s.view.chats[id]
	if !ok {
		c = chat.Chat{ID: id}
	}
	link, linked := s.view.links[chat.Pair{Chat: id, Record: ref}]
	refusal := s.view.unlink(link)
	r := s.view.records[ref]
	pending := ""
	for _, op := range s.view.ops {
		if op.Kind == chat.OpLink && op.Chat == id && op.Link.Record == ref {
			pending = op.ID
		}
	}
	s.mu.Unlock()
	switch {
	case pending != "" && (!linked || !link.Live):
		return pending, s.Discard(pending)
	case !linked || !link.Live:
		return "", &Problem{Code: "notConnected"}
	case refusal != chat.UnlinkOK:
		return "", &Problem{Code: "unlink." + string(refusal)}
	}
	return s.change(chat.OpUnlink, c, r, ref)
}

func (s *Session) change(kind chat.OpKind, c chat.Chat, r chat.Record, ref chat.RecordRef) (string, error) {
	op, err := s.outbox.Enqueue(chat.Op{Kind: kind, Chat: c.ID, Link: &chat.LinkArgs{
		Record: ref, RecordName: r.Name, ChatName: cut(c.Title(s.me.OID), linkNameMost),
	}})
	if err != nil {
		return "", fmt.Errorf("keep %s of %s: %w", kind, c.ID, err)
	}
	s.outbox.Nudge()
	return op.ID, nil
}

// cut shortens a text to at most n UTF-16 code units, which is how Dataverse
// counts, at the end of a grapheme.
func cut(text string, n int) string {
	out, used := 0, 0
	for g := uniseg.NewGraphemes(text); g.Next(); {
		for _, r := range g.Runes() {
			used++
			if r > 0xffff {
				used++
			}
		}
		if used > n {
			break
		}
		_, out = g.Positions()
	}
	return text[:out]
}

// deliverLink writes a link: revive, adopt or create, then stores what the
// server answered. The link is two texts in a row, so nothing else would notice
// that the record or the chat is gone.
func (s *Session) deliverLink(ctx context.Context, op chat.Op) error {
	if err := s.lookAtRecord(ctx, op.Link.Record); err != nil {
		return err
	}
	if _, err := s.graph.GetChat(ctx, string(op.Chat)); errors.Is(err, odata.ErrNotFound) || errors.Is(err, odata.ErrForbidden) {
		return &Problem{Code: "chatGone"}
	}
	for try := 1; ; try++ {
		l, err := s.dv.PutLink(ctx, dataverse.Link{
			ID:     chat.LinkRowID(chat.Pair{Chat: op.Chat, Record: op.Link.Record}),
			ChatID: string(op.Chat), RecordID: op.Link.Record.ID, Table: op.Link.Record.Table, Name: op.Link.ChatName, Live: true,
		})
		if errors.Is(err, odata.ErrConflict) && try < conflictTries {
			continue // read what the other one wrote, and decide again
		}
		if err != nil {
			return fmt.Errorf("link %s: %w", op.Chat, err)
		}
		return s.sync.StoreLinks(ctx, l)
	}
}

// conflictTries is how often a write is decided anew when somebody else was
// faster; then the user is told.
const conflictTries = 4

// errNotAllowed carries the refusal found on the server before a disconnect.
type errNotAllowed struct{ why chat.UnlinkRefusal }

func (e errNotAllowed) Error() string { return "not allowed to disconnect: " + string(e.why) }

// deliverUnlink reads the facts from the server, decides again, and then
// changes the state of the pair's live rows, the newest first, for it alone
// says what is true. Whoever changed the row meanwhile is read and judged anew.
func (s *Session) deliverUnlink(ctx context.Context, op chat.Op) error {
	pair := chat.Pair{Chat: op.Chat, Record: op.Link.Record}
	for try := 1; ; try++ {
		rows, err := s.unlinkable(ctx, pair)
		if err != nil || len(rows) == 0 {
			return err
		}
		err = s.unlinkRows(ctx, rows)
		if errors.Is(err, odata.ErrConflict) && try < conflictTries {
			continue
		}
		if err != nil {
			return fmt.Errorf("unlink %s: %w", op.Chat, err)
		}
		return nil
	}
}

func (s *Session) unlinkRows(ctx context.Context, rows []chat.Link) error {
	for _, row := range rows {
		l, err := s.dv.SetLink(ctx, row.RowID, false, row.ETag)
		if err != nil {
			return err
		}
		if err := s.sync.StoreLinks(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) readLinks(ctx context.Context, id chat.ID) error {
	rows, err := s.dv.LinksOfChats(ctx, []string{string(id)})
	if err != nil {
		return fmt.Errorf("read links of %s: %w", id, err)
	}
	return s.sync.StoreLinks(ctx, rows...)
}

// unlinkable reads from the server whether the user may disconnect a pair, and
// returns its live rows, newest first; none when somebody else disconnected it.
func (s *Session) unlinkable(ctx context.Context, pair chat.Pair) ([]chat.Link, error) {
	err := s.readRecord(ctx, pair.Record)
	if errors.Is(err, odata.ErrForbidden) || errors.Is(err, odata.ErrNotFound) {
		err = s.readLinks(ctx, pair.Chat) // the record is lost, its links are not
	}
	if err != nil {
		return nil, err
	}
	if err := s.readFacts(ctx); err != nil {
		return nil, err
	}
	rows, err := s.store.LinkRows(pair)
	if err != nil {
		return nil, fmt.Errorf("read links of %s: %w", pair.Chat, err)
	}
	if len(rows) == 0 || !rows[0].Live {
		return nil, nil
	}
	s.mu.Lock()
	refusal := s.view.unlink(rows[0])
	s.mu.Unlock()
	if refusal != chat.UnlinkOK {
		return nil, errNotAllowed{refusal}
	}
	return slices.DeleteFunc(rows, func(l chat.Link) bool { return !l.Live }), nil
}

// conflictsLocked takes altered links into the view; a pending op that the
// server's truth overtook is told to the user as a notice.
func (s *Session) conflictsLocked(d store.Diff) {
	v := s.view
	for _, p := range d.Links {
		rows, err := s.store.LinkRows(p)
		if err != nil || len(rows) == 0 {
			continue
		}
		newest := rows[0]
		for _, l := range rows[1:] {
			if chat.NewestLink(l, newest) {
				newest = l
			}
		}
		v.links[p] = newest
		for _, op := range v.ops {
			if op.Link == nil || op.Chat != p.Chat || op.Link.Record != p.Record || op.State == chat.Sending ||
				newest.Connector == v.me.SystemUser || newest.Modified.Before(op.Created) {
				continue
			}
			code := "connectedMeanwhile"
			if !newest.Live {
				code = "disconnectedMeanwhile"
			}
			s.noticeLocked(code, "info", Arg{"chat", newest.ChatName}, Arg{"by", newest.ConnectorName})
		}
	}
}

// linkOutcome classifies the end of a link or unlink for the outbox.
func linkOutcome(err error) outbox.Result {
	var na errNotAllowed
	if errors.As(err, &na) {
		return outbox.Result{Outcome: chat.Rejected, Reason: "unlink." + string(na.why)}
	}
	return outcome(err, false)
}
