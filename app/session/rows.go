package session

import "chatpane/app/markup"

// The shapes the pane receives. Times are RFC 3339 in UTC with milliseconds,
// an empty text where there is none. Every slice is non-nil on the wire.

// Handshake answers Hello: what the pane must know before it draws.
type Handshake struct {
	Version  string   `json:"version"`  // product version
	OS       string   `json:"os"`       // "windows", "darwin", "linux"
	Demo     bool     `json:"demo"`     // a demo build: the red banner shows
	Language string   `json:"language"` // BCP 47 tag chosen by user or system: "en", "de", …
	Settings Settings `json:"settings"` // the user's own settings, merged with policy
}

// Settings are what the user may choose about the pane itself.
type Settings struct {
	Language string `json:"language"` // "" follows the system
	Theme    string `json:"theme"`    // "system", "light", "dark", "contrast"
	Zoom     int64  `json:"zoom"`     // text zoom in percent, 50 to 200
	// EnterSends: Enter sends and Shift+Enter makes a new line; false swaps them.
	EnterSends bool `json:"enterSends"`
	OnTop      bool `json:"onTop"` // window stays on top
	// Locked names the settings that policy fixes; the pane shows them disabled.
	Locked []string `json:"locked"`
	// Folded names the sections that are folded ("thisRecord", "suggested",
	// "otherRecords", "linked", "others").
	Folded []string `json:"folded"`
	// HintsSeen names the first-use hints already dismissed.
	HintsSeen []string `json:"hintsSeen"`
}

// Change is everything that altered since the number the pane asked with. Each
// field says what the receiver does with it; nil or empty means unchanged.
type Change struct {
	Seq   int64 `json:"seq"`   // ask with this number next time
	Reset bool  `json:"reset"` // forget everything first: this is a snapshot

	Account  *Account     `json:"account,omitempty"`  // replace
	Health   *Health      `json:"health,omitempty"`   // replace
	Settings *Settings    `json:"settings,omitempty"` // replace
	Tabs     *Tabs        `json:"tabs,omitempty"`     // replace: the open record tabs and the active one
	Records  []RecordRow  `json:"records,omitempty"`  // upsert by Key
	Chats    []ChatRow    `json:"chats,omitempty"`    // upsert by ID
	Links    []LockedRow  `json:"links,omitempty"`    // upsert by ID: rows of locked chats
	Starts   []StartRow   `json:"starts,omitempty"`   // upsert by ID: chats that are being made
	Lists    []List       `json:"lists,omitempty"`    // replace by Key ("" is home)
	Drafts   []Draft      `json:"drafts,omitempty"`   // upsert by Chat; an empty JSON removes
	Messages []MessageRow `json:"messages,omitempty"` // upsert by Chat and ID, only of chats opened with OpenChat; keep the row of the higher Rev
	Removed  []Removed    `json:"removed,omitempty"`  // remove
	Presence []Presence   `json:"presence,omitempty"` // upsert by User
	Notices  []Notice     `json:"notices,omitempty"`  // show once, oldest first
}

// Removed names a thing that is gone.
type Removed struct {
	Kind string `json:"kind"` // "chat", "record", "link", "list", "start", "message"
	Key  string `json:"key"`  // ID or Key of the thing; for a message, the ID
	Chat string `json:"chat"` // set for a message
}

// Account is the signed-in account, or the state of signing in.
type Account struct {
	Phase string `json:"phase"` // "starting", "signedOut", "signingIn", "signedIn"
	ID    string `json:"id"`    // Entra object id
	Name  string `json:"name"`
	Email string `json:"email"`
	// Environment is the origin of the current Dynamics environment.
	Environment  string        `json:"environment"`
	Environments []Environment `json:"environments"`
	// Persistent is false when there is no keychain and nothing is kept on disk.
	Persistent bool `json:"persistent"`
	// DeviceCode and DeviceURL are set while a device-code sign-in waits.
	DeviceCode string `json:"deviceCode"`
	DeviceURL  string `json:"deviceURL"`
	// DeviceAllowed tells that policy allows device-code sign-in.
	DeviceAllowed bool `json:"deviceAllowed"`
	// Unsent counts ops that sign-out would discard.
	Unsent int64 `json:"unsent"`
	// Problem is why the last sign-in attempt failed.
	Problem *Problem `json:"problem"`
}

// Environment is a Dynamics environment of the account.
type Environment struct {
	URL  string `json:"url"` // origin
	Name string `json:"name"`
}

