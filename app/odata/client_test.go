package odata_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/odata"
	"chatpane/app/wire"
)

func TestErrorsSayWhatTheyMean(t *testing.T) {
	t.Parallel()
	const graph = `{"error":{"code":"Forbidden","message":"InsufficientPrivileges for Ann","innerError":{"code":"1","message":"AclCheckFailed","date":"2026-01-01","request-id":"body-id"}}}`
	const dataverse = `{"error":{"code":"0x80040265","message":"Ann","@Microsoft.PowerApps.CDS.HelpLink":"x"}}`
	for _, c := range []struct {
		status            int
		body              string
		want              error
		code, inner, text string
	}{
		{400, `{"error":{"code":"BadRequest","message":"Parameter 'Filter' not supported"}}`, odata.ErrBadRequest, "BadRequest", "", "Parameter 'Filter' not supported"},
		{401, `{"error":{"code":"InvalidAuthenticationToken","message":""}}`, odata.ErrUnauthorized, "InvalidAuthenticationToken", "", ""},
		{402, ``, odata.ErrForbidden, "", "", ""},
		{403, graph, odata.ErrForbidden, "Forbidden", "1", "InsufficientPrivileges for Ann"},
		{403, dataverse, odata.ErrForbidden, "0x80040265", "", "Ann"},
		{404, `<html>not here</html>`, odata.ErrNotFound, "", "", ""},
		{405, dataverse, odata.ErrBadRequest, "0x80040265", "", "Ann"},
		{409, `{"error":{"code":17,"message":null,"innerError":"odd"}}`, odata.ErrConflict, "17", "", ""},
		{410, `[]`, odata.ErrNotFound, "", "", ""},
		{412, `{"error":"odd"}`, odata.ErrConflict, "", "", ""},
		{413, `{`, odata.ErrTooLarge, "", "", ""},
		{429, ``, odata.ErrThrottled, "", "", ""},
		{500, ``, odata.ErrServer, "", "", ""},
		{501, ``, odata.ErrServer, "", "", ""},
		{503, ``, odata.ErrUnavailable, "", "", ""},
		{504, ``, odata.ErrUnavailable, "", "", ""},
	} {
		s := &server{script: []func(*http.Request) (*http.Response, error){respond(c.status, "application/json", c.body)}}
		err := s.client(t).Send(t.Context(), "POST", "/chats", item{}, nil)
		var got *odata.Error
		if !errors.As(err, &got) {
			t.Errorf("%d: no *Error: %v", c.status, err)
			continue
		}
		if got.Status != c.status || got.Code != c.code || got.InnerCode != c.inner || got.Message != c.text {
			t.Errorf("%d %s: got %+v", c.status, c.body, *got)
		}
		for _, sentinel := range []error{odata.ErrThrottled, odata.ErrUnauthorized, odata.ErrForbidden, odata.ErrNotFound, odata.ErrConflict,
			odata.ErrTooLarge, odata.ErrUnavailable, odata.ErrServer, odata.ErrBadRequest, odata.ErrOffline, odata.ErrUnsent, odata.ErrAmbiguous, odata.ErrBadReply} {
			if errors.Is(err, sentinel) != (sentinel == c.want) {
				t.Errorf("%d: Is(%v) is %v", c.status, sentinel, errors.Is(err, sentinel))
			}
		}
		if strings.Contains(err.Error(), "Ann") {
			t.Errorf("%d: the server's text is printed: %v", c.status, err)
		}
		if len(s.seen) != 1 {
			t.Errorf("%d: a POST was sent %d times", c.status, len(s.seen))
		}
	}
}

func TestTheRequestIDIsFound(t *testing.T) {
	t.Parallel()
	body := `{"error":{"code":"x","message":"","innerError":{"request-id":"in-body"}}}`
	for _, c := range []struct {
		header []string
		want   string
	}{
		{[]string{"request-id", "a", "client-request-id", "c"}, "a"},
		{[]string{"x-ms-service-request-id", "d"}, "in-body"},
		{[]string{"client-request-id", "c"}, "in-body"},
		{nil, "in-body"},
		{[]string{"request-id", "a\r\nb"}, "a  b"},
	} {
		s := &server{script: []func(*http.Request) (*http.Response, error){respond(400, "application/json", body, c.header...)}}
		var got *odata.Error
		if err := s.client(t).Get(t.Context(), "/me", nil, &item{}); !errors.As(err, &got) || got.RequestID != c.want {
			t.Errorf("%v: got %v, want %q", c.header, err, c.want)
		}
	}
}

