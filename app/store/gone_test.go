package store_test

import (
	"testing"

	"chatpane/app/chat"
	"chatpane/app/store"
)

func TestGoneMessagesLeave(t *testing.T) {
	t.Parallel()
	v, dir := openVault(t)
	s := openDisk(t, dir, v)
	defer func() { closeStore(t, s) }()
	first, second, third := msg("19:a", 1, "one"), msg("19:a", 2, "two"), msg("19:a", 3, "three")
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{first, second, third}})

	d := apply(t, s, store.Batch{Gone: []store.MessageKey{{Chat: "19:a", ID: third.ID}, {Chat: "19:a", ID: "77"}, {Chat: "19:b", ID: first.ID}, {Chat: "19:a", ID: "no/%number"}}})
	if len(d.Gone) != 1 || d.Gone[0] != (store.MessageKey{Chat: "19:a", ID: third.ID}) || len(d.Messages) != 0 {
		t.Errorf("diff %+v, want the third message gone and nothing else of messages", d)
	}
	if c, _, _ := s.Chat("19:a"); c.Preview.MessageID != second.ID {
		t.Errorf("the preview is of %q, want the second message", c.Preview.MessageID)
	}
	if d := apply(t, s, store.Batch{Gone: []store.MessageKey{{Chat: "19:a", ID: third.ID}}}); !d.Empty() {
		t.Errorf("gone again altered %+v", d)
	}
	// What the same batch says of a message that is gone is dropped.
	apply(t, s, store.Batch{Messages: []chat.Message{edited(first, 5, "late")}, Gone: []store.MessageKey{{Chat: "19:a", ID: first.ID}, {Chat: "19:a", ID: second.ID}}})
	if c, _, _ := s.Chat("19:a"); c.Preview.MessageID != "" {
		t.Errorf("the preview is of %q, want none", c.Preview.MessageID)
	}
	if _, ok, _ := s.Message("19:a", first.ID); ok {
		t.Error("a message that is gone is still there")
	}
	closeStore(t, s)
	s = openDisk(t, dir, v)
	if n, _ := s.Count("19:a"); n != 0 || s.Report().Rebuilt {
		t.Errorf("%d messages, rebuilt %v; want none", n, s.Report().Rebuilt)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
}
