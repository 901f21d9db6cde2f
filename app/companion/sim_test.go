package companion_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/companion"
	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
)

// TestRandomWorldsLetInOnlyWhoMay plays small companies in which people connect
// chats to records, patch, revive and delete one another's links, come and go,
// get and lose rights, and ask to be let in, while Microsoft's services fail
// now and then. An oracle of its own says what must become of each request
// (threats.md, world test for J). CHATPANE_SEEDS sets how many worlds;
// CHATPANE_SEED=n plays one again.
func TestRandomWorldsLetInOnlyWhoMay(t *testing.T) {
	t.Parallel()
	first, seeds := uint64(0), uint64(12)
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_FIRST"), 10, 64); err == nil {
		first = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_SEED"), 10, 64); err == nil {
		first, seeds = n, 1
	}
	began, lanes := time.Now(), min(uint64(runtime.GOMAXPROCS(0)), seeds)
	var mu sync.Mutex
	var all tally
	played, violations := 0, 0
	t.Cleanup(func() {
		t.Logf("%d worlds in %v: %v", seeds, time.Since(began).Round(time.Second), all)
		t.Logf("soak: %d seeds, %d violations", played, violations)
	})
	for lane := range lanes {
		t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
			t.Parallel()
			for seed := first + lane; seed < first+seeds; seed += lanes {
				w := &world{seed: seed, r: rand.New(rand.NewPCG(seed, 11))}
				synctest.Test(t, w.live)
				mu.Lock()
				all.add(w.tally)
				if played++; t.Failed() {
					violations++
				}
				mu.Unlock()
				if t.Failed() {
					t.Log(strings.Join(w.trace, "\n"))
					t.Fatalf("replay with CHATPANE_SEED=%d go test -run TestRandomWorlds ./app/companion", seed)
				}
			}
		})
	}
}

// tally counts what became of the requests of a world.
type tally struct{ joined, members, refused, failed int }

func (a *tally) add(b tally) {
	a.joined, a.members, a.refused, a.failed = a.joined+b.joined, a.members+b.members, a.refused+b.refused, a.failed+b.failed
}

func (a tally) String() string {
	return fmt.Sprintf("%d joined, %d were members, %d were refused, %d failed", a.joined, a.members, a.refused, a.failed)
}

// world is one company, and what the test knows of it.
type world struct {
	*rig
	seed    uint64
	r       *rand.Rand
	people  []*sandbox.Person
	kinds   map[string]string // of the chats: "group", "oneOnOne" or "meeting"
	targets []string          // what links name as their chat, those that are none too
	records []target
	rows    map[string]*row
	ids     []string             // of the rows, deleted ones too
	may     map[string]bool      // "person|record": the role lets them write it
	taken   map[string]bool      // "person|table": a right was taken from them
	off     map[string]bool      // tables for which Join is off
	came    map[string]time.Time // "person|chat": when the companion let them in
	guests  []request            // that let somebody in
	trace   []string
	asked   int
	tally   tally
}

type target struct{ table, id string }

// request is somebody who asks by a row.
type request struct {
	person *sandbox.Person
	row    string
}

// row is a link row. Its stamps are the world's, so rows must differ by more
// than Dataverse's second.
type row struct {
	chat              string
	record            target
	live              bool
	creator, modifier string // Entra object ids
	at                time.Time
}

func (w *world) live(t *testing.T) {
	w.rig = &rig{t: t, audit: &lines{}, box: sandbox.New(sandbox.Options{Seed: w.seed%8 + 1, Cases: 6, Chats: 14, Messages: 40, History: -1})}
	o := options(w.box, w.audit)
	o.Transport = watched{o.Transport, w}
	var err error
	w.server, err = companion.New(o)
	w.must(err)
	w.handler = w.server.Handler()
	w.gather()
	for range 4 {
		w.connectAny()
	}
	for range 20 {
		time.Sleep(2 * time.Second) // virtual; Dataverse keeps whole seconds
		if w.r.IntN(2) == 0 {
			w.change()
		} else {
			w.try()
		}
	}
	w.checkAudit()
}

