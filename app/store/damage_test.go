package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chatpane/app/chat"
	"chatpane/app/store"
	"chatpane/app/store/rows"
	"google.golang.org/protobuf/proto"
)

// filled makes a store on disk with two chats of messages.
func filled(t *testing.T, v store.Sealer, messages int) string {
	t.Helper()
	dir := t.TempDir()
	s := openDisk(t, dir, v)
	b := store.Batch{Chats: []chat.Chat{group("19:a"), group("19:b")}, Marks: []store.Mark{{Feed: "f", Value: "1"}}}
	for i := range messages {
		b.Messages = append(b.Messages, msg("19:a", i, fmt.Sprint("text ", i)), msg("19:b", i, fmt.Sprint("text ", i)))
	}
	apply(t, s, b)
	closeStore(t, s)
	return dir
}

// copyDir copies a store as a crash would leave it.
func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func rebuilt(t *testing.T, dir string, v store.Sealer, what string) {
	t.Helper()
	s := openDisk(t, dir, v)
	defer closeStore(t, s)
	if r := s.Report(); !r.Rebuilt || r.Chats != 0 || r.Why == "" {
		t.Errorf("%s: report = %+v, want an empty, rebuilt store", what, r)
	}
	if _, err := os.Stat(filepath.Join(dir, "lost")); err != nil {
		t.Errorf("%s: the old store was not kept aside: %v", what, err)
	}
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:new")}})
}

func TestAStoreThatCannotBeTrustedIsMovedAside(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	origin := filled(t, v, 50)
	for name, harm := range map[string]func(dir string) error{
		"it died while opening": func(dir string) error { return os.WriteFile(filepath.Join(dir, "opening"), nil, 0o600) },
		"damage was noted":      func(dir string) error { return os.WriteFile(filepath.Join(dir, "damaged"), []byte("message"), 0o600) },
		"MANIFEST deleted":      func(dir string) error { return os.Remove(filepath.Join(dir, "db", "MANIFEST")) },
		"all of Badger deleted, but for a stray file": func(dir string) error {
			return errors.Join(os.RemoveAll(filepath.Join(dir, "db")), os.Mkdir(filepath.Join(dir, "db"), 0o700))
		},
		"KEYREGISTRY torn":  func(dir string) error { return os.Truncate(filepath.Join(dir, "db", "KEYREGISTRY"), 40) },
		"MANIFEST torn":     func(dir string) error { return os.Truncate(filepath.Join(dir, "db", "MANIFEST"), 5) },
		"the table deleted": func(dir string) error { return eachTable(dir, os.Remove) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyDir(t, origin)
			if err := harm(dir); err != nil {
				t.Fatal(err)
			}
			rebuilt(t, dir, copyOf(t, v), name)
		})
	}
}

func eachTable(dir string, f func(string) error) error {
	tables, err := filepath.Glob(filepath.Join(dir, "db", "*.sst"))
	if err != nil || len(tables) == 0 {
		return errors.Join(err, errors.New("no table"))
	}
	for _, p := range tables {
		if err := f(p); err != nil {
			return err
		}
	}
	return nil
}

// copyOf gives a case its own vault, since each writes a shape.
func copyOf(t *testing.T, v *fakeVault) *fakeVault {
	return &fakeVault{disk: true, dir: copyDir(t, v.dir), chats: map[string]int{}}
}

func TestDamageInMemoryIsReportedWithTheKindOfRow(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	dir := filled(t, v, 3)
	s := openDisk(t, dir, v)
	v.chats["19:a"]++ // another key: nothing of this chat unseals any more
	_, _, err := s.Latest("19:a", 5)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "message") {
		t.Errorf("error = %v, want ErrDamaged naming a message", err)
	}
	if !s.Report().Damaged {
		t.Error("the report does not tell the damage")
	}
	closeStore(t, s)
	rebuilt(t, dir, v, "after damage")
}

