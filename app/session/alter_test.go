package session

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
)

// atDesk tells a story of one agent with one of the agent's chats open.
func atDesk(t *testing.T, story func(d *desk, id string)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		d.openChat(id)
		story(d, id)
	})
}

// written is a message of mine that the server has.
func (d *desk) written(id, text string) string {
	d.t.Helper()
	d.say(id, text)
	d.settle()
	for mid, m := range d.pane.messages[id] {
		if m.Plain == text && m.State == "" {
			return mid
		}
	}
	d.t.Fatalf("%q did not arrive", text)
	return ""
}

func (d *desk) row(id, message string) MessageRow {
	d.pull()
	return d.pane.messages[id][message]
}

// did fails the test when an act was not accepted.
func did(t *testing.T, op string, err error) string {
	t.Helper()
	if err != nil || op == "" {
		t.Fatalf("op %q: %v", op, err)
	}
	time.Sleep(5 * time.Second) // offline its attempt has failed then
	synctest.Wait()
	return op
}

// online ends an offline time and lets everything be delivered.
func (d *desk) online() {
	d.t.Helper()
	if err := d.box.Knobs.Offline(false); err != nil {
		d.t.Fatal(err)
	}
	d.Active()
	d.Refresh()
	d.settle()
}

func (d *desk) offline() {
	d.t.Helper()
	if err := d.box.Knobs.Offline(true); err != nil {
		d.t.Fatal(err)
	}
}

// Journey: edited, reacted to and renamed offline. All of it shows at once as
// pending, is delivered in order, and the rows never fall back.
func TestEditedReactedAndRenamedOffline(t *testing.T) {
	atDesk(t, func(d *desk, id string) {
		m := d.written(id, "Frist draft")
		d.offline()
		did(d.edit(id, m, "First draft"))
		did2 := func(op string, err error) { d.t.Helper(); did(d.t, op, err) }
		did2(d.React(chat.ID(id), m, "👍"))
		did2(d.RenameChat(chat.ID(id), "Pump of Lyon"))
		row := d.row(id, m)
		if row.Plain != "First draft" || row.Edited == "" || len(row.Reacts) != 1 || !row.Reacts[0].Mine || kinds(row.Acts) != "edit react" {
			d.t.Errorf("offline the row is %+v; want the edit and the reaction, pending", row)
		}
		if c := d.pane.chats[id]; c.Title != "Pump of Lyon" || kinds(c.Acts) != "rename" {
			d.t.Errorf("offline the chat is called %q (%s pending)", c.Title, kinds(c.Acts))
		}
		if d.pane.health.Pending != 3 {
			d.t.Errorf("%d pending, want 3", d.pane.health.Pending)
		}
		d.online()
		row = d.row(id, m)
		if row.Plain != "First draft" || len(row.Reacts) != 1 || len(row.Acts) != 0 {
			d.t.Errorf("online the row is %+v; want the same with nothing pending", row)
		}
		stored, _ := d.messageAt(chat.ID(id), m)
		if stored.Edited.IsZero() || len(stored.Reactions) != 1 || stored.Marker == "" {
			d.t.Errorf("stored is %+v; want edited, with a reaction and its marker", stored)
		}
		if d.box.CountMessages(id, "First draft") != 1 || d.pane.chats[id].Title != "Pump of Lyon" || len(d.pane.chats[id].Acts) != 0 {
			d.t.Errorf("the server has the text %d times, the chat is %+v", d.box.CountMessages(id, "First draft"), d.pane.chats[id])
		}
	})
}

// edit returns what did takes.
func (d *desk) edit(id, message, text string) (*testing.T, string, error) {
	op, err := d.EditMessage(d.t.Context(), Edit{Chat: id, Message: message, HTML: "<p>" + text + "</p>"})
	return d.t, op, err
}

func kinds(acts []Act) string {
	var out []string
	for _, a := range acts {
		out = append(out, a.Kind)
	}
	return strings.Join(out, " ")
}

