package companion

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"chatpane/app/dataverse"
	"chatpane/app/entra"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/wire"
)

const (
	// upstreamTimeout limits one request to Microsoft.
	upstreamTimeout = 10 * time.Second
	// heldMost is how many exchanged tokens are kept.
	heldMost = 10_000
)

// exchange keeps the tokens this server got: its own for Graph, and those
// exchanged for callers, by caller's token and environment. A refused one is
// dropped and asked for again.
type exchange struct {
	entra *entra.Client
	cred  entra.Credential

	mu   sync.Mutex
	held map[held]entra.AppToken // guarded by mu
}

// held names a token; caller is zero for the application's own.
type held struct {
	caller   [sha256.Size]byte
	resource string
}

func newExchange(e *entra.Client, cred entra.Credential) *exchange {
	return &exchange{entra: e, cred: cred, held: map[held]entra.AppToken{}}
}

// token returns a kept token, or what ask brings.
func (x *exchange) token(key held, again bool, ask func() (entra.AppToken, error)) (string, error) {
	x.mu.Lock()
	t, ok := x.held[key]
	x.mu.Unlock()
	if ok && !again && time.Now().Before(t.Expires) {
		return t.Token.Reveal(), nil
	}
	t, err := ask()
	x.mu.Lock()
	defer x.mu.Unlock()
	if err != nil {
		delete(x.held, key)
		return "", err
	}
	if len(x.held) >= heldMost {
		x.dropLocked()
	}
	x.held[key] = t
	return t.Token.Reveal(), nil
}

// dropLocked makes room: first what has ended, then anything.
func (x *exchange) dropLocked() {
	now := time.Now()
	for k, t := range x.held {
		if !now.Before(t.Expires) {
			delete(x.held, k)
		}
	}
	for k := range x.held {
		if len(x.held) < heldMost {
			return
		}
		delete(x.held, k)
	}
}

// challenged is the refusal of a service that only the caller can answer.
type challenged struct{ claims string }

// Error says that the caller has to sign in again; the claims are not printed.
func (c *challenged) Error() string { return "the caller has to sign in again" }

// graph is a client of Graph in the application's own name. Each request has
// one, so that a throttled chat holds back no other.
func (s *Server) graph() (*graph.Client, error) {
	c, err := s.client(s.o.Graph, "/v1.0", func(ctx context.Context, claims string) (string, error) {
		return s.tokens.token(held{resource: s.o.Graph}, claims != "", func() (entra.AppToken, error) {
			return s.tokens.entra.AppOnly(ctx, s.tokens.cred, s.o.Graph)
		})
	})
	if err != nil {
		return nil, err
	}
	return graph.New(c), nil
}

// dataverse is a client of an environment on behalf of a caller.
func (s *Server) dataverse(c caller, env string) (*dataverse.Client, error) {
	key := held{sha256.Sum256([]byte(c.assertion)), env}
	cl, err := s.client(env, "/api/data/v9.2", func(ctx context.Context, claims string) (string, error) {
		if claims != "" && claims != wire.AnotherToken {
			return "", &challenged{claims}
		}
		token, err := s.tokens.token(key, claims != "", func() (entra.AppToken, error) {
			t, err := s.tokens.entra.OnBehalfOf(ctx, s.tokens.cred, c.assertion, env)
			if end := c.expires; t.Expires.After(end) {
				t.Expires = end // what was exchanged is not used longer than what it came from
			}
			return t, err
		})
		var refused *entra.Error
		if errors.As(err, &refused) && refused.Claims != "" {
			return "", &challenged{refused.Claims}
		}
		return token, err
	})
	if err != nil {
		return nil, err
	}
	return dataverse.New(cl), nil
}

func (s *Server) client(origin, path string, token wire.TokenFunc) (*odata.Client, error) {
	h, err := wire.NewClient(origin, wire.Options{Token: token, Transport: kept{s.o.Transport}, Log: s.o.Log, MaxBody: 4 << 20, Timeout: upstreamTimeout, AllowLoopbackHTTP: s.o.LoopbackHTTP})
	if err != nil {
		return nil, err
	}
	return &odata.Client{Base: origin + path, HTTP: h, Log: s.o.Log, Observe: s.metrics.observe}, nil
}

// kept hides that the shared transport's idle connections can be closed: one
// request's fault must not cost the others theirs.
type kept struct{ http.RoundTripper }
