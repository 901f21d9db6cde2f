package entra

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strconv"

	"github.com/coreos/go-oidc/v3/oidc"
)

// minKeyBits is the least a signing key must have.
const minKeyBits = 2048

// signingKeys are the keys that a tenant's ID tokens are signed with.
func (c *Client) signingKeys(ctx context.Context, tenant string) (oidc.KeySet, error) {
	keys, err := c.SigningKeys(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return &oidc.StaticKeySet{PublicKeys: slices.Collect(maps.Values(keys))}, nil
}

// SigningKeys reads the keys that a tenant's tokens are signed with, by key id.
// The OpenID library's own reader goes on in the background and gives up the
// whole set for one certificate field it does not like; neither is needed here.
func (c *Client) SigningKeys(ctx context.Context, tenant string) (map[string]crypto.PublicKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.endpoint(tenant, "/discovery/v2.0/keys"), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: tenant", ErrIdentity)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, explain(ctx, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, explain(ctx, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, readError(resp.StatusCode, data)
	}
	keys := parseKeys(data)
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: the sign-in service has no usable key", ErrIdentity)
	}
	return keys, nil
}

// parseKeys returns the RSA signing keys of a key set and passes over the rest.
// A key without an id gets one that no token can name.
func parseKeys(data []byte) map[string]crypto.PublicKey {
	var set struct {
		Keys []struct {
			ID       string `json:"kid"`
			Type     string `json:"kty"`
			Use      string `json:"use"`
			Modulus  string `json:"n"`
			Exponent string `json:"e"`
		} `json:"keys"`
	}
	if json.Unmarshal(data, &set) != nil {
		return nil
	}
	out := map[string]crypto.PublicKey{}
	for i, k := range set.Keys {
		n, err1 := base64.RawURLEncoding.DecodeString(k.Modulus)
		e, err2 := base64.RawURLEncoding.DecodeString(k.Exponent)
		if k.Type != "RSA" || k.Use != "" && k.Use != "sig" || err1 != nil || err2 != nil || len(e) > 4 {
			continue
		}
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		if key.N.BitLen() >= minKeyBits && key.E > 2 {
			if k.ID == "" {
				k.ID = "\x00" + strconv.Itoa(i)
			}
			out[k.ID] = key
		}
	}
	return out
}
