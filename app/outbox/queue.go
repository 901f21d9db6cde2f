package outbox

import (
	"strings"

	"chatpane/app/chat"
)

// patience is how many attempts in a row an op may fail without an answer
// before others of its chat go past it; those about the same thing never do.
const patience = 3

// queueOf names the queue of an op: that of its chat for all that the members
// of the chat see, that of its pair for links and unlinks, one for read marks.
func queueOf(op chat.Op) string {
	switch op.Kind {
	case chat.OpLink, chat.OpUnlink:
		return thingOf(op)
	case chat.OpMarkRead:
		return "read|" + string(op.Chat)
	case chat.OpCreate:
		return "create|" + op.ID
	case chat.OpSend, chat.OpEdit, chat.OpDelete, chat.OpRestore, chat.OpReact, chat.OpUnreact, chat.OpRename:
	}
	return "chat|" + string(op.Chat)
}

// subjectOf names the message that an op is about, or the chat's name, "" for
// none: ops about it stay in order whatever happens.
func subjectOf(op chat.Op) string {
	switch {
	case op.On != nil:
		return "message|" + string(op.Chat) + "|" + op.On.ID
	case op.Kind == chat.OpRename:
		return "name|" + string(op.Chat)
	}
	return ""
}

// thingOf names what an op sets, so that a later op about it can take its
// place or take it back; "" for a send or create, which set nothing.
func thingOf(op chat.Op) string {
	switch op.Kind {
	case chat.OpLink, chat.OpUnlink:
		return "pair|" + string(op.Chat) + "|" + op.Link.Record.Key()
	case chat.OpMarkRead:
		return "read|" + string(op.Chat)
	case chat.OpEdit:
		return subjectOf(op) + "|text"
	case chat.OpDelete, chat.OpRestore:
		return subjectOf(op) + "|there"
	case chat.OpReact, chat.OpUnreact:
		return subjectOf(op) + "|" + op.On.Emoji
	case chat.OpRename:
		return subjectOf(op)
	case chat.OpSend, chat.OpCreate:
	}
	return ""
}

// ages reports whether an op may be out of place after a day, so that the user
// is asked first: new words and names are, taking something back is not.
func ages(k chat.OpKind) bool {
	return k == chat.OpSend || k == chat.OpCreate || k == chat.OpEdit || k == chat.OpRename
}

// holdsBack reports whether later ops of the queue wait for the op.
func holdsBack(op chat.Op) bool {
	switch {
	case strings.HasPrefix(queueOf(op), "pair|"):
		return true
	case op.State == chat.Parked:
		return false
	}
	return op.Failures < patience
}

// queues knows, while the ops are gone through in their order, what later ones
// have to wait for.
type queues map[string]bool

// enter puts an op behind the earlier ones and reports whether it waits for none.
func (q queues) enter(op chat.Op) (first bool) {
	queue, subject := queueOf(op), subjectOf(op)
	first = !q[queue] && !q[subject]
	q[queue] = q[queue] || holdsBack(op)
	if subject != "" {
		q[subject] = q[subject] || op.State != chat.Parked
	}
	return first
}

// overtakenLocked reports whether a later op sets what this one was to set, so
// that there is nothing to ask the user about it.
func (o *Outbox) overtakenLocked(op chat.Op) bool {
	about := thingOf(op)
	if about == "" || op.Kind == chat.OpLink || op.Kind == chat.OpUnlink {
		return false
	}
	for id, e := range o.ops {
		if id > op.ID && thingOf(e) == about {
			return true
		}
	}
	return false
}
