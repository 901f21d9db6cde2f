package suggest

import (
	"math"
	"slices"
)

// suggestedOf is how many people of a lesson the curve is made from: those who
// would be shown, or nearly.
const suggestedOf = 5

// few is the number of lessons below which a curve is only bent, not drawn.
const few = 200

// seen is what a model said of somebody, or of some together, and what was so.
type seen struct{ said, right, n float64 }

// curve makes the rising curve from what a model says to how often it was so.
func curve(m Model, judged []lesson) []Point {
	all := outcomes(m, judged)
	switch {
	case len(all) == 0:
		return Default().Curve
	case len(judged) < few:
		return bent(all)
	}
	return drawn(all)
}

// outcomes are what a model said of the first few of each lesson, rising.
func outcomes(m Model, judged []lesson) []seen {
	var all []seen
	for _, l := range judged {
		var own []seen
		for i, said := range m.says(l.list) {
			s := seen{said: said, n: 1}
			if i == l.answer {
				s.right = 1
			}
			own = append(own, s)
		}
		slices.SortStableFunc(own, func(a, b seen) int { return byFloat(b.said, a.said) })
		all = append(all, own[:min(len(own), suggestedOf)]...)
	}
	slices.SortStableFunc(all, func(a, b seen) int { return byFloat(a.said, b.said) })
	return all
}

func byFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// bent finds the two numbers, a slope and a shift of the log-odds, under which
// what was so is likeliest (Platt's scaling), drawn towards leaving what the
// model says as it is: a short history cannot tell more.
func bent(all []seen) []Point {
	const pull = 4
	a, b := 1.0, 0.0
	for range 25 { // Newton's steps; the sum is convex
		ga, gb, haa, hab, hbb := pull*(a-1), pull*b, float64(pull), 0.0, float64(pull)
		for _, s := range all {
			x := odds(s.said)
			p := chanceOf(a*x + b)
			ga += (p - s.right) * x
			gb += p - s.right
			v := p * (1 - p)
			haa += v * x * x
			hab += v * x
			hbb += v
		}
		det := haa*hbb - hab*hab
		a -= (hbb*ga - hab*gb) / det
		b -= (haa*gb - hab*ga) / det
	}
	a = max(a, 0.2)
	out := []Point{{0, 0}}
	for i := 1; i < 40; i++ {
		said := float64(i) / 40
		out = append(out, Point{said, chanceOf(a*odds(said) + b)})
	}
	return append(out, Point{1, out[len(out)-1].Seen})
}

func odds(p float64) float64 {
	p = min(max(p, 0.001), 0.999)
	return math.Log(p / (1 - p))
}

func chanceOf(odds float64) float64 { return 1 / (1 + math.Exp(-odds)) }

// drawn follows what was so in steps (isotonic regression), each of at least a
// few dozen outcomes.
func drawn(all []seen) []Point {
	step := max(len(all)/25, 12)
	var blocks []seen
	for part := range slices.Chunk(all, step) {
		var b seen
		for _, s := range part {
			b = b.with(s)
		}
		// What the model says itself counts as two more, which keeps 0 and 100 % away.
		said := b.said / b.n
		blocks = append(blocks, b.with(seen{2 * said, 2 * said, 2}))
		for k := len(blocks) - 1; k > 0 && blocks[k-1].right/blocks[k-1].n >= blocks[k].right/blocks[k].n; k-- {
			blocks[k-1] = blocks[k-1].with(blocks[k])
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

func (s seen) with(o seen) seen { return seen{s.said + o.said, s.right + o.right, s.n + o.n} }
