package session

import "time"

// presentFor is how long keyboard or mouse use in the window makes the user
// present (product.md 11.1).
const presentFor = 5 * time.Minute

// presence is what is known of the user being there.
type presence struct {
	visible bool
	active  time.Time // last use of keyboard or mouse
}

func (p presence) is(now time.Time) bool {
	return p.visible && now.Sub(p.active) < presentFor
}

// Active tells that keyboard or mouse were used in the window.
func (s *Session) Active() { s.setPresence(func(p *presence) { p.active = time.Now() }) }

// Visible tells whether the window can be seen. Becoming visible is focus: it
// reads at once.
func (s *Session) Visible(visible bool) {
	s.setPresence(func(p *presence) {
		p.visible = visible
		if visible {
			p.active = time.Now()
		}
	})
	if visible {
		s.Refresh()
	}
}

func (s *Session) setPresence(f func(*presence)) {
	s.mu.Lock()
	before := s.present.is(time.Now())
	f(&s.present)
	now := s.present.is(time.Now())
	s.mu.Unlock()
	s.sync.SetPresent(now)
	if now && !before {
		nudge(s.faces)
		nudge(s.keeper.work)
	}
}

// ends is when presence ends if nothing is used any more, zero when there is none.
func (p presence) ends(now time.Time) time.Time {
	if !p.is(now) {
		return time.Time{}
	}
	return p.active.Add(presentFor)
}

// Refresh reads list, links and the settings that decide on rights at once
// (coalesced), lets ops be tried again, and reads facts that are old.
func (s *Session) Refresh() {
	s.sync.Poke()
	s.outbox.Nudge()
	s.wantRights()
}
