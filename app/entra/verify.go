package entra

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"chatpane/app/wire"
)

// leeway is how far this machine's clock may be off.
const leeway = 5 * time.Minute

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// identity are the claims of an ID token that are read here.
type identity struct {
	Tenant    string `json:"tid"`
	OID       string `json:"oid"`
	Name      string `json:"name"`
	UPN       string `json:"preferred_username"`
	NotBefore int64  `json:"nbf"`
}

// verify checks an ID token: signature, issuer, audience, tenant, nonce and time.
func (c *Client) verify(ctx context.Context, raw, nonce string) (Grant, error) {
	claimed, err := unverified(raw)
	if err != nil {
		return Grant{}, err
	}
	if guid.MatchString(strings.ToLower(c.Tenant)) && claimed.Tenant != strings.ToLower(c.Tenant) {
		return Grant{}, ErrWrongTenant
	}
	keys, err := c.signingKeys(ctx, claimed.Tenant)
	if err != nil {
		return Grant{}, err
	}
	verifier := oidc.NewVerifier(c.endpoint(claimed.Tenant, "/v2.0"), keys, &oidc.Config{
		ClientID: c.ClientID, SupportedSigningAlgs: []string{oidc.RS256},
		SkipExpiryCheck: true, // done below, with room for a wrong clock
	})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Grant{}, fmt.Errorf("%w: signature, issuer or audience", ErrIdentity)
	}
	var who identity
	if err := token.Claims(&who); err != nil || who.Tenant != claimed.Tenant || !guid.MatchString(who.OID) {
		return Grant{}, fmt.Errorf("%w: tenant or person", ErrIdentity)
	}
	now := time.Now()
	if now.After(token.Expiry.Add(leeway)) || now.Before(time.Unix(who.NotBefore, 0).Add(-leeway)) {
		return Grant{}, fmt.Errorf("%w: its time is not now; is this machine's clock right?", ErrIdentity)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return Grant{}, fmt.Errorf("%w: nonce", ErrIdentity)
	}
	return Grant{Tenant: who.Tenant, OID: who.OID, Name: who.Name, UPN: who.UPN}, nil
}

// unverified reads the tenant of an ID token, which decides whose keys and
// which issuer have to fit. The verified token has to name the same.
func unverified(raw string) (identity, error) {
	var who identity
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return who, fmt.Errorf("%w: no ID token", ErrIdentity)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(data, &who) != nil || !guid.MatchString(who.Tenant) {
		return who, fmt.Errorf("%w: no tenant in the ID token", ErrIdentity)
	}
	return who, nil
}

var userCode = regexp.MustCompile(`^[A-Z0-9-]{4,20}$`)

// checkDevice refuses to show a code or a page that Microsoft does not give.
func (c *Client) checkDevice(d *oauth2.DeviceAuthResponse) error {
	u, err := url.Parse(d.VerificationURI)
	if err != nil || u.User != nil || u.Opaque != "" || u.Fragment != "" || !c.devicePage(u) {
		return fmt.Errorf("%w: the page for the code is not Microsoft's", ErrSetup)
	}
	if !userCode.MatchString(d.UserCode) || d.DeviceCode == "" {
		return fmt.Errorf("%w: no usable code", ErrSetup)
	}
	d.Interval = min(max(d.Interval, 1), 60)
	return nil
}

func (c *Client) devicePage(u *url.URL) bool {
	origin, err := wire.Origin(u.String())
	if err != nil {
		return false
	}
	switch origin {
	case c.Authority:
		return true
	case "https://microsoft.com", "https://www.microsoft.com":
		return strings.HasPrefix(u.Path, "/devicelogin")
	case "https://login.microsoft.com":
		return strings.HasPrefix(u.Path, "/device")
	}
	return false
}
