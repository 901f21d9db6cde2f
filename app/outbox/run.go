package outbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"chatpane/app/chat"
)

// job is one call of the deliverer.
type job struct {
	op    chat.Op
	look  bool
	began time.Time
}

// Run delivers until ctx ends and returns its error once every request it
// started has ended. Only one Run may be under way.
func (o *Outbox) Run(ctx context.Context, d Deliverer) error {
	if !o.enter() {
		return errors.New("the outbox is being run already")
	}
	var wg sync.WaitGroup
	defer o.leave()
	defer wg.Wait()
	for ctx.Err() == nil {
		jobs, next := o.take(time.Now())
		for _, j := range jobs {
			wg.Go(func() { o.finish(j, j.do(ctx, d)) })
		}
		o.wait(ctx, next)
	}
	return ctx.Err()
}

// wait returns when something may be due.
func (o *Outbox) wait(ctx context.Context, next time.Time) {
	var timer <-chan time.Time
	if !next.IsZero() {
		t := time.NewTimer(time.Until(next))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
	case <-o.wake:
	case <-timer:
	}
}

func (o *Outbox) enter() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.run {
		return false
	}
	o.run = true
	return true
}

func (o *Outbox) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.run = false
}

func (j job) do(ctx context.Context, d Deliverer) Result {
	if j.look {
		return d.Look(ctx, j.op)
	}
	return d.Deliver(ctx, j.op)
}

// take begins what is due and tells when the next op will be; zero = none.
func (o *Outbox) take(now time.Time) (jobs []job, next time.Time) {
	defer o.report()
	o.mu.Lock()
	defer o.mu.Unlock()
	queues := queues{}
	for _, op := range sorted(o.ops) {
		if o.followsLocked(op) {
			continue // it holds nothing back meanwhile
		}
		first := queues.enter(op) || o.bug == bugNoOrder
		if op.State == chat.Unsure && o.bug == bugNoLook {
			op.State = chat.Waiting
		}
		if !first || op.State == chat.Parked || op.State == chat.Sending || o.busy[op.Chat] || len(o.busy) >= o.o.MaxInFlight {
			continue // an op that ends wakes the loop again
		}
		if at := o.dueLocked(op); at.After(now) {
			if next.IsZero() || at.Before(next) {
				next = at
			}
			continue
		}
		if op.State == chat.Unsure {
			o.busy[op.Chat] = true
			jobs = append(jobs, job{op: op, look: true, began: now})
		} else if op, ok := o.beginLocked(op, now); ok {
			o.busy[op.Chat] = true
			jobs = append(jobs, job{op: op, began: now})
		}
	}
	return jobs, next
}

// dueLocked tells from when on an op may be tried or looked for.
func (o *Outbox) dueLocked(op chat.Op) time.Time {
	at := op.NotBefore
	if op.State == chat.Unsure {
		at = later(at, o.nextLook(op, o.looks[op.ID]))
	}
	return later(at, o.pauses[op.ID].until)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// beginLocked makes Sending durable; only then may the request start. An op
// that has become too old before its first attempt is parked instead.
func (o *Outbox) beginLocked(op chat.Op, now time.Time) (chat.Op, bool) {
	outcome := chat.Began
	if ages(op.Kind) && op.Attempt == 0 && !op.Retried && now.Round(0).Sub(op.Created) > o.o.AskAfter {
		outcome = chat.Asked
	}
	next, err := chat.Advance(op.Kind, op.State, outcome)
	if err != nil {
		o.o.Log.Error("begin: "+err.Error(), "op", op.ID)
		return op, false
	}
	op.State, op.NotBefore, op.Reason = next, time.Time{}, ""
	if outcome == chat.Asked {
		op.Reason = TooOld
		o.signal() // what stands behind it may go
	} else {
		op.Attempt++
		op.Started = now
	}
	if o.bug == bugLateSending {
		o.ops[op.ID] = op
		return op, outcome == chat.Began
	}
	if err := o.moveLocked(op); err != nil {
		o.o.Log.Warn("begin: "+err.Error(), "op", op.ID)
		o.pauseLocked(op.ID, now)
		o.signal() // to learn when it is due again
		return op, false
	}
	return op, outcome == chat.Began
}

// finish takes in what a job taught. The op may be gone by then, settled by
// another path.
func (o *Outbox) finish(j job, r Result) {
	defer o.report()
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, j.op.Chat)
	o.signal()
	op, ok := o.ops[j.op.ID]
	if !ok {
		return
	}
	now := time.Now()
	var outcome chat.Outcome
	if j.look {
		op, outcome = o.lookedLocked(op, r, j.began, now)
	} else {
		op, outcome = o.triedLocked(op, r, now)
	}
	next, err := chat.Advance(op.Kind, op.State, outcome)
	if err != nil {
		o.o.Log.Error("finish: "+err.Error(), "op", op.ID)
		return
	}
	if next == chat.Done && op.Kind == chat.OpCreate {
		o.madeLocked(op, r, now)
		return
	}
	if next == chat.Done {
		if op.Send != nil && r.ServerID != "" {
			send := *op.Send
			send.ServerID = r.ServerID
			op.Send = &send
		}
		if err := o.settleLocked(op); err != nil {
			o.o.Log.Error("finish: "+err.Error(), "op", op.ID)
		}
		return
	}
	if next == chat.Parked && o.overtakenLocked(op) {
		if err := o.removeLocked(op); err != nil {
			o.o.Log.Error("finish: "+err.Error(), "op", op.ID)
		}
		return
	}
	same := next == op.State
	op.State = next
	if same { // a look that decided nothing: counted, but not worth a write
		o.ops[op.ID] = op
		return
	}
	if err := o.moveLocked(op); err != nil {
		// What happened, happened: go on with it, and write it with what comes next.
		o.o.Log.Warn("journal is behind: "+err.Error(), "op", op.ID)
		o.shelf.behind = true
		o.ops[op.ID] = op
		o.changes = append(o.changes, change{op, false})
	}
}
