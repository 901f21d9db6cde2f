package media_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/media"
	"chatpane/app/vault"
)

const (
	alpha = chat.ID("19:alpha@thread.v2")
	beta  = chat.ID("19:beta@thread.v2")
)

func picture(id chat.ID, message string) media.Key {
	return media.Key{Chat: id, Message: message, Name: "h content"}
}

func open(t *testing.T, dir string, k vault.Keychain) (*media.Cache, *vault.Vault) {
	t.Helper()
	v, err := vault.Open(dir, "account", k)
	if err != nil {
		t.Fatal(err)
	}
	return media.Open(v), v
}

func put(t *testing.T, c *media.Cache, k media.Key, data string) {
	t.Helper()
	if err := c.Put(k, []byte(data)); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, c *media.Cache, k media.Key, data string, kept bool) {
	t.Helper()
	got, _, ok := c.Get(k)
	if ok != kept || string(got) != data || c.Has(k) != kept {
		t.Errorf("%v: got %q, %v, has %v; want %q, %v", k, got, ok, c.Has(k), data, kept)
	}
}

// files are the paths of all pictures below an account's folder.
func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "media"), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPicturesOutliveTheProgramAndNothingOfThemIsPlain(t *testing.T) {
	t.Parallel()
	dir, k := t.TempDir(), vault.MemoryKeychain()
	c, _ := open(t, dir, k)
	photo := media.Key{Name: "photo 1234 96x96"}
	put(t, c, picture(alpha, "1"), "a picture of alpha")
	put(t, c, photo, "a face")
	put(t, c, media.Key{Name: "photo nobody 96x96"}, "")
	before := time.Now().Add(-time.Minute)

	c, _ = open(t, dir, k)
	want(t, c, picture(alpha, "1"), "a picture of alpha", true)
	want(t, c, photo, "a face", true)
	want(t, c, media.Key{Name: "photo nobody 96x96"}, "", true)
	want(t, c, picture(alpha, "2"), "", false)
	want(t, c, picture(beta, "1"), "", false)
	if _, at, _ := c.Get(photo); at.Before(before) || at.After(time.Now().Add(time.Minute)) {
		t.Errorf("put at %v", at)
	}
	for _, f := range files(t, dir) {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"alpha", "1234", "a picture", "a face", "photo"} {
			if bytes.Contains(data, []byte(secret)) || strings.Contains(filepath.Base(f), secret) {
				t.Errorf("%s shows %q", f, secret)
			}
		}
	}
}

func TestAPurgedChatsPicturesAreNoise(t *testing.T) {
	t.Parallel()
	dir, k := t.TempDir(), vault.MemoryKeychain()
	c, v := open(t, dir, k)
	put(t, c, picture(alpha, "1"), "alpha")
	put(t, c, picture(beta, "1"), "beta")
	if err := v.Shred(string(alpha)); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := c.Get(picture(alpha, "1")); ok {
		t.Error("a picture can be read without its chat's key")
	}
	want(t, c, picture(beta, "1"), "beta", true)
}

func TestForgettingAMessageOrAChatLeavesTheOthers(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]*vault.Vault{"in memory": vault.OpenMemory(), "on the disk": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := (*media.Cache)(nil)
			if v != nil {
				c = media.Open(v)
			} else {
				c, _ = open(t, t.TempDir(), vault.MemoryKeychain())
			}
			for _, m := range []string{"1", "2"} {
				put(t, c, picture(alpha, m), "alpha"+m)
				put(t, c, picture(beta, m), "beta"+m)
			}
			if !c.HasOf(alpha) {
				t.Error("nothing of alpha is known")
			}
			if err := c.Forget(alpha, "1"); err != nil {
				t.Error(err)
			}
			want(t, c, picture(alpha, "1"), "", false)
			want(t, c, picture(alpha, "2"), "alpha2", true)
			if err := errors.Join(c.Forget(alpha, ""), c.Forget(alpha, ""), c.Forget("19:unknown", "1")); err != nil {
				t.Error(err)
			}
			want(t, c, picture(alpha, "2"), "", false)
			want(t, c, picture(beta, "1"), "beta1", true)
			put(t, c, picture(alpha, "3"), "alpha3")
			want(t, c, picture(alpha, "3"), "alpha3", true)
		})
	}
}

func TestADamagedOrSwappedPictureIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, _ := open(t, dir, vault.MemoryKeychain())
	put(t, c, picture(alpha, "1"), "first")
	put(t, c, picture(alpha, "2"), "second")
	all := files(t, dir)
	if len(all) != 2 {
		t.Fatalf("%d files", len(all))
	}
	other, err := os.ReadFile(all[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(all[0], other, 0o600), os.WriteFile(all[1], other[:len(other)/2], 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"1", "2"} {
		if got, _, ok := c.Get(picture(alpha, m)); ok {
			t.Errorf("message %s: got %q", m, got)
		}
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("%d damaged files stay", len(left))
	}
}

func TestTheOldestAndWhatIsTooMuchGoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, _ := open(t, dir, vault.MemoryKeychain())
	now := time.Now()
	for i := range 4 {
		put(t, c, picture(alpha, fmt.Sprint(i)), strings.Repeat("x", 1000))
	}
	all := files(t, dir)
	for i, f := range all {
		if err := os.Chtimes(f, now, now.Add(time.Duration(-i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Size(); n < 4000 || n > 5000 {
		t.Errorf("%d bytes", n)
	}
	if err := c.Trim(now.Add(-150*time.Minute), 0); err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) != 3 || left[len(left)-1] == all[3] {
		t.Errorf("left %v of %v after trimming by age", left, all)
	}
	if err := c.Trim(time.Time{}, 2200); err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) != 2 || left[0] != all[0] || left[1] != all[1] {
		t.Errorf("left %v of %v after trimming by size", left, all)
	}
}

func TestTooLargePicturesAreRefusedAndMemoryIsBounded(t *testing.T) {
	t.Parallel()
	c := media.Open(vault.OpenMemory())
	if err := c.Put(picture(alpha, "1"), make([]byte, media.Most+1)); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	kept := 0
	for i := range 10 {
		if err := c.Put(picture(alpha, fmt.Sprint(i)), make([]byte, 4<<20)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		if c.Has(picture(alpha, fmt.Sprint(i))) {
			kept++
		}
	}
	if kept == 0 || kept > 4 {
		t.Errorf("%d pictures of 4 MB are kept in memory", kept)
	}
}

func TestManyPutAndForgetAtOnce(t *testing.T) {
	t.Parallel()
	c, _ := open(t, t.TempDir(), vault.MemoryKeychain())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				k := picture(alpha, fmt.Sprint(j%5))
				if err := c.Put(k, []byte("same")); err != nil {
					t.Error(err)
				}
				if got, _, ok := c.Get(k); ok && string(got) != "same" {
					t.Errorf("got %q", got)
				}
				if i == 0 && j%7 == 0 {
					_ = c.Forget(alpha, fmt.Sprint(j%5)) // another may have forgotten it
				}
				_ = c.Size()
			}
		})
	}
	wg.Wait()
}
