package entra_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/entra"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/wire"
)

// company is a sandbox and a client that signs in to it as somebody.
func company(t *testing.T, who string) (*sandbox.Sandbox, *entra.Client) {
	t.Helper()
	s := sandbox.New(sandbox.Options{Seed: 1, Cases: 5, Chats: 5, Messages: 50})
	o := s.Origins()
	h, err := wire.NewClient(o["entra"], wire.Options{Transport: s.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := entra.New(entra.Config{Authority: o["entra"], Tenant: s.TenantID, ClientID: s.ClientID, HTTP: h,
		Scopes: map[string][]string{o["graph"]: {o["graph"] + "/User.Read", o["graph"] + "/Chat.ReadWrite"}},
		OpenBrowser: func(address string) error {
			back, err := s.PickUser(address, who)
			if err == nil {
				follow(t, back)
			}
			return err
		}})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestTheSandboxIsSignedInToAndCalled(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{Seed: 1, Cases: 5, Chats: 5, Messages: 50})
	who := s.Describe().Users[0].UPN
	s, c := company(t, who)
	o := s.Origins()
	g, err := c.SignIn(t.Context(), []string{o["graph"] + "/User.Read", o["graph"] + "/Chat.ReadWrite", o["dataverse"] + "/user_impersonation"}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if g.UPN != who || g.Tenant != s.TenantID {
		t.Errorf("signed in as %s of %s", g.UPN, g.Tenant)
	}
	tokens := c.Tokens(g, keep)
	call := func(origin, base, path string) (map[string]any, error) {
		h, err := wire.NewClient(origin, wire.Options{Transport: s.Transport(), Token: tokens.For(origin)})
		if err != nil {
			t.Fatal(err)
		}
		var into map[string]any
		err = (&odata.Client{Base: origin + base, HTTP: h}).Get(t.Context(), path, nil, &into)
		return into, err
	}
	me, err := call(o["graph"], "/v1.0", "/me")
	if err != nil || me["id"] != g.OID {
		t.Errorf("Graph says %v, %v", me["id"], err)
	}
	if who, err := call(o["dataverse"], "/api/data/v9.2", "/WhoAmI"); err != nil || who["UserId"] == nil {
		t.Errorf("Dataverse says %v, %v", who, err)
	}
	s.Knobs.ClaimsChallenge(who)
	if _, err := call(o["graph"], "/v1.0", "/me"); err != nil {
		t.Errorf("after a claims challenge: %v", err)
	}
	s.Knobs.ExpireTokens()
	if _, err := call(o["graph"], "/v1.0", "/me"); err != nil {
		t.Errorf("after the tokens expired: %v", err)
	}
}

func TestTheSandboxRefusesAsEntraDoes(t *testing.T) {
	t.Parallel()
	for who, want := range map[string]error{"cancel": entra.ErrCancelled, "deny": entra.ErrDeclined} {
		_, c := company(t, who)
		if _, err := c.SignIn(t.Context(), nil, "", ""); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", who, err, want)
		}
	}
}

func TestTheSandboxIsSignedInToWithACode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, withACode)
}

func withACode(t *testing.T) {
	s, c := company(t, "")
	s.Knobs.DeviceURI("https://evil.example/devicelogin")
	if _, err := c.SignInWithCode(t.Context(), nil, func(string, string, time.Time) { t.Error("shown") }); !errors.Is(err, entra.ErrSetup) {
		t.Errorf("a foreign page for the code: %v", err)
	}
	s.Knobs.DeviceURI("")
	who := s.Describe().Users[0].UPN
	g, err := c.SignInWithCode(t.Context(), nil, func(code, _ string, _ time.Time) {
		if err := s.ApproveDevice(code, who); err != nil {
			t.Error(err)
		}
	})
	if err != nil || g.UPN != who {
		t.Errorf("with a code: %+v, %v", g, err)
	}
}
