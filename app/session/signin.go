package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"chatpane/app/dataverse"
	"chatpane/app/entra"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// entra makes the sign-in client of the configured cloud and tenant.
func (c *Core) entra() (*entra.Client, error) {
	h, err := wire.NewClient(c.o.Cloud.Authority, wire.Options{Transport: c.o.Transport, Log: c.o.Log, MaxBody: 1 << 20, AllowLoopbackHTTP: c.o.LoopbackHTTP})
	if err != nil {
		return nil, fmt.Errorf("reach the sign-in service: %w", err)
	}
	return entra.New(entra.Config{
		Authority: c.o.Cloud.Authority, Tenant: c.o.Tenant, ClientID: c.o.ClientID, HTTP: h,
		Scopes:      c.resources(),
		OpenBrowser: c.o.OpenURL, Log: c.o.Log, Texts: c.o.Texts, AllowLoopbackHTTP: c.o.LoopbackHTTP,
	})
}

// SignIn signs in with the system browser. It answers when the account is
// open, or with why it is not; the account's phase says so too.
func (c *Core) SignIn(ctx context.Context) error {
	return c.signIn(ctx, func(ctx context.Context, e *entra.Client, hint, claims string) (entra.Grant, error) {
		return e.SignIn(ctx, c.wanted(), hint, claims)
	})
}

// SignInWithCode signs in with a code typed on another device, if policy allows.
func (c *Core) SignInWithCode(ctx context.Context) error {
	if !c.o.Policy.DeviceCode {
		return &Problem{Code: "deviceCodeOff"}
	}
	return c.signIn(ctx, func(ctx context.Context, e *entra.Client, _, _ string) (entra.Grant, error) {
		return e.SignInWithCode(ctx, c.wanted(), func(code, url string, _ time.Time) {
			c.edit(func(a *Account) { a.DeviceCode, a.DeviceURL = code, url })
		})
	})
}

// CancelSignIn ends a sign-in that is under way; it is then reported cancelled.
func (c *Core) CancelSignIn() {
	c.mu.Lock()
	cancel := c.cancel
	c.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

type signInWay func(ctx context.Context, e *entra.Client, hint, claims string) (entra.Grant, error)

func (c *Core) signIn(ctx context.Context, way signInWay) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.mu.Lock()
	if c.cancel != nil {
		c.mu.Unlock()
		return &Problem{Code: "signInRunning"}
	}
	c.cancel = cancel
	before, claims := c.account, c.claims
	signedIn := c.current != nil
	c.mu.Unlock()
	if !signedIn {
		c.edit(func(a *Account) { a.Phase, a.Problem = "signingIn", nil })
	}
	err := c.grant(ctx, way, before, claims)
	c.mu.Lock()
	c.cancel = nil
	if err == nil {
		c.claims = ""
	}
	c.mu.Unlock()
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		err = entra.ErrCancelled
	}
	c.edit(func(a *Account) {
		a.DeviceCode, a.DeviceURL, a.Problem = "", "", c.withLink(explain(err))
		if !signedIn {
			a.Phase = "signedOut"
		}
	})
	return err
}

// grant signs in, finds the account's environments and opens it.
func (c *Core) grant(ctx context.Context, way signInWay, before Account, claims string) error {
	e, err := c.entra()
	if err != nil {
		return err
	}
	g, err := way(ctx, e, before.Email, claims)
	if err != nil {
		return err
	}
	if before.Phase == "signedIn" && before.ID != g.OID {
		return &Problem{Code: "otherAccount", Args: []Arg{{"name", before.Name}}}
	}
	if err := c.grantsAnything(g); err != nil {
		return err
	}
	environments, err := c.discover(ctx, e, &g)
	if lacksConsent(err) {
		environments, err = withoutDynamics(before, err)
	}
	if err != nil {
		return err
	}
	if len(environments) == 0 {
		return &Problem{Code: "noEnvironment"}
	}
	st := accountState{Environment: environments[0].URL, Environments: environments}
	for _, e := range environments {
		if e.URL == before.Environment {
			st.Environment = e.URL
		}
	}
	r := c.end()
	if r == nil {
		c.board.update(func(e *edit) { e.clear(cellAccount, cellSettings) })
	}
	v, err := c.openVault(g, r)
	if err != nil {
		return err
	}
	if err := g.Save(v); err != nil {
		return err
	}
	if err := writeJSON(v, stateFile, st); err != nil {
		return err
	}
	if v.Persistent() {
		if err := c.writeIndex(pointer{g.Tenant, g.OID}); err != nil {
			return err
		}
	}
	return c.open(context.WithoutCancel(ctx), v, g, st)
}

