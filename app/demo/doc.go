// Package demo adds the sandbox tenant to a build with the tag "demo", and
// nothing to any other: no address, flag or symbol of the sandbox is in a
// distribution (threats.md C5).
//
// In a demo build the sandbox runs inside the program on loopback ports, its
// endpoints stand in for Microsoft's, its network can be cut from the pane's
// banner, and the pane can also be served over HTTP to a browser for tests.
package demo

import (
	"context"
	"flag"
	"log/slog"
	"net/http"

	"chatpane/app/bridge"
	"chatpane/app/entra"
)

// Tenant is where a demo build points the product.
type Tenant struct {
	Cloud    entra.Cloud
	TenantID string
	ClientID string
	// Companion is the origin of the companion, "" without one; CompanionScope
	// is the permission it exposes.
	Companion, CompanionScope string
}

// Demo is the demo of one run.
type Demo interface {
	// Flags registers the flags of a demo build.
	Flags(fs *flag.FlagSet)
	// Open starts the sandbox; it ends with Close.
	Open(log *slog.Logger) (Tenant, error)
	// Handler answers the demo's own paths and passes the rest on.
	Handler(next http.Handler) http.Handler
	// Serve runs the sandbox's life and, when asked for by flag, the pane over
	// HTTP instead of in a window; headless tells that there is no window.
	Serve(ctx context.Context, app *bridge.App, assets http.Handler) (pings func(seq int64), headless bool, err error)
	// Close ends everything and waits for it.
	Close() error
}
