package companion

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"chatpane/app/entra"
)

// How long the keys of the sign-in service are believed. Reading them again is
// rate-limited, so that tokens with invented key ids cost the service nothing.
const (
	keysFresh = time.Hour       // then they are read again when somebody asks
	keysMost  = 24 * time.Hour  // then nobody is let in without new ones
	keysPause = 1 * time.Minute // between two readings
)

// errKeys means that the keys of the sign-in service cannot be had, so no token
// can be judged.
var errKeys = errors.New("no signing keys")

// errKey means that no key signs with the id a token names.
var errKey = errors.New("unknown signing key")

// keySet are the keys that tokens are signed with.
type keySet struct {
	read   func(context.Context) (map[string]crypto.PublicKey, error)
	turn   chan struct{} // holds its one token while somebody reads below or at the service
	keys   map[string]crypto.PublicKey
	readAt time.Time
	tried  time.Time
}

func newKeySet(e *entra.Client, tenant string) *keySet {
	return &keySet{turn: make(chan struct{}, 1), read: func(ctx context.Context) (map[string]crypto.PublicKey, error) {
		return e.SigningKeys(ctx, tenant)
	}}
}

// VerifySignature implements oidc.KeySet for one key id.
func (k *keySet) verifier(ctx context.Context, id string) (oidc.KeySet, error) {
	key, err := k.key(ctx, id)
	if err != nil {
		return nil, err
	}
	return &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key}}, nil
}

// key returns the key with an id, reading the keys when they are old or do not
// have it.
func (k *keySet) key(ctx context.Context, id string) (crypto.PublicKey, error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errKeys, ctx.Err())
	}
	now := time.Now()
	age := now.Sub(k.readAt)
	key, ok := k.keys[id]
	if (!ok || age >= keysFresh) && now.Sub(k.tried) >= keysPause {
		k.tried = now
		keys, err := k.read(ctx)
		switch {
		case err == nil:
			k.keys, k.readAt, age = keys, now, 0
			key, ok = k.keys[id]
		case ctx.Err() != nil:
			k.tried = time.Time{} // it was the caller who gave up
		}
	}
	switch {
	case k.keys == nil || age >= keysMost:
		return nil, errKeys
	case !ok:
		return nil, errKey
	}
	return key, nil
}

// ready reports whether tokens can be judged, reading the keys if need be.
func (k *keySet) ready(ctx context.Context) bool {
	_, err := k.key(ctx, "")
	return !errors.Is(err, errKeys)
}
