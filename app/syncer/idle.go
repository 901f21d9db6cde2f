package syncer

import (
	"context"
	"errors"
	"time"

	"chatpane/app/chat"
	"chatpane/app/odata"
)

// Pauses between two steps of what is not urgent.
const (
	backfillStep = 2 * time.Second
	auditStep    = 30 * time.Second
	spareAgain   = time.Minute // when the budget has nothing to spare
	idleMost     = 10 * time.Minute
)

// idler does what is not urgent while the user is present: the members of
// large chats, the daily audit, the older history of linked chats, the look for
// messages that are gone. One step is
// one request or two; after a failure it rests.
type idler struct {
	s     *Syncer
	at    time.Time // not before
	retry backoff
	walks []walker         // chats being looked through for messages that are gone
	group string           // the last chat of them when they are a part of the round, else ""
	found map[chat.ID]bool // chats whose oldest message was found to be gone, in this run
}

// step does one thing, or tells when to come again, zero for after a nudge. An
// error is returned only when it says something about the connection; else one
// chat is at fault and others are not made to wait.
func (d *idler) step(ctx context.Context) (due time.Time, worked bool, err error) {
	s := d.s
	work, pause := d.next()
	switch {
	case work == nil:
		return time.Time{}, false, nil
	case time.Now().Before(d.at):
		return d.at, false, nil
	case !s.Spare():
		return time.Now().Add(spareAgain), false, nil
	}
	err = work(ctx)
	s.ended(feedMessages, err)
	if err == nil {
		d.retry.reset()
		d.at = time.Now().Add(pause)
		return d.at, true, nil
	}
	d.at = time.Now().Add(max(retryAfter(err), d.retry.upTo(idleMost)))
	if errors.Is(err, odata.ErrOffline) {
		return time.Time{}, false, err
	}
	return d.at, false, nil
}

// next picks the work to do and the pause after it; nil when there is none.
func (d *idler) next() (work func(context.Context) error, pause time.Duration) {
	s := d.s
	s.mu.Lock()
	present := s.present
	var wanted chat.ID
	if len(s.members.wanted) > 0 {
		wanted = s.members.wanted[0]
	}
	s.mu.Unlock()
	if !present {
		return nil, 0
	}
	if wanted != "" {
		return func(ctx context.Context) error { return s.readMembers(ctx, wanted) }, 0
	}
	if part := s.auditNext(); part != nil {
		return part, auditStep
	}
	if id := s.backfillNext(); id != "" {
		return func(ctx context.Context) error { return s.Older(ctx, id) }, backfillStep
	}
	if part := d.goneNext(); part != nil {
		return part, auditStep
	}
	return nil, 0
}

// backfillNext picks a linked chat whose history is incomplete, "" for none.
func (s *Syncer) backfillNext() chat.ID {
	if s.o.Strict {
		return ""
	}
	s.mu.Lock()
	linked := s.linked
	s.mu.Unlock()
	for id := range linked { // the map is replaced, never altered
		v := s.o.Store.Mark(markBack(id))
		if v != "" && v != backDone && parseMark(v).After(parseMark(s.o.Store.Mark(markKept(id)))) {
			return id
		}
	}
	return ""
}
