package session

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return Explain(err).Code
}

func TestRecordAddressesThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		d := sit(t, box, person(t, box, "agent", 0))
		id := box.Cases[0].ID
		for text, want := range map[string]string{
			"":                      "notRecordURL",
			"not an address":        "notRecordURL",
			"https://example.com/x": "notRecordURL",
			"https://evil.crm.dynamics.com/main.aspx?pagetype=entityrecord&etn=incident&id=" + id: "wrongEnvironment",
			d.env + "/main.aspx?pagetype=entityrecord&etc=112&id=" + id:                           "typeCodeInURL",
			d.env + "/main.aspx?pagetype=entitylist&etn=incident":                                 "noRecordInURL",
			d.env + "/main.aspx?pagetype=entityrecord&etn=incident&id=123":                        "notRecordURL",
			"chatpane://record?nonsense=1":                                                        "notDeepLink",
			"chatpane://record?env=https%3A%2F%2Fevil.crm.dynamics.com&etn=incident&id=" + id:     "wrongEnvironment",
		} {
			_, err := d.OpenRecord(t.Context(), text)
			if got := codeOf(err); got != want {
				t.Errorf("OpenRecord(%.90q): problem %q (%v), want %q", text, got, err, want)
			}
		}
		d.pull()
		if len(d.pane.tabs.Open) != 0 {
			t.Errorf("refused addresses opened tabs: %v", d.pane.tabs.Open)
		}
	})
}

func TestRecordsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		d := sit(t, box, person(t, box, "agent", 0))
		for id, want := range map[string]string{box.RestrictedCaseIDs()[0]: "forbidden", box.DeletedCaseID(): "gone"} {
			key := d.openCase(id)
			row := d.pane.records[key]
			if row.State != want || row.Problem == nil || row.Name != "" {
				t.Errorf("case %s: state %q, problem %v, name %q; want %s with a problem and nothing of the record", id, row.State, row.Problem, row.Name, want)
			}
		}
	})
}

// A broken answer to the list never hurts what is cached, is explained while
// it lasts, and is over when the server answers well again.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breakIt func(*sandbox.Knobs)
		want    string
	}{
		"a page of HTML": {func(k *sandbox.Knobs) { k.HTML("GET /me/chats", 3) }, "badReply"},
		"half a JSON":    {func(k *sandbox.Knobs) { k.HalfJSON("GET /me/chats", 3) }, "badReply"},
		"a huge body":    {func(k *sandbox.Knobs) { k.Huge("GET /me/chats", 40<<20, 3) }, "replyTooLarge"},
		"a server error": {func(k *sandbox.Knobs) { k.Fail("GET /me/chats", 500, 3) }, "serverError"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box := newBox(t)
				d := sit(t, box, person(t, box, "agent", 0))
				before := len(d.pane.chats)
				c.breakIt(box.Knobs)
				time.Sleep(16 * time.Second)
				d.Refresh()
				d.settle()
				codes := warningCodes(d)
				if !slices.Contains(codes, c.want) {
					t.Errorf("warnings %v; want %s", codes, c.want)
				}
				if len(d.pane.chats) != before {
					t.Errorf("the list went from %d to %d chats", before, len(d.pane.chats))
				}
				time.Sleep(5 * time.Minute)
				d.Active()
				d.Refresh()
				time.Sleep(16 * time.Second)
				d.settle()
				if codes := warningCodes(d); slices.Contains(codes, c.want) {
					t.Errorf("after the server recovered the warning stays: %v", codes)
				}
			})
		})
	}
}

// A next link to another host is refused before a token is asked for: nothing
// arrives there, and the list says why it is not complete.
func TestForeignNextLinkIsNotFollowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := sandbox.New(sandbox.Options{Seed: 7, Chats: 150, Messages: 1500})
		box.Knobs.ForeignLink("GET /me/chats", 2)
		d := sit(t, box, person(t, box, "agent", 0))
		if codes := warningCodes(d); !slices.Contains(codes, "foreignLink") {
			t.Errorf("warnings %v; want foreignLink", codes)
		}
		if len(d.pane.chats) == 0 {
			t.Error("the first page, which was good, is not shown")
		}
		time.Sleep(5 * time.Minute)
		d.settle()
		if codes := warningCodes(d); slices.Contains(codes, "foreignLink") || !d.sync.Status().AllRead {
			t.Errorf("after the server recovered: warnings %v, whole list read %v", codes, d.sync.Status().AllRead)
		}
	})
}

