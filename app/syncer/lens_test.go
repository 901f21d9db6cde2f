package syncer_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// lens stands between a client and Graph and leaves things out of answers, as a
// replica that lags behind does, or a service after a legal deletion.
type lens struct {
	next http.RoundTripper

	mu     sync.Mutex                                     // guards the rest
	gone   map[string]bool                                // ids of messages that no longer exist
	late   func(id, etag string, modified time.Time) bool // versions that are not shown yet
	blind  bool                                           // $filter on messages is ignored
	single bool                                           // the value at hand is a single message, not one of a list
}

func (l *lens) RoundTrip(q *http.Request) (*http.Response, error) {
	l.mu.Lock()
	blind := l.blind
	l.mu.Unlock()
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
