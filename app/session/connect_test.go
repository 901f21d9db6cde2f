package session

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

// meddler acts in the moment between a client's reading of the pair's rows and
// its writing of one, as Microsoft's pane may.
type meddler struct {
	http.RoundTripper
	mu  sync.Mutex
	act func() error // before each of the next writes, times of them
	n   int
	err error
}

func (m *meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/msdyn_teamschatassociations(") {
		m.mu.Lock()
		if m.n > 0 {
			m.n--
			m.err = errors.Join(m.err, m.act())
		}
		m.mu.Unlock()
	}
	return m.RoundTripper.RoundTrip(r)
}

func (m *meddler) next(times int, act func() error) {
	m.mu.Lock()
	m.n, m.act = times, act
	m.mu.Unlock()
}

// liveRows counts the live and all rows of a pair on the server.
func (d *desk) liveRows(id, record string) (live, all int) {
	d.t.Helper()
	rows, err := d.dv.LinksOfChats(d.t.Context(), []string{id})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, l := range rows {
		if l.RecordID == record {
			all++
			if l.Live {
				live++
			}
		}
	}
	return live, all
}

// linkBox is a company with many chats and few messages.
func linkBox() *sandbox.Sandbox {
	return sandbox.New(sandbox.Options{Seed: 7, Chats: 40, Messages: 120, Cases: 10})
}

// ownedByAnn gives an open case to ann and lets owners disconnect, connectors not.
func ownedByAnn(t *testing.T) (box *sandbox.Sandbox, ann *sandbox.Person, c *sandbox.CaseSeed, id string) {
	t.Helper()
	box = linkBox()
	ann = person(t, box, "agent", 0)
	c, id = linkedCase(t, box, ann, true)
	if err := errors.Join(box.SetCaseOwner(c.ID, ann.SystemUserID), box.SetConfig("incident", "msdyn_recordownercanunlink", true),
		box.SetConfig("incident", "msdyn_recentchatlinkercanunlink", false)); err != nil {
		t.Fatal(err)
	}
	return box, ann, c, id
}