func TestDeletedOfflineAndTakenBack(t *testing.T) {
	atDesk(t, func(d *desk, id string) {
		m := d.written(id, "Too much said")
		d.offline()
		op, err := d.DeleteMessage(chat.ID(id), m)
		did(t, op, err)
		if row := d.row(id, m); !row.Deleted || row.Plain != "" || !d.pane.chats[id].LastGone {
			t.Errorf("offline the row is %+v, want it deleted", row)
		}
		if _, err := d.RestoreMessage(chat.ID(id), m); err != nil {
			t.Fatal(err)
		}
		if row := d.row(id, m); row.Deleted || row.Plain != "Too much said" || len(row.Acts) != 0 {
			t.Errorf("taken back the row is %+v", row)
		}
		op, err = d.DeleteMessage(chat.ID(id), m)
		did(t, op, err)
		d.online()
		if row := d.row(id, m); !row.Deleted || len(row.Acts) != 0 || d.box.CountMessages(id, "Too much said") != 0 {
			t.Errorf("online the row is %+v, want it deleted at the server", row)
		}
		if _, err := d.RestoreMessage(chat.ID(id), m); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if row := d.row(id, m); row.Deleted || row.Plain != "Too much said" {
			t.Errorf("restored the row is %+v", row)
		}
	})
}

// A message that was not sent yet is amended, or not sent at all.
func TestAQueuedMessageIsAmendedAndTakenBack(t *testing.T) {
	atDesk(t, func(d *desk, id string) {
		d.offline()
		one, two := d.say(id, "Frist"), d.say(id, "Zweitens doch nicht")
		d.settle()
		did(d.edit(id, "echo:"+one, "First"))
		if _, err := d.DeleteMessage(chat.ID(id), "echo:"+two); err != nil {
			t.Fatal(err)
		}
		if texts := d.textsNow(id); texts[len(texts)-1] != "First" {
			t.Errorf("on screen at the end: %v", texts[len(texts)-2:])
		}
		d.online()
		for text, want := range map[string]int{"Frist": 0, "First": 1, "Zweitens doch nicht": 0} {
			if n := d.box.CountMessages(id, text); n != want {
				t.Errorf("the server has %q %d times, want %d", text, n, want)
			}
		}
	})
}

func (d *desk) textsNow(id string) []string {
	d.pull()
	return d.texts(id)
}

// An answer that is lost on the way is not a reason to do it twice: the message
// is looked at first.
func TestALostAnswerIsLookedForBeforeItIsRepeated(t *testing.T) {
	for what, kind := range map[string]string{"edit": "PATCH /chats/{id}/messages/{id}", "reaction": "/setReaction", "delete": "/softDelete", "name": "PATCH /chats/{id}$"} {
		t.Run(what, func(t *testing.T) {
			atDesk(t, func(d *desk, id string) {
				m := d.written(id, "Once")
				before := d.box.Knobs.Requests(kind)
				d.box.Knobs.Cut(kind, sandbox.After, 1)
				var err error
				switch what {
				case "edit":
					_, _, err = d.edit(id, m, "Twice")
				case "reaction":
					_, err = d.React(chat.ID(id), m, "👍")
				case "delete":
					_, err = d.DeleteMessage(chat.ID(id), m)
				case "name":
					_, err = d.RenameChat(chat.ID(id), "Twice")
				}
				if err != nil {
					t.Fatal(err)
				}
				d.settle()
				d.Active()
				d.settle()
				if n := d.box.Knobs.Requests(kind) - before; n != 1 {
					t.Errorf("asked %d times, want once", n)
				}
				if left := d.outbox.Ops(); len(left) != 0 {
					t.Errorf("left are %+v", left)
				}
				if row := d.row(id, m); len(row.Acts) != 0 {
					t.Errorf("the row is %+v", row)
				}
			})
		})
	}
}

// What the server refuses is put before the user with its reason; a text stays
// on screen, everything else shows as it is.
func TestARefusedActIsPutBeforeTheUser(t *testing.T) {
	atDesk(t, func(d *desk, id string) {
		m := d.written(id, "Mine")
		d.box.Knobs.Fail("PATCH /chats/{id}/messages", 403, 1)
		d.box.Knobs.Fail("/setReaction", 403, 1)
		did(d.edit(id, m, "Still mine"))
		if _, err := d.React(chat.ID(id), m, "👍"); err != nil {
			t.Fatal(err)
		}
		d.settle()
		row := d.row(id, m)
		if row.Plain != "Still mine" || len(row.Reacts) != 0 || len(row.Acts) != 2 || row.Acts[0].State != "parked" || row.Acts[0].Reason != "forbidden" {
			t.Errorf("the row is %+v; want the text, no reaction, and both parked", row)
		}
		if err := d.Retry(row.Acts[0].Op); err != nil {
			t.Fatal(err)
		}
		if err := d.Discard(row.Acts[1].Op); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if row := d.row(id, m); len(row.Acts) != 0 || d.box.CountMessages(id, "Still mine") != 1 {
			t.Errorf("at the end the row is %+v", row)
		}
	})
}

