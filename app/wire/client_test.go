package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/wire"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: -1,
		Body: io.NopCloser(strings.NewReader(body))}
}

// counter is a token source that counts how often it is asked.
type counter struct {
	asked  atomic.Int32
	claims atomic.Value
}

func (c *counter) token(_ context.Context, claims string) (string, error) {
	c.claims.Store(claims)
	return "secret-" + string(rune('0'+c.asked.Add(1))), nil
}

func client(t *testing.T, origin string, o wire.Options) *http.Client {
	t.Helper()
	o.AllowLoopbackHTTP = true
	c, err := wire.NewClient(origin, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestForeignOriginsAreRefusedBeforeTheTokenIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://evil.example/v1.0/me", "https://graph.example.evil/v1.0/me", "http://graph.example/v1.0/me",
		"https://graph.example:8443/me", "https://user@graph.example/me", "https://user:pw@graph.example/me",
		"https://graph.example@evil.example/me", "https://graph.example.:443/me", "https://xgraph.example/me",
		"https://graph.example./me", "https://[::1]/me", "ftp://graph.example/me", "https://127.0.0.1/me",
	} {
		var c counter
		var sent atomic.Int32
		h := client(t, "https://graph.example", wire.Options{Token: c.token, Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			sent.Add(1)
			return answer(200, ""), nil
		})})
		_, err := h.Get(address)
		if !errors.Is(err, wire.ErrForeignOrigin) || !errors.Is(err, wire.ErrUnsent) {
			t.Errorf("%s: got %v, want a foreign origin that was not sent", address, err)
		}
		if c.asked.Load() != 0 || sent.Load() != 0 {
			t.Errorf("%s: token asked %d times, sent %d times", address, c.asked.Load(), sent.Load())
		}
	}
}

func TestAForeignHostHeaderIsRefused(t *testing.T) {
	t.Parallel()
	h := client(t, "https://graph.example", wire.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, io.EOF
	})})
	r, _ := http.NewRequest("GET", "https://graph.example/me", nil)
	r.Host = "evil.example"
	if _, err := h.Do(r); !errors.Is(err, wire.ErrForeignOrigin) {
		t.Errorf("got %v", err)
	}
}

func TestTheSameOriginInAnotherSpellingIsServed(t *testing.T) {
	t.Parallel()
	var c counter
	h := client(t, "https://Graph.Example:443/v1.0", wire.Options{Token: c.token, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if got := r.Header.Get("Authorization"); got != "Bearer secret-1" {
			t.Errorf("Authorization is %q", got)
		}
		if r.Header.Get("client-request-id") == "" {
			t.Error("no client-request-id")
		}
		return answer(200, "ok"), nil
	})})
	resp, err := h.Get("https://GRAPH.example/v1.0/me")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestPlainHTTPIsForLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		origin string
		allow  bool
		ok     bool
	}{
		{"http://127.0.0.1:8080", true, true}, {"http://localhost", true, true}, {"http://[::1]:1", true, true},
		{"http://127.0.0.1:8080", false, false}, {"http://graph.example", true, false}, {"https://graph.example", false, true},
		{"http://localhost.evil.example", true, false}, {"https://u@graph.example", false, false}, {"graph.example", false, false},
		{"", false, false}, {"file:///etc/passwd", true, false},
	} {
		_, err := wire.NewClient(c.origin, wire.Options{AllowLoopbackHTTP: c.allow})
		if (err == nil) != c.ok {
			t.Errorf("%s allow=%v: got %v", c.origin, c.allow, err)
		}
	}
}

func TestRedirectsAreRefused(t *testing.T) {
	t.Parallel()
	var foreign atomic.Int32
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { foreign.Add(1) }))
	t.Cleanup(evil.Close)
	for _, code := range []int{301, 302, 303, 307, 308, 300} {
		for _, method := range []string{"GET", "POST"} {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/next" {
					t.Error("redirect followed on the same host")
				}
				to := evil.URL
				if method == "POST" {
					to = "/next"
				}
				http.Redirect(w, r, to, code)
			}))
			var c counter
			r, _ := http.NewRequest(method, srv.URL+"/a", strings.NewReader("x"))
			if _, err := client(t, srv.URL, wire.Options{Token: c.token}).Do(r); !errors.Is(err, wire.ErrRedirect) || errors.Is(err, wire.ErrUnsent) {
				t.Errorf("%s %d: got %v, want a redirect error of a request that left", method, code, err)
			}
			srv.Close()
		}
	}
	if foreign.Load() != 0 {
		t.Errorf("the other host saw %d requests", foreign.Load())
	}
}

