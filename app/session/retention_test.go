package session

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
)

// Journey: retention. Old messages leave the cache, the index and the Storage
// page; the draft and the unsent message of the chat stay, and what went is not
// read again by itself.
func TestRetentionLeavesDraftsAndUnsentMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		bob := otherMember(t, box, id, ann)
		if _, err := box.Say(bob.OID, id, "<p>An old zebra</p>"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * 24 * time.Hour)
		if _, err := box.Say(bob.OID, id, "<p>A new zebra</p>"); err != nil {
			t.Fatal(err)
		}
		d := sit(t, box, ann)
		d.openChat(id)
		if got := len(d.look(SearchQuery{Text: "zebra"}).Hits); got != 2 {
			t.Fatalf("%d zebras before, want 2", got)
		}
		box.Knobs.Offline(true)
		d.Refresh()
		d.say(id, "unsent zebra")
		if err := d.SaveDraft(Draft{Chat: id, JSON: "{}", Text: "half a zebra"}); err != nil {
			t.Fatal(err)
		}
		if err := d.sync.Retain(t.Context(), time.Now().AddDate(0, 0, -30), 0); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if got := hitTexts(d.look(SearchQuery{Text: "zebra"})); len(got) != 1 || got[0] != "A new [zebra]" {
			t.Errorf("found after the retention: %q", got)
		}
		if ops := d.outbox.Ops(); len(ops) != 1 {
			t.Errorf("%d ops are left, want the unsent message", len(ops))
		}
		if got, ok := d.drafts.Get(chat.ID(id)); !ok || got.Text != "half a zebra" {
			t.Errorf("the draft is %+v", got)
		}
		s, err := d.ReadStorage(t.Context())
		noNil(t, "Storage", reflect.ValueOf(s))
		if err != nil || s.Messages == 0 || len(s.Chats) == 0 || s.Chats[0].Bytes == 0 {
			t.Errorf("storage %+v (%v)", s, err)
		}
		box.Knobs.Offline(false)
		for range 10 { // present all the while, so that the idle work would run
			time.Sleep(30 * time.Second)
			d.Active()
		}
		d.settle()
		if got := len(d.look(SearchQuery{Text: "old zebra"}).Hits); got != 0 {
			t.Error("what the retention removed was read again by itself")
		}
	})
}
