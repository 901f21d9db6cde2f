package sandbox_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	verifier = "a-verifier-that-is-long-enough-for-the-standard-0123456789"
	redirect = "http://localhost:49152/"
)

// authorizeURL is what an app opens in the browser; change adjusts it.
func (r rig) authorizeURL(change ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {r.ClientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "state": {"s1"}, "nonce": {"n1"},
		"scope":          {"openid profile offline_access Chat.ReadWrite User.Read " + r.Origins()["dataverse"] + "/user_impersonation"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	return r.Origins()["entra"] + "/organizations/oauth2/v2.0/authorize?" + q.Encode()
}

// pick signs a person in at the page and returns what the redirect carries.
func (r rig) pick(who string, change ...string) url.Values {
	r.t.Helper()
	to, err := r.PickUser(r.authorizeURL(change...), who)
	if err != nil {
		r.t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, redirect) {
		r.t.Fatalf("got redirect %s", to)
	}
	return u.Query()
}

// form posts to an endpoint of Entra; pairs are names and values.
func (r rig) form(endpoint string, pairs ...string) got {
	r.t.Helper()
	f := url.Values{"client_id": {r.ClientID}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	r.token = ""
	return r.do("POST", r.Origins()["entra"]+"/"+r.TenantID+"/oauth2/v2.0/"+endpoint, f.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (r rig) redeem(code string, pairs ...string) got {
	r.t.Helper()
	return r.form("token", append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", redirect, "code_verifier", verifier}, pairs...)...)
}

// claims checks an ID token's signature against the published keys.
func (r rig) claims(token string) (map[string]any, bool) {
	r.t.Helper()
	keys := r.do("GET", r.Origins()["entra"]+"/common/discovery/v2.0/keys", nil).want(200)
	key := keys.json["keys"].([]any)[0].(map[string]any)
	n, err := base64.RawURLEncoding.DecodeString(key["n"].(string))
	if err != nil {
		r.t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		r.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	good := rsa.VerifyPKCS1v15(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, crypto.SHA256, sum[:], sig) == nil
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		r.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(payload, &out); err != nil {
		r.t.Fatal(err)
	}
	return out, good
}

func (g got) oauth(code string, number int) got {
	g.t.Helper()
	g.want(http.StatusBadRequest)
	numbers, _ := g.json["error_codes"].([]any)
	if text(g.json, "error") != code || len(numbers) != 1 || numbers[0] != float64(number) ||
		!strings.HasPrefix(text(g.json, "error_description"), fmt.Sprintf("AADSTS%d: ", number)) || text(g.json, "correlation_id") == "" {
		g.t.Fatalf("%s: got %s, want %s with AADSTS%d", g.what, g.body, code, number)
	}
	return g
}

func TestSignInWithCodeAndPKCE(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	meta := r.do("GET", r.Origins()["entra"]+"/"+r.TenantID+"/v2.0/.well-known/openid-configuration", nil).want(200)
	back := r.pick(r.me.UPN)
	if back.Get("state") != "s1" || back.Get("code") == "" {
		t.Fatalf("got %v", back)
	}
	g := r.redeem(back.Get("code"), "scope", "Chat.ReadWrite User.Read openid").want(200)
	if text(g.json, "scope") != "Chat.ReadWrite User.Read openid" || text(g.json, "token_type") != "Bearer" || text(g.json, "refresh_token") == "" || g.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s", g.body)
	}
	id, good := r.claims(text(g.json, "id_token"))
	for claim, want := range map[string]any{"iss": meta.json["issuer"], "aud": r.ClientID, "tid": r.TenantID, "oid": r.me.OID, "nonce": "n1", "preferred_username": r.me.UPN, "name": r.me.Name} {
		if id[claim] != want {
			t.Errorf("claim %s: got %v, want %v", claim, id[claim], want)
		}
	}
	if !good {
		t.Error("the signature does not fit the published key")
	}
	r.token = text(g.json, "access_token")
	r.get("/me").want(200)
	r.get("/chats/" + escape(r.chat("group")) + "/members").want(200)
	r.do("POST", "/communications/getPresencesByUserId", map[string]any{"ids": []string{r.me.OID}}).refused(403, "Forbidden", "Presence.Read.All")
	r.redeem(back.Get("code")).oauth("invalid_grant", 54005)
}

func TestOneRefreshTokenServesSeveralResources(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.redeem(r.pick(r.me.UPN).Get("code")).want(200)
	if scope := text(first.json, "scope"); !strings.HasPrefix(scope, "Chat.ReadWrite User.Read") || strings.Contains(scope, "user_impersonation") {
		t.Errorf("without a scope: got %q, want the first resource", scope)
	}
	old := text(first.json, "refresh_token")
	refresh := func(token string, pairs ...string) got {
		return r.form("token", append([]string{"grant_type", "refresh_token", "refresh_token", token}, pairs...)...)
	}
	org := r.Origins()["dataverse"]
	second := refresh(old, "scope", org+"/user_impersonation").want(200)
	if text(second.json, "scope") != org+"/user_impersonation" || text(second.json, "refresh_token") == old {
		t.Errorf("got %s", second.body)
	}
	refresh(old, "scope", "https://graph.microsoft.com/.default").want(200)
	refresh(text(second.json, "refresh_token"), "scope", "Chat.Read offline_access").want(200)
	refresh(old, "scope", "Chat.Read "+org+"/user_impersonation").oauth("invalid_scope", 28000)
	refresh(old, "scope", "https://other.example/.default").oauth("invalid_resource", 500011)
	refresh(old, "scope", "Chat.Banana").oauth("invalid_scope", 70011)
	refresh("1.Aforged").oauth("invalid_grant", 9002313)
	r.clock.Add(91 * 24 * time.Hour)
	refresh(old).oauth("invalid_grant", 700082)
}

func TestTokenEndpointRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	code := func() string { return r.pick(r.me.UPN).Get("code") }
	r.redeem(code(), "code_verifier", "wrong").oauth("invalid_grant", 50148)
	r.redeem(code(), "redirect_uri", "http://localhost:1/").oauth("invalid_grant", 500112)
	r.redeem(code(), "client_id", "other").oauth("unauthorized_client", 700016)
	r.redeem(code(), "client_secret", "x").oauth("invalid_client", 700025)
	r.redeem("none").oauth("invalid_grant", 9002313)
	r.form("token", "grant_type", "password").oauth("unsupported_grant_type", 70003)
	late := code()
	r.clock.Add(11 * time.Minute)
	r.redeem(late).oauth("invalid_grant", 70008)
	r.do("POST", r.Origins()["entra"]+"/other.example/oauth2/v2.0/token", "client_id="+r.ClientID, "Content-Type", "application/x-www-form-urlencoded").oauth("invalid_request", 90002)
}

func TestAuthorizeChecksTheRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, uri := range []string{"http://127.0.0.1:5/", "http://localhost:5/callback", "https://localhost:5/", "http://localhost.evil.example/", "http://localhost:5/?x=1", "http://u@localhost/", ""} {
		if g := r.do("GET", r.authorizeURL("redirect_uri", uri), nil); g.status != 400 || !strings.Contains(string(g.body), "AADSTS50011") {
			t.Errorf("redirect %q: got status %d", uri, g.status)
		}
	}
	for _, uri := range []string{"http://localhost:5", "http://localhost", "http://localhost:65535/"} {
		r.do("GET", r.authorizeURL("redirect_uri", uri), nil).want(200)
	}
	r.do("GET", r.authorizeURL("client_id", "other"), nil).want(400)
	for name, c := range map[string]struct{ key, value, want string }{
		"no PKCE":            {"code_challenge", "", "invalid_request"},
		"plain PKCE":         {"code_challenge_method", "plain", "invalid_request"},
		"the implicit grant": {"response_type", "token", "unsupported_response_type"},
		"an unknown scope":   {"scope", "Chat.Banana", "invalid_scope"},
		"no scope":           {"scope", "", "invalid_request"},
	} {
		if back := r.pick(r.me.UPN, c.key, c.value); back.Get("error") != c.want || back.Get("state") != "s1" || back.Get("code") != "" {
			t.Errorf("%s: got %v, want %s", name, back, c.want)
		}
	}
	if back := r.pick("cancel"); back.Get("error") != "access_denied" || back.Get("error_subcode") != "cancel" {
		t.Errorf("cancel: got %v", back)
	}
	if back := r.pick("deny"); back.Get("error") != "access_denied" || !strings.Contains(back.Get("error_description"), "AADSTS65004") {
		t.Errorf("deny: got %v", back)
	}
	silent := r.do("GET", r.authorizeURL("prompt", "none", "login_hint", r.me.UPN), nil).want(302)
	if !strings.Contains(silent.header.Get("Location"), "code=") {
		t.Errorf("silent sign-in: got %s", silent.header.Get("Location"))
	}
	lost := r.do("GET", r.authorizeURL("prompt", "none"), nil).want(302)
	if !strings.Contains(lost.header.Get("Location"), "login_required") {
		t.Errorf("silent sign-in without a hint: got %s", lost.header.Get("Location"))
	}
}

func TestPageListsEverybodyAndEscapes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.do("GET", r.authorizeURL("state", `"><script>x</script>`), nil).want(200)
	for _, p := range r.People {
		if !strings.Contains(string(g.body), p.Name) {
			t.Errorf("%s is not on the page", p.Name)
		}
	}
	for _, word := range []string{"Cancel", "Deny"} {
		if !strings.Contains(string(g.body), ">"+word+"</a>") {
			t.Errorf("no %s on the page", word)
		}
	}
	if strings.Contains(string(g.body), "<script") || !strings.Contains(g.header.Get("Content-Security-Policy"), "default-src 'none'") || g.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the page is not safe: %v", g.header)
	}
}

func TestWrongIDTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for claim, value := range map[string]any{"iss": "https://evil.example", "aud": "other", "tid": "other", "oid": "other", "nonce": "n2", "exp": 1000.0} {
		r.Knobs.IDToken(claim, value)
		id, good := r.claims(text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "id_token"))
		if id[claim] != value || !good {
			t.Errorf("%s: got %v, signature good: %v", claim, id[claim], good)
		}
	}
	r.Knobs.IDToken("sig", true)
	if _, good := r.claims(text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "id_token")); good {
		t.Error("the signature is good")
	}
	r.Knobs.Reset()
	if id, good := r.claims(text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "id_token")); !good || id["nonce"] != "n1" {
		t.Error("after Reset the token is still wrong")
	}
}