// Health is the connection state and the lasting warnings.
type Health struct {
	// Connection is "online", "offline", "connecting" or "throttled".
	Connection string    `json:"connection"`
	Since      string    `json:"since"`   // when that began
	Checked    string    `json:"checked"` // when the chat list was last read from the server
	Syncing    bool      `json:"syncing"` // a read is under way
	Warnings   []Warning `json:"warnings"`
	// Pending counts ops that wait to be delivered; Parked those that need the user.
	Pending int64 `json:"pending"`
	Parked  int64 `json:"parked"`
	// Budget is the number of Graph requests allowed per hour, Used those of the last 60 minutes.
	Budget int64 `json:"budget"`
	Used   int64 `json:"used"`
}

// Warning is a condition that lasts. The words are text/ key "warning.<Code>".
type Warning struct {
	Code   string `json:"code"`
	Args   []Arg  `json:"args"`
	Action string `json:"action"` // "", "signIn", "retry", "settings", "openLink"
	URL    string `json:"url"`    // for openLink
}

// Arg is one named argument of a sentence.
type Arg struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Notice is a short message shown once, such as a conflict that the server won.
type Notice struct {
	ID   int64  `json:"id"`
	Code string `json:"code"` // text/ key "notice.<Code>"
	Args []Arg  `json:"args"`
	Kind string `json:"kind"` // "info", "warning"
}

// Problem is an error that answers one call. The words are text/ keys
// "problem.<Code>.what", ".means" and ".do".
type Problem struct {
	Code    string `json:"code"`
	Args    []Arg  `json:"args"`
	Request string `json:"request"` // the server's request id, for support
	Retry   bool   `json:"retry"`   // the same call may succeed later
	Action  string `json:"action"`  // "", "signIn", "openLink", "copyLink", "settings", "retry"
	URL     string `json:"url"`     // for openLink and copyLink
}

// Tabs are the open records, in order.
type Tabs struct {
	Open   []string `json:"open"`   // record keys
	Active string   `json:"active"` // record key, "" is home
}

// RecordRow is a record as header, tab and picker show it.
type RecordRow struct {
	Key      string   `json:"key"`      // environment|table|id
	Table    string   `json:"table"`    // logical name
	TypeName string   `json:"typeName"` // display name in the user's language, from metadata ("Case")
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Number   string   `json:"number"`
	Owner    string   `json:"owner"`
	Mine     bool     `json:"mine"` // owned by me or a team I am in
	Open     bool     `json:"open"` // active, not resolved or cancelled
	Status   string   `json:"status"`
	Customer string   `json:"customer"`
	Priority string   `json:"priority"`
	Deadline string   `json:"deadline"` // time
	Modified string   `json:"modified"` // time
	URL      string   `json:"url"`      // opens the record in Dynamics
	State    string   `json:"state"`    // "loading", "ready", "offline" (cached facts), "forbidden", "gone", "error"
	Problem  *Problem `json:"problem"`
	// Enabled tells that chats can be connected to this type of record.
	Enabled bool `json:"enabled"`
	// EnabledWhy is a text/ key "enabled.<code>" when Enabled is false:
	// "typeNotEnabled", "tableMissing", "noPrivilege", "noLicence", "consent".
	EnabledWhy string `json:"enabledWhy"`
	Unread     int64  `json:"unread"` // unread chats connected to this record
}

