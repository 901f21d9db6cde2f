package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chatpane/app/odata"
)

// maxExpanded is how many members Graph returns of a chat inside another answer.
const maxExpanded = 25

// Chat is Graph's chat.
type Chat struct {
	ID                  string       `json:"id"`
	Topic               string       `json:"topic"` // empty for most one-on-one chats
	ChatType            string       `json:"chatType"`
	WebURL              string       `json:"webUrl"`
	TenantID            string       `json:"tenantId"`
	CreatedDateTime     Time         `json:"createdDateTime"`
	LastUpdatedDateTime Time         `json:"lastUpdatedDateTime"` // rename or membership, not messages
	Viewpoint           Viewpoint    `json:"viewpoint"`
	LastMessagePreview  *MessageInfo `json:"lastMessagePreview"` // nil when not asked for, or no message yet
	Members             []Member     `json:"members"`            // at most 25 here; see MembersCut
}

// UnmarshalJSON implements json.Unmarshaler; only a chat without an id is refused.
func (c *Chat) UnmarshalJSON(data []byte) error {
	type plain Chat
	if err := lenient(data, (*plain)(c)); err != nil {
		return err
	}
	if c.ID == "" {
		return errNameless
	}
	if c.LastMessagePreview != nil && c.LastMessagePreview.ID == "" {
		c.LastMessagePreview = nil
	}
	c.Members = without(c.Members, Member.nothing)
	return nil
}

// MembersCut reports whether the chat may have members that Graph left out.
func (c Chat) MembersCut() bool { return len(c.Members) >= maxExpanded }

// Viewpoint is what the user has seen of a chat.
type Viewpoint struct {
	IsHidden                bool `json:"isHidden"`
	LastMessageReadDateTime Time `json:"lastMessageReadDateTime"`
}

// MessageInfo is the preview of a chat's newest message. It has no etag: an
// edit or reaction does not show in it.
type MessageInfo struct {
	ID              string       `json:"id"`
	CreatedDateTime Time         `json:"createdDateTime"`
	IsDeleted       bool         `json:"isDeleted"`
	MessageType     string       `json:"messageType"`
	Body            Body         `json:"body"`
	From            *Identities  `json:"from"` // nil for system messages
	EventDetail     *EventDetail `json:"eventDetail"`
}

// Member is Graph's aadUserConversationMember.
type Member struct {
	ID          string   `json:"id"` // membership id, opaque
	UserID      string   `json:"userId"`
	DisplayName string   `json:"displayName"`
	Email       string   `json:"email"`
	TenantID    string   `json:"tenantId"`
	Roles       []string `json:"roles"` // "owner", "guest" or none
}

func (m Member) nothing() bool { return m.ID == "" && m.UserID == "" }

// Role reports whether the member has a role.
func (m Member) Role(name string) bool {
	for _, r := range m.Roles {
		if strings.EqualFold(r, name) {
			return true
		}
	}
	return false
}

// ChatPage is one page of the user's chats. A page may be short or empty and
// still have a next one.
type ChatPage struct {
	Chats []Chat
	Next  string // for the next ListChats; empty at the end
}

// ListChats reads a page of the user's chats with previews and members: the
// first for an empty next. They come newest message first where the service
// orders them; some clouds refuse to, which is remembered, so callers sort.
func (c *Client) ListChats(ctx context.Context, next string) (ChatPage, error) {
	opts := []odata.Option{odata.Bucket("chat-list"), preferKnown()}
	if next != "" {
		p, err := odata.GetPage[Chat](ctx, c.odata, next, nil, opts...)
		return chatPage(p, err)
	}
	q := url.Values{"$top": {"50"}, "$expand": {"lastMessagePreview,members"}}
	if !c.unordered.Load() {
		q.Set("$orderby", "lastMessagePreview/createdDateTime desc")
		p, err := odata.GetPage[Chat](ctx, c.odata, "/me/chats", q, opts...)
		if !errors.Is(err, odata.ErrBadRequest) {
			return chatPage(p, err)
		}
		q.Del("$orderby")
	}
	p, err := odata.GetPage[Chat](ctx, c.odata, "/me/chats", q, opts...)
	if err == nil {
		c.unordered.Store(true) // so it was the order that was refused
	}
	return chatPage(p, err)
}

