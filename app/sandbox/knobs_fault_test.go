package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/sandbox"
)

// inject takes a fault as the command line does.
func (r rig) inject(text string) {
	r.t.Helper()
	f, err := sandbox.ParseFault(text)
	if err == nil {
		err = r.Knobs.Inject(f)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestFaultsByPathAndTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	r.inject("path=/v1.0/me/chats,/v1.0/chats/*/members;status=503;retry=30s;after=10s;for=2m")
	r.get("/me/chats").want(200)
	r.clock.Add(10 * time.Second)
	if g := r.get("/me/chats").refused(503, "ServiceUnavailable", ""); g.header.Get("Retry-After") != "30" {
		t.Errorf("got Retry-After %q", g.header.Get("Retry-After"))
	}
	r.get("/chats/" + escape(chat) + "/members").want(503)
	r.get("/chats/" + escape(chat)).want(200)
	r.clock.Add(2 * time.Minute)
	r.get("/me/chats").want(200)

	r.inject("service=graph;method=POST;path=*/messages;cut=after;times=1")
	if _, err := r.try("POST", "/chats/"+escape(chat)+"/messages", map[string]any{"body": map[string]any{"content": "heard"}}); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a reset", err)
	}
	if n := r.CountMessages(chat, "heard"); n != 1 {
		t.Errorf("the message is there %d times", n)
	}
	r.inject("path=/v1.0/me;status=502;acted;times=1")
	r.get("/me").want(502)
	r.inject("path=/v1.0/me;type=text/plain;times=1")
	if g := r.get("/me").want(200); g.header.Get("Content-Type") != "text/plain" || g.json["id"] != r.me.OID {
		t.Errorf("got %s as %s", g.body, g.header.Get("Content-Type"))
	}
	r.inject("path=/v1.0/me;html;times=1")
	if g := r.get("/me").want(200); !strings.Contains(string(g.body), "Welcome") {
		t.Errorf("got %s", g.body)
	}
	if err := r.Knobs.Maintenance("dataverse", 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	who := r.Origins()["dataverse"] + "/api/data/v9.2/WhoAmI"
	g := r.do("GET", who, nil, "Authorization", "Bearer "+r.Token(r.me.OID, "dataverse")).want(503)
	if g.header.Get("Retry-After") != "300" {
		t.Errorf("got Retry-After %q", g.header.Get("Retry-After"))
	}
	r.get("/me").want(200)
}

func TestFaultsThatBefallTheCompany(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	r.inject("remove=" + r.me.UPN + ";chat=" + chat + ";after=1m")
	r.get("/chats/" + escape(chat)).want(200)
	r.clock.Add(time.Minute)
	r.get("/chats/" + escape(chat)).want(403)
	r.inject("skew=-90s")
	r.get("/me").want(200)
	if g := r.get("/me").want(200); g.header.Get("Date") != r.clock.Now().Add(-90*time.Second).UTC().Format(http.TimeFormat) {
		t.Errorf("the clock says %s, want 90 s behind %s", g.header.Get("Date"), r.clock.Now())
	}
	r.Knobs.Reset()
	r.inject("revoke=" + r.me.UPN)
	r.clock.Add(time.Second)
	r.get("/me").want(401)
	r.clock.Add(time.Second)
	r.token = r.Token(r.me.OID, "graph")
	r.get("/me").want(200)
}

func TestRandomFaultsDependOnTheSeed(t *testing.T) {
	t.Parallel()
	story := func(text string) string {
		r := newRig(t, small)
		r.inject(text)
		var out strings.Builder
		for range 60 {
			g, err := r.try("GET", "/me", nil)
			switch {
			case err != nil:
				out.WriteString("x")
			case g.status == 200 && g.json != nil:
				out.WriteString(".")
			default:
				out.WriteString(string(rune('0' + g.status%7)))
			}
		}
		return out.String()
	}
	first := story("service=graph;status=429;chance=0.3;seed=7")
	if again := story("service=graph;status=429;chance=0.3;seed=7"); again != first {
		t.Errorf("equal seeds: %s and %s", first, again)
	}
	if other := story("service=graph;status=429;chance=0.3;seed=8"); other == first {
		t.Errorf("another seed gives the same: %s", other)
	}
	if n := 60 - strings.Count(first, "."); n < 8 || n > 30 {
		t.Errorf("%d of 60 were hit, want about 18", n)
	}
}

func TestHalfAndDrippingBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sandbox.New(sandbox.Options{Chats: 12, Messages: 120, Cases: 6})
		read := func(ctx context.Context) (int, time.Duration, error) {
			r, err := http.NewRequestWithContext(ctx, "GET", s.Origins()["graph"]+"/v1.0/me/chats", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+s.Token(s.People[0].OID, "graph"))
			start := time.Now()
			res, err := s.Transport().RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			return len(body), time.Since(start), err
		}
		whole, took, err := read(t.Context())
		if err != nil || took != 0 {
			t.Fatalf("untouched: %v after %v", err, took)
		}
		play := func(f sandbox.Fault) {
			s.Knobs.Reset()
			if err := s.Knobs.Inject(f); err != nil {
				t.Fatal(err)
			}
		}
		play(sandbox.Fault{Half: true})
		if n, _, err := read(t.Context()); n != whole/2 || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("half: got %d of %d bytes, %v", n, whole, err)
		}
		play(sandbox.Fault{Drip: time.Second})
		if n, took, err := read(t.Context()); n != whole || err != nil || took < 3*time.Second {
			t.Errorf("dripping: got %d of %d bytes, %v after %v", n, whole, err, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if n, _, err := read(ctx); n >= whole || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("given up: got %d of %d bytes, %v", n, whole, err)
		}
	})
}

func TestFaultsOverTheNetwork(t *testing.T) {
	t.Parallel()
	r := newRig(t, small, realClock)
	server, err := r.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	read := func() (int64, int, error) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", r.Origins()["graph"]+"/v1.0/me/chats", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+r.Token(r.me.OID, "graph"))
		res, err := transport.RoundTrip(req)
		if err != nil {
			return 0, 0, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res.ContentLength, len(body), err
	}
	r.inject("half;times=1")
	if declared, n, err := read(); n == 0 || int64(n) >= declared || err == nil {
		t.Errorf("half: got %d of %d bytes, %v", n, declared, err)
	}
	r.inject("drip=2ms;times=1")
	if declared, n, err := read(); int64(n) != declared || err != nil {
		t.Errorf("dripping: got %d of %d bytes, %v", n, declared, err)
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	for _, text := range []string{"", "path=/x", "status=99", "status=200", "status=many", "chance=2;status=500", "chance=NaN;half", "cut=sometimes", "half=1",
		"service=teams;status=500", "delay=-1s", "revoke=nobody", "remove=" + r.me.UPN, "banana", "type=", "after=10;status=500"} {
		f, err := sandbox.ParseFault(text)
		if err == nil {
			err = r.Knobs.Inject(f)
		}
		if err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("path=/v1.0/chats*,/v1.0/me;status=503;after=10s;for=2m")
	f.Add("random;chance=0.05;seed=7")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := sandbox.ParseFault(text)
		if err == nil && (got.Chance < 0 || got.Chance > 1) {
			t.Errorf("%q gives the chance %v", text, got.Chance)
		}
	})
}
