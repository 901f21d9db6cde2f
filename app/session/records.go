package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/search"
	"chatpane/app/store"
)

const (
	recentMost = 12
	foundMost  = 20
	mineEvery  = time.Minute
	factTabs   = "tabs"
)

// OpenRecord opens a record by its Dynamics URL, a chatpane: link or a record
// key, activates its tab and reads it. What is cached is shown at once, and what
// reading teaches arrives as Changes; it returns the record key after the read.
func (s *Session) OpenRecord(ctx context.Context, text string) (string, error) {
	ref, err := s.parseRecord(text)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	v := s.view
	if !slices.Contains(v.tabs, ref) {
		v.tabs = append(slices.Clone(v.tabs), ref)
	}
	v.active = ref
	if _, ok := v.opened[ref]; !ok {
		v.opened[ref] = recordState{state: "loading"}
	}
	s.publishLocked(nil)
	s.mu.Unlock()
	s.saveTabs(ctx)
	s.sync.Poke()
	if err := s.RefreshRecord(ctx, ref.Key()); err != nil {
		return "", err
	}
	return ref.Key(), nil
}

// parseRecord understands everything that can name a record.
func (s *Session) parseRecord(text string) (chat.RecordRef, error) {
	text = strings.TrimSpace(text)
	if ref, err := chat.ParseRecordKey(text); err == nil {
		return ref, s.checkEnv(ref)
	}
	u, err := dataverse.ParseURL(text)
	if strings.HasPrefix(strings.ToLower(text), "chatpane:") {
		var link dataverse.DeepLink
		link, err = dataverse.ParseDeepLink(text)
		u = link.URL
	}
	if err != nil {
		return chat.RecordRef{}, err
	}
	ref := chat.RecordRef{Env: u.Origin, Table: u.Table, ID: u.ID}
	return ref, s.checkEnv(ref)
}

// checkEnv refuses records of another environment with a sentence (product.md 1.3).
func (s *Session) checkEnv(ref chat.RecordRef) error {
	if ref.Env == s.env {
		return nil
	}
	code := "wrongEnvironment"
	for _, e := range s.environments() {
		if e.URL == ref.Env {
			code = "otherEnvironment"
		}
	}
	return &Problem{Code: code, Args: []Arg{{"host", hostOf(ref.Env)}, {"current", hostOf(s.env)}}}
}

// ActivateTab shows an open record, or home for "".
func (s *Session) ActivateTab(ctx context.Context, key string) error {
	ref, err := s.tab(key)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.view.active = ref
	s.publishLocked(nil)
	s.mu.Unlock()
	s.saveTabs(ctx)
	return nil
}

// CloseTab closes an open record; its right neighbour, else its left one, else
// home becomes active.
func (s *Session) CloseTab(ctx context.Context, key string) error {
	ref, err := s.tab(key)
	if err != nil {
		return err
	}
	s.mu.Lock()
	v := s.view
	i := slices.Index(v.tabs, ref)
	v.tabs = slices.Delete(slices.Clone(v.tabs), i, i+1)
	delete(v.opened, ref)
	if v.active == ref {
		v.active = chat.RecordRef{}
		if len(v.tabs) > 0 {
			v.active = v.tabs[min(i, len(v.tabs)-1)]
		}
	}
	s.publishLocked(nil)
	s.mu.Unlock()
	s.saveTabs(ctx)
	return nil
}

// tab finds an open record by key; "" is home.
func (s *Session) tab(key string) (chat.RecordRef, error) {
	if key == "" {
		return chat.RecordRef{}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ref := range s.view.tabs {
		if ref.Key() == key {
			return ref, nil
		}
	}
	return chat.RecordRef{}, &Problem{Code: "notFound"}
}

// saveTabs keeps the open records for the next start.
func (s *Session) saveTabs(ctx context.Context) {
	s.mu.Lock()
	keys := []string{listKey(s.view.active)}
	for _, ref := range s.view.tabs {
		keys = append(keys, ref.Key())
	}
	s.mu.Unlock()
	f, err := encodeFact(factTabs+":"+s.env, keys)
	if err == nil {
		_, err = s.store.Apply(ctx, store.Batch{Facts: []store.Fact{f}})
	}
	if err != nil {
		s.log.Warn("keep open records", "err", err)
	}
}

// loadTabs opens the records that were open when the app ended.
func (s *Session) loadTabs() {
	var keys []string
	if err := json.Unmarshal(s.store.Fact(factTabs+":"+s.env), &keys); err != nil || len(keys) == 0 {
		return
	}
	for i, k := range keys {
		ref, err := chat.ParseRecordKey(k)
		if err != nil {
			continue
		}
		if i == 0 {
			s.view.active = ref
			continue
		}
		s.view.tabs = append(s.view.tabs, ref)
		s.view.opened[ref] = recordState{state: "ready"}
	}
	if !slices.Contains(s.view.tabs, s.view.active) {
		s.view.active = chat.RecordRef{}
	}
}

// RefreshRecord reads a record, its links and the user's rights again.
func (s *Session) RefreshRecord(ctx context.Context, key string) error {
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		return err
	}
	err = s.readRecord(ctx, ref)
	if err == nil {
		s.learnUsers(ctx, ref)
	}
	s.mu.Lock()
	if err == nil { // the settings of record types came with it
		s.rights.at, s.rights.due = time.Now(), false
	}
	known := !s.view.records[ref].Opened.IsZero()
	if _, open := s.view.opened[ref]; open {
		s.view.opened[ref] = stateAfter(err, known)
	}
	s.publishLocked(nil)
	s.mu.Unlock()
	nudge(s.facts)
	return nil
}

