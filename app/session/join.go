package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
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

// PrepareAsk finds whom to ask to be added to a locked chat: who connected it,
// else the record's owner, as far as they have an account that is enabled.
func (s *Session) PrepareAsk(ctx context.Context, row string) (AskDraft, error) {
	l, _, err := s.lockedLink(row)
	if err != nil {
		return AskDraft{}, err
	}
	s.mu.Lock()
	r := s.view.records[l.Record]
	s.mu.Unlock()
	out := AskDraft{Link: row, Name: l.ChatName, URL: recordURL(l.Record), People: []Person{}, Record: strings.TrimSpace(r.Number + " " + r.Name)}
	ids := []string{l.Connector, l.CreatedBy}
	if !r.Owner.Team {
		ids = append(ids, r.Owner.ID)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	users, err := s.dv.UsersByID(ctx, ids)
	s.sync.Heard(err)
	if err != nil {
		return out, fmt.Errorf("find whom to ask: %w", err)
	}
	for _, id := range ids {
		i := slices.IndexFunc(users, func(u dataverse.SystemUser) bool { return u.ID == id })
		if i < 0 || users[i].ObjectID == "" || users[i].Disabled || users[i].ObjectID == s.me.OID ||
			slices.ContainsFunc(out.People, func(p Person) bool { return p.ID == users[i].ObjectID }) {
			continue
		}
		out.People = append(out.People, Person{ID: users[i].ObjectID, Name: users[i].Name, Email: users[i].Email})
	}
	if len(out.People) == 0 {
		return out, &Problem{Code: "nobodyToAsk"}
	}
	return out, nil
}

// AskToJoin sends the request in the 1:1 chat with a person, opened if there is
// none, and returns that chat.
func (s *Session) AskToJoin(ctx context.Context, a Ask) (string, error) {
	draft, err := s.PrepareAsk(ctx, a.Link)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(draft.People, func(p Person) bool { return p.ID == a.Person })
	if i < 0 {
		return "", &Problem{Code: "nobodyToAsk"}
	}
	id, err := s.oneOnOne(ctx, []chat.Invited{{UserID: a.Person, Name: draft.People[i].Name}})
	if err != nil {
		return "", err
	}
	_, err = s.Send(ctx, Compose{Chat: id, HTML: askHTML(a.Text, draft), Importance: string(chat.Normal)})
	return id, err
}

// askHTML is the text as paragraphs, and the link to the record.
func askHTML(text string, d AskDraft) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString("<p>" + html.EscapeString(line) + "</p>")
		}
	}
	name := d.Record
	if name == "" {
		name = d.URL
	}
	if strings.HasPrefix(d.URL, "https:") {
		b.WriteString(`<p><a href="` + html.EscapeString(d.URL) + `">` + html.EscapeString(name) + "</a></p>")
	} else { // a sandbox on loopback: Teams takes no such link
		b.WriteString("<p>" + html.EscapeString(name+" "+d.URL) + "</p>")
	}
	return b.String()
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
