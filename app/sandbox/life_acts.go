package sandbox

import (
	"fmt"
	"html"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

func anyRoom(*room) bool { return true }

func groupRoom(r *room) bool { return r.kind == "group" }

// talk begins a conversation and plans its lines some seconds apart.
func (l *life) talk(rng *rand.Rand) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	r := l.stage(rng, l.quiet)
	return r != nil && l.converse(r, rng, alone)
}

// alone is for conversations whose lines need nothing more.
func alone(int32) {}

// converse plans the lines of one conversation in a room; then is told the place
// of each. The lock is held.
func (l *life) converse(r *room, rng *rand.Rand, then func(i int32)) bool {
	s := l.s
	cast := s.extras(r, s.People[0])
	if len(cast) == 0 || !l.quiet(r) {
		return false
	}
	rng.Shuffle(len(cast), func(i, k int) { cast[i], cast[k] = cast[k], cast[i] })
	k := l.choose(r, cast, rng)
	episode, at := len(r.entries), s.Now()
	for line := range scripts[k].lines {
		if len(cast) == 1 && scripts[k].lines[line].who != 0 {
			break // the other one is a person, who may answer
		}
		who := cast[scripts[k].lines[line].who%len(cast)]
		if line == 0 {
			l.speak(r, who, episode, entry{script: uint16(k), line: uint16(line)})
			then(int32(r.last()))
			continue
		}
		at = at.Add(time.Duration(6000+rng.IntN(19000)) * time.Millisecond)
		l.later(at, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if r.member(who) != nil && !s.Knobs.present(who) {
				l.speak(r, who, episode, entry{script: uint16(k), line: uint16(line)})
				then(int32(r.last()))
			}
		})
	}
	l.told[r] = append(l.told[r], k)
	l.busy[r] = at
	return true
}

// quiet reports whether no conversation goes on in a room.
func (l *life) quiet(r *room) bool { return !l.s.Now().Before(l.busy[r]) }

// choose picks a conversation that was not held here lately, in English or in a
// language that somebody of the cast speaks. The lock is held.
func (l *life) choose(r *room, cast []*Person, rng *rand.Rand) int {
	old := slices.Clone(l.told[r])
	for _, e := range r.entries[max(0, len(r.entries)-40):] {
		if e.traits&traitEvent == 0 {
			old = append(old, int(e.script))
		}
	}
	k := 0
	for range 12 {
		k = l.s.pick(r, rng, rng.IntN(3) > 0, true)
		language := scripts[k].language
		speaks := func(p *Person) bool { return p.language == language }
		if !slices.Contains(old, k) && (language == "en" || slices.ContainsFunc(cast, speaks)) {
			return k
		}
	}
	return k
}

// speak writes a line of a conversation that began at place episode. The lock is
// held.
func (l *life) speak(r *room, who *Person, episode int, e entry) {
	m := &message{author: who, contentType: "html", importance: "normal", answer: true}
	l.s.compose(r, len(r.entries), episode, e, m)
	l.s.write(r, m)
	if x := r.member(who); x != nil {
		x.read = m.created
	}
}

// post begins a thread in a channel, with the rest of a conversation as replies.
func (l *life) post(rng *rand.Rand) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []*room
	for _, t := range s.teamList {
		for _, c := range t.channels {
			if len(s.extras(c.room, s.People[0])) > 0 && slices.ContainsFunc(s.audience(), func(p *Person) bool { return c.room.member(p) != nil }) {
				open = append(open, c.room)
			}
		}
	}
	if len(open) == 0 {
		return false
	}
	r := open[rng.IntN(len(open))]
	root := int32(len(r.entries))
	return l.converse(r, rng, func(i int32) { r.roots[i] = root })
}

// gifs are what Teams' picker puts into a message: images of Giphy and Tenor.
var gifs = [...]struct{ address, alt string }{
	{"https://media2.giphy.com/media/v1.Y2lkPWNvbnRvc28x/111ebonMs90YLu/giphy.gif", "Thumbs Up"},
	{"https://media1.giphy.com/media/v1.Y2lkPWNvbnRvc28y/g9582DNuQppxC/giphy.gif", "Great Job"},
	{"https://media0.giphy.com/media/v1.Y2lkPWNvbnRvc28z/BPJmthQ3YRwD6QqcVD/giphy.gif", "Good Morning Coffee"},
	{"https://media.tenor.com/contoso4AAAAM/high-five.gif", "High Five"},
	{"https://media.tenor.com/contoso5AAAAM/happy-dance.gif", "Happy Dance"},
}

// gifBody is a message that holds nothing but a GIF, as Teams sends it.
func gifBody(n int) string {
	g := gifs[n%len(gifs)]
	return fmt.Sprintf(`<p><img alt="%s (GIF Image)" src="%s" height="220" width="220" style="width:220px; height:220px" itemtype="http://schema.skype.com/Giphy"></p>`, g.alt, g.address)
}

func (l *life) gif(rng *rand.Rand) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	r := l.stage(rng, anyRoom)
	if r == nil {
		return false
	}
	cast := s.extras(r, s.People[0])
	s.put(r, cast[rng.IntN(len(cast))], gifBody(rng.IntN(len(gifs))), true)
	return true
}

// recent is the newest message of a room that fits, among the last ten. The
// lock is held.
func (s *Sandbox) recent(r *room, fits func(*message) bool) (int, *message) {
	for i := r.last(); i >= 0 && i > r.last()-10; i-- {
		if m := s.message(r, i); m.event == nil && m.deleted == 0 && m.author != nil && fits(m) {
			return i, m
		}
	}
	return 0, nil
}

