package session

import (
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
)

// resolver turns the operators of a query, which name things as people do, into
// ids. Session.mu is held.
type resolver struct {
	v    *view
	ties map[chat.ID][]tie
	out  *SearchResults // takes problems

	scope  []chat.ID // chats to search in
	locked int       // connected chats of the scope that cannot be read
}

// search makes the store's search of a query.
func (r *resolver) search(q SearchQuery, parsed search.Query) store.Search {
	what := store.Search{
		Terms: parsed.Terms, After: parsed.After, Before: parsed.Before, HasFile: parsed.HasFile,
		Best: q.Order == "best", Limit: int(min(max(q.Limit, 0), mostHits)), Cursor: q.After,
	}
	if what.Limit == 0 {
		what.Limit = hitsAtOnce
	}
	keep := r.inScope(q)
	if len(parsed.In) > 0 {
		keep = both(keep, r.any("in", parsed.In, func(id chat.ID, words []string) bool { return containsAll(r.v.search[id], words) }))
	}
	if len(parsed.Record) > 0 {
		keep = both(keep, r.any("record", parsed.Record, r.belongs))
	}
	for id := range r.v.chats {
		if keep == nil || keep(id) {
			r.scope = append(r.scope, id)
		}
	}
	if keep != nil {
		what.Chats = append([]chat.ID{}, r.scope...)
	}
	if len(parsed.From) > 0 {
		what.From = r.people(parsed.From)
	}
	if parsed.Unread {
		what.Since, what.NotFrom = r.unread(), r.v.me.OID
	}
	return what
}

// inScope is the test for the scope's chats, nil for all.
func (r *resolver) inScope(q SearchQuery) func(chat.ID) bool {
	switch q.Scope {
	case "chat":
		return func(id chat.ID) bool { return string(id) == q.Key }
	case "record":
		for id, ts := range r.ties {
			if _, member := r.v.chats[id]; !member && ofRecord(ts, q.Key) {
				r.locked++
			}
		}
		return func(id chat.ID) bool { return ofRecord(r.ties[id], q.Key) }
	}
	return nil
}

func ofRecord(ts []tie, key string) bool {
	return slices.ContainsFunc(ts, func(t tie) bool { return t.link.Record.Key() == key })
}

func both(a, b func(chat.ID) bool) func(chat.ID) bool {
	if a == nil {
		return b
	}
	return func(id chat.ID) bool { return a(id) && b(id) }
}

// any is the test whether a chat fits one of the values. A value that fits no
// chat at all is a problem.
func (r *resolver) any(code string, values []string, fits func(chat.ID, []string) bool) func(chat.ID) bool {
	hit := map[chat.ID]bool{}
	for _, value := range values {
		words, found := strings.Fields(search.Fold(value)), false
		for id := range r.v.chats {
			if fits(id, words) {
				hit[id], found = true, true
			}
		}
		if !found {
			r.problem(code, value)
		}
	}
	return func(id chat.ID) bool { return hit[id] }
}

// belongs reports whether a chat belongs to a record whose name or number
// contains the words.
func (r *resolver) belongs(id chat.ID, words []string) bool {
	return slices.ContainsFunc(r.ties[id], func(t tie) bool {
		c := r.v.chatRecord(t)
		return containsAll(search.Fold(c.Name+" "+c.Number), words)
	})
}

// people are the ids of those whose name fits one of the values.
func (r *resolver) people(values []string) []string {
	out := []string{}
	for _, value := range values {
		folded := search.Fold(value)
		if folded == "me" {
			out = append(out, r.v.me.OID)
			continue
		}
		words, n := strings.Fields(folded), len(out)
		for id, name := range r.v.names {
			if beginsAll(search.Fold(name), words) {
				out = append(out, id)
			}
		}
		if beginsAll(search.Fold(r.v.me.Name), words) {
			out = append(out, r.v.me.OID)
		}
		if len(out) == n {
			r.problem("from", value)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unread are the chats with unread messages, with the time up to which each is read.
func (r *resolver) unread() map[chat.ID]time.Time {
	out := map[chat.ID]time.Time{}
	for id, c := range r.v.chats {
		if r.v.unread(c) {
			out[id] = c.LastRead
		}
	}
	return out
}

func (r *resolver) problem(code, value string) {
	r.out.Problems = append(r.out.Problems, QueryProblem{Code: code, Text: strings.ToValidUTF8(value, "\uFFFD")})
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return len(words) > 0
}

// beginsAll reports whether each word begins a word of the text.
func beginsAll(text string, words []string) bool {
	of := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" -.'()", r) })
	for _, w := range words {
		if !slices.ContainsFunc(of, func(o string) bool { return strings.HasPrefix(o, w) }) {
			return false
		}
	}
	return len(words) > 0
}
