package companion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"chatpane/app/wire"
)

// Bounds of what a client may send, and of how long it may take.
const (
	maxBody    = 4 << 10
	maxHeader  = 24 << 10
	readLimit  = 10 * time.Second
	idleLimit  = 2 * time.Minute
	drainLimit = joinTimeout + 5*time.Second
)

// request is the body of POST /join. There is no person in it.
type request struct {
	Environment string `json:"environment"` // origin
	Link        string `json:"link"`        // id of a link row
}

// answer is the body of a join that succeeded.
type answer struct {
	Outcome string `json:"outcome"` // "joined" or "member"
	Chat    string `json:"chat"`
}

// About is the answer of GET /about: what a pane shows of this application.
type About struct {
	Name  string `json:"name"`
	AppID string `json:"appId"` // as it stands in Teams' system messages
}

// Handler serves POST /join, GET /about, /healthz, /readyz and /metrics.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /join", s.serveJoin)
	mux.HandleFunc("GET /about", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, About{s.o.Name, s.o.ClientID})
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), upstreamTimeout)
		defer cancel()
		if !s.keys.ready(ctx) {
			writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "the sign-in service's keys cannot be read"})
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		s.metrics.write(w, time.Since(s.started))
	})
	return mux
}

// serveJoin answers one request to join, and records what was decided.
func (s *Server) serveJoin(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(r.Context(), joinTimeout)
	defer cancel()
	d := decision{request: uuid.NewString()}
	d = s.decide(ctx, r, d)
	d.took = time.Since(start)
	err := s.audit.write(context.WithoutCancel(ctx), d)
	if err != nil {
		s.o.Log.Error("decision not recorded", "request", d.request, "err", err)
	}
	s.metrics.decided(d, err != nil)
	if d.err != nil {
		s.o.Log.Warn("join failed", "request", d.request, "detail", d.detail, "err", d.err)
	}
	s.reply(w, d)
}

// decide checks who asks and what for, then joins.
func (s *Server) decide(ctx context.Context, r *http.Request, d decision) decision {
	c, err := s.authenticate(ctx, r)
	switch {
	case errors.Is(err, errToken):
		return d.refuse(http.StatusUnauthorized, err.Error(), reasonSignIn)
	case err != nil:
		return d.fail(err, "judge the token")
	}
	d.person, d.app = c.oid, c.app
	in, err := readRequest(r)
	if err != nil {
		return d.refuse(http.StatusBadRequest, err.Error(), reasonRequest)
	}
	d.env, d.link = in.Environment, in.Link
	return s.join(ctx, c, d)
}

// readRequest reads a body that is exactly one request.
func readRequest(r *http.Request) (request, error) {
	var in request
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(data) > maxBody {
		return in, errors.New("body unreadable or too large")
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if d.Decode(&in) != nil || d.More() || twice(data) {
		return in, errors.New("body is not a request to join")
	}
	in.Link = strings.ToLower(in.Link)
	origin, err := wire.Origin(in.Environment)
	if err != nil || !guid.MatchString(in.Link) {
		return in, errors.New("environment or link is none")
	}
	in.Environment = origin
	return in, nil
}

// reply writes the decision in the form of OData's errors: error.code is
// "refused", and the reasons are innerError.code, separated by commas.
func (s *Server) reply(w http.ResponseWriter, d decision) {
	h := w.Header()
	h.Set("request-id", d.request)
	if d.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(d.retry.Seconds()))))
	}
	if d.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challengeHeader(d.claims))
	}
	if d.status == http.StatusOK {
		writeJSON(w, d.status, answer{d.outcome, d.chat})
		return
	}
	writeJSON(w, d.status, map[string]any{"error": map[string]any{
		"code": "refused", "message": "Not joined: " + strings.Join(d.reasons, ", ") + ".",
		"innerError": map[string]string{"code": strings.Join(d.reasons, ","), "request-id": d.request},
	}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a reader that went away misses nothing
}

// Serve answers on l until ctx ends, then lets what is under way finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler: s.Handler(), MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: readLimit, ReadTimeout: readLimit, WriteTimeout: joinTimeout + readLimit, IdleTimeout: idleLimit,
		ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	err := srv.Shutdown(drain)
	<-served // http.ErrServerClosed
	if err != nil {
		return fmt.Errorf("finish what is under way: %w", err)
	}
	return nil
}
