package session

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

// openCaseOf finds an open case that a person or, for nil, a team owns, and
// that ordinary agents may read.
func openCaseOf(t *testing.T, box *sandbox.Sandbox, owner *sandbox.Person) *sandbox.CaseSeed {
	t.Helper()
	for _, c := range box.Cases {
		if c.Resolved || slices.Contains(box.RestrictedCaseIDs(), c.ID) {
			continue
		}
		if owner == nil && c.OwnerTeam != "" || owner != nil && c.OwnerOID == owner.OID {
			return c
		}
	}
	t.Fatal("no such case")
	return nil
}

func (d *desk) suggest(key string) Suggestions {
	d.t.Helper()
	got, err := d.Suggest(d.t.Context(), key)
	if err != nil {
		d.t.Fatalf("suggest: %v", err)
	}
	checkSuggestions(d.t, d.who, got)
	return got
}

func (d *desk) refreshed(key string) Suggestions {
	d.t.Helper()
	got, err := d.RefreshSuggestions(d.t.Context(), key)
	if err != nil {
		d.t.Fatalf("refresh suggestions: %v", err)
	}
	checkSuggestions(d.t, d.who, got)
	return got
}

// checkSuggestions holds every answer to what must always be so.
func checkSuggestions(t *testing.T, me *sandbox.Person, got Suggestions) {
	t.Helper()
	noNil(t, "Suggestions", reflect.ValueOf(got))
	seen := map[string]bool{}
	for _, p := range slices.Concat(got.Rules, got.Similar) {
		if seen[p.Person.ID] {
			t.Errorf("%s is suggested twice", p.Person.Name)
		}
		seen[p.Person.ID] = true
		if p.Person.ID == me.OID || p.Person.ID == "" || p.Person.Name == "" {
			t.Errorf("suggests %+v to %s", p.Person, me.Name)
		}
	}
	for _, p := range got.Similar {
		if p.Case == nil || p.Case.Title == "" || p.Confidence <= 0 || p.Confidence > 100 || len(p.Reasons) == 0 {
			t.Errorf("an expert without case, confidence or reasons: %+v", p)
		}
	}
	for _, p := range got.Rules {
		if p.Label == "" && p.LabelCode == "" {
			t.Errorf("%s comes without the rule's label", p.Person.Name)
		}
	}
}

func labels(list []SuggestedPerson) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, firstOf(p.Label, p.LabelCode))
	}
	return out
}

func TestContactsAreSuggestedByTheEnvironmentsRulesAndByHistory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		c := openCaseOf(t, box, ann)
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		if got := d.suggest(key); !got.Stale {
			t.Errorf("nothing was read, yet it counts as fresh: %+v", got)
		}
		got := d.refreshed(key)
		if got.State != "ready" || got.Stale || got.Problem != nil || len(got.Notes) > 0 || !got.RulesOn || !got.SimilarOn {
			t.Errorf("after reading: %+v", got)
		}
		if l := labels(got.Rules); len(l) == 0 || l[0] != "Account manager" {
			t.Errorf("rules found %v, want the account manager first", l)
		}
		if len(got.Similar) == 0 || got.Cases < 200 || !got.Judged {
			t.Fatalf("%d experts from %d cases", len(got.Similar), got.Cases)
		}
		if !slices.ContainsFunc(got.Rules, func(p SuggestedPerson) bool { return p.Label == "On call" }) {
			t.Errorf("the custom action's people are missing: %v", labels(got.Rules))
		}
		for _, bad := range []string{"", "x", strings.Repeat("|", 9), "https://other.example|incident|" + c.ID} {
			if _, err := d.Suggest(t.Context(), bad); err == nil {
				t.Errorf("%q is accepted as a record", bad)
			}
			if _, err := d.RefreshSuggestions(t.Context(), bad); err == nil {
				t.Errorf("%q is read as a record", bad)
			}
		}
		before := box.Knobs.Requests("dataverse")
		if again := d.suggest(key); !reflect.DeepEqual(again.Rules, got.Rules) || !reflect.DeepEqual(again.Similar, got.Similar) {
			t.Error("from the cache it is something else")
		}
		if n := box.Knobs.Requests("dataverse"); n != before {
			t.Errorf("answering from the cache took %d requests", n-before)
		}
	})
}

func TestSuggestionsAreThereOfflineAndAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		c := openCaseOf(t, box, ann)
		dir, keys := t.TempDir(), vault.MemoryKeychain()
		open := func() *vault.Vault {
			v, err := vault.Open(dir, "tenant/ann", keys)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		d := sitAt(t, box, ann, open())
		key := d.openCase(c.ID)
		want := d.refreshed(key)
		d.stop()
		if err := box.Knobs.Offline(true); err != nil {
			t.Fatal(err)
		}
		e := sitAt(t, box, ann, open())
		if got := e.suggest(key); !reflect.DeepEqual(got.Rules, want.Rules) || len(got.Similar) != len(want.Similar) || got.State != "ready" {
			t.Errorf("after a restart offline: %+v\nwant %+v", got, want)
		}
		time.Sleep(2 * time.Hour)
		if got := e.refreshed(key); got.Problem == nil || got.Problem.Code != "offline" || len(got.Rules) != len(want.Rules) || !got.Stale {
			t.Errorf("refreshed offline: %+v", got)
		}
		unread := e.env + "|incident|" + openCaseOf(t, box, nil).ID
		if got := e.refreshed(unread); len(got.Rules)+len(got.Similar) == 0 && got.State != "offline" {
			t.Errorf("a case that was never read is %q", got.State)
		}
	})
}

