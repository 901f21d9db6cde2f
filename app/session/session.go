package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
	"chatpane/app/media"
	"chatpane/app/outbox"
	"chatpane/app/policy"
	"chatpane/app/store"
	"chatpane/app/syncer"
	"chatpane/app/vault"
)

// Session is one signed-in account in one Dynamics environment. Its methods
// may be called concurrently between New and the end of Run.
type Session struct {
	me     identity
	env    string
	policy policy.Policy
	log    *slog.Logger
	board  *board
	vault  *vault.Vault
	store  *store.Store
	outbox *outbox.Outbox
	drafts *outbox.Drafts
	// journals are those of outbox and drafts.
	journals [2]*vault.Journal
	graph    *graph.Client
	dv       *dataverse.Client
	sync     *syncer.Syncer
	budget   *syncer.Budget
	faults   *faults
	media    *media.Cache
	photos   photos
	keeper   *keeper
	starts   starting
	// graphHost is where hosted contents may come from.
	graphHost string
	transport http.RoundTripper // nil is the real network
	busy      func(bool)        // lets the memory limit go, or sets it; nil = there is none
	bulk      chan struct{}     // nudges the memory loop
	companion *companion        // nil without one

	facts chan struct{} // nudges the facts loop
	faces chan struct{} // nudges the presence loop

	suggest suggester

	mu       sync.Mutex
	view     *view
	watched  map[chat.ID]bool
	visible  chat.ID
	warnings map[string]Warning
	seen     map[string]time.Time // user → when presence was read
	people   []string             // whose presence is on screen
	present  presence
	abort    context.CancelCauseFunc // ends Run early
	notice   int64
	factsAt  time.Time
	minesAt  time.Time
	rights   struct {
		at  time.Time // when the settings of record types were read
		due bool      // a focus, refresh or reconnect wants them again
	}
}

// parts are what a Session is made of; Core assembles them.
type parts struct {
	me        identity
	env       string
	policy    policy.Policy
	log       *slog.Logger
	board     *board
	vault     *vault.Vault
	store     *store.Store
	drafts    *outbox.Drafts
	journals  [2]*vault.Journal // outbox, drafts
	graph     *graph.Client
	dataverse *dataverse.Client
	budget    *syncer.Budget
	faults    *faults
	graphHost string
	transport http.RoundTripper
	busy      func(bool)
	companion *companion    // nil without one
	settle    time.Duration // of an unsure send, for tests; 0 = what the outbox takes
	damaged   []string      // journals of which a part could not be read
}

// newSession loads what the store and the journals hold and shows it.
func newSession(p parts) (*Session, error) {
	s := &Session{
		me: p.me, env: p.env, policy: p.policy, log: p.log, board: p.board, vault: p.vault, store: p.store,
		drafts: p.drafts, journals: p.journals, graph: p.graph, dv: p.dataverse, budget: p.budget, faults: p.faults, graphHost: p.graphHost,
		transport: p.transport, companion: p.companion, busy: p.busy, bulk: make(chan struct{}, 1),
		facts: make(chan struct{}, 1), faces: make(chan struct{}, 1),
		media: media.Open(p.vault), keeper: newKeeper(),
		view: newView(), watched: map[chat.ID]bool{}, warnings: map[string]Warning{},
		seen:    map[string]time.Time{},
		suggest: suggester{work: make(chan struct{}, 1)},
	}
	var err error
	s.outbox, err = outbox.Open(p.journals[0], outbox.Options{
		Log: p.log, OnChange: s.onOp, AskAfter: time.Duration(p.policy.AskAfterHours) * time.Hour,
		Settle: p.settle,
	})
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	s.sync = syncer.New(syncer.Options{
		Graph: p.graph, Dataverse: p.dataverse, Env: p.env, Store: p.store, Me: p.me.OID, Log: p.log,
		GraphHost: p.graphHost, Budget: p.budget, Strict: p.policy.SyncStrict, OnDiff: s.onDiff, OnStatus: s.onStatus,
	})
	if len(p.damaged) > 0 {
		s.warnings["journal"] = Warning{Code: "journalDamaged", Args: []Arg{}}
	}
	if s.store.Report().Rebuilt {
		s.warnings["store"] = Warning{Code: "rebuilt", Args: []Arg{}}
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

// Run delivers, reads and follows presence until ctx ends; then everything the
// session started has ended. When the cache turns out to be damaged it ends
// early with store.ErrDamaged: opening the account again sets that right.
func (s *Session) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.mu.Lock()
	s.abort = cancel
	s.mu.Unlock()
	var wg sync.WaitGroup
	for _, run := range []func(context.Context) error{
		s.sync.Run,
		func(ctx context.Context) error { return s.outbox.Run(ctx, deliverer{s}) },
		s.factsLoop, s.presenceLoop, s.index, s.memoryLoop, s.keepLoop,
	} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_ = run(ctx) // each ends with ctx and reports its own trouble as warnings
		}()
	}
	wg.Wait()
	return context.Cause(ctx)
}

