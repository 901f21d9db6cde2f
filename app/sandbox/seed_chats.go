package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// seedChats makes the chats, connects about a third of the cases to them and
// fills them with messages up to now.
func (w *World) seedChats(chats, messages int) {
	kinds := w.plan(chats)
	w.connect(kinds)
	for i, k := range kinds {
		w.open(i, k)
	}
	counts := w.share(messages)
	for i, r := range w.rooms {
		w.fill(r, counts[i], w.lastActivity(i))
		w.readUp(r)
	}
	w.seedWorkplace()
}

// plan is what a room will be before it is made.
type plan struct {
	kind    string
	cases   []*CaseSeed
	people  []*Person
	topic   string
	subject *CaseSeed // what the talk is about even without a connection
}

// plan decides the kinds: the first is the all-hands chat, the second a
// meeting, every seventh a 1:1 chat, the rest groups.
func (w *World) plan(chats int) []*plan {
	out := make([]*plan, chats)
	pair := 0
	for i := range out {
		p := &plan{kind: "group"}
		rng := w.random("plan", i)
		switch {
		case i == 7:
			p.people, p.topic = w.People[:28], "Customer Care all hands"
		case i == 12:
			p.kind, p.people, p.topic = "meeting", w.company(rng, true, 6), "Weekly case review"
		case i%7 == 3:
			if a, b := w.couple(pair); a != nil {
				p.kind, p.people = "oneOnOne", []*Person{a, b}
				pair++
				break
			}
			fallthrough
		default:
			p.people = w.company(rng, rng.IntN(100) < 78, 2+rng.IntN(6))
			if len(w.Cases) > 0 && rng.IntN(5) > 0 {
				p.subject = w.Cases[rng.IntN(len(w.Cases))]
			}
			if p.topic = groupTopics[rng.IntN(len(groupTopics))]; p.subject != nil {
				p.topic = subjectTopic(p.subject, rng)
			}
		}
		out[i] = p
	}
	return out
}

var groupTopics = [...]string{"", "Early shift", "Spare parts desk", "Billing questions", "Portal release", "Team Hamburg", "Lunch 🍜", "Knowledge reviews", "品質ミーティング", "Field service dispatch"}

func subjectTopic(c *CaseSeed, rng *rand.Rand) string {
	switch rng.IntN(6) {
	case 0:
		return c.Number + " " + c.Account.Name
	case 1:
		return ""
	case 2:
		return c.Account.Name + ", " + strings.ToLower(c.Title[:1]) + c.Title[1:]
	default:
		return c.Title + ", " + c.Account.Name
	}
}

// couple is the n-th pair of people for a 1:1 chat: the main agent's first.
func (w *World) couple(n int) (a, b *Person) {
	for i := range w.People {
		rest := len(w.People) - 1 - i
		if n < rest {
			return w.People[i], w.People[i+1+n]
		}
		n -= rest
	}
	return nil, nil
}

// company picks n people, the main agent among them or not. The guest comes
// along only now and then.
func (w *World) company(rng *rand.Rand, main bool, n int) []*Person {
	var out []*Person
	if main {
		out = append(out, w.People[0])
	}
	for len(out) < n {
		p := w.People[1+rng.IntN(len(w.People)-1)]
		if slices.Contains(out, p) || p.Role == "guest" && rng.IntN(3) > 0 {
			continue
		}
		out = append(out, p)
	}
	return out
}

// connect gives every third case one to three group chats. Of the first case
// the main agent is in three and locked out of one.
func (w *World) connect(plans []*plan) {
	var groups []int
	for i, p := range plans {
		if p.kind == "group" && p.topic != "Customer Care all hands" {
			groups = append(groups, i)
		}
	}
	next := 0
	take := func() *plan {
		if next == len(groups) {
			return nil
		}
		next++
		return plans[groups[next-1]]
	}
	for i := 0; i < len(w.Cases); i += 3 {
		c := w.Cases[i]
		rng := w.random("connect", i)
		n := 1 + rng.IntN(3)
		if i == 0 {
			n = 4
		}
		for k := range n {
			p := take()
			if p == nil {
				return
			}
			p.subject, p.cases = c, append(p.cases, c)
			p.topic = connectedTopic(c, k)
			inside := i == 0 && k < 3 || i > 0 && rng.IntN(4) > 0
			p.people = w.company(rng, inside, 3+rng.IntN(3))
			if o := w.owner(c); o != w.People[0] && !slices.Contains(p.people, o) {
				p.people = append(p.people, o)
			}
			if k == 0 && i%4 == 0 && i > 0 {
				p.cases = append(p.cases, w.Cases[i-2]) // one chat, two cases
			}
		}
	}
}

func connectedTopic(c *CaseSeed, k int) string {
	return [...]string{
		c.Title + ", " + c.Account.Name,
		c.Number + " parts and visit",
		c.Account.Name + " account team",
		c.Number + " second opinion",
	}[k]
}

