package sandbox_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

const (
	grantOBO    = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantClient = "client_credentials"
)

// companion posts to the token endpoint as the companion does.
func (r rig) companion(pairs ...string) got {
	r.t.Helper()
	return r.form("token", append([]string{"client_id", sandbox.CompanionClientID, "client_secret", sandbox.CompanionSecret}, pairs...)...)
}

func TestTheDesktopGetsATokenForTheCompanion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.redeem(r.pick(r.me.UPN).Get("code")).want(200)
	g := r.form("token", "grant_type", "refresh_token", "refresh_token", text(first.json, "refresh_token"), "scope", sandbox.CompanionScope).want(200)
	if text(g.json, "scope") != sandbox.CompanionScope {
		t.Errorf("got scope %q", text(g.json, "scope"))
	}
	c, good := r.claims(text(g.json, "access_token"))
	for claim, want := range map[string]any{"aud": sandbox.CompanionClientID, "azp": r.ClientID, "azpacr": "0", "scp": "chat.join", "oid": r.me.OID,
		"tid": r.TenantID, "ver": "2.0", "iss": r.Origins()["entra"] + "/" + r.TenantID + "/v2.0", "acct": 0.0, "idtyp": nil, "appid": nil} {
		if c[claim] != want {
			t.Errorf("claim %s: got %v, want %v", claim, c[claim], want)
		}
	}
	if !good {
		t.Error("the signature does not fit the published key")
	}
	r.token = text(g.json, "access_token")
	r.get("/me").refused(401, "InvalidAuthenticationToken", "audience")
	guest := r.as("guest")
	if c, _ := r.claims(r.Token(guest.me.OID, "companion")); c["acct"] != 1.0 {
		t.Errorf("a guest's acct is %v, want 1", c["acct"])
	}
	r.form("token", "grant_type", "refresh_token", "refresh_token", text(first.json, "refresh_token"), "scope", sandbox.CompanionScope+" Chat.Read").oauth("invalid_scope", 28000)
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.companion("grant_type", grantClient, "scope", "https://graph.microsoft.com/.default").want(200)
	c, _ := r.claims(text(g.json, "access_token"))
	roles, _ := c["roles"].([]any)
	if !slices.Contains(roles, any("ChatMember.ReadWrite.All")) || c["scp"] != nil || c["idtyp"] != "app" || c["appid"] != sandbox.CompanionClientID || c["upn"] != nil || c["aud"] != r.Origins()["graph"] {
		t.Errorf("got %v", c)
	}
	if g.json["refresh_token"] != nil || g.json["id_token"] != nil {
		t.Errorf("got %s", g.body)
	}
	r.token = text(g.json, "access_token")
	r.get("/me").want(400) // "/me request is only valid with delegated authentication flow."
	r.companion("grant_type", grantClient, "scope", "https://graph.microsoft.com/Chat.Read").oauth("invalid_scope", 1002012)
	r.companion("grant_type", grantClient).oauth("invalid_scope", 1002012)
	r.form("token", "grant_type", grantClient, "scope", "https://graph.microsoft.com/.default").oauth("unauthorized_client", 700025)
	refused := func(want int, pairs ...string) {
		t.Helper()
		g := r.companion(append([]string{"grant_type", grantClient, "scope", "https://graph.microsoft.com/.default"}, pairs...)...)
		numbers, _ := g.json["error_codes"].([]any)
		if g.status != 401 || text(g.json, "error") != "invalid_client" || len(numbers) != 1 || numbers[0] != float64(want) {
			t.Errorf("%v: got %d %s, want AADSTS%d", pairs, g.status, g.body, want)
		}
	}
	refused(7000215, "client_secret", "wrong")
	refused(7000218, "client_secret", "")
	r.companion("grant_type", "refresh_token", "refresh_token", "x").oauth("unauthorized_client", 700016)
}