// Close closes what Run used. It is called once, after Run has returned.
func (s *Session) Close() error {
	err := errors.Join(s.store.Close(), s.journals[0].Close(), s.journals[1].Close())
	if err != nil {
		return fmt.Errorf("close account: %w", err)
	}
	return nil
}

// load fills the view from the store and the journals and shows all of it.
func (s *Session) load() error {
	v := s.view
	v.me, v.env, v.hide = s.me, s.env, s.policy.HideOtherChats
	v.online, v.imageHost = true, s.policy.AllowsImage
	chats, err := s.store.Chats()
	if err != nil {
		return fmt.Errorf("load chats: %w", err)
	}
	people, err := s.store.People()
	if err != nil {
		return fmt.Errorf("load people: %w", err)
	}
	for _, p := range people {
		v.names[p.ID] = p.Name
	}
	for _, c := range chats {
		v.setChat(c)
	}
	links, err := s.store.Links()
	if err != nil {
		return fmt.Errorf("load links: %w", err)
	}
	for _, l := range links {
		v.links[l.Pair()] = l
	}
	records, err := s.store.Records()
	if err != nil {
		return fmt.Errorf("load records: %w", err)
	}
	for _, r := range records {
		v.records[r.Ref] = r
	}
	for _, d := range s.drafts.All() {
		v.drafts[d.Chat] = Draft{Chat: string(d.Chat), JSON: d.JSON, Text: d.Text}
	}
	s.loadFacts()
	s.loadTabs()
	s.loadTwins()
	v.ops = s.outbox.Ops()
	st := s.sync.Status()
	v.listed = len(chats) > 0 || st.AllRead
	v.allRead = st.AllRead
	s.mu.Lock()
	s.publishLocked(nil)
	s.mu.Unlock()
	s.onStatus()
	return nil
}

// onDiff takes what one commit of the store altered and publishes it. It is
// the only path from the store to the pane.
func (s *Session) onDiff(d store.Diff) {
	s.noteBulk(d)
	s.mu.Lock()
	v := s.view
	for _, p := range d.People {
		if person, ok, _ := s.store.Person(p); ok {
			v.names[p] = person.Name
		}
	}
	for _, id := range d.Chats {
		if c, ok, err := s.store.Chat(id); err == nil && ok {
			v.setChat(c)
		}
	}
	for _, id := range d.Purged {
		v.dropChat(id)
	}
	for _, ref := range d.Records {
		if r, ok, err := s.store.Record(ref); err == nil && ok {
			v.records[ref] = r
		}
	}
	s.conflictsLocked(d)
	if d.Configs || d.Facts {
		s.loadFacts()
	}
	settled := s.settledLocked(d.Messages)
	s.publishLocked(d.Messages)
	s.dropGoneLocked(d.Gone)
	for _, id := range d.Purged {
		if s.watched[id] {
			s.board.update(func(e *edit) { e.forget(string(id)) })
		}
	}
	read := s.readAgainLocked()
	s.keepOfLocked(d)
	s.mu.Unlock()
	for _, op := range settled {
		if err := s.outbox.Settle(op); err != nil {
			s.log.Warn("settle op", "op", op, "err", err)
		}
	}
	if read != "" {
		if err := s.MarkRead(read); err != nil {
			s.log.Warn("mark visible chat read", "chat", read, "err", err)
		}
	}
	s.dropOrphans(d.Purged)
}

// dropOrphans discards drafts of chats that were purged.
func (s *Session) dropOrphans(purged []chat.ID) {
	for _, id := range purged {
		if _, ok := s.drafts.Get(id); ok {
			if err := s.saveDraft(Draft{Chat: string(id)}); err != nil {
				s.log.Warn("drop draft", "chat", id, "err", err)
			}
		}
	}
}

// settledLocked finds the ops whose message is among those that arrived.
func (s *Session) settledLocked(keys []store.MessageKey) []string {
	var out []string
	for _, op := range s.view.ops {
		if op.Kind != chat.OpSend {
			continue
		}
		for _, k := range keys {
			if k.Chat != op.Chat {
				continue
			}
			if m, ok, err := s.store.Message(k.Chat, k.ID); err == nil && ok && confirms(m, op) {
				out = append(out, op.ID)
				break
			}
		}
	}
	return out
}

// confirms reports whether a stored message is the one an op sent.
func confirms(m chat.Message, op chat.Op) bool {
	return m.Marker == op.ID || op.Send.ServerID != "" && m.ID == op.Send.ServerID
}

