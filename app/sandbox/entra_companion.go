package sandbox

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// The seeded registration "Chatpane Companion": a confidential application of
// the company that exposes one delegated scope to the desktop application and
// holds application permissions on Graph. Its tokens are v2: aud is the client
// id, iss ends in /v2.0, azp is the desktop's client id, scp is "chat.join",
// acct is 0 for members and 1 for guests.
const (
	CompanionClientID = "5b1f2c7e-9d3a-4c86-a1e4-0c0ffee0cafe"
	// CompanionSecret is the client secret; TrustCompanionKey registers a
	// certificate's key beside it.
	CompanionSecret = "sandbox~companion~secret~is~no~secret"
	// CompanionScope is what the desktop asks for, one resource per token; the
	// app id URI is api://{CompanionClientID}.
	CompanionScope = "api://" + CompanionClientID + "/chat.join"

	companionObjectID = "c0de1e55-7a3b-4f52-8e0a-5a11ab1e0001" // of its service principal
)

// What an administrator consented to for the companion: application permissions
// on Graph, delegated ones for on-behalf-of.
var (
	companionRoles  = []string{"ChatMember.ReadWrite.All", "Chat.ReadBasic.All", "User.ReadBasic.All"}
	companionScopes = map[string][]string{
		serviceGraph:     {"User.Read", "Chat.ReadBasic"},
		serviceDataverse: {"user_impersonation"}, serviceTraining: {"user_impersonation"}, serviceDiscovery: {"user_impersonation"},
	}
)

// consented are the delegated scopes of a service that an application may get.
func consented(client, service string) []string {
	if client == CompanionClientID {
		return companionScopes[service]
	}
	return knownScopes(service)
}

// companionKeys are the certificates registered for the companion.
type companionKeys struct {
	mu   sync.Mutex // guards the rest
	keys []*rsa.PublicKey
}

// TrustCompanionKey registers the public key of a certificate with the
// companion's registration: client assertions signed by it are accepted.
func (s *Sandbox) TrustCompanionKey(k *rsa.PublicKey) {
	s.logins.companion.mu.Lock()
	defer s.logins.companion.mu.Unlock()
	s.logins.companion.keys = append(s.logins.companion.keys, k)
}

// authenticate proves the client of a token request: a public one must send no
// secret, the confidential one must send its own or a client assertion.
func (s *Sandbox) authenticate(r *http.Request) (client string, e *oauthError) {
	f := r.PostForm
	client, secret := f.Get("client_id"), f.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		id, err := url.QueryUnescape(user)
		pass, err2 := url.QueryUnescape(password)
		if err != nil || err2 != nil || client != "" && client != id {
			return "", &oauthError{code: "invalid_request", number: 900144, text: "The client credentials in the header cannot be read."}
		}
		client, secret = id, pass
	}
	assertion := f.Get("client_assertion")
	switch {
	case client == s.ClientID && secret+assertion != "":
		return "", &oauthError{code: "invalid_client", number: 700025, text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."}
	case client == s.ClientID:
		return client, nil
	case client == "":
		return "", missingParameter("client_id")
	case client != CompanionClientID:
		return "", noClient(client)
	case assertion != "":
		return client, s.checkAssertion(s.here(r), f.Get("client_assertion_type"), assertion)
	case secret == "":
		return "", &oauthError{status: http.StatusUnauthorized, code: "invalid_client", number: 7000218, text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	case subtle.ConstantTimeCompare([]byte(secret), []byte(CompanionSecret)) != 1:
		return "", &oauthError{status: http.StatusUnauthorized, code: "invalid_client", number: 7000215, text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + client + "'."}
	}
	return client, nil
}

// checkAssertion verifies a client assertion (RFC 7523): signed RS256 or PS256
// by a registered key, from and about the client, for this token endpoint, now.
func (s *Sandbox) checkAssertion(at, kind, token string) *oauthError {
	bad := &oauthError{status: http.StatusUnauthorized, code: "invalid_client", number: 700027, text: "The certificate with identifier used to sign the client assertion is not registered on application."}
	if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return missingParameter("client_assertion_type")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return bad
	}
	var head struct {
		Algorithm string `json:"alg"`
	}
	var c struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
	}
	sig, err := raw64.DecodeString(parts[2])
	if err != nil || !readPart(parts[0], &head) || !readPart(parts[1], &c) {
		return bad
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	known := func(k *rsa.PublicKey) bool {
		switch head.Algorithm {
		case "RS256":
			return rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], sig) == nil
		case "PS256":
			return rsa.VerifyPSS(k, crypto.SHA256, sum[:], sig, nil) == nil
		}
		return false
	}
	s.logins.companion.mu.Lock()
	defer s.logins.companion.mu.Unlock()
	if !slices.ContainsFunc(s.logins.companion.keys, known) {
		return bad
	}
	now := s.Now().Unix()
	switch {
	case c.Issuer != CompanionClientID || c.Subject != CompanionClientID:
		return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", number: 700021, text: "Client assertion application identifier does not match 'client_id' parameter."}
	case !strings.HasPrefix(c.Audience, at+"/"):
		return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", number: 700023, text: "Client assertion audience claim does not match Realm issuer."}
	case now >= c.Expires:
		return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", number: 700024, text: "Client assertion is not within its valid time range."}
	}
	return nil
}

