package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

// steps are the requests of a story, in their order.
var steps = []struct {
	name string
	is   func(*http.Request) bool
}{
	{"the look at the record", func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/v9.2/$batch")
	}},
	{"the making of the chat", func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/v1.0/chats" }},
	{"the reading of its members", func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/v1.0/chats/19:") && strings.Count(r.URL.Path, "/") == 3
	}},
	{"the reading of the pair's links", func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/msdyn_teamschatassociations")
	}},
	{"the writing of the link", func(r *http.Request) bool {
		return r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/msdyn_teamschatassociations(")
	}},
	{"the sending of the note", func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/messages")
	}},
}

// storyBox is a company with a case of ann's, and the colleague she asks.
func storyBox(t *testing.T) (box *sandbox.Sandbox, ann, bob *sandbox.Person, c *sandbox.CaseSeed) {
	t.Helper()
	box = smallBox()
	ann, bob = person(t, box, "agent", 0), person(t, box, "agent", 1)
	if err := box.SetConfig("incident", "msdyn_enablekickoffmessage", true); err != nil {
		t.Fatal(err)
	}
	for _, c := range box.Cases {
		if !c.Resolved && !slices.Contains(box.RestrictedCaseIDs(), c.ID) {
			return box, ann, bob, c
		}
	}
	t.Fatal("no open case")
	return nil, nil, nil, nil
}

const storyTopic = "The story of a gasket"

// outcomeOf checks what the servers have in the end: one chat of the topic, one
// live link of one row, written before the note, and the note once.
func outcomeOf(t *testing.T, d *desk, c *sandbox.CaseSeed, net *cutter) {
	t.Helper()
	var ids []string
	for _, ch := range d.box.ListRooms() {
		if ch.Topic == storyTopic {
			ids = append(ids, ch.ID)
		}
	}
	if len(ids) != 1 {
		t.Fatalf("%d chats, want one; ops %+v", len(ids), d.outbox.Ops())
	}
	rows, err := d.dv.LinksOfChats(t.Context(), ids)
	if err != nil || len(rows) != 1 || !rows[0].Live || rows[0].RecordID != c.ID || rows[0].Name != storyTopic {
		t.Errorf("links: %v %+v; want one live row of the case", err, rows)
	}
	if n := d.box.CountMessages(ids[0], c.Number); n != 1 {
		t.Errorf("the note is there %d times, want once", n)
	}
	if left := d.outbox.Ops(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
	key := d.env + "|incident|" + c.ID
	if !slices.Contains(d.section(key, sectionThis).Chats, ids[0]) {
		t.Errorf("the record's list lacks the chat: %+v", d.pane.lists[key])
	}
	if len(d.pane.starts) != 0 {
		t.Errorf("still shown as being made: %+v", d.pane.starts)
	}
	wrote, sent := -1, -1
	for i, line := range net.log {
		switch {
		case strings.HasPrefix(line, "PATCH ") && strings.Contains(line, "teamschatassociations("):
			wrote = i
		case sent < 0 && strings.HasPrefix(line, "POST /v1.0/chats/") && strings.HasSuffix(line, "/messages"):
			sent = i
		}
	}
	if wrote < 0 || sent < wrote {
		t.Errorf("the link was written at %d, the note sent at %d", wrote, sent)
	}
}

// startStory fills in the form and presses Start chat.
func startStory(t *testing.T, d *desk, c *sandbox.CaseSeed, bob *sandbox.Person) Start {
	t.Helper()
	key := d.openCase(c.ID)
	info, err := d.PrepareStart(t.Context(), key)
	if err != nil || info.Note.ID == "" || info.Note.Problem != nil {
		t.Fatalf("the note: %v %+v", err, info)
	}
	return Start{Record: key, People: []string{bob.OID}, Topic: storyTopic, Note: info.Note.ID}
}

// A story is cut at every step, in every way: with the network gone, the
// request or its answer lost, a gateway in the way, or the app killed and
// started again. Each time it completes by itself: one chat, one link, one note.
// With CHATPANE_SEEDS of 1,000 and more, every way is taken at every step.
func TestAStoryThatIsCutAnywhereEndsInOneOfEach(t *testing.T) {
	t.Parallel()
	others := []end{lostOnTheWay, unavailable, answeredBadly, networkGone, killedBefore}
	for i, step := range steps {
		ways := []end{answerLost, killedAfter, others[i%len(others)]}
		if n, err := strconv.Atoi(os.Getenv("CHATPANE_SEEDS")); err == nil && n >= 1000 {
			ways = append(others, answerLost, killedAfter) // "test long" takes them all
		}
		for _, how := range ways {
			t.Run(step.name+" "+string(how), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { cutStory(t, step.is, how) })
			})
		}
	}
}

