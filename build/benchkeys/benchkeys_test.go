package benchkeys_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"chatpane/app/vault"
	"chatpane/build/benchkeys"
)

func TestAKeyIsThereForTheNextProcessUntilItIsDeleted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "x.keys")
	k, err := benchkeys.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Get("a"); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("an empty keychain answers %v, want %v", err, vault.ErrNoKey)
	}
	want := []byte{1, 2, 255}
	if err := k.Set("a", want); err != nil {
		t.Fatal(err)
	}
	again, err := benchkeys.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Get("a"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("opened again: %v, %v; want %v", got, err, want)
	}
	if err := again.Delete("a"); err != nil {
		t.Fatal(err)
	}
	last, err := benchkeys.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := last.Delete("a"); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("deleting it twice answers %v, want %v", err, vault.ErrNoKey)
	}
}
