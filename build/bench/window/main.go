//go:build linux

// Package main measures the real window on a virtual display, with an empty
// webview of the same toolkit beside it in the same run: how long it takes from
// the start of the process to the list from the cache, and from a click to a
// cached chat; what it holds in memory; what it does while nothing happens; and
// from a letter typed into the search to its results. With -search it measures
// the latter only, with as many messages in the cache as is said.
//
// "Painted" is read from the display's own memory, so that it is what a user
// sees and costs the program nothing. The sandbox runs in a process of its own,
// and the account is the one of an earlier start, resumed from disk with its
// keys in the keyring. That start is driven by the accessibility tree; those
// measured build none, as for most users, and follow in its steps.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"chatpane/build/benchtable"
	"chatpane/build/stage"
	"chatpane/build/tour/a11y"
)

func main() {
	o := options{}
	flag.StringVar(&o.app, "app", "build/bin/chatpane-demo", "the demo build to measure")
	flag.StringVar(&o.out, "out", "build/bin/bench", "folder of the figures")
	flag.StringVar(&o.words, "words", "frontend/src/text/en.json", "the catalogue of the pane's words")
	flag.IntVar(&o.rounds, "rounds", 5, "how often both are started and measured; one gives a first look")
	flag.IntVar(&o.messages, "search", 0, "measure the search only, with so many messages in the cache")
	into := flag.String("refill", "", "internal: fill the cache in this folder from the tenant in the file given")
	as := flag.String("browse-as", "", "internal: be the browser, and choose this person at the address given")
	flag.Parse()
	if o.rounds < 1 {
		fmt.Fprintln(os.Stderr, "-rounds: nothing is measured in less than one round")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	switch {
	case *as != "":
		err = browse(ctx, *as, flag.Arg(0))
	case *into != "":
		err = refill(ctx, *into, flag.Arg(0))
	case o.messages > 0:
		err = measureSearch(ctx, o)
	default:
		err = measure(ctx, o)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type options struct {
	app, out, words string
	rounds          int
	messages        int // in the cache while the search is measured, 0 = it is not
}

// bench is one run on one virtual desktop.
type bench struct {
	app, empty string // programs
	data       string // the folder of everything ours keeps
	words      map[string]string
	stage      *stage.Stage
	display    *display
	bus        *a11y.Bus
	hand       *hand
	tenant     tenant
	route      route
	missed     int // clicks on a row that opened no chat
}

func measure(ctx context.Context, o options) (err error) {
	b := &bench{}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.open(ctx, o); err != nil {
		return err
	}
	fmt.Println("Signing in and filling the cache …")
	if err := b.fill(ctx); err != nil {
		return errors.Join(fmt.Errorf("fill the cache: %w", err), b.photograph(ctx, o.out, "window-failed"))
	}
	search, err := b.findSearch(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("look for the search: %w", err), b.photograph(ctx, o.out, "window-failed"))
	}
	b.stage.Set("NO_AT_BRIDGE=1") // what is started from here on builds no accessibility tree
	var f figures
	for n := range o.rounds {
		fmt.Printf("Round %d of %d …\n", n+1, o.rounds)
		if err := f.round(ctx, b); err != nil {
			return errors.Join(fmt.Errorf("round %d: %w", n+1, err), b.photograph(ctx, o.out, "window-failed"))
		}
	}
	fmt.Printf("Watching both for %s while nothing happens …\n", idle)
	if err := f.idle(ctx, b); err != nil {
		return fmt.Errorf("watch idle: %w", err)
	}
	t := benchtable.New("window")
	f.fill(t)
	t.Add(benchtable.Row{Name: "clicks that opened no chat, of all", Value: float64(b.missed), Unit: fmt.Sprintf("of %d", o.rounds*switches)})
	fmt.Println("Typing into the search …")
	if err := b.searchTypical(ctx, search, o.out, t); err != nil {
		return errors.Join(fmt.Errorf("search: %w", err), b.photograph(ctx, o.out, "window-failed"))
	}
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(o.out)
}

// open builds the peer and the sandbox and sets up the desktop. company are the
// sandbox's flags beside those of all.
func (b *bench) open(ctx context.Context, o options, company ...string) error {
	text, err := os.ReadFile(o.words)
	if err != nil {
		return fmt.Errorf("read the pane's words: %w", err)
	}
	if err := json.Unmarshal(text, &b.words); err != nil {
		return fmt.Errorf("read the pane's words: %w", err)
	}
	if b.app, err = filepath.Abs(o.app); err != nil {
		return err
	}
	if b.stage, err = stage.Start(ctx, stageOptions); err != nil {
		return err
	}
	b.empty, b.data = filepath.Join(b.stage.Dir(), "empty"), filepath.Join(b.stage.Dir(), "chatpane")
	sandbox := filepath.Join(b.stage.Dir(), "sandbox")
	for pkg, program := range map[string]string{"./build/bench/window/empty": b.empty, "./app/sandbox/serve": sandbox} {
		// The tags are those of the app's build.
		cmd := exec.CommandContext(ctx, "go", "build", "-tags", "desktop,production,webkit2_41", "-ldflags", "-s -w", "-o", program, pkg)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w: %s", pkg, err, out)
		}
	}
	if b.tenant, err = serve(ctx, b.stage, sandbox, company...); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := b.stage.BrowseWith(fmt.Sprintf("%q -browse-as %q", self, b.tenant.upn)); err != nil {
		return err
	}
	if b.display, err = openDisplay(b.stage.Pixels()); err != nil {
		return err
	}
	if b.bus, err = a11y.Connect(ctx, b.stage.Bus()); err != nil {
		return err
	}
	b.hand, err = newHand(ctx, b.stage)
	return err
}

// photograph keeps what the display shows.
func (b *bench) photograph(ctx context.Context, out, name string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return b.stage.Command(ctx, "import", "-silent", "-window", "root", filepath.Join(out, name+".png")).Run()
}

func (b *bench) close() error {
	var err error
	if b.bus != nil {
		err = b.bus.Close()
	}
	if b.display != nil {
		err = errors.Join(err, b.display.close())
	}
	if b.stage != nil {
		err = errors.Join(err, b.stage.Close())
	}
	return err
}
