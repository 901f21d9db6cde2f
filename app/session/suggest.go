package session

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/suggest"
)

const (
	// suggestShown is how many people of a kind show before "View more", and
	// suggestMost how many at all (product.md 6.1).
	suggestShown = 3
	suggestMost  = 12
	// relatedFresh and historyFresh are how old the people around a record, and
	// the history of resolved cases, may be before they count as stale.
	relatedFresh = time.Hour
	historyFresh = 12 * time.Hour
)

// similarTable is the only record type with a history of who resolved what.
const similarTable = "incident"

// Suggest returns the suggested contacts of a record from what is cached; it
// asks no server. Stale tells that RefreshSuggestions would.
func (s *Session) Suggest(_ context.Context, key string) (Suggestions, error) {
	ref, err := s.suggestRef(key)
	if err != nil {
		return Suggestions{}, err
	}
	return s.suggestions(ref, nil), nil
}

// RefreshSuggestions reads what suggestions are made from where that is old,
// and returns them. What cannot be read is said in Problem or Notes; what is
// cached shows. Calls for several records wait for one another.
func (s *Session) RefreshSuggestions(ctx context.Context, key string) (Suggestions, error) {
	ref, err := s.suggestRef(key)
	if err != nil {
		return Suggestions{}, err
	}
	err = s.refreshSuggestions(ctx, ref)
	if ctx.Err() != nil {
		return Suggestions{}, ctx.Err()
	}
	if err != nil {
		s.log.Info("refresh suggestions", "err", err)
	}
	return s.suggestions(ref, err), nil
}

func (s *Session) suggestRef(key string) (chat.RecordRef, error) {
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		return ref, err
	}
	return ref, s.checkEnv(ref)
}

// suggestions puts together what is known of a record. failed is why reading
// failed just now.
func (s *Session) suggestions(ref chat.RecordRef, failed error) Suggestions {
	now := time.Now()
	s.suggest.mu.Lock()
	defer s.suggest.mu.Unlock()
	k := s.suggestKnownLocked(ref)
	out := Suggestions{Record: ref.Key(), State: "ready", RulesOn: k.on.Rules, SimilarOn: k.on.Similar,
		Rules: []SuggestedPerson{}, Similar: []SuggestedPerson{}, Notes: []string{}, Read: stamp(k.related.Read)}
	if !k.on.Rules && !k.on.Similar {
		out.State = "off"
		return out
	}
	out.Stale = now.Sub(k.related.Read) >= relatedFresh || k.on.Similar && now.Sub(s.suggest.history.Checked) >= historyFresh
	var rules []suggest.Related
	if k.on.Rules {
		rules = suggest.Relate(k.groups, s.suggestPersonLocked, s.me.OID, suggestMost)
		out.Notes = append(out.Notes, k.related.Notes...)
	}
	var experts []suggest.Expert
	if k.on.Similar {
		fit := func(id string) bool { p, ok := s.suggestPersonLocked(id); return ok && p.Suggestable(s.me.OID) }
		experts = s.suggest.index.Rank(k.query(ref, now), s.suggest.history.Model, fit, suggestMost)
		out.Cases, out.Judged = int64(s.suggest.index.Len()), s.suggest.history.Model.Cases > 0
		if s.suggest.history.Unreadable {
			out.Notes = append(out.Notes, "historyUnreadable")
		}
	}
	s.fillLocked(&out, rules, experts)
	out.MoreRules, out.MoreSimilar = len(out.Rules) > suggestShown, len(out.Similar) > suggestShown
	if failed != nil {
		out.Problem = explain(failed)
	}
	if len(out.Rules)+len(out.Similar) == 0 && k.related.Read.IsZero() {
		out.State = emptyState(out.Problem)
	}
	return out
}

// emptyState is the state of a record of which nothing is cached.
func emptyState(p *Problem) string {
	switch {
	case p == nil:
		return "loading"
	case p.Code == "offline":
		return "offline"
	}
	return "error"
}

