package outbox

import (
	"errors"
	"fmt"
	"time"

	"chatpane/app/chat"
)

// Enqueue accepts an op: it is on the disk when this returns, with an id and a
// creation time of its own. An error means that it was not accepted.
//
// Ops that undo or repeat one which has not begun are brought together: a link
// and an unlink of one pair take each other away (the returned op is then Done
// and nothing is left to do), the same again returns the waiting one, and of
// all else about one thing (read marks and names of a chat, edits of a message,
// a reaction and taking it back) the last one stands; see also TakeBack.
func (o *Outbox) Enqueue(op chat.Op) (chat.Op, error) {
	if err := valid(op); err != nil {
		return op, fmt.Errorf("enqueue: %w", err)
	}
	defer o.report()
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	op.ID = o.nextIDLocked(now)
	// The age of an op is what the user would say it is, so that hours of sleep
	// count; the monotonic clock may stand still in them.
	op.Created = now.Round(0).UTC()
	op.State, op.Attempt, op.Looked, op.Reason, op.Retried, op.Failures = chat.Waiting, 0, 0, "", false, 0
	op.NotBefore, op.Started, op.Ended = time.Time{}, time.Time{}, time.Time{}

	earlier, found := o.twinLocked(op)
	begun := earlier.State != chat.Waiting || earlier.Attempt > 0
	switch {
	case !found || begun && !parkedAside(earlier):
		return op, o.putLocked(op)
	case op.Kind == earlier.Kind && !begun && !hasContent(op.Kind):
		return earlier, nil
	case begun || op.Link == nil:
		return o.replaceLocked(op, earlier)
	}
	if err := errors.Join(o.orphanLocked(earlier), o.removeLocked(earlier)); err != nil {
		return op, err
	}
	op.State = chat.Done
	return op, nil
}

func valid(op chat.Op) error {
	switch {
	case op.Kind == chat.OpCreate && op.Create != nil:
		return nil // it makes its chat
	case op.Chat == "":
		return errors.New("an op without a chat")
	case op.Kind == chat.OpSend && op.Send != nil,
		(op.Kind == chat.OpLink || op.Kind == chat.OpUnlink) && op.Link != nil,
		op.Kind == chat.OpMarkRead && op.Read != nil,
		op.Kind == chat.OpRename && op.Rename != nil,
		op.Kind.OnMessage() && op.On != nil && op.On.ID != "":
		return nil
	}
	return fmt.Errorf("an op of kind %q without its arguments", op.Kind)
}

// TakeBack removes the op about the same thing as op if it is the only one and
// has not begun, and reports whether there was one, with its id. It is for a user who takes back
// what the server was not told yet, and only right when what the server has is
// what op would set.
func (o *Outbox) TakeBack(op chat.Op) (id string, taken bool, err error) {
	defer o.report()
	o.mu.Lock()
	defer o.mu.Unlock()
	earlier, found := o.twinLocked(op)
	begun := earlier.State != chat.Waiting || earlier.Attempt > 0
	for id, e := range o.ops {
		begun = begun || id != earlier.ID && thingOf(e) == thingOf(op)
	}
	if !found || begun && o.bug != bugRashTwins {
		return "", false, nil
	}
	if err := o.removeLocked(earlier); err != nil {
		return "", false, err
	}
	return earlier.ID, true, nil
}

// hasContent reports whether two ops of the kind about one thing can differ.
func hasContent(k chat.OpKind) bool {
	return k == chat.OpMarkRead || k == chat.OpEdit || k == chat.OpRename
}

// parkedAside reports whether an op waits for the user but holds nothing back,
// so that a later one about the same thing takes its place.
func parkedAside(op chat.Op) bool { return op.State == chat.Parked && !holdsBack(op) }

// twinLocked finds the last op about the same thing.
func (o *Outbox) twinLocked(op chat.Op) (twin chat.Op, found bool) {
	about := thingOf(op)
	if about == "" {
		return twin, false
	}
	for _, e := range sorted(o.ops) {
		if thingOf(e) == about {
			twin, found = e, true
		}
	}
	return twin, found
}

func (o *Outbox) putLocked(op chat.Op) error {
	o.ops[op.ID] = op
	if err := o.writeLocked(event{Put: &op}); err != nil {
		delete(o.ops, op.ID)
		return fmt.Errorf("keep op %s: %w", op.Kind, err)
	}
	o.lastID = op.ID
	o.changes = append(o.changes, change{op, false})
	o.signal()
	return nil
}

// replaceLocked puts the new op before it removes the old one, so that no crash
// leaves neither.
func (o *Outbox) replaceLocked(op, earlier chat.Op) (chat.Op, error) {
	if err := o.putLocked(op); err != nil {
		return op, err
	}
	if err := o.removeLocked(earlier); err != nil {
		o.o.Log.Warn("two ops about one thing instead of one: "+err.Error(), "op", earlier.ID)
	}
	return op, nil
}

// nextIDLocked makes an id that sorts after all others, whatever the clock does.
func (o *Outbox) nextIDLocked(now time.Time) string {
	if id := NewID(now); id > o.lastID {
		return id
	}
	return after(o.lastID)
}
