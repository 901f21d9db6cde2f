package session

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
)

// askMost is how many people are proposed to be asked, of at most askLook whose
// accounts are looked at.
const askMost, askLook = 6, 40

// candidate is somebody who may be able to add the user, and how that is known.
type candidate struct{ id, how string } // systemuserid; of AskPerson.How

// candidates are the people to ask, the most likely first: who connected the
// chat if in it when Dynamics last looked, the others who were in it then, else
// who connected it; at last the record's owner, or who leads the owning team.
// Nobody outside can read who is in the chat now.
func candidates(l chat.Link, owner chat.Principal, f dataverse.AskFacts) []candidate {
	var out []candidate
	put := func(id, how string) {
		if id != "" && !slices.ContainsFunc(out, func(c candidate) bool { return c.id == id }) {
			out = append(out, candidate{id, how})
		}
	}
	for _, id := range []string{l.Connector, l.CreatedBy} {
		if slices.Contains(f.Members, id) {
			put(id, "inChat")
		}
	}
	for _, id := range f.Members {
		put(id, "inChat")
	}
	put(l.Connector, "connected")
	put(l.CreatedBy, "connected")
	if owner.Team {
		put(f.Administrator, "leadsTeam")
	} else {
		put(owner.ID, "owner")
	}
	return out
}

// PrepareAsk finds whom to ask to be added to a locked chat, as far as they
// have an account that is enabled.
func (s *Session) PrepareAsk(ctx context.Context, row string) (AskDraft, error) {
	l, _, err := s.lockedLink(row)
	if err != nil {
		return AskDraft{}, err
	}
	s.mu.Lock()
	r := s.view.records[l.Record]
	s.mu.Unlock()
	out := AskDraft{Link: row, Name: l.ChatName, URL: recordURL(l.Record), People: []AskPerson{}, Record: strings.TrimSpace(r.Number + " " + r.Name)}
	team := ""
	if r.Owner.Team {
		team = r.Owner.ID
	}
	facts, err := s.dv.AskFacts(ctx, string(l.Chat), team)
	var users []dataverse.SystemUser
	list := candidates(l, r.Owner, facts)
	list = list[:min(len(list), askLook)]
	if err == nil {
		ids := make([]string, len(list))
		for i, c := range list {
			ids[i] = c.id
		}
		users, err = s.dv.UsersByID(ctx, ids)
	}
	s.sync.Heard(err)
	if err != nil {
		return out, fmt.Errorf("find whom to ask: %w", err)
	}
	for _, c := range list {
		i := slices.IndexFunc(users, func(u dataverse.SystemUser) bool { return u.ID == c.id })
		if i < 0 || users[i].ObjectID == "" || users[i].Disabled || users[i].ObjectID == s.me.OID || len(out.People) == askMost ||
			slices.ContainsFunc(out.People, func(p AskPerson) bool { return p.ID == users[i].ObjectID }) {
			continue
		}
		out.People = append(out.People, AskPerson{ID: users[i].ObjectID, Name: users[i].Name, Email: users[i].Email, How: c.how})
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
	i := slices.IndexFunc(draft.People, func(p AskPerson) bool { return p.ID == a.Person })
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
