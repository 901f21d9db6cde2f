package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
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

// GetChats reads chats with their members, in as few requests as Graph's limits
// allow. Of a chat the user is not in, Err is odata.ErrForbidden or
// odata.ErrNotFound. When a whole request fails, the answers read so far come
// with the error.
func (c *Client) GetChats(ctx context.Context, ids []string) ([]ChatAnswer, error) {
	parts := make([]part, len(ids))
	for i, id := range ids {
		parts[i] = part{"chat-list", chatPath(id) + odata.Query(url.Values{"$expand": {"members"}})}
	}
	answers, err := c.batch(ctx, parts)
	if err != nil {
		err = fmt.Errorf("get chats: %w", err)
	}
	var out []ChatAnswer
	for i, a := range answers {
		got := ChatAnswer{ID: ids[i]}
		got.Err = a.Decode(&got.Chat)
		out = append(out, got)
	}
	return out, err
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

// LatestBatch reads the first page of messages of several chats, up to 20 in a
// request. When a whole request fails, the answers read so far come with the error.
func (c *Client) LatestBatch(ctx context.Context, chats []Since) ([]MessagesAnswer, error) {
	parts := make([]part, len(chats))
	for i, s := range chats {
		parts[i] = part{"chat-messages:" + s.Chat, chatPath(s.Chat, "/messages") + odata.Query(firstQuery(s))}
	}
	answers, err := c.batch(ctx, parts)
	if err != nil {
		err = fmt.Errorf("read messages of chats: %w", err)
	}
	var out []MessagesAnswer
	for i, a := range answers {
		out = append(out, c.messagesAnswer(chats[i], a))
	}
	return out, err
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

// GetMessages reads single messages, each named by its chat and id, up to 20 of
// as many chats in a request. Of one that the service no longer has, Err is
// odata.ErrNotFound. When a whole request fails, the answers read so far come
// with the error.
func (c *Client) GetMessages(ctx context.Context, chats, messages []string) ([]MessageAnswer, error) {
	parts := make([]part, len(chats))
	for i, id := range chats {
		parts[i] = part{"chat-messages:" + id, messagePath(id, messages[i])}
	}
	answers, err := c.batch(ctx, parts)
	if err != nil {
		err = fmt.Errorf("read messages: %w", err)
	}
	var out []MessageAnswer
	for _, a := range answers {
		var got MessageAnswer
		got.Err = a.Decode(&got.Message)
		out = append(out, got)
	}
	return out, err
}

// skipped reports an element that was left out, as odata does for its own pages.
func (c *Client) skipped(i int) {
	if c.odata.Observe != nil {
		c.odata.Observe(odata.Event{Method: "GET", Path: "/chats/{}/messages", Err: fmt.Errorf("%w: element %d", odata.ErrBadReply, i)})
	}
}

// part is one read of a batch and the limiter's bucket it counts in.
type part struct{ bucket, path string }

// batch makes the reads, up to 20 in a request. Graph limits them one by one, at
// the moment they arrive together, so that the limiter tells how many of them a
// request may hold: never two of the messages of one chat. The answers are those
// of the first parts; when a whole request fails, those so far come with the error.
func (c *Client) batch(ctx context.Context, parts []part) ([]odata.BatchAnswer, error) {
	var out []odata.BatchAnswer
	for len(out) < len(parts) {
		now := parts[len(out):min(len(out)+odata.MaxBatchJSON, len(parts))]
		buckets := make([]string, len(now))
		for i, p := range now {
			buckets[i] = p.bucket
		}
		n, err := c.odata.Admit(ctx, "batch", buckets)
		if err != nil {
			return out, fmt.Errorf("wait for the request budget: %w", err)
		}
		items := make([]odata.BatchItem, n)
		for i, p := range now[:n] {
			items[i] = odata.BatchItem{ID: strconv.Itoa(i + 1), Path: p.path, Header: map[string]string{"Prefer": known}}
		}
		answers, err := c.odata.BatchJSON(ctx, items, odata.Bucket("batch"), odata.Admitted())
		if err != nil {
			return out, err
		}
		out = append(out, answers...)
	}
	return out, nil
}
