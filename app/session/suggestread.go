package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/odata"
)

const (
	// setupFresh is how old the environment's settings and rules may be, and
	// peopleFresh how old what is known of a colleague's account.
	setupFresh = time.Hour
	// againAfter is the shortest time between two reads for one record: a person
	// who asks again and again gets the same answer.
	againAfter = 15 * time.Second
	// wholeAfter is when the whole history is read anew, so that cases which this
	// user may no longer read, or which were deleted, leave the computer within a
	// day of use (product.md 11.5).
	wholeAfter = 24 * time.Hour
)

// refreshSuggestions reads what is old, in this order: settings and rules, the
// people around the record, the history of resolved cases, the people in it.
func (s *Session) refreshSuggestions(ctx context.Context, ref chat.RecordRef) error {
	select {
	case s.suggest.work <- struct{}{}:
		defer func() { <-s.suggest.work }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s.suggest.mu.Lock()
	s.loadSuggestLocked()
	setupOld := time.Since(s.suggest.setup.Read) >= setupFresh
	s.suggest.mu.Unlock()
	if setupOld {
		if err := s.readSuggestSetup(ctx); err != nil {
			return err
		}
	}
	s.suggest.mu.Lock()
	on := s.suggestOnLocked(ref.Table)
	related := s.suggestKnownLocked(ref).related
	historyOld := time.Since(s.suggest.history.Checked) >= historyFresh
	s.suggest.mu.Unlock()
	var failed error
	if (on.Rules || on.Similar) && time.Since(related.Read) >= againAfter {
		failed = s.readRelated(ctx, ref, on)
	}
	if on.Similar && historyOld {
		failed = errors.Join(failed, s.readHistory(ctx))
	}
	s.sync.Heard(failed)
	return failed
}

// readSuggestSetup reads the environment's settings and rules. What may not be
// read is a fact, not an error.
func (s *Session) readSuggestSetup(ctx context.Context) error {
	got, err := s.dv.SuggestSetup(ctx)
	s.sync.Heard(err)
	if err != nil {
		return err
	}
	if err := errors.Join(passing(got.TogglesErr), passing(got.RulesErr)); err != nil {
		return fmt.Errorf("read settings of suggested contacts: %w", err)
	}
	setup := suggestSetup{Read: time.Now().UTC(), Toggles: got.Toggles, TogglesKnown: got.TogglesErr == nil, Rules: got.Rules, RulesKnown: got.RulesErr == nil}
	if err := s.keepFacts(ctx, map[string]any{s.suggestKey("setup"): setup}); err != nil {
		return err
	}
	s.suggest.mu.Lock()
	s.suggest.setup = setup
	s.suggest.mu.Unlock()
	return nil
}

// passing is an error that another attempt may not meet: anything but a
// refusal, or a table that is not there.
func passing(err error) error {
	if errors.Is(err, odata.ErrForbidden) || errors.Is(err, odata.ErrNotFound) || errors.Is(err, odata.ErrBadRequest) || errors.Is(err, odata.ErrBadReply) {
		return nil
	}
	return err
}

// rulesOf are the environment's rules for a record type; false when it has none
// and the product's own order applies.
func (s *Session) rulesOf(table string) (rules []dataverse.SuggestRule, custom bool, notes []string) {
	s.suggest.mu.Lock()
	defer s.suggest.mu.Unlock()
	setup := s.suggest.setup
	if !setup.RulesKnown {
		return nil, false, []string{"rulesUnreadable"}
	}
	rules, custom = setup.Rules[table]
	if !custom {
		rules, custom = setup.Rules[""]
	}
	return rules, custom, nil
}

// readRelated reads the people around a record and keeps them. A record that is
// lost takes what was kept of it along.
func (s *Session) readRelated(ctx context.Context, ref chat.RecordRef, on dataverse.SuggestToggle) error {
	table, err := s.tableOf(ctx, ref.Table)
	if err != nil {
		return fmt.Errorf("read people around a record: %w", err)
	}
	out := suggestRelated{Read: time.Now().UTC()}
	q := dataverse.RelatedQuery{Table: table, ID: ref.ID}
	if on.Rules {
		q.Rules, out.Custom, out.Notes = s.rulesOf(ref.Table)
	}
	if q.Timeline = on.Rules && !out.Custom; q.Timeline {
		s.mu.Lock()
		if owner := s.view.records[ref].Owner; owner.Team {
			q.Team = owner.ID
		}
		s.mu.Unlock()
	}
	got, err := s.dv.Related(ctx, q)
	if err != nil {
		return err
	}
	if got.Err != nil {
		if errors.Is(got.Err, odata.ErrForbidden) || errors.Is(got.Err, odata.ErrNotFound) {
			err = s.keepFacts(ctx, map[string]any{relatedKey(ref): nil})
		}
		return errors.Join(fmt.Errorf("read people around a record: %w", got.Err), err)
	}
	got.Case.Description = cutText(got.Case.Description)
	out.Case, out.Acts, out.Administrator, out.Team = got.Case, got.Acts, got.Administrator, got.Team
	if err := s.knowAround(ctx, ref, got); err != nil {
		return err
	}
	out.Rules = s.foundBy(q.Rules, got.Rules)
	out.Notes = append(out.Notes, ruleNotes(q.Rules, got.Rules)...)
	return s.keepRelated(ctx, ref, out)
}

// knowAround reads who the people around a record are.
func (s *Session) knowAround(ctx context.Context, ref chat.RecordRef, got dataverse.Related) error {
	users, entra := []string{got.Administrator}, []string{}
	for _, a := range got.Acts {
		users = append(users, a.User)
	}
	for _, r := range got.Rules {
		users = append(users, r.People...)
		for _, f := range r.Found {
			if users = append(users, f.SystemUser); f.SystemUser == "" {
				entra = append(entra, f.EntraID)
			}
		}
	}
	s.suggest.mu.Lock()
	for _, g := range s.suggestKnownLocked(ref).groups { // owner and connectors, from the cache
		users = append(users, g.People...)
	}
	s.suggest.mu.Unlock()
	return s.know(ctx, users, entra)
}

// know reads colleagues and keeps what their accounts say. Somebody who is
// gone from the environment counts as disabled.
func (s *Session) know(ctx context.Context, users, entra []string) error {
	users = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(users))), func(id string) bool { return id == "" })
	if len(users)+len(entra) == 0 {
		return nil
	}
	found, err := s.dv.Colleagues(ctx, users, entra)
	if err != nil {
		return err
	}
	s.suggest.mu.Lock()
	for _, id := range users {
		if c, ok := s.suggest.people[id]; ok {
			c.Disabled = true
			s.suggest.people[id] = c
		}
	}
	for _, c := range found {
		s.suggest.people[c.ID] = suggestColleague{Entra: c.ObjectID, Name: c.Name, Email: c.Email, JobTitle: c.JobTitle,
			Guest: strings.Contains(strings.ToUpper(c.UPN), "#EXT#"), Disabled: c.Disabled, Robot: c.Robot}
	}
	people := maps.Clone(s.suggest.people)
	s.suggest.mu.Unlock()
	return s.keepFacts(ctx, map[string]any{s.suggestKey("people"): people})
}