// fillLocked makes the rows; nobody comes into both groups: who is among the
// first related ones stays there, anybody else belongs to the experts.
func (s *Session) fillLocked(out *Suggestions, rules []suggest.Related, experts []suggest.Expert) {
	top := map[string]int{}
	for i, r := range rules[:min(len(rules), suggestShown)] {
		top[r.Person.Entra] = i
	}
	expert := map[string]suggest.Expert{}
	seen := map[string]bool{}
	for _, e := range experts {
		p, _ := s.suggestPersonLocked(e.Person)
		if seen[p.Entra] {
			continue // one person with two users
		}
		seen[p.Entra] = true
		if _, related := top[p.Entra]; related {
			expert[p.Entra] = e
			continue
		}
		out.Similar = append(out.Similar, SuggestedPerson{
			Person: s.suggestRow(p), Confidence: int64(e.Confidence*100 + 0.5), Reasons: reasonRows(e.Reasons),
			Case: &SimilarCase{Key: chat.RecordRef{Env: s.env, Table: similarTable, ID: e.Case.ID}.Key(),
				Number: e.Case.Number, Title: e.Case.Title, Resolved: stamp(e.Case.Resolved)},
		})
	}
	for _, r := range rules {
		if _, related := top[r.Person.Entra]; !related && seen[r.Person.Entra] {
			continue
		}
		row := SuggestedPerson{Person: s.suggestRow(r.Person), LabelCode: r.Label.Code, Label: r.Label.Text, Reasons: alsoRows(r.Also)}
		if e, ok := expert[r.Person.Entra]; ok {
			row.Reasons = append(row.Reasons, reasonRows(e.Reasons)...)
		}
		out.Rules = append(out.Rules, row)
	}
}

// suggestRow is the row of a person, with what the directory told of them.
func (s *Session) suggestRow(p suggest.Person) Person {
	row := Person{ID: p.Entra, Name: p.Name}
	if c, ok := s.suggest.people[p.ID]; ok {
		row.Email, row.JobTitle, row.Guest = c.Email, c.JobTitle, c.Guest
	}
	if met, ok, err := s.store.Person(p.Entra); err == nil && ok {
		known := personRow(met)
		row.Guest = row.Guest || known.Guest
		row.Email, row.JobTitle = firstOf(known.Email, row.Email), firstOf(known.JobTitle, row.JobTitle)
		row.Name = firstOf(row.Name, known.Name)
	}
	return row
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// reasonRows are reasons with their figures as text.
func reasonRows(list []suggest.Reason) []SuggestReason {
	out := make([]SuggestReason, 0, len(list))
	for _, r := range list {
		row := SuggestReason{Code: r.Code, Args: []Arg{}}
		switch r.Code {
		case suggest.ReasonSimilar:
			row.Args = append(row.Args, Arg{"count", strconv.Itoa(r.Number)})
		case suggest.ReasonShare, suggest.ReasonFaster:
			row.Args = append(row.Args, Arg{"percent", strconv.Itoa(r.Number)})
		case suggest.ReasonRecent:
			row.Args = append(row.Args, Arg{"days", strconv.Itoa(r.Number)})
		case suggest.ReasonWords:
			row.Args = append(row.Args, Arg{"words", strings.Join(r.Words, ", ")})
		}
		out = append(out, row)
	}
	return out
}

// alsoRows say which other rules found somebody.
func alsoRows(also []suggest.Label) []SuggestReason {
	out := []SuggestReason{}
	for _, l := range also {
		row := SuggestReason{Code: "also." + l.Code, Args: []Arg{}}
		if l.Code == "" {
			row = SuggestReason{Code: "also.rule", Args: []Arg{{"rule", l.Text}}}
		}
		out = append(out, row)
	}
	return out
}

// suggestPersonLocked looks a person up by systemuserid: among the colleagues
// read for suggestions, else among the people met in chats.
func (s *Session) suggestPersonLocked(id string) (suggest.Person, bool) {
	if c, ok := s.suggest.people[id]; ok {
		p := suggest.Person{ID: id, Entra: c.Entra, Name: c.Name, Disabled: c.Disabled, Robot: c.Robot}
		if met, ok, err := s.store.Person(c.Entra); err == nil && ok {
			p.Disabled = p.Disabled || met.Disabled
		}
		return p, true
	}
	people, err := s.store.People()
	if err != nil {
		return suggest.Person{}, false
	}
	i := slices.IndexFunc(people, func(p chat.Person) bool { return id != "" && p.SystemUserID == id })
	if i < 0 {
		return suggest.Person{}, false
	}
	return suggest.Person{ID: id, Entra: people[i].ID, Name: people[i].Name, Disabled: people[i].Disabled}, true
}
