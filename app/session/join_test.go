package session

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	server "chatpane/app/companion"
	"chatpane/app/entra"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

const joinHost = "https://join.sandbox.test"

// helper is the companion of a company, reached without a network.
type helper struct {
	box     *sandbox.Sandbox
	handler http.Handler

	mu    sync.Mutex
	audit bytes.Buffer // guarded by mu
	down  bool         // guarded by mu
}

// Write is the audit.
func (h *helper) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.audit.Write(p)
}

// RoundTrip carries a request to the companion.
func (h *helper) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	down := h.down
	h.mu.Unlock()
	if down {
		return nil, io.ErrUnexpectedEOF
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	res := w.Result()
	res.Request = r
	return res, nil
}

// helperOf starts a companion for a company.
func helperOf(t *testing.T, box *sandbox.Sandbox) *helper {
	t.Helper()
	h := &helper{box: box}
	o := box.Origins()
	s, err := server.New(server.Options{
		Authority: o["entra"], Graph: o["graph"], TenantID: box.TenantID, ClientID: sandbox.CompanionClientID,
		Desktops: []string{box.ClientID}, Scope: "chat.join", Environments: []string{o["dataverse"]}, Name: "Chatpane Companion",
		Credential: entra.Credential{Secret: wire.NewSecret(sandbox.CompanionSecret)}, Limits: server.DefaultLimits(),
		Transport: box.Transport(), Audit: h, Replica: "one",
	})
	if err != nil {
		t.Fatal(err)
	}
	h.handler = s.Handler()
	return h
}

// sit is sit with the companion.
func (h *helper) sit(t *testing.T, who *sandbox.Person) *desk {
	t.Helper()
	return sitOver(t, h.box, who, vault.OpenMemory(), h.box.Transport(), func(p *parts) {
		c, err := wire.NewClient(joinHost, wire.Options{Transport: h, Token: func(context.Context, string) (string, error) {
			return h.box.Token(who.OID, "companion"), nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		p.companion = &companion{origin: joinHost, http: c}
	})
}

// handover is a case that its new owner may write, with chats that members
// connected and that the new owner is not in.
type handover struct {
	cas   string
	owner *sandbox.Person
	ann   *sandbox.Person // connected the chats, and is in them
	chats []string
}

// handOver gives a case with n connected chats to somebody who is in none.
func handOver(t *testing.T, box *sandbox.Sandbox, n int) handover {
	t.Helper()
	chats := box.ListRooms()
	in := func(c sandbox.DescribedChat, p *sandbox.Person) bool { return slices.Contains(c.Members, p.OID) }
	ann, owner := person(t, box, "agent", 0), (*sandbox.Person)(nil)
	var free []string
	for k := 1; len(free) < n; k++ {
		owner, free = person(t, box, "agent", k), nil
		for _, c := range chats {
			if strings.HasSuffix(c.ID, "@thread.v2") && !strings.Contains(c.ID, "meeting") && in(c, ann) && !in(c, owner) && len(free) < n {
				free = append(free, c.ID)
			}
		}
	}
	for _, c := range box.Cases {
		if c.Resolved || len(c.Linked) > 0 || slices.Contains(box.RestrictedCaseIDs(), c.ID) {
			continue
		}
		if err := box.SetCaseOwner(c.ID, owner.SystemUserID); err != nil {
			t.Fatal(err)
		}
		for _, id := range free {
			if _, err := box.AddLink(id, "incident", c.ID, ann.OID); err != nil {
				t.Fatal(err)
			}
		}
		return handover{c.ID, owner, ann, free}
	}
	t.Fatal("no case is without chats")
	return handover{}
}

// lockedOf are the locked rows of a record, as the pane has them.
func (d *desk) lockedOf(key string) []LockedRow {
	d.t.Helper()
	var out []LockedRow
	for _, id := range d.section(key, sectionThis).Locked {
		out = append(out, d.pane.locked[id])
	}
	return out
}

// Journey: a case transfer. The new owner opens the case, joins all its chats,
// reads their history from the beginning, and goes on; the others see who came.
func TestACaseChangesHands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		h := helperOf(t, box)
		over := handOver(t, box, 3)
		ann := h.sit(t, over.ann)
		ann.openChat(over.chats[0])
		d := h.sit(t, over.owner)
		key := d.openCase(over.cas)
		locked := d.lockedOf(key)
		if len(locked) != 3 {
			t.Fatalf("the new owner sees %d locked chats, want 3: %+v", len(locked), locked)
		}
		for _, row := range locked {
			if len(row.Why) > 0 || row.By != over.ann.Name {
				t.Errorf("the row %+v; want one that can be joined, connected by %s", row, over.ann.Name)
			}
		}
		results, err := d.JoinAll(t.Context(), key)
		if err != nil || len(results) != 3 {
			t.Fatalf("join all: %v %+v", err, results)
		}
		d.settle()
		for _, got := range results {
			if got.Outcome != "joined" || !slices.Contains(over.chats, got.Chat) {
				t.Errorf("the result %+v; want joined", got)
			}
		}
		if left := d.lockedOf(key); len(left) != 0 || len(d.section(key, sectionThis).Chats) != 3 {
			t.Errorf("after joining %d are locked and %d are not", len(left), len(d.section(key, sectionThis).Chats))
		}
		id := over.chats[0]
		seen := d.readAll(id)
		if want := box.CountMessages(id, ""); len(seen) != want {
			t.Errorf("the new owner reads %d messages, the chat has %d", len(seen), want)
		}
		last := seen[len(seen)-1]
		if e := last.Event; e == nil || e.Kind != "membersAdded" || e.By != "Chatpane Companion" || !e.ByApp || !e.History || !slices.Equal(e.Names, []string{over.owner.Name}) {
			t.Errorf("the chat ends with %+v %+v; want who was added by which application, with the history", last, last.Event)
		}
		d.say(id, "I take this over from Ann.")
		d.settle()
		if n := box.CountMessages(id, "I take this over"); n != 1 {
			t.Errorf("the server has the new owner's message %d times", n)
		}
		ann.sees(id, "I take this over")
		if e := ann.event(id); e == nil || e.Kind != "membersAdded" || !slices.Equal(e.Names, []string{over.owner.Name}) {
			t.Errorf("Ann's pane does not show who was added: %+v", e)
		}
		ann.say(id, "It is in good hands.")
		d.sees(id, "It is in good hands")
		if again, err := d.JoinAll(t.Context(), key); err != nil || len(again) != 0 {
			t.Errorf("join all again: %v %+v; want nothing left", err, again)
		}
		if strings.Contains(h.audit.String(), over.owner.Name) || strings.Count(h.audit.String(), `"outcome":"joined"`) != 3 {
			t.Errorf("the audit: %s", h.audit.String())
		}
	})
}

