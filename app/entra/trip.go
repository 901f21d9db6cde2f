package entra

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/oauth2"
)

// visit is one visit of the browser to the sign-in page. Each has a state, a
// nonce and a PKCE verifier of its own.
type visit struct {
	url, state, nonce, verifier string
}

// trip is a sign-in in one tab: a visit that names every scope, and after a
// refusal for want of consent at most two more. The second asks for what was
// granted, without showing a page (prompt=none); only when the service then says
// that it has to show one, does the third let it. Its methods run one after
// another: in the request that brings the browser back, then in the sign-in.
type trip struct {
	client                 *Client
	redirect, hint, claims string
	scopes                 []string
	now                    visit
	step                   step
	first                  *Error // why the visit that named every scope was refused
}

// step is how far a trip is.
type step int

const (
	byName step = iota
	silent
	shown
)

// visit makes the visit of the trip's step.
func (t *trip) visit() visit {
	t.now = visit{state: random(), nonce: random(), verifier: oauth2.GenerateVerifier()}
	opts := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(t.now.verifier), param("nonce", t.now.nonce), param("response_mode", "query"), param("claims", t.claims)}
	if t.hint != "" {
		opts = append(opts, param("login_hint", t.hint))
	}
	switch {
	case t.step == silent:
		opts = append(opts, param("prompt", "none"))
	case t.step == byName && t.hint == "":
		opts = append(opts, param("prompt", "select_account"))
	}
	scopes := t.scopes
	if t.step != byName {
		scopes = ofAll(scopes)
	}
	t.now.url = t.client.oauth(t.redirect, withIdentity(scopes)).AuthCodeURL(t.now.state, opts...)
	return t.now
}

// again returns the visit that follows a refusal, if one does.
func (t *trip) again(a answer) (visit, bool) {
	e := newError(a, 0)
	switch {
	case t.step == byName && ofAll(t.scopes) != nil && (lacksConsent(e) || errors.Is(e, ErrDeclined)):
		t.first, t.step = e, silent
	case t.step == silent && errors.Is(e, ErrSignIn) && !errors.Is(t.first, ErrDeclined):
		t.step = shown
	default:
		return visit{}, false
	}
	return t.visit(), true
}

// refused explains the last refusal. Where nothing at all is granted, the first
// one says it best: who may agree.
func (t *trip) refused(a answer) error {
	e := newError(a, 0)
	if t.first != nil && (lacksConsent(e) || errors.Is(e, ErrDeclined) || t.step == silent && errors.Is(e, ErrSignIn)) {
		return t.first
	}
	return e
}

// redeem turns the code of the last visit into a grant.
func (t *trip) redeem(ctx context.Context, code string) (Grant, error) {
	// The scopes of one resource only may be named when the code is redeemed.
	scopes := identityScopes
	if t.step != byName {
		scopes = withIdentity(ofAll(t.scopes)) // the answer tells what was granted
	}
	tok, err := t.client.oauth(t.redirect, scopes).Exchange(t.client.with(ctx), code, oauth2.VerifierOption(t.now.verifier),
		param("scope", strings.Join(scopes, " ")), param("claims", t.claims))
	if err != nil {
		err = explain(ctx, err)
		if t.first != nil && lacksConsent(err) {
			return Grant{}, t.first
		}
		return Grant{}, err
	}
	g, err := t.client.grant(ctx, tok, t.now.nonce)
	g.Partial = t.step != byName
	return g, err
}

// lacksConsent reports whether an error means that somebody has to agree first.
func lacksConsent(err error) bool {
	return errors.Is(err, ErrConsent) || errors.Is(err, ErrAdminConsent)
}

// ofAll is the scope that stands for whatever was granted of the first scope's
// resource: "{resource}/.default" (graph.md §5). It is nil where that asks for
// nothing else: for one scope, or for none of a resource.
func ofAll(scopes []string) []string {
	if len(scopes) < 2 {
		return nil
	}
	cut := strings.LastIndexByte(scopes[0], '/')
	if cut <= 0 {
		return nil
	}
	return []string{scopes[0][:cut] + "/.default"}
}
