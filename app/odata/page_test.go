package odata_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chatpane/app/odata"
)

// hostileLinks are links that a broken or hostile server may give; none leads
// below https://graph.example/v1.0.
var hostileLinks = []string{
	"https://evil.example/v1.0/me/chats", "https://evil.example", "https://graph.example.evil/v1.0/me/chats",
	"https://evilgraph.example/v1.0/me/chats", "https://graph.exampleevil/v1.0/me", "https://graph.example:8443/v1.0/me/chats",
	"https://graph.example:80/v1.0/me", "https://graph.example:443@evil.example/v1.0/me", "https://graph.example@evil.example/v1.0/me",
	"https://user@graph.example/v1.0/me", "https://user:pw@graph.example/v1.0/me", "https://:@graph.example/v1.0/me", "https://@graph.example/v1.0/me",
	"http://graph.example/v1.0/me/chats", "http://graph.example:443/v1.0/me", "HTTP://graph.example/v1.0/me",
	"//evil.example/v1.0/me", "//graph.example/v1.0/me", "///evil.example/v1.0", "\\\\evil.example\\v1.0",
	"https:\\\\evil.example/v1.0", "https://graph.example\\@evil.example/v1.0/me", "https://graph.example/v1.0\\..\\beta",
	"https://evil.example\\.graph.example/v1.0", "https://evil.example#@graph.example/v1.0/me", "https://evil.example?@graph.example/v1.0/me",
	"https://evil.example/@graph.example/v1.0/me", "https://graph.example./v1.0/me", "https://.graph.example/v1.0/me",
	"https://graph.example%00.evil.example/v1.0", "https://graph.example%2eevil.example/v1.0", "https://graph.example%40evil.example/v1.0",
	"https://graph.example%23.evil.example/v1.0", "https://graph%E3%80%82example/v1.0/me", "https://gr\u0430ph.example/v1.0/me",
	"https://127.0.0.1/v1.0/me", "https://[::1]/v1.0/me", "https://[::ffff:1.2.3.4]/v1.0/me", "https://0x7f000001/v1.0/me", "https://2130706433/v1.0/me",
	"https://169.254.169.254/v1.0/me", "https://localhost/v1.0/me", "file:///v1.0/me", "file://graph.example/v1.0/me",
	"ftp://graph.example/v1.0/me", "javascript://graph.example/v1.0/me", "data:text/html,://graph.example/v1.0", "ws://graph.example/v1.0/me", "wss://graph.example/v1.0/me",
	"https://graph.example/beta/me/chats", "https://graph.example/me/chats", "https://graph.example/", "https://graph.example", "https://graph.example/v1.0",
	"https://graph.example/v1.0evil/me", "https://graph.example/v1.0/../beta/me", "https://graph.example/v1.0/%2e%2e/beta/me", "https://graph.example/v1.0/x/../../beta",
	"https://graph.example/v1.0//evil.example/", "https://graph.example/v1.0/me#fragment", "https://graph.example/v1.0/me\r\nHost: evil.example",
	"https://graph.example/v1.0/me\t", " https://graph.example/v1.0/me", "https://graph.example/v1.0/me ", "https://graph.example/v1.0/%zz",
	"https://graph.example:/v1.0/me", "https://graph.example:99999999/v1.0/me", "https:///v1.0/me", "https://", "://graph.example/v1.0/me",
	"https://graph.example/v1.0/" + strings.Repeat("x", 40_000),
}

func TestALinkToAnotherPlaceIsRefusedBeforeTheTokenIsAskedFor(t *testing.T) {
	t.Parallel()
	if len(hostileLinks) < 60 {
		t.Fatalf("only %d links", len(hostileLinks))
	}
	for _, link := range hostileLinks {
		s := &server{script: []func(*http.Request) (*http.Response, error){ok(`{"value":[]}`)}}
		_, err := odata.GetPage[item](t.Context(), s.client(t), link, nil)
		if !errors.Is(err, odata.ErrForeignLink) {
			t.Errorf("%.80q: got %v, want a foreign link", link, err)
		}
		if len(s.seen) != 0 || s.tokens.Load() != 0 {
			t.Errorf("%.80q: sent %v, token asked %d times", link, s.seen, s.tokens.Load())
		}
	}
}

func TestAnIterationStopsAtAForeignLink(t *testing.T) {
	t.Parallel()
	for _, link := range hostileLinks {
		s := &server{script: []func(*http.Request) (*http.Response, error){ok(fmt.Sprintf(`{"value":[{"id":"1"}],"@odata.nextLink":%q}`, strings.ToValidUTF8(link, "?")))}}
		var rows int
		var last error
		for page, err := range odata.Pages[item](t.Context(), s.client(t), "/me/chats", nil) {
			rows += len(page)
			last = err
		}
		// A link that JSON cannot carry makes the whole page unreadable; a relative one is refused as a path.
		if last == nil || rows > 1 || len(s.seen) != 1 || s.tokens.Load() != 1 {
			t.Errorf("%.80q: %v, %d rows, sent %v", link, last, rows, s.seen)
		}
	}
}

