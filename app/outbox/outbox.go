package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"chatpane/app/chat"
	"chatpane/app/vault"
)

// Reasons that the outbox itself parks an op with; others come from the [Deliverer].
const (
	// MaySent: the message may have arrived and was not found; only the user can
	// decide whether to send it again.
	MaySent = "maySent"
	// TooOld: the op waited so long that it may be out of place now.
	TooOld = "tooOld"
	// MembersChanged: the chat has other members than when the message was
	// written. [Outbox.Retry] is then the user's consent.
	MembersChanged = "membersChanged"
)

// Errors of a user's decision that comes too late.
var (
	// ErrUnknown means that there is no such op, any more or at all.
	ErrUnknown = errors.New("no such op")
	// ErrUnderWay means that a request for the op is under way just now.
	ErrUnderWay = errors.New("a request is under way")
)

// Deliverer turns an op into a request, and looks whether an earlier request
// arrived. Both may be called for several chats at once, never twice at once
// for one chat, and should end soon after ctx does.
type Deliverer interface {
	// Deliver makes one attempt. Confirmed is returned once the server's answer
	// is stored.
	Deliver(ctx context.Context, op chat.Op) Result
	// Look reads what the server has had since op.Started. Confirmed: the op is
	// there. Absent: everything was read, and it is not. Anything else means that
	// not everything could be read, except Rejected: it will never be readable.
	Look(ctx context.Context, op chat.Op) Result
}

// Result is what one attempt or look taught.
type Result struct {
	Outcome chat.Outcome
	Reason  string // problem code
	// RetryAfter is how long the server asked to wait; 0 = it did not say.
	RetryAfter time.Duration
	ServerID   string // with Confirmed: the id of the message, or of the chat made
	// Then are the ops that follow a chat that was made, in order; they take its
	// place in one step.
	Then []chat.Op
}

// Options configure an outbox; the zero value is fit for use.
type Options struct {
	Log *slog.Logger
	// OnChange is called after each durable change of an op, one call at a time
	// and in order, with no lock held; gone tells that the op left (its State is
	// then Done when the server has it). It may call the outbox. A change made by
	// one goroutine may be reported by another, shortly after.
	OnChange func(op chat.Op, gone bool)
	// Settle is how long after its end an attempt may still become visible; 0 = 120 s.
	Settle time.Duration
	// AskAfter is the age from which a message, an edit or a name that was never
	// tried is not delivered without asking; 0 = 24 h.
	AskAfter time.Duration
	// MaxInFlight bounds the requests under way; 0 = 4.
	MaxInFlight int
}

// Outbox is the shelf of ops. All methods may be called concurrently.
type Outbox struct {
	o    Options
	wake chan struct{} // size one: something may be due

	mu     sync.Mutex // guards the rest; held while the journal is written
	shelf  shelf
	ops    map[string]chat.Op
	lastID string
	busy   map[chat.ID]bool   // chats with a request under way
	pauses map[string]pause   // ops that wait without having been told until when
	looks  map[string]looking // unsure ops
	run    bool
	bug    bug // "" but in tests

	changes   []change // durable, not yet reported
	reporting bool
}

type change struct {
	op   chat.Op
	gone bool
}

// Open reads the journal. Ops whose request was under way when the process died
// are then unsure, or waiting when repeating them is harmless. Nothing is
// delivered before [Outbox.Run].
func Open(j *vault.Journal, o Options) (*Outbox, error) { return open(j, o) }

func open(j journal, opts Options) (*Outbox, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Settle <= 0 {
		opts.Settle = 120 * time.Second
	}
	if opts.AskAfter <= 0 {
		opts.AskAfter = 24 * time.Hour
	}
	if opts.MaxInFlight <= 0 {
		opts.MaxInFlight = 4
	}
	ops, err := replay(j.Records())
	if err != nil {
		return nil, err
	}
	o := &Outbox{
		o: opts, wake: make(chan struct{}, 1), shelf: shelf{journal: j}, ops: map[string]chat.Op{},
		busy: map[chat.ID]bool{}, pauses: map[string]pause{}, looks: map[string]looking{},
	}
	o.shelf.opened()
	now := time.Now()
	for id, op := range ops {
		if o.ops[id], err = restart(op, now); err != nil {
			return nil, fmt.Errorf("take up op %s: %w", id, err)
		}
		o.lastID = max(o.lastID, id)
	}
	o.compactLocked()
	return o, nil
}

// Ops returns all ops in the order in which they were enqueued. Their arguments
// are shared and must not be altered.
func (o *Outbox) Ops() []chat.Op {
	o.mu.Lock()
	defer o.mu.Unlock()
	return sorted(o.ops)
}

// Op returns one op; false when there is none of that id.
func (o *Outbox) Op(id string) (chat.Op, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	op, ok := o.ops[id]
	return op, ok
}

// Settle removes an op because the server has it, as the caller knows by its
// marker or server id. It may come in any state, and again.
func (o *Outbox) Settle(id string) error {
	defer o.report()
	o.mu.Lock()
	defer o.mu.Unlock()
	op, ok := o.ops[id]
	if !ok {
		return nil
	}
	return o.settleLocked(op)
}

