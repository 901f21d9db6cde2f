package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"chatpane/app/wire"
)

const (
	early      = 5 * time.Minute  // a token is renewed this long before its end
	sameClaims = time.Minute      // a token this fresh answers the same challenge again, so that a service that refuses everything causes no storm
	keepNo     = 5 * time.Minute  // a resource's refusal is not asked for again so long
	askMore    = 15 * time.Minute // a token with less than was asked for is asked for again after so long
)

// Tokens gives out access tokens of one signed-in account, one per resource,
// all from one refresh token. It may be used concurrently.
type Tokens struct {
	client *Client
	save   func(Grant) error
	turn   chan struct{} // holds its one token while somebody refreshes or reads below

	grant   Grant              // guarded by turn
	unsaved bool               // guarded by turn; save failed for the newest refresh token
	ended   error              // guarded by turn; only a new sign-in helps
	held    map[string]*access // guarded by turn; by resource
}

// access is the access token of a resource, or its refusal.
type access struct {
	token   string
	expires time.Time // with its monotonic reading
	got     time.Time
	claims  string // the challenge it was asked for with
	scopes  []string
	refused error     // until expires
	more    time.Time // when to ask for every scope again; zero when they are all there
}

// Tokens returns the tokens of a grant. save has to make the grant durable; it
// is called with every new refresh token, before the access token that came
// with it is used.
func (c *Client) Tokens(g Grant, save func(Grant) error) *Tokens {
	return &Tokens{client: c, save: save, turn: make(chan struct{}, 1), grant: g, held: map[string]*access{}}
}

// For returns the source of access tokens for a resource, which is an origin.
func (t *Tokens) For(resource string) wire.TokenFunc {
	return func(ctx context.Context, claims string) (string, error) {
		a, err := t.access(ctx, resource, claims)
		if err != nil {
			return "", fmt.Errorf("get a token for %s: %w", resource, err)
		}
		return a.token, nil
	}
}

// Scopes returns what was granted for a resource: nil before its first token.
func (t *Tokens) Scopes(resource string) []string {
	t.turn <- struct{}{}
	defer t.release()
	if a := t.held[resource]; a != nil {
		return slices.Clone(a.scopes)
	}
	return nil
}

// Refused returns why the last request for a token of a resource was refused in
// a way that asking again does not change, nil when it was not.
func (t *Tokens) Refused(resource string) error {
	t.turn <- struct{}{}
	defer t.release()
	if a := t.held[resource]; a != nil {
		return a.refused
	}
	return nil
}

func (t *Tokens) release() { <-t.turn }

