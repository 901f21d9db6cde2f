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
	retryAway  = time.Hour // the longest pause of a feed while the user is away
	retryChat  = time.Hour // the longest pause of one chat that cannot be read
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

	writes sync.Mutex      // one batch at a time
	left   map[chat.ID]int // guarded by writes; how often a chat was purged

	mu       sync.Mutex // guards the rest
	status   Status
	feeds    map[string]FeedStatus
	busy     int
	present  bool
	visible  chat.ID
	hot      hot
	queue    queue
	members  members
	linked   map[chat.ID]bool
	tables   map[string]dataverse.Table // by logical name
	refused  map[string]error           // why a record type cannot be read, by logical name
	clock    listClock
	accepted map[chat.ID]time.Time // when a chat was stored by Accept
	bug      bug                   // "" but in tests
}

// New makes a Syncer; nothing is read before Run.
func New(o Options) *Syncer {
	s := &Syncer{
		o: o, list: make(chan struct{}, 1), messages: make(chan struct{}, 1), links: make(chan struct{}, 1),
		left: map[chat.ID]int{}, feeds: map[string]FeedStatus{}, queue: newQueue(), members: newMembers(),
		linked: map[chat.ID]bool{}, tables: map[string]dataverse.Table{}, refused: map[string]error{},
		accepted: map[chat.ID]time.Time{}, clock: listClock{asked: map[chat.ID]time.Time{}},
	}
	s.status.Online, s.status.Since = true, time.Now()
	s.status.AllRead = o.Store.Mark(markList) != ""
	return s
}

// Run reads until ctx ends, and returns after every loop has.
func (s *Syncer) Run(ctx context.Context) error {
	if stored, err := s.o.Store.Chats(); err == nil {
		s.owe(ids(stored)...)
	}
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
	s.clock.wanted = true
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
		nudge(s.messages)
		nudge(s.links)
	}
}

// SetVisible names the chat on screen, "" for none. The members of a large
// chat are then read to the last one, once in a run.
func (s *Syncer) SetVisible(id chat.ID) {
	s.mu.Lock()
	s.visible = id
	s.mu.Unlock()
	s.wantMembers(id)
	nudge(s.messages)
}

// Sent tells that the user wrote into a chat, which keeps it hot for a minute.
func (s *Syncer) Sent(id chat.ID) {
	s.mu.Lock()
	now := time.Now()
	s.hot = hot{chat: id, sent: now, read: now}
	s.mu.Unlock()
	nudge(s.messages)
}

// SyncNow puts a chat at the head of the message queue.
func (s *Syncer) SyncNow(id chat.ID) {
	s.mu.Lock()
	s.queue.urge(id)
	s.mu.Unlock()
	nudge(s.messages)
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
	if !time.Now().Before(st.Throttled) {
		st.Throttled = time.Time{}
	}
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

// apply commits a batch and tells what it altered.
func (s *Syncer) apply(ctx context.Context, b store.Batch) error {
	s.writes.Lock()
	diff, err := s.o.Store.Apply(ctx, b)
	s.writes.Unlock()
	return s.applied(diff, err)
}

// visit is a reading of one chat under way. What it brings is worth nothing
// once the chat was purged, even if the user is back in it since.
type visit struct {
	id   chat.ID
	left int
}

func (s *Syncer) visit(id chat.ID) visit {
	s.writes.Lock()
	defer s.writes.Unlock()
	return visit{id, s.left[id]}
}

// applyTo commits what a visit brought, unless the chat is no longer stored.
func (s *Syncer) applyTo(ctx context.Context, v visit, b store.Batch) (store.Diff, error) {
	s.writes.Lock()
	var diff store.Diff
	_, known, err := s.o.Store.Chat(v.id)
	var told []store.Mark
	if err == nil && known && s.left[v.id] == v.left {
		told = s.told(v.id, b.Messages)
		b.Marks = append(b.Marks, told...)
		diff, err = s.o.Store.Apply(ctx, b)
	}
	s.writes.Unlock()
	if len(told) > 0 {
		s.owe(v.id)
	}
	return diff, s.applied(diff, err)
}

// purge erases chats. Their watermarks go first: a chat that came back with
// them would never be read from its newest message on.
func (s *Syncer) purge(ctx context.Context, chats []chat.ID) error {
	if len(chats) == 0 || s.bug == bugNoPurge {
		return nil
	}
	var b store.Batch
	for _, id := range chats {
		for _, feed := range []string{markMessages(id), markBack(id), s.markLinksOf(id), markTold(id), markMembers(id)} {
			b.Marks = append(b.Marks, store.Mark{Feed: feed})
		}
	}
	s.writes.Lock()
	for _, id := range chats {
		s.left[id]++
	}
	_, err := s.o.Store.Apply(ctx, b)
	var diff store.Diff
	if err == nil {
		diff, err = s.o.Store.Apply(ctx, store.Batch{PurgeChats: chats})
	}
	s.writes.Unlock()
	s.mu.Lock()
	for _, id := range chats {
		s.queue.drop(id)
		s.members.drop(id)
	}
	s.mu.Unlock()
	return s.applied(diff, err)
}

func (s *Syncer) applied(d store.Diff, err error) error {
	if err == nil {
		s.o.OnDiff(d)
	}
	return err
}
