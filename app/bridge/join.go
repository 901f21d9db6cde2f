package bridge

import (
	"context"
	"time"

	"chatpane/app/chat"
	"chatpane/app/session"
)

// joinAll is how long joining all chats of a record may take: the companion
// lets one person join ten a minute.
const joinAll = 5 * time.Minute

// Join adds the user to the chat of a locked row, given by its link row id.
func (a *App) Join(link string) (session.JoinResult, error) {
	return in(a, "Join", remote, func(ctx context.Context, s *session.Session) (session.JoinResult, error) { return s.Join(ctx, link) })
}

// JoinAll joins all locked chats of a record.
func (a *App) JoinAll(record string) ([]session.JoinResult, error) {
	return in(a, "JoinAll", joinAll, func(ctx context.Context, s *session.Session) ([]session.JoinResult, error) {
		return s.JoinAll(ctx, record)
	})
}

// PrepareAsk finds whom to ask to be added to a locked chat.
func (a *App) PrepareAsk(link string) (session.AskDraft, error) {
	return in(a, "PrepareAsk", remote, func(ctx context.Context, s *session.Session) (session.AskDraft, error) {
		return s.PrepareAsk(ctx, link)
	})
}

// AskToJoin asks somebody to be added to a locked chat, and returns the chat
// in which the question stands.
func (a *App) AskToJoin(ask session.Ask) (string, error) {
	return in(a, "AskToJoin", remote, func(ctx context.Context, s *session.Session) (string, error) { return s.AskToJoin(ctx, ask) })
}

// Confirm makes the link of a chat to a record count for joining.
func (a *App) Confirm(id, record string) error {
	return doIn(a, "Confirm", remote, func(ctx context.Context, s *session.Session) error { return s.Confirm(ctx, chat.ID(id), record) })
}
