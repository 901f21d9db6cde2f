package suggest_test

import (
	"slices"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/suggest"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func ago(hours int) time.Time { return noon.Add(-time.Duration(hours) * time.Hour) }

// crew are people by systemuserid; "me" is the user.
var crew = map[string]suggest.Person{
	"me": {ID: "me", Entra: "E-me"}, "ann": {ID: "ann", Entra: "E-ann"}, "bob": {ID: "bob", Entra: "E-bob"}, "cleo": {ID: "cleo", Entra: "E-cleo"},
	"dan": {ID: "dan", Entra: "E-dan"}, "gone": {ID: "gone", Entra: "E-gone", Disabled: true}, "none": {ID: "none"}, "app": {ID: "app", Entra: "E-app", Robot: true},
	"twin": {ID: "twin", Entra: "E-ann"}, // the same person, made twice in the environment
}

func who(id string) (suggest.Person, bool) { p, ok := crew[id]; return p, ok }

func names(list []suggest.Related) []string {
	out := []string{}
	for _, r := range list {
		out = append(out, r.Person.ID+":"+r.Label.Code+r.Label.Text)
	}
	return out
}

func TestDefaultOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		facts suggest.RecordFacts
		want  []string
	}{
		{"the owner comes first", suggest.RecordFacts{Owner: chat.Principal{ID: "ann"}, Acts: []suggest.Act{{"bob", ago(1)}}}, []string{"ann:owner", "bob:active"}},
		{"a team gives its administrator, then members with activity", suggest.RecordFacts{Owner: chat.Principal{ID: "T", Team: true}, Administrator: "cleo",
			Team: []string{"ann", "bob"}, Acts: []suggest.Act{{"dan", ago(1)}, {"bob", ago(2)}}}, []string{"cleo:teamAdmin", "bob:team", "dan:active"}},
		{"a member without activity is not suggested", suggest.RecordFacts{Owner: chat.Principal{ID: "T", Team: true}, Team: []string{"ann"}}, []string{}},
		{"connectors come before others with activity", suggest.RecordFacts{Acts: []suggest.Act{{"ann", ago(1)}}, Connections: []suggest.Act{{"bob", ago(50)}}},
			[]string{"bob:connector", "ann:active"}},
		{"of two connectors the later one is first", suggest.RecordFacts{Connections: []suggest.Act{{"ann", ago(9)}, {"bob", ago(3)}, {"ann", ago(5)}}},
			[]string{"bob:connector", "ann:connector"}},
		{"never the user, disabled people, robots, people without an account, or strangers", suggest.RecordFacts{Owner: chat.Principal{ID: "me"},
			Acts: []suggest.Act{{"gone", ago(1)}, {"none", ago(1)}, {"app", ago(1)}, {"stranger", ago(1)}, {"me", ago(1)}, {"", ago(1)}}}, []string{}},
		{"one person with two users is there once", suggest.RecordFacts{Owner: chat.Principal{ID: "twin"}, Acts: []suggest.Act{{"ann", ago(1)}}}, []string{"twin:owner"}},
		{"nothing known gives nobody", suggest.RecordFacts{}, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := names(suggest.Relate(suggest.DefaultGroups(tt.facts), who, "E-me", 10))
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRulesKeepTheirOrderAndSayWhoElseFoundSomebody(t *testing.T) {
	t.Parallel()
	manager, note := suggest.Label{Text: "Account manager"}, suggest.Label{Text: "Note author"}
	got := suggest.Relate([]suggest.Group{{manager, []string{"bob"}}, {note, []string{"ann", "bob", "bob", "cleo"}}, {manager, []string{"bob"}}}, who, "E-me", 2)
	if want := []string{"bob:Account manager", "ann:Note author"}; !slices.Equal(names(got), want) {
		t.Fatalf("got %v, want %v", names(got), want)
	}
	if want := []suggest.Label{note}; !slices.Equal(got[0].Also, want) {
		t.Errorf("bob was found by %v too, want %v", got[0].Also, want)
	}
}
