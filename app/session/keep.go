package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"chatpane/app/chat"
	"chatpane/app/markup"
	"chatpane/app/odata"
	"chatpane/app/store"
)

const (
	// keepDays is how far back the pictures of linked chats are kept ready
	// (product.md 10.1); older ones are when they were seen.
	keepDays = 90
	// keepAgain is when pictures are tried again that could not be read.
	keepAgain = time.Minute
	// keepStep is the pause before each picture: Graph allows a chat one read a
	// second, and its messages were read a moment ago.
	keepStep = 2 * time.Second
	// keepPage is how many messages are looked through at once.
	keepPage = 200
)

// markPictures is "wanted" while pictures of a chat may be missing.
func markPictures(id chat.ID) string { return "pictures:" + string(id) }

// markAllPictures is "planned" once the chats stored before pictures were kept
// have been looked through.
const markAllPictures = "pictures"

// keeper is what is still to be looked at for pictures, in order; of a chat as
// a whole where the message is empty.
type keeper struct {
	mu     sync.Mutex
	queue  []store.MessageKey
	queued map[store.MessageKey]bool
	work   chan struct{} // nudges the loop
}

func newKeeper() *keeper {
	return &keeper{queued: map[store.MessageKey]bool{}, work: make(chan struct{}, 1)}
}

func (k *keeper) add(keys ...store.MessageKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range keys {
		if !k.queued[key] {
			k.queued[key] = true
			k.queue = append(k.queue, key)
		}
	}
	if len(k.queue) > 0 {
		nudge(k.work)
	}
}

func (k *keeper) first() (store.MessageKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.queue) == 0 {
		return store.MessageKey{}, false
	}
	return k.queue[0], true
}

// done drops the first and tells whether it was the last of its chat.
func (k *keeper) done(key store.MessageKey) (last bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.queue = k.queue[1:]
	delete(k.queued, key)
	return !slices.ContainsFunc(k.queue, func(o store.MessageKey) bool { return o.Chat == key.Chat })
}

// keepOfLocked takes what a commit altered: pictures go with their messages and
// chats, and those of linked chats are wanted. mu is held.
func (s *Session) keepOfLocked(d store.Diff) {
	var looked []store.MessageKey
	for _, k := range d.Messages {
		if s.view.linked[k.Chat] || s.media.HasOf(k.Chat) {
			looked = append(looked, k)
		}
	}
	for _, pair := range d.Links {
		if s.view.linked[pair.Chat] {
			looked = append(looked, store.MessageKey{Chat: pair.Chat})
		}
	}
	for _, id := range d.Purged {
		s.forgetPictures(id, "")
		if s.store.Mark(markPictures(id)) != "" {
			looked = append(looked, store.MessageKey{Chat: id}) // finds nothing, and drops the mark
		}
	}
	s.keeper.add(looked...)
	for _, k := range d.Gone {
		s.forgetPictures(k.Chat, k.ID)
	}
}

func (s *Session) forgetPictures(id chat.ID, message string) {
	if err := s.media.Forget(id, message); err != nil {
		s.log.Warn("pictures stay; without their chat's key nobody can read them", "err", err)
	}
}

// keepLoop reads the pictures of linked chats while the user is present and the
// hour's budget has something to spare.
func (s *Session) keepLoop(ctx context.Context) error {
	if s.policy.PicturesAhead {
		s.planPictures(ctx)
	}
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		again.Stop()
		if key, ok := s.keeper.first(); ok && s.isPresent() {
			if err := s.lookAt(ctx, key); err == nil {
				s.looked(ctx, key)
				continue
			}
			again.Reset(keepAgain)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.keeper.work:
		case <-again.C:
		}
	}
}

func (s *Session) isPresent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.present.is(time.Now())
}

// mayRead tells whether a request may be spent on a picture: a quarter of the
// hour's budget is for what is read before somebody looks, pictures come last.
func (s *Session) mayRead() bool {
	return !s.policy.SyncStrict && s.sync.Status().Online && s.budget.Used() < s.budget.PerHour()/4 && s.store.Room() == nil
}

