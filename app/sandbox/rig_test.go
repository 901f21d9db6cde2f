package sandbox_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

// wallClock is a clock that a test moves.
type wallClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *wallClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *wallClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rig speaks Graph to a small sandbox in memory, as one person.
type rig struct {
	*sandbox.Sandbox
	t      testing.TB
	clock  *wallClock
	client *http.Client
	me     *sandbox.Person
	token  string
}

// newRig makes a sandbox on a clock of its own and speaks as the main agent.
func newRig(t testing.TB, change ...func(*sandbox.Options)) rig {
	t.Helper()
	clock := &wallClock{now: time.Date(2026, 11, 25, 10, 0, 0, 120_000_000, time.UTC)}
	o := sandbox.Options{Seed: 3, Chats: 60, Messages: 3000, Cases: 30, Now: clock.Now}
	for _, c := range change {
		c(&o)
	}
	s := sandbox.New(o)
	client := &http.Client{Transport: s.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return rig{Sandbox: s, t: t, clock: clock, client: client}.as("agent")
}

// as speaks as the first person of a role.
func (r rig) as(role string) rig {
	r.t.Helper()
	for _, p := range r.People {
		if p.Role == role {
			return r.by(p)
		}
	}
	r.t.Fatalf("nobody has the role %s", role)
	return r
}

// by speaks as a person, with all scopes.
func (r rig) by(p *sandbox.Person) rig {
	r.me, r.token = p, r.Token(p.OID, "graph")
	return r
}

// scoped speaks with these scopes only.
func (r rig) scoped(scope ...string) rig {
	r.token = r.Token(r.me.OID, "graph", scope...)
	return r
}

// got is an answer.
type got struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   []byte
	json   map[string]any
}

// do sends a request below /v1.0, or to an absolute address. A body that is not
// a string is sent as JSON; header holds names and values in turn.
func (r rig) do(method, path string, body any, header ...string) got {
	r.t.Helper()
	g, err := r.try(method, path, body, header...)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return g
}

func (r rig) try(method, path string, body any, header ...string) (got, error) {
	r.t.Helper()
	var data []byte
	switch b := body.(type) {
	case nil:
	case string:
		data = []byte(b)
	default:
		var err error
		if data, err = json.Marshal(b); err != nil {
			r.t.Fatalf("encode a body: %v", err)
		}
	}
	address := path
	if !strings.HasPrefix(path, "http") {
		address = r.Origins()["graph"] + "/v1.0" + path
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, address, bytes.NewReader(data))
	if err != nil {
		r.t.Fatalf("make a request: %v", err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := r.client.Do(req)
	if err != nil {
		return got{}, err
	}
	defer res.Body.Close()
	g := got{t: r.t, what: method + " " + path, status: res.StatusCode, header: res.Header}
	if g.body, err = io.ReadAll(res.Body); err != nil {
		return got{}, err
	}
	g.parse()
	return g, nil
}

// parse reads a JSON body; answers that are not JSON have none.
func (g *got) parse() { json.Unmarshal(g.body, &g.json) }

func (r rig) get(path string, header ...string) got {
	r.t.Helper()
	return r.do("GET", path, nil, header...)
}

// list reads a list with query options, given as names and values.
func (r rig) list(path string, options ...string) got {
	r.t.Helper()
	q := url.Values{}
	for i := 0; i+1 < len(options); i += 2 {
		q.Add(options[i], options[i+1])
	}
	return r.get(path + "?" + q.Encode())
}

// want fails the test unless the status is the wanted one.
func (g got) want(status int) got {
	g.t.Helper()
	if g.status != status {
		g.t.Fatalf("%s: got status %d, want %d: %s", g.what, g.status, status, g.body)
	}
	return g
}

// refused checks an error body in Graph's form.
func (g got) refused(status int, code, part string) got {
	g.t.Helper()
	g.want(status)
	e, _ := g.json["error"].(map[string]any)
	inner, _ := e["innerError"].(map[string]any)
	message, _ := e["message"].(string)
	if e["code"] != code || !strings.Contains(message, part) {
		g.t.Fatalf("%s: got error %s, want code %s and %q in the message", g.what, g.body, code, part)
	}
	for _, key := range []string{"date", "request-id", "client-request-id"} {
		if text, _ := inner[key].(string); text == "" {
			g.t.Fatalf("%s: innerError lacks %s: %s", g.what, key, g.body)
		}
	}
	if inner["request-id"] != g.header.Get("request-id") {
		g.t.Fatalf("%s: request-id in the body differs from the header's", g.what)
	}
	return g
}

// rows returns the value of a list.
func (g got) rows() []map[string]any {
	g.t.Helper()
	g.want(http.StatusOK)
	value, ok := g.json["value"].([]any)
	if !ok {
		g.t.Fatalf("%s: no value in %s", g.what, g.body)
	}
	out := make([]map[string]any, 0, len(value))
	for _, v := range value {
		out = append(out, v.(map[string]any))
	}
	return out
}

// text reads a property through nested objects, "a/b/c".
func text(row map[string]any, path string) string {
	names := strings.Split(path, "/")
	for _, n := range names[:len(names)-1] {
		row, _ = row[n].(map[string]any)
	}
	s, _ := row[names[len(names)-1]].(string)
	return s
}

// pages follows next links to the end.
func (r rig) pages(path string, options ...string) []map[string]any {
	r.t.Helper()
	g := r.list(path, options...)
	out := g.rows()
	for n := 0; text(g.json, "@odata.nextLink") != ""; n++ {
		if n > 500 {
			r.t.Fatal("the pages do not end")
		}
		g = r.get(text(g.json, "@odata.nextLink"))
		out = append(out, g.rows()...)
	}
	return out
}

// chat finds a chat of mine with that type and at least n messages.
func (r rig) chat(kind string) string {
	r.t.Helper()
	best, most := "", -1
	for _, c := range r.pages("/me/chats", "$top", "50") {
		if id := text(c, "id"); c["chatType"] == kind && r.CountMessages(id, "") > most {
			best, most = id, r.CountMessages(id, "")
		}
	}
	if best == "" {
		r.t.Fatalf("%s is in no chat of type %s", r.me.Name, kind)
	}
	return best
}

// foreign finds a chat in which the person is not.
func (r rig) foreign() string {
	r.t.Helper()
	for _, c := range r.ListRooms() {
		found := false
		for _, m := range c.Members {
			found = found || m == r.me.OID
		}
		if !found {
			return c.ID
		}
	}
	r.t.Fatal("the person is in every chat")
	return ""
}

func escape(id string) string { return url.PathEscape(id) }

// send posts an HTML message and returns its id.
func (r rig) send(chat, html string) string {
	r.t.Helper()
	g := r.do("POST", "/chats/"+escape(chat)+"/messages", map[string]any{"body": map[string]any{"contentType": "html", "content": html}}).want(201)
	return text(g.json, "id")
}

// colleague is another member of the chat.
func (r rig) colleague(chat string) rig {
	r.t.Helper()
	for _, m := range r.get("/chats/" + escape(chat) + "/members").rows() {
		if id := text(m, "userId"); id != r.me.OID {
			return r.by(r.PersonByOID(id))
		}
	}
	r.t.Fatal("nobody else is in the chat")
	return r
}

func gzipped(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func small(o *sandbox.Options) { o.Chats, o.Messages, o.Cases = 12, 120, 6 }

// escapeQuery keeps a fuzzed query inside the query part of an address.
func escapeQuery(q string) string {
	var b strings.Builder
	for i := range len(q) {
		if c := q[i]; c <= ' ' || c == '#' || c == 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func realClock(o *sandbox.Options) { o.Now = nil }
