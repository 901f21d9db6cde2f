package sandbox

import (
	"bytes"
	"compress/gzip"
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// gzipFrom is the size from which an answer is worth packing.
const gzipFrom = 1 << 10

// packing keeps what packing answers needs: writers, which are large, and the
// latest packed answers, because a list that did not change is asked for often.
type packing struct {
	seeds   [2]maphash.Seed
	writers sync.Pool

	mu   sync.Mutex // guards the rest
	kept map[packKey][]byte
	size int
}

// packKey tells answers apart: two hashes and the length.
type packKey struct {
	a, b uint64
	n    int
}

// maxPacked is how many bytes of packed answers are kept.
const maxPacked = 16 << 20

// pack is body as gzip.
func (k *packing) pack(body []byte) []byte {
	key := packKey{maphash.Bytes(k.seeds[0], body), maphash.Bytes(k.seeds[1], body), len(body)}
	k.mu.Lock()
	out := k.kept[key]
	k.mu.Unlock()
	if out != nil {
		return out
	}
	var b bytes.Buffer
	z := k.writers.Get().(*gzip.Writer)
	z.Reset(&b)
	z.Write(body) // a buffer never fails
	z.Close()
	k.writers.Put(z)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size += b.Len(); k.size > maxPacked || k.kept == nil {
		k.kept, k.size = map[packKey][]byte{}, b.Len()
	}
	k.kept[key] = b.Bytes()
	return b.Bytes()
}

// packed serves answers as gzip to clients that accept it, as Graph does. It
// stands before the guard, so that faults still see plain text; an answer that
// is cut off stays plain.
func packed(h http.Handler) http.Handler {
	k := &packing{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	k.writers.New = func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a known one
		return z
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !acceptsGzip(r) {
			h.ServeHTTP(w, r)
			return
		}
		p := &packer{ResponseWriter: w}
		h.ServeHTTP(p, r)
		p.finish(k)
	})
}

// acceptsGzip reports whether a client takes gzip ("gzip;q=0" does not).
func acceptsGzip(r *http.Request) bool {
	for _, v := range r.Header.Values("Accept-Encoding") {
		for _, part := range strings.Split(v, ",") {
			name, q, weighed := strings.Cut(strings.TrimSpace(part), ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			weight, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(q), "q="), 64)
			return !weighed || err != nil || weight > 0
		}
	}
	return false
}

// packer packs an answer that is written at once. One that comes in pieces with
// flushes, as slow faults send it, is passed on as it is.
type packer struct {
	http.ResponseWriter
	status int
	body   []byte
	plain  bool // passed on
}

// WriteHeader keeps the first status.
func (p *packer) WriteHeader(status int) {
	if p.status == 0 {
		p.status = status
	}
}

// Write keeps a piece.
func (p *packer) Write(b []byte) (int, error) {
	if p.plain {
		return p.ResponseWriter.Write(b)
	}
	p.body = append(p.body, b...)
	return len(b), nil
}

// Flush passes on what there is, unpacked.
func (p *packer) Flush() {
	p.pass()
	if f, ok := p.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap lets a handler reach the connection.
func (p *packer) Unwrap() http.ResponseWriter {
	p.pass()
	return p.ResponseWriter
}

func (p *packer) pass() {
	if p.plain {
		return
	}
	p.plain = true
	if p.status != 0 || len(p.body) > 0 {
		p.ResponseWriter.WriteHeader(max(p.status, http.StatusOK))
	}
	p.ResponseWriter.Write(p.body) // the answer has begun; there is nobody to tell
	p.body = nil
}

// finish writes the whole answer.
func (p *packer) finish(k *packing) {
	head := p.Header()
	kind := head.Get("Content-Type")
	if p.plain || len(p.body) < gzipFrom || head.Get("Content-Length") != "" || head.Get("Content-Encoding") != "" ||
		!strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "text/") {
		p.pass()
		return
	}
	head.Set("Content-Encoding", "gzip")
	head.Add("Vary", "Accept-Encoding")
	p.ResponseWriter.WriteHeader(max(p.status, http.StatusOK))
	p.ResponseWriter.Write(k.pack(p.body)) // the answer has begun; there is nobody to tell
}
