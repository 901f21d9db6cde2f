package sandbox_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// The libraries that other apps use sign in without knowing the sandbox. They
// run on the real clock, because they compare times with it.
func TestOIDCLibrarySignsIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, small, realClock)
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: r.Transport()})
	provider, err := oidc.NewProvider(ctx, r.Origins()["entra"]+"/"+r.TenantID+"/v2.0")
	if err != nil {
		t.Fatal(err)
	}
	app := oauth2.Config{ClientID: r.ClientID, Endpoint: provider.Endpoint(), RedirectURL: "http://localhost:51111/", Scopes: []string{oidc.ScopeOpenID, oidc.ScopeOfflineAccess, "Chat.Read"}}
	secret := oauth2.GenerateVerifier()
	to, err := r.PickUser(app.AuthCodeURL("st", oidc.Nonce("no"), oauth2.S256ChallengeOption(secret)), r.me.UPN)
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	token, err := app.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(secret))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: r.ClientID}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "no" || id.Subject == "" || id.Subject == r.me.OID {
		t.Errorf("got nonce %q and subject %q", id.Nonce, id.Subject)
	}
	again, err := app.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil || again.RefreshToken == token.RefreshToken {
		t.Errorf("refresh: got the same refresh token, or %v", err)
	}
	r.token = again.AccessToken
	r.get("/me/chats").want(200)
}
