package outbox_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/outbox"
)

var errDisk = errors.New("no space left on device")

// memJournal is a journal whose content survives the outbox that wrote it, and
// whose disk can be full.
type memJournal struct {
	mu       sync.Mutex
	recs     [][]byte
	full     bool
	rewrites int
	onAppend func(recs [][]byte)
}

func (j *memJournal) Append(rec []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.full {
		return errDisk
	}
	j.recs = append(j.recs, slices.Clone(rec))
	if j.onAppend != nil {
		j.onAppend(slices.Clone(j.recs))
	}
	return nil
}

func (j *memJournal) Records() [][]byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.recs)
}

func (j *memJournal) Rewrite(recs [][]byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.full {
		return errDisk
	}
	j.recs = slices.Clone(recs)
	j.rewrites++
	return nil
}

func (j *memJournal) setFull(full bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.full = full
}

// script answers with one result after the other, the last one for ever, and
// notes the calls.
type script struct {
	mu      sync.Mutex
	deliver []outbox.Result
	look    []outbox.Result
	calls   []call
	running map[chat.ID]int
	most    int
	took    time.Duration
}

type call struct {
	kind string
	id   string
	chat chat.ID
	at   time.Time
}

func (s *script) Deliver(ctx context.Context, op chat.Op) outbox.Result {
	return s.answer(ctx, "deliver", op, &s.deliver)
}

func (s *script) Look(ctx context.Context, op chat.Op) outbox.Result {
	return s.answer(ctx, "look", op, &s.look)
}

func (s *script) answer(ctx context.Context, kind string, op chat.Op, from *[]outbox.Result) outbox.Result {
	s.mu.Lock()
	s.calls = append(s.calls, call{kind, op.ID, op.Chat, time.Now()})
	if s.running == nil {
		s.running = map[chat.ID]int{}
	}
	s.running[op.Chat]++
	if s.running[op.Chat] > 1 {
		panic("two requests of one chat at once")
	}
	s.most = max(s.most, len(s.running))
	took := s.took
	r := outbox.Result{Outcome: chat.Confirmed, ServerID: "1"}
	if len(*from) > 0 {
		r = (*from)[0]
		if len(*from) > 1 {
			*from = (*from)[1:]
		}
	}
	s.mu.Unlock()
	select {
	case <-time.After(took):
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, op.Chat)
	return r
}

func (s *script) log() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// kinds are the kinds of the calls so far.
func (s *script) kinds() (out []string) {
	for _, c := range s.log() {
		out = append(out, c.kind)
	}
	return out
}

// bench is an outbox running in a synctest bubble.
type bench struct {
	t       *testing.T
	journal *memJournal
	script  *script
	box     *outbox.Outbox
	stop    func()
	mu      sync.Mutex
	seen    []string // "state reason" of each reported change
}

// inBubble runs a story with virtual time.
func inBubble(t *testing.T, s *script, story func(*bench)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, journal: &memJournal{}, script: s}
		b.start()
		story(b)
		b.stop()
	})
}

func (b *bench) start() {
	b.t.Helper()
	box, err := outbox.OpenForTest(b.journal, outbox.Options{OnChange: func(op chat.Op, gone bool) {
		b.mu.Lock()
		defer b.mu.Unlock()
		line := string(op.State)
		if op.Reason != "" {
			line += " " + op.Reason
		}
		if gone {
			line += " gone"
		}
		b.seen = append(b.seen, line)
	}})
	if err != nil {
		b.t.Fatalf("open: %v", err)
	}
	b.box = box
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- box.Run(ctx, b.script) }()
	b.stop = func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			b.t.Errorf("run: %v", err)
		}
	}
	synctest.Wait()
}

func (b *bench) enqueue(op chat.Op) chat.Op {
	b.t.Helper()
	op, err := b.box.Enqueue(op)
	if err != nil {
		b.t.Fatalf("enqueue: %v", err)
	}
	return op
}

// pass lets time go by.
func (b *bench) pass(d time.Duration) {
	time.Sleep(d) // virtual: inside a bubble
	synctest.Wait()
}

func (b *bench) changes() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen)
}

func (b *bench) state(id string, want chat.OpState, reason string) {
	b.t.Helper()
	op, ok := b.box.Op(id)
	if want == chat.Done {
		if ok {
			b.t.Errorf("op is %s (%s), want gone", op.State, op.Reason)
		}
		return
	}
	if op.State != want || op.Reason != reason {
		b.t.Errorf("op is %q (%q), want %q (%q)", op.State, op.Reason, want, reason)
	}
}

func send(id chat.ID) chat.Op {
	return chat.Op{Kind: chat.OpSend, Chat: id, Send: &chat.SendArgs{HTML: "<p>hi</p>"}}
}

func link(kind chat.OpKind, id chat.ID, record string) chat.Op {
	return chat.Op{Kind: kind, Chat: id, Link: &chat.LinkArgs{Record: chat.RecordRef{Env: "e", Table: "incident", ID: record}}}
}

func read(id chat.ID, until time.Time) chat.Op {
	return chat.Op{Kind: chat.OpMarkRead, Chat: id, Read: &chat.ReadArgs{Until: until}}
}

func results(list ...outbox.Result) []outbox.Result { return list }

func is(o chat.Outcome) outbox.Result { return outbox.Result{Outcome: o, Reason: string(o)} }
