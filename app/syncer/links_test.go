package syncer_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
)

func (r *rig) link(id chat.ID, record string) (chat.Link, bool) {
	r.t.Helper()
	links, err := r.store.Links()
	r.must(err)
	for _, l := range links {
		if l.Chat == id && l.Record.ID == record {
			return l, true
		}
	}
	return chat.Link{}, false
}

func (r *rig) refresh() {
	r.wait(16 * time.Second)
	r.Poke()
	r.wait(16 * time.Second)
}

// Links that others make, end and make again arrive; of several rows of a pair
// the one that was modified last counts. The name of the record is read once.
func TestLinksOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.groups()[0]
		who := r.other(id)
		record := ""
		for _, c := range r.box.Cases {
			if _, linked := r.link(id, c.ID); !linked {
				record = c.ID
			}
		}
		first, err := r.box.AddLink(string(id), "incident", record, who.OID)
		r.must(err)
		r.refresh()
		l, ok := r.link(id, record)
		if !ok || !l.Live || l.RowID != first || l.Connector != who.SystemUserID {
			t.Fatalf("the link is %+v, %v", l, ok)
		}
		if rec, known, _ := r.store.Record(l.Record); !known || rec.Name == "" {
			t.Errorf("the record is %+v, known %v", rec, known)
		}
		r.must(r.box.SetLink(first, false, who.OID))
		r.refresh()
		if l, _ := r.link(id, record); l.Live {
			t.Error("the ended link is live")
		}
		second, err := r.box.AddLink(string(id), "incident", record, who.OID)
		r.must(err)
		r.refresh()
		if l, _ := r.link(id, record); !l.Live || l.RowID != second {
			t.Errorf("of two rows %s counts, live %v; want the newer", l.RowID, l.Live)
		}
		r.box.Knobs.ResetCounts()
		r.altered()
		r.refresh()
		if n := r.asked("dataverse"); n != 1 {
			t.Errorf("nothing new cost %d requests to Dataverse, want 1", n)
		}
		if d := r.altered(); len(d) != 0 {
			t.Errorf("reading again altered %+v", d)
		}
	})
}

// Somebody may write another chat into a row; the old pair is no longer linked.
func TestARowIsMovedToAnotherChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, small())
		id := r.groups()[0]
		row, err := r.box.AddLink(string(id), "account", r.box.Accounts[0].ID, r.other(id).OID)
		r.must(err)
		r.refresh()
		if _, ok := r.link(id, r.box.Accounts[0].ID); !ok {
			t.Fatal("the link is not here")
		}
		elsewhere := "19:0123456789abcdef0123456789abcdef@thread.v2"
		r.must(r.box.SetRow("msdyn_teamschatassociation", row, map[string]any{"msdyn_teamschatid": elsewhere, "msdyn_regardingobjectid": r.box.Accounts[1].ID}))
		r.refresh()
		if l, ok := r.link(id, r.box.Accounts[0].ID); ok {
			t.Errorf("the row is still %+v", l)
		}
	})
}

// The links of a chat are older than my membership, and so than any watermark.
func TestOldLinksOfANewChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := makeRig(t, small())
		id, record := chat.ID(""), ""
		for _, c := range r.box.Cases {
			for _, l := range c.Linked {
				id, record = chat.ID(l.ChatID), c.ID
			}
		}
		r.must(r.box.RemoveMember(string(id), r.me.OID))
		r.start()
		r.wait(72 * time.Hour)
		if _, ok := r.link(id, record); ok {
			t.Fatal("the link of a chat that is not mine is stored")
		}
		r.must(r.box.AddMember(string(id), r.me.OID, ""))
		r.refresh()
		if l, ok := r.link(id, record); !ok || !l.Live {
			t.Errorf("the link is %+v, stored %v", l, ok)
		}
	})
}

// Records that may not be read or are gone are known as such and not asked for
// again; one that the server only failed to read is.
func TestRecordsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := makeRig(t, small())
		var failing atomic.Bool
		r.wrap = func(next http.RoundTripper) http.RoundTripper {
			return tripper(func(q *http.Request) (*http.Response, error) {
				res, err := next.RoundTrip(q)
				if err != nil || !failing.Load() || !strings.HasSuffix(q.URL.Path, "$batch") {
					return res, err
				}
				body, err := io.ReadAll(res.Body)
				for _, refusal := range []string{"HTTP/1.1 404 Not Found", "HTTP/1.1 403 Forbidden"} {
					body = bytes.ReplaceAll(body, []byte(refusal), []byte("HTTP/1.1 500 Internal Server Error"))
				}
				res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				return res, err
			})
		}
		r.start()
		r.wait(10 * time.Second)
		id := r.groups()[0]
		gone, forbidden := r.box.DeletedCaseID(), r.box.RestrictedCaseIDs()[0]
		for _, record := range []string{gone, forbidden} {
			_, err := r.box.AddLink(string(id), "incident", record, r.other(id).OID)
			r.must(err)
		}
		ref := func(id string) chat.RecordRef { return chat.RecordRef{Env: r.env(), Table: "incident", ID: id} }
		failing.Store(true)
		r.refresh()
		if _, known, _ := r.store.Record(ref(forbidden)); known {
			t.Error("a record that the server failed to read counts as known")
		}
		failing.Store(false)
		r.SetPresent(true)
		r.wait(3 * time.Minute)
		for record, want := range map[string]chat.LostReason{gone: chat.Gone, forbidden: chat.Forbidden} {
			if got, known, _ := r.store.Record(ref(record)); !known || got.Lost != want {
				t.Errorf("record %s: known %v, lost %q, want %q", record, known, got.Lost, want)
			}
		}
		r.box.Knobs.ResetCounts()
		r.wait(10 * time.Minute)
		if n := r.asked("dataverse POST /$batch"); n != 0 {
			t.Errorf("%d more reads of lost records", n)
		}
		if err := r.OpenRecord(t.Context(), ref(gone), r.me.SystemUserID); err == nil {
			t.Error("opening a deleted record succeeded")
		}
	})
}