// Microsoft's pane acts on the same pair at the same moment. Both end with the
// same truth: the newest row of the pair.
func TestTheWebPaneActsAtTheSameMoment(t *testing.T) {
	t.Parallel()
	t.Run("both disconnect", func(t *testing.T) {
		t.Parallel()
		meddle(t, func(d *desk, m *meddler, c *sandbox.CaseSeed, id, key string, other *sandbox.Person) {
			row := d.rowOf(id, key)
			_, before := d.liveRows(id, c.ID)
			m.next(1, func() error { return d.box.SetLink(row, false, other.OID) })
			d.must(d.Disconnect(chat.ID(id), key))
			if live, all := d.liveRows(id, c.ID); live != 0 || all != before || d.tied(id, key) != nil {
				t.Errorf("%d of %d rows live, shown %+v", live, all, d.tied(id, key))
			}
		})
	})
	t.Run("I disconnect, they connect again and again", func(t *testing.T) {
		t.Parallel()
		meddle(t, func(d *desk, m *meddler, c *sandbox.CaseSeed, id, key string, other *sandbox.Person) {
			row := d.rowOf(id, key)
			m.next(2, func() error {
				return errors.Join(d.box.SetLink(row, false, other.OID), d.box.SetLink(row, true, other.OID))
			})
			d.must(d.Disconnect(chat.ID(id), key))
			if live, _ := d.liveRows(id, c.ID); live != 0 || d.tied(id, key) != nil {
				t.Errorf("%d rows live, shown %+v; ops %+v", live, d.tied(id, key), d.outbox.Ops())
			}
		})
	})
	t.Run("I disconnect, the right is taken from me in between", func(t *testing.T) {
		t.Parallel()
		meddle(t, func(d *desk, m *meddler, c *sandbox.CaseSeed, id, key string, other *sandbox.Person) {
			row := d.rowOf(id, key)
			m.next(1, func() error {
				return errors.Join(d.box.SetCaseOwner(c.ID, other.SystemUserID), d.box.SetLink(row, true, other.OID))
			})
			d.must(d.Disconnect(chat.ID(id), key))
			got := d.tied(id, key)
			if live, _ := d.liveRows(id, c.ID); live != 1 || got == nil || got.Parked != "unlink.notOwner" || got.Unlink {
				t.Errorf("%d rows live, shown %+v; want it live and parked with the reason", live, got)
			}
		})
	})
	t.Run("both connect an old pair again", func(t *testing.T) {
		t.Parallel()
		meddle(t, func(d *desk, m *meddler, c *sandbox.CaseSeed, id, key string, other *sandbox.Person) {
			row := d.rowOf(id, key)
			_, before := d.liveRows(id, c.ID)
			d.must(d.Disconnect(chat.ID(id), key))
			m.next(1, func() error { return d.box.SetLink(row, true, other.OID) })
			d.must(d.Connect(chat.ID(id), key))
			got := d.tied(id, key)
			if live, all := d.liveRows(id, c.ID); live != 1 || all != before || got == nil || got.Pending != "" || got.By != other.Name {
				t.Errorf("%d of %d rows live, shown %+v; want the row of %s", live, all, got, other.Name)
			}
		})
	})
	t.Run("both connect a new pair", func(t *testing.T) {
		t.Parallel()
		meddle(t, func(d *desk, m *meddler, c *sandbox.CaseSeed, _, key string, other *sandbox.Person) {
			id := d.otherGroup(key)
			m.next(1, func() error { _, err := d.box.AddLink(id, "incident", c.ID, other.OID); return err })
			d.must(d.Connect(chat.ID(id), key))
			if live, all := d.liveRows(id, c.ID); live != 2 || all != 2 || d.tied(id, key) == nil {
				t.Fatalf("%d of %d rows live, shown %+v", live, all, d.tied(id, key))
			}
			// Disconnecting ends both rows: a reader of either sees the same.
			d.must(d.Disconnect(chat.ID(id), key))
			if live, _ := d.liveRows(id, c.ID); live != 0 || d.tied(id, key) != nil {
				t.Errorf("after disconnecting %d rows are live, shown %+v", live, d.tied(id, key))
			}
		})
	})
}

// meddle sets a case of ann's before her, with a network that meddles.
func meddle(t *testing.T, story func(d *desk, m *meddler, c *sandbox.CaseSeed, id, key string, other *sandbox.Person)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		box, ann, c, id := ownedByAnn(t)
		m := &meddler{RoundTripper: box.Transport()}
		d := sitOver(t, box, ann, vault.OpenMemory(), m)
		key := d.openCase(c.ID)
		time.Sleep(2 * time.Second) // Dataverse keeps whole seconds
		story(d, m, c, id, key, otherMember(t, box, id, ann))
		if m.err != nil || m.n != 0 {
			t.Errorf("meddling: %v, %d times left", m.err, m.n)
		}
	})
}

// must settles after an accepted intent.
func (d *desk) must(_ string, err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	d.settle()
	time.Sleep(20 * time.Second)
	d.settle()
}

// rowOf is the row that says how a pair stands.
func (d *desk) rowOf(id, key string) string {
	d.t.Helper()
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		d.t.Fatal(err)
	}
	rows, err := d.store.LinkRows(chat.Pair{Chat: chat.ID(id), Record: ref})
	if err != nil || len(rows) == 0 {
		d.t.Fatalf("no row of the pair: %v", err)
	}
	return rows[0].RowID
}