// open makes a room with its members and the connections to cases.
func (w *World) open(i int, p *plan) {
	rng := w.random("open", i)
	created := w.lastActivity(i).Add(-time.Duration(20+rng.IntN(300)) * 24 * time.Hour).Truncate(time.Millisecond)
	var lead *CaseSeed
	if lead = p.subject; len(p.cases) > 0 {
		lead = p.cases[0]
	}
	r := w.newRoom(p.kind, p.topic, created, p.people)
	r.theme = theme{cas: lead, language: "en"}
	if rng.IntN(2) == 0 && (len(w.Cases) == 0 || lead != w.Cases[0]) { // the demo's first case reads in one language
		r.theme.language = p.people[len(p.people)-1].language
	}
	for _, c := range p.cases {
		connector := p.people[rng.IntN(len(p.people))]
		if connector.SystemUserID == "" {
			connector = w.owner(c)
		}
		name := []rune(p.topic)
		c.Linked = append(c.Linked, LinkSeed{
			ChatID: r.id, Name: string(name[:min(100, len(name))]), Connector: connector,
			At: w.lastActivity(i).Add(-time.Duration(1+rng.IntN(60)) * time.Hour).Truncate(time.Second),
		})
	}
	for _, c := range p.cases {
		slices.SortStableFunc(c.Linked, func(a, b LinkSeed) int { return a.At.Compare(b.At) })
	}
}

// newRoom makes an empty chat. The caller holds the lock or is the seed.
func (w *World) newRoom(kind, topic string, created time.Time, people []*Person) *room {
	n := len(w.rooms)
	r := &room{kind: kind, topic: topic, created: created, updated: created, number: n}
	plain := strings.ReplaceAll(w.guid("chat", n), "-", "")
	switch kind {
	case "oneOnOne":
		a, b := people[0].OID, people[1].OID
		r.id = fmt.Sprintf("19:%s_%s@unq.gbl.spaces", min(a, b), max(a, b))
		w.pairs[min(a, b)+max(a, b)] = r
	case "meeting":
		r.id = "19:meeting_" + plain + "@thread.v2"
	default:
		r.id = "19:" + plain + "@thread.v2"
	}
	w.rooms = append(w.rooms, r)
	w.chats[r.id] = r
	for _, p := range people {
		w.join(r, p, time.Time{})
	}
	return r
}

// join adds a member who sees the history from a time on (zero: all).
func (w *World) join(r *room, p *Person, from time.Time) *membership {
	m := &membership{id: membershipID(w.TenantID, r.id, p.OID), person: p, from: from, roles: []string{"owner"}}
	if p.Role == "guest" {
		m.roles = []string{"guest"}
	}
	r.members = append(r.members, m)
	r.memberFace.Store(nil)
	w.of[p.OID] = append(w.of[p.OID], r)
	return m
}

// lastActivity spreads the newest messages: the first chats this morning, then
// yesterday, then weeks. The order is shuffled a little by the seed.
func (w *World) lastActivity(i int) time.Time {
	rng := w.random("activity", i)
	var ago time.Duration
	switch {
	case i < 10:
		ago = time.Duration(2+i*9+rng.IntN(8)) * time.Minute
	case i < 30:
		ago = time.Duration(100+(i-10)*70+rng.IntN(60)) * time.Minute
	default:
		ago = 26*time.Hour + time.Duration(float64(i-30)*(5+rng.Float64())*float64(time.Hour)*min(1, 400/float64(len(w.rooms)+1)))
	}
	return w.born.Add(-ago).Truncate(time.Millisecond)
}

// share divides the messages among the rooms: each gets three, the rest goes
// by weight, so that some chats are long.
func (w *World) share(messages int) []int {
	counts := make([]int, len(w.rooms))
	weights := make([]float64, len(w.rooms))
	sum := 0.0
	for i := range weights {
		weights[i] = 0.15 + w.random("weight", i).ExpFloat64()
		sum += weights[i]
	}
	left := messages
	for i := range counts {
		counts[i] = min(3, left)
		left -= counts[i]
	}
	rest := left
	for i := range counts {
		n := int(float64(rest) * weights[i] / sum)
		counts[i] += n
		left -= n
	}
	if len(counts) > 0 {
		counts[0] += left
	}
	return counts
}

// readUp sets the members' viewpoints: everybody has read everything, except
// that the main agent has not seen the end of some recent chats and never
// opened a few.
func (w *World) readUp(r *room) {
	last := r.last()
	if last < 0 {
		return
	}
	for _, m := range r.members {
		m.read = r.entries[last].created
	}
	m := r.member(w.People[0])
	if m == nil {
		return
	}
	switch {
	case r.number < 40 && r.number%3 == 1 && last > 6:
		m.read = r.entries[last-1-r.number%4].created
		for k := last - r.number%4; k <= last; k++ {
			if e := &r.entries[k]; e.author == 0 {
				e.author = uint16(w.other(r, 0).index)
			}
		}
	case r.number%37 == 20:
		m.read = 0
	}
}

// other is a member of the room who is not the person with that index.
func (w *World) other(r *room, index int) *Person {
	for _, m := range r.members {
		if m.person.index != index {
			return m.person
		}
	}
	return r.members[0].person
}
