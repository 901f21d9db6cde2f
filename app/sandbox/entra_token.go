package sandbox

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// token answers the grants of the two applications: code, refresh token and
// device code for the desktop; client credentials and on-behalf-of for the
// companion.
func (s *Sandbox) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := r.ParseForm(); err != nil {
		s.oauthError(w, &oauthError{code: "invalid_request", number: 900144, text: "The request body is not a form."})
		return
	}
	f := r.PostForm
	client, e := s.authenticate(r)
	if e == nil {
		e = missingOf(f)
	}
	var l *login
	switch grant := f.Get("grant_type"); {
	case !s.knownTenant(r.PathValue("tenant")):
		e = noTenant(r.PathValue("tenant"))
	case e != nil:
	case grant == "client_credentials":
		s.clientCredentials(w, r.PathValue("tenant"), client, f.Get("scope"))
		return
	case grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
		l, e = s.onBehalfOf(client, f)
	case client != s.ClientID:
		e = &oauthError{code: "unauthorized_client", number: 700016, text: "The application '" + client + "' does not use this grant."}
	case grant == "authorization_code":
		l, e = s.redeemCode(f.Get("code"), f.Get("redirect_uri"), f.Get("code_verifier"))
	case grant == "refresh_token":
		l, e = s.redeemRefresh(f.Get("refresh_token"))
	case grant == "urn:ietf:params:oauth:grant-type:device_code", grant == "device_code": // MSAL sends the short form
		l, e = s.redeemDevice(f.Get("device_code"))
	default:
		e = &oauthError{code: "unsupported_grant_type", number: 70003, text: "The app requested an unsupported grant type '" + grant + "'."}
	}
	if e != nil {
		s.oauthError(w, e)
		return
	}
	s.grant(w, r, l)
}

// missingOf finds a parameter that a grant needs and that was not sent.
func missingOf(f url.Values) *oauthError {
	need := map[string][]string{"": {"grant_type"}, "authorization_code": {"code", "redirect_uri"}, "refresh_token": {"refresh_token"},
		"urn:ietf:params:oauth:grant-type:device_code": {"device_code"}, "device_code": {"device_code"}}
	for _, name := range need[f.Get("grant_type")] {
		if f.Get(name) == "" {
			return missingParameter(name)
		}
	}
	return nil
}

// redeemCode checks a code, its redirect address and its PKCE verifier. A code
// works once, whether the rest was right or not.
func (s *Sandbox) redeemCode(code, redirect, verifier string) (*login, *oauthError) {
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	l := s.logins.codes[code]
	switch {
	case l == nil:
		return nil, &oauthError{code: "invalid_grant", number: 9002313, text: "Invalid request. Request is malformed or invalid."}
	case l.used:
		return nil, &oauthError{code: "invalid_grant", number: 54005, text: "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."}
	}
	l.used = true
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case s.Now().After(l.expires):
		return nil, &oauthError{code: "invalid_grant", number: 70008, text: "The provided authorization code or refresh token has expired due to inactivity."}
	case redirect != l.redirect:
		return nil, &oauthError{code: "invalid_grant", number: 500112, text: "The reply address does not match the reply address provided when requesting the authorization code."}
	case raw64.EncodeToString(sum[:]) != l.challenge:
		return nil, &oauthError{code: "invalid_grant", number: 50148, text: "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE."}
	}
	return l, nil
}

func (s *Sandbox) redeemRefresh(token string) (*login, *oauthError) {
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	l := s.logins.refresh[token]
	switch {
	case l == nil:
		return nil, &oauthError{code: "invalid_grant", number: 9002313, text: "Invalid request. Request is malformed or invalid."}
	case l.issued.Before(s.Knobs.signIn().revoked[l.person.OID]):
		return nil, &oauthError{code: "invalid_grant", number: 50173, sub: "bad_token", text: "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password."}
	case s.Now().After(l.expires):
		return nil, &oauthError{code: "invalid_grant", number: 700082, text: "The refresh token has expired due to inactivity.", sub: "bad_token"}
	}
	return l, nil
}

