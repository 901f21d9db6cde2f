package outbox_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/outbox"
)

// world is a server with a bad network in front of it, driven by one seed. It
// accepts a message whenever it likes, within a minute of the attempt, tells it
// or not, and shows it to a look only some time later.
type world struct {
	mu     sync.Mutex
	r      *rand.Rand
	stored map[chat.ID][]arrival
	latest time.Duration     // the service's promise: listable this soon after we gave up
	set    map[string]string // texts, names and reactions
	known  map[string]string // of these, what the user was told
	blunt  bool              // lost answers are told as refusals
}

type arrival struct {
	id string
	at time.Time // from when on it is listable
}

func (w *world) Deliver(ctx context.Context, op chat.Op) outbox.Result {
	w.mu.Lock()
	dice, took := w.r.IntN(100), time.Duration(w.r.IntN(3000))*time.Millisecond
	arrives, wait := w.r.IntN(2) == 0, time.Duration(w.r.IntN(40))*time.Second
	late := time.Duration(w.r.Int64N(int64(w.latest)))
	w.mu.Unlock()
	select {
	case <-time.After(took):
	case <-ctx.Done(): // killed or closed with the request on the wire
		if arrives {
			w.arrive(op, late)
		}
		return outbox.Result{Outcome: chat.Ambiguous}
	}
	switch {
	case dice < 50:
		return w.confirm(op)
	case dice < 60:
		return outbox.Result{Outcome: chat.NeverLeft}
	case dice < 70:
		return outbox.Result{Outcome: chat.Refused, RetryAfter: wait}
	}
	if arrives {
		w.arrive(op, late)
	}
	if w.blunt {
		return outbox.Result{Outcome: chat.Refused}
	}
	return outbox.Result{Outcome: chat.Ambiguous}
}

func (w *world) confirm(op chat.Op) outbox.Result {
	r := outbox.Result{Outcome: chat.Confirmed, ServerID: w.arrive(op, 0)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if op.Kind != chat.OpSend {
		w.known[thing(op)] = value(op)
	}
	return r
}

// knows is what the user was told last of a thing.
func (w *world) knows(what string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known[what]
}

func (w *world) arrive(op chat.Op, late time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if op.Kind != chat.OpSend {
		w.set[thing(op)] = value(op)
		return ""
	}
	w.stored[op.Chat] = append(w.stored[op.Chat], arrival{op.ID, time.Now().Add(late)})
	return strconv.Itoa(len(w.stored[op.Chat]))
}

func (w *world) Look(ctx context.Context, op chat.Op) outbox.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.r.IntN(100) < 15 || ctx.Err() != nil {
		return outbox.Result{Outcome: chat.NeverLeft}
	}
	for _, a := range w.stored[op.Chat] {
		if a.id == op.ID && !a.at.After(time.Now()) {
			return outbox.Result{Outcome: chat.Confirmed, ServerID: "1"}
		}
	}
	return outbox.Result{Outcome: chat.Absent}
}

// TestRandomHistoriesLoseAndRepeatNothing runs whole histories with cuts, late
// arrivals, crashes, a full disk and a process that dies in the middle of a
// write, and compares with what the server has. CHATPANE_SEEDS sets how many;
// CHATPANE_SEED=n plays one again.
func TestRandomHistoriesLoseAndRepeatNothing(t *testing.T) {
	t.Parallel()
	first, seeds := uint64(0), uint64(300)
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_FIRST"), 10, 64); err == nil {
		first = n
	}
	if n, err := strconv.ParseUint(os.Getenv("CHATPANE_SEED"), 10, 64); err == nil {
		first, seeds = n, 1
	}
	began, asked, played, violations := time.Now(), 0, 0, 0
	t.Cleanup(func() { t.Logf("soak: %d seeds, %d violations", played, violations) })
	for seed := first; seed < first+seeds; seed++ {
		h := tell(t, seed, nil)
		asked += h.asked
		played++
		for _, v := range h.violations {
			t.Error(v)
		}
		if t.Failed() {
			violations++
			t.Fatalf("replay with CHATPANE_SEED=%d go test -run TestRandomHistories ./app/outbox", seed)
		}
	}
	t.Logf("%d histories in %v, %d ops asked about", seeds, time.Since(began).Round(time.Millisecond), asked)
}

