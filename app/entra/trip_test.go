package entra_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/entra"
	"chatpane/app/wire"
)

// tab is a browser tab that gives each visit the answer that the test says.
type tab struct {
	t       *testing.T
	s       *server
	answers []string // "code", or "error AADSTS…" per visit; the last one again
	mu      sync.Mutex
	asked   []url.Values
	stale   int // the status for the first visit's answer, brought again after the second
}

func (b *tab) open(address string) error {
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 10 * time.Second}
	go func() {
		var first string
		for address != "" {
			back, q := b.s.authorize(b.t, address)
			b.mu.Lock()
			b.asked = append(b.asked, q)
			n := len(b.asked)
			b.mu.Unlock()
			if answer := b.answers[min(n, len(b.answers))-1]; answer != "code" {
				code, text, _ := strings.Cut(answer, " ")
				back.RawQuery = url.Values{"error": {code}, "error_description": {text}, "state": {q.Get("state")}}.Encode()
			}
			if n == 1 {
				first = back.String()
			} else if res, err := browser.Get(first); err == nil {
				res.Body.Close()
				b.mu.Lock()
				b.stale = res.StatusCode
				b.mu.Unlock()
			}
			res, err := browser.Get(back.String())
			if err != nil {
				b.t.Error(err)
				return
			}
			res.Body.Close()
			address = res.Header.Get("Location")
		}
	}()
	return nil
}

func TestARefusedTabAsksForWhatIsGranted(t *testing.T) {
	t.Parallel()
	const admin, user, no = "consent_required AADSTS90094: x", "consent_required AADSTS65001: x", "access_denied AADSTS65004: x"
	const login = "login_required AADSTS50058: x"
	for name, c := range map[string]struct {
		hint    string
		answers []string
		prompts []string
		want    error
	}{
		"an administrator has to agree to more":       {"ann@x", []string{admin, "code"}, []string{"", "none"}, nil},
		"nobody is named yet":                         {"", []string{user, "code"}, []string{"select_account", "none"}, nil},
		"the person declines more":                    {"ann@x", []string{no, "code"}, []string{"", "none"}, nil},
		"the browser knows nobody":                    {"", []string{admin, login, "code"}, []string{"select_account", "none", ""}, nil},
		"nothing is granted":                          {"ann@x", []string{admin, user}, []string{"", "none"}, entra.ErrAdminConsent},
		"nothing is granted, and the page says it":    {"", []string{admin, login, user}, []string{"select_account", "none", ""}, entra.ErrAdminConsent},
		"the service would go on for ever":            {"", []string{admin, login, login}, []string{"select_account", "none", ""}, entra.ErrSignIn},
		"who declines is not asked by another page":   {"", []string{no, login}, []string{"select_account", "none"}, entra.ErrDeclined},
		"a rule of the organisation stops the second": {"ann@x", []string{admin, "access_denied AADSTS53003: x"}, []string{"", "none"}, entra.ErrPolicy},
		"another refusal is final":                    {"ann@x", []string{"access_denied AADSTS53003: x"}, []string{""}, entra.ErrPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer()
			b := &tab{t: t, s: s, answers: c.answers}
			g, err := s.client(t, "organizations", b.open).SignIn(t.Context(), []string{graph + "/Chat.ReadWrite", graph + "/User.Read", crm + "/user_impersonation"}, c.hint, "")
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			var prompts []string
			used := map[string]bool{}
			for i, q := range b.asked {
				prompts = append(prompts, q.Get("prompt"))
				for _, key := range []string{"state", "nonce", "code_challenge"} {
					if used[q.Get(key)] || len(q.Get(key)) < 43 {
						t.Errorf("visit %d: %s is weak or used before", i+1, key)
					}
					used[q.Get(key)] = true
				}
				if want := "openid profile offline_access " + graph + "/.default"; i > 0 && q.Get("scope") != want {
					t.Errorf("visit %d asks for %q, want %q", i+1, q.Get("scope"), want)
				}
			}
			if !slices.Equal(prompts, c.prompts) {
				t.Errorf("prompts %q, want %q", prompts, c.prompts)
			}
			if len(prompts) > 1 && b.stale != http.StatusBadRequest {
				t.Errorf("the first answer, brought twice, got %d", b.stale)
			}
			if err == nil && (!g.Partial || !slices.Contains(g.Scopes, graph+"/.default") || g.OID != oid) {
				t.Errorf("grant %+v; want what was granted", g)
			}
		})
	}
}

func TestACodeIsGivenOnceMoreForWhatIsGranted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, granted := range []bool{true, false} {
			s := newServer()
			s.device = map[string]any{"device_code": "d", "user_code": "ABCD", "verification_uri": authority + "/device", "expires_in": 900, "interval": 5}
			polls := 0
			s.refuse = func(url.Values) (int, string) {
				if polls++; polls == 1 || !granted {
					return 400, `{"error":"invalid_grant","error_description":"AADSTS90094: x"}`
				}
				return 0, ""
			}
			s.polls = []string{""}
			shown := 0
			g, err := s.client(t, "organizations", nil).SignInWithCode(t.Context(), []string{graph + "/A", graph + "/B"}, func(string, string, time.Time) { shown++ })
			if shown != 2 || granted && (err != nil || !g.Partial) || !granted && !errors.Is(err, entra.ErrAdminConsent) {
				t.Errorf("granted %t: %d codes, %+v, %v", granted, shown, g, err)
			}
		}
	})
}

// A token with less is asked for by name again after a quarter of an hour, and
// serves on while nobody answers.
func TestConsentThatComesLaterIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.refresh = 1
		agreed, down := false, false
		s.refuse = func(f url.Values) (int, string) {
			switch {
			case down:
				return 503, ""
			case !agreed && !strings.Contains(f.Get("scope"), ".default"):
				return 400, `{"error":"invalid_grant","error_description":"AADSTS65001: x","suberror":"consent_required"}`
			}
			return 0, ""
		}
		tokens := s.client(t, tenant, nil).Tokens(entra.Grant{Tenant: tenant, Refresh: wire.NewSecret("refresh-1")}, keep)
		get := func() {
			t.Helper()
			if _, err := tokens.For(graph)(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(when, scope string, requests int) {
			t.Helper()
			if got := tokens.Scopes(graph); !slices.Contains(got, scope) || s.exchanges() != requests {
				t.Errorf("%s: scopes %q after %d requests, want %s after %d", when, got, s.exchanges(), scope, requests)
			}
		}
		get()
		get()
		expect("at first", graph+"/.default", 2)
		<-time.After(16 * time.Minute)
		down = true
		get()
		get()
		expect("while nobody answers", graph+"/.default", 3)
		<-time.After(6 * time.Minute)
		down, agreed = false, true
		get()
		expect("once agreed", graph+"/Chat.ReadWrite", 4)
		<-time.After(16 * time.Minute)
		get()
		expect("with everything", graph+"/Chat.ReadWrite", 4)
		if _, err := tokens.For(crm)(t.Context(), ""); err != nil || tokens.Refused(crm) != nil {
			t.Errorf("Dynamics: %v, %v", err, tokens.Refused(crm))
		}
		agreed = false
		one := "https://other.crm.dynamics.com"
		if _, err := tokens.For(one)(t.Context(), ""); !errors.Is(err, entra.ErrConsent) || !errors.Is(tokens.Refused(one), entra.ErrConsent) || s.exchanges() != 6 {
			t.Errorf("a resource of one scope: %v after %d requests, want one", err, s.exchanges())
		}
	})
}
