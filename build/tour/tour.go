//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"chatpane/build/stage"
	"chatpane/build/tour/a11y"
)

// Where things stand on the virtual display: the pane at the left, the browser
// beside it, so that neither covers the other and no window manager is needed.
const (
	displayWidth, displayHeight = 1280, 1000
	paneWidth, paneHeight       = 440, 960
)

// usualPatience is how long a step waits for what it expects.
const usualPatience = 20 * time.Second

// stepLimit ends a step that neither succeeds nor gives up.
const stepLimit = 3 * time.Minute

// tour is one run on one desktop.
type tour struct {
	app   string // path of the demo build
	theme string // of the desktop
	out   string
	stage *stage.Stage
	bus   *a11y.Bus
	demo  demo    // what the sandbox said about itself
	pane  *screen // the app's window
	web   *screen // the browser's
	log   *os.File

	labels   labels
	chosen   chosen        // what earlier steps found
	picture  string        // file of the running step's screenshot, "" once it is taken
	patience time.Duration // how long to wait for something to appear

	others []*tour   // desktops of other people in the same company
	cast   *partners // of the steps of several people
}

// open starts the desktop and the app and waits for its window.
func open(ctx context.Context, o options) (*tour, error) {
	app, err := filepath.Abs(o.app)
	if err != nil {
		return nil, err
	}
	words, err := readLabels(o.words)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(o.out, "app.log"))
	if err != nil {
		return nil, err
	}
	t := &tour{app: app, theme: o.theme, out: o.out, log: log, labels: words, patience: usualPatience}
	err = t.start(ctx)
	if err == nil {
		err = t.serve(ctx, o.sandbox)
	}
	if err == nil {
		err = t.launch(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// beside starts a desktop of its own with the app on it, on the sandbox of this
// tour: the machine of somebody else. It lives as long as this tour.
func (t *tour) beside(ctx context.Context, name string) (*tour, error) {
	log, err := os.Create(filepath.Join(t.out, "app-"+name+".log"))
	if err != nil {
		return nil, err
	}
	other := &tour{app: t.app, theme: t.theme, out: t.out, log: log, labels: t.labels, patience: usualPatience, demo: t.demo, cast: t.cast}
	t.others = append(t.others, other)
	other.picture = strings.TrimSuffix(t.picture, ".png") + "-" + name + ".png"
	if err := other.start(ctx); err != nil {
		return nil, err
	}
	told, err := os.ReadFile(t.tenantFile())
	if err == nil {
		err = os.WriteFile(other.tenantFile(), told, 0o600)
	}
	if err != nil {
		return nil, err
	}
	return other, other.launch(ctx)
}

// start sets up the desktop.
func (t *tour) start(ctx context.Context) (err error) {
	t.stage, err = stage.Start(ctx, stage.Options{Width: displayWidth, Height: displayHeight, Log: t.log})
	if err != nil {
		return err
	}
	if err := t.stage.Browser(paneWidth+20, 0, displayWidth-paneWidth-20, displayHeight); err != nil {
		return err
	}
	if t.theme == "dark" {
		t.stage.Set("GTK_THEME=Adwaita:dark")
	}
	// The bus lives until close, longer than the step that may have started it.
	if t.bus, err = a11y.Connect(context.WithoutCancel(ctx), t.stage.Bus()); err != nil {
		return err
	}
	t.pane = &screen{t: t, program: filepath.Base(t.app), height: paneHeight}
	t.web = &screen{t: t, program: "Chromium", height: displayHeight}
	return nil
}

// launch starts the app, for the first time or again, and waits for its window.
func (t *tour) launch(ctx context.Context) error {
	cmd := t.stage.Command(context.WithoutCancel(ctx), t.app, "-tenant", t.tenantFile())
	cmd.Dir, cmd.Stdout = t.stage.Dir(), t.log
	if err := t.stage.Launch(cmd); err != nil {
		return fmt.Errorf("start %s: %w", t.app, err)
	}
	t.pane.process = cmd.Process.Pid
	return t.place(ctx)
}

func (t *tour) resetPatience() { t.patience = usualPatience }

// close ends the desktop with everything on it.
func (t *tour) close() error {
	var err error
	for _, other := range t.others {
		err = errors.Join(err, other.close())
	}
	if t.bus != nil {
		err = errors.Join(err, t.bus.Close())
	}
	if t.stage != nil {
		err = errors.Join(err, t.stage.Close())
	}
	return errors.Join(err, t.log.Close())
}

// step is one thing a user does, and what must be on the screen afterwards.
type step struct {
	name string
	do   func(context.Context, *tour) error
	// side marks a step on which none of those after it stands.
	side bool
}

// play runs the steps in order. After a failure the rest cannot be reached and
// counts as failed too, unless the step was a side step.
func (t *tour) play(ctx context.Context, all []step, last string) (passed, failed int) {
	for i, s := range all {
		start := time.Now()
		t.picture = filepath.Join(t.out, fmt.Sprintf("%02d-%s.png", i+1, strings.ReplaceAll(s.name, " ", "-")))
		picture := t.picture
		limited, cancel := context.WithTimeout(ctx, stepLimit)
		err := s.do(limited, t)
		cancel()
		if err != nil {
			t.picture = picture // what it looks like now matters more
			err = errors.Join(err, t.photograph(ctx, false))
			for i, other := range t.others {
				other.picture = fmt.Sprintf("%s-of-%d.png", strings.TrimSuffix(picture, ".png"), i+1)
				err = errors.Join(err, other.photograph(ctx, false))
			}
		} else if t.picture != "" {
			err = t.photograph(ctx, true)
		}
		if err != nil {
			fmt.Printf("✗ %-42s %5.1fs\n  %s\n", s.name, time.Since(start).Seconds(), strings.ReplaceAll(err.Error(), "\n", "\n  "))
			t.writeTrees(ctx, strings.TrimSuffix(picture, ".png")+".txt")
			failed++
			if left := len(all) - i - 1; !s.side && left > 0 {
				fmt.Printf("  %d steps after it were not reached and count as failed\n", left)
				return passed, failed + left
			}
			continue
		}
		fmt.Printf("✓ %-42s %5.1fs\n", s.name, time.Since(start).Seconds())
		passed++
		if s.name == last {
			break
		}
	}
	return passed, failed
}

// writeTrees saves what a screen reader would have been told.
func (t *tour) writeTrees(ctx context.Context, file string) {
	var b strings.Builder
	screens := []*screen{t.pane, t.web}
	for _, other := range t.others {
		screens = append(screens, other.pane, other.web)
	}
	for _, s := range screens {
		seen, err := s.read(ctx)
		fmt.Fprintf(&b, "%s: %d objects (%v)\n", s.program, len(seen), err)
		for _, o := range seen {
			fmt.Fprintln(&b, o)
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		fmt.Println("  " + err.Error())
	}
}
