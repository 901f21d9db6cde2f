package chat

import (
	"cmp"
	"strings"
	"time"
)

// ID is a Microsoft Graph chat id such as "19:…@thread.v2", verbatim.
type ID string

// Kind is Graph's chatType. Only groups can be linked to a record.
type Kind string

// The kinds Graph documents. An unknown kind is kept verbatim.
const (
	OneOnOne Kind = "oneOnOne"
	Group    Kind = "group"
	Meeting  Kind = "meeting"
)

// Chat is a Teams chat that the user is a member of, as last read.
type Chat struct {
	ID       ID
	Kind     Kind
	Topic    string // empty when nobody named it
	WebURL   string // opens the chat in Teams
	TenantID string
	Created  time.Time
	Hidden   bool      // hidden by the user in Teams
	LastRead time.Time // viewpoint.lastMessageReadDateTime; zero = never opened
	Preview  Preview   // the newest message, for the list
	Members  []Member
	// MembersComplete is false while only the first 25 members are known
	// (Graph's cap on expanded members).
	MembersComplete bool
}

// Preview is the newest message of a chat as the list shows it.
type Preview struct {
	MessageID string // empty: the chat has no message yet
	Created   time.Time
	FromID    string // Entra object id of the sender; empty for system messages and applications
	FromName  string
	System    bool
	Deleted   bool
	Text      string // plain text, one line, at most 280 characters
	// Event is set for system messages; the pane puts it into words.
	Event *Event
	// MentionsMe tells that the signed-in user is mentioned in that message.
	MentionsMe bool
	// Importance of that message; the preview Graph sends lacks it, so it is
	// Normal until the message itself was read.
	Importance Importance
}

// Unread reports whether the newest message is newer than the user's viewpoint
// and was written by somebody else (Graph's documented rule, plus the sender).
func (c Chat) Unread(me string) bool {
	return c.Preview.MessageID != "" && c.Preview.FromID != me && c.Preview.Created.After(c.LastRead)
}

// Member is a participant of a chat.
type Member struct {
	ID       string // membership id, needed to remove the member; opaque
	UserID   string // Entra object id
	Name     string
	Email    string
	TenantID string
	Guest    bool
	Owner    bool
}

// Person is somebody of the directory, known by Entra object id.
type Person struct {
	ID       string // Entra object id
	Name     string
	Email    string
	UPN      string
	JobTitle string
	Guest    bool
	Disabled bool
	// SystemUserID is the Dataverse systemuserid of the same person, when known.
	SystemUserID string
}

// ComparePreview orders chats newest message first; chats without a message
// count by their creation; equal times are ordered by id, so the order is total.
func ComparePreview(a, b Chat) int {
	if c := b.LastActivity().Compare(a.LastActivity()); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// LastActivity is the time of the newest message, or of the creation.
func (c Chat) LastActivity() time.Time {
	if c.Preview.MessageID != "" {
		return c.Preview.Created
	}
	return c.Created
}

// Title is the topic, or the names of up to four other members joined by ", ".
// It is empty when neither is known; the pane then says so in its own words.
func (c Chat) Title(me string) string {
	if c.Topic != "" {
		return c.Topic
	}
	var names []string
	for _, m := range c.Members {
		if m.UserID != me && m.Name != "" {
			names = append(names, m.Name)
		}
	}
	if len(names) > 4 {
		names = append(names[:3:3], "+"+itoa(len(names)-3))
	}
	return strings.Join(names, ", ")
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}
