package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"chatpane/app/vault"
)

const account = "tenant-1/oid-1"

func place(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "accounts", "a") }

func open(t *testing.T, dir string, k vault.Keychain) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir, account, k)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatIsSealedIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	v := open(t, dir, k)
	value := v.Seal("people", []byte("p1"), []byte("Ann"))
	inChat, err := v.SealChat("19:a", "message", []byte("m1"), []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.WriteFile("tokens", []byte("refresh")); err != nil {
		t.Fatal(err)
	}
	w := open(t, dir, k)
	if !bytes.Equal(v.BadgerKey(), w.BadgerKey()) || len(w.BadgerKey()) != 32 || !w.Persistent() || w.Dir() != dir {
		t.Error("another database key, or not persistent")
	}
	if got, err := w.Unseal("people", []byte("p1"), value); err != nil || string(got) != "Ann" {
		t.Errorf("value: %q, %v", got, err)
	}
	if got, err := w.UnsealChat("19:a", "message", []byte("m1"), inChat); err != nil || string(got) != "hello" {
		t.Errorf("value of a chat: %q, %v", got, err)
	}
	if got, err := w.ReadFile("tokens"); err != nil || string(got) != "refresh" {
		t.Errorf("file: %q, %v", got, err)
	}
	if err := w.Remove("tokens"); err != nil {
		t.Error(err)
	}
	if _, err := w.ReadFile("tokens"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a removed file: %v", err)
	}
	if err := w.Remove("tokens"); err != nil {
		t.Errorf("removing it again: %v", err)
	}
}

