package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chatpane/app/search"
	"chatpane/app/store/index"
)

// candidate is a document that the index found.
type candidate struct {
	time  uint64 // message number
	no    uint32
	score float64
}

// sooner orders candidates as results are shown.
func sooner(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.time, a.time), cmp.Compare(b.no, a.no))
}

// top keeps the n first of the candidates it is given, as a heap whose root is
// the last of them.
type top struct {
	n    int
	heap []candidate
}

// worth reports whether a candidate would be kept.
func (t *top) worth(c candidate) bool { return len(t.heap) < t.n || sooner(c, t.heap[0]) < 0 }

func (t *top) add(c candidate) {
	if len(t.heap) < t.n {
		t.heap = append(t.heap, c)
		for i := len(t.heap) - 1; i > 0; {
			up := (i - 1) / 2
			if sooner(t.heap[up], t.heap[i]) > 0 {
				break
			}
			t.heap[up], t.heap[i] = t.heap[i], t.heap[up]
			i = up
		}
		return
	}
	t.heap[0] = c
	for i := 0; ; {
		last := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(t.heap) && sooner(t.heap[child], t.heap[last]) > 0 {
				last = child
			}
		}
		if last == i {
			return
		}
		t.heap[i], t.heap[last] = t.heap[last], t.heap[i]
		i = last
	}
}

func (t *top) sorted() []candidate {
	slices.SortFunc(t.heap, sooner)
	return t.heap
}

// verifyStep is how many candidates are looked at again at once, where the
// index finds too much.
const verifyStep = 256

// newest fills in the newest hits. How many match is counted on the first page
// only to the point where all candidates have been looked at.
func (r *finder) newest() error {
	from := candidate{time: ^uint64(0), no: ^uint32(0)}
	if r.q.Cursor != "" {
		if _, err := fmt.Sscanf(r.q.Cursor, "n%d.%d", &from.time, &from.no); err != nil {
			return errCursor
		}
	}
	f := r.found
	seen := 0
	for first := true; ; first = false {
		n := r.q.Limit + 1
		if r.verify || r.doubt {
			n = max(n, verifyStep)
		}
		t := top{n: n}
		pass := func(newest uint64) bool { return !t.worth(candidate{time: newest, no: ^uint32(0)}) }
		total := r.collect(pass, func(c candidate, _ uint16) {
			if t.worth(c) && sooner(from, c) < 0 {
				t.add(c)
			}
		})
		if first {
			f.Total, f.Exact = total, !r.verify && !r.doubt
		}
		list := t.sorted()
		for i, c := range list {
			if err := r.take(c); err != nil {
				return err
			}
			seen++
			from = c
			if len(f.Hits) == r.q.Limit {
				if i < len(list)-1 {
					f.Cursor = fmt.Sprintf("n%d.%d", c.time, c.no)
				}
				return nil
			}
		}
		if len(list) < n {
			if r.q.Cursor == "" {
				f.Total, f.Exact = len(f.Hits), true
			}
			return nil
		}
	}
}

// collect calls f with every candidate that is in the query's chats and times
// and returns how many these are. Where pass is not nil it is asked about 64
// documents at once, by the greatest message number among them, and f is not
// called with those it passes over.
func (r *finder) collect(pass func(newest uint64) bool, f func(c candidate, local uint16)) (total int) {
	open := r.open()
	for _, b := range r.order() {
		col, set := r.columns[b], r.sets[b]
		for i := range set {
			if set[i] == 0 {
				continue
			}
			passed := pass != nil && pass(col.newest[i])
			if passed && open {
				total += set.InWord(i)
				continue
			}
			set.Word(i, func(local uint16) {
				no, id := col.chats[local], col.ids[local]
				if !open && (!r.chats[no] || id < r.after || id > r.last || r.since != nil && id <= r.since[no]) {
					return
				}
				if total++; !passed {
					f(candidate{time: id, no: index.Join(uint16(b), local)}, local)
				}
			})
		}
	}
	return total
}

// open reports whether every document that is not void is in the query's chats
// and times. A purge leaves documents of a chat that is none any more when it
// met damaged rows.
func (r *finder) open() bool {
	q, m := r.q, r.s.mem
	return q.Chats == nil && q.Since == nil && q.After.IsZero() && q.Before.IsZero() && len(m.purges) == 0 && !r.s.harmed.Load()
}

// order returns the buckets, those with the newest messages first: the sooner
// the hits are met, the more can be passed over.
func (r *finder) order() []int {
	buckets, newest := make([]int, len(r.columns)), make([]uint64, len(r.columns))
	for b, col := range r.columns {
		buckets[b], newest[b] = b, slices.Max(col.newest[:])
	}
	slices.SortStableFunc(buckets, func(a, b int) int { return cmp.Compare(newest[b], newest[a]) })
	return buckets
}

