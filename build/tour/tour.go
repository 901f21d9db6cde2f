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
	out   string
	stage *stage.Stage
	bus   *a11y.Bus
	app   string  // path of the demo build
	demo  demo    // what the sandbox said about itself
	pane  *screen // the app's window
	web   *screen // the browser's
	log   *os.File

	labels   labels
	chosen   chosen        // what earlier steps found
	picture  string        // file of the running step\'s screenshot, "" once it is taken
	patience time.Duration // how long to wait for something to appear
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
	t := &tour{out: o.out, log: log, app: app, labels: words, patience: usualPatience}
	if err := t.start(ctx, o.sandbox, o.theme); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (t *tour) start(ctx context.Context, sandbox, theme string) (err error) {
	t.stage, err = stage.Start(ctx, stage.Options{Width: displayWidth, Height: displayHeight, Log: t.log})
	if err != nil {
		return err
	}
	if err := t.stage.Browser(paneWidth+20, 0, displayWidth-paneWidth-20, displayHeight); err != nil {
		return err
	}
	if theme == "dark" {
		t.stage.Set("GTK_THEME=Adwaita:dark")
	}
	if t.bus, err = a11y.Connect(ctx, t.stage.Bus()); err != nil {
		return err
	}
	t.pane = &screen{t: t, program: filepath.Base(t.app), height: paneHeight}
	t.web = &screen{t: t, program: "Chromium", height: displayHeight}
	if err := t.serve(ctx, sandbox); err != nil {
		return err
	}
	return t.launch(ctx)
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
	if t.bus != nil {
		err = t.bus.Close()
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
	for _, s := range []*screen{t.pane, t.web} {
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
