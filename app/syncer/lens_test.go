package syncer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// lens stands between a client and Graph and leaves things out of answers, as a
// replica that lags behind does, or a service after a legal deletion.
type lens struct {
	next http.RoundTripper

	mu     sync.Mutex                                     // guards the rest
	gone   map[string]bool                                // ids of messages that no longer exist
	late   func(id, etag string, modified time.Time) bool // versions that are not shown yet
	frozen chan struct{}                                  // requests hang until it is closed, with after once they were acted on
	after  bool
	torn   int    // readings of messages to be cut
	blind  bool   // $filter on messages is ignored
	flawed uint64 // lists lack what this number chooses, 0 = nothing
	single bool   // the value at hand is a single message, not one of a list
}

// over looks through the lens at what next answers. All clients of a world share
// one lens, and the first one's next serves them all, since it is in use by then.
func (l *lens) over(next http.RoundTripper) http.RoundTripper {
	if l.next == nil {
		l.next = next
	}
	return l
}

func (l *lens) RoundTrip(q *http.Request) (*http.Response, error) {
	l.mu.Lock()
	blind, frozen, after := l.blind, l.frozen, l.after
	l.mu.Unlock()
	if l.tears(q) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	if frozen != nil {
		if after {
			_, _ = l.next.RoundTrip(q)
		}
		select {
		case <-frozen:
		case <-q.Context().Done():
		}
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	if blind && q.Method == http.MethodGet && strings.HasSuffix(q.URL.Path, "/messages") {
		q = q.Clone(q.Context())
		v := q.URL.Query()
		v.Del("$filter")
		q.URL.RawQuery = v.Encode()
	}
	res, err := l.next.RoundTrip(q)
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(q.URL.Path, "/messages") && !strings.HasSuffix(q.URL.Path, "/$batch") {
		return res, err
	}
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var body any
	if json.Unmarshal(data, &body) == nil {
		l.mu.Lock()
		lost := false
		l.single = true
		if body, lost = l.look(body); lost {
			res.StatusCode, body = http.StatusNotFound, notThere
		}
		l.mu.Unlock()
		if data, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	res.Header.Del("Content-Length")
	return res, nil
}

var notThere = map[string]any{"error": map[string]any{"code": "NotFound", "message": "NotFound"}}

// look leaves out of a JSON value what is not to be seen; lost tells that the
// value itself is such a thing.
func (l *lens) look(v any) (out any, lost bool) {
	switch v := v.(type) {
	case []any:
		kept := []any{}
		defer func(was bool) { l.single = was }(l.single)
		for _, x := range v {
			l.single = false
			if x, lost := l.look(x); !lost {
				kept = append(kept, x)
			}
		}
		return kept, false
	case map[string]any:
		if l.hides(v) {
			return nil, true
		}
		for key, x := range v {
			l.single = key == "body"
			part, lost := l.look(x)
			if lost && key == "body" { // of an item of a batch
				v["status"], part, lost = http.StatusNotFound, notThere, false
			}
			if !lost {
				v[key] = part
			}
		}
		return v, false
	}
	return v, false
}

func (l *lens) hides(v map[string]any) bool {
	id, _ := v["id"].(string)
	etag, _ := v["etag"].(string)
	text, _ := v["lastModifiedDateTime"].(string)
	if v["messageType"] == nil || etag == "" {
		return false
	}
	modified, err := time.Parse(time.RFC3339Nano, text)
	return l.gone[id] || err == nil && l.late != nil && l.late(id, etag, modified)
}

// vanish takes messages out of the world without a trace.
func (l *lens) vanish(ids ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone == nil {
		l.gone = map[string]bool{}
	}
	for _, id := range ids {
		l.gone[id] = true
	}
}

// tear cuts the next n readings of messages that go on past the first page.
func (l *lens) tear(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.torn = n
}

func (l *lens) tears(q *http.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.torn == 0 || q.Method != http.MethodGet || !strings.HasSuffix(q.URL.Path, "/messages") {
		return false
	}
	l.torn--
	return true
}

// freeze lets requests hang, before or after they were acted on.
func (l *lens) freeze(after bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen, l.after = make(chan struct{}), after
}

func (l *lens) thaw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.frozen)
	l.frozen = nil
}

// lag hides a third of all versions for a while after they were made.
func (l *lens) lag(seed uint64, d time.Duration, now func() time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late = func(id, etag string, modified time.Time) bool {
		return lot(seed, id, etag)%3 == 0 && now().Sub(modified) < d || l.flawed != 0 && !l.single && lot(l.flawed, id)%5 == 0
	}
}

// flaw lets lists lack a fifth of what is there; calm ends it.
func (l *lens) flaw(which uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flawed = which | 1
}

func (l *lens) calm() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flawed, l.torn = 0, 0
}

// lot is a number that depends on a seed and some words.
func lot(seed uint64, words ...string) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, seed, words)
	return h.Sum64()
}

// diskFor makes a folder in memory where the system has that, for a world writes
// durably thousands of times. The caller removes it once its store is closed.
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

// copyOf copies a folder as a crash leaves it. Most of Badger's files is a hole.
func copyOf(t testing.TB, dir, to string) string {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		at := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(at, 0o700)
		}
		return copyFile(path, at)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func copyFile(from, to string) error {
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
