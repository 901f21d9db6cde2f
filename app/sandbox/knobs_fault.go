package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is something to go wrong: when, with which requests, and how. The zero
// value of a field means that it does not matter; several hows are combined in
// the order delay, action, answer. [ParseFault] reads the form of the command
// line.
type Fault struct {
	Service string   // "entra", "graph", "dataverse", "training" or "discovery"
	Method  string   // such as "POST"
	Path    []string // one of these must be the path, with "*" for any characters

	After  time.Duration // from when on, counted from now
	For    time.Duration // for how long from then; 0: for ever
	Chance float64       // how likely a request is hit, above 0 up to 1; 0: every one
	Seed   uint64        // of the chance: equal seeds hit the same requests in turn
	Times  int           // how often; 0: without end

	Delay      time.Duration // before anything else
	Status     int           // answered with an error body in the service's form
	RetryAfter time.Duration // with Status; 0: no such header
	Acted      bool          // with Status: the service acted all the same
	Cut        When          // the connection breaks before or after the service acted
	Half       bool          // the connection breaks in the middle of the answer
	HTML       bool          // a page of a hotel network instead of the answer
	Type       string        // the Content-Type of the answer
	Drip       time.Duration // a pause before every 512 bytes of the answer
	Random     bool          // one of the hows above, by Seed

	// What befalls the company, once, at the first matching request.
	Skew   time.Duration // how far the services' clock is off from then on
	Revoke string        // whose sign-ins end: object id or UPN
	Remove string        // who is taken out of Chat
	Chat   string        // chat id
}

// Inject lets a fault play from now on.
func (k *Knobs) Inject(f Fault) error {
	if err := k.checkFault(f); err != nil {
		return fmt.Errorf("inject a fault: %w", err)
	}
	if !f.answers() && f.Delay == 0 {
		f.Times = 1
	}
	from := k.clock().Add(f.After)
	seen := 0 // guarded by Knobs.mu, as only is called with it
	only := func(kind string, r *http.Request) bool {
		now := k.clock()
		if now.Before(from) || f.For > 0 && !now.Before(from.Add(f.For)) || !f.hits(kind, r) {
			return false
		}
		seen++
		return f.Chance == 0 || f.dice(seen).Float64() < f.Chance
	}
	k.add(&fault{times: f.Times, only: only, pass: !f.answers(), act: func(w http.ResponseWriter, r *http.Request, h http.Handler) {
		how := f
		if f.Random {
			k.mu.Lock()
			how = f.roll(seen)
			k.mu.Unlock()
		}
		k.befall(how, w, r, h)
	}})
	return nil
}

// Maintenance makes a service ("": every one) answer 503 for a time.
func (k *Knobs) Maintenance(service string, d time.Duration) error {
	return k.Inject(Fault{Service: service, Status: http.StatusServiceUnavailable, RetryAfter: d, For: d})
}

// Skew puts the clock of every service off by d, which may be negative: stamps,
// Date headers and the times in tokens are wrong from then on.
func (k *Knobs) Skew(d time.Duration) { k.skew.Store(int64(d)) }

func (k *Knobs) checkFault(f Fault) error {
	var problems []error
	bad := func(wrong bool, text string) {
		if wrong {
			problems = append(problems, errors.New(text))
		}
	}
	services := []string{"", serviceEntra, serviceGraph, serviceDataverse, serviceTraining, serviceDiscovery}
	bad(!slices.Contains(services, f.Service), "there is no service "+strconv.Quote(f.Service))
	bad(f.Status != 0 && (f.Status < 400 || f.Status > 599), "a status is from 400 to 599")
	bad(f.Chance < 0 || f.Chance > 1, "a chance is from 0 to 1")
	bad(f.Cut != "" && f.Cut != Before && f.Cut != After, `a cut is "before" or "after"`)
	bad(f.Delay < 0 || f.Drip < 0 || f.After < 0 || f.For < 0 || f.RetryAfter < 0 || f.Times < 0, "times and counts are not negative")
	bad(f.Revoke != "" && k.s.person(f.Revoke) == nil, "nobody is called "+strconv.Quote(f.Revoke))
	bad(f.Remove != "" && (k.s.person(f.Remove) == nil || f.Chat == ""), "nobody is called "+strconv.Quote(f.Remove)+", or the chat is missing")
	bad(!f.answers() && f.Delay == 0 && f.Skew == 0 && f.Revoke == "" && f.Remove == "", "nothing goes wrong")
	return errors.Join(problems...)
}

