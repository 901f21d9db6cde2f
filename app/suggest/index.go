package suggest

import (
	"math"
	"slices"
	"time"
)

// Case is a resolved case. Subject, Product and Customer are any texts that are
// equal for the same thing; empty means none.
type Case struct {
	ID, Number, Title, Text    string
	Subject, Product, Customer string
	By                         string // systemuserid of who resolved it
	Created, Resolved          time.Time
}

// Query is the case that people are wanted for, at a time: what was resolved
// later is not looked at.
type Query struct {
	ID, Title, Text            string
	Subject, Product, Customer string
	At                         time.Time
}

// Index holds resolved cases so that similar ones are found quickly. Add and
// the methods that read must not run at the same time; reading may.
type Index struct {
	fold   func(string) string
	terms  map[string]int32
	words  []string
	posts  [][]posting
	docs   []doc
	byID   map[string]int32
	length float64 // sum over docs
	dead   int
	people map[string]int32
	names  []string // systemuserid by number
	things map[string]int32
	counts map[int32]float32 // scratch of Add
}

type posting struct {
	doc   int32
	count float32
}

// doc is a case without its words. Numbers stand for texts; 0 is none.
type doc struct {
	id, number, title          string
	subject, product, customer int32
	by                         int32
	resolved                   int64   // Unix seconds
	hours                      float64 // from creation to resolution
	length                     float32
	dead                       bool // replaced by a later version
}

// BM25's usual constants: how soon a repeated word stops to count, and how much
// a long text is discounted.
const (
	bm25K = 1.2
	bm25B = 0.6
)

// NewIndex makes an index that compares text in the form that fold gives it.
func NewIndex(fold func(string) string) *Index {
	return &Index{fold: fold, terms: map[string]int32{}, byID: map[string]int32{}, people: map[string]int32{}, things: map[string]int32{"": 0}, counts: map[int32]float32{}}
}

// Len is how many cases the index holds.
func (x *Index) Len() int { return len(x.docs) - x.dead }

// Add takes a case, or a newer version of one; one that nobody resolved, or
// never, is left out.
func (x *Index) Add(c Case) {
	if old, ok := x.byID[c.ID]; ok && !x.docs[old].dead {
		x.docs[old].dead = true
		x.dead++
		x.length -= float64(x.docs[old].length)
	}
	if c.By == "" || c.ID == "" || c.Resolved.IsZero() {
		return
	}
	n := int32(len(x.docs))
	x.byID[c.ID] = n
	d := doc{id: c.ID, number: c.Number, title: c.Title, subject: x.thing("s", c.Subject), product: x.thing("p", c.Product),
		customer: x.thing("c", c.Customer), by: x.person(c.By), resolved: c.Resolved.Unix(), hours: max(c.Resolved.Sub(c.Created).Hours(), 0)}
	clear(x.counts)
	x.count(c, x.learned, x.counts)
	for t, count := range x.counts {
		x.posts[t] = append(x.posts[t], posting{n, count})
		d.length += count
	}
	x.length += float64(d.length)
	x.docs = append(x.docs, d)
}

// thing numbers a text of a kind.
func (x *Index) thing(kind, text string) int32 {
	if text == "" {
		return 0
	}
	n, ok := x.things[kind+text]
	if !ok {
		n = int32(len(x.things))
		x.things[kind+text] = n
	}
	return n
}

func (x *Index) person(id string) int32 {
	n, ok := x.people[id]
	if !ok {
		n = int32(len(x.names))
		x.people[id] = n
		x.names = append(x.names, id)
	}
	return n
}

// term is a word of a query that the index knows.
type term struct {
	no     int32
	weight float64 // rarity, less for a word that is only in the text
	count  float64 // in the query
}

// query turns a case into the words that can be found, the rarest first.
func (x *Index) query(title, text string) []term {
	n := float64(x.Len())
	var out []term
	counts := map[int32]float32{}
	x.count(Case{Title: title, Text: text}, x.known, counts)
	for t, count := range counts {
		df := float64(len(x.posts[t]))
		weight := math.Log(1 + (n-df+0.5)/(df+0.5))
		if n < df { // versions that were replaced count too
			weight = math.Log(1.5)
		}
		if count < inTitle {
			weight *= 0.5
		}
		out = append(out, term{t, weight, float64(count)})
	}
	slices.SortFunc(out, func(a, b term) int {
		switch {
		case a.weight != b.weight:
			if a.weight > b.weight {
				return -1
			}
			return 1
		}
		return compare(x.words[a.no], x.words[b.no])
	})
	return out
}

// similarity gives each case a figure from 0 to 1: which part of the query's
// words, weighed by their rarity, it has. The query itself would have about 1.
func (x *Index) similarity(terms []term) []float64 {
	out := make([]float64, len(x.docs))
	if len(terms) == 0 || x.Len() == 0 {
		return out
	}
	average := x.length / float64(x.Len())
	whole := 0.0
	for _, t := range terms {
		whole += t.weight * t.count * (bm25K + 1) / (t.count + bm25K)
		for _, p := range x.posts[t.no] {
			norm := bm25K * (1 - bm25B + bm25B*float64(x.docs[p.doc].length)/average)
			count := float64(p.count)
			out[p.doc] += t.weight * count * (bm25K + 1) / (count + norm)
		}
	}
	for i := range out {
		out[i] = min(out[i]/whole, 1)
	}
	return out
}
