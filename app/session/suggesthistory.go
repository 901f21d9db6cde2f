package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/search"
	"chatpane/app/suggest"
)

// readHistory brings the history of resolved cases up to date: what was
// resolved since the last time, or all of it once a day. The store, the index
// and the model change together, after everything was read.
func (s *Session) readHistory(ctx context.Context) error {
	s.suggest.mu.Lock()
	h := s.suggest.history
	s.suggest.mu.Unlock()
	now := time.Now().UTC()
	since := h.Mark
	if now.Sub(h.Whole) >= wholeAfter || h.Cases > 2*suggestCases || h.Unreadable {
		since = time.Time{}
	}
	fresh, mark, err := s.resolvedSince(ctx, since)
	h.Checked = now
	switch h.Unreadable = false; {
	case errors.Is(err, odata.ErrForbidden), errors.Is(err, odata.ErrNotFound):
		h.Unreadable, fresh, since = true, nil, time.Time{} // and what was read before is forgotten
	case err != nil:
		return err
	}
	facts := map[string]any{}
	if since.IsZero() {
		h.Whole, h.Cases = now, 0
		for i := range h.Chunks {
			facts[s.chunkKey(i)] = nil
		}
		h.Chunks = 0
	}
	if !mark.IsZero() {
		h.Mark = mark
	}
	s.appendCases(&h, fresh, facts)
	if err := s.fitted(&h, facts, now); err != nil {
		return err
	}
	if err := s.knowResolvers(ctx, fresh, since.IsZero()); err != nil {
		return err
	}
	facts[s.suggestKey("history")] = h
	if err := s.keepFacts(ctx, facts); err != nil {
		return err
	}
	s.suggest.mu.Lock()
	defer s.suggest.mu.Unlock()
	if s.suggest.history = h; since.IsZero() {
		s.suggest.index = suggest.NewIndex(search.Fold)
	}
	for _, c := range fresh {
		s.suggest.index.Add(c)
	}
	return nil
}

// overlapRead is how far an incremental read goes back before the newest change
// seen: clocks of servers differ, and rows may be committed late.
const overlapRead = 5 * time.Minute

// resolvedSince reads resolved cases, the oldest first, one version each, and
// the time of the newest change.
func (s *Session) resolvedSince(ctx context.Context, since time.Time) (cases []suggest.Case, mark time.Time, err error) {
	if !since.IsZero() {
		since = since.Add(-overlapRead)
	}
	seen := map[string]bool{}
	for page, err := range s.dv.ResolvedCases(ctx, since) {
		if err != nil {
			return nil, mark, err
		}
		for _, r := range page {
			if r.Modified.After(mark) {
				mark = r.Modified
			}
			if !seen[r.ID] { // the newest change of a case comes first
				seen[r.ID] = true
				cases = append(cases, historyCase(r))
			}
		}
		if len(cases) >= suggestCases {
			break
		}
	}
	slices.Reverse(cases)
	return cases, mark, nil
}

func historyCase(r dataverse.ResolvedCase) suggest.Case {
	return suggest.Case{ID: r.ID, Number: r.Number, Title: r.Title, Text: cutText(r.Description), Subject: r.Subject, Product: r.Product,
		Customer: r.Customer, By: r.By, Created: r.Created, Resolved: r.Resolved}
}

// cutText keeps the beginning of a description, where it says what is wrong.
func cutText(text string) string {
	if len(text) <= suggestText {
		return text
	}
	end := suggestText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// appendCases puts cases behind those of the store: the last chunk is filled first.
func (s *Session) appendCases(h *suggestHistory, fresh []suggest.Case, facts map[string]any) {
	h.Cases += len(fresh)
	if h.Chunks > 0 && len(fresh) > 0 {
		last := s.chunk(h.Chunks - 1)
		room := min(max(suggestChunk-len(last), 0), len(fresh))
		if room > 0 {
			facts[s.chunkKey(h.Chunks-1)] = append(last, fresh[:room]...)
			fresh = fresh[room:]
		}
	}
	for part := range slices.Chunk(fresh, suggestChunk) {
		facts[s.chunkKey(h.Chunks)] = part
		h.Chunks++
	}
}

// fitted fits the model again when it is old.
func (s *Session) fitted(h *suggestHistory, facts map[string]any, now time.Time) error {
	if !h.Model.Old(h.Cases, h.Fitted, now) {
		return nil
	}
	latest := map[string]int{}
	var all []suggest.Case
	for i := range h.Chunks {
		part, fresh := facts[s.chunkKey(i)].([]suggest.Case)
		if !fresh {
			part = s.chunk(i)
		}
		for _, c := range part {
			if at, ok := latest[c.ID]; ok {
				all[at] = c
				continue
			}
			latest[c.ID] = len(all)
			all = append(all, c)
		}
	}
	h.Model, h.Fitted = suggest.Fit(all, search.Fold), now
	return nil
}

// knowResolvers reads who resolved cases: all of them once a day, else those
// who are not known yet.
func (s *Session) knowResolvers(ctx context.Context, cases []suggest.Case, all bool) error {
	var ids []string
	s.suggest.mu.Lock()
	for _, c := range cases {
		if _, known := s.suggest.people[c.By]; c.By != "" && (all || !known) {
			ids = append(ids, c.By)
		}
	}
	s.suggest.mu.Unlock()
	if err := s.know(ctx, ids, nil); err != nil {
		return fmt.Errorf("read who resolved cases: %w", err)
	}
	return nil
}