// gather chooses who and what the world is about, and learns what roles allow.
func (w *world) gather() {
	w.kinds, w.rows, w.may = map[string]string{}, map[string]*row{}, map[string]bool{}
	w.taken, w.off, w.came = map[string]bool{}, map[string]bool{}, map[string]time.Time{}
	groups := 0
	for _, c := range w.box.ListRooms() {
		switch {
		case strings.HasSuffix(c.ID, "@unq.gbl.spaces"):
			w.kinds[c.ID] = "oneOnOne"
		case strings.Contains(c.ID, "meeting"):
			w.kinds[c.ID] = "meeting"
		case strings.HasSuffix(c.ID, "@thread.v2"):
			w.kinds[c.ID] = "group"
			if groups++; groups <= 3 {
				w.targets = append(w.targets, c.ID, c.ID) // most links are to groups
			}
			continue
		default:
			continue
		}
		w.targets = append(w.targets, c.ID)
	}
	w.targets = append(w.targets, "19:"+strings.Repeat("0", 32)+"@thread.v2", "19:x@thread.v2/../../users")
	slices.Sort(w.targets)
	for _, i := range w.r.Perm(len(w.box.People)) {
		p := w.box.People[i]
		if p.SystemUserID != "" && len(w.people) < 5 && slices.Contains([]string{"agent", "agent", "expert", "readonly", "supervisor"}, p.Role) {
			w.people = append(w.people, p)
		}
	}
	for _, c := range w.box.Cases {
		if len(c.Linked) == 0 && !c.Resolved && len(w.records) < 2 {
			w.records = append(w.records, target{"incident", c.ID})
		}
	}
	w.records = append(w.records, target{"account", w.box.Accounts[6].ID})
	w.must(w.box.SetConfig("account", "msdyn_usercanjoinchat", true))
	for _, p := range w.people {
		for _, rec := range w.records {
			w.may[p.OID+"|"+rec.id] = w.writes(p, rec)
		}
	}
}

// tables are how the records' tables are read.
var tables = map[string]dataverse.Table{
	"incident": {Logical: "incident", Set: "incidents", PrimaryID: "incidentid", PrimaryName: "title"},
	"account":  {Logical: "account", Set: "accounts", PrimaryID: "accountid", PrimaryName: "name"},
}

// writes reports whether Dataverse lets somebody write a record.
func (w *world) writes(p *sandbox.Person, rec target) bool {
	opened, err := w.dataverse(p).OpenRecord(w.t.Context(), tables[rec.table], rec.id, p.SystemUserID)
	if err != nil && !errors.Is(err, odata.ErrForbidden) {
		w.t.Fatal(err)
	}
	return slices.Contains(opened.Access, "WriteAccess") && slices.Contains(opened.Access, "ReadAccess")
}

// verdict is what must become of a request, by what the world knows and nothing
// else: "joined", "member", or the reasons of a refusal.
func (w *world) verdict(p *sandbox.Person, id string) (outcome string, reasons []string) {
	newest := w.rows[id]
	if newest == nil || strings.Contains(newest.chat, "/") {
		return "", []string{"notConnected"}
	}
	for _, o := range w.rows {
		if o.chat == newest.chat && o.record == newest.record && o.at.After(newest.at) {
			newest = o
		}
	}
	if !newest.live {
		return "", []string{"notConnected"}
	}
	if w.off[newest.record.table] {
		reasons = append(reasons, "joinOff")
	}
	if !w.may[p.OID+"|"+newest.record.id] || w.taken[p.OID+"|"+newest.record.table] {
		reasons = append(reasons, "noWrite")
	}
	members, kind := w.rooms()[newest.chat], w.kinds[newest.chat]
	came, again := w.came[p.OID+"|"+newest.chat]
	in := func(oid string) bool { return slices.Contains(members, oid) }
	switch {
	case len(reasons) > 0:
		return "", reasons
	case kind == "":
		return "", []string{"chatGone"}
	case kind != "group":
		return "", []string{"notGroup"}
	case in(p.OID):
		return "member", nil
	case !in(newest.creator), !in(newest.modifier), again && !newest.at.After(came):
		return "", []string{"confirm"}
	}
	return "joined", nil
}

// faults are what may go wrong during a request.
var faults = []string{
	"entra POST", "dataverse GET /WhoAmI", "dataverse GET /msdyn_teamschatassociations", "dataverse GET /EntityDefinitions",
	"dataverse POST /$batch", "dataverse GET /systemusers", "graph GET /chats/{id}", "graph POST /chats/{id}/members",
}

