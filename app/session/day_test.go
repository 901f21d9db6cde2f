package session

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/sandbox"
	"chatpane/app/syncer"
	"chatpane/app/vault"
)

// The working day of targets.md, "Cost at the servers".
const (
	dayHours    = 8
	dayRecords  = 60
	dayIncoming = 300
	daySent     = 80
	dayMost     = 150 // Graph requests per agent-hour
	dayChats    = 150
)

// meter counts the requests that leave a machine, by service.
type meter struct {
	next http.RoundTripper
	mu   sync.Mutex
	n    map[string]int
}

// RoundTrip counts a request.
func (m *meter) RoundTrip(q *http.Request) (*http.Response, error) {
	m.mu.Lock()
	m.n[strings.SplitN(q.URL.Host, ".", 2)[0]]++
	m.mu.Unlock()
	res, err := m.next.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	refused := 0
	if res.StatusCode == http.StatusTooManyRequests {
		refused++
	}
	if strings.HasSuffix(q.URL.Path, "/$batch") {
		data, err := io.ReadAll(res.Body)
		if err != nil {
			return nil, err
		}
		refused += bytes.Count(data, []byte(`"status":429`))
		res.Body = io.NopCloser(bytes.NewReader(data))
	}
	m.mu.Lock()
	m.n["refused"] += refused
	m.mu.Unlock()
	return res, nil
}

func (m *meter) count(service string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.n[service]
}

// TestAWorkingDayCostsLittle plays the working day of targets.md in virtual time
// against the sandbox with Graph's published limits on: 8 hours of which the
// agent is there 60 %, 60 records opened, 300 messages of others, 80 own ones.
// "go run ./build bench sync" prints its figures. Unless CHATPANE_SEEDS is 1,000
// or more, it ends after its first two hours, in a smaller company, whose
// pictures are not read ahead.
func TestAWorkingDayCostsLittle(t *testing.T) {
	t.Parallel()
	root := diskFor(t)
	defer os.RemoveAll(root)
	synctest.Test(t, func(t *testing.T) {
		hours, chats := dayHours, dayChats
		if n, err := strconv.Atoi(os.Getenv("CHATPANE_SEEDS")); err != nil || n < 1000 {
			hours, chats = 2, 40
		}
		d := newDay(t, root, chats, hours == dayHours)
		first := d.figures()
		d.sit(syncer.NewBudget(dayMost))
		d.m.n = map[string]int{}
		d.box.Knobs.ResetCounts()
		d.work(hours)
		day := d.figures()
		for _, f := range []struct {
			name  string
			value float64
		}{
			{"everything linked read after the first sign-in", first.hours}, {"requests for that", float64(first.http)},
			{"refused for that", float64(first.refused)},
			{"requests per agent-hour", float64(day.http) / float64(hours)},
			{"counting each part of a $batch", float64(day.parts) / float64(hours)}, {"Dataverse requests per agent-hour", float64(day.dataverse) / float64(hours)},
			{"refused on that day", float64(day.refused)},
		} {
			t.Logf("figure\t%s\t%.1f", f.name, f.value)
		}
		if day.http > dayMost*hours || first.refused+day.refused > 0 {
			t.Errorf("%d requests in %d hours, %d and %d refused", day.http, hours, first.refused, day.refused)
		}
		if missing := d.unread(); missing > 0 {
			t.Errorf("%d messages of the day are not stored", missing)
		}
	})
}

// day is one agent's machine.
type day struct {
	*desk
	t    *testing.T
	m    *meter
	keys vault.Keychain
	dir  string
	r    *rand.Rand
	said []saying
	took time.Duration // until all was read after the first sign-in
	mine []string      // chats with a record, the agent in them
	// pictures of linked chats are read ahead, as the default policy has it.
	pictures bool
}

type saying struct{ chat, id string }

// figures is what was counted since the last reset.
type figures struct {
	http, parts, dataverse, refused int
	hours                           float64
}

func (d *day) figures() figures {
	parts := d.box.Knobs.Requests("graph ") - d.box.Knobs.Requests("graph POST /$batch")
	return figures{d.m.count("graph"), parts, d.m.count("contoso"), d.m.count("refused"), d.took.Hours()}
}

