package sandbox

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// logins is what Entra remembers between requests.
type logins struct {
	mu      sync.Mutex // guards the rest
	codes   map[string]*login
	refresh map[string]*login
	devices map[string]*device // by device code

	companion companionKeys
}

// login is one sign-in on its way, or one that refresh tokens stand for.
type login struct {
	person    *Person
	client    string
	redirect  string
	challenge string // PKCE, S256
	nonce     string
	scope     []string
	expires   time.Time // of the code
	used      bool
	issued    time.Time // of the refresh token
	met       string    // the claims challenge that an on-behalf-of assertion satisfied
	contexts  []string  // authentication contexts that the person went through
}

func newLogins() *logins {
	return &logins{codes: map[string]*login{}, refresh: map[string]*login{}, devices: map[string]*device{}}
}

func (s *Sandbox) entra() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.openidConfiguration)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, keySet()) })
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", s.authorizePage)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/devicecode", s.deviceCode)
	mux.HandleFunc("GET /{tenant}/oauth2/deviceauth", s.devicePage)
	mux.HandleFunc("GET /{tenant}/v2.0/adminconsent", s.adminConsent)
	return mux
}

// knownTenant reports whether a path names our tenant or leaves it open.
func (s *Sandbox) knownTenant(name string) bool {
	return slices.Contains([]string{s.TenantID, domain, "organizations", "common"}, name)
}

func (s *Sandbox) openidConfiguration(w http.ResponseWriter, r *http.Request) {
	tenant := r.PathValue("tenant")
	if !s.knownTenant(tenant) {
		s.oauthError(w, noTenant(tenant))
		return
	}
	base := s.here(r) + "/" + tenant
	issuer := s.issuer(s.here(r))
	if tenant == "organizations" || tenant == "common" {
		issuer = s.here(r) + "/{tenantid}/v2.0"
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": issuer, "jwks_uri": base + "/discovery/v2.0/keys",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         base + "/oauth2/v2.0/devicecode",
		"response_modes_supported":              []string{"query"},
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"request_uri_parameter_supported":       false, "http_logout_supported": true, "frontchannel_logout_supported": true,
		"code_challenge_methods_supported": []string{"S256"},
		"cloud_instance_name":              "sandbox.test", "tenant_region_scope": nil,
		"claims_supported": []string{"sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "oid"},
	})
}

// authorizePage shows the users to choose from. With a chosen user, or with
// prompt=none and a login_hint or a person who signed in with this browser
// before, it sends the browser back at once.
func (s *Sandbox) authorizePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if e := s.checkAuthorize(r.PathValue("tenant"), q); e != nil {
		w.WriteHeader(http.StatusBadRequest)
		s.page(w, "signin", pageData{Title: "Sign-in failed", Text: e.description()})
		return
	}
	back := func(v url.Values) {
		if q.Get("state") != "" {
			v.Set("state", q.Get("state"))
		}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, withQuery(q.Get("redirect_uri"), v), http.StatusFound)
	}
	answer := q.Get("sandbox_answer")
	person := s.person(q.Get("sandbox_user"))
	if q.Get("prompt") == "none" && answer == "" {
		if person = s.person(cmp.Or(q.Get("login_hint"), sessionOf(r))); person == nil {
			back(errorQuery("login_required", "AADSTS50058: A silent sign-in request was sent but no user is signed in."))
			return
		}
	}
	if picked := s.person(q.Get("sandbox_user")); picked != nil {
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: picked.OID, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	if e := s.checkRequest(q); e != nil {
		back(errorQuery(e.code, e.description()))
		return
	}
	switch {
	case answer == "cancel":
		v := errorQuery("access_denied", "AADSTS50126: The user canceled the sign-in.")
		v.Set("error_subcode", "cancel")
		back(v)
	case answer == "deny":
		back(errorQuery("access_denied", "AADSTS65004: User declined to consent to access the app."))
	case person != nil:
		if e := s.refusal(); e != nil {
			back(errorQuery(authorizeCode(e), e.description()))
			return
		}
		written, e := s.consent(w, r, person, strings.Fields(q.Get("scope")))
		switch {
		case e != nil:
			back(errorQuery(authorizeCode(e), e.description()))
		case !written:
			v := url.Values{"code": {s.issueCode(person, q)}, "session_state": {requestID()}}
			if q.Get("client_info") == "1" {
				v.Set("client_info", s.clientInfo(person))
			}
			back(v)
		}
	default:
		s.choose(w, r.URL, "Sign in to the sandbox", "Choose who you are. No password is asked: nobody here is real.")
	}
}

