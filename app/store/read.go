package store

import (
	"cmp"
	"slices"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/search"
)

// What these return shares its lists with the store: callers must not alter
// them. The errors are [ErrClosed] only, since all of it is in memory.

// memory gives f the memory to read.
func (s *Store) memory(f func(*memory)) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return ErrClosed
	}
	f(s.mem)
	return nil
}

// Chats returns all chats, newest message first.
func (s *Store) Chats() ([]chat.Chat, error) {
	var out []chat.Chat
	err := s.memory(func(m *memory) {
		for _, e := range m.chats {
			if e.chat != nil {
				out = append(out, *e.chat)
			}
		}
	})
	slices.SortFunc(out, chat.ComparePreview)
	return out, err
}

// Chat returns one chat; false when it is not stored.
func (s *Store) Chat(id chat.ID) (c chat.Chat, ok bool, err error) {
	err = s.memory(func(m *memory) {
		if e := m.chats[id]; e.chat != nil {
			c, ok = *e.chat, true
		}
	})
	return c, ok, err
}

// Count returns how many messages of a chat are stored.
func (s *Store) Count(id chat.ID) (n int, err error) {
	err = s.memory(func(m *memory) { n = m.chats[id].messages })
	return n, err
}

// Links returns the newest row of every pair, live or not, by chat and record.
func (s *Store) Links() ([]chat.Link, error) {
	newest := map[chat.Pair]chat.Link{}
	err := s.memory(func(m *memory) {
		for _, l := range m.links {
			if have, ok := newest[l.Pair()]; !ok || chat.NewestLink(l, have) {
				newest[l.Pair()] = l
			}
		}
	})
	return byPair(newest), err
}

// LinkRows returns all rows of a pair, the newest first.
func (s *Store) LinkRows(p chat.Pair) ([]chat.Link, error) {
	var out []chat.Link
	err := s.memory(func(m *memory) {
		for _, l := range m.links {
			if l.Pair() == p {
				out = append(out, l)
			}
		}
	})
	slices.SortFunc(out, func(a, b chat.Link) int {
		if chat.NewestLink(a, b) {
			return -1
		}
		return 1
	})
	return out, err
}

func byPair(newest map[chat.Pair]chat.Link) []chat.Link {
	out := make([]chat.Link, 0, len(newest))
	for _, l := range newest {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b chat.Link) int {
		return cmp.Or(cmp.Compare(a.Chat, b.Chat), cmp.Compare(a.Record.Key(), b.Record.Key()))
	})
	return out
}

// Record returns what is known of a record; false when nothing is.
func (s *Store) Record(ref chat.RecordRef) (r chat.Record, ok bool, err error) {
	err = s.memory(func(m *memory) { r, ok = m.records[ref] })
	return r, ok, err
}

// Records returns all known records, by key.
func (s *Store) Records() ([]chat.Record, error) {
	var out []chat.Record
	err := s.memory(func(m *memory) {
		for _, r := range m.records {
			out = append(out, r)
		}
	})
	slices.SortFunc(out, func(a, b chat.Record) int { return cmp.Compare(a.Ref.Key(), b.Ref.Key()) })
	return out, err
}

// Person returns a person by Entra object id; false when unknown.
func (s *Store) Person(id string) (p chat.Person, ok bool, err error) {
	err = s.memory(func(m *memory) { p, ok = m.people[id] })
	return p, ok, err
}

// People returns everybody who is known, by id.
func (s *Store) People() ([]chat.Person, error) {
	var out []chat.Person
	err := s.memory(func(m *memory) {
		for _, p := range m.people {
			out = append(out, p)
		}
	})
	slices.SortFunc(out, func(a, b chat.Person) int { return cmp.Compare(a.ID, b.ID) })
	return out, err
}

// Configs returns the chat settings of an environment's record types, by table.
// It is nil when they were never read, or when there are none.
func (s *Store) Configs(env string) (out []chat.LinkConfig, err error) {
	err = s.memory(func(m *memory) { out = slices.Clone(m.configs[env]) })
	slices.SortFunc(out, func(a, b chat.LinkConfig) int { return cmp.Compare(a.Table, b.Table) })
	return out, err
}

// Mark returns how far a feed has been read; empty when never, or when the
// store is closed.
func (s *Store) Mark(feed string) (value string) {
	_ = s.memory(func(m *memory) { value = m.marks[feed] })
	return value
}

// Fact returns what was remembered under a key; nil when nothing was, or when
// the store is closed.
func (s *Store) Fact(key string) (value []byte) {
	_ = s.memory(func(m *memory) { value = slices.Clone(m.facts[key]) })
	return value
}

// SearchPeople returns up to n people who have, for each word of the text, a
// word in name, e-mail or user name that begins with it, whatever the case and
// the accents. Those whose name begins with the text come first, then by name.
// Disabled people are left out.
func (s *Store) SearchPeople(text string, n int) ([]chat.Person, error) {
	query := search.Fold(text)
	words := strings.Fields(query)
	if len(words) == 0 || n <= 0 {
		return nil, s.memory(func(*memory) {})
	}
	type hit struct {
		person chat.Person
		name   string
	}
	var hits []hit
	err := s.memory(func(m *memory) {
		for _, p := range m.people {
			name := search.Fold(p.Name)
			if !p.Disabled && matches(words, name+" "+search.Fold(p.Email)+" "+search.Fold(p.UPN)) {
				hits = append(hits, hit{p, name})
			}
		}
	})
	slices.SortFunc(hits, func(a, b hit) int {
		if x, y := strings.HasPrefix(a.name, query), strings.HasPrefix(b.name, query); x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.person.ID, b.person.ID))
	})
	out := make([]chat.Person, 0, min(n, len(hits)))
	for _, h := range hits[:min(n, len(hits))] {
		out = append(out, h.person)
	}
	return out, err
}

// matches reports whether each word begins a word of the text.
func matches(words []string, text string) bool {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" .-_@,'()", r) })
	whole := strings.Fields(text)
	for _, w := range words {
		begins := func(p string) bool { return strings.HasPrefix(p, w) }
		if !slices.ContainsFunc(parts, begins) && !slices.ContainsFunc(whole, begins) {
			return false
		}
	}
	return true
}
