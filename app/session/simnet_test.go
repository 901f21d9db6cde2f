package session

import (
	"bytes"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// line is the network of one machine: it can be away, bad, or freeze.
type line struct {
	next http.RoundTripper

	mu     sync.Mutex // guards the rest
	r      *rand.Rand
	away   bool
	bad    bool
	dead   bool          // its process was killed: nothing leaves any more
	frozen chan struct{} // requests hang until it is closed, with after once they were acted on
	after  bool
}

// RoundTrip carries a request, or not, or its answer not.
func (l *line) RoundTrip(q *http.Request) (*http.Response, error) {
	l.mu.Lock()
	away, dead, frozen, after := l.away, l.dead, l.frozen, l.after
	dice, took, throttle := 1000, time.Duration(0), l.r.IntN(25)
	if l.bad {
		dice, took = l.r.IntN(100), time.Duration(l.r.IntN(20000))*time.Millisecond
	}
	l.mu.Unlock()
	switch {
	case away || dead:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case frozen != nil:
		if after {
			_, _ = l.next.RoundTrip(q)
		}
		select {
		case <-frozen:
		case <-q.Context().Done():
		}
		return nil, reset
	case dice < 6: // cut before it was acted on
		return nil, reset
	case dice < 12: // and after
		_, _ = l.next.RoundTrip(q)
		return nil, reset
	case dice < 15:
		return said(http.StatusServiceUnavailable, 0, q), nil
	case dice < 18: // a gateway gives up, the service does not
		_, _ = l.next.RoundTrip(q)
		return said(http.StatusGatewayTimeout, 0, q), nil
	case dice < 22:
		return said(http.StatusTooManyRequests, throttle, q), nil
	case dice < 23: // the token expired
		return said(http.StatusUnauthorized, 0, q), nil
	case dice < 33: // late, so that others overtake it
		if err := pass(q, took); err != nil {
			return nil, err
		}
	case dice < 38: // its answer is late
		res, err := l.next.RoundTrip(q)
		if err := pass(q, took); err != nil {
			return nil, err
		}
		return res, err
	}
	return l.next.RoundTrip(q)
}

var reset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

func pass(q *http.Request, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-q.Context().Done():
		return q.Context().Err()
	}
}

// said is an answer of a gateway; after is its Retry-After in seconds, 0 for none.
func said(status, after int, q *http.Request) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	if after > 0 {
		h.Set("Retry-After", strconv.Itoa(after))
	}
	return &http.Response{StatusCode: status, Status: strconv.Itoa(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Body: io.NopCloser(bytes.NewReader([]byte(`{"error":{"code":"x","message":"x"}}`))), Request: q}
}

func (l *line) set(f func(*line)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

// diskFor makes a folder in memory where the system has that, for a story writes
// durably thousands of times. The caller removes it once all on it is closed.
func diskFor(t testing.TB) string {
	t.Helper()
	at := "/dev/shm"
	if _, err := os.Stat(at); err != nil {
		at = ""
	}
	dir, err := os.MkdirTemp(at, "chatpane-")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// copyTree copies a folder as a crash leaves it. Most of Badger's files is a hole.
func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		return copySparse(path, filepath.Join(to, rel))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copySparse(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	const block = 64 << 10
	for at := 0; at < len(data); at += block {
		part := data[at:min(at+block, len(data))]
		if bytes.Trim(part, "\x00") == nil {
			continue
		}
		if _, err := f.WriteAt(part, int64(at)); err != nil {
			return err
		}
	}
	return f.Truncate(int64(len(data)))
}
