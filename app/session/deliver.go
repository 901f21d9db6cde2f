package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/markup"
	"chatpane/app/odata"
	"chatpane/app/outbox"
	"chatpane/app/syncer"
)

// staleSend is how long a send may wait before the chat's members are read
// again and compared (product.md 10.4).
const staleSend = 10 * time.Minute

// lookBack is added before the attempt when the server is searched for a
// message that may have arrived (threats.md §5.2).
const lookBack = 5 * time.Minute

// deliverer turns ops into requests. It is the only translation from our words
// to the servers'.
type deliverer struct{ s *Session }

// Deliver makes one attempt.
func (d deliverer) Deliver(ctx context.Context, op chat.Op) outbox.Result {
	s := d.s
	var err error
	switch op.Kind {
	case chat.OpSend:
		return s.deliverSend(ctx, op)
	case chat.OpCreate:
		return s.deliverCreate(ctx, op)
	case chat.OpLink:
		err = s.deliverLink(ctx, op)
	case chat.OpUnlink:
		err = s.deliverUnlink(ctx, op)
	case chat.OpMarkRead:
		err = s.deliverRead(ctx, op)
	default:
		return s.deliverAlter(ctx, op)
	}
	s.sync.Heard(err)
	r := linkOutcome(err)
	if r.Outcome == chat.Rejected && (errors.Is(err, odata.ErrNotFound) || op.Kind == chat.OpMarkRead) {
		if op.Kind == chat.OpMarkRead {
			return outbox.Result{Outcome: chat.Confirmed} // a chat that is gone needs no mark
		}
	}
	return r
}

func (s *Session) deliverSend(ctx context.Context, op chat.Op) outbox.Result {
	if time.Since(op.Created) > staleSend && !op.Send.MembersAccepted && op.Send.Members != "" {
		members, err := s.graph.ListMembers(ctx, string(op.Chat))
		s.sync.Heard(err)
		if err != nil {
			return outcome(err, true)
		}
		if fingerprint(syncer.ConvertMembers(members)) != op.Send.Members {
			return outbox.Result{Outcome: chat.Asked, Reason: outbox.MembersChanged}
		}
	}
	m, err := s.graph.SendMessage(ctx, string(op.Chat), outgoing(op, s.me))
	s.sync.Heard(err)
	if err != nil {
		return outcome(fmt.Errorf("send to %s: %w", op.Chat, err), false)
	}
	stored, err := s.sync.Stored(ctx, string(op.Chat), []graph.Message{m})
	if err != nil || len(stored) == 0 {
		// It is on the server; the next read brings it. The id settles the op.
		s.log.Warn("store sent message", "op", op.ID, "err", err)
	} else {
		s.probeMarker(ctx, op, stored[0])
	}
	return outbox.Result{Outcome: chat.Confirmed, ServerID: m.ID}
}

// outgoing is the message as Graph takes it, with the op's marker.
func outgoing(op chat.Op, me identity) graph.NewMessage {
	m := graph.NewMessage{HTML: markup.WithMarker(op.Send.HTML, op.ID), Importance: string(op.Send.Importance)}
	for _, x := range op.Send.Mentions {
		m.Mentions = append(m.Mentions, graph.NewMention{ID: x.ID, Text: x.Text, UserID: x.UserID})
	}
	return m
}

func (s *Session) deliverRead(ctx context.Context, op chat.Op) error {
	if op.Read.Unread {
		return s.graph.MarkUnread(ctx, string(op.Chat), s.me.OID, s.me.Tenant, op.Read.Until)
	}
	return s.graph.MarkRead(ctx, string(op.Chat), s.me.OID, s.me.Tenant)
}

// Look tells whether an earlier attempt arrived.
func (d deliverer) Look(ctx context.Context, op chat.Op) outbox.Result {
	s := d.s
	if op.Kind == chat.OpCreate {
		return s.lookCreate(ctx, op)
	}
	return s.lookSend(ctx, op)
}

// outcome classifies the end of a request for the outbox. After a mere read
// nothing is open, whatever became of it.
func outcome(err error, read bool) outbox.Result {
	if err == nil {
		return outbox.Result{Outcome: chat.Confirmed}
	}
	var oe *odata.Error
	wait := time.Duration(0)
	if errors.As(err, &oe) {
		wait = oe.RetryAfter
	}
	p := explain(err)
	switch {
	case errors.Is(err, odata.ErrThrottled), errors.Is(err, odata.ErrUnauthorized), p.Code == "signIn":
		return outbox.Result{Outcome: chat.Refused, Reason: p.Code, RetryAfter: wait}
	case errors.Is(err, odata.ErrOffline):
		return outbox.Result{Outcome: chat.NeverLeft, Reason: "offline"}
	case errors.Is(err, odata.ErrAmbiguous), errors.Is(err, odata.ErrUnavailable), errors.Is(err, odata.ErrServer),
		errors.Is(err, odata.ErrBadReply), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		if read {
			return outbox.Result{Outcome: chat.Refused, Reason: p.Code, RetryAfter: wait}
		}
		return outbox.Result{Outcome: chat.Ambiguous, Reason: p.Code, RetryAfter: wait}
	}
	return outbox.Result{Outcome: chat.Rejected, Reason: p.Code}
}