func TestRefusedSignIns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	refresh := text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "refresh_token")
	for _, c := range []struct {
		number            string
		code, sub, onPage string
		n                 int
	}{
		{"65001", "invalid_grant", "consent_required", "consent_required", 65001},
		{"90094", "invalid_grant", "consent_required", "consent_required", 90094},
		{"53003", "invalid_grant", "message_only", "access_denied", 53003},
		{"50076", "interaction_required", "basic_action", "interaction_required", 50076},
		{"70043", "invalid_grant", "bad_token", "interaction_required", 70043},
	} {
		r.Knobs.RefuseSignIn(c.number)
		g := r.form("token", "grant_type", "refresh_token", "refresh_token", refresh).oauth(c.code, c.n)
		if text(g.json, "suberror") != c.sub {
			t.Errorf("%s: got suberror %q, want %q", c.number, text(g.json, "suberror"), c.sub)
		}
		if back := r.pick(r.me.UPN); back.Get("error") != c.onPage {
			t.Errorf("%s at the page: got %v, want %s", c.number, back, c.onPage)
		}
	}
	r.Knobs.RefuseSignIn("")
	r.Knobs.Withhold("Chat.ReadWrite")
	r.form("token", "grant_type", "refresh_token", "refresh_token", refresh, "scope", "Chat.ReadWrite User.Read").oauth("invalid_grant", 65001)
	if back := r.pick(r.me.UPN); back.Get("error") != "consent_required" || !strings.Contains(back.Get("error_description"), "AADSTS90094") {
		t.Errorf("the page: got %v, want that an administrator must agree", back)
	}
	r.form("token", "grant_type", "refresh_token", "refresh_token", refresh, "scope", "Chat.ReadWrite").oauth("invalid_grant", 65001)
	page := r.Origins()["entra"] + "/" + r.TenantID + "/v2.0/adminconsent?client_id=" + r.ClientID + "&state=s&redirect_uri=" + url.QueryEscape(redirect)
	r.do("GET", page, nil).want(200)
	r.do("GET", page+"&sandbox_consent=accept&sandbox_user="+r.me.OID, nil).want(400)
	consent := r.do("GET", page+"&sandbox_consent=accept&sandbox_user="+r.as("admin").me.OID, nil).want(302)
	if !strings.Contains(consent.header.Get("Location"), "admin_consent=True") {
		t.Errorf("got %s", consent.header.Get("Location"))
	}
	r.form("token", "grant_type", "refresh_token", "refresh_token", refresh, "scope", "Chat.ReadWrite").want(200)
}

