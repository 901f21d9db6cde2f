//go:build demo

package demo

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"chatpane/app/bridge"
	"chatpane/app/companion"
	"chatpane/app/entra"
	"chatpane/app/sandbox"
)

// On reports whether this build has a demo.
const On = true

// New makes the demo of a demo build.
func New() Demo { return &tenant{} }

type tenant struct {
	options   sandbox.Options
	bridge    string
	elsewhere string // file that describes a sandbox served by another process
	quiet     bool

	log *slog.Logger
	// control and secret are of the knobs of a sandbox in another process.
	control, secret string

	box    *sandbox.Sandbox
	server *sandbox.Server
	help   func(context.Context) error // serves the companion
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Flags implements Demo.
func (t *tenant) Flags(fs *flag.FlagSet) {
	t.options.Life = true
	fs.Uint64Var(&t.options.Seed, "seed", 1, "seed of the sandbox company")
	fs.IntVar(&t.options.Chats, "chats", 0, "chats of the sandbox company (0 = 150)")
	fs.IntVar(&t.options.Messages, "messages", 0, "messages of the sandbox company (0 = 30,000)")
	fs.DurationVar(&t.options.AnswerAfter, "answer-after", 0, "how long a colleague takes to answer (0 = 3 s)")
	fs.StringVar(&t.elsewhere, "tenant", "", "use the sandbox that this file describes, in the line app/sandbox/serve prints (with -knobs: the banner cuts its network too), and start none")
	fs.BoolVar(&t.quiet, "quiet", false, "do not print the sandbox's description")
	fs.StringVar(&t.bridge, "bridge", "", "serve the pane over HTTP at this loopback address instead of opening a window")
}

// printed is the line a demo prints for scripts: the sandbox's description and
// how to turn its knobs.
type printed struct {
	sandbox.Description
	Control string `json:"control"`
	Secret  string `json:"secret"`
}

// Open implements Demo.
func (t *tenant) Open(log *slog.Logger) (Tenant, error) {
	t.log = log
	if t.elsewhere != "" {
		d, err := describedIn(t.elsewhere)
		t.control, t.secret = d.Control, d.Secret
		return tenantOf(d.Description), err
	}
	t.box = sandbox.New(t.options)
	var err error
	if t.server, err = t.box.Start("127.0.0.1:0"); err != nil {
		return Tenant{}, fmt.Errorf("start sandbox: %w", err)
	}
	d := t.box.Describe()
	if d.Companion, t.help, err = t.startCompanion(); err != nil {
		return Tenant{}, err
	}
	if !t.quiet {
		line, err := json.Marshal(printed{d, t.server.Control, t.server.Secret})
		if err != nil {
			return Tenant{}, fmt.Errorf("describe sandbox: %w", err)
		}
		fmt.Fprintln(os.Stdout, string(line))
	}
	return tenantOf(d), nil
}

func tenantOf(d sandbox.Description) Tenant {
	return Tenant{
		Cloud:    entra.Cloud{Name: "sandbox", Authority: d.Entra, Graph: strings.TrimSuffix(d.Graph, "/v1.0"), Discovery: d.Discovery},
		TenantID: d.TenantID, ClientID: d.ClientID, Companion: d.Companion, CompanionScope: sandbox.CompanionScope,
	}
}

// startCompanion starts the real companion beside the sandbox.
func (t *tenant) startCompanion() (string, func(context.Context) error, error) {
	o := t.box.Origins()
	return companion.Local{
		Authority: o["entra"], Graph: o["graph"], TenantID: t.box.TenantID, ClientID: sandbox.CompanionClientID, Desktop: t.box.ClientID,
		Secret: sandbox.CompanionSecret, Environments: []string{o["dataverse"], o["training"]}, Name: "Chatpane Companion",
		Limits: companion.DefaultLimits(), Audit: auditLog{t.log}, Log: t.log,
	}.Start("127.0.0.1:0")
}

// auditLog shows the companion's audit to whoever runs the demo with -verbose.
type auditLog struct{ log *slog.Logger }

// Write logs one line of the audit.
func (a auditLog) Write(line []byte) (int, error) {
	a.log.Debug("companion", "audit", string(line))
	return len(line), nil
}

// Handler implements Demo.
func (t *tenant) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/demo/network" || r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		var body struct{ State string }
		if err := json.NewDecoder(io.LimitReader(r.Body, 1024)).Decode(&body); err != nil {
			http.Error(w, "state missing", http.StatusBadRequest)
			return
		}
		if err := t.offline(r.Context(), body.State == "offline"); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// Serve implements Demo.
func (t *tenant) Serve(ctx context.Context, app *bridge.App, assets http.Handler) (func(int64), bool, error) {
	ctx, t.cancel = context.WithCancel(ctx)
	if t.box != nil {
		t.done.Go(func() { _ = t.box.Run(ctx) }) // ends with ctx
		t.done.Go(func() {
			if err := t.help(ctx); err != nil {
				t.log.Warn("serve the companion", "err", err)
			}
		})
	}
	if t.bridge == "" {
		return nil, false, nil
	}
	h := newHTTPBridge(app, assets)
	srv, addr, err := listen(t.bridge, t.Handler(h))
	if err != nil {
		return nil, true, err
	}
	fmt.Fprintf(os.Stdout, "{\"bridge\":%q}\n", "http://"+addr)
	t.done.Go(func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = srv.Shutdown(stop) // event streams end with the process
		_ = srv.Close()
	})
	return h.ping, true, nil
}

// Close implements Demo.
func (t *tenant) Close() error {
	if t.cancel != nil {
		t.cancel()
	}
	t.done.Wait()
	if t.server == nil {
		return nil
	}
	return t.server.Close()
}
