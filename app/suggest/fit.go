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
// sees what it is judged by. Of a short history the curve only bends what the
// weights say. Histories below 150 cases give [Default].
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

// Old reports whether a model should be fitted again: it is none, or the
// history has grown by a tenth since.
func (m Model) Old(cases int, fitted, now time.Time) bool {
	return !m.usable() || now.Sub(fitted) > 7*24*time.Hour || cases > m.Cases+m.Cases/10
}
