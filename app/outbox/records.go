package outbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
)

// event is one record of the journal. Exactly one field is set.
type event struct {
	Put    *chat.Op `json:",omitempty"` // a new op, or all of it after a rewrite
	State  *state   `json:",omitempty"` // an op moved on
	Remove string   `json:",omitempty"` // an op left
	Made   *made    `json:",omitempty"` // a chat was made: its op left, and others took its place
}

// state is what changes of an op while it is delivered.
type state struct {
	ID              string
	State           chat.OpState
	Attempt         int
	NotBefore       time.Time
	Reason          string
	Started         time.Time
	Ended           time.Time
	Looked          int
	Retried         bool `json:",omitempty"`
	MembersAccepted bool `json:",omitempty"`
	Failures        int  `json:",omitempty"`
}

func stateOf(op chat.Op) *state {
	return &state{
		ID: op.ID, State: op.State, Attempt: op.Attempt, NotBefore: op.NotBefore, Reason: op.Reason,
		Started: op.Started, Ended: op.Ended, Looked: op.Looked, Retried: op.Retried,
		MembersAccepted: op.Send != nil && op.Send.MembersAccepted, Failures: op.Failures,
	}
}

func (s state) onto(op chat.Op) chat.Op {
	op.State, op.Attempt, op.NotBefore, op.Reason = s.State, s.Attempt, s.NotBefore, s.Reason
	op.Started, op.Ended, op.Looked, op.Retried, op.Failures = s.Started, s.Ended, s.Looked, s.Retried, s.Failures
	if s.MembersAccepted && op.Send != nil {
		op = membersAccepted(op)
	}
	return op
}

// membersAccepted returns the op with its own copy of the arguments, since
// copies of an op share them.
func membersAccepted(op chat.Op) chat.Op {
	send := *op.Send
	send.MembersAccepted = true
	op.Send = &send
	return op
}

// replay brings the records of a journal together. Records that only a later
// version writes are an error: to drop what they say could repeat a message.
func replay(recs [][]byte) (map[string]chat.Op, error) {
	ops := map[string]chat.Op{}
	for i, r := range recs {
		var e event
		if err := json.Unmarshal(r, &e); err != nil {
			return nil, fmt.Errorf("read record %d of the journal: %w", i, err)
		}
		switch {
		case e.Put != nil:
			ops[e.Put.ID] = *e.Put
		case e.State != nil:
			if op, ok := ops[e.State.ID]; ok {
				ops[op.ID] = e.State.onto(op)
			}
		case e.Remove != "":
			delete(ops, e.Remove)
		case e.Made != nil:
			delete(ops, e.Made.ID)
			for _, op := range e.Made.Then {
				ops[op.ID] = op
			}
		default:
			return nil, fmt.Errorf("record %d of the journal is of no known kind", i)
		}
	}
	return ops, nil
}

// restart is what a start does to an op: nobody knows whether a request that
// was under way arrived, and the settle window begins anew, since the clock may
// have moved while the process was away.
func restart(op chat.Op, now time.Time) (chat.Op, error) {
	if op.State == chat.Sending {
		next, err := chat.Advance(op.Kind, op.State, chat.Ambiguous)
		if err != nil {
			return op, err
		}
		op.State = next
	}
	if op.State == chat.Unsure {
		op.Ended, op.Looked = now, 0
	}
	if limit := now.Add(maxWait); op.NotBefore.After(limit) {
		op.NotBefore = limit // the clock was put back
	}
	return op, nil
}

func putRecords(ops map[string]chat.Op) ([][]byte, error) {
	list := sorted(ops)
	out := make([][]byte, 0, len(list))
	for _, op := range list {
		r, err := json.Marshal(event{Put: &op})
		if err != nil {
			return nil, fmt.Errorf("encode op %s: %w", op.ID, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// sorted returns ops in the order in which they were enqueued.
func sorted(ops map[string]chat.Op) []chat.Op {
	out := make([]chat.Op, 0, len(ops))
	for _, op := range ops {
		out = append(out, op)
	}
	slices.SortFunc(out, func(a, b chat.Op) int { return strings.Compare(a.ID, b.ID) })
	return out
}
