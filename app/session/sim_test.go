package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// TestASharedWorldEndsInOneTruth plays two or three people with their own
// machines, stores and bad networks, who write, edit, delete, react, rename,
// connect and read in the same chats, while processes die with requests under
// way and go on from a copy of their disk. In the end every store has what the
// server has, and nothing that was accepted is lost, doubled or out of order.
// CHATPANE_SEEDS sets how many worlds (a tenth of it); CHATPANE_SEED=n plays one
// again.
func TestASharedWorldEndsInOneTruth(t *testing.T) {
	t.Parallel()
	first, seeds := uint64(0), uint64(4)
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_SEEDS"), 10, 64); err == nil {
		seeds = max(n/10, 1)
	}
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_FIRST"), 10, 64); err == nil {
		first = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_SEED"), 10, 64); err == nil {
		first, seeds = n, 1
	}
	began, lanes := time.Now(), min(uint64(runtime.GOMAXPROCS(0)), seeds)
	var played, violations atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d worlds in %v", seeds, time.Since(began).Round(time.Second))
		t.Logf("soak: %d seeds, %d violations", played.Load(), violations.Load())
	})
	for lane := range lanes {
		t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
			t.Parallel()
			for seed := first + lane; seed < first+seeds; seed += lanes {
				w := &shared{seed: seed, r: rand.New(rand.NewPCG(seed, 7)), root: diskFor(t)}
				synctest.Test(t, w.live)
				played.Add(1)
				if err := os.RemoveAll(w.root); err != nil {
					t.Error(err)
				}
				for _, v := range w.violations {
					t.Error(v)
				}
				if t.Failed() {
					violations.Add(1)
					t.Log(strings.Join(w.trace, "\n"))
					t.Fatalf("replay with CHATPANE_SEED=%d go test -run TestASharedWorld ./app/session", seed)
				}
			}
		})
	}
}

// shared is one world.
type shared struct {
	seed    uint64
	r       *rand.Rand
	t       *testing.T
	root    string
	box     *sandbox.Sandbox
	seats   []*seat
	chats   []string
	cases   []string
	removed map[string]bool   // messages, by their op, that somebody deleted at some time
	others  map[string]string // of each chat somebody who sits nowhere
	lost    map[string]bool   // "person|chat" that somebody was removed from

	trace, violations []string
}

// seat is one person at one machine, through all lives of its process.
type seat struct {
	*desk
	line  *line
	keys  vault.Keychain
	dir   string
	lives int
	token map[string]string
	sent  []accepted
	set   map[string]string // what the last accepted act about a message wants, by "chat|message|what"
	asked map[string]bool   // ops that the user was asked about
}

// accepted is a message that Send accepted.
type accepted struct{ op, chat, text string }

func (w *shared) violated(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf("seed %d: ", w.seed)+fmt.Sprintf(format, args...))
}

