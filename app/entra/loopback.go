package entra

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Limits of the loopback listener.
const (
	maxBadTries = 20 // answers with a wrong state before the sign-in is given up
	maxSilent   = 8  // connections that have not sent a request yet
)

// comeback is what the browser brought back: a code, or a refusal.
type comeback struct {
	code    string
	refusal answer
}

// loopback waits on this machine for the browser to come back, once.
type loopback struct {
	redirect string // http://localhost:{port}/
	host     string
	again    func(answer) (next visit, ok bool) // what may follow a refusal
	page     pages
	server   *http.Server
	serving  sync.WaitGroup
	back     chan comeback // room for the one answer
	abort    chan struct{} // closed when there were too many wrong answers

	mu     sync.Mutex
	state  string     // guarded by mu; of the visit that is expected back
	used   bool       // guarded by mu
	bad    int        // guarded by mu
	silent []net.Conn // guarded by mu; the oldest first
}

// listen opens the same free port on both loopback addresses; IPv6 is optional.
// expect has to be called before the browser is sent anywhere.
func listen(texts ClosingPage) (*loopback, error) {
	four, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wait for the browser: %w", err)
	}
	port := strconv.Itoa(four.Addr().(*net.TCPAddr).Port)
	l := &loopback{host: "localhost:" + port, redirect: "http://localhost:" + port + "/",
		used: true, page: newPages(texts), back: make(chan comeback, 1), abort: make(chan struct{})}
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second,
		WriteTimeout: 5 * time.Second, MaxHeaderBytes: 8 << 10, ConnState: l.track, ErrorLog: log.New(io.Discard, "", 0)}
	l.server.SetKeepAlivesEnabled(false)
	listeners := []net.Listener{four}
	if six, err := net.Listen("tcp6", "[::1]:"+port); err == nil {
		listeners = append(listeners, six)
	}
	for _, in := range listeners {
		// Serve ends when close is called, which waits for it.
		l.serving.Go(func() { _ = l.server.Serve(in) })
	}
	return l, nil
}

// expect takes the answer to a visit, once.
func (l *loopback) expect(v visit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state, l.used = v.state, false
}

// wait returns what the browser brings back.
func (l *loopback) wait(ctx context.Context) (comeback, error) {
	select {
	case b := <-l.back:
		return b, nil
	case <-l.abort:
		return comeback{}, fmt.Errorf("%w: too many wrong answers came in", ErrCancelled)
	case <-ctx.Done():
		return comeback{}, errors.Join(ErrCancelled, ctx.Err())
	}
}

// close lets the page that is being sent arrive, then ends everything.
func (l *loopback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	// Browsers open connections in advance; nobody waits for what is not said.
	l.mu.Lock()
	for _, c := range l.silent {
		_ = c.Close()
	}
	l.mu.Unlock()
	if l.server.Shutdown(ctx) != nil {
		_ = l.server.Close()
	}
	l.serving.Wait()
}

// track closes the oldest of too many connections that say nothing, so that
// they cannot keep the browser out.
func (l *loopback) track(c net.Conn, s http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s != http.StateNew {
		l.silent = slices.DeleteFunc(l.silent, func(o net.Conn) bool { return o == c })
		return
	}
	l.silent = append(l.silent, c)
	if len(l.silent) > maxSilent {
		_ = l.silent[0].Close()
		l.silent = l.silent[1:]
	}
}

// ServeHTTP accepts the one request that brings the right state, and shows a
// page, or sends the tab on to ask for less. Everything else is refused.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.page.head(w.Header())
	if !l.ours(r) {
		l.page.refuse(w)
		return
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(q["state"]) != 1 || len(q["code"]) > 1 || len(q["error"]) > 1 {
		l.page.refuse(w)
		return
	}
	if !l.claim(q.Get("state")) {
		l.page.refuse(w)
		return
	}
	b := comeback{code: q.Get("code")}
	if b.code == "" || q.Has("error") {
		b = comeback{refusal: answer{Error: q.Get("error"), Description: q.Get("error_description"), Subcode: q.Get("error_subcode"), Claims: q.Get("claims")}}
	}
	if next, ok := l.follow(b); ok {
		w.Header().Set("Location", next.url)
		w.WriteHeader(http.StatusFound)
		return
	}
	l.page.show(w, b.code != "")
	l.back <- b
}

// follow returns where the same tab goes on after a refusal, which is our own
// address at the sign-in service; the answer to that visit is then expected.
func (l *loopback) follow(b comeback) (visit, bool) {
	if b.code != "" {
		return visit{}, false
	}
	next, ok := l.again(b.refusal)
	if ok {
		l.expect(next)
	}
	return next, ok
}

// ours reports whether a request can be the browser coming back: a plain
// navigation to exactly our address.
func (l *loopback) ours(r *http.Request) bool {
	h := r.Header
	return r.Method == http.MethodGet && r.Host == l.host && r.URL.Path == "/" && r.URL.Host == "" &&
		h.Get("Origin") == "" && orEmpty(h.Get("Sec-Fetch-Mode"), "navigate") && orEmpty(h.Get("Sec-Fetch-Dest"), "document")
}

func orEmpty(got, want string) bool { return got == "" || got == want }

// claim reports whether the state is right and has not been used, and uses it.
func (l *loopback) claim(state string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	right := l.state != "" && subtle.ConstantTimeCompare([]byte(state), []byte(l.state)) == 1
	if right && !l.used {
		l.used = true
		return true
	}
	if !right {
		l.bad++
		if l.bad == maxBadTries && !l.used {
			l.used = true
			close(l.abort)
		}
	}
	return false
}
