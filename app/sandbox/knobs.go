package sandbox

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Knobs break a sandbox on purpose. A match is a part of a request's kind, such
// as "graph POST /chats/{id}/messages"; with a "$" at its end the kind must end
// there, and "" matches everything. A fault plays as often as its times say (0:
// until Reset); several wait in the order given.
type Knobs struct {
	s     *Sandbox
	clock func() time.Time // not skewed
	skew  atomic.Int64     // nanoseconds that the services' clock is off

	mu      sync.Mutex // guards the rest
	offline bool
	server  *Server // nil when there are no ports
	faults  []*fault
	counts  map[Count]int
	minutes map[minuteOf]int
	login   loginKnobs
	noOrder bool
	seen    map[string]time.Time // by UPN: when Graph was asked last
	pages   int                  // rows of a page of Graph; 0: as asked
}

// fault is one thing to go wrong.
type fault struct {
	match  string
	times  int // left; negative: for ever
	status int
	after  time.Duration
	act    func(w http.ResponseWriter, r *http.Request, h http.Handler)
	pass   bool // the request goes on to the next fault and the service
	// only narrows match down; nil: to nothing. It is called with Knobs.mu held.
	only func(kind string, r *http.Request) bool
}

// When tells whether a cut happens before or after the service acted.
type When string

// The two moments of a cut.
const (
	Before When = "before"
	After  When = "after"
)

func newKnobs(s *Sandbox) *Knobs {
	k := &Knobs{s: s, clock: s.now, counts: map[Count]int{}, minutes: map[minuteOf]int{}, seen: map[string]time.Time{}, login: loginKnobs{challenges: map[string]string{}, withheld: map[string]bool{}}}
	s.now = func() time.Time { return k.clock().Add(time.Duration(k.skew.Load())) }
	return k
}

// Reset takes every fault back; the counters and the network state stay.
func (k *Knobs) Reset() {
	k.Skew(0)
	k.StripMarker(false)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults, k.noOrder, k.pages = nil, false, 0
	k.login = loginKnobs{challenges: map[string]string{}, withheld: map[string]bool{}, generation: k.login.generation}
}

// Offline makes every service unreachable, as without a network: connections
// are refused, or a dial error in the in-memory transport. An error means that
// a port could not be opened again.
func (k *Knobs) Offline(off bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.offline = off
	if k.server == nil {
		return nil
	}
	var err error
	for _, g := range k.server.gates {
		if off {
			g.shut()
		} else {
			err = errors.Join(err, g.open())
		}
	}
	return err
}

func (k *Knobs) attach(v *Server) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.server = v
}

func (k *Knobs) attached() *Server {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.server
}

func (k *Knobs) isOffline() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.offline
}

// Throttle answers the next n requests to Graph and Dataverse with 429. With a
// retryAfter of zero the header is missing, as Teams sometimes forgets it.
func (k *Knobs) Throttle(n int, retryAfter time.Duration) {
	k.ThrottleKind("graph", n, retryAfter)
}

// ThrottleKind is Throttle for the requests that match.
func (k *Knobs) ThrottleKind(match string, n int, retryAfter time.Duration) {
	k.add(&fault{match: match, times: n, status: http.StatusTooManyRequests, after: retryAfter})
}

// Fail answers with a status and an error body in the service's own form. The
// request is not acted on.
func (k *Knobs) Fail(match string, status, times int) {
	k.add(&fault{match: match, times: times, status: status})
}

// FailAfter is Fail with the request acted on all the same, as gateways do
// that give up too early.
func (k *Knobs) FailAfter(match string, status, times int) {
	k.add(&fault{match: match, times: times, act: func(w http.ResponseWriter, r *http.Request, h http.Handler) {
		h.ServeHTTP(newRecorder(), r)
		k.s.writeFault(w, r, status, 0)
	}})
}

// Cut breaks the connection before or after the service acted.
func (k *Knobs) Cut(match string, when When, times int) {
	k.add(&fault{match: match, times: times, act: func(_ http.ResponseWriter, r *http.Request, h http.Handler) {
		if when == After {
			h.ServeHTTP(newRecorder(), r)
		}
		panic(http.ErrAbortHandler)
	}})
}

// Delay holds requests back before they are acted on.
func (k *Knobs) Delay(match string, d time.Duration, times int) {
	k.add(&fault{match: match, times: times, pass: true, act: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		pause(r, d)
	}})
}

// HTML answers with a page, as hotel networks do. Nothing is acted on.
func (k *Knobs) HTML(match string, times int) {
	k.add(&fault{match: match, times: times, act: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		hotel(w)
	}})
}

// HalfJSON lets the service act and loses the second half of its answer.
func (k *Knobs) HalfJSON(match string, times int) {
	k.alter(match, times, func(body []byte) []byte { return body[:len(body)/2] })
}

// Huge pads answers with that many bytes.
func (k *Knobs) Huge(match string, size, times int) {
	k.alter(match, times, func(body []byte) []byte { return append(body, bytes.Repeat([]byte(" "), size)...) })
}

// ForeignLink makes next links point to another host.
func (k *Knobs) ForeignLink(match string, times int) {
	k.alter(match, times, func(body []byte) []byte {
		for _, service := range []string{serviceGraph, serviceDataverse, serviceTraining, serviceDiscovery} {
			link := `"@odata.nextLink":"`
			body = bytes.ReplaceAll(body, []byte(link+k.s.origin(service)), []byte(link+"https://evil.example"))
		}
		return body
	})
}

// StripMarker makes Graph drop itemid attributes from bodies it is sent.
func (k *Knobs) StripMarker(on bool) {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	k.s.strips = on
}

// RefuseOrder makes the list of chats answer 400 to $orderby, as some tenants do.
func (k *Knobs) RefuseOrder(on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.noOrder = on
}

func (k *Knobs) refusesOrder() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.noOrder
}

func matches(kind, match string) bool {
	if end, ok := strings.CutSuffix(match, "$"); ok {
		return strings.HasSuffix(kind, end)
	}
	return strings.Contains(kind, match)
}

func (k *Knobs) alter(match string, times int, change func([]byte) []byte) {
	k.add(&fault{match: match, times: times, act: func(w http.ResponseWriter, r *http.Request, h http.Handler) {
		rec := newRecorder()
		h.ServeHTTP(rec, r)
		body := change(bytes.Clone(rec.body.Bytes()))
		rec.header.Del("Content-Length")
		rec.body.Reset()
		rec.body.Write(body)
		rec.send(w)
	}})
}

func (k *Knobs) add(f *fault) {
	if f.times <= 0 {
		f.times = -1
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = append(k.faults, f)
}

// play counts a request, plays the first fault that matches, or serves it.
func (k *Knobs) play(kind string, w http.ResponseWriter, r *http.Request, h http.Handler) {
	k.count(kind, r)
	passed := map[*fault]bool{}
	for {
		f := k.take(kind, r, passed)
		switch {
		case f == nil:
			h.ServeHTTP(w, r)
			return
		case f.pass:
			f.act(w, r, h)
			passed[f] = true
		case f.act != nil:
			f.act(w, r, h)
			return
		default:
			k.s.writeFault(w, r, f.status, f.after)
			return
		}
	}
}

func (k *Knobs) take(kind string, r *http.Request, passed map[*fault]bool) *fault {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range k.faults {
		if f.times == 0 || passed[f] || !matches(kind, f.match) || f.only != nil && !f.only(kind, r) {
			continue
		}
		if f.times > 0 {
			f.times--
		}
		return f
	}
	return nil
}
