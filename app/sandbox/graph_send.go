package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage is the size of a message's text and cards, about what Teams takes.
const maxMessage = 28 << 10

// newMessage is a message in a request. Absent properties are nil.
type newMessage struct {
	_ struct{} `also:"id replyToId etag lastModifiedDateTime lastEditedDateTime deletedDateTime summary chatId locale webUrl channelIdentity eventDetail reactions messageHistory replies onBehalfOf" type:"chatMessage"`
	// What only the service, or an import, may set.
	Kind    *string         `json:"messageType"`
	Created *string         `json:"createdDateTime"`
	From    json.RawMessage `json:"from"`
	Policy  json.RawMessage `json:"policyViolation"`

	Body *struct {
		ContentType string `json:"contentType"`
		Content     string `json:"content"`
	} `json:"body"`
	Importance  *string          `json:"importance"`
	Subject     *string          `json:"subject"`
	Mentions    []map[string]any `json:"mentions"`
	Attachments []map[string]any `json:"attachments"`
	Hosted      []struct {
		_           struct{} `also:"id" type:"chatMessageHostedContent"`
		TemporaryID string   `json:"@microsoft.graph.temporaryId"`
		Bytes       string   `json:"contentBytes"`
		ContentType string   `json:"contentType"`
	} `json:"hostedContents"`
}

// newMessage reads the message that a request wants to be written.
func (c *call) newMessage() (*message, error) {
	var in newMessage
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if in.Body == nil {
		return nil, badRequest("Missing body content.")
	}
	if in.Created != nil || len(in.From) > 0 && string(in.From) != "null" {
		return nil, missingRole([]string{"Teamwork.Migrate.All"}, c.roles)
	}
	m := &message{author: c.me, contentType: "text", importance: "normal"}
	if in.Subject != nil {
		m.subject = *in.Subject
	}
	return m, c.apply(m, in)
}

