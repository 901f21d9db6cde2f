package session

import (
	"context"
	"time"

	"chatpane/app/store"
)

const (
	// bulk is how many messages at once count as much.
	bulk = 20
	// startOver is how long after its start a session has read what it begins with.
	startOver = 3 * time.Second
	// quietAfter is how long after the last of much, or the last search, the memory is limited again.
	quietAfter = 20 * time.Second
)

// noteBulk tells memoryLoop that much arrived.
func (s *Session) noteBulk(d store.Diff) {
	if len(d.Messages) >= bulk {
		nudge(s.bulk)
	}
}

// memoryLoop lets the program's memory limit go while much arrives and while
// somebody searches, since that within it would mean collecting garbage all the
// time, and sets it again once that is over. What a start took is given back too.
func (s *Session) memoryLoop(ctx context.Context) error {
	if s.busy == nil {
		return nil
	}
	defer s.busy(false)
	start := time.NewTimer(startOver)
	defer start.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-start.C:
			s.busy(false)
			continue
		case <-s.bulk:
			start.Stop() // it ends with what arrives
		}
		s.busy(true)
		for quiet := false; !quiet; {
			t := time.NewTimer(quietAfter)
			select {
			case <-ctx.Done():
				t.Stop()
				return ctx.Err()
			case <-s.bulk:
				t.Stop()
			case <-t.C:
				quiet = true
			}
		}
		s.busy(false)
	}
}
