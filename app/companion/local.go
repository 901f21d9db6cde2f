package companion

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"

	"chatpane/app/entra"
	"chatpane/app/wire"
)

// Local is a companion for development, beside services on loopback: it proves
// itself by a secret, and plain http is enough.
type Local struct {
	Authority, Graph            string // origins
	TenantID, ClientID, Desktop string
	Secret                      string
	Environments                []string
	Name                        string
	Limits                      Limits
	Audit                       io.Writer
	Log                         *slog.Logger
}

// Start listens on a loopback address, "127.0.0.1:0" for a free port, and
// returns where, and what serves there until its context ends.
func (l Local) Start(addr string) (origin string, serve func(context.Context) error, err error) {
	s, err := New(Options{
		Authority: l.Authority, Graph: l.Graph, TenantID: l.TenantID, ClientID: l.ClientID, Desktops: []string{l.Desktop}, Scope: "chat.join",
		Environments: l.Environments, Credential: entra.Credential{Secret: wire.NewSecret(l.Secret)}, Name: l.Name, Limits: l.Limits,
		LoopbackHTTP: true, Log: l.Log, Audit: l.Audit, Replica: "local",
	})
	if err != nil {
		return "", nil, err
	}
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return "", nil, fmt.Errorf("listen at %q: not a loopback address", addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("listen: %w", err)
	}
	return "http://" + ln.Addr().String(), func(ctx context.Context) error { return s.Serve(ctx, ln) }, nil
}
