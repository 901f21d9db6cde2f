package sandbox

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// dvDesk is who is good at a topic, from a time on: the first for the first half
// of its problems, the second for the rest. From is a share of the history's
// length. People are places in World.People.
type dvDesk struct {
	from          float64
	first, second int
}

// dvDesks are the experts by topic. Some change jobs in between, and a new
// product moves a topic from one to another.
var dvDesks = [...][]dvDesk{
	topicGasket:     {{0, 11, 12}, {0.55, 18, 12}},
	topicRefund:     {{0, 13, 15}},
	topicLogin:      {{0, 17, 23}, {0.4, 31, 23}},
	topicInvoice:    {{0, 24, 30}, {0.7, 13, 30}},
	topicThermostat: {{0, 20, 28}, {0.5, 1, 28}},
	topicDelivery:   {{0, 16, 22}, {0.6, 26, 22}},
}

// dvGeneralist is the place of somebody who resolves more cases than anybody
// else, of every kind.
const dvGeneralist = 4

// dvHistoryLength is how far back resolved cases go.
const dvHistoryLength = 400 * 24 * time.Hour

// history makes n resolved cases of the past with who solved them and how.
func (s *dvSeed) history(n int) {
	for i := range n {
		s.solved(i, n)
	}
}

// catalogue makes the subjects and products that cases are sorted by.
func (s *dvSeed) catalogue() {
	root := s.org.guid("subject/root")
	s.add("subject", root, map[string]any{"title": "Customer Care"})
	for _, title := range dvSubjects {
		s.add("subject", s.subjectID(title), map[string]any{"title": title, "parentsubject": dvRef{"subject", root}})
	}
	for _, p := range dvProducts {
		s.add("product", s.productID(p.number), map[string]any{"name": p.name, "productnumber": p.number})
	}
}

func (s *dvSeed) subjectID(title string) string { return s.org.guid("subject/" + title) }

func (s *dvSeed) productID(number string) string { return s.org.guid("product/" + number) }

// solved makes the i-th of n resolved cases, oldest first, and the activity that
// closed it.
func (s *dvSeed) solved(i, n int) {
	rng := s.w.random("history", i)
	at := (float64(i) + rng.Float64()) / float64(n)
	k := dvPickProblem(rng, at)
	p := dvProblems[k]
	who, hours := s.solver(rng, k, at)
	created := s.w.born.Add(-dvHistoryLength + time.Duration(at*float64(dvHistoryLength-9*24*time.Hour)))
	closed := created.Add(time.Duration(hours * float64(time.Hour)))
	if latest := s.w.born.Add(-time.Duration(30+rng.IntN(60)) * time.Minute); closed.After(latest) {
		closed = latest
	}
	contact := s.w.Contacts[rng.IntN(len(s.w.Contacts))]
	fill := s.filler(rng, contact)
	id := s.org.guid(fmt.Sprintf("history/%d", i))
	title := p.titles[rng.IntN(len(p.titles))]
	values := map[string]any{
		"title": title, "ticketnumber": fmt.Sprintf("CAS-%05d-%s", max(1, 1200-n+i), code(rng, 6)), "description": fill.Replace(p.symptom),
		"prioritycode": int64(1 + rng.IntN(3)), "ownerid": s.ownerOr(who), "customerid": dvRef{"account", contact.Account.ID},
		"primarycontactid": dvRef{"contact", contact.ID}, "subjectid": dvRef{"subject", s.subjectID(dvSubjects[p.topic])},
		"productid": dvRef{"product", s.productID(p.product)}, "caseorigincode": int64(1 + rng.IntN(3)), "casetypecode": int64(2),
		"statecode": int64(1), "statuscode": int64(5),
	}
	s.add("incident", id, s.by(values, who, created, who, closed))
	s.add("incidentresolution", s.org.guid(fmt.Sprintf("resolution/%d", i)), s.by(map[string]any{
		"subject": title, "description": fill.Replace(p.solution), "incidentid": dvRef{"incident", id}, "timespent": int64(hours * 60),
		"resolutiontypecode": int64(5), "actualend": closed.Truncate(time.Second), "ownerid": s.ownerOr(who), "statecode": int64(1), "statuscode": int64(2),
	}, who, closed, who, closed))
}

// dvPickProblem draws a problem. Each comes up more often around a time of its
// own, so that what customers ask about drifts.
func dvPickProblem(rng *rand.Rand, at float64) int {
	weights := make([]float64, len(dvProblems))
	sum := 0.0
	for k := range dvProblems {
		peak := float64(k*37%len(dvProblems)) / float64(len(dvProblems))
		away := (at - peak) / 0.3
		weights[k] = 0.25 + math.Exp(-away*away)
		sum += weights[k]
	}
	x := rng.Float64() * sum
	for k, w := range weights {
		if x -= w; x <= 0 {
			return k
		}
	}
	return len(weights) - 1
}

// solver draws who solved a problem at a time, and in how many hours: mostly its
// expert, often the generalist, sometimes another expert of the topic or anybody.
func (s *dvSeed) solver(rng *rand.Rand, problem int, at float64) (*Person, float64) {
	topic := dvProblems[problem].topic
	desk := dvDesks[topic][0]
	for _, d := range dvDesks[topic] {
		if at >= d.from {
			desk = d
		}
	}
	first, second := desk.first, desk.second
	place := 0
	for k := range problem {
		if dvProblems[k].topic == topic {
			place++
		}
	}
	if place%8 >= 4 {
		first, second = second, first
	}
	switch x := rng.Float64(); {
	case x < 0.55:
		return s.w.People[first], 2 + rng.Float64()*18
	case x < 0.78:
		return s.w.People[dvGeneralist], 12 + rng.Float64()*50
	case x < 0.88:
		return s.w.People[second], 6 + rng.Float64()*40
	}
	return s.w.agent(rng), 30 + rng.Float64()*110
}

var dvSites = [...]string{"the main site", "the north building", "the boiler room", "hall 3", "the annex", "the kitchen wing", "the pool house", "level 2"}

// filler replaces the placeholders of a problem's texts.
func (s *dvSeed) filler(rng *rand.Rand, c *ContactSeed) *strings.Replacer {
	return strings.NewReplacer(
		"{contact}", c.FirstName+" "+c.LastName, "{account}", c.Account.Name, "{city}", c.Account.City, "{site}", dvSites[rng.IntN(len(dvSites))],
		"{n}", fmt.Sprint(2+rng.IntN(5)), "{order}", fmt.Sprintf("SO-%05d", 20000+rng.IntN(70000)),
		"{part}", fmt.Sprintf("G-%03d-%02d", 200+rng.IntN(700), 3+rng.IntN(90)), "{amount}", fmt.Sprintf("€ %d.%02d", 40+rng.IntN(900), rng.IntN(20)*5))
}

// sorted gives a seeded case the subject and the product that fit its topic.
func (s *dvSeed) sorted(c *CaseSeed, values map[string]any) {
	i := slices.IndexFunc(dvProblems, func(p dvProblem) bool { return slices.Contains(p.titles, strings.Split(c.Title, ", site")[0]) })
	values["subjectid"] = dvRef{"subject", s.subjectID(dvSubjects[c.topic])}
	if i >= 0 {
		values["productid"] = dvRef{"product", s.productID(dvProblems[i].product)}
	}
}