func TestASealFitsOnlyItsPlaceAndAccount(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	v := open(t, dir, k)
	other, err := vault.Open(place(t), "tenant-1/oid-2", k)
	if err != nil {
		t.Fatal(err)
	}
	sealed := v.Seal("people", []byte("p1"), []byte("Ann"))
	for name, f := range map[string]func() ([]byte, error){
		"another bucket":  func() ([]byte, error) { return v.Unseal("links", []byte("p1"), sealed) },
		"another key":     func() ([]byte, error) { return v.Unseal("people", []byte("p2"), sealed) },
		"shifted border":  func() ([]byte, error) { return v.Unseal("peoplep", []byte("1"), sealed) },
		"another account": func() ([]byte, error) { return other.Unseal("people", []byte("p1"), sealed) },
		"nothing":         func() ([]byte, error) { return v.Unseal("people", []byte("p1"), nil) },
	} {
		if got, err := f(); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	inChat, err := v.SealChat("19:a", "message", []byte("m1"), []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.AddChats("19:b"), other.AddChats("19:a")); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() ([]byte, error){
		"another bucket":  func() ([]byte, error) { return v.UnsealChat("19:a", "preview", []byte("m1"), inChat) },
		"another key":     func() ([]byte, error) { return v.UnsealChat("19:a", "message", []byte("m2"), inChat) },
		"another chat":    func() ([]byte, error) { return v.UnsealChat("19:b", "message", []byte("m1"), inChat) },
		"another account": func() ([]byte, error) { return other.UnsealChat("19:a", "message", []byte("m1"), inChat) },
		"as no chat's":    func() ([]byte, error) { return v.Unseal("message", []byte("m1"), inChat) },
	} {
		if got, err := f(); !errors.Is(err, vault.ErrTampered) && !errors.Is(err, vault.ErrShredded) {
			t.Errorf("value of a chat, %s: %q, %v", name, got, err)
		}
	}
	for bit := range len(inChat) * 8 {
		flipped := bytes.Clone(inChat)
		flipped[bit/8] ^= 1 << (bit % 8)
		if got, err := v.UnsealChat("19:a", "message", []byte("m1"), flipped); err == nil {
			t.Errorf("bit %d flipped: %q", bit, got)
		}
	}
	for n := range inChat {
		if got, err := v.UnsealChat("19:a", "message", []byte("m1"), inChat[:n]); err == nil {
			t.Errorf("cut to %d bytes: %q", n, got)
		}
	}
}

func TestFilesFitOnlyTheirNameAndContent(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	v := open(t, dir, k)
	if err := errors.Join(v.WriteFile("tokens", []byte("refresh")), v.WriteFile("other", []byte("x"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tokens")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(good, []byte("refresh")) {
		t.Error("the file is readable")
	}
	for bit := range len(good) * 8 {
		flipped := bytes.Clone(good)
		flipped[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := v.ReadFile("tokens"); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("bit %d flipped: %q, %v", bit, got, err)
		}
	}
	if err := os.Rename(filepath.Join(dir, "other"), path); err != nil {
		t.Fatal(err)
	}
	if got, err := v.ReadFile("tokens"); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("another file under its name: %q, %v", got, err)
	}
	info, err := os.Stat(dir)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", info.Mode(), err)
	}
	for _, name := range []string{"", "..", "../x", "a/b", "keys.bin", "A", "a b", "x.tmp", strings.Repeat("a", 65), "c:x"} {
		if err := v.WriteFile(name, nil); !errors.Is(err, vault.ErrName) {
			t.Errorf("name %q: %v", name, err)
		}
	}
}

func TestKeysAreNeverMadeForADirectoryThatHoldsData(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm func(dir string, k vault.Keychain) error
		want error
	}{
		"K0 is gone":     {func(_ string, k vault.Keychain) error { return k.Delete(account + "/k0") }, vault.ErrKeysLost},
		"Kp is gone":     {func(_ string, k vault.Keychain) error { return k.Delete(account + "/kp") }, vault.ErrKeysLost},
		"K0 is short":    {func(_ string, k vault.Keychain) error { return k.Set(account+"/k0", make([]byte, 31)) }, vault.ErrTampered},
		"Kp is long":     {func(_ string, k vault.Keychain) error { return k.Set(account+"/kp", make([]byte, 33)) }, vault.ErrTampered},
		"K0 is empty":    {func(_ string, k vault.Keychain) error { return k.Set(account+"/k0", nil) }, vault.ErrTampered},
		"Kp is another":  {func(_ string, k vault.Keychain) error { return k.Set(account+"/kp", make([]byte, 32)) }, vault.ErrTampered},
		"keys.bin gone":  {func(dir string, _ vault.Keychain) error { return os.Remove(filepath.Join(dir, "keys.bin")) }, vault.ErrTampered},
		"keys.bin cut":   {func(dir string, _ vault.Keychain) error { return os.Truncate(filepath.Join(dir, "keys.bin"), 20) }, vault.ErrTampered},
		"keys.bin empty": {func(dir string, _ vault.Keychain) error { return os.Truncate(filepath.Join(dir, "keys.bin"), 0) }, vault.ErrTampered},
		"a foreign kp2":  {func(_ string, k vault.Keychain) error { return k.Set(account+"/kp2", make([]byte, 32)) }, nil},
		"a leftover file": {func(dir string, _ vault.Keychain) error {
			return os.WriteFile(filepath.Join(dir, "keys.bin.new"), nil, 0o600)
		}, nil},
	} {
		dir, k := place(t), vault.MemoryKeychain()
		if err := open(t, dir, k).WriteFile("tokens", []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := c.harm(dir, k); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Open(dir, account, k); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if c.want != nil {
			if err := vault.Destroy(dir, account, k); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			open(t, dir, k) // a new start
		}
	}
}

// failing is a keychain one of whose operations fails.
type failing struct {
	vault.Keychain
	set, get, del error
	forgetful     bool
}

func (f failing) Set(name string, key []byte) error {
	if f.set != nil || f.forgetful {
		return f.set
	}
	return f.Keychain.Set(name, key)
}

func (f failing) Get(name string) ([]byte, error) {
	if f.get != nil {
		return nil, f.get
	}
	return f.Keychain.Get(name)
}

func (f failing) Delete(name string) error {
	if f.del != nil {
		return f.del
	}
	return f.Keychain.Delete(name)
}

func TestAKeychainThatDoesNotKeepKeysIsNoticed(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]failing{
		"write": {set: vault.ErrKeychain}, "read": {get: vault.ErrKeychain}, "delete": {del: vault.ErrKeychain}, "forgetful": {forgetful: true},
	} {
		k.Keychain = vault.MemoryKeychain()
		dir := place(t)
		if _, err := vault.Open(dir, account, k); !errors.Is(err, vault.ErrKeychain) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the directory was made", name)
		}
	}
}

