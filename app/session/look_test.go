package session

import (
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
)

// unsureSend cuts a send and returns its op once everything was done about it.
func unsureSend(d *desk, id, text string, when sandbox.When) string {
	d.t.Helper()
	d.box.Knobs.Cut("POST /chats/{id}/messages", when, 1)
	op := d.say(id, text)
	for range 10 {
		time.Sleep(time.Minute)
		d.Active()
		d.settle()
	}
	return op
}

// Where the service is known to keep the marker, an unsure message is found or
// sent again by itself.
func TestAnUnsureMessageIsSettledByItsMarker(t *testing.T) {
	for _, when := range []sandbox.When{sandbox.Before, sandbox.After} {
		t.Run(string(when), func(t *testing.T) {
			atDesk(t, func(d *desk, id string) {
				d.written(id, "The marker survives")
				unsureSend(d, id, "Only once, please", when)
				if n := d.box.CountMessages(id, "Only once, please"); n != 1 || len(d.outbox.Ops()) != 0 {
					t.Errorf("the server has it %d times, %d ops are left", n, len(d.outbox.Ops()))
				}
			})
		})
	}
}

// Where the service takes markers away, absence proves nothing: the user is
// asked, and nothing is sent again before the answer.
func TestWithoutAMarkerTheUserIsAsked(t *testing.T) {
	for _, when := range []sandbox.When{sandbox.Before, sandbox.After} {
		t.Run(string(when), func(t *testing.T) {
			atDesk(t, func(d *desk, id string) {
				d.box.Knobs.StripMarker(true)
				d.written(id, "No marker survives")
				op := unsureSend(d, id, "Only once, please", when)
				want := map[sandbox.When]int{sandbox.Before: 0, sandbox.After: 1}[when]
				left, _ := d.outbox.Op(op)
				if n := d.box.CountMessages(id, "Only once, please"); n != want || left.State != chat.Parked || left.Reason != "maySent" {
					t.Errorf("the server has it %d times, the op is %s (%s); want %d, and the user asked", n, left.State, left.Reason, want)
				}
			})
		})
	}
}

// A machine whose clock is hours off looks in the right place all the same.
func TestAWrongClockDoesNotMakeACopy(t *testing.T) {
	for name, skew := range map[string]time.Duration{"hours behind": -3 * time.Hour, "hours ahead": 3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box := sandbox.New(sandbox.Options{Seed: 7, Chats: 40, Messages: 2000, Now: func() time.Time { return time.Now().Add(skew) }})
				ann := person(t, box, "agent", 0)
				_, id := linkedCase(t, box, ann, true)
				d := sit(t, box, ann)
				d.openChat(id)
				d.written(id, "The marker survives")
				unsureSend(d, id, "Only once, please", sandbox.After)
				if n := box.CountMessages(id, "Only once, please"); n != 1 || len(d.outbox.Ops()) != 0 {
					t.Errorf("the server has it %d times, %d ops are left", n, len(d.outbox.Ops()))
				}
			})
		})
	}
}
