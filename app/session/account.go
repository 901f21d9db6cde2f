package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/entra"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/outbox"
	"chatpane/app/store"
	"chatpane/app/syncer"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// Files of an account: the index names the one to resume, by ids only; the
// grant and the choice of environment are sealed.
const (
	indexFile = "account.json"
	stateFile = "state"

	factEnvironments = "environments"
)

// pointer is the content of the index file.
type pointer struct{ Tenant, OID string }

// accountState is what is kept of an account beside its grant.
type accountState struct {
	Environment  string
	Environments []Environment
}

func (c *Core) accountDir(tenant, oid string) string {
	sum := sha256.Sum256([]byte(tenant + "/" + oid))
	return filepath.Join(c.o.Dir, "accounts", hex.EncodeToString(sum[:12]))
}

// resume opens the account of the last run, or asks to sign in.
func (c *Core) resume(ctx context.Context) {
	err := c.resumeAccount(ctx)
	if err == nil {
		return
	}
	if !errors.Is(err, os.ErrNotExist) {
		c.o.Log.Warn("resume account", "err", err)
	}
	persistent := c.o.Dir != "" && c.hasKeychain()
	c.edit(func(a *Account) {
		a.Phase, a.Persistent = "signedOut", persistent
		if !errors.Is(err, os.ErrNotExist) {
			a.Problem = explain(err)
		}
	})
}

func (c *Core) resumeAccount(ctx context.Context) error {
	if c.o.Dir == "" {
		return os.ErrNotExist
	}
	b, err := os.ReadFile(filepath.Join(c.o.Dir, indexFile))
	if err != nil {
		return err
	}
	var p pointer
	if err := json.Unmarshal(b, &p); err != nil || p.OID == "" {
		return os.ErrNotExist
	}
	dir := c.accountDir(p.Tenant, p.OID)
	if err := c.finishSignOuts(); err != nil {
		return err
	}
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	v, err := vault.Open(dir, p.Tenant+"/"+p.OID, c.o.Keychain)
	if errors.Is(err, vault.ErrKeysLost) || errors.Is(err, vault.ErrTampered) {
		// Nothing here can be read any more. It goes, so that signing in starts anew.
		return errors.Join(err, vault.Destroy(dir, p.Tenant+"/"+p.OID, c.o.Keychain))
	}
	if err != nil {
		return fmt.Errorf("open keys: %w", err)
	}
	grant, err := entra.LoadGrant(v)
	if err != nil {
		return err
	}
	var st accountState
	if err := readJSON(v, stateFile, &st); err != nil {
		return err
	}
	return c.open(ctx, v, grant, st)
}

