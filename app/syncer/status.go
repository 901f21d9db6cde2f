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
		s.mu.Unlock()
		s.ended(feed, err)
		s.o.OnStatus()
	}
}

// ended records the outcome of a read of a feed. Alone it is for what nobody
// waits for, a step every few seconds: told as work under way it would make the
// pane's sign of it come and go.
func (s *Syncer) ended(feed string, err error) {
	s.mu.Lock()
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
	if feed == feedLinks {
		s.Heard(err)
	} else {
		s.decide(err)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.o.Log.Info("feed stopped early", "feed", feed, "err", err)
	}
}

// Heard learns from the outcome of a request that was not the chat list's or
// the messages': of a send, of a read of Dataverse. It is hearsay, since
// Dataverse may be down while Graph is not and the other way round; what it
// says against what is known makes the chat list be read, which decides.
func (s *Syncer) Heard(err error) {
	s.throttled(err)
	if reached, told := reached(err); told && reached != s.isOnline() {
		s.mu.Lock()
		s.clock.doubt()
		s.mu.Unlock()
		nudge(s.list)
	}
}

// decide learns from the outcome of a feed whether Graph can be reached.
func (s *Syncer) decide(err error) {
	s.throttled(err)
	online, told := reached(err)
	if !told {
		return
	}
	s.mu.Lock()
	flipped := online != s.status.Online
	if flipped {
		s.status.Online, s.status.Since = online, time.Now()
	}
	if flipped && online {
		s.clock.wanted = true
	}
	s.mu.Unlock()
	if !flipped {
		return
	}
	s.o.OnStatus()
	for _, c := range []chan struct{}{s.list, s.messages, s.links} {
		nudge(c) // back at work; or the list starts probing
	}
}

// reached tells from the outcome of a request whether its server was reached;
// told is false when the outcome does not say.
func reached(err error) (reached, told bool) {
	var answer *odata.Error
	switch {
	case err == nil, errors.As(err, &answer):
		return true, true
	case errors.Is(err, odata.ErrOffline):
		return false, true
	}
	return false, false
}

// throttled notes until when a server wants to be left alone.
func (s *Syncer) throttled(err error) {
	var answer *odata.Error
	if !errors.Is(err, odata.ErrThrottled) || !errors.As(err, &answer) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Throttled = later(s.status.Throttled, time.Now().Add(answer.RetryAfter))
}

func (s *Syncer) isOnline() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status.Online
}

// backoff is a pause that doubles from retryFirst to retryMost.
type backoff struct{ d time.Duration }

func (b *backoff) next() time.Duration { return b.upTo(retryMost) }

// upTo is next with another bound.
func (b *backoff) upTo(most time.Duration) time.Duration {
	b.d = min(max(2*b.d, retryFirst), most)
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
