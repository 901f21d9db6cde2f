package outbox_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
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
	latest time.Duration // the service's promise: listable this soon after we gave up
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
		return outbox.Result{Outcome: chat.Confirmed, ServerID: w.arrive(op, 0)}
	case dice < 60:
		return outbox.Result{Outcome: chat.NeverLeft}
	case dice < 70:
		return outbox.Result{Outcome: chat.Refused, RetryAfter: wait}
	}
	if arrives {
		w.arrive(op, late)
	}
	return outbox.Result{Outcome: chat.Ambiguous}
}

func (w *world) arrive(op chat.Op, late time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
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
// arrivals, crashes and a full disk, and compares with what the server has.
// CHATPANE_SEEDS sets how many; a failure names its seed.
func TestRandomHistoriesLoseAndRepeatNothing(t *testing.T) {
	t.Parallel()
	seeds := 300
	if n, err := strconv.Atoi(os.Getenv("CHATPANE_SEEDS")); err == nil {
		seeds = n
	}
	asked := 0
	for seed := range uint64(seeds) {
		synctest.Test(t, func(t *testing.T) {
			h := &history{
				t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 1)), journal: &memJournal{}, sent: map[chat.ID][]string{},
				world: &world{r: rand.New(rand.NewPCG(seed, 2)), stored: map[chat.ID][]arrival{}, latest: 119 * time.Second},
			}
			asked += h.live()
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d histories, %d messages asked about", seeds, asked)
}

// TestALyingServiceIsNoticed proves that the test above has teeth: with
// messages that become listable long after the window, copies must appear.
func TestALyingServiceIsNoticed(t *testing.T) {
	t.Parallel()
	copies := 0
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			h := &history{
				t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 1)), journal: &memJournal{}, sent: map[chat.ID][]string{},
				world: &world{r: rand.New(rand.NewPCG(seed, 2)), stored: map[chat.ID][]arrival{}, latest: 30 * time.Minute}, lying: true,
			}
			h.live()
			copies += h.copies
		})
	}
	if copies == 0 {
		t.Error("no copy in a world where there must be some")
	}
}

type history struct {
	t       *testing.T
	seed    uint64
	r       *rand.Rand
	journal *memJournal
	world   *world
	box     *outbox.Outbox
	life    *process
	stop    func()
	sent    map[chat.ID][]string // accepted, in order
	lying   bool
	copies  int
}

// live plays a history to its end and returns how many ops the user was asked about.
func (h *history) live() int {
	h.start()
	for range 12 {
		switch h.r.IntN(8) {
		case 0:
			h.crash()
		case 1:
			h.stop() // closed and opened again
			h.start()
		case 2:
			h.journal.setFull(true)
			time.Sleep(time.Duration(h.r.IntN(20)) * time.Second)
			h.enqueue()
			h.journal.setFull(false)
		case 3:
			h.box.Nudge()
		case 4:
			h.settle()
		default:
			h.enqueue()
		}
		time.Sleep(time.Duration(h.r.IntN(30)) * time.Second)
	}
	time.Sleep(2 * time.Hour)
	synctest.Wait()
	h.stop()
	return h.check()
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

func (h *history) start() {
	box, err := outbox.OpenForTest(h.journal, outbox.Options{})
	if err != nil {
		h.t.Fatalf("seed %d: open: %v", h.seed, err)
	}
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	h.life = &process{world: h.world}
	go func(p *process) { defer close(done); _ = box.Run(ctx, p) }(h.life)
	h.box, h.stop = box, func() { cancel(); <-done }
}

// crash goes on with the journal as it is at this moment; what the old process
// would still have written is lost.
func (h *history) crash() {
	synctest.Wait() // nobody is between the journal and the wire
	h.life.killed.Store(true)
	h.journal.mu.Lock()
	after := &memJournal{recs: slices.Clone(h.journal.recs)}
	h.journal.mu.Unlock()
	h.stop()
	h.journal = after
	h.start()
}

func (h *history) enqueue() {
	id := chat.ID(fmt.Sprint("chat", h.r.IntN(2)))
	if op, err := h.box.Enqueue(send(id)); err == nil {
		h.sent[id] = append(h.sent[id], op.ID)
	}
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
			h.t.Errorf("seed %d: settle: %v", h.seed, err)
		}
	}
}

func (h *history) check() (asked int) {
	parked := map[string]bool{}
	for _, op := range h.box.Ops() {
		if op.State != chat.Parked {
			h.t.Errorf("seed %d: op %s is still %s two hours later", h.seed, op.ID, op.State)
		}
		parked[op.ID] = true
	}
	for id, accepted := range h.sent {
		times := map[string]int{}
		var order []string
		for _, a := range h.world.stored[id] {
			if times[a.id]++; times[a.id] == 1 {
				order = append(order, a.id)
			}
		}
		for _, op := range accepted {
			h.copies += max(0, times[op]-1)
			if times[op] > 1 && !h.lying {
				h.t.Errorf("seed %d: message %s arrived %d times", h.seed, op, times[op])
			}
			if times[op] == 0 && !parked[op] {
				h.t.Errorf("seed %d: message %s is lost", h.seed, op)
			}
		}
		if !slices.IsSorted(order) {
			h.t.Errorf("seed %d: order in %s = %v", h.seed, id, order)
		}
	}
	return len(parked)
}