func warningCodes(d *desk) []string {
	var out []string
	for _, w := range d.pane.health.Warnings {
		out = append(out, w.Code)
	}
	return out
}

// Each right to disconnect, from the server's facts (dataverse.md §1.4).
func TestWhoMayDisconnect(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		owner, connector             bool
		ownerToggle, connectorToggle bool
		want                         string
	}{
		"the owner with the owner toggle":       {true, false, true, false, ""},
		"the owner without the toggle":          {true, false, false, true, "ownerOff"},
		"the connector with the toggle":         {false, true, false, true, ""},
		"the connector without the toggle":      {false, true, true, false, "connectorOff"},
		"neither, whatever the toggles say":     {false, false, true, true, "notOwner"},
		"owner and connector with both toggles": {true, true, true, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box := newBox(t)
				ann := person(t, box, "agent", 0)
				seed, id := linkedCase(t, box, ann, true)
				other := otherMember(t, box, id, ann)
				owner, connector := other, other
				if c.owner {
					owner = ann
				}
				if c.connector {
					connector = ann
				}
				row, err := box.AddLink(id, "incident", seed.ID, connector.OID)
				if err == nil {
					err = box.SetCaseOwner(seed.ID, owner.SystemUserID)
				}
				if err == nil {
					err = box.SetConfig("incident", "msdyn_recordownercanunlink", c.ownerToggle)
				}
				if err == nil {
					err = box.SetConfig("incident", "msdyn_recentchatlinkercanunlink", c.connectorToggle)
				}
				if err != nil {
					t.Fatalf("prepare (row %s): %v", row, err)
				}
				d := sit(t, box, ann)
				key := d.openCase(seed.ID)
				got := d.tied(id, key)
				if got == nil || got.Why != c.want || got.Unlink != (c.want == "") {
					t.Fatalf("the row says %+v; want reason %q", got, c.want)
				}
				_, err = d.Disconnect(chat.ID(id), key)
				if want := c.want; want == "" && err != nil || want != "" && codeOf(err) != "unlink."+want {
					t.Errorf("Disconnect: %v; want reason %q", err, want)
				}
				d.settle()
				if gone := d.tied(id, key) == nil; gone != (c.want == "") {
					t.Errorf("disconnected %v, want %v", gone, c.want == "")
				}
			})
		})
	}
}

// The server decides again: a toggle that was turned off meanwhile parks the
// disconnect with its reason, and the chat stays.
func TestDisconnectIsDecidedAgainByTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		seed, id := linkedCase(t, box, ann, true)
		if err := errors.Join(box.SetCaseOwner(seed.ID, ann.SystemUserID),
			box.SetConfig("incident", "msdyn_recordownercanunlink", true), box.SetConfig("incident", "msdyn_recentchatlinkercanunlink", false)); err != nil {
			t.Fatal(err)
		}
		d := sit(t, box, ann)
		key := d.openCase(seed.ID)
		if err := box.SetConfig("incident", "msdyn_recordownercanunlink", false); err != nil {
			t.Fatal(err)
		}
		op, err := d.Disconnect(chat.ID(id), key)
		if err != nil {
			t.Fatal(err)
		}
		d.settle()
		got := d.tied(id, key)
		if got == nil || got.Parked != "unlink.ownerOff" || got.Op != op {
			t.Fatalf("the row says %+v; want the op parked with the reason", got)
		}
		if err := d.Discard(op); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if got := d.tied(id, key); got == nil || got.Parked != "" {
			t.Errorf("after discarding: %+v; want the connection as before", got)
		}
	})
}

