package syncer

import (
	"context"
	"errors"
	"time"

	"chatpane/app/odata"
)

// Names of the feeds, for Diagnostics.
const (
	feedList     = "chats"
	feedMessages = "messages"
	feedLinks    = "links"
)

// working marks a read as under way; the function it returns ends it and
// records the outcome of the feed.
func (s *Syncer) working(feed string) func(error) {
	s.mu.Lock()
	s.busy++
	first := s.busy == 1
	s.mu.Unlock()
	if first {
		s.o.OnStatus()
	}
	return func(err error) {
		s.mu.Lock()
		s.busy--
		f := s.feeds[feed]
		f.Name = feed
		if !errors.Is(err, context.Canceled) {
			if f.Err = err; err == nil {
				f.Last = time.Now()
			}
			if feed == feedList {
				s.status.ListErr = err
			}
		}
		s.feeds[feed] = f
		s.mu.Unlock()
		s.Heard(err)
		s.o.OnStatus()
		if err != nil && !errors.Is(err, context.Canceled) {
			s.o.Log.Info("feed stopped early", "feed", feed, "err", err)
		}
	}
}

// Heard learns from the outcome of any request whether the servers can be
// reached. Callers outside the feeds (sends, opening a record) report here too.
func (s *Syncer) Heard(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	var oe *odata.Error
	online := err == nil || errors.As(err, &oe) || !errors.Is(err, odata.ErrOffline) && s.isOnline()
	s.mu.Lock()
	flipped := online != s.status.Online
	if flipped {
		s.status.Online, s.status.Since = online, time.Now()
	}
	s.status.Throttled = time.Time{}
	if oe != nil && errors.Is(err, odata.ErrThrottled) {
		s.status.Throttled = time.Now().Add(oe.RetryAfter)
	}
	s.mu.Unlock()
	if flipped {
		s.o.OnStatus()
		if online {
			s.Poke()
			nudge(s.messages)
			nudge(s.links)
		} else {
			nudge(s.list) // starts probing
		}
	}
}

func (s *Syncer) isOnline() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status.Online
}

// backoff grows from retryFirst to retryMost.
type backoff struct{ d time.Duration }

func (b *backoff) next() time.Duration {
	b.d = min(max(2*b.d, retryFirst), retryMost)
	return b.d
}

func (b *backoff) reset() { b.d = 0 }

// wait blocks until a nudge, the deadline (zero = none) or the end of ctx. It
// reports false at the end.
func wait(ctx context.Context, c <-chan struct{}, deadline time.Time) bool {
	var timer <-chan time.Time
	if !deadline.IsZero() {
		t := time.NewTimer(max(time.Until(deadline), 0))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-c:
	case <-timer:
	}
	return ctx.Err() == nil
}
