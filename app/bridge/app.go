// Package bridge is what the pane can call: one bound struct whose methods
// convert their arguments, make one call of package session inside run, and
// return rows of package session.
//
// It promises that every call answers: run sets a deadline, recovers panics
// and turns each error into a [session.Problem] (see [FormatError]). It
// refuses to know anything about the product; there is no "if" about it here.
package bridge

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"chatpane/app/chat"
	"chatpane/app/session"
)

// Desk is what the machine does for the pane.
type Desk interface {
	// OpenURL opens an https address in the system's browser.
	OpenURL(url string) error
	// CopyText puts text on the clipboard.
	CopyText(ctx context.Context, text string) error
	// SaveFile asks where to save data and returns the path, "" when the user cancelled.
	SaveFile(ctx context.Context, name string, data []byte) (string, error)
	// Handshake tells that the page loaded is ours and may be pinged.
	Handshake()
	// OnTop keeps the window above others, or not.
	OnTop(on bool)
}

// Time limits of calls: local ones answer from the store, remote ones wait for
// a server, and signing in waits for a person.
const (
	local  = 15 * time.Second
	remote = 60 * time.Second
	person = 15 * time.Minute
)

// App is bound to the pane. Its methods may be called concurrently.
type App struct {
	core *session.Core
	desk Desk
	log  *slog.Logger

	mu  sync.Mutex
	ctx context.Context // of the program; a bound method has none of its own
}

// New makes the bound struct; calls answer from Start on.
func New(core *session.Core, desk Desk, log *slog.Logger) *App {
	return &App{core: core, desk: desk, log: log, ctx: context.Background()}
}

// Start gives the context that ends with the program.
func Start(a *App, ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ctx = ctx
}

// FormatError is how a failed call reaches the pane: the Problem as JSON text.
func FormatError(err error) any {
	b, jsonErr := json.Marshal(session.Explain(err))
	if jsonErr != nil {
		return `{"code":"unexpected"}`
	}
	return string(b)
}

// run makes one call with a deadline and never lets a panic pass.
func run[T any](a *App, name string, limit time.Duration, f func(context.Context) (T, error)) (out T, err error) {
	a.mu.Lock()
	ctx := a.ctx
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			a.log.Error("call panicked", "where", name, "err", fmt.Sprintf("%T", r), "state", string(debug.Stack()))
			err = &session.Problem{Code: "unexpected", Args: []session.Arg{}}
		}
	}()
	out, err = f(ctx)
	if err != nil {
		a.log.Info("call failed", "where", name, "code", session.Explain(err).Code, "err", err)
	}
	return out, err
}

// do is run for calls without a result.
func do(a *App, name string, limit time.Duration, f func(context.Context) error) error {
	_, err := run(a, name, limit, func(ctx context.Context) (struct{}, error) { return struct{}{}, f(ctx) })
	return err
}

// in makes a call on the signed-in session.
func in[T any](a *App, name string, limit time.Duration, f func(context.Context, *session.Session) (T, error)) (T, error) {
	return run(a, name, limit, func(ctx context.Context) (T, error) {
		s, err := a.core.Session()
		if err != nil {
			var zero T
			return zero, err
		}
		return f(ctx, s)
	})
}

// doIn is in for calls without a result.
func doIn(a *App, name string, limit time.Duration, f func(context.Context, *session.Session) error) error {
	_, err := in(a, name, limit, func(ctx context.Context, s *session.Session) (struct{}, error) { return struct{}{}, f(ctx, s) })
	return err
}

// Hello is the pane's first call; it opens the way for pings.
func (a *App) Hello() (session.Handshake, error) {
	return run(a, "Hello", local, func(context.Context) (session.Handshake, error) {
		a.desk.Handshake()
		return a.core.Hello(), nil
	})
}

// Changes returns what altered since the change numbered since; 0 asks for a snapshot.
func (a *App) Changes(since int64) (session.Change, error) {
	return run(a, "Changes", local, func(context.Context) (session.Change, error) { return a.core.Changes(since), nil })
}

// SignIn signs in with the system browser and answers when that has ended.
func (a *App) SignIn() error { return do(a, "SignIn", person, a.core.SignIn) }

