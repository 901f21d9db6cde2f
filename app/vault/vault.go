package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Errors of a vault.
var (
	// ErrKeysLost means that the directory holds data whose keys are not in the
	// keychain. The data is unreadable; [Destroy] makes room for a new start.
	ErrKeysLost = errors.New("the keys of this data are gone")
	// ErrShredded means that the key of a chat's value was destroyed.
	ErrShredded = errors.New("the key of the chat was destroyed")
	// ErrDestroyed means that the vault was destroyed, or that a destruction
	// was begun and is to be finished first.
	ErrDestroyed = errors.New("the vault was destroyed")
	// ErrName is the refusal of a file name.
	ErrName = errors.New("not a file name for a vault")
)

// Vault holds the keys of one account. It may be used concurrently.
type Vault struct {
	dir, account string
	keychain     Keychain // nil in memory
	hooks        hooks

	badger, files, values key

	mu        sync.RWMutex
	chats     map[string]chatKey  // guarded by mu; the content of keys.bin
	purge     key                 // guarded by mu; Kp
	unsettled bool                // guarded by mu; an old Kp may still be in the keychain
	destroyed bool                // guarded by mu
	memory    map[string][]byte   // guarded by mu; files of a vault in memory
	journals  map[string][][]byte // guarded by mu; journals of a vault in memory
}

// hooks let the tests of this package fail a step or a file.
type hooks struct {
	step func(name string) error
	file func(file) file
}

func (h hooks) at(name string) error {
	if h.step == nil {
		return nil
	}
	return h.step(name)
}

// Open opens the vault of an account, "{tenant}/{oid}", in a directory of its
// own. Only one process may have it open. A directory that holds nothing gets
// new keys; one that holds data needs the keys it was made with. An error that
// is [ErrKeychain] means that nothing can be kept: see [OpenMemory].
func Open(dir, account string, k Keychain) (*Vault, error) {
	v, err := open(dir, account, k, hooks{})
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	return v, nil
}

func open(dir, account string, k Keychain, h hooks) (*Vault, error) {
	if _, err := os.Lstat(intentOf(dir)); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(ErrDestroyed, err)
	}
	if err := probe(account, k); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory: %w", err)
	}
	empty, err := holdsNothing(dir)
	if err != nil {
		return nil, err
	}
	v := &Vault{dir: dir, account: account, keychain: k, hooks: h}
	k0, err := v.key("k0", empty)
	if err != nil {
		return nil, err
	}
	if err := v.derive(k0); err != nil {
		return nil, err
	}
	if err := v.loadChatKeys(empty); err != nil {
		return nil, err
	}
	return v, nil
}

// OpenMemory returns a vault that keeps everything in memory, for a machine
// without a keychain.
func OpenMemory() *Vault {
	v := &Vault{account: "memory", chats: map[string]chatKey{}, memory: map[string][]byte{}, journals: map[string][][]byte{}}
	if err := v.derive(newKey()); err != nil {
		panic("vault: " + err.Error()) // impossible: the lengths are constants
	}
	return v
}

// Format writes what the value is and nothing of what it holds.
func (v *Vault) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("vault.Vault")) }

// Persistent reports whether the vault outlives the process.
func (v *Vault) Persistent() bool { return v.keychain != nil }

// Dir is the vault's directory, empty in memory. The database may have a
// folder of its own in it.
func (v *Vault) Dir() string { return v.dir }

// BadgerKey is the 32-byte key that the database is encrypted with.
func (v *Vault) BadgerKey() []byte { return bytes.Clone(v.badger[:]) }

func (v *Vault) derive(k0 key) (err error) {
	for purpose, to := range map[string]*key{"database": &v.badger, "files": &v.files, "values": &v.values} {
		if *to, err = derive(k0, purpose, v.account); err != nil {
			return err
		}
	}
	return nil
}

// Seal seals a value that belongs to no single chat. Bucket and key name its
// place and are not part of the result.
func (v *Vault) Seal(bucket string, key, plain []byte) []byte {
	return seal([]byte{format}, v.values, plain, bind("value", v.account, bucket, string(key)))
}

// Unseal returns what was sealed for the same place, else [ErrTampered].
func (v *Vault) Unseal(bucket string, key, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != format {
		return nil, fmt.Errorf("unseal a value of %s: %w", bucket, ErrTampered)
	}
	plain, err := unseal(v.values, sealed[1:], bind("value", v.account, bucket, string(key)))
	if err != nil {
		return nil, fmt.Errorf("unseal a value of %s: %w", bucket, err)
	}
	return plain, nil
}

// item is the name of a key in the keychain.
func item(account, name string) string { return account + "/" + name }

// key reads a key from the keychain, and makes it when create is set and there
// is none.
func (v *Vault) key(name string, create bool) (key, error) {
	k, err := getKey(v.keychain, v.account, name)
	switch {
	case err == nil:
		return k, nil
	case !errors.Is(err, ErrNoKey):
		return key{}, err
	case !create:
		return key{}, fmt.Errorf("%w: %w", ErrKeysLost, err)
	}
	k = newKey()
	return k, v.keep(name, k)
}

func getKey(c Keychain, account, name string) (key, error) {
	data, err := c.Get(item(account, name))
	if err != nil {
		return key{}, err
	}
	if len(data) != keySize {
		return key{}, fmt.Errorf("%w: key %s has %d bytes", ErrTampered, name, len(data))
	}
	return key(data), nil
}

// keep stores a key in the keychain and reads it back.
func (v *Vault) keep(name string, k key) error {
	if err := v.hooks.at("keep " + name); err != nil {
		return err
	}
	if err := v.keychain.Set(item(v.account, name), k[:]); err != nil {
		return err
	}
	got, err := getKey(v.keychain, v.account, name)
	if err != nil || got != k {
		return errors.Join(fmt.Errorf("%w: key %s does not read back", ErrKeychain, name), err)
	}
	return v.hooks.at("kept " + name)
}

// probe finds out whether the keychain keeps what it is given, which a locked
// one does not.
func probe(account string, k Keychain) error {
	name, canary := item(account, "probe"), newKey()
	if err := k.Set(name, canary[:]); err != nil {
		return fmt.Errorf("try the keychain: %w", err)
	}
	got, err := k.Get(name)
	if err != nil || !bytes.Equal(got, canary[:]) {
		return errors.Join(fmt.Errorf("try the keychain: %w: it does not keep keys", ErrKeychain), err)
	}
	if err := k.Delete(name); err != nil {
		return fmt.Errorf("try the keychain: %w", err)
	}
	return nil
}

// holdsNothing reports whether a directory is as a new vault finds it. What the
// very first Open leaves when it is cut short does not count.
func holdsNothing(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, fmt.Errorf("look into the directory: %w", err)
	}
	for _, e := range entries {
		if e.Name() != keysNew {
			return false, nil
		}
	}
	return true, nil
}

func (v *Vault) path(name string) string { return filepath.Join(v.dir, name) }