// Each of these mistakes breaks one promise, so the test above must see it, or
// it proves nothing.
func TestTheSimulationCatchesMistakes(t *testing.T) {
	t.Parallel()
	mistakes := map[string]struct {
		make  func(*history)
		shows string
	}{
		"what is unsure is sent again without a look":      {func(h *history) { h.bug = outbox.NoLookForTest }, "times"},
		"one look at once is enough":                       {func(h *history) { h.bug = outbox.NoSettleForTest }, "times"},
		"a request starts before sending is durable":       {func(h *history) { h.bug = outbox.LateSendingForTest }, "times"},
		"an op is accepted before it is on the disk":       {func(h *history) { h.journal.lazy = true }, "lost"},
		"the sends of a chat overtake each other":          {func(h *history) { h.bug = outbox.NoOrderForTest }, "order"},
		"an answer that is lost counts as a refusal":       {func(h *history) { h.world.blunt = true }, "times"},
		"what has begun is taken back on paper only":       {func(h *history) { h.bug = outbox.RashTwinsForTest }, "at the end"},
		"the service lists messages long after the window": {func(h *history) { h.world.latest = 30 * time.Minute }, "times"},
	}
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(1000) {
				h := tell(t, seed, m.make)
				for _, v := range h.violations {
					if strings.Contains(v, m.shows) {
						t.Logf("caught by seed %d: %s", seed, v)
						return
					}
				}
			}
			t.Errorf("1000 histories did not show it")
		})
	}
}

// tell plays one history.
func tell(t *testing.T, seed uint64, change func(*history)) *history {
	h := &history{seed: seed, r: rand.New(rand.NewPCG(seed, 1)), journal: &simJournal{}, sent: map[chat.ID][]string{},
		world:  &world{r: rand.New(rand.NewPCG(seed, 2)), stored: map[chat.ID][]arrival{}, latest: 119 * time.Second, set: map[string]string{}, known: map[string]string{}},
		wanted: map[string][]chat.Op{}, doubtful: map[string]bool{}}
	if change != nil {
		change(h)
	}
	synctest.Test(t, func(t *testing.T) { h.live(t) })
	return h
}

type history struct {
	seed     uint64
	r        *rand.Rand
	journal  *simJournal
	world    *world
	bug      outbox.BugForTest
	box      *outbox.Outbox
	life     *process
	stop     func()
	sent     map[chat.ID][]string // accepted messages, in order
	wanted   map[string][]chat.Op // accepted ops that set something, by what, in order
	doubtful map[string]bool      // of these, what an op that was not accepted may have set

	asked      int
	violations []string
}

func (h *history) violated(format string, args ...any) {
	h.violations = append(h.violations, fmt.Sprintf("seed %d: ", h.seed)+fmt.Sprintf(format, args...))
}

// live plays a history to its end.
func (h *history) live(t *testing.T) {
	h.start(t)
	for range 14 {
		switch h.r.IntN(10) {
		case 0:
			h.crash(t)
		case 1:
			h.stop() // closed and opened again
			h.start(t)
		case 2:
			h.journal.setFull(true)
			time.Sleep(time.Duration(h.r.IntN(20)) * time.Second)
			h.enqueue()
			h.journal.setFull(false)
		case 3:
			h.box.Nudge()
		case 4:
			h.settle()
		case 5:
			h.die(t)
		default:
			h.enqueue()
		}
		time.Sleep(time.Duration(h.r.IntN(30)) * time.Second)
	}
	time.Sleep(2 * time.Hour)
	synctest.Wait()
	h.stop()
	h.check()
}

// process is one life of the program. Once killed it starts no request any
// more; those on the wire end as the network has it.
type process struct {
	*world
	killed atomic.Bool
}

func (p *process) Deliver(ctx context.Context, op chat.Op) outbox.Result {
	if p.killed.Load() {
		return outbox.Result{Outcome: chat.NeverLeft}
	}
	return p.world.Deliver(ctx, op)
}

func (h *history) start(t *testing.T) {
	box, err := outbox.OpenForTest(h.journal, outbox.Options{})
	if err != nil {
		t.Fatalf("seed %d: open: %v", h.seed, err)
	}
	box.BreakForTest(h.bug)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	h.life = &process{world: h.world}
	go func(p *process) { defer close(done); _ = box.Run(ctx, p) }(h.life)
	h.box, h.stop = box, func() { cancel(); <-done }
}

// crash goes on with the journal as it is at this moment; what the old process
// would still have written is lost.
func (h *history) crash(t *testing.T) {
	synctest.Wait() // nobody is between the journal and the wire
	h.life.killed.Store(true)
	after := h.journal.durable()
	h.stop()
	h.journal = after
	h.start(t)
}