// SignInWithCode signs in with a device code, shown in Account meanwhile.
func (a *App) SignInWithCode() error { return do(a, "SignInWithCode", person, a.core.SignInWithCode) }

// CancelSignIn ends a sign-in that is under way.
func (a *App) CancelSignIn() error {
	return do(a, "CancelSignIn", local, func(context.Context) error { a.core.CancelSignIn(); return nil })
}

// SignOut removes the account from this computer; with unsent ops it fails
// with the Problem "unsent".
func (a *App) SignOut() error { return do(a, "SignOut", remote, a.core.SignOut) }

// SignOutDiscarding signs out and drops what is unsent.
func (a *App) SignOutDiscarding() error {
	return do(a, "SignOutDiscarding", remote, a.core.SignOutDiscarding)
}

// ChooseEnvironment switches to another Dynamics environment of the account.
func (a *App) ChooseEnvironment(url string) error {
	return do(a, "ChooseEnvironment", remote, func(ctx context.Context) error { return a.core.ChooseEnvironment(ctx, url) })
}

// SaveSettings keeps the user's settings; those that policy locks are ignored.
func (a *App) SaveSettings(s session.Settings) error {
	return do(a, "SaveSettings", local, func(context.Context) error {
		merged, err := a.core.SaveSettings(s)
		if err == nil {
			a.desk.OnTop(merged.OnTop)
		}
		return err
	})
}

// OpenRecord opens a record by URL, deep link or key and returns its key.
func (a *App) OpenRecord(text string) (string, error) {
	return in(a, "OpenRecord", remote, func(ctx context.Context, s *session.Session) (string, error) { return s.OpenRecord(ctx, text) })
}

// ActivateTab shows an open record, "" is home.
func (a *App) ActivateTab(key string) error {
	return doIn(a, "ActivateTab", local, func(ctx context.Context, s *session.Session) error { return s.ActivateTab(ctx, key) })
}

// CloseTab closes an open record.
func (a *App) CloseTab(key string) error {
	return doIn(a, "CloseTab", local, func(ctx context.Context, s *session.Session) error { return s.CloseTab(ctx, key) })
}

// RefreshRecord reads a record again.
func (a *App) RefreshRecord(key string) error {
	return doIn(a, "RefreshRecord", remote, func(ctx context.Context, s *session.Session) error { return s.RefreshRecord(ctx, key) })
}

// FindRecords answers the record picker; an empty query gives recent and mine.
func (a *App) FindRecords(query string) (session.Picker, error) {
	return in(a, "FindRecords", remote, func(ctx context.Context, s *session.Session) (session.Picker, error) {
		return s.FindRecords(ctx, query)
	})
}

// Refresh reads chats and links now.
func (a *App) Refresh() error {
	return doIn(a, "Refresh", local, func(_ context.Context, s *session.Session) error { s.Refresh(); return nil })
}

// Active tells that keyboard or mouse were used in the window.
func (a *App) Active() error {
	return do(a, "Active", local, func(context.Context) error { a.core.Active(); return nil })
}

// Visible tells whether the window can be seen: "visible" or "hidden".
func (a *App) Visible(state string) error {
	return do(a, "Visible", local, func(context.Context) error { a.core.Visible(state == "visible"); return nil })
}

// ShowMore continues "Other chats" of a list.
func (a *App) ShowMore(list string) error {
	return doIn(a, "ShowMore", local, func(_ context.Context, s *session.Session) error { s.ShowMore(list); return nil })
}

// OpenChat returns a chat's newest messages and starts pushing its rows.
func (a *App) OpenChat(id string) (session.Page, error) {
	return in(a, "OpenChat", local, func(ctx context.Context, s *session.Session) (session.Page, error) {
		return s.OpenChat(ctx, chat.ID(id))
	})
}

// CloseChat stops pushing a chat's rows.
func (a *App) CloseChat(id string) error {
	return doIn(a, "CloseChat", local, func(_ context.Context, s *session.Session) error { s.CloseChat(chat.ID(id)); return nil })
}

// Older returns the messages before the row whose Sort is given.
func (a *App) Older(id, before string) (session.Page, error) {
	return in(a, "Older", remote, func(ctx context.Context, s *session.Session) (session.Page, error) {
		return s.Older(ctx, chat.ID(id), before)
	})
}

