// Chatpane is a side pane for customer-service agents: the Microsoft Teams
// chats of the Dynamics 365 record they work on.
//
// This file reads flags and paths, wires the packages and runs the window.
package main

import (
	"context"
	"embed"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"chatpane/app/bridge"
	"chatpane/app/demo"
	"chatpane/app/desktop"
	"chatpane/app/entra"
	"chatpane/app/policy"
	"chatpane/app/session"
	"chatpane/app/vault"
	"chatpane/app/wire"
)

// version is set by the linker in a release.
var version = "0.1.0"

//go:embed all:frontend/dist
var dist embed.FS

//go:embed frontend/src/text/*.json
var texts embed.FS

// What the Go side may take while little happens: a soft limit (targets.md),
// and so many percent of garbage over what is used. Little is used then, and
// collecting it twice as often as Go does costs nothing that could be seen.
const (
	atRest        = 64 << 20
	garbageAtRest = 50
	garbage       = 100
)

func main() {
	debug.SetTraceback("single")
	debug.SetMemoryLimit(atRest)
	debug.SetGCPercent(garbageAtRest)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "chatpane:", err)
		os.Exit(1)
	}
}

// limitMemory lets the limit go while much is stored and indexed, and gives
// back what that took.
func limitMemory(busy bool) {
	if busy {
		debug.SetMemoryLimit(math.MaxInt64)
		debug.SetGCPercent(garbage)
		return
	}
	debug.SetMemoryLimit(atRest)
	debug.SetGCPercent(garbageAtRest)
	debug.FreeOSMemory()
}

// options are the flags and places of one run.
type options struct {
	data    string // the folder of everything kept
	policy  string // the policy file
	verbose bool
	link    string // a deep link to open
}

func run() error {
	trial := demo.New()
	o, err := readOptions(trial)
	if err != nil {
		return err
	}
	log := slog.New(wire.RedactHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level(o.verbose)})))
	managed, err := policy.Load(o.policy)
	if err != nil {
		return err
	}
	if managed.CacheDir != "" {
		o.data = managed.CacheDir
	}
	if managed.MemoryOnly {
		o.data = ""
	}
	settings, err := policy.OpenSettings(settingsFile(o.data), managed)
	if err != nil {
		return err
	}
	w := wiring{o: o, log: log, managed: managed, settings: settings, trial: trial}
	return w.run()
}

