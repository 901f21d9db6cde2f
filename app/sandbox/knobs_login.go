package sandbox

import (
	"cmp"
	"fmt"
	"time"
)

// loginKnobs are the faults of sign-in; Knobs.mu guards them.
type loginKnobs struct {
	generation int               // tokens of an older generation are expired
	challenges map[string]string // by object id: the claims value demanded
	withheld   map[string]bool   // scopes nobody consented to
	idToken    map[string]any    // claims to put wrong; "sig" breaks the signature
	refusal    string            // "65001", "90094", "53003", …
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

// Withhold leaves scopes out of what is granted, as a tenant does whose
// administrator consented to less.
func (k *Knobs) Withhold(scope ...string) {
	k.set(func(l *loginKnobs) {
		withheld := map[string]bool{}
		for _, s := range scope {
			withheld[s] = true
		}
		l.withheld = withheld
	})
}

// DeviceURI sets the verification address of the device code flow.
func (k *Knobs) DeviceURI(uri string) { k.set(func(l *loginKnobs) { l.deviceURI = uri }) }
