package suggest

import (
	"math"
	"slices"
	"time"
)

// Reason says in parts why somebody is suggested. Number is a count, a percent
// or days, by the code.
type Reason struct {
	Code   string
	Number int
	Words  []string
}

// The reasons.
const (
	ReasonSimilar  = "similar"  // Number similar cases resolved
	ReasonShare    = "share"    // Number percent of the similar cases
	ReasonWords    = "words"    // Words in common with the most similar case
	ReasonSubject  = "subject"  // resolved cases of the same subject
	ReasonProduct  = "product"  // … product
	ReasonCustomer = "customer" // … customer
	ReasonFaster   = "faster"   // Number percent less time than others
	ReasonRecent   = "recent"   // last similar case Number days ago
)

// Expert is somebody suggested by the history of cases.
type Expert struct {
	Person string // systemuserid
	// Confidence is the calibrated probability, 0 to 1, that this person would
	// resolve the case.
	Confidence float64
	// Case is the most similar case the person resolved.
	Case Match
	// Similar is how many similar cases the person resolved.
	Similar int
	Reasons []Reason // the weightiest first
}

// Match is a resolved case that is similar to the query.
type Match struct {
	ID, Number, Title string
	Resolved          time.Time
	Likeness          float64 // 0 to 1
}

// unlikely is the confidence below which nobody is suggested.
const unlikely = 0.03

// Rank returns at most most people who resolved cases similar to the query, the
// likeliest first. fit tells who may be suggested (systemuserid). Somebody
// without a similar case is not among them, however many cases they resolved.
func (x *Index) Rank(q Query, m Model, fit func(person string) bool, most int) []Expert {
	if !m.usable() {
		m = Default()
	}
	list := x.evidence(q)
	said := m.says(list)
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case said[a] > said[b]:
			return -1
		case said[a] < said[b]:
			return 1
		}
		return 0
	})
	out := []Expert{}
	for _, i := range order {
		c := list[i]
		chance := m.chance(said[i])
		if len(out) == most || chance < unlikely {
			break
		}
		if c.similar == 0 || !fit(x.names[c.person]) {
			continue
		}
		d := x.docs[c.best]
		out = append(out, Expert{Person: x.names[c.person], Confidence: chance, Similar: c.similar, Reasons: x.reasons(q, m, list, c),
			Case: Match{d.id, d.number, d.title, time.Unix(d.resolved, 0).UTC(), c.likeness}})
	}
	return out
}

// reasons puts the evidence for a candidate in the order of what it weighed,
// compared with the other candidates.
func (x *Index) reasons(q Query, m Model, list []candidate, c candidate) []Reason {
	type weighed struct {
		Reason
		by float64
	}
	gain := func(k int) float64 {
		mean := 0.0
		for _, o := range list {
			mean += o.x[k] / float64(len(list))
		}
		return m.Weights[k] * (c.x[k] - mean)
	}
	text := gain(byText) + gain(byBest) + gain(byCount)
	found := []weighed{{Reason{Code: ReasonSimilar, Number: c.similar}, math.Inf(1)}} // it opens the list: the rest explains it
	if p := int(math.Round(c.share[byText] * 100)); p >= 10 {
		found = append(found, weighed{Reason{Code: ReasonShare, Number: p}, text})
	}
	if words := x.common(q, c.best); len(words) > 0 {
		found = append(found, weighed{Reason{Code: ReasonWords, Words: words}, text / 2})
	}
	for k, code := range map[int]string{bySubject: ReasonSubject, byProduct: ReasonProduct, byCustomer: ReasonCustomer} {
		if c.same[k] && gain(k) > 0 {
			found = append(found, weighed{Reason{Code: code}, gain(k)})
		}
	}
	if p := int(math.Round(c.faster * 100)); p >= 15 {
		found = append(found, weighed{Reason{Code: ReasonFaster, Number: p}, gain(bySpeed)})
	}
	if days := int(q.At.Sub(time.Unix(c.last, 0)).Hours() / 24); days <= 60 {
		found = append(found, weighed{Reason{Code: ReasonRecent, Number: days}, gain(byPresent)})
	}
	slices.SortFunc(found, func(a, b weighed) int {
		switch {
		case a.by > b.by:
			return -1
		case a.by < b.by:
			return 1
		}
		return compare(a.Code, b.Code)
	})
	out := make([]Reason, 0, len(found))
	for _, f := range found {
		out = append(out, f.Reason)
	}
	return out
}

// common returns up to three of the rarest words that the query shares with a case.
func (x *Index) common(q Query, of int32) []string {
	var out []string
	for _, t := range x.query(q.Title, q.Text) {
		i, has := slices.BinarySearchFunc(x.posts[t.no], of, func(p posting, doc int32) int { return int(p.doc) - int(doc) })
		if has && x.posts[t.no][i].doc == of && !number(x.words[t.no]) {
			if out = append(out, x.words[t.no]); len(out) == 3 {
				break
			}
		}
	}
	return out
}

// number reports whether a word holds a digit, so that an order's number is
// not shown as something cases have in common.
func number(word string) bool {
	for _, r := range word {
		if r >= '0' && r <= '9' {
			return true
		}
	}
	return false
}