func TestWhatCannotBeAlteredIsRefusedAtOnce(t *testing.T) {
	atDesk(t, func(d *desk, id string) {
		bob := otherMember(t, d.box, id, d.who)
		theirs, err := d.box.Say(bob.OID, id, "<p>Theirs</p>")
		if err != nil {
			t.Fatal(err)
		}
		d.sync.SyncNow(chat.ID(id))
		d.settle()
		mine := d.written(id, "Mine")
		edit := func(message, html string) error {
			_, err := d.EditMessage(t.Context(), Edit{Chat: id, Message: message, HTML: html})
			return err
		}
		second := func(_ string, err error) error { return err }
		for what, c := range map[string]struct {
			err  error
			code string
		}{
			"an edit of another's message":   {edit(theirs, "<p>x</p>"), "notYours"},
			"an edit of nothing":             {edit("1", "<p>x</p>"), "notFound"},
			"an empty edit":                  {edit(mine, "<p> </p>"), "emptyMessage"},
			"a delete of another's message":  {second(d.DeleteMessage(chat.ID(id), theirs)), "notYours"},
			"a restore of another's message": {second(d.RestoreMessage(chat.ID(id), theirs)), "notYours"},
			"a reaction of two characters":   {second(d.React(chat.ID(id), theirs, "ab")), "notEmoji"},
			"no reaction":                    {second(d.React(chat.ID(id), theirs, "")), "notEmoji"},
			"a name of nothing":              {second(d.RenameChat(chat.ID(id), "  ")), "topicEmpty"},
			"a name with a colon":            {second(d.RenameChat(chat.ID(id), "a:b")), "topicCharacters"},
			"a name that is too long":        {second(d.RenameChat(chat.ID(id), strings.Repeat("x", 251))), "topicLong"},
			"a name of a chat of others":     {second(d.RenameChat("19:none@thread.v2", "x")), "notMember"},
		} {
			var p *Problem
			if !errors.As(c.err, &p) || p.Code != c.code {
				t.Errorf("%s: %v, want %s", what, c.err, c.code)
			}
		}
	})
}

// A message that nobody knows to have arrived is not amended: it could be there
// with its old text.
func TestAnUnsureMessageIsNotAmended(t *testing.T) {
	atDesk(t, func(d *desk, id string) {
		d.box.Knobs.Cut("POST /chats/{id}/messages", sandbox.Before, 1)
		op := d.say(id, "Unsure")
		time.Sleep(time.Second)
		synctest.Wait()
		if _, _, err := d.edit(id, "echo:"+op, "Sure"); Explain(err).Code != "underWay" {
			t.Errorf("amend: %v, want underWay", err)
		}
		if _, err := d.DeleteMessage(chat.ID(id), "echo:"+op); err != nil {
			t.Errorf("taking an unsure message back: %v", err)
		}
	})
}

func TestUnreadFromAMessageOn(t *testing.T) {
	atDesk(t, func(d *desk, id string) {
		bob := otherMember(t, d.box, id, d.who)
		var said []string
		for _, text := range []string{"<p>One</p>", "<p>Two</p>", "<p>Three</p>"} {
			m, err := d.box.Say(bob.OID, id, text)
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, m)
		}
		d.sync.SyncNow(chat.ID(id))
		d.settle()
		d.CloseChat(chat.ID(id))
		if err := d.MarkUnreadFrom(chat.ID(id), said[1]); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if !d.pane.chats[id].Unread {
			t.Error("the chat is read")
		}
		p, err := d.OpenChat(t.Context(), chat.ID(id))
		if err != nil || p.FirstUnread != said[1] {
			t.Errorf("first unread %q (%v), want %q of %v", p.FirstUnread, err, said[1], said)
		}
		if slices.Contains(said, p.FirstUnread) && p.FirstUnread == said[0] {
			t.Error("the message before is unread too")
		}
	})
}
