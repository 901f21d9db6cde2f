package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
)

const (
	peopleMost    = 25
	presenceFresh = 60 * time.Second
	presenceOff   = 15 * time.Minute // until presence is asked for again where the permission is missing
	presenceMost  = 650              // ids per request (graph.md §1.14)
)

// FindPeople finds people by name or mail: members of a chat, or of the
// directory for "". Offline, and when the directory cannot be read, it answers
// from the people met before.
func (s *Session) FindPeople(ctx context.Context, query string, in chat.ID) ([]Person, error) {
	query = strings.TrimSpace(query)
	if in != "" {
		return s.findMembers(query, in)
	}
	if query != "" {
		users, err := s.graph.SearchUsers(ctx, query, peopleMost)
		s.sync.Heard(err)
		if err == nil {
			var b store.Batch
			out := []Person{}
			for _, u := range users {
				p := chat.Person{ID: u.ID, Name: u.DisplayName, Email: u.Mail, UPN: u.UserPrincipalName,
					JobTitle: u.JobTitle, Guest: u.Guest()}
				b.People = append(b.People, p)
				if p.ID != s.me.OID && !p.Disabled {
					out = append(out, personRow(p))
				}
			}
			diff, err := s.store.Apply(ctx, b)
			if err != nil {
				return nil, fmt.Errorf("store found people: %w", err)
			}
			s.onDiff(diff)
			return out, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	people, err := s.store.SearchPeople(query, peopleMost+1)
	if err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	out := []Person{}
	for _, p := range people {
		if p.ID != s.me.OID && !p.Disabled {
			out = append(out, personRow(p))
		}
	}
	return out, nil
}

func (s *Session) findMembers(query string, in chat.ID) ([]Person, error) {
	c, ok, err := s.store.Chat(in)
	if err != nil {
		return nil, fmt.Errorf("find members of %s: %w", in, err)
	}
	if !ok {
		return nil, &Problem{Code: "notMember"}
	}
	out := []Person{}
	for _, m := range c.Members {
		if m.UserID != s.me.OID && containsFolded(m.Name+"\n"+m.Email, query) {
			out = append(out, Person{ID: m.UserID, Name: m.Name, Email: m.Email, Guest: m.Guest})
		}
	}
	slices.SortFunc(out, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	return out[:min(len(out), peopleMost)], nil
}

func personRow(p chat.Person) Person {
	return Person{ID: p.ID, Name: p.Name, Email: p.Email, JobTitle: p.JobTitle, Guest: p.Guest}
}

// WatchPeople names the people on screen, whose presence is then kept fresh
// while the user is present.
func (s *Session) WatchPeople(ids []string) {
	s.mu.Lock()
	s.people = ids[:min(len(ids), presenceMost)]
	s.mu.Unlock()
	nudge(s.faces)
}

// presenceLoop reads the presence of people on screen, each at most once a
// minute, and notices that the user went away, which nothing else tells. While
// the user is away it sleeps.
func (s *Session) presenceLoop(ctx context.Context) error {
	for {
		s.mu.Lock()
		var ask []string
		now := time.Now()
		next, here := s.present.ends(now), s.present.is(now)
		if here && s.view.online {
			if len(s.people) > 0 && now.Add(presenceFresh).Before(next) {
				next = now.Add(presenceFresh)
			}
			for _, id := range s.people {
				if id != "" && now.Sub(s.seen[id]) >= presenceFresh {
					ask = append(ask, id)
					s.seen[id] = now
				}
			}
		}
		s.mu.Unlock()
		s.sync.SetPresent(here)
		if len(ask) > 0 {
			s.readPresence(ctx, ask)
		}
		if err := await(ctx, s.faces, next); err != nil {
			return err
		}
	}
}

// await blocks until a nudge, a time (zero = none) or the end of ctx, whose
// error it then returns.
func await(ctx context.Context, c <-chan struct{}, at time.Time) error {
	var timer <-chan time.Time
	if !at.IsZero() {
		t := time.NewTimer(time.Until(at))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
	case <-c:
	case <-timer:
	}
	return ctx.Err()
}

func (s *Session) readPresence(ctx context.Context, ids []string) {
	got, err := s.graph.Presences(ctx, ids)
	s.sync.Heard(err)
	if err != nil {
		s.log.Info("read presence", "count", len(ids), "err", err)
		if isMissingScope(err) {
			s.mu.Lock()
			for _, id := range ids {
				s.seen[id] = time.Now().Add(presenceOff)
			}
			s.mu.Unlock()
		}
		return
	}
	s.board.update(func(e *edit) {
		for _, p := range got {
			e.put(cellPresence, p.ID, Presence{User: p.ID, Availability: p.Availability})
		}
	})
}

// containsFolded reports whether text contains query, whatever case or accents.
func containsFolded(text, query string) bool {
	return strings.Contains(search.Fold(text), search.Fold(query))
}
