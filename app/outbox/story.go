package outbox

import (
	"fmt"
	"time"

	"chatpane/app/chat"
)

// Unconnected parks a message that follows a link which the user discarded: it
// may tell more of the record than the user wants in a chat without it.
const Unconnected = "notConnected"

// made is a chat that was made: its op leaves, and what follows takes its place
// in the same record, so that a crash leaves the one or the other.
type made struct {
	ID   string
	Then []chat.Op
}

// madeLocked settles a create. When that cannot be written, the answer counts as
// lost: nothing may follow yet, or a crash would find a chat with messages in
// it, not know it as its own, and make another.
func (o *Outbox) madeLocked(op chat.Op, r Result, now time.Time) {
	create := *op.Create
	create.ServerID = chat.ID(r.ServerID)
	op.Create = &create
	then := o.thenLocked(op, r.Then, now)
	before := o.ops[op.ID]
	delete(o.ops, op.ID)
	for _, f := range then {
		o.ops[f.ID] = f
	}
	if err := o.writeLocked(event{Made: &made{op.ID, then}}); err != nil {
		o.o.Log.Warn("keep what follows a new chat: "+err.Error(), "op", op.ID)
		for _, f := range then {
			delete(o.ops, f.ID)
		}
		before.State, before.Ended, before.Looked = chat.Unsure, now, 0
		o.ops[op.ID] = before
		o.changes = append(o.changes, change{before, false})
		return
	}
	op.State = chat.Done
	for _, f := range then {
		o.lastID = max(o.lastID, f.ID)
		o.changes = append(o.changes, change{f, false})
	}
	o.dropLocked(op)
	o.compactLocked()
}

// thenLocked gives the ops that follow their ids. All wait for the first of
// them when that is a link.
func (o *Outbox) thenLocked(create chat.Op, list []chat.Op, now time.Time) []chat.Op {
	out := make([]chat.Op, 0, len(list))
	last, link := o.lastID, ""
	for _, op := range list {
		id := NewID(now)
		if id <= last {
			id = after(last)
		}
		last = id
		op.ID, op.Created, op.State, op.After = id, now.Round(0).UTC(), chat.Waiting, link
		op.Chat = create.Create.ServerID
		if op.Kind == chat.OpLink && link == "" {
			link = id
		}
		out = append(out, op)
	}
	return out
}

// followsLocked reports whether an op waits for another one that is still here.
func (o *Outbox) followsLocked(op chat.Op) bool {
	if op.After == "" {
		return false
	}
	_, here := o.ops[op.After]
	return here
}

// orphanLocked parks what follows an op that the user takes back, before it goes.
func (o *Outbox) orphanLocked(gone chat.Op) error {
	for _, op := range sorted(o.ops) {
		if op.After != gone.ID || op.State != chat.Waiting {
			continue
		}
		next, err := chat.Advance(op.Kind, op.State, chat.Asked)
		if err != nil {
			return fmt.Errorf("park op %s: %w", op.ID, err)
		}
		op.State, op.Reason = next, Unconnected
		if err := o.moveLocked(op); err != nil {
			return err
		}
	}
	return nil
}
