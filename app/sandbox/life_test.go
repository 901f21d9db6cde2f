package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/sandbox"
)

func TestColleaguesAnswerAfterAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Chats: 12, Messages: 120, Cases: 6, Life: true, AnswerAfter: 4 * time.Second})
		me := s.People[0]
		var chat string
		for _, c := range s.ListRooms() {
			if strings.Join(c.Members, " ") != "" && strings.Contains(strings.Join(c.Members, " "), me.OID) {
				chat = c.ID
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		synctest.Wait()
		before := s.CountMessages(chat, "")
		r, err := http.NewRequestWithContext(ctx, "POST", s.Origins()["graph"]+"/v1.0/chats/"+chat+"/messages", strings.NewReader(`{"body":{"content":"Who can help?"}}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.Token(me.OID, "graph"))
		r.Header.Set("Content-Type", "application/json")
		if res, err := s.Transport().RoundTrip(r); err != nil || res.StatusCode != 201 {
			t.Fatalf("send: %v, %v", res, err)
		}
		synctest.Wait()
		if n := s.CountMessages(chat, ""); n != before+1 {
			t.Errorf("at once: got %d messages, want %d", n, before+1)
		}
		<-time.After(5 * time.Second)
		synctest.Wait()
		if n := s.CountMessages(chat, ""); n != before+2 {
			t.Errorf("after a while: got %d messages, want one answer", n-before)
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if n := s.CountMessages(chat, ""); n != before+2 {
			t.Errorf("later: got %d messages, want no answer to the answer", n-before)
		}
		all := func() (sum int) {
			for _, c := range s.ListRooms() {
				sum += s.CountMessages(c.ID, "")
			}
			return sum
		}
		had := all()
		<-time.After(10 * time.Minute)
		synctest.Wait()
		if all() <= had {
			t.Error("nobody wrote first in ten minutes")
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	})
}

func TestSayAnswerAndMembership(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	other := r.colleague(chat)
	id, err := r.Say(other.me.UPN, chat, "<p>from outside</p>")
	if err != nil {
		t.Fatal(err)
	}
	if g := r.get("/chats/" + escape(chat) + "/messages/" + id).want(200); text(g.json, "from/user/id") != other.me.OID {
		t.Errorf("got %s", g.body)
	}
	if err := r.Answer(chat); err != nil {
		t.Fatal(err)
	}
	last := r.get("/chats/" + escape(chat) + "/messages?$top=1").rows()[0]
	if text(last, "id") == id || text(last, "from/user/id") == other.me.OID {
		t.Errorf("got %v, want an answer by somebody else", last)
	}
	if err := r.RemoveMember(chat, r.me.OID); err != nil {
		t.Fatal(err)
	}
	r.get("/chats/" + escape(chat)).want(403)
	for name, err := range map[string]error{
		"answer": r.Answer("none"), "add": r.AddMember("none", r.me.OID, ""), "remove": r.RemoveMember(chat, "nobody"), "rename": r.Rename("none", r.me.OID, "x"),
	} {
		if err == nil {
			t.Errorf("%s: no error for what is not there", name)
		}
	}
	if _, err := r.Say("nobody", chat, "x"); err == nil {
		t.Error("nobody said something")
	}
}
