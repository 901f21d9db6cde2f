package suggest

import (
	"math"
	"slices"
	"time"
)

// How long ago counts how much: after halfLife a case counts half. What a
// person did at all is looked at over a shorter time, since people change jobs.
const (
	halfLife  = 60 * 24 * time.Hour
	jobLife   = 30 * 24 * time.Hour
	forgotten = 3 * 365 * 24 * time.Hour // older cases are not looked at
)

// alike is the similarity from which a case is called similar, unless nothing
// comes near it.
const alike = 0.22

// The evidence for a person, by place in a row of figures. All shares are from
// 0 to 1 and add up to 1 over people.
const (
	byText     = iota // share of similar cases, by words
	byNow             // the same, of recent ones
	bySubject         // share of cases of the subject
	byProduct         // … of the product
	byCustomer        // … of the customer
	byAll             // share of all recent cases
	byBest            // similarity of the most similar case
	byCount           // logarithm of how many similar cases there are
	byPresent         // 1 for somebody who resolved something just now, falling with time
	bySpeed           // how much faster than others with similar cases; 0 = as fast
	bySome            // 1 for everybody: against "nobody of these"
	figures           // how many there are
)

// small keeps the logarithm of a share that is 0 within reason.
const small = 0.01

// logs are the evidences that count as logarithms, so that shares multiply.
func logs() []int { return []int{byText, byNow, bySubject, byProduct, byCustomer, byAll} }

// candidate is a person with the evidence for a query.
type candidate struct {
	person   int32
	x        [figures]float64 // as Fit and Rank weigh it
	share    [figures]float64 // the shares before their logarithm
	similar  int              // cases that are called similar
	best     int32            // the most similar case, -1 without any
	likeness float64          // of best
	last     int64            // last similar case, Unix seconds
	faster   float64          // 0.3 = in 30 % less time than others; 0 = unknown
	same     [figures]bool    // has cases of the same subject, product, customer
}

// evidence gathers the people with any evidence for a query.
func (x *Index) evidence(q Query) []candidate {
	at := q.At.Unix()
	t := x.similarity(x.query(q.Title, q.Text))
	g := gathering{x: x, at: at, self: q.ID, likeness: t, people: map[int32]*candidate{}, logSum: map[int32]float64{}, logs: map[int32]float64{},
		subject: x.things["s"+q.Subject], product: x.things["p"+q.Product], customer: x.things["c"+q.Customer]}
	for i := range x.docs {
		if g.counts(int32(i)) {
			g.top = max(g.top, t[i])
		}
	}
	g.floor = min(alike, g.top*0.8)
	for i := range x.docs {
		if g.counts(int32(i)) {
			g.take(int32(i))
		}
	}
	return g.finish()
}

// gathering is one walk over the cases.
type gathering struct {
	x                          *Index
	at                         int64
	self                       string
	likeness                   []float64
	subject, product, customer int32
	top, floor                 float64
	people                     map[int32]*candidate
	sum                        [figures]float64
	logSum, logs               map[int32]float64 // of hours of similar cases, by person
	allLog, allLogs            float64
}

// counts reports whether a case may be looked at.
func (g *gathering) counts(i int32) bool {
	d := &g.x.docs[i]
	return !d.dead && d.resolved < g.at && g.at-d.resolved < int64(forgotten.Seconds()) && d.id != g.self
}

// take adds a case to the evidence for the person who resolved it.
func (g *gathering) take(i int32) {
	d := &g.x.docs[i]
	age := time.Duration(g.at-d.resolved) * time.Second
	r := math.Exp2(-float64(age) / float64(halfLife))
	c := g.people[d.by]
	if c == nil {
		c = &candidate{person: d.by, best: -1}
		g.people[d.by] = c
	}
	add := func(k int, v float64) { c.share[k] += v; g.sum[k] += v }
	like := g.likeness[i]
	recent := math.Exp2(-float64(age) / float64(jobLife))
	add(byText, r*like*like*like)
	add(byNow, recent*like*like*like)
	add(byAll, recent)
	for k, same := range [...]bool{bySubject: g.subject != 0 && d.subject == g.subject, byProduct: g.product != 0 && d.product == g.product,
		byCustomer: g.customer != 0 && d.customer == g.customer} {
		if same {
			add(k, r)
			c.same[k] = true
		}
	}
	c.share[byPresent] = max(c.share[byPresent], recent)
	if like > 0 && (c.best < 0 || like > c.likeness || like == c.likeness && d.resolved > g.x.docs[c.best].resolved) {
		c.best, c.likeness = i, like
	}
	if like >= g.floor && like > 0 {
		c.similar++
		c.last = max(c.last, d.resolved)
		h := math.Log(1 + d.hours)
		g.logSum[d.by] += h
		g.logs[d.by]++
		g.allLog += h
		g.allLogs++
	}
}

// finish turns sums into shares and figures.
func (g *gathering) finish() []candidate {
	out := make([]candidate, 0, len(g.people))
	for id, c := range g.people {
		for _, k := range logs() {
			if g.sum[k] > 0 {
				c.share[k] /= g.sum[k]
				c.x[k] = math.Log(small+c.share[k]) - math.Log(small)
			}
		}
		c.x[byBest] = c.likeness
		c.x[byCount] = math.Log(1 + float64(c.similar))
		c.x[byPresent] = c.share[byPresent]
		if n := g.logs[id]; n > 0 && g.allLogs > n {
			others := (g.allLog - g.logSum[id]) / (g.allLogs - n)
			// Few cases say little: the figure is drawn towards that of the others.
			gain := (others - g.logSum[id]/n) * n / (n + 3)
			c.x[bySpeed] = min(max(gain, -2), 2)
			c.faster = max(1-math.Exp(-gain), 0)
		}
		c.x[bySome] = 1
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b candidate) int { return compare(g.x.names[a.person], g.x.names[b.person]) })
	return out
}
