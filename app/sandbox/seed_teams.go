package sandbox

import (
	"strings"
	"time"
)

// newcomers are the people who joined after the seeded chats had been made: they
// are in teams and in the directory, but in no seeded chat.
var newcomers = []Person{
	{Name: "Wanda Kowalczyk", JobTitle: "Store Keeper", Role: "agent", language: "en"},
	{Name: "Idris Farouk", JobTitle: "Shift Lead", Role: "supervisor", language: "en"},
	{Name: "Greta Althaus", JobTitle: "Trainer", Role: "expert", language: "de"},
	{Name: "Haruto Sakai (酒井 陽翔)", JobTitle: "Field Planner", Role: "agent", language: "ja"},
	{Name: "Bianca Moretti", JobTitle: "Returns Desk", Role: "agent", language: "en"},
	{Name: "Ulrich Steiner", JobTitle: "Auditor", Role: "readonly", language: "de"},
	{Name: "Thandiwe Nkosi", JobTitle: "Returns Desk", Role: "agent", language: "en"},
	{Name: "Jasper Whitcombe", JobTitle: "Store Keeper", Role: "agent", language: "en"},
	{Name: "Mirela Dobrev", JobTitle: "Field Planner", Role: "agent", language: "en"},
	{Name: "Emeka Chukwu", JobTitle: "Shift Lead", Role: "supervisor", language: "en"},
	{Name: "Sabine Hofer", JobTitle: "Trainer", Role: "expert", language: "de"},
	{Name: "Chiyo Endo (遠藤 千代)", JobTitle: "Returns Desk", Role: "agent", language: "ja"},
}

// graphTeam is a team of Microsoft Teams; TeamSeed is one of Dataverse.
type graphTeam struct {
	id, name, description string
	people                []*Person
	owner                 *Person
	channels              []*channel
}

// channel is a channel of a team. Its messages are a room that no list of chats
// shows.
type channel struct {
	team              *graphTeam
	room              *room
	name, description string
	kind              string // "standard", "private" or "shared"
	drive             *Person
}

// channelPlan is what a channel will be; who keeps people of the team, nil all.
type channelPlan struct {
	name, description, kind string
	who                     func(*Person) bool
}

// seedWorkplace adds the newcomers and the teams. It comes last, so that chats
// and cases are those of a company without them.
func (w *World) seedWorkplace() {
	for i := range newcomers {
		w.hire(newcomers[i], len(staff)+i)
	}
	w.teams = map[string]*graphTeam{}
	for i, p := range w.teamPlans() {
		t := p.team
		t.id = w.guid("graphteam", i)
		w.teamList = append(w.teamList, t)
		w.teams[t.id] = t
		for k, c := range p.channels {
			w.seedChannel(t, c, i*8+k)
		}
	}
}

// hire puts a person into the directory.
func (w *World) hire(p Person, index int) {
	p.index = index
	p.OID = w.guid("person", index)
	p.UPN = alias(p.Name) + "@" + domain
	p.Mail = p.UPN
	p.SystemUserID = w.guid("systemuser", index)
	p.photo = index%4 != 3
	w.People = append(w.People, &p)
	w.byOID[p.OID] = &p
	w.byUPN[strings.ToLower(p.UPN)] = &p
}

type teamPlan struct {
	team     *graphTeam
	channels []channelPlan
}