// One chat to several records, one record to several chats; each pair stands
// alone, and connecting again revives the row that was there.
func TestManyToMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, c, id := ownedByAnn(t)
		var second *sandbox.CaseSeed
		for _, o := range box.Cases {
			if o.ID != c.ID && !o.Resolved && !slices.Contains(box.RestrictedCaseIDs(), o.ID) && !slices.ContainsFunc(o.Linked, func(l sandbox.LinkSeed) bool { return l.ChatID == id }) {
				second = o
				break
			}
		}
		d := sit(t, box, ann)
		one, two := d.openCase(c.ID), d.openCase(second.ID)
		d.must(d.Connect(chat.ID(id), two))
		other := d.otherGroup(one)
		d.must(d.Connect(chat.ID(other), one))
		if d.tied(id, one) == nil || d.tied(id, two) == nil || d.tied(other, one) == nil {
			t.Fatalf("rows: %+v %+v", d.pane.chats[id].Records, d.pane.chats[other].Records)
		}
		for _, want := range []struct{ key, id string }{{one, id}, {two, id}, {one, other}} {
			if !slices.Contains(d.section(want.key, sectionThis).Chats, want.id) {
				t.Errorf("the list of %s lacks %s", want.key, want.id)
			}
		}
		if home := d.section("", sectionLinked).Chats; !slices.Contains(home, id) || len(d.pane.chats[id].Records) < 2 {
			t.Errorf("home: %v, records %+v", home, d.pane.chats[id].Records)
		}
		_, before := d.liveRows(id, c.ID)
		d.must(d.Disconnect(chat.ID(id), one))
		if d.tied(id, one) != nil || d.tied(id, two) == nil || !slices.Contains(d.section(one, sectionOther).Chats, id) {
			t.Errorf("after disconnecting one: %+v", d.pane.chats[id].Records)
		}
		d.must(d.Connect(chat.ID(id), one))
		if live, all := d.liveRows(id, c.ID); live != 1 || all != before {
			t.Errorf("%d of %d rows live after connecting again, want the old row alone", live, all)
		}
	})
}

// Several rows of one pair, as Microsoft's pane may leave them: the one that
// was modified last tells.
func TestOfSeveralRowsTheNewestTells(t *testing.T) {
	t.Parallel()
	for name, live := range map[string]bool{"a newer live row": true, "a newer dead row": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box, ann, c, id := ownedByAnn(t)
				other := otherMember(t, box, id, ann)
				time.Sleep(2 * time.Second)
				row, err := box.AddLink(id, "incident", c.ID, other.OID)
				if err == nil && !live {
					time.Sleep(2 * time.Second)
					err = box.SetLink(row, false, other.OID)
				}
				if err != nil {
					t.Fatal(err)
				}
				d := sit(t, box, ann)
				key := d.openCase(c.ID)
				if got := d.tied(id, key); (got != nil) != live || live && got.By != other.Name {
					t.Errorf("shown %+v, want live %v by %s", got, live, other.Name)
				}
			})
		})
	}
}

// An owning team's members are owners, an access team's are not; a role's
// privilege is enough by itself, and one that is unknown is not granted.
func TestOwningTeamsAndRoles(t *testing.T) {
	t.Parallel()
	team := func(box *sandbox.Sandbox, kind int) string {
		for _, tm := range box.Teams {
			if tm.Type == kind {
				return tm.ID
			}
		}
		return ""
	}
	for name, c := range map[string]struct {
		role  string
		owner func(*sandbox.Sandbox) string
		fail  int
		want  string
	}{
		"a member of the owning team":     {"agent", func(b *sandbox.Sandbox) string { return team(b, 0) }, 0, ""},
		"a member of an access team":      {"agent", func(b *sandbox.Sandbox) string { return team(b, 1) }, 0, "notOwner"},
		"a role with the privilege":       {"supervisor", func(b *sandbox.Sandbox) string { return person2(b).SystemUserID }, 0, ""},
		"a privilege the org knows not":   {"supervisor", func(b *sandbox.Sandbox) string { return person2(b).SystemUserID }, 400, "notOwner"},
		"neither owner nor role, offline": {"agent", func(b *sandbox.Sandbox) string { return person2(b).SystemUserID }, 0, "notOwner"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box := linkBox()
				me := person(t, box, c.role, 0)
				seed, id := linkedCase(t, box, me, true)
				if c.fail != 0 {
					box.Knobs.Fail("RetrieveUserPrivilegeByPrivilegeName", c.fail, 0)
				}
				if err := errors.Join(box.SetCaseOwner(seed.ID, c.owner(box)), box.SetConfig("incident", "msdyn_recordownercanunlink", true),
					box.SetConfig("incident", "msdyn_recentchatlinkercanunlink", false)); err != nil {
					t.Fatal(err)
				}
				d := sit(t, box, me)
				key := d.openCase(seed.ID)
				if strings.HasSuffix(name, "offline") {
					if err := box.Knobs.Offline(true); err != nil {
						t.Fatal(err)
					}
				}
				got := d.tied(id, key)
				if got == nil || got.Why != c.want || got.Unlink != (c.want == "") {
					t.Fatalf("the row says %+v; want reason %q", got, c.want)
				}
				_, err := d.Disconnect(chat.ID(id), key)
				if c.want == "" && err != nil || c.want != "" && codeOf(err) != "unlink."+c.want {
					t.Errorf("Disconnect: %v; want reason %q", err, c.want)
				}
				d.settle()
				if gone := d.tied(id, key) == nil; gone != (c.want == "") {
					t.Errorf("disconnected %v, want %v", gone, c.want == "")
				}
			})
		})
	}
}

