package vault

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
)

// Errors of a [Keychain].
var (
	// ErrNoKey means that the keychain works and holds no such key.
	ErrNoKey = errors.New("no such key")
	// ErrKeychain means that the keychain did not do what it was asked for: it
	// is absent, locked, silent or broken.
	ErrKeychain = errors.New("keychain unavailable")
)

// Keychain keeps small secrets under names. Delete of an absent name is ErrNoKey.
type Keychain interface {
	Get(name string) ([]byte, error)
	Set(name string, key []byte) error
	Delete(name string) error
}

// OSKeychain returns the keychain of the operating system. Every call ends
// within the timeout; any error but "not found" is [ErrKeychain].
func OSKeychain(service string, timeout time.Duration) Keychain {
	return newOSKeychain(library{keyring.Get, keyring.Set, keyring.Delete}, service, timeout)
}

// library is what is used of go-keyring.
type library struct {
	get func(service, user string) (string, error)
	set func(service, user, password string) error
	del func(service, user string) error
}

func newOSKeychain(l library, service string, timeout time.Duration) *osKeychain {
	return &osKeychain{library: l, service: service, timeout: timeout, turn: make(chan struct{}, 1)}
}

type osKeychain struct {
	library
	service string
	timeout time.Duration
	// turn has room for the one call that is under way, so that calls keep
	// their order even when one was given up.
	turn chan struct{}
}

// Get implements Keychain.
func (k *osKeychain) Get(name string) ([]byte, error) {
	text, err := k.call(func() (string, error) { return k.get(k.service, name) })
	if err != nil {
		return nil, fmt.Errorf("read %s from the keychain: %w", name, err)
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("read %s from the keychain: %w: not base64", name, ErrTampered)
	}
	return key, nil
}

// Set implements Keychain.
func (k *osKeychain) Set(name string, key []byte) error {
	text := base64.StdEncoding.EncodeToString(key)
	if _, err := k.call(func() (string, error) { return "", k.set(k.service, name, text) }); err != nil {
		return fmt.Errorf("write %s to the keychain: %w", name, err)
	}
	return nil
}

// Delete implements Keychain.
func (k *osKeychain) Delete(name string) error {
	if _, err := k.call(func() (string, error) { return "", k.del(k.service, name) }); err != nil {
		return fmt.Errorf("delete %s from the keychain: %w", name, err)
	}
	return nil
}

// call runs one call of the library in its turn. The library has neither a
// context nor a time-out, and on Linux a call never returns while the key ring
// is locked and nobody answers its prompt. Such a call is given up: its
// goroutine stays, ends with the library's call, and keeps the turn until then.
func (k *osKeychain) call(f func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	timer := time.NewTimer(k.timeout)
	defer timer.Stop()
	select {
	case k.turn <- struct{}{}:
	case <-timer.C:
		return "", fmt.Errorf("%w: an earlier call is still unanswered", ErrKeychain)
	}
	done := make(chan result, 1) // room for an answer that comes too late
	go func() {
		defer func() { <-k.turn }()
		text, err := f()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		switch {
		case errors.Is(r.err, keyring.ErrNotFound):
			return "", ErrNoKey
		case r.err != nil:
			return "", fmt.Errorf("%w: %w", ErrKeychain, r.err)
		}
		return r.text, nil
	case <-timer.C:
		return "", fmt.Errorf("%w: no answer within %v", ErrKeychain, k.timeout)
	}
}

// MemoryKeychain returns a keychain that lasts as long as the process. It is
// for tests.
func MemoryKeychain() Keychain { return &memoryKeychain{keys: map[string][]byte{}} }

type memoryKeychain struct {
	mu   sync.Mutex
	keys map[string][]byte // guarded by mu
}

// Get implements Keychain.
func (k *memoryKeychain) Get(name string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.keys[name]
	if !ok {
		return nil, fmt.Errorf("read %s from the keychain: %w", name, ErrNoKey)
	}
	return bytes.Clone(key), nil
}

// Set implements Keychain.
func (k *memoryKeychain) Set(name string, key []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[name] = bytes.Clone(key)
	return nil
}

// Delete implements Keychain.
func (k *memoryKeychain) Delete(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.keys[name]; !ok {
		return fmt.Errorf("delete %s from the keychain: %w", name, ErrNoKey)
	}
	delete(k.keys, name)
	return nil
}
