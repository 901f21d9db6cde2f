package vault_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chatpane/app/vault"
)

// steps records the steps of a run, or ends it at one of them.
type steps struct {
	names []string
	at    int // the step to end at; negative: none
}

func (s *steps) step(name string) error {
	s.names = append(s.names, name)
	if len(s.names)-1 == s.at {
		return fmt.Errorf("%w at %s", vault.ErrCrash, name)
	}
	return nil
}

func TestACrashBetweenAnyTwoStepsOfAShreddingIsHarmless(t *testing.T) {
	t.Parallel()
	for at := 0; ; at++ {
		dir, k := place(t), vault.MemoryKeychain()
		s := &steps{at: -1}
		v, err := vault.OpenForTest(dir, account, k, s.step, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := v.SealChat("19:a", "message", []byte("m"), []byte("hello a"))
		b, _ := v.SealChat("19:b", "message", []byte("m"), []byte("hello b"))
		s.names, s.at = nil, at
		err = v.Shred("19:a")
		if err == nil {
			if at < 5 {
				t.Fatalf("only %d steps", at)
			}
			return
		}
		if !errors.Is(err, vault.ErrCrash) {
			t.Fatal(err)
		}
		where := s.names[at]
		s.at = -1
		// Either the process ends here …
		w, err := vault.Open(dir, account, k)
		if err != nil {
			t.Errorf("crash at %s: %v", where, err)
			continue
		}
		if got, err := w.UnsealChat("19:b", "message", []byte("m"), b); err != nil || string(got) != "hello b" {
			t.Errorf("crash at %s: the kept chat gives %q, %v", where, got, err)
		}
		_, err = w.UnsealChat("19:a", "message", []byte("m"), a)
		if err != nil && !errors.Is(err, vault.ErrShredded) {
			t.Errorf("crash at %s: the shredded chat gives %v", where, err)
		}
		if err := w.Shred("19:a"); err != nil {
			t.Errorf("crash at %s: shredding again: %v", where, err)
		}
		if _, err := w.UnsealChat("19:a", "message", []byte("m"), a); !errors.Is(err, vault.ErrShredded) {
			t.Errorf("crash at %s: still readable: %v", where, err)
		}
		if _, err := k.Get(account + "/kp2"); !errors.Is(err, vault.ErrNoKey) {
			t.Errorf("crash at %s: kp2 is left: %v", where, err)
		}
		open(t, dir, k)
	}
}

func TestAFailedShreddingCanBeRepeatedAndNothingIsLost(t *testing.T) {
	t.Parallel()
	for first := range 8 {
		for second := range 8 {
			dir, k := place(t), vault.MemoryKeychain()
			s := &steps{at: -1}
			v, err := vault.OpenForTest(dir, account, k, s.step, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = v.SealChat("19:a", "message", []byte("m"), []byte("a"))
			s.names, s.at = nil, first
			_ = v.Shred("19:a") // fails at the first step
			s.names, s.at = nil, -1
			c, err := v.SealChat("19:c", "message", []byte("m"), []byte("hello c")) // … and goes on
			if err != nil {
				t.Fatalf("%d: %v", first, err)
			}
			s.names, s.at = nil, second
			_ = v.Shred("19:a") // … fails at the second
			s.names, s.at = nil, -1
			d, err := v.SealChat("19:d", "message", []byte("m"), []byte("hello d"))
			if err != nil {
				t.Fatalf("%d, %d: %v", first, second, err)
			}
			w, err := vault.Open(dir, account, k)
			if err != nil {
				t.Errorf("%d, %d: %v", first, second, err)
				continue
			}
			gotC, errC := w.UnsealChat("19:c", "message", []byte("m"), c)
			gotD, errD := w.UnsealChat("19:d", "message", []byte("m"), d)
			if string(gotC) != "hello c" || string(gotD) != "hello d" {
				t.Errorf("%d, %d: %q %v, %q %v", first, second, gotC, errC, gotD, errD)
			}
		}
	}
}

func TestACrashInTheFirstOpenIsHarmless(t *testing.T) {
	t.Parallel()
	for at := 0; ; at++ {
		dir, k := place(t), vault.MemoryKeychain()
		s := &steps{at: at}
		_, err := vault.OpenForTest(dir, account, k, s.step, nil)
		if err == nil {
			if at < 4 {
				t.Fatalf("only %d steps", at)
			}
			return
		}
		if _, err := vault.Open(dir, account, k); err != nil {
			t.Errorf("crash at %s: %v", s.names[at], err)
		}
	}
}

func TestADestructionIsFinishedAfterACrash(t *testing.T) {
	t.Parallel()
	for at := 0; ; at++ {
		dir, k := place(t), vault.MemoryKeychain()
		v := open(t, dir, k)
		if err := errors.Join(v.WriteFile("tokens", []byte("x")), os.MkdirAll(filepath.Join(dir, "store", "deep"), 0o700)); err != nil {
			t.Fatal(err)
		}
		s := &steps{at: at}
		err := vault.DestroyForTest(dir, account, k, s.step)
		if err == nil {
			if at < 6 {
				t.Fatalf("only %d steps", at)
			}
			return
		}
		where := s.names[at]
		unfinished, err := vault.Unfinished(filepath.Dir(dir))
		if err != nil {
			t.Fatal(err)
		}
		if len(unfinished) == 0 {
			// Before the intent is noted the vault is whole.
			if got, err := open(t, dir, k).ReadFile("tokens"); string(got) != "x" {
				t.Errorf("crash at %s: %q, %v", where, got, err)
			}
			continue
		}
		if _, err := vault.Open(dir, account, k); !errors.Is(err, vault.ErrDestroyed) {
			t.Errorf("crash at %s: opened half destroyed: %v", where, err)
		}
		for _, d := range unfinished {
			if err := vault.FinishDestroy(d, k); err != nil {
				t.Errorf("crash at %s: %v", where, err)
			}
		}
		gone(t, where, dir, k)
	}
}

func gone(t *testing.T, where, dir string, k vault.Keychain) {
	t.Helper()
	for _, name := range []string{"k0", "kp", "kp2", "probe"} {
		if _, err := k.Get(account + "/" + name); !errors.Is(err, vault.ErrNoKey) {
			t.Errorf("%s: %s is left: %v", where, name, err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".tmp") {
			t.Errorf("%s: %s is left", where, e.Name())
		}
	}
}

func TestADestroyedVaultWritesNothing(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	v := open(t, dir, k)
	j, err := v.Journal("outbox")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Close(), v.Destroy()); err != nil {
		t.Fatal(err)
	}
	gone(t, "destroyed", dir, k)
	_, sealErr := v.SealChat("19:a", "message", nil, nil)
	_, journalErr := v.Journal("outbox")
	_, readErr := v.ReadFile("tokens")
	for name, err := range map[string]error{"write": v.WriteFile("tokens", nil), "seal": sealErr, "journal": journalErr,
		"append": j.Append(nil), "rewrite": j.Rewrite(nil), "shred": v.Shred("19:a"), "read": readErr} {
		if !errors.Is(err, vault.ErrDestroyed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := v.Remove("tokens"); err != nil {
		t.Error(err)
	}
	gone(t, "afterwards", dir, k)
}

func TestAFailingKeychainLeavesTheIntent(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	open(t, dir, k)
	if err := vault.Destroy(dir, account, failing{Keychain: k, del: vault.ErrKeychain}); !errors.Is(err, vault.ErrKeychain) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the files are left")
	}
	if err := vault.FinishDestroy(dir, k); err != nil {
		t.Fatal(err)
	}
	gone(t, "finished", dir, k)
}
