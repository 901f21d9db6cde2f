package entra

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"chatpane/app/wire"
)

// signInTime is how long a sign-in in the browser may take.
const signInTime = 5 * time.Minute

// SignIn signs a person in with the system's browser. scopes are what to agree
// to, of any resources; hint is a user name to begin with, claims what an
// earlier [Error] demanded; both may be empty. Where the organisation does not
// grant all of them, the same tab asks again for what it does grant of the first
// scope's resource, and the grant is Partial. It ends with [ErrCancelled] when
// ctx ends, after five minutes, or when somebody else keeps knocking.
func (c *Client) SignIn(ctx context.Context, scopes []string, hint, claims string) (Grant, error) {
	g, err := c.signIn(ctx, scopes, hint, claims)
	if err != nil {
		return Grant{}, fmt.Errorf("sign in: %w", err)
	}
	return g, nil
}

func (c *Client) signIn(ctx context.Context, scopes []string, hint, claims string) (Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()
	merged, err := mergeClaims(claims)
	if err != nil {
		return Grant{}, err
	}
	l, err := listen(c.Texts)
	if err != nil {
		return Grant{}, err
	}
	defer l.close()
	t := &trip{client: c, redirect: l.redirect, hint: hint, claims: merged, scopes: scopes}
	first := t.visit()
	l.again = t.again
	l.expect(first)
	if err := c.OpenBrowser(first.url); err != nil {
		return Grant{}, errors.Join(ErrBrowser, err)
	}
	back, err := l.wait(ctx)
	if err != nil {
		return Grant{}, err
	}
	if back.code == "" {
		return Grant{}, t.refused(back.refusal)
	}
	return t.redeem(ctx, back.code)
}

func param(key, value string) oauth2.AuthCodeOption { return oauth2.SetAuthURLParam(key, value) }

// random returns 256 random bits as text.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails; it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// deviceTime is how long a sign-in with a code may take.
const deviceTime = 15 * time.Minute

// SignInWithCode signs a person in with a code that is typed on another page.
// show is called with the code, the page's address and the time until which
// both work; once more when the first code was refused for want of consent, with
// a code that asks for what was granted only.
func (c *Client) SignInWithCode(ctx context.Context, scopes []string, show func(code, url string, expires time.Time)) (Grant, error) {
	g, err := c.signInWithCode(ctx, scopes, show)
	if err != nil {
		return Grant{}, fmt.Errorf("sign in with a code: %w", err)
	}
	return g, nil
}

func (c *Client) signInWithCode(ctx context.Context, scopes []string, show func(code, url string, expires time.Time)) (Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, deviceTime)
	defer cancel()
	merged, err := mergeClaims("")
	if err != nil {
		return Grant{}, err
	}
	g, err := c.codeFor(ctx, scopes, merged, show)
	if less := ofAll(scopes); less != nil && lacksConsent(err) {
		var second error
		if g, second = c.codeFor(ctx, less, merged, show); !lacksConsent(second) {
			g.Partial, err = true, second
		}
	}
	if err != nil {
		return Grant{}, err
	}
	return g, nil
}

// codeFor is one code, from showing it to who signed in with it.
func (c *Client) codeFor(ctx context.Context, scopes []string, claims string, show func(code, url string, expires time.Time)) (Grant, error) {
	device, err := c.oauth("", withIdentity(scopes)).DeviceAuth(c.with(ctx), param("claims", claims))
	if err != nil {
		return Grant{}, explain(ctx, err)
	}
	if err := c.checkDevice(device); err != nil {
		return Grant{}, err
	}
	if end, _ := ctx.Deadline(); device.Expiry.IsZero() || device.Expiry.After(end) {
		device.Expiry = end
	}
	show(device.UserCode, device.VerificationURI, device.Expiry)
	tok, err := c.poll(ctx, device, claims)
	if err != nil {
		return Grant{}, err
	}
	return c.grant(ctx, tok, "")
}

// poll waits for the person to finish. The library slows down when it is told
// to; an answer that the network lost is waited for again.
func (c *Client) poll(ctx context.Context, device *oauth2.DeviceAuthResponse, claims string) (*oauth2.Token, error) {
	conf := c.oauth("", identityScopes)
	for {
		tok, err := conf.DeviceAccessToken(c.with(ctx), device, param("claims", claims))
		if err == nil {
			return tok, nil
		}
		if !time.Now().Before(device.Expiry) {
			return nil, fmt.Errorf("%w: the code ran out", ErrCancelled)
		}
		if err = explain(ctx, err); !errors.Is(err, ErrOffline) {
			return nil, err
		}
	}
}

// grant verifies who signed in.
func (c *Client) grant(ctx context.Context, tok *oauth2.Token, nonce string) (Grant, error) {
	raw, _ := tok.Extra("id_token").(string)
	who, err := c.verify(ctx, raw, nonce)
	if err != nil {
		return Grant{}, err
	}
	if tok.RefreshToken == "" {
		return Grant{}, fmt.Errorf("%w: no refresh token was granted", ErrSetup)
	}
	scope, _ := tok.Extra("scope").(string)
	who.Scopes, who.Refresh, who.At = strings.Fields(scope), wire.NewSecret(tok.RefreshToken), time.Now().UTC()
	return who, nil
}