func TestOnlyOneProcessOpensAStore(t *testing.T) {
	t.Parallel()
	v, dir := newVault(t), t.TempDir()
	s := openDisk(t, dir, v)
	if _, err := store.OpenForTest(dir, v, store.Options{MinFree: 1}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("second open: %v, want ErrLocked", err)
	}
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}})
	closeStore(t, s)
	closeStore(t, s)
	if _, err := s.Apply(context.Background(), store.Batch{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("apply after close: %v, want ErrClosed", err)
	}
	if _, _, err := s.Latest("19:a", 1); !errors.Is(err, store.ErrClosed) {
		t.Errorf("read after close: %v, want ErrClosed", err)
	}
	s = openDisk(t, dir, v)
	defer closeStore(t, s)
	if r := s.Report(); r.Rebuilt || r.Chats != 1 {
		t.Errorf("the refused open did harm: %+v", r)
	}
}

func TestAFullDiskIsAnErrorAndReadingGoesOn(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	dir := filled(t, v, 3)
	free := int64(1 << 40)
	open := func(dir string) (*store.Store, error) {
		return store.OpenForTest(dir, v, store.Options{MinFree: 1 << 20, Free: func(string) (int64, error) { return free, nil }})
	}
	s, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	more := store.Batch{Messages: []chat.Message{msg("19:a", 9, "later")}, Marks: []store.Mark{{Feed: "f", Value: "2"}}}
	refused := func(when string) {
		t.Helper()
		if d, err := s.Apply(context.Background(), more); !errors.Is(err, store.ErrFull) || !d.Empty() {
			t.Errorf("%s: apply = %+v, %v, want ErrFull", when, d, err)
		}
		if got, _ := texts(t, s, "19:a", 9); len(got) != 3 || s.Mark("f") != "1" {
			t.Errorf("%s: something was written: %q, mark %q", when, got, s.Mark("f"))
		}
	}
	free = 1<<20 - 1
	refused("disk filled while open")
	closeStore(t, s)
	if s, err = open(dir); err != nil || !s.Report().ReadOnly {
		t.Fatalf("open on a full disk: %v", err)
	}
	refused("opened on a full disk")
	if _, err := open(t.TempDir()); !errors.Is(err, store.ErrFull) {
		t.Errorf("a new store on a full disk: %v, want ErrFull", err)
	}
	free = 1 << 40
	apply(t, s, more)
	if got, _ := texts(t, s, "19:a", 9); len(got) != 4 || s.Report().ReadOnly {
		t.Errorf("after space came back: %q, %+v", got, s.Report())
	}
	closeStore(t, s)
}

func TestTheReserveGrowsWithTheBatch(t *testing.T) {
	t.Parallel()
	s, err := store.OpenForTest(t.TempDir(), newVault(t), store.Options{MinFree: 1, Free: func(string) (int64, error) { return 2000, nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	var b store.Batch
	for i := range 50 {
		b.Messages = append(b.Messages, msg("19:a", i, "text"))
	}
	if _, err := s.Apply(context.Background(), b); !errors.Is(err, store.ErrFull) {
		t.Errorf("a batch of more than half the free space: %v, want ErrFull", err)
	}
	apply(t, s, store.Batch{Marks: []store.Mark{{Feed: "f", Value: "1"}}})
}

func TestAFolderThatCannotBeWrittenIsNotMovedAside(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	v := newVault(t)
	dir := filled(t, v, 1)
	if err := os.Chmod(filepath.Join(dir, "db"), 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(filepath.Join(dir, "db"), 0o700) }()
	if _, err := store.OpenForTest(dir, v, store.Options{MinFree: 1}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("open = %v, want a permission error", err)
	}
}

func TestAStoreOfANewerVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	dir := filled(t, v, 1)
	shape, err := proto.Marshal(&rows.Meta{Schema: 99})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.WriteFile("store-shape", shape); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenForTest(dir, v, store.Options{MinFree: 1}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("open = %v, want ErrNewer", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lost")); err == nil {
		t.Error("it was moved aside")
	}
}

func TestAnEmptyMemtableOfAKilledProcessIsNoReasonToRebuild(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	dir := filled(t, v, 3)
	if err := os.WriteFile(filepath.Join(dir, "db", "00001.mem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openDisk(t, dir, v)
	defer closeStore(t, s)
	if got, _ := texts(t, s, "19:a", 9); len(got) != 3 || s.Report().Rebuilt {
		t.Errorf("%d messages, %+v", len(got), s.Report())
	}
}
