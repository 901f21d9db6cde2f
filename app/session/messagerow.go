package session

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/markup"
)

// messageRow is a stored message as the pane shows it. graphHost is the host
// whose hosted contents may be shown.
func (v *view) messageRow(m chat.Message, graphHost string) MessageRow {
	m, acts := v.acted(m)
	row := MessageRow{
		Acts: acts,
		Chat: string(m.Chat), ID: m.ID, Sort: sortKey(m), Time: stamp(m.Created),
		From: PersonRef{ID: m.From.UserID, Name: v.name(m.From.UserID, m.From.Name), Guest: m.From.Guest},
		Me:   m.From.UserID != "" && m.From.UserID == v.me.OID, App: m.From.AppID != "",
		Edited: stamp(m.Edited), Deleted: !m.Deleted.IsZero(), Blocked: m.Blocked,
		Importance: string(cmpOr(m.Importance, chat.Normal)),
		Body:       []markup.Node{}, Quotes: []Quote{}, Files: []File{}, Reacts: v.reacts(m.Reactions),
	}
	if m.Event != nil {
		e := v.event(*m.Event)
		row.Event = &e
		return row
	}
	if row.Deleted || row.Blocked {
		return row
	}
	v.attach(&row, m.Attachments)
	row.Body = v.body(m.Body, m.Mentions, m.Attachments, string(m.Chat), m.ID, graphHost)
	for _, a := range m.Attachments {
		if isCard(a.ContentType) && !strings.Contains(m.Body, a.ID) {
			row.Body = append(row.Body, markup.Node{T: "card", Children: markup.Card(a.Content)})
		}
	}
	row.Plain = markup.Text(row.Body)
	row.MentionsMe = slices.ContainsFunc(m.Mentions, func(x chat.Mention) bool { return x.UserID == v.me.OID || x.Everyone })
	return row
}

// body turns untrusted HTML into nodes and gives images handles that the
// media handler understands: "{kind}/{chat}/{message}/{id}".
func (v *view) body(html string, mentions []chat.Mention, files []chat.Attachment, chatID, msgID, graphHost string) []markup.Node {
	nodes := markup.Parse(html, markup.Context{
		Me: v.me.OID, GraphHost: graphHost, ImageHost: v.imageHost,
		Card: func(id string) string {
			for _, a := range files {
				if a.ID == id {
					return a.Content
				}
			}
			return ""
		},
		Mention: func(id int) (string, string, bool) {
			for _, m := range mentions {
				if m.ID == id {
					return m.Text, m.UserID, true
				}
			}
			return "", "", false
		},
		Attachment: func(id string) (string, bool) {
			for _, a := range files {
				if a.ID == id {
					return attachmentKind(a.ContentType), true
				}
			}
			return "", false
		},
	})
	addressMedia(nodes, chatID, msgID)
	if nodes == nil {
		nodes = []markup.Node{}
	}
	return nodes
}

func addressMedia(nodes []markup.Node, chatID, msgID string) {
	for i := range nodes {
		if id, hosted := strings.CutPrefix(nodes[i].Media, "h/"); hosted {
			nodes[i].Media = mediaID("h", chatID, msgID, id)
		} else if url, external := strings.CutPrefix(nodes[i].Media, "x/"); external {
			nodes[i].Media = mediaID("x", chatID, msgID, url)
		}
		addressMedia(nodes[i].Children, chatID, msgID)
	}
}

func attachmentKind(contentType string) string {
	switch {
	case contentType == "messageReference" || contentType == "forwardedMessageReference":
		return "quoteRef"
	case contentType == "reference":
		return "file"
	case isCard(contentType):
		return "card"
	}
	return "hidden"
}

func isCard(contentType string) bool {
	return strings.HasPrefix(contentType, "application/vnd.microsoft.card.") && contentType != "application/vnd.microsoft.card.codesnippet"
}

