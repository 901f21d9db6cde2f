package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/store"
)

// Retention and legal deletion take messages away without a trace: no list ever
// tells (product.md 11.5). So once a day of use the oldest stored message of
// each chat is asked for, ten chats in a $batch, since retention begins there;
// where it is gone the whole chat is walked at once. Beside that all chats are
// walked in turn, a cycle a day if the budget allows, for what goes missing in
// the middle. A missing message leaves the store only after it was asked for
// by its id.
const (
	markGoneProbe = "audit:oldest" // the day and the last chat whose oldest message was asked for
	markGoneWalk  = "audit:walk"   // the day a cycle began and the last chat that was walked
	// freshFor is how long a message may be missing in a list because the list lags.
	freshFor = time.Hour
	// askedEach is up to how many of a page's missing messages are asked for one
	// by one at once, askedMost up to how many when a few of them are there.
	askedEach, askedMost = 10, 60
)

// walker is a chat on its way through all pages; it belongs to the idler.
type walker struct {
	id     chat.ID
	before time.Time // walked down to here; zero: not begun
}

// goneNext returns the next part of the look for messages that are gone, nil
// when today's is complete.
func (d *idler) goneNext() func(context.Context) error {
	s := d.s
	if len(d.walks) > 0 {
		return d.walk
	}
	if id, ok := d.probeNext(); ok {
		return func(ctx context.Context) error { return d.probeOldest(ctx, id) }
	}
	if d.walks = s.walkNext(); len(d.walks) == 0 {
		return nil
	}
	d.group = string(d.walks[len(d.walks)-1].id)
	return d.walk
}

// dayMark reads how far the round of today has come.
func (s *Syncer) dayMark(feed string) (last string, complete bool) {
	day, last, _ := strings.Cut(s.o.Store.Mark(feed), "|")
	if day != today() {
		return "", false
	}
	return last, last == backDone
}

func (s *Syncer) setDayMark(ctx context.Context, feed, last string) error {
	return s.apply(ctx, store.Batch{Marks: []store.Mark{{Feed: feed, Value: today() + "|" + last}}})
}

func (d *idler) probeNext() (last string, ok bool) {
	last, complete := d.s.dayMark(markGoneProbe)
	return last, !complete
}

// readChats returns up to batchSize chats after one that were read, by id, and
// the mark after them.
func (s *Syncer) readChats(last string) (part []chat.ID, reached string, err error) {
	stored, err := s.o.Store.Chats()
	if err != nil {
		return nil, "", err
	}
	for _, c := range stored {
		if string(c.ID) > last && s.o.Store.Mark(markBack(c.ID)) != "" {
			part = append(part, c.ID)
		}
	}
	slices.Sort(part)
	if len(part) <= batchSize {
		return part, backDone, nil
	}
	return part[:batchSize], string(part[batchSize-1]), nil
}

// probeOldest asks for the oldest stored message of the next chats.
func (d *idler) probeOldest(ctx context.Context, last string) error {
	s := d.s
	part, reached, err := s.readChats(last)
	if err != nil {
		return err
	}
	var chats, messages []string
	for _, id := range part {
		oldest, _, err := s.o.Store.After(id, "0", 1)
		if err != nil {
			return err
		}
		if len(oldest) > 0 {
			chats, messages = append(chats, string(id)), append(messages, oldest[0].ID)
		}
	}
	answers, err := s.o.Graph.GetMessages(ctx, chats, messages)
	if err != nil {
		return fmt.Errorf("ask for the oldest of %d chats: %w", len(chats), err)
	}
	for i, a := range answers {
		if id := chat.ID(chats[i]); errors.Is(a.Err, odata.ErrNotFound) && !d.found[id] {
			d.found[id] = true
			d.walks = append(d.walks, walker{id: id})
		}
	}
	if d.group = ""; len(d.walks) > 0 {
		return nil // these first, so that a restart finds them again
	}
	return s.setDayMark(ctx, markGoneProbe, reached)
}

// walkNext returns the next chats to walk, none when all were walked today.
func (s *Syncer) walkNext() []walker {
	last, complete := s.dayMark(markGoneWalk)
	if complete {
		return nil
	}
	// A cycle that yesterday did not complete goes on where it stopped.
	if day, reached, _ := strings.Cut(s.o.Store.Mark(markGoneWalk), "|"); day != today() && reached != backDone {
		last = reached
	}
	part, _, err := s.readChats(last)
	if err != nil {
		return nil
	}
	out := make([]walker, len(part))
	for i, id := range part {
		out[i].id = id
	}
	return out
}

