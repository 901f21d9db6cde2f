package companion_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/companion"
	"chatpane/app/sandbox"
)

func TestWhoMayWriteTheRecordJoinsWithTheWholeHistory(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := r.join(r.ben, r.link)
	if got.status != http.StatusOK || got.outcome != "joined" || got.chat != r.chat || !r.member(r.chat, r.ben) {
		t.Fatalf("the answer is %v, Ben is a member: %v\n%s", got, r.member(r.chat, r.ben), r.audit.text())
	}
	if got = r.join(r.ben, r.link); got.status != http.StatusOK || got.outcome != "member" {
		t.Errorf("asked again: %v; want success, being a member already", got)
	}
	if r.added() != 1 {
		t.Errorf("Graph was asked %d times to add somebody, want once", r.added())
	}
	text := r.audit.text()
	for _, id := range []string{r.ben.OID, r.link, r.cas, r.chat, `"outcome":"allowed"`, `"outcome":"joined"`, `"outcome":"member"`} {
		if !strings.Contains(text, id) {
			t.Errorf("the audit lacks %s:\n%s", id, text)
		}
	}
	for _, name := range []string{r.ben.Name, r.ann.Name, r.ben.UPN} {
		if strings.Contains(text, name) {
			t.Errorf("the audit names %s:\n%s", name, text)
		}
	}
	if n, err := companion.CheckAudit(strings.NewReader(text)); err != nil || n != 3 {
		t.Errorf("the audit has %d lines, %v; want 3 whole ones", n, err)
	}
}

func TestReasonsAreExact(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		prepare func(*rig)
		status  int
		reasons []string
	}{
		{"Join is off", func(r *rig) { r.must(r.box.SetConfig("incident", "msdyn_usercanjoinchat", false)) }, 403, []string{"joinOff"}},
		{"the type has no settings", func(r *rig) { r.must(r.box.RemoveConfig("incident")) }, 403, []string{"joinOff"}},
		{"no write access", func(r *rig) { r.must(r.box.RevokeWrite(r.ben.OID, "incident")) }, 403, []string{"noWrite"}},
		{"both", func(r *rig) {
			r.must(r.box.SetConfig("incident", "msdyn_usercanjoinchat", false))
			r.must(r.box.RevokeWrite(r.ben.OID, "incident"))
		}, 403, []string{"joinOff", "noWrite"}},
		{"the record may not be seen", func(r *rig) { r.must(r.box.RevokeRead(r.ben.OID, "incident")) }, 403, []string{"noWrite"}},
		{"the link was taken away", func(r *rig) { r.must(r.box.SetLink(r.link, false, r.ann.OID)) }, 403, []string{"notConnected"}},
		{"the row was deleted", func(r *rig) { r.must(r.box.DeleteRow("msdyn_teamschatassociation", r.link)) }, 403, []string{"notConnected"}},
		{"the links may not be read", func(r *rig) { r.must(r.box.RevokeRead(r.ben.OID, "msdyn_teamschatassociation")) }, 403, []string{"notConnected"}},
		{"the settings may not be read", func(r *rig) { r.box.ForbidConfigs() }, 403, []string{"settings"}},
		{"the row names a chat that is not there", func(r *rig) {
			r.patch(r.link, r.ann, map[string]any{"msdyn_teamschatid": "19:00000000000000000000000000000000@thread.v2"})
		}, 403, []string{"chatGone"}},
		{"the row names something that is no chat", func(r *rig) {
			r.patch(r.link, r.ann, map[string]any{"msdyn_teamschatid": "19:x@thread.v2/../../users"})
		}, 403, []string{"notConnected"}},
		{"the row names no chat", func(r *rig) { r.patch(r.link, r.ann, map[string]any{"msdyn_teamschatid": nil}) }, 403, []string{"notConnected"}},
		{"the row names no record", func(r *rig) { r.patch(r.link, r.ann, map[string]any{"msdyn_regardingobjectid": nil}) }, 403, []string{"notConnected"}},
		{"the row names no table", func(r *rig) {
			r.patch(r.link, r.ann, map[string]any{"msdyn_regardingobjectname": "Case of ours"})
		}, 403, []string{"notConnected"}},
		{"the chat is of two people", func(r *rig) { r.patch(r.link, r.ann, map[string]any{"msdyn_teamschatid": r.oneOnOne()}) }, 403, []string{"notGroup"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c.prepare(r)
			r.refused(r.join(r.ben, r.link), c.status, c.reasons...)
		})
	}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) oneOnOne() string {
	for _, c := range r.chats {
		if strings.HasSuffix(c.ID, "@unq.gbl.spaces") {
			return c.ID
		}
	}
	r.t.Fatal("nobody has a one-on-one chat")
	return ""
}

