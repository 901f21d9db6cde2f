package sandbox_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/sandbox"
)

// story is all messages of a person's chats, as Graph gives them.
func (r rig) story() string {
	r.t.Helper()
	var out strings.Builder
	for _, c := range r.list("/me/chats", "$top", "50").rows() {
		fmt.Fprintln(&out, text(c, "id"), text(c, "topic"))
		for _, m := range r.list("/chats/"+escape(text(c, "id"))+"/messages", "$top", "8").rows() {
			fmt.Fprintln(&out, text(m, "id"), text(m, "deletedDateTime"), text(m, "lastEditedDateTime"), m["reactions"], text(m, "eventDetail/@odata.type"), text(m, "body/content"))
		}
	}
	return out.String()
}

func TestColleaguesDoEverything(t *testing.T) {
	t.Parallel()
	tell := func(seed uint64) (string, string) {
		r := newRig(t, func(o *sandbox.Options) { o.Seed, o.Chats, o.Messages = seed, 20, 300 })
		before := r.story()
		for _, act := range []string{"talk", "talk", "react", "edit", "delete", "gif", "open", "add", "join", "remove", "rename", "post"} {
			r.clock.Add(11 * time.Minute) // whoever asked Graph has gone
			if !r.Act(act) {
				t.Errorf("%s: nothing happened", act)
			}
			if now := r.story(); now == before && act != "post" {
				t.Errorf("%s: the main agent sees nothing of it", act)
			} else {
				before = now
			}
		}
		if r.Act("fly") {
			t.Error("they fly")
		}
		posts := 0
		for _, team := range r.list("/me/joinedTeams").rows() {
			for _, c := range r.list("/teams/" + text(team, "id") + "/channels").rows() {
				if text(c, "membershipType") == "standard" {
					posts += len(r.list("/teams/" + text(team, "id") + "/channels/" + escape(text(c, "id")) + "/messages").rows())
				}
			}
		}
		return before, fmt.Sprint(posts)
	}
	first, posts := tell(3)
	if again, same := tell(3); again != first || same != posts {
		t.Error("equal seeds live differently")
	}
	if other, _ := tell(4); other == first {
		t.Error("another seed lives the same life")
	}
	for what, mark := range map[string]string{
		"a GIF as Teams sends it": "http://schema.skype.com/Giphy", "a name": "chatRenamed", "somebody who came": "membersAdded", "somebody who went": "membersDeleted",
	} {
		if !strings.Contains(first, mark) {
			t.Errorf("the story lacks %s", what)
		}
	}
}

func TestPeopleWhoUseTheAppPlayThemselves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("oneOnOne")
	other := r.colleague(chat)
	other.get("/me").want(200)
	r.send(chat, "<p>Are you there?</p>")
	n := r.CountMessages(chat, "")
	if err := r.Answer(chat); err != nil {
		t.Fatal(err)
	}
	if r.CountMessages(chat, "") != n {
		t.Error("somebody answered in the name of a person who is there")
	}
	r.clock.Add(11 * time.Minute)
	if err := r.Answer(chat); err != nil || r.CountMessages(chat, "") != n+1 {
		t.Errorf("nobody answers for who has gone: %v", err)
	}
}

func TestAnswersFitTheQuestion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	for question, want := range map[string]string{
		"Thanks a lot!": "welcome|time|Glad", "Wann kommt der Techniker?": "Morgen|Abend|Nachmittag", "ありがとうございました。": "どう|いつでも",
		"Who can take the call?": "take it|duty", "Ist die Rechnung schon bezahlt?": "Buchung|Abrechnung",
	} {
		r.send(chat, "<p>"+question+"</p>")
		if err := r.Answer(chat); err != nil {
			t.Fatal(err)
		}
		answer := text(r.get("/chats/" + escape(chat) + "/messages?$top=1").rows()[0], "body/content")
		if !anyOf(answer, strings.Split(want, "|")) {
			t.Errorf("%s: got %s, want one of %s", question, answer, want)
		}
	}
}

func anyOf(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

func TestConversationsGoOnLineByLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Chats: 30, Messages: 300, Cases: 12, Life: true, LifeEvery: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		chats := s.ListRooms()
		all := func() (sum int) {
			synctest.Wait()
			for _, c := range chats {
				sum += s.CountMessages(c.ID, "")
			}
			return sum
		}
		grew, had := 0, all()
		for range 120 {
			<-time.After(30 * time.Second)
			if now := all(); now > had {
				grew, had = grew+1, now
			}
		}
		if grew < 40 {
			t.Errorf("in an hour something was said in %d of 120 half minutes, want a lively company", grew)
		}
		cancel()
		<-ended
	})
}