func cutStory(t *testing.T, at func(*http.Request) bool, how end) {
	t.Helper()
	box, ann, bob, c := storyBox(t)
	dir, keys := t.TempDir(), vault.MemoryKeychain()
	open := func() *vault.Vault {
		v, err := vault.Open(dir, "a", keys)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	net := &cutter{RoundTripper: box.Transport(), how: how}
	d := sitOver(t, box, ann, open(), net)
	st := startStory(t, d, c, bob)
	net.mu.Lock()
	net.at, net.log = at, nil
	net.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := d.StartChat(ctx, st)
		done <- err
	}()
	d.settle()
	if !net.hit {
		t.Fatal("the step did not come")
	}
	if how == killedBefore || how == killedAfter {
		cancel()
		d.stop()
		<-done
		d = sitOver(t, box, ann, open(), net)
		d.openCase(c.ID)
	} else if err := <-done; err != nil {
		t.Fatalf("start: %v", err)
	}
	if how == networkGone {
		time.Sleep(time.Minute)
		net.restore()
	}
	for range 5 { // somebody sits at the window
		time.Sleep(time.Minute)
		d.Active()
	}
	d.settle()
	outcomeOf(t, d, c, net)
}

// What the servers refuse while the form waits is answered there, and leaves
// nothing behind.
func TestWhatIsRefusedWhileTheFormWaits(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		harm func(*testing.T, *sandbox.Sandbox, *sandbox.CaseSeed, *Start)
		code string
	}{
		"the record was deleted meanwhile": {func(t *testing.T, b *sandbox.Sandbox, c *sandbox.CaseSeed, _ *Start) {
			if err := b.DeleteRow("incident", c.ID); err != nil {
				t.Fatal(err)
			}
		}, "recordGone"},
		"the record may not be read any more": {func(t *testing.T, b *sandbox.Sandbox, _ *sandbox.CaseSeed, _ *Start) {
			if err := b.RevokeRead(person(t, b, "agent", 0).OID, "incident"); err != nil {
				t.Fatal(err)
			}
		}, "recordForbidden"},
		"a person has no Teams": {func(_ *testing.T, b *sandbox.Sandbox, _ *sandbox.CaseSeed, _ *Start) {
			b.Knobs.Fail("graph POST /chats$", 403, 1)
		}, "start.forbidden"},
		"a person does not exist": {func(_ *testing.T, _ *sandbox.Sandbox, _ *sandbox.CaseSeed, st *Start) {
			st.People = append(st.People, "00000000-0000-4000-8000-00000000dead")
		}, "start.notFound"},
		"the topic has what Teams forbids": {func(_ *testing.T, _ *sandbox.Sandbox, _ *sandbox.CaseSeed, st *Start) { st.Topic = "a:b" }, "topicCharacters"},
		"the topic has a line break":       {func(_ *testing.T, _ *sandbox.Sandbox, _ *sandbox.CaseSeed, st *Start) { st.Topic = "a\nb" }, "topicCharacters"},
		"the topic is too long": {func(_ *testing.T, _ *sandbox.Sandbox, _ *sandbox.CaseSeed, st *Start) {
			st.Topic = strings.Repeat("é", 251)
		}, "topicLong"},
		"nobody but me": {func(_ *testing.T, b *sandbox.Sandbox, _ *sandbox.CaseSeed, st *Start) {
			st.People = []string{b.People[0].OID, ""}
		}, "noPeople"},
		"250 others": {func(_ *testing.T, _ *sandbox.Sandbox, _ *sandbox.CaseSeed, st *Start) {
			for i := range 250 {
				st.People = append(st.People, fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
			}
		}, "tooManyPeople"},
		"the note is not the one that was shown": {func(_ *testing.T, _ *sandbox.Sandbox, _ *sandbox.CaseSeed, st *Start) { st.Note = "another" }, "note.changed"},
		"the type is not enabled": {func(_ *testing.T, _ *sandbox.Sandbox, _ *sandbox.CaseSeed, st *Start) {
			st.Record = strings.Replace(st.Record, "incident", "task", 1)
		}, "typeNotEnabled"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box, ann, bob, c := storyBox(t)
				d := sit(t, box, ann)
				st := startStory(t, d, c, bob)
				tc.harm(t, box, c, &st)
				_, err := d.StartChat(t.Context(), st)
				var p *Problem
				if !errors.As(err, &p) || p.Code != tc.code {
					t.Errorf("got %v, want %s", err, tc.code)
				}
				d.settle()
				if left := d.outbox.Ops(); len(left) != 0 || len(d.pane.starts) != 0 {
					t.Errorf("left behind: %+v %+v", left, d.pane.starts)
				}
				for _, ch := range box.ListRooms() {
					if ch.Topic == st.Topic {
						t.Error("a chat was made")
					}
				}
			})
		})
	}
}

