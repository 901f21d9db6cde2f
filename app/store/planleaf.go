package store

import (
	"slices"

	"chatpane/app/chat"
)

// version is a message about to be written, or to go.
type version struct {
	number uint64
	raw    []byte // a rows.Message
	msg    chat.Message
	isNew  bool
	gone   bool
	doc    doc
}

// mostVersions is how many versions one part has: each may touch a row of the
// columns of its own, and all rows of a part go into one transaction.
const mostVersions = 100

// growing are the leaves of a chat as the parts planned so far leave them.
type growing struct {
	p     *planner
	id    chat.ID
	e     entry
	known map[uint64]leaf // by where they begin
}

func (p *planner) growing(id chat.ID, e entry) *growing {
	return &growing{p: p, id: id, e: e, known: map[uint64]leaf{}}
}

func (g *growing) leaf(i int) (leaf, error) {
	start := g.e.leaves[i]
	if l, ok := g.known[start]; ok {
		return l, nil
	}
	l, err := g.p.s.readLeaf(g.p.txn, g.id, g.e, i)
	if err == nil {
		g.known[start] = l
	}
	return l, err
}

// stored returns a message with its document, 0 when it has none.
func (g *growing) stored(number uint64) (m chat.Message, no uint32, ok bool, err error) {
	return g.p.s.messageIn(g.id, g.e.leaves, number, g.leaf)
}

// put adds rows to a part for as many versions, which are ascending, as one
// part takes, together with what they do to the index, and the row of the
// directory that makes it true. It returns how many versions that were.
func (g *growing) put(part *part, versions []version) (n int, err error) {
	for n < len(versions) && n < mostVersions && part.size < g.p.limit/8 {
		some, err := g.putLeaf(part, versions[n:min(len(versions), mostVersions)])
		if err != nil {
			return n, err
		}
		n += some
	}
	for _, v := range versions[:n] {
		key := MessageKey{g.id, v.msg.ID}
		if v.gone {
			part.diff.Gone = append(part.diff.Gone, key)
			g.e.messages--
			continue
		}
		part.diff.Messages = append(part.diff.Messages, key)
		if v.isNew {
			g.e.messages++
		}
	}
	if err := g.p.putDocs(part, versions[:n]); err != nil {
		return n, err
	}
	return n, g.p.putDirectory(part, g.id, g.e)
}

// putLeaf writes the leaf of the first version, with those that follow as far as
// they lie in the same.
func (g *growing) putLeaf(part *part, versions []version) (n int, err error) {
	at := leafAt(g.e.leaves, versions[0].number)
	newest := at == len(g.e.leaves)-1
	for size := 0; n < len(versions) && (n == 0 || size+len(versions[n].raw) <= 2*leafBytes); n++ {
		if !newest && versions[n].number >= g.e.leaves[at+1] {
			break
		}
		size += len(versions[n].raw)
	}
	var before leaf
	if at >= 0 {
		if before, err = g.leaf(at); err != nil {
			return 0, err
		}
	}
	starts := make([]uint64, 0, 4)
	for i, l := range before.with(versions[:n]).split(newest) {
		start := l[0].number
		if i == 0 && at >= 0 {
			start = g.e.leaves[at] // it keeps its key
		}
		starts = append(starts, start)
		if i == 0 && l.equal(before) {
			continue
		}
		key := leafKey(g.e.no, start)
		value, err := g.p.s.codec.seal(bLeaf, g.id, key, l.row(start))
		if err != nil {
			return 0, err
		}
		part.put(row{key, value})
		g.known[start] = l
	}
	if at < 0 {
		g.e.leaves = slices.Concat(starts, g.e.leaves)
		return n, nil
	}
	if len(starts) == 0 {
		part.put(row{key: leafKey(g.e.no, g.e.leaves[at])})
		delete(g.known, g.e.leaves[at])
	}
	g.e.leaves = slices.Concat(g.e.leaves[:at], starts, g.e.leaves[at+1:])
	return n, nil
}

// remembered has the memory brought up to date once a part is committed.
func (g *growing) remembered(p *part) *part {
	e := g.e
	p.then = func(m *memory) { m.chats[g.id], m.numbers[e.no] = e, g.id }
	return p
}