// hits reports whether a fault is about a request.
func (f Fault) hits(kind string, r *http.Request) bool {
	service, _, _ := strings.Cut(kind, " ")
	return (f.Service == "" || f.Service == service) && (f.Method == "" || strings.EqualFold(f.Method, r.Method)) &&
		(len(f.Path) == 0 || slices.ContainsFunc(f.Path, func(p string) bool { return fits(r.URL.Path, p) }))
}

// fits reports whether text is pattern, in which "*" stands for any characters.
func fits(text, pattern string) bool {
	first, rest, some := strings.Cut(pattern, "*")
	if !some {
		return text == pattern
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text, rest = text[at+len(part):], after
	}
}

// answers reports whether the fault takes the place of the answer.
func (f Fault) answers() bool {
	return f.Status != 0 || f.Cut != "" || f.Half || f.HTML || f.Type != "" || f.Drip != 0 || f.Random
}

// dice is the generator of the n-th matching request.
func (f Fault) dice(n int) *rand.Rand {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], f.Seed)
	binary.LittleEndian.PutUint64(seed[8:], uint64(n))
	return rand.New(rand.NewChaCha8(seed))
}

// roll picks what happens to the n-th matching request of a random fault.
func (f Fault) roll(n int) Fault {
	dice := f.dice(n)
	dice.Float64() // the chance was decided by the first number
	switch dice.IntN(9) {
	case 0:
		return Fault{Status: []int{500, 502, 503, 504}[dice.IntN(4)]}
	case 1:
		return Fault{Status: []int{500, 502, 504}[dice.IntN(3)], Acted: true}
	case 2:
		return Fault{Status: 429, RetryAfter: time.Duration(dice.IntN(4)) * time.Second}
	case 3:
		return Fault{Cut: Before}
	case 4:
		return Fault{Cut: After}
	case 5:
		return Fault{Half: true}
	case 6:
		return Fault{HTML: true}
	case 7:
		return Fault{Type: "text/plain", Delay: time.Duration(dice.IntN(2000)) * time.Millisecond}
	}
	return Fault{Drip: time.Duration(20+dice.IntN(200)) * time.Millisecond}
}

// befall plays a fault for one request.
func (k *Knobs) befall(f Fault, w http.ResponseWriter, r *http.Request, h http.Handler) {
	if f.Delay > 0 {
		pause(r, f.Delay)
	}
	if f.Skew != 0 {
		k.Skew(f.Skew)
	}
	if f.Revoke != "" {
		k.Revoke(f.Revoke)
	}
	if f.Remove != "" {
		k.s.RemoveMember(f.Chat, f.Remove) // a chat that is gone has no member either
	}
	switch {
	case f.HTML:
		hotel(w)
	case f.Cut != "":
		if f.Cut == After {
			h.ServeHTTP(newRecorder(), r)
		}
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		if f.Acted {
			h.ServeHTTP(newRecorder(), r)
		}
		k.s.writeFault(w, r, f.Status, f.RetryAfter)
	case f.Half || f.Drip != 0 || f.Type != "":
		spoil(f, w, r, h)
	}
}

// pause waits, or breaks off when the client goes away.
func pause(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

func hotel(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<!doctype html><title>Welcome</title><p>Please accept the terms of this network.</p>")
}

// pieceSize is how much of a dripping answer comes at once.
const pieceSize = 512

// spoil lets the service act and harms its answer on the way.
func spoil(f Fault, w http.ResponseWriter, r *http.Request, h http.Handler) {
	rec := newRecorder()
	h.ServeHTTP(rec, r)
	if f.Type != "" {
		rec.header.Set("Content-Type", f.Type)
	}
	if memory, ok := w.(*recorder); ok {
		memory.drip, memory.half = f.Drip, f.Half
		rec.send(memory)
		return
	}
	body := rec.body.Bytes()
	for k, v := range rec.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(max(rec.status, http.StatusOK))
	if f.Half {
		body = body[:len(body)/2]
	}
	out := http.NewResponseController(w)
	for piece := range slices.Chunk(body, pieceSize) {
		if f.Drip > 0 {
			pause(r, f.Drip)
		}
		w.Write(piece)
		out.Flush() // a client that went away is told by pause
	}
	if f.Half {
		panic(http.ErrAbortHandler)
	}
}