func TestBadRepliesAreNoted(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(*http.Request) (*http.Response, error){
		"HTML":          respond(200, "text/html", "<html>sign in to the hotel</html>"),
		"no type":       respond(200, "", `{"id":"1"}`),
		"half a JSON":   ok(`{"id":"1","n`),
		"a wrong type":  ok(`{"id":"1","n":"secret"}`),
		"an array":      ok(`[1]`),
		"empty":         ok(""),
		"million deep":  ok(strings.Repeat("[", 1_000_000)),
		"a redirect":    respond(302, "", "", "Location", "https://evil.example/"),
		"a 304 unasked": respond(304, "", ""),
	} {
		for _, method := range []string{"GET", "POST"} {
			s := &server{script: []func(*http.Request) (*http.Response, error){f}}
			var err error
			if method == "GET" {
				err = s.client(t).Get(t.Context(), "/me", nil, &item{})
			} else {
				err = s.client(t).Send(t.Context(), "POST", "/me", item{}, &item{})
			}
			if !errors.Is(err, odata.ErrBadReply) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s %s: got %v", method, name, err)
			}
			if method == "POST" && !errors.Is(err, odata.ErrAmbiguous) {
				t.Errorf("%s %s: the outcome is not marked open: %v", method, name, err)
			}
			if len(s.seen) != 1 {
				t.Errorf("%s %s: sent %d times", method, name, len(s.seen))
			}
		}
	}
}

