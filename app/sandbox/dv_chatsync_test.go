package sandbox_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

// chatSync is a sandbox with chat sync on, and a group chat of the main agent
// that no record has.
type chatSync struct {
	dvAPI
	chat   sandbox.DescribedChat
	record string
}

func newChatSync(t *testing.T) chatSync {
	t.Helper()
	a := newDVAPI(t, func(o *sandbox.Options) { o.Cases, o.Chats = 12, 40 })
	a.s.SyncChats(true)
	linked := a.get(dvLinks).column("msdyn_teamschatid")
	for _, c := range a.s.ListRooms() {
		if c.Topic != "" && len(c.Members) > 2 && slices.Contains(c.Members, a.oid) && !slices.Contains(linked, any(c.ID)) {
			return chatSync{a, c, a.s.Cases[2].ID}
		}
	}
	t.Fatal("no free chat")
	return chatSync{}
}

// connect links the chat to a record and returns the row's id.
func (s chatSync) connect(table, record string) string {
	s.t.Helper()
	id, err := s.s.AddLink(s.chat.ID, table, record, s.oid)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// wait lets time pass; tokens live shorter than some waits.
func (s chatSync) wait(d time.Duration) {
	s.clock.Add(d)
	s.tokens.Clear()
}

// activity is the row that chat sync made for the chat, or nil.
func (s chatSync) activity() map[string]any {
	s.t.Helper()
	rows := s.query("chats", "$filter", "teamschatid eq '"+s.chat.ID+"'").rows()
	if len(rows) > 1 {
		s.t.Fatalf("%d activities for one chat", len(rows))
	}
	if rows == nil {
		return nil
	}
	return rows[0]
}

// parties are who takes part in an activity.
func (s chatSync) parties(activity map[string]any) []any {
	s.t.Helper()
	return s.query("activityparties", "$filter", fmt.Sprintf("_activityid_value eq %s and participationtypemask eq 12", activity["activityid"])).column("_partyid_value")
}

func TestChatSyncMakesAnActivity(t *testing.T) {
	t.Parallel()
	s := newChatSync(t)
	s.connect("incident", s.record)
	if got := s.activity(); got != nil {
		t.Errorf("an activity at once: %v", got)
	}
	linked := s.clock.Now().Format("2006-01-02T15:04:05Z")
	s.wait(6 * time.Second)
	got := s.activity()
	if got == nil || got["subject"] != s.chat.Topic || got["_regardingobjectid_value"] != s.record || got["_linkedby_value"] != s.me().SystemUserID ||
		got["linkedon"] != linked || got["syncstatus"] != 2.0 || got["statecode"] != 0.0 {
		t.Fatalf("the activity: %v", got)
	}
	if parties := s.parties(got); len(parties) != len(s.chat.Members) || !slices.Contains(parties, any(s.me().SystemUserID)) {
		t.Errorf("%d parties, want %d", len(parties), len(s.chat.Members))
	}
	if on := s.get("incidents(" + s.record + ")/incident_chats?$select=activityid").column("activityid"); !slices.Contains(on, got["activityid"]) {
		t.Error("it is not on the case's timeline")
	}
}

func TestChatSyncFollowsTheChat(t *testing.T) {
	t.Parallel()
	s := newChatSync(t)
	s.connect("incident", s.record)
	s.wait(6 * time.Second)
	s.activity()
	other := s.s.PersonByOID(s.chat.Members[0])
	newcomer := s.s.People[14]
	s.wait(time.Minute)
	for name, err := range map[string]error{
		"rename": s.s.Rename(s.chat.ID, other.OID, "A new topic"), "add": s.s.AddMember(s.chat.ID, newcomer.OID, other.OID),
	} {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	s.wait(time.Minute)
	if _, err := s.s.Say(other.OID, s.chat.ID, "<p>Hello</p>"); err != nil {
		t.Fatal(err)
	}
	said := s.clock.Now().Format("2006-01-02T15:04:05Z")
	s.wait(6 * time.Second)
	got := s.activity()
	if got["subject"] != "A new topic" || got["modifiedinteamson"] != said {
		t.Errorf("after changes: %v, want the time %s", got, said)
	}
	if !slices.Contains(s.parties(got), any(newcomer.SystemUserID)) {
		t.Error("the new member takes no part")
	}
	by := s.query("activityparties", "$filter", fmt.Sprintf("activitypartyid eq %s", got["modifiedinteamsbyactivitypartyid"])).column("_partyid_value")
	if len(by) != 1 || by[0] != other.SystemUserID {
		t.Errorf("last sender: %v, want %s", by, other.SystemUserID)
	}
	if err := s.s.RemoveMember(s.chat.ID, newcomer.OID); err != nil {
		t.Fatal(err)
	}
	s.wait(6 * time.Second)
	if slices.Contains(s.parties(s.activity()), any(newcomer.SystemUserID)) {
		t.Error("who left still takes part")
	}
}

func TestChatSyncStops(t *testing.T) {
	t.Parallel()
	const week = 7 * 24 * time.Hour
	say := func(t *testing.T, s chatSync) {
		t.Helper()
		if _, err := s.s.Say(s.chat.Members[0], s.chat.ID, "<p>Still there?</p>"); err != nil {
			t.Fatal(err)
		}
		s.wait(6 * time.Second)
	}
	for name, c := range map[string]struct {
		before  func(t *testing.T, s chatSync, link string)
		follows bool
	}{
		"not while people write each week": {func(t *testing.T, s chatSync, _ string) {
			for range 3 {
				s.wait(week - time.Hour)
				say(t, s)
			}
		}, true},
		"after a week without a word": {func(t *testing.T, s chatSync, _ string) { s.wait(week + time.Hour) }, false},
		"when it was completed": {func(t *testing.T, s chatSync, _ string) {
			s.do("PATCH", "chats("+s.activity()["activityid"].(string)+")", `{"statecode":1}`).want(204)
		}, false},
		"when the link is gone": {func(t *testing.T, s chatSync, link string) {
			if err := s.s.SetLink(link, false, s.oid); err != nil {
				t.Fatal(err)
			}
			s.wait(6 * time.Second)
			if got := s.activity(); got["_unlinkedby_value"] != s.me().SystemUserID || got["unlinkedon"] == nil || got["syncstatus"] != 0.0 {
				t.Errorf("the activity of a link that is gone: %v", got)
			}
		}, false},
		"when sync was turned off": {func(t *testing.T, s chatSync, _ string) { s.s.SyncChats(false) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newChatSync(t)
			link := s.connect("incident", s.record)
			s.wait(6 * time.Second)
			s.activity()
			c.before(t, s, link)
			before := s.activity()["modifiedinteamson"]
			s.wait(time.Minute)
			say(t, s)
			if after := s.activity()["modifiedinteamson"]; (before != after) != c.follows {
				t.Errorf("last update before %v, after %v; want it followed: %v", before, after, c.follows)
			}
		})
	}
}

func TestChatSyncLeavesAlone(t *testing.T) {
	t.Parallel()
	t.Run("links from before", func(t *testing.T) {
		t.Parallel()
		s := newChatSync(t)
		s.s.SyncChats(false)
		s.connect("incident", s.record)
		s.s.SyncChats(true)
		s.wait(time.Hour)
		if got := s.activity(); got != nil {
			t.Errorf("an activity: %v", got)
		}
	})
	t.Run("links to activities", func(t *testing.T) {
		t.Parallel()
		s := newChatSync(t)
		s.connect("email", s.query("emails", "$top", "1").column("activityid")[0].(string))
		s.wait(time.Hour)
		if got := s.activity(); got != nil {
			t.Errorf("an activity: %v", got)
		}
	})
	t.Run("a link made and gone within seconds", func(t *testing.T) {
		t.Parallel()
		s := newChatSync(t)
		link := s.connect("incident", s.record)
		if err := s.s.SetLink(link, false, s.oid); err != nil {
			t.Fatal(err)
		}
		s.wait(time.Hour)
		if got := s.activity(); got != nil {
			t.Errorf("an activity: %v", got)
		}
	})
	t.Run("a link that is made again", func(t *testing.T) {
		t.Parallel()
		s := newChatSync(t)
		link := s.connect("contoso_warrantyclaim", s.query("contoso_warrantyclaims", "$top", "1").column("contoso_warrantyclaimid")[0].(string))
		for _, live := range []bool{false, true} {
			s.wait(6 * time.Second)
			s.activity()
			if err := s.s.SetLink(link, live, s.s.People[1].OID); err != nil {
				t.Fatal(err)
			}
		}
		s.wait(6 * time.Second)
		if got := s.activity(); got == nil || got["unlinkedon"] != nil || got["_linkedby_value"] != s.s.People[1].SystemUserID || got["syncstatus"] != 2.0 {
			t.Errorf("the activity: %v", got)
		}
	})
}
