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
// read marks of one chat the last one stands.
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
	op.State, op.Attempt, op.Looked, op.Reason, op.Retried = chat.Waiting, 0, 0, "", false
	op.NotBefore, op.Started, op.Ended = time.Time{}, time.Time{}, time.Time{}

	earlier, found := o.twinLocked(op)
	switch {
	case found && op.Kind == chat.OpMarkRead:
		return o.replaceLocked(op, earlier)
	case found && op.Kind == earlier.Kind:
		return earlier, nil
	case found:
		if err := o.removeLocked(earlier); err != nil {
			return op, err
		}
		op.State = chat.Done
		return op, nil
	}
	return op, o.putLocked(op)
}

func valid(op chat.Op) error {
	switch {
	case op.Chat == "":
		return errors.New("an op without a chat")
	case op.Kind == chat.OpSend && op.Send != nil,
		(op.Kind == chat.OpLink || op.Kind == chat.OpUnlink) && op.Link != nil,
		op.Kind == chat.OpMarkRead && op.Read != nil:
		return nil
	}
	return fmt.Errorf("an op of kind %q without its arguments", op.Kind)
}

// twinLocked finds the last op of the same pair, or read mark of the same chat,
// if it has not begun.
func (o *Outbox) twinLocked(op chat.Op) (twin chat.Op, found bool) {
	if op.Kind == chat.OpSend {
		return twin, false
	}
	for _, e := range sorted(o.ops) {
		if laneOf(e) == laneOf(op) {
			twin, found = e, e.State == chat.Waiting && e.Attempt == 0
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
		o.o.Log.Warn("two read marks instead of one: "+err.Error(), "op", earlier.ID)
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
