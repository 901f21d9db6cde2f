package suggest

import (
	"slices"
	"time"

	"chatpane/app/chat"
)

// Person is somebody of the environment, as far as suggesting goes.
type Person struct {
	ID       string // systemuserid
	Entra    string // Entra object id; empty: no account to chat with
	Name     string
	Disabled bool
	// Robot marks an account that is no person: an application's or a service's.
	Robot bool
}

// Suggestable reports whether the person may be suggested to me (Entra object id).
func (p Person) Suggestable(me string) bool {
	return p.Entra != "" && p.Entra != me && !p.Disabled && !p.Robot
}

// Label says why a rule suggests somebody: the Code of one of the product's own
// rules, or the Text of one of the environment's.
type Label struct{ Code, Text string }

// The product's own rules (product.md 6.2), in their order.
const (
	RuleOwner     = "owner"
	RuleTeamAdmin = "teamAdmin"
	RuleTeam      = "team"
	RuleConnector = "connector"
	RuleActive    = "active"
)

// Group is what one rule found: people (systemuserid), the best first.
type Group struct {
	Label  Label
	People []string
}

// Act is one thing somebody did on a record's timeline.
type Act struct {
	Person string // systemuserid
	At     time.Time
}

// RecordFacts are the facts of a record that the default order looks at.
type RecordFacts struct {
	Owner chat.Principal
	// Administrator of the owning team, systemuserid.
	Administrator string
	Team          []string // members of the owning team, systemuserid
	Acts          []Act    // on the timeline, any order
	Connections   []Act    // who connected chats to the record, any order
}

// DefaultGroups applies the default order of rules: the owner; the owning
// team's administrator; team members with activity on the timeline; people who
// connected chats; others with activity. Within a rule the latest act is first.
func DefaultGroups(f RecordFacts) []Group {
	active := latest(f.Acts)
	team := make(map[string]bool, len(f.Team))
	for _, id := range f.Team {
		team[id] = true
	}
	groups := []Group{{Label: Label{Code: RuleOwner}}, {Label: Label{Code: RuleTeamAdmin}}, {Label: Label{Code: RuleTeam}},
		{Label: Label{Code: RuleConnector}, People: latest(f.Connections)}, {Label: Label{Code: RuleActive}, People: active}}
	switch {
	case f.Owner.ID != "" && !f.Owner.Team:
		groups[0].People = []string{f.Owner.ID}
	case f.Owner.Team:
		groups[1].People = []string{f.Administrator}
		groups[2].People = slices.DeleteFunc(slices.Clone(active), func(id string) bool { return !team[id] })
	}
	return groups
}

// latest names each person of acts once, the latest act first.
func latest(acts []Act) []string {
	acts = slices.Clone(acts)
	slices.SortStableFunc(acts, func(a, b Act) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return compare(a.Person, b.Person)
	})
	seen := map[string]bool{}
	var out []string
	for _, a := range acts {
		if a.Person != "" && !seen[a.Person] {
			seen[a.Person] = true
			out = append(out, a.Person)
		}
	}
	return out
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Related is somebody suggested by rules.
type Related struct {
	Person Person
	Label  Label   // of the first rule that found the person
	Also   []Label // of the later rules that found the person too
}

// Relate makes one list of what rules found, in their order: each person once,
// with the label of the first rule; without me (Entra object id), people
// without an Entra account, disabled ones and robots. who knows people by
// systemuserid. At most most people are returned.
func Relate(groups []Group, who func(id string) (Person, bool), me string, most int) []Related {
	at := map[string]int{}
	var out []Related
	for _, g := range groups {
		for _, id := range g.People {
			p, ok := who(id)
			if !ok || !p.Suggestable(me) {
				continue
			}
			i, found := at[p.Entra]
			if !found && len(out) < most {
				at[p.Entra] = len(out)
				out = append(out, Related{Person: p, Label: g.Label})
			} else if found && out[i].Label != g.Label && !slices.Contains(out[i].Also, g.Label) {
				out[i].Also = append(out[i].Also, g.Label)
			}
		}
	}
	return out
}
