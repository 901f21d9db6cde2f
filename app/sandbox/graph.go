package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// call is one Graph request after its caller is known.
type call struct {
	*Sandbox
	r     *http.Request
	me    *Person // nil: an application in its own name
	app   string  // its client id
	scope scopes
	roles scopes // of an application in its own name
	query url.Values
}

// answer is what a Graph handler gives back: body is written as JSON, raw as
// it is.
type answer struct {
	status   int
	body     any
	raw      []byte
	kind     string // content type of raw
	location string
	header   http.Header
}

// graphError is a refusal in Graph's words.
type graphError struct {
	status        int
	code, message string
	inner         map[string]any
	header        http.Header
}

// Error returns code and message.
func (e *graphError) Error() string { return e.code + ": " + e.message }

// write writes the error as Graph does.
func (e *graphError) write(w http.ResponseWriter, r *http.Request, now time.Time) {
	inner := map[string]any{"date": now.UTC().Format("2006-01-02T15:04:05"), "request-id": w.Header().Get("request-id"), "client-request-id": w.Header().Get("client-request-id")}
	for k, v := range e.inner {
		inner[k] = v
	}
	for k, v := range e.header {
		w.Header()[k] = v
	}
	writeJSON(w, e.status, map[string]any{"error": map[string]any{"code": e.code, "message": e.message, "innerError": inner}})
}

func badRequest(format string, args ...any) *graphError {
	return &graphError{status: http.StatusBadRequest, code: "BadRequest", message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *graphError {
	return &graphError{status: http.StatusNotFound, code: "NotFound", message: fmt.Sprintf(format, args...)}
}

func missingScope(names []string, have scopes) *graphError {
	return &graphError{status: http.StatusForbidden, code: "Forbidden",
		message: "Missing scope permissions on the request. API requires one of '" + strings.Join(names, ", ") + "'. Scopes on the request '" + strings.Join(have, ", ") + "'"}
}

func missingRole(names []string, have scopes) *graphError {
	return &graphError{status: http.StatusForbidden, code: "Forbidden",
		message: "Missing role permissions on the request. API requires one of '" + strings.Join(names, ", ") + "'. Roles on the request '" + strings.Join(have, ", ") + "'."}
}

// notMember is the body that a non-member gets for anything about a chat.
func notMember(p *Person, r *room) *graphError {
	return &graphError{status: http.StatusForbidden, code: "Forbidden", message: "InsufficientPrivileges",
		inner: map[string]any{"code": "1", "message": "AclCheckFailed-The initiator 8:orgid:" + p.OID + " is not a member of the roster in the generic thread " + r.id + "."}}
}

type graphHandler func(*call) (answer, error)

// graph routes the slice of Graph v1.0 that the sandbox plays.
func (s *Sandbox) graph() http.Handler {
	mux := http.NewServeMux()
	for _, route := range allGraphRoutes() {
		mux.Handle(route.pattern, s.graphHandler(route))
	}
	for _, drive := range []string{"/v1.0/me/drive", "/v1.0/drives/{drive}"} { // else the mux redirects to the subtree
		mux.HandleFunc(drive, func(w http.ResponseWriter, r *http.Request) { s.unknownPath(mux, w, r) })
	}
	mux.HandleFunc("/upload/{upload}", s.uploadCall)
	mux.HandleFunc("GET /download/{item}", s.download)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.unknownPath(mux, w, r) })
	one := s.shortened(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1.0/$batch" {
			stampRequest(w, r)
			s.batch(w, r, one)
			return
		}
		one.ServeHTTP(w, r)
	})
}

