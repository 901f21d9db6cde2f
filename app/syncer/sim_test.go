package syncer_test

import (
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
	"chatpane/app/sandbox"
	"chatpane/app/syncer"
)

// TestStoreBecomesTheTruth plays random acts of others, of the user and of a
// bad network against the sandbox, and then compares the store with it.
// CHATPANE_SEEDS sets how many worlds; CHATPANE_SEED=n plays one again.
func TestStoreBecomesTheTruth(t *testing.T) {
	t.Parallel()
	first, seeds := uint64(0), uint64(24)
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
	var played, violations atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d worlds in %v", seeds, time.Since(began).Round(time.Second))
		t.Logf("soak: %d seeds, %d violations", played.Load(), violations.Load())
	})
	for lane := range lanes {
		t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
			t.Parallel()
			seeded := companies{}
			for seed := first + lane; seed < first+seeds; seed += lanes {
				w := play(t, seed, seeded, "")
				played.Add(1)
				for _, v := range w.violations {
					t.Error(v)
				}
				if t.Failed() {
					violations.Add(1)
					t.Log(strings.Join(w.trace, "\n"))
					t.Fatalf("replay with CHATPANE_SEED=%d go test -run TestStoreBecomesTheTruth ./app/syncer", seed)
				}
			}
		})
	}
}

// Each of these mistakes breaks one promise, so the test above must see it, or
// it proves nothing.
func TestTheSimulationCatchesMistakes(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]struct {
		bug   syncer.BugForTest
		from  uint64 // a world shortly before one that is known to show it
		shows string
	}{
		"changes are read without a lap":                   {syncer.NoOverlapForTest, 110, "message"},
		"the watermark moves after the first page":         {syncer.EarlyMarkForTest, 110, "message"},
		"the watermark is this machine's time":             {syncer.ClientClockForTest, 0, "watermark"},
		"a chat that the user left stays":                  {syncer.NoPurgeForTest, 2, "I am not in it"},
		"what one list lacks is taken away without asking": {syncer.RashGoneForTest, 1, "is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seeded := companies{}
			for seed := m.from; seed < m.from+200; seed++ {
				for _, v := range play(t, seed, seeded, m.bug).violations {
					if strings.Contains(v, m.shows) {
						t.Logf("caught by seed %d: %s", seed, v)
						return
					}
				}
			}
			t.Errorf("200 worlds did not show it")
		})
	}
}

// companies are the members of the chats of each company when it is made. To
// ask a sandbox for them takes as long as a quarter of a world's life.
type companies map[uint64][]sandbox.DescribedChat

// world is one seed's company and its user.
type world struct {
	*rig
	seed  uint64
	r     *rand.Rand
	lens  *lens
	chats []chat.ID
	in    map[chat.ID][]string // object ids of the members
	rows  []string             // ids of links made by others
	gone  []string             // ids of messages deleted without a trace

	root   string // folder of the disk, "" for none
	lives  int    // processes on it so far
	began  time.Time
	jumped time.Duration // how far the services' clock was put forward

	trace, violations []string
}

// play tells the story of one world. Every eighth keeps its store on a disk and
// crashes there too.
func play(t *testing.T, seed uint64, seeded companies, bug syncer.BugForTest) *world {
	w := &world{seed: seed, r: rand.New(rand.NewPCG(seed, 1)), lens: &lens{}, in: map[chat.ID][]string{}}
	dir := ""
	if seed%8 == 3 {
		w.root = diskFor(t)
		defer os.RemoveAll(w.root)
		dir = filepath.Join(w.root, "0")
	}
	synctest.Test(t, func(t *testing.T) { w.live(t, seeded, dir, bug) })
	return w
}

func (w *world) live(t *testing.T, seeded companies, dir string, bug syncer.BugForTest) {
	company := w.seed % 16
	// The services' clock is off, and their replicas lag behind.
	skew := time.Duration(w.r.IntN(7)-3) * 17 * time.Minute
	w.rig = makeRigAt(t, sandbox.Options{Seed: company, Chats: 9, Messages: 150, Cases: 4,
		Now: func() time.Time { return time.Now().Add(skew) }}, dir)
	w.bug = bug
	if seeded[company] == nil {
		seeded[company] = w.box.ListRooms()
	}
	for _, c := range seeded[company] {
		w.chats = append(w.chats, chat.ID(c.ID))
		w.in[chat.ID(c.ID)] = slices.Clone(c.Members)
	}
	w.lens.lag(w.seed, time.Duration(w.r.IntN(4))*6*time.Second, w.box.Now)
	w.wrap = func(next http.RoundTripper) http.RoundTripper {
		return w.lens.over(next)
	}
	w.start()
	w.linkAll()
	began, born := time.Now(), w.box.Now()
	w.began = began
	for range 22 {
		w.act()
		w.wait(w.pause())
	}
	w.calm()
	w.compare(born)
	w.nextDay()
	if n, bound := w.asked(""), 300+25*int(time.Since(began)/time.Minute); n > bound {
		w.violated("%d requests in %v, want at most %d", n, time.Since(began), bound)
	}
	w.compare(born)
	w.altered()
	w.refresh()
	for _, d := range w.altered() {
		w.violated("reading again altered %+v", d)
	}
}