// onOp takes a durable change of an op.
func (s *Session) onOp(op chat.Op, gone bool) {
	s.mu.Lock()
	v := s.view
	i := slices.IndexFunc(v.ops, func(o chat.Op) bool { return o.ID == op.ID })
	switch {
	case gone && i >= 0:
		v.ops = slices.Delete(slices.Clone(v.ops), i, i+1)
	case !gone && i >= 0:
		v.ops = slices.Clone(v.ops)
		v.ops[i] = op
	case !gone:
		v.ops = append(slices.Clone(v.ops), op)
	}
	var altered []store.MessageKey
	if op.On != nil {
		altered = append(altered, store.MessageKey{Chat: op.Chat, ID: op.On.ID})
	}
	s.publishLocked(altered)
	s.mu.Unlock()
	s.starts.heard(op, gone)
	s.onStatus()
}

// publishLocked computes the rows again and writes those that differ, with the
// message rows of watched chats among keys, as one edit. mu is held.
func (s *Session) publishLocked(keys []store.MessageKey) {
	v := s.view
	p := v.project(s.watched)
	ties := v.ties()
	unread := v.unreadOf(ties)
	v.linked = linkedChats(ties)
	s.sync.SetLinked(v.linked)
	s.board.update(func(e *edit) {
		for _, k := range keys {
			s.putMessage(e, k)
		}
		s.putEchoes(e)
		putAll(e, cellChat, p.chats, func(r ChatRow) string { return r.ID })
		putAll(e, cellLocked, p.locked, func(r LockedRow) string { return r.ID })
		putAll(e, cellStart, v.startRows(), func(r StartRow) string { return r.ID })
		putAll(e, cellList, p.lists, func(l List) string { return l.Key })
		var records []RecordRow
		tabs := Tabs{Open: []string{}, Active: listKey(v.active)}
		for _, ref := range v.tabs {
			r, ok := v.records[ref]
			if !ok {
				r.Ref = ref
			}
			records = append(records, v.recordRow(r, unread[ref]))
			tabs.Open = append(tabs.Open, ref.Key())
		}
		putAll(e, cellRecord, records, func(r RecordRow) string { return r.Key })
		e.put(cellTabs, "", tabs)
		for id, d := range v.drafts {
			e.put(cellDraft, string(id), d)
		}
	})
}

// putAll writes rows and removes the cells of their kind that are not among them.
func putAll[T any](e *edit, kind string, rows []T, key func(T) string) {
	keep := map[string]bool{}
	for _, r := range rows {
		keep[key(r)] = true
		e.put(kind, key(r), r)
	}
	for _, k := range e.keys(kind) {
		if !keep[k] {
			e.remove(kind, "", k)
		}
	}
}

func linkedChats(ties map[chat.ID][]tie) map[chat.ID]bool {
	out := make(map[chat.ID]bool, len(ties))
	for id := range ties {
		out[id] = true
	}
	return out
}

// putMessage writes the row of one stored message of a watched chat.
func (s *Session) putMessage(e *edit, k store.MessageKey) {
	if !s.watched[k.Chat] {
		return
	}
	m, ok, err := s.store.Message(k.Chat, k.ID)
	if err != nil || !ok {
		return
	}
	if since, whole := s.sync.Back(k.Chat); !whole && m.Created.Before(since) {
		return // an old message that changed; it is shown when the gap before it is read
	}
	e.putMessage(s.view.messageRow(m, s.graphHost))
	for _, op := range s.view.ops {
		if op.Kind == chat.OpSend && op.Chat == k.Chat && confirms(m, op) {
			e.remove(cellMessage, string(k.Chat), "echo:"+op.ID)
		}
	}
}

// putEchoes writes the echoes of watched chats and removes those of ops that
// are gone or whose message is stored.
func (s *Session) putEchoes(e *edit) {
	keep := map[cellKey]bool{}
	for _, op := range s.view.ops {
		if op.Kind != chat.OpSend || !s.watched[op.Chat] || s.isStored(op) {
			continue
		}
		row := s.view.echoRow(op, s.graphHost)
		keep[cellKey{cellMessage, row.Chat, row.ID}] = true
		e.putMessage(row)
	}
	for k, c := range e.b.cells {
		if k.kind == cellMessage && c.value != nil && len(k.key) > 5 && k.key[:5] == "echo:" && !keep[k] {
			e.remove(cellMessage, k.chat, k.key)
		}
	}
}

// isStored reports whether the server's message of a send is in the store.
func (s *Session) isStored(op chat.Op) bool {
	if op.Send.ServerID == "" {
		return false
	}
	_, ok, err := s.store.Message(op.Chat, op.Send.ServerID)
	return err == nil && ok
}

// encodeFact is the stored form of small account facts.
func encodeFact(key string, v any) (store.Fact, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return store.Fact{}, fmt.Errorf("encode %s: %w", key, err)
	}
	return store.Fact{Key: key, Value: b}, nil
}