// foundBy names what each rule found, people of custom actions too, who may be
// known by Entra object id only.
func (s *Session) foundBy(rules []dataverse.SuggestRule, results []dataverse.RuleResult) []suggestFound {
	s.suggest.mu.Lock()
	defer s.suggest.mu.Unlock()
	byEntra := map[string]string{}
	for id, c := range s.suggest.people {
		byEntra[c.Entra] = id
	}
	out := make([]suggestFound, 0, len(rules))
	for i, r := range rules {
		f := suggestFound{Name: r.Name, People: results[i].People}
		for _, u := range results[i].Found {
			f.People = append(f.People, firstOf(u.SystemUser, byEntra[u.EntraID]))
		}
		out = append(out, f)
	}
	return out
}

// ruleNotes say which rules did not work, each kind of trouble once.
func ruleNotes(rules []dataverse.SuggestRule, results []dataverse.RuleResult) []string {
	var notes []string
	for i, r := range results {
		note := ""
		switch {
		case r.Err == nil:
		case rules[i].Kind == dataverse.RuleAction && !errors.Is(r.Err, dataverse.ErrRule) && !errors.Is(r.Err, odata.ErrNotFound):
			note = "actionFailed"
		default:
			note = "ruleFailed"
		}
		if note != "" && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return notes
}

// keepRelated keeps what was read of a record, and forgets the records that
// were asked about longest ago when there are too many.
func (s *Session) keepRelated(ctx context.Context, ref chat.RecordRef, r suggestRelated) error {
	var list []string
	s.fact(s.suggestKey("records"), &list)
	list = append(slices.DeleteFunc(list, func(k string) bool { return k == relatedKey(ref) }), relatedKey(ref))
	facts := map[string]any{relatedKey(ref): r}
	for len(list) > suggestRecords {
		facts[list[0]] = nil
		list = list[1:]
	}
	facts[s.suggestKey("records")] = list
	return s.keepFacts(ctx, facts)
}
