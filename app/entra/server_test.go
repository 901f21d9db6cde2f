package entra_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/entra"
	"chatpane/app/wire"
)

const (
	authority = "https://login.example"
	tenant    = "11111111-2222-3333-4444-555555555555"
	oid       = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	clientID  = "99999999-0000-0000-0000-000000000000"
	graph     = "https://graph.example"
	crm       = "https://contoso.crm.dynamics.com"
)

var raw = base64.RawURLEncoding

// theKey signs ID tokens; making one takes a while.
var theKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// server plays the sign-in service in memory.
type server struct {
	mu       sync.Mutex
	forms    []url.Values // what the token endpoint was sent
	logins   map[string]url.Values
	refresh  int // number of the valid refresh token; the ones before are dead
	life     int
	forge    func(claims map[string]any, sign func(alg string, claims map[string]any) string) string
	refuse   func(form url.Values) (status int, body string) // status 0: do not
	device   map[string]any
	polls    []string // answers to polls in turn; "" = signed in, "cut" = no answer
	polledAt []time.Time
	noToken  bool // withhold the refresh token
}

func newServer() *server { return &server{logins: map[string]url.Values{}, life: 3600} }

// client returns a client of the server whose browser is the given function.
func (s *server) client(t *testing.T, tenant string, browser func(url string) error) *entra.Client {
	t.Helper()
	h, err := wire.NewClient(authority, wire.Options{Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	c, err := entra.New(entra.Config{Authority: authority, Tenant: tenant, ClientID: clientID, HTTP: h, OpenBrowser: browser,
		Scopes: map[string][]string{graph: {graph + "/Chat.ReadWrite", graph + "/User.Read"}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	if !s.serve(w, r) {
		return nil, &net.OpError{Op: "read", Err: io.ErrUnexpectedEOF}
	}
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch path {
	case "discovery/v2.0/keys":
		pub := theKey().PublicKey
		write(w, 200, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "kid": "1", "alg": "RS256",
			"n": raw.EncodeToString(pub.N.Bytes()), "e": raw.EncodeToString(big.NewInt(int64(pub.E)).Bytes())}}})
	case "oauth2/v2.0/devicecode":
		write(w, 200, s.device)
	case "oauth2/v2.0/token":
		data, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(data))
		s.forms = append(s.forms, form)
		return s.token(w, form)
	default:
		write(w, 404, map[string]any{})
	}
	return true
}

func write(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func refusal(code, description string) map[string]any {
	return map[string]any{"error": code, "error_description": description, "correlation_id": "c0ffee"}
}

func (s *server) token(w http.ResponseWriter, form url.Values) bool {
	if s.refuse != nil {
		if status, body := s.refuse(form); status != 0 {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	nonce := ""
	switch form.Get("grant_type") {
	case "authorization_code":
		login := s.logins[form.Get("code")]
		delete(s.logins, form.Get("code"))
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		if login == nil || raw.EncodeToString(sum[:]) != login.Get("code_challenge") || form.Get("redirect_uri") != login.Get("redirect_uri") {
			write(w, 400, refusal("invalid_grant", "AADSTS501481: The Code_Verifier does not match."))
			return true
		}
		nonce = login.Get("nonce")
	case "refresh_token":
		if form.Get("refresh_token") != "refresh-"+strconv.Itoa(s.refresh) {
			write(w, 400, refusal("invalid_grant", "AADSTS700082: The refresh token has expired."))
			return true
		}
	default:
		s.polledAt = append(s.polledAt, time.Now())
		poll := s.polls[0]
		if len(s.polls) > 1 {
			s.polls = s.polls[1:]
		}
		if poll == "cut" {
			return false
		}
		if poll != "" {
			write(w, 400, refusal(poll, "AADSTS70016: pending"))
			return true
		}
	}
	s.refresh++
	out := map[string]any{"token_type": "Bearer", "expires_in": s.life, "scope": form.Get("scope") + " granted",
		"access_token": "access-" + strconv.Itoa(s.refresh), "id_token": s.idToken(nonce)}
	if !s.noToken {
		out["refresh_token"] = "refresh-" + strconv.Itoa(s.refresh)
	}
	write(w, 200, out)
	return true
}

func (s *server) idToken(nonce string) string {
	now := time.Now().Unix()
	claims := map[string]any{"aud": clientID, "iss": authority + "/" + tenant + "/v2.0", "iat": now, "nbf": now, "exp": now + 3600,
		"name": "Ann Lee", "oid": oid, "preferred_username": "ann@contoso.example", "sub": "s", "tid": tenant, "ver": "2.0"}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if s.forge != nil {
		return s.forge(claims, sign)
	}
	return sign("RS256", claims)
}

// sign writes a JWT: signed properly for RS256, with the public key as a secret
// for HS256, with another key for "foreign", and not at all for "none".
func sign(alg string, claims map[string]any) string {
	name := alg
	if alg == "foreign" {
		name = "RS256"
	}
	head, _ := json.Marshal(map[string]any{"alg": name, "kid": "1", "typ": "JWT"})
	body, _ := json.Marshal(claims)
	text := raw.EncodeToString(head) + "." + raw.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	var sig []byte
	switch alg {
	case "RS256":
		sig, _ = rsa.SignPKCS1v15(rand.Reader, theKey(), crypto.SHA256, sum[:])
	case "foreign":
		other, _ := rsa.GenerateKey(rand.Reader, 2048)
		sig, _ = rsa.SignPKCS1v15(rand.Reader, other, crypto.SHA256, sum[:])
	case "HS256":
		m := hmac.New(sha256.New, theKey().PublicKey.N.Bytes())
		m.Write([]byte(text))
		sig = m.Sum(nil)
	}
	return text + "." + raw.EncodeToString(sig)
}

// authorize does what the sign-in page does after a person agreed: it makes a
// code and returns the address that the browser goes back to.
func (s *server) authorize(t *testing.T, address string) (back *url.URL, q url.Values) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q = u.Query()
	back, err = url.Parse(q.Get("redirect_uri"))
	if err != nil {
		t.Fatal(err)
	}
	code := "code-" + rand.Text()
	s.mu.Lock()
	s.logins[code] = q
	s.mu.Unlock()
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}, "session_state": {"x"}}.Encode()
	return back, q
}

// follow goes where the browser is sent and returns the page.
func follow(t *testing.T, address string) (status int, head http.Header, page string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		t.Error(err)
		return
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err.Error()
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, resp.Header, string(data)
}

// exchanges counts what the token endpoint was sent.
func (s *server) exchanges() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.forms)
}
