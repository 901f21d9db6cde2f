package bridge

import (
	"context"

	"chatpane/app/chat"
	"chatpane/app/session"
)

// StartChat makes a chat and returns its id, or only the op that makes it.
func (a *App) StartChat(st session.Start) (session.Started, error) {
	return in(a, "StartChat", remote, func(ctx context.Context, s *session.Session) (session.Started, error) { return s.StartChat(ctx, st) })
}

// PrepareStart reads what the form of a new connected chat shows.
func (a *App) PrepareStart(record string) (session.StartInfo, error) {
	return in(a, "PrepareStart", remote, func(ctx context.Context, s *session.Session) (session.StartInfo, error) {
		return s.PrepareStart(ctx, record)
	})
}

// Quotables returns the messages of a chat that can be quoted into a new one.
func (a *App) Quotables(id string) ([]session.Quotable, error) {
	return in(a, "Quotables", local, func(_ context.Context, s *session.Session) ([]session.Quotable, error) {
		return s.Quotables(chat.ID(id))
	})
}

// LeaveTwin leaves a chat that was made twice, or with keep stops showing it so.
func (a *App) LeaveTwin(id string, keep bool) error {
	return doIn(a, "LeaveTwin", remote, func(ctx context.Context, s *session.Session) error { return s.LeaveTwin(ctx, id, keep) })
}