// sees waits a minute, within which somebody present reads the list, and wants
// the open chat to end with a text.
func (d *desk) sees(id, text string) {
	d.t.Helper()
	time.Sleep(70 * time.Second) // virtual
	d.Active()
	d.settle()
	if all := d.texts(id); len(all) == 0 || !strings.Contains(all[len(all)-1], text) {
		d.t.Errorf("the chat of %s ends with %q; want %q", d.me.Name, all[max(0, len(all)-2):], text)
	}
}

// event is the newest system message of an open chat.
func (d *desk) event(id string) *Event {
	d.t.Helper()
	page := d.openChat(id)
	for i := len(page.Messages) - 1; i >= 0; i-- {
		if e := page.Messages[i].Event; e != nil {
			return e
		}
	}
	return nil
}

// readAll opens a chat and scrolls to its beginning; oldest first.
func (d *desk) readAll(id string) []MessageRow {
	d.t.Helper()
	page := d.openChat(id)
	all := page.Messages
	for range 60 {
		if !page.More {
			return all
		}
		var err error
		if page, err = d.Older(d.t.Context(), chat.ID(id), page.Messages[0].Sort); err != nil {
			d.t.Fatal(err)
		}
		all = append(slices.Clone(page.Messages), all...)
	}
	d.t.Fatalf("%s has no beginning", id)
	return nil
}

