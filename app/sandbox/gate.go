package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"sync"
)

// gate is a listener that can be shut, so that connections are refused as when
// the network is gone, and opened again on the same port.
type gate struct {
	addr string

	mu     sync.Mutex // guards the rest
	l      net.Listener
	conns  map[net.Conn]bool
	opened chan struct{} // closed when a shut gate opens or closes for good
	closed bool
}

func openGate(addr string) (*gate, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &gate{addr: l.Addr().String(), l: l, conns: map[net.Conn]bool{}}, nil
}

// Accept waits for a connection, also across times in which the gate is shut.
func (g *gate) Accept() (net.Conn, error) {
	for {
		g.mu.Lock()
		l, opened, closed := g.l, g.opened, g.closed
		g.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		if l == nil {
			<-opened
			continue
		}
		c, err := l.Accept()
		g.mu.Lock()
		current := g.l == l
		g.mu.Unlock()
		if err == nil && !current {
			c.Close()
			continue
		}
		if err == nil || current {
			return c, err
		}
	}
}

// Close ends the gate.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	if g.l == nil {
		close(g.opened)
		return nil
	}
	return g.l.Close()
}

// Addr is the bound address.
func (g *gate) Addr() net.Addr {
	a, _ := net.ResolveTCPAddr("tcp", g.addr) // it was an address when we listened
	return a
}

func (g *gate) state(c net.Conn, s http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch s {
	case http.StateNew:
		g.conns[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(g.conns, c)
	}
}

// shut refuses connections and breaks those that are open.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.l == nil {
		return
	}
	l := g.l
	g.l, g.opened = nil, make(chan struct{})
	l.Close()
	for c := range g.conns {
		c.Close()
	}
}

// open listens again on the same port.
func (g *gate) open() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.l != nil {
		return nil
	}
	l, err := net.Listen("tcp", g.addr)
	if err != nil {
		return fmt.Errorf("listen again on %s: %w", g.addr, err)
	}
	g.l = l
	close(g.opened)
	return nil
}
