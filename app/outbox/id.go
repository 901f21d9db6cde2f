package outbox

import (
	"crypto/rand"
	"time"
)

// digits are Crockford's base 32, in the order of their bytes.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewID returns a ULID: 48 bits of time and 80 random bits as 26 characters,
// so that ids of different milliseconds sort by time.
func NewID(now time.Time) string {
	var b [16]byte
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	_, _ = rand.Read(b[6:]) // never fails, by its documentation
	return encode(b)
}

// encode writes 128 bits as 26 digits; the first one holds only 3 bits.
func encode(b [16]byte) string {
	var out [26]byte
	for i := range out {
		v := 0
		for bit := range 5 {
			v <<= 1
			if n := i*5 + bit - 2; n >= 0 {
				v |= int(b[n/8]>>(7-n%8)) & 1
			}
		}
		out[i] = digits[v]
	}
	return string(out[:])
}

// after returns the id that follows id directly, for a clock that stands still
// or was put back: ids must sort as they were enqueued.
func after(id string) string {
	b := []byte(id)
	for i := len(b) - 1; i >= 0; i-- {
		for d := range len(digits) - 1 {
			if b[i] == digits[d] {
				b[i] = digits[d+1]
				return string(b)
			}
		}
		b[i] = digits[0]
	}
	return id + string(digits[0])
}
