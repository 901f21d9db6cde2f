// Package companion is the optional server that an organisation runs beside
// Chatpane: it lets a person join a chat that is connected to a record, which
// nobody can do in their own name.
//
// It promises that the only person it ever adds is the one the token names;
// that the chat it adds to comes from a live link row read with that person's
// own rights, never from the request; that it adds only when Join is on for the
// record's type, the person may write the record, and both who created the row
// and who modified it last are members of the chat at that moment (threats.md,
// decision 8), all read within a second of the write; that whatever cannot be
// read is a refusal; and that each decision leaves a line of ids in the audit.
//
// It refuses tokens that are not exactly for it, environments that its
// configuration does not name, request fields it does not know, and client
// secrets outside development. It keeps nothing: several replicas work side by
// side, each with its own share of the limits.
package companion

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"chatpane/app/entra"
	"chatpane/app/wire"
)

// Options are what a Server is made of.
type Options struct {
	// Authority is the origin of the sign-in service, Graph that of Graph.
	Authority string
	Graph     string
	// TenantID is the organisation's id; no other tenant is served.
	TenantID string
	// ClientID is the companion's own application (client) id, the audience of
	// the tokens it takes.
	ClientID string
	// Desktops are the client ids of the desktop applications whose tokens count.
	Desktops []string
	// Scope is the short name of the delegated permission, "chat.join".
	Scope string
	// Environments are the origins of the Dynamics environments it serves.
	Environments []string
	Credential   entra.Credential
	// Name is the application's name as people in a chat should read it.
	Name string
	// AllowGuests lets guests of the organisation join; else a token has to say
	// (optional claim acct) that its person is none.
	AllowGuests bool
	// RejoinFreely lets somebody who left, or was removed from, a chat after
	// joining it here join again without a member's confirmation.
	RejoinFreely bool
	Limits       Limits
	// Transport carries the requests to Microsoft; nil is the real network.
	Transport http.RoundTripper
	// LoopbackHTTP accepts http origins on loopback (development and tests).
	LoopbackHTTP bool
	Log          *slog.Logger
	// Audit receives one JSON line per decision.
	Audit io.Writer
	// Replica names this process in the audit.
	Replica string
}

// Limits bound what one replica does. Zero means unlimited.
type Limits struct {
	ChatPerMinute   int // members added per chat and minute; Graph allows 4
	PersonPerMinute int // requests of one person
	PersonPerDay    int
	TenantPerMinute int // requests of everybody
}

// DefaultLimits are those of threats.md J9 and of Graph.
func DefaultLimits() Limits {
	return Limits{ChatPerMinute: 4, PersonPerMinute: 10, PersonPerDay: 100, TenantPerMinute: 60}
}

// Server is the companion. Its methods may be called concurrently.
type Server struct {
	o       Options
	entra   *entra.Client
	keys    *keySet
	tokens  *exchange
	facts   *known
	limits  *limits
	joined  *joined
	audit   *audit
	metrics *metrics
	started time.Time
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// New checks the options and makes a server.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = wire.NewTransport()
	}
	h, err := wire.NewClient(o.Authority, wire.Options{Transport: o.Transport, Log: o.Log, MaxBody: 1 << 20, Timeout: upstreamTimeout, AllowLoopbackHTTP: o.LoopbackHTTP})
	if err != nil {
		return nil, fmt.Errorf("reach the sign-in service: %w", err)
	}
	e, err := entra.New(entra.Config{Authority: o.Authority, Tenant: o.TenantID, ClientID: o.ClientID, HTTP: h, Log: o.Log, AllowLoopbackHTTP: o.LoopbackHTTP})
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, entra: e, facts: newKnown(), limits: newLimits(o.Limits), joined: newJoined(), metrics: newMetrics(), started: time.Now()}
	s.keys = newKeySet(e, o.TenantID)
	s.tokens = newExchange(e, o.Credential)
	s.audit = newAudit(o.Audit, o.Replica)
	return s, nil
}

// check normalises the options and says what is wrong with them in a sentence.
func (o *Options) check() error {
	o.TenantID, o.ClientID = strings.ToLower(o.TenantID), strings.ToLower(o.ClientID)
	switch {
	case !guid.MatchString(o.TenantID):
		return errors.New("tenantId has to be the directory (tenant) id, a GUID")
	case !guid.MatchString(o.ClientID):
		return errors.New("clientId has to be the companion's application (client) id, a GUID")
	case len(o.Desktops) == 0:
		return errors.New("desktopClientIds has to name the desktop application")
	case o.Scope == "":
		return errors.New("scope has to name the delegated permission, such as chat.join")
	case len(o.Environments) == 0:
		return errors.New("environments has to name at least one Dynamics environment")
	case o.Name == "":
		return errors.New("name has to be how people in a chat read the application's name")
	case o.Audit == nil:
		return errors.New("an audit is not optional")
	}
	for i, d := range o.Desktops {
		if o.Desktops[i] = strings.ToLower(d); !guid.MatchString(o.Desktops[i]) {
			return fmt.Errorf("desktopClientIds: %q is no GUID", d)
		}
	}
	for i, e := range o.Environments {
		origin, err := wire.Origin(e)
		if err != nil || strings.HasPrefix(origin, "http:") && !o.LoopbackHTTP {
			return fmt.Errorf("environments: %q is no https origin", e)
		}
		o.Environments[i] = origin
	}
	return nil
}