func TestShreddedChatsCannotBeRead(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	v := open(t, dir, k)
	a, _ := v.SealChat("19:a", "message", []byte("m"), []byte("hello a"))
	b, _ := v.SealChat("19:b", "message", []byte("m"), []byte("hello b"))
	before, err := os.ReadFile(filepath.Join(dir, "keys.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Shred("19:a", "19:unknown"); err != nil {
		t.Fatal(err)
	}
	check := func(v *vault.Vault) {
		t.Helper()
		if got, err := v.UnsealChat("19:a", "message", []byte("m"), a); !errors.Is(err, vault.ErrShredded) {
			t.Errorf("shredded: %q, %v", got, err)
		}
		if got, err := v.UnsealChat("19:b", "message", []byte("m"), b); err != nil || string(got) != "hello b" {
			t.Errorf("kept: %q, %v", got, err)
		}
	}
	check(v)
	check(open(t, dir, k))
	if _, err := v.SealChat("19:a", "message", []byte("m"), []byte("again")); err != nil {
		t.Fatal(err)
	}
	check(v) // the chat has a key again, which does not open the old value
	if _, err := k.Get(account + "/kp2"); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("kp2 is left: %v", err)
	}
	kp, err := k.Get(account + "/kp")
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.ParseKeysForTest(before, kp, account); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("an old copy of keys.bin opens: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys.bin"), before, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(dir, account, k); !errors.Is(err, vault.ErrTampered) {
		t.Errorf("opened with an old copy of keys.bin: %v", err)
	}
}

func TestMemoryKeepsNothingOnDisk(t *testing.T) {
	t.Parallel()
	v := vault.OpenMemory()
	if v.Persistent() || v.Dir() != "" || len(v.BadgerKey()) != 32 {
		t.Error("not a vault in memory")
	}
	sealed, err := v.SealChat("19:a", "m", []byte("1"), []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.WriteFile("tokens", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got, err := v.ReadFile("tokens"); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := v.UnsealChat("19:a", "m", []byte("1"), sealed); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if err := v.Shred("19:a"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.UnsealChat("19:a", "m", []byte("1"), sealed); !errors.Is(err, vault.ErrShredded) {
		t.Errorf("got %v", err)
	}
	j, err := v.Journal("outbox")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Append([]byte("1")), j.Append([]byte("2")), j.Rewrite([][]byte{[]byte("3")}), j.Append([]byte("4")), j.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := v.Journal("outbox")
	if err != nil || string(bytes.Join(again.Records(), []byte(","))) != "3,4" {
		t.Errorf("%q, %v", again.Records(), err)
	}
	if err := v.Destroy(); err != nil {
		t.Error(err)
	}
}

func TestAVaultPrintsNothingOfWhatItHolds(t *testing.T) {
	t.Parallel()
	v := vault.OpenMemory()
	j, err := v.Journal("outbox")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v %+v %#v %s %v %+v %#v", v, v, v, v, j, j, j); strings.Contains(got, "{") || strings.Contains(got, "[") {
		t.Error(got)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	v := open(t, place(t), vault.MemoryKeychain())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 20 {
				chat := fmt.Sprintf("19:%d", n%5)
				sealed, err := v.SealChat(chat, "m", []byte{byte(i)}, []byte(chat))
				if err != nil {
					if chat != "19:3" || !errors.Is(err, vault.ErrShredded) {
						t.Error(err)
					}
					continue
				}
				if got, err := v.UnsealChat(chat, "m", []byte{byte(i)}, sealed); string(got) != chat && !errors.Is(err, vault.ErrShredded) {
					t.Errorf("%q, %v", got, err)
				}
				if i == 0 && n == 10 {
					if err := v.Shred("19:3"); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func FuzzKeys(f *testing.F) {
	dir, k := filepath.Join(f.TempDir(), "a"), vault.MemoryKeychain()
	v, err := vault.Open(dir, account, k)
	if err != nil {
		f.Fatal(err)
	}
	if err := v.AddChats("19:a"); err != nil {
		f.Fatal(err)
	}
	kp, err := k.Get(account + "/kp")
	if err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "keys.bin"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("CPK1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := vault.ParseKeysForTest(data, kp, account); err == nil && !bytes.Equal(data, good) {
			t.Errorf("accepted %x", data)
		}
	})
}
