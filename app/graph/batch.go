package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"chatpane/app/odata"
)

// ChatAnswer is one chat of [Client.GetChats], or why it could not be read.
type ChatAnswer struct {
	ID   string
	Chat Chat
	Err  error
}

// GetChats reads chats with their members, 20 in a request. Of a chat the user
// is not in, Err is odata.ErrForbidden or odata.ErrNotFound. When a whole
// request fails, the answers read so far come with the error.
func (c *Client) GetChats(ctx context.Context, ids []string) ([]ChatAnswer, error) {
	var out []ChatAnswer
	for part := range slices.Chunk(ids, odata.MaxBatchJSON) {
		answers, err := c.batch(ctx, part, "chat-list", func(id string) string {
			return chatPath(id) + odata.Query(url.Values{"$expand": {"members"}})
		})
		if err != nil {
			return out, fmt.Errorf("get chats: %w", err)
		}
		for i, a := range answers {
			got := ChatAnswer{ID: part[i]}
			got.Err = a.Decode(&got.Chat)
			out = append(out, got)
		}
	}
	return out, nil
}

// Since asks for the messages of a chat modified after a time; the zero time
// asks for its newest messages by creation, which leave no gap between them, or
// for those created before Before, when that is set.
type Since struct {
	Chat   string
	Since  time.Time
	Before time.Time
}

// MessagesAnswer is the first page of what was asked for.
type MessagesAnswer struct {
	Chat     string
	Messages []Message
	More     bool // there is more than this page
	Err      error
}

// LatestBatch reads the first page of messages of several chats, 20 in a
// request. When a whole request fails, the answers read so far come with the error.
func (c *Client) LatestBatch(ctx context.Context, chats []Since) ([]MessagesAnswer, error) {
	var out []MessagesAnswer
	for part := range slices.Chunk(chats, odata.MaxBatchJSON) {
		ids := make([]string, len(part))
		query := make(map[string]string, len(part))
		for i, s := range part {
			ids[i], query[s.Chat] = s.Chat, odata.Query(firstQuery(s))
		}
		answers, err := c.batch(ctx, ids, "chat-messages:", func(id string) string {
			return chatPath(id, "/messages") + query[id]
		})
		if err != nil {
			return out, fmt.Errorf("read messages of chats: %w", err)
		}
		for i, a := range answers {
			out = append(out, c.messagesAnswer(part[i], a))
		}
	}
	return out, nil
}

func (c *Client) messagesAnswer(s Since, a odata.BatchAnswer) MessagesAnswer {
	out := MessagesAnswer{Chat: s.Chat}
	var page struct {
		Value []json.RawMessage `json:"value"`
		Next  string            `json:"@odata.nextLink"`
	}
	if out.Err = a.Decode(&page); out.Err != nil {
		return out
	}
	var all []Message
	for i, raw := range page.Value {
		var m Message
		if err := json.Unmarshal(raw, &m); err != nil {
			c.skipped(i)
			continue
		}
		all = append(all, m)
	}
	if out.Messages, out.More = all, page.Next != ""; s.Since.IsZero() {
		return out
	}
	var ended bool
	out.Messages, ended = newer(all, s.Since)
	out.More = page.Next != "" && !ended
	return out
}

// firstQuery asks for a page by creation, or by modification after a time.
func firstQuery(s Since) url.Values {
	if !s.Since.IsZero() {
		return sinceQuery(s.Since)
	}
	q := url.Values{"$top": {strconv.Itoa(pageSize)}, "$orderby": {"createdDateTime desc"}}
	if !s.Before.IsZero() {
		q.Set("$filter", "createdDateTime lt "+stamp(s.Before))
	}
	return q
}

// MessageAnswer is one message of [Client.GetMessages], or why it could not be read.
type MessageAnswer struct {
	Message Message
	Err     error
}

// GetMessages reads single messages, 20 in a request, each named by its chat and
// id. Of one that the service no longer has, Err is odata.ErrNotFound. When a
// whole request fails, the answers read so far come with the error.
func (c *Client) GetMessages(ctx context.Context, chats, messages []string) ([]MessageAnswer, error) {
	var out []MessageAnswer
	for len(out) < len(chats) {
		from, to := len(out), min(len(out)+odata.MaxBatchJSON, len(chats))
		n := from - 1
		answers, err := c.batch(ctx, chats[from:to], "chat-messages:", func(chat string) string {
			n++
			return messagePath(chat, messages[n])
		})
		if err != nil {
			return out, fmt.Errorf("read messages: %w", err)
		}
		for _, a := range answers {
			var got MessageAnswer
			got.Err = a.Decode(&got.Message)
			out = append(out, got)
		}
	}
	return out, nil
}

// skipped reports an element that was left out, as odata does for its own pages.
func (c *Client) skipped(i int) {
	if c.odata.Observe != nil {
		c.odata.Observe(odata.Event{Method: "GET", Path: "/chats/{}/messages", Err: fmt.Errorf("%w: element %d", odata.ErrBadReply, i)})
	}
}

// batch reads one path for each id. It waits for each chat's own bucket first,
// since a batch does not get around Graph's limit for a chat. A bucket ending
// in ":" is completed by the id.
func (c *Client) batch(ctx context.Context, ids []string, bucket string, path func(id string) string) ([]odata.BatchAnswer, error) {
	items := make([]odata.BatchItem, len(ids))
	for i, id := range ids {
		name := bucket
		if name[len(name)-1] == ':' {
			name += id
		}
		if c.odata.Limit != nil {
			if err := c.odata.Limit.Wait(ctx, name); err != nil {
				return nil, fmt.Errorf("wait for the request budget: %w", err)
			}
		}
		items[i] = odata.BatchItem{ID: strconv.Itoa(i + 1), Path: path(id), Header: map[string]string{"Prefer": known}}
	}
	return c.odata.BatchJSON(ctx, items, odata.Bucket("batch"))
}
