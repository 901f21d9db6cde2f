package odata

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of the wait a server may ask for, and of waits inside a call.
const (
	minRetryAfter = time.Second
	maxRetryAfter = 10 * time.Minute
	maxBackoff    = time.Minute
	maxRetries    = 2
	maxHeld       = 10 * time.Second // a read waits inside the call at most this long
)

// RetryAfter reads the value of a Retry-After header, seconds or a date, and
// returns the wait it asks for within 1 second and 10 minutes. It returns 0 for
// an absent or unreadable value.
func RetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if isDigits(strings.TrimPrefix(value, "-")) {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n > int64(maxRetryAfter/time.Second) {
			n = int64(maxRetryAfter / time.Second)
			if value[0] == '-' {
				n = 0
			}
		}
		return min(max(time.Duration(n)*time.Second, minRetryAfter), maxRetryAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), minRetryAfter), maxRetryAfter)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// gate holds back everything of a client after a 429.
type gate struct {
	mu      sync.Mutex
	until   time.Time     // guarded by mu
	backoff time.Duration // guarded by mu; the last wait that we chose ourselves
}

// learn closes the gate when e is a 429. An answer that names no time gets a
// decorrelated jitter of 1 to 60 seconds, which is also stored in e.
func (g *gate) learn(e *Error) {
	if e.Status != http.StatusTooManyRequests {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.RetryAfter == 0 {
		g.backoff = min(minRetryAfter+rand.N(max(3*g.backoff, 2*minRetryAfter)), maxBackoff)
		e.RetryAfter = g.backoff
	}
	if until := time.Now().Add(e.RetryAfter); until.After(g.until) {
		g.until = until
	}
}

// succeeded forgets the waits chosen so far.
func (g *gate) succeeded() {
	g.mu.Lock()
	g.backoff = 0
	g.mu.Unlock()
}

func (g *gate) wait() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.until)
}

// heldBack is the error of a call that waited for the gate in vain.
type heldBack struct {
	answer *Error
	cause  error
}

// Error tells how long the gate stays closed.
func (h *heldBack) Error() string {
	return "held back for " + h.answer.RetryAfter.Round(time.Second).String()
}

// Is reports that the call is throttled and never left.
func (h *heldBack) Is(target error) bool { return target == ErrThrottled || target == ErrUnsent }

// Unwrap returns the answer the call would have got, and why it did not wait.
func (h *heldBack) Unwrap() []error { return []error{h.answer, h.cause} }

// pass waits until the gate is open. A context that would end before is
// answered at once.
func (g *gate) pass(ctx context.Context) error {
	for {
		d := g.wait()
		if d <= 0 {
			return nil
		}
		held := func(cause error) error {
			return &heldBack{&Error{Status: http.StatusTooManyRequests, Code: "heldBack", RetryAfter: max(d, minRetryAfter)}, cause}
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
			return held(context.DeadlineExceeded)
		}
		if err := sleep(ctx, d); err != nil {
			return held(err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// admit waits for the gate, for the limiter, and for the gate again, which may
// have closed meanwhile.
func (c *Client) admit(ctx context.Context, bucket string) error {
	if err := c.gate.pass(ctx); err != nil {
		return err
	}
	if c.Limit == nil {
		return nil
	}
	if err := c.Limit.Wait(ctx, bucket); err != nil {
		return errors.Join(ErrUnsent, err)
	}
	return c.gate.pass(ctx)
}

// Admit waits, as a call does, until a $batch of the bucket may leave with the
// first n of its parts, which are of buckets of their own: n is as many as ever
// may leave at one moment, and at least one of any. The call itself is then made
// with [Admitted]. Without a limiter all may leave.
func (c *Client) Admit(ctx context.Context, bucket string, parts []string) (n int, err error) {
	if err := c.gate.pass(ctx); err != nil {
		return 0, err
	}
	if c.Limit == nil {
		return len(parts), nil
	}
	if n, err = c.Limit.WaitTogether(ctx, bucket, parts); err != nil {
		return 0, errors.Join(ErrUnsent, err)
	}
	return n, c.gate.pass(ctx)
}

// do sends a call, and repeats it when it is a read and the fault may pass.
func (c *Client) do(ctx context.Context, k *call) (*reply, error) {
	for try := 0; ; try++ {
		r, err := c.attempt(ctx, k)
		if err == nil || k.method != http.MethodGet || try == maxRetries {
			return r, err
		}
		d, again := repeat(ctx, err, try)
		if !again {
			return nil, err
		}
		if errors.Is(err, ErrUnavailable) {
			// Graph's advice: a new connection may reach another front end.
			c.HTTP.CloseIdleConnections()
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < d || sleep(ctx, d) != nil {
			return nil, err
		}
	}
}

// repeat tells whether and when to repeat a read that failed.
func repeat(ctx context.Context, err error, try int) (time.Duration, bool) {
	jitter := (250*time.Millisecond + rand.N(500*time.Millisecond)) << try
	var held *heldBack
	if errors.As(err, &held) {
		return 0, false
	}
	var answer *Error
	if errors.As(err, &answer) {
		switch {
		case answer.RetryAfter > maxHeld:
			return 0, false
		case answer.Status == http.StatusTooManyRequests:
			// The gate does the waiting; a little more avoids a stampede.
			return answer.RetryAfter + rand.N(250*time.Millisecond), true
		case meaning(answer.Status) == ErrUnavailable:
			return max(answer.RetryAfter, jitter), true
		}
		return 0, false
	}
	return jitter, cut(ctx, err)
}
