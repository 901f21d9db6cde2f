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
	App        string   `json:"appid,omitempty"` // v1 tokens
	Party      string   `json:"azp,omitempty"`   // v2 tokens
	Proof      string   `json:"azpacr,omitempty"`
	Account    *int     `json:"acct,omitempty"` // 0 member, 1 guest
	Kind       string   `json:"idtyp,omitempty"`
	OID        string   `json:"oid"`
	Subject    string   `json:"sub"`
	Tenant     string   `json:"tid"`
	UPN        string   `json:"upn,omitempty"`
	Name       string   `json:"name,omitempty"`
	Scopes     string   `json:"scp,omitempty"`
	Roles      []string `json:"roles,omitempty"`
	Contexts   []string `json:"acrs,omitempty"`
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
	return signRaw([]byte(`{"typ":"JWT","alg":"RS256","kid":"`+keyID+`"}`), payload)
}

func signRaw(head, payload []byte) string {
	text := raw64.EncodeToString(head) + "." + raw64.EncodeToString(payload)
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
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return accessClaims{}, s.refuse("Access token is empty.")
	}
	c, ok := s.tokens.verified(token)
	if !ok {
		return c, s.refuse("IDX14100: JWT is not well formed, or its signature is not valid.")
	}
	return c, nil
}

// caller is who sends a request: a person through an application, with scopes,
// or an application in its own name, with roles and no person.
type caller struct {
	person *Person // nil: an application in its own name
	app    string  // client id of the application
	scopes scopes  // delegated permissions, for a person
	roles  scopes  // application permissions, for an application
}

// caller finds out who sends a request to a service: its bearer token must come
// from this sandbox, be meant for the service, and be valid now. The error is an
// *authError.
func (s *Sandbox) caller(r *http.Request, service string) (caller, error) {
	c, err := s.bearer(r)
	if err != nil {
		return caller{}, err
	}
	now := s.Now().Unix()
	p := s.byOID[c.OID]
	app := c.Kind == "app" && c.App == CompanionClientID
	switch {
	case c.Service != service:
		return caller{}, s.refuse("Access token validation failure. Invalid audience.")
	case p == nil && !app || c.Tenant != s.TenantID:
		return caller{}, s.refuse("Access token is of another tenant.")
	case now >= c.Expires || c.Generation < s.Knobs.generation():
		return caller{}, s.refuse("Lifetime validation failed, the token is expired.")
	case app:
		return caller{app: c.App, roles: c.Roles}, nil
	}
	if want := s.Knobs.challengeOf(p.OID); want != "" && c.Challenge != want {
		return caller{}, s.challenge(want)
	}
	if at, gone := s.Knobs.signIn().revoked[p.OID]; gone && c.IssuedAt*1000 < at.UnixMilli() {
		return caller{}, s.challenge(fmt.Sprint(at.Unix()))
	}
	return caller{person: p, app: c.App, scopes: strings.Fields(c.Scopes)}, nil
}

// authorize is caller for what only a person may do: an application in its own
// name is refused with 403.
func (s *Sandbox) authorize(r *http.Request, service string) (*Person, scopes, error) {
	c, err := s.caller(r, service)
	if err != nil {
		return nil, nil, err
	}
	if c.person == nil {
		e := s.refuse("This operation needs delegated permissions; application permissions are not supported.")
		e.status, e.code = http.StatusForbidden, "Forbidden"
		return nil, nil, e
	}
	return c.person, c.scopes, nil
}

func (s *Sandbox) refuse(why string) *authError {
	return &authError{status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: why,
		challenge: `Bearer realm="", authorization_uri="` + s.origin(serviceEntra) + `/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`}
}

// challenge is what continuous access evaluation answers: get a new token that
// satisfies these claims.
func (s *Sandbox) challenge(value string) *authError {
	e := s.refuse("Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp")
	e.challenge += `, error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(challengeClaims(value))) + `"`
	return e
}

func challengeClaims(value string) string {
	return fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%s"}}}`, value)
}

