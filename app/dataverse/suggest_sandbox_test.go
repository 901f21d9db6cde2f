package dataverse_test

import (
	"slices"
	"testing"
	"time"

	"chatpane/app/dataverse"
	"chatpane/app/sandbox"
)

// caseOf finds a case of the sandbox that a person or a team owns.
func caseOf(t *testing.T, s *sandbox.Sandbox, team bool) *sandbox.CaseSeed {
	t.Helper()
	for _, c := range s.Cases {
		if (c.OwnerTeam != "") == team && !c.Resolved {
			return c
		}
	}
	t.Fatalf("no open case with team=%v", team)
	return nil
}

func TestRulesOfTheEnvironmentComeInTheirOrder(t *testing.T) {
	t.Parallel()
	s := company()
	setup, err := as(t, s, s.People[0].OID).SuggestSetup(t.Context())
	if err != nil || setup.RulesErr != nil || setup.TogglesErr != nil {
		t.Fatal(err, setup.RulesErr, setup.TogglesErr)
	}
	if !setup.Toggles["incident"].Rules {
		t.Errorf("settings of cases are %+v", setup.Toggles["incident"])
	}
	var names []string
	for _, r := range setup.Rules["incident"] {
		names = append(names, string(r.Kind)+":"+r.Name)
	}
	want := []string{"path:Account manager", "fetch:Colleague on the timeline", "fetch:Note author", "fetch:Connected expert",
		"action:On call", "path:Supervisor", "path:Team administrator"}
	if !slices.Equal(names, want) {
		t.Errorf("rules of cases are %v, want %v", names, want)
	}
	if len(setup.Rules[""]) == 0 {
		t.Error("the default ruleset is missing")
	}
}

func TestPeopleAroundACase(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	ctx := t.Context()
	setup, err := c.SuggestSetup(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rules := setup.Rules["incident"]
	seed := caseOf(t, s, false)
	got, err := c.Related(ctx, dataverse.RelatedQuery{Table: incident(t, c), ID: seed.ID, Rules: rules, Timeline: true})
	if err != nil || got.Err != nil {
		t.Fatal(err, got.Err)
	}
	if got.Case.Title != seed.Title || got.Case.Description != seed.Description || got.Case.Subject == "" || got.Case.Customer != seed.Account.ID {
		t.Errorf("the case is %+v", got.Case)
	}
	for i, r := range rules {
		if got.Rules[i].Err != nil {
			t.Errorf("rule %q: %v", r.Name, got.Rules[i].Err)
		}
	}
	if want := []string{seed.Account.Owner.SystemUserID}; !slices.Equal(got.Rules[0].People, want) {
		t.Errorf("%q found %v, want %v", rules[0].Name, got.Rules[0].People, want)
	}
	if len(got.Rules[4].Found) != 2 {
		t.Errorf("%q found %v", rules[4].Name, got.Rules[4].Found)
	}
	if len(got.Acts) == 0 || !slices.ContainsFunc(got.Acts, func(a dataverse.Act) bool { return a.User == s.PersonByOID(seed.OwnerOID).SystemUserID }) {
		t.Errorf("who was active: %v", got.Acts)
	}
	everyone, err := c.Colleagues(ctx, got.Rules[0].People, []string{got.Rules[4].Found[0].EntraID, "not an id"})
	if err != nil || len(everyone) != 2 || everyone[0].ObjectID == "" || everyone[0].Name == "" || everyone[0].Robot {
		t.Errorf("colleagues: %v %+v", err, everyone)
	}
}

func TestATeamsAdministratorAndMembers(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	seed := caseOf(t, s, true)
	got, err := c.Related(t.Context(), dataverse.RelatedQuery{Table: incident(t, c), ID: seed.ID, Team: seed.OwnerTeam})
	if err != nil || got.Err != nil {
		t.Fatal(err, got.Err)
	}
	for _, team := range s.Teams {
		if team.ID == seed.OwnerTeam && (got.Administrator != team.Administrator || len(got.Team) != len(team.Members)) {
			t.Errorf("administrator %s and %d members, want %s and %d", got.Administrator, len(got.Team), team.Administrator, len(team.Members))
		}
	}
}

func TestResolvedCasesSayWhoResolvedThem(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	read := func(since time.Time) (all []dataverse.ResolvedCase) {
		for page, err := range c.ResolvedCases(t.Context(), since) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page...)
		}
		return all
	}
	all := read(time.Time{})
	if len(all) < 4*30 {
		t.Fatalf("%d resolved cases, want four for each of 30 cases", len(all))
	}
	for _, r := range all {
		if r.By == "" || r.Title == "" || r.Resolved.IsZero() || r.Created.After(r.Resolved) || r.Subject == "" {
			t.Fatalf("read %+v", r)
		}
	}
	middle := all[len(all)/2].Modified
	if later := read(middle); len(later) == 0 || len(later) >= len(all) {
		t.Errorf("%d of %d cases were written since %v", len(later), len(all), middle)
	}
}
