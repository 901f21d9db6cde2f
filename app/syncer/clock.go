package syncer

import (
	"errors"
	"time"

	"chatpane/app/chat"
	"chatpane/app/odata"
)

// listClock knows when the chat list is to be read.
type listClock struct {
	readAt  time.Time // last start of a read
	wanted  bool      // focus, open, refresh or reconnect asked for a read
	retryAt time.Time // a failed read is repeated, zero when it did not fail
	held    time.Time // the server wants to be left alone until then
	doubted bool      // somebody heard that the connection is not what we think
	doubts  backoff   // between reads for that reason
	lastBad time.Time // last doubt

	disorder bool                  // the service does not order the list
	asked    map[chat.ID]time.Time // chats missing in the list that were asked for
}

// doubt makes the list be read; each time in vain a little later, because the
// server that is down may be another one.
func (c *listClock) doubt() {
	now := time.Now()
	if now.Sub(c.lastBad) > 10*time.Minute {
		c.doubts.reset()
	}
	if c.lastBad = now; !c.doubted {
		c.doubted = true
		c.doubts.next()
	}
}

// listDue is the time of the next list read, zero when nothing is due.
func (s *Syncer) listDue() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.clock
	var due time.Time
	if c.wanted {
		due = earliest(due, c.readAt.Add(coalesce))
	}
	if s.present && !s.o.Strict {
		due = earliest(due, c.readAt.Add(listEvery))
	}
	if c.doubted {
		due = earliest(due, c.readAt.Add(c.doubts.d))
	}
	due = earliest(due, c.retryAt)
	if !s.status.Online && c.retryAt.IsZero() {
		due = earliest(due, c.readAt.Add(retryFirst))
	}
	if !due.IsZero() && due.Before(c.held) {
		return c.held
	}
	return due
}

// begin notes that a list read starts. It reports whether the links are to be
// read after it: not when a failure of theirs was the only reason for it.
func (c *listClock) begin() (links bool) {
	links = c.wanted || !c.doubted
	c.readAt, c.wanted, c.doubted = time.Now(), false, false
	return links
}

// end notes how a list read ended, and after which pause a failed one is
// repeated.
func (c *listClock) end(err error, pause time.Duration) {
	c.retryAt, c.held = time.Time{}, time.Time{}
	if err == nil {
		return
	}
	now := time.Now()
	c.retryAt = now.Add(pause)
	if after := retryAfter(err); after > 0 {
		c.held = now.Add(after)
		c.retryAt = c.held // to the second
	}
}

// pause is how long to wait after a failure of a feed. It grows; for a user who
// is away far beyond a minute, unless it is the network that is waited for:
// while there is none, probing costs nobody a request.
func (s *Syncer) pause(failures *backoff) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.present || !s.status.Online {
		return failures.next()
	}
	return failures.upTo(retryAway)
}

// retryAfter is how long the server wants to be left alone, 0 when it did not say.
func retryAfter(err error) time.Duration {
	var answer *odata.Error
	if errors.As(err, &answer) {
		return answer.RetryAfter
	}
	return 0
}

// earliest is the earlier of two times; the zero time is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
