package graph_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/wire"
)

const base = "https://graph.microsoft.com/v1.0"

// fake answers requests in memory and remembers them.
type fake struct {
	answer func(asked) reply

	mu   sync.Mutex
	seen []asked // guarded by mu
}

// asked is one request: its path below the version, with the query decoded.
type asked struct {
	Method, Path string
	Query        map[string]string
	Header       http.Header
	Body         string
}

type reply struct {
	status int
	body   string
	kind   string // content type; "" is JSON
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	a := asked{Method: r.Method, Path: strings.TrimPrefix(r.URL.EscapedPath(), "/v1.0"), Query: map[string]string{}, Header: r.Header}
	for k, v := range r.URL.Query() {
		a.Query[k] = strings.Join(v, "|")
	}
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		a.Body = string(data)
	}
	f.mu.Lock()
	f.seen = append(f.seen, a)
	f.mu.Unlock()
	res := f.answer(a)
	if res.kind == "" {
		res.kind = "application/json"
	}
	if res.status == 0 {
		res.status = http.StatusOK
	}
	return &http.Response{StatusCode: res.status, Header: http.Header{"Content-Type": {res.kind}},
		Body: io.NopCloser(strings.NewReader(res.body)), Request: r}, nil
}

func client(t *testing.T, answer func(asked) reply) (*graph.Client, *fake, *odata.Client) {
	t.Helper()
	f := &fake{answer: answer}
	h, err := wire.NewClient("https://graph.microsoft.com", wire.Options{Transport: f})
	if err != nil {
		t.Fatal(err)
	}
	o := &odata.Client{Base: base, HTTP: h}
	return graph.New(o), f, o
}

// always answers every request the same way.
func always(status int, body string) func(asked) reply {
	return func(asked) reply { return reply{status: status, body: body} }
}

func file(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameJSON compares two JSON texts by meaning.
func sameJSON(t *testing.T, what, got, want string) {
	t.Helper()
	norm := func(s string) string {
		var v any
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatalf("%s: %v in %q", what, err, s)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if norm(got) != norm(want) {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}
