package bridge

import (
	"context"

	"chatpane/app/session"
)

// Suggest returns the suggested contacts of a record from the cache.
func (a *App) Suggest(record string) (session.Suggestions, error) {
	return in(a, "Suggest", local, func(ctx context.Context, s *session.Session) (session.Suggestions, error) {
		return s.Suggest(ctx, record)
	})
}

// RefreshSuggestions reads what suggestions are made from, if it is old, and
// returns them.
func (a *App) RefreshSuggestions(record string) (session.Suggestions, error) {
	return in(a, "RefreshSuggestions", remote, func(ctx context.Context, s *session.Session) (session.Suggestions, error) {
		return s.RefreshSuggestions(ctx, record)
	})
}
