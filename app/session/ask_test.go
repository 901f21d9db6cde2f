package session

import (
	"html"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/sandbox"
)

func TestWhoIsAskedFirst(t *testing.T) {
	t.Parallel()
	link := chat.Link{Connector: "ann", CreatedBy: "bo"}
	for name, c := range map[string]struct {
		link  chat.Link
		owner chat.Principal
		facts dataverse.AskFacts
		want  string
	}{
		"nothing is known but the link and the owner": {link, chat.Principal{ID: "olga"}, dataverse.AskFacts{}, "ann:connected bo:connected olga:owner"},
		"a team owns the record":                      {link, chat.Principal{ID: "team", Team: true}, dataverse.AskFacts{Administrator: "tim"}, "ann:connected bo:connected tim:leadsTeam"},
		"a team that nobody leads":                    {chat.Link{}, chat.Principal{ID: "team", Team: true}, dataverse.AskFacts{}, ""},
		"one person is all of it":                     {chat.Link{Connector: "ann", CreatedBy: "ann"}, chat.Principal{ID: "ann"}, dataverse.AskFacts{}, "ann:connected"},
		"who connected it is in the synced chat":      {link, chat.Principal{ID: "olga"}, dataverse.AskFacts{Members: []string{"carl", "ann"}}, "ann:inChat carl:inChat bo:connected olga:owner"},
		"who connected it has left the synced chat":   {link, chat.Principal{ID: "carl"}, dataverse.AskFacts{Members: []string{"carl", "dora"}}, "carl:inChat dora:inChat ann:connected bo:connected"},
		"only who made the row is in it":              {link, chat.Principal{ID: "olga"}, dataverse.AskFacts{Members: []string{"carl", "bo"}}, "bo:inChat carl:inChat ann:connected olga:owner"},
		"an old row names nobody":                     {chat.Link{}, chat.Principal{ID: "olga"}, dataverse.AskFacts{}, "olga:owner"},
	} {
		var got []string
		for _, p := range candidates(c.link, c.owner, c.facts) {
			got = append(got, p.id+":"+p.how)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestWhoCannotJoinAsksAMember(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		over := handOver(t, box, 1)
		d := sit(t, box, over.owner)
		row := d.lockedOf(d.openCase(over.cas))[0]
		draft, err := d.PrepareAsk(t.Context(), row.ID)
		if err != nil || len(draft.People) == 0 || draft.People[0].ID != over.ann.OID || !slices.Contains([]string{"connected", "inChat"}, draft.People[0].How) || draft.URL == "" {
			t.Fatalf("whom to ask: %v %+v; want Ann, who connected it", err, draft)
		}
		id, err := d.AskToJoin(t.Context(), Ask{Link: row.ID, Person: over.ann.OID, Text: "Please add me to <Gasket>.\n\nThank you"})
		if err != nil {
			t.Fatal(err)
		}
		d.settle()
		if got := d.pane.chats[id]; got.Kind != "oneOnOne" || !strings.Contains(got.LastText, "Please add me to <Gasket>.") {
			t.Errorf("the chat with Ann shows %+v", got)
		}
		if n := box.CountMessages(id, html.EscapeString(draft.URL)); n != 1 {
			t.Errorf("%d messages link to the record, want one", n)
		}
		if _, err := d.AskToJoin(t.Context(), Ask{Link: row.ID, Person: d.me.OID, Text: "x"}); err == nil {
			t.Error("anybody can be asked")
		}
	})
}

// Where Dynamics syncs the chat, people who were in it are asked before one who
// connected it and is not; and a team is asked through who leads it.
func TestWhoWasInASyncedChatIsAskedFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		box.SyncChats(true)
		over := handOver(t, box, 1)
		if err := box.RemoveMember(over.chats[0], over.ann.OID); err != nil {
			t.Fatal(err)
		}
		team := box.Teams[slices.IndexFunc(box.Teams, func(s *sandbox.TeamSeed) bool { return s.Administrator != "" && s.Type == 0 })]
		if err := box.SetCaseOwner(over.cas, team.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // virtual; chat sync looks some seconds after the link
		members := membersOf(box, over.chats[0])
		d := sit(t, box, over.owner)
		row := d.lockedOf(d.openCase(over.cas))[0]
		draft, err := d.PrepareAsk(t.Context(), row.ID)
		if err != nil {
			t.Fatal(err)
		}
		var in, connected, leads []string
		for _, p := range draft.People {
			switch p.How {
			case "inChat":
				in = append(in, p.ID)
			case "connected":
				connected = append(connected, p.ID)
			case "leadsTeam":
				leads = append(leads, p.ID)
			}
		}
		if len(in) == 0 || draft.People[0].How != "inChat" {
			t.Errorf("proposed are %+v; want somebody first who is in the chat", draft.People)
		}
		for _, id := range in {
			if !slices.Contains(members, id) {
				t.Errorf("%s is no member of the chat: %v", id, members)
			}
		}
		if len(in) < askMost && !slices.Contains(connected, over.ann.OID) {
			t.Errorf("Ann, who connected it, is missing: %+v", draft.People)
		}
		admin := box.People[slices.IndexFunc(box.People, func(p *sandbox.Person) bool { return p.SystemUserID == team.Administrator })].OID
		if len(in) < askMost-1 && !slices.Contains(members, admin) && !slices.Contains(leads, admin) {
			t.Errorf("%s, who leads the team, is missing: %+v", admin, draft.People)
		}
	})
}