func TestAClaimsChallengeIsAnsweredOnceWithTheSameBody(t *testing.T) {
	t.Parallel()
	const want = `{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`
	for name, encoded := range map[string]string{
		"base64url": base64.RawURLEncoding.EncodeToString([]byte(want)),
		"padded":    base64.StdEncoding.EncodeToString([]byte(want)),
	} {
		for _, forever := range []bool{false, true} {
			var c counter
			var bodies []string
			h := client(t, "https://graph.example", wire.Options{Token: c.token, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				data, _ := io.ReadAll(r.Body)
				bodies = append(bodies, string(data)+" "+r.Header.Get("Authorization"))
				if len(bodies) > 1 && !forever {
					return answer(201, "done"), nil
				}
				resp := answer(401, "")
				resp.Header.Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize", error="insufficient_claims", claims="`+encoded+`"`)
				return resp, nil
			})})
			r, _ := http.NewRequest("POST", "https://graph.example/x", io.MultiReader(strings.NewReader("body")))
			resp, err := h.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			wantStatus := 201
			if forever {
				wantStatus = 401
			}
			if resp.StatusCode != wantStatus || strings.Join(bodies, ",") != "body Bearer secret-1,body Bearer secret-2" || c.claims.Load() != want {
				t.Errorf("%s forever=%v: status %d, sent %v, claims %v", name, forever, resp.StatusCode, bodies, c.claims.Load())
			}
		}
	}
}

func TestARefusalWithoutAChallengeAsksForAnotherTokenOnce(t *testing.T) {
	t.Parallel()
	for _, v := range []string{
		"", "Bearer", `Basic realm="insufficient_claims", claims="e30"`, `Bearer error="invalid_token", claims="e30"`,
		`Bearer error="insufficient_claims"`, `Bearer error="insufficient_claims", claims="!!!"`,
		`Bearer error="insufficient_claims", claims="bm90IGpzb24"`, `Bearer error="insufficient_claims", claims="WzFd"`,
		`Bearer error="insufficient_claims", claims="` + strings.Repeat("e30", 9000) + `"`,
	} {
		for _, another := range []bool{true, false} {
			var asked []string
			var sent int
			h := client(t, "https://graph.example", wire.Options{
				Token: func(_ context.Context, claims string) (string, error) {
					asked = append(asked, claims)
					if another {
						return fmt.Sprint("token ", len(asked)), nil
					}
					return "the same", nil
				},
				Transport: roundTrip(func(*http.Request) (*http.Response, error) {
					sent++
					resp := answer(401, "refused")
					resp.Header.Set("WWW-Authenticate", v)
					return resp, nil
				})})
			resp, err := h.Get("https://graph.example/")
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			want := 1
			if another {
				want = 2
			}
			if resp.StatusCode != 401 || string(body) != "refused" || strings.Join(asked, ",") != ","+wire.AnotherToken || sent != want {
				t.Errorf("%.60s another=%v: asked %q, sent %d times", v, another, asked, sent)
			}
		}
	}
}

func TestAnswersAreCappedAfterDecompression(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/announced":
			w.Header().Set("Content-Length", "4000000")
			_, _ = w.Write(zeros)
		case "/exact":
			_, _ = w.Write(zeros)
		default:
			for r.Context().Err() == nil {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		}
	}))
	t.Cleanup(srv.Close)
	h := client(t, srv.URL, wire.Options{MaxBody: 1 << 20})
	for path, fits := range map[string]bool{"/bomb": false, "/announced": false, "/endless": false, "/exact": true} {
		resp, err := h.Get(srv.URL + path)
		n := int64(0)
		if err == nil {
			n, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if errors.Is(err, wire.ErrTooLarge) == fits || n > 1<<20 {
			t.Errorf("%s: %d bytes, %v", path, n, err)
		}
	}
	r, _ := http.NewRequestWithContext(wire.WithMaxBody(t.Context(), 2<<20), "GET", srv.URL+"/exact", nil)
	resp, err := client(t, srv.URL, wire.Options{MaxBody: 10}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); n != 1<<20 || err != nil {
		t.Errorf("with its own cap: %d bytes, %v", n, err)
	}
}

