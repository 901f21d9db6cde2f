package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// missingConsent are the permissions among scopes that nobody has agreed to for
// a person. What ".default" stands for is whatever
// was agreed to, and only missing when that is nothing.
func (s *Sandbox) missingConsent(p *Person, scope []string) []string {
	knobs := s.Knobs.signIn()
	var missing []string
	for _, sc := range scope {
		service, name, ok := s.resource(sc)
		if !ok || service == "" {
			continue
		}
		name, _ = canonical(service, name)
		names := []string{name}
		if name == ".default" {
			names = consented(s.ClientID, service)
			if slices.ContainsFunc(names, func(n string) bool { return !knobs.lacks(p.OID, n) }) {
				continue
			}
		}
		for _, n := range names {
			if knobs.lacks(p.OID, n) {
				missing = append(missing, n)
			}
		}
	}
	return missing
}

// consent settles what is missing before a code is given: nil goes on, else the
// answer was written or the error goes back to the app.
func (s *Sandbox) consent(w http.ResponseWriter, r *http.Request, p *Person, scope []string) (written bool, e *oauthError) {
	missing := s.missingConsent(p, scope)
	if len(missing) == 0 {
		return false, nil
	}
	q := r.URL.Query()
	switch answer := q.Get("sandbox_consent"); {
	case s.Knobs.signIn().consent != ConsentUser && p.Role != "admin":
		return false, needsAdministrator
	case q.Get("prompt") == "none":
		return false, consentMissing
	case answer == "accept":
		s.Knobs.agree(p.OID, missing)
		return false, nil
	case answer != "":
		return false, &oauthError{code: "access_denied", number: 65004, text: "User declined to consent to access the app."}
	}
	s.askConsent(w, r.URL, "Permissions requested", "Chatpane would like to, as "+p.Name+":", missing)
	return true, nil
}

// askConsent shows permissions with the two buttons.
func (s *Sandbox) askConsent(w http.ResponseWriter, u *url.URL, title, text string, permissions []string) {
	s.page(w, "signin", pageData{Title: title, Text: text, Permissions: permissions,
		Accept: withAnswer(u, "sandbox_consent", "accept"), Decline: withAnswer(u, "sandbox_consent", "decline")})
}

// withAnswer repeats a request with an answer in it.
func withAnswer(u *url.URL, key, value string) string {
	q := u.Query()
	q.Set(key, value)
	return u.Path + "?" + q.Encode()
}

// adminConsent plays the page on which an administrator agrees for everybody.
func (s *Sandbox) adminConsent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	failed := func(e *oauthError) {
		w.WriteHeader(http.StatusBadRequest)
		s.page(w, "signin", pageData{Title: "Consent failed", Text: e.description()})
	}
	if e := s.checkAuthorize(r.PathValue("tenant"), q); e != nil {
		failed(e)
		return
	}
	scope := strings.Fields(q.Get("scope"))
	if _, _, e := s.resolve(s.ClientID, scope); e != nil && !e.several {
		failed(e)
		return
	}
	back := func(v url.Values) {
		v.Set("state", q.Get("state"))
		http.Redirect(w, r, withQuery(q.Get("redirect_uri"), v), http.StatusFound)
	}
	switch p := s.person(q.Get("sandbox_user")); {
	case q.Get("sandbox_answer") != "" || q.Get("sandbox_consent") == "decline":
		back(errorQuery("access_denied", "AADSTS65004: The resource owner or authorization server denied the request."))
	case p == nil:
		s.choose(w, r.URL, "Sign in as an administrator", "Only an administrator may agree for everybody at Contoso.")
	case p.Role != "admin":
		failed(&oauthError{number: 90093, text: "This operation can only be performed by an administrator."})
	case q.Get("sandbox_consent") != "accept":
		s.askConsent(w, r.URL, "Permissions requested for everybody", "Chatpane would like to, as anybody at Contoso:", s.permissionsOf(scope))
	default:
		s.Knobs.agreeForAll(s.permissionsOf(scope))
		back(url.Values{"admin_consent": {"True"}, "tenant": {s.TenantID}, "scope": {strings.Join(scope, " ")}})
	}
}

// permissionsOf are the permissions that scopes name; none stands for all.
func (s *Sandbox) permissionsOf(scope []string) []string {
	var out []string
	for _, sc := range scope {
		service, name, _ := s.resource(sc)
		switch {
		case service == "":
		case name == ".default":
			out = append(out, knownScopes(service)...)
		default:
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		out = slices.Concat(knownScopes(serviceGraph), knownScopes(serviceDataverse))
	}
	return out
}
