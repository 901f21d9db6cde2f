package entra_test

import (
	"errors"
	"testing"
	"time"

	"chatpane/app/entra"
	"chatpane/app/wire"
)

func FuzzIDToken(f *testing.F) {
	s := newServer()
	h, err := wire.NewClient(authority, wire.Options{Transport: s})
	if err != nil {
		f.Fatal(err)
	}
	c, err := entra.New(entra.Config{Authority: authority, Tenant: tenant, ClientID: clientID, HTTP: h})
	if err != nil {
		f.Fatal(err)
	}
	good := s.idToken("nonce")
	if err := c.VerifyForTest(f.Context(), good, "nonce"); err != nil {
		f.Fatal(err)
	}
	claims := map[string]any{"tid": tenant, "exp": time.Now().Unix() + 60}
	f.Add(good)
	f.Add(sign("none", claims))
	f.Add(sign("HS256", claims))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, raw string) {
		err := c.VerifyForTest(t.Context(), raw, "nonce")
		if (err == nil) != (raw == good) || err != nil && !errors.Is(err, entra.ErrIdentity) && !errors.Is(err, entra.ErrWrongTenant) {
			t.Errorf("%q: %v", raw, err)
		}
	})
}

func FuzzSigningKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n := entra.ParseKeysForTest(data); n > len(data) {
			t.Errorf("%d keys in %d bytes", n, len(data))
		}
	})
}

func TestOnlyUsableKeysAreTaken(t *testing.T) {
	t.Parallel()
	big := raw.EncodeToString(theKey().N.Bytes())
	for set, want := range map[string]int{
		`{"keys":[{"kty":"RSA","use":"sig","n":"` + big + `","e":"AQAB","x5t":"odd!"}]}`:                  1,
		`{"keys":[{"kty":"EC","n":"` + big + `","e":"AQAB"},{"kty":"RSA","n":"` + big + `","e":"AQAB"}]}`: 1,
		`{"keys":[{"kty":"RSA","use":"enc","n":"` + big + `","e":"AQAB"}]}`:                               0,
		`{"keys":[{"kty":"RSA","n":"` + big[:100] + `","e":"AQAB"}]}`:                                     0,
		`{"keys":[{"kty":"RSA","n":"` + big + `","e":"AQ"}]}`:                                             0,
		`{"keys":[{"kty":"RSA","n":"` + big + `","e":"AQABAQABAQAB"}]}`:                                   0,
		`{"keys":[{"kty":"RSA","n":"!!!","e":"AQAB"}]}`:                                                   0,
		`{"keys":{}}`: 0, `<html>`: 0, ``: 0,
	} {
		if got := entra.ParseKeysForTest([]byte(set)); got != want {
			t.Errorf("%.90s: %d keys, want %d", set, got, want)
		}
	}
}