func (l *life) react(rng *rand.Rand) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	r := l.stage(rng, anyRoom)
	if r == nil {
		return false
	}
	cast := s.extras(r, s.People[0])
	who, emoji := cast[rng.IntN(len(cast))], emojis[rng.IntN(len(emojis))]
	i, m := s.recent(r, func(m *message) bool {
		return m.author != who && !slices.ContainsFunc(m.reactions, func(x reaction) bool { return x.by == who })
	})
	if m == nil {
		return false
	}
	m = s.own(r, i)
	m.reactions = append(slices.Clone(m.reactions), reaction{emoji, who, max(s.Now().UnixMilli(), m.modified+1)})
	s.moved(r, i, m)
	return true
}

// played reports whether life wrote a message.
func played(m *message) bool { return m.answer }

// second thoughts, by language: what an edit adds.
var secondThoughts = map[string]string{
	"en": "Edit: checked again, it is correct.", "de": "Nachtrag: noch einmal geprüft, stimmt so.", "ja": "追記：再確認しました。問題ありません。",
}

func (l *life) edit(rng *rand.Rand) bool {
	return l.change(rng, func(m *message) {
		m.body += "<p>" + secondThoughts[languageOf(plain(m.body), m.author.language)] + "</p>"
		m.edited = max(l.s.Now().UnixMilli(), m.modified+1)
	})
}

func (l *life) delete(rng *rand.Rand) bool {
	return l.change(rng, func(m *message) { m.deleted = max(l.s.Now().UnixMilli(), m.modified+1) })
}

// change alters the newest message that life wrote into a room.
func (l *life) change(rng *rand.Rand, do func(*message)) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := func(r *room) bool { _, m := s.recent(r, played); return m != nil && l.quiet(r) }
	r := l.stage(rng, mine)
	if r == nil {
		return false
	}
	i, _ := s.recent(r, played)
	m := s.own(r, i)
	do(m)
	s.moved(r, i, m)
	return true
}

// open starts a chat as our app does: a group about a case, connected to it, and
// a first conversation.
func (l *life) open(rng *rand.Rand) bool {
	s := l.s
	r, c, by := l.found(rng)
	if r == nil {
		return false
	}
	if _, err := s.AddLink(r.id, "incident", c.ID, by.OID); err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.converse(r, rng, alone)
}

// found makes the chat of open.
func (l *life) found(rng *rand.Rand) (*room, *CaseSeed, *Person) {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Cases) == 0 {
		return nil, nil, nil
	}
	c := s.Cases[rng.IntN(len(s.Cases))]
	audience := s.audience()
	people := []*Person{}
	for _, at := range rng.Perm(len(staff)) {
		if p := s.People[at]; p.Role == "agent" && at != 0 && !s.Knobs.present(p) {
			people = append(people, p)
		}
		if len(people) == 3 {
			break
		}
	}
	if c.Resolved || len(people) < 3 {
		return nil, nil, nil
	}
	by := people[0]
	people = append(people, audience[rng.IntN(len(audience))])
	r := s.newRoom("group", strings.ReplaceAll(c.Title+", "+c.Account.Name, ":", ""), s.Now().Truncate(time.Millisecond), people)
	r.theme = theme{cas: c, language: by.language}
	r.lively = true
	return r, c, by
}

// add brings somebody into a chat, as a member does.
func (l *life) add(rng *rand.Rand) bool {
	return l.admit(rng, func(r *room) *event {
		cast := l.s.extras(r, l.s.People[0])
		return &event{initiator: cast[rng.IntN(len(cast))]}
	})
}

// join brings somebody into a chat, as Dynamics' own application does: names are
// missing in what Graph tells.
func (l *life) join(rng *rand.Rand) bool {
	return l.admit(rng, func(*room) *event { return &event{app: applicationName} })
}

func (l *life) admit(rng *rand.Rand, by func(*room) *event) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	r := l.stage(rng, groupRoom)
	if r == nil {
		return false
	}
	for _, at := range rng.Perm(len(staff)) {
		p := s.People[at]
		if p.Role == "agent" && r.member(p) == nil && len(r.members) < 12 {
			s.World.admit(r, p, time.Time{}, by(r))
			r.guests = append(r.guests, p)
			return true
		}
	}
	return false
}

// remove takes out somebody whom life brought in; nobody else ever goes.
func (l *life) remove(rng *rand.Rand) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	leaves := func(r *room) *Person {
		for _, p := range r.guests {
			if r.member(p) != nil && !s.Knobs.present(p) && len(s.extras(r, s.People[0], p)) > 0 {
				return p
			}
		}
		return nil
	}
	r := l.stage(rng, func(r *room) bool { return leaves(r) != nil })
	if r == nil {
		return false
	}
	p := leaves(r)
	r.guests = slices.DeleteFunc(r.guests, func(x *Person) bool { return x == p })
	cast := s.extras(r, s.People[0], p)
	s.expel(r, p, cast[rng.IntN(len(cast))])
	return true
}

// endings are what a name gets when a case goes on.
var endings = [...]string{"parts ordered", "visit planned", "waiting for customer", "solved"}

// rename gives a chat that life opened another name.
func (l *life) rename(rng *rand.Rand) bool {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	r := l.stage(rng, func(r *room) bool { return r.lively })
	if r == nil {
		return false
	}
	cast := s.extras(r, s.People[0])
	name, _, _ := strings.Cut(r.topic, " (")
	s.World.rename(r, cast[rng.IntN(len(cast))], html.UnescapeString(name)+" ("+endings[rng.IntN(len(endings))]+")")
	return true
}
