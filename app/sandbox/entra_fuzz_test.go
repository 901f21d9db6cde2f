package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chatpane/app/sandbox"
)

// Whatever comes to Entra, it answers, and it gives a token to nobody who did
// not sign in.
func FuzzEntra(f *testing.F) {
	f.Add("POST", "/organizations/oauth2/v2.0/token", "grant_type=refresh_token&refresh_token=x&scope=Chat.Read")
	f.Add("POST", "/common/oauth2/v2.0/token", "grant_type=client_credentials&client_id="+sandbox.CompanionClientID+"&client_secret=x&scope=.default")
	f.Add("POST", "/common/oauth2/v2.0/token", "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c&requested_token_use=on_behalf_of&client_assertion=..")
	f.Add("POST", "/organizations/oauth2/v2.0/devicecode", "scope=%zz")
	f.Add("GET", "/organizations/oauth2/v2.0/authorize?prompt=none&claims={&scope=https://x/.default", "")
	f.Add("GET", "/x/v2.0/adminconsent?sandbox_user=x", "")
	f.Add("GET", "/common/oauth2/deviceauth?code=%00", "")
	r := newRig(f, small)
	r.Knobs.Consent(sandbox.ConsentUser, "Chat.ReadWrite")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		address := r.Origins()["entra"] + path
		if _, err := url.Parse(address); err != nil || !strings.HasPrefix(path, "/") {
			return
		}
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		if err != nil || req.URL.Host != strings.TrimPrefix(r.Origins()["entra"], "https://") {
			return
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := r.Transport().RoundTrip(req)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		if res.StatusCode >= 500 {
			t.Fatalf("%s %s with %q: status %d", method, path, body, res.StatusCode)
		}
		if res.StatusCode == http.StatusOK && strings.HasSuffix(req.URL.Path, "/token") && !strings.Contains(body, sandbox.CompanionSecret) {
			t.Fatalf("%s %s with %q: a token", method, path, body)
		}
	})
}
