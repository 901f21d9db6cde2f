package entra_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/entra"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

func granted() entra.Grant {
	return entra.Grant{Tenant: tenant, OID: oid, Refresh: wire.NewSecret("refresh-0")}
}

func keep(entra.Grant) error { return nil }

func TestOneRefreshTokenServesEveryResource(t *testing.T) {
	t.Parallel()
	s := newServer()
	var saved []string
	tokens := s.client(t, "organizations", nil).Tokens(granted(), func(g entra.Grant) error {
		saved = append(saved, g.Refresh.Reveal())
		return nil
	})
	if tokens.Scopes(graph) != nil {
		t.Error("scopes before the first token")
	}
	for _, want := range []struct{ resource, token string }{{graph, "access-1"}, {graph, "access-1"}, {crm, "access-2"}, {graph, "access-1"}} {
		if got, err := tokens.For(want.resource)(t.Context(), ""); err != nil || got != want.token {
			t.Errorf("%s: %q, %v, want %q", want.resource, got, err, want.token)
		}
	}
	if got := s.forms[0].Get("scope") + " | " + s.forms[1].Get("scope"); got != graph+"/Chat.ReadWrite "+graph+"/User.Read offline_access | "+crm+"/user_impersonation offline_access" {
		t.Errorf("scopes asked for: %s", got)
	}
	if s.forms[0].Get("claims") != `{"access_token":{"xms_cc":{"values":["cp1"]}}}` {
		t.Errorf("claims %s", s.forms[0].Get("claims"))
	}
	if strings.Join(saved, ",") != "refresh-1,refresh-2" {
		t.Errorf("saved %v", saved)
	}
	if got := tokens.Scopes(graph); !slices.Contains(got, "granted") {
		t.Errorf("scopes %v", got)
	}
}

func TestTokensAreRenewedFiveMinutesEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		get := s.client(t, "organizations", nil).Tokens(granted(), keep).For(graph)
		for _, step := range []struct {
			wait time.Duration
			want string
		}{{0, "access-1"}, {54 * time.Minute, "access-1"}, {time.Minute, "access-2"}, {54 * time.Minute, "access-2"}, {24 * time.Hour, "access-3"}} {
			time.Sleep(step.wait) // virtual
			if got, err := get(t.Context(), ""); err != nil || got != step.want {
				t.Errorf("after %v: %q, %v, want %q", step.wait, got, err, step.want)
			}
		}
		s.life = 60 // shorter than the five minutes
		time.Sleep(time.Hour)
		for _, want := range []string{"access-4", "access-4"} {
			if got, err := get(t.Context(), ""); err != nil || got != want {
				t.Errorf("a short token: %q, %v", got, err)
			}
		}
	})
}

func TestTheRefreshTokenIsSavedBeforeTheAccessTokenIsUsed(t *testing.T) {
	t.Parallel()
	s := newServer()
	full := syscall.ENOSPC
	fault := error(full)
	var saved []string
	get := s.client(t, "organizations", nil).Tokens(granted(), func(g entra.Grant) error {
		if fault == nil {
			saved = append(saved, g.Refresh.Reveal())
		}
		return fault
	}).For(graph)
	for range 3 {
		if got, err := get(t.Context(), ""); got != "" || !errors.Is(err, full) {
			t.Errorf("%q, %v", got, err)
		}
	}
	if s.exchanges() != 1 {
		t.Errorf("%d refreshes while the disk was full", s.exchanges())
	}
	fault = nil
	if got, err := get(t.Context(), ""); got != "access-1" || err != nil || strings.Join(saved, ",") != "refresh-1" || s.exchanges() != 1 {
		t.Errorf("%q, %v, saved %v, %d refreshes", got, err, saved, s.exchanges())
	}
}

