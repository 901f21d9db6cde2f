package sandbox

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// device is a sign-in with a code on another machine.
type device struct {
	userCode string
	scope    []string
	expires  time.Time
	polled   time.Time
	person   *Person
	declined bool
}

const pollInterval = 5 * time.Second

// deviceCode starts a device code sign-in.
func (s *Sandbox) deviceCode(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("client_id") != s.ClientID {
		s.oauthError(w, noClient(r.PostForm.Get("client_id")))
		return
	}
	scope := strings.Fields(r.PostForm.Get("scope"))
	if len(scope) == 0 {
		s.oauthError(w, missingParameter("scope"))
		return
	}
	if _, _, e := s.resolve(s.ClientID, scope); e != nil && !e.several {
		s.oauthError(w, e)
		return
	}
	d := &device{userCode: rand.Text()[:9], scope: scope, expires: s.Now().Add(15 * time.Minute)}
	code := "D" + rand.Text() + rand.Text()
	s.logins.mu.Lock()
	s.logins.devices[code] = d
	s.logins.mu.Unlock()
	uri := cmp.Or(s.Knobs.signIn().deviceURI, s.here(r)+"/common/oauth2/deviceauth")
	writeJSON(w, http.StatusOK, map[string]any{
		"device_code": code, "user_code": d.userCode, "verification_uri": uri, "expires_in": 900, "interval": int(pollInterval.Seconds()),
		"message": fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", uri, d.userCode),
	})
}

// redeemDevice answers one poll.
func (s *Sandbox) redeemDevice(code string) (*login, *oauthError) {
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	d := s.logins.devices[code]
	now := s.Now()
	switch {
	case d == nil:
		return nil, &oauthError{code: "bad_verification_code", number: 70018, text: "The verification code is not recognised."}
	case now.After(d.expires):
		return nil, &oauthError{code: "expired_token", number: 70020, text: "The device code has expired."}
	case d.declined:
		return nil, &oauthError{code: "authorization_declined", number: 70017, text: "The user declined."}
	case d.person == nil:
		early := now.Sub(d.polled) < pollInterval-time.Second
		d.polled = now
		if early {
			return nil, &oauthError{code: "slow_down", number: 70021, text: "The client polls too often."}
		}
		return nil, &oauthError{code: "authorization_pending", number: 70016, text: "OAuth 2.0 device flow error. Authorization is pending. Continue polling."}
	}
	delete(s.logins.devices, code)
	return &login{person: d.person, client: s.ClientID, scope: d.scope}, nil
}

// ApproveDevice does what a person does on the page for codes: enters the user
// code and signs in. An empty person declines.
func (s *Sandbox) ApproveDevice(userCode, person string) error {
	p := s.person(person)
	if person != "" && p == nil {
		return fmt.Errorf("approve code %s: nobody is called %s", userCode, person)
	}
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	for _, d := range s.logins.devices {
		if strings.EqualFold(d.userCode, strings.TrimSpace(userCode)) && s.Now().Before(d.expires) {
			d.person, d.declined = p, p == nil
			return nil
		}
	}
	return fmt.Errorf("approve code %s: no such code", userCode)
}

// devicePage asks for the code, then for the person.
func (s *Sandbox) devicePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := q.Get("code")
	switch who := q.Get("sandbox_user"); {
	case code == "":
		s.page(w, "code", pageData{Title: "Enter code", Text: "Enter the code that the app shows."})
	case who == "" && q.Get("sandbox_answer") == "":
		s.choose(w, r.URL, "Sign in on another device", "You are signing in to Chatpane on another device. Only go on if you started this yourself.")
	default:
		if err := s.ApproveDevice(code, who); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			s.page(w, "signin", pageData{Title: "That code is not known", Text: "It may have expired. Start again in the app."})
			return
		}
		s.page(w, "signin", pageData{Title: "Done", Text: "You can close this page and go back to the app."})
	}
}
