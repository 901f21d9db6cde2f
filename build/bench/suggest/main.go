// Package main measures how well people who could help with a case are found,
// and how quickly. It makes a history of resolved cases with known experts from
// a seed: topics drift, experts change jobs, people leave, load differs, a busy
// generalist resolves most, some cases go to anybody. The weights and the curve
// are fitted on the first three quarters; of the last quarter each case is asked
// about in its turn, with only what was resolved before it.
package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"chatpane/app/search"
	"chatpane/app/suggest"
	"chatpane/build/benchtable"
)

func main() {
	out := flag.String("out", "build/bin/bench", "folder of the figures")
	_ = flag.String("app", "", "the demo app; not needed here")
	seed := flag.Uint64("seed", 1, "of the history")
	cases := flag.Int("cases", 5000, "length of the history")
	flag.Parse()
	if err := bench(*out, *seed, *cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// shown is how many people are suggested before "View more".
const shown = 3

// method ranks people for a case.
type method struct {
	name string
	rank func(c solved) []string
	hits score // the one who resolved it
	know score // the experts of its topic
}

// score sums how well people were found.
type score struct{ n, recall, reciprocal float64 }

func (s *score) add(found, wanted []string) {
	if len(wanted) == 0 {
		return
	}
	s.n++
	hit := 0
	for _, p := range found[:min(len(found), shown)] {
		if slices.Contains(wanted, p) {
			hit++
		}
	}
	s.recall += float64(hit) / float64(min(len(wanted), shown))
	if i := slices.IndexFunc(found, func(p string) bool { return slices.Contains(wanted, p) }); i >= 0 {
		s.reciprocal += 1 / float64(i+1)
	}
}

func (s score) at3() float64 { return s.recall / s.n }
func (s score) mrr() float64 { return s.reciprocal / s.n }

func bench(out string, seed uint64, n int) error {
	history := newMaker(seed).make(n)
	cut := len(history) * 3 / 4
	deadline := history[cut].Created
	var past []suggest.Case
	for _, c := range history[:cut] {
		if c.Resolved.Before(deadline) {
			past = append(past, c.Case)
		}
	}
	began := time.Now()
	model := suggest.Fit(past, search.Fold)
	fitting := time.Since(began)
	world := newWorld(history)
	methods, sure := world.methods(model, seed)
	for _, c := range history[cut:] {
		world.until(c.Created)
		for _, m := range methods {
			found := m.rank(c)
			m.hits.add(found, []string{c.By})
			m.know.add(found, c.experts)
		}
	}
	t := benchtable.New("suggest")
	fmt.Printf("\nHistory of seed %d: %d cases, %d to learn from, %d asked about\n", seed, len(history), len(past), len(history)-cut)
	fmt.Printf("weights %.2f\n", model.Weights)
	quality(t, methods)
	sure.print(t)
	if err := speed(t, history, model, fitting); err != nil {
		return err
	}
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(out)
}

// world is what is known at a time: cases resolved before it.
type world struct {
	closed []suggest.Case // by the time they were resolved, not known yet
	index  *suggest.Index
	count  map[string]int
	last   map[string]time.Time
	people []string
}

func newWorld(history []solved) *world {
	w := &world{index: suggest.NewIndex(search.Fold), count: map[string]int{}, last: map[string]time.Time{}}
	for _, c := range history {
		w.closed = append(w.closed, c.Case)
	}
	slices.SortStableFunc(w.closed, func(a, b suggest.Case) int { return a.Resolved.Compare(b.Resolved) })
	return w
}

// until brings the world to a time.
func (w *world) until(at time.Time) {
	for len(w.closed) > 0 && w.closed[0].Resolved.Before(at) {
		c := w.closed[0]
		w.closed = w.closed[1:]
		w.index.Add(c)
		if w.count[c.By] == 0 {
			w.people = append(w.people, c.By)
		}
		w.count[c.By]++
		w.last[c.By] = c.Resolved
	}
}

func everybody(string) bool { return true }

// methods are ours and its rivals.
func (w *world) methods(model suggest.Model, seed uint64) ([]*method, *certainty) {
	sure := &certainty{}
	rng := rand.New(rand.NewPCG(seed, 99))
	by := func(less func(a, b string) int) func(solved) []string {
		return func(solved) []string {
			people := slices.Clone(w.people)
			slices.SortFunc(people, func(a, b string) int { return cmp.Or(less(a, b), cmp.Compare(a, b)) })
			return people
		}
	}
	return []*method{
		{name: "suggested", rank: func(c solved) []string {
			found := w.index.Rank(suggest.Query{ID: c.ID, Title: c.Title, Text: c.Text, Subject: c.Subject, Product: c.Product, Customer: c.Customer, At: c.Created}, model, everybody, 12)
			people := make([]string, len(found))
			for i, f := range found {
				people[i] = f.Person
				if i < shown {
					sure.add(f.Confidence, f.Person == c.By)
				}
			}
			return people
		}},
		{name: "most cases resolved", rank: by(func(a, b string) int { return w.count[b] - w.count[a] })},
		{name: "most recent", rank: by(func(a, b string) int { return w.last[b].Compare(w.last[a]) })},
		{name: "random", rank: func(solved) []string {
			people := slices.Clone(w.people)
			rng.Shuffle(len(people), func(i, k int) { people[i], people[k] = people[k], people[i] })
			return people
		}},
	}, sure
}

// quality adds ours beside the rivals.
func quality(t *benchtable.Table, methods []*method) {
	for _, truth := range []struct {
		name string
		of   func(*method) score
	}{{"who resolved it", func(m *method) score { return m.hits }}, {"the topic's experts", func(m *method) score { return m.know }}} {
		fmt.Printf("\n%-22s recall@3    MRR\n", truth.name)
		best := methods[1]
		for _, m := range methods {
			fmt.Printf("  %-20s %8.3f  %5.3f\n", m.name, truth.of(m).at3(), truth.of(m).mrr())
			if m != methods[0] && truth.of(m).at3() > truth.of(best).at3() {
				best = m
			}
		}
		ours, rival := truth.of(methods[0]), truth.of(best)
		t.Add(benchtable.Row{Name: "recall@3, " + truth.name, Value: ours.at3(), Limit: benchtable.AtLeast, Target: 1.5 * rival.at3(), Peer: rival.at3(), PeerName: best.name})
		t.Add(benchtable.Row{Name: "MRR, " + truth.name, Value: ours.mrr(), Peer: rival.mrr(), PeerName: best.name})
	}
}

// certainty compares what was said with what was so.
type certainty struct {
	said, right, n [10]float64
	brier          float64
}

func (c *certainty) add(said float64, right bool) {
	k, so := min(int(said*10), 9), 0.0
	if right {
		so = 1
	}
	c.said[k] += said
	c.right[k] += so
	c.n[k]++
	c.brier += (said - so) * (said - so)
}

// print shows the calibration of the people that are shown at first.
func (c *certainty) print(t *benchtable.Table) {
	fmt.Print("\nsure        people   said   were right\n")
	total, off := 0.0, 0.0
	for k := range c.n {
		if c.n[k] == 0 {
			continue
		}
		fmt.Printf("%3d to %3d %% %6.0f  %4.1f %%  %6.1f %%\n", k*10, k*10+10, c.n[k], 100*c.said[k]/c.n[k], 100*c.right[k]/c.n[k])
		total += c.n[k]
		off += math.Abs(c.said[k] - c.right[k])
	}
	t.Add(benchtable.Row{Name: "calibration error of those shown", Value: 100 * off / total, Unit: "points", Limit: benchtable.AtMost, Target: 5})
	t.Add(benchtable.Row{Name: "Brier score of those shown", Value: c.brier / total})
}

// speed measures making suggestions at the whole history.
func speed(t *benchtable.Table, history []solved, model suggest.Model, fitting time.Duration) error {
	var build, rank []float64
	index := suggest.NewIndex(search.Fold)
	all := make([]suggest.Case, 0, len(history))
	for _, c := range history {
		all = append(all, c.Case)
	}
	stored, err := json.Marshal(all) // as the session keeps them
	if err != nil {
		return fmt.Errorf("write the cached cases: %w", err)
	}
	for round := range 5 {
		began := time.Now()
		var cases []suggest.Case
		if err := json.Unmarshal(stored, &cases); err != nil {
			return fmt.Errorf("read the cached cases: %w", err)
		}
		index = suggest.NewIndex(search.Fold)
		for _, c := range cases {
			index.Add(c)
		}
		build = append(build, ms(time.Since(began)))
		for i := range 100 {
			c := history[(i*37+round*11)%len(history)]
			began := time.Now()
			index.Rank(suggest.Query{ID: c.ID, Title: c.Title, Text: c.Text, Subject: c.Subject, Product: c.Product, Customer: c.Customer, At: history[len(history)-1].Resolved}, model, everybody, 12)
			rank = append(rank, ms(time.Since(began)))
		}
	}
	n := fmt.Sprintf("%d cases", index.Len())
	t.Add(benchtable.Row{Name: "suggest, first time in a run, " + n, Value: benchtable.Quantile(build, 0.5) + benchtable.Quantile(rank, 0.5), Unit: "ms", Limit: benchtable.AtMost, Target: 300})
	t.Add(benchtable.Row{Name: "suggest p50, " + n, Value: benchtable.Quantile(rank, 0.5), Unit: "ms", Limit: benchtable.AtMost, Target: 300})
	t.Add(benchtable.Row{Name: "suggest p99, " + n, Value: benchtable.Quantile(rank, 0.99), Unit: "ms", Limit: benchtable.AtMost, Target: 300})
	t.Add(benchtable.Row{Name: "fit the model, in the background", Value: ms(fitting), Unit: "ms"})
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
