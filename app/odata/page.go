package odata

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
)

// Limits of an iteration over pages: pages at all, pages in a row that bring
// nothing new, and pages in a row that are empty.
const (
	maxPages   = 500
	maxStale   = 3
	maxNothing = 20
)

// Page is one page of a collection.
type Page[T any] struct {
	Value []T
	Next  string // link to the next page; empty on the last
	Delta string // link to later changes, when the service gives one
}

// rawPage is a page whose elements are not decoded yet.
type rawPage struct {
	Value []json.RawMessage `json:"value"`
	Next  string            `json:"@odata.nextLink"`
	Delta string            `json:"@odata.deltaLink"`
}

// GetPage reads one page. pathOrNext is a path below the client's base, or the
// Next or Delta of an earlier page, which must lead to the same origin and
// below the same base, else the error is [ErrForeignLink] and nothing was sent.
// An element that does not decode is skipped and reported through Observe.
func GetPage[T any](ctx context.Context, c *Client, pathOrNext string, q url.Values, opts ...Option) (Page[T], error) {
	raw, kind, err := c.getPage(ctx, pathOrNext, q, opts)
	if err != nil {
		return Page[T]{}, err
	}
	return Page[T]{decodeAll[T](c, kind, raw.Value), raw.Next, raw.Delta}, nil
}

func (c *Client) getPage(ctx context.Context, pathOrNext string, q url.Values, opts []Option) (rawPage, string, error) {
	var raw rawPage
	var k *call
	var err error
	if isLink(pathOrNext) {
		if err := c.checkLink(pathOrNext); err != nil {
			return raw, "", fmt.Errorf("read the next page: %w", err)
		}
		k, err = c.callTo(http.MethodGet, pathOrNext, nil, opts)
	} else {
		k, err = c.newCall(http.MethodGet, pathOrNext, q, nil, opts)
	}
	if err != nil {
		return raw, "", err
	}
	r, err := c.do(ctx, k)
	if err != nil {
		return raw, k.kind, err
	}
	if err := k.decode(r, &raw); err != nil {
		return raw, k.kind, err
	}
	if raw.Value == nil {
		return raw, k.kind, fmt.Errorf("GET %s (request %s): %w: no collection", k.kind, r.request, ErrBadReply)
	}
	return raw, k.kind, nil
}

// decodeAll decodes elements one by one, so that a bad one does not cost the others.
func decodeAll[T any](c *Client, kind string, raws []json.RawMessage) []T {
	out := make([]T, 0, len(raws))
	for i, raw := range raws {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			c.observe(Event{Method: http.MethodGet, Path: kind,
				Err: fmt.Errorf("%w: element %d: %s", ErrBadReply, i, jsonFault(err))})
			continue
		}
		out = append(out, v)
	}
	return out
}

// Pages iterates over the pages of a collection. It ends after an error, which
// is [ErrBadReply] for a server that does not come to an end: one that repeats
// a link, brings no new element in 3 pages, or has more than 500 pages.
func Pages[T any](ctx context.Context, c *Client, path string, q url.Values, opts ...Option) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var p progress
		for at := path; at != ""; {
			raw, kind, err := c.getPage(ctx, at, q, opts)
			if err == nil {
				err = p.step(raw)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(decodeAll[T](c, kind, raw.Value), nil) {
				return
			}
			at = raw.Next
		}
	}
}

// progress notices a server whose pages do not come to an end.
type progress struct {
	links, elements       map[[16]byte]bool
	pages, stale, nothing int
}

func (p *progress) step(page rawPage) error {
	if p.links == nil {
		p.links, p.elements = map[[16]byte]bool{}, map[[16]byte]bool{}
	}
	p.pages++
	fresh := false
	for _, e := range page.Value {
		fresh = note(p.elements, e) || fresh
	}
	switch {
	case fresh:
		p.stale, p.nothing = 0, 0
	case len(page.Value) == 0:
		p.nothing++
	default:
		p.stale++
	}
	if page.Next == "" {
		return nil
	}
	if !note(p.links, []byte(page.Next)) || p.pages >= maxPages || p.stale >= maxStale || p.nothing >= maxNothing {
		return fmt.Errorf("%w: paging does not come to an end", ErrBadReply)
	}
	return nil
}

// note adds a text to a set and reports whether it is new.
func note(set map[[16]byte]bool, text []byte) bool {
	sum := sha256.Sum256(text)
	key := [16]byte(sum[:16])
	if set[key] {
		return false
	}
	set[key] = true
	return true
}
