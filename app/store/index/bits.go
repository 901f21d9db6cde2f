package index

import "math/bits"

// Size is how many documents a bucket holds.
const Size = 1 << 16

// Split returns the bucket of a document and its number in it.
func Split(doc uint32) (bucket, local uint16) { return uint16(doc >> 16), uint16(doc) }

// Join is the inverse of [Split].
func Join(bucket, local uint16) uint32 { return uint32(bucket)<<16 | uint32(local) }

// Bits is a set of the documents of one bucket.
type Bits [Size / 64]uint64

// Add puts a document into the set.
func (b *Bits) Add(local uint16) { b[local>>6] |= 1 << (local & 63) }

// Remove takes a document out of the set.
func (b *Bits) Remove(local uint16) { b[local>>6] &^= 1 << (local & 63) }

// Empty reports whether no document is in the set.
func (b *Bits) Empty() bool { return *b == Bits{} }

// Has reports whether a document is in the set.
func (b *Bits) Has(local uint16) bool { return b[local>>6]&(1<<(local&63)) != 0 }

// And keeps what is in the other set too.
func (b *Bits) And(o *Bits) {
	for i := range b {
		b[i] &= o[i]
	}
}

// Or adds what is in the other set.
func (b *Bits) Or(o *Bits) {
	for i := range b {
		b[i] |= o[i]
	}
}

// AndNot removes what is in the other set.
func (b *Bits) AndNot(o *Bits) {
	for i := range b {
		b[i] &^= o[i]
	}
}

// Count returns how many documents are in the set.
func (b *Bits) Count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// Fill puts the first n documents into the set.
func (b *Bits) Fill(n int) {
	for i := range b {
		switch left := n - i*64; {
		case left >= 64:
			b[i] = ^uint64(0)
		case left > 0:
			b[i] = 1<<left - 1
		}
	}
}

// Word calls f with each document among the 64 of a word of the set, ascending.
func (b *Bits) Word(i int, f func(local uint16)) {
	for w := b[i]; w != 0; w &= w - 1 {
		f(uint16(i<<6 | bits.TrailingZeros64(w)))
	}
}

// InWord returns how many documents of a word are in the set.
func (b *Bits) InWord(i int) int { return bits.OnesCount64(b[i]) }
