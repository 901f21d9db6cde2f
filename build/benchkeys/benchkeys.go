// Package benchkeys is a keychain in a plain file, so that a benchmark can open
// again what it filled in another process or on another day.
//
// It promises nothing about secrecy, and refuses to be used by anything but
// benchmarks.
package benchkeys

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"chatpane/app/vault"
)

// Keys is the keychain.
type Keys struct {
	path string
	keys map[string]string
}

// Open reads the file, if there is one.
func Open(path string) (*Keys, error) {
	k := &Keys{path: path, keys: map[string]string{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	return k, json.Unmarshal(b, &k.keys)
}

// Get implements vault.Keychain.
func (k *Keys) Get(name string) ([]byte, error) {
	s, ok := k.keys[name]
	if !ok {
		return nil, vault.ErrNoKey
	}
	return base64.StdEncoding.DecodeString(s)
}

// Set implements vault.Keychain.
func (k *Keys) Set(name string, key []byte) error {
	k.keys[name] = base64.StdEncoding.EncodeToString(key)
	return k.save()
}

// Delete implements vault.Keychain.
func (k *Keys) Delete(name string) error {
	if _, ok := k.keys[name]; !ok {
		return vault.ErrNoKey
	}
	delete(k.keys, name)
	return k.save()
}

func (k *Keys) save() error {
	b, err := json.Marshal(k.keys)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(k.path, b, 0o600)
}
