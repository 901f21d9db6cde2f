package bridge

import (
	"context"

	"chatpane/app/chat"
	"chatpane/app/session"
)

// Search finds messages in what is cached.
func (a *App) Search(q session.SearchQuery) (session.SearchResults, error) {
	return in(a, "Search", local, func(ctx context.Context, s *session.Session) (session.SearchResults, error) { return s.Search(ctx, q) })
}

// OpenAt returns the messages around one and starts pushing its chat's rows.
func (a *App) OpenAt(id, message string) (session.Page, error) {
	return in(a, "OpenAt", local, func(ctx context.Context, s *session.Session) (session.Page, error) {
		return s.OpenAt(ctx, chat.ID(id), message)
	})
}

// Newer returns the messages after the row whose Sort is given.
func (a *App) Newer(id, after string) (session.Page, error) {
	return in(a, "Newer", local, func(ctx context.Context, s *session.Session) (session.Page, error) {
		return s.Newer(ctx, chat.ID(id), after)
	})
}

// ReadStorage returns the content of the Storage page.
func (a *App) ReadStorage() (session.Storage, error) {
	return in(a, "ReadStorage", local, func(ctx context.Context, s *session.Session) (session.Storage, error) { return s.ReadStorage(ctx) })
}