func TestErrorsTellWhetherTheRequestLeft(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.StartTLS()
	t.Cleanup(old.Close)
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		c, _, _ := http.NewResponseController(w).Hijack()
		c.Close()
	}))
	t.Cleanup(cut.Close)
	for _, c := range []struct {
		name, origin    string
		unsent, offline bool
	}{
		{"nobody listens", "http://" + closed.Addr().String(), true, true},
		{"unknown certificate", secure.URL, true, true},
		{"TLS 1.1", old.URL, true, true},
		{"cut after the request", cut.URL, false, false},
	} {
		_, err := client(t, c.origin, wire.Options{}).Post(c.origin+"/x", "text/plain", strings.NewReader("hello"))
		if err == nil || errors.Is(err, wire.ErrUnsent) != c.unsent || errors.Is(err, wire.ErrOffline) != c.offline {
			t.Errorf("%s: %v, unsent %v, offline %v", c.name, err, errors.Is(err, wire.ErrUnsent), errors.Is(err, wire.ErrOffline))
		}
	}
}

func TestErrorsOfATransportInMemoryAreJudgedByTheirKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err             error
		unsent, offline bool
	}{
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true, true},
		{&net.DNSError{Err: "no such host"}, true, true},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, false, false},
		{io.ErrUnexpectedEOF, false, false},
		{context.DeadlineExceeded, false, false},
	} {
		_, err := client(t, "https://graph.example", wire.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, c.err
		})}).Get("https://graph.example/")
		if errors.Is(err, wire.ErrUnsent) != c.unsent || errors.Is(err, wire.ErrOffline) != c.offline || !errors.Is(err, c.err) {
			t.Errorf("%v: got %v", c.err, err)
		}
	}
}

func TestWithoutATokenNothingLeaves(t *testing.T) {
	t.Parallel()
	reason := errors.New("sign in again")
	h := client(t, "https://graph.example", wire.Options{
		Token: func(context.Context, string) (string, error) { return "", reason },
		Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			t.Error("sent")
			return nil, io.EOF
		})})
	_, err := h.Get("https://graph.example/")
	if !errors.Is(err, reason) || !errors.Is(err, wire.ErrToken) || !errors.Is(err, wire.ErrUnsent) || errors.Is(err, wire.ErrOffline) {
		t.Errorf("got %v", err)
	}
}

// trickle sends one byte per interval, for ever.
type trickle struct {
	ctx   context.Context
	every time.Duration
}

func (s trickle) Read(p []byte) (int, error) {
	t := time.NewTimer(s.every)
	defer t.Stop()
	select {
	case <-t.C:
		p[0] = 'x'
		return 1, nil
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

func (trickle) Close() error { return nil }

func TestSlowAnswersEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		every time.Duration
		total time.Duration
		want  error
		after time.Duration
	}{
		{"a trickle", time.Second, time.Hour, wire.ErrTooSlow, 30 * time.Second},
		{"fast enough, but endless", 10 * time.Millisecond, time.Minute, context.DeadlineExceeded, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := client(t, "https://graph.example", wire.Options{Timeout: c.total, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				resp := answer(200, "")
				resp.Body = trickle{r.Context(), c.every}
				return resp, nil
			})})
			start := time.Now()
			resp, err := h.Get("https://graph.example/")
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			if !errors.Is(err, c.want) || time.Since(start) > c.after+time.Second {
				t.Errorf("%s: %v after %v", c.name, err, time.Since(start))
			}
		})
	}
}

func TestADeadlineBeforeTheAnswerLeavesTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(release) })
	h := client(t, srv.URL, wire.Options{Timeout: 50 * time.Millisecond})
	_, err := h.Post(srv.URL, "text/plain", strings.NewReader("hello"))
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, wire.ErrUnsent) {
		t.Errorf("got %v", err)
	}
}

func TestTheTransportUsesNoProxyForPlainHTTP(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://proxy.example:3128")
	t.Setenv("http_proxy", "http://proxy.example:3128")
	r, _ := http.NewRequest("GET", "http://10.1.2.3/", nil)
	if u, err := wire.NewTransport().Proxy(r); u != nil || err != nil {
		t.Errorf("got %v, %v", u, err)
	}
}