func (w *shared) note(format string, args ...any) {
	w.trace = append(w.trace, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func (w *shared) live(t *testing.T) {
	w.t, w.lost, w.removed = t, map[string]bool{}, map[string]bool{}
	skew := time.Duration(w.r.IntN(5)-2) * 40 * time.Minute
	w.box = sandbox.New(sandbox.Options{Seed: w.seed % 8, Chats: 10, Messages: 120, Cases: 5, Now: func() time.Time { return time.Now().Add(skew) }})
	people := []*sandbox.Person{person(t, w.box, "agent", 0), person(t, w.box, "agent", 1), person(t, w.box, "agent", 0)}
	w.gather(people[:2])
	for _, who := range people[:2+w.r.IntN(2)] {
		s := &seat{keys: vault.MemoryKeychain(), dir: filepath.Join(w.root, fmt.Sprint(len(w.seats), "-0")),
			token: map[string]string{}, set: map[string]string{}, asked: map[string]bool{}}
		w.seats = append(w.seats, s)
		w.start(s, who)
	}
	for range 30 {
		w.act(w.seats[w.r.IntN(len(w.seats))])
		time.Sleep(time.Duration(w.r.IntN(12000)) * time.Millisecond)
	}
	w.calm()
	for _, s := range w.seats {
		w.compare(s)
		s.stop()
	}
}

// gather finds chats for the people, and puts them into each.
func (w *shared) gather(people []*sandbox.Person) {
	w.others = map[string]string{}
	for _, c := range w.box.ListRooms() {
		if c.Topic == "" || len(w.chats) == 3 {
			continue
		}
		for _, p := range people {
			if !slices.Contains(c.Members, p.OID) {
				if err := w.box.AddMember(c.ID, p.OID, ""); err != nil {
					w.t.Fatal(err)
				}
			}
		}
		for _, oid := range c.Members {
			if !slices.ContainsFunc(people, func(p *sandbox.Person) bool { return p.OID == oid }) {
				w.others[c.ID] = oid
			}
		}
		w.chats = append(w.chats, c.ID)
	}
	for _, c := range w.box.Cases {
		if !c.Resolved && !slices.Contains(w.box.RestrictedCaseIDs(), c.ID) {
			w.cases = append(w.cases, c.ID)
		}
	}
}

// start opens the account from its disk.
func (w *shared) start(s *seat, who *sandbox.Person) {
	s.line = &line{next: w.box.Transport(), r: rand.New(rand.NewPCG(w.seed, uint64(s.lives)+100))}
	v, err := vault.Open(s.dir, "account", s.keys)
	if err != nil {
		w.t.Fatal(err)
	}
	s.desk = sitOver(w.t, w.box, who, v, s.line, func(p *parts) {
		p.graph = graph.New(w.client(s, who, "graph", "/v1.0", p.budget))
		p.dataverse = dataverse.New(w.client(s, who, "dataverse", "/api/data/v9.2", nil))
	})
	for _, id := range w.chats {
		_, _ = s.OpenChat(w.t.Context(), chat.ID(id)) // none of one that was left
	}
}

// client is a client of a seat whose tokens last; signing one for each request
// would take most of the time.
func (w *shared) client(s *seat, who *sandbox.Person, service, path string, limit odata.Limiter) *odata.Client {
	origin := w.box.Origins()[service]
	if s.token[service] == "" {
		s.token[service] = w.box.Token(who.OID, service)
	}
	token := s.token[service]
	h, err := wire.NewClient(origin, wire.Options{Transport: s.line, Token: func(context.Context, string) (string, error) { return token, nil }})
	if err != nil {
		w.t.Fatal(err)
	}
	return &odata.Client{Base: origin + path, HTTP: h, Limit: limit}
}

// act lets a seat do something, or something happen to it.
func (w *shared) act(s *seat) {
	id := w.chats[w.r.IntN(len(w.chats))]
	n := w.r.IntN(24)
	var err error
	switch {
	case n < 7:
		w.send(s, id)
	case n < 15:
		err = w.alter(s, id)
	case n == 15:
		_, err = s.RenameChat(chat.ID(id), fmt.Sprint("Name ", w.r.IntN(1000)))
	case n == 16:
		err = w.tie(s, id)
	case n == 17:
		err = s.MarkRead(chat.ID(id))
	case n == 18:
		s.line.set(func(l *line) { l.away = w.r.IntN(2) == 0 })
	case n < 21:
		s.line.set(func(l *line) { l.bad = w.r.IntN(3) > 0 })
	case n == 21:
		w.crash(s)
	case n == 22 && w.r.IntN(3) == 0 && id != w.chats[0]:
		w.lost[s.who.OID+"|"+id] = true
		err = w.box.RemoveMember(id, s.who.OID)
	default:
		s.Active()
		s.Refresh()
	}
	w.note("%s: %d in %s: %v", s.who.Name, n, id, err)
}

func (w *shared) send(s *seat, id string) {
	text := fmt.Sprintf("word %d of %d", len(s.sent), slices.Index(w.seats, s))
	if op, err := s.Send(w.t.Context(), Compose{Chat: id, HTML: "<p>" + text + "</p>"}); err == nil {
		s.sent = append(s.sent, accepted{op, id, text})
	}
}

// alter does something to a message of a chat. The second machine of a person
// only writes, so that what was asked last is known.
func (w *shared) alter(s *seat, id string) error {
	list, _, err := s.store.Latest(chat.ID(id), 12)
	if err != nil || len(list) == 0 || slices.Index(w.seats, s) == 2 {
		return err
	}
	m := list[w.r.IntN(len(list))]
	key := func(what string) string { return id + "|" + m.ID + "|" + what }
	var op, what, want string
	switch w.r.IntN(5) {
	case 0:
		what, want = "text", fmt.Sprint("edit ", w.r.IntN(1000))
		op, err = s.EditMessage(w.t.Context(), Edit{Chat: id, Message: m.ID, HTML: "<p>" + want + "</p>"})
	case 1:
		what, want = "deleted", "yes"
		op, err = s.DeleteMessage(m.Chat, m.ID)
		w.removed[m.Marker] = w.removed[m.Marker] || err == nil
	case 2:
		what, want = "deleted", "no"
		op, err = s.RestoreMessage(m.Chat, m.ID)
	case 3:
		what, want = "reaction", "yes"
		op, err = s.React(m.Chat, m.ID, "👍")
	case 4:
		what, want = "reaction", "no"
		op, err = s.Unreact(m.Chat, m.ID, "👍")
	}
	if err == nil && op != "" {
		s.set[key(what)] = want
		return nil
	}
	return nil // refused at once: not one's own, or gone
}

// tie connects a chat to a case, or disconnects it.
func (w *shared) tie(s *seat, id string) error {
	ref := chat.RecordRef{Env: s.env, Table: "incident", ID: w.cases[w.r.IntN(len(w.cases))]}
	if w.r.IntN(2) == 0 {
		_, err := s.Connect(chat.ID(id), ref.Key())
		return err
	}
	_, err := s.Disconnect(chat.ID(id), ref.Key())
	return err
}

// crash lets the process die with its requests under way, before or after they
// were acted on: a new one goes on with the disk as it is then.
func (w *shared) crash(s *seat) {
	s.line.set(func(l *line) { l.frozen, l.after = make(chan struct{}), w.r.IntN(2) == 0 })
	w.send(s, w.chats[w.r.IntN(len(w.chats))])
	time.Sleep(time.Duration(w.r.IntN(8000)) * time.Millisecond)
	synctest.Wait()
	s.lives++
	after := filepath.Join(w.root, fmt.Sprint(slices.Index(w.seats, s), "-", s.lives))
	copyTree(w.t, s.dir, after)
	s.line.set(func(l *line) { l.dead = true })
	for _, op := range s.outbox.Ops() {
		s.asked[op.ID] = s.asked[op.ID] || op.State == chat.Parked
	}
	s.stop()
	s.dir = after
	w.start(s, s.who)
}

// calm ends all trouble and lets everybody sit at the machine until nothing
// waits any more.
func (w *shared) calm() {
	for _, s := range w.seats {
		s.line.set(func(l *line) { l.away, l.bad = false, false })
	}
	for range 2 {
		for range 8 {
			for _, s := range w.seats {
				s.Active()
				s.Refresh()
			}
			time.Sleep(time.Minute)
		}
		time.Sleep(65 * time.Minute) // longer than anything that failed is left alone
	}
	// Somebody writes into each chat, so that each is read: an edit in a quiet
	// chat would only be found by the next day's audit.
	for _, id := range w.chats {
		if _, err := w.box.Say(w.others[id], id, "<p>last word</p>"); err != nil {
			w.t.Fatal(err)
		}
	}
	for range 3 {
		for _, s := range w.seats {
			s.Visible(true)
		}
		time.Sleep(time.Minute)
	}
	synctest.Wait()
}

// honest is what the server tells a person with a good network.
func (w *shared) honest(s *seat, id string) ([]graph.Message, error) {
	origin := w.box.Origins()["graph"]
	token := s.token["graph"]
	h, err := wire.NewClient(origin, wire.Options{Transport: w.box.Transport(), AllowLoopbackHTTP: true, Token: func(context.Context, string) (string, error) { return token, nil }})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []graph.Message
	g := graph.New(&odata.Client{Base: origin + "/v1.0", HTTP: h})
	for page, err := range g.MessagesSince(w.t.Context(), id, time.Time{}) {
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
	}
	return out, nil
}

var _ http.RoundTripper = (*line)(nil)
