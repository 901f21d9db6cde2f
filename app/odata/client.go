// Package odata speaks OData over package wire, the way Microsoft Graph and
// Dataverse do: JSON, paging, both forms of $batch, errors, throttling, retry.
//
// It promises that an error tells what it means for the caller (see [Error] and
// the errors beside it), above all whether a request certainly never left
// ([ErrUnsent]) or may have been carried out ([ErrAmbiguous]); that only reads
// are ever repeated; that a link to another origin or above the client's base
// is refused before a token is asked for; that after a 429 nothing leaves
// before the time the server named; and that one element that cannot be read
// does not cost the rest of its page.
package odata

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chatpane/app/wire"
)

// Client calls one OData service. Its fields are set before its first use; then
// it may be used concurrently. It must not be copied after that.
type Client struct {
	// Base is the service root without a slash at the end, for instance
	// "https://graph.microsoft.com/v1.0".
	Base string
	// HTTP is a client of package wire, bound to the origin of Base.
	HTTP *http.Client
	// Header is sent with every request, and with every request of a batch.
	Header http.Header
	// Limit is waited for before each request; nil means no limit.
	Limit Limiter
	Log   *slog.Logger
	// Observe is told of every request and of every skipped element; it may be
	// nil, may be called concurrently, and must not block.
	Observe func(Event)

	gate gate
}

// Limiter spaces requests. Wait returns when a request of the bucket may leave,
// or with an error when ctx ends first. WaitTogether does so for a $batch of the
// bucket whose parts are of other buckets: it returns how many of the parts, from
// the first, may leave with it, at least one of any.
type Limiter interface {
	Wait(ctx context.Context, bucket string) error
	WaitTogether(ctx context.Context, bucket string, parts []string) (n int, err error)
}

// Event is one request, or one element that was skipped (Status is then 0 and
// Err an [ErrBadReply]).
type Event struct {
	Bucket  string
	Method  string
	Path    string // the path below Base with ids replaced by {}
	Status  int    // 0: no answer
	Request string // the id under which the server logged the request
	Took    time.Duration
	Err     error
}

// Option changes one call.
type Option func(*call)

// WithHeader sets a request header.
func WithHeader(key, value string) Option {
	return func(c *call) { c.header.Set(key, value) }
}

// Bucket names the limiter's bucket of the call; the default is "other".
func Bucket(name string) Option {
	return func(c *call) { c.bucket = name }
}

// Admitted tells that [Client.Admit] has let the call leave.
func Admitted() Option {
	return func(c *call) { c.admitted = true }
}

// IfMatch makes a write conditional on an ETag, or on existence with "*".
func IfMatch(etag string) Option { return WithHeader("If-Match", etag) }

// IfNoneMatch makes a write conditional on absence with "*".
func IfNoneMatch(etag string) Option { return WithHeader("If-None-Match", etag) }

// ReadHeader stores the headers of a successful answer in h.
func ReadHeader(h *http.Header) Option {
	return func(c *call) { c.answer = h }
}

// call is one request on its way.
type call struct {
	method, url, kind string
	bucket            string
	admitted          bool // the gate and the limiter were waited for
	header            http.Header
	body              []byte
	accept            string
	max               int64
	answer            *http.Header
}

// reply is a complete answer of the 2xx kind.
type reply struct {
	status  int
	header  http.Header
	request string
	data    []byte
}

// Get reads path with query q into a value. An answer without content is an
// [ErrBadReply].
func (c *Client) Get(ctx context.Context, path string, q url.Values, into any, opts ...Option) error {
	k, err := c.newCall(http.MethodGet, path, q, nil, opts)
	if err != nil {
		return err
	}
	r, err := c.do(ctx, k)
	if err != nil {
		return err
	}
	return k.decode(r, into)
}

// Send writes body, encoded as JSON unless it is nil, and reads the answer into
// a value. into may be nil; it stays as it is when the answer has no content
// (204). Send never repeats a request.
func (c *Client) Send(ctx context.Context, method, path string, body, into any, opts ...Option) error {
	k, err := c.newCall(method, path, nil, body, opts)
	if err != nil {
		return err
	}
	r, err := c.do(ctx, k)
	if err != nil || into == nil || r.status == http.StatusNoContent {
		return err
	}
	return k.decode(r, into)
}

