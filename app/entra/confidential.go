package entra

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"

	"chatpane/app/wire"
)

// Credential proves that a server is the confidential application it says it
// is. The zero value proves nothing.
type Credential struct {
	// Certificate and Key sign client assertions (RFC 7523, PS256), the way
	// Microsoft recommends: no secret travels.
	Certificate *x509.Certificate
	Key         *rsa.PrivateKey
	// Secret is sent when there is no key. It is for development.
	Secret wire.Secret
}

// assertionLife is how long a client assertion is good for; it is made for one request.
const assertionLife = 5 * time.Minute

// prove adds the credential to the form of a token request.
func (c Credential) prove(form url.Values, client, audience string, now time.Time) error {
	if c.Key == nil {
		if c.Secret.Reveal() == "" {
			return fmt.Errorf("%w: no credential", ErrSetup)
		}
		form.Set("client_secret", c.Secret.Reveal())
		return nil
	}
	if c.Certificate == nil {
		return fmt.Errorf("%w: a key without its certificate", ErrSetup)
	}
	sum := sha256.Sum256(c.Certificate.Raw)
	head := map[string]string{"alg": "PS256", "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}
	claims := map[string]any{"aud": audience, "iss": client, "sub": client, "jti": uuid.NewString(),
		"nbf": now.Add(-time.Minute).Unix(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix()}
	signed, err := signPS256(head, claims, c.Key)
	if err != nil {
		return err
	}
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", signed)
	return nil
}

func signPS256(head, claims any, key *rsa.PrivateKey) (string, error) {
	h, err1 := json.Marshal(head)
	p, err2 := json.Marshal(claims)
	if err := errors.Join(err1, err2); err != nil {
		return "", fmt.Errorf("encode a client assertion: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(p)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		return "", fmt.Errorf("sign a client assertion: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// AppToken is an access token that a server got, with its end.
type AppToken struct {
	Token wire.Secret
	// Expires has its monotonic reading; it lies a little before the real end.
	Expires time.Time
}

// AppOnly gets a token in the application's own name for a resource, which is
// an origin (client credentials; Entra wants ".default"). The tenant must be
// named in the configuration.
func (c *Client) AppOnly(ctx context.Context, cred Credential, resource string) (AppToken, error) {
	t, err := c.confidential(ctx, cred, url.Values{
		"grant_type": {"client_credentials"}, "scope": {resource + "/.default"},
	})
	if err != nil {
		return AppToken{}, fmt.Errorf("get an application token for %s: %w", resource, err)
	}
	return t, nil
}

// OnBehalfOf exchanges the access token of a caller for one of a resource with
// the same person in it. A challenge that only the person can answer is an
// [Error] with Claims, to be passed on to the caller.
func (c *Client) OnBehalfOf(ctx context.Context, cred Credential, assertion, resource string) (AppToken, error) {
	t, err := c.confidential(ctx, cred, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "requested_token_use": {"on_behalf_of"},
		"assertion": {assertion}, "scope": {resource + "/user_impersonation"},
	})
	if err != nil {
		return AppToken{}, fmt.Errorf("exchange a token for %s: %w", resource, err)
	}
	return t, nil
}

func (c *Client) confidential(ctx context.Context, cred Credential, form url.Values) (AppToken, error) {
	start := time.Now()
	form.Set("client_id", c.ClientID)
	if err := cred.prove(form, c.ClientID, c.endpoint(c.Tenant, "/oauth2/v2.0/token"), start); err != nil {
		return AppToken{}, err
	}
	r, err := c.redeem(ctx, c.Tenant, form)
	if err != nil {
		return AppToken{}, err
	}
	life := time.Duration(r.Expires.seconds()) * time.Second
	return AppToken{Token: wire.NewSecret(r.Access), Expires: start.Add(life - min(early, life/2))}, nil
}
