package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/sandbox"
)

func TestOfflineIsADialError(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	if err := r.Knobs.Offline(true); err != nil {
		t.Fatal(err)
	}
	_, err := r.try("GET", "/me", nil)
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a refused dial", err)
	}
	if err := r.Knobs.Offline(false); err != nil {
		t.Fatal(err)
	}
	r.get("/me").want(200)
	if _, err := r.try("GET", "https://elsewhere.example/", nil); err == nil {
		t.Error("an unknown host was reached")
	}
}

func TestCutBeforeAndAfterActing(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	for when, want := range map[sandbox.When]int{sandbox.Before: 0, sandbox.After: 1} {
		text := "cut " + string(when)
		r.Knobs.Cut("graph POST /chats/{id}/messages", when, 1)
		_, err := r.try("POST", "/chats/"+escape(chat)+"/messages", map[string]any{"body": map[string]any{"content": text}})
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: got %v, want a reset connection", when, err)
		}
		if n := r.CountMessages(chat, text); n != want {
			t.Errorf("%s: the message is there %d times, want %d", when, n, want)
		}
	}
	r.send(chat, "<p>works again</p>")
}

func TestFailures(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	r.Knobs.Throttle(1, 1500*time.Millisecond)
	if g := r.get("/me").refused(429, "TooManyRequests", "retry"); g.header.Get("Retry-After") != "2" {
		t.Errorf("got Retry-After %q, want 2", g.header.Get("Retry-After"))
	}
	r.Knobs.Throttle(1, 0)
	if g := r.get("/me").want(429); g.header.Get("Retry-After") != "" {
		t.Error("got a Retry-After, want none")
	}
	r.Knobs.Fail("POST /chats/{id}/messages", 503, 2)
	r.get("/me").want(200)
	for range 2 {
		r.do("POST", "/chats/"+escape(chat)+"/messages", map[string]any{"body": map[string]any{"content": "never"}}).refused(503, "ServiceUnavailable", "")
	}
	r.Knobs.FailAfter("POST /chats/{id}/messages", 504, 1)
	r.do("POST", "/chats/"+escape(chat)+"/messages", map[string]any{"body": map[string]any{"content": "once"}}).want(504)
	if never, once := r.CountMessages(chat, "never"), r.CountMessages(chat, "once"); never != 0 || once != 1 {
		t.Errorf("got %d and %d messages, want 0 and 1", never, once)
	}
	r.Knobs.Fail("dataverse", 500, 1)
	g := r.do("GET", r.Origins()["dataverse"]+"/api/data/v9.2/WhoAmI", nil).want(500)
	if e, _ := g.json["error"].(map[string]any); text(e, "message") == "" || e["innerError"] != nil {
		t.Errorf("got %s, want Dataverse's form", g.body)
	}
	r.Knobs.Fail("", 500, 0)
	r.get("/me").want(500)
	r.get("/me").want(500)
	r.Knobs.Reset()
	r.get("/me").want(200)
}

func TestBadBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	r.Knobs.HTML("graph GET /me", 1)
	if g := r.get("/me").want(200); !strings.HasPrefix(g.header.Get("Content-Type"), "text/html") || g.json != nil {
		t.Errorf("got %s", g.body)
	}
	r.Knobs.HalfJSON("graph GET /me", 1)
	if g := r.get("/me").want(200); json.Valid(g.body) || len(g.body) < 50 {
		t.Errorf("got %s", g.body)
	}
	r.Knobs.Huge("graph GET /me", 3<<20, 1)
	if g := r.get("/me").want(200); len(g.body) < 3<<20 {
		t.Errorf("got %d bytes", len(g.body))
	}
	r.Knobs.ForeignLink("graph GET /me/chats", 1)
	if g := r.list("/me/chats", "$top", "2"); !strings.HasPrefix(text(g.json, "@odata.nextLink"), "https://evil.example/v1.0/me/chats?") {
		t.Errorf("got next link %s", text(g.json, "@odata.nextLink"))
	}
}

func TestDelayEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Chats: 12, Messages: 120, Cases: 6})
		s.Knobs.Delay("graph GET /me", time.Minute, 2)
		get := func(ctx context.Context) (time.Duration, error) {
			r, err := http.NewRequestWithContext(ctx, "GET", s.Origins()["graph"]+"/v1.0/me", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+s.Token(s.People[0].OID, "graph"))
			start := time.Now()
			res, err := s.Transport().RoundTrip(r)
			if err == nil && res.StatusCode != 200 {
				t.Errorf("got status %d", res.StatusCode)
			}
			return time.Since(start), err
		}
		if took, err := get(t.Context()); err != nil || took != time.Minute {
			t.Errorf("took %v, %v", took, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if took, err := get(ctx); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("took %v, %v, want the deadline after a second", took, err)
		}
	})
}

func TestRequestsAreCountedByKindAndPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	r.Knobs.ResetCounts()
	r.list("/me/chats", "$top", "2")
	r.get("/chats/" + escape(chat) + "/messages/123")
	r.as("supervisor").get("/users/" + r.me.OID)
	r.batch(item{"id": "1", "method": "GET", "url": "/me"}, item{"id": "2", "method": "GET", "url": "/me"})
	want := map[sandbox.Count]int{
		{Kind: "graph GET /me/chats", User: r.me.UPN}:                    1,
		{Kind: "graph GET /chats/{id}/messages/{id}", User: r.me.UPN}:    1,
		{Kind: "graph GET /users/{id}", User: r.as("supervisor").me.UPN}: 1,
		{Kind: "graph POST /$batch", User: r.me.UPN}:                     1,
		{Kind: "graph GET /me", User: r.me.UPN}:                          2,
	}
	have := r.Knobs.Counts()
	for c, n := range want {
		if have[c] != n {
			t.Errorf("%v: counted %d, want %d (%v)", c, have[c], n, have)
		}
	}
	if n := r.Knobs.Requests("graph GET /chats"); n != 1 {
		t.Errorf("got %d requests, want 1", n)
	}
	minute := r.clock.Now().UTC().Truncate(time.Minute)
	r.clock.Add(3 * time.Minute)
	r.get("/me")
	if m := r.Knobs.PerMinute("graph GET /me$"); len(m) != 2 || m[minute] != 2 || m[minute.Add(3*time.Minute)] != 1 {
		t.Errorf("got %v, want 2 in the minute %v and 1 three later", m, minute)
	}
}

func TestForeignHostsAndPagesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	host := strings.TrimPrefix(r.Origins()["graph"], "https://")
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"the own host", func(*http.Request) {}, 200},
		{"another host", func(r *http.Request) { r.Host = "evil.example" }, 421},
		{"the own host on another port", func(r *http.Request) { r.Host = host + ":1" }, 421},
		{"the own host with a dot", func(r *http.Request) { r.Host = host + "." }, 421},
		{"another page", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 421},
		{"a page without an origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, 421},
		{"a request from another site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 421},
		{"a navigation from another site", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			r.Header.Set("Sec-Fetch-Dest", "document")
		}, 200},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", r.Origins()["graph"]+"/v1.0/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+r.token)
		c.change(req)
		res, err := r.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != c.status {
			t.Errorf("%s: got status %d, want %d", c.name, res.StatusCode, c.status)
		}
	}
}

func TestPublishedLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, small, func(o *sandbox.Options) { o.Limits = true })
	chat := r.chat("group")
	members := "/chats/" + escape(chat) + "/members"
	rest := func() { r.clock.Add(2 * time.Second) }
	rest()
	for range 5 {
		r.get("/me/chats?$top=1").want(200)
	}
	if g := r.get("/me/chats").refused(429, "TooManyRequests", ""); g.header.Get("Retry-After") != "1" {
		t.Errorf("got Retry-After %q", g.header.Get("Retry-After"))
	}
	r.as("supervisor").get("/me/chats").want(200)
	rest()
	r.get("/chats/" + escape(chat) + "/messages?$top=1").want(200)
	r.get("/chats/" + escape(chat) + "/messages?$top=1").want(429)
	rest()
	r.send(chat, "<p>1</p>")
	r.do("POST", "/chats/"+escape(chat)+"/messages", map[string]any{"body": map[string]any{"content": "2"}}).want(429)
	for i := range 5 {
		rest()
		want := 404
		if i == 4 {
			want = 429
		}
		r.do("POST", members, member("nobody", "owner")).want(want)
	}
	r.clock.Add(time.Minute)
	r.do("POST", members, member("nobody", "owner")).want(404)
	silent := 0
	for range 10 {
		if g := r.get("/chats/" + escape(chat) + "/messages?$top=1"); g.status == 429 && g.header.Get("Retry-After") == "" {
			silent++
		}
	}
	if silent == 0 || silent == 10 {
		t.Errorf("%d of 10 refusals had no Retry-After, want some", silent)
	}
}

func TestMatchMayEndTheKind(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	r.Knobs.Fail("graph GET /chats/{id}$", 503, 1)
	r.get("/chats/" + escape(chat) + "/members").want(200)
	r.get("/chats/" + escape(chat)).want(503)
}
