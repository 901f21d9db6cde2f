package vault

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrTampered means that something sealed is not what was sealed here: it was
// changed, cut, moved, or belongs to another account.
var ErrTampered = errors.New("sealed data was changed")

const (
	keySize = chacha20poly1305.KeySize
	nonce   = chacha20poly1305.NonceSizeX
	format  = 1 // version of everything sealed; part of the additional data
)

type key [keySize]byte

func newKey() (k key) {
	// crypto/rand.Read never fails; it ends the program instead.
	_, _ = rand.Read(k[:])
	return k
}

// derive makes a key of its own for a purpose.
func derive(from key, purpose, account string) (key, error) {
	data, err := hkdf.Key(sha256.New, from[:], nil, "chatpane/1 "+purpose+" "+account, keySize)
	if err != nil {
		return key{}, fmt.Errorf("derive the key of %s: %w", purpose, err)
	}
	return key(data), nil
}

// bind writes the additional data of a seal: the format and every part with
// its length, so that no two lists of parts give the same text.
func bind(parts ...string) []byte {
	out := []byte{format}
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

// seal appends a fresh nonce and the sealed text to dst.
func seal(dst []byte, k key, plain, bound []byte) []byte {
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		panic("vault: key of a wrong size") // impossible: key is an array of the right size
	}
	var n [nonce]byte
	_, _ = rand.Read(n[:])
	dst = append(dst, n[:]...)
	return aead.Seal(dst, n[:], plain, bound)
}

// unseal is the inverse of seal.
func unseal(k key, sealed, bound []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		panic("vault: key of a wrong size")
	}
	if len(sealed) < nonce+aead.Overhead() {
		return nil, ErrTampered
	}
	plain, err := aead.Open(nil, sealed[:nonce], sealed[nonce:], bound)
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}
