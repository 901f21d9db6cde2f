package store

import (
	"time"

	"chatpane/app/chat"
)

// Batch is what one round of reading taught, applied together by [Store.Apply].
type Batch struct {
	// Chats are written as given, but: a zero LastRead and nil Members mean "not
	// read" and keep what is stored; a cut member list with nobody new in it
	// leaves a complete one; an older preview leaves a newer one.
	Chats []chat.Chat
	// Messages are merged by [chat.Newer], so older and equal versions are ignored.
	Messages []chat.Message
	// Gone are messages that the server no longer has at all (retention, a legal
	// deletion); a message deleted by somebody stays as a version instead. Their
	// rows are deleted and a preview made of one is made of the next message.
	// What the batch says of such a message in Messages is dropped.
	Gone []MessageKey
	// People are written as given, but empty texts keep what is stored.
	People []chat.Person
	// Records are written as given, but nil Access and zero Opened keep what is
	// stored, a lost record keeps the name it had, and a version modified earlier
	// than the stored one is ignored.
	Records []chat.Record
	// Links are rows; an empty RecordName keeps what is stored, and a version
	// modified earlier than the stored one is ignored.
	Links []chat.Link
	// SetConfigs names the environment whose settings Configs replaces; when it
	// is empty, Configs is not looked at.
	SetConfigs string
	Configs    []chat.LinkConfig
	// Marks are watermarks. They become durable with the facts they cover, never before.
	Marks []Mark
	// PurgeChats are erased and their keys destroyed, before anything else of
	// the batch; what the batch says of them is dropped.
	PurgeChats []chat.ID
	// ReadMarks move a chat's LastRead, forwards or back, after Chats.
	ReadMarks []ReadMark
	// Facts replace one another by key; an empty Value removes the fact.
	Facts []Fact
}

// Mark is how far a feed has been read. An empty Value removes the mark.
type Mark struct{ Feed, Value string }

// ReadMark is up to when the user has read a chat.
type ReadMark struct {
	Chat chat.ID
	At   time.Time
}

// Fact is a small thing the session remembers about the account, such as the
// user's teams and privileges.
type Fact struct {
	Key   string
	Value []byte
}

// MessageKey names a message.
type MessageKey struct {
	Chat chat.ID
	ID   string
}

// Diff tells what a batch really altered; what was repeated is not in it. Each
// list holds a thing once and is in no particular order.
type Diff struct {
	Chats    []chat.ID
	Messages []MessageKey
	Gone     []MessageKey
	Purged   []chat.ID
	Records  []chat.RecordRef
	Links    []chat.Pair
	People   []string
	Configs  bool
	Facts    bool
}

// Empty reports whether nothing altered.
func (d Diff) Empty() bool {
	return len(d.Chats)+len(d.Messages)+len(d.Gone)+len(d.Purged)+len(d.Records)+len(d.Links)+len(d.People) == 0 && !d.Configs && !d.Facts
}

func (d *Diff) add(e Diff) {
	d.Chats = append(d.Chats, e.Chats...)
	d.Messages = append(d.Messages, e.Messages...)
	d.Gone = append(d.Gone, e.Gone...)
	d.Purged = append(d.Purged, e.Purged...)
	d.Records = append(d.Records, e.Records...)
	d.Links = append(d.Links, e.Links...)
	d.People = append(d.People, e.People...)
	d.Configs = d.Configs || e.Configs
	d.Facts = d.Facts || e.Facts
}