// openVault opens the account's keys; with no keychain nothing is kept.
func (c *Core) openVault(g entra.Grant, r *running) (*vault.Vault, error) {
	if r != nil {
		return r.vault, nil
	}
	if c.o.Dir == "" {
		return vault.OpenMemory(), nil
	}
	v, err := vault.Open(c.accountDir(g.Tenant, g.OID), g.Tenant+"/"+g.OID, c.o.Keychain)
	if errors.Is(err, vault.ErrKeychain) {
		c.o.Log.Warn("no keychain: nothing is kept", "err", err)
		return vault.OpenMemory(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	return v, nil
}

func (c *Core) writeIndex(p pointer) error {
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("keep account: %w", err)
	}
	if err := os.MkdirAll(c.o.Dir, 0o700); err != nil {
		return fmt.Errorf("keep account: %w", err)
	}
	if err := os.WriteFile(filepath.Join(c.o.Dir, indexFile), b, 0o600); err != nil {
		return fmt.Errorf("keep account: %w", err)
	}
	return nil
}

// discover lists the Dynamics environments of the account. The grant takes the
// refresh token that doing so may have brought.
func (c *Core) discover(ctx context.Context, e *entra.Client, g *entra.Grant) ([]Environment, error) {
	tokens := e.Tokens(*g, func(next entra.Grant) error { *g = next; return nil })
	d, err := c.client(c.o.Cloud.Discovery, "/api/discovery/v2.0", tokens.For(c.o.Cloud.Discovery), nil)
	if err != nil {
		return nil, err
	}
	list, err := dataverse.Discover(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("list environments: %w", err)
	}
	var out []Environment
	for _, i := range list {
		origin, ok := c.environment(i.URL)
		if i.State != 0 || !ok {
			continue // switched off, or not an environment of this cloud
		}
		out = append(out, Environment{URL: origin, Name: i.FriendlyName})
	}
	return out, nil
}

// environment is the origin of an environment of the cloud. A cloud without
// known domains is the sandbox, which is on loopback.
func (c *Core) environment(url string) (string, bool) {
	if len(c.o.Cloud.DynamicsSuffixes) > 0 {
		return c.o.Cloud.Environment(url)
	}
	origin, err := wire.Origin(url)
	return origin, err == nil
}

// SignOut removes the account from this computer. While something is unsent it
// refuses with the Problem "unsent" and the number in Account.
func (c *Core) SignOut(ctx context.Context) error {
	s, err := c.Session()
	if err != nil {
		return err
	}
	if n := unsent(s.outbox.Ops()); n > 0 {
		c.edit(func(a *Account) { a.Unsent = n })
		return &Problem{Code: "unsent", Args: []Arg{{"count", fmt.Sprint(n)}}}
	}
	return c.SignOutDiscarding(ctx)
}

// SignOutDiscarding ends the session, deletes keys, tokens and cache of the
// account, and says so through the account's phase.
func (c *Core) SignOutDiscarding(context.Context) error {
	r := c.end()
	if r == nil {
		return nil
	}
	c.board.update(func(e *edit) { e.clear(cellSettings) })
	if err := r.vault.Destroy(); err != nil {
		c.edit(func(a *Account) { *a = c.blank(); a.Problem = explain(err) })
		return fmt.Errorf("sign out: %w", err)
	}
	if c.o.Dir != "" {
		if err := os.Remove(filepath.Join(c.o.Dir, indexFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("sign out: %w", err)
		}
	}
	c.edit(func(a *Account) { *a = c.blank() })
	return nil
}

func (c *Core) blank() Account {
	return Account{Phase: "signedOut", Environments: []Environment{}, DeviceAllowed: c.o.Policy.DeviceCode,
		Persistent: c.hasKeychain()}
}