func TestTheOutcomeOfACutRequestIsKnownOrOpen(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	half := func(*http.Request) (*http.Response, error) {
		r, _ := ok("")(nil)
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":`), errReader{}))
		return r, nil
	}
	for _, c := range []struct {
		name                       string
		f                          func(*http.Request) (*http.Response, error)
		offline, unsent, ambiguous bool
	}{
		{"dial error", fail(dial), true, true, false},
		{"no such host", fail(&net.DNSError{}), true, true, false},
		{"reset", fail(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), false, false, true},
		{"EOF", fail(io.EOF), false, false, true},
		{"half an answer", half, false, false, true},
		{"too large an answer", ok(strings.Repeat(" ", wire.DefaultMaxBody+1)), false, false, true},
	} {
		s := &server{script: []func(*http.Request) (*http.Response, error){c.f}}
		err := s.client(t).Send(t.Context(), "POST", "/chats/1/messages?x=CANARY", item{}, &item{})
		if errors.Is(err, odata.ErrOffline) != c.offline || errors.Is(err, odata.ErrUnsent) != c.unsent || errors.Is(err, odata.ErrAmbiguous) != c.ambiguous {
			t.Errorf("%s: %v", c.name, err)
		}
		if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: the query is printed: %v", c.name, err)
		}
		if len(s.seen) != 1 {
			t.Errorf("%s: a POST was sent %d times", c.name, len(s.seen))
		}
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestATokenErrorIsKeptAndNothingLeft(t *testing.T) {
	t.Parallel()
	reason := errors.New("sign in again")
	h, err := wire.NewClient(base, wire.Options{Token: func(context.Context, string) (string, error) { return "", reason },
		Transport: roundTrip(fail(io.EOF))})
	if err != nil {
		t.Fatal(err)
	}
	c := &odata.Client{Base: base, HTTP: h}
	err = c.Get(t.Context(), "/me", nil, &item{})
	if !errors.Is(err, reason) || !errors.Is(err, odata.ErrToken) || !errors.Is(err, odata.ErrUnsent) || errors.Is(err, odata.ErrOffline) || errors.Is(err, odata.ErrAmbiguous) {
		t.Errorf("got %v", err)
	}
}

func TestRequestsAreWrittenAsDocumented(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	s := &server{script: []func(*http.Request) (*http.Response, error){func(r *http.Request) (*http.Response, error) {
		got = r
		if r.Body != nil {
			data, _ := io.ReadAll(r.Body)
			body = string(data)
		}
		return respond(201, "application/json", `{"id":"7"}`, "Location", "https://evil.example/x", "ETag", `W/"1"`)(r)
	}}}
	c := s.client(t)
	c.Header = http.Header{"odata-version": {"4.0"}}
	var into item
	var h http.Header
	err := c.Send(t.Context(), "PATCH", "chats/19%3Aa@thread.v2/x(1)", item{ID: "<&>"}, &into,
		odata.IfMatch(`W/"0"`), odata.IfNoneMatch("*"), odata.WithHeader("Prefer", "return=representation"), odata.ReadHeader(&h))
	if err != nil || into.ID != "7" || h.Get("ETag") != `W/"1"` {
		t.Fatalf("%v, %+v, %v", err, into, h)
	}
	if got.URL.EscapedPath() != "/v1.0/chats/19%3Aa@thread.v2/x(1)" {
		t.Errorf("path %s", got.URL.EscapedPath())
	}
	for name, want := range map[string]string{"Odata-Version": "4.0", "If-Match": `W/"0"`, "If-None-Match": "*", "Prefer": "return=representation",
		"Content-Type": "application/json", "Accept": "application/json", "Authorization": "Bearer token"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if !strings.Contains(body, `"id":"\u003c\u0026\u003e"`) {
		t.Errorf("body %s", body)
	}
	if err := c.Get(t.Context(), "/me/chats?a=b", url.Values{"$filter": {"x gt 2026-01-01T00:00:00Z and y eq 'a+b&c'"}, "$top": {"50"}}, &into); err != nil {
		t.Fatal(err)
	}
	if want := "a=b&$filter=x%20gt%202026-01-01T00%3A00%3A00Z%20and%20y%20eq%20%27a%2Bb%26c%27&$top=50"; got.URL.RawQuery != want {
		t.Errorf("query %s, want %s", got.URL.RawQuery, want)
	}
	e := s.events[0]
	if e.Path != "/chats/{}/x({})" || e.Status != 201 || e.Method != "PATCH" || e.Bucket != "other" || e.Err != nil {
		t.Errorf("event %+v", e)
	}
}

func TestPathsDoNotLeaveTheService(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"/../beta/me", "/a/../../x", "/./me", "/a//b", "/%2e%2e/beta", "/a\\b", "/a#b", "/\x00", "/%zz", "/a/.."} {
		s := &server{script: []func(*http.Request) (*http.Response, error){ok("{}")}}
		if err := s.client(t).Get(t.Context(), p, nil, &item{}); !errors.Is(err, odata.ErrBadRequest) || len(s.seen) != 0 {
			t.Errorf("%q: %v, sent %v", p, err, s.seen)
		}
	}
}

func TestNoContentLeavesTheValueOfASend(t *testing.T) {
	t.Parallel()
	s := &server{script: []func(*http.Request) (*http.Response, error){respond(204, "", "")}}
	into := item{ID: "before"}
	if err := s.client(t).Send(t.Context(), "PATCH", "/x", item{}, &into); err != nil || into.ID != "before" {
		t.Errorf("%v, %+v", err, into)
	}
	if err := s.client(t).Get(t.Context(), "/x", nil, &into); !errors.Is(err, odata.ErrBadReply) {
		t.Errorf("a GET without content: %v", err)
	}
}

func TestBytesHaveTheirOwnCap(t *testing.T) {
	t.Parallel()
	s := &server{script: []func(*http.Request) (*http.Response, error){respond(200, "image/png", "12345678")}}
	data, kind, err := s.client(t).Bytes(t.Context(), "/me/photo/$value", 8)
	if err != nil || string(data) != "12345678" || kind != "image/png" {
		t.Errorf("%q, %q, %v", data, kind, err)
	}
	if _, _, err := s.client(t).Bytes(t.Context(), "/me/photo/$value", 7); !errors.Is(err, odata.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestReadsAreRepeatedAndWritesNever(t *testing.T) {
	t.Parallel()
	reset := fail(&net.OpError{Op: "read", Err: syscall.ECONNRESET})
	busy := func(after string) func(*http.Request) (*http.Response, error) {
		return respond(503, "", "", "Retry-After", after)
	}
	good := ok(`{"id":"1"}`)
	for _, c := range []struct {
		name   string
		script []func(*http.Request) (*http.Response, error)
		sent   int
		min    time.Duration
		max    time.Duration
		ok     bool
	}{
		{"one reset", []func(*http.Request) (*http.Response, error){reset, good}, 2, 0, time.Second, true},
		{"three resets", []func(*http.Request) (*http.Response, error){reset}, 3, 0, 3 * time.Second, false},
		{"503 with a short wait", []func(*http.Request) (*http.Response, error){busy("4"), good}, 2, 4 * time.Second, 5 * time.Second, true},
		{"503 with a long wait", []func(*http.Request) (*http.Response, error){busy("11"), good}, 1, 0, 0, false},
		{"503 without", []func(*http.Request) (*http.Response, error){busy(""), good}, 2, 250 * time.Millisecond, time.Second, true},
		{"504", []func(*http.Request) (*http.Response, error){respond(504, "", ""), good}, 2, 250 * time.Millisecond, time.Second, true},
		{"429 with a short wait", []func(*http.Request) (*http.Response, error){respond(429, "", "", "Retry-After", "3"), good}, 2, 3 * time.Second, 4 * time.Second, true},
		{"429 with a long wait", []func(*http.Request) (*http.Response, error){respond(429, "", "", "Retry-After", "60"), good}, 1, 0, 0, false},
		{"500", []func(*http.Request) (*http.Response, error){respond(500, "", ""), good}, 1, 0, 0, false},
		{"403", []func(*http.Request) (*http.Response, error){respond(403, "", ""), good}, 1, 0, 0, false},
		{"offline", []func(*http.Request) (*http.Response, error){fail(&net.DNSError{}), good}, 1, 0, 0, false},
		{"HTML", []func(*http.Request) (*http.Response, error){respond(200, "text/html", ""), good}, 1, 0, 0, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{script: c.script}
			start := time.Now()
			err := s.client(t).Get(t.Context(), "/me", nil, &item{})
			if took := time.Since(start); (err == nil) != c.ok || len(s.seen) != c.sent || took < c.min || took > c.max {
				t.Errorf("%s: %v, sent %d, took %v", c.name, err, len(s.seen), took)
			}
			s = &server{script: c.script}
			if err := s.client(t).Send(t.Context(), "POST", "/me", nil, &item{}); len(s.seen) != 1 || err == nil {
				t.Errorf("%s: a POST was sent %d times, %v", c.name, len(s.seen), err)
			}
		})
	}
}

func TestAfterA429NothingLeavesBeforeItsTime(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"1", "7", "60", "", "0", "-5", "1000000000", "date"} {
		synctest.Test(t, func(t *testing.T) {
			value := after
			if after == "date" {
				value = time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat)
			}
			var times []time.Time
			s := &server{script: []func(*http.Request) (*http.Response, error){respond(429, "", "", "Retry-After", value), func(r *http.Request) (*http.Response, error) {
				times = append(times, time.Now())
				return ok(`{"id":"1"}`)(r)
			}}}
			c := s.client(t)
			start := time.Now()
			var first *odata.Error
			if err := c.Send(t.Context(), "POST", "/me", nil, nil); !errors.As(err, &first) || first.RetryAfter < time.Second || first.RetryAfter > 10*time.Minute {
				t.Fatalf("%q: %v %+v", after, err, first)
			}
			short, cancel := context.WithTimeout(t.Context(), first.RetryAfter/2)
			defer cancel()
			var held *odata.Error
			err := c.Get(short, "/me", nil, &item{})
			if !errors.Is(err, odata.ErrThrottled) || !errors.Is(err, odata.ErrUnsent) || !errors.As(err, &held) || held.RetryAfter > first.RetryAfter || time.Since(start) > time.Second {
				t.Errorf("%q: a call whose time ends before the gate opens: %v after %v", after, err, time.Since(start))
			}
			for i := range 20 {
				go func() {
					if err := c.Send(t.Context(), "POST", fmt.Sprintf("/x/%d", i), nil, nil); err != nil {
						t.Errorf("%q: %v", after, err)
					}
				}()
			}
			synctest.Wait()
			s.mu.Lock()
			early := len(times)
			s.mu.Unlock()
			if early != 0 {
				t.Errorf("%q: something left at once", after)
			}
			time.Sleep(11 * time.Minute) // virtual
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(times) != 20 {
				t.Errorf("%q: %d of 20 left", after, len(times))
			}
			for _, at := range times {
				if at.Sub(start) < first.RetryAfter {
					t.Errorf("%q: one left after %v, want %v", after, at.Sub(start), first.RetryAfter)
				}
			}
		})
	}
}

func TestACancelledWaitEndsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{script: []func(*http.Request) (*http.Response, error){respond(429, "", "", "Retry-After", "60")}}
		c := s.client(t)
		_ = c.Send(t.Context(), "POST", "/me", nil, nil)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		err := c.Get(ctx, "/me", nil, &item{})
		if !errors.Is(err, context.Canceled) || !errors.Is(err, odata.ErrUnsent) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

type limiter struct{ buckets []string }

func (l *limiter) Wait(ctx context.Context, bucket string) error {
	l.buckets = append(l.buckets, bucket)
	return ctx.Err()
}

func (l *limiter) WaitTogether(ctx context.Context, bucket string, parts []string) (int, error) {
	l.buckets = append(append(l.buckets, bucket), parts...)
	return len(parts), ctx.Err()
}

func TestABatchThatWasAdmittedIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	l := &limiter{}
	s := &server{script: []func(*http.Request) (*http.Response, error){ok(`{"responses":[{"id":"1","status":200,"body":{}}]}`)}}
	c := s.client(t)
	c.Limit = l
	if n, err := c.Admit(t.Context(), "batch", []string{"a", "b"}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := c.BatchJSON(t.Context(), []odata.BatchItem{{ID: "1", Path: "/me"}}, odata.Bucket("batch"), odata.Admitted()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Admit(ctx, "batch", nil); !errors.Is(err, odata.ErrUnsent) {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(l.buckets, ","); got != "batch,a,b,batch" {
		t.Errorf("asked for %s", got)
	}
}

func TestTheLimiterIsAskedForEveryAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{}
		s := &server{script: []func(*http.Request) (*http.Response, error){respond(503, "", ""), ok("{}")}}
		c := s.client(t)
		c.Limit = l
		if err := c.Get(t.Context(), "/me", nil, &item{}, odata.Bucket("chat-list")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Get(ctx, "/me", nil, &item{}); !errors.Is(err, context.Canceled) || !errors.Is(err, odata.ErrUnsent) {
			t.Errorf("got %v", err)
		}
		if got := strings.Join(l.buckets, ","); got != "chat-list,chat-list,other" || len(s.seen) != 2 {
			t.Errorf("asked %s, sent %v", got, s.seen)
		}
	})
}

func TestRetryAfterIsKeptWithinBounds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "soon": 0, "1.5": 0, "--1": 0, "-": 0, "5": 5 * time.Second, " 5 ": 5 * time.Second, "0": time.Second, "-7": time.Second,
		"-99999999999999999999": time.Second, "601": 10 * time.Minute, "1000000000": 10 * time.Minute, "99999999999999999999": 10 * time.Minute,
		"Wed, 25 Nov 2026 10:00:30 GMT": 30 * time.Second, "Wed, 25 Nov 2026 09:00:00 GMT": time.Second,
		"Thu, 26 Nov 2026 10:00:00 GMT": 10 * time.Minute, "Wednesday, 25-Nov-26 10:00:30 GMT": 30 * time.Second,
	} {
		if got := odata.RetryAfter(in, now); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "1", "-1", "1e9", "Wed, 25 Nov 2026 10:00:30 GMT", "9999999999999999999999"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		if d := odata.RetryAfter(s, now); d != 0 && (d < time.Second || d > 10*time.Minute) {
			t.Errorf("%q: %v", s, d)
		}
	})
}
