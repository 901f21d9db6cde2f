package companion_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chatpane/app/companion"
	"chatpane/app/sandbox"
)

var raw = base64.RawURLEncoding

// parts of a good token, to be spoilt.
func (r *rig) parts(p *sandbox.Person) (head, claims map[string]any) {
	r.t.Helper()
	text := strings.Split(r.box.Token(p.OID, "companion"), ".")
	for i, into := range []*map[string]any{&head, &claims} {
		data, err := raw.DecodeString(text[i])
		r.must(err)
		r.must(json.Unmarshal(data, into))
	}
	return head, claims
}

func with(m map[string]any, change map[string]any) string {
	m = maps.Clone(m)
	maps.Copy(m, change)
	for k, v := range m {
		if v == nil {
			delete(m, k)
		}
	}
	data, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(data)
}

type change = map[string]any

func TestTokensThatAreNotExactlyForItAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	head, claims := r.parts(r.ben)
	now := time.Now()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	r.must(err)
	forge := func(h, c change) string { return r.box.Forge(with(head, h), with(claims, c)) }
	good := strings.Split(r.box.Token(r.ben.OID, "companion"), ".")
	cases := map[string]string{
		"none at all":                       "",
		"not a token":                       "hello",
		"two parts":                         good[0] + "." + good[1],
		"four parts":                        strings.Join(good, ".") + ".x",
		"no signature":                      good[0] + "." + good[1] + ".",
		"a spoilt signature":                good[0] + "." + good[1] + "." + strings.Repeat("A", len(good[2])),
		"spoilt claims":                     good[0] + "." + raw.EncodeToString([]byte(with(claims, change{"oid": r.mallory.OID}))) + "." + good[2],
		"alg none":                          raw.EncodeToString([]byte(with(head, change{"alg": "none"}))) + "." + good[1] + ".",
		"alg None":                          raw.EncodeToString([]byte(with(head, change{"alg": "None"}))) + "." + good[1] + ".",
		"HS256 with the public key":         r.hmacToken(head, claims),
		"another key under the same id":     signedBy(other, with(head, nil), with(claims, nil)),
		"another key under an unknown id":   signedBy(other, with(head, change{"kid": "other"}), with(claims, nil)),
		"a key in the header":               signedBy(other, with(head, change{"jwk": jwk(other)}), with(claims, nil)),
		"a key by address (jku)":            signedBy(other, with(head, change{"jku": "https://evil.example/keys", "kid": "evil"}), with(claims, nil)),
		"a certificate by address (x5u)":    signedBy(other, with(head, change{"x5u": "https://evil.example/cert"}), with(claims, nil)),
		"no key id":                         forge(change{"kid": nil}, nil),
		"PS256 in the header":               forge(change{"alg": "PS256"}, nil),
		"RS512 in the header":               forge(change{"alg": "RS512"}, nil),
		"a critical header":                 forge(change{"crit": []string{"exp"}}, nil),
		"a Graph token":                     r.box.Token(r.ben.OID, "graph"),
		"a Dataverse token":                 r.box.Token(r.ben.OID, "dataverse"),
		"an application's token":            r.box.AppToken("graph"),
		"another audience":                  forge(nil, change{"aud": "00000003-0000-0000-c000-000000000000"}),
		"the audience as an address":        forge(nil, change{"aud": "api://" + sandbox.CompanionClientID}),
		"two audiences":                     forge(nil, change{"aud": []string{sandbox.CompanionClientID, "other"}}),
		"no audience":                       forge(nil, change{"aud": nil}),
		"another tenant":                    forge(nil, change{"tid": "11111111-2222-3333-4444-555555555555"}),
		"another tenant's issuer":           forge(nil, change{"iss": r.box.Origins()["entra"] + "/11111111-2222-3333-4444-555555555555/v2.0"}),
		"an issuer elsewhere":               forge(nil, change{"iss": "https://evil.example/" + r.box.TenantID + "/v2.0"}),
		"the issuer of v1":                  forge(nil, change{"iss": "https://sts.windows.net/" + r.box.TenantID + "/"}),
		"no issuer":                         forge(nil, change{"iss": nil}),
		"version 1":                         forge(nil, change{"ver": "1.0"}),
		"no version":                        forge(nil, change{"ver": nil}),
		"expired":                           forge(nil, change{"exp": now.Add(-61 * time.Second).Unix()}),
		"no expiry":                         forge(nil, change{"exp": nil}),
		"not valid yet":                     forge(nil, change{"nbf": now.Add(70 * time.Second).Unix()}),
		"no beginning":                      forge(nil, change{"nbf": nil}),
		"no scope":                          forge(nil, change{"scp": nil}),
		"another scope":                     forge(nil, change{"scp": "user_impersonation"}),
		"a scope that contains ours":        forge(nil, change{"scp": "chat.joining not.chat.join"}),
		"roles instead of scopes":           forge(nil, change{"scp": nil, "roles": []string{"chat.join"}}),
		"idtyp app":                         forge(nil, change{"idtyp": "app"}),
		"another application":               forge(nil, change{"azp": "99999999-2222-3333-4444-555555555555"}),
		"no application":                    forge(nil, change{"azp": nil}),
		"the companion's own":               forge(nil, change{"azp": sandbox.CompanionClientID}),
		"no person":                         forge(nil, change{"oid": nil}),
		"a person that is no GUID":          forge(nil, change{"oid": "../users"}),
		"a guest":                           forge(nil, change{"acct": 1}),
		"not said to be no guest":           forge(nil, change{"acct": nil}),
		"a guest by home organisation":      forge(nil, change{"idp": "https://sts.windows.net/other/"}),
		"a person named twice":              r.box.Forge(with(head, nil), strings.TrimSuffix(with(claims, nil), "}")+`,"oid":"`+r.mallory.OID+`"}`),
		"a person named twice, capitals":    r.box.Forge(with(head, nil), strings.TrimSuffix(with(claims, nil), "}")+`,"OID":"`+r.mallory.OID+`"}`),
		"claims that are a list":            r.box.Forge(with(head, nil), `["`+sandbox.CompanionClientID+`"]`),
		"a megabyte":                        forge(nil, change{"pad": strings.Repeat("x", 1<<20)}),
		"an algorithm named twice":          r.box.Forge(strings.TrimSuffix(with(head, nil), "}")+`,"alg":"none"}`, with(claims, nil)),
		"a token with the wrong characters": good[0] + "." + good[1] + "." + good[2] + "é",
	}
	if len(cases) < 45 {
		t.Errorf("%d cases, want at least 45", len(cases))
	}
	for name, token := range cases {
		got := r.ask(r.handler, token, r.body(r.link))
		if got.status != http.StatusUnauthorized || r.added() != 0 {
			t.Errorf("%s: %v; want 401", name, got)
		}
	}
	if got := r.ask(r.handler, forge(nil, change{"nbf": now.Add(50 * time.Second).Unix()}), r.body(r.link)); got.outcome != "joined" {
		t.Errorf("after all that a good token, of a clock 50 s fast: %v", got)
	}
}

