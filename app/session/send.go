package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/markup"
)

// Send accepts a message: once it returns, the message is durable here, shown
// as an echo, and will be delivered or put before the user. It returns the op.
func (s *Session) Send(_ context.Context, c Compose) (string, error) {
	id := chat.ID(c.Chat)
	row, ok, err := s.store.Chat(id)
	if err != nil {
		return "", fmt.Errorf("send to %s: %w", id, err)
	}
	if !ok {
		return "", &Problem{Code: "notMember"}
	}
	if strings.TrimSpace(markup.Line(c.HTML, 10)) == "" {
		return "", &Problem{Code: "emptyMessage"}
	}
	if err := markup.CheckOutgoing(c.HTML); err != nil {
		return "", fmt.Errorf("send to %s: %w", id, err)
	}
	args := &chat.SendArgs{HTML: c.HTML, Importance: chat.Importance(c.Importance), Mentions: mentionsOf(c.Mentions)}
	if row.MembersComplete {
		args.Members = fingerprint(row.Members)
	}
	op, err := s.outbox.Enqueue(chat.Op{Kind: chat.OpSend, Chat: id, Send: args})
	if err != nil {
		return "", fmt.Errorf("keep message for %s: %w", id, err)
	}
	if err := s.saveDraft(Draft{Chat: c.Chat}); err != nil {
		s.log.Warn("clear draft", "chat", id, "err", err)
	}
	s.sync.Sent(id)
	s.outbox.Nudge()
	return op.ID, nil
}

// fingerprint tells whether a chat's members changed since a message was written.
func fingerprint(members []chat.Member) string {
	ids := make([]string, 0, len(members))
	for _, m := range members {
		ids = append(ids, m.UserID)
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return hex.EncodeToString(sum[:8])
}

// Retry takes a parked op up again; for a send whose chat got other members
// meanwhile that is also the user's consent, which the outbox keeps.
func (s *Session) Retry(op string) error {
	if err := s.outbox.Retry(op); err != nil {
		return fmt.Errorf("retry %s: %w", op, err)
	}
	s.outbox.Nudge()
	return nil
}

// Discard drops an op by the user's hand. What it changed on screen is undone.
func (s *Session) Discard(op string) error {
	if err := s.outbox.Discard(op); err != nil {
		return fmt.Errorf("discard %s: %w", op, err)
	}
	return nil
}

// SaveDraft keeps unsent text durably; an empty one is forgotten.
func (s *Session) SaveDraft(d Draft) error { return s.saveDraft(d) }

func (s *Session) saveDraft(d Draft) error {
	id := chat.ID(d.Chat)
	if err := s.drafts.Save(id, d.JSON, d.Text); err != nil {
		return fmt.Errorf("keep draft of %s: %w", id, err)
	}
	s.mu.Lock()
	s.view.drafts[id] = d
	s.publishLocked(nil)
	s.mu.Unlock()
	return nil
}
