package chat

import (
	"cmp"
	"time"
)

// Importance is Graph's message importance (the "delivery options").
type Importance string

// The three importances; the zero value reads as Normal.
const (
	Normal Importance = "normal"
	High   Importance = "high"
	Urgent Importance = "urgent"
)

// Message is one message of a chat as the server has it.
type Message struct {
	Chat ID
	// ID is Graph's message id: the creation time in Unix milliseconds as text,
	// unique only within its chat.
	ID       string
	ETag     string // grows with each edit and reaction
	Created  time.Time
	Modified time.Time // lastModifiedDateTime: edits and reactions move it
	Edited   time.Time // zero = never edited
	Deleted  time.Time // zero = not deleted; the body is then empty
	From     Sender    // zero for system messages
	// Body is the HTML from the server, raw and untrusted; only package markup
	// reads it. Plain-text messages are stored HTML-escaped.
	Body        string
	Importance  Importance
	Mentions    []Mention
	Attachments []Attachment
	Reactions   []Reaction
	Event       *Event // set for system messages only
	// Marker is the op id found in the body of a message of ours, else empty.
	Marker string
	// Blocked tells that a DLP policy hid the text.
	Blocked bool
}

// Sender tells who wrote a message. Exactly one of UserID and AppID is set for
// ordinary messages; Name may be empty.
type Sender struct {
	UserID string // Entra object id
	AppID  string
	Name   string
	// Guest is true for senders outside the tenant's ordinary accounts.
	Guest bool
}

// Mention is one @mention; ID matches the id of an <at> element in the body.
type Mention struct {
	ID     int
	Text   string
	UserID string // empty when everyone, an application or a tag is mentioned
	// Everyone is true for a mention of the whole chat.
	Everyone bool
}

// Attachment is a file, quote, card or link that hangs on a message.
type Attachment struct {
	ID          string
	ContentType string // Graph's contentType, e.g. "reference", "messageReference"
	ContentURL  string
	Content     string // JSON as text, for quotes and cards
	Name        string
}

// Reaction is one person's reaction.
type Reaction struct {
	Emoji  string // the Unicode character (old names are converted on the way in)
	UserID string
	Name   string
	At     time.Time
}

// Event is what a system message tells. Which fields are set depends on Kind.
type Event struct {
	// Kind is Graph's event type without prefix and suffix, such as
	// "membersAdded", "membersDeleted", "chatRenamed", "callStarted".
	Kind          string
	InitiatorID   string // Entra object id, empty when an application did it
	InitiatorName string
	AppID         string // application that did it, e.g. after a Join
	AppName       string
	Members       []Sender // added, removed, joined or left
	Topic         string   // the new name, for chatRenamed
	// AllHistory tells that added members see the whole history.
	AllHistory bool
}

// System reports whether the message is a system message.
func (m Message) System() bool { return m.Event != nil }

// Compare orders messages by creation, oldest first. Messages of one chat with
// equal times are ordered by id, so the order is total and the same everywhere.
func Compare(a, b Message) int {
	if c := a.Created.Compare(b.Created); c != 0 {
		return c
	}
	if c := cmp.Compare(len(a.ID), len(b.ID)); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// Newer reports whether a is a later version of the same message than b: by
// modification time, then by etag (numeric text). Equal versions are not newer.
func Newer(a, b Message) bool {
	if c := a.Modified.Compare(b.Modified); c != 0 {
		return c > 0
	}
	if c := cmp.Compare(len(a.ETag), len(b.ETag)); c != 0 {
		return c > 0
	}
	return a.ETag > b.ETag
}
