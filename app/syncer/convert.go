package syncer

import (
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/markup"
)

// previewMost is how much text a list row keeps of a message.
const previewMost = 280

// convertChat turns Graph's chat into ours. Members that Graph did not send
// stay nil, so that the stored ones are kept.
func (s *Syncer) convertChat(g graph.Chat) chat.Chat {
	c := chat.Chat{
		ID: chat.ID(g.ID), Kind: chat.Kind(g.ChatType), Topic: g.Topic, WebURL: g.WebURL, TenantID: g.TenantID,
		Created: g.CreatedDateTime.UTC(), Hidden: g.Viewpoint.IsHidden, LastRead: g.Viewpoint.LastMessageReadDateTime.UTC(),
		MembersComplete: len(g.Members) > 0 && !g.MembersCut(),
	}
	if c.LastRead.Year() <= 1 {
		c.LastRead = time.Time{} // Graph's 0001-01-01: never opened
	}
	c.Members = ConvertMembers(g.Members)
	if g.LastMessagePreview != nil {
		c.Preview = s.convertPreview(*g.LastMessagePreview)
	}
	return c
}

// ConvertMembers turns Graph's members into ours; none stay nil.
func ConvertMembers(list []graph.Member) []chat.Member {
	var out []chat.Member
	for _, m := range list {
		out = append(out, chat.Member{
			ID: m.ID, UserID: m.UserID, Name: m.DisplayName, Email: m.Email, TenantID: m.TenantID,
			Guest: m.Role("guest"), Owner: m.Role("owner"),
		})
	}
	return out
}

func (s *Syncer) convertPreview(p graph.MessageInfo) chat.Preview {
	out := chat.Preview{MessageID: p.ID, Created: p.CreatedDateTime.UTC(), Deleted: p.IsDeleted, Importance: chat.Normal}
	if p.EventDetail != nil || p.MessageType == "systemEventMessage" {
		out.System = true
		e := convertEvent(p.EventDetail)
		out.Event = &e
		return out
	}
	from := sender(p.From)
	out.FromID, out.FromName = from.UserID, from.Name
	if !out.Deleted {
		out.Text = markup.Line(bodyHTML(p.Body), previewMost)
	}
	return out
}

// bodyHTML returns a body as HTML; plain text is escaped.
func bodyHTML(b graph.Body) string {
	if strings.EqualFold(b.ContentType, "text") {
		return markup.Escape(b.Content)
	}
	return b.Content
}

func (s *Syncer) convertMessages(id string, list []graph.Message) []chat.Message {
	out := make([]chat.Message, 0, len(list))
	for _, g := range list {
		out = append(out, s.convertMessage(id, g))
	}
	return out
}

func (s *Syncer) convertMessage(id string, g graph.Message) chat.Message {
	m := chat.Message{
		Chat: chat.ID(id), ID: g.ID, ETag: g.ETag, Created: g.CreatedDateTime.UTC(), Modified: g.LastModifiedDateTime.UTC(),
		Edited: utc(g.LastEditedDateTime), Deleted: utc(g.DeletedDateTime), From: sender(g.From),
		Body: bodyHTML(g.Body), Importance: importance(g.Importance), Blocked: g.Blocked(),
	}
	if g.System() {
		e := convertEvent(g.EventDetail)
		m.Event, m.Body = &e, ""
		return m
	}
	if m.From.UserID == s.o.Me {
		m.Marker = markup.Marker(m.Body)
	}
	for _, x := range g.Mentions {
		m.Mentions = append(m.Mentions, chat.Mention{ID: x.ID, Text: x.MentionText, UserID: x.Mentioned.User.ID,
			Everyone: x.Mentioned.Conversation.ID != ""})
	}
	for _, a := range g.Attachments {
		m.Attachments = append(m.Attachments, chat.Attachment{ID: a.ID, ContentType: a.ContentType, ContentURL: a.ContentURL,
			Content: a.Content, Name: a.Name})
	}
	for _, r := range g.Reactions {
		who := sender(&r.User)
		m.Reactions = append(m.Reactions, chat.Reaction{Emoji: emoji(r.ReactionType), UserID: who.UserID, Name: who.Name, At: r.CreatedDateTime.UTC()})
	}
	return m
}