// postMessage writes a message and answers with the whole of it.
func (c *call) postMessage() (answer, error) {
	m, err := c.newMessage()
	if err != nil {
		return answer{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, member, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	if m.subject != "" && r.channel == nil {
		return answer{}, badRequest("Subject is only allowed on channel messages.")
	}
	c.write(r, m)
	member.read = m.created
	c.nudge()
	return c.oneMessage(http.StatusCreated, r, m), nil
}

// stampMessage gives a new message its time. The lock is held.
func (w *World) stampMessage(r *room, m *message) {
	if w.strips {
		m.body = markerAttribute.ReplaceAllString(m.body, "")
	}
	m.created = r.stamp(w.Now())
	m.modified = m.created
}

// write gives a message its time and puts it into a room. The lock is held.
func (w *World) write(r *room, m *message) {
	w.stampMessage(r, m)
	r.add(m)
	w.note(r, r.last(), changeCreated)
	for _, x := range r.members {
		x.hidden = false
	}
}

var markerAttribute = regexp.MustCompile(`\s+itemid="[^"]*"`)

// apply checks what a request says and puts it into m.
func (c *call) apply(m *message, in newMessage) error {
	if in.Kind != nil && *in.Kind != "message" {
		return badRequest("Invalid value '%s' for messageType.", *in.Kind)
	}
	if in.Importance != nil {
		if !slices.Contains([]string{"normal", "high", "urgent"}, *in.Importance) {
			return badRequest("Invalid value '%s' for importance.", *in.Importance)
		}
		m.importance = *in.Importance
	}
	if in.Body == nil {
		return nil
	}
	if in.Body.ContentType != "" && in.Body.ContentType != "text" && in.Body.ContentType != "html" {
		return badRequest("Invalid value '%s' for contentType.", in.Body.ContentType)
	}
	size := len(in.Body.Content)
	for _, a := range in.Attachments {
		text, _ := a["content"].(string)
		size += len(text)
	}
	switch {
	case size > maxMessage:
		return tooLargeBody
	case strings.TrimSpace(in.Body.Content) == "" && len(in.Attachments) == 0:
		return badRequest("Message body cannot be empty.")
	}
	m.body = in.Body.Content
	m.contentType = "text"
	if in.Body.ContentType == "html" {
		m.contentType = "html"
	}
	if err := checkMentions(m, in.Mentions); err != nil {
		return err
	}
	if err := checkAttachments(m, in.Attachments); err != nil {
		return err
	}
	return host(m, in)
}

var (
	mentionMark    = regexp.MustCompile(`<at\s+id="(\d+)"`)
	attachmentMark = regexp.MustCompile(`<attachment\s+id="([^"]*)"`)
	hostedRef      = regexp.MustCompile(`(?:\.\./)+hostedContents/([^/"]+)/\$value`)
)

// checkMentions wants a mark in the text for each mention, and the reverse.
func checkMentions(m *message, mentions []map[string]any) error {
	marks := map[string]bool{}
	if m.contentType == "html" { // in a text they are no marks
		for _, x := range mentionMark.FindAllStringSubmatch(m.body, -1) {
			marks[x[1]] = true
		}
	}
	m.mentions = nil
	for _, x := range mentions {
		if err := only(x, "chatMessageMention", "id", "mentionText", "mentioned"); err != nil {
			return err
		}
		n, ok := x["id"].(float64)
		id := fmt.Sprint(n)
		if !ok || !marks[id] {
			return badRequest("Neither Body nor adaptive card content contains marker for mention with Id '%s'.", id)
		}
		delete(marks, id)
		if !mentionsSomething(x["mentioned"]) {
			return badRequest("The mentioned entity of mention '%s' is missing.", id)
		}
		m.mentions = append(m.mentions, x)
	}
	for id := range marks {
		return badRequest("The mention with Id '%s' in the body is not in the mentions.", id)
	}
	return nil
}

// mentionsSomething reports whether a mention names one whom or what it is of.
func mentionsSomething(mentioned any) bool {
	who, _ := mentioned.(map[string]any)
	if only(who, "chatMessageMentionedIdentitySet", "application", "device", "user", "conversation", "tag") != nil {
		return false
	}
	for _, kind := range []string{"application", "device", "user", "conversation", "tag"} {
		one, _ := who[kind].(map[string]any)
		if id, _ := one["id"].(string); id != "" {
			return true
		}
	}
	return false
}

// checkAttachments wants each mark in the text to name an attachment.
func checkAttachments(m *message, attachments []map[string]any) error {
	known := map[string]bool{}
	m.attachments = nil
	for _, a := range attachments {
		if err := only(a, "chatMessageAttachment", "id", "contentType", "contentUrl", "content", "name", "thumbnailUrl", "teamsAppId"); err != nil {
			return err
		}
		id, _ := a["id"].(string)
		kind, _ := a["contentType"].(string)
		if id == "" || kind == "" {
			return badRequest("An attachment needs an id and a contentType.")
		}
		known[id] = true
		text := func(key string) string { s, _ := a[key].(string); return s }
		switch {
		case kind == "reference" && text("contentUrl") == "":
			return badRequest("The attachment '%s' needs a contentUrl.", id)
		case (kind == "messageReference" || strings.HasPrefix(kind, "application/vnd.microsoft.card.")) && !json.Valid([]byte(text("content"))):
			return badRequest("The content of the attachment '%s' is not valid JSON.", id)
		}
		m.attachments = append(m.attachments, attachment(id, kind, text("name"), text("content"), text("contentUrl")))
	}
	for _, x := range attachmentMark.FindAllStringSubmatch(m.body, -1) {
		if !known[x[1]] {
			return badRequest("The attachment '%s' in the body is not in the attachments.", x[1])
		}
	}
	return nil
}

// host keeps inline images beside the message and points the text at them.
func host(m *message, in newMessage) error {
	m.hosted = nil
	ids := map[string]string{}
	for _, h := range in.Hosted {
		data, err := base64.StdEncoding.DecodeString(h.Bytes)
		if err != nil || len(data) == 0 || h.TemporaryID == "" || !strings.HasPrefix(h.ContentType, "image/") {
			return badRequest("Invalid hosted content '%s'.", h.TemporaryID)
		}
		id := "aWQ9c2VudC" + strings.ReplaceAll(requestID(), "-", "")
		ids[h.TemporaryID] = id
		m.hosted = append(m.hosted, hosted{id: id, contentType: h.ContentType, data: data})
	}
	var missing string
	m.body = hostedRef.ReplaceAllStringFunc(m.body, func(ref string) string {
		name := hostedRef.FindStringSubmatch(ref)[1]
		if ids[name] == "" {
			missing = name
			return ref
		}
		return hostedMark + "/hostedContents/" + ids[name] + "/$value"
	})
	if missing != "" {
		return badRequest("The hosted content '%s' is not in the request.", missing)
	}
	return nil
}

// change lets the author change an own message; each change moves etag and
// lastModified.
func (c *call) change(do func(*message) error) (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, i, err := c.inMessage()
	if err != nil {
		return answer{}, err
	}
	if m := c.message(r, i); m.event != nil || m.author != c.me {
		return answer{}, &graphError{status: http.StatusForbidden, code: "Forbidden", message: "The caller is not the author of the message."}
	}
	m := c.own(r, i)
	if err := do(m); err != nil {
		return answer{}, err
	}
	c.moved(r, i, m)
	return done()
}

// moved records a change of message i. The lock is held.
func (w *World) moved(r *room, i int, m *message) {
	m.modified = max(w.Now().UnixMilli(), m.modified+1)
	r.touch(int32(i), m.modified)
	change := changeUpdated
	if m.deleted != 0 {
		change = changeDeleted
	}
	w.note(r, i, change)
}

func (c *call) editMessage() (answer, error) {
	var in newMessage
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	if in.Policy != nil {
		return answer{}, &graphError{status: http.StatusForbidden, code: "Forbidden", message: "policyViolation cannot be updated in delegated context."}
	}
	return c.change(func(m *message) error {
		if m.deleted != 0 {
			return notFound("NotFound")
		}
		trial := *m
		kept := m.hosted
		trial.body = strings.ReplaceAll(trial.body, hostedMark, c.base())
		if err := c.apply(&trial, in); err != nil {
			return err
		}
		trial.hosted = append(trial.hosted, kept...)
		if in.Body == nil {
			trial.body = m.body
		}
		*m = trial
		m.edited = max(c.Now().UnixMilli(), m.modified+1)
		return nil
	})
}

func (c *call) softDelete() (answer, error) {
	return c.change(func(m *message) error {
		if m.deleted == 0 {
			m.deleted = max(c.Now().UnixMilli(), m.modified+1)
		}
		return nil
	})
}

func (c *call) undoSoftDelete() (answer, error) {
	return c.change(func(m *message) error {
		m.deleted = 0
		return nil
	})
}

func (c *call) setReaction() (answer, error) { return c.reactionCall(true) }

func (c *call) unsetReaction() (answer, error) { return c.reactionCall(false) }

// reactionType reports whether a text is a reaction: an emoji, or one of the six
// names from before emojis.
func reactionType(text string) bool {
	if slices.Contains([]string{"like", "heart", "laugh", "surprised", "sad", "angry"}, text) {
		return true
	}
	shown := strings.ContainsRune(text, '\ufe0f') // a letter such as U+2139, shown as an emoji
	sign := shown
	for _, r := range text {
		if unicode.IsLetter(r) && (!shown || r < utf8.RuneSelf) || unicode.IsSpace(r) || r == utf8.RuneError {
			return false
		}
		sign = sign || unicode.IsSymbol(r) || r == '\u20e3' || r >= 0x1f000
	}
	return sign && len(text) <= 64
}

// reactionCall adds or removes the caller's reaction. Saying the same again
// changes nothing.
func (c *call) reactionCall(set bool) (answer, error) {
	var in struct {
		Type string `json:"reactionType"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	if !reactionType(in.Type) {
		return answer{}, badRequest("Invalid reactionType '%s'.", in.Type)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, i, err := c.inMessage()
	if err != nil {
		return answer{}, err
	}
	m := c.message(r, i)
	if m.event != nil || m.deleted != 0 {
		return answer{}, badRequest("Reactions are not possible on this message.")
	}
	mine := func(x reaction) bool { return x.by == c.me && x.emoji == in.Type }
	if slices.ContainsFunc(m.reactions, mine) == set {
		return done()
	}
	m = c.own(r, i)
	if set {
		m.reactions = append(slices.Clone(m.reactions), reaction{in.Type, c.me, max(c.Now().UnixMilli(), m.modified+1)})
	} else {
		m.reactions = slices.DeleteFunc(slices.Clone(m.reactions), mine)
	}
	c.moved(r, i, m)
	return done()
}
