package session

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/rivo/uniseg"

	"chatpane/app/chat"
	"chatpane/app/markup"
)

// echoID marks the row id of a send that the server does not have yet.
const echoID = "echo:"

// emojiMost is how many bytes a reaction may have: one grapheme, with joiners.
const emojiMost = 64

// Edit is the new text of an own message.
type Edit struct {
	Chat string `json:"chat"`
	// Message is the row's id; that of an echo amends the message before it is sent.
	Message  string      `json:"message"`
	HTML     string      `json:"html"` // Graph's dialect, from the serialiser
	Mentions []Mentioned `json:"mentions"`
}

// Act is something the user did to a message or chat that the server does not
// have yet, or has refused; the row shows it as done meanwhile.
type Act struct {
	Op    string `json:"op"`    // for Retry and Discard
	Kind  string `json:"kind"`  // "edit", "delete", "restore", "react", "unreact", "rename"
	State string `json:"state"` // as MessageRow.State
	// Reason is a problem code while parked, and of the last attempt else.
	Reason string `json:"reason"`
}

// EditMessage changes the text of an own message, here at once and on the server
// when it can be told. It returns the op.
func (s *Session) EditMessage(_ context.Context, e Edit) (string, error) {
	if strings.TrimSpace(markup.Line(e.HTML, 10)) == "" {
		return "", &Problem{Code: "emptyMessage"}
	}
	if err := markup.CheckOutgoing(e.HTML); err != nil {
		return "", fmt.Errorf("edit a message of %s: %w", e.Chat, err)
	}
	mentions := mentionsOf(e.Mentions)
	if op, queued := strings.CutPrefix(e.Message, echoID); queued {
		if err := s.outbox.Amend(op, e.HTML, mentions); err != nil {
			return "", fmt.Errorf("edit a message of %s: %w", e.Chat, err)
		}
		return op, nil
	}
	m, err := s.mine(chat.ID(e.Chat), e.Message)
	if err != nil {
		return "", err
	}
	return s.alter(chat.OpEdit, m.Chat, &chat.MessageArgs{ID: m.ID, HTML: e.HTML, Mentions: mentions}, nil)
}

func mentionsOf(list []Mentioned) []chat.Mention {
	var out []chat.Mention
	for _, m := range list {
		out = append(out, chat.Mention{ID: int(m.ID), Text: m.Text, UserID: m.User, Everyone: m.Everyone})
	}
	return out
}

// DeleteMessage takes an own message out of sight; one that was not sent yet is
// not sent. It returns the op.
func (s *Session) DeleteMessage(id chat.ID, message string) (string, error) {
	if op, queued := strings.CutPrefix(message, echoID); queued {
		return op, s.Discard(op)
	}
	m, err := s.mine(id, message)
	if err != nil {
		return "", err
	}
	return s.alterMessage(chat.OpDelete, m, "")
}

// RestoreMessage takes a deletion back. It returns the op.
func (s *Session) RestoreMessage(id chat.ID, message string) (string, error) {
	m, ok := s.messageAt(id, message)
	if !ok {
		return "", &Problem{Code: "notFound"}
	}
	if m.From.UserID != s.me.OID {
		return "", &Problem{Code: "notYours"}
	}
	return s.alterMessage(chat.OpRestore, m, "")
}

// React adds the user's reaction to a message. It returns the op.
func (s *Session) React(id chat.ID, message, emoji string) (string, error) {
	return s.react(chat.OpReact, id, message, emoji)
}

// Unreact takes the user's reaction away. It returns the op.
func (s *Session) Unreact(id chat.ID, message, emoji string) (string, error) {
	return s.react(chat.OpUnreact, id, message, emoji)
}

func (s *Session) react(kind chat.OpKind, id chat.ID, message, emoji string) (string, error) {
	m, ok := s.messageAt(id, message)
	switch {
	case !ok || m.System() || !m.Deleted.IsZero():
		return "", &Problem{Code: "notFound"}
	case len(emoji) > emojiMost || uniseg.GraphemeClusterCount(emoji) != 1:
		return "", &Problem{Code: "notEmoji"}
	}
	return s.alterMessage(kind, m, emoji)
}

// alterMessage brings a message into a state. When the server has it so, what
// was to alter that and has not begun is taken back; its op is returned.
func (s *Session) alterMessage(kind chat.OpKind, m chat.Message, emoji string) (string, error) {
	args := &chat.MessageArgs{ID: m.ID, Emoji: emoji}
	if op := (chat.Op{Kind: kind, Chat: m.Chat, On: args}); asWanted(op, m, s.me.OID) {
		id, taken, err := s.outbox.TakeBack(op)
		if err != nil {
			return "", fmt.Errorf("take back what was to become of a message of %s: %w", m.Chat, err)
		}
		if taken {
			return id, nil
		}
	}
	return s.alter(kind, m.Chat, args, nil)
}

