package session

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/markup"
	"chatpane/app/odata"
	"chatpane/app/outbox"
)

// deliverAlter makes one attempt at an edit, a delete, a reaction or a name.
// Graph answers most of them with nothing, so the message is read again and
// stored before the op counts as done: what the row shows never falls back. An
// earlier attempt that may have arrived is looked for first.
func (s *Session) deliverAlter(ctx context.Context, op chat.Op) outbox.Result {
	if op.Attempt > 1 {
		if done, err := s.altered(ctx, op); err != nil || done {
			return alterOutcome(op, err)
		}
	}
	if err := s.requestAlter(ctx, op); err != nil {
		return alterOutcome(op, err)
	}
	_, err := s.altered(ctx, op)
	r := alterOutcome(op, err)
	switch r.Outcome {
	case chat.Confirmed:
	case chat.Rejected:
		return outbox.Result{Outcome: chat.Confirmed} // done, and out of our sight since
	default:
		r.Outcome = chat.Ambiguous // done, but not read back: it is looked for
	}
	return r
}

func (s *Session) requestAlter(ctx context.Context, op chat.Op) (err error) {
	id := string(op.Chat)
	switch op.Kind {
	case chat.OpEdit:
		err = s.graph.EditMessage(ctx, id, op.On.ID, s.editOf(op))
	case chat.OpDelete:
		err = s.graph.DeleteMessage(ctx, id, op.On.ID)
	case chat.OpRestore:
		err = s.graph.RestoreMessage(ctx, id, op.On.ID)
	case chat.OpReact:
		err = s.graph.SetReaction(ctx, id, op.On.ID, op.On.Emoji)
	case chat.OpUnreact:
		err = s.graph.UnsetReaction(ctx, id, op.On.ID, op.On.Emoji)
	case chat.OpRename:
		_, err = s.graph.RenameChat(ctx, id, op.Rename.Topic)
	default:
		err = fmt.Errorf("%w: an op of kind %s", odata.ErrBadRequest, op.Kind)
	}
	s.sync.Heard(err)
	return err
}

// editOf is an edit as Graph takes it. The marker and the attachments of the
// message stay, since Graph replaces text and list as a whole.
func (s *Session) editOf(op chat.Op) graph.Edit {
	e := graph.Edit{HTML: op.On.HTML}
	for _, x := range op.On.Mentions {
		e.Mentions = append(e.Mentions, graph.NewMention{ID: x.ID, Text: x.Text, UserID: x.UserID})
	}
	m, ok := s.messageAt(op.Chat, op.On.ID)
	if !ok {
		return e
	}
	if m.Marker != "" {
		e.HTML = markup.WithMarker(e.HTML, m.Marker)
	}
	for _, a := range m.Attachments {
		e.Attachments = append(e.Attachments, graph.Attachment{ID: a.ID, ContentType: a.ContentType, ContentURL: a.ContentURL,
			Content: a.Content, Name: a.Name})
	}
	return e
}

// altered reads what the op is about, stores it, and reports whether it is as
// the op wants it.
func (s *Session) altered(ctx context.Context, op chat.Op) (bool, error) {
	if op.Kind == chat.OpRename {
		g, err := s.graph.GetChat(ctx, string(op.Chat))
		s.sync.Heard(err)
		if err != nil {
			return false, err
		}
		c, err := s.sync.Accept(ctx, g)
		return c.Topic == op.Rename.Topic, err
	}
	g, err := s.graph.GetMessage(ctx, string(op.Chat), op.On.ID)
	s.sync.Heard(err)
	if err != nil {
		return false, err
	}
	stored, err := s.sync.Stored(ctx, string(op.Chat), []graph.Message{g})
	if err != nil || len(stored) == 0 {
		return false, err
	}
	return asWanted(op, stored[0], s.me.OID), nil
}

// asWanted reports whether a message is as an op wants it. The service may alter
// the HTML of an edit, so it is the text that is compared.
func asWanted(op chat.Op, m chat.Message, me string) bool {
	mine := func(r chat.Reaction) bool { return r.UserID == me && r.Emoji == op.On.Emoji }
	switch op.Kind {
	case chat.OpEdit:
		return !m.Edited.IsZero() && plainOf(m.Body) == plainOf(op.On.HTML)
	case chat.OpDelete:
		return !m.Deleted.IsZero()
	case chat.OpRestore:
		return m.Deleted.IsZero()
	case chat.OpReact:
		return slices.ContainsFunc(m.Reactions, mine)
	case chat.OpUnreact:
		return !slices.ContainsFunc(m.Reactions, mine)
	default:
		return false
	}
}

func plainOf(html string) string { return markup.Text(markup.Parse(html, markup.Context{})) }

// alterOutcome classifies the end of an attempt for the outbox. A message that
// is gone needs no deleting and no taking back of a reaction.
func alterOutcome(op chat.Op, err error) outbox.Result {
	if errors.Is(err, odata.ErrNotFound) && (op.Kind == chat.OpDelete || op.Kind == chat.OpUnreact) {
		return outbox.Result{Outcome: chat.Confirmed}
	}
	return outcome(err, false)
}
