package chat

import (
	"errors"
	"fmt"
	"time"
)

// OpKind is what an op asks a server to do.
type OpKind string

// The kinds of op. Send belongs to its chat's queue; Link and Unlink to the
// queue of their chat too, so that a chat is linked before it is disconnected.
const (
	OpSend     OpKind = "send"
	OpLink     OpKind = "link"
	OpUnlink   OpKind = "unlink"
	OpMarkRead OpKind = "markRead"
	// OpCreate makes a group chat, which has no id yet: its Chat is empty.
	OpCreate OpKind = "create"
)

// OpState is where an op stands. [Advance] is the only transition function.
type OpState string

// States of an op; a settled op is removed, so there is no "done" state at rest.
const (
	Waiting OpState = "waiting" // will be tried, not before NotBefore
	Sending OpState = "sending" // a request is under way, or was when the app died
	Unsure  OpState = "unsure"  // may or may not have reached the server
	Parked  OpState = "parked"  // will not succeed until the user decides
	Done    OpState = "done"    // settled; about to be removed
)

// Op is one thing the user asked for that a server must be told. It carries its
// echo: what the pane shows until the server has confirmed it.
type Op struct {
	ID   string // ULID-like, sortable by creation, also the marker in the sent body
	Kind OpKind
	Chat ID
	// State, Attempt, NotBefore, Reason and the times are changed by the outbox only.
	State     OpState
	Attempt   int       // number of requests that may have reached the server
	NotBefore time.Time // earliest next try
	Reason    string    // problem code, set while parked or unsure
	Created   time.Time // when the user asked, by this machine's clock
	Started   time.Time // when the last attempt started
	Ended     time.Time // when the last attempt ended, or the process came back
	Looked    int       // complete look-ups since the attempt ended
	// Retried is set once the user pressed Retry: the op's age is then no question any more.
	Retried bool `json:",omitempty"`
	// Failures counts the attempts of a repeatable op that ended without saying
	// whether it was done.
	Failures int `json:",omitempty"`
	// After is the id of an op that must have been done first, "" = none.
	After string `json:",omitempty"`

	Create *CreateArgs `json:",omitempty"`

	Send *SendArgs `json:",omitempty"`
	Link *LinkArgs `json:",omitempty"`
	Read *ReadArgs `json:",omitempty"`
	// On and Rename are of the kinds in alter.go.
	On     *MessageArgs `json:",omitempty"`
	Rename *RenameArgs  `json:",omitempty"`
}

// SendArgs is the message of a send, in Graph's HTML dialect. It is the echo too.
type SendArgs struct {
	HTML       string
	Mentions   []Mention
	Importance Importance
	// Members is a fingerprint of the members when the message was written, ""
	// when not all of them were known.
	Members string
	// MembersAccepted is set once the user agreed to send although members changed.
	MembersAccepted bool
	// ServerID is the message id once the server has answered.
	ServerID string
}

// CreateArgs is a group chat to be made, and what follows once it exists: the
// link to its record, then its first messages.
type CreateArgs struct {
	Topic    string
	People   []Invited // all but the user
	Record   RecordRef // zero: no link follows
	Name     string    // the record's, for the row that waits
	ChatName string    // what the link stores
	Messages []string  // HTML in Graph's dialect: the introduction note, quotes
	// Known are the user's chats of this name when the user asked: none of them
	// can be the new one.
	Known []ID `json:",omitempty"`
	// ServerID is the chat's id once the server has answered.
	ServerID ID
}

// Invited is a person who is to be in a new chat.
type Invited struct {
	UserID string
	Name   string
	Guest  bool // Graph wants to be told of guests
}

// LinkArgs is the pair to link or unlink, with what the optimistic row shows.
type LinkArgs struct {
	Record     RecordRef
	RecordName string
	ChatName   string // cut to 100 characters at a grapheme
}

// ReadArgs is the time up to which a chat was read.
type ReadArgs struct {
	Until  time.Time
	Unread bool // mark unread from Until instead
}

// Repeatable reports whether doing the op twice is harmless, so that it may be
// retried after an answer that leaves its outcome open.
func (k OpKind) Repeatable() bool { return k != OpSend && k != OpCreate }

// Outcome is what one attempt, or one look at the server, taught.
type Outcome string

// Outcomes of an attempt or a look.
const (
	Began     Outcome = "began"     // a request is about to start
	Confirmed Outcome = "confirmed" // the server did it
	NeverLeft Outcome = "neverLeft" // dial error, offline: certainly not done
	Refused   Outcome = "refused"   // 401, 429, 503 on a repeatable op: not done, try later
	Ambiguous Outcome = "ambiguous" // cut, timed out, 5xx, unreadable reply, or found sending at start
	Rejected  Outcome = "rejected"  // 4xx that will not change by itself
	Absent    Outcome = "absent"    // looked after the settle window: it is not there
	NotYet    Outcome = "notYet"    // looked inside the settle window: not there yet
	Retried   Outcome = "retried"   // the user pressed Retry
	Asked     Outcome = "asked"     // too old, members changed, three attempts: the user must decide
)

// ErrTransition is returned by [Advance] for an outcome that is impossible in a state.
var ErrTransition = errors.New("impossible op transition")

// Advance is the only transition function of op states. A repeatable op treats
// an ambiguous outcome as refused, since repeating it is harmless.
func Advance(kind OpKind, from OpState, o Outcome) (OpState, error) {
	if o == Ambiguous && kind.Repeatable() {
		o = Refused
	}
	switch {
	case o == Confirmed && from != Done:
		return Done, nil // may be seen in any state: the message arrived by another path
	case from == Waiting && o == Began:
		return Sending, nil
	case from == Waiting && o == Asked, from == Unsure && o == Asked, from == Sending && o == Asked:
		return Parked, nil
	case from == Sending && (o == NeverLeft || o == Refused):
		return Waiting, nil
	case from == Sending && o == Ambiguous:
		return Unsure, nil
	case from == Sending && o == Rejected, from == Waiting && o == Rejected:
		return Parked, nil
	case from == Unsure && o == Absent:
		return Waiting, nil
	case from == Unsure && (o == NotYet || o == NeverLeft || o == Refused || o == Ambiguous):
		return Unsure, nil // not there yet, or the look itself failed
	case from == Unsure && o == Rejected:
		return Parked, nil // the server does not let us look
	case from == Parked && o == Retried:
		return Waiting, nil
	}
	return from, fmt.Errorf("%w: %s in state %s", ErrTransition, o, from)
}
