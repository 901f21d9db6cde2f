package companion_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/companion"
	"chatpane/app/sandbox"
)

// conditions are the six that must all hold for somebody to be let in.
type conditions struct {
	live     bool // the newest row of the pair says connected
	toggle   bool // Join is on for the record's type
	write    bool // the caller may write the record
	group    bool // the chat is a group chat
	creator  bool // who made the row is a member of the chat
	modifier bool // who modified it last is one
}

// conditionsOf reads one row of the truth table from its number, a bit each.
func conditionsOf(n int) conditions {
	bit := func(i int) bool { return n>>i&1 == 1 }
	return conditions{bit(0), bit(1), bit(2), bit(3), bit(4), bit(5)}
}

// reasons are what the caller must be told: nothing is said of a chat before it
// is clear that the caller may write the record. None: they are let in.
func (c conditions) reasons() []string {
	if !c.live {
		return []string{"notConnected"}
	}
	var out []string
	if !c.toggle {
		out = append(out, "joinOff")
	}
	if !c.write {
		out = append(out, "noWrite")
	}
	switch {
	case len(out) > 0:
	case !c.group:
		out = []string{"notGroup"}
	case !c.creator || !c.modifier:
		out = []string{"confirm"}
	}
	return out
}

// The truth table of threats.md J5, with decision 8: of the 64 combinations one
// lets the caller in; each other names exactly what is missing, and Graph is
// not asked to add anybody.
func TestOnlyAllSixConditionsTogetherLetSomebodyIn(t *testing.T) {
	t.Parallel()
	in := 0
	for n := range 1 << 6 {
		c := conditionsOf(n)
		if len(c.reasons()) == 0 {
			in++
		}
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			link := r.make(c)
			got := r.join(r.ben, link)
			if want := c.reasons(); len(want) > 0 {
				r.refused(got, http.StatusForbidden, want...)
			} else if got.outcome != "joined" || r.added() != 1 || !r.member(r.chat, r.ben) {
				t.Errorf("%v, Graph was asked %d times to add somebody; want one who joined\n%s", got, r.added(), r.audit.text())
			}
		})
	}
	if in != 1 {
		t.Errorf("%d of the 64 combinations let somebody in, want 1", in)
	}
}

// make connects a chat to the case as the conditions say, for Ben to join.
func (r *rig) make(c conditions) (link string) {
	r.t.Helper()
	chat, member := r.chat, r.ann
	if !c.group {
		chat = r.oneOnOne()
		member = r.insider(chat)
	}
	by := func(in bool) *sandbox.Person {
		if in {
			return member
		}
		return r.outsider(chat)
	}
	r.must(r.box.DeleteRow("msdyn_teamschatassociation", r.link))
	link = r.connect(chat, r.cas, by(c.creator))
	r.must(r.box.SetLink(link, c.live, by(c.modifier).OID))
	r.must(r.box.SetConfig("incident", "msdyn_usercanjoinchat", c.toggle))
	if !c.write {
		r.must(r.box.RevokeWrite(r.ben.OID, "incident"))
	}
	return link
}

// insider is one of the members of a chat; outsider somebody who is none.
func (r *rig) insider(chat string) *sandbox.Person  { return r.among(chat, true) }
func (r *rig) outsider(chat string) *sandbox.Person { return r.among(chat, false) }

func (r *rig) among(chat string, in bool) *sandbox.Person {
	r.t.Helper()
	at := slices.IndexFunc(r.chats, func(c sandbox.DescribedChat) bool { return c.ID == chat })
	for _, p := range r.box.People {
		if p.Role == "agent" && p != r.ben && slices.Contains(r.chats[at].Members, p.OID) == in {
			return p
		}
	}
	r.t.Fatalf("nobody is in %s: %v", chat, in)
	return nil
}

// rewritten alters the answers of one address on their way to the companion.
type rewritten struct {
	http.RoundTripper
	method, suffix string // of the path
	change         func(body []byte) []byte
}

func (w rewritten) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := w.RoundTripper.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, w.suffix) || r.Method != w.method {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	body = w.change(body)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}

// J6: only a group chat of the organisation itself, as Graph says, is joined.
func TestOnlyAGroupChatOfTheOrganisationIsJoined(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]any{
		"a meeting's chat":        {"chatType": "meeting"},
		"a chat of two":           {"chatType": "oneOnOne"},
		"a type nobody knows yet": {"chatType": "unknownFutureValue"},
		"no type":                 {"chatType": nil},
		"another organisation's":  {"tenantId": "11111111-2222-3333-4444-555555555555"},
		"nobody's":                {"tenantId": nil},
		"another chat":            {"id": "19:another@thread.v2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *companion.Options) {
				o.Transport = rewritten{o.Transport, http.MethodGet, "thread.v2", func(body []byte) []byte {
					var chat map[string]any
					if err := json.Unmarshal(body, &chat); err != nil {
						t.Error(err)
					}
					return []byte(with(chat, change))
				}}
			})
			r.refused(r.join(r.ben, r.link), http.StatusForbidden, "notGroup")
		})
	}
}

