package session

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/store"
	"chatpane/app/vault"
)

// limitCalls is what a session told of being busy, in order.
type limitCalls struct {
	mu   sync.Mutex
	list []bool
}

func (l *limitCalls) note(busy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, busy)
}

func (l *limitCalls) all() []bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

func TestTheMemoryLimitIsLetGoWhileMuchArrives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var limit limitCalls
		s := &Session{busy: limit.note, bulk: make(chan struct{}, 1)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.memoryLoop(ctx) }()
		many := store.Diff{}
		for i := range bulk {
			many.Messages = append(many.Messages, store.MessageKey{Chat: "c", ID: strconv.Itoa(i)})
		}
		s.noteBulk(store.Diff{Messages: many.Messages[:1]})
		synctest.Wait()
		if calls := limit.all(); len(calls) != 0 {
			t.Errorf("one message let the limit go: %v", calls)
		}
		for range 5 {
			s.noteBulk(many)
			time.Sleep(quietAfter / 2)
		}
		synctest.Wait()
		if calls := limit.all(); !slices.Equal(calls, []bool{true}) {
			t.Errorf("while much arrives: %v, want the limit let go once", calls)
		}
		time.Sleep(quietAfter)
		synctest.Wait()
		if calls := limit.all(); !slices.Equal(calls, []bool{true, false}) {
			t.Errorf("afterwards: %v, want the limit set again", calls)
		}
		s.noteBulk(many)
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the loop ended with %v", err)
		}
		if calls := limit.all(); !slices.Equal(calls, []bool{true, false, true, false}) {
			t.Errorf("at the end: %v, want the limit set again", calls)
		}
	})
}

func TestWhatAStartTookIsGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var limit limitCalls
		s := &Session{busy: limit.note, bulk: make(chan struct{}, 1)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.memoryLoop(ctx) }()
		time.Sleep(time.Hour)
		synctest.Wait()
		if calls := limit.all(); !slices.Equal(calls, []bool{false}) {
			t.Errorf("an hour after the start: %v, want the memory given back once", calls)
		}
		cancel()
		<-done
	})
}

// A first sign-in reads much; the limit is back when it is over.
func TestASessionLetsTheMemoryLimitGoForTheFirstReadingAndForASearch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		var limit limitCalls
		d := sitOver(t, box, person(t, box, "agent", 0), vault.OpenMemory(), box.Transport(), func(p *parts) { p.busy = limit.note })
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if calls := limit.all(); len(calls) < 2 || !calls[0] || calls[len(calls)-1] {
			t.Errorf("the limit was let go and set as %v, want it let go first and set last", calls)
		}
		before := len(limit.all())
		d.look(SearchQuery{Text: "the"})
		time.Sleep(quietAfter)
		synctest.Wait()
		if calls := limit.all()[before:]; !slices.Equal(calls, []bool{true, false}) {
			t.Errorf("a search let the limit go and set it as %v, want it let go and set", calls)
		}
	})
}