// The vectors of threats.md J4 and decision 8: whoever may write the link table
// must not get into a chat by it.
func TestALinkCountsOnlyIfMembersStandForIt(t *testing.T) {
	t.Parallel()
	t.Run("Mallory links the case that he may write to Ann's chat", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.must(r.box.DeleteRow("msdyn_teamschatassociation", r.link))
		r.refused(r.join(r.mallory, r.connect(r.chat, r.cas, r.mallory)), 403, "confirm")
	})
	t.Run("Mallory patches Ann's row to another chat", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.patch(r.link, r.mallory, map[string]any{"msdyn_teamschatid": r.foreign()})
		r.refused(r.join(r.mallory, r.link), 403, "confirm")
	})
	t.Run("Mallory patches Ann's row to another record", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		other := r.otherCase(r.mallory)
		r.patch(r.link, r.mallory, map[string]any{"msdyn_regardingobjectid": other})
		r.refused(r.join(r.mallory, r.link), 403, "confirm")
	})
	t.Run("Mallory revives the row that Ann disconnected", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.must(r.box.SetLink(r.link, false, r.ann.OID))
		r.patch(r.link, r.mallory, map[string]any{"msdyn_entityrecordstate": 0})
		r.refused(r.join(r.mallory, r.link), 403, "confirm")
	})
	t.Run("a newer row of the pair says that it is disconnected", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		newer := r.connect(r.chat, r.cas, r.ann)
		r.later(newer, false)
		r.refused(r.join(r.ben, r.link), 403, "notConnected")
	})
	t.Run("the creator has left the chat", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.must(r.box.RemoveMember(r.chat, r.ann.OID))
		r.refused(r.join(r.ben, r.link), 403, "confirm")
	})
	t.Run("a member confirms, and then it counts", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.patch(r.link, r.mallory, map[string]any{"msdyn_teamschatassociationname": "x"})
		r.refused(r.join(r.ben, r.link), 403, "confirm")
		dv := r.dataverse(r.ann)
		row, err := dv.GetLink(t.Context(), r.link)
		r.must(err)
		_, err = dv.ConfirmLink(t.Context(), row)
		r.must(err)
		if got := r.join(r.ben, r.link); got.outcome != "joined" {
			t.Errorf("after Ann confirmed: %v", got)
		}
	})
}

// later disconnects or connects a row as Ann, some seconds after the others.
func (r *rig) later(link string, live bool) {
	r.t.Helper()
	r.must(r.box.SetRow("msdyn_teamschatassociation", r.link, map[string]any{"modifiedon": time.Now().Add(-time.Hour)}))
	r.must(r.box.SetLink(link, live, r.ann.OID))
}

// foreign is a group chat that Mallory, whom it does not concern, is not in.
func (r *rig) foreign() string {
	for _, c := range groups(r.chats) {
		if c.ID != r.chat && !slices.Contains(c.Members, r.mallory.OID) && slices.Contains(c.Members, r.ann.OID) {
			return c.ID
		}
	}
	r.t.Fatal("there is no such chat")
	return ""
}

// otherCase is another case that somebody may write.
func (r *rig) otherCase(p *sandbox.Person) string {
	for _, c := range r.box.Cases {
		rights, err := access(r.box, p, c.ID)
		r.must(err)
		if c.ID != r.cas && !connected(r.box, r.chat, c.ID) && slices.Contains(rights, "WriteAccess") {
			return c.ID
		}
	}
	r.t.Fatal("there is no such case")
	return ""
}

func TestWhoWasRemovedComesBackOnlyWithAMembersWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		if got := r.join(r.ben, r.link); got.outcome != "joined" {
			t.Fatal(got)
		}
		r.must(r.box.RemoveMember(r.chat, r.ben.OID))
		if got := r.join(r.ben, r.link); got.status != 403 || !slices.Equal(got.reasons, []string{"confirm"}) {
			t.Errorf("the request repeated after the removal: %v; want a refusal", got)
		}
		time.Sleep(2 * time.Second) // virtual; Dataverse keeps whole seconds
		r.patch(r.link, r.ann, map[string]any{"msdyn_entityrecordstate": 0})
		if got := r.join(r.ben, r.link); got.outcome != "joined" {
			t.Errorf("after a member confirmed: %v", got)
		}
	})
}

