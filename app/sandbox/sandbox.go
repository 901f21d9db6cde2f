package sandbox

import (
	"crypto/rand"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options are the choices of a sandbox; the zero value is ready to use.
type Options struct {
	Seed     uint64 // equal seeds and clocks give equal companies
	Cases    int    // 0: 60
	Chats    int    // 0: 150
	Messages int    // 0: 200 for each chat, so 30,000
	// History is how many resolved cases of the past Dataverse holds beside
	// Cases, with their experts; 0: four for each case, negative: none.
	History int
	// Now is the clock; nil is time.Now. Tests in a synctest bubble need none.
	Now func() time.Time
	// Limits turns the published throttling numbers on.
	Limits bool
	// Life lets colleagues answer, and now and then write first, while Run runs.
	Life bool
	// AnswerAfter is how long a colleague takes to answer; 0: 3 s.
	AnswerAfter time.Duration
	// LifeEvery is how often a colleague does something unasked; 0: 4 minutes.
	LifeEvery time.Duration
}

// The services of a sandbox; each has an origin of its own.
const (
	serviceEntra     = "entra"
	serviceGraph     = "graph"
	serviceDataverse = "dataverse"
	serviceDiscovery = "discovery"
	// serviceCompanion is an audience only; the companion is no part of the sandbox.
	serviceCompanion = "companion"
)

// Sandbox is one company with its services. Its methods may be called
// concurrently.
type Sandbox struct {
	*World
	// Knobs break the sandbox on purpose and count what it is asked.
	Knobs *Knobs

	options  Options
	logins   *logins
	limits   *limits
	rows     rows
	tokens   tokens
	files    files
	dv       *dvService
	handlers map[string]http.Handler
	acting   sync.Mutex    // guards acted
	acted    int           // calls of Act
	wake     chan struct{} // size one: life has something new to look at

	addresses sync.RWMutex
	origins   map[string]string // guarded by addresses
}

// New makes a sandbox. The company is made here: about 0.1 s for the default
// size, a few seconds for a million messages.
func New(o Options) *Sandbox {
	if o.Cases == 0 {
		o.Cases = 60
	}
	if o.Chats == 0 {
		o.Chats = 150
	}
	if o.Messages == 0 {
		o.Messages = 200 * o.Chats
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.AnswerAfter == 0 {
		o.AnswerAfter = 3 * time.Second
	}
	if o.LifeEvery == 0 {
		o.LifeEvery = 4 * time.Minute
	}
	s := &Sandbox{options: o, wake: make(chan struct{}, 1), origins: map[string]string{
		serviceEntra:     "https://login.sandbox.test",
		serviceGraph:     "https://graph.sandbox.test",
		serviceDataverse: "https://contoso.crm.sandbox.test",
		serviceTraining:  "https://training.crm.sandbox.test",
		serviceDiscovery: "https://disco.sandbox.test",
	}}
	s.World = newWorld(o, s.origin)
	s.Knobs = newKnobs(s)
	s.logins = newLogins()
	s.limits = newLimits(s.Now)
	s.handlers = map[string]http.Handler{
		serviceEntra:     s.guard(serviceEntra, s.entra()),
		serviceGraph:     packed(s.guard(serviceGraph, s.graph())),
		serviceDataverse: s.guard(serviceDataverse, s.dataverse()),
		serviceTraining:  s.guard(serviceTraining, s.training()),
		serviceDiscovery: s.guard(serviceDiscovery, s.discovery()),
	}
	return s
}

func newWorld(o Options, origin func(string) string) *World {
	w := &World{
		seed: o.Seed, now: o.Now, born: o.Now().UTC().Truncate(time.Millisecond), origin: origin,
		byOID: map[string]*Person{}, byUPN: map[string]*Person{}, noticed: make(chan struct{}, 1),
		chats: map[string]*room{}, of: map[string][]*room{}, pairs: map[string]*room{},
	}
	w.TenantID, w.ClientID = w.guid("tenant", 0), w.guid("client", 0)
	w.seedCompany(o.Cases)
	w.seedChats(o.Chats, o.Messages)
	return w
}

// origin is where a service is reached in this run, such as
// "https://graph.sandbox.test"; without a path.
func (s *Sandbox) origin(service string) string {
	s.addresses.RLock()
	defer s.addresses.RUnlock()
	return s.origins[service]
}

// Origins returns the origin of each service: "entra", "graph", "dataverse",
// "training" (a second, smaller environment) and "discovery".
func (s *Sandbox) Origins() map[string]string {
	s.addresses.RLock()
	defer s.addresses.RUnlock()
	return maps.Clone(s.origins)
}

// person finds somebody by object id or user principal name.
func (w *World) person(key string) *Person {
	if p := w.byOID[key]; p != nil {
		return p
	}
	return w.byUPN[strings.ToLower(key)]
}

// requestID is a fresh random id as the services put into their answers.
func requestID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return formatGUID(b[:])
}
