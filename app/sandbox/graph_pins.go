package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// pin is a pinned message of a chat.
type pin struct {
	id      string
	message string
}

// listPins lists the pinned messages, with $expand=message the whole ones.
func (c *call) listPins() (answer, error) {
	if err := c.allow("expand"); err != nil {
		return answer{}, err
	}
	if e := c.query.Get("$expand"); e != "" && e != "message" {
		return answer{}, badRequest("Query option 'Expand' does not support '%s' for this request.", e)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, m, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	rows := []any{}
	for _, p := range r.pins {
		i, ok := r.find(p.message)
		if !ok || !m.sees(r.entries[i].created) {
			continue
		}
		row := map[string]any{"id": p.id}
		if c.query.Has("$expand") {
			row["message"] = c.renderMessage(r, c.message(r, i))
		}
		rows = append(rows, row)
	}
	return c.page(contextOf(r)+"/pinnedMessages", rows, ""), nil
}

var boundMessage = regexp.MustCompile(`^https?://[^/]+/(?:v1\.0|beta)/chats(?:/([^/]+)|\('([^']+)'\))/messages(?:/([0-9]+)|\('([0-9]+)'\))$`)

// pinMessage pins a message and says so in the chat.
func (c *call) pinMessage() (answer, error) {
	var in struct {
		Bind string `json:"message@odata.bind"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	parts := boundMessage.FindStringSubmatch(unescaped(in.Bind))
	if parts == nil {
		return answer{}, badRequest("Invalid message bind value '%s'.", in.Bind)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, m, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	id := parts[3] + parts[4]
	i, ok := r.find(id)
	switch {
	case parts[1]+parts[2] != r.id:
		return answer{}, badRequest("The message to pin is not in this chat.")
	case !ok || !m.sees(r.entries[i].created):
		return answer{}, notFound("NotFound")
	}
	row := map[string]any{"@odata.context": c.context(contextOf(r) + "/pinnedMessages/$entity")}
	if at := slices.IndexFunc(r.pins, func(p pin) bool { return p.message == id }); at >= 0 {
		row["id"] = r.pins[at].id
		return answer{status: http.StatusCreated, body: row}, nil
	}
	p := pin{id: base64.StdEncoding.EncodeToString([]byte("MCMxIyMwIyM" + r.id + "##" + id)), message: id}
	r.pins = append([]pin{p}, r.pins...)
	c.announce(r, &event{kind: "messagePinned", initiator: c.me, history: c.Now()})
	row["id"] = p.id
	return answer{status: http.StatusCreated, body: row}, nil
}

func (c *call) unpinMessage() (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, _, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	at := slices.IndexFunc(r.pins, func(p pin) bool { return p.id == c.r.PathValue("pin") })
	if at < 0 {
		return answer{}, notFound("NotFound")
	}
	r.pins = slices.Delete(slices.Clone(r.pins), at, at+1)
	c.announce(r, &event{kind: "messageUnpinned", initiator: c.me, history: c.Now()})
	return done()
}

// mostQuoted is how many messages one answer may quote.
const mostQuoted = 10

// replyWithQuote writes a message that quotes others of the chat.
func (c *call) replyWithQuote() (answer, error) {
	var in struct {
		IDs   []string    `json:"messageIds"`
		Reply *newMessage `json:"replyMessage"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	switch {
	case len(in.IDs) == 0 || len(in.IDs) > mostQuoted:
		return answer{}, badRequest("The number of messageIds must be between 1 and %d.", mostQuoted)
	case in.Reply == nil || in.Reply.Body == nil:
		return answer{}, badRequest("Missing body content.")
	}
	m := &message{author: c.me, contentType: "text", importance: "normal"}
	if err := c.apply(m, *in.Reply); err != nil {
		return answer{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, member, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	marks := ""
	for _, id := range in.IDs {
		i, ok := r.find(id)
		if !ok || !member.sees(r.entries[i].created) {
			return answer{}, notFound("NotFound")
		}
		q := c.message(r, i)
		if q.event != nil || q.deleted != 0 {
			return answer{}, badRequest("The message '%s' cannot be quoted.", id)
		}
		m.attachments = append(m.attachments, quoteOf(q))
		marks += `<attachment id="` + id + `"></attachment>`
	}
	if m.contentType == "text" {
		m.body, m.contentType = "<p>"+html.EscapeString(m.body)+"</p>", "html"
	}
	m.body = marks + m.body
	c.write(r, m)
	member.read = m.created
	c.nudge()
	return c.oneMessage(http.StatusCreated, r, m), nil
}

// quoteOf is the attachment that stands for a quoted message.
func quoteOf(q *message) map[string]any {
	preview := []rune(strings.TrimSpace(plain(q.body)))
	content, err := json.Marshal(map[string]any{"messageId": q.id(), "messagePreview": string(preview[:min(len(preview), 150)]),
		"messageSender": map[string]any{"application": nil, "device": nil, "user": identity(q.author, true)}})
	if err != nil {
		panic(fmt.Sprintf("encode a quote: %v", err)) // our own plain types
	}
	return attachment(q.id(), "messageReference", "", string(content), "")
}

// unescaped is an address with its percent codes read, or as it is.
func unescaped(address string) string {
	if plain, err := url.PathUnescape(address); err == nil {
		return plain
	}
	return address
}
