package store_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

type fakeVault struct {
	disk   bool
	mu     sync.Mutex
	dir    string // of the files
	chats  map[string]int
	failSh error
}

func newVault(t testing.TB) *fakeVault {
	return &fakeVault{disk: true, dir: t.TempDir(), chats: map[string]int{}}
}

func (v *fakeVault) Persistent() bool  { return v.disk }
func (v *fakeVault) BadgerKey() []byte { k := sha256.Sum256([]byte("badger")); return k[:] }
func (v *fakeVault) seal(name, b string, key, plain []byte) []byte {
	k := sha256.Sum256([]byte(name))
	a, _ := chacha20poly1305.NewX(k[:])
	nonce := sha256.Sum256(append([]byte(b), plain...))
	return a.Seal(nonce[:24:24], nonce[:24], plain, append([]byte(b), key...))
}
func (v *fakeVault) unseal(name, b string, key, sealed []byte) ([]byte, error) {
	k := sha256.Sum256([]byte(name))
	a, _ := chacha20poly1305.NewX(k[:])
	if len(sealed) < 24 {
		return nil, errors.New("short")
	}
	return a.Open(nil, sealed[:24], sealed[24:], append([]byte(b), key...))
}
func (v *fakeVault) Seal(b string, key, plain []byte) []byte { return v.seal("account", b, key, plain) }
func (v *fakeVault) Unseal(b string, key, sealed []byte) ([]byte, error) {
	return v.unseal("account", b, key, sealed)
}
func (v *fakeVault) name(chat string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return chat + string(rune('a'+v.chats[chat]))
}
func (v *fakeVault) SealChat(chat, b string, key, plain []byte) ([]byte, error) {
	return v.seal(v.name(chat), b, key, plain), nil
}
func (v *fakeVault) UnsealChat(chat, b string, key, sealed []byte) ([]byte, error) {
	return v.unseal(v.name(chat), b, key, sealed)
}
func (v *fakeVault) Shred(chats ...string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.failSh != nil {
		return v.failSh
	}
	for _, c := range chats {
		v.chats[c]++
	}
	return nil
}
func (v *fakeVault) ReadFile(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(v.dir, name))
}
func (v *fakeVault) WriteFile(name string, data []byte) error {
	return os.WriteFile(filepath.Join(v.dir, name), data, 0o600)
}
func (v *fakeVault) AddChats(...string) error { return nil }