// sessionCookie keeps who signed in at the page, for prompt=none.
const sessionCookie = "sandbox_session"

// sessionOf is who the browser signed in as before, "" nobody.
func sessionOf(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// checkAuthorize finds what must not be sent back to the redirect address.
func (s *Sandbox) checkAuthorize(tenant string, q url.Values) *oauthError {
	switch {
	case !s.knownTenant(tenant):
		return noTenant(tenant)
	case q.Get("client_id") != s.ClientID:
		return noClient(q.Get("client_id"))
	case !registered(q.Get("redirect_uri")):
		return &oauthError{code: "invalid_request", number: 50011, text: "The redirect URI '" + q.Get("redirect_uri") + "' specified in the request does not match the redirect URIs configured for the application."}
	}
	return nil
}

// checkRequest finds what the client hears through the redirect.
func (s *Sandbox) checkRequest(q url.Values) *oauthError {
	scope := strings.Fields(q.Get("scope"))
	switch {
	case q.Get("response_type") != "code":
		return &oauthError{code: "unsupported_response_type", number: 700054, text: "response_type '" + q.Get("response_type") + "' is not enabled for the application."}
	case q.Get("response_mode") != "" && q.Get("response_mode") != "query":
		return &oauthError{code: "invalid_request", number: 900561, text: "This response_mode is not served."}
	case len(scope) == 0:
		return missingParameter("scope")
	case !slices.Contains([]string{"", "none", "login", "consent", "select_account", "create"}, q.Get("prompt")):
		return &oauthError{code: "invalid_request", number: 90023, text: "Unsupported 'prompt' value."}
	case q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256":
		return &oauthError{code: "invalid_request", number: 9002325, text: "Proof Key for Code Exchange is required for cross-origin authorization code redemption."}
	}
	_, _, e := s.resolve(s.ClientID, scope)
	if e != nil && e.several {
		return nil // several resources may be consented to at once
	}
	return e
}

// registered reports whether a redirect address matches "http://localhost",
// which is what a desktop app registers: the port is ignored, the path is not.
func registered(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Scheme == "http" && u.Hostname() == "localhost" && (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

func withQuery(uri string, v url.Values) string {
	u, _ := url.Parse(uri) // checked by registered
	if u.Path == "" {
		u.Path = "/"
	}
	u.RawQuery = v.Encode()
	return u.String()
}

func errorQuery(code, description string) url.Values {
	return url.Values{"error": {code}, "error_description": {description}}
}

func (s *Sandbox) issueCode(p *Person, q url.Values) string {
	code := "0.A" + rand.Text() + rand.Text()
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	s.logins.codes[code] = &login{
		person: p, client: q.Get("client_id"), redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"),
		nonce: q.Get("nonce"), scope: strings.Fields(q.Get("scope")), expires: s.Now().Add(10 * time.Minute),
		contexts: readClaims(q.Get("claims")).contexts(),
	}
	return code
}

// PickUser does what a person does in the browser: opens an authorize address,
// chooses somebody (UPN or object id), accepts what a strict tenant asks consent
// for, and returns where the browser is sent.
// "cancel" and "deny" press those buttons. With prompt=none it is whoever signed
// in with this browser before, which who did.
func (s *Sandbox) PickUser(authorizeURL, who string) (string, error) {
	u, err := url.Parse(authorizeURL)
	if err != nil {
		return "", fmt.Errorf("read the authorize address: %w", err)
	}
	q := u.Query()
	if who == "cancel" || who == "deny" {
		q.Set("sandbox_answer", who)
	} else {
		q.Set("sandbox_user", who)
		if !q.Has("sandbox_consent") {
			q.Set("sandbox_consent", "accept")
		}
	}
	u.RawQuery = q.Encode()
	r, err := http.NewRequest(http.MethodGet, u.String(), nil)
	if err != nil {
		return "", fmt.Errorf("open the authorize page: %w", err)
	}
	if p := s.person(who); p != nil && q.Get("prompt") == "none" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: p.OID})
	}
	res, err := s.Transport().RoundTrip(r)
	if err != nil {
		return "", fmt.Errorf("open the authorize page: %w", err)
	}
	if res.StatusCode != http.StatusFound {
		return "", fmt.Errorf("choose %s at the authorize page: status %d", who, res.StatusCode)
	}
	return res.Header.Get("Location"), nil
}