// person2 is somebody who is in no team of the tests.
func person2(b *sandbox.Sandbox) *sandbox.Person {
	for _, p := range b.People {
		if p.Role == "readonly" && p.SystemUserID != "" {
			return p
		}
	}
	return b.People[len(b.People)-1]
}

// What is connected must still be there when the server is told.
func TestConnectingWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm func(*desk, *sandbox.CaseSeed, string) error
		code string
	}{
		"the record was deleted meanwhile": {func(d *desk, c *sandbox.CaseSeed, _ string) error { return d.box.DeleteRow("incident", c.ID) }, "recordGone"},
		"I was removed from the chat":      {func(d *desk, _ *sandbox.CaseSeed, id string) error { return d.box.RemoveMember(id, d.who.OID) }, "chatGone"},
		"the chat was deleted": {func(d *desk, _ *sandbox.CaseSeed, _ string) error {
			d.box.Knobs.Fail("graph GET /chats/{id}$", 404, 1)
			return nil
		}, "chatGone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box, ann, seed, _ := ownedByAnn(t)
				d := sit(t, box, ann)
				key := d.openCase(seed.ID)
				id := d.otherGroup(key)
				if err := c.harm(d, seed, id); err != nil {
					t.Fatal(err)
				}
				if _, err := d.Connect(chat.ID(id), key); err != nil {
					t.Fatal(err)
				}
				d.settle()
				ops := d.outbox.Ops()
				if len(ops) != 1 || ops[0].State != chat.Parked || ops[0].Reason != c.code {
					t.Errorf("ops %+v; want it parked as %s", ops, c.code)
				}
				if live, _ := d.liveRows(id, seed.ID); live != 0 {
					t.Error("a link was written")
				}
			})
		})
	}
}

// The record is named in every form that Dynamics writes.
func TestRecordsNamedInEveryForm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, c, id := ownedByAnn(t)
		d := sit(t, box, ann)
		want := d.openCase(c.ID)
		for _, form := range []string{c.ID, strings.ToUpper(c.ID), "{" + c.ID + "}", "%7B" + strings.ToUpper(c.ID) + "%7D"} {
			got, err := d.OpenRecord(t.Context(), d.env+"/main.aspx?etn=incident&pagetype=entityrecord&id="+form)
			if err != nil || got != want {
				t.Errorf("%s: %v %q, want %q", form, err, got, want)
			}
		}
		row := d.rowOf(id, want)
		_, before := d.liveRows(id, c.ID)
		if err := box.SetRow("msdyn_teamschatassociation", row, map[string]any{"msdyn_regardingobjectid": "{" + strings.ToUpper(c.ID) + "}"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		if err := d.RefreshRecord(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if d.tied(id, want) == nil || len(d.pane.chats[id].Records) != len(slices.CompactFunc(d.pane.chats[id].Records, func(a, b ChatRecord) bool { return a.Key == b.Key })) {
			t.Errorf("with braces in the row: %+v", d.pane.chats[id].Records)
		}
		d.must(d.Disconnect(chat.ID(id), want))
		if live, all := d.liveRows(id, c.ID); live != 0 || all != before {
			t.Errorf("%d of %d rows live", live, all)
		}
	})
}
