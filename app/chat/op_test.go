package chat_test

import (
	"errors"
	"testing"

	"chatpane/app/chat"
)

// TestEveryTransition lists every arrow of the state machine; what is not in
// the list must be refused.
func TestEveryTransition(t *testing.T) {
	t.Parallel()
	type from struct {
		state chat.OpState
		o     chat.Outcome
	}
	arrows := map[from]chat.OpState{
		{chat.Waiting, chat.Began}:     chat.Sending,
		{chat.Waiting, chat.Confirmed}: chat.Done,
		{chat.Waiting, chat.Asked}:     chat.Parked,
		{chat.Waiting, chat.Rejected}:  chat.Parked,

		{chat.Sending, chat.Confirmed}: chat.Done,
		{chat.Sending, chat.NeverLeft}: chat.Waiting,
		{chat.Sending, chat.Refused}:   chat.Waiting,
		{chat.Sending, chat.Ambiguous}: chat.Unsure,
		{chat.Sending, chat.Rejected}:  chat.Parked,
		{chat.Sending, chat.Asked}:     chat.Parked,

		{chat.Unsure, chat.Confirmed}: chat.Done,
		{chat.Unsure, chat.Absent}:    chat.Waiting,
		{chat.Unsure, chat.NotYet}:    chat.Unsure,
		{chat.Unsure, chat.NeverLeft}: chat.Unsure,
		{chat.Unsure, chat.Refused}:   chat.Unsure,
		{chat.Unsure, chat.Ambiguous}: chat.Unsure,
		{chat.Unsure, chat.Rejected}:  chat.Parked,
		{chat.Unsure, chat.Asked}:     chat.Parked,

		{chat.Parked, chat.Retried}:   chat.Waiting,
		{chat.Parked, chat.Confirmed}: chat.Done,
	}
	// A repeatable op is never unsure: what may have happened is done again.
	repeatable := map[from]chat.OpState{{chat.Sending, chat.Ambiguous}: chat.Waiting}

	states := []chat.OpState{chat.Waiting, chat.Sending, chat.Unsure, chat.Parked, chat.Done, "unknown"}
	outcomes := []chat.Outcome{chat.Began, chat.Confirmed, chat.NeverLeft, chat.Refused, chat.Ambiguous, chat.Rejected, chat.Absent, chat.NotYet, chat.Retried, chat.Asked, "unknown"}
	for _, kind := range []chat.OpKind{chat.OpSend, chat.OpCreate, chat.OpLink, chat.OpUnlink, chat.OpMarkRead} {
		for _, state := range states {
			for _, o := range outcomes {
				want, ok := arrows[from{state, o}]
				if next, special := repeatable[from{state, o}]; special && kind != chat.OpSend && kind != chat.OpCreate {
					want = next
				}
				if state == "unknown" && o == chat.Confirmed {
					want, ok = chat.Done, true // the server has it, whatever we thought
				}
				got, err := chat.Advance(kind, state, o)
				switch {
				case ok && (err != nil || got != want):
					t.Errorf("Advance(%s, %s, %s) = %s, %v, want %s", kind, state, o, got, err, want)
				case !ok && (!errors.Is(err, chat.ErrTransition) || got != state):
					t.Errorf("Advance(%s, %s, %s) = %s, %v, want it refused", kind, state, o, got, err)
				}
			}
		}
	}
}

func TestOnlyASendAndACreateMustNotBeRepeated(t *testing.T) {
	t.Parallel()
	for kind, want := range map[chat.OpKind]bool{chat.OpSend: false, chat.OpCreate: false, chat.OpLink: true, chat.OpUnlink: true, chat.OpMarkRead: true} {
		if got := kind.Repeatable(); got != want {
			t.Errorf("%s.Repeatable() = %v, want %v", kind, got, want)
		}
	}
}
