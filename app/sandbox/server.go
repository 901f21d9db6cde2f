package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a sandbox that listens on loopback ports, one for each service, so
// that the origins differ as Microsoft's do.
type Server struct {
	// Control is the address of the knobs over HTTP, on a port of its own that
	// stays reachable while the sandbox is offline.
	Control string
	// Secret must be sent to Control as a bearer token; it is new in each run.
	Secret string

	gates   []*gate
	servers []*http.Server
	done    sync.WaitGroup
	knobs   *Knobs
}

// Start listens and serves until Close. addr must be a loopback address such
// as "127.0.0.1:0"; with a fixed port the services take it and those after it.
// A sandbox is started at most once, before anybody uses its Transport.
func (s *Sandbox) Start(addr string) (*Server, error) {
	host, port, err := splitLoopback(addr)
	if err != nil {
		return nil, err
	}
	v := &Server{Secret: rand.Text(), knobs: s.Knobs}
	for i, service := range []string{serviceEntra, serviceGraph, serviceDataverse, serviceDiscovery, serviceTraining, "control"} {
		at := port
		if port != 0 {
			at = port + i
		}
		g, err := openGate(fmt.Sprintf("%s:%d", host, at))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listen for %s: %w", service, err), v.Close())
		}
		h := s.handlers[service]
		if service == "control" {
			v.Control = "http://" + g.addr + "/sandbox"
			h = http.HandlerFunc(s.control)
		} else {
			s.addresses.Lock()
			s.origins[service] = "http://" + g.addr
			s.addresses.Unlock()
			v.gates = append(v.gates, g)
		}
		v.serve(g, h, nil)
	}
	s.Knobs.attach(v)
	return v, nil
}

func (v *Server) serve(g *gate, h http.Handler, secure *tls.Config) {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10, ConnState: g.state}
	v.servers = append(v.servers, srv)
	var l net.Listener = g
	if secure != nil {
		l = tls.NewListener(g, secure)
		srv.ErrorLog = log.New(io.Discard, "", 0) // clients that trust another authority are no news
	}
	v.done.Go(func() { srv.Serve(l) })
}

// Close stops serving, breaks connections and waits until all is quiet.
func (v *Server) Close() error {
	v.knobs.attach(nil)
	var err error
	for _, srv := range v.servers {
		err = errors.Join(err, srv.Close())
	}
	v.done.Wait()
	return err
}

// Run does what happens without being asked, until ctx ends: change
// notifications are sent, and colleagues live if the options say so.
func (s *Sandbox) Run(ctx context.Context) error {
	var others sync.WaitGroup
	defer others.Wait()
	others.Go(func() { s.notify(ctx) })
	if !s.options.Life {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.live(ctx)
}

func splitLoopback(addr string) (host string, port int, err error) {
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return "", 0, fmt.Errorf("read the address %s: %w", addr, err)
	}
	if !a.IP.IsLoopback() {
		return "", 0, fmt.Errorf("listen on %s: the sandbox is for this machine only", addr)
	}
	return a.IP.String(), a.Port, nil
}