// planPictures continues where the last run ended.
func (s *Session) planPictures(ctx context.Context) {
	planned := s.store.Mark(markAllPictures) != ""
	s.mu.Lock()
	linked := s.view.linked
	s.mu.Unlock()
	var keys []store.MessageKey
	b := store.Batch{Marks: []store.Mark{{Feed: markAllPictures, Value: "planned"}}}
	for id := range linked { // the map is replaced, never altered
		if wanted := s.store.Mark(markPictures(id)) != ""; wanted || !planned {
			keys = append(keys, store.MessageKey{Chat: id})
			b.Marks = append(b.Marks, store.Mark{Feed: markPictures(id), Value: "wanted"})
		}
	}
	if !planned {
		s.note(ctx, b)
	}
	slices.SortFunc(keys, func(a, b store.MessageKey) int { return strings.Compare(string(a.Chat), string(b.Chat)) })
	s.keeper.add(keys...)
}

// note writes marks. Without them a picture is read when it is shown.
func (s *Session) note(ctx context.Context, b store.Batch) {
	if _, err := s.store.Apply(ctx, b); err != nil && ctx.Err() == nil {
		s.log.Warn("note wanted pictures", "err", err)
	}
}

// errLater leaves pictures for another time.
var errLater = errors.New("no request to spare")

// lookAt reads what is missing of a message's pictures, or finds the messages
// of a chat that have some. An error is about the connection, or [errLater].
func (s *Session) lookAt(ctx context.Context, k store.MessageKey) error {
	if k.ID == "" {
		s.keeper.add(s.withPictures(k.Chat)...)
		return nil
	}
	m, ok, err := s.store.Message(k.Chat, k.ID)
	if err != nil || !ok {
		return nil // it went, or the store tells of its trouble itself
	}
	if !m.Deleted.IsZero() {
		s.forgetPictures(k.Chat, k.ID)
		return nil
	}
	s.mu.Lock()
	linked := s.view.linked[k.Chat]
	s.mu.Unlock()
	if !linked || !s.policy.PicturesAhead || time.Since(m.Created) > keepDays*24*time.Hour {
		return nil
	}
	for _, handle := range s.pictures(m) {
		p, ok := pictureOf(handle)
		if !ok || s.media.Has(p.key()) {
			continue
		}
		if s.store.Mark(markPictures(k.Chat)) == "" {
			s.note(ctx, store.Batch{Marks: []store.Mark{{Feed: markPictures(k.Chat), Value: "wanted"}}})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(keepStep):
		}
		if !s.mayRead() {
			return errLater
		}
		if _, _, err := s.Media(ctx, handle); errors.Is(err, odata.ErrOffline) || errors.Is(err, odata.ErrThrottled) || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// looked ends the look at one thing, and with the last of a chat its want.
func (s *Session) looked(ctx context.Context, k store.MessageKey) {
	if s.keeper.done(k) && s.store.Mark(markPictures(k.Chat)) != "" {
		s.note(ctx, store.Batch{Marks: []store.Mark{{Feed: markPictures(k.Chat)}}})
	}
}

// withPictures are the recent messages of a chat that have pictures which are
// not kept, newest first.
func (s *Session) withPictures(id chat.ID) (out []store.MessageKey) {
	oldest := time.Now().AddDate(0, 0, -keepDays)
	for before := ""; ; {
		page, more, err := s.store.Before(id, time.Time{}, before, keepPage)
		if err != nil || len(page) == 0 {
			return out
		}
		for _, m := range slices.Backward(page) {
			if m.Created.Before(oldest) {
				return out
			}
			if len(s.pictures(m)) > 0 {
				out = append(out, store.MessageKey{Chat: id, ID: m.ID})
			}
		}
		if before = page[0].ID; !more {
			return out
		}
	}
}

// pictures are the handles of a message's pictures that are shown without a click.
func (s *Session) pictures(m chat.Message) (handles []string) {
	if !m.Deleted.IsZero() || !strings.Contains(m.Body, "<img") {
		return nil
	}
	var walk func(nodes []markup.Node)
	walk = func(nodes []markup.Node) {
		for _, n := range nodes {
			if n.Media != "" && !slices.Contains(handles, n.Media) {
				handles = append(handles, n.Media)
			}
			walk(n.Children)
		}
	}
	walk(s.view.body(m.Body, m.Mentions, m.Attachments, string(m.Chat), m.ID, s.graphHost))
	return handles
}
