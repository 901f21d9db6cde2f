package sandbox

import (
	"net/http"
	"time"
)

// Options are the choices of a sandbox; the zero value is ready to use.
type Options struct {
	Seed     uint64 // equal seeds and clocks give equal companies
	Cases    int    // 0: 60
	Chats    int    // 0: 150
	Messages int    // 0: 30,000, about 200 for each chat
	// Now is the clock; nil is time.Now. Tests in a synctest bubble need none.
	Now func() time.Time
	// Limits turns the published throttling numbers on.
	Limits bool
	// Life lets colleagues answer on their own while Run runs.
	Life bool
	// AnswerAfter is how long a colleague takes; 0: 3 s.
	AnswerAfter time.Duration
}

// Sandbox is one company with its three services.
type Sandbox struct {
	*World
	options Options
}

// The services of a sandbox; each has an origin of its own.
const (
	serviceEntra     = "entra"
	serviceGraph     = "graph"
	serviceDataverse = "dataverse"
	serviceDiscovery = "discovery"
)

// scopes are the delegated permissions of an access token.
type scopes []string

// authError is why a request was refused before its service looked at it. The
// service writes it in its own words.
type authError struct {
	status    int
	code      string // Graph's error code, such as InvalidAuthenticationToken
	message   string
	challenge string // WWW-Authenticate, always set
}

func (e *authError) Error() string { return e.code + ": " + e.message }

// authorize finds out who sends a request to a service: its bearer token must
// come from this sandbox, be meant for the service, and be valid now. The error
// is an *authError.
func (s *Sandbox) authorize(r *http.Request, service string) (*Person, scopes, error) {
	return nil, nil, &authError{status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: "Access token is empty."}
}
