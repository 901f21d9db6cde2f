//go:build demo

package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"chatpane/app/bridge"
)

// httpBridge lets a browser be the pane: POST /call/{Method} with a JSON array
// of arguments, and the change pings as server-sent events at /events. It
// exists for tests in real browsers and only in demo builds.
type httpBridge struct {
	app    reflect.Value
	assets http.Handler

	mu   sync.Mutex
	last int64
	subs map[chan int64]bool
}

func newHTTPBridge(app *bridge.App, assets http.Handler) *httpBridge {
	return &httpBridge{app: reflect.ValueOf(app), assets: assets, subs: map[chan int64]bool{}}
}

// listen serves on a loopback address; requests must name it as their host, so
// that a page elsewhere cannot reach it by rebinding a name (threats.md A2).
func listen(addr string, h http.Handler) (*http.Server, string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, "", fmt.Errorf("serve pane: %w", err)
	}
	host := l.Addr().String()
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		_ = l.Close() // refused anyway
		return nil, "", fmt.Errorf("serve pane on %s: only loopback is allowed", addr)
	}
	srv := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host {
			http.Error(w, "wrong host", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})}
	go srv.Serve(l) //nolint:errcheck // ends with Shutdown
	return srv, host, nil
}

func (b *httpBridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch method, call := strings.CutPrefix(r.URL.Path, "/call/"); {
	case call && r.Method == http.MethodPost:
		b.call(w, r, method)
	case r.URL.Path == "/events":
		b.events(w, r)
	default:
		b.assets.ServeHTTP(w, r)
	}
}

// call runs one bound method. Its error answers as the Problem's JSON.
func (b *httpBridge) call(w http.ResponseWriter, r *http.Request, name string) {
	m := b.app.MethodByName(name)
	if !m.IsValid() {
		http.NotFound(w, r)
		return
	}
	var args []json.RawMessage
	if err := json.NewDecoder(io.LimitReader(r.Body, 32<<20)).Decode(&args); err != nil || len(args) != m.Type().NumIn() {
		http.Error(w, "wrong arguments", http.StatusBadRequest)
		return
	}
	in := make([]reflect.Value, len(args))
	for i, raw := range args {
		v := reflect.New(m.Type().In(i))
		if err := json.Unmarshal(raw, v.Interface()); err != nil {
			http.Error(w, "wrong argument", http.StatusBadRequest)
			return
		}
		in[i] = v.Elem()
	}
	out := m.Call(in)
	w.Header().Set("Content-Type", "application/json")
	if err, failed := out[len(out)-1].Interface().(error); failed && err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, bridge.FormatError(err))
		return
	}
	if len(out) == 1 {
		fmt.Fprint(w, "null")
		return
	}
	_ = json.NewEncoder(w).Encode(out[0].Interface()) // the browser went away
}

// ping tells every connected page the number of the newest change.
func (b *httpBridge) ping(seq int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = seq
	for c := range b.subs {
		select {
		case c <- seq:
		default: // it has one waiting already, and will pull everything
		}
	}
}

func (b *httpBridge) events(w http.ResponseWriter, r *http.Request) {
	c := make(chan int64, 1)
	b.mu.Lock()
	b.subs[c] = true
	c <- b.last
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.subs, c)
		b.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	for {
		select {
		case <-r.Context().Done():
			return
		case seq := <-c:
			fmt.Fprintf(w, "event: change\ndata: %d\n\n", seq)
			if flush.Flush() != nil {
				return
			}
		}
	}
}
