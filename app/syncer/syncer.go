// Package syncer keeps the store true: everything the servers say enters
// through it, converted to our words and applied in one transaction with the
// watermark that says how far it was read.
//
// It is a handful of feeds (the chat list, messages, links), each a loop with
// its own watermark, over one shared limiter and hourly budget. It follows the
// clock of product.md 11.1: focus, open, refresh and reconnect read at once,
// coalesced to one read per 15 s; while the user is present the list is read
// each 60 s, and for 60 s after a send of the user in the visible chat that
// chat each 15 s; otherwise nothing is read. A chat's messages are read only
// when its preview is newer than what is stored.
//
// It promises that a watermark never passes a row that is not stored, that
// reading anything twice changes nothing, and that a chat the user was removed
// from is purged. It refuses to decide what the user may do.
package syncer

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/store"
)

// The clock of product.md 11.1.
const (
	coalesce   = 15 * time.Second // one read per this, whatever asks
	listEvery  = 60 * time.Second // while present
	afterSend  = 60 * time.Second // how long an own send keeps its chat hot
	hotEvery   = 15 * time.Second
	overlap    = 5 * time.Minute // of every watermark (threats.md F11)
	retryFirst = 5 * time.Second
	retryMost  = 60 * time.Second
)

// Options wires a Syncer. All but Strict are required.
type Options struct {
	Graph     *graph.Client
	Dataverse *dataverse.Client
	// Env is the origin of the environment that Dataverse talks to.
	Env   string
	Store *store.Store
	// Me is the Entra object id of the account.
	Me  string
	Log *slog.Logger
	// GraphHost is the host of Graph, for recognising hosted contents.
	GraphHost string
	// Budget is the limiter that Graph's client waits for.
	Budget *Budget
	// Strict turns the 60 s and 15 s clocks off (policy sync.strict).
	Strict bool
	// OnDiff is called after each commit that altered something.
	OnDiff func(store.Diff)
	// OnStatus is called when what Status reports has changed.
	OnStatus func()
}

// Status is what the feeds report about themselves.
type Status struct {
	Online  bool
	Since   time.Time // when Online last flipped
	Checked time.Time // last complete read of the chat list
	Syncing bool
	// Throttled is the time before which nothing is sent, zero when free.
	Throttled time.Time
	AllRead   bool // the whole chat list is in the store
	Feeds     []FeedStatus
	ListErr   error // why the list could not be read, nil when it could
}

// FeedStatus is one feed's state for Diagnostics.
type FeedStatus struct {
	Name string
	Last time.Time // last success
	Err  error
}

// Syncer is the running set of feeds. Its methods may be called concurrently.
type Syncer struct {
	o Options

	list, messages, links chan struct{} // nudges, size one

	mu       sync.Mutex
	status   Status
	feeds    map[string]FeedStatus
	busy     int
	present  bool
	visible  chat.ID
	lastSend map[chat.ID]time.Time
	hotRead  map[chat.ID]time.Time
	queue    []chat.ID // chats whose messages must be read, urgent first
	linked   map[chat.ID]bool
	tables   map[string]dataverse.Table // by logical name
	readAt   time.Time                  // last start of a list read
	wanted   bool                       // a read was asked for inside the coalescing time
}

// New makes a Syncer; nothing is read before Run.
func New(o Options) *Syncer {
	s := &Syncer{
		o: o, list: make(chan struct{}, 1), messages: make(chan struct{}, 1), links: make(chan struct{}, 1),
		feeds: map[string]FeedStatus{}, lastSend: map[chat.ID]time.Time{}, hotRead: map[chat.ID]time.Time{}, linked: map[chat.ID]bool{}, tables: map[string]dataverse.Table{},
	}
	s.status.Online, s.status.Since = true, time.Now()
	s.status.AllRead = o.Store.Mark(markList) != ""
	return s
}

// Run reads until ctx ends, and returns after every loop has.
func (s *Syncer) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, loop := range []func(context.Context){s.listLoop, s.messageLoop, s.linkLoop} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			loop(ctx)
		}()
	}
	wg.Wait()
	return ctx.Err()
}

// Poke asks for a read of list and links because of focus, open, refresh or
// reconnect; reads are coalesced.
func (s *Syncer) Poke() {
	s.mu.Lock()
	s.wanted = true
	s.mu.Unlock()
	nudge(s.list)
}

// SetPresent tells whether the user is present (product.md 11.1).
func (s *Syncer) SetPresent(present bool) {
	s.mu.Lock()
	was := s.present
	s.present = present
	s.mu.Unlock()
	if present && !was {
		nudge(s.list)
	}
}

// SetVisible names the chat on screen, "" for none.
func (s *Syncer) SetVisible(id chat.ID) {
	s.mu.Lock()
	s.visible = id
	s.mu.Unlock()
}

// Sent tells that the user wrote into a chat, which keeps it hot for a minute.
func (s *Syncer) Sent(id chat.ID) {
	s.mu.Lock()
	s.lastSend[id] = time.Now()
	s.mu.Unlock()
	nudge(s.messages)
}

// SyncNow puts a chat at the head of the message queue.
func (s *Syncer) SyncNow(id chat.ID) {
	s.enqueue(true, id)
}

// SetLinked names the chats whose history is kept for reading offline.
func (s *Syncer) SetLinked(ids map[chat.ID]bool) {
	s.mu.Lock()
	var fresh []chat.ID
	for id := range ids {
		if !s.linked[id] {
			fresh = append(fresh, id)
		}
	}
	s.linked = ids
	s.mu.Unlock()
	if len(fresh) > 0 {
		s.enqueueStale(fresh)
	}
}

// Status returns the present state.
func (s *Syncer) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.status
	st.Syncing = s.busy > 0
	for _, name := range []string{feedList, feedMessages, feedLinks} {
		if f, ok := s.feeds[name]; ok {
			st.Feeds = append(st.Feeds, f)
		}
	}
	return st
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// enqueue adds chats to the message queue unless they wait already.
func (s *Syncer) enqueue(urgent bool, ids ...chat.ID) {
	s.mu.Lock()
	waiting := map[chat.ID]bool{}
	for _, id := range s.queue {
		waiting[id] = true
	}
	for _, id := range ids {
		switch {
		case urgent && waiting[id]:
			for i, q := range s.queue {
				if q == id {
					copy(s.queue[1:i+1], s.queue[:i])
					s.queue[0] = id
					break
				}
			}
		case urgent:
			s.queue = append([]chat.ID{id}, s.queue...)
		case !waiting[id]:
			s.queue = append(s.queue, id)
		}
		waiting[id] = true
	}
	s.mu.Unlock()
	nudge(s.messages)
}

// apply commits a batch and tells what it altered.
func (s *Syncer) apply(ctx context.Context, b store.Batch) error {
	diff, err := s.o.Store.Apply(ctx, b)
	if err != nil {
		return err
	}
	s.o.OnDiff(diff)
	return nil
}
