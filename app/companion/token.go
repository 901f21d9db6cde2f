package companion

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// skew is how far the clocks of the sign-in service and this machine may differ.
	skew = time.Minute
	// maxToken is more than any token of Entra measures.
	maxToken = 12 << 10
)

// errToken is the answer to a token that is not exactly for this server. Why is
// logged, not told.
var errToken = errors.New("token refused")

// caller is who asks, as the token says. Nothing else tells.
type caller struct {
	oid       string
	app       string // client id of the desktop application
	assertion string // the token itself, to be exchanged
	expires   time.Time
}

// claims are the claims that decide; others are ignored.
type claims struct {
	Tenant    string          `json:"tid"`
	OID       string          `json:"oid"`
	Version   string          `json:"ver"`
	Scopes    string          `json:"scp"`
	Roles     json.RawMessage `json:"roles"`
	Kind      string          `json:"idtyp"`
	App       string          `json:"azp"`
	Account   *int            `json:"acct"` // optional claim: 0 member, 1 guest
	Provider  string          `json:"idp"`  // of a guest, the home organisation
	Issuer    string          `json:"iss"`
	NotBefore *int64          `json:"nbf"`
}

// authenticate finds out who asks. The error is errToken, or errKeys when
// tokens cannot be judged at the moment.
func (s *Server) authenticate(ctx context.Context, r *http.Request) (caller, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return caller{}, fmt.Errorf("%w: no single Authorization header", errToken)
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxToken {
		return caller{}, fmt.Errorf("%w: no bearer token of a possible size", errToken)
	}
	key, err := keyID(token)
	if err != nil {
		return caller{}, err
	}
	keys, err := s.keys.verifier(ctx, key)
	if errors.Is(err, errKey) {
		return caller{}, fmt.Errorf("%w: %w", errToken, err)
	}
	if err != nil {
		return caller{}, err
	}
	verified, err := oidc.NewVerifier(s.issuer(), keys, &oidc.Config{
		ClientID: s.o.ClientID, SupportedSigningAlgs: []string{oidc.RS256},
		SkipExpiryCheck: true, // done below, with the skew
	}).Verify(ctx, token)
	if err != nil {
		return caller{}, fmt.Errorf("%w: signature, issuer or audience", errToken)
	}
	return s.judge(token, verified)
}

func (s *Server) issuer() string { return s.o.Authority + "/" + s.o.TenantID + "/v2.0" }

// judge decides on the claims of a token whose signature, issuer and audience
// are right.
func (s *Server) judge(token string, verified *oidc.IDToken) (caller, error) {
	var raw json.RawMessage
	var c claims
	if err := verified.Claims(&raw); err != nil || json.Unmarshal(raw, &c) != nil || twice(raw) {
		return caller{}, fmt.Errorf("%w: claims unreadable or said twice", errToken)
	}
	now := time.Now()
	why := ""
	switch {
	case len(verified.Audience) != 1:
		why = "more than one audience"
	case c.Version != "2.0" || c.Tenant != s.o.TenantID || !guid.MatchString(c.OID):
		why = "version, tenant or person"
	case c.NotBefore == nil || now.Before(time.Unix(*c.NotBefore, 0).Add(-skew)) || !now.Before(verified.Expiry.Add(skew)):
		why = "not its time"
	case c.Kind == "app" || c.Scopes == "" || len(c.Roles) > 0 && c.Scopes == "":
		why = "an application's own token"
	case !slices.ContainsFunc(strings.Fields(c.Scopes), func(n string) bool { return strings.EqualFold(n, s.o.Scope) }):
		why = "scope"
	case !slices.Contains(s.o.Desktops, strings.ToLower(c.App)):
		why = "application"
	case !s.o.AllowGuests && (c.Account == nil || *c.Account != 0 || c.Provider != "" && c.Provider != c.Issuer):
		why = "a guest, or not said to be none"
	}
	if why != "" {
		return caller{}, fmt.Errorf("%w: %s", errToken, why)
	}
	return caller{oid: c.OID, app: strings.ToLower(c.App), assertion: token, expires: verified.Expiry}, nil
}

// keyID reads the key id of a token's header, and refuses a header that asks
// for anything but RS256.
func keyID(token string) (string, error) {
	head, _, _ := strings.Cut(token, ".")
	data, err := base64.RawURLEncoding.DecodeString(head)
	var h struct {
		Algorithm string          `json:"alg"`
		Key       string          `json:"kid"`
		Critical  json.RawMessage `json:"crit"`
	}
	if err != nil || strings.Count(token, ".") != 2 || json.Unmarshal(data, &h) != nil || h.Algorithm != oidc.RS256 || h.Key == "" || h.Critical != nil || twice(data) {
		return "", fmt.Errorf("%w: header", errToken)
	}
	return h.Key, nil
}

// twice reports whether a JSON object says anything twice at its top, where
// two readers could see two different tokens.
func twice(data []byte) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	seen := map[string]bool{}
	depth := 0
	for key := false; ; {
		t, err := d.Token()
		if err != nil {
			return false // the end; what is broken was refused by the decoder before
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
			key = depth == 1
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			key = depth == 1
			continue
		}
		if depth != 1 {
			continue
		}
		if name, ok := t.(string); key && ok {
			if seen[strings.ToLower(name)] {
				return true
			}
			seen[strings.ToLower(name)] = true
			key = false
			continue
		}
		key = true
	}
}