func TestARecordTypesTogglesFoldSuggestionsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		c := openCaseOf(t, box, ann)
		if err := box.SetConfig("incident", "msdyn_enablelogicbasedsuggestion", false); err != nil {
			t.Fatal(err)
		}
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		if got := d.refreshed(key); got.RulesOn || len(got.Rules) > 0 || len(got.Similar) == 0 {
			t.Errorf("with rules off: %d by rules, %d by history", len(got.Rules), len(got.Similar))
		}
		if err := box.SetConfig("incident", "msdyn_enableaisuggestion", false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if got := d.refreshed(key); got.State != "off" || len(got.Similar) > 0 {
			t.Errorf("with both off: %+v", got)
		}
		if got := d.refreshed(d.env + "|account|" + box.Accounts[0].ID); got.SimilarOn {
			t.Error("accounts have no history of who resolved them, yet experts are on")
		}
	})
}

func TestRulesThatCannotBeReadLeaveTheUsualOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann, bob := person(t, box, "agent", 0), person(t, box, "agent", 1)
		for _, table := range []string{"msdyn_contactsuggestionrule", "msdyn_contactsuggestionruleset", "incidentresolution"} {
			if err := box.RevokeRead(ann.OID, table); err != nil {
				t.Fatal(err)
			}
		}
		c := openCaseOf(t, box, bob)
		d := sit(t, box, ann)
		got := d.refreshed(d.openCase(c.ID))
		if len(got.Rules) == 0 || got.Rules[0].LabelCode != "owner" || got.Rules[0].Person.ID != bob.OID || got.Rules[0].Person.Name != bob.Name {
			t.Errorf("without rules: %+v", got.Rules)
		}
		if !slices.Contains(got.Notes, "rulesUnreadable") || got.Problem != nil {
			t.Errorf("notes %v, problem %v", got.Notes, got.Problem)
		}
	})
}

func TestATeamsCaseSuggestsItsAdministratorInTheUsualOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		if err := box.RevokeRead(ann.OID, "msdyn_contactsuggestionruleset"); err != nil {
			t.Fatal(err)
		}
		c := openCaseOf(t, box, nil)
		d := sit(t, box, ann)
		got := d.refreshed(d.openCase(c.ID))
		if l := labels(got.Rules); len(l) == 0 || l[0] != "teamAdmin" {
			t.Errorf("a team's case suggests %v, want its administrator first", l)
		}
	})
}

func TestACustomActionThatFailsNeverBreaksTheList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		d := sit(t, box, ann)
		key := d.openCase(openCaseOf(t, box, ann).ID)
		const action = "contoso_SuggestOnCall"
		for name, harm := range map[string]func(){
			"does not answer in time": func() { box.Knobs.Delay(action, time.Minute, 1) },
			"fails":                   func() { box.Knobs.Fail(action, 500, 1) },
			"answers half":            func() { box.Knobs.HalfJSON(action, 1) },
		} {
			harm()
			time.Sleep(time.Minute)
			began := time.Now()
			got := d.refreshed(key)
			if !slices.Contains(got.Notes, "actionFailed") || len(got.Rules) == 0 || len(got.Similar) == 0 {
				t.Errorf("a custom action that %s: notes %v, %d by rules, %d by history", name, got.Notes, len(got.Rules), len(got.Similar))
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("a custom action that %s kept everybody waiting for %v", name, took)
			}
		}
	})
}

func TestPeopleWithoutAnAccountAreNotSuggested(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		c := openCaseOf(t, box, ann)
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		got := d.refreshed(key)
		first, expert := box.PersonByOID(got.Rules[0].Person.ID), box.PersonByOID(got.Similar[0].Person.ID)
		if err := box.SetRow("systemuser", first.SystemUserID, map[string]any{"isdisabled": true}); err != nil {
			t.Fatal(err)
		}
		if err := box.SetRow("systemuser", expert.SystemUserID, map[string]any{"azureactivedirectoryobjectid": nil}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour) // experts' accounts are read anew once a day
		for _, p := range slices.Concat(d.refreshed(key).Rules, d.suggest(key).Similar) {
			if p.Person.ID == first.OID || p.Person.ID == expert.OID {
				t.Errorf("%s has no enabled account and is suggested", p.Person.Name)
			}
		}
	})
}

func TestALostRecordTakesItsSuggestionsAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		c := openCaseOf(t, box, ann)
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		d.refreshed(key)
		if err := box.DeleteRow("incident", c.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		got := d.refreshed(key)
		if got.Problem == nil || got.Problem.Code != "notFound" {
			t.Errorf("of a deleted case: %+v", got)
		}
		ref, err := d.suggestRef(key)
		if err != nil {
			t.Fatal(err)
		}
		if d.store.Fact(relatedKey(ref)) != nil {
			t.Error("what was read of a deleted case is still kept")
		}
	})
}

func TestHistoryGrowsByWhatIsNewAndIsReadAnewOnceADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		d := sit(t, box, ann)
		key := d.openCase(openCaseOf(t, box, ann).ID)
		first := d.refreshed(key)
		all := first.Cases
		rows := func(pause time.Duration) int64 {
			time.Sleep(pause)
			return d.refreshed(key).Cases
		}
		if got := rows(13 * time.Hour); got != all {
			t.Errorf("after reading what is new there are %d cases, want %d", got, all)
		}
		gone, err := chat.ParseRecordKey(first.Similar[0].Case.Key)
		if err != nil {
			t.Fatal(err)
		}
		if err := box.DeleteRow("incident", gone.ID); err != nil {
			t.Fatal(err)
		}
		if got := rows(25 * time.Hour); got != all-1 {
			t.Errorf("after a day there are %d cases, want %d: one was deleted", got, all-1)
		}
	})
}
