package index

import (
	"iter"
	"slices"
	"strings"
)

// Row names a group: the terms that are stored together.
type Row struct {
	Kind  Kind
	Group string
}

// Row is the group that the term lies in.
func (k Key) Row() Row { return Row{k.Kind, k.Group} }

// Fresh is the index of documents whose postings are not written yet. One
// goroutine alters it while none reads it.
type Fresh struct {
	posts []post
	rows  map[Row][]int32 // posts by row
	// What texts are made of, with the posts of each; a word has several.
	words   map[string][]int32
	begins  map[string]int32
	parts   map[string]int32
	grams   map[string]int32
	near    [nearHashes]int32 // 0 = none yet, else post + 1
	senders map[string]int32
	file    int32 // as near
}

// post is a term with its documents, ascending.
type post struct {
	key  Key
	docs []uint32
}

// NewFresh makes an empty one.
func NewFresh() *Fresh {
	return &Fresh{
		rows: map[Row][]int32{}, words: map[string][]int32{}, begins: map[string]int32{},
		parts: map[string]int32{}, grams: map[string]int32{}, senders: map[string]int32{},
	}
}

// post makes the post of a term.
func (f *Fresh) post(k Key) int32 {
	id := int32(len(f.posts))
	f.posts = append(f.posts, post{key: k})
	f.rows[k.Row()] = append(f.rows[k.Row()], id)
	return id
}

// each calls do with the posts of a document; one may come more than once.
func (f *Fresh) each(d Document, do func(*post)) {
	for i, t := range d.Tokens {
		if t.Gram {
			do(&f.posts[f.gram(t.Text)])
		} else {
			for _, id := range f.word(t.Text) {
				do(&f.posts[id])
			}
		}
		if i == 0 {
			continue
		}
		if before := d.Tokens[i-1]; before.Gram && t.Gram {
			do(&f.posts[f.gram(before.Text+t.Text)])
		} else {
			do(&f.posts[f.pair(before.Text, t.Text)])
		}
	}
	if d.Sender != "" {
		do(&f.posts[f.shared(f.senders, SenderKey(d.Sender).Group, SenderKey(d.Sender))])
	}
	if d.File {
		if f.file == 0 {
			f.file = f.post(Key{Kind: File}) + 1
		}
		do(&f.posts[f.file-1])
	}
}

func (f *Fresh) word(w string) []int32 {
	ids, ok := f.words[w]
	if !ok {
		w = strings.Clone(w) // it is a piece of a whole message
		for _, k := range word(nil, w) {
			switch k.Kind {
			case Begin:
				ids = append(ids, f.shared(f.begins, k.Group, k))
			case Part:
				ids = append(ids, f.shared(f.parts, k.Term, k))
			default:
				ids = append(ids, f.post(k))
			}
		}
		f.words[w] = ids
	}
	return ids
}

// shared is the post of a term that several words may have.
func (f *Fresh) shared(posts map[string]int32, name string, k Key) int32 {
	id, ok := posts[name]
	if !ok {
		id = f.post(k)
		posts[name] = id
	}
	return id
}

func (f *Fresh) gram(g string) int32 {
	id, ok := f.grams[g]
	if !ok {
		g = strings.Clone(g)
		return f.shared(f.grams, g, GramKey(g))
	}
	return id
}

func (f *Fresh) pair(a, b string) int32 {
	h := nearHash(a, b)
	if f.near[h] == 0 {
		f.near[h] = f.post(nearKey(h)) + 1
	}
	return f.near[h] - 1
}

// Add adds a document. Adding it again changes nothing.
func (f *Fresh) Add(no uint32, d Document) {
	f.each(d, func(p *post) {
		n := len(p.docs)
		if n == 0 || p.docs[n-1] < no {
			p.docs = append(p.docs, no)
		} else if at, found := slices.BinarySearch(p.docs, no); !found {
			p.docs = slices.Insert(p.docs, at, no)
		}
	})
}

// Remove takes a document out.
func (f *Fresh) Remove(no uint32, d Document) {
	f.each(d, func(p *post) {
		if at, found := slices.BinarySearch(p.docs, no); found {
			p.docs = slices.Delete(p.docs, at, at+1)
		}
	})
}

// Docs returns the documents of the terms of a row that begin with a text, or
// of the one term that equals it.
func (f *Fresh) Docs(row Row, term string, begins bool) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, id := range f.rows[row] {
			p := &f.posts[id]
			if p.key.Term != term && !(begins && strings.HasPrefix(p.key.Term, term)) {
				continue
			}
			for _, d := range p.docs {
				if !yield(d) {
					return
				}
			}
		}
	}
}

// Changes are changes of postings by bucket, group and term.
type Changes map[uint16]map[Row]map[string]*Change

func (c Changes) of(bucket uint16, row Row, term string) *Change {
	rows := c[bucket]
	if rows == nil {
		rows = map[Row]map[string]*Change{}
		c[bucket] = rows
	}
	terms := rows[row]
	if terms == nil {
		terms = map[string]*Change{}
		rows[row] = terms
	}
	change := terms[term]
	if change == nil {
		change = &Change{}
		terms[term] = change
	}
	return change
}

// Remove adds the removal of a document.
func (c Changes) Remove(no uint32, d Document) {
	bucket, local := Split(no)
	for _, k := range d.keys() {
		change := c.of(bucket, k.Row(), k.Term)
		if n := len(change.Remove); n == 0 || change.Remove[n-1] != local {
			change.Remove = append(change.Remove, local)
		}
	}
}

// Changes are what writing the fresh documents to the postings takes.
func (f *Fresh) Changes() Changes {
	c := Changes{}
	for _, p := range f.posts {
		var change *Change
		last := uint16(0)
		for _, d := range p.docs {
			bucket, local := Split(d)
			if change == nil || bucket != last {
				change, last = c.of(bucket, p.key.Row(), p.key.Term), bucket
			}
			change.Add = append(change.Add, local)
		}
	}
	return c
}