func signedBy(key *rsa.PrivateKey, head, claims string) string {
	text := raw.EncodeToString([]byte(head)) + "." + raw.EncodeToString([]byte(claims))
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + raw.EncodeToString(sig)
}

func jwk(key *rsa.PrivateKey) map[string]any {
	return map[string]any{"kty": "RSA", "n": raw.EncodeToString(key.N.Bytes()), "e": "AQAB"}
}

// hmacToken is signed with the service's public key as if it were a shared one.
func (r *rig) hmacToken(head, claims map[string]any) string {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.box.Origins()["entra"]+"/"+r.box.TenantID+"/discovery/v2.0/keys", nil)
	r.must(err)
	res, err := r.box.Transport().RoundTrip(req)
	r.must(err)
	var set struct{ Keys []struct{ N string } }
	r.must(json.NewDecoder(res.Body).Decode(&set))
	text := raw.EncodeToString([]byte(with(head, change{"alg": "HS256"}))) + "." + raw.EncodeToString([]byte(with(claims, nil)))
	mac := hmac.New(sha256.New, []byte(set.Keys[0].N))
	mac.Write([]byte(text))
	return text + "." + raw.EncodeToString(mac.Sum(nil))
}

func TestInventedKeyIDsCostTheServiceNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	head, claims := r.parts(r.ben)
	for i := range 200 {
		r.ask(r.handler, r.box.Forge(with(head, change{"kid": fmt.Sprint("k", i)}), with(claims, nil)), r.body(r.link))
	}
	if n := r.box.Knobs.Requests("entra GET"); n > 1 {
		t.Errorf("200 tokens with invented key ids read the keys %d times, want once", n)
	}
}

func TestRequestsThatAreNotExactlyOneAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	env := r.box.Origins()["dataverse"]
	r.box.Knobs.ResetCounts()
	for name, body := range map[string]string{
		"nothing":                    "",
		"no JSON":                    "link=1",
		"a list":                     "[]",
		"a person in it":             fmt.Sprintf(`{"environment":%q,"link":%q,"user":%q}`, env, r.link, r.mallory.OID),
		"a chat in it":               fmt.Sprintf(`{"environment":%q,"link":%q,"chat":%q}`, env, r.link, r.chat),
		"two of them":                r.body(r.link) + r.body(r.link),
		"the link named twice":       fmt.Sprintf(`{"environment":%q,"link":%q,"Link":%q}`, env, r.link, r.link),
		"no GUID":                    r.body("../systemusers"),
		"a link with a query":        r.body(r.link + "?$select=x"),
		"no environment":             fmt.Sprintf(`{"link":%q}`, r.link),
		"an environment with a user": fmt.Sprintf(`{"environment":"https://a@contoso.crm.sandbox.test","link":%q}`, r.link),
		"a file":                     fmt.Sprintf(`{"environment":"file:///etc/passwd","link":%q}`, r.link),
		"five kilobytes":             r.body(r.link) + strings.Repeat(" ", 5000),
	} {
		if got := r.ask(r.handler, r.box.Token(r.ben.OID, "companion"), body); got.status != http.StatusBadRequest || r.added() != 0 {
			t.Errorf("%s: %v; want 400", name, got)
		}
	}
	for _, elsewhere := range []string{"https://evil.example", "https://contoso.crm.sandbox.test.evil.example", "https://contoso.crm.sandbox.test:444", "http://169.254.169.254", r.box.Origins()["training"]} {
		got := r.ask(r.handler, r.box.Token(r.ben.OID, "companion"), fmt.Sprintf(`{"environment":%q,"link":%q}`, elsewhere, r.link))
		r.refused(got, http.StatusForbidden, "environment")
	}
	if n := r.box.Knobs.Requests("dataverse"); n != 0 {
		t.Errorf("Dataverse was asked %d times", n)
	}
}

func TestWhatElseItServes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w
	}
	var about companion.About
	if err := json.Unmarshal(get("/about").Body.Bytes(), &about); err != nil || about.Name != "Chatpane" || about.AppID != sandbox.CompanionClientID {
		t.Errorf("about: %+v %v", about, err)
	}
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/join": 405, "/": 404, "/debug/pprof/": 404} {
		if got := get(path).Code; got != status {
			t.Errorf("GET %s: %d, want %d", path, got, status)
		}
	}
	r.join(r.ben, r.link)
	r.ask(r.handler, "x", "")
	text := get("/metrics").Body.String()
	for _, line := range []string{
		`chatpane_companion_decisions_total{outcome="joined",reason=""} 1`,
		`chatpane_companion_decisions_total{outcome="refused",reason="signIn"} 1`,
		`chatpane_companion_join_seconds_count 2`,
		`chatpane_companion_audit_lost_total 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics lack %s:\n%s", line, text)
		}
	}
	if strings.Contains(text, r.ben.OID) || strings.Contains(text, r.chat) {
		t.Error("the metrics hold ids")
	}
	down := newRig(t)
	down.must(down.box.Knobs.Offline(true))
	w := httptest.NewRecorder()
	down.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("ready without the keys: %d", w.Code)
	}
}

func TestAnAlteredAuditShows(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 3 {
		r.join(r.ben, r.link)
	}
	text := r.audit.text()
	all := strings.SplitAfter(text, "\n")
	for name, spoilt := range map[string]string{
		"a line taken out":  all[0] + strings.Join(all[2:], ""),
		"a person replaced": strings.Replace(text, r.ben.OID, r.mallory.OID, 1),
		"two lines swapped": all[1] + all[0] + strings.Join(all[2:], ""),
	} {
		if _, err := companion.CheckAudit(strings.NewReader(spoilt)); err == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}
