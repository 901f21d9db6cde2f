package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"chatpane/app/suggest"
)

// solved is a resolved case with what only the maker of the history knows.
type solved struct {
	suggest.Case
	experts []string // who was an expert of its topic when it was opened
}

// post is an expert's time with a topic, in shares of the history's length.
type post struct {
	who      int
	from, to float64
}

// topic is something customers ask about.
type topic struct {
	words    [2][]string // English and German, which share none
	newer    [2][]string // words that come into use in the course of time
	subject  int
	products []int
	peak     float64 // when it comes up most
	posts    []post
}

// maker makes a history from a seed. 60 agents, 28 topics in 9 subjects; each
// topic has two or three experts who take turns by load, and change jobs. Agent
// 0 is a generalist who takes a quarter of everything; agents 1 to 4 take
// whatever is left.
type maker struct {
	rng       *rand.Rand
	start     time.Time
	length    time.Duration
	topics    []topic
	common    [2][]string
	customers [][]int // favourite topics
	gone      []float64
}

const (
	agents     = 60
	generalist = 0
	runners    = 4 // agents 1 to 4
	topics     = 28
	subjects   = 9
	products   = 16
	customers  = 90
)

func newMaker(seed uint64) *maker {
	m := &maker{rng: rand.New(rand.NewPCG(seed, 0x5e66e57)), start: time.Date(2024, 11, 29, 8, 0, 0, 0, time.UTC), length: 730 * 24 * time.Hour}
	for lang := range m.common {
		m.common[lang] = m.vocabulary(lang, 420)
	}
	m.gone = make([]float64, agents)
	for i := range m.gone {
		m.gone[i] = 2 // after the end: stays
		if i > runners && m.rng.Float64() < 0.2 {
			m.gone[i] = 0.3 + 0.65*m.rng.Float64()
		}
	}
	for i := range topics {
		t := topic{subject: i % subjects, peak: m.rng.Float64() * 1.2, products: []int{m.rng.IntN(products), m.rng.IntN(products)}}
		for lang := range t.words {
			t.words[lang], t.newer[lang] = m.vocabulary(lang, 22), m.vocabulary(lang, 12)
		}
		for range 3 {
			t.posts = append(t.posts, m.posts()...)
		}
		m.topics = append(m.topics, t)
	}
	for range customers {
		m.customers = append(m.customers, []int{m.rng.IntN(topics), m.rng.IntN(topics), m.rng.IntN(topics)})
	}
	return m
}

// posts is one chair of a topic: who sits on it, one after another.
func (m *maker) posts() []post {
	var out []post
	for at := 0.0; at < 1; {
		who := runners + 1 + m.rng.IntN(agents-runners-1)
		to := at + 0.25 + 0.9*m.rng.Float64()
		to = min(to, max(m.gone[who], at+0.02))
		out = append(out, post{who, at, to})
		at = to
	}
	return out
}

var syllables = [2][]string{
	{"ver", "con", "ta", "lo", "re", "min", "dor", "pla", "ser", "tic", "ba", "ne", "fu", "gri", "hol", "mac", "pro", "sun", "tel", "wi"},
	{"ge", "schlau", "ung", "kei", "lei", "dich", "ver", "mann", "stell", "zei", "bren", "nur", "fö", "rüh", "strom", "was", "ser", "druck", "lie", "fer"},
}

func (m *maker) vocabulary(lang, n int) []string {
	out := make([]string, n)
	for i := range out {
		for range 2 + m.rng.IntN(3) {
			out[i] += syllables[lang][m.rng.IntN(len(syllables[lang]))]
		}
	}
	return out
}

// make makes n cases in the order in which they were opened.
func (m *maker) make(n int) []solved {
	busy := make([]float64, agents) // open work, falling with time
	out := make([]solved, 0, n)
	for i := range n {
		at := (float64(i) + m.rng.Float64()) / float64(n)
		for k := range busy {
			busy[k] *= 1 - 24/float64(n)
		}
		out = append(out, m.one(i, at, busy))
	}
	slices.SortFunc(out, func(a, b solved) int { return a.Created.Compare(b.Created) })
	return out
}

