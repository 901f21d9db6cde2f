package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
)

// What a child process found; a crash of Badger gives another code.
const (
	childFine    = 0
	childRebuilt = 40
	childDamaged = 41
	childWrong   = 42
)

// child opens and reads a store in a process of its own, for Badger may crash
// the process on damaged files.
func child(t *testing.T, dir string, v *fakeVault) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), "STORE_TEST_DIR="+dir, "STORE_TEST_VAULT="+v.dir)
	out, err := cmd.CombinedOutput()
	code := cmd.ProcessState.ExitCode()
	if code == childWrong || err != nil && code < 0 {
		t.Errorf("child: %v\n%s", err, out)
	}
	return code
}

// TestChild is not a test but the other process of this file's tests.
func TestChild(t *testing.T) {
	dir := os.Getenv("STORE_TEST_DIR")
	if dir == "" {
		return
	}
	v := &fakeVault{disk: true, dir: os.Getenv("STORE_TEST_VAULT"), chats: map[string]int{}}
	s, err := store.OpenForTest(dir, v, store.Options{MinFree: 1})
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(childWrong)
	}
	code := childFine
	switch err := errors.Join(s.Index(context.Background()), readAll(s)); {
	case s.Report().Rebuilt:
		code = childRebuilt
	case errors.Is(err, store.ErrDamaged):
		code = childDamaged
	case err != nil:
		fmt.Println(err)
		code = childWrong
	}
	os.Exit(code) // without closing, as a kill would
}

// readAll reads every message of the store that filled made with 200.
func readAll(s *store.Store) error {
	for _, id := range []chat.ID{"19:a", "19:b"} {
		page, _, err := s.Latest(id, 1000)
		if err != nil {
			return err
		}
		if len(page) != 200 {
			return fmt.Errorf("%d messages of %s shown as if they were all", len(page), id)
		}
		for i, m := range page {
			if want := fmt.Sprintf("<p>text %d</p>", i); m.Body != want {
				return fmt.Errorf("message %d of %s = %q, want %q", i, id, m.Body, want)
			}
		}
	}
	f, err := s.Search(context.Background(), store.Search{Terms: search.Parse("text", base).Terms, Limit: 1000})
	if err != nil {
		return err
	}
	if len(f.Hits) != 400 {
		return fmt.Errorf("%d messages found as if they were all", len(f.Hits))
	}
	return s.Verify()
}

func TestAFlippedByteNeverShowsWrongData(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	origin := filled(t, v, 200)
	var table string
	if err := eachTable(origin, func(p string) error { table = filepath.Base(p); return nil }); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(origin, "db", table))
	if err != nil {
		t.Fatal(err)
	}
	const flips = 10
	noticed := 0
	for i := range int64(flips) {
		dir, v := copyDir(t, origin), copyOf(t, v)
		flip(t, filepath.Join(dir, "db", table), st.Size()*i/flips+7)
		code := child(t, dir, v)
		if code != childFine {
			noticed++
		}
		if code != childFine && code != childRebuilt {
			// What is fine now was read, searched and counted: the index was made anew.
			if code := child(t, dir, v); code != childRebuilt && code != childFine {
				t.Errorf("flip %d: the second start ended with %d, want a store rebuilt or with a new index", i, code)
			}
		}
	}
	if noticed == 0 {
		t.Error("no flip was noticed; the test has no teeth")
	}
}

func TestACrashInsideBadgerHappensOnce(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	dir := filled(t, v, 200)
	if err := eachTable(dir, func(p string) error { return os.Truncate(p, 10) }); err != nil {
		t.Fatal(err)
	}
	if code := child(t, dir, v); code == childFine || code == childDamaged {
		t.Fatalf("a table cut to 10 bytes: the child ended with %d", code)
	}
	s := openDisk(t, dir, v)
	defer closeStore(t, s)
	if r := s.Report(); !r.Rebuilt {
		t.Errorf("after the crash: %+v, want a rebuilt store", r)
	}
}

func flip(t *testing.T, name string, at int64) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data[at] ^= 0x10
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
