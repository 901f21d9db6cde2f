// Package index is the stored form of package store's text index: sets of
// documents, postings, and groups of terms with their postings.
//
// It promises that a group is read without taking in what it does not look
// for, that any bytes are either a group or an error, and that applying a
// change twice is applying it once. It does no I/O and refuses to know what a
// document or a term is.
package index

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// A group is the terms of a bucket that begin alike, sorted, each as: uvarint
// length shared with the term before, uvarint length of the rest, the rest,
// uvarint number of documents, uvarint length of the posting, the posting. The
// posting is empty when it has a row of its own.

// Entry is a term of a group. Its slices are valid until the next one.
type Entry struct {
	Term  []byte
	Count int    // documents in the bucket
	Own   bool   // the posting lies in a row of its own
	Data  []byte // the posting
}

// Each calls f with each entry of a group, in order, until it returns false.
func Each(group []byte, f func(Entry) bool) error {
	var term []byte
	for len(group) > 0 {
		var e Entry
		var ok bool
		if term, e, group, ok = next(term, group); !ok {
			return ErrForm
		}
		if !f(e) {
			return nil
		}
	}
	return nil
}

func next(term, group []byte) ([]byte, Entry, []byte, bool) {
	var n [2]uint64
	var e Entry
	if !uvarints(&group, n[:]) || n[0] > uint64(len(term)) || n[1] > uint64(len(group)) {
		return nil, e, nil, false
	}
	term = append(term[:n[0]], group[:n[1]]...)
	group = group[n[1]:]
	if !uvarints(&group, n[:]) || n[0] == 0 || n[0] > Size || n[1] > uint64(len(group)) {
		return nil, e, nil, false
	}
	e = Entry{Term: term, Count: int(n[0]), Own: n[1] == 0, Data: group[:n[1]]}
	return term, e, group[n[1]:], true
}

func uvarints(from *[]byte, into []uint64) bool {
	for i := range into {
		v, n := binary.Uvarint(*from)
		if n <= 0 {
			return false
		}
		into[i], *from = v, (*from)[n:]
	}
	return true
}

// Update applies changes to a group: by term, for its postings. A term of many
// documents or more gets a row of its own; own reads it. ownRows are those to
// write, or to delete where empty. A group without terms comes back empty.
func Update(group []byte, changes map[string]*Change, many int, own func(term string) ([]byte, error)) (out []byte, ownRows map[string][]byte, err error) {
	w := groupWriter{out: make([]byte, 0, len(group)+32*len(changes)), own: map[string][]byte{}, many: many}
	terms := make([]string, 0, len(changes))
	for t := range changes {
		terms = append(terms, t)
	}
	slices.Sort(terms)
	change := func(e Entry) error {
		old := e.Data
		if e.Own {
			if old, err = own(string(e.Term)); err != nil {
				return err
			}
		}
		return w.change(e, old, *changes[string(e.Term)])
	}
	var failed error
	err = Each(group, func(e Entry) bool {
		for len(terms) > 0 && terms[0] < string(e.Term) && failed == nil {
			failed = w.change(Entry{Term: []byte(terms[0])}, nil, *changes[terms[0]])
			terms = terms[1:]
		}
		switch {
		case failed != nil:
		case len(terms) > 0 && terms[0] == string(e.Term):
			failed = change(e)
			terms = terms[1:]
		default:
			w.put(e.Term, e.Count, e.Data)
		}
		return failed == nil
	})
	for len(terms) > 0 && failed == nil && err == nil {
		failed = w.change(Entry{Term: []byte(terms[0])}, nil, *changes[terms[0]])
		terms = terms[1:]
	}
	if failed != nil {
		err = failed
	}
	return w.out, w.own, err
}

type groupWriter struct {
	out  []byte
	last []byte
	own  map[string][]byte
	buf  []byte
	many int
}

// change writes an entry after a change.
func (w *groupWriter) change(e Entry, old []byte, c Change) error {
	docs, err := apply(old, c)
	if err != nil {
		return err
	}
	w.buf = encode(w.buf[:0], docs)
	switch {
	case len(docs) >= w.many:
		w.own[string(e.Term)] = bytes.Clone(w.buf)
		w.put(e.Term, len(docs), nil)
		return nil
	case len(docs) > 0:
		w.put(e.Term, len(docs), w.buf)
	}
	if e.Own {
		w.own[string(e.Term)] = nil
	}
	return nil
}

func (w *groupWriter) put(term []byte, count int, data []byte) {
	shared := 0
	for shared < len(w.last) && shared < len(term) && w.last[shared] == term[shared] {
		shared++
	}
	w.out = binary.AppendUvarint(w.out, uint64(shared))
	w.out = binary.AppendUvarint(w.out, uint64(len(term)-shared))
	w.out = append(w.out, term[shared:]...)
	w.out = binary.AppendUvarint(w.out, uint64(count))
	w.out = binary.AppendUvarint(w.out, uint64(len(data)))
	w.out = append(w.out, data...)
	w.last = append(w.last[:0], term...)
}