func (m *maker) one(i int, at float64, busy []float64) solved {
	customer := m.rng.IntN(customers)
	t := m.pick(customer, at)
	lang := 0
	if customer%5 == 0 {
		lang = 1
	}
	experts := m.experts(t, at)
	who, slow := m.solver(experts, at, busy)
	busy[who]++
	created := m.start.Add(time.Duration(at * float64(m.length)))
	hours := slow * math.Exp(m.rng.NormFloat64()*0.7)
	c := solved{Case: suggest.Case{
		ID: fmt.Sprintf("case-%05d", i), Number: fmt.Sprintf("CAS-%05d", 10000+i), Title: m.text(t, lang, at, 3, 2), Text: m.text(t, lang, at, 7, 24),
		Customer: fmt.Sprintf("customer-%d", customer), By: agent(who), Created: created, Resolved: created.Add(time.Duration(hours * float64(time.Hour))),
	}}
	if m.rng.Float64() < 0.85 { // people do not fill in everything, nor always rightly
		c.Subject = fmt.Sprintf("subject-%d", t.subject)
		if m.rng.Float64() < 0.08 {
			c.Subject = fmt.Sprintf("subject-%d", m.rng.IntN(subjects))
		}
	}
	if m.rng.Float64() < 0.7 {
		c.Product = fmt.Sprintf("product-%d", t.products[m.rng.IntN(2)])
	}
	for _, e := range experts {
		c.experts = append(c.experts, agent(e))
	}
	return c
}

func agent(n int) string { return fmt.Sprintf("agent-%02d", n) }

// pick draws what a customer asks about at a time.
func (m *maker) pick(customer int, at float64) *topic {
	if m.rng.Float64() < 0.4 {
		return &m.topics[m.customers[customer][m.rng.IntN(3)]]
	}
	weights, sum := make([]float64, topics), 0.0
	for k := range m.topics {
		away := (at - m.topics[k].peak) / 0.35
		weights[k] = 0.2 + math.Exp(-away*away)
		sum += weights[k]
	}
	x := m.rng.Float64() * sum
	for k, w := range weights {
		if x -= w; x <= 0 {
			return &m.topics[k]
		}
	}
	return &m.topics[topics-1]
}

func (m *maker) experts(t *topic, at float64) []int {
	var out []int
	for _, p := range t.posts {
		if p.from <= at && at < p.to && !slices.Contains(out, p.who) {
			out = append(out, p.who)
		}
	}
	return out
}

// solver draws who resolves a case, and how many hours that takes about.
func (m *maker) solver(experts []int, at float64, busy []float64) (int, float64) {
	x := m.rng.Float64()
	switch {
	case x < 0.22:
		return generalist, 40
	case x < 0.30:
		return 1 + m.rng.IntN(runners), 60
	case x < 0.38 || len(experts) == 0: // anybody who is still there
		for {
			if who := m.rng.IntN(agents); at < m.gone[who] {
				return who, 90
			}
		}
	}
	// Of the experts the one with the least to do, mostly: the first sits there longest.
	best, least := experts[0], math.Inf(1)
	for k, e := range experts {
		if load := busy[e]*(0.6+0.8*m.rng.Float64()) + float64(k)*0.6; load < least {
			best, least = e, load
		}
	}
	return best, 14
}

// text writes words of a topic, of which some are newer the later it is, among
// words that are used for everything.
func (m *maker) text(t *topic, lang int, at float64, own, filler int) string {
	var words []string
	for range own {
		list := t.words[lang]
		if m.rng.Float64() < at*0.7 {
			list = t.newer[lang]
		}
		words = append(words, m.typo(list[zipf(m.rng, len(list))]))
	}
	for range filler {
		words = append(words, m.common[lang][zipf(m.rng, len(m.common[lang]))])
	}
	m.rng.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
	return strings.Join(words, " ")
}

// typo mistypes one word in twelve.
func (m *maker) typo(word string) string {
	if m.rng.IntN(12) > 0 {
		return word
	}
	r := []rune(word)
	i := m.rng.IntN(len(r) - 1)
	r[i], r[i+1] = r[i+1], r[i]
	return string(r)
}

// zipf draws a place in a list, early ones far more often.
func zipf(rng *rand.Rand, n int) int {
	return min(int(math.Exp(rng.Float64()*math.Log(float64(n)+1)))-1, n-1)
}
