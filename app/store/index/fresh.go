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
	rows map[Row]map[string][]uint32
}

// NewFresh makes an empty one.
func NewFresh() *Fresh { return &Fresh{rows: map[Row]map[string][]uint32{}} }

// Add adds a document. Adding it again changes nothing.
func (f *Fresh) Add(doc uint32, keys []Key) {
	for _, k := range keys {
		terms := f.rows[k.Row()]
		if terms == nil {
			terms = map[string][]uint32{}
			f.rows[k.Row()] = terms
		}
		docs := terms[k.Term]
		if n := len(docs); n == 0 || docs[n-1] < doc {
			terms[k.Term] = append(docs, doc)
		} else if at, found := slices.BinarySearch(docs, doc); !found {
			terms[k.Term] = slices.Insert(docs, at, doc)
		}
	}
}

// Remove takes a document out.
func (f *Fresh) Remove(doc uint32, keys []Key) {
	for _, k := range keys {
		terms := f.rows[k.Row()]
		at, found := slices.BinarySearch(terms[k.Term], doc)
		if !found {
			continue
		}
		if docs := slices.Delete(terms[k.Term], at, at+1); len(docs) > 0 {
			terms[k.Term] = docs
		} else {
			delete(terms, k.Term)
		}
	}
}

// Docs returns the documents of the terms of a row that begin with a text, or
// of the one term that equals it.
func (f *Fresh) Docs(row Row, term string, begins bool) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		each := func(docs []uint32) bool {
			for _, d := range docs {
				if !yield(d) {
					return false
				}
			}
			return true
		}
		terms := f.rows[row]
		if !begins {
			each(terms[term])
			return
		}
		for t, docs := range terms {
			if strings.HasPrefix(t, term) && !each(docs) {
				return
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
func (c Changes) Remove(doc uint32, keys []Key) {
	bucket, local := Split(doc)
	for _, k := range keys {
		change := c.of(bucket, k.Row(), k.Term)
		if n := len(change.Remove); n == 0 || change.Remove[n-1] != local {
			change.Remove = append(change.Remove, local)
		}
	}
}

// Changes are what writing the fresh documents to the postings takes.
func (f *Fresh) Changes() Changes {
	c := Changes{}
	for row, terms := range f.rows {
		for term, docs := range terms {
			for _, d := range docs {
				bucket, local := Split(d)
				change := c.of(bucket, row, term)
				change.Add = append(change.Add, local)
			}
		}
	}
	return c
}