func TestOneRefreshIsUnderWayAtATime(t *testing.T) {
	t.Parallel()
	for _, claims := range []string{"", `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			tokens := s.client(t, "organizations", nil).Tokens(granted(), keep)
			if _, err := tokens.For(graph)(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Hour)
			before := s.exchanges()
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if got, err := tokens.For(graph)(t.Context(), claims); err != nil || got != "access-2" {
						t.Errorf("claims %q: %q, %v", claims, got, err)
					}
				})
			}
			wg.Wait()
			if n := s.exchanges() - before; n != 1 {
				t.Errorf("claims %q: %d refreshes", claims, n)
			}
			if claims != "" && !strings.Contains(s.forms[1].Get("claims"), `"nbf"`) || !strings.Contains(s.forms[1].Get("claims"), "cp1") {
				t.Errorf("claims sent: %s", s.forms[1].Get("claims"))
			}
		})
	}
}

func TestAChallengeIsAnsweredWithANewToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		get := s.client(t, "organizations", nil).Tokens(granted(), keep).For(graph)
		ask := func(claims, want string) {
			t.Helper()
			if got, err := get(t.Context(), claims); err != nil || got != want {
				t.Errorf("%q: %q, %v, want %q", claims, got, err, want)
			}
		}
		ask("", "access-1")
		ask(`{"access_token":{"nbf":{"value":"1"}}}`, "access-2")
		ask("", "access-2")
		ask(`{"access_token":{"nbf":{"value":"2"}}}`, "access-3")
		time.Sleep(2 * time.Minute)
		ask(`{"access_token":{"nbf":{"value":"2"}}}`, "access-4") // the same event again
		if _, err := get(t.Context(), "not JSON"); !errors.Is(err, entra.ErrSignIn) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRefusalsSayWhatTheyMeanAndAreNotAskedForInALoop(t *testing.T) {
	t.Parallel()
	body := func(code, text, more string) string {
		return `{"error":"` + code + `","error_description":"` + text + ` for CANARY","error_codes":[1],"correlation_id":"c0ffee"` + more + `}`
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   error
		asks   int // of three calls
		later  int // of one more, ten minutes later
	}{
		{"expired", 400, body("invalid_grant", "AADSTS700082: x", ""), entra.ErrSignIn, 1, 0},
		{"MFA", 400, body("interaction_required", "AADSTS50076: x", `,"claims":"{\"access_token\":{\"a\":1}}"`), entra.ErrSignIn, 1, 0},
		{"password changed", 400, body("invalid_grant", "AADSTS50173: x", ""), entra.ErrSignIn, 1, 0},
		{"consent", 400, body("invalid_grant", "AADSTS65001: x", `,"suberror":"consent_required"`), entra.ErrConsent, 2, 2}, // by name, then for what is granted
		{"administrator", 400, body("invalid_grant", "AADSTS90094: x", ""), entra.ErrAdminConsent, 2, 2},
		{"policy", 400, body("invalid_grant", "AADSTS53003: x", ""), entra.ErrPolicy, 1, 1},
		{"not assigned", 400, body("invalid_grant", "AADSTS50105: x", ""), entra.ErrPolicy, 1, 1},
		{"public flag", 401, body("invalid_client", "AADSTS7000218: x", ""), entra.ErrSetup, 1, 1},
		{"unknown application", 400, body("unauthorized_client", "AADSTS700016: x", ""), entra.ErrSetup, 1, 1},
		{"unknown tenant", 400, body("invalid_request", "AADSTS90002: x", ""), entra.ErrSetup, 1, 1},
		{"busy", 503, body("temporarily_unavailable", "AADSTS90033: x", ""), entra.ErrOffline, 3, 1},
		{"throttled", 429, "", entra.ErrOffline, 3, 1},
		{"a proxy's page", 502, "<html>CANARY", entra.ErrOffline, 3, 1},
		{"a hotel's page", 200, "<html>CANARY", entra.ErrOffline, 3, 1},
		{"half an answer", 200, `{"access_token":"CANARY`, entra.ErrOffline, 3, 1},
		{"no token in it", 200, `{"token_type":"Bearer"}`, entra.ErrOffline, 3, 1},
		{"another kind", 200, `{"token_type":"mac","access_token":"CANARY"}`, entra.ErrOffline, 3, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.refuse = func(url.Values) (int, string) { return c.status, c.body }
			get := s.client(t, "organizations", nil).Tokens(granted(), keep).For(graph)
			var err error
			for range 3 {
				_, err = get(t.Context(), "")
				if !errors.Is(err, c.want) || strings.Contains(err.Error(), "CANARY") {
					t.Errorf("%s: got %v, want %v", c.name, err, c.want)
				}
			}
			var e *entra.Error
			if c.status >= 400 && c.body != "" && !strings.HasPrefix(c.body, "<") {
				if !errors.As(err, &e) || e.Correlation != "c0ffee" || !strings.HasPrefix(e.Code, "AADSTS") {
					t.Errorf("%s: %+v", c.name, e)
				}
				if (e.Claims != "") != (c.name == "MFA") {
					t.Errorf("%s: claims %q", c.name, e.Claims)
				}
			}
			if n := s.exchanges(); n != c.asks {
				t.Errorf("%s: asked %d times, want %d", c.name, n, c.asks)
			}
			time.Sleep(10 * time.Minute)
			_, _ = get(t.Context(), "")
			if n := s.exchanges() - c.asks; n != c.later {
				t.Errorf("%s: asked %d times later, want %d", c.name, n, c.later)
			}
		})
	}
}

