package odata_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"chatpane/app/odata"
	"chatpane/app/wire"
)

const base = "https://graph.example/v1.0"

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// server is a service in memory that answers with what its script says.
type server struct {
	mu     sync.Mutex
	script []func(*http.Request) (*http.Response, error) // the last one is repeated
	seen   []string
	tokens atomic.Int32
	events []odata.Event
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI())
	f := s.script[min(len(s.seen), len(s.script))-1]
	return f(r)
}

// client returns a client of the script.
func (s *server) client(t *testing.T) *odata.Client {
	t.Helper()
	h, err := wire.NewClient(base, wire.Options{Transport: s, Token: func(context.Context, string) (string, error) {
		s.tokens.Add(1)
		return "token", nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &odata.Client{Base: base, HTTP: h, Observe: func(e odata.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.events = append(s.events, e)
	}}
}

func respond(status int, contentType, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{}
		if contentType != "" {
			h.Set("Content-Type", contentType)
		}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, ContentLength: -1, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func ok(body string) func(*http.Request) (*http.Response, error) {
	return respond(200, "application/json; odata.metadata=minimal", body)
}

func fail(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

type item struct {
	ID string `json:"id"`
	N  int    `json:"n"`
}