// A process that dies with a message unsent finds it again and sends it once.
func TestUnsentMessageSurvivesARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		dir, keys := t.TempDir(), vault.MemoryKeychain()
		open := func() *vault.Vault {
			v, err := vault.Open(dir, "tenant/ann", keys)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		d := sitAt(t, box, ann, open())
		d.openChat(id)
		box.Knobs.Offline(true)
		d.say(id, "Written before the crash")
		if err := d.SaveDraft(Draft{Chat: id, JSON: "{}", Text: "half a thought"}); err != nil {
			t.Fatal(err)
		}
		d.settle()
		d.stop()
		e := sitAt(t, box, ann, open())
		page := e.openChat(id)
		if last := page.Messages[len(page.Messages)-1]; last.Plain != "Written before the crash" || last.State == "" {
			t.Errorf("after the restart the chat ends with %q in state %q; want the waiting message", last.Plain, last.State)
		}
		if e.pane.drafts[id].Text != "half a thought" {
			t.Errorf("the draft is %+v", e.pane.drafts[id])
		}
		box.Knobs.Offline(false)
		time.Sleep(3 * time.Minute)
		e.settle()
		if n := box.CountMessages(id, "Written before the crash"); n != 1 {
			t.Errorf("the server has the message %d times, want once", n)
		}
	})
}

// A member who is removed loses the content at the next sync (product.md 11.4).
func TestRemovedMemberLosesTheChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		seed, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		key := d.openCase(seed.ID)
		d.openChat(id)
		d.CloseChat(chat.ID(id))
		if err := box.RemoveMember(id, ann.OID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(16 * time.Second)
		if err := d.RefreshRecord(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		d.Refresh()
		d.settle()
		if _, ok, err := d.store.Chat(chat.ID(id)); ok || err != nil {
			t.Errorf("the chat is still stored (%v)", err)
		}
		if list, _, err := d.store.Latest(chat.ID(id), 10); err == nil && len(list) > 0 {
			t.Errorf("%d messages are still readable", len(list))
		}
		var found bool
		for _, row := range d.pane.locked {
			found = found || row.Chat == id
		}
		if !found {
			t.Error("the chat does not show as a locked row of its record")
		}
	})
}

func TestThrottledIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		d.openChat(id)
		box.Knobs.ThrottleKind("POST /chats", 1, 30*time.Second)
		d.say(id, "Patience")
		time.Sleep(20 * time.Second)
		if n := box.CountMessages(id, "Patience"); n != 0 {
			t.Fatal("sent before Retry-After had passed")
		}
		time.Sleep(60 * time.Second)
		d.Active()
		d.settle()
		if n := box.CountMessages(id, "Patience"); n != 1 {
			t.Errorf("the server has the message %d times, want once", n)
		}
	})
}

func TestLockedRowsShowNothingOfTheChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		seed, id := linkedCase(t, box, ann, false)
		d := sit(t, box, ann)
		key := d.openCase(seed.ID)
		for _, rowID := range d.section(key, sectionThis).Locked {
			row := d.pane.locked[rowID]
			if row.Chat == id {
				if row.Name == "" || row.By == "" || row.At == "" || !slices.Contains(row.Why, "noCompanion") {
					t.Errorf("the locked row lacks name, connector, time or reason: %+v", row)
				}
				if _, known := d.pane.chats[id]; known {
					t.Error("the pane holds a row of a chat that nobody here is in")
				}
				return
			}
		}
		t.Errorf("no locked row for %s in %+v", id, d.pane.lists[key])
	})
}

func TestNothingCanBeSentThatGraphRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		for html, want := range map[string]string{
			"":                           "emptyMessage",
			"<p>&nbsp;</p>":              "emptyMessage",
			"<p><script>x</script>y</p>": "messageDialect",
			"<p>" + strings.Repeat("long ", 8000) + "</p>": "messageTooLong",
		} {
			if _, err := d.Send(t.Context(), Compose{Chat: id, HTML: html}); codeOf(err) != want {
				t.Errorf("Send(%.40q): %v, want problem %s", html, err, want)
			}
		}
		if _, err := d.Send(t.Context(), Compose{Chat: "19:nowhere@thread.v2", HTML: "<p>x</p>"}); codeOf(err) != "notMember" {
			t.Errorf("Send to a foreign chat: %v", err)
		}
		if len(d.outbox.Ops()) != 0 {
			t.Errorf("refused messages left ops: %v", d.outbox.Ops())
		}
	})
}
