package session

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/search"
	"chatpane/app/store"
	"chatpane/app/suggest"
)

// suggester is what suggestions are made from. Its facts are loaded from the
// store when they are first asked for.
type suggester struct {
	work chan struct{} // holds a token while the servers are asked

	mu      sync.Mutex
	loaded  bool
	setup   suggestSetup
	people  map[string]suggestColleague // by systemuserid
	history suggestHistory
	index   *suggest.Index
}

// suggestSetup is the environment's settings and rules as the store keeps them.
type suggestSetup struct {
	Read         time.Time
	Toggles      map[string]dataverse.SuggestToggle
	TogglesKnown bool // else the record types' settings cannot be read
	Rules        map[string][]dataverse.SuggestRule
	RulesKnown   bool
}

// suggestColleague is a user of the environment as the store keeps them.
type suggestColleague struct {
	Entra, Name, Email, JobTitle string
	Guest, Disabled, Robot       bool
}

// suggestHistory says which resolved cases the store holds, in chunks.
type suggestHistory struct {
	Chunks  int
	Cases   int       // in all chunks, older versions included
	Mark    time.Time // newest change that was read
	Checked time.Time // when the servers were last asked
	Whole   time.Time // when all of it was last read anew
	// Unreadable: this user may not read resolved cases.
	Unreadable bool
	Model      suggest.Model
	Fitted     time.Time
}

// suggestRelated is what was read of one record.
type suggestRelated struct {
	Read          time.Time
	Case          dataverse.CaseText
	Acts          []dataverse.Act
	Administrator string
	Team          []string
	// Rules are what the environment's rules found; with Custom unset the
	// product's own order applies.
	Custom bool
	Rules  []suggestFound
	Notes  []string
}

// suggestFound is what one rule found, by systemuserid.
type suggestFound struct {
	Name   string
	People []string
}

// Bounds of what is kept: records whose surroundings are remembered, resolved
// cases, how many of these one fact of the store holds, and of each description
// how many bytes.
const (
	suggestRecords = 300
	suggestCases   = 5000
	suggestChunk   = 500
	suggestText    = 800
)

func (s *Session) suggestKey(what string) string { return "suggest:" + what + ":" + s.env }

func relatedKey(ref chat.RecordRef) string { return "suggest:record:" + ref.Key() }

// fact reads a fact into a value, which stays as it is when there is none.
func (s *Session) fact(key string, into any) {
	b := s.store.Fact(key)
	if b == nil {
		return
	}
	if err := json.Unmarshal(b, into); err != nil {
		s.log.Warn("read what suggestions are made from", "err", err)
	}
}

// loadSuggestLocked loads the facts once. suggest.mu is held.
func (s *Session) loadSuggestLocked() {
	if s.suggest.loaded {
		return
	}
	s.suggest.loaded = true
	s.fact(s.suggestKey("setup"), &s.suggest.setup)
	s.fact(s.suggestKey("people"), &s.suggest.people)
	s.fact(s.suggestKey("history"), &s.suggest.history)
	if s.suggest.people == nil {
		s.suggest.people = map[string]suggestColleague{}
	}
	s.suggest.index = s.indexed(s.suggest.history.Chunks)
}

// indexed makes an index of the cases that the store holds.
func (s *Session) indexed(chunks int) *suggest.Index {
	x := suggest.NewIndex(search.Fold)
	for i := range chunks {
		for _, c := range s.chunk(i) {
			x.Add(c)
		}
	}
	return x
}

func (s *Session) chunkKey(i int) string { return s.suggestKey("cases") + ":" + strconv.Itoa(i) }

func (s *Session) chunk(i int) []suggest.Case {
	var cases []suggest.Case
	s.fact(s.chunkKey(i), &cases)
	return cases
}

// suggestKnown is what is known for one record.
type suggestKnown struct {
	on      dataverse.SuggestToggle
	groups  []suggest.Group
	related suggestRelated
	record  chat.Record
}

// suggestKnownLocked gathers what is cached of a record. suggest.mu is held.
func (s *Session) suggestKnownLocked(ref chat.RecordRef) suggestKnown {
	s.loadSuggestLocked()
	var k suggestKnown
	s.fact(relatedKey(ref), &k.related)
	k.on = s.suggestOnLocked(ref.Table)
	facts := suggest.RecordFacts{Administrator: k.related.Administrator, Team: k.related.Team}
	for _, a := range k.related.Acts {
		facts.Acts = append(facts.Acts, suggest.Act{Person: a.User, At: a.At})
	}
	s.mu.Lock()
	k.record = s.view.records[ref]
	facts.Owner = k.record.Owner
	for _, l := range s.view.links {
		if l.Record != ref {
			continue
		}
		for _, a := range []suggest.Act{{Person: l.CreatedBy, At: l.Created}, {Person: l.Connector, At: l.Modified}} {
			if l.Live || a.Person == l.CreatedBy { // who changed a dead row last disconnected it
				facts.Connections = append(facts.Connections, a)
			}
		}
	}
	s.mu.Unlock()
	if k.groups = suggest.DefaultGroups(facts); k.related.Custom {
		k.groups = nil
		for _, r := range k.related.Rules {
			k.groups = append(k.groups, suggest.Group{Label: suggest.Label{Text: r.Name}, People: r.People})
		}
	}
	return k
}

// suggestOnLocked tells which kinds a record type has. While its settings are
// unknown both are shown: all of it comes from what the user may read anyway.
func (s *Session) suggestOnLocked(table string) dataverse.SuggestToggle {
	on := dataverse.SuggestToggle{Rules: true, Similar: true}
	if s.suggest.setup.TogglesKnown {
		on = s.suggest.setup.Toggles[table]
	}
	on.Similar = on.Similar && table == similarTable
	return on
}

// query is the record as a case to find similar ones of; before the record was
// read its name has to do.
func (k suggestKnown) query(ref chat.RecordRef, now time.Time) suggest.Query {
	q := suggest.Query{ID: ref.ID, Title: k.record.Name, At: now}
	if c := k.related.Case; c.Title != "" || c.Description != "" {
		q.Title, q.Text, q.Subject, q.Product, q.Customer = c.Title, c.Description, c.Subject, c.Product, c.Customer
	}
	return q
}

// keepFacts stores facts that belong together.
func (s *Session) keepFacts(ctx context.Context, facts map[string]any) error {
	var b store.Batch
	for _, key := range sortedFactKeys(facts) {
		if facts[key] == nil {
			b.Facts = append(b.Facts, store.Fact{Key: key})
			continue
		}
		f, err := encodeFact(key, facts[key])
		if err != nil {
			return err
		}
		b.Facts = append(b.Facts, f)
	}
	if _, err := s.store.Apply(ctx, b); err != nil {
		return fmt.Errorf("store what suggestions are made from: %w", err)
	}
	return nil
}

func sortedFactKeys(facts map[string]any) []string {
	keys := make([]string, 0, len(facts))
	for k := range facts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
