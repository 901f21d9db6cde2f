package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/odata"
)

const (
	// joinWait is how long a join waits for a limit of the companion, and for
	// Graph to let a new member in.
	joinWait = 30 * time.Second
	// joinAgain is the first pause between looks at a chat just joined.
	joinAgain = 300 * time.Millisecond
)

// companion is how the organisation's companion server is reached.
type companion struct {
	origin string
	http   *http.Client // of package wire, bound to origin
}

// client makes an OData client for one call: a chat that has to wait holds back
// no other.
func (c *companion) client() *odata.Client { return &odata.Client{Base: c.origin, HTTP: c.http} }

// lockedLink finds the link of a locked row.
func (s *Session) lockedLink(row string) (l chat.Link, mine bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.view.links {
		if l.RowID == row && l.Live && l.Record.Env == s.env {
			_, mine = s.view.chats[l.Chat]
			return l, mine, nil
		}
	}
	return chat.Link{}, false, &Problem{Code: "notConnected"}
}

// Join adds the user to the chat of a locked row, with its whole history, and
// returns when the first page of it is stored. It is no op: people wait for it.
// Why not is in the result; the error is what answers no question about it.
func (s *Session) Join(ctx context.Context, row string) (JoinResult, error) {
	l, mine, err := s.lockedLink(row)
	if err != nil {
		return JoinResult{}, err
	}
	s.mu.Lock()
	why := s.view.joinRefusals(l.Record)
	s.mu.Unlock()
	out := JoinResult{Link: row, Name: l.ChatName, Why: []string{}}
	switch {
	case mine:
		out.Chat, out.Outcome = string(l.Chat), "member"
		return out, nil
	case len(why) > 0:
		out.Outcome, out.Why = "refused", why
		return out, nil
	}
	outcome, refused, err := s.askCompanion(ctx, row)
	s.sync.Heard(err)
	switch {
	case len(refused) > 0:
		out.Outcome, out.Why = "refused", refused
		return out, nil
	case err != nil:
		return out, fmt.Errorf("join the chat of %s: %w", row, err)
	}
	if err := s.arrive(ctx, l.Chat); err != nil {
		return out, fmt.Errorf("read the chat just joined: %w", err)
	}
	out.Chat, out.Outcome = string(l.Chat), outcome
	return out, nil
}

// waitable are refusals that pass by themselves; they are told as problems.
var waitable = map[string]string{"busy": "throttled", "unavailable": "unavailable", "signIn": "signIn"}

// askCompanion makes the request, once more when a limit passes soon.
func (s *Session) askCompanion(ctx context.Context, row string) (outcome string, refused []string, err error) {
	body := map[string]string{"environment": s.env, "link": row}
	var got struct{ Outcome string }
	for again := false; ; again = true {
		err = s.companion.client().Send(ctx, http.MethodPost, "/join", body, &got)
		var answer *odata.Error
		if err == nil || !errors.As(err, &answer) {
			return got.Outcome, nil, err
		}
		if answer.Status == http.StatusTooManyRequests && !again && answer.RetryAfter <= joinWait && pause(ctx, answer.RetryAfter) == nil {
			continue
		}
		reasons := strings.Split(answer.InnerCode, ",")
		if answer.Code != "refused" || answer.InnerCode == "" || waitable[reasons[0]] != "" {
			return "", nil, err
		}
		return "", reasons, nil
	}
}

// arrive reads a chat just joined until it and its first page are stored.
func (s *Session) arrive(ctx context.Context, id chat.ID) error {
	ctx, cancel := context.WithTimeout(ctx, joinWait)
	defer cancel()
	for again := joinAgain; ; again *= 2 {
		in, err := s.sync.Membership(ctx, []string{string(id)})
		if err == nil && len(in) == 1 {
			if err = s.sync.First(ctx, id); err == nil {
				return nil
			}
		}
		if errors.Is(err, odata.ErrOffline) || pause(ctx, again) != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// JoinAll joins every locked chat of a record, for a case that changes hands,
// and tells what became of each. One that fails does not keep the others.
func (s *Session) JoinAll(ctx context.Context, key string) ([]JoinResult, error) {
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	locked := s.view.lockedRows(ref, s.view.ties())
	s.mu.Unlock()
	out := []JoinResult{}
	for _, row := range locked {
		got, err := s.Join(ctx, row.ID)
		if err != nil {
			got = JoinResult{Link: row.ID, Name: row.Name, Outcome: "failed", Why: []string{}, Problem: explain(err)}
		}
		out = append(out, got)
		if errors.Is(err, odata.ErrOffline) || ctx.Err() != nil {
			break // the others would fail in the same way
		}
	}
	return out, nil
}

// about is what the companion tells of itself.
type about struct {
	Name  string `json:"name"`
	AppID string `json:"appId"`
}

func (s *Session) aboutKey() string { return "companion:" + s.companion.origin }

// loadJoin takes what was learnt about joining into the view. The caller holds
// mu, or nobody else knows the session yet.
func (s *Session) loadJoin() {
	v := s.view
	v.companion, v.apps = s.companion != nil, map[string]string{}
	for id, name := range s.policy.ApplicationNames {
		v.apps[strings.ToLower(id)] = name
	}
	v.users = map[string]string{}
	if b := s.store.Fact(s.usersKey()); b != nil && json.Unmarshal(b, &v.users) != nil {
		v.users = map[string]string{} // it is read again when a record is opened
	}
	if s.companion == nil {
		return
	}
	var a about
	if b := s.store.Fact(s.aboutKey()); b != nil && json.Unmarshal(b, &a) == nil && a.Name != "" {
		v.apps[strings.ToLower(a.AppID)] = a.Name
	}
}

// readAbout asks the companion for its name as it stands in system messages.
// Without an answer the one of before stays.
func (s *Session) readAbout(ctx context.Context) {
	if s.companion == nil {
		return
	}
	var a about
	err := s.companion.client().Get(ctx, "/about", nil, &a)
	if err == nil && (a.Name == "" || a.AppID == "") {
		err = odata.ErrBadReply
	}
	if err == nil {
		err = s.keepFact(ctx, s.aboutKey(), a)
	}
	if err != nil {
		s.log.Debug("ask the companion about itself", "err", err)
	}
}
