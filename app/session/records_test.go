package session

import (
	"testing"
	"testing/synctest"
)

// A deep link opens a record the moment after the first sign-in.
func TestARecordOpensBeforeTheAccountsFactsCanBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		box.Knobs.Fail("teammembership_association", 500, 0)
		d := sit(t, box, person(t, box, "agent", 0))
		if me := d.systemUser(); me != "" {
			t.Fatalf("the facts were read: I am %s", me)
		}
		key := d.openCase(box.Cases[0].ID)
		if row := d.pane.records[key]; row.State != "ready" {
			t.Errorf("the record is %q (%+v), want ready", row.State, row)
		}
	})
}
