package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

// dvClock is a clock that a test moves.
type dvClock struct {
	mu  sync.Mutex
	now time.Time
}

func newDVClock() *dvClock { return &dvClock{now: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)} }

func (c *dvClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *dvClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// dvAPI speaks to a sandbox's Web API as one person.
type dvAPI struct {
	t     testing.TB
	s     *sandbox.Sandbox
	clock *dvClock
	oid   string
	// service is the environment or other service that is spoken to.
	service string
	tokens  *sync.Map // by person and service; signing one is dear
}

// newDVAPI makes a small sandbox and speaks as the main agent.
func newDVAPI(t testing.TB, change ...func(*sandbox.Options)) dvAPI {
	t.Helper()
	clock := newDVClock()
	o := sandbox.Options{Seed: 7, Messages: 150, Now: clock.Now}
	for _, c := range change {
		c(&o)
	}
	s := sandbox.New(o)
	return dvAPI{t: t, s: s, clock: clock, oid: s.People[0].OID, service: "dataverse", tokens: &sync.Map{}}
}

func (a dvAPI) token() string {
	token, ok := a.tokens.Load(a.oid + a.service)
	if !ok {
		token = a.s.Token(a.oid, a.service)
		a.tokens.Store(a.oid+a.service, token)
	}
	return token.(string)
}

// in reports to a subtest.
func (a dvAPI) in(t testing.TB) dvAPI {
	a.t = t
	return a
}

// as speaks as the first person of a role.
func (a dvAPI) as(role string) dvAPI {
	a.oid = a.person(role).OID
	return a
}

func (a dvAPI) person(role string) *sandbox.Person {
	for _, p := range a.s.People {
		if p.Role == role {
			return p
		}
	}
	a.t.Fatalf("nobody is %s", role)
	return nil
}

func (a dvAPI) me() *sandbox.Person { return a.s.PersonByOID(a.oid) }

// at speaks to another service of Dataverse: "training" or "discovery".
func (a dvAPI) at(service string) dvAPI {
	a.service = service
	return a
}

func (a dvAPI) root() string {
	if a.service == "discovery" {
		return a.s.Origins()["discovery"] + "/api/discovery/v2.0/"
	}
	return a.s.Origins()[a.service] + "/api/data/v9.2/"
}

// dvGot is an answer that has been read.
type dvGot struct {
	t      testing.TB
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

// do sends one request below the root, or to an absolute address. header are
// names and values in turn.
func (a dvAPI) do(method, path, body string, header ...string) dvGot {
	a.t.Helper()
	if !strings.HasPrefix(path, "https://") {
		path = a.root() + path
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token())
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return dvRoundTrip(a.t, a.s, req)
}

// dvRoundTrip sends a request and reads the answer.
func dvRoundTrip(t testing.TB, s *sandbox.Sandbox, req *http.Request) dvGot {
	t.Helper()
	res, err := (&http.Client{Transport: s.Transport()}).Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer res.Body.Close()
	got := dvGot{t: t, status: res.StatusCode, header: res.Header}
	if got.raw, err = io.ReadAll(res.Body); err != nil {
		t.Fatalf("%s %s: read: %v", req.Method, req.URL, err)
	}
	if bytes.HasPrefix(got.raw, []byte("{")) {
		if err := json.Unmarshal(got.raw, &got.body); err != nil {
			t.Fatalf("%s %s: %v in %s", req.Method, req.URL, err, got.raw)
		}
	}
	return got
}

func (a dvAPI) get(path string, header ...string) dvGot {
	a.t.Helper()
	return a.do("GET", path, "", header...)
}

// query asks for a set with options that are not yet escaped, in turn.
func (a dvAPI) query(set string, options ...string) dvGot {
	a.t.Helper()
	var parts []string
	for i := 0; i < len(options); i += 2 {
		parts = append(parts, options[i]+"="+strings.ReplaceAll(url.QueryEscape(options[i+1]), "+", "%20"))
	}
	return a.get(set + "?" + strings.Join(parts, "&"))
}

// want fails the test when the status is another.
func (g dvGot) want(status int) dvGot {
	g.t.Helper()
	if g.status != status {
		g.t.Fatalf("status %d, want %d: %s", g.status, status, g.raw)
	}
	return g
}

// refused fails the test when the answer is not this refusal.
func (g dvGot) refused(status int, code, part string) {
	g.t.Helper()
	g.want(status)
	e, _ := g.body["error"].(map[string]any)
	message, _ := e["message"].(string)
	if e["code"] != code || !strings.Contains(message, part) {
		g.t.Errorf("error %s, want code %s and %q", g.raw, code, part)
	}
}

func (g dvGot) rows() []map[string]any {
	g.t.Helper()
	g.want(200)
	list, ok := g.body["value"].([]any)
	if !ok {
		g.t.Fatalf("no value in %s", g.raw)
	}
	var out []map[string]any
	for _, x := range list {
		out = append(out, x.(map[string]any))
	}
	return out
}

// column are the values of one property of all rows.
func (g dvGot) column(name string) []any {
	g.t.Helper()
	var out []any
	for _, r := range g.rows() {
		out = append(out, r[name])
	}
	return out
}

func (g dvGot) text(name string) string {
	g.t.Helper()
	s, ok := g.body[name].(string)
	if !ok {
		g.t.Fatalf("%s is no text in %s", name, g.raw)
	}
	return s
}
