package sandbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

func TestAStrictTenantAsksForConsent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	refresh := text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "refresh_token")
	again := func(scope string) got {
		return r.form("token", "grant_type", "refresh_token", "refresh_token", refresh, "scope", scope)
	}
	r.Knobs.Consent(sandbox.ConsentUser, "Chat.ReadWrite")
	again("Chat.ReadWrite User.Read").oauth("invalid_grant", 65001)
	again("User.Read").want(200)
	if scope := text(again("https://graph.microsoft.com/.default").want(200).json, "scope"); strings.Contains(scope, "Chat.ReadWrite") || !strings.Contains(scope, "Chat.Read") {
		t.Errorf(".default gives %q, want what was agreed to", scope)
	}
	page := r.authorizeURL("sandbox_user", r.me.UPN)
	if g := r.do("GET", page, nil).want(200); !strings.Contains(string(g.body), "Chat.ReadWrite") {
		t.Error("the page does not name the permission")
	}
	if back := r.pick(r.me.UPN, "sandbox_consent", "decline"); back.Get("error") != "access_denied" {
		t.Errorf("declined: got %v", back)
	}
	if back := r.pick(r.me.UPN, "prompt", "none", "login_hint", r.me.UPN); back.Get("error") != "consent_required" {
		t.Errorf("prompt=none: got %v", back)
	}
	if back := r.pick(r.me.UPN, "sandbox_consent", "accept"); back.Get("code") == "" {
		t.Errorf("accepted: got %v", back)
	}
	again("Chat.ReadWrite").want(200)
	if r.pick(r.me.UPN).Get("code") == "" {
		t.Error("the page asks again")
	}
	r.do("GET", r.authorizeURL("sandbox_user", r.as("supervisor").me.UPN), nil).want(200) // who has not agreed
	r.Knobs.Consent(sandbox.ConsentAdmin, "Chat.ReadWrite")
	if back := r.pick(r.me.UPN, "sandbox_consent", "accept"); back.Get("error") != "consent_required" || !strings.Contains(back.Get("error_description"), "AADSTS90094") {
		t.Errorf("an agent in a tenant where administrators agree: got %v", back)
	}
	if back := r.pick(r.as("admin").me.UPN, "sandbox_consent", "accept"); back.Get("code") == "" {
		t.Errorf("an administrator: got %v", back)
	}
}

func TestPermissionsOutsideTheRegistrationWaitForConsent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	refresh := text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "refresh_token")
	again := func(scope string) got {
		return r.form("token", "grant_type", "refresh_token", "refresh_token", refresh, "scope", scope)
	}
	again("Banana.Read").oauth("invalid_scope", 70011)
	again("mail.read").oauth("invalid_grant", 65001)
	if back := r.pick(r.me.UPN, "scope", "Mail.Read"); back.Get("error") != "consent_required" {
		t.Errorf("the page: got %v", back)
	}
	page := r.Origins()["entra"] + "/" + r.TenantID + "/v2.0/adminconsent?client_id=" + r.ClientID + "&state=s&redirect_uri=" + redirect + "&scope=Mail.Read"
	r.do("GET", page+"&sandbox_consent=accept&sandbox_user="+r.as("admin").me.OID, nil).want(302)
	if got := text(again("mail.read").want(200).json, "scope"); got != "Mail.Read" {
		t.Errorf("after consent: got scope %q", got)
	}
	again("Calendars.Read").oauth("invalid_grant", 65001)
}

func TestMissingParametersOfTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for missing, pairs := range map[string][]string{
		"grant_type": {}, "code": {"grant_type", "authorization_code", "redirect_uri", redirect}, "redirect_uri": {"grant_type", "authorization_code", "code", "x"},
		"refresh_token": {"grant_type", "refresh_token"}, "device_code": {"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
	} {
		if g := r.form("token", pairs...).oauth("invalid_request", 900144); !strings.Contains(text(g.json, "error_description"), "'"+missing+"'") {
			t.Errorf("%s: got %s", missing, g.body)
		}
	}
	if g := r.form("devicecode").oauth("invalid_request", 900144); !strings.Contains(text(g.json, "error_description"), "'scope'") {
		t.Errorf("devicecode: got %s", g.body)
	}
}

func TestStepUpAndRevocation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.Origins()["dataverse"] + "/user_impersonation"
	refresh := func(token string, pairs ...string) got {
		return r.form("token", append([]string{"grant_type", "refresh_token", "refresh_token", token}, pairs...)...)
	}
	old := text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "refresh_token")
	r.Knobs.StepUp(r.me.UPN, "dataverse")
	wanted := text(refresh(old, "scope", org).oauth("interaction_required", 50076).json, "claims")
	refresh(old, "scope", org, "claims", wanted).oauth("interaction_required", 50076)
	refresh(old, "scope", "Chat.Read").want(200)
	up := text(r.redeem(r.pick(r.me.UPN, "claims", wanted).Get("code")).want(200).json, "refresh_token")
	r.token = text(refresh(up, "scope", org).want(200).json, "access_token")
	r.do("GET", r.Origins()["dataverse"]+"/api/data/v9.2/WhoAmI", nil).want(200)

	r.clock.Add(time.Minute)
	r.Knobs.Revoke(r.me.UPN)
	if g := r.do("GET", r.Origins()["dataverse"]+"/api/data/v9.2/WhoAmI", nil).want(401); !strings.Contains(g.header.Get("WWW-Authenticate"), "insufficient_claims") {
		t.Errorf("got %v", g.header)
	}
	refresh(up, "scope", org).oauth("invalid_grant", 50173)
	r.clock.Add(time.Second)
	r.token = text(r.redeem(r.pick(r.me.UPN).Get("code")).want(200).json, "access_token")
	r.get("/me").want(200)
	r.as("supervisor").get("/me").want(200)
}

func TestEntraServesTLS(t *testing.T) {
	t.Parallel()
	r := newRig(t, small, realClock)
	server, err := r.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	origin, authority, err := server.SecureEntra("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		t.Fatal("the authority is no certificate")
	}
	get := func(config *tls.Config, host string) (int, error) {
		transport := &http.Transport{TLSClientConfig: config}
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), "GET", origin+"/"+r.TenantID+"/v2.0/.well-known/openid-configuration", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := transport.RoundTrip(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	if status, err := get(&tls.Config{RootCAs: pool}, ""); status != 200 {
		t.Errorf("with the authority: got %d, %v", status, err)
	}
	if status, _ := get(&tls.Config{RootCAs: pool}, "evil.example"); status != 421 {
		t.Errorf("for another host: got %d, want 421", status)
	}
	if status, err := get(&tls.Config{RootCAs: x509.NewCertPool()}, ""); err == nil {
		t.Errorf("without the authority: got %d", status)
	}
	if err := r.Knobs.Offline(true); err != nil {
		t.Fatal(err)
	}
	if _, err := get(&tls.Config{RootCAs: pool}, ""); err == nil {
		t.Error("offline, it answers")
	}
	if _, _, err := server.SecureEntra("0.0.0.0:0"); err == nil {
		t.Error("listens on every address")
	}
}
