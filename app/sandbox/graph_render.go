package sandbox

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// modern reports whether the request asked for enumeration values that came
// after the first version of the API.
func (c *call) modern() bool {
	for _, v := range c.r.Header.Values("Prefer") {
		for _, p := range strings.Split(v, ",") {
			if strings.EqualFold(strings.TrimSpace(p), "include-unknown-enum-members") {
				return true
			}
		}
	}
	return false
}

// messageJSON is a message in the order of Microsoft's examples.
type messageJSON struct {
	Context         string           `json:"@odata.context,omitempty"`
	ID              string           `json:"id"`
	ReplyToID       *string          `json:"replyToId"`
	ETag            string           `json:"etag"`
	MessageType     string           `json:"messageType"`
	Created         string           `json:"createdDateTime"`
	Modified        string           `json:"lastModifiedDateTime"`
	Edited          *string          `json:"lastEditedDateTime"`
	Deleted         *string          `json:"deletedDateTime"`
	Subject         *string          `json:"subject"`
	Summary         *string          `json:"summary"`
	ChatID          *string          `json:"chatId"`
	Importance      string           `json:"importance"`
	Locale          string           `json:"locale"`
	WebURL          *string          `json:"webUrl"`
	ChannelIdentity any              `json:"channelIdentity"`
	PolicyViolation any              `json:"policyViolation"`
	EventDetail     any              `json:"eventDetail"`
	From            any              `json:"from"`
	Body            bodyJSON         `json:"body"`
	Attachments     []map[string]any `json:"attachments"`
	Mentions        []map[string]any `json:"mentions"`
	Reactions       []any            `json:"reactions"`
	History         []any            `json:"messageHistory"`
}

type bodyJSON struct {
	ContentType string `json:"contentType"`
	Content     string `json:"content"`
}

// renderMessage turns a message into JSON. The lock is held.
func (c *call) renderMessage(r *room, m *message) messageJSON {
	out := messageJSON{
		ID: m.id(), ETag: stampDigits(m.modified), MessageType: c.messageType(m), Created: stampText(m.created), Modified: stampText(m.modified),
		ChatID: &r.id, Importance: m.importance, Locale: "en-us", From: c.from(m), Body: c.renderBody(r, m),
		Attachments: []map[string]any{}, Mentions: []map[string]any{}, Reactions: []any{}, History: []any{},
	}
	if r.channel != nil {
		c.inChannelForm(&out, r, m)
	}
	if m.edited != 0 {
		text := stampText(m.edited)
		out.Edited = &text
	}
	if m.event != nil {
		out.EventDetail = eventJSON(r, m.event)
	}
	if m.deleted != 0 {
		text := stampText(m.deleted)
		out.Deleted = &text
		return out
	}
	if m.attachments != nil {
		out.Attachments = m.attachments
	}
	if m.mentions != nil {
		out.Mentions = m.mentions
	}
	for _, x := range m.reactions {
		one := map[string]any{"reactionType": x.emoji, "displayName": nil, "reactionContentUrl": nil, "createdDateTime": stampText(x.at),
			"user": map[string]any{"application": nil, "device": nil, "user": identity(x.by, false)}}
		out.Reactions = append(out.Reactions, one)
		out.History = append(out.History, map[string]any{"modifiedDateTime": stampText(x.at), "actions": "reactionAdded", "reaction": one})
	}
	return out
}

func (c *call) messageType(m *message) string {
	switch {
	case m.event == nil:
		return "message"
	case c.modern():
		return "systemEventMessage"
	}
	return "unknownFutureValue"
}

// renderBody is the body as readers get it: links to hosted content are made
// absolute, and of a deleted message nothing is left.
func (c *call) renderBody(r *room, m *message) bodyJSON {
	switch {
	case m.event != nil:
		return bodyJSON{"html", "<systemEventMessage/>"}
	case m.deleted != 0:
		return bodyJSON{"html", ""}
	}
	if !strings.Contains(m.body, hostedMark) {
		return bodyJSON{m.contentType, m.body}
	}
	return bodyJSON{m.contentType, strings.ReplaceAll(m.body, hostedMark, c.messagePath(r, m))}
}

// from is the sender: null for system messages. Now and then the display name
// is missing, as it may be everywhere.
func (c *call) from(m *message) any {
	switch {
	case m.event != nil:
		return nil
	case m.app != "":
		return map[string]any{"application": applicationIdentity("", m.app), "device": nil, "user": nil}
	}
	user := identity(m.author, !m.nameless)
	user["tenantId"] = c.TenantID
	return map[string]any{"application": nil, "device": nil, "user": user}
}

func identity(p *Person, named bool) map[string]any {
	name := any(nil)
	if named {
		name = p.Name
	}
	return map[string]any{"@odata.type": "#microsoft.graph.teamworkUserIdentity", "id": p.OID, "displayName": name, "userIdentityType": "aadUser"}
}

// dynamicsApp is the client id of the application that serves Dynamics' Join.
const dynamicsApp = "3c0b1c1e-7d5a-4f5e-9f53-1d4f6a3f6c10"

// applicationIdentity names an application; without an id it is Dynamics', and
// without a name the name is null, as it may be everywhere.
func applicationIdentity(id, name string) map[string]any {
	return map[string]any{"@odata.type": "#microsoft.graph.teamworkApplicationIdentity", "id": cmp.Or(id, dynamicsApp), "displayName": orNull(name), "applicationIdentityType": "aadApplication"}
}