// shortened serves the several spellings of a chat's path.
func (s *Sandbox) shortened(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stampRequest(w, r)
		if short, owner, ok := shorten(r.URL.Path); ok {
			r2 := r.Clone(context.WithValue(r.Context(), pathOwner{}, owner))
			r2.URL.Path, r2.URL.RawPath = short, ""
			if escaped, _, ok := shorten(r.URL.EscapedPath()); ok {
				r2.URL.RawPath = escaped
			}
			r = r2
		}
		if clean := path.Clean(r.URL.Path); clean != r.URL.Path { // a mux would redirect
			s.unknownPath(http.NewServeMux(), w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func stampRequest(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("request-id", requestID())
	w.Header().Set("client-request-id", r.Header.Get("client-request-id"))
	w.Header().Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"SBX0"}}`)
	if w.Header().Get("client-request-id") == "" {
		w.Header().Set("client-request-id", w.Header().Get("request-id"))
	}
}

// pathOwner is the key under which a request's context keeps whose chats its
// path named: "" is the caller, as in /me.
type pathOwner struct{}

// shorten turns /me/chats/X and /users/{owner}/chats/X into /chats/X.
func shorten(path string) (short, owner string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/v1.0/me/chats/")
	if !ok {
		var user string
		if user, ok = strings.CutPrefix(path, "/v1.0/users/"); ok {
			owner, rest, ok = strings.Cut(user, "/chats/")
			ok = ok && !strings.Contains(owner, "/")
		}
	}
	return "/v1.0/chats/" + rest, owner, ok && rest != "" && !strings.HasPrefix(rest, "getAll")
}

// ofPath refuses a chat's path below somebody else: people read their own chats
// only. (An application names whose chats it means.)
func (c *call) ofPath() error {
	user, some := c.r.Context().Value(pathOwner{}).(string)
	switch {
	case !some:
		return nil
	case user == "" && c.me == nil:
		return onlyDelegated()
	case user == "" || c.person(user) != nil && (c.me == nil || c.person(user) == c.me):
		return nil
	}
	return otherUser()
}

func otherUser() *graphError {
	return &graphError{status: http.StatusForbidden, code: "Forbidden", message: "User must be the signed-in user in delegated context."}
}

func onlyDelegated() *graphError {
	return badRequest("/me request is only valid with delegated authentication flow.")
}

// graphHandler checks token, scopes and limits, and writes what the handler
// gives back.
func (s *Sandbox) graphHandler(route graphRoute) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := s.graphAnswer(route, r)
		if err != nil {
			s.graphFailure(err).write(w, r, s.Now())
			return
		}
		for k, v := range a.header {
			w.Header()[k] = v
		}
		if a.location != "" {
			w.Header().Set("Location", a.location)
		}
		switch {
		case a.raw != nil:
			w.Header().Set("Content-Type", a.kind)
			w.WriteHeader(a.status)
			w.Write(a.raw)
		case a.body == nil:
			w.WriteHeader(a.status)
		default:
			w.Header().Set("Content-Type", jsonKind)
			writeJSON(w, a.status, a.body)
		}
	})
}

func (s *Sandbox) graphAnswer(route graphRoute, r *http.Request) (answer, error) {
	who, err := s.caller(r, serviceGraph)
	if err != nil {
		return answer{}, err
	}
	if err := route.permits(who); err != nil {
		return answer{}, err
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return answer{}, badRequest("The query string is malformed.")
	}
	if s.options.Limits {
		of := limitsOf(kindOf(serviceGraph, r.Method, r.URL), s.throttleKeys(r, who))
		if wait, tell, ok := s.limits.take(of); !ok {
			return answer{}, throttled(wait, tell)
		}
	}
	c := &call{Sandbox: s, r: r, me: who.person, app: who.app, scope: who.scopes, roles: who.roles, query: q}
	if err := c.ofPath(); err != nil {
		return answer{}, err
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead { // what is written takes no query options
		if err := c.allow(); err != nil {
			return answer{}, err
		}
	}
	return route.handle(c)
}

func throttled(wait time.Duration, tell bool) *graphError {
	e := &graphError{status: http.StatusTooManyRequests, code: "TooManyRequests", message: "Please retry again later.",
		inner: map[string]any{"code": "429", "message": "Please retry after", "status": "429"}}
	if tell {
		e.header = http.Header{"Retry-After": {fmt.Sprint(int(math.Ceil(wait.Seconds())))}}
	}
	return e
}

func (s *Sandbox) graphFailure(err error) *graphError {
	var g *graphError
	var a *authError
	switch {
	case errors.As(err, &g):
		return g
	case errors.As(err, &a):
		return &graphError{status: a.status, code: a.code, message: a.message, header: http.Header{"Www-Authenticate": {a.challenge}}}
	}
	return &graphError{status: http.StatusInternalServerError, code: "InternalServerError", message: err.Error()}
}

// unknownPath answers what no route knows: 405 when another method would do.
func (s *Sandbox) unknownPath(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	if _, err := s.caller(r, serviceGraph); err != nil {
		s.graphFailure(err).write(w, r, s.Now())
		return
	}
	if knowsPath(mux, r) {
		wrongMethod(r.Method).write(w, r, s.Now())
		return
	}
	last := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	badRequest("Resource not found for the segment '%s'.", last).write(w, r, s.Now())
}

func wrongMethod(method string) *graphError {
	return &graphError{status: http.StatusMethodNotAllowed, code: "UnknownError", message: "The requested resource does not support http method '" + method + "'."}
}

// knowsPath reports whether a path answers to another method.
func knowsPath(mux *http.ServeMux, r *http.Request) bool {
	for _, method := range methods {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != "/" && pattern != "" {
			return true
		}
	}
	return false
}

// base is where this Graph lives, for absolute links.
func (s *Sandbox) base() string { return s.origin(serviceGraph) + "/v1.0" }

// context is the @odata.context of an answer.
func (s *Sandbox) context(of string) string { return s.base() + "/$metadata#" + of }

// stampText writes a time as Graph does: trailing zeros of the fraction are cut.
func stampText(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }

func timeText(t time.Time) string {
	if t.IsZero() {
		return "0001-01-01T00:00:00Z"
	}
	return t.UTC().Format(time.RFC3339Nano)
}