func chatPage(p odata.Page[Chat], err error) (ChatPage, error) {
	if err != nil {
		return ChatPage{}, fmt.Errorf("list chats: %w", err)
	}
	return ChatPage{p.Value, p.Next}, nil
}

// GetChat reads one chat with up to 25 members. Of a chat the user is not in,
// the error is odata.ErrForbidden or odata.ErrNotFound.
func (c *Client) GetChat(ctx context.Context, id string) (Chat, error) {
	var out Chat
	err := c.odata.Get(ctx, chatPath(id), url.Values{"$expand": {"members"}}, &out, odata.Bucket("chat-list"), preferKnown())
	if err != nil {
		return Chat{}, fmt.Errorf("get chat: %w", err)
	}
	return out, nil
}

// ListMembers reads all members of a chat.
func (c *Client) ListMembers(ctx context.Context, chat string) ([]Member, error) {
	var out []Member
	for page, err := range odata.Pages[Member](ctx, c.odata, chatPath(chat, "/members"), nil, odata.Bucket("members:"+chat)) {
		if err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		out = append(out, without(page, Member.nothing)...)
	}
	return out, nil
}

// NewChat describes a chat to be made.
type NewChat struct {
	ChatType string // "group" or "oneOnOne"
	Topic    string // for groups only; may be empty
	Members  []NewMember
}

// NewMember is a member of a chat to be made; the caller must be one of them.
type NewMember struct {
	UserID string
	Guest  bool
}

// CreateChat makes a chat. For two people and "oneOnOne" Graph returns the chat
// they have; a group is always new, so a lost answer leaves its outcome open.
func (c *Client) CreateChat(ctx context.Context, n NewChat) (Chat, error) {
	type member struct {
		Type  string   `json:"@odata.type"`
		Roles []string `json:"roles"`
		User  string   `json:"user@odata.bind"`
	}
	body := struct {
		ChatType string   `json:"chatType"`
		Topic    string   `json:"topic,omitempty"`
		Members  []member `json:"members"`
	}{ChatType: n.ChatType, Topic: n.Topic}
	for _, m := range n.Members {
		role := "owner"
		if m.Guest {
			role = "guest"
		}
		body.Members = append(body.Members, member{"#microsoft.graph.aadUserConversationMember", []string{role},
			strings.TrimSuffix(c.odata.Base, "/") + "/users('" + strings.ReplaceAll(segment(m.UserID), "'", "''") + "')"})
	}
	var out Chat
	if err := c.odata.Send(ctx, http.MethodPost, "/chats", body, &out); err != nil {
		return Chat{}, fmt.Errorf("create chat: %w", err)
	}
	return out, nil
}

// MarkRead marks a chat as read for the user.
func (c *Client) MarkRead(ctx context.Context, chat, user, tenant string) error {
	body := map[string]any{"user": reader(user, tenant)}
	if err := c.odata.Send(ctx, http.MethodPost, chatPath(chat, "/markChatReadForUser"), body, nil); err != nil {
		return fmt.Errorf("mark chat read: %w", err)
	}
	return nil
}

// MarkUnread marks a chat as unread for the user, from the message after a
// time; the zero time leaves the choice to Graph.
func (c *Client) MarkUnread(ctx context.Context, chat, user, tenant string, from time.Time) error {
	body := map[string]any{"user": reader(user, tenant)}
	if !from.IsZero() {
		body["lastMessageReadDateTime"] = stamp(from)
	}
	if err := c.odata.Send(ctx, http.MethodPost, chatPath(chat, "/markChatUnreadForUser"), body, nil); err != nil {
		return fmt.Errorf("mark chat unread: %w", err)
	}
	return nil
}

func reader(user, tenant string) map[string]string {
	return map[string]string{"id": user, "tenantId": tenant}
}
