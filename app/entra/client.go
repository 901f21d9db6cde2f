// Package entra signs a person in with Microsoft Entra ID and keeps the access
// tokens of the session fresh.
//
// It promises that a code or a token is only accepted for the sign-in that
// asked for it (PKCE, state, nonce, one use, an ID token whose signature,
// issuer, audience, tenant and time are verified); that a refresh token is saved
// before the access token that came with it is used; that one refresh is under
// way at a time, however many calls wait for it; and that every error says what
// it means for the person who signs in (see [Error] and the errors beside it).
//
// It refuses verification addresses of other hosts than Microsoft's, answers
// that come from another page, and authorities without TLS, except on a
// loopback host in a build that allows it. It opens no window of its own: people
// type their password only into the system's browser.
package entra

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"chatpane/app/wire"
)

// Config says where and as which application to sign in.
type Config struct {
	// Authority is the origin of the sign-in service, from [Clouds].
	Authority string
	// Tenant is a tenant id, one of its domains, or "organizations".
	Tenant   string
	ClientID string
	// Scopes are what to ask for per resource, which is an origin. A resource
	// that is not named gets "{resource}/user_impersonation", as Dataverse has it.
	Scopes map[string][]string
	// HTTP is a client of package wire without tokens, bound to Authority. Nil
	// makes one.
	HTTP *http.Client
	// OpenBrowser shows an address in the system's browser.
	OpenBrowser func(url string) error
	Log         *slog.Logger
	// Texts are the words of the page that the browser shows at the end.
	Texts ClosingPage
	// AllowLoopbackHTTP accepts a plain http Authority on a loopback host. Only
	// the demo and tests set it.
	AllowLoopbackHTTP bool
}

// Client signs people in. It may be used concurrently.
type Client struct{ Config }

// anyTenant is the tenant of a client that takes accounts of every organisation.
const anyTenant = "organizations"

// identityScopes are asked for with every sign-in.
var identityScopes = []string{"openid", "profile", "offline_access"}

// New checks the configuration.
func New(c Config) (*Client, error) {
	origin, err := wire.Origin(c.Authority)
	if err != nil {
		return nil, fmt.Errorf("configure the sign-in: authority: %w", err)
	}
	c.Authority = origin
	if c.Tenant == "" {
		c.Tenant = anyTenant
	}
	if strings.Trim(strings.ToLower(c.Tenant), "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || strings.HasPrefix(c.Tenant, ".") {
		return nil, errors.New("configure the sign-in: the tenant is neither an id nor a domain")
	}
	if c.ClientID == "" {
		return nil, fmt.Errorf("configure the sign-in: %w: no client id", ErrSetup)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.HTTP == nil {
		c.HTTP, err = wire.NewClient(origin, wire.Options{Log: c.Log, AllowLoopbackHTTP: c.AllowLoopbackHTTP, MaxBody: 1 << 20})
		if err != nil {
			return nil, fmt.Errorf("configure the sign-in: %w", err)
		}
	} else if strings.HasPrefix(origin, "http:") && !c.AllowLoopbackHTTP {
		return nil, errors.New("configure the sign-in: plain http is refused")
	}
	return &Client{Config: c}, nil
}

// Grant is what a sign-in leaves: who it was, and the refresh token. It does
// not print the token; [Grant.Save] keeps it.
type Grant struct {
	Tenant string // tenant id
	OID    string // object id of the person
	Name   string
	UPN    string
	Scopes []string // as granted at sign-in
	// Partial tells that less was granted than was asked for: what, of the first
	// resource, is in Scopes.
	Partial bool
	// Refresh is bound to the person and this application.
	Refresh wire.Secret
	At      time.Time // when the person signed in
}

// Account is "{tenant}/{oid}", the name under which a vault keeps the keys.
func (g Grant) Account() string { return g.Tenant + "/" + g.OID }

// AdminConsentURL is the page on which an administrator allows the application
// what it asks for.
func (c *Client) AdminConsentURL(tenant string, scopes []string) string {
	q := url.Values{"client_id": {c.ClientID}, "scope": {strings.Join(scopes, " ")}, "redirect_uri": {"http://localhost"}}
	return c.Authority + "/" + url.PathEscape(tenant) + "/v2.0/adminconsent?" + q.Encode()
}

// scopesOf are the scopes of a resource.
func (c *Client) scopesOf(resource string) []string {
	if s, ok := c.Scopes[resource]; ok {
		return s
	}
	return []string{strings.TrimSuffix(resource, "/") + "/user_impersonation"}
}

// endpoint is an address of the sign-in service for the client's tenant.
func (c *Client) endpoint(tenant, path string) string {
	return c.Authority + "/" + tenant + path
}

func (c *Client) oauth(redirect string, scopes []string) *oauth2.Config {
	return &oauth2.Config{ClientID: c.ClientID, RedirectURL: redirect, Scopes: scopes, Endpoint: oauth2.Endpoint{
		AuthURL:       c.endpoint(c.Tenant, "/oauth2/v2.0/authorize"),
		TokenURL:      c.endpoint(c.Tenant, "/oauth2/v2.0/token"),
		DeviceAuthURL: c.endpoint(c.Tenant, "/oauth2/v2.0/devicecode"),
		AuthStyle:     oauth2.AuthStyleInParams,
	}}
}

// with makes the library use our client, also where it forgets the context.
func (c *Client) with(ctx context.Context) context.Context {
	h := *c.HTTP
	h.Transport = inContext{ctx, c.HTTP.Transport}
	return context.WithValue(ctx, oauth2.HTTPClient, &h)
}

type inContext struct {
	ctx  context.Context
	next http.RoundTripper
}

// RoundTrip gives a request without a context of its own the sign-in's.
func (i inContext) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Context() == context.Background() {
		r = r.WithContext(i.ctx)
	}
	return i.next.RoundTrip(r)
}

// withIdentity adds the identity scopes to others.
func withIdentity(scopes []string) []string {
	return append(append([]string{}, identityScopes...), scopes...)
}
