package graph

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"chatpane/app/odata"
)

// pageSize is the most messages Graph returns at once.
const pageSize = 50

// Message is Graph's chatMessage.
type Message struct {
	ID                   string           `json:"id"` // unique within its chat
	ETag                 string           `json:"etag"`
	MessageType          string           `json:"messageType"` // "message" or "systemEventMessage"
	CreatedDateTime      Time             `json:"createdDateTime"`
	LastModifiedDateTime Time             `json:"lastModifiedDateTime"` // edits and reactions move it
	LastEditedDateTime   Time             `json:"lastEditedDateTime"`
	DeletedDateTime      Time             `json:"deletedDateTime"`
	Importance           string           `json:"importance"`
	ChatID               string           `json:"chatId"`
	From                 *Identities      `json:"from"` // nil for system messages
	Body                 Body             `json:"body"`
	Attachments          []Attachment     `json:"attachments"`
	Mentions             []Mention        `json:"mentions"`
	Reactions            []Reaction       `json:"reactions"`
	EventDetail          *EventDetail     `json:"eventDetail"`
	PolicyViolation      *PolicyViolation `json:"policyViolation"`
}

// UnmarshalJSON implements json.Unmarshaler; it refuses a message without an id
// or a time of creation, which cannot be placed anywhere.
func (m *Message) UnmarshalJSON(data []byte) error {
	type plain Message
	if err := lenient(data, (*plain)(m)); err != nil {
		return err
	}
	if m.ID == "" || m.CreatedDateTime.IsZero() {
		return errNameless
	}
	if m.LastModifiedDateTime.IsZero() {
		m.LastModifiedDateTime = m.CreatedDateTime
	}
	m.Attachments = without(m.Attachments, func(a Attachment) bool { return a.ID == "" && a.ContentType == "" })
	m.Mentions = without(m.Mentions, func(v Mention) bool { return v == Mention{} })
	m.Reactions = without(m.Reactions, func(r Reaction) bool { return r.ReactionType == "" })
	return nil
}

// System reports whether the message tells of an event in the chat.
func (m Message) System() bool { return m.EventDetail != nil || m.MessageType == "systemEventMessage" }

// Body is a message's text, as "html" or "text".
type Body struct {
	ContentType string `json:"contentType"`
	Content     string `json:"content"`
}

// Identities says who did something: at most one of its fields is set.
type Identities struct {
	User        *Identity `json:"user"`
	Application *Identity `json:"application"`
}

// Identity is a user or an application. The name is often missing.
type Identity struct {
	ID               string `json:"id"`
	DisplayName      string `json:"displayName"`
	UserIdentityType string `json:"userIdentityType"` // "aadUser", "anonymousGuest", "federatedUser", …
	TenantID         string `json:"tenantId"`
}

// Attachment is a file, quote, card or tab that hangs on a message.
type Attachment struct {
	ID          string `json:"id"`
	ContentType string `json:"contentType"`
	ContentURL  string `json:"contentUrl"`
	Content     string `json:"content"` // JSON as text
	Name        string `json:"name"`
}

// Mention belongs to the <at> element of the same id.
type Mention struct {
	ID          int       `json:"id"`
	MentionText string    `json:"mentionText"`
	Mentioned   Mentioned `json:"mentioned"`
}

// UnmarshalJSON implements json.Unmarshaler. Unlike a plain struct it leaves
// no half of a mention behind: without a readable number it is empty.
func (m *Mention) UnmarshalJSON(data []byte) error {
	var v struct {
		ID          *int      `json:"id"`
		MentionText string    `json:"mentionText"`
		Mentioned   Mentioned `json:"mentioned"`
	}
	*m = Mention{}
	if lenient(data, &v) == nil && v.ID != nil {
		*m = Mention{*v.ID, v.MentionText, v.Mentioned}
	}
	return nil
}

// Mentioned is who a mention is about.
type Mentioned struct {
	User         Identity     `json:"user"`
	Application  Identity     `json:"application"`
	Conversation Conversation `json:"conversation"` // everyone in it
}

// Conversation is a chat, channel or team that is mentioned as a whole.
type Conversation struct {
	ID                       string `json:"id"`
	DisplayName              string `json:"displayName"`
	ConversationIdentityType string `json:"conversationIdentityType"`
}

// Reaction is one person's reaction: a Unicode character, or one of the old
// names "like", "heart", "laugh", "surprised", "sad", "angry".
type Reaction struct {
	ReactionType    string     `json:"reactionType"`
	DisplayName     string     `json:"displayName"`
	CreatedDateTime Time       `json:"createdDateTime"`
	User            Identities `json:"user"`
}

// PolicyViolation tells what a data loss policy did to a message.
type PolicyViolation struct {
	DLPAction string `json:"dlpAction"`
}

// Blocked reports whether a policy hides the message's text.
func (m Message) Blocked() bool {
	return m.PolicyViolation != nil && strings.Contains(m.PolicyViolation.DLPAction, "blockAccess")
}

// EventDetail is what a system message tells. Which fields are set depends on
// its kind.
type EventDetail struct {
	Type                        string     `json:"@odata.type"`
	Initiator                   Identities `json:"initiator"`
	Members                     []Identity `json:"members"`
	VisibleHistoryStartDateTime *Time      `json:"visibleHistoryStartDateTime"` // the zero time: all history; nil: none
	ChatDisplayName             string     `json:"chatDisplayName"`
}