// try lets somebody ask to be let in, and compares with the verdict. When
// something fails, a refusal is right too; letting in is never.
func (w *world) try() {
	p, id := w.anybody(), w.ids[w.r.IntN(len(w.ids))]
	if len(w.guests) > 0 && w.r.IntN(4) == 0 { // comes back
		g := w.guests[w.r.IntN(len(w.guests))]
		p, id = g.person, g.row
	}
	fault := ""
	if w.r.IntN(10) < 3 {
		fault = w.breakSomething()
	}
	want, reasons := w.verdict(p, id)
	before, posts := w.rooms(), w.added()
	got := w.join(p, id)
	w.box.Knobs.Reset()
	w.asked++
	w.note("%s asks by %s (%s): %v; want %s%v", p.OID[:4], id[:4], fault, got, want, reasons)
	after := w.rooms()
	var chat string
	if r := w.rows[id]; r != nil && want == "joined" {
		chat = r.chat
	}
	for c, members := range after {
		expected := before[c]
		if c == chat && slices.Contains(members, p.OID) {
			expected = append(slices.Clone(expected), p.OID)
			slices.Sort(expected)
		}
		if !slices.Equal(members, expected) {
			w.t.Errorf("seed %d: %s has other members than before: %v, was %v", w.seed, c, members, before[c])
		}
	}
	there := chat != "" && slices.Contains(after[chat], p.OID)
	switch {
	case got.outcome == "joined":
		w.came[p.OID+"|"+chat] = time.Now()
		w.guests = append(w.guests, request{p, id})
		w.tally.joined++
	case got.outcome == "member":
		w.tally.members++
	case got.status >= 500 || got.status == 429:
		w.tally.failed++
	default:
		w.tally.refused++
	}
	switch {
	case got.outcome != "" && got.outcome != want:
		w.t.Errorf("seed %d: %v; want %s%v", w.seed, got, want, reasons)
	case got.outcome == "joined" && !there:
		w.t.Errorf("seed %d: said to have joined, and is no member", w.seed)
	case want != "joined" && w.added() != posts:
		w.t.Errorf("seed %d: Graph was asked to add somebody who is %s%v", w.seed, want, reasons)
	case fault == "" && (got.outcome != want || !slices.Equal(got.reasons, reasons)):
		w.t.Errorf("seed %d: with nothing failing %v; want %s%v\n%s", w.seed, got, want, reasons, w.audit.text())
	}
}

// breakSomething lets the next requests of one kind fail.
func (w *world) breakSomething() string {
	match, times := faults[w.r.IntN(len(faults))], 1+w.r.IntN(8)
	how := w.r.IntN(5)
	switch how {
	case 0:
		w.box.Knobs.HTML(match, times)
	case 1:
		w.box.Knobs.ThrottleKind(match, times, 90*time.Second)
	case 2:
		w.box.Knobs.Fail(match, http.StatusInternalServerError, times)
	case 3:
		w.box.Knobs.FailAfter(match, http.StatusBadGateway, times)
	default:
		w.box.Knobs.HalfJSON(match, times)
	}
	return fmt.Sprint(match, " ", how, " ", times)
}

// change lets somebody do something that may alter who may join.
func (w *world) change() {
	p, id := w.anybody(), w.ids[w.r.IntN(len(w.ids))]
	r, rec := w.rows[id], w.records[w.r.IntN(len(w.records))]
	chat := w.targets[w.r.IntN(len(w.targets))]
	kind := w.r.IntN(12)
	if r == nil && kind < 5 {
		kind = 5
	}
	switch kind {
	case 0: // disconnects, or revives
		r.live, r.modifier, r.at = !r.live, p.OID, time.Now()
		w.must(w.box.SetLink(id, r.live, p.OID))
	case 1: // a member of the chat confirms
		if members := w.rooms()[r.chat]; len(members) > 0 {
			by := w.box.PersonByOID(members[w.r.IntN(len(members))])
			if by.SystemUserID != "" {
				r.live, r.modifier, r.at = true, by.OID, time.Now()
				w.must(w.box.SetLink(id, true, by.OID))
			}
		}
	case 2:
		w.rewrite(id, map[string]any{"msdyn_teamschatid": chat}, func() { r.chat = chat })
	case 3:
		w.rewrite(id, map[string]any{"msdyn_regardingobjectid": w.form(rec.id), "msdyn_regardingobjectname": rec.table}, func() { r.record = rec })
	case 4:
		w.must(w.box.DeleteRow("msdyn_teamschatassociation", id))
		delete(w.rows, id)
	case 5, 6:
		w.connectAny()
	case 7:
		w.off[rec.table] = !w.off[rec.table]
		w.must(w.box.SetConfig(rec.table, "msdyn_usercanjoinchat", !w.off[rec.table]))
	case 8:
		w.turnRight(p, rec.table)
	case 9:
		w.turnMember(p, chat)
	default: // one who was let in leaves
		if len(w.guests) > 0 {
			g := w.guests[w.r.IntN(len(w.guests))]
			if r := w.rows[g.row]; r != nil && slices.Contains(w.rooms()[r.chat], g.person.OID) {
				w.turnMember(g.person, r.chat)
			}
		}
	}
	w.note("%s changes %d of %s", p.OID[:4], kind, id[:4])
}

