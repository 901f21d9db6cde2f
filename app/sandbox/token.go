package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

// signingKey signs every token of this process. It is made when first needed
// and never stored, so no token outlives the process.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("make the sandbox's signing key: %v", err)) // no randomness, no sandbox
	}
	return key
})

const keyID = "sandbox-1"

var raw64 = base64.RawURLEncoding

// scopes are the delegated permissions of an access token.
type scopes []string

// has reports whether one of the names was granted.
func (s scopes) has(names ...string) bool {
	for _, have := range s {
		for _, want := range names {
			if strings.EqualFold(have, want) {
				return true
			}
		}
	}
	return false
}

// accessClaims is what an access token of the sandbox says.
type accessClaims struct {
	Audience   string   `json:"aud"`
	Issuer     string   `json:"iss"`
	IssuedAt   int64    `json:"iat"`
	NotBefore  int64    `json:"nbf"`
	Expires    int64    `json:"exp"`
	App        string   `json:"appid"`
	OID        string   `json:"oid"`
	Subject    string   `json:"sub"`
	Tenant     string   `json:"tid"`
	UPN        string   `json:"upn,omitempty"`
	Scopes     string   `json:"scp"`
	Version    string   `json:"ver"`
	Capability []string `json:"xms_cc,omitempty"`
	Service    string   `json:"sbx_service"`
	Generation int      `json:"sbx_generation"`
	Challenge  string   `json:"sbx_challenge,omitempty"`
}

// sign makes a JWT with RS256.
func sign(claims any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(fmt.Sprintf("encode claims: %v", err)) // our own plain types
	}
	head := raw64.EncodeToString([]byte(`{"typ":"JWT","alg":"RS256","kid":"` + keyID + `"}`))
	text := head + "." + raw64.EncodeToString(payload)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic(fmt.Sprintf("sign a token: %v", err))
	}
	return text + "." + raw64.EncodeToString(sig)
}

// verify checks the signature of a JWT of ours and reads its claims.
func verify(token string, into any) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	sig, err := raw64.DecodeString(parts[2])
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&signingKey().PublicKey, crypto.SHA256, sum[:], sig) != nil {
		return false
	}
	payload, err := raw64.DecodeString(parts[1])
	return err == nil && json.Unmarshal(payload, into) == nil
}

// keySet is the JWKS document.
func keySet() map[string]any {
	k := signingKey().PublicKey
	return map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": raw64.EncodeToString(k.N.Bytes()), "e": raw64.EncodeToString(big.NewInt(int64(k.E)).Bytes()),
	}}}
}

// authError is why a request was refused before its service looked at it. The
// service writes it in its own words.
type authError struct {
	status    int
	code      string // Graph's error code, such as InvalidAuthenticationToken
	message   string
	challenge string // WWW-Authenticate, always set
}

// Error returns code and message.
func (e *authError) Error() string { return e.code + ": " + e.message }

// bearer reads and verifies the token of a request, whatever it is for.
func (s *Sandbox) bearer(r *http.Request) (accessClaims, error) {
	var c accessClaims
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		return c, s.refuse("Access token is empty.")
	case !verify(token, &c):
		return c, s.refuse("IDX14100: JWT is not well formed, or its signature is not valid.")
	}
	return c, nil
}

// authorize finds out who sends a request to a service: its bearer token must
// come from this sandbox, be meant for the service, and be valid now. The error
// is an *authError.
func (s *Sandbox) authorize(r *http.Request, service string) (*Person, scopes, error) {
	c, err := s.bearer(r)
	if err != nil {
		return nil, nil, err
	}
	now := s.Now().Unix()
	p := s.byOID[c.OID]
	switch {
	case c.Service != service:
		return nil, nil, s.refuse("Access token validation failure. Invalid audience.")
	case p == nil || c.Tenant != s.TenantID:
		return nil, nil, s.refuse("Access token is of another tenant.")
	case now >= c.Expires || c.Generation < s.Knobs.generation():
		return nil, nil, s.refuse("Lifetime validation failed, the token is expired.")
	}
	if want := s.Knobs.challengeOf(p.OID); want != "" && c.Challenge != want {
		return nil, nil, s.challenge(want)
	}
	return p, strings.Fields(c.Scopes), nil
}

func (s *Sandbox) refuse(why string) *authError {
	return &authError{status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: why,
		challenge: `Bearer realm="", authorization_uri="` + s.origin(serviceEntra) + `/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`}
}

// challenge is what continuous access evaluation answers: get a new token that
// satisfies these claims.
func (s *Sandbox) challenge(value string) *authError {
	claims := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%s"}}}`, value)
	e := s.refuse("Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp")
	e.challenge += `, error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`
	return e
}

// Token makes an access token for a person (object id or UPN) and a service
// ("graph", "dataverse" or "discovery") without a sign-in. With no scopes it
// carries all the service knows.
func (s *Sandbox) Token(person, service string, scope ...string) string {
	p := s.person(person)
	if p == nil {
		return ""
	}
	if len(scope) == 0 {
		scope = knownScopes(service)
	}
	return s.accessToken(p, service, scope, nil, 24*time.Hour, s.Knobs.challengeOf(p.OID))
}

func (s *Sandbox) accessToken(p *Person, service string, scope, capability []string, life time.Duration, challenge string) string {
	now := s.Now()
	return sign(accessClaims{
		Audience: s.origin(service), Issuer: s.issuer(), IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(life).Unix(),
		App: s.ClientID, OID: p.OID, Subject: p.OID, Tenant: s.TenantID, UPN: p.UPN, Scopes: strings.Join(scope, " "), Version: "2.0",
		Capability: capability, Service: service, Generation: s.Knobs.generation(), Challenge: challenge,
	})
}

func (s *Sandbox) issuer() string { return s.origin(serviceEntra) + "/" + s.TenantID + "/v2.0" }

// knownScopes are all delegated permissions a service knows.
func knownScopes(service string) []string {
	if service != serviceGraph {
		return []string{"user_impersonation"}
	}
	return strings.Fields(`Chat.ReadBasic Chat.Read Chat.ReadWrite Chat.Create ChatMessage.Send ChatMember.Read ChatMember.ReadWrite
		User.Read User.ReadBasic.All Presence.Read Presence.Read.All People.Read ProfilePhoto.Read.All Files.ReadWrite
		Team.ReadBasic.All Channel.ReadBasic.All ChannelMessage.Send ChannelMessage.Read.All Channel.Create`)
}
