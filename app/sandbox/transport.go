package sandbox

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Transport reaches the sandbox in memory, under the origins that Origins
// returns, without ports and without goroutines, so it works in a synctest
// bubble. Other hosts are unknown, as in a network with no other machine.
func (s *Sandbox) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Sandbox }

// RoundTrip serves the request at once.
func (t transport) RoundTrip(r *http.Request) (res *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	h := t.handler(r)
	if h == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
	}
	if t.s.Knobs.isOffline() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			if res, err = nil, r.Context().Err(); err == nil {
				err = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
			}
		}
	}()
	rec := newRecorder()
	h.ServeHTTP(rec, in)
	status := max(rec.status, http.StatusOK)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: rec.header,
		Body: rec.reader(r), ContentLength: int64(rec.body.Len()), Request: r,
	}, nil
}

// reader hands out the body as the network would: at once, in pieces with
// pauses, or only its first half.
func (r *recorder) reader(req *http.Request) io.ReadCloser {
	if !r.half && r.drip == 0 {
		return io.NopCloser(&r.body)
	}
	left := r.body.Bytes()
	if r.half {
		left = left[:len(left)/2]
	}
	return &slowBody{req: req, left: left, drip: r.drip, half: r.half}
}

type slowBody struct {
	req  *http.Request
	left []byte
	drip time.Duration
	half bool
}

// Read gives the next piece.
func (b *slowBody) Read(p []byte) (int, error) {
	if len(b.left) == 0 {
		if b.half {
			return 0, io.ErrUnexpectedEOF
		}
		return 0, io.EOF
	}
	if b.drip > 0 {
		t := time.NewTimer(b.drip)
		defer t.Stop()
		select {
		case <-t.C:
		case <-b.req.Context().Done():
			return 0, b.req.Context().Err()
		}
	}
	n := copy(p, b.left[:min(len(b.left), pieceSize)])
	b.left = b.left[n:]
	return n, nil
}

// Close does nothing: no connection is held.
func (b *slowBody) Close() error { return nil }

func (t transport) handler(r *http.Request) http.Handler {
	for service, origin := range t.s.Origins() {
		if origin == r.URL.Scheme+"://"+r.URL.Host {
			return t.s.handlers[service]
		}
	}
	return nil
}
