//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chatpane/build/tour/a11y"
)

// screen is what one program shows, read through its accessibility tree.
type screen struct {
	t       *tour
	program string // its name, for people; and in the tree where process is 0
	process int
	height  int    // where its window ends on the display
	window  string // X's id of its window, where the tour knows it
}

// errNotThere tells that a program shows no page at all yet.
var errNotThere = errors.New("it shows no page")

// read returns the page of the program, parents before children. Of the window
// around a page (menus and tabs of a browser) nothing is read.
func (s *screen) read(ctx context.Context) (snapshot, error) {
	programs, err := s.t.bus.Programs(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range programs {
		if ours, err := s.shows(ctx, p); err != nil || !ours {
			continue
		}
		var page snapshot
		depth := -1
		err = p.Walk(ctx, func(o a11y.Seen) bool {
			if depth < 0 && o.Role == "document web" && o.State.Has(a11y.Showing) && !o.Box.Empty() {
				depth = o.Depth
			} else if depth >= 0 && o.Depth <= depth {
				return false // behind the page
			}
			if depth >= 0 {
				o.Depth -= depth
				page = append(page, o)
			}
			return true
		})
		if err != nil {
			return nil, err
		}
		if len(page) > 0 {
			return page, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", s.program, errNotThere)
}

// shows reports whether p is the program of this screen.
func (s *screen) shows(ctx context.Context, p a11y.Node) (bool, error) {
	if s.process != 0 {
		id, err := p.Process(ctx)
		return id == s.process, err
	}
	name, err := p.Name(ctx)
	return strings.EqualFold(name, s.program), err
}

// snapshot is a page at one moment, parents before children.
type snapshot []a11y.Seen

// below returns what is inside the object at i.
func (p snapshot) below(i int) snapshot {
	end := i + 1
	for end < len(p) && p[end].Depth > p[i].Depth {
		end++
	}
	return p[i+1 : end]
}

// text returns everything that can be read inside the object at i and on it.
func (p snapshot) text(i int) string {
	parts := []string{p[i].Name, p[i].Text}
	for _, o := range p.below(i) {
		parts = append(parts, o.Name, o.Text)
	}
	return strings.Join(parts, " ")
}

// query says which object is meant.
type query struct {
	roles  []string
	name   string   // exact; "" matches any
	title  string   // how the name begins
	parts  []string // contained in the name or in what is inside
	usable bool     // not disabled
	inside *query
}

// a starts a query by role; several roles are alternatives, for engines differ.
func a(roles ...string) query { return query{roles: roles} }

// named asks for the exact accessible name.
func (q query) named(name string) query { q.name = name; return q }

// titled asks for the beginning of the accessible name: WebKit adds what an
// entry holds to the name of its label.
func (q query) titled(start string) query { q.title = start; return q }

// with asks for text in the name or anywhere inside, whatever its case; asked
// twice, for both texts.
func (q query) with(part string) query {
	q.parts = append(slices.Clone(q.parts), part)
	return q
}

// enabled asks for one that is not greyed out.
func (q query) enabled() query { q.usable = true; return q }

// in asks for a place inside another object.
func (q query) in(outer query) query { q.inside = &outer; return q }

func (q query) String() string {
	s := "a " + strings.Join(q.roles, " or ")
	if q.name != "" {
		s += fmt.Sprintf(" named %q", q.name)
	}
	if q.title != "" {
		s += fmt.Sprintf(" titled %q", q.title)
	}
	for _, part := range q.parts {
		s += fmt.Sprintf(" with %q", part)
	}
	if q.usable {
		s += ", enabled,"
	}
	if q.inside != nil {
		s += " in " + q.inside.String()
	}
	return s
}

// all returns the objects of p that q means, as positions.
func (q query) all(p snapshot) []int {
	scopes := []int{-1}
	if q.inside != nil {
		scopes = q.inside.pick(p)
	}
	var found []int
	for _, scope := range scopes {
		from, to := 0, len(p)
		if scope >= 0 {
			from, to = scope+1, scope+1+len(p.below(scope))
		}
		for i := from; i < to; i++ {
			if q.matches(p, i) && !slices.Contains(found, i) {
				found = append(found, i)
			}
		}
	}
	return found
}

// pick returns the first that q means, or none.
func (q query) pick(p snapshot) []int {
	found := q.all(p)
	return found[:min(1, len(found))]
}

func (q query) matches(p snapshot, i int) bool {
	if !slices.Contains(q.roles, p[i].Role) {
		return false
	}
	if q.name != "" && !strings.EqualFold(strings.TrimSpace(p[i].Name), q.name) {
		return false
	}
	if q.usable && !p[i].State.Has(a11y.Enabled) {
		return false
	}
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(p[i].Name)), strings.ToLower(q.title)) {
		return false
	}
	if len(q.parts) == 0 {
		return true
	}
	text := strings.ToLower(p.text(i))
	return !slices.ContainsFunc(q.parts, func(part string) bool { return !strings.Contains(text, strings.ToLower(part)) })
}

// until reads the page again and again until true says yes to it. wanted says
// in words what for.
func (s *screen) until(ctx context.Context, wanted string, true func(snapshot) bool) error {
	ctx, cancel := context.WithTimeout(ctx, s.t.patience)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		page, err := s.read(ctx)
		if err == nil && true(page) {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waited %s in vain for %s", s.t.patience, wanted), last)
		}
	}
}

// find waits for what q means.
func (s *screen) find(ctx context.Context, q query) (a11y.Seen, error) {
	found, _, err := s.readOut(ctx, q)
	return found, err
}

// readOut is find that also returns all that can be read there.
func (s *screen) readOut(ctx context.Context, q query) (found a11y.Seen, text string, err error) {
	err = s.until(ctx, q.String(), func(p snapshot) bool {
		for _, i := range q.pick(p) {
			found, text = p[i], p.text(i)
			return true
		}
		return false
	})
	return found, text, err
}

// gone waits until nothing is left of what q means.
func (s *screen) gone(ctx context.Context, q query) error {
	return s.until(ctx, q.String()+" to go", func(p snapshot) bool { return len(q.all(p)) == 0 })
}

// count returns how many objects q means now.
func (s *screen) count(ctx context.Context, q query) (int, error) {
	page, err := s.read(ctx)
	return len(q.all(page)), err
}

// says waits for a text anywhere on the page.
func (s *screen) says(ctx context.Context, text string) error {
	return s.until(ctx, fmt.Sprintf("the text %q", text), func(p snapshot) bool {
		return len(p) > 0 && strings.Contains(strings.ToLower(p.text(0)), strings.ToLower(text))
	})
}
