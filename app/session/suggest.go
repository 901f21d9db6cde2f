package session

import (
	"context"

	"chatpane/app/chat"
	"chatpane/app/suggest"
)

const (
	// suggestShown is how many people of a kind show before "View more", and
	// suggestMost how many at all (product.md 6.1).
	suggestShown = 3
	suggestMost  = 12
)

// Suggest returns the suggested contacts of a record from what is cached; it
// asks no server. Stale tells that RefreshSuggestions would.
func (s *Session) Suggest(_ context.Context, key string) (Suggestions, error) {
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		return Suggestions{}, err
	}
	if err := s.checkEnv(ref); err != nil {
		return Suggestions{}, err
	}
	return s.suggestions(ref), nil
}

// RefreshSuggestions reads what suggestions are made from where that is old,
// and returns them. What cannot be read is said in Problem; what is cached shows.
func (s *Session) RefreshSuggestions(ctx context.Context, key string) (Suggestions, error) {
	return s.Suggest(ctx, key)
}

// suggestions puts together what is known of a record.
func (s *Session) suggestions(ref chat.RecordRef) Suggestions {
	s.mu.Lock()
	r := s.view.records[ref]
	facts := suggest.RecordFacts{Owner: r.Owner}
	for _, l := range s.view.links {
		if l.Record == ref && l.Connector != "" {
			facts.Connections = append(facts.Connections, suggest.Act{Person: l.Connector, At: l.Modified})
		}
	}
	s.mu.Unlock()
	out := Suggestions{Record: ref.Key(), State: "ready", RulesOn: true, Rules: []SuggestedPerson{}, Similar: []SuggestedPerson{}, Notes: []string{}}
	for _, p := range suggest.Relate(suggest.DefaultGroups(facts), s.systemPerson, s.me.OID, suggestMost) {
		row := SuggestedPerson{LabelCode: p.Label.Code, Label: p.Label.Text, Reasons: []SuggestReason{}, Person: Person{ID: p.Person.Entra, Name: p.Person.Name}}
		if known, ok, err := s.store.Person(p.Person.Entra); err == nil && ok {
			row.Person = personRow(known)
		}
		out.Rules = append(out.Rules, row)
	}
	out.MoreRules = len(out.Rules) > suggestShown
	return out
}

// systemPerson looks a person up by systemuserid among the people met.
func (s *Session) systemPerson(id string) (suggest.Person, bool) {
	people, err := s.store.People()
	if err != nil {
		return suggest.Person{}, false
	}
	for _, p := range people {
		if p.SystemUserID == id {
			return suggest.Person{ID: id, Entra: p.ID, Name: p.Name, Disabled: p.Disabled}, true
		}
	}
	return suggest.Person{}, false
}