// grant writes tokens for one resource. The refresh token is a new one; older
// ones stay valid.
func (s *Sandbox) grant(w http.ResponseWriter, r *http.Request, l *login) {
	f := r.PostForm
	kind := f.Get("grant_type")
	identify := kind != "refresh_token" && kind != "urn:ietf:params:oauth:grant-type:jwt-bearer"
	if e := s.refusal(); e != nil {
		s.oauthError(w, e)
		return
	}
	want := strings.Fields(f.Get("scope"))
	if len(want) == 0 {
		want = s.firstResource(l.scope)
	}
	service, names, e := s.resolve(l.client, want)
	if e != nil {
		s.oauthError(w, e)
		return
	}
	knobs := s.Knobs.signIn()
	if e := s.missingForToken(l, service, want); e != nil {
		s.oauthError(w, e)
		return
	}
	agreed := consented(l.client, service)
	if l.client == s.ClientID {
		agreed = append(agreed, otherScopes()...)
	}
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		return knobs.lacks(l.person.OID, n) || !slices.ContainsFunc(agreed, func(a string) bool { return strings.EqualFold(a, n) })
	})
	if len(names) == 0 {
		s.oauthError(w, consentMissing)
		return
	}
	life := knobs.lifetime()
	asked := readClaims(f.Get("claims"))
	out := map[string]any{
		"token_type": "Bearer", "expires_in": int(life.Seconds()), "ext_expires_in": int(life.Seconds()),
		"scope":        s.scopeText(service, names, want),
		"access_token": s.accessToken(s.here(r), l, service, names, asked.AccessToken.Capability.Values, life, cmp.Or(asked.AccessToken.NotBefore.Value, l.met)),
	}
	if slices.Contains(l.scope, "offline_access") || slices.Contains(want, "offline_access") || kind == "refresh_token" {
		out["refresh_token"] = s.newRefresh(l)
	}
	if identify && slices.Contains(l.scope, "openid") || slices.Contains(want, "openid") {
		out["id_token"] = s.idToken(s.here(r), l, knobs.idToken)
	}
	if f.Get("client_info") == "1" {
		out["client_info"] = s.clientInfo(l.person)
	}
	writeJSON(w, http.StatusOK, out)
}

func (s *Sandbox) newRefresh(l *login) string {
	token := "1.A" + rand.Text() + rand.Text()
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	s.logins.refresh[token] = &login{person: l.person, client: l.client, scope: l.scope, contexts: l.contexts, issued: s.Now(), expires: s.Now().Add(90 * 24 * time.Hour)}
	return token
}

// claimsRequest is the part of a claims parameter that the sandbox reads.
type claimsRequest struct {
	AccessToken struct {
		Capability struct {
			Values []string `json:"values"`
		} `json:"xms_cc"`
		NotBefore struct {
			Value string `json:"value"`
		} `json:"nbf"`
		Context struct {
			Value  string   `json:"value"`
			Values []string `json:"values"`
		} `json:"acrs"`
	} `json:"access_token"`
}

func readClaims(text string) (c claimsRequest) {
	json.Unmarshal([]byte(text), &c) // what is not there is not asked for
	return c
}

// clientInfo is what Microsoft's own clients ask for to name the account.
func (s *Sandbox) clientInfo(p *Person) string {
	return raw64.EncodeToString(fmt.Appendf(nil, `{"uid":"%s","utid":"%s"}`, p.OID, s.TenantID))
}

// subject is who a token is about, a name that is another one for each
// application; the object id is the same everywhere.
func (s *Sandbox) subject(l *login) string {
	sum := sha256.Sum256([]byte(l.person.OID + "/" + l.client))
	return raw64.EncodeToString(sum[:])
}

// contexts are the authentication contexts that are asked for.
func (c claimsRequest) contexts() []string {
	asked := c.AccessToken.Context
	if asked.Value != "" {
		return append(asked.Values, asked.Value)
	}
	return asked.Values
}

// authContext is the authentication context that a step-up asks for.
const authContext = "c1"

// missingForToken is why a person may have no token of a service yet: a step-up
// they did not go through, or permissions that nobody agreed to.
func (s *Sandbox) missingForToken(l *login, service string, want []string) *oauthError {
	if s.Knobs.signIn().stepUps[l.person.OID+" "+service] && !slices.Contains(l.contexts, authContext) {
		return stepUp()
	}
	if len(s.missingConsent(l.person, want)) > 0 {
		return consentMissing
	}
	return nil
}

// idToken says who signed in, with the claims a test wants wrong put wrong.
func (s *Sandbox) idToken(at string, l *login, wrong map[string]any) string {
	now := s.Now()
	claims := map[string]any{
		"aud": s.ClientID, "iss": s.issuer(at), "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"name": l.person.Name, "oid": l.person.OID, "preferred_username": l.person.UPN, "sub": s.subject(l),
		"tid": s.TenantID, "ver": "2.0",
	}
	if l.nonce != "" {
		claims["nonce"] = l.nonce
	}
	maps.Copy(claims, wrong)
	delete(claims, "sig")
	token := sign(claims)
	if wrong["sig"] != nil {
		cut := strings.LastIndexByte(token, '.')
		token = token[:cut+1] + raw64.EncodeToString(make([]byte, 256))
	}
	return token
}