// Bytes reads a file of at most max bytes with its content type.
func (c *Client) Bytes(ctx context.Context, path string, max int64, opts ...Option) (data []byte, contentType string, err error) {
	k, err := c.newCall(http.MethodGet, path, nil, nil, opts)
	if err != nil {
		return nil, "", err
	}
	k.accept, k.max = "*/*", max
	r, err := c.do(ctx, k)
	if err != nil {
		return nil, "", err
	}
	return r.data, r.header.Get("Content-Type"), nil
}

// newCall builds the address, body and headers of a call.
func (c *Client) newCall(method, path string, q url.Values, body any, opts []Option) (*call, error) {
	u, err := c.resolve(path, q)
	if err != nil {
		return nil, err
	}
	return c.callTo(method, u, body, opts)
}

func (c *Client) callTo(method, address string, body any, opts []Option) (*call, error) {
	k := &call{method: method, url: address, kind: c.pathKind(address), bucket: "other",
		header: http.Header{}, accept: "application/json"}
	for name, values := range c.Header {
		k.header[http.CanonicalHeaderKey(name)] = append([]string(nil), values...)
	}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode the body of %s %s: %w", method, k.kind, err)
		}
		k.body = data
		k.header.Set("Content-Type", "application/json")
	}
	for _, o := range opts {
		o(k)
	}
	return k, nil
}

// attempt sends the call once. It returns a complete answer of the 2xx kind, or
// a classified error.
func (c *Client) attempt(ctx context.Context, k *call) (*reply, error) {
	if !k.admitted {
		if err := c.admit(ctx, k.bucket); err != nil {
			return nil, fmt.Errorf("%s %s: %w", k.method, k.kind, err)
		}
	}
	k.admitted = false // not for a repetition
	start := time.Now()
	e := Event{Bucket: k.bucket, Method: k.method, Path: k.kind}
	r, err := c.exchange(ctx, k, &e)
	e.Took, e.Err = time.Since(start), err
	c.observe(e)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", k.method, k.kind, err)
	}
	return r, nil
}

func (c *Client) exchange(ctx context.Context, k *call, e *Event) (*reply, error) {
	if k.max > 0 {
		ctx = wire.WithMaxBody(ctx, k.max)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, k.url, k.reader())
	if err != nil {
		return nil, fmt.Errorf("%w: address or method", ErrBadRequest)
	}
	for name, values := range k.header {
		req.Header[name] = values
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", k.accept)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, sendError(err)
	}
	defer resp.Body.Close()
	e.Status, e.Request = resp.StatusCode, requestID(resp.Header)
	data, err := io.ReadAll(resp.Body)
	if resp.StatusCode >= 400 {
		// What an error's body cannot tell, its status still does.
		answer := newError(resp.StatusCode, resp.Header, data)
		c.gate.learn(answer)
		return nil, answer
	}
	if err != nil {
		return nil, readError(err)
	}
	c.gate.succeeded()
	if k.answer != nil {
		*k.answer = resp.Header
	}
	return &reply{resp.StatusCode, resp.Header, e.Request, data}, nil
}

func (k *call) reader() io.Reader {
	if k.body == nil {
		return nil
	}
	return bytes.NewReader(k.body)
}

// decode reads a JSON answer. What cannot be read leaves the outcome of a write open.
func (k *call) decode(r *reply, into any) error {
	err := decodeJSON(r.header, r.data, into)
	if err == nil {
		return nil
	}
	if k.method != http.MethodGet {
		err = fmt.Errorf("%w, so its outcome is open: %w", err, ErrAmbiguous)
	}
	return fmt.Errorf("%s %s (request %s): %w", k.method, k.kind, r.request, err)
}

func decodeJSON(h http.Header, data []byte, into any) error {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
		return fmt.Errorf("%w: not JSON", ErrBadReply)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %s", ErrBadReply, jsonFault(err))
	}
	return nil
}

func (c *Client) observe(e Event) {
	if c.Observe != nil {
		c.Observe(e)
	}
	if c.Log != nil && e.Err != nil {
		c.Log.Debug("odata request failed", "method", e.Method, "bucket", e.Bucket, "status", e.Status,
			"request", e.Request, "took", e.Took, "where", e.Path, "err", e.Err)
	}
}
