package suggest

import (
	"math"
	"slices"
)

// Model is what [Fit] learned from a history. It is kept as JSON; the zero Model
// is not usable, see [Default].
type Model struct {
	// Weights by evidence, in the order of the package's own figures.
	Weights []float64
	// Curve turns what the weights say into a probability: pairs of both, rising.
	Curve []Point
	// Cases is how many cases of the history it was fitted on, 0 for [Default].
	Cases int
}

// Point is a place of a rising curve.
type Point struct{ Said, Seen float64 }

// usable reports whether a model that was kept fits this version.
func (m Model) usable() bool { return len(m.Weights) == figures && len(m.Curve) > 0 }

// Default is the model for a history that is too short to learn from. Its
// weights are what Fit finds on the benchmark's history; its curve is cautious.
func Default() Model {
	w := make([]float64, figures)
	w[byText], w[byNow], w[bySubject], w[byProduct], w[byCustomer], w[byAll] = 1.25, -0.3, 0.34, 0.25, 0.03, -0.37
	w[byBest], w[byCount], w[byPresent], w[bySpeed], w[bySome] = 1.92, 0.36, 0.15, 0.1, -0.58
	return Model{Weights: w, Curve: []Point{{0, 0}, {1, 0.7}}}
}

// says returns what the weights say of each candidate: shares of 1, of which
// some is left for "nobody of these".
func (m Model) says(list []candidate) []float64 {
	out := make([]float64, len(list))
	top := 0.0 // the utility of nobody
	for i := range list {
		for k, w := range m.Weights {
			out[i] += w * list[i].x[k]
		}
		top = max(top, out[i])
	}
	sum := math.Exp(-top)
	for i := range out {
		out[i] = math.Exp(out[i] - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// chance is the calibrated probability for what the weights say.
func (m Model) chance(said float64) float64 {
	i, exact := slices.BinarySearchFunc(m.Curve, said, func(p Point, s float64) int {
		switch {
		case p.Said < s:
			return -1
		case p.Said > s:
			return 1
		}
		return 0
	})
	switch {
	case exact || i == 0:
		return m.Curve[i].Seen
	case i == len(m.Curve):
		return m.Curve[i-1].Seen
	}
	a, b := m.Curve[i-1], m.Curve[i]
	return a.Seen + (b.Seen-a.Seen)*(said-a.Said)/(b.Said-a.Said)
}