// walk reads a page of each chat under way and drops what is missing in it.
func (d *idler) walk(ctx context.Context) error {
	s := d.s
	now := d.walks[:min(len(d.walks), batchSize)]
	ask := make([]graph.Since, len(now))
	visits := make([]visit, len(now))
	for i, w := range now {
		ask[i] = graph.Since{Chat: string(w.id), Before: w.before}
		visits[i] = s.visit(w.id)
	}
	answers, err := s.o.Graph.LatestBatch(ctx, ask)
	if err != nil {
		return fmt.Errorf("walk %d chats: %w", len(now), err)
	}
	var left []walker
	for i, a := range answers {
		next, more, err := s.walked(ctx, visits[i], now[i].before, a)
		switch {
		case errors.Is(err, odata.ErrOffline):
			return err
		case err != nil: // it is walked again tomorrow
			s.o.Log.Info("walk ends early", "chat", string(now[i].id), "err", err)
		case more:
			left = append(left, walker{now[i].id, next})
		}
	}
	rest := d.walks[len(now):]
	d.walks = append(left, rest...)
	if len(d.walks) > 0 || d.group == "" {
		return nil
	}
	return s.endWalk(ctx, d.group)
}

// endWalk notes that the chats up to one were walked.
func (s *Syncer) endWalk(ctx context.Context, last string) error {
	part, _, err := s.readChats(last)
	if err == nil && len(part) == 0 {
		last = backDone
	}
	if err != nil {
		return err
	}
	return s.setDayMark(ctx, markGoneWalk, last)
}

// walked compares a page with what is stored in its stretch of time. It returns
// where to go on, and whether anything is stored before that.
func (s *Syncer) walked(ctx context.Context, v visit, before time.Time, a graph.MessagesAnswer) (next time.Time, more bool, err error) {
	if a.Err != nil {
		return next, false, s.orLeft(ctx, v.id, a.Err)
	}
	list := s.convertMessages(string(v.id), a.Messages)
	if a.More {
		if next = oldestCreated(list); next.IsZero() || !before.IsZero() && !next.Before(before) {
			return next, false, fmt.Errorf("walk %s: %w: no page brings any", v.id, odata.ErrBadReply)
		}
	}
	listed := map[string]bool{}
	for _, m := range list {
		listed[m.ID] = true
	}
	missing, more, err := s.missing(v.id, next, before, listed)
	if err != nil {
		return next, false, err
	}
	gone, err := s.reallyGone(ctx, v.id, missing)
	if err != nil {
		return next, false, err
	}
	// Edits that nothing told of are taken along; what was never read stays so.
	since, _ := s.Back(v.id)
	list = slices.DeleteFunc(list, func(m chat.Message) bool { return m.Created.Before(since) })
	_, err = s.applyTo(ctx, v, store.Batch{Messages: list, Gone: gone})
	return next, more && a.More, err
}

// missing are the stored messages created from one time on and before another
// that a list of that stretch does not have; more tells of stored ones before it.
func (s *Syncer) missing(id chat.ID, from, before time.Time, listed map[string]bool) (out []store.MessageKey, more bool, err error) {
	fresh := time.Now().Add(-freshFor)
	at := before
	for {
		page, older, err := s.o.Store.Before(id, at, "", pageOfStore)
		if err != nil || len(page) == 0 {
			return out, false, err
		}
		for _, m := range slices.Backward(page) {
			if m.Created.Before(from) {
				return out, true, nil
			}
			if !listed[m.ID] && m.Created.Before(fresh) {
				out = append(out, store.MessageKey{Chat: id, ID: m.ID})
			}
		}
		if at = page[0].Created; !older {
			return out, false, nil
		}
	}
}

// pageOfStore is how many stored messages are compared at once.
const pageOfStore = 100

// reallyGone asks for the missing messages by id, for a list may be at fault, and
// returns those that the service does not have. Of many it asks for a few first:
// if it has none of these, all are gone, as after a retention.
func (s *Syncer) reallyGone(ctx context.Context, id chat.ID, missing []store.MessageKey) ([]store.MessageKey, error) {
	if len(missing) == 0 || s.bug == bugRashGone {
		return missing, nil
	}
	if len(missing) > askedEach {
		few := []store.MessageKey{missing[0], missing[len(missing)/2], missing[len(missing)-1]}
		if gone, err := s.notThere(ctx, id, few); err != nil || len(gone) == len(few) {
			return missing, err
		}
	}
	missing = missing[:min(len(missing), askedMost)]
	gone, err := s.notThere(ctx, id, missing)
	if n := len(missing) - len(gone); err == nil && n > 0 {
		s.o.Log.Info("a list lacks messages that are there", "chat", string(id), "count", n)
	}
	return gone, err
}

// notThere returns those of some messages that the service does not have.
func (s *Syncer) notThere(ctx context.Context, id chat.ID, list []store.MessageKey) (gone []store.MessageKey, err error) {
	var chats, messages []string
	for _, k := range list {
		chats, messages = append(chats, string(id)), append(messages, k.ID)
	}
	answers, err := s.o.Graph.GetMessages(ctx, chats, messages)
	if err != nil {
		return nil, fmt.Errorf("ask for what a list does not have: %w", err)
	}
	for i, a := range answers {
		if errors.Is(a.Err, odata.ErrNotFound) {
			gone = append(gone, list[i])
		}
	}
	return gone, nil
}