// Send accepts a message and returns its op id.
func (a *App) Send(c session.Compose) (string, error) {
	return in(a, "Send", local, func(ctx context.Context, s *session.Session) (string, error) { return s.Send(ctx, c) })
}

// Retry takes a parked op up again.
func (a *App) Retry(op string) error {
	return doIn(a, "Retry", local, func(_ context.Context, s *session.Session) error { return s.Retry(op) })
}

// Discard drops a parked or waiting op.
func (a *App) Discard(op string) error {
	return doIn(a, "Discard", local, func(_ context.Context, s *session.Session) error { return s.Discard(op) })
}

// SaveDraft keeps unsent text; an empty JSON forgets it.
func (a *App) SaveDraft(d session.Draft) error {
	return doIn(a, "SaveDraft", local, func(_ context.Context, s *session.Session) error { return s.SaveDraft(d) })
}

// Connect links a chat to a record and returns the op id.
func (a *App) Connect(id, record string) (string, error) {
	return in(a, "Connect", local, func(_ context.Context, s *session.Session) (string, error) { return s.Connect(chat.ID(id), record) })
}

// Disconnect ends a link and returns the op id.
func (a *App) Disconnect(id, record string) (string, error) {
	return in(a, "Disconnect", local, func(_ context.Context, s *session.Session) (string, error) {
		return s.Disconnect(chat.ID(id), record)
	})
}

// FindPeople finds people by name or mail, in a chat or, for "", the directory.
func (a *App) FindPeople(query, within string) ([]session.Person, error) {
	return in(a, "FindPeople", remote, func(ctx context.Context, s *session.Session) ([]session.Person, error) {
		return s.FindPeople(ctx, query, chat.ID(within))
	})
}

// MarkRead marks a chat read.
func (a *App) MarkRead(id string) error {
	return doIn(a, "MarkRead", local, func(_ context.Context, s *session.Session) error { return s.MarkRead(chat.ID(id)) })
}

// MarkUnread marks a chat unread.
func (a *App) MarkUnread(id string) error {
	return doIn(a, "MarkUnread", local, func(_ context.Context, s *session.Session) error { return s.MarkUnread(chat.ID(id)) })
}

// WatchPeople names the people on screen.
func (a *App) WatchPeople(ids []string) error {
	return doIn(a, "WatchPeople", local, func(_ context.Context, s *session.Session) error { s.WatchPeople(ids); return nil })
}

// OpenExternal opens an https or mailto address outside.
func (a *App) OpenExternal(url string) error {
	return do(a, "OpenExternal", local, func(context.Context) error { return a.desk.OpenURL(url) })
}

// OpenInTeams opens a chat in Teams.
func (a *App) OpenInTeams(id string) error {
	return doIn(a, "OpenInTeams", local, func(_ context.Context, s *session.Session) error {
		url, err := s.TeamsURL(chat.ID(id))
		if err != nil {
			return err
		}
		return a.desk.OpenURL(url)
	})
}

// CopyText puts text on the clipboard.
func (a *App) CopyText(text string) error {
	return do(a, "CopyText", local, func(ctx context.Context) error { return a.desk.CopyText(ctx, text) })
}

// ReadDiagnostics returns the content of the Diagnostics page.
func (a *App) ReadDiagnostics() (session.Diagnostics, error) {
	return run(a, "ReadDiagnostics", local, func(context.Context) (session.Diagnostics, error) { return a.core.Diagnostics(), nil })
}

// CopyDiagnostics puts the Diagnostics page on the clipboard as text.
func (a *App) CopyDiagnostics() error {
	return do(a, "CopyDiagnostics", local, func(ctx context.Context) error { return a.desk.CopyText(ctx, a.core.DiagnosticsText()) })
}

// SaveSupportBundle saves Diagnostics as a file and returns its path, "" when cancelled.
func (a *App) SaveSupportBundle() (string, error) {
	return run(a, "SaveSupportBundle", person, func(ctx context.Context) (string, error) {
		data, err := a.core.SupportBundle()
		if err != nil {
			return "", err
		}
		return a.desk.SaveFile(ctx, "chatpane-support.zip", data)
	})
}
