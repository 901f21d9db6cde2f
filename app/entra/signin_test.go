package entra_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/entra"
	"chatpane/app/wire"
)

func TestAPersonSignsInWithTheBrowser(t *testing.T) {
	t.Parallel()
	s := newServer()
	var asked url.Values
	var address string
	var head http.Header
	var page string
	var browser sync.WaitGroup
	c := s.client(t, "organizations", func(a string) error {
		address = a
		var back *url.URL
		back, asked = s.authorize(t, a)
		browser.Go(func() { _, head, page = follow(t, back.String()) })
		return nil
	})
	g, err := c.SignIn(t.Context(), []string{graph + "/Chat.ReadWrite", crm + "/user_impersonation"}, "ann@contoso.example", `{"access_token":{"nbf":{"value":"1"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	browser.Wait()
	if g.Tenant != tenant || g.OID != oid || g.Name != "Ann Lee" || g.UPN != "ann@contoso.example" || g.Refresh.Reveal() != "refresh-1" || g.Account() != tenant+"/"+oid || g.At.IsZero() {
		t.Errorf("got %+v", g)
	}
	if !strings.HasPrefix(address, authority+"/organizations/oauth2/v2.0/authorize?") {
		t.Errorf("address %s", address)
	}
	for key, want := range map[string]string{
		"client_id": clientID, "response_type": "code", "response_mode": "query", "code_challenge_method": "S256", "login_hint": "ann@contoso.example",
		"scope":  "openid profile offline_access " + graph + "/Chat.ReadWrite " + crm + "/user_impersonation",
		"claims": `{"access_token":{"nbf":{"value":"1"},"xms_cc":{"values":["cp1"]}}}`, "prompt": "",
	} {
		if asked.Get(key) != want {
			t.Errorf("%s is %q, want %q", key, asked.Get(key), want)
		}
	}
	if len(asked.Get("state")) < 43 || len(asked.Get("nonce")) < 43 || asked.Get("state") == asked.Get("nonce") || len(asked.Get("code_challenge")) < 43 {
		t.Errorf("state, nonce or challenge is weak: %v", asked)
	}
	if redirect := asked.Get("redirect_uri"); !strings.HasPrefix(redirect, "http://localhost:") || !strings.HasSuffix(redirect, "/") {
		t.Errorf("redirect %s", redirect)
	}
	form := s.forms[0]
	if form.Get("scope") != "openid profile offline_access" || form.Get("client_secret") != "" || form.Get("client_id") != clientID {
		t.Errorf("exchange %v", form)
	}
	if !strings.Contains(page, "You are signed in") || strings.Contains(page, "code-") || strings.Contains(page, asked.Get("state")) || strings.Contains(page, "<script") {
		t.Errorf("page %s", page)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8"} {
		if head.Get(name) != want {
			t.Errorf("%s is %q", name, head.Get(name))
		}
	}
	if csp := head.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") || strings.Contains(csp, "unsafe") {
		t.Errorf("CSP %q", csp)
	}
}

func TestTheGrantPrintsNoToken(t *testing.T) {
	t.Parallel()
	g := entra.Grant{Refresh: wire.NewSecret("CANARY")}
	s := newServer()
	tokens := s.client(t, tenant, nil).Tokens(g, keep)
	hidden := struct{ g entra.Grant }{g}
	if text := fmt.Sprintf("%v %+v %#v %s %v %+v %#v %v %+v", g, g, g, g.Refresh, hidden, hidden, hidden, tokens, tokens); strings.Contains(text, "CANARY") {
		t.Error(text)
	}
}

func TestOnlyTheBrowserThatWasSentCanFinish(t *testing.T) {
	t.Parallel()
	s := newServer()
	s2 := make(chan string, 1)
	c := s.client(t, "organizations", func(a string) error {
		back, _ := s.authorize(t, a)
		s2 <- back.String()
		return nil
	})
	done := make(chan error, 1)
	go func() {
		_, err := c.SignIn(t.Context(), nil, "", "")
		done <- err
	}()
	good := <-s2
	u, _ := url.Parse(good)
	port := u.Port()
	wrongState := u.Query()
	wrongState.Set("state", strings.Repeat("A", 43))
	try := func(name string, change func(r *http.Request)) {
		t.Helper()
		r, _ := http.NewRequestWithContext(t.Context(), "GET", good, nil)
		change(r)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return // refused even earlier
		}
		resp.Body.Close()
		if resp.StatusCode < 400 {
			t.Errorf("%s was accepted", name)
		}
	}
	for range 40 {
		for _, host := range []string{"evil.example:" + port, "localhost.:" + port, "127.0.0.1:" + port, "127.0.0.2:" + port, "[::1]:" + port, "[::ffff:127.0.0.1]:" + port, "localhost", "localhost:1", "LOCALHOST:" + port} {
			try("host "+host, func(r *http.Request) { r.Host = host })
		}
		for _, method := range []string{"POST", "HEAD", "PUT", "OPTIONS", "TRACE"} {
			try(method, func(r *http.Request) { r.Method = method })
		}
		for _, path := range []string{"/favicon.ico", "/x", "//", "/%2f"} {
			try(path, func(r *http.Request) { r.URL.Path = path })
		}
		for _, h := range [][2]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Mode", "no-cors"}, {"Sec-Fetch-Mode", "cors"}, {"Sec-Fetch-Dest", "image"}, {"Sec-Fetch-Dest", "iframe"}} {
			try(h[0]+h[1], func(r *http.Request) { r.Header.Set(h[0], h[1]) })
		}
		for _, q := range []string{"", "code=x", "state=a&state=b&code=x", u.RawQuery + "&state=x", u.RawQuery + "&code=x", "%zz", "a;b"} {
			try("query "+q, func(r *http.Request) { r.URL.RawQuery = q })
		}
	}
	for range 15 {
		try("a wrong state", func(r *http.Request) { r.URL.RawQuery = wrongState.Encode() })
	}
	try("a huge header", func(r *http.Request) { r.Header.Set("X", strings.Repeat("x", 32<<10)) })
	if n := s.exchanges(); n != 0 {
		t.Fatalf("%d codes were exchanged", n)
	}
	if status, _, _ := follow(t, good); status != 200 {
		t.Errorf("the browser got %d", status)
	}
	if status, _, _ := follow(t, good); status == 200 {
		t.Error("the answer was accepted twice")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := s.exchanges(); n != 1 {
		t.Errorf("%d codes were exchanged", n)
	}
	if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
		conn.Close()
		t.Error("the listener is still open")
	}
}

func TestTooManyWrongAnswersEndTheSignIn(t *testing.T) {
	t.Parallel()
	s := newServer()
	c := s.client(t, "organizations", func(a string) error {
		back, q := s.authorize(t, a)
		for i := range 25 {
			back.RawQuery = url.Values{"code": {"x"}, "state": {fmt.Sprint(i)}}.Encode()
			follow(t, back.String())
		}
		back.RawQuery = url.Values{"code": {"x"}, "state": {q.Get("state")}}.Encode()
		follow(t, back.String())
		return nil
	})
	if _, err := c.SignIn(t.Context(), nil, "", ""); !errors.Is(err, entra.ErrCancelled) || s.exchanges() != 0 {
		t.Errorf("got %v after %d exchanges", err, s.exchanges())
	}
}

func TestSilentConnectionsDoNotKeepTheBrowserOut(t *testing.T) {
	t.Parallel()
	s := newServer()
	var took time.Duration
	c := s.client(t, "organizations", func(a string) error {
		back, _ := s.authorize(t, a)
		for range 50 {
			conn, err := net.Dial("tcp", "127.0.0.1:"+back.Port())
			if err != nil {
				t.Error(err)
				continue
			}
			t.Cleanup(func() { conn.Close() })
			_, _ = io.WriteString(conn, "GET / HT")
		}
		start := time.Now()
		if status, _, page := follow(t, back.String()); status != 200 {
			t.Errorf("the browser got %d, %s", status, page)
		}
		took = time.Since(start)
		return nil
	})
	if _, err := c.SignIn(t.Context(), nil, "", ""); err != nil || took > time.Second {
		t.Errorf("%v, answered after %v", err, took)
	}
}

func TestACodeOfAnotherSignInIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer()
	var first string
	steal := s.client(t, "organizations", func(a string) error {
		back, _ := s.authorize(t, a)
		first = back.Query().Get("code")
		return errors.New("stop here")
	})
	if _, err := steal.SignIn(t.Context(), nil, "", ""); !errors.Is(err, entra.ErrBrowser) {
		t.Errorf("got %v", err)
	}
	c := s.client(t, "organizations", func(a string) error {
		back, q := s.authorize(t, a)
		back.RawQuery = url.Values{"code": {first}, "state": {q.Get("state")}}.Encode()
		follow(t, back.String())
		return nil
	})
	if _, err := c.SignIn(t.Context(), nil, "", ""); !errors.Is(err, entra.ErrSignIn) {
		t.Errorf("got %v", err)
	}
}

func TestAnIDTokenThatIsNotRightIsRefused(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	type signer = func(string, claims) string
	set := func(key string, value any) func(claims, signer) string {
		return func(c claims, sign signer) string {
			c[key] = value
			if value == nil {
				delete(c, key)
			}
			return sign("RS256", c)
		}
	}
	now := time.Now().Unix()
	for name, c := range map[string]struct {
		forge func(claims, signer) string
		want  error
	}{
		"right":                 {set("x", "y"), nil},
		"a clock 4 minutes off": {set("exp", now-240), nil},
		"another issuer":        {set("iss", "https://evil.example/"+tenant+"/v2.0"), entra.ErrIdentity},
		"the issuer of another": {set("iss", authority+"/22222222-2222-3333-4444-555555555555/v2.0"), entra.ErrIdentity},
		"another audience":      {set("aud", "someone-else"), entra.ErrIdentity},
		"another tenant":        {set("tid", "22222222-2222-3333-4444-555555555555"), entra.ErrIdentity},
		"no tenant":             {set("tid", nil), entra.ErrIdentity},
		"a tenant with a path":  {set("tid", tenant+"/../common"), entra.ErrIdentity},
		"another nonce":         {set("nonce", "x"), entra.ErrIdentity},
		"no nonce":              {set("nonce", nil), entra.ErrIdentity},
		"expired":               {set("exp", now-360), entra.ErrIdentity},
		"not yet":               {set("nbf", now+360), entra.ErrIdentity},
		"nobody":                {set("oid", nil), entra.ErrIdentity},
		"a name as person":      {set("oid", "ann"), entra.ErrIdentity},
		"a foreign key":         {func(c claims, sign signer) string { return sign("foreign", c) }, entra.ErrIdentity},
		"the public key":        {func(c claims, sign signer) string { return sign("HS256", c) }, entra.ErrIdentity},
		"no signature":          {func(c claims, sign signer) string { return sign("none", c) }, entra.ErrIdentity},
		"a changed payload": {func(c claims, sign signer) string {
			parts := strings.Split(sign("RS256", c), ".")
			c["oid"] = strings.Replace(oid, "a", "b", 1)
			return parts[0] + "." + strings.Split(sign("none", c), ".")[1] + "." + parts[2]
		}, entra.ErrIdentity},
		"no token": {func(claims, signer) string { return "" }, entra.ErrIdentity},
		"rubbish":  {func(claims, signer) string { return "a.b.c" }, entra.ErrIdentity},
	} {
		s := newServer()
		s.forge = c.forge
		cl := s.client(t, "organizations", func(a string) error {
			back, _ := s.authorize(t, a)
			follow(t, back.String())
			return nil
		})
		if g, err := cl.SignIn(t.Context(), nil, "", ""); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || err != nil && g.Refresh.Reveal() != "" {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestAnAccountOfAnotherTenantIsRefused(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{tenant: nil, strings.ToUpper(tenant): nil, "contoso.example": nil, "22222222-2222-3333-4444-555555555555": entra.ErrWrongTenant} {
		s := newServer()
		c := s.client(t, want, func(a string) error {
			back, _ := s.authorize(t, a)
			follow(t, back.String())
			return nil
		})
		if _, got := c.SignIn(t.Context(), nil, "", ""); !errors.Is(got, err) || (got == nil) != (err == nil) {
			t.Errorf("%s: got %v, want %v", want, got, err)
		}
	}
}

func TestARefusalInTheBrowserSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query string
		want  error
		code  string
	}{
		{"error=access_denied&error_description=AADSTS65004: User declined CANARY", entra.ErrDeclined, "AADSTS65004"},
		{"error=access_denied&error_subcode=cancel", entra.ErrCancelled, ""},
		{"error=access_denied", entra.ErrDeclined, ""},
		{"error=consent_required&error_description=AADSTS90094: admin", entra.ErrAdminConsent, "AADSTS90094"},
		{"error=consent_required&error_description=AADSTS65001: consent", entra.ErrConsent, "AADSTS65001"},
		{"error=interaction_required&error_description=AADSTS53003: policy", entra.ErrPolicy, "AADSTS53003"},
		{"error=invalid_client&error_description=AADSTS50011: redirect", entra.ErrSetup, "AADSTS50011"},
		{"error=login_required", entra.ErrSignIn, ""},
		{"error=temporarily_unavailable", entra.ErrOffline, ""},
		{"error=server_error&code=x", entra.ErrOffline, ""},
		{"error=<script>&error_description=AADSTS50020: guest", entra.ErrWrongTenant, "AADSTS50020"},
		{"", entra.ErrSetup, ""},
	} {
		s := newServer()
		var page string
		cl := s.client(t, "organizations", func(a string) error {
			back, q := s.authorize(t, a)
			back.RawQuery = strings.ReplaceAll(c.query, " ", "+") + "&state=" + q.Get("state")
			_, _, page = follow(t, back.String())
			return nil
		})
		_, err := cl.SignIn(t.Context(), nil, "", "")
		var e *entra.Error
		if !errors.Is(err, c.want) || !errors.As(err, &e) || e.Code != c.code || s.exchanges() != 0 || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: got %v, want %v", c.query, err, c.want)
		}
		if !strings.Contains(page, "You are not signed in") || strings.Contains(page, "script") {
			t.Errorf("%s: page %s", c.query, page)
		}
	}
}

func TestThePageSpeaksTheUsersLanguage(t *testing.T) {
	t.Parallel()
	s := newServer()
	var page string
	c := s.client(t, "organizations", func(a string) error {
		back, _ := s.authorize(t, a)
		_, _, page = follow(t, back.String())
		return nil
	})
	c.Texts = entra.ClosingPage{Language: "de", Title: "Chatpane", Done: "Sie sind <angemeldet>", DoneTip: "Zurück zu Chatpane."}
	if _, err := c.SignIn(t.Context(), nil, "", ""); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page, `<html lang="de">`) || !strings.Contains(page, "Sie sind &lt;angemeldet&gt;") {
		t.Errorf("page %s", page)
	}
}

func TestACancelledSignInEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer()
	ctx, cancel := context.WithCancel(t.Context())
	c := s.client(t, "organizations", func(string) error {
		cancel()
		return nil
	})
	start := time.Now()
	if _, err := c.SignIn(ctx, nil, "", ""); !errors.Is(err, entra.ErrCancelled) || !errors.Is(err, context.Canceled) || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestASignInWithoutARefreshTokenIsASetupError(t *testing.T) {
	t.Parallel()
	s := newServer()
	s.noToken = true
	c := s.client(t, "organizations", func(a string) error {
		back, _ := s.authorize(t, a)
		follow(t, back.String())
		return nil
	})
	if _, err := c.SignIn(t.Context(), nil, "", ""); !errors.Is(err, entra.ErrSetup) {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationsAreChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]entra.Config{
		"no authority":     {ClientID: clientID},
		"plain http":       {Authority: "http://login.example", ClientID: clientID, AllowLoopbackHTTP: true},
		"loopback refused": {Authority: "http://127.0.0.1:1", ClientID: clientID},
		"refused too":      {Authority: "http://127.0.0.1:1", ClientID: clientID, HTTP: http.DefaultClient},
		"no client":        {Authority: authority},
		"a path as tenant": {Authority: authority, ClientID: clientID, Tenant: "a/../b"},
		"dots as tenant":   {Authority: authority, ClientID: clientID, Tenant: ".."},
	} {
		if _, err := entra.New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	c, err := entra.New(entra.Config{Authority: "http://127.0.0.1:1", ClientID: clientID, AllowLoopbackHTTP: true})
	if err != nil || c.Tenant != "organizations" {
		t.Errorf("loopback: %v", err)
	}
	if got := c.AdminConsentURL("t", []string{"a", "b"}); got != "http://127.0.0.1:1/t/v2.0/adminconsent?client_id="+clientID+"&redirect_uri=http%3A%2F%2Flocalhost&scope=a+b" {
		t.Error(got)
	}
}