// RenameChat gives a group another name. It returns the op.
func (s *Session) RenameChat(id chat.ID, topic string) (string, error) {
	topic = strings.TrimSpace(topic)
	c, ok, err := s.store.Chat(id)
	switch {
	case err != nil:
		return "", fmt.Errorf("rename %s: %w", id, err)
	case !ok:
		return "", &Problem{Code: "notMember"}
	case c.Kind != chat.Group:
		return "", &Problem{Code: "notGroup"}
	case topic == "":
		return "", &Problem{Code: "topicEmpty"}
	case len(utf16.Encode([]rune(topic))) > topicMost:
		return "", &Problem{Code: "topicLong"}
	case strings.ContainsAny(topic, topicForbidden):
		return "", &Problem{Code: "topicCharacters"}
	}
	return s.alter(chat.OpRename, id, nil, &chat.RenameArgs{Topic: topic})
}

// MarkUnreadFrom marks a chat unread from one of its messages on.
func (s *Session) MarkUnreadFrom(id chat.ID, message string) error {
	m, ok := s.messageAt(id, message)
	if !ok {
		return &Problem{Code: "notFound"}
	}
	return s.mark(id, chat.ReadArgs{Until: m.Created.Add(-time.Millisecond), Unread: true})
}

// mine finds an own message that can be altered.
func (s *Session) mine(id chat.ID, message string) (chat.Message, error) {
	m, ok := s.messageAt(id, message)
	switch {
	case !ok || m.System() || !m.Deleted.IsZero():
		return m, &Problem{Code: "notFound"}
	case m.From.UserID != s.me.OID:
		return m, &Problem{Code: "notYours"}
	}
	return m, nil
}

func (s *Session) alter(kind chat.OpKind, id chat.ID, on *chat.MessageArgs, rename *chat.RenameArgs) (string, error) {
	op, err := s.outbox.Enqueue(chat.Op{Kind: kind, Chat: id, On: on, Rename: rename})
	if err != nil {
		return "", fmt.Errorf("keep %s in %s: %w", kind, id, err)
	}
	s.outbox.Nudge()
	return op.ID, nil
}

// acted is a message with what the user did to it since, and what of that the
// server does not have yet. What it refused is shown as not done, but a text:
// the user wrote it and must not lose it.
func (v *view) acted(m chat.Message) (chat.Message, []Act) {
	var acts []Act
	gone := m.Deleted
	for _, op := range v.ops {
		if op.Chat != m.Chat || op.On == nil || op.On.ID != m.ID {
			continue
		}
		acts = append(acts, actOf(op))
		parked := op.State == chat.Parked
		switch op.Kind {
		case chat.OpEdit:
			m.Body, m.Mentions, m.Edited = op.On.HTML, op.On.Mentions, op.Created
		case chat.OpDelete:
			if !parked {
				m.Deleted = op.Created
			}
		case chat.OpReact, chat.OpUnreact:
			if !parked {
				m.Reactions = v.reacted(m.Reactions, op)
			}
		case chat.OpRestore: // of what is gone already the text is at the server only
			m.Deleted = gone
		default:
		}
	}
	return m, acts
}

func actOf(op chat.Op) Act {
	return Act{Op: op.ID, Kind: string(op.Kind), State: string(op.State), Reason: op.Reason}
}

// reacted returns the reactions with mine added or taken away.
func (v *view) reacted(list []chat.Reaction, op chat.Op) []chat.Reaction {
	var out []chat.Reaction
	for _, r := range list {
		if r.UserID != v.me.OID || r.Emoji != op.On.Emoji {
			out = append(out, r)
		}
	}
	if op.Kind == chat.OpReact {
		out = append(out, chat.Reaction{Emoji: op.On.Emoji, UserID: v.me.OID, Name: v.me.Name, At: op.Created})
	}
	return out
}

// renamed is a chat with the name, and the last line, that the user gave it.
func (v *view) renamed(c chat.Chat) (chat.Chat, []Act) {
	var acts []Act
	was := c.Preview // but for a deletion
	for _, op := range v.ops {
		if op.Chat != c.ID {
			continue
		}
		switch {
		case op.Kind == chat.OpRename:
			acts = append(acts, actOf(op))
			if op.State != chat.Parked {
				c.Topic = op.Rename.Topic
			}
		case op.On == nil || op.On.ID != c.Preview.MessageID:
		case op.Kind == chat.OpEdit:
			was.Text = markup.Line(op.On.HTML, 280)
			c.Preview = was
		case op.Kind == chat.OpDelete && op.State != chat.Parked:
			c.Preview.Deleted, c.Preview.Text = true, ""
		case op.Kind == chat.OpRestore:
			c.Preview = was
		}
	}
	return c, acts
}
