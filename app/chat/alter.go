package chat

// The kinds of op that alter a chat or a message in it, rather than add one.
// They go through their chat's queue, as sends do.
const (
	OpEdit    OpKind = "edit"    // of an own message
	OpDelete  OpKind = "delete"  // of an own message; others see that there was one
	OpRestore OpKind = "restore" // takes a delete back
	OpReact   OpKind = "react"
	OpUnreact OpKind = "unreact" // takes a reaction back
	OpRename  OpKind = "rename"  // of the chat
)

// OnMessage reports whether the op alters one message, which its On names.
func (k OpKind) OnMessage() bool {
	return k == OpEdit || k == OpDelete || k == OpRestore || k == OpReact || k == OpUnreact
}

// MessageArgs name the message that an edit, delete, restore or reaction is
// about, and what becomes of it.
type MessageArgs struct {
	ID       string    // the message's id at the server
	HTML     string    `json:",omitempty"` // edit: the new text, in Graph's dialect
	Mentions []Mention `json:",omitempty"` // edit
	Emoji    string    `json:",omitempty"` // react, unreact: the Unicode character
}

// RenameArgs is a chat's new name.
type RenameArgs struct{ Topic string }