// Each of the three things that one request asks Dataverse for may fail alone.
func TestAPartOfTheRightsThatCannotBeReadIsARefusal(t *testing.T) {
	t.Parallel()
	for part, name := range []string{"the links", "the settings", "the access"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *companion.Options) {
				o.Transport = rewritten{o.Transport, http.MethodPost, "$batch", func(body []byte) []byte {
					const fine = "HTTP/1.1 200 OK"
					parts := strings.Split(string(body), fine)
					if len(parts) != 4 {
						t.Errorf("the batch has %d answers, want 3", len(parts)-1)
					}
					return []byte(strings.Join(parts[:part+1], fine) + "HTTP/1.1 500 Internal Server Error" + strings.Join(parts[part+1:], fine))
				}}
			})
			r.refused(r.join(r.ben, r.link), http.StatusServiceUnavailable, "unavailable")
		})
	}
}

// late does something when the chat has been read, and lets that take long.
type late struct {
	http.RoundTripper
	takes time.Duration
	then  func()
}

func (l late) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.RoundTripper.RoundTrip(r)
	if err == nil && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "thread.v2") {
		l.then()
		time.Sleep(l.takes) // virtual
	}
	return res, err
}

// J7: what was checked is at most a second old when somebody is added; a right
// that went before that is noticed. Within the second the race is open, which
// the audit shows as checkedMs.
func TestARightThatWentWhileMicrosoftWasSlowIsNoticed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		takes   time.Duration
		revoke  bool
		status  int
		reasons []string
		outcome string
	}{
		{"the right went, and the chat took long", 1500 * time.Millisecond, true, 403, []string{"noWrite"}, ""},
		{"the right went within the second", 500 * time.Millisecond, true, 200, nil, "joined"},
		{"the right stayed, and Microsoft stays slow", 1500 * time.Millisecond, false, 503, []string{"unavailable"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var r *rig
				r = newRig(t, func(o *companion.Options) {
					o.Transport = late{o.Transport, c.takes, func() {
						if c.revoke {
							r.must(r.box.RevokeWrite(r.ben.OID, "incident"))
						}
					}}
				})
				got := r.join(r.ben, r.link)
				if got.status != c.status || !slices.Equal(got.reasons, c.reasons) || got.outcome != c.outcome {
					t.Errorf("%v; want %d %s%v\n%s", got, c.status, c.outcome, c.reasons, r.audit.text())
				}
				if joined := c.outcome == "joined"; r.member(r.chat, r.ben) != joined || (r.added() > 0) != joined {
					t.Errorf("Ben is a member: %v, Graph was asked %d times", r.member(r.chat, r.ben), r.added())
				}
				if c.outcome == "joined" && !strings.Contains(r.audit.text(), `"checkedMs":500`) {
					t.Errorf("the audit does not tell how old the checks were:\n%s", r.audit.text())
				}
			})
		})
	}
}

// L17: with the sign-in service's keys gone for five minutes, who was signed in
// goes on, nobody else is let in, and the keys are asked for once a minute.
func TestTheSignInServiceIsAwayForFiveMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		if got := r.join(r.mallory, r.link); got.outcome != "joined" {
			t.Fatalf("with the keys there: %v", got)
		}
		head, claims := r.parts(r.ben)
		good := r.box.Token(r.ben.OID, "companion")
		strange := r.box.Forge(with(head, change{"kid": "new"}), with(claims, nil))
		r.box.Knobs.ResetCounts()
		r.box.Knobs.Fail("entra GET", http.StatusServiceUnavailable, 0)
		for range 300 {
			if got := r.ask(r.handler, strange, r.body(r.link)); got.status != http.StatusUnauthorized {
				t.Fatalf("a token of an unknown key: %v", got)
			}
			if got := r.ask(r.handler, good, r.body(r.link)); got.status != http.StatusOK {
				t.Fatalf("a token of a known key: %v", got)
			}
			time.Sleep(time.Second) // virtual
		}
		if n := r.box.Knobs.Requests("entra GET"); n < 1 || n > 6 {
			t.Errorf("the keys were asked for %d times in five minutes, want once a minute", n)
		}
		fresh, err := companion.New(options(r.box, r.audit))
		r.must(err)
		r.must(r.box.RemoveMember(r.chat, r.ben.OID))
		if got := r.ask(fresh.Handler(), good, r.body(r.link)); got.status != http.StatusServiceUnavailable || r.member(r.chat, r.ben) {
			t.Errorf("a replica that has no keys yet: %v, Ben is a member: %v", got, r.member(r.chat, r.ben))
		}
		if n, err := companion.CheckAudit(strings.NewReader(r.audit.text())); err != nil || n < 601 {
			t.Errorf("the audit has %d lines: %v", n, err)
		}
	})
}