// take makes a candidate a hit, unless a second look shows that it is none.
func (r *finder) take(c candidate) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	m, ok, err := r.read(c.no)
	if err != nil || !ok {
		return err
	}
	if r.doubtful(c.no) && !search.NewText(r.s.text(m)).HasAll(r.q.Terms) {
		return nil
	}
	r.found.Hits = append(r.found.Hits, Hit{Message: m})
	return nil
}

// rankStep is how many of the candidates that fit best by what the index knows
// are read and scored by their text at once.
const rankStep = 100

// best fills in the hits that fit best. The index ranks by rarity, whole words
// and length; blocks of rankStep are then ordered by their text.
func (r *finder) best() error {
	offset := 0
	if r.q.Cursor != "" {
		var err error
		text, ok := strings.CutPrefix(r.q.Cursor, "b")
		if offset, err = strconv.Atoi(text); !ok || err != nil || offset < 0 || offset > 1<<24 {
			return errCursor
		}
	}
	exact, rarity, err := r.rarity()
	if err != nil {
		return err
	}
	end := (offset + r.q.Limit + rankStep - 1) / rankStep * rankStep
	t := top{n: end + 1}
	f := r.found
	worth := newWorth(exact, rarity)
	f.Total = r.collect(nil, func(c candidate, local uint16) {
		b := c.no >> 16
		c.score = worth.of(b, local, r.columns[b].sizes[local])
		if t.worth(c) {
			t.add(c)
		}
	})
	f.Exact = !r.verify && !r.doubt
	list := t.sorted()
	more := len(list) > offset+r.q.Limit
	ranked, err := r.rerank(list[min(offset/rankStep*rankStep, len(list)):min(end, len(list))], rarity)
	if err != nil {
		return err
	}
	skip := offset % rankStep
	f.Hits = ranked[min(skip, len(ranked)):min(skip+r.q.Limit, len(ranked))]
	if more {
		f.Cursor = "b" + strconv.Itoa(offset+r.q.Limit)
	}
	return nil
}

// rarity returns the documents that have the whole word, by term and bucket, and
// how rare each term is.
func (r *finder) rarity() (exact [][]*index.Bits, rarity []float64, err error) {
	for _, t := range r.q.Terms {
		sets, df := make([]*index.Bits, len(r.sets)), 0
		for b := range r.sets {
			any := &index.Bits{}
			any.Fill(len(r.columns[b].chats)) // how rare a word is, it is everywhere
			if err := r.term(any, &index.Bits{}, uint16(b), t); err != nil {
				return nil, nil, err
			}
			df += any.Count()
			if len(t.Tokens) == 1 && t.Prefix {
				sets[b] = &index.Bits{}
				if err := r.or(sets[b], uint16(b), index.WordKey(t.Tokens[0].Text), false); err != nil {
					return nil, nil, err
				}
			}
		}
		exact = append(exact, sets)
		rarity = append(rarity, search.Rarity(df, int(r.s.mem.docs.next)))
	}
	return exact, rarity, nil
}

// mostTabled is for how many terms the scores are worked out beforehand.
const mostTabled = 4

// worth is what a document scores by what the index knows: which terms it has as
// whole words, and its size. There are few such cases and many documents.
type worth struct {
	exact  [][]*index.Bits // by term and bucket
	rarity []float64
	table  [][256]float64 // by the terms that are whole words, a bit for each, and size; nil = too many terms
}

func newWorth(exact [][]*index.Bits, rarity []float64) worth {
	w := worth{exact: exact, rarity: rarity}
	if len(rarity) > mostTabled {
		return w
	}
	w.table = make([][256]float64, 1<<len(rarity))
	for whole := range w.table {
		for size := range 256 {
			w.table[whole][size] = w.score(uint(whole), uint8(size))
		}
	}
	return w
}

func (w *worth) of(bucket uint32, local uint16, size uint8) float64 {
	whole := uint(0)
	for i := range w.exact {
		if e := w.exact[i][bucket]; e == nil || e.Has(local) {
			whole |= 1 << i
		}
	}
	if w.table == nil {
		return w.score(whole, size)
	}
	return w.table[whole][size]
}

func (w *worth) score(whole uint, size uint8) (score float64) {
	for i, rarity := range w.rarity {
		tf := 1.0
		if whole>>i&1 == 0 {
			tf = search.WorthOther
		}
		score += search.Weight(tf, 4*int(size), rarity)
	}
	return score
}

// rerank orders candidates by their text, block by block.
func (r *finder) rerank(list []candidate, rarity []float64) ([]Hit, error) {
	var out []Hit
	for block := range slices.Chunk(list, rankStep) {
		start := len(out)
		for _, c := range block {
			if err := r.ctx.Err(); err != nil {
				return nil, err
			}
			m, ok, err := r.read(c.no)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			x := search.NewText(r.s.text(m))
			if r.doubtful(c.no) && !x.HasAll(r.q.Terms) {
				continue
			}
			out = append(out, Hit{Message: m, Score: x.Score(r.q.Terms, rarity)})
		}
		slices.SortStableFunc(out[start:], func(a, b Hit) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), b.Message.Created.Compare(a.Message.Created))
		})
	}
	return out, nil
}
