package odata

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// The numbers of requests a batch may hold.
const (
	MaxBatchJSON      = 20
	MaxBatchMultipart = 1000
)

// BatchItem is one request of a batch. Path is below the client's base, escaped,
// and may have a query (see [Query]).
type BatchItem struct {
	ID     string // unique within the batch
	Method string // empty means GET
	Path   string
	Header map[string]string
	Body   any // encoded as JSON; nil for none
}

// BatchAnswer is the answer to one request of a batch.
type BatchAnswer struct {
	ID     string
	Status int // 0: the batch held no answer to this request
	Header http.Header
	Body   json.RawMessage
	// Err is an [*Error] for a status of 400 or more, and [ErrBadReply] with
	// [ErrAmbiguous] when there is no readable answer.
	Err error
}

// Decode reads the answer's body into a value, or returns Err.
func (a BatchAnswer) Decode(into any) error {
	if a.Err != nil {
		return a.Err
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		return fmt.Errorf("%w: %s", ErrBadReply, jsonFault(err))
	}
	return nil
}

// Query writes a query for a [BatchItem]'s Path, with a "?" in front.
func Query(q url.Values) string {
	if len(q) == 0 {
		return ""
	}
	return "?" + encode(q)
}

// BatchJSON sends at most 20 requests in Graph's JSON form and returns their
// answers in the order of the items. The batch is never repeated.
func (c *Client) BatchJSON(ctx context.Context, items []BatchItem, opts ...Option) ([]BatchAnswer, error) {
	if err := checkItems(items, MaxBatchJSON); err != nil || len(items) == 0 {
		return nil, err
	}
	type request struct {
		ID      string            `json:"id"`
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers,omitempty"`
		Body    any               `json:"body,omitempty"`
	}
	var body struct {
		Requests []request `json:"requests"`
	}
	for _, it := range items {
		if _, err := c.resolve(it.Path, nil); err != nil {
			return nil, fmt.Errorf("batch item %s: %w", it.ID, err)
		}
		h := c.itemHeader(it)
		flat := make(map[string]string, len(h))
		for k := range h {
			flat[k] = strings.Join(h.Values(k), ", ")
		}
		body.Requests = append(body.Requests, request{it.ID, it.method(), "/" + strings.TrimPrefix(it.Path, "/"), flat, it.Body})
	}
	var reply struct {
		Responses []struct {
			ID      text            `json:"id"`
			Status  int             `json:"status"`
			Headers map[string]text `json:"headers"`
			Body    json.RawMessage `json:"body"`
		} `json:"responses"`
	}
	if err := c.Send(ctx, http.MethodPost, "/$batch", body, &reply, opts...); err != nil {
		return nil, err
	}
	got := make(map[string]BatchAnswer, len(items))
	for _, r := range reply.Responses {
		h := http.Header{}
		for k, v := range r.Headers {
			h.Set(k, string(v))
		}
		got[string(r.ID)] = c.answer(string(r.ID), r.Status, h, r.Body)
	}
	return inOrder(items, got), nil
}

func (it BatchItem) method() string {
	if it.Method == "" {
		return http.MethodGet
	}
	return it.Method
}

// itemHeader is the client's header, completed by the item's.
func (c *Client) itemHeader(it BatchItem) http.Header {
	h := http.Header{}
	for name, values := range c.Header {
		h[http.CanonicalHeaderKey(name)] = append([]string(nil), values...)
	}
	h.Set("Accept", "application/json")
	if it.Body != nil {
		h.Set("Content-Type", "application/json")
	}
	for k, v := range it.Header {
		h.Set(k, v)
	}
	return h
}

// answer makes a BatchAnswer and lets the gate learn from a 429 inside a batch.
func (c *Client) answer(id string, status int, h http.Header, body json.RawMessage) BatchAnswer {
	a := BatchAnswer{ID: id, Status: status, Header: h, Body: body}
	switch {
	case status >= 400 && status < 600:
		e := newError(status, h, body)
		c.gate.learn(e)
		a.Err = e
	case status < 200 || status >= 300:
		a.Err = fmt.Errorf("%w: status %d: %w", ErrBadReply, status, ErrAmbiguous)
	}
	return a
}

// inOrder returns the answers in the order of the items; an item without an
// answer gets an error.
func inOrder(items []BatchItem, got map[string]BatchAnswer) []BatchAnswer {
	out := make([]BatchAnswer, len(items))
	for i, it := range items {
		a, ok := got[it.ID]
		if !ok {
			a = BatchAnswer{ID: it.ID, Err: fmt.Errorf("%w: not in the batch's answer: %w", ErrBadReply, ErrAmbiguous)}
		}
		out[i] = a
	}
	return out
}

func checkItems(items []BatchItem, most int) error {
	if len(items) > most {
		return fmt.Errorf("%w: %d requests in a batch, at most %d", ErrBadRequest, len(items), most)
	}
	seen := make(map[string]bool, len(items))
	for _, it := range items {
		if it.ID == "" || seen[it.ID] {
			return fmt.Errorf("%w: batch id %q is empty or used twice", ErrBadRequest, it.ID)
		}
		seen[it.ID] = true
	}
	return nil
}