func (w *World) teamPlans() []teamPlan {
	insiders := func(p *Person) bool { return p.Role != "guest" }
	titled := func(part string) func(*Person) bool {
		return func(p *Person) bool { return p.index == 0 || strings.Contains(p.JobTitle, part) }
	}
	without := func(p *Person) bool { return p.index != 0 && p.index%4 == 1 }
	return []teamPlan{
		{&graphTeam{name: "Customer Care", description: "Everybody who talks to customers", people: w.choosePeople(insiders), owner: w.People[5]}, []channelPlan{
			{"General", "Announcements for everybody", "standard", nil},
			{"Product questions", "Ask before you promise", "standard", nil},
			{"Escalations", "Cases that need a decision today", "private", titled("Senior")},
			{"Duty roster", "Who is on duty", "private", without},
			{"Northwind Seals", "With the parts liaison of Northwind", "shared", func(p *Person) bool { return p.index < 9 }},
		}},
		{&graphTeam{name: "Field Service", description: "Visits, vans and parts", people: w.choosePeople(func(p *Person) bool { return insiders(p) && p.index%2 == 0 }), owner: w.People[6]}, []channelPlan{
			{"General", "Announcements for field service", "standard", nil},
			{"Dispatch", "Who drives where", "standard", nil},
			{"On call", "Numbers and swaps", "private", titled("Field")},
			{"Depot Hamburg", "With the depot's own staff", "shared", func(p *Person) bool { return p.index < 12 }},
		}},
		{&graphTeam{name: "Knowledge and Quality", description: "Articles, reviews and training", people: w.choosePeople(func(p *Person) bool { return insiders(p) && p.index%3 == 0 }), owner: w.People[9]}, []channelPlan{
			{"General", "Announcements of the quality group", "standard", nil},
			{"Article drafts", "Read and comment", "standard", nil},
			{"Reviews", "Reviews of answers, not for everybody", "private", titled("Expert")},
			{"Portal pilot", "With the customers of the pilot", "shared", func(p *Person) bool { return p.index < 20 }},
		}},
	}
}

func (w *World) choosePeople(keep func(*Person) bool) []*Person {
	var out []*Person
	for _, p := range w.People {
		if keep(p) {
			out = append(out, p)
		}
	}
	return out
}

// channelRooms is the first number of the rooms of channels; those of chats are
// below it.
const channelRooms = 1 << 20

// seedChannel makes a channel whose posts are the episodes of a conversation:
// the first line begins a post, the rest are its replies.
func (w *World) seedChannel(t *graphTeam, p channelPlan, n int) {
	people := t.people
	if p.who != nil {
		people = nil
		for _, x := range append(t.people, w.guest()) {
			if p.who(x) && (x.Role != "guest" || p.kind == "shared") {
				people = append(people, x)
			}
		}
	}
	c := w.newChannel(t, p, n, w.born.Add(-time.Duration(400+n*11)*24*time.Hour).Truncate(time.Second), people)
	w.fill(c.room, 60, w.born.Add(-time.Duration(20+n*47)*time.Minute).Truncate(time.Millisecond))
	for i, e := range c.room.entries {
		root := int32(i)
		if e.traits&traitEvent == 0 && e.line > 0 && i > 0 && c.room.entries[i-1].traits&traitEvent == 0 {
			root = c.room.roots[i-1]
		}
		c.room.roots = append(c.room.roots, root)
	}
}

func (w *World) guest() *Person {
	for _, p := range w.People {
		if p.Role == "guest" {
			return p
		}
	}
	return nil
}

// newChannel makes an empty channel. The lock is held, or the seed runs.
func (w *World) newChannel(t *graphTeam, p channelPlan, n int, created time.Time, people []*Person) *channel {
	id := "19:" + strings.ReplaceAll(w.guid("channel", n), "-", "") + "@thread.tacv2"
	r := &room{id: id, kind: "channel", topic: p.name, created: created, updated: created, number: channelRooms + n, theme: theme{language: "en"}}
	c := &channel{team: t, room: r, name: p.name, description: p.description, kind: p.kind, drive: t.owner}
	r.channel = c
	for _, x := range people {
		m := &membership{id: membershipID(w.TenantID, id, x.OID), person: x, roles: []string{}}
		switch {
		case x.Role == "guest":
			m.roles = []string{"guest"}
		case x == t.owner:
			m.roles = []string{"owner"}
		}
		r.members = append(r.members, m)
	}
	t.channels = append(t.channels, c)
	return c
}
