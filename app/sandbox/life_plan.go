package sandbox

import (
	"math/rand/v2"
	"slices"
	"time"
)

// life is what colleagues do unasked: one act after another, each drawn from the
// seed, and the lines of conversations that have begun. One goroutine owns it.
type life struct {
	s      *Sandbox
	n      int     // acts so far
	scenes []scene // that wait, soonest first
	next   time.Time
	told   map[*room][]int     // conversations that were held
	busy   map[*room]time.Time // until when one goes on
}

// scene is one line of a conversation that is going on.
type scene struct {
	at time.Time
	do func()
}

func newLife(s *Sandbox) *life {
	return &life{s: s, next: s.Now().Add(s.options.LifeEvery), told: map[*room][]int{}, busy: map[*room]time.Time{}}
}

// goOn does what is due and returns how long until the next thing is.
func (l *life) goOn(now time.Time) time.Duration {
	for len(l.scenes) > 0 && !l.scenes[0].at.After(now) {
		do := l.scenes[0].do
		l.scenes = l.scenes[1:]
		do()
	}
	if !now.Before(l.next) {
		l.act("")
		l.next = now.Add(l.s.options.LifeEvery)
	}
	soonest := l.next
	if len(l.scenes) > 0 && l.scenes[0].at.Before(soonest) {
		soonest = l.scenes[0].at
	}
	return max(soonest.Sub(now), time.Millisecond)
}

// later puts a line into the plan.
func (l *life) later(at time.Time, do func()) {
	i, _ := slices.BinarySearchFunc(l.scenes, at, func(s scene, t time.Time) int { return s.at.Compare(t) })
	for i < len(l.scenes) && l.scenes[i].at.Equal(at) {
		i++ // lines of the same moment keep their order
	}
	l.scenes = slices.Insert(l.scenes, i, scene{at, do})
}

// acts are what may happen and how often, in a hundred.
var acts = []struct {
	name string
	part int
}{
	{"talk", 40}, {"react", 14}, {"gif", 8}, {"edit", 6}, {"delete", 4}, {"open", 6}, {"add", 5}, {"join", 4}, {"remove", 4}, {"rename", 3}, {"post", 6},
}

// act does one thing; "" draws which. What cannot be done at the moment turns
// into a talk. It reports whether something happened.
func (l *life) act(name string) bool {
	rng := l.s.random("life", l.n)
	l.n++
	draw := rng.IntN(100)
	for _, a := range acts {
		if name == "" && draw < a.part {
			name = a.name
		}
		draw -= a.part
	}
	doing := map[string]func(*rand.Rand) bool{
		"talk": l.talk, "react": l.react, "gif": l.gif, "edit": l.edit, "delete": l.delete, "open": l.open,
		"add": l.add, "join": l.join, "remove": l.remove, "rename": l.rename, "post": l.post,
	}[name]
	if doing == nil {
		return false
	}
	return doing(rng) || name != "talk" && l.talk(rng)
}

// Act lets a colleague do one thing at once: "talk" (the first line; the rest
// follows while Run runs with Life, else at once), "post" (in a channel), "gif",
// "react", "edit", "delete", "open" (start a chat and connect it to a case), "add",
// "join" (as Dynamics adds people), "remove" or "rename". It reports whether there
// was anything to do it with.
func (s *Sandbox) Act(name string) bool {
	s.acting.Lock()
	defer s.acting.Unlock()
	l := newLife(s)
	l.n = s.acted
	s.acted++
	done := l.act(name)
	for _, x := range l.scenes {
		x.do()
	}
	return done
}

// atWork reports whether somebody has duty. Everybody works nine hours on five
// days, in the time zone of their language, one in seven at night, and one in
// five on Saturdays too.
func atWork(p *Person, t time.Time) bool {
	zone := map[string]int{"de": 1, "ja": 9}[p.language]
	t = t.UTC().Add(time.Duration(zone) * time.Hour)
	begins := 7 + p.index%3
	if p.index%7 == 3 {
		begins = 18
	}
	since := (t.Hour() - begins + 24) % 24
	switch t.Add(-time.Duration(since) * time.Hour).Weekday() {
	case time.Sunday:
		return false
	case time.Saturday:
		return p.index%5 == 0 && since < 9
	}
	return since < 9
}

// extras are the members of a room whom the sandbox may play, without some: those
// on duty, or everybody when nobody is. Whoever uses the app plays themselves.
// The lock is held.
func (s *Sandbox) extras(r *room, without ...*Person) []*Person {
	var free, onDuty []*Person
	now := s.Now()
	for _, m := range r.members {
		p := m.person
		if slices.Contains(without, p) || s.Knobs.present(p) {
			continue
		}
		free = append(free, p)
		if atWork(p, now) {
			onDuty = append(onDuty, p)
		}
	}
	if len(onDuty) > 0 {
		return onDuty
	}
	return free
}

// audience are the people whose chats life should show: those who use the app,
// or the main agent.
func (s *Sandbox) audience() []*Person {
	var out []*Person
	for _, p := range s.People {
		if s.Knobs.present(p) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return s.People[:1]
	}
	return out
}

// stage is a room of the audience that fits, drawn by rng: more often one that is
// connected to a case. The lock is held.
func (l *life) stage(rng *rand.Rand, fits func(*room) bool) *room {
	audience := l.s.audience()
	who := audience[rng.IntN(len(audience))]
	var all, connected []*room
	for _, r := range l.s.of[who.OID] {
		if len(l.s.extras(r, l.s.People[0])) == 0 || !fits(r) {
			continue
		}
		all = append(all, r)
		if r.theme.cas != nil {
			connected = append(connected, r)
		}
	}
	if len(connected) > 0 && rng.IntN(10) < 7 {
		all = connected
	}
	if len(all) == 0 {
		return nil
	}
	return all[rng.IntN(len(all))]
}
