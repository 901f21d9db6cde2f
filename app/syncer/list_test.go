package syncer_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/sandbox"
)

// A list longer than a page is read to its end once, in either order, and
// after that down to what is known.
func TestALongList(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]bool{"newest first": false, "a service that refuses the order": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := makeRig(t, sandbox.Options{Seed: 3, Chats: 200, Messages: 400, Cases: 10})
				r.box.Knobs.RefuseOrder(refused)
				r.start()
				r.wait(30 * time.Second)
				mine := 0
				for _, c := range r.box.ListRooms() {
					if strings.Contains(strings.Join(c.Members, " "), r.me.OID) {
						mine++
					}
				}
				stored, err := r.store.Chats()
				r.must(err)
				if mine <= 100 || len(stored) != mine || !r.Status().AllRead {
					t.Fatalf("%d chats stored of %d, all read %v", len(stored), mine, r.Status().AllRead)
				}
				r.box.Knobs.ResetCounts()
				id := stored[len(stored)-1].ID
				r.say(id, "from the end of the list")
				r.Poke()
				r.wait(20 * time.Second)
				if got := r.chat(id).Preview.Text; got != "from the end of the list" {
					t.Errorf("the preview says %q", got)
				}
				if n := r.lists(); !refused && n != 1 {
					t.Errorf("a refresh cost %d list requests, want 1", n)
				}
			})
		})
	}
}

// What happens to chats shows after a refresh: a new one, a name, members.
func TestChatsChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		who, new := r.other(id), r.stranger(id)
		g := graph.New(r.client(who, "graph", "/v1.0", nil))
		made, err := g.CreateChat(t.Context(), graph.NewChat{ChatType: "group", Topic: "Made meanwhile",
			Members: []graph.NewMember{{UserID: who.OID}, {UserID: r.me.OID}, {UserID: new.OID}}})
		r.must(err)
		r.must(r.box.Rename(string(id), who.OID, "A new name"))
		r.must(r.box.AddMember(string(id), new.OID, who.OID))
		r.wait(15 * time.Second)
		r.Poke()
		r.wait(10 * time.Second)
		if c := r.chat(chat.ID(made.ID)); c.Topic != "Made meanwhile" || len(c.Members) != 3 || !c.MembersComplete {
			t.Errorf("the new chat is %+v", c)
		}
		if c := r.chat(id); c.Topic != "A new name" || !has(c, new.OID) {
			t.Errorf("the chat is %+v", c)
		}
		r.must(r.box.RemoveMember(string(id), new.OID))
		r.wait(15 * time.Second)
		r.Poke()
		r.wait(10 * time.Second)
		if c := r.chat(id); has(c, new.OID) {
			t.Errorf("%s is still a member", new.Name)
		}
	})
}

func has(c chat.Chat, oid string) bool {
	for _, m := range c.Members {
		if m.UserID == oid {
			return true
		}
	}
	return false
}

// Whoever is removed loses the chat; whoever comes back gets all of it again,
// from the newest message on.
func TestRemovedAndAddedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		r.must(r.box.RemoveMember(string(id), r.me.OID))
		r.SyncNow(id)
		r.wait(10 * time.Second)
		if _, ok, _ := r.store.Chat(id); ok || len(r.messages(id)) > 0 {
			t.Fatal("the chat is still here")
		}
		r.must(r.box.AddMember(string(id), r.me.OID, ""))
		r.Poke()
		r.wait(30 * time.Second)
		r.chat(id)
		r.must(r.First(t.Context(), id))
		for range 20 {
			r.must(r.Older(t.Context(), id))
		}
		if got, want := len(r.messages(id)), r.box.CountMessages(string(id), ""); got != want {
			t.Errorf("%d messages after coming back, want all %d", got, want)
		}
	})
}

// A refusal erases a chat only when the chat list, which is not refused, does
// not show it: rights may have been taken away, and servers err.
func TestARefusalAloneErasesNothing(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string][]string{
		"the list shows the chat": {"graph GET /chats/{id}"},
		"the list is refused too": {"graph GET /chats/{id}", "graph GET /me/chats"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, small())
				id := r.someChat()
				for _, kind := range refused {
					r.box.Knobs.Fail(kind, http.StatusForbidden, 0)
				}
				r.SetPresent(true)
				r.SyncNow(id)
				r.wait(10 * time.Minute)
				if r.chat(id); r.asked("graph GET /chats/{id}$") == 0 {
					t.Error("the service was not asked about the chat, so this proves nothing")
				}
			})
		})
	}
}

// What comes after the user was removed is not stored any more.
func TestAnAnswerAfterThePurgeIsDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		r.must(r.box.RemoveMember(string(id), r.me.OID))
		r.Poke()
		r.wait(30 * time.Second)
		if _, ok, _ := r.store.Chat(id); ok {
			t.Fatal("the chat is still here")
		}
		late := graph.Message{ID: "946684800123", CreatedDateTime: graph.Time{Time: time.Now()}, Body: graph.Body{Content: "late"}}
		if _, err := r.Stored(t.Context(), string(id), []graph.Message{late}); err != nil {
			t.Fatal(err)
		}
		if n := len(r.messages(id)); n != 0 {
			t.Errorf("%d messages are stored after the purge", n)
		}
	})
}

// Graph shows 25 members in lists. The others are read when the chat is looked
// at, once in a run, and again when somebody comes or goes.
func TestMembersOfALargeChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		var id chat.ID
		stored, err := r.store.Chats()
		r.must(err)
		for _, c := range stored {
			if !c.MembersComplete {
				id = c.ID
			}
		}
		if n := len(r.chat(id).Members); n != 25 {
			t.Fatalf("%d members before, want Graph's 25", n)
		}
		r.SetPresent(true)
		r.wait(10 * time.Minute)
		r.box.Knobs.ResetCounts()
		for range 3 {
			r.SetVisible(id)
			r.wait(2 * time.Minute)
			r.SetVisible("")
		}
		if c := r.chat(id); len(c.Members) != 28 || !c.MembersComplete {
			t.Errorf("%d members, complete %v; want 28", len(c.Members), c.MembersComplete)
		}
		if n := r.asked("GET /chats/{id}/members"); n != 1 {
			t.Errorf("%d reads of members, want one", n)
		}
		r.must(r.First(t.Context(), id))
		gone := r.box.PersonByOID(r.chat(id).Members[26].UserID)
		r.must(r.box.RemoveMember(string(id), gone.OID))
		r.SyncNow(id)
		r.wait(time.Minute)
		if c := r.chat(id); has(c, gone.OID) || len(c.Members) != 27 {
			t.Errorf("%d members after %s left", len(c.Members), gone.Name)
		}
		// The process ends after it stored the message and before it read the members.
		gone = r.box.PersonByOID(r.chat(id).Members[26].UserID)
		r.must(r.box.RemoveMember(string(id), gone.OID))
		r.must(r.First(t.Context(), id))
		r.stop()
		r.start()
		r.SetPresent(true)
		r.wait(time.Minute)
		if c := r.chat(id); has(c, gone.OID) || len(c.Members) != 26 {
			t.Errorf("%d members after %s left and the process ended", len(c.Members), gone.Name)
		}
	})
}