// Journey: an escalation. An expert with write access follows a deep link and
// joins one chat.
func TestAnExpertJoinsOneChatFromADeepLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		h := helperOf(t, box)
		over := handOver(t, box, 2)
		d := h.sit(t, over.owner)
		key, err := d.OpenRecord(t.Context(), "chatpane://record?env="+strings.TrimPrefix(d.env, "https://")+"&etn=incident&id="+over.cas)
		if err != nil {
			t.Fatal(err)
		}
		d.settle()
		row := d.lockedOf(key)[0]
		ann := h.sit(t, over.ann)
		ann.openChat(row.Chat)
		got, err := d.Join(t.Context(), row.ID)
		if err != nil || got.Outcome != "joined" || got.Chat != row.Chat {
			t.Fatalf("join: %v %+v", err, got)
		}
		if page := d.openChat(got.Chat); len(page.Messages) == 0 {
			t.Error("the chat just joined opens empty")
		}
		d.say(row.Chat, "It is the gasket.")
		ann.sees(row.Chat, "It is the gasket")
		if e := ann.event(row.Chat); e == nil || e.Kind != "membersAdded" || !slices.Equal(e.Names, []string{over.owner.Name}) {
			t.Errorf("the member's pane does not show who was added: %+v", e)
		}
		if left := d.lockedOf(key); len(left) != 1 || left[0].ID == row.ID {
			t.Errorf("still locked: %+v; want the other one", left)
		}
		if again, err := d.Join(t.Context(), row.ID); err != nil || again.Outcome != "member" {
			t.Errorf("joined again: %v %+v", err, again)
		}
	})
}

func TestALockedRowSaysExactlyWhyNot(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		prepare func(*sandbox.Sandbox, handover) error
		want    []string
	}{
		{"Join is off", func(b *sandbox.Sandbox, _ handover) error {
			return b.SetConfig("incident", "msdyn_usercanjoinchat", false)
		}, []string{"joinOff"}},
		{"no write access", func(b *sandbox.Sandbox, o handover) error { return b.RevokeWrite(o.owner.OID, "incident") }, []string{"noWrite"}},
		{"both", func(b *sandbox.Sandbox, o handover) error {
			if err := b.RevokeWrite(o.owner.OID, "incident"); err != nil {
				return err
			}
			return b.SetConfig("incident", "msdyn_usercanjoinchat", false)
		}, []string{"joinOff", "noWrite"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box := newBox(t)
				h := helperOf(t, box)
				over := handOver(t, box, 1)
				if err := c.prepare(box, over); err != nil {
					t.Fatal(err)
				}
				d := h.sit(t, over.owner)
				row := d.lockedOf(d.openCase(over.cas))[0]
				if !slices.Equal(row.Why, c.want) {
					t.Errorf("the row says %v, want %v", row.Why, c.want)
				}
				got, err := d.Join(t.Context(), row.ID)
				if err != nil || got.Outcome != "refused" || !slices.Equal(got.Why, c.want) {
					t.Errorf("join: %v %+v, want refused with %v", err, got, c.want)
				}
				if h.audit.Len() != 0 {
					t.Error("the companion was asked for what is known to be impossible")
				}
			})
		})
	}
	t.Run("the organisation runs no companion", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			box := newBox(t)
			over := handOver(t, box, 1)
			d := sit(t, box, over.owner)
			if row := d.lockedOf(d.openCase(over.cas))[0]; !slices.Equal(row.Why, []string{"noCompanion"}) {
				t.Errorf("the row says %v", row.Why)
			}
		})
	})
	t.Run("the server knows better than the cache", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			box := newBox(t)
			h := helperOf(t, box)
			over := handOver(t, box, 1)
			d := h.sit(t, over.owner)
			row := d.lockedOf(d.openCase(over.cas))[0]
			if err := box.RevokeWrite(over.owner.OID, "incident"); err != nil {
				t.Fatal(err)
			}
			got, err := d.Join(t.Context(), row.ID)
			if err != nil || got.Outcome != "refused" || !slices.Equal(got.Why, []string{"noWrite"}) {
				t.Errorf("join: %v %+v", err, got)
			}
		})
	})
	t.Run("the companion cannot be reached", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			box := newBox(t)
			h := helperOf(t, box)
			over := handOver(t, box, 1)
			d := h.sit(t, over.owner)
			key := d.openCase(over.cas)
			h.mu.Lock()
			h.down = true
			h.mu.Unlock()
			results, err := d.JoinAll(t.Context(), key)
			if err != nil || len(results) != 1 || results[0].Outcome != "failed" || results[0].Problem == nil {
				t.Errorf("join all: %v %+v; want a problem for the chat", err, results)
			}
		})
	})
}

