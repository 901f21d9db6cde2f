package session

import (
	"testing"
	"time"

	"chatpane/app/chat"
)

// What the user did last is what is shown, also while a request for something
// before it is under way and cannot be called back.
func TestADeletionTakenBackUnderWayIsNotShown(t *testing.T) {
	t.Parallel()
	on := &chat.MessageArgs{ID: "7"}
	remove := chat.Op{ID: "1", Kind: chat.OpDelete, Chat: "19:a", State: chat.Sending, Created: time.UnixMilli(1), On: on}
	restore := chat.Op{ID: "2", Kind: chat.OpRestore, Chat: "19:a", State: chat.Waiting, On: on}
	for name, c := range map[string]struct {
		ops  []chat.Op
		gone bool
	}{
		"deleted":                {[]chat.Op{remove}, true},
		"deleted and taken back": {[]chat.Op{remove, restore}, false},
		"deleted a second time":  {[]chat.Op{remove, restore, remove}, true},
		"nothing was done to it": {nil, false},
	} {
		v := newView()
		v.ops = c.ops
		m, acts := v.acted(chat.Message{Chat: "19:a", ID: "7", Body: "said"})
		last, _ := v.renamed(chat.Chat{ID: "19:a", Preview: chat.Preview{MessageID: "7", Text: "said"}})
		if !m.Deleted.IsZero() != c.gone || len(acts) != len(c.ops) || last.Preview.Deleted != c.gone || (last.Preview.Text == "") != c.gone {
			t.Errorf("%s: message %+v, preview %+v, %d acts; want deleted %v", name, m, last.Preview, len(acts), c.gone)
		}
	}
}

// An outbox that is done with an op before Enqueue returns is heard all the same.
func TestAChatMadeBeforeItsOpIsKnownIsHeardOf(t *testing.T) {
	t.Parallel()
	s := &Session{}
	op := chat.Op{ID: "1", Kind: chat.OpCreate, Create: &chat.CreateArgs{ServerID: "19:new"}}
	s.starts.heard(op, true) // nobody waits: nothing is kept
	if _, told := s.madeChat("1"); told {
		t.Error("a chat is kept for nobody")
	}
	nudged, done := s.starts.wait()
	s.starts.heard(op, true)
	select {
	case <-nudged:
	default:
		t.Error("who waits is not nudged")
	}
	if id, told := s.madeChat("1"); !told || id != "19:new" {
		t.Errorf("got %q, %v", id, told)
	}
	done()
	if _, told := s.madeChat("1"); told {
		t.Error("the chat is kept once nobody waits")
	}
}
