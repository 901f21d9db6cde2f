package companion_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/companion"
	"chatpane/app/dataverse"
	"chatpane/app/entra"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/wire"
)

// rig is a company with a companion and the people of the story: Ann is in the
// chat and connected it to the case; Ben, who is not in it, may write the case;
// Mia is in another chat, Mallory in neither.
type rig struct {
	t                 *testing.T
	box               *sandbox.Sandbox
	audit             *lines
	server            *companion.Server
	handler           http.Handler
	ann, ben, mallory *sandbox.Person
	chat, cas, link   string
	chats             []sandbox.DescribedChat // as they were at first
}

// lines is an audit in memory.
type lines struct {
	mu   sync.Mutex
	b    bytes.Buffer
	fail bool
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail {
		return 0, io.ErrShortWrite
	}
	return l.b.Write(p)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// options are those of a companion beside a sandbox.
func options(box *sandbox.Sandbox, audit io.Writer) companion.Options {
	o := box.Origins()
	return companion.Options{
		Authority: o["entra"], Graph: o["graph"], TenantID: box.TenantID, ClientID: sandbox.CompanionClientID,
		Desktops: []string{box.ClientID}, Scope: "chat.join", Environments: []string{o["dataverse"]},
		Credential: entra.Credential{Secret: wire.NewSecret(sandbox.CompanionSecret)}, Name: "Chatpane",
		Transport: box.Transport(), Audit: audit, Replica: "one",
	}
}

func newRig(t *testing.T, change ...func(*companion.Options)) *rig {
	t.Helper()
	r := &rig{t: t, audit: &lines{}, box: company()}
	o := options(r.box, r.audit)
	for _, f := range change {
		f(&o)
	}
	var err error
	if r.server, err = companion.New(o); err != nil {
		t.Fatal(err)
	}
	r.handler = r.server.Handler()
	r.cast()
	return r
}

// company is the one that every test begins with; equal seeds give equal ids.
func company() *sandbox.Sandbox {
	return sandbox.New(sandbox.Options{Seed: 3, Cases: 20, Chats: 40, Messages: 400})
}

// story is who plays which part, by ids; finding it out takes a while.
type story struct {
	ann, ben, mallory string
	chat, cas         string
	chats             []sandbox.DescribedChat
}

// cast finds the people of the story once.
var cast = sync.OnceValues(func() (story, error) {
	box := company()
	s := story{chats: box.ListRooms()}
	for _, c := range box.Cases {
		if c.Resolved || slices.Contains(box.RestrictedCaseIDs(), c.ID) {
			continue
		}
		var able []*sandbox.Person
		for _, p := range box.People {
			if p.SystemUserID == "" || p.Role != "agent" {
				continue
			}
			if rights, err := access(box, p, c.ID); err != nil {
				return s, err
			} else if slices.Contains(rights, "WriteAccess") {
				able = append(able, p)
			}
		}
		for _, ch := range groups(s.chats) {
			in, out := split(able, ch.Members)
			if len(in) < 1 || len(out) < 2 || connected(box, ch.ID, c.ID) {
				continue
			}
			s.ann, s.ben, s.mallory, s.chat, s.cas = in[0].OID, out[0].OID, out[1].OID, ch.ID, c.ID
			return s, nil
		}
	}
	return s, errors.New("the company has no such chat")
})

// cast takes the people of the story and connects the chat.
func (r *rig) cast() {
	r.t.Helper()
	s, err := cast()
	r.must(err)
	r.ann, r.ben, r.mallory = r.box.PersonByOID(s.ann), r.box.PersonByOID(s.ben), r.box.PersonByOID(s.mallory)
	r.chat, r.cas, r.chats = s.chat, s.cas, s.chats
	r.link = r.connect(r.chat, r.cas, r.ann)
}

func split(people []*sandbox.Person, members []string) (in, out []*sandbox.Person) {
	for _, p := range people {
		if slices.Contains(members, p.OID) {
			in = append(in, p)
		} else {
			out = append(out, p)
		}
	}
	return in, out
}

func groups(chats []sandbox.DescribedChat) []sandbox.DescribedChat {
	return slices.DeleteFunc(slices.Clone(chats), func(c sandbox.DescribedChat) bool {
		return !strings.HasSuffix(c.ID, "@thread.v2") || strings.Contains(c.ID, "meeting") || len(c.Members) < 2
	})
}

func connected(box *sandbox.Sandbox, chat, cas string) bool {
	for _, c := range box.Cases {
		for _, l := range c.Linked {
			if c.ID == cas && l.ChatID == chat {
				return true
			}
		}
	}
	return false
}

// dataverse is a client in a person's own name.
func (r *rig) dataverse(p *sandbox.Person) *dataverse.Client {
	r.t.Helper()
	c, err := dataverseAs(r.box, p)
	r.must(err)
	return c
}

func dataverseAs(box *sandbox.Sandbox, p *sandbox.Person) (*dataverse.Client, error) {
	origin := box.Origins()["dataverse"]
	h, err := wire.NewClient(origin, wire.Options{Transport: box.Transport(), Token: func(context.Context, string) (string, error) {
		return box.Token(p.OID, "dataverse"), nil
	}})
	if err != nil {
		return nil, err
	}
	return dataverse.New(&odata.Client{Base: origin + "/api/data/v9.2", HTTP: h}), nil
}

// access is what somebody may do with a case.
func access(box *sandbox.Sandbox, p *sandbox.Person, cas string) ([]string, error) {
	c, err := dataverseAs(box, p)
	if err != nil {
		return nil, err
	}
	opened, err := c.OpenRecord(context.Background(), dataverse.Table{Logical: "incident", Set: "incidents", PrimaryID: "incidentid", PrimaryName: "title"}, cas, p.SystemUserID)
	return opened.Access, err
}

// connect makes a link row in somebody's name.
func (r *rig) connect(chat, cas string, by *sandbox.Person) string {
	r.t.Helper()
	id, err := r.box.AddLink(chat, "incident", cas, by.OID)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// patch changes columns of a link row as somebody with the right to write it.
func (r *rig) patch(link string, by *sandbox.Person, change map[string]any) {
	r.t.Helper()
	body, err := json.Marshal(change)
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPatch,
		r.box.Origins()["dataverse"]+"/api/data/v9.2/msdyn_teamschatassociations("+link+")", bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.box.Token(by.OID, "dataverse"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", "*")
	res, err := r.box.Transport().RoundTrip(req)
	if err != nil || res.StatusCode >= 300 {
		r.t.Fatalf("patch the link as %s: %v %v", by.Role, err, res)
	}
}

// said is the answer to a request to join.
type said struct {
	status  int
	outcome string
	chat    string
	reasons []string
	header  http.Header
}

func (s said) String() string { return fmt.Sprintf("%d %s%v", s.status, s.outcome, s.reasons) }

// join asks in a person's name.
func (r *rig) join(p *sandbox.Person, link string) said {
	return r.ask(r.handler, r.box.Token(p.OID, "companion"), r.body(link))
}

func (r *rig) body(link string) string {
	return fmt.Sprintf(`{"environment":%q,"link":%q}`, r.box.Origins()["dataverse"], link)
}

func (r *rig) ask(h http.Handler, token, body string) said {
	req := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, "/join", strings.NewReader(body))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	var got struct {
		Outcome, Chat string
		Error         struct{ InnerError struct{ Code string } }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		r.t.Errorf("the answer is no JSON: %q", w.Body)
	}
	out := said{status: w.Code, outcome: got.Outcome, chat: got.Chat, header: w.Header()}
	if code := got.Error.InnerError.Code; code != "" {
		out.reasons = strings.Split(code, ",")
	}
	return out
}

// member reports whether somebody is in a chat now.
func (r *rig) member(chat string, p *sandbox.Person) bool {
	r.t.Helper()
	origin := r.box.Origins()["graph"]
	h, err := wire.NewClient(origin, wire.Options{Transport: r.box.Transport(), Token: func(context.Context, string) (string, error) {
		return r.box.AppToken("graph"), nil
	}})
	r.must(err)
	members, err := graph.New(&odata.Client{Base: origin + "/v1.0", HTTP: h}).ListMembers(r.t.Context(), chat)
	r.must(err)
	return slices.ContainsFunc(members, func(m graph.Member) bool { return m.UserID == p.OID })
}

// added counts how often Graph was asked to add a member.
func (r *rig) added() int { return r.box.Knobs.Requests("graph POST /chats/{id}/members") }

// refused checks that somebody was refused for exactly these reasons, and that
// Graph was not asked to add anybody.
func (r *rig) refused(got said, status int, reasons ...string) {
	r.t.Helper()
	if got.status != status || !slices.Equal(got.reasons, reasons) {
		r.t.Errorf("the answer is %v; want %d with %v\n%s", got, status, reasons, r.audit.text())
	}
	if n := r.added(); n != 0 {
		r.t.Errorf("Graph was asked %d times to add a member", n)
	}
}

// short is a deadline for what must come at once.
const short = 5 * time.Second
