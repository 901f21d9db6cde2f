package index

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// A posting is the documents of a bucket that hold a term, in the shorter of
// two forms: a list of gaps, or a stretch of the bitmap between its first and
// last word that are not zero. Both are what roaring bitmaps use within one
// container, and a bucket is just one container.
const (
	formList   = 0 // uvarint gaps, each from the number before
	formBitmap = 1 // number of the first word as 2 bytes, then words of 8 bytes, little-endian
)

// ErrForm means bytes that no posting or group has.
var ErrForm = errors.New("not a posting")

// encode appends the stored form of ascending numbers.
func encode(to []byte, docs []uint16) []byte {
	if len(docs) == 0 {
		return to
	}
	first, last := int(docs[0]>>6), int(docs[len(docs)-1]>>6)
	bitmap := 2 + 8*(last-first+1)
	start := len(to)
	to = append(to, formList)
	before := 0
	for _, d := range docs {
		to = binary.AppendUvarint(to, uint64(int(d)-before))
		before = int(d)
		if len(to)-start-1 > bitmap {
			return encodeBitmap(to[:start], docs, first, last)
		}
	}
	return to
}

func encodeBitmap(to []byte, docs []uint16, first, last int) []byte {
	to = append(to, formBitmap)
	to = binary.LittleEndian.AppendUint16(to, uint16(first))
	var b Bits
	for _, d := range docs {
		b.Add(d)
	}
	for _, w := range b[first : last+1] {
		to = binary.LittleEndian.AppendUint64(to, w)
	}
	return to
}

// OrPosting adds the documents of a posting to a set.
func (b *Bits) OrPosting(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	switch p[0] {
	case formList:
		at := uint64(0)
		for rest := p[1:]; len(rest) > 0; {
			gap, n := binary.Uvarint(rest)
			if at += gap; n <= 0 || at >= Size {
				return ErrForm
			}
			b.Add(uint16(at))
			rest = rest[n:]
		}
		return nil
	case formBitmap:
		if len(p) < 3 || (len(p)-3)%8 != 0 {
			return ErrForm
		}
		at := int(binary.LittleEndian.Uint16(p[1:]))
		if at+(len(p)-3)/8 > len(b) {
			return ErrForm
		}
		for rest := p[3:]; len(rest) > 0; rest = rest[8:] {
			b[at] |= binary.LittleEndian.Uint64(rest)
			at++
		}
		return nil
	}
	return ErrForm
}

// decode appends the numbers of a posting, ascending.
func decode(to []uint16, p []byte) ([]uint16, error) {
	if len(p) == 0 {
		return to, nil
	}
	if p[0] == formList {
		at := uint64(0)
		for rest := p[1:]; len(rest) > 0; {
			gap, n := binary.Uvarint(rest)
			if at += gap; n <= 0 || at >= Size {
				return nil, ErrForm
			}
			to = append(to, uint16(at))
			rest = rest[n:]
		}
		return to, nil
	}
	var b Bits
	if err := b.OrPosting(p); err != nil {
		return nil, err
	}
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			to = append(to, uint16(i<<6|bits.TrailingZeros64(w)))
		}
	}
	return to, nil
}

// Change is what a posting gains and loses. Both are sorted by [Change.Sort].
type Change struct{ Add, Remove []uint16 }

// Sort brings the change into the order that applying needs.
func (c *Change) Sort() {
	slices.Sort(c.Add)
	slices.Sort(c.Remove)
	c.Add, c.Remove = slices.Compact(c.Add), slices.Compact(c.Remove)
}

// apply returns the numbers of a posting after a change.
func apply(old []byte, c Change) ([]uint16, error) {
	docs, err := decode(make([]uint16, 0, len(c.Add)+len(old)), old)
	if err != nil {
		return nil, err
	}
	if len(c.Add) > 0 {
		sorted := len(docs) == 0 || docs[len(docs)-1] < c.Add[0]
		docs = append(docs, c.Add...)
		if !sorted {
			slices.Sort(docs)
			docs = slices.Compact(docs)
		}
	}
	if len(c.Remove) > 0 {
		docs = slices.DeleteFunc(docs, func(d uint16) bool {
			_, gone := slices.BinarySearch(c.Remove, d)
			return gone
		})
	}
	return docs, nil
}