// Offline the chat is kept and shown as waiting; with the network it is made.
func TestAChatStartedOfflineIsShownAndMadeLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, bob, c := storyBox(t)
		net := &cutter{RoundTripper: box.Transport()}
		d := sitOver(t, box, ann, vault.OpenMemory(), net)
		st := startStory(t, d, c, bob)
		if _, err := d.FindPeople(t.Context(), bob.Name, ""); err != nil {
			t.Fatal(err)
		}
		net.mu.Lock()
		net.gone, net.log = true, nil
		net.mu.Unlock()
		began := time.Now()
		got, err := d.StartChat(t.Context(), st)
		if err != nil || got.Chat != "" || time.Since(began) > startWait {
			t.Fatalf("start: %v %+v after %v", err, got, time.Since(began))
		}
		d.settle()
		row := d.pane.starts[got.Op]
		if row.State != "waiting" || row.Reason != "offline" || row.Title != storyTopic || row.Record != st.Record || !slices.Contains(row.People, bob.Name) {
			t.Errorf("row: %+v", row)
		}
		net.restore()
		for range 5 {
			time.Sleep(time.Minute)
			d.Active()
		}
		d.settle()
		outcomeOf(t, d, c, net)
	})
}

// A creation whose answer is lost is looked for among all chats. What only
// resembles it is not taken for it.
func TestAnUnsureChatIsNotMistakenForAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, bob, c := storyBox(t)
		net := &cutter{RoundTripper: box.Transport(), how: lostOnTheWay}
		d := sitOver(t, box, ann, vault.OpenMemory(), net)
		st := startStory(t, d, c, bob)
		others := decoys(t, d, bob, c)
		net.mu.Lock()
		net.at, net.log = steps[1].is, nil
		net.mu.Unlock()
		if _, err := d.StartChat(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			time.Sleep(time.Minute)
			d.Active()
		}
		var made []string
		for _, ch := range box.ListRooms() {
			if ch.Topic == storyTopic && !slices.Contains(others, ch.ID) {
				made = append(made, ch.ID)
			}
		}
		rows, err := d.dv.LinksOfChats(t.Context(), made)
		if err != nil || len(made) != 1 || len(rows) != 1 {
			t.Errorf("%d chats of its own with %d links (%v), want one of each; ops %+v", len(made), len(rows), err, d.outbox.Ops())
		}
	})
}

