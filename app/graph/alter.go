package graph

import (
	"context"
	"fmt"
	"net/http"

	"chatpane/app/odata"
)

// GetMessage reads one message of a chat. Of one the service no longer has, or
// that the user may not see, the error is odata.ErrNotFound or odata.ErrForbidden.
func (c *Client) GetMessage(ctx context.Context, chat, message string) (Message, error) {
	var out Message
	if err := c.odata.Get(ctx, messagePath(chat, message), nil, &out, messageOptions(chat)...); err != nil {
		return Message{}, fmt.Errorf("read message: %w", err)
	}
	return out, nil
}

// Edit is what becomes of an own message. Attachments are those the message has:
// Graph takes the list as a whole, and the text refers to them.
type Edit struct {
	HTML        string // in Graph's dialect
	Mentions    []NewMention
	Attachments []Attachment
}

// EditMessage replaces the text of an own message (graph.md §1.11). The answer
// has no content; a repetition writes the same again.
func (c *Client) EditMessage(ctx context.Context, chat, message string, e Edit) error {
	body := map[string]any{"body": map[string]string{"contentType": "html", "content": e.HTML}, "mentions": mentionsOf(chat, e.Mentions)}
	if len(e.Attachments) > 0 {
		list := make([]map[string]any, 0, len(e.Attachments))
		for _, a := range e.Attachments {
			list = append(list, attachmentOf(a))
		}
		body["attachments"] = list
	}
	if err := c.alter(ctx, http.MethodPatch, messagePath(chat, message), body, chat); err != nil {
		return fmt.Errorf("edit message: %w", err)
	}
	return nil
}

func attachmentOf(a Attachment) map[string]any {
	out := map[string]any{"id": a.ID, "contentType": a.ContentType}
	for name, value := range map[string]string{"contentUrl": a.ContentURL, "content": a.Content, "name": a.Name} {
		if value != "" {
			out[name] = value
		}
	}
	return out
}

// DeleteMessage takes an own message out of sight; others see that there was
// one. Doing it twice changes nothing.
func (c *Client) DeleteMessage(ctx context.Context, chat, message string) error {
	if err := c.alter(ctx, http.MethodPost, messagePath(chat, message)+"/softDelete", nil, chat); err != nil {
		return fmt.Errorf("delete message: %w", err)
	}
	return nil
}

// RestoreMessage takes the deletion of an own message back.
func (c *Client) RestoreMessage(ctx context.Context, chat, message string) error {
	if err := c.alter(ctx, http.MethodPost, messagePath(chat, message)+"/undoSoftDelete", nil, chat); err != nil {
		return fmt.Errorf("restore message: %w", err)
	}
	return nil
}

// SetReaction adds the user's reaction, a Unicode character. Doing it twice
// changes nothing.
func (c *Client) SetReaction(ctx context.Context, chat, message, emoji string) error {
	return c.reaction(ctx, chat, message, "/setReaction", emoji)
}

// UnsetReaction takes the user's reaction away. Doing it twice changes nothing.
func (c *Client) UnsetReaction(ctx context.Context, chat, message, emoji string) error {
	return c.reaction(ctx, chat, message, "/unsetReaction", emoji)
}

func (c *Client) reaction(ctx context.Context, chat, message, action, emoji string) error {
	body := map[string]string{"reactionType": emoji}
	if err := c.alter(ctx, http.MethodPost, messagePath(chat, message)+action, body, chat); err != nil {
		return fmt.Errorf("change reaction: %w", err)
	}
	return nil
}

// RenameChat gives a group another name, which its members see as a system
// message, and returns the chat.
func (c *Client) RenameChat(ctx context.Context, chat, topic string) (Chat, error) {
	var out Chat
	if err := c.odata.Send(ctx, http.MethodPatch, chatPath(chat), map[string]string{"topic": topic}, &out, preferKnown()); err != nil {
		return Chat{}, fmt.Errorf("rename chat: %w", err)
	}
	return out, nil
}

// alter writes to a message; Graph counts it for the chat as it counts sends.
func (c *Client) alter(ctx context.Context, method, path string, body any, chat string) error {
	return c.odata.Send(ctx, method, path, body, nil, odata.Bucket("chat-send:"+chat))
}

func messagePath(chat, message string) string { return chatPath(chat, "/messages/", segment(message)) }
