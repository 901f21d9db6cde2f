package syncer_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
)

// withLens is a syncer that sees Graph through a lens, with the whole history of
// its chats read.
func withLens(t *testing.T, o sandbox.Options) (*rig, *lens) {
	t.Helper()
	r, l := makeRig(t, o), &lens{}
	r.wrap = func(next http.RoundTripper) http.RoundTripper {
		return l.over(next)
	}
	r.start()
	r.wait(10 * time.Second)
	all := map[chat.ID]bool{}
	for _, id := range r.groups() {
		all[id] = true
	}
	r.SetLinked(all)
	r.SetPresent(true)
	r.wait(30 * time.Minute)
	return r, l
}

func idsOf(list []chat.Message) (out []string) {
	for _, m := range list {
		out = append(out, m.ID)
	}
	return out
}

// Retention takes the oldest messages: within a day of use they are gone here
// too, and nothing else is.
func TestWhatRetentionTookLeavesWithinADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, l := withLens(t, small())
		id := r.groups()[0]
		before := idsOf(r.messages(id))
		if len(before) < 6 {
			t.Fatalf("%d messages are too few", len(before))
		}
		other := idsOf(r.messages(r.groups()[1]))
		r.altered()
		l.vanish(before[:4]...)
		r.SetPresent(false)
		r.wait(24 * time.Hour)
		r.SetPresent(true)
		r.Poke()
		r.wait(time.Hour)
		if got := idsOf(r.messages(id)); !slices.Equal(got, before[4:]) {
			t.Errorf("stored are %v, want %v", got, before[4:])
		}
		if got := idsOf(r.messages(r.groups()[1])); !slices.Equal(got, other) {
			t.Errorf("another chat has %v, want %v", got, other)
		}
		told := 0
		for _, d := range r.altered() {
			told += len(d.Gone)
		}
		if told != 4 {
			t.Errorf("%d of 4 were told to be gone", told)
		}
	})
}

// A legal deletion takes one message out of the middle.
func TestWhatIsMissingInTheMiddleLeavesToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, l := withLens(t, small())
		id := r.groups()[0]
		before := idsOf(r.messages(id))
		l.vanish(before[len(before)/2])
		r.SetPresent(false)
		r.wait(24 * time.Hour)
		r.SetPresent(true)
		r.Poke()
		r.wait(2 * time.Hour)
		want := slices.Delete(slices.Clone(before), len(before)/2, len(before)/2+1)
		if got := idsOf(r.messages(id)); !slices.Equal(got, want) {
			t.Errorf("stored are %v, want %v", got, want)
		}
	})
}

// A list that lacks messages which are there proves nothing.
func TestAListAtFaultTakesNothingAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, l := withLens(t, small())
		id := r.groups()[0]
		before := idsOf(r.messages(id))
		hidden := before[len(before)/2]
		l.mu.Lock()
		l.late = func(id, _ string, _ time.Time) bool { return id == hidden && !l.single }
		l.mu.Unlock()
		r.SetPresent(false)
		r.wait(24 * time.Hour)
		r.SetPresent(true)
		r.Poke()
		r.wait(2 * time.Hour)
		if got := idsOf(r.messages(id)); !slices.Equal(got, before) {
			t.Errorf("stored are %v, want all of %v", got, before)
		}
	})
}

// The look for what is gone keeps to the budget and ends; while the user is away
// nothing is asked at all.
func TestLookingForWhatIsGoneIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := withLens(t, small())
		r.SetPresent(false)
		r.wait(24 * time.Hour)
		r.box.Knobs.ResetCounts()
		r.wait(3 * time.Hour)
		if n := r.asked(""); n != 0 {
			t.Errorf("%d requests while the user is away", n)
		}
		r.SetPresent(true)
		r.Poke()
		r.wait(2 * time.Hour)
		r.box.Knobs.ResetCounts()
		r.wait(time.Hour)
		if n := r.asked("graph") - r.lists(); n != 0 {
			t.Errorf("%d requests beside the list after the day's audit", n)
		}
	})
}