// decoys are chats that resemble the one to be made: with a message, with a
// live link, with another member, or of an older date.
func decoys(t *testing.T, d *desk, bob *sandbox.Person, c *sandbox.CaseSeed) []string {
	t.Helper()
	carl := person(t, d.box, "agent", 2)
	make := func(people ...string) string {
		var in []chat.Invited
		for _, p := range people {
			in = append(in, chat.Invited{UserID: p})
		}
		g, err := d.graph.CreateChat(t.Context(), d.newChat(chat.Group, storyTopic, in))
		if err != nil {
			t.Fatal(err)
		}
		return g.ID
	}
	old := make(bob.OID)
	time.Sleep(2 * lookBack)
	spoken, linked, crowd := make(bob.OID), make(bob.OID), make(bob.OID, carl.OID)
	if _, err := d.box.Say(d.who.OID, spoken, "<p>mine</p>"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.box.AddLink(linked, "incident", d.box.Cases[0].ID, bob.OID); err != nil {
		t.Fatal(err)
	}
	return []string{old, spoken, linked, crowd}
}

// Two attempts that both arrived late: the older chat is adopted, the newer one
// is shown so that the user can leave it.
func TestOfTwoChatsTheOlderIsAdoptedAndTheNewerShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, bob, c := storyBox(t)
		net := &cutter{RoundTripper: box.Transport(), how: answerLost}
		d := sitOver(t, box, ann, vault.OpenMemory(), net)
		st := startStory(t, d, c, bob)
		net.mu.Lock()
		net.at = steps[1].is
		net.mu.Unlock()
		if _, err := d.StartChat(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		// The gateway had repeated the request by itself.
		time.Sleep(time.Second)
		second, err := d.graph.CreateChat(t.Context(), d.newChat(chat.Group, storyTopic, []chat.Invited{{UserID: bob.OID}}))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		d.settle()
		row := d.pane.starts[second.ID]
		if len(d.pane.starts) != 1 || row.State != "twin" || row.Chat != second.ID || row.Title != storyTopic {
			t.Fatalf("shown: %+v, want the second chat", d.pane.starts)
		}
		rows, err := d.dv.LinksOfChats(t.Context(), []string{second.ID})
		if err != nil || len(rows) != 0 {
			t.Errorf("the second chat is linked: %v %+v", err, rows)
		}
		if err := d.LeaveTwin(t.Context(), second.ID, false); err != nil {
			t.Fatal(err)
		}
		d.settle()
		if len(d.pane.starts) != 0 || slices.Contains(membersOf(box, second.ID), ann.OID) {
			t.Errorf("after leaving: %+v, members %v", d.pane.starts, membersOf(box, second.ID))
		}
	})
}

// The note waits for the link. A link that is refused is parked with its
// reason, and the chat is there all the same.
func TestANoteWaitsForALinkThatIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, bob, c := storyBox(t)
		net := &cutter{RoundTripper: box.Transport()}
		d := sitOver(t, box, ann, vault.OpenMemory(), net)
		st := startStory(t, d, c, bob)
		if err := box.RevokeWrite(ann.OID, "msdyn_teamschatassociation"); err != nil {
			t.Fatal(err)
		}
		box.Knobs.Fail("dataverse PATCH /msdyn_teamschatassociations", 403, 1)
		net.mu.Lock()
		net.log = nil
		net.mu.Unlock()
		got, err := d.StartChat(t.Context(), st)
		if err != nil || got.Chat == "" {
			t.Fatalf("start: %v %+v", err, got)
		}
		d.settle()
		row := d.pane.chats[got.Chat]
		if len(row.Records) != 1 || row.Records[0].Parked != "forbidden" || row.Records[0].Op == "" {
			t.Fatalf("the chat's row: %+v", row.Records)
		}
		if n := box.CountMessages(got.Chat, c.Number); n != 0 {
			t.Error("the note was sent without the link")
		}
		if err := box.Restore(ann.OID, "msdyn_teamschatassociation"); err != nil {
			t.Fatal(err)
		}
		if err := d.Retry(row.Records[0].Op); err != nil {
			t.Fatal(err)
		}
		d.settle()
		outcomeOf(t, d, c, net)
	})
}

// A guest who is known from a chat alone is invited as one, which Graph wants.
func TestAGuestKnownFromAChatIsInvited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, bob, c := storyBox(t)
		guest := person(t, box, "guest", 0)
		d := sit(t, box, ann)
		g, err := d.graph.CreateChat(t.Context(), d.newChat(chat.Group, "With a guest", []chat.Invited{{UserID: bob.OID}, {UserID: guest.OID, Guest: true}}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.accept(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		st := startStory(t, d, c, bob)
		st.People = append(st.People, guest.OID)
		got, err := d.StartChat(t.Context(), st)
		if err != nil || !slices.Contains(membersOf(box, got.Chat), guest.OID) {
			t.Errorf("%v %+v", err, got)
		}
	})
}
