package vault

import (
	"errors"
	"time"
)

// ErrCrash is what a step returns where a test lets the process end.
var ErrCrash = errors.New("crash")

// StepsForTest fails the steps of a vault.
type StepsForTest func(name string) error

// OpenForTest opens a vault whose steps and files may fail.
func OpenForTest(dir, account string, k Keychain, step StepsForTest, wrap func(FileForTest) FileForTest) (*Vault, error) {
	h := hooks{step: step}
	if wrap != nil {
		h.file = func(f file) file { return wrap(f) }
	}
	return open(dir, account, k, h)
}

// DestroyForTest destroys a vault whose steps may fail.
func DestroyForTest(dir, account string, k Keychain, step StepsForTest) error {
	return destroy(dir, account, k, hooks{step: step})
}

// FileForTest is a file of a vault.
type FileForTest = file

// ParseKeysForTest reads the content of keys.bin.
func ParseKeysForTest(data, under []byte, account string) error {
	_, err := parseKeys(data, key(under), account)
	return err
}

// ReplayForTest reads the content of a journal under a key that fits nothing.
func ReplayForTest(data []byte) (records int, good int64, err error) {
	_, recs, good, err := replay(data, func(sealed, _ []byte, _ uint64) ([]byte, error) {
		if len(sealed) > 0 && sealed[0] == 'x' {
			return nil, ErrTampered
		}
		return sealed, nil
	})
	return len(recs), good, err
}

// OSKeychainForTest is an OSKeychain over another library.
func OSKeychainForTest(get func(service, user string) (string, error), set func(service, user, password string) error,
	del func(service, user string) error, timeout time.Duration) Keychain {
	return newOSKeychain(library{get, set, del}, "Chatpane", timeout)
}
