package search

import "math"

// Parameters of BM25, the usual ones, and the length of a usual chat message
// in tokens.
const (
	saturation  = 1.2
	lengthPart  = 0.75
	usualLength = 30
)

// What a match is worth that is not the whole word.
const (
	worthBegin = 0.7
	worthPart  = 0.5
)

// Rarity is the weight of a term that df of n texts contain.
func Rarity(df, n int) float64 {
	return math.Log1p((float64(n) - float64(df) + 0.5) / (float64(df) + 0.5))
}

// Weight is what a term is worth in a text of so many tokens where it occurs
// with a total worth of tf, by BM25.
func Weight(tf float64, tokens int, rarity float64) float64 {
	long := 1 - lengthPart + lengthPart*float64(tokens)/usualLength
	return rarity * tf * (saturation + 1) / (tf + saturation*long)
}

// Score tells how well a text that contains all terms fits, by BM25 over whole
// words, words that begin so, and parts of words, each worth less than the one
// before; terms that follow each other as in the query add half of the rarer.
func (x Text) Score(terms []Term, rarity []float64) float64 {
	score, before := 0.0, []int(nil)
	for i, t := range terms {
		tf, ends, adjacent := 0.0, []int(nil), false
		x.places(t, func(from, to int) bool {
			tf += t.worth(x.tokens[to-1])
			for _, end := range before {
				adjacent = adjacent || end == from
			}
			ends = append(ends, to)
			return true
		})
		score += Weight(tf, len(x.tokens), rarity[i])
		if adjacent {
			score += max(rarity[i], rarity[i-1]) / 2
		}
		before = ends
	}
	return score
}

// worth is what a match is worth that ends in a token.
func (t Term) worth(last Token) float64 {
	q := t.Tokens[len(t.Tokens)-1].Text
	switch {
	case last.Text == q:
		return 1
	case len(last.Text) > len(q) && last.Text[:len(q)] == q:
		return worthBegin
	}
	return worthPart
}

// WorthOther is what [Text.Score] makes at most of a match that is not the whole word.
const WorthOther = worthBegin
