package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// loginKnobs are the faults of sign-in; Knobs.mu guards them.
type loginKnobs struct {
	generation int               // tokens of an older generation are expired
	challenges map[string]string // by object id: the claims value demanded
	withheld   map[string]bool   // scopes nobody consented to
	idToken    map[string]any    // claims to put wrong; "sig" breaks the signature
	agreed     map[string]bool   // by object id and scope: what a person agreed to at the page
	granted    map[string]bool   // what an administrator agreed to for everybody beside the registration
	consent    Consent
	stepUps    map[string]bool      // by object id and service: a second factor is wanted
	revoked    map[string]time.Time // by object id: since when sign-ins do not count
	refusal    string               // "65001", "90094", "53003", …
	life       time.Duration
	deviceURI  string
}

// lifetime is how long an access token lives.
func (l loginKnobs) lifetime() time.Duration { return cmp.Or(l.life, 3599*time.Second) }

func (k *Knobs) signIn() loginKnobs {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.login
}

func (k *Knobs) set(change func(*loginKnobs)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.login)
}

// ExpireTokens makes every access token issued so far expired.
func (k *Knobs) ExpireTokens() { k.set(func(l *loginKnobs) { l.generation++ }) }

func (k *Knobs) generation() int { return k.signIn().generation }

// TokenLife sets how long access tokens live; 0 is about an hour.
func (k *Knobs) TokenLife(d time.Duration) { k.set(func(l *loginKnobs) { l.life = d }) }

// ClaimsChallenge makes the services answer a person's tokens with 401 and a
// claims challenge until a token was asked for with these claims.
func (k *Knobs) ClaimsChallenge(person string) {
	p := k.s.person(person)
	k.set(func(l *loginKnobs) {
		l.challenges[p.OID] = fmt.Sprint(k.s.Now().Unix()*1000 + int64(len(l.challenges)))
	})
}

func (k *Knobs) challengeOf(oid string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.login.challenges[oid]
}

// stateFor tells apart what tokens of a person are worth at different times.
func (k *Knobs) stateFor(oid string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return fmt.Sprint(k.login.generation, " ", k.login.challenges[oid], " ", k.login.revoked[oid])
}

// IDToken puts a claim of the next ID tokens wrong: "iss", "aud", "tid",
// "oid", "nonce" or "exp" (Unix seconds). The name "sig" breaks the signature.
func (k *Knobs) IDToken(claim string, value any) {
	k.set(func(l *loginKnobs) { l.idToken = map[string]any{claim: value} })
}

// RefuseSignIn makes sign-in and token requests fail with an AADSTS number:
// "65001" (consent missing), "90094" (an administrator must consent), "53003"
// (conditional access), "50076" (second factor), "700082" (refresh token
// expired), "70043". "" takes it back.
func (k *Knobs) RefuseSignIn(number string) { k.set(func(l *loginKnobs) { l.refusal = number }) }

// Withhold is for tenants whose administrator consented to less than these: token
// requests that name them fail, and nobody but an administrator can agree, unless
// Consent says otherwise.
func (k *Knobs) Withhold(scope ...string) {
	k.set(func(l *loginKnobs) {
		withheld := map[string]bool{}
		for _, s := range scope {
			withheld[s] = true
		}
		l.withheld = withheld
	})
}

// Consent is how a tenant treats permissions that are withheld.
type Consent string

// The kinds of tenants. In both a token request that names a withheld scope fails
// with AADSTS65001, as with Microsoft; at the page the person is asked, or an
// administrator must agree, which is how it is when nothing was said.
const (
	ConsentUser  Consent = "user"
	ConsentAdmin Consent = "admin"
)

// Consent makes the tenant treat these scopes as withheld, in its way. What
// people agreed to before is forgotten.
func (k *Knobs) Consent(how Consent, scope ...string) {
	k.Withhold(scope...)
	k.set(func(l *loginKnobs) { l.consent, l.agreed, l.granted = how, nil, nil })
}

// lacks reports whether nobody agreed to a scope for a person.
func (l loginKnobs) lacks(oid, scope string) bool {
	return (l.withheld[scope] || slices.Contains(otherScopes(), scope)) && !l.agreed[oid+" "+scope] && !l.granted[scope]
}

// agree remembers that a person agreed to scopes.
func (k *Knobs) agree(oid string, scope []string) {
	k.set(func(l *loginKnobs) {
		agreed := maps.Clone(l.agreed)
		if agreed == nil {
			agreed = map[string]bool{}
		}
		for _, s := range scope {
			agreed[oid+" "+s] = true
		}
		l.agreed = agreed
	})
}

// agreeForAll is what an administrator's consent does: to all of the
// registration, and to what else was named.
func (k *Knobs) agreeForAll(named []string) {
	k.Withhold()
	k.RefuseSignIn("")
	k.set(func(l *loginKnobs) {
		granted := maps.Clone(l.granted)
		if granted == nil {
			granted = map[string]bool{}
		}
		for _, n := range named {
			granted[n] = true
		}
		l.granted = granted
	})
}

// StepUp makes a person's tokens of a service ("graph", "dataverse",
// "companion") wait for a second factor: token requests fail with AADSTS50076 and
// claims until a sign-in at the page was asked with these.
func (k *Knobs) StepUp(person, service string) {
	p := k.s.person(person)
	k.set(func(l *loginKnobs) {
		wanted := maps.Clone(l.stepUps)
		if wanted == nil {
			wanted = map[string]bool{}
		}
		wanted[p.OID+" "+service] = true
		l.stepUps = wanted
	})
}

// Revoke ends every sign-in of a person, as an administrator or a new password
// does: refresh tokens fail with AADSTS50173, access tokens with a claims
// challenge.
func (k *Knobs) Revoke(person string) {
	p, now := k.s.person(person), k.s.Now()
	k.set(func(l *loginKnobs) {
		revoked := maps.Clone(l.revoked)
		if revoked == nil {
			revoked = map[string]time.Time{}
		}
		revoked[p.OID] = now
		l.revoked = revoked
	})
}

// DeviceURI sets the verification address of the device code flow.
func (k *Knobs) DeviceURI(uri string) { k.set(func(l *loginKnobs) { l.deviceURI = uri }) }