// ChatRow is a chat as the list and the chat's head show it.
type ChatRow struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`  // "oneOnOne", "group", "meeting"
	Title  string `json:"title"` // topic or members' names; "" = nobody else is in it
	Topic  string `json:"topic"` // "" when nobody named it
	WebURL string `json:"webURL"`
	// People are up to three others, for the avatars.
	People  []PersonRef `json:"people"`
	Members int64       `json:"members"` // count, the user included
	// Search is what Filter looks through, already folded (lower case, no
	// accents): topic and all member names.
	Search string `json:"search"`

	Time       string `json:"time"`     // newest message
	LastFrom   string `json:"lastFrom"` // name; "" for a system message
	LastMine   bool   `json:"lastMine"`
	LastText   string `json:"lastText"`  // plain
	LastGone   bool   `json:"lastGone"`  // deleted
	LastEvent  *Event `json:"lastEvent"` // set when the newest message is a system message
	Unread     bool   `json:"unread"`
	Importance string `json:"importance"` // of the newest message: "normal", "high", "urgent"
	// Waiting: a mention of me, or the last word is not mine and it is unread or unanswered.
	Waiting   bool   `json:"waiting"`
	Mentioned bool   `json:"mentioned"`
	Draft     string `json:"draft"`   // plain text of the draft, "" = none
	Failed    int64  `json:"failed"`  // parked sends
	Pending   int64  `json:"pending"` // sends under way

	Records []ChatRecord `json:"records"` // live or pending links
	Removed bool         `json:"removed"` // the user is no longer a member
	// Acts are names that the server does not have yet.
	Acts []Act `json:"acts,omitempty"`
}

// ChatRecord is a record a chat is connected to, as its row shows it.
type ChatRecord struct {
	Key     string `json:"key"` // record key
	Name    string `json:"name"`
	Number  string `json:"number"`
	Table   string `json:"table"`
	Pending string `json:"pending"` // "", "link", "unlink": waits for the server
	Parked  string `json:"parked"`  // problem code when the link or unlink is parked, else ""
	Op      string `json:"op"`      // op id while pending or parked
	// Unlink tells whether the user may disconnect; Why is text/ key "unlink.<code>" when not.
	Unlink bool   `json:"unlink"`
	Why    string `json:"why"`
	// Confirm tells that others can join only after a member confirmed the link.
	Confirm bool `json:"confirm"`
	// By and At tell who connected it last, and when.
	By string `json:"by"`
	At string `json:"at"`
}

// LockedRow is a connected chat of which the user is not a member. Nothing of
// its content is known.
type LockedRow struct {
	ID     string `json:"id"` // link row id
	Chat   string `json:"chat"`
	Record string `json:"record"` // record key
	Name   string `json:"name"`   // the link's stored name
	By     string `json:"by"`     // who connected it
	At     string `json:"at"`     // when
	// Why lists text/ keys "join.<code>" that tell why the user cannot join:
	// "joinOff", "noWrite", "unknownAccess", "noCompanion". None: Join is offered.
	Why []string `json:"why"`
}

// List is the content of the Chat tab for one record, or home.
type List struct {
	Key      string    `json:"key"` // record key, "" is home
	Sections []Section `json:"sections"`
}

// Section is one block of a list.
type Section struct {
	Kind   string   `json:"kind"`   // "thisRecord", "otherRecords", "linked", "others"
	Chats  []string `json:"chats"`  // chat ids in order
	Locked []string `json:"locked"` // locked row ids, after the chats
	Unread int64    `json:"unread"`
	// State is "ready", "loading" (nothing cached yet), "offline" (nothing cached and no network) or "error".
	State   string   `json:"state"`
	Problem *Problem `json:"problem"`
	// More tells that Show more continues this section.
	More bool `json:"more"`
	// Complete is false when older chats are not loaded, which Filter must say.
	Complete bool `json:"complete"`
}

// PersonRef is a person in passing.
type PersonRef struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Guest bool   `json:"guest"`
}

// Person is a row of the people picker.
type Person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	JobTitle string `json:"jobTitle"`
	Guest    bool   `json:"guest"`
}

// Member is a participant as the chat's people list shows it.
type Member struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Guest bool   `json:"guest"`
	Owner bool   `json:"owner"`
	Me    bool   `json:"me"`
}

// Presence is a person's presence: Graph's availability.
type Presence struct {
	User         string `json:"user"`
	Availability string `json:"availability"` // "Available", "Busy", "Away", "DoNotDisturb", "BeRightBack", "Offline", "PresenceUnknown", …
}

// Draft is unsent text of a chat.
type Draft struct {
	Chat string `json:"chat"`
	JSON string `json:"json"` // the editor's own state, opaque to Go
	Text string `json:"text"` // plain text, for the row
}

// Page is a stretch of a chat's messages, oldest first.
type Page struct {
	Chat     string       `json:"chat"`
	Messages []MessageRow `json:"messages"`
	// More tells that older messages exist, here or at the server.
	More bool `json:"more"`
	// FirstUnread is the id of the first unread message, "" = none. Set by OpenChat only.
	FirstUnread string   `json:"firstUnread"`
	Members     []Member `json:"members"` // set by OpenChat only
	// Offline tells that older messages exist but cannot be read now.
	Offline bool `json:"offline"`
	// Newer tells that newer messages are stored, which Newer returns. It is set
	// by OpenAt and Newer only; OpenChat and Older end at, or before, the newest.
	Newer bool `json:"newer"`
}

// MessageRow is a message or an echo.
type MessageRow struct {
	Chat string `json:"chat"`
	ID   string `json:"id"`   // server id; for an echo "echo:" + op id
	Rev  int64  `json:"rev"`  // the row with the higher Rev is the newer one
	Sort string `json:"sort"` // rows of a chat are ordered by this text
	Time string `json:"time"` // creation
	// From is the sender; Me tells that it is the user.
	From       PersonRef     `json:"from"`
	Me         bool          `json:"me"`
	App        bool          `json:"app"` // sent by an application or bot
	Edited     string        `json:"edited"`
	Deleted    bool          `json:"deleted"`
	Blocked    bool          `json:"blocked"` // hidden by a policy of the organisation
	Body       []markup.Node `json:"body"`
	Plain      string        `json:"plain"` // plain text, for copying and for screen readers
	Event      *Event        `json:"event"` // a system message
	Quotes     []Quote       `json:"quotes"`
	Files      []File        `json:"files"`
	Reacts     []React       `json:"reacts"`
	Importance string        `json:"importance"`
	MentionsMe bool          `json:"mentionsMe"`
	// Echo state: "" for a server message, else "waiting", "sending", "unsure", "parked".
	State  string `json:"state"`
	Reason string `json:"reason"` // problem code while parked or unsure
	Op     string `json:"op"`     // op id of an echo
	// Acts are what the user did to the message that the server does not have yet.
	Acts []Act `json:"acts,omitempty"`
}

// Event is a system message in parts; the words are text/ keys "event.<Kind>".
type Event struct {
	Kind    string   `json:"kind"` // "membersAdded", "membersDeleted", "chatRenamed", …; unknown kinds show "event.other"
	By      string   `json:"by"`   // name of the person or application that did it, "" unknown
	ByApp   bool     `json:"byApp"`
	Names   []string `json:"names"` // members concerned; "" where a name is unknown
	Me      bool     `json:"me"`    // the user is among them
	Topic   string   `json:"topic"`
	History bool     `json:"history"` // all history was shared
}

// Quote is a quoted or forwarded message.
type Quote struct {
	MessageID string `json:"messageID"`
	From      string `json:"from"`
	Text      string `json:"text"`
	Time      string `json:"time"`
	Forwarded bool   `json:"forwarded"`
}

// File is an attached file.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"` // safe for display
	Type string `json:"type"` // extension, lower case
}