// newDay signs in on a fresh machine and reads everything linked, with the
// budget of a day but for the time that takes.
func newDay(t *testing.T, root string, chats int, pictures bool) *day {
	box := sandbox.New(sandbox.Options{Seed: 1, Limits: true, Chats: chats})
	d := &day{t: t, pictures: pictures, m: &meter{next: box.Transport(), n: map[string]int{}}, keys: vault.MemoryKeychain(),
		dir: filepath.Join(root, "account"), r: rand.New(rand.NewPCG(1, 1)), desk: &desk{box: box, who: box.People[0]}}
	d.sit(syncer.NewBudget(100000))
	began := time.Now()
	for n, quiet := 0, 0; quiet < 5; time.Sleep(time.Minute) {
		d.Active()
		at := box.Knobs.Requests("graph GET /chats/{id}/messages")
		if quiet++; at != n {
			n, quiet = at, 0
		}
	}
	d.took = time.Since(began)
	linked := map[string]bool{}
	for _, c := range box.Cases {
		for _, l := range c.Linked {
			linked[l.ChatID] = true
		}
	}
	for _, c := range box.ListRooms() {
		if linked[c.ID] && slices.Contains(c.Members, d.who.OID) {
			d.mine = append(d.mine, c.ID)
		}
	}
	return d
}

// sit starts the program on its disk.
func (d *day) sit(budget *syncer.Budget) {
	if d.stop != nil {
		d.stop()
	}
	v, err := vault.Open(d.dir, "account", d.keys)
	if err != nil {
		d.t.Fatal(err)
	}
	w := &shared{t: d.t, box: d.box}
	s := &seat{token: map[string]string{}}
	d.desk = sitOver(d.t, d.box, d.who, v, d.m, func(p *parts) {
		s.line = &line{next: d.m, r: rand.New(rand.NewPCG(2, 2))} // its own: requests run at once
		p.budget, p.policy.PicturesAhead = budget, d.pictures
		p.graph = graph.New(w.client(s, d.who, "graph", "/v1.0", budget))
		p.dataverse = dataverse.New(w.client(s, d.who, "dataverse", "/api/data/v9.2", nil))
	})
}

// work is the first hours of the day, minute by minute.
func (d *day) work(hours int) {
	records, incoming, sent := 0, 0, 0
	d.WatchPeople([]string{d.box.People[1].OID, d.box.People[2].OID, d.box.People[3].OID}) // faces on screen
	for minute := range hours * 60 {
		for ; incoming*dayHours*60 < minute*dayIncoming; incoming++ {
			d.hear()
		}
		if minute%50 >= 30 {
			time.Sleep(time.Minute)
			continue // away: 24 minutes of each hour
		}
		d.Active()
		if minute%50 == 0 {
			d.Visible(true)
		}
		there := (minute/50)*30 + minute%50 // minutes at the desk so far
		if records*dayHours*36 < there*dayRecords {
			records++
			d.lookInto(records)
		}
		if sent*dayHours*36 < there*daySent {
			sent++
			d.say(d.mine[d.r.IntN(len(d.mine))], fmt.Sprintf("own message %d of the day", sent))
		}
		time.Sleep(time.Minute)
	}
	d.t.Logf("%d records, %d of others, %d own", records, incoming, sent)
}

// hear lets a colleague write into one of my chats.
func (d *day) hear() {
	id := d.mine[d.r.IntN(len(d.mine))]
	for _, who := range d.box.People[1:] {
		if m, err := d.box.Say(who.OID, id, "<p>news of the day</p>"); err == nil {
			d.said = append(d.said, saying{id, m})
			return
		}
	}
}

// lookInto opens a record and the newest of its chats.
func (d *day) lookInto(n int) {
	key := d.openCase(d.box.Cases[n%len(d.box.Cases)].ID)
	for _, s := range d.pane.lists[key].Sections {
		if s.Kind == sectionThis && len(s.Chats) > 0 {
			d.openChat(s.Chats[0])
			d.CloseChat(chat.ID(s.Chats[0]))
		}
	}
	if err := d.CloseTab(d.t.Context(), key); err != nil {
		d.t.Fatal(err)
	}
}

// unread counts messages of the day that did not arrive once the agent looked.
func (d *day) unread() (n int) {
	d.Visible(true)
	for range 5 {
		d.Active()
		time.Sleep(time.Minute)
	}
	for _, s := range d.said {
		if _, ok := d.messageAt(chat.ID(s.chat), s.id); !ok {
			n++
		}
	}
	return n
}
