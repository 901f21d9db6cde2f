package syncer_test

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/sandbox"
)

// More changes than a page holds arrive all, and a connection that breaks
// between two pages loses none: the watermark waits for the last page.
func TestManyChangesSurviveACut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := makeRig(t, small())
		var broken atomic.Bool
		r.wrap = func(next http.RoundTripper) http.RoundTripper {
			return tripper(func(q *http.Request) (*http.Response, error) {
				if broken.Load() && strings.Contains(q.URL.RawQuery, "skiptoken") {
					return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
				}
				return next.RoundTrip(q)
			})
		}
		r.start()
		r.wait(10 * time.Second)
		id := r.someChat()
		before, mark := len(r.messages(id)), r.store.Mark("messages:"+string(id))
		for range 130 {
			r.say(id, "one of many")
			r.wait(time.Second)
		}
		broken.Store(true)
		r.SyncNow(id)
		r.wait(time.Minute)
		if n := len(r.messages(id)); n == before || n == before+130 {
			t.Errorf("%d messages of %d are stored although the second page never came", n, before+130)
		}
		if got := r.store.Mark("messages:" + string(id)); got != mark {
			t.Errorf("the watermark moved from %s to %s before the round was complete", mark, got)
		}
		broken.Store(false)
		r.SetPresent(true)
		r.wait(5 * time.Minute)
		if after := len(r.messages(id)); after != before+130 {
			t.Errorf("%d messages before, %d after 130 new ones", before, after)
		}
	})
}

// An own message is stored when it was sent, and is the newest that the list
// shows of its chat; what somebody wrote just before it arrives all the same.
func TestAnOwnMessageHidesNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		r.SetPresent(true)
		r.wait(time.Hour) // the day's audit is through
		theirs := r.say(id, "theirs")
		mine, err := graph.New(r.client(r.me, "graph", "/v1.0", nil)).SendMessage(t.Context(), string(id), graph.NewMessage{HTML: "<p>mine</p>"})
		r.must(err)
		_, err = r.Stored(t.Context(), string(id), []graph.Message{mine})
		r.must(err)
		r.wait(2 * time.Minute)
		if _, ok, _ := r.store.Message(id, theirs); !ok {
			t.Error("their message is not stored two minutes later")
		}
		r.box.Knobs.ResetCounts()
		r.wait(10 * time.Minute)
		if n := r.asked("GET /chats/{id}/messages"); n != 0 {
			t.Errorf("the chat was read %d times more", n)
		}
	})
}

// Edits, reactions and deletes of old messages arrive with the next read of
// their chat, whatever was written since.
func TestOldMessagesChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		who := r.other(id)
		var old []string
		for i := range 3 {
			old = append(old, r.say(id, fmt.Sprint("old ", i)))
		}
		r.SyncNow(id)
		r.wait(48 * time.Hour)
		r.must(r.as(who, http.MethodPatch, path(id, old[0]), map[string]any{"body": map[string]string{"contentType": "html", "content": "<p>edited</p>"}}))
		r.must(r.as(who, http.MethodPost, path(id, old[1])+"/setReaction", map[string]any{"reactionType": "👍"}))
		r.must(r.as(who, http.MethodPost, path(id, old[2])+"/softDelete", nil))
		r.say(id, "new")
		r.Poke()
		r.wait(10 * time.Second)
		edited, _, _ := r.store.Message(id, old[0])
		reacted, _, _ := r.store.Message(id, old[1])
		deleted, _, _ := r.store.Message(id, old[2])
		if edited.Body != "<p>edited</p>" || edited.Edited.IsZero() || len(reacted.Reactions) != 1 || deleted.Deleted.IsZero() || deleted.Body != "" {
			t.Errorf("edited %+v\nreacted %+v\ndeleted %+v", edited, reacted, deleted)
		}
	})
}

