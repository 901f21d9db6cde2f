package sandbox

import (
	"strconv"
	"strings"
	"time"
)

// message is a whole message. Times are Unix milliseconds, as in its id.
type message struct {
	created, modified int64
	edited, deleted   int64 // 0: never

	author      *Person
	app         string // display name of the application that wrote it
	contentType string // "html" or "text"
	body        string // absolute links to hosted content begin with hostedMark
	importance  string
	subject     string // of the first message of a channel's thread
	mentions    []map[string]any
	attachments []map[string]any
	reactions   []reaction
	hosted      []hosted
	event       *event
	nameless    bool // the sender's display name is missing in answers
	answer      bool // not written through Graph, so nobody answers it
}

// reaction is one person's reaction.
type reaction struct {
	emoji string
	by    *Person
	at    int64
}

// hosted is an inline image kept beside its message.
type hosted struct {
	id, contentType string
	data            []byte
}

// event is what a system message tells.
type event struct {
	kind      string // Graph's event type without prefix and suffix
	initiator *Person
	app       string // name of the application that did it, instead of initiator
	appID     string // its client id; "" with a name is Dynamics' own
	members   []*Person
	topic     string
	history   time.Time // visibleHistoryStartDateTime of added members
}

// hostedMark stands in stored bodies for "{graph}/chats/{chat}/messages/{id}",
// because the origin is known only when an answer is written.
const hostedMark = "\x00hosted\x00"

func (m *message) id() string { return strconv.FormatInt(m.created, 10) }

// countText counts the messages of a room whose body holds a text. Deleted ones
// do not count. The lock is held.
func (w *World) countText(r *room, text string) int {
	n := 0
	for i := range r.entries {
		if m := w.message(r, i); m.deleted == 0 && strings.Contains(m.body, text) {
			n++
		}
	}
	return n
}
