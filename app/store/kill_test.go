package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
)

// TestWriter is not a test but the process that TestKill kills: it writes for
// ever and says what was acknowledged.
func TestWriter(t *testing.T) {
	dir := os.Getenv("STORE_TEST_WRITE")
	if dir == "" {
		return
	}
	v := &fakeVault{disk: true, dir: os.Getenv("STORE_TEST_VAULT"), chats: map[string]int{}}
	s, err := store.OpenForTest(dir, v, store.Options{MinFree: 1})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	n, _ := strconv.Atoi(s.Mark("n"))
	fmt.Println("opened", n, s.Report().Rebuilt)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		n++
		b := store.Batch{Chats: []chat.Chat{group("19:a")}, Marks: []store.Mark{{Feed: "n", Value: strconv.Itoa(n)}}}
		for i := range 20 {
			b.Messages = append(b.Messages, msg("19:a", n*20+i, strings.Repeat("text ", 50)))
		}
		if n%5 == 0 { // a version later, and sometimes the postings are written
			b.Messages = append(b.Messages, edited(msg("19:a", n*20-3, ""), 1, "text again"))
			s.MergeAtForTest(uint32(n%300), 100)
		}
		if _, err := s.Apply(context.Background(), b); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("acknowledged", n)
	}
}

func TestKill(t *testing.T) {
	t.Parallel()
	v, dir := newVault(t), t.TempDir()
	acknowledged := 0
	kills := 5
	if n, err := strconv.Atoi(os.Getenv("CHATPANE_KILLS")); err == nil {
		kills = n // go run ./build test long kills 20 times, soak 100
	}
	for round := range kills {
		acknowledged = writeAndKill(t, dir, v, acknowledged, 3+round*7%40)
	}
	s := openDisk(t, dir, v)
	defer closeStore(t, s)
	n, _ := strconv.Atoi(s.Mark("n"))
	if got, _ := s.Count("19:a"); n < acknowledged || got != n*20 {
		t.Errorf("mark %d, %d messages; %d batches of 20 were acknowledged", n, got, acknowledged)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	searchable := map[string]int{}
	q := store.Search{Terms: search.Parse("text", base).Terms, Limit: 100}
	for more := true; more; more = q.Cursor != "" {
		f, err := s.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range f.Hits {
			searchable[h.Message.ID]++
		}
		q.Cursor = f.Cursor
	}
	twice := 0
	for _, times := range searchable {
		twice += times - 1
	}
	if len(searchable) != n*20 || twice != 0 {
		t.Errorf("%d kills: %d of %d messages are found, %d of them more than once", kills, len(searchable), n*20, twice)
	}
}

// writeAndKill lets a process write some batches, kills it and returns the last
// batch it acknowledged.
func writeAndKill(t *testing.T, dir string, v *fakeVault, before, batches int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriter$")
	cmd.Env = append(os.Environ(), "STORE_TEST_WRITE="+dir, "STORE_TEST_VAULT="+v.dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last, seen := before, 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var n int
		var rebuilt bool
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "opened"):
			if _, err := fmt.Sscanf(line, "opened %d %t", &n, &rebuilt); err != nil || rebuilt || n < before {
				t.Errorf("%s; %d batches were acknowledged before the kill", line, before)
			}
		case strings.HasPrefix(line, "acknowledged"):
			if _, err := fmt.Sscanf(line, "acknowledged %d", &last); err != nil {
				t.Error(err)
			}
			if seen++; seen == batches {
				_ = cmd.Process.Kill() // what is still in the pipe was acknowledged too
			}
		default:
			t.Error(line)
		}
	}
	_ = cmd.Wait()
	return last
}
