package sandbox

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // Microsoft's OAEP and thumbprints use it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// changeTracking is the application that sends change notifications.
const changeTracking = "0bf30f3b-4a52-48df-9a82-234910c4a086"

// thumbprint names a certificate.
func thumbprint(der []byte) string {
	sum := sha1.Sum(der)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// seal encrypts resource data as Microsoft documents it: AES-256-CBC with a key
// of its own whose first half is the IV, signed with HMAC-SHA256 under the same
// key, the key encrypted by RSA-OAEP (SHA-1) for the subscriber.
func (s *subscription) seal(data any) (map[string]any, error) {
	var key [32]byte
	rand.Read(key[:]) // never fails
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	text := encoded(data)
	pad := aes.BlockSize - len(text)%aes.BlockSize
	text = append(text, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(text, text)
	mac := hmac.New(sha256.New, key[:])
	mac.Write(text)
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, s.key, key[:], nil)
	if err != nil {
		return nil, fmt.Errorf("encrypt a key: %w", err)
	}
	code := base64.StdEncoding.EncodeToString
	return map[string]any{"data": code(text), "dataSignature": code(mac.Sum(nil)), "dataKey": code(wrapped),
		"encryptionCertificateId": s.certificateID, "encryptionCertificateThumbprint": s.thumbprint}, nil
}

// validationToken proves to an application that a notification comes from the
// sender of change notifications.
func (s *Sandbox) validationToken(app string) string {
	now := s.Now()
	return sign(map[string]any{"aud": app, "iss": s.issuer(s.origin(serviceEntra)), "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"azp": changeTracking, "azpacr": "2", "tid": s.TenantID, "ver": "2.0", "oid": s.guid("changetracking", 0), "sub": s.guid("changetracking", 0)})
}