// The daily audit finds what no preview tells: an edit in a quiet chat, and a
// chat at the end of a long list that the user was removed from.
func TestTheAuditFindsQuietChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sandbox.Options{Seed: 3, Chats: 90, Messages: 900, Cases: 10})
		id := r.someChat()
		old := r.say(id, "old")
		r.SetPresent(true)
		r.wait(5 * time.Minute) // the audit of the first day
		groups := r.groups()
		last := groups[len(groups)-1]
		r.must(r.as(r.other(id), http.MethodPatch, path(id, old), map[string]any{"body": map[string]string{"contentType": "html", "content": "<p>edited</p>"}}))
		r.must(r.box.RemoveMember(string(last), r.me.OID))
		r.wait(10 * time.Minute)
		if m, _, _ := r.store.Message(id, old); !m.Edited.IsZero() {
			t.Fatal("the edit is seen without the audit, so this test proves nothing")
		}
		r.SetPresent(false)
		r.wait(24 * time.Hour)
		r.SetPresent(true)
		r.wait(5 * time.Minute)
		if m, _, _ := r.store.Message(id, old); m.Body != "<p>edited</p>" {
			t.Errorf("the next day the message still says %q", m.Body)
		}
		if _, ok, _ := r.store.Chat(last); ok {
			t.Error("the next day the chat I was removed from is still here")
		}
		r.box.Knobs.ResetCounts()
		r.wait(time.Hour)
		if n := r.asked("graph"); n != r.lists() || n > 61 {
			t.Errorf("%d requests of which %d for the list in the hour after the audit, want one a minute", n, r.lists())
		}
	})
}

// A chat is read from its newest page back to its beginning without a gap and
// without reading anything twice.
func TestOlderWalksBackToTheBeginning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, sandbox.Options{Seed: 3, Chats: 8, Messages: 2000, Cases: 4})
		id := r.groups()[0]
		if since, whole := r.Back(id); !since.IsZero() || whole {
			t.Fatalf("before the first read: since %v, whole %v", since, whole)
		}
		r.must(r.First(t.Context(), id))
		total := r.box.CountMessages(string(id), "")
		if total < 120 {
			t.Fatalf("the chat has %d messages, too few to walk", total)
		}
		for n := 50; ; n += 50 {
			if got := len(r.messages(id)); got != min(n, total) {
				t.Fatalf("%d messages stored, want %d of %d", got, min(n, total), total)
			}
			since, whole := r.Back(id)
			if whole {
				break
			}
			if list := r.messages(id); !list[0].Created.Equal(since) {
				t.Fatalf("said to be complete since %v, the oldest is of %v", since, list[0].Created)
			}
			r.box.Knobs.ResetCounts()
			r.must(r.Older(t.Context(), id))
			if asked := r.asked("GET /chats/{id}/messages"); asked != 1 {
				t.Fatalf("a page cost %d requests", asked)
			}
		}
		r.box.Knobs.ResetCounts()
		r.must(r.Older(t.Context(), id))
		if n := r.asked("graph"); n != 0 {
			t.Errorf("older than the beginning cost %d requests", n)
		}
	})
}

// meddled changes the query of requests for messages, as a server does that
// ignores what it was asked.
func (r *rig) meddled(change func(query string) string) {
	r.wrap = func(next http.RoundTripper) http.RoundTripper {
		return tripper(func(q *http.Request) (*http.Response, error) {
			if strings.HasSuffix(q.URL.Path, "/messages") && q.Method == http.MethodGet {
				q = q.Clone(q.Context())
				q.URL.RawQuery = change(q.URL.RawQuery)
			}
			return next.RoundTrip(q)
		})
	}
}

// Graph ignores a filter without a word when it dislikes it. The pages then go
// back to the beginning of the chat; they must not be read for each change.
func TestAnIgnoredFilterIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := makeRig(t, sandbox.Options{Seed: 3, Chats: 8, Messages: 4000, Cases: 4})
		r.meddled(func(query string) string {
			parts := strings.Split(query, "&")
			return strings.Join(slices.DeleteFunc(parts, func(p string) bool {
				return strings.HasPrefix(p, "%24filter") || strings.HasPrefix(p, "$filter")
			}), "&")
		})
		r.start()
		r.wait(10 * time.Second)
		id := r.someChat()
		for range 60 { // more than a page, so that pages are read beside the $batch
			r.say(id, "fresh")
			r.wait(10 * time.Second)
		}
		r.box.Knobs.ResetCounts()
		r.SyncNow(id)
		r.wait(time.Minute)
		if n := r.asked("GET /chats/{id}/messages"); n > 4 {
			t.Errorf("60 changes cost %d requests", n)
		}
		if n := r.box.CountMessages(string(id), "fresh"); n != 60 {
			t.Fatalf("the server has %d fresh messages", n)
		}
		if list := r.messages(id); len(list) < 60 || list[len(list)-1].Body != "<p>fresh</p>" {
			t.Errorf("%d messages stored", len(list))
		}
	})
}

