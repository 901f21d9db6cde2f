package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// intentSuffix marks, beside a vault's directory, that it is being destroyed.
// The file holds the account.
const intentSuffix = ".wipe"

func intentOf(dir string) string { return filepath.Clean(dir) + intentSuffix }

// Destroy deletes keys and files. The vault is unusable from then on. Journals
// and the database have to be closed before. After an error, or a crash,
// [FinishDestroy] goes on.
func (v *Vault) Destroy() error {
	v.mu.Lock()
	v.destroyed = true
	clear(v.chats)
	clear(v.memory)
	clear(v.journals)
	v.mu.Unlock()
	if !v.Persistent() {
		return nil
	}
	return destroy(v.dir, v.account, v.keychain, v.hooks)
}

// Destroy deletes the keys and the files of a vault that is not open, for
// instance one that no longer opens.
func Destroy(dir, account string, k Keychain) error { return destroy(dir, account, k, hooks{}) }

func destroy(dir, account string, k Keychain, h hooks) error {
	intent := &Vault{dir: filepath.Dir(intentOf(dir)), hooks: h}
	if err := intent.replace(filepath.Base(intentOf(dir)), []byte(account)); err != nil {
		return fmt.Errorf("destroy the vault: note the intent: %w", err)
	}
	return finish(dir, k, h)
}

// FinishDestroy goes on with a destruction that was begun. It does nothing if
// there is none.
func FinishDestroy(dir string, k Keychain) error { return finish(dir, k, hooks{}) }

func finish(dir string, k Keychain, h hooks) error {
	account, err := os.ReadFile(intentOf(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("destroy the vault: %w", err)
	}
	// The files go even when the keychain fails; the intent stays until both are gone.
	err = errors.Join(deleteKeys(string(account), k, h), deleteFiles(dir, h))
	if err == nil {
		err = removeIfThere(intentOf(dir))
	}
	if err != nil {
		return fmt.Errorf("destroy the vault: %w", err)
	}
	return nil
}

// deleteKeys deletes the account's keys and reads back that they are gone.
func deleteKeys(account string, k Keychain, h hooks) error {
	for _, name := range []string{"k0", "kp", "kp2", "probe"} {
		if err := h.at("delete " + name); err != nil {
			return err
		}
		if err := k.Delete(item(account, name)); err != nil && !errors.Is(err, ErrNoKey) {
			return err
		}
		if _, err := k.Get(item(account, name)); !errors.Is(err, ErrNoKey) {
			return errors.Join(fmt.Errorf("%w: key %s is still there", ErrKeychain, name), err)
		}
	}
	return nil
}

func deleteFiles(dir string, h hooks) error {
	if err := h.at("delete files"); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return err
	}
	return h.at("deleted files")
}

// Unfinished returns the directories below root whose destruction was begun
// and not finished. They are to be finished before anything else is opened.
func Unfinished(root string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for unfinished sign-outs: %w", err)
	}
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), intentSuffix); ok && name != "" {
			out = append(out, filepath.Join(root, name))
		}
	}
	return out, nil
}