// A stranger connected the chat: nobody gets in by that until a member's pane
// has confirmed it, whoever made the row.
func TestAMemberConfirmsALink(t *testing.T) {
	t.Parallel()
	for _, made := range []string{"patched by a stranger", "made by a stranger"} {
		t.Run(made, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box := newBox(t)
				h := helperOf(t, box)
				over := handOver(t, box, 1)
				id := over.chats[0]
				stranger := strangerTo(t, box, id, over.owner)
				time.Sleep(3 * time.Second) // virtual; Dataverse keeps whole seconds
				ben := h.sit(t, over.owner)
				key := ben.openCase(over.cas)
				row := ben.lockedOf(key)[0].ID
				if made == "made by a stranger" {
					if err := box.DeleteRow("msdyn_teamschatassociation", row); err != nil {
						t.Fatal(err)
					}
					if _, err := box.AddLink(id, "incident", over.cas, stranger.OID); err != nil {
						t.Fatal(err)
					}
				} else if err := box.SetLink(row, true, stranger.OID); err != nil {
					t.Fatal(err)
				}
				refresh := func(d *desk) LockedRow {
					if err := d.RefreshRecord(t.Context(), key); err != nil {
						t.Fatal(err)
					}
					d.settle()
					if rows := d.lockedOf(key); len(rows) > 0 {
						return rows[0]
					}
					return LockedRow{}
				}
				got, err := ben.Join(t.Context(), refresh(ben).ID)
				if err != nil || !slices.Equal(got.Why, []string{"confirm"}) {
					t.Fatalf("join: %v %+v; want that a member has to confirm", err, got)
				}
				ann := h.sit(t, over.ann)
				ann.openCase(over.cas)
				if rec := ann.tied(id, key); rec == nil || !rec.Confirm {
					t.Fatalf("Ann's pane does not offer to confirm: %+v", rec)
				}
				time.Sleep(2 * time.Second)
				if err := ann.Confirm(t.Context(), chat.ID(id), key); err != nil {
					t.Fatal(err)
				}
				ann.settle()
				if rec := ann.tied(id, key); rec == nil || rec.Confirm {
					t.Errorf("after confirming Ann's row shows %+v", rec)
				}
				if got, err = ben.Join(t.Context(), refresh(ben).ID); err != nil || got.Outcome != "joined" {
					t.Errorf("after Ann confirmed: %v %+v\n%s", err, got, h.audit.String())
				}
			})
		})
	}
}

// strangerTo is somebody who may write links and is not in a chat.
func strangerTo(t *testing.T, box *sandbox.Sandbox, id string, but *sandbox.Person) *sandbox.Person {
	t.Helper()
	for _, p := range box.People {
		if p.Role == "agent" && p != but && !slices.Contains(membersOf(box, id), p.OID) {
			return p
		}
	}
	t.Fatal("everybody is in the chat")
	return nil
}

func TestTheApplicationThatAddedSomebodyIsNamed(t *testing.T) {
	t.Parallel()
	v := newView()
	v.apps = map[string]string{"ours": "Chatpane Companion"}
	for _, c := range []struct {
		name string
		e    chat.Event
		want string
	}{
		{"as the message says", chat.Event{AppID: "ours", AppName: "Helper"}, "Helper"},
		{"ours, by its id", chat.Event{AppID: "OURS"}, "Chatpane Companion"},
		{"nobody knows", chat.Event{AppID: "other"}, ""},
	} {
		if got := v.event(c.e); got.By != c.want || !got.ByApp {
			t.Errorf("%s: %q by an application %v, want %q", c.name, got.By, got.ByApp, c.want)
		}
	}
}

// Whoever may write the link table may empty its columns. Such a row connects
// nothing, and the agent is told that, not that something is out of order.
func TestALinkThatNamesNoChatAnyMoreIsSaidToBeDisconnected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		h := helperOf(t, box)
		over := handOver(t, box, 1)
		d := h.sit(t, over.owner)
		row := d.lockedOf(d.openCase(over.cas))[0]
		for _, column := range []string{"msdyn_teamschatid", "msdyn_regardingobjectid"} {
			if err := box.SetRow("msdyn_teamschatassociation", row.ID, map[string]any{column: nil}); err != nil {
				t.Fatal(err)
			}
			got, err := d.Join(t.Context(), row.ID)
			if err != nil || got.Outcome != "refused" || !slices.Equal(got.Why, []string{"notConnected"}) {
				t.Errorf("without %s: %+v, %v; want refused as not connected", column, got, err)
			}
		}
	})
}
