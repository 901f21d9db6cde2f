package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

// waitFor polls until f is true; these tests use a real disk, so real time.
func waitFor(t *testing.T, what string, f func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("in vain waited for: %s", what)
		}
	}
}

// myGroup is a group chat of the box's first person.
func myGroup(t *testing.T, box *sandbox.Sandbox) chat.ID {
	t.Helper()
	for _, c := range box.ListRooms() {
		if c.Topic != "" && slices.Contains(c.Members, box.People[0].OID) {
			return chat.ID(c.ID)
		}
	}
	t.Fatal("no group chat")
	return ""
}

func codes(m *machine) []string {
	var out []string
	if h := m.Changes(0).Health; h != nil {
		for _, w := range h.Warnings {
			out = append(out, w.Code)
		}
	}
	return out
}

// A corrupt store never stops the program and never shows wrong data: it is
// set aside, read again, and what was typed is still there.
func TestCorruptStoreIsReadAgain(t *testing.T) {
	t.Parallel()
	box := smallBox()
	dir, keys := t.TempDir(), vault.MemoryKeychain()
	m := newMachine(t, box, dir, keys, nil)
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := myGroup(t, box)
	waitFor(t, "the chat list", func() bool { return len(m.Changes(0).Chats) > 3 })
	s, err := m.Session()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveDraft(Draft{Chat: string(id), JSON: "{}", Text: "not lost"}); err != nil {
		t.Fatal(err)
	}
	m.stop()
	harm(t, dir)
	again := newMachine(t, box, dir, keys, nil)
	if a := *again.Changes(0).Account; a.Phase != "signedIn" {
		t.Fatalf("after the damage: %+v", a)
	}
	waitFor(t, "the warning that the cache is read again", func() bool { return slices.Contains(codes(again), "rebuilt") })
	waitFor(t, "the chats to come back", func() bool { return len(again.Changes(0).Chats) > 3 })
	found := false
	for _, d := range again.Changes(0).Drafts {
		found = found || d.Text == "not lost"
	}
	if !found {
		t.Error("the draft is gone")
	}
}

// harm overwrites the middle of every database file.
func harm(t *testing.T, dir string) {
	t.Helper()
	harmed := 0
	for _, path := range files(dir) {
		if !strings.Contains(path, string(filepath.Separator)+"db"+string(filepath.Separator)) {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil || len(b) < 64 {
			continue
		}
		for i := len(b) / 4; i < len(b)/4+48 && i < len(b); i++ {
			b[i] ^= 0x5a
		}
		copy(b, "harmharmharmharm")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		harmed++
	}
	if harmed == 0 {
		t.Fatalf("no database file in %v", files(dir))
	}
}

// With a full disk nothing new is kept and it is said; reading goes on, what
// is typed is sent all the same, and all is well when there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	box := smallBox()
	var full atomic.Bool
	m := newMachine(t, box, t.TempDir(), vault.MemoryKeychain(), func(c *Config) {
		c.Free = func(string) (int64, error) {
			if full.Load() {
				return 0, nil
			}
			return 1 << 40, nil
		}
	})
	if err := m.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := myGroup(t, box)
	waitFor(t, "the chat list", func() bool { return len(m.Changes(0).Chats) > 3 })
	s, err := m.Session()
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.OpenChat(t.Context(), id)
	if err != nil || len(page.Messages) == 0 {
		t.Fatalf("open %s: %v, %d messages", id, err, len(page.Messages))
	}
	full.Store(true)
	if _, err := s.Send(t.Context(), Compose{Chat: string(id), HTML: "<p>with no room left</p>"}); err != nil {
		t.Fatalf("send with a full disk: %v", err)
	}
	waitFor(t, "the message at the server", func() bool { return box.CountMessages(string(id), "with no room left") == 1 })
	if page, err := s.OpenChat(t.Context(), id); err != nil || len(page.Messages) == 0 {
		t.Errorf("reading with a full disk: %v, %d messages", err, len(page.Messages))
	}
	waitFor(t, "the warning", func() bool {
		s.sync.SyncNow(id)
		return slices.Contains(codes(m), "diskFull")
	})
	full.Store(false)
	waitFor(t, "the message from the server in the chat", func() bool {
		s.sync.SyncNow(id)
		page, err := s.OpenChat(t.Context(), id)
		last := page.Messages[len(page.Messages)-1]
		return err == nil && last.Plain == "with no room left" && last.State == ""
	})
	waitFor(t, "the warning to end", func() bool {
		s.sync.SyncNow(id)
		return !slices.Contains(codes(m), "diskFull")
	})
	if n := box.CountMessages(string(id), "with no room left"); n != 1 {
		t.Errorf("the server has the message %d times, want once", n)
	}
}