// Kind is the event's type without prefix and suffix, such as "membersAdded".
func (e EventDetail) Kind() string {
	return strings.TrimSuffix(strings.TrimPrefix(e.Type, "#microsoft.graph."), "EventMessageDetail")
}

// MessagesSince iterates over the pages of a chat's messages modified after a
// time, latest modification first; the zero time means all. Graph ignores such
// a filter without a word when it dislikes it: the iteration then ends at the
// first message that is not newer.
func (c *Client) MessagesSince(ctx context.Context, chat string, since time.Time) iter.Seq2[[]Message, error] {
	return func(yield func([]Message, error) bool) {
		for page, err := range odata.Pages[Message](ctx, c.odata, chatPath(chat, "/messages"), sinceQuery(since), messageOptions(chat)...) {
			if err != nil {
				yield(nil, fmt.Errorf("read messages since a time: %w", err))
				return
			}
			fresh, ended := newer(page, since)
			if !yield(fresh, nil) || ended {
				return
			}
		}
	}
}

func messageOptions(chat string) []odata.Option {
	return []odata.Option{odata.Bucket("chat-messages:" + chat), preferKnown()}
}

// sinceQuery is the one legal form: filter and order name the same property.
func sinceQuery(since time.Time) url.Values {
	q := url.Values{"$top": {fmt.Sprint(pageSize)}, "$orderby": {"lastModifiedDateTime desc"}}
	if !since.IsZero() {
		q.Set("$filter", "lastModifiedDateTime gt "+stamp(since))
	}
	return q
}

// newer cuts a page at the first message that is not newer than since.
func newer(page []Message, since time.Time) (fresh []Message, ended bool) {
	// Graph compares to the millisecond it was asked with.
	at := slices.IndexFunc(page, func(m Message) bool { return !m.LastModifiedDateTime.After(since.Truncate(time.Millisecond)) })
	if at < 0 {
		return page, false
	}
	return page[:at], true
}

// MessagesBefore reads up to 50 messages created before a time, newest first;
// the zero time means the newest. more tells that older ones may exist.
func (c *Client) MessagesBefore(ctx context.Context, chat string, before time.Time) (page []Message, more bool, err error) {
	q := url.Values{"$top": {fmt.Sprint(pageSize)}, "$orderby": {"createdDateTime desc"}}
	if !before.IsZero() {
		q.Set("$filter", "createdDateTime lt "+stamp(before))
	}
	at := chatPath(chat, "/messages")
	for range 20 { // a page may be empty, or hold only what is too new
		p, err := odata.GetPage[Message](ctx, c.odata, at, q, messageOptions(chat)...)
		if err != nil {
			return nil, false, fmt.Errorf("read messages before a time: %w", err)
		}
		page = slices.DeleteFunc(p.Value, func(m Message) bool { return !before.IsZero() && !m.CreatedDateTime.Before(before) })
		if more = p.Next != ""; len(page) > 0 || !more {
			return page, more, nil
		}
		at, q = p.Next, nil
	}
	return nil, true, fmt.Errorf("read messages before a time: %w: no page brings any", odata.ErrBadReply)
}

// NewMessage is a message to be sent. HTML must be in Graph's dialect.
type NewMessage struct {
	HTML       string
	Importance string // "normal", "high", "urgent"; empty is normal
	Mentions   []NewMention
}

// NewMention is the mention of the <at> element with the same id: of a user,
// or of everyone in the chat when UserID is empty.
type NewMention struct {
	ID     int
	Text   string
	UserID string
}

// SendMessage sends a message and returns it as stored. Graph knows no
// idempotency key, so an odata.ErrAmbiguous leaves open whether it was sent.
func (c *Client) SendMessage(ctx context.Context, chat string, m NewMessage) (Message, error) {
	mentions := mentionsOf(chat, m.Mentions)
	body := map[string]any{"body": map[string]string{"contentType": "html", "content": m.HTML}}
	if len(mentions) > 0 {
		body["mentions"] = mentions
	}
	if m.Importance != "" && m.Importance != "normal" {
		body["importance"] = m.Importance
	}
	var out Message
	if err := c.odata.Send(ctx, http.MethodPost, chatPath(chat, "/messages"), body, &out, odata.Bucket("chat-send:"+chat), preferKnown()); err != nil {
		return Message{}, fmt.Errorf("send message: %w", err)
	}
	return out, nil
}

// mentionsOf is the wire form of mentions.
func mentionsOf(chat string, list []NewMention) []map[string]any {
	out := make([]map[string]any, 0, len(list))
	for _, n := range list {
		who := map[string]any{"user": map[string]string{"id": n.UserID, "displayName": n.Text, "userIdentityType": "aadUser"}}
		if n.UserID == "" {
			who = map[string]any{"conversation": map[string]string{"id": chat, "displayName": n.Text, "conversationIdentityType": "chat"}}
		}
		out = append(out, map[string]any{"id": n.ID, "mentionText": n.Text, "mentioned": who})
	}
	return out
}

// maxHosted is the size of the largest hosted content that is read, 10 MiB.
const maxHosted = 10 << 20

// HostedContent reads a picture that Graph keeps with a message, with its
// content type.
func (c *Client) HostedContent(ctx context.Context, chat, message, content string) ([]byte, string, error) {
	path := chatPath(chat, "/messages/", segment(message), "/hostedContents/", segment(content), "/$value")
	data, kind, err := c.odata.Bytes(ctx, path, maxHosted, odata.Bucket("chat-messages:"+chat))
	if err != nil {
		return nil, "", fmt.Errorf("read hosted content: %w", err)
	}
	return data, kind, nil
}