// Messages with one time of modification, on both sides of the watermark.
func TestEqualTimestamps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		who := r.other(id)
		first, second := r.say(id, "a"), r.say(id, "b")
		react := func(msg string) {
			r.must(r.as(who, http.MethodPost, path(id, msg)+"/setReaction", map[string]any{"reactionType": "👍"}))
		}
		r.wait(time.Hour)
		react(first)
		r.SyncNow(id)
		synctest.Wait() // no time has passed in the bubble
		react(second)
		r.SyncNow(id)
		r.wait(5 * time.Second)
		for _, msg := range []string{first, second} {
			if m, _, _ := r.store.Message(id, msg); len(m.Reactions) != 1 {
				t.Errorf("message %s has %d reactions, want 1", msg, len(m.Reactions))
			}
		}
	})
}

// A week away: only what changed is read.
func TestAWeekAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.someChat()
		r.stop()
		before := len(r.messages(id))
		for range 7 {
			r.say(id, "each day")
			r.wait(24 * time.Hour)
		}
		r.box.Knobs.ResetCounts()
		r.start()
		r.wait(30 * time.Second)
		if n := len(r.messages(id)); n != before+7 {
			t.Errorf("%d messages before, %d after a week with seven", before, n)
		}
		if n := r.asked("GET /chats/{id}/messages"); n != 1 {
			t.Errorf("catching up cost %d reads of messages, want 1", n)
		}
		r.altered()
		r.SyncNow(id)
		r.wait(time.Minute)
		if d := r.altered(); len(d) != 0 {
			t.Errorf("reading again altered %+v", d)
		}
	})
}

// One chat that cannot be read does not hold up the others, and is not asked
// for in a loop, not even if the service says that the user is in it.
func TestOneBadChatHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		list := r.groups()
		all := map[chat.ID]bool{}
		for _, id := range list {
			all[id] = true
		}
		unread := func() (n int) {
			for _, id := range list {
				if since, whole := r.Back(id); since.IsZero() && !whole {
					n++
				}
			}
			return n
		}
		r.box.Knobs.Fail("GET /chats/{id}/messages", http.StatusNotFound, 1) // the first in the batch
		r.SetPresent(true)
		r.SetLinked(all)
		r.wait(4 * time.Second)
		if n := unread(); n > 1 {
			t.Errorf("one of %d chats failed, and %d are unread", len(list), n)
		}
		r.wait(time.Minute)
		if n := unread(); n != 0 {
			t.Errorf("%d chats are unread a minute later", n)
		}
		id := list[0]
		r.say(id, "unreadable")
		r.box.Knobs.Fail("GET /chats/{id}/messages", http.StatusNotFound, 0)
		r.box.Knobs.ResetCounts()
		r.wait(time.Hour)
		if n := r.asked("GET /chats/{id}/messages"); n == 0 || n > 15 {
			t.Errorf("%d reads in an hour of a chat that is refused for ever", n)
		}
		if _, ok, _ := r.store.Chat(id); !ok {
			t.Error("a chat in the list was purged")
		}
		r.box.Knobs.Reset()
		r.SyncNow(id)
		r.wait(5 * time.Second)
		if m := r.messages(id); m[len(m)-1].Body != "<p>unreadable</p>" {
			t.Error("the user opened the chat, and it was not read at once")
		}
	})
}

// What nobody waits for is no sign of work that comes and goes.
func TestReadingOldHistoryIsNotToldAsWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := makeRig(t, sandbox.Options{})
		r.start()
		r.wait(10 * time.Second)
		all := map[chat.ID]bool{}
		for _, id := range r.groups() {
			all[id] = true
		}
		r.SetLinked(all)
		r.SetPresent(true)
		r.wait(time.Minute)
		told, lists, read := r.told.Load(), r.lists(), r.asked("messages")
		r.wait(40 * time.Second)
		if n := r.asked("messages") - read; n < 10 {
			t.Fatalf("%d reads of messages are no history", n)
		}
		const beginAndEnd = 2
		if n, most := r.told.Load()-told, int64(beginAndEnd*(r.lists()-lists)); n > most {
			t.Errorf("a status was told %d times, want %d at most: for the reads of the list", n, most)
		}
	})
}