func utc(t graph.Time) time.Time {
	if t.IsZero() || t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}

func importance(s string) chat.Importance {
	switch i := chat.Importance(s); i {
	case chat.High, chat.Urgent:
		return i
	}
	return chat.Normal
}

// sender reads who wrote something; the zero Sender when nobody is named.
func sender(from *graph.Identities) chat.Sender {
	switch {
	case from == nil:
		return chat.Sender{}
	case from.User != nil:
		return chat.Sender{UserID: from.User.ID, Name: from.User.DisplayName, Guest: isOutside(from.User.UserIdentityType)}
	case from.Application != nil:
		return chat.Sender{AppID: from.Application.ID, Name: from.Application.DisplayName}
	}
	return chat.Sender{}
}

// isOutside tells the identity types of people outside the tenant's ordinary
// accounts (graph.md §1.8).
func isOutside(kind string) bool {
	switch kind {
	case "", "aadUser", "onPremiseAadUser":
		return false
	}
	return true
}

// oldReactions are the names that older data uses instead of the character.
var oldReactions = map[string]string{"like": "👍", "heart": "❤️", "laugh": "😆", "surprised": "😮", "sad": "😢", "angry": "😡"}

func emoji(reaction string) string {
	if e, ok := oldReactions[reaction]; ok {
		return e
	}
	return reaction
}

func convertEvent(g *graph.EventDetail) chat.Event {
	if g == nil {
		return chat.Event{Kind: "other"}
	}
	e := chat.Event{Kind: g.Kind(), Topic: g.ChatDisplayName}
	who := sender(&g.Initiator)
	e.InitiatorID, e.AppID = who.UserID, who.AppID
	if who.AppID != "" {
		e.AppName = who.Name
	} else {
		e.InitiatorName = who.Name
	}
	for _, m := range g.Members {
		e.Members = append(e.Members, chat.Sender{UserID: m.ID, Name: m.DisplayName, Guest: isOutside(m.UserIdentityType)})
	}
	if t := g.VisibleHistoryStartDateTime; t != nil && t.Year() <= 1 {
		e.AllHistory = true
	}
	return e
}

// ConvertConfigs turns the chat settings of record types into ours.
func (s *Syncer) ConvertConfigs(rows []dataverse.LinkConfig) []chat.LinkConfig {
	out := make([]chat.LinkConfig, 0, len(rows))
	for _, r := range rows {
		out = append(out, chat.LinkConfig{Env: s.o.Env, Table: r.Table, AutoName: r.AutoName, Join: r.Join,
			OwnerUnlink: r.OwnerUnlink, ConnectorUnlink: r.ConnectorUnlink, Note: r.Note, NoteView: r.NoteView})
	}
	return out
}

// ConvertRecord turns a Dataverse row into our record. Rights, and when it was
// opened, are not in the row.
func (s *Syncer) ConvertRecord(r dataverse.Row) chat.Record {
	return chat.Record{
		Ref:  chat.RecordRef{Env: s.o.Env, Table: r.Table, ID: r.ID},
		Name: r.Name, Number: r.Number, Owner: chat.Principal{ID: r.OwnerID, Team: r.OwnerTeam, Name: r.OwnerName},
		State: r.State, StatusText: r.StatusText, Customer: r.Customer, Priority: r.Priority,
		Deadline: r.Deadline, Modified: r.Modified,
	}
}

// Preview makes a list row's line out of a stored message, for the store: it
// knows more than the preview Graph sends with a chat.
func Preview(me string) func(chat.Message) chat.Preview {
	return func(m chat.Message) chat.Preview {
		p := chat.Preview{MessageID: m.ID, Created: m.Created, FromID: m.From.UserID, FromName: m.From.Name,
			Deleted: !m.Deleted.IsZero(), System: m.System(), Event: m.Event, Importance: m.Importance}
		if !p.System && !p.Deleted && !m.Blocked {
			p.Text = markup.Line(m.Body, previewMost)
		}
		for _, x := range m.Mentions {
			p.MentionsMe = p.MentionsMe || x.Everyone || x.UserID == me
		}
		return p
	}
}