func level(verbose bool) slog.Level {
	if verbose {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func readOptions(trial demo.Demo) (options, error) {
	o := options{policy: policy.Path(), link: desktop.LinkIn(os.Args[1:])}
	fs := flag.NewFlagSet("chatpane", flag.ContinueOnError)
	fs.BoolVar(&o.verbose, "verbose", false, "log more")
	dir, err := os.UserConfigDir()
	if err != nil {
		return o, fmt.Errorf("find the user's folder: %w", err)
	}
	o.data = filepath.Join(dir, "chatpane")
	if local, err := os.UserCacheDir(); err == nil {
		o.data = filepath.Join(local, "chatpane") // the local, never the roaming profile
	}
	if trial != nil {
		fs.StringVar(&o.data, "data", o.data+"-demo", "folder of everything kept; empty keeps nothing")
		trial.Flags(fs)
	}
	if o.link != "" {
		return o, nil // flags beside a link are ignored (threats.md C2)
	}
	return o, fs.Parse(os.Args[1:])
}

func settingsFile(data string) string {
	if data == "" {
		return ""
	}
	return filepath.Join(data, "settings.json")
}

// wiring is everything of one run on its way to the window.
type wiring struct {
	o        options
	log      *slog.Logger
	managed  policy.Policy
	settings *policy.Store
	trial    demo.Demo

	desk *desktop.Desk
	core *session.Core
	app  *bridge.App
	ping func(int64)
}

func (w *wiring) run() error {
	tenant, err := w.tenant()
	if err != nil {
		return err
	}
	if w.trial != nil {
		defer w.trial.Close()
		w.managed.Companion, w.managed.CompanionScope = tenant.Companion, tenant.CompanionScope
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	w.desk = desktop.New(w.settings, w.openLink, w.log)
	w.ping = w.desk.Ping
	w.core = session.NewCore(session.Config{
		Version: version, Demo: demo.On, Dir: w.o.data, Policy: w.managed, Settings: w.settings,
		Cloud: tenant.Cloud, Tenant: tenant.TenantID, ClientID: tenant.ClientID,
		Keychain: vault.OSKeychain(keychainService(), 5*time.Second), LoopbackHTTP: demo.On,
		OpenURL: func(url string) error { return desktop.OpenURL(url, demo.On) },
		Ping:    func(seq int64) { w.ping(seq) },
		Busy:    limitMemory,
		Log:     w.log, Language: desktop.Language(), Texts: closingPage(texts, w.language()),
	})
	w.app = bridge.New(w.core, w.desk, w.log)
	bridge.Start(w.app, ctx)
	assets, err := w.assets()
	if err != nil {
		return err
	}
	headless := false
	if w.trial != nil {
		ping, only, err := w.trial.Serve(ctx, w.app, assets)
		if err != nil {
			return err
		}
		if headless = only; ping != nil {
			w.ping = ping
		}
	}
	done := make(chan struct{})
	running, end := context.WithCancel(ctx)
	go func() {
		defer close(done)
		_ = w.core.Run(running) // ends with its context
	}()
	defer func() { end(); <-done }()
	if headless {
		<-ctx.Done()
		return nil
	}
	return w.desk.Run(desktop.Window{
		Title: "Chatpane", Assets: assets, Bind: w.app, FormatError: bridge.FormatError, Instance: instance(w.o.data), Log: w.log,
		Ready: func() { w.openLink(w.o.link) },
	})
}

// tenant is Microsoft's cloud of the policy, or the sandbox of a demo build.
func (w *wiring) tenant() (demo.Tenant, error) {
	if w.trial != nil {
		return w.trial.Open(w.log)
	}
	c, ok := entra.CloudNamed(w.managed.Cloud)
	if !ok {
		return demo.Tenant{}, fmt.Errorf("cloud %q is not known", w.managed.Cloud)
	}
	return demo.Tenant{Cloud: c, TenantID: w.managed.TenantID, ClientID: w.managed.ClientID}, nil
}

func (w *wiring) language() string {
	if l := w.settings.Get().Language; l != "" {
		return l
	}
	return desktop.Language()
}

// openLink opens a deep link in the pane; it only navigates.
func (w *wiring) openLink(link string) {
	if link == "" {
		return
	}
	if _, err := w.app.OpenRecord(link); err != nil {
		w.core.Tell(err)
	}
}

// assets serves the pane, its images and, in a demo build, the demo's paths.
func (w *wiring) assets() (http.Handler, error) {
	pane, err := fs.Sub(dist, "frontend/dist")
	if err != nil {
		return nil, fmt.Errorf("find the pane: %w", err)
	}
	h := bridge.Assets(w.app, http.FileServerFS(pane))
	if w.trial != nil {
		h = w.trial.Handler(h)
	}
	return h, nil
}

// instance names the running program for the single-instance lock: one for
// each data folder, so that a demo does not meet the product.
func instance(data string) string { return "chatpane-" + filepath.Base(data) }

func keychainService() string {
	if demo.On {
		return "Chatpane demo"
	}
	return "Chatpane"
}

// closingPage takes the words of the page that ends a sign-in from the catalogue.
func closingPage(catalogue fs.FS, language string) entra.ClosingPage {
	lang, _, _ := strings.Cut(strings.ToLower(language), "-")
	b, err := fs.ReadFile(catalogue, "frontend/src/text/"+lang+".json")
	if err != nil {
		lang = "en"
		b, _ = fs.ReadFile(catalogue, "frontend/src/text/en.json") // embedded, so it is there
	}
	words := map[string]string{}
	_ = json.Unmarshal(b, &words) // a test of the catalogue checks its form; what is missing is English
	return entra.ClosingPage{
		Language: lang, Title: "Chatpane",
		Done: words["core.browser.done"], DoneTip: words["core.browser.doneTip"],
		Not: words["core.browser.not"], NotTip: words["core.browser.notTip"], Wrong: words["core.browser.wrong"],
	}
}
