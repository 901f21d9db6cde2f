package suggest

import (
	"math"
	"slices"
	"time"
)

// enough is how many cases a history needs before weights are learned from it,
// lessons how many of its cases are asked about at most.
const (
	enough  = 150
	lessons = 700
)

// lesson is a case of the past: who was known then, and who resolved it.
type lesson struct {
	list   []candidate
	answer int // place in list, -1 when it was nobody of these
}

// Fit learns a model from a history. It walks through the history as it
// happened: for a case of the past only what was resolved before it was opened
// is known. The first third only teaches who is who; of the rest the earlier
// two thirds give the weights and the later third the curve, so that neither
// sees what it is judged by. Histories below 150 cases give [Default].
func Fit(history []Case, fold func(string) string) Model {
	history = slices.DeleteFunc(slices.Clone(history), func(c Case) bool { return c.By == "" || c.Resolved.IsZero() || c.ID == "" })
	if len(history) < enough {
		return Default()
	}
	taught := walk(history, fold)
	cut := len(taught) * 2 / 3
	m := Model{Weights: learn(taught[:cut]), Cases: len(history)}
	m.Curve = curve(m, taught[cut:])
	return m
}

// walk gathers lessons from the last two thirds of a history.
func walk(history []Case, fold func(string) string) []lesson {
	opened, closed := slices.Clone(history), slices.Clone(history)
	slices.SortStableFunc(opened, func(a, b Case) int { return a.Created.Compare(b.Created) })
	slices.SortStableFunc(closed, func(a, b Case) int { return a.Resolved.Compare(b.Resolved) })
	from := len(opened) / 3
	step := max((len(opened)-from)/lessons, 1)
	x := NewIndex(fold)
	var out []lesson
	for i := from; i < len(opened); i += step {
		c := opened[i]
		for len(closed) > 0 && closed[0].Resolved.Before(c.Created) {
			x.Add(closed[0])
			closed = closed[1:]
		}
		l := lesson{list: x.evidence(Query{c.ID, c.Title, c.Text, c.Subject, c.Product, c.Customer, c.Created}), answer: -1}
		by, known := x.people[c.By]
		if known {
			l.answer = slices.IndexFunc(l.list, func(o candidate) bool { return o.person == by })
		}
		out = append(out, l)
	}
	return out
}

// learn finds the weights under which the answers are likeliest, a conditional
// logit with a little pull towards 0, by gradient steps of adapted length.
func learn(taught []lesson) []float64 {
	const rounds, pull, rate = 250, 0.5, 0.1
	m := Model{Weights: slices.Clone(Default().Weights)}
	mean, square := make([]float64, figures), make([]float64, figures)
	for round := 1; round <= rounds; round++ {
		slope := make([]float64, figures)
		for _, l := range taught {
			for i, p := range m.says(l.list) {
				missing := -p
				if i == l.answer {
					missing++
				}
				for k := range slope {
					slope[k] += missing * l.list[i].x[k]
				}
			}
		}
		for k := range slope {
			g := (slope[k] - pull*m.Weights[k]) / float64(len(taught))
			mean[k] = 0.9*mean[k] + 0.1*g
			square[k] = 0.99*square[k] + 0.01*g*g
			a, b := 1-math.Pow(0.9, float64(round)), 1-math.Pow(0.99, float64(round))
			m.Weights[k] += rate / math.Sqrt(float64(round)/10+1) * mean[k] / a / (math.Sqrt(square[k]/b) + 1e-9)
		}
	}
	return m.Weights
}

// suggestedOf is how many people of a lesson the curve is made from: those who
// would be shown, or nearly.
const suggestedOf = 5

// curve makes the rising curve from what a model says to how often it was so
// (isotonic regression), smoothed to steps of at least a few dozen lessons.
func curve(m Model, judged []lesson) []Point {
	type seen struct{ said, right, n float64 }
	var all []seen
	for _, l := range judged {
		said := m.says(l.list)
		order := make([]int, len(said))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int {
			switch {
			case said[a] > said[b]:
				return -1
			case said[a] < said[b]:
				return 1
			}
			return a - b
		})
		for _, i := range order[:min(len(order), suggestedOf)] {
			s := seen{said: said[i], n: 1}
			if i == l.answer {
				s.right = 1
			}
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return Default().Curve
	}
	slices.SortFunc(all, func(a, b seen) int {
		switch {
		case a.said < b.said:
			return -1
		case a.said > b.said:
			return 1
		}
		return int(a.right - b.right)
	})
	step := max(len(all)/25, 12)
	var blocks []seen
	for part := range slices.Chunk(all, step) {
		var b seen
		for _, s := range part {
			b.said += s.said
			b.right += s.right
			b.n++
		}
		// What the model says itself counts as two more, which keeps 0 and 100 % away.
		said := b.said / b.n
		b = seen{b.said + 2*said, b.right + 2*said, b.n + 2}
		blocks = append(blocks, b)
		for k := len(blocks) - 1; k > 0 && blocks[k-1].right/blocks[k-1].n >= blocks[k].right/blocks[k].n; k-- {
			blocks[k-1] = seen{blocks[k-1].said + blocks[k].said, blocks[k-1].right + blocks[k].right, blocks[k-1].n + blocks[k].n}
			blocks = blocks[:k]
		}
	}
	out := []Point{{0, 0}}
	for _, b := range blocks {
		if p := (Point{b.said / b.n, b.right / b.n}); p.Said > out[len(out)-1].Said {
			out = append(out, p)
		}
	}
	if last := out[len(out)-1]; last.Said < 1 {
		out = append(out, Point{1, max(last.Seen, min(1, last.Seen+(1-last.Said)*0.5))})
	}
	return out
}

// Old reports whether a model should be fitted again: it is none, or the
// history has grown by a tenth since.
func (m Model) Old(cases int, fitted, now time.Time) bool {
	return !m.usable() || now.Sub(fitted) > 7*24*time.Hour || cases > m.Cases+m.Cases/10
}