// Token makes an access token for a person (object id or UPN) and a service
// ("graph", "dataverse", "training", "discovery" or "companion") without a sign-in. With no scopes it
// carries all the service knows.
func (s *Sandbox) Token(person, service string, scope ...string) string {
	p := s.person(person)
	if p == nil {
		return ""
	}
	if len(scope) == 0 {
		scope = knownScopes(service)
	}
	return s.tokens.recent(s.Now(), fmt.Sprint(p.OID, service, scope, s.Knobs.stateFor(p.OID)), func() string {
		return s.accessToken(s.origin(serviceEntra), &login{client: s.ClientID, person: p}, service, scope, nil, 24*time.Hour, s.Knobs.challengeOf(p.OID))
	})
}

func (s *Sandbox) accessToken(at string, l *login, service string, scope, capability []string, life time.Duration, challenge string) string {
	p := l.person
	c := s.baseClaims(at, service, l.client, life)
	c.OID, c.Subject, c.UPN, c.Name = p.OID, s.subject(l), p.UPN, p.Name
	c.Scopes, c.Capability, c.Challenge = strings.Join(scope, " "), capability, challenge
	c.Contexts = l.contexts
	if service == serviceCompanion {
		guest := 0
		if p.Role == "guest" {
			guest = 1
		}
		c.Account = &guest
	}
	return sign(c)
}

// baseClaims are the claims that do not depend on who the token is about.
// Microsoft's own services take v1 tokens, the companion v2 ones.
func (s *Sandbox) baseClaims(at, service, client string, life time.Duration) accessClaims {
	now := s.Now()
	c := accessClaims{IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(life).Unix(),
		Tenant: s.TenantID, Service: service, Generation: s.Knobs.generation()}
	if service == serviceCompanion {
		c.Audience, c.Issuer, c.Version, c.Party, c.Proof = CompanionClientID, s.issuer(at), "2.0", client, "0"
		return c
	}
	c.Audience, c.Issuer, c.Version, c.App = s.origin(service), at+"/"+s.TenantID+"/", "1.0", client
	return c
}

// issuer is the issuer of v2 tokens that were asked for at an origin of Entra.
func (s *Sandbox) issuer(at string) string { return at + "/" + s.TenantID + "/v2.0" }

// otherScopes are permissions of Graph that the registration does not name. An
// application may ask for them all the same, and nobody has agreed to them yet.
func otherScopes() []string {
	return strings.Fields(`Group.Read.All Group.ReadWrite.All Sites.ReadWrite.All ChannelSettings.Read.All ChannelSettings.ReadWrite.All
		ChannelMember.ReadWrite.All TeamsTab.ReadWrite.All TeamsTab.ReadWriteSelfForChat Chat.ManageDeletion.All Directory.Read.All User.ReadWrite
		Presence.ReadWrite Mail.Read Mail.ReadWrite Mail.Send Calendars.Read Calendars.ReadWrite Contacts.Read Tasks.Read Team.Create TeamMember.Read.All`)
}

// knownScopes are the delegated permissions of a service that the registration
// of the desktop application names.
func knownScopes(service string) []string {
	switch service {
	case serviceGraph:
	case serviceCompanion:
		return []string{"chat.join"}
	default:
		return []string{"user_impersonation"}
	}
	return strings.Fields(`Chat.ReadBasic Chat.Read Chat.ReadWrite Chat.Create ChatMessage.Send ChatMember.Read ChatMember.ReadWrite
		User.Read User.ReadBasic.All User.Read.All Presence.Read Presence.Read.All People.Read ProfilePhoto.Read.All
		Files.Read Files.ReadWrite Files.Read.All Files.ReadWrite.All Sites.Read.All Team.ReadBasic.All Channel.ReadBasic.All
		Channel.Create ChannelMember.Read.All ChannelMessage.Send ChannelMessage.Edit ChannelMessage.Read.All ChannelMessage.ReadWrite
		TeamsTab.Read.All TeamsTab.Create TeamsTab.ReadWriteForChat`)
}
