package session

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/markup"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

// errandFile names the file that tells a child process of this test what to do.
const errandFile = "CHATPANE_CRASH"

// errand is what a child process is told.
type errand struct {
	Dir, Keys   string // of the account, and of its keychain
	Tenant, Env string
	Graph       string // origins
	OID, Name   string
	Tokens      map[string]string // by service
	Chats       []string
	Finish      bool // deliver and read what is left, tell what there is, and end
	Life        int
}

// TestKilledProcessesLoseAndRepeatNothing kills a real process with a real disk
// and real connections while it reads and writes, again and again: whatever it
// said to have accepted is at the server once and in order, and its store ends
// as the server is. CHATPANE_KILLS sets how often (test long 20, soak 100).
func TestKilledProcessesLoseAndRepeatNothing(t *testing.T) {
	t.Parallel()
	kills := 3
	if n, err := strconv.Atoi(os.Getenv("CHATPANE_KILLS")); err == nil {
		kills = n
	}
	c := newKiller(t)
	r := rand.New(rand.NewPCG(1, uint64(kills)))
	began := time.Now()
	for life := range kills {
		c.errand.Life = life
		c.live(time.Duration(200+r.IntN(1800)) * time.Millisecond)
	}
	c.errand.Finish, c.errand.Life = true, kills
	c.live(time.Hour) // it ends by itself
	stored := len(c.stored)
	c.check()
	t.Logf("%d kills in %v: %d messages accepted, %d stored", kills, time.Since(began).Round(time.Second), len(c.accepted), stored)
}

// killer is the parent of the processes that die.
type killer struct {
	t      *testing.T
	box    *sandbox.Sandbox
	who    *sandbox.Person
	errand errand
	file   string

	accepted []accepted
	left     map[string]string // op → state and reason, in the end
	stored   map[string]string // chat and message → etag, in the end
	finished bool
}

func newKiller(t *testing.T) *killer {
	t.Helper()
	box := sandbox.New(sandbox.Options{Seed: 7, Chats: 40, Messages: 400, Cases: 10})
	server, err := box.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	who := box.People[0]
	c := &killer{t: t, box: box, who: who, file: filepath.Join(t.TempDir(), "errand.json"), left: map[string]string{}, stored: map[string]string{}}
	c.errand = errand{Dir: filepath.Join(t.TempDir(), "account"), Keys: filepath.Join(t.TempDir(), "keys.json"),
		Tenant: box.TenantID, Env: box.Origins()["dataverse"], Graph: box.Origins()["graph"], OID: who.OID, Name: who.Name,
		Tokens: map[string]string{"graph": box.Token(who.OID, "graph"), "dataverse": box.Token(who.OID, "dataverse")}}
	for _, d := range box.ListRooms() {
		if d.Topic != "" && slices.Contains(d.Members, who.OID) {
			c.errand.Chats = append(c.errand.Chats, d.ID)
		}
	}
	return c
}

// live runs a process until it ends, at most for a while; then it is killed.
func (c *killer) live(most time.Duration) {
	c.t.Helper()
	data, err := json.Marshal(c.errand)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(c.file, data, 0o600); err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.CommandContext(c.t.Context(), os.Args[0], "-test.run", "^TestCrashChild$")
	cmd.Env = append(os.Environ(), errandFile+"="+c.file)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	if !c.errand.Finish {
		wg.Go(func() { c.chatter(stop) })
	}
	kill := time.AfterFunc(most, func() { _ = cmd.Process.Kill() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		c.heard(lines.Text())
	}
	_ = cmd.Wait() // killed, as a rule
	kill.Stop()
	close(stop)
	wg.Wait()
}

// chatter lets others write while the process lives.
func (c *killer) chatter(stop <-chan struct{}) {
	tick := time.NewTicker(15 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if _, err := c.box.Say(c.box.People[n%5].OID, c.errand.Chats[n%len(c.errand.Chats)], "<p>meanwhile</p>"); err != nil {
			continue // not everybody is in every chat
		}
	}
}

// heard takes what a process said. A line that a kill cut short counts as unsaid.
func (c *killer) heard(line string) {
	part := strings.Split(line, "\t")
	switch {
	case len(part) == 5 && part[0] == "accepted":
		c.accepted = append(c.accepted, accepted{part[1], part[2], part[3]})
	case len(part) == 4 && part[0] == "left":
		c.left[part[1]] = part[2] + " " + part[3]
	case len(part) == 4 && part[0] == "stored":
		c.stored[part[1]+"|"+part[2]] = part[3]
	case part[0] == "finished":
		c.finished = true
	case part[0] == "error":
		c.t.Errorf("life %d: %s", c.errand.Life, line)
	}
}

func (c *killer) check() {
	if !c.finished || len(c.accepted) == 0 {
		c.t.Fatalf("finished %v, %d messages accepted", c.finished, len(c.accepted))
	}
	for op, why := range c.left {
		c.t.Errorf("op %s is left: %s", op, why)
	}
	w := &shared{t: c.t, box: c.box}
	s := &seat{token: c.errand.Tokens}
	for _, id := range c.errand.Chats {
		truth, err := w.honest(s, id)
		if err != nil {
			c.t.Fatal(err)
		}
		at := map[string][]int64{}
		for _, m := range truth {
			if op := markup.Marker(m.Body.Content); op != "" {
				at[op] = append(at[op], m.CreatedDateTime.UnixMilli())
			}
			if got := c.stored[id+"|"+m.ID]; got != m.ETag {
				c.t.Errorf("message %s of %s is stored as version %q, want %q", m.ID, id, got, m.ETag)
			}
			delete(c.stored, id+"|"+m.ID)
		}
		last := int64(0)
		for _, a := range c.accepted {
			if a.chat != id {
				continue
			}
			if len(at[a.op]) != 1 || at[a.op][0] <= last {
				c.t.Errorf("%q (%s) is there at %v, want once and after %d", a.text, a.op, at[a.op], last)
				continue
			}
			last = at[a.op][0]
		}
	}
	for key := range c.stored {
		c.t.Errorf("%s is stored, but the server does not have it", key)
	}
}

// fileKeychain is a keychain that lasts from process to process.
type fileKeychain struct {
	mu   sync.Mutex
	path string
}

func (k *fileKeychain) load() map[string]string {
	all := map[string]string{}
	if data, err := os.ReadFile(k.path); err == nil {
		_ = json.Unmarshal(data, &all)
	}
	return all
}

// save replaces the file in one step, as a keychain that survives a kill does.
func (k *fileKeychain) save(all map[string]string) error {
	data, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := os.WriteFile(k.path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(k.path+".new", k.path)
}

// Get implements vault.Keychain.
func (k *fileKeychain) Get(name string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	text, ok := k.load()[name]
	if !ok {
		return nil, vault.ErrNoKey
	}
	return base64.StdEncoding.DecodeString(text)
}

// Set implements vault.Keychain.
func (k *fileKeychain) Set(name string, key []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := k.load()
	all[name] = base64.StdEncoding.EncodeToString(key)
	return k.save(all)
}

// Delete implements vault.Keychain.
func (k *fileKeychain) Delete(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := k.load()
	if _, ok := all[name]; !ok {
		return vault.ErrNoKey
	}
	delete(all, name)
	return k.save(all)
}

// tell writes a line of tab separated words in one write.
func tell(words ...string) {
	_, _ = os.Stdout.WriteString(strings.Join(words, "\t") + "\n")
}