func TestPagesFollowTheLinksOfTheSameService(t *testing.T) {
	t.Parallel()
	s := &server{script: []func(*http.Request) (*http.Response, error){
		ok(`{"value":[{"id":"1","n":1},{"id":"2","n":"CANARY"},{"id":"3","n":3}],"@odata.nextLink":"https://graph.example/v1.0/me/chats?$skiptoken=a%20b"}`),
		ok(`{"value":[],"@odata.nextLink":"HTTPS://GRAPH.example:443/V1.0/me/chats?$skiptoken=c"}`),
		ok(`{"value":[{"id":"4"}],"@odata.deltaLink":"https://graph.example/v1.0/delta"}`),
	}}
	var got []string
	for page, err := range odata.Pages[item](t.Context(), s.client(t), "/me/chats", url.Values{"$top": {"50"}}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page {
			got = append(got, it.ID)
		}
	}
	if strings.Join(got, ",") != "1,3,4" {
		t.Errorf("got %v", got)
	}
	if want := "GET /v1.0/me/chats?$top=50|GET /v1.0/me/chats?$skiptoken=a%20b|GET /V1.0/me/chats?$skiptoken=c"; strings.Join(s.seen, "|") != want {
		t.Errorf("sent %v", s.seen)
	}
	var skipped []error
	for _, e := range s.events {
		if e.Status == 0 {
			skipped = append(skipped, e.Err)
		}
	}
	if len(skipped) != 1 || !errors.Is(skipped[0], odata.ErrBadReply) || strings.Contains(skipped[0].Error(), "CANARY") || !strings.Contains(skipped[0].Error(), `element 1: field "n"`) {
		t.Errorf("skipped %v", skipped)
	}
}

func TestACallerMayStopAnIteration(t *testing.T) {
	t.Parallel()
	s := &server{script: []func(*http.Request) (*http.Response, error){ok(`{"value":[{"id":"1"}],"@odata.nextLink":"https://graph.example/v1.0/n"}`)}}
	for range odata.Pages[item](t.Context(), s.client(t), "/me/chats", nil) {
		break
	}
	if len(s.seen) != 1 {
		t.Errorf("sent %v", s.seen)
	}
}

func TestPagingThatDoesNotEndIsStopped(t *testing.T) {
	t.Parallel()
	n := 0
	page := func(rows string, next func() string) func(*http.Request) (*http.Response, error) {
		return func(r *http.Request) (*http.Response, error) {
			n++
			return ok(`{"value":[` + strings.ReplaceAll(rows, "N", fmt.Sprint(n)) + `],"@odata.nextLink":"https://graph.example/v1.0/` + next() + `"}`)(r)
		}
	}
	for name, c := range map[string]struct {
		f    func(*http.Request) (*http.Response, error)
		sent int
	}{
		"its own link":                 {page(`{"id":"N"}`, func() string { return "a" }), 2},
		"a cycle of three":             {page(`{"id":"N"}`, func() string { return fmt.Sprint(n % 3) }), 4},
		"new links with the same rows": {page(`{"id":"1"}`, func() string { return fmt.Sprint(n) }), 4},
		"empty pages":                  {page(``, func() string { return fmt.Sprint(n) }), 20},
		"new rows for ever":            {page(`{"id":"N"}`, func() string { return fmt.Sprint(n) }), 500},
	} {
		n = 0
		s := &server{script: []func(*http.Request) (*http.Response, error){c.f}}
		var last error
		for _, err := range odata.Pages[item](t.Context(), s.client(t), "/x", nil) {
			last = err
		}
		if !errors.Is(last, odata.ErrBadReply) || len(s.seen) != c.sent {
			t.Errorf("%s: %v after %d requests, want %d", name, last, len(s.seen), c.sent)
		}
	}
}

func TestAPageWithoutACollectionIsABadReply(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"value":null}`, `{"value":{}}`, `{"value":"x"}`, `null`} {
		s := &server{script: []func(*http.Request) (*http.Response, error){ok(body)}}
		if _, err := odata.GetPage[item](t.Context(), s.client(t), "/x", nil); !errors.Is(err, odata.ErrBadReply) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add(`{"value":[{"id":"1","n":1}],"@odata.nextLink":"https://graph.example/v1.0/x"}`)
	f.Add(`{"value":[1,"a",null,{"n":{}}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		s := &server{script: []func(*http.Request) (*http.Response, error){ok(body), ok(`{"value":[]}`)}}
		for _, err := range odata.Pages[item](t.Context(), s.client(t), "/x", nil) {
			if err != nil && !errors.Is(err, odata.ErrBadReply) && !errors.Is(err, odata.ErrForeignLink) && !errors.Is(err, odata.ErrBadRequest) {
				t.Errorf("%q: %v", body, err)
			}
		}
	})
}
