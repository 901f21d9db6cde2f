package session

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
)

// linkedCase finds a case with a live link to a chat of which who is a member
// (or, with member false, is not).
func linkedCase(t *testing.T, box *sandbox.Sandbox, who *sandbox.Person, member bool) (*sandbox.CaseSeed, string) {
	t.Helper()
	for _, c := range box.Cases {
		for _, l := range c.Linked {
			if !c.Resolved && slices.Contains(membersOf(box, l.ChatID), who.OID) == member && !slices.Contains(box.RestrictedCaseIDs(), c.ID) {
				return c, l.ChatID
			}
		}
	}
	t.Fatalf("no case has a linked chat with %s a member: %v", who.Name, member)
	return nil, ""
}

func membersOf(box *sandbox.Sandbox, id string) []string {
	for _, c := range box.ListRooms() {
		if c.ID == id {
			return c.Members
		}
	}
	return nil
}

// otherMember is somebody else in the chat who is in Dynamics too.
func otherMember(t *testing.T, box *sandbox.Sandbox, id string, me *sandbox.Person) *sandbox.Person {
	t.Helper()
	for _, oid := range membersOf(box, id) {
		if p := box.PersonByOID(oid); oid != me.OID && p.SystemUserID != "" {
			return p
		}
	}
	t.Fatalf("nobody else is in %s", id)
	return nil
}

// Journey: a message arrives. A colleague writes, the preview shows it, the
// open chat redraws, and the chat is read again on the server.
func TestAMessageArrives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		c, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		if !slices.Contains(d.section(key, sectionThis).Chats, id) {
			t.Fatalf("the case's list lacks its chat: %+v", d.pane.lists[key])
		}
		d.openChat(id)
		bob := otherMember(t, box, id, ann)
		if _, err := box.Say(bob.OID, id, "<p>The part is in Lyon.</p>"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(70 * time.Second) // present: the list is read each 60 s
		d.Active()
		d.settle()
		row := d.pane.chats[id]
		if !strings.Contains(row.LastText, "Lyon") || row.LastFrom != bob.Name {
			t.Errorf("the row shows %q from %q; want the new message from %s", row.LastText, row.LastFrom, bob.Name)
		}
		if texts := d.texts(id); len(texts) == 0 || !strings.Contains(texts[len(texts)-1], "Lyon") {
			t.Errorf("the open chat ends with %v; want the new message", texts[max(0, len(texts)-2):])
		}
		if row.Unread {
			t.Error("the chat on screen is still unread")
		}
	})
}

// Journey: sent offline, then online. It shows at once, waits, is delivered
// once, and its echo gives way to the server's message.
func TestSentOfflineThenOnline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		before := len(d.openChat(id).Messages)
		if before == 0 {
			t.Fatal("the chat shows nothing")
		}
		box.Knobs.Offline(true)
		d.Refresh()
		d.say(id, "Written on the train")
		d.say(id, "And a second one")
		d.settle()
		if d.pane.health.Connection != "offline" || d.pane.health.Pending != 2 {
			t.Errorf("health %+v; want offline with two pending", d.pane.health)
		}
		texts := d.texts(id)
		if got := texts[len(texts)-2:]; got[0] != "Written on the train" || got[1] != "And a second one" {
			t.Errorf("on screen at the end: %v; want both echoes in order", got)
		}
		box.Knobs.Offline(false)
		time.Sleep(2 * time.Minute)
		d.Active()
		d.settle()
		for _, text := range []string{"Written on the train", "And a second one"} {
			if n := box.CountMessages(id, text); n != 1 {
				t.Errorf("the server has %q %d times, want once", text, n)
			}
			if n := count(d.texts(id), text); n != 1 {
				t.Errorf("the pane shows %q %d times, want once", text, n)
			}
		}
		for mid, m := range d.pane.messages[id] {
			if m.State != "" {
				t.Errorf("row %s is still an echo in state %s", mid, m.State)
			}
		}
		if d.pane.health.Connection != "online" || d.pane.health.Pending != 0 {
			t.Errorf("health %+v; want online with nothing pending", d.pane.health)
		}
	})
}

