package session

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// after waits as long as a read that was asked for may be put off.
func (d *desk) after(wait time.Duration) {
	d.t.Helper()
	time.Sleep(wait) // virtual time of the bubble
	d.settle()
}

// An administrator toggles a right while the row stands open. Focus, a refresh
// and reopening the record read it again, as product.md 11.1 has it; nothing else
// needs to.
func TestARightThatAnAdministratorTogglesIsInTheRowSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, c, id := ownedByAnn(t)
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		want := func(why string, unlink bool, reason string) {
			t.Helper()
			if got := d.tied(id, key); got == nil || got.Unlink != unlink || got.Why != reason {
				t.Fatalf("%s the row says %+v; want it may be disconnected: %v %q", why, got, unlink, reason)
			}
		}
		toggle := func(setting string, on bool) {
			t.Helper()
			if err := box.SetConfig("incident", setting, on); err != nil {
				t.Fatal(err)
			}
		}
		const owner = "msdyn_recordownercanunlink"
		want("at first", true, "")
		toggle(owner, false)
		d.Refresh()
		d.after(rightsEvery)
		want("after a refresh", false, "ownerOff")
		toggle(owner, true)
		d.after(rightsEvery)
		d.Visible(true)
		d.settle()
		want("after focus", true, "")
		toggle(owner, false)
		if err := d.RefreshRecord(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		d.settle()
		want("after the record was read again", false, "ownerOff")
	})
}

// Join is a right of the same settings: a locked row offers it as soon as the
// administrator has switched it on, and the record is read again.
func TestJoinSwitchedOnIsOfferedWhenTheRecordIsReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		over := handOver(t, box, 1)
		if err := box.SetConfig("incident", "msdyn_usercanjoinchat", false); err != nil {
			t.Fatal(err)
		}
		d := helperOf(t, box).sit(t, over.owner)
		key := d.openCase(over.cas)
		if row := d.lockedOf(key)[0]; len(row.Why) == 0 {
			t.Fatalf("with Join off the row offers it: %+v", row)
		}
		if err := box.SetConfig("incident", "msdyn_usercanjoinchat", true); err != nil {
			t.Fatal(err)
		}
		if err := d.RefreshRecord(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if row := d.lockedOf(key)[0]; len(row.Why) > 0 {
			t.Errorf("Join was switched on and the record read again; the row says %v", row.Why)
		}
	})
}

// The settings come with the record: one request to Dataverse, as targets.md
// wants, also when the rights were asked for a moment ago.
func TestReadingARecordAgainCostsOneRequestToDataverse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, c, _ := ownedByAnn(t)
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		d.after(time.Minute)
		box.Knobs.ResetCounts()
		if err := errors.Join(d.RefreshRecord(t.Context(), key), d.RefreshRecord(t.Context(), key)); err != nil {
			t.Fatal(err)
		}
		d.settle()
		requests := 0
		for c, n := range box.Knobs.Counts() {
			if strings.HasPrefix(c.Kind, "dataverse ") {
				requests += n
			}
		}
		if requests != 2 {
			t.Errorf("reading a record twice took %d requests, want 2: %v", requests, box.Knobs.Counts())
		}
	})
}