func TestExpiredTokensAndClaimsChallenge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	refresh := text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "refresh_token")
	fresh := func(pairs ...string) string {
		return text(r.form("token", append([]string{"grant_type", "refresh_token", "refresh_token", refresh}, pairs...)...).want(200).json, "access_token")
	}
	r.token = fresh()
	r.clock.Add(59 * time.Minute)
	r.get("/me").want(200)
	r.clock.Add(2 * time.Minute)
	r.get("/me").refused(401, "InvalidAuthenticationToken", "expired")
	r.token = fresh()
	r.Knobs.ExpireTokens()
	r.get("/me").refused(401, "InvalidAuthenticationToken", "expired")
	r.token = fresh()
	r.Knobs.ClaimsChallenge(r.me.UPN)
	g := r.get("/me").refused(401, "InvalidAuthenticationToken", "Continuous access evaluation")
	challenge := g.header.Get("WWW-Authenticate")
	_, after, _ := strings.Cut(challenge, `claims="`)
	coded, _, _ := strings.Cut(after, `"`)
	claims, err := base64.StdEncoding.DecodeString(coded)
	if err != nil || !strings.Contains(challenge, `error="insufficient_claims"`) {
		t.Fatalf("got challenge %s", challenge)
	}
	r.token = fresh()
	r.get("/me").want(401)
	r.token = fresh("claims", string(claims))
	r.get("/me").want(200)
	r.as("supervisor").get("/me").want(200)
}

func TestDeviceCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	start := func() got {
		return r.form("devicecode", "scope", "openid offline_access Chat.ReadWrite").want(200)
	}
	poll := func(g got) got {
		return r.form("token", "grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", text(g.json, "device_code"))
	}
	g := start()
	if g.json["interval"] != 5.0 || g.json["expires_in"] != 900.0 || !strings.HasPrefix(text(g.json, "verification_uri"), r.Origins()["entra"]) {
		t.Errorf("got %s", g.body)
	}
	poll(g).oauth("authorization_pending", 70016)
	poll(g).oauth("slow_down", 70021)
	r.clock.Add(5 * time.Second)
	poll(g).oauth("authorization_pending", 70016)
	if err := r.ApproveDevice(text(g.json, "user_code"), r.me.UPN); err != nil {
		t.Fatal(err)
	}
	done := poll(g).want(200)
	if id, _ := r.claims(text(done.json, "id_token")); id["oid"] != r.me.OID || text(done.json, "refresh_token") == "" {
		t.Errorf("got %s", done.body)
	}
	poll(g).oauth("bad_verification_code", 70018)

	declined := start()
	if err := r.ApproveDevice(text(declined.json, "user_code"), ""); err != nil {
		t.Fatal(err)
	}
	poll(declined).oauth("authorization_declined", 70017)
	late := start()
	r.clock.Add(16 * time.Minute)
	poll(late).oauth("expired_token", 70020)
	if err := r.ApproveDevice(text(late.json, "user_code"), r.me.UPN); err == nil {
		t.Error("an expired code was approved")
	}
	r.Knobs.DeviceURI("https://evil.example/device")
	if uri := text(start().json, "verification_uri"); uri != "https://evil.example/device" {
		t.Errorf("got %s", uri)
	}
}

func TestDevicePageApproves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	code := text(r.form("devicecode", "scope", "Chat.ReadWrite").want(200).json, "user_code")
	page := r.Origins()["entra"] + "/common/oauth2/deviceauth"
	for address, want := range map[string]string{
		page: "Enter code", page + "?code=" + code: r.People[5].Name, page + "?code=none&sandbox_user=" + r.me.OID: "not known",
	} {
		if g := r.do("GET", address, nil); !strings.Contains(string(g.body), want) {
			t.Errorf("%s: no %q on the page", address, want)
		}
	}
	res, err := r.client.Get(page + "?code=" + code + "&sandbox_user=" + r.me.OID)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(body), "Done") {
		t.Errorf("got %s, %v", body, err)
	}
}