func readPart(part string, into any) bool {
	data, err := raw64.DecodeString(part)
	return err == nil && json.Unmarshal(data, into) == nil
}

func missingParameter(name string) *oauthError {
	return &oauthError{code: "invalid_request", number: 900144, text: "The request body must contain the following parameter: '" + name + "'."}
}

// clientCredentials answers the companion in its own name: a token that carries
// roles, no scopes and no person, for one resource's .default.
func (s *Sandbox) clientCredentials(w http.ResponseWriter, tenant, client, scope string) {
	switch fields := strings.Fields(scope); {
	case client != CompanionClientID:
		s.oauthError(w, &oauthError{code: "unauthorized_client", number: 700025, text: "A public client may not use the client credentials grant."})
		return
	case tenant == "common" || tenant == "organizations":
		s.oauthError(w, &oauthError{code: "invalid_request", number: 50059, text: "No tenant-identifying information found in either the request or implied by any provided credentials."})
		return
	case len(fields) != 1 || !strings.HasSuffix(fields[0], "/.default"):
		s.oauthError(w, &oauthError{code: "invalid_scope", number: 1002012, text: "The provided value for scope " + scope + " is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."})
		return
	}
	service, _, e := s.resolve(client, strings.Fields(scope))
	if e == nil {
		e = s.refusal()
	}
	if e != nil {
		s.oauthError(w, e)
		return
	}
	knobs := s.Knobs.signIn()
	var roles []string
	if service == serviceGraph {
		roles = slices.DeleteFunc(slices.Clone(companionRoles), func(n string) bool { return knobs.withheld[n] })
	}
	life := knobs.lifetime()
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": int(life.Seconds()), "ext_expires_in": int(life.Seconds()),
		"access_token": s.appToken(service, roles, life),
	})
}

func (s *Sandbox) appToken(service string, roles []string, life time.Duration) string {
	c := s.baseClaims(s.origin(serviceEntra), service, CompanionClientID, life)
	c.OID, c.Subject, c.Kind, c.Roles = companionObjectID, companionObjectID, "app", roles
	return sign(c)
}

// AppToken makes an application token of the companion for a service ("graph"
// or "dataverse") without asking the token endpoint. With no roles it carries
// those that were consented to.
func (s *Sandbox) AppToken(service string, roles ...string) string {
	if len(roles) == 0 {
		roles = companionRoles
	}
	return s.appToken(service, roles, 24*time.Hour)
}

// Forge signs any header and payload with the sandbox's key, so that tests can
// make tokens that only their content condemns.
func (s *Sandbox) Forge(header, payload string) string {
	return signRaw([]byte(header), []byte(payload))
}

// onBehalfOf trades a user's token for the companion for one for another
// service, with the same person in it.
func (s *Sandbox) onBehalfOf(client string, f url.Values) (*login, *oauthError) {
	var c accessClaims
	token := f.Get("assertion")
	switch {
	case client != CompanionClientID:
		return nil, &oauthError{status: http.StatusUnauthorized, code: "invalid_client", number: 7000218, text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	case token == "":
		return nil, missingParameter("assertion")
	case f.Get("requested_token_use") != "on_behalf_of":
		return nil, missingParameter("requested_token_use")
	case f.Get("scope") == "":
		return nil, missingParameter("scope")
	case strings.Count(token, ".") != 2:
		return nil, &oauthError{code: "invalid_request", number: 50027, text: "JWT token is invalid or malformed."}
	case !verify(token, &c):
		return nil, &oauthError{code: "invalid_grant", number: 50013, text: "Assertion failed signature validation. [Reason - The key was not found.]"}
	case c.Audience != CompanionClientID:
		return nil, &oauthError{code: "invalid_grant", number: 500131, text: "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '" + c.Audience + "' and the expected audience is '" + CompanionClientID + "' or one of the Application Uris of this application."}
	}
	now := s.Now().Unix()
	p := s.byOID[c.OID]
	switch {
	case now >= c.Expires || now < c.NotBefore-300 || c.Generation < s.Knobs.generation():
		return nil, &oauthError{code: "invalid_grant", number: 500133, text: "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token."}
	case c.Kind == "app" || p == nil:
		return nil, &oauthError{code: "invalid_grant", number: 7000114, text: "Application '" + CompanionClientID + "' is not allowed to make application on-behalf-of calls."}
	case c.Tenant != s.TenantID:
		return nil, &oauthError{code: "invalid_grant", number: 50020, text: "The user account does not exist in tenant 'Contoso'."}
	}
	if want := s.Knobs.challengeOf(p.OID); want != "" && c.Challenge != want {
		e := stepUp()
		e.claims = challengeClaims(want)
		return nil, e
	}
	return &login{person: p, client: client, scope: strings.Fields(f.Get("scope")), met: c.Challenge, contexts: c.Contexts}, nil
}