func TestTwoReplicasAndTwoRequestsAtOnceAddOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	o := options(r.box, r.audit)
	o.Replica = "two"
	second, err := companion.New(o)
	if err != nil {
		t.Fatal(err)
	}
	handlers := []http.Handler{r.handler, second.Handler()}
	var wg sync.WaitGroup
	outcomes := make([]said, 8)
	for i := range outcomes {
		wg.Add(1)
		go func() {
			defer wg.Done()
			outcomes[i] = r.ask(handlers[i%2], r.box.Token(r.ben.OID, "companion"), r.body(r.link))
		}()
	}
	wg.Wait()
	joined := 0
	for _, s := range outcomes {
		switch {
		case s.outcome == "joined":
			joined++
		case s.status != http.StatusOK && !slices.Equal(s.reasons, []string{"busy"}):
			t.Errorf("one of them was answered %v", s)
		}
	}
	if joined != 1 || !r.member(r.chat, r.ben) {
		t.Errorf("%d of them joined, want one", joined)
	}
	if n, err := companion.CheckAudit(strings.NewReader(r.audit.text())); err != nil || n < len(outcomes) {
		t.Errorf("the audit of both has %d lines: %v", n, err)
	}
}

func TestWhatCannotBeReadIsARefusal(t *testing.T) {
	t.Parallel()
	for _, match := range []string{
		"entra POST", "entra GET", "dataverse GET /WhoAmI", "dataverse GET /msdyn_teamschatassociations", "dataverse GET /EntityDefinitions",
		"dataverse POST /$batch", "dataverse GET /systemusers", "graph GET /chats/{id}",
	} {
		t.Run(match, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			for _, status := range []int{500, 503, 404, 400, 0} {
				r.box.Knobs.Reset()
				if status == 0 {
					r.box.Knobs.HTML(match, 20)
				} else {
					r.box.Knobs.Fail(match, status, 20)
				}
				fresh, err := companion.New(options(r.box, r.audit))
				r.must(err)
				got := r.ask(fresh.Handler(), r.box.Token(r.ben.OID, "companion"), r.body(r.link))
				if got.status < 400 || r.added() != 0 {
					t.Errorf("with %d from %s (0 is a page): %v, asked to add %d times", status, match, got, r.added())
				}
			}
			r.box.Knobs.Reset()
			if r.member(r.chat, r.ben) {
				t.Error("Ben is a member")
			}
		})
	}
}

func TestALostAnswerOfTheAdditionIsLookedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.box.Knobs.FailAfter("graph POST /chats/{id}/members", 503, 1)
	if got := r.join(r.ben, r.link); got.outcome != "joined" || !r.member(r.chat, r.ben) {
		t.Errorf("added, but the answer was lost: %v", got)
	}
	r = newRig(t)
	r.box.Knobs.HTML("graph POST /chats/{id}/members", 1)
	if got := r.join(r.ben, r.link); got.status != 503 || r.member(r.chat, r.ben) {
		t.Errorf("not added, and a page of something in between came as the answer: %v", got)
	}
	r = newRig(t)
	r.box.Knobs.Fail("graph POST /chats/{id}/members", 503, 1)
	if got := r.join(r.ben, r.link); got.status != 503 || r.member(r.chat, r.ben) {
		t.Errorf("not added, and the answer was lost: %v", got)
	}
}

func TestNothingIsAddedThatTheAuditDoesNotTake(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.audit.fail = true
	r.refused(r.join(r.ben, r.link), 503, "unavailable")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *companion.Options) {
		o.Limits = companion.Limits{ChatPerMinute: 1, PersonPerMinute: 3, PersonPerDay: 100, TenantPerMinute: 100}
	})
	if got := r.join(r.ben, r.link); got.outcome != "joined" {
		t.Fatal(got)
	}
	got := r.join(r.mallory, r.link)
	if got.status != 429 || got.header.Get("Retry-After") == "" || r.member(r.chat, r.mallory) {
		t.Errorf("the second change of a chat's members in a minute: %v %v", got, got.header)
	}
	for range 2 {
		r.join(r.ben, r.link)
	}
	if got := r.join(r.ben, r.link); got.status != 429 || !slices.Equal(got.reasons, []string{"busy"}) {
		t.Errorf("the fourth request of a person: %v", got)
	}
}

func TestAThrottledGraphHoldsBackOneChatAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.box.Knobs.ThrottleKind("graph POST /chats/{id}/members", 1, 40*time.Second)
	if got := r.join(r.ben, r.link); got.status != 429 || got.header.Get("Retry-After") != "40" {
		t.Errorf("throttled by Graph: %v %v", got, got.header)
	}
	ctx, cancel := context.WithTimeout(t.Context(), short)
	defer cancel()
	if got := r.join(r.ben, r.link); got.outcome != "joined" || ctx.Err() != nil {
		t.Errorf("the next request: %v; want it not held back", got)
	}
}

func TestAChallengeGoesBackToTheCaller(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.box.Token(r.ben.OID, "companion")
	r.box.Knobs.ClaimsChallenge(r.ben.OID)
	got := r.ask(r.handler, token, r.body(r.link))
	if got.status != 401 || !strings.Contains(got.header.Get("WWW-Authenticate"), `insufficient_claims", claims="`) {
		t.Errorf("a challenge of the exchange: %v %v", got, got.header)
	}
}
