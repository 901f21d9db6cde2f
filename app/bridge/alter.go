package bridge

import (
	"context"

	"chatpane/app/chat"
	"chatpane/app/session"
)

// EditMessage changes the text of an own message and returns the op id.
func (a *App) EditMessage(e session.Edit) (string, error) {
	return in(a, "EditMessage", local, func(ctx context.Context, s *session.Session) (string, error) { return s.EditMessage(ctx, e) })
}

// DeleteMessage takes an own message out of sight and returns the op id.
func (a *App) DeleteMessage(id, message string) (string, error) {
	return in(a, "DeleteMessage", local, func(_ context.Context, s *session.Session) (string, error) {
		return s.DeleteMessage(chat.ID(id), message)
	})
}

// RestoreMessage takes a deletion back and returns the op id.
func (a *App) RestoreMessage(id, message string) (string, error) {
	return in(a, "RestoreMessage", local, func(_ context.Context, s *session.Session) (string, error) {
		return s.RestoreMessage(chat.ID(id), message)
	})
}

// React adds a reaction to a message and returns the op id.
func (a *App) React(id, message, emoji string) (string, error) {
	return in(a, "React", local, func(_ context.Context, s *session.Session) (string, error) {
		return s.React(chat.ID(id), message, emoji)
	})
}

// Unreact takes a reaction away and returns the op id.
func (a *App) Unreact(id, message, emoji string) (string, error) {
	return in(a, "Unreact", local, func(_ context.Context, s *session.Session) (string, error) {
		return s.Unreact(chat.ID(id), message, emoji)
	})
}

// RenameChat gives a group another name and returns the op id.
func (a *App) RenameChat(id, topic string) (string, error) {
	return in(a, "RenameChat", local, func(_ context.Context, s *session.Session) (string, error) {
		return s.RenameChat(chat.ID(id), topic)
	})
}

// MarkUnreadFrom marks a chat unread from a message on.
func (a *App) MarkUnreadFrom(id, message string) error {
	return doIn(a, "MarkUnreadFrom", local, func(_ context.Context, s *session.Session) error {
		return s.MarkUnreadFrom(chat.ID(id), message)
	})
}