func (o *Outbox) settleLocked(op chat.Op) error {
	done, err := chat.Advance(op.Kind, op.State, chat.Confirmed)
	if err != nil {
		return fmt.Errorf("settle op %s: %w", op.ID, err)
	}
	op.State = done
	if err := o.removeLocked(op); err != nil {
		// The server has it, whatever our disk says: it must not be sent again.
		// After a crash it is unsure and found by looking.
		o.o.Log.Warn("journal is behind: "+err.Error(), "op", op.ID)
		o.shelf.behind = true
		o.dropLocked(op)
	}
	return nil
}

// Retry takes a parked op up again: the user wants it, old and uncertain as it
// may be. For an op that waits it means now rather than later.
func (o *Outbox) Retry(id string) error {
	defer o.report()
	o.mu.Lock()
	defer o.mu.Unlock()
	op, ok := o.ops[id]
	if !ok {
		return fmt.Errorf("retry op %s: %w", id, ErrUnknown)
	}
	delete(o.pauses, id)
	o.signal()
	if op.State != chat.Parked {
		return nil
	}
	next, err := chat.Advance(op.Kind, op.State, chat.Retried)
	if err != nil {
		return fmt.Errorf("retry op %s: %w", id, err)
	}
	if op.Send != nil && op.Reason == MembersChanged {
		op = membersAccepted(op)
	}
	op.State, op.Reason, op.NotBefore, op.Retried, op.Failures = next, "", time.Time{}, true, 0
	return o.moveLocked(op)
}

// Amend replaces the text of a message that certainly did not reach the server:
// one that waits for its first attempt, or that the server refused. Otherwise
// the error is [ErrUnderWay], also when nobody knows whether it arrived.
func (o *Outbox) Amend(id, html string, mentions []chat.Mention) error {
	defer o.report()
	o.mu.Lock()
	defer o.mu.Unlock()
	op, ok := o.ops[id]
	if !ok || op.Send == nil {
		return fmt.Errorf("amend op %s: %w", id, ErrUnknown)
	}
	if !(op.State == chat.Waiting && op.Attempt == 0) && !(op.State == chat.Parked && op.Reason != MaySent) {
		return fmt.Errorf("amend op %s: %w", id, ErrUnderWay)
	}
	before, send := op, *op.Send
	send.HTML, send.Mentions = html, mentions
	op.Send = &send
	o.ops[id] = op
	if err := o.writeLocked(event{Put: &op}); err != nil {
		o.ops[id] = before
		return fmt.Errorf("amend op %s: %w", id, err)
	}
	o.changes = append(o.changes, change{op, false})
	return nil
}

// Discard removes an op by the user's hand. It is refused with [ErrUnderWay]
// while a request is under way, since that cannot be called back.
func (o *Outbox) Discard(id string) error {
	defer o.report()
	o.mu.Lock()
	defer o.mu.Unlock()
	op, ok := o.ops[id]
	if !ok {
		return fmt.Errorf("discard op %s: %w", id, ErrUnknown)
	}
	if op.State == chat.Sending {
		return fmt.Errorf("discard op %s: %w", id, ErrUnderWay)
	}
	if err := o.orphanLocked(op); err != nil {
		return err
	}
	return o.removeLocked(op)
}

// Nudge tries what waits for the network or a sign-in at once; what a server
// asked to wait for goes on waiting.
func (o *Outbox) Nudge() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.pauses)
	o.signal()
}

func (o *Outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// moveLocked makes the new state of an op durable.
func (o *Outbox) moveLocked(op chat.Op) error {
	before := o.ops[op.ID]
	o.ops[op.ID] = op
	if err := o.writeLocked(event{State: stateOf(op)}); err != nil {
		o.ops[op.ID] = before
		return fmt.Errorf("note op %s as %s: %w", op.ID, op.State, err)
	}
	o.changes = append(o.changes, change{op, false})
	return nil
}

// removeLocked makes the leaving of an op durable.
func (o *Outbox) removeLocked(op chat.Op) error {
	before := o.ops[op.ID]
	delete(o.ops, op.ID)
	if err := o.writeLocked(event{Remove: op.ID}); err != nil {
		o.ops[op.ID] = before
		return fmt.Errorf("remove op %s: %w", op.ID, err)
	}
	o.dropLocked(op)
	o.compactLocked()
	return nil
}

// dropLocked forgets an op that has left.
func (o *Outbox) dropLocked(op chat.Op) {
	delete(o.ops, op.ID)
	delete(o.pauses, op.ID)
	delete(o.looks, op.ID)
	o.changes = append(o.changes, change{op, true})
	o.signal()
}

func (o *Outbox) writeLocked(e event) error {
	rec, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return o.shelf.append(rec, o.recordsLocked)
}

func (o *Outbox) recordsLocked() ([][]byte, error) { return putRecords(o.ops) }

func (o *Outbox) compactLocked() {
	if err := o.shelf.compact(o.recordsLocked); err != nil {
		o.o.Log.Warn("journal stays large: " + err.Error())
	}
}

// report calls OnChange for what has become durable, outside all locks. One
// goroutine reports at a time; others leave their changes to it.
func (o *Outbox) report() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.reporting {
		return
	}
	o.reporting = true
	defer func() { o.reporting = false }()
	for len(o.changes) > 0 {
		c := o.changes[0]
		o.changes = o.changes[1:]
		if o.o.OnChange == nil {
			continue
		}
		o.mu.Unlock()
		o.o.OnChange(c.op, c.gone)
		o.mu.Lock()
	}
}
