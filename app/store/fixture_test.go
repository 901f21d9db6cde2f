package store_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"chatpane/app/chat"
	"chatpane/app/store"
)

// A fixture is a store as the version that wrote schema N left it: the folders
// store and vault, packed, since Badger's files are large and nearly empty.
// STORE_TEST_SAVE=testdata/schemaN.tar.gz go test -run TestSaveFixture ./app/store
// makes the one of the schema of today; those of older schemas stay as they are.

func fixtureChats() []chat.ID { return []chat.ID{"19:a", "19:b", "19:c"} }

// fixtureMessages are 120 messages per chat; every 10th is edited, every 15th deleted.
func fixtureMessages(id chat.ID) (out []chat.Message) {
	for n := range 120 {
		m := msg(id, n, fmt.Sprintf("Nachricht %d über Rechnungsprüfung 請求書 %s", n, id))
		switch {
		case n%15 == 14:
			m = deleted(m, 5)
		case n%10 == 9:
			m = edited(m, 5, fmt.Sprintf("geändert %d", n))
		}
		out = append(out, m)
	}
	return out
}

func TestSaveFixture(t *testing.T) {
	to := os.Getenv("STORE_TEST_SAVE")
	if to == "" {
		t.Skip("only to save a fixture")
	}
	dir := t.TempDir()
	v := &fakeVault{disk: true, dir: filepath.Join(dir, "vault"), chats: map[string]int{}}
	if err := os.Mkdir(v.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := openDisk(t, filepath.Join(dir, "store"), v)
	for _, id := range fixtureChats() {
		apply(t, s, store.Batch{Chats: []chat.Chat{group(id)}, Messages: fixtureMessages(id)})
	}
	apply(t, s, store.Batch{
		People: []chat.Person{{ID: "u1", Name: "Ann Lee"}}, Marks: []store.Mark{{Feed: "f", Value: "7"}},
		Facts: []store.Fact{{Key: "k", Value: []byte("v")}}, PurgeChats: []chat.ID{"19:c"},
	})
	closeStore(t, s)
	if err := pack(dir, to); err != nil {
		t.Fatal(err)
	}
}

func pack(dir, to string) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	err = w.AddFS(os.DirFS(dir))
	return errors.Join(err, w.Close(), z.Close(), f.Close())
}

// unpack opens a fixture's folders.
func unpack(t *testing.T, name string) (string, *fakeVault) {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	v := &fakeVault{disk: true, dir: filepath.Join(dir, "vault"), chats: map[string]int{"19:c": 1}}
	return filepath.Join(dir, "store"), v
}

// TestStoresOfEarlierVersionsOpen opens what every schema left, reads all of it
// and searches it.
func TestStoresOfEarlierVersionsOpen(t *testing.T) {
	t.Parallel()
	for n := 1; n <= store.Schema; n++ {
		t.Run(fmt.Sprint("schema ", n), func(t *testing.T) {
			t.Parallel()
			dir, v := unpack(t, fmt.Sprintf("testdata/schema%d.tar.gz", n))
			s := openDisk(t, dir, v)
			if r := s.Report(); r.Rebuilt || r.Schema != store.Schema || r.Chats != 2 || r.Messages != 240 || r.People != 1 {
				t.Fatalf("after opening: %+v", r)
			}
			if err := s.Index(t.Context()); err != nil {
				t.Fatal(err)
			}
			checkFixture(t, s)
			closeStore(t, s)
			s = openDisk(t, dir, v)
			defer closeStore(t, s)
			checkFixture(t, s)
		})
	}
}

func checkFixture(t *testing.T, s *store.Store) {
	t.Helper()
	for _, id := range fixtureChats()[:2] {
		want := fixtureMessages(id)
		got, _, err := s.Latest(id, 1000)
		if err != nil || len(got) != len(want) {
			t.Fatalf("chat %s: %d messages (%v), want %d", id, len(got), err, len(want))
		}
		for i := range want {
			if got[i].Body != want[i].Body || !got[i].Modified.Equal(want[i].Modified) {
				t.Errorf("chat %s, message %d: %+v, want %+v", id, i, got[i], want[i])
			}
		}
	}
	for query, want := range map[string]int{"prüfung": 2 * (120 - 8 - 8), "geändert": 2 * 8, "請求書": 2 * (120 - 8 - 8), "19:c": 0} {
		if got := len(find(t, s, query, store.Search{})); got != want {
			t.Errorf("%q is found %d times, want %d", query, got, want)
		}
	}
	if s.Mark("f") != "7" || string(s.Fact("k")) != "v" {
		t.Error("a mark or a fact is lost")
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
}

// TestAMigrationCutShortGoesOn lets the disk fill while messages move into
// leaves, and opens the store again once there is room.
func TestAMigrationCutShortGoesOn(t *testing.T) {
	t.Parallel()
	for cut := 2; ; cut++ {
		dir, v := unpack(t, "testdata/schema2.tar.gz")
		asked := 0
		s, err := store.OpenForTest(dir, v, store.Options{MinFree: 1, Free: func(string) (int64, error) {
			if asked++; asked > cut {
				return 0, nil
			}
			return 1 << 40, nil
		}})
		if err == nil {
			closeStore(t, s)
			if cut < 4 {
				t.Fatalf("the disk was asked for room %d times only; nothing was cut short", asked)
			}
			return
		}
		if !errors.Is(err, store.ErrFull) {
			t.Fatalf("cut after %d: %v, want ErrFull", cut, err)
		}
		s = openDisk(t, dir, v)
		if r := s.Report(); r.Rebuilt || r.Messages != 240 {
			t.Errorf("cut after %d: %+v", cut, r)
		}
		checkFixture(t, s)
		closeStore(t, s)
	}
}
