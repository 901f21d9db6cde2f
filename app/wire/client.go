package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Defaults of [Options], and the cap on request bodies that have to be buffered.
const (
	DefaultMaxBody = 16 << 20
	DefaultTimeout = 60 * time.Second
	maxUpload      = 16 << 20
)

// TokenFunc returns an access token. claims is empty, or the decoded JSON of a
// claims challenge that the new token must satisfy, or [AnotherToken].
type TokenFunc func(ctx context.Context, claims string) (string, error)

// Options configure a client.
type Options struct {
	// Token is asked before every request; nil sends requests without a token.
	Token TokenFunc
	// Transport carries the requests; nil uses a new [NewTransport].
	Transport http.RoundTripper
	Log       *slog.Logger
	// MaxBody caps answers after decompression; 0 means [DefaultMaxBody].
	MaxBody int64
	// Timeout limits a whole call, reading included; 0 means [DefaultTimeout].
	Timeout time.Duration
	// AllowLoopbackHTTP accepts a plain http origin on a loopback host. Only
	// the demo and tests set it.
	AllowLoopbackHTTP bool
}

// AnotherToken are the claims a token is asked for with when the server refused
// the last one without saying what it wants instead.
const AnotherToken = "{}"

type maxBodyKey struct{}

// WithMaxBody sets the cap on the answer of requests made with the context.
func WithMaxBody(ctx context.Context, n int64) context.Context {
	return context.WithValue(ctx, maxBodyKey{}, n)
}

// NewClient returns a client that talks to one exact origin.
func NewClient(origin string, o Options) (*http.Client, error) {
	origin, err := checkOrigin(origin, o.AllowLoopbackHTTP)
	if err != nil {
		return nil, fmt.Errorf("bind a client: %w", err)
	}
	if o.Transport == nil {
		o.Transport = NewTransport()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	return &http.Client{
		// The transport keeps the time itself: http.Client would replace its
		// error by one that no longer tells whether the request left.
		Transport: &bound{origin: origin, Options: o},
		// The transport refuses redirects already; this keeps it so.
		CheckRedirect: func(*http.Request, []*http.Request) error { return ErrRedirect },
	}, nil
}

// bound is a RoundTripper that serves one origin.
type bound struct {
	origin string
	Options
}

// RoundTrip implements http.RoundTripper.
func (b *bound) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := b.accept(r)
	if err != nil {
		return nil, unsent(err)
	}
	deadline := time.Now().Add(b.Timeout)
	token, err := b.token(r.Context(), "")
	if err != nil {
		return nil, err
	}
	var answered, replaced bool
	for {
		resp, err := b.attempt(r, deadline, body, token)
		if err != nil || resp.StatusCode != http.StatusUnauthorized || b.Token == nil {
			return resp, err
		}
		// A refused request was not carried out, so it may be repeated: once with
		// the answer to a challenge, once with another token.
		claims, done := challenge(resp.Header), &answered
		if claims == "" {
			claims, done = AnotherToken, &replaced
		}
		if *done {
			return resp, nil
		}
		*done = true
		next, err := b.token(r.Context(), claims)
		if err == nil && next == token {
			return resp, nil
		}
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		token = next
	}
}

// token asks for an access token; it is empty for a client without tokens.
func (b *bound) token(ctx context.Context, claims string) (string, error) {
	if b.Token == nil {
		return "", nil
	}
	token, err := b.Token(ctx, claims)
	if err != nil {
		return "", unsent(err, ErrToken)
	}
	return token, nil
}

// CloseIdleConnections closes the idle connections of the transport beneath.
func (b *bound) CloseIdleConnections() {
	if c, ok := b.Transport.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// accept checks the address and takes over the request's body, so that it can
// be sent twice.
func (b *bound) accept(r *http.Request) (func() (io.ReadCloser, error), error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	origin, err := originOf(r.URL)
	if err != nil || origin != b.origin || r.Host != "" && r.Host != r.URL.Host {
		return nil, ErrForeignOrigin
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if r.GetBody != nil {
		return r.GetBody, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxUpload+1))
	if err != nil {
		return nil, fmt.Errorf("read the request body: %w", err)
	}
	if len(data) > maxUpload {
		return nil, ErrTooLarge
	}
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, nil
}

// attempt sends the request once. The deadline covers the reading of the answer.
func (b *bound) attempt(r *http.Request, deadline time.Time, body func() (io.ReadCloser, error), token string) (*http.Response, error) {
	timed, stop := context.WithDeadline(r.Context(), deadline)
	ctx, abort := context.WithCancelCause(timed)
	cancel := func(cause error) {
		abort(cause)
		stop()
	}
	var asked, got atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	})
	out, err := prepare(r.Clone(traced), body, token)
	if err != nil {
		cancel(nil)
		return nil, unsent(err)
	}
	start := time.Now()
	resp, err := b.Transport.RoundTrip(out)
	if err != nil {
		cancel(nil)
		err = sendError(err, asked.Load(), got.Load())
		b.note(out, 0, start, err)
		return nil, err
	}
	b.note(out, resp.StatusCode, start, nil)
	if resp.Body, err = b.guard(ctx, resp, cancel); err != nil {
		return nil, err
	}
	return resp, nil
}

// prepare completes the request with its token, its id and a fresh body.
func prepare(out *http.Request, body func() (io.ReadCloser, error), token string) (*http.Request, error) {
	out.Header.Del("Authorization")
	if token != "" {
		out.Header.Set("Authorization", "Bearer "+token)
	}
	if out.Header.Get("client-request-id") == "" {
		out.Header.Set("client-request-id", uuid.NewString())
	}
	if err := out.Context().Err(); err != nil {
		return nil, err
	}
	if body != nil {
		b, err := body()
		if err != nil {
			return nil, fmt.Errorf("read the request body again: %w", err)
		}
		out.Body, out.GetBody = b, body
	}
	return out, nil
}

// guard refuses redirects and bodies that are too large, and returns the body
// with its limits.
func (b *bound) guard(ctx context.Context, resp *http.Response, cancel func(error)) (io.ReadCloser, error) {
	limit := b.MaxBody
	if n, ok := ctx.Value(maxBodyKey{}).(int64); ok {
		limit = n
	}
	var err error
	switch code := resp.StatusCode; {
	case code >= 300 && code < 400 && code != http.StatusNotModified:
		err = ErrRedirect
	case resp.ContentLength > limit && resp.Request != nil && resp.Request.Method != http.MethodHead:
		err = ErrTooLarge
	default:
		return newBody(ctx, resp.Body, limit, cancel), nil
	}
	resp.Body.Close()
	cancel(err)
	return nil, err
}

func (b *bound) note(r *http.Request, status int, start time.Time, err error) {
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("host", r.URL.Host), slog.Int("status", status),
		slog.Duration("took", time.Since(start)), slog.String("request", r.Header.Get("client-request-id")),
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		attrs = append(attrs, slog.Any("err", err))
	}
	b.Log.LogAttrs(r.Context(), slog.LevelDebug, "request", attrs...)
}