// eventJSON is the detail of a system message; names in it are null.
func eventJSON(r *room, e *event) map[string]any {
	out := map[string]any{"@odata.type": "#microsoft.graph." + e.kind + "EventMessageDetail"}
	initiator := map[string]any{"application": nil, "device": nil, "user": nil}
	if e.app != "" || e.appID != "" {
		initiator["application"] = applicationIdentity(e.appID, e.app)
	} else if e.initiator != nil {
		initiator["user"] = identity(e.initiator, false)
	}
	out["initiator"] = initiator
	switch e.kind {
	case "membersAdded", "membersDeleted", "membersLeft", "membersJoined":
		members := make([]any, 0, len(e.members))
		for _, p := range e.members {
			members = append(members, identity(p, false))
		}
		out["members"] = members
		if e.kind == "membersAdded" {
			out["visibleHistoryStartDateTime"] = timeText(e.history)
		}
	case "chatRenamed":
		out["chatId"], out["chatDisplayName"] = r.id, e.topic
	case "channelAdded":
		out["channelId"], out["channelDisplayName"] = r.id, r.topic
	case "messagePinned", "messageUnpinned":
		out["eventDateTime"] = timeText(e.history)
	case "callStarted", "callEnded":
		out["callId"], out["callEventType"] = r.id, "call"
		if e.kind == "callEnded" {
			out["callDuration"], out["callParticipants"] = "PT14M32S", []any{}
		}
	}
	return out
}

// chatFacts is what all members see of a chat. The lock is held.
func (c *call) chatFacts(r *room) map[string]any {
	out := map[string]any{
		"id": r.id, "topic": orNull(r.topic), "createdDateTime": timeText(r.created), "lastUpdatedDateTime": timeText(r.updated),
		"chatType": r.kind, "webUrl": "https://teams.microsoft.com/l/chat/" + url.PathEscape(r.id) + "/0?tenantId=" + c.TenantID,
		"tenantId": c.TenantID, "onlineMeetingInfo": nil, "isHiddenForAllMembers": false,
	}
	if r.kind == "meeting" {
		out["onlineMeetingInfo"] = map[string]any{"calendarEventId": nil, "joinWebUrl": "https://teams.microsoft.com/l/meetup-join/" + url.PathEscape(r.id) + "/0",
			"organizer": map[string]any{"id": r.members[0].person.OID, "displayName": nil, "userIdentityType": "aadUser"}}
	}
	return out
}

// renderChat is a chat as its member sees it. The lock is held.
func (c *call) renderChat(r *room, expand []string) map[string]any {
	out := c.chatFacts(r)
	if m := r.member(c.me); m != nil {
		out["viewpoint"] = map[string]any{"isHidden": m.hidden, "lastMessageReadDateTime": readText(m.read)}
	}
	for _, what := range expand {
		if what == "members" {
			maps.Copy(out, c.expandedMembers(r))
		} else {
			out["lastMessagePreview"] = c.preview(r)
		}
	}
	return out
}

// mostExpanded is how many members of a chat $expand gives.
const mostExpanded = 25

func (c *call) expandedMembers(r *room) map[string]any {
	rows := make([]any, 0, mostExpanded)
	for _, m := range r.members[:min(mostExpanded, len(r.members))] {
		rows = append(rows, c.memberRow(m))
	}
	return map[string]any{"members@odata.context": c.context("chats('" + url.QueryEscape(r.id) + "')/members"), "members": rows}
}

func readText(ms int64) string {
	if ms == 0 {
		return timeText(time.Time{})
	}
	return stampText(ms)
}

// preview is the newest message in short; it has no etag, and so shows no edit
// and no reaction. It is null in a chat without messages.
func (c *call) preview(r *room) any {
	i := r.last()
	if i < 0 {
		return nil
	}
	m := c.message(r, i)
	out := map[string]any{"id": m.id(), "createdDateTime": stampText(m.created), "isDeleted": m.deleted != 0, "messageType": c.messageType(m),
		"eventDetail": nil, "body": c.renderBody(r, m), "from": c.from(m)}
	if m.event != nil {
		out["eventDetail"] = eventJSON(r, m.event)
	}
	return out
}

func (c *call) memberRow(m *membership) map[string]any {
	return map[string]any{"@odata.type": "#microsoft.graph.aadUserConversationMember", "id": m.id, "roles": m.roles, "displayName": m.person.Name,
		"visibleHistoryStartDateTime": timeText(m.from), "userId": m.person.OID, "email": m.person.Mail, "tenantId": c.TenantID}
}

// inChat finds the chat, or the channel, of the path and the caller's
// membership in it, which is nil for an application. The lock is held.
func (c *call) inChat() (*room, *membership, error) {
	if c.r.PathValue("team") != "" {
		return c.inChannel()
	}
	r := c.chats[c.r.PathValue("chat")]
	if r == nil {
		return nil, nil, notFound("NotFound")
	}
	if c.me == nil {
		return r, nil, nil
	}
	m := r.member(c.me)
	if m == nil {
		return nil, nil, notMember(c.me, r)
	}
	return r, m, nil
}

// inMessage finds the message of the path. The lock is held.
func (c *call) inMessage() (*room, int, error) {
	r, m, err := c.inChat()
	if err != nil {
		return nil, 0, err
	}
	i, ok := r.find(c.r.PathValue("message"))
	if !ok || r.channel != nil && r.roots[i] != int32(i) || !m.sees(r.entries[i].created) {
		return nil, 0, notFound("NotFound")
	}
	if reply := c.r.PathValue("reply"); reply != "" {
		root := int32(i)
		if i, ok = r.find(reply); !ok || r.roots[i] != root || i == int(root) {
			return nil, 0, notFound("NotFound")
		}
	}
	return r, i, nil
}

func done() (answer, error) { return answer{status: http.StatusNoContent}, nil }