// access returns a valid access token, refreshing it in turn when needed.
func (t *Tokens) access(ctx context.Context, resource, claims string) (*access, error) {
	select {
	case t.turn <- struct{}{}:
		defer t.release()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if t.unsaved {
		if err := t.keepLocked(); err != nil {
			return nil, err
		}
	}
	old := t.held[resource]
	if old != nil && !old.serves(claims) {
		old = nil
	}
	if old != nil && (old.more.IsZero() || time.Now().Before(old.more)) {
		return old, old.refused
	}
	if t.ended != nil {
		return nil, t.ended
	}
	a, err := t.refreshLocked(ctx, resource, claims)
	if err != nil && old != nil {
		old.more = time.Now().Add(keepNo) // it is good for what it has
		return old, nil
	}
	if err != nil {
		t.rememberLocked(resource, claims, err)
		return nil, err
	}
	t.held[resource] = a
	if t.unsaved {
		if err := t.keepLocked(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// serves reports whether the token may be used: not near its end by the
// monotonic clock, nor by the wall clock, which goes on while the machine
// sleeps; and good for the challenge.
func (a *access) serves(claims string) bool {
	now := time.Now()
	if !now.Before(a.expires) || !now.Round(0).Before(a.expires.Round(0)) {
		return false
	}
	return claims == "" || a.claims == claims && now.Sub(a.got) < sameClaims
}

// keepLocked saves the newest refresh token.
func (t *Tokens) keepLocked() error {
	if err := t.save(t.grant); err != nil {
		return fmt.Errorf("save the refresh token: %w", err)
	}
	t.unsaved = false
	return nil
}

// rememberLocked keeps a refusal that asking again does not change.
func (t *Tokens) rememberLocked(resource, claims string, err error) {
	switch {
	case errors.Is(err, ErrSignIn) && (claims == "" || claims == wire.AnotherToken):
		t.ended = err
	case errors.Is(err, ErrConsent), errors.Is(err, ErrAdminConsent), errors.Is(err, ErrPolicy), errors.Is(err, ErrSetup), errors.Is(err, ErrSignIn):
		now := time.Now()
		t.held[resource] = &access{refused: err, got: now, expires: now.Add(keepNo), claims: claims}
	}
}

// refreshLocked asks for an access token with every scope of the resource, and
// where one was not agreed to for one with those that were. The new refresh
// token is in t.grant when it returns, and has to be saved.
func (t *Tokens) refreshLocked(ctx context.Context, resource, claims string) (*access, error) {
	scopes := t.client.scopesOf(resource)
	a, err := t.askLocked(ctx, scopes, claims)
	less := ofAll(scopes)
	if !lacksConsent(err) || less == nil {
		return a, err
	}
	a, second := t.askLocked(ctx, less, claims)
	if lacksConsent(second) {
		return nil, err // nothing was granted
	}
	if second != nil {
		return nil, second
	}
	a.more = a.got.Add(askMore)
	return a, nil
}

// askLocked is one request for an access token with the scopes of one resource.
func (t *Tokens) askLocked(ctx context.Context, scopes []string, claims string) (*access, error) {
	merged, err := mergeClaims(claims)
	if err != nil {
		return nil, err
	}
	c := t.client
	form := url.Values{"client_id": {c.ClientID}, "grant_type": {"refresh_token"}, "refresh_token": {t.grant.Refresh.Reveal()},
		"scope": {strings.Join(append(slices.Clone(scopes), "offline_access"), " ")}, "claims": {merged}}
	start := time.Now()
	r, err := c.redeem(ctx, t.grant.Tenant, form)
	if err != nil {
		return nil, err
	}
	if r.Refresh != "" && r.Refresh != t.grant.Refresh.Reveal() {
		t.grant.Refresh, t.unsaved = wire.NewSecret(r.Refresh), true
	}
	life := time.Duration(r.Expires.seconds()) * time.Second
	return &access{token: r.Access, got: start, expires: start.Add(life - min(early, life/2)), claims: claims, scopes: strings.Fields(r.Scope)}, nil
}

// redeemed is the answer to a refresh.
type redeemed struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Type    string `json:"token_type"`
	Scope   string `json:"scope"`
	Expires number `json:"expires_in"`
}

// number is a JSON number, or a text that holds one.
type number string

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(data []byte) error {
	*n = number(strings.Trim(string(data), `"`))
	return nil
}

// seconds is the life of a token: an hour when nothing usable is said, and at
// most a day.
func (n number) seconds() int64 {
	s, err := json.Number(n).Int64()
	if err != nil || s <= 0 {
		return 3600
	}
	return min(s, 28*3600)
}

// redeem posts a form to the token endpoint of a tenant.
func (c *Client) redeem(ctx context.Context, tenant string, form url.Values) (redeemed, error) {
	var r redeemed
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint(tenant, "/oauth2/v2.0/token"), strings.NewReader(form.Encode()))
	if err != nil {
		return r, fmt.Errorf("%w: tenant", ErrSetup)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return r, unreachable(ctx, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return r, unreachable(ctx, err)
	}
	if resp.StatusCode != http.StatusOK {
		return r, readError(resp.StatusCode, body)
	}
	if err := json.Unmarshal(body, &r); err != nil || r.Access == "" || !strings.EqualFold(r.Type, "Bearer") {
		return r, fmt.Errorf("%w: no usable answer of the sign-in service", ErrOffline)
	}
	return r, nil
}

// unreachable explains the failure of a refresh, which whoever waits may end.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return explain(ctx, err)
}
