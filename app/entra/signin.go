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
// earlier [Error] demanded; both may be empty. It ends with [ErrCancelled] when
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
	state, nonce, verifier := random(), random(), oauth2.GenerateVerifier()
	l, err := listen(state, c.Texts)
	if err != nil {
		return Grant{}, err
	}
	defer l.close()
	conf := c.oauth(l.redirect, withIdentity(scopes))
	opts := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier), param("nonce", nonce), param("response_mode", "query"), param("claims", merged)}
	if hint != "" {
		opts = append(opts, param("login_hint", hint))
	} else {
		opts = append(opts, param("prompt", "select_account"))
	}
	if err := c.OpenBrowser(conf.AuthCodeURL(state, opts...)); err != nil {
		return Grant{}, errors.Join(ErrBrowser, err)
	}
	back, err := l.wait(ctx)
	if err != nil {
		return Grant{}, err
	}
	if back.code == "" {
		return Grant{}, newError(back.refusal, 0)
	}
	// The scopes of one resource only may be named when the code is redeemed.
	tok, err := conf.Exchange(c.with(ctx), back.code, oauth2.VerifierOption(verifier),
		param("scope", strings.Join(identityScopes, " ")), param("claims", merged))
	if err != nil {
		return Grant{}, explain(ctx, err)
	}
	return c.grant(ctx, tok, nonce)
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
// show is called once with the code, the page's address and the time until
// which both work.
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
	device, err := c.oauth("", withIdentity(scopes)).DeviceAuth(c.with(ctx), param("claims", merged))
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
	tok, err := c.poll(ctx, device, merged)
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