func TestARefusalOfOneResourceLeavesTheOthers(t *testing.T) {
	t.Parallel()
	s := newServer()
	s.refuse = func(f url.Values) (int, string) {
		if strings.Contains(f.Get("scope"), crm) {
			return 400, `{"error":"invalid_grant","error_description":"AADSTS65001: consent"}`
		}
		return 0, ""
	}
	tokens := s.client(t, "organizations", nil).Tokens(granted(), keep)
	if _, err := tokens.For(crm)(t.Context(), ""); !errors.Is(err, entra.ErrConsent) {
		t.Errorf("got %v", err)
	}
	if got, err := tokens.For(graph)(t.Context(), ""); err != nil || got != "access-1" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestARefreshOfflineIsOffline(t *testing.T) {
	t.Parallel()
	h, err := wire.NewClient(authority, wire.Options{Transport: offline{}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := entra.New(entra.Config{Authority: authority, ClientID: clientID, HTTP: h})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tokens(granted(), keep).For(graph)(t.Context(), ""); !errors.Is(err, entra.ErrOffline) || !errors.Is(err, wire.ErrOffline) {
		t.Errorf("got %v", err)
	}
	if _, err := c.SignInWithCode(t.Context(), nil, nil); !errors.Is(err, entra.ErrOffline) {
		t.Errorf("got %v", err)
	}
}

type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

func TestWhoeverWaitsMayGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		hold := make(chan struct{})
		s.refuse = func(url.Values) (int, string) {
			<-hold
			return 0, ""
		}
		get := s.client(t, "organizations", nil).Tokens(granted(), keep).For(graph)
		var wg sync.WaitGroup
		wg.Go(func() {
			if got, err := get(t.Context(), ""); err != nil || got != "access-1" {
				t.Errorf("%q, %v", got, err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := get(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(hold)
		wg.Wait()
	})
}

func TestARefusedTokenIsReplacedAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		get := s.client(t, "organizations", nil).Tokens(granted(), keep).For(graph)
		for _, step := range []struct {
			wait   time.Duration
			claims string
			want   string
		}{{0, "", "access-1"}, {0, wire.AnotherToken, "access-2"}, {0, wire.AnotherToken, "access-2"}, {0, "", "access-2"}, {time.Minute, wire.AnotherToken, "access-3"}} {
			time.Sleep(step.wait) // virtual
			if got, err := get(t.Context(), step.claims); err != nil || got != step.want {
				t.Errorf("%+v: %q, %v", step, got, err)
			}
		}
		if got := s.forms[1].Get("claims"); got != `{"access_token":{"xms_cc":{"values":["cp1"]}}}` {
			t.Errorf("claims %s", got)
		}
	})
}

func TestAGrantIsKeptInItsVault(t *testing.T) {
	t.Parallel()
	k := vault.MemoryKeychain()
	g := entra.Grant{Tenant: tenant, OID: oid, Name: "Ann", UPN: "ann@x", Scopes: []string{"a"}, Refresh: wire.NewSecret("secret"), At: time.Now().UTC().Round(0)}
	v, err := vault.Open(t.TempDir()+"/a", g.Account(), k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entra.LoadGrant(v); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	if err := g.Save(v); err != nil {
		t.Fatal(err)
	}
	if got, err := entra.LoadGrant(v); err != nil || !reflect.DeepEqual(got, g) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEnvironmentsAreThoseOfTheCloud(t *testing.T) {
	t.Parallel()
	good := map[string][]string{
		"global": {"https://contoso.crm.dynamics.com", "https://contoso.crm4.dynamics.com/main.aspx?x=1", "https://Contoso-1.CRM11.dynamics.com:443/"},
		"gcc":    {"https://contoso.crm9.dynamics.com"}, "gcch": {"https://contoso.crm.microsoftdynamics.us"},
		"dod": {"https://contoso.crm.appsplatform.us"}, "china": {"https://contoso.crm.dynamics.cn"},
	}
	for name, list := range good {
		c, ok := entra.CloudNamed(name)
		if !ok {
			t.Fatalf("no cloud %s", name)
		}
		for _, raw := range list {
			if got, ok := c.Environment(raw); !ok || !strings.HasPrefix(got, "https://contoso") || strings.ContainsAny(strings.TrimPrefix(got, "https://"), "/:?ABC") {
				t.Errorf("%s %s: %q, %v", name, raw, got, ok)
			}
		}
	}
	bad := []string{
		"http://contoso.crm.dynamics.com", "https://contoso.crm.dynamics.com:8443", "https://contoso.crm.dynamics.com.evil.example", "https://crm.dynamics.com",
		"https://evil.example/contoso.crm.dynamics.com", "https://contoso.crm.dynamics.com@evil.example", "https://u@contoso.crm.dynamics.com", "https://a.b.crm.dynamics.com",
		"https://contoso.crm123.dynamics.com", "https://contoso.crmx.dynamics.com", "https://contoso.dynamics.com", "https://contoso.crm.dynamics.com.", "https://contosocrm.dynamics.com",
		"https://contoso.crm.dynamics.cn", "https://contoso.crm.microsoftdynamics.us", "https://.crm.dynamics.com", "https://c_o.crm.dynamics.com", "", "contoso.crm.dynamics.com",
		"javascript:alert(1)", "file:///etc/passwd", "https://127.0.0.1", "https://contoso.crm.dynamics.org", "https://" + strings.Repeat("a", 64) + ".crm.dynamics.com",
		"https://cont%6fso.crm.dynamics.com.evil.example", "https://contoso.crm.dynamics.com\\.evil.example", "https://contoso.CRM.dynamics.com.evil", "//contoso.crm.dynamics.com",
	}
	global, _ := entra.CloudNamed("")
	for _, raw := range bad {
		if got, ok := global.Environment(raw); ok {
			t.Errorf("%s was accepted as %s", raw, got)
		}
	}
	if c, _ := entra.CloudNamed("gcch"); true {
		for _, raw := range []string{"https://contoso.crm.dynamics.com", "https://contoso.crm4.microsoftdynamics.us"} {
			if _, ok := c.Environment(raw); ok {
				t.Errorf("gcch accepted %s", raw)
			}
		}
	}
	if _, ok := entra.CloudNamed("mars"); ok {
		t.Error("a cloud named mars")
	}
}