// die lets the process die in one of its next writes, which is on the disk or
// not; who wrote it never learns, and nothing leaves any more.
func (h *history) die(t *testing.T) {
	life := h.life
	after := h.journal.dieAt(1+h.r.IntN(3), h.r.IntN(2) == 0, func() { life.killed.Store(true) })
	h.enqueue()
	time.Sleep(time.Duration(h.r.IntN(20)) * time.Second)
	synctest.Wait()
	life.killed.Store(true)
	h.stop()
	h.journal = after()
	h.start(t)
}

// enqueue asks for something. An op whose Enqueue did not return, for the
// process died in it, may be there or not: it is not counted as accepted.
func (h *history) enqueue() {
	id := chat.ID(fmt.Sprint("chat", h.r.IntN(2)))
	op := send(id)
	message := fmt.Sprint(h.r.IntN(2))
	switch h.r.IntN(8) {
	case 0:
		h.ask(on(chat.OpReact, id, message, "👍"))
		time.Sleep(time.Duration(h.r.IntN(5000)) * time.Millisecond)
		op = on(chat.OpUnreact, id, message, "👍") // on second thoughts
	case 4:
		op = on(chat.OpReact, id, message, "👍")
	case 1:
		op = on(chat.OpUnreact, id, message, "👍")
	case 2:
		op = on(chat.OpEdit, id, message, fmt.Sprint("text ", h.r.IntN(1000)))
	case 3:
		op = rename(id, fmt.Sprint("name ", h.r.IntN(1000)))
	}
	h.ask(op)
}

func (h *history) ask(op chat.Op) {
	if op.On != nil && op.Kind != chat.OpEdit && h.world.knows(thing(op)) == value(op) {
		if _, taken, err := h.box.TakeBack(op); taken || err != nil {
			h.wanted[thing(op)] = append(h.wanted[thing(op)], op)
			h.doubtful[thing(op)] = h.doubtful[thing(op)] || err != nil
			return
		}
	}
	op, err := h.box.Enqueue(op)
	switch {
	case err != nil && op.Kind != chat.OpSend:
		h.doubtful[thing(op)] = true // it may be on the disk
	case err != nil:
	case op.Kind == chat.OpSend:
		h.sent[op.Chat] = append(h.sent[op.Chat], op.ID)
	default:
		h.wanted[thing(op)] = append(h.wanted[thing(op)], op)
	}
}

// thing names what an op sets.
func thing(op chat.Op) string {
	if op.Kind == chat.OpRename {
		return "name of " + string(op.Chat)
	}
	if op.Kind == chat.OpEdit {
		return "text of " + op.On.ID + " in " + string(op.Chat)
	}
	return "reaction to " + op.On.ID + " in " + string(op.Chat)
}

// settle plays the syncer, which sees a listable message by its own ways.
func (h *history) settle() {
	h.world.mu.Lock()
	var seen []string
	for _, list := range h.world.stored {
		for _, a := range list {
			if !a.at.After(time.Now()) {
				seen = append(seen, a.id)
			}
		}
	}
	h.world.mu.Unlock()
	for _, id := range seen {
		if err := h.box.Settle(id); err != nil {
			h.violated("settle: %v", err)
		}
	}
}

func (h *history) check() {
	parked := map[string]bool{}
	held := map[string]bool{} // what an op that was asked about would set
	for _, op := range h.box.Ops() {
		if op.State != chat.Parked {
			h.violated("op %s is still %s two hours later", op.ID, op.State)
		}
		parked[op.ID] = true
		if op.Kind != chat.OpSend {
			held[thing(op)] = true
		}
	}
	h.asked = len(parked)
	for id, accepted := range h.sent {
		times := map[string]int{}
		var order []string
		for _, a := range h.world.stored[id] {
			if times[a.id]++; times[a.id] == 1 {
				order = append(order, a.id)
			}
		}
		for _, op := range accepted {
			if times[op] > 1 {
				h.violated("message %s arrived %d times", op, times[op])
			}
			if times[op] == 0 && !parked[op] {
				h.violated("message %s is lost", op)
			}
		}
		if !slices.IsSorted(order) {
			h.violated("the order in %s is %v", id, order)
		}
	}
	for what, ops := range h.wanted {
		if last := ops[len(ops)-1]; !held[what] && !h.doubtful[what] && h.world.set[what] != value(last) {
			h.violated("%s is %q at the end, want %q", what, h.world.set[what], value(last))
		}
	}
}

// value is what an op sets; taking back is the empty text.
func value(op chat.Op) string {
	switch op.Kind {
	case chat.OpRename:
		return op.Rename.Topic
	case chat.OpEdit:
		return op.On.HTML
	case chat.OpReact:
		return op.On.Emoji
	default:
		return ""
	}
}
