package syncer_test

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// The clock of product.md 11.1, counted at the server.
func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		r.box.Knobs.ResetCounts()
		r.wait(time.Hour)
		if n := r.lists(); n != 0 {
			t.Errorf("an hour without the user cost %d list requests, want 0", n)
		}
		for range 10 {
			r.Poke()
			r.wait(time.Second)
		}
		if n := r.lists(); n != 1 {
			t.Errorf("ten times focus in ten seconds cost %d list requests, want 1", n)
		}
		r.wait(6 * time.Second)
		if n := r.lists(); n != 2 {
			t.Errorf("what was asked inside the 15 s was answered by %d list requests in all, want 2", n)
		}
		r.SetPresent(true)
		r.box.Knobs.ResetCounts()
		r.wait(10 * time.Minute)
		if n := r.lists(); n < 9 || n > 11 {
			t.Errorf("ten minutes of presence cost %d list requests, want one a minute", n)
		}
	})
}

func TestStrictHasNoClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := makeRig(t, small())
		r.strict = true
		r.start()
		r.SetPresent(true)
		r.wait(30 * time.Second)
		r.box.Knobs.ResetCounts()
		r.wait(time.Hour)
		if n := r.lists(); n != 0 {
			t.Errorf("an hour under sync.strict cost %d list requests, want 0", n)
		}
	})
}

// After an own send into the visible chat, that chat is read each 15 s for 60 s.
func TestOwnSendKeepsTheVisibleChatHot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		r.SetPresent(true)
		r.SetVisible(id)
		r.wait(time.Hour) // the day's audit is through
		r.box.Knobs.ResetCounts()
		r.Sent(id)
		r.wait(14 * time.Second)
		if n := r.asked("GET /chats/{id}/messages"); n != 0 {
			t.Errorf("%d reads within 14 s of the send, want none yet", n)
		}
		r.wait(47 * time.Second)
		if n := r.asked("GET /chats/{id}/messages"); n != 4 {
			t.Errorf("%d reads within 61 s of the send, want one each 15 s", n)
		}
		r.wait(10 * time.Minute)
		if n := r.asked("GET /chats/{id}/messages"); n != 4 {
			t.Errorf("%d reads after ten more minutes, want no more", n)
		}
		r.Sent(id)
		r.SetVisible("")
		r.wait(2 * time.Minute)
		if n := r.asked("GET /chats/{id}/messages"); n != 4 {
			t.Errorf("%d reads after a send into a chat that is not on screen, want no more", n)
		}
	})
}

// What a server says in Retry-After is kept to the second, by all feeds.
func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		r.wait(time.Minute)
		r.box.Knobs.ThrottleKind("graph", 1, 100*time.Second)
		r.box.Knobs.ResetCounts()
		r.Poke()
		r.SyncNow(id)
		r.SetPresent(true)
		r.wait(99 * time.Second)
		if n := r.asked("graph"); n > 2 { // the refused one, and one that was on its way
			t.Errorf("%d requests before Retry-After has passed", n)
		}
		if r.Status().Throttled.IsZero() {
			t.Error("the status does not tell of the throttling")
		}
		r.wait(5 * time.Second)
		if n := r.asked("graph"); n < 3 {
			t.Errorf("%d requests after it, want list and messages read", n)
		}
		if !r.Status().Throttled.IsZero() {
			t.Error("the throttling does not end in the status")
		}
	})
}

// A Dataverse that cannot be reached says nothing about Graph: it must neither
// show as offline for long nor make the list be read again and again.
func TestDataverseDownIsNotOffline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := makeRig(t, small())
		var down atomic.Bool
		r.wrap = func(next http.RoundTripper) http.RoundTripper {
			return tripper(func(q *http.Request) (*http.Response, error) {
				if down.Load() && strings.Contains(q.URL.Host, "crm") {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
				}
				return next.RoundTrip(q)
			})
		}
		r.start()
		r.wait(30 * time.Second)
		down.Store(true)
		r.box.Knobs.ResetCounts()
		r.Poke()
		r.wait(time.Hour)
		if n := r.lists(); n > 20 {
			t.Errorf("%d list requests in an hour without the user while Dataverse is down", n)
		}
		if !r.Status().Online {
			t.Error("Graph answers, but the status is offline")
		}
		down.Store(false)
		r.SetPresent(true)
		r.wait(2 * time.Minute)
		for _, f := range r.Status().Feeds {
			if f.Err != nil {
				t.Errorf("feed %s after the end: %v", f.Name, f.Err)
			}
		}
	})
}

// tripper is a function as a transport.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// While a server fails, a user who is away costs it less and less.
func TestFailuresOfAnAbsentUserCostLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		r.box.Knobs.Fail("graph", http.StatusInternalServerError, 0)
		r.box.Knobs.ResetCounts()
		r.Poke()
		r.SyncNow(id)
		r.wait(2 * time.Hour)
		if n := r.asked("graph"); n > 60 {
			t.Errorf("%d requests in two hours of failures", n)
		}
		r.box.Knobs.Reset()
		r.wait(time.Hour)
		if st := r.Status(); st.ListErr != nil {
			t.Errorf("an hour after the server recovered the list still fails: %v", st.ListErr)
		}
	})
}

// Without a network the pauses grow, and one success wakes everything.
func TestOfflineProbesWithGrowingPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		r.SetPresent(true)
		id := r.someChat()
		r.must(r.box.Knobs.Offline(true))
		r.wait(2 * time.Minute)
		if r.Status().Online {
			t.Fatal("offline is not noticed")
		}
		r.SyncNow(id)
		text := "<p>said meanwhile</p>"
		if _, err := r.box.Say(r.other(id).OID, string(id), text); err != nil {
			t.Fatal(err)
		}
		r.must(r.box.Knobs.Offline(false))
		r.wait(65 * time.Second)
		if list := r.messages(id); list[len(list)-1].Body != text {
			t.Error("what waited while offline is not read")
		}
		if st := r.Status(); !st.Online || st.ListErr != nil {
			t.Errorf("a minute after the network came back: %+v", st)
		}
	})
}