// React is one emoji with everybody who chose it.
type React struct {
	Emoji string   `json:"emoji"`
	Names []string `json:"names"`
	Mine  bool     `json:"mine"`
}

// Compose is what the composer hands over to be sent.
type Compose struct {
	Chat       string      `json:"chat"`
	HTML       string      `json:"html"` // Graph's dialect, from the serialiser
	Mentions   []Mentioned `json:"mentions"`
	Importance string      `json:"importance"`
}

// Mentioned is one mention in a composed message; ID matches <at id>.
type Mentioned struct {
	ID       int64  `json:"id"`
	Text     string `json:"text"`
	User     string `json:"user"` // "" for everyone
	Everyone bool   `json:"everyone"`
}

// Picker is what the record search and the home screen show.
type Picker struct {
	Recent  []RecordRow `json:"recent"`
	Mine    []RecordRow `json:"mine"`
	Found   []RecordRow `json:"found"`
	State   string      `json:"state"` // "ready", "offline" (cache only)
	Problem *Problem    `json:"problem"`
}

// Diagnostics is the content of the Diagnostics page.
type Diagnostics struct {
	Version string       `json:"version"`
	System  string       `json:"system"`
	Engine  string       `json:"engine"`
	Feeds   []FeedState  `json:"feeds"`
	Errors  []ErrorRow   `json:"errors"`
	Scopes  []ScopeState `json:"scopes"`
	Budget  int64        `json:"budget"`
	Used    int64        `json:"used"`
	Store   []Figure     `json:"store"`
}

// FeedState is one feed's sync state.
type FeedState struct {
	Name    string `json:"name"`
	Last    string `json:"last"` // last success
	Next    string `json:"next"`
	Problem string `json:"problem"` // code, "" = fine
	Request string `json:"request"`
}

// ErrorRow is one of the last errors, without names, texts or tokens.
type ErrorRow struct {
	Time    string `json:"time"`
	Where   string `json:"where"`
	Code    string `json:"code"`
	Request string `json:"request"`
}

// ScopeState is one permission of the app registration.
type ScopeState struct {
	Name    string `json:"name"`
	Granted bool   `json:"granted"`
	// Need is a text/ key "scope.<code>" telling what works only with it.
	Need string `json:"need"`
	Link string `json:"link"` // administrator's consent link when missing
}

// Figure is one named number for Diagnostics.
type Figure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
