package outbox

import (
	"time"

	"chatpane/app/chat"
)

const (
	// maxWait bounds what a server may ask us to wait (threats.md §3.4).
	maxWait = 10 * time.Minute
	// Attempts that may each have arrived; after them the user is asked.
	maxAttempts = 3
	// Attempts of a repeatable op that ended without an answer; after them, about
	// half an hour, the user is asked too.
	maxFailures = 12
	// Two looks closer than this could see one stale page of the server.
	lookGap   = 10 * time.Second
	firstLook = 3 * time.Second
	// Without a word from the server, retries back off between these two.
	minPause, maxPause = 5 * time.Second, 5 * time.Minute
)

// pause is a wait of our own choosing, ended by [Outbox.Nudge]. It is not
// durable: a new start is a reason to try.
type pause struct {
	until time.Time
	step  time.Duration
}

// looking is how far the search for an unsure op has come.
type looking struct {
	n    int       // complete looks
	last time.Time // when the last complete one began
}

func (o *Outbox) pauseLocked(id string, now time.Time) {
	p := o.pauses[id]
	p.step = min(max(2*p.step, minPause), maxPause)
	p.until = now.Add(p.step)
	o.pauses[id] = p
}

// waitLocked sets the next try to when the server said, else backs off.
func (o *Outbox) waitLocked(op chat.Op, r Result, now time.Time) chat.Op {
	if r.RetryAfter > 0 {
		op.NotBefore = now.Add(min(r.RetryAfter, maxWait))
		return op
	}
	o.pauseLocked(op.ID, now)
	return op
}

// triedLocked takes in the end of an attempt and names what [chat.Advance] is
// to be asked.
func (o *Outbox) triedLocked(op chat.Op, r Result, now time.Time) (chat.Op, chat.Outcome) {
	outcome := r.Outcome
	switch outcome {
	case chat.NeverLeft, chat.Refused, chat.Asked:
		op.Attempt-- // it did not reach the server, or had no effect there
	case chat.Confirmed, chat.Rejected, chat.Ambiguous:
	case chat.Began, chat.Absent, chat.NotYet, chat.Retried:
		o.o.Log.Error("an attempt cannot end like this", "op", op.ID, "outcome", string(outcome))
		outcome = chat.Ambiguous
	}
	op.Ended, op.Looked, op.Reason = now, 0, r.Reason
	delete(o.looks, op.ID)
	if outcome == chat.Ambiguous && op.Kind.Repeatable() {
		if op.Failures++; op.Failures >= maxFailures && op.Kind != chat.OpMarkRead {
			return op, chat.Asked
		}
	}
	if outcome == chat.NeverLeft || outcome == chat.Refused || outcome == chat.Ambiguous && op.Kind.Repeatable() {
		return o.waitLocked(op, r, now), outcome
	}
	delete(o.pauses, op.ID)
	return op, outcome
}

// lookedLocked takes in the end of a look. The op counts as absent only after
// two complete looks, of which the last began after the settle window.
func (o *Outbox) lookedLocked(op chat.Op, r Result, began, now time.Time) (chat.Op, chat.Outcome) {
	switch r.Outcome {
	case chat.Confirmed:
		return op, chat.Confirmed
	case chat.Rejected, chat.Asked:
		op.Reason = MaySent
		return op, r.Outcome
	case chat.Absent:
	case chat.NeverLeft, chat.Refused, chat.Ambiguous, chat.NotYet, chat.Began, chat.Retried:
		return o.waitLocked(op, r, now), chat.NotYet
	}
	delete(o.pauses, op.ID)
	l := o.looks[op.ID]
	o.looks[op.ID] = looking{l.n + 1, began}
	op.Looked = l.n + 1
	switch {
	case (op.Looked < 2 || began.Sub(op.Ended) < o.o.Settle) && o.bug != bugNoSettle:
		return op, chat.NotYet
	case op.Attempt >= maxAttempts:
		op.Reason = MaySent
		return op, chat.Asked
	}
	op.Reason, op.NotBefore = "", time.Time{}
	delete(o.looks, op.ID)
	return op, chat.Absent
}

// nextLook spreads looks over the settle window, soon at first since most
// messages are there at once, and sets one right after its end.
func (o *Outbox) nextLook(op chat.Op, l looking) time.Time {
	if l.n == 0 {
		return op.Ended.Add(firstLook)
	}
	end := op.Ended.Add(o.o.Settle)
	next := l.last.Add(lookGap << min(l.n, 6))
	if next.After(end) {
		next = end
	}
	if soonest := l.last.Add(lookGap); next.Before(soonest) {
		next = soonest
	}
	return next
}
