package odata

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"chatpane/app/wire"
)

// The meanings of errors, for errors.Is.
var (
	ErrThrottled    = errors.New("throttled")       // 429, or held back because of one
	ErrUnauthorized = errors.New("token refused")   // 401
	ErrForbidden    = errors.New("forbidden")       // 403, 402
	ErrNotFound     = errors.New("not found")       // 404, 410
	ErrConflict     = errors.New("conflict")        // 409, 412, 423
	ErrTooLarge     = errors.New("too large")       // 413, or an answer over its cap
	ErrUnavailable  = errors.New("unavailable")     // 503, 504
	ErrServer       = errors.New("server error")    // other 5xx
	ErrBadRequest   = errors.New("bad request")     // 400 and other 4xx; or an impossible call, which never left
	ErrAmbiguous    = errors.New("outcome unknown") // sent, but not completely answered
	ErrBadReply     = errors.New("bad reply")       // HTML, half a JSON, a wrong type, a redirect
	ErrForeignLink  = errors.New("link to a foreign place")
)

// These are the errors of package wire, named here for the users of clients.
var (
	ErrOffline = wire.ErrOffline // no connection; the request certainly never left
	ErrUnsent  = wire.ErrUnsent  // certainly never left, for whatever reason
	ErrToken   = wire.ErrToken   // never left, because no token could be had; the cause is in the chain
)

// Error is an answer of the server with a status of 400 or more.
type Error struct {
	Status int
	Code   string // error.code, such as "NotFound" or "0x80040265"; may be empty
	// Message is the server's text. It may hold names and is not printed.
	Message   string
	RequestID string
	// RetryAfter is how long to wait, when the server said so or the status
	// demands it: 1 second to 10 minutes, else 0.
	RetryAfter time.Duration
	InnerCode  string // error.innerError.code, may be empty
}

// Error returns status, codes and request id, without the server's text.
func (e *Error) Error() string {
	text := "status " + strconv.Itoa(e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.InnerCode != "" {
		text += " (" + e.InnerCode + ")"
	}
	if e.RequestID != "" {
		text += ", request " + e.RequestID
	}
	return text
}

// Is reports whether the status has the meaning of target.
func (e *Error) Is(target error) bool { return meaning(e.Status) == target }

func meaning(status int) error {
	switch status {
	case http.StatusTooManyRequests:
		return ErrThrottled
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden, http.StatusPaymentRequired:
		return ErrForbidden
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked:
		return ErrConflict
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ErrUnavailable
	}
	if status >= 500 {
		return ErrServer
	}
	return ErrBadRequest
}

// newError reads an error answer of Graph or of Dataverse.
func newError(status int, h http.Header, data []byte) *Error {
	var body struct {
		Error struct {
			Code       text            `json:"code"`
			Message    text            `json:"message"`
			InnerError json.RawMessage `json:"innerError"`
		} `json:"error"`
	}
	var inner struct {
		Code      text `json:"code"`
		RequestID text `json:"request-id"`
	}
	// A body that is not JSON (a proxy's HTML) leaves the fields empty.
	if json.Unmarshal(data, &body) == nil && len(body.Error.InnerError) > 0 {
		_ = json.Unmarshal(body.Error.InnerError, &inner)
	}
	e := &Error{Status: status, Code: clip(string(body.Error.Code), 80), Message: clip(string(body.Error.Message), 2000),
		InnerCode: clip(string(inner.Code), 80), RequestID: requestID(h)}
	if id := clip(string(inner.RequestID), 80); id != "" && h.Get("request-id") == "" {
		e.RequestID = id
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		e.RetryAfter = RetryAfter(h.Get("Retry-After"), time.Now())
	}
	return e
}

// text is a JSON string, or a number or boolean as its text; anything else is empty.
type text string

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = text(s)
	} else if len(data) > 0 && data[0] != '{' && data[0] != '[' && string(data) != "null" {
		*t = text(data)
	}
	return nil
}

func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// requestID is the id under which the server logged a request.
func requestID(h http.Header) string {
	for _, name := range []string{"request-id", "x-ms-service-request-id", "REQ_ID", "client-request-id"} {
		if id := h.Get(name); id != "" {
			return clip(id, 80)
		}
	}
	return ""
}

// sendError classifies the failure of a request that got no answer.
func sendError(err error) error {
	switch {
	case errors.Is(err, ErrUnsent):
		return bare(err)
	case errors.Is(err, wire.ErrRedirect):
		return fmt.Errorf("%w: %w: %w", ErrBadReply, ErrAmbiguous, bare(err))
	}
	return readError(err)
}

// readError classifies the failure to read an answer to its end.
func readError(err error) error {
	if errors.Is(err, wire.ErrTooLarge) {
		return fmt.Errorf("%w: %w", ErrTooLarge, ErrAmbiguous)
	}
	return fmt.Errorf("%w: %w", ErrAmbiguous, bare(err))
}

// jsonFault says what is wrong with a JSON text without repeating any of it.
func jsonFault(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("field %q is not a %s", kind.Field, kind.Type)
	}
	return "broken JSON"
}

// cut reports whether a read got no complete answer for a reason that may pass
// at once, so that repeating it makes sense.
func cut(ctx context.Context, err error) bool {
	return ctx.Err() == nil && errors.Is(err, ErrAmbiguous) && !errors.Is(err, ErrTooLarge) &&
		!errors.Is(err, ErrBadReply) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, wire.ErrTooSlow)
}

// bare takes off the wrapper that names the whole address, whose query may hold
// what no log should.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