// connectAny makes a link row in somebody's name.
func (w *world) connectAny() {
	p, rec, chat := w.anybody(), w.records[w.r.IntN(len(w.records))], w.targets[w.r.IntN(len(w.targets))]
	if members := w.rooms()[chat]; len(members) > 0 && w.r.IntN(3) > 0 {
		p = w.box.PersonByOID(members[w.r.IntN(len(members))])
	}
	if p.SystemUserID == "" {
		p = w.people[0]
	}
	id, err := w.box.AddLink(chat, rec.table, w.form(rec.id), p.OID)
	w.must(err)
	w.rows[id] = &row{chat: chat, record: rec, live: true, creator: p.OID, modifier: p.OID, at: time.Now()}
	w.ids = append(w.ids, id)
	w.note("%s connects %s to %s %s by %s", p.OID[:4], chat, rec.table, rec.id[:4], id[:4])
	time.Sleep(2 * time.Second) // virtual
}

// rewrite patches a row over the Web API, as somebody whose role allows it.
func (w *world) rewrite(id string, values map[string]any, then func()) {
	for _, p := range w.people {
		if p.Role != "readonly" {
			w.patch(id, p, values)
			then()
			w.rows[id].modifier, w.rows[id].at = p.OID, time.Now()
			return
		}
	}
}

func (w *world) turnRight(p *sandbox.Person, table string) {
	key := p.OID + "|" + table
	if w.taken[key] {
		w.must(w.box.Restore(p.OID, table))
	} else if w.r.IntN(2) == 0 {
		w.must(w.box.RevokeRead(p.OID, table))
	} else {
		w.must(w.box.RevokeWrite(p.OID, table))
	}
	w.taken[key] = !w.taken[key]
}

func (w *world) turnMember(p *sandbox.Person, chat string) {
	switch members := w.rooms()[chat]; {
	case w.kinds[chat] != "group" || len(members) < 2:
	case slices.Contains(members, p.OID):
		w.must(w.box.RemoveMember(chat, p.OID))
	default:
		w.must(w.box.AddMember(chat, p.OID, members[0]))
	}
}

// form is a record's id in one of the forms that clients write.
func (w *world) form(id string) string {
	return []string{id, strings.ToUpper(id), "{" + id + "}", "{" + strings.ToUpper(id) + "}"}[w.r.IntN(4)]
}

func (w *world) anybody() *sandbox.Person { return w.people[w.r.IntN(len(w.people))] }

// rooms are the members of every chat, as the sandbox has them.
func (w *world) rooms() map[string][]string {
	out := map[string][]string{}
	for _, c := range w.box.ListRooms() {
		out[c.ID] = c.Members
	}
	return out
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, time.Now().Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

// checkAudit wants one line for each request beside those that announce an
// addition, in a chain without a gap.
func (w *world) checkAudit() {
	text := w.audit.text()
	n, err := companion.CheckAudit(strings.NewReader(text))
	if decided := n - strings.Count(text, `"outcome":"allowed"`); err != nil || decided != w.asked {
		w.t.Errorf("seed %d: the audit has %d decisions of %d requests: %v", w.seed, decided, w.asked, err)
	}
}

// watched refuses to carry what is not of the few forms that the companion
// needs, whatever stands in a row (threats.md J11).
type watched struct {
	http.RoundTripper
	w *world
}

const guidForm = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`

// needed are the forms by the service's name in [sandbox.Sandbox.Origins].
var needed = map[string]*regexp.Regexp{
	"entra":     regexp.MustCompile(`^/` + guidForm + `/(oauth2/v2\.0/token|discovery/v2\.0/keys)$`),
	"graph":     regexp.MustCompile(`^/v1\.0/chats/19(:|%3A)[0-9A-Za-z_.=-]+(@|%40)[a-z0-9.]+(/members)?$`),
	"dataverse": regexp.MustCompile(`^/api/data/v9\.2/(WhoAmI\(\)|\$batch|systemusers|msdyn_teamschatassociations\(` + guidForm + `\)|EntityDefinitions\(LogicalName='(incident|account)'\))$`),
}

func (x watched) RoundTrip(r *http.Request) (*http.Response, error) {
	for name, form := range needed {
		if x.w.box.Origins()[name] == r.URL.Scheme+"://"+r.URL.Host && form.MatchString(r.URL.EscapedPath()) {
			return x.RoundTripper.RoundTrip(r)
		}
	}
	x.w.t.Errorf("seed %d: the companion asks %s", x.w.seed, r.URL)
	return nil, http.ErrNotSupported
}
