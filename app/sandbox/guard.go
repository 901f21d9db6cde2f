package sandbox

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// guard stands before a service: it refuses foreign hosts and pages, plays the
// faults the knobs ask for, counts, and unpacks gzip bodies.
func (s *Sandbox) guard(service string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.local(service, r) {
			http.Error(w, "This host name is not served here.", http.StatusMisdirectedRequest)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/sandbox/") && service == serviceEntra {
			s.control(w, r)
			return
		}
		if s.Knobs.isOffline() {
			panic(http.ErrAbortHandler)
		}
		if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
			body, err := gzip.NewReader(r.Body)
			if err != nil {
				http.Error(w, "The body is not gzip.", http.StatusBadRequest)
				return
			}
			r.Body = http.MaxBytesReader(w, body, maxBody)
			r.Header.Del("Content-Encoding")
		}
		w.Header().Set("Date", s.Now().Format(http.TimeFormat))
		s.Knobs.play(kindOf(service, r.Method, r.URL), w, r, h)
	})
}

// maxBody bounds every request body, as far as it is unpacked.
const maxBody = 8 << 20

// local reports whether a request was meant for this service: its Host must be
// the one we listen on (against DNS rebinding), and no other web page may have
// sent it, except by leading the browser here.
func (s *Sandbox) local(service string, r *http.Request) bool {
	own := s.origin(service)
	if service == serviceEntra {
		own = s.here(r)
	}
	_, host, _ := strings.Cut(own, "://")
	if r.Host != host {
		return false
	}
	if o := r.Header.Get("Origin"); o != "" && o != own {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	}
	return true
}

var (
	idSegment   = regexp.MustCompile(`^(.*[:@%=].*|[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[A-Za-z0-9_-]{24,})$`)
	keySegment  = regexp.MustCompile(`\([^)]*\)`)
	pathVersion = regexp.MustCompile(`^/(v1\.0|beta|api/data/v[0-9.]+)`)
)

// kindOf names a request without its ids, such as
// "graph GET /chats/{id}/messages" or "dataverse GET /incidents(…)". Faults are
// matched and requests counted by it.
func kindOf(service, method string, u *url.URL) string {
	path := pathVersion.ReplaceAllString(u.Path, "")
	if service != serviceGraph {
		return service + " " + method + " " + keySegment.ReplaceAllString(path, "(…)")
	}
	segments := strings.Split(path, "/")
	for i, seg := range segments {
		if idSegment.MatchString(seg) {
			segments[i] = "{id}"
		}
	}
	return service + " " + method + " " + strings.Join(segments, "/")
}

// recorder keeps an answer back so that a fault can change or lose it. It is
// also the whole answer of the in-memory transport.
type recorder struct {
	status int
	header http.Header
	body   bytes.Buffer
	// How the in-memory transport hands the body over.
	drip time.Duration // a pause before every piece
	half bool          // the connection breaks in the middle
}

func newRecorder() *recorder { return &recorder{header: http.Header{}} }

// Header returns the header of the answer.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader keeps the first status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write keeps a piece of the body.
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// send writes the kept answer.
func (r *recorder) send(w http.ResponseWriter) {
	for k, v := range r.header {
		w.Header()[k] = v
	}
	w.WriteHeader(max(r.status, http.StatusOK))
	w.Write(r.body.Bytes())
}