// finishSignOuts goes on with sign-outs that a crash or a power cut interrupted,
// before anything else is opened.
func (c *Core) finishSignOuts() error {
	dirs, err := vault.Unfinished(filepath.Join(c.o.Dir, "accounts"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if err := vault.FinishDestroy(dir, c.o.Keychain); err != nil {
			return err
		}
	}
	return nil
}

// hasKeychain tells whether an account that signs in now can be kept on disk.
func (c *Core) hasKeychain() bool {
	if c.o.Dir == "" {
		return false
	}
	_, err := c.o.Keychain.Get("probe")
	return err == nil || errors.Is(err, vault.ErrNoKey)
}

func readJSON(v *vault.Vault, name string, into any) error {
	b, err := v.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func writeJSON(v *vault.Vault, name string, from any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := v.WriteFile(name, b); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// open builds the session of an account from its parts and starts it.
func (c *Core) open(ctx context.Context, v *vault.Vault, grant entra.Grant, st accountState) error {
	e, err := c.entra()
	if err != nil {
		return err
	}
	tokens := e.Tokens(grant, func(g entra.Grant) error { return g.Save(v) })
	p, err := c.parts(v, grant, st, tokens)
	if err != nil {
		return err
	}
	s, err := newSession(p)
	if err != nil {
		_ = p.store.Close() // the first error tells more
		return err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{Session: s, grant: grant, tokens: tokens, vault: v, ctx: run, cancel: cancel, done: make(chan struct{})}
	if err := c.begin(ctx, r); err != nil {
		return err
	}
	c.edit(func(a *Account) {
		*a = Account{Phase: "signedIn", ID: grant.OID, Name: grant.Name, Email: grant.UPN, Environment: st.Environment,
			Environments: st.Environments, Persistent: v.Persistent(), DeviceAllowed: c.o.Policy.DeviceCode}
	})
	return nil
}

// parts opens store and journals and makes the clients.
func (c *Core) parts(v *vault.Vault, grant entra.Grant, st accountState, tokens *entra.Tokens) (parts, error) {
	p := parts{
		me:  identity{OID: grant.OID, Tenant: grant.Tenant, Name: grant.Name, UPN: grant.UPN},
		env: st.Environment, policy: c.o.Policy, log: c.o.Log, board: c.board, vault: v,
		budget: syncer.NewBudget(c.o.Policy.RequestBudgetPerHour), faults: c.fault, transport: c.o.Transport, busy: c.o.Busy,
	}
	g, err := c.client(c.o.Cloud.Graph, "/v1.0", c.noting(tokens.For(c.o.Cloud.Graph)), p.budget)
	if err != nil {
		return p, err
	}
	d, err := c.client(st.Environment, "/api/data/v9.2", c.noting(tokens.For(st.Environment)), nil)
	if err != nil {
		return p, err
	}
	p.graph, p.dataverse, p.graphHost = graph.New(g), dataverse.New(d), hostOf(c.o.Cloud.Graph)
	if c.o.Policy.Companion != "" {
		if p.companion, err = c.companion(tokens); err != nil {
			return p, err
		}
	}
	for i, name := range []string{"outbox", "drafts"} {
		p.journals[i], err = v.Journal(name)
		if errors.Is(err, vault.ErrTampered) {
			p.damaged = append(p.damaged, name) // what could be read is there, the rest was set aside
		} else if err != nil {
			return p, fmt.Errorf("open %s: %w", name, err)
		}
	}
	if p.drafts, err = outbox.OpenDrafts(p.journals[1]); err != nil {
		return p, fmt.Errorf("open drafts: %w", err)
	}
	dir := ""
	if v.Persistent() {
		dir = filepath.Join(v.Dir(), "cache")
	}
	if p.store, err = store.Open(dir, v, store.Options{Log: c.o.Log, Free: c.o.Free, Preview: syncer.Preview(grant.OID), Text: SearchText}); err != nil {
		return p, fmt.Errorf("open cache: %w", err)
	}
	f, err := encodeFact(factEnvironments, st.Environments)
	if err == nil {
		_, err = p.store.Apply(context.Background(), store.Batch{Facts: []store.Fact{f}})
	}
	if err != nil && !errors.Is(err, store.ErrFull) {
		return p, fmt.Errorf("keep environments: %w", err)
	}
	return p, nil
}

// companion makes the way to the organisation's companion server.
func (c *Core) companion(tokens *entra.Tokens) (*companion, error) {
	origin, err := wire.Origin(c.o.Policy.Companion)
	if err != nil {
		return nil, fmt.Errorf("companion: %w", err)
	}
	cl, err := c.client(origin, "", c.noting(tokens.For(origin)), nil)
	if err != nil {
		return nil, err
	}
	return &companion{origin: origin, http: cl.HTTP}, nil
}

// client makes the OData client of one origin. Its token travels nowhere else.
func (c *Core) client(origin, path string, token wire.TokenFunc, limit odata.Limiter) (*odata.Client, error) {
	h, err := wire.NewClient(origin, wire.Options{Token: token, Transport: c.o.Transport, Log: c.o.Log, AllowLoopbackHTTP: c.o.LoopbackHTTP})
	if err != nil {
		return nil, fmt.Errorf("client of %s: %w", hostOf(origin), err)
	}
	return &odata.Client{Base: origin + path, HTTP: h, Limit: limit, Log: c.o.Log, Observe: c.fault.observe}, nil
}

// noting remembers the claims of a challenge that only the user can answer, so
// that the next sign-in carries them.
func (c *Core) noting(token wire.TokenFunc) wire.TokenFunc {
	return func(ctx context.Context, claims string) (string, error) {
		t, err := token(ctx, claims)
		var e *entra.Error
		if errors.As(err, &e) && e.Claims != "" {
			claims = e.Claims
		}
		if err != nil && claims != "" {
			c.mu.Lock()
			c.claims = claims
			c.mu.Unlock()
		}
		return t, err
	}
}

// ChooseEnvironment switches the session to another environment of the account.
func (c *Core) ChooseEnvironment(ctx context.Context, url string) error {
	s, err := c.Session()
	if err != nil {
		return err
	}
	st := accountState{Environment: url, Environments: s.environments()}
	known := false
	for _, e := range st.Environments {
		known = known || e.URL == url
	}
	if !known {
		return &Problem{Code: "wrongEnvironment", Args: []Arg{{"host", hostOf(url)}, {"current", hostOf(s.env)}}}
	}
	r := c.end()
	if r == nil {
		return &Problem{Code: "signedOut", Action: "signIn"}
	}
	c.board.update(func(e *edit) { e.clear(cellAccount, cellSettings) })
	if err := writeJSON(r.vault, stateFile, st); err != nil {
		return err
	}
	return c.open(ctx, r.vault, r.grant, st)
}

// unsent counts the ops that signing out would lose.
func unsent(ops []chat.Op) int64 {
	n := int64(0)
	for _, op := range ops {
		if op.Kind != chat.OpMarkRead {
			n++
		}
	}
	return n
}