// stateAfter is how an open record stands after a read ended with err; known
// tells that it was read on an earlier day and can be shown from the cache.
func stateAfter(err error, known bool) recordState {
	switch {
	case err == nil:
		return recordState{state: "ready"}
	case errors.Is(err, odata.ErrForbidden):
		return recordState{state: "forbidden", problem: explain(err)}
	case errors.Is(err, odata.ErrNotFound):
		return recordState{state: "gone", problem: explain(err)}
	case known:
		return recordState{state: "offline", problem: explain(err)}
	}
	return recordState{state: "error", problem: explain(err)}
}

// FindRecords answers the record picker: recent ones and my active cases, and
// for a query the records whose name or number contains it, from the server
// when it can be reached, else from the cache.
func (s *Session) FindRecords(ctx context.Context, query string) (Picker, error) {
	query = strings.TrimSpace(query)
	out := Picker{Recent: []RecordRow{}, Mine: []RecordRow{}, Found: []RecordRow{}, State: "ready"}
	err := s.readMine(ctx)
	var found []chat.Record
	if err == nil && query != "" {
		found, err = s.searchRecords(ctx, query)
	}
	if err != nil {
		out.State = "offline"
		if p := explain(err); p.Code != "offline" {
			out.Problem = p
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.view
	var all []chat.Record
	for _, r := range v.records {
		if r.Ref.Env == s.env && r.Lost == chat.NotLost && r.Name != "" {
			all = append(all, r)
		}
	}
	if query != "" {
		if out.State == "offline" {
			found = matching(all, query)
		}
		for _, r := range found {
			out.Found = append(out.Found, v.recordRow(r, 0))
		}
	}
	slices.SortFunc(all, func(a, b chat.Record) int { return b.Opened.Compare(a.Opened) })
	for _, r := range all {
		if !r.Opened.IsZero() && len(out.Recent) < recentMost {
			out.Recent = append(out.Recent, v.recordRow(r, 0))
		}
	}
	slices.SortFunc(all, func(a, b chat.Record) int { return b.Modified.Compare(a.Modified) })
	for _, r := range all {
		if r.Mine {
			out.Mine = append(out.Mine, v.recordRow(r, 0))
		}
	}
	return out, nil
}

func matching(all []chat.Record, query string) []chat.Record {
	q := search.Fold(query)
	var out []chat.Record
	for _, r := range all {
		if len(out) < foundMost && strings.Contains(search.Fold(r.Name+"\n"+r.Number), q) {
			out = append(out, r)
		}
	}
	return out
}

// readMine brings "My active cases" up to date, at most once a minute.
func (s *Session) readMine(ctx context.Context) error {
	s.mu.Lock()
	fresh := time.Since(s.minesAt) < mineEvery
	teams := make([]string, 0, len(s.view.teams))
	for id := range s.view.teams {
		teams = append(teams, id)
	}
	s.mu.Unlock()
	me := s.systemUser()
	if fresh || me == "" {
		return nil
	}
	slices.Sort(teams)
	rows, err := s.dv.MyCases(ctx, me, teams)
	s.sync.Heard(err)
	if err != nil {
		return fmt.Errorf("read my cases: %w", err)
	}
	s.mu.Lock()
	s.minesAt = time.Now()
	mine := map[chat.RecordRef]bool{}
	var b store.Batch
	for _, row := range rows {
		r := s.mergedLocked(row)
		r.Mine = true
		mine[r.Ref] = true
		b.Records = append(b.Records, r)
	}
	for ref, r := range s.view.records {
		if r.Mine && !mine[ref] && ref.Env == s.env {
			r.Mine = false
			b.Records = append(b.Records, r)
		}
	}
	s.mu.Unlock()
	diff, err := s.store.Apply(ctx, b)
	if err != nil {
		return fmt.Errorf("store my cases: %w", err)
	}
	s.onDiff(diff)
	return nil
}

// mergedLocked converts a row and keeps what only opening a record teaches.
func (s *Session) mergedLocked(row dataverse.Row) chat.Record {
	r := s.sync.ConvertRecord(row)
	old := s.view.records[r.Ref]
	r.Access, r.Opened, r.Mine = old.Access, old.Opened, old.Mine
	return r
}

// searchRecords asks the server, and remembers what it found for offline use.
func (s *Session) searchRecords(ctx context.Context, query string) ([]chat.Record, error) {
	t, err := s.dv.Table(ctx, "incident")
	if err != nil {
		return nil, fmt.Errorf("search records: %w", err)
	}
	rows, err := s.dv.SearchRecords(ctx, t, query, foundMost)
	s.sync.Heard(err)
	if err != nil {
		return nil, fmt.Errorf("search records: %w", err)
	}
	s.mu.Lock()
	var out []chat.Record
	for _, row := range rows {
		out = append(out, s.mergedLocked(row))
	}
	s.mu.Unlock()
	diff, err := s.store.Apply(ctx, store.Batch{Records: out})
	if err != nil {
		return nil, fmt.Errorf("store found records: %w", err)
	}
	s.onDiff(diff)
	return out, nil
}