func (w *world) violated(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf("seed %d: ", w.seed)+fmt.Sprintf(format, args...))
}

func (w *world) pause() time.Duration {
	switch w.r.IntN(6) {
	case 0:
		return time.Duration(w.r.IntN(150)) * time.Second
	case 1:
		return 0
	}
	return time.Duration(w.r.IntN(20000)) * time.Millisecond
}

// linkAll makes all chats ones whose whole history is kept.
func (w *world) linkAll() {
	all := map[chat.ID]bool{}
	for _, id := range w.chats {
		all[id] = true
	}
	w.SetLinked(all)
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func (w *world) act() {
	id := w.chats[w.r.IntN(len(w.chats))]
	switch w.r.IntN(10) {
	case 0, 1, 2:
		w.fault()
	case 3, 4:
		w.user(id)
	default:
		w.others(id)
	}
}

// others changes the world behind the user's back.
func (w *world) others(id chat.ID) {
	who, m := w.somebody(id), w.someMessage(id)
	if who == nil {
		return
	}
	msg, author := m.ID, w.box.PersonByOID(m.From.UserID)
	if author == nil {
		author = who
	}
	var err error
	n := w.r.IntN(14)
	switch n {
	case 13:
		w.vanish(id, m)
	case 0, 1, 2:
		for range 1 + w.r.IntN(3) {
			_, err = w.box.Say(who.OID, string(id), fmt.Sprintf("<p>word %d</p>", w.r.IntN(1000)))
		}
	case 3:
		// More than a page, over more than a lap while nobody looks; then the
		// reading of the second page is cut.
		w.SetPresent(false)
		w.lens.tear(4 * w.r.IntN(2)) // a reading is repeated twice by itself
		for range 60 {
			w.wait(10 * time.Second)
			_, err = w.box.Say(who.OID, string(id), fmt.Sprintf("<p>flood %d</p>", w.r.IntN(1000)))
		}
	case 4:
		err = w.as(author, "PATCH", path(id, msg), map[string]any{"body": map[string]string{"contentType": "html", "content": fmt.Sprintf("<p>edit %d</p>", w.r.IntN(1000))}})
	case 5:
		err = w.as(who, "POST", path(id, msg)+"/setReaction", map[string]any{"reactionType": "👍"})
	case 6:
		err = w.as(author, "POST", path(id, msg)+"/softDelete", nil)
	case 7:
		err = w.box.Rename(string(id), who.OID, fmt.Sprintf("Name %d", w.r.IntN(1000)))
	case 8:
		err = w.add(id, w.box.People[w.r.IntN(len(w.box.People))], who.OID)
	case 9:
		err = w.remove(id, w.box.PersonByOID(w.in[id][w.r.IntN(len(w.in[id]))]))
	case 10:
		err = w.flip(id)
	case 11, 12:
		err = w.link(id, who)
	}
	w.note("others %d in %s by %s: %v", n, id, who.Name, err)
}

// vanish lets a message go as a legal deletion does. The newest of a chat stays,
// for the chat list would go on showing it.
func (w *world) vanish(id chat.ID, m chat.Message) {
	if list := w.messages(id); m.ID != "" && m.ID != list[len(list)-1].ID {
		w.lens.vanish(m.ID)
		w.gone = append(w.gone, m.ID)
	}
}

// flip takes the user out of a chat, or into it.
func (w *world) flip(id chat.ID) error {
	if w.r.IntN(2) == 0 {
		return w.remove(id, w.me)
	}
	return w.add(id, w.me, "")
}

func (w *world) add(id chat.ID, who *sandbox.Person, by string) error {
	if !slices.Contains(w.in[id], who.OID) {
		w.in[id] = append(w.in[id], who.OID)
	}
	return w.box.AddMember(string(id), who.OID, by)
}

func (w *world) remove(id chat.ID, who *sandbox.Person) error {
	w.in[id] = slices.DeleteFunc(w.in[id], func(oid string) bool { return oid == who.OID })
	return w.box.RemoveMember(string(id), who.OID)
}

// link connects a chat to a case, or flips a row made before.
func (w *world) link(id chat.ID, who *sandbox.Person) error {
	if len(w.rows) > 0 && w.r.IntN(2) == 0 {
		return w.box.SetLink(w.rows[w.r.IntN(len(w.rows))], w.r.IntN(2) == 0, who.OID)
	}
	row, err := w.box.AddLink(string(id), "incident", w.box.Cases[w.r.IntN(len(w.box.Cases))].ID, who.OID)
	if err == nil {
		w.rows = append(w.rows, row)
	}
	return err
}

// somebody is a member of a chat who is in Dynamics and not the user, nil for none.
func (w *world) somebody(id chat.ID) *sandbox.Person {
	for _, i := range w.r.Perm(len(w.in[id])) {
		if p := w.box.PersonByOID(w.in[id][i]); p != w.me && p.SystemUserID != "" {
			return p
		}
	}
	return nil
}

// someMessage is a stored message of a chat, the zero one for none.
func (w *world) someMessage(id chat.ID) chat.Message {
	list := w.messages(id)
	if len(list) == 0 {
		return chat.Message{}
	}
	return list[w.r.IntN(len(list))]
}

// user does what the person at the pane does.
func (w *world) user(id chat.ID) {
	n := w.r.IntN(10)
	var err error
	switch n {
	case 0, 1:
		w.SetPresent(w.r.IntN(3) > 0)
		w.Poke()
	case 2:
		w.SetVisible(id)
		w.SyncNow(id)
	case 3:
		if _, ok, _ := w.store.Chat(id); ok {
			err = w.First(w.t.Context(), id)
		}
	case 4:
		if _, ok, _ := w.store.Chat(id); ok {
			err = w.Older(w.t.Context(), id)
		}
	case 5:
		w.SetVisible(id)
		w.Sent(id)
	case 6:
		w.stop()
		w.start()
		w.linkAll()
	case 7:
		w.crash()
	case 8: // the user opens a chat just when somebody writes into it
		if who := w.somebody(id); who != nil {
			for range 3 {
				_, err = w.box.Say(who.OID, string(id), fmt.Sprintf("<p>now %d</p>", w.r.IntN(1000)))
				w.wait(time.Second)
			}
			w.SyncNow(id)
		}
	default:
		w.Poke()
	}
	w.note("user %d in %s: %v", n, id, err)
}

// crash lets the process die, on a disk with a request under way: what it has
// not written by then is lost, and a new one goes on with a copy of its folder.
func (w *world) crash() {
	if w.dir == "" {
		return
	}
	w.lens.freeze(w.r.IntN(2) == 0)
	w.Poke()
	w.wait(time.Duration(w.r.IntN(20)) * time.Second)
	w.lives++
	after := copyOf(w.t, w.dir, filepath.Join(w.root, strconv.Itoa(w.lives)))
	w.stop()
	w.lens.thaw()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open(after)
	w.start()
	w.linkAll()
}

// fault breaks the network or a server for a while.
func (w *world) fault() {
	k := w.box.Knobs
	match := []string{"graph", "graph", "graph GET /me/chats", "graph GET /chats/{id}/messages", "graph GET /chats/{id}$", "$batch", "dataverse"}[w.r.IntN(7)]
	n, times := w.r.IntN(10), 1+w.r.IntN(4)
	switch n {
	case 0:
		k.Fail(match, []int{500, 502, 503, 404, 403}[w.r.IntN(5)], times)
	case 1:
		k.Cut(match, []sandbox.When{sandbox.Before, sandbox.After}[w.r.IntN(2)], times)
	case 2:
		k.ThrottleKind(match, times, time.Duration(w.r.IntN(30))*time.Second)
	case 3:
		k.HalfJSON(match, times)
	case 4:
		k.HTML(match, times)
	case 5:
		k.Delay(match, time.Duration(w.r.IntN(30))*time.Second, times)
	case 8, 9:
		if w.r.IntN(3) == 0 { // the services' clock is put forward, or ours back
			w.jumped += time.Duration(w.r.IntN(20)) * time.Minute
			w.box.Knobs.Skew(w.jumped)
		}
	default:
		if err := k.Offline(n == 6); err != nil {
			w.t.Fatal(err)
		}
	}
	w.note("fault %d: %s %d times", n, match, times)
}

// calm ends the faults. Somebody writes into each chat, so that each is read;
// by its watermark alone, for the day's audit is over.
func (w *world) calm() {
	w.box.Knobs.Reset()
	w.box.Knobs.Skew(w.jumped) // a server's clock does not go back
	w.lens.calm()
	if err := w.box.Knobs.Offline(false); err != nil {
		w.t.Fatal(err)
	}
	w.wait(time.Minute) // the replicas catch up
	for _, id := range w.chats {
		if who := w.somebody(id); who != nil {
			_, err := w.box.Say(who.OID, string(id), "<p>last word</p>")
			w.must(err)
		}
	}
	w.refresh()
	w.SetPresent(false)
	w.wait(65 * time.Minute) // longer than a chat that failed is left alone
	w.refresh()
}

// nextDay is the next day of use, until its audit is through. In every other
// world lists lack on that day what is there.
func (w *world) nextDay() {
	w.SetPresent(false)
	w.wait(25 * time.Hour)
	if w.seed%2 == 1 {
		w.lens.flaw(w.seed)
	}
	w.refresh()
	w.wait(6 * time.Minute)
	w.lens.calm()
}

// refresh is some presence with nothing going on.
func (w *world) refresh() {
	w.SetPresent(true)
	w.Poke()
	w.wait(4 * time.Minute)
}