// attach fills quotes and files from the attachments.
func (v *view) attach(row *MessageRow, list []chat.Attachment) {
	for _, a := range list {
		switch attachmentKind(a.ContentType) {
		case "quoteRef":
			row.Quotes = append(row.Quotes, v.quote(a))
		case "file":
			name := displayName(a.Name)
			row.Files = append(row.Files, File{ID: a.ID, Name: name, Type: strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))})
		}
	}
}

// quote reads a messageReference (graph.md §1.8: content is JSON as text).
func (v *view) quote(a chat.Attachment) Quote {
	var c struct {
		MessageID      string `json:"messageId"`
		MessagePreview string `json:"messagePreview"`
		CreatedTime    string `json:"createdDateTime"`
		MessageSender  struct {
			User struct {
				ID          string `json:"id"`
				DisplayName string `json:"displayName"`
			} `json:"user"`
		} `json:"messageSender"`
	}
	if err := json.Unmarshal([]byte(a.Content), &c); err != nil {
		return Quote{Forwarded: a.ContentType != "messageReference"}
	}
	u := c.MessageSender.User
	return Quote{MessageID: c.MessageID, From: v.name(u.ID, u.DisplayName), Text: markup.Line(c.MessagePreview, 280),
		Time: c.CreatedTime, Forwarded: a.ContentType != "messageReference"}
}

// displayName strips what could make a file name lie (threats.md B6).
func displayName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 || r == 0x7f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e || r == 0x200f || r == 0x061c:
			return -1
		}
		return r
	}, name)
}

func (v *view) reacts(list []chat.Reaction) []React {
	out := []React{}
	for _, r := range list {
		i := slices.IndexFunc(out, func(x React) bool { return x.Emoji == r.Emoji })
		if i < 0 {
			out = append(out, React{Emoji: r.Emoji, Names: []string{}})
			i = len(out) - 1
		}
		out[i].Names = append(out[i].Names, v.name(r.UserID, r.Name))
		out[i].Mine = out[i].Mine || r.UserID == v.me.OID
	}
	slices.SortStableFunc(out, func(a, b React) int { return cmp.Compare(len(b.Names), len(a.Names)) })
	return out
}

// event puts a system message into parts; names that the service left out are
// looked up among people we know.
func (v *view) event(e chat.Event) Event {
	out := Event{Kind: e.Kind, Topic: e.Topic, History: e.AllHistory, Names: []string{},
		By: v.name(e.InitiatorID, e.InitiatorName)}
	if e.AppID != "" || e.AppName != "" {
		out.By, out.ByApp = cmp.Or(e.AppName, v.apps[strings.ToLower(e.AppID)]), true
	}
	for _, m := range e.Members {
		out.Names = append(out.Names, v.name(m.UserID, m.Name))
		out.Me = out.Me || m.UserID == v.me.OID
	}
	return out
}

// sortKey orders the rows of a chat as chat.Compare does.
func sortKey(m chat.Message) string {
	return fmt.Sprintf("%015d.%20s", m.Created.UnixMilli(), m.ID)
}

// echoRow is a send that the server has not confirmed; it sorts after every
// server message, in the order of the ops.
func (v *view) echoRow(op chat.Op, graphHost string) MessageRow {
	row := MessageRow{
		Chat: string(op.Chat), ID: "echo:" + op.ID, Sort: "9" + op.ID, Time: stamp(op.Created), Me: true,
		From: PersonRef{ID: v.me.OID, Name: v.me.Name}, Importance: string(cmpOr(op.Send.Importance, chat.Normal)),
		Body:   v.body(op.Send.HTML, op.Send.Mentions, nil, string(op.Chat), "", graphHost),
		Quotes: []Quote{}, Files: []File{}, Reacts: []React{},
		State: string(op.State), Reason: op.Reason, Op: op.ID,
	}
	row.Plain = markup.Text(row.Body)
	return row
}
