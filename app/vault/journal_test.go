package vault_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"chatpane/app/vault"
)

func records(j *vault.Journal) string {
	if j == nil {
		return "no journal"
	}
	return string(bytes.Join(j.Records(), []byte(",")))
}

func written(t *testing.T, v *vault.Vault, name string, recs ...string) {
	t.Helper()
	j, err := v.Journal(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		if err := j.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// frames splits a journal's file into its head and its records.
func frames(t *testing.T, data []byte) [][]byte {
	t.Helper()
	out := [][]byte{data[:20]}
	for rest := data[20:]; len(rest) > 0; {
		n := 8 + binary.BigEndian.Uint32(rest)
		out = append(out, rest[:n])
		rest = rest[n:]
	}
	return out
}

func TestAJournalIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	v := open(t, dir, k)
	written(t, v, "outbox", "one", "", "three")
	written(t, v, "outbox", "four")
	w := open(t, dir, k)
	j, err := w.Journal("outbox")
	if err != nil || records(j) != "one,,three,four" {
		t.Fatalf("%q, %v", records(j), err)
	}
	if err := errors.Join(j.Rewrite([][]byte{[]byte("three")}), j.Append([]byte("five")), j.Close()); err != nil {
		t.Fatal(err)
	}
	if j, err = w.Journal("outbox"); err != nil || records(j) != "three,five" {
		t.Errorf("rewritten: %q, %v", records(j), err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("append to a closed journal: %v", err)
	}
	if err := j.Append(make([]byte, 9<<20)); err == nil {
		t.Error("a record of 9 MiB was taken")
	}
	if _, err := w.Journal("../outbox"); !errors.Is(err, vault.ErrName) {
		t.Errorf("a bad name: %v", err)
	}
}

func TestATornEndIsCut(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	v := open(t, dir, k)
	written(t, v, "outbox", "one", "two", "three")
	path := filepath.Join(dir, "outbox.journal")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := frames(t, good)
	last := len(good) - len(parts[3])
	check := func(name string, data []byte, want string) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := v.Journal("outbox")
		if err != nil || records(j) != want {
			t.Errorf("%s: %q, %v, want %q", name, records(j), err, want)
			return
		}
		if err := errors.Join(j.Append([]byte("next")), j.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, err := v.Journal("outbox")
		if err != nil || records(again) != strings.TrimPrefix(want+",next", ",") {
			t.Errorf("%s: afterwards %q, %v", name, records(again), err)
		}
		_ = again.Close()
	}
	for n := last; n < len(good); n++ {
		check(fmt.Sprintf("cut at %d", n), good[:n], "one,two")
	}
	for n := range 20 {
		check(fmt.Sprintf("head cut at %d", n), good[:n], "")
	}
	zeroed := bytes.Clone(good)
	clear(zeroed[last:])
	check("the last record is zeros", zeroed, "one,two")
	zeroed = bytes.Clone(good)
	clear(zeroed[last+12:])
	check("the last record ends in zeros", zeroed, "one,two")
	check("zeros behind", append(bytes.Clone(good), make([]byte, 4096)...), "one,two,three")
	check("only zeros", make([]byte, 512), "")
	damaged, err := filepath.Glob(path + ".damaged*")
	if err != nil || len(damaged) != 0 {
		t.Errorf("copies aside: %v, %v", damaged, err)
	}
}

func TestAChangedRecordIsNoticedAndTheFileKept(t *testing.T) {
	t.Parallel()
	dir, k := place(t), vault.MemoryKeychain()
	v := open(t, dir, k)
	written(t, v, "other", "one", "two", "three")
	written(t, v, "outbox", "one", "two", "three")
	path := filepath.Join(dir, "outbox.journal")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(filepath.Join(dir, "other.journal"))
	if err != nil {
		t.Fatal(err)
	}
	p, q := frames(t, good), frames(t, foreign)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	cases := map[string]struct {
		data []byte
		want string
	}{
		"swapped":               {join(p[0], p[2], p[1], p[3]), ""},
		"the first taken out":   {join(p[0], p[2], p[3]), ""},
		"the middle taken out":  {join(p[0], p[1], p[3]), "one"},
		"one twice":             {join(p[0], p[1], p[1], p[2]), "one"},
		"one of another file":   {join(p[0], p[1], q[2], p[3]), "one"},
		"another file":          {foreign, ""},
		"a record added":        {join(good, q[1]), "one,two,three"},
		"text added":            {join(good, []byte("a text of some length")), "one,two,three"},
		"the head of another":   {join(q[0], p[1], p[2], p[3]), ""},
		"something quite other": {bytes.Repeat([]byte("x"), 100), ""},
	}
	for at := range good {
		bit := at*8 + at%8 // one bit of every byte
		flipped := bytes.Clone(good)
		flipped[bit/8] ^= 1 << (bit % 8)
		want := "one,two"
		switch {
		case bit/8 < 20+len(p[1]):
			want = ""
		case bit/8 < 20+len(p[1])+len(p[2]):
			want = "one"
		}
		cases[fmt.Sprintf("bit %d flipped", bit)] = struct {
			data []byte
			want string
		}{flipped, want}
	}
	for name, c := range cases {
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := v.Journal("outbox")
		if !errors.Is(err, vault.ErrTampered) || records(j) != c.want {
			t.Errorf("%s: %q, %v, want %q", name, records(j), err, c.want)
			continue
		}
		aside, err := os.ReadFile(path + ".damaged1")
		if err != nil || !bytes.Equal(aside, c.data) {
			t.Errorf("%s: not copied aside: %v", name, err)
		}
		if err := errors.Join(os.Remove(path+".damaged1"), j.Append([]byte("next")), j.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, err := v.Journal("outbox")
		if err != nil || records(again) != strings.TrimPrefix(c.want+",next", ",") {
			t.Errorf("%s: afterwards %q, %v", name, records(again), err)
		}
		_ = again.Close()
	}
}

// log is a file that notes what is done to it.
type log struct {
	vault.FileForTest
	done *[]string
}

func (l log) WriteAt(p []byte, at int64) (int, error) {
	*l.done = append(*l.done, "write")
	return l.FileForTest.WriteAt(p, at)
}

func (l log) Sync() error {
	*l.done = append(*l.done, "sync")
	return l.FileForTest.Sync()
}

func TestWhatIsWrittenIsSyncedBeforeTheCallReturns(t *testing.T) {
	t.Parallel()
	var done []string
	v, err := vault.OpenForTest(place(t), account, vault.MemoryKeychain(), nil, func(in vault.FileForTest) vault.FileForTest { return log{in, &done} })
	if err != nil {
		t.Fatal(err)
	}
	j, err := v.Journal("outbox")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"append":    func() error { return j.Append([]byte("one")) },
		"rewrite":   func() error { return j.Rewrite([][]byte{[]byte("one")}) },
		"file":      func() error { return v.WriteFile("tokens", []byte("x")) },
		"chat keys": func() error { return v.AddChats("19:a") },
	} {
		done = nil
		if err := f(); err != nil || strings.Join(done, ",") != "write,sync" {
			t.Errorf("%s: %v, %v", name, done, err)
		}
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// disk is a file whose operations fail when the test says so.
type disk struct {
	vault.FileForTest
	faults *faults
}

type faults struct {
	write, sync, truncate error
	short                 int // bytes that a failing write still writes
}

func (d disk) WriteAt(p []byte, at int64) (int, error) {
	if d.faults.write == nil {
		return d.FileForTest.WriteAt(p, at)
	}
	n, _ := d.FileForTest.WriteAt(p[:min(d.faults.short, len(p))], at)
	return n, d.faults.write
}

func (d disk) Sync() error {
	if d.faults.sync != nil {
		return d.faults.sync
	}
	return d.FileForTest.Sync()
}

func (d disk) Truncate(n int64) error {
	if d.faults.truncate != nil {
		return d.faults.truncate
	}
	return d.FileForTest.Truncate(n)
}

func TestAFullDiskIsAnErrorAndLeavesTheJournalUsable(t *testing.T) {
	t.Parallel()
	for name, full := range map[string]faults{
		"nothing written":        {write: syscall.ENOSPC},
		"half written":           {write: syscall.ENOSPC, short: 30},
		"noticed while syncing":  {sync: syscall.ENOSPC},
		"all written, not known": {write: syscall.EIO, short: 1 << 20},
		"cannot be undone":       {write: syscall.EIO, short: 30, truncate: syscall.EIO},
		"sync and undo fail":     {sync: syscall.EIO, truncate: syscall.EIO},
	} {
		dir, k := place(t), vault.MemoryKeychain()
		f := &faults{}
		v, err := vault.OpenForTest(dir, account, k, nil, func(in vault.FileForTest) vault.FileForTest { return disk{in, f} })
		if err != nil {
			t.Fatal(err)
		}
		j, err := v.Journal("outbox")
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Append([]byte("one")); err != nil {
			t.Fatal(err)
		}
		*f = full
		want := full.write
		if want == nil {
			want = full.sync
		}
		for range 3 {
			if err := j.Append([]byte("lost")); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
		}
		if err := v.WriteFile("tokens", []byte("x")); !errors.Is(err, want) {
			t.Errorf("%s: a file: got %v", name, err)
		}
		if err := j.Rewrite(nil); !errors.Is(err, want) {
			t.Errorf("%s: rewrite: got %v", name, err)
		}
		*f = faults{}
		if err := errors.Join(j.Append([]byte("two")), j.Append([]byte("three")), j.Close()); err != nil {
			t.Errorf("%s: afterwards: %v", name, err)
		}
		again, err := v.Journal("outbox")
		if err != nil || records(again) != "one,two,three" {
			t.Errorf("%s: %q, %v", name, records(again), err)
		}
	}
}

func TestACrashInARewriteLeavesOneOfTheTwoVersions(t *testing.T) {
	t.Parallel()
	for at := range 2 {
		dir, k := place(t), vault.MemoryKeychain()
		s := &steps{at: -1}
		v, err := vault.OpenForTest(dir, account, k, s.step, nil)
		if err != nil {
			t.Fatal(err)
		}
		j, err := v.Journal("outbox")
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Append([]byte("one")); err != nil {
			t.Fatal(err)
		}
		s.names, s.at = nil, at
		if err := j.Rewrite([][]byte{[]byte("new")}); !errors.Is(err, vault.ErrCrash) {
			t.Fatalf("got %v", err)
		}
		again, err := open(t, dir, k).Journal("outbox")
		if err != nil || records(again) != "one" {
			t.Errorf("crash at %s: %q, %v", s.names[at], records(again), err)
		}
	}
}

func FuzzJournal(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "a")
	v, err := vault.Open(dir, account, vault.MemoryKeychain())
	if err != nil {
		f.Fatal(err)
	}
	j, err := v.Journal("outbox")
	if err != nil {
		f.Fatal(err)
	}
	if err := errors.Join(j.Append([]byte("one")), j.Append([]byte("two")), j.Close()); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "outbox.journal"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:40])
	f.Fuzz(func(t *testing.T, data []byte) {
		n, end, err := vault.ReplayForTest(data)
		if end > int64(len(data)) || n > len(data) || n > 0 && end == 0 {
			t.Errorf("%d records up to %d of %d bytes, %v", n, end, len(data), err)
		}
	})
}