func count(list []string, want string) int {
	n := 0
	for _, s := range list {
		if strings.Contains(s, want) {
			n++
		}
	}
	return n
}

// Journey: an answer is lost. The server acted, the client does not know; it
// looks before sending again, and nobody reads the message twice.
func TestAnswerLostIsLookedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		d.openChat(id)
		box.Knobs.Cut("POST /chats", sandbox.After, 1)
		d.say(id, "Did this arrive?")
		time.Sleep(10 * time.Minute)
		d.Active()
		d.settle()
		if n := box.CountMessages(id, "Did this arrive?"); n != 1 {
			t.Errorf("the server has the message %d times, want once", n)
		}
		if n := count(d.texts(id), "Did this arrive?"); n != 1 {
			t.Errorf("the pane shows the message %d times, want once", n)
		}
		if len(d.outbox.Ops()) != 0 {
			t.Errorf("ops left: %+v", d.outbox.Ops())
		}
	})
}

// Journey: linked. Ann connects a chat to a case; Bob, at his own machine,
// sees it; who may disconnect follows owner, connector and privilege.
func TestConnectAndDisconnectWithTwoUsers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		c, linked := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		id := d.otherGroup(key)
		if _, err := d.Connect(chat.ID(id), key); err != nil {
			t.Fatal(err)
		}
		d.pull()
		if got := d.tied(id, key); got == nil || got.Pending != "link" {
			t.Fatalf("right after connecting: %+v; want the record, pending", got)
		}
		d.settle()
		rec := d.tied(id, key)
		if rec == nil || rec.Pending != "" || !slices.Contains(d.section(key, sectionThis).Chats, id) {
			t.Fatalf("after the server agreed: %+v", rec)
		}
		if !rec.Unlink {
			t.Errorf("the most recent connector may not disconnect: %s", rec.Why)
		}

		bob := otherMember(t, box, id, ann)
		e := sit(t, box, bob)
		bobKey := e.openCase(c.ID)
		if !slices.Contains(e.section(bobKey, sectionThis).Chats, id) {
			t.Errorf("%s does not see the chat among those of the case", bob.Name)
		}
		if _, err := d.Disconnect(chat.ID(id), key); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if got := d.tied(id, key); got != nil {
			t.Errorf("after disconnecting Ann still sees %+v", got)
		}
		time.Sleep(20 * time.Second)
		e.Refresh()
		e.settle()
		if slices.Contains(e.section(bobKey, sectionThis).Chats, id) {
			t.Error("Bob still sees the disconnected chat")
		}
		if !slices.Contains(d.section(key, sectionThis).Chats, linked) {
			t.Error("disconnecting one chat took another away")
		}
	})
}

// otherGroup is a group chat of mine that does not belong to the record.
func (d *desk) otherGroup(key string) string {
	d.t.Helper()
	for _, kind := range []string{sectionOthers, sectionOther} {
		for _, id := range d.section(key, kind).Chats {
			if d.pane.chats[id].Kind == "group" {
				return id
			}
		}
	}
	d.t.Fatal("no group chat that is not connected to the record")
	return ""
}

// tied is how a chat's row shows that it belongs to a record, nil if it does not.
func (d *desk) tied(id, key string) *ChatRecord {
	for _, r := range d.pane.chats[id].Records {
		if r.Key == key {
			return &r
		}
	}
	return nil
}

// Scrolling up reads page after page, from the cache and then from the server,
// without a gap or a message twice, to the beginning of the chat.
func TestOlderReachesTheBeginning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := sandbox.New(sandbox.Options{Seed: 7, Chats: 20, Messages: 3000})
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		page := d.openChat(id)
		seen := map[string]bool{}
		for range 40 {
			for _, m := range page.Messages {
				if seen[m.ID] {
					t.Fatalf("message %s came twice", m.ID)
				}
				seen[m.ID] = true
			}
			if !page.More {
				break
			}
			var err error
			if page, err = d.Older(t.Context(), chat.ID(id), page.Messages[0].Sort); err != nil {
				t.Fatal(err)
			}
		}
		if want := box.CountMessages(id, ""); len(seen) != want || page.More {
			t.Errorf("%d messages were read, more %v; the server has %d", len(seen), page.More, want)
		}
	})
}