func TestACertificateProvesTheCompanion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	assertion := func(issuer, audience string, expires time.Time) string {
		enc := base64.RawURLEncoding
		head := enc.EncodeToString([]byte(`{"alg":"PS256","typ":"JWT"}`)) + "." + enc.EncodeToString(fmt.Appendf(nil, `{"iss":%q,"sub":%q,"aud":%q,"exp":%d,"jti":"1"}`, issuer, issuer, audience, expires.Unix()))
		sum := sha256.Sum256([]byte(head))
		sig, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], nil)
		if err != nil {
			t.Fatal(err)
		}
		return head + "." + enc.EncodeToString(sig)
	}
	ask := func(assertion string) got {
		return r.form("token", "client_id", sandbox.CompanionClientID, "grant_type", grantClient, "scope", "https://graph.microsoft.com/.default",
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", assertion)
	}
	at := r.Origins()["entra"] + "/" + r.TenantID + "/oauth2/v2.0/token"
	now := r.Now()
	ask(assertion(sandbox.CompanionClientID, at, now.Add(time.Minute))).want(401)
	r.TrustCompanionKey(&key.PublicKey)
	ask(assertion(sandbox.CompanionClientID, at, now.Add(time.Minute))).want(200)
	ask(assertion("other", at, now.Add(time.Minute))).want(401)
	ask(assertion(sandbox.CompanionClientID, "https://elsewhere.example/token", now.Add(time.Minute))).want(401)
	ask(assertion(sandbox.CompanionClientID, at, now.Add(-time.Minute))).want(401)
	ask("a.b.c").want(401)
}

func TestOnBehalfOf(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.Origins()["dataverse"]
	exchange := func(assertion string, pairs ...string) got {
		t.Helper()
		return r.companion(append([]string{"grant_type", grantOBO, "assertion", assertion, "requested_token_use", "on_behalf_of", "scope", org + "/.default"}, pairs...)...)
	}
	mine := r.Token(r.me.OID, "companion")
	g := exchange(mine).want(200)
	c, _ := r.claims(text(g.json, "access_token"))
	if c["oid"] != r.me.OID || c["appid"] != sandbox.CompanionClientID || c["scp"] != "user_impersonation" || c["aud"] != org || g.json["refresh_token"] != nil {
		t.Errorf("got %v in %s", c, g.body)
	}
	r.token = text(g.json, "access_token")
	r.do("GET", org+"/api/data/v9.2/WhoAmI", nil).want(200)
	if g := exchange(mine, "scope", org+"/.default offline_access").want(200); text(g.json, "refresh_token") == "" {
		t.Error("offline_access gave no refresh token")
	}
	exchange(mine, "scope", "https://graph.microsoft.com/Chat.ReadBasic").want(200)
	exchange(mine, "scope", "https://graph.microsoft.com/Chat.ReadWrite").oauth("invalid_grant", 65001)
	exchange(mine, "scope", "").oauth("invalid_request", 900144)
	exchange(mine, "requested_token_use", "").oauth("invalid_request", 900144)
	exchange("").oauth("invalid_request", 900144)
	exchange("x").oauth("invalid_request", 50027)
	exchange(mine+"A").oauth("invalid_grant", 50013)
	exchange(r.Token(r.me.OID, "graph")).oauth("invalid_grant", 500131)
	exchange(r.AppToken("companion")).oauth("invalid_grant", 7000114)
	r.form("token", "grant_type", grantOBO, "assertion", mine, "requested_token_use", "on_behalf_of", "scope", org+"/.default").want(401)
	r.Knobs.ClaimsChallenge(r.me.UPN)
	if g := exchange(mine).oauth("interaction_required", 50076); text(g.json, "claims") == "" {
		t.Errorf("got %s, want claims to pass on", g.body)
	}
	met := exchange(r.Token(r.me.OID, "companion")).want(200)
	r.token = text(met.json, "access_token")
	r.do("GET", org+"/api/data/v9.2/WhoAmI", nil).want(200)
	r.clock.Add(25 * time.Hour)
	exchange(mine).oauth("invalid_grant", 500133)
}
