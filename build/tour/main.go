//go:build linux

// Package main drives Chatpane's real window through its tour: clicks and keys
// only, the way a person uses it, on a virtual desktop of its own.
//
// It finds things by role and name in the accessibility tree, so that a tour
// that passes also proves that a screen reader finds them. Each step asserts
// what is on the screen and saves a screenshot; a step that fails saves the
// tree beside it. It refuses to look into the app in any other way; the sandbox,
// a process of its own that outlives the app when that is killed, is asked only
// to confirm what the screen already showed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

type options struct {
	app     string // path of the demo build
	sandbox string // path of the sandbox's own program
	out     string // folder of the screenshots
	only    string // stop after the step of this name
	theme   string // of the desktop: light or dark
	words   string // path of the pane's English catalogue
}

func main() {
	var o options
	flag.StringVar(&o.app, "app", "build/bin/chatpane-demo", "the demo build to drive")
	flag.StringVar(&o.sandbox, "sandbox", "build/bin/tools/serve", "the sandbox, app/sandbox/serve, which runs beside the app")
	flag.StringVar(&o.out, "out", "build/bin/tour", "where the screenshots go")
	flag.StringVar(&o.only, "only", "", "end after the step of this name (those before it lead there)")
	flag.StringVar(&o.theme, "theme", "light", "theme of the desktop: light or dark")
	flag.StringVar(&o.words, "words", "frontend/src/text/en.json", "the catalogue of the pane's words")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ok, err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run plays the tour and prints a line per step and the closing line.
func run(ctx context.Context, o options) (ok bool, err error) {
	if err := emptyFolder(o.out); err != nil {
		return false, err
	}
	t, err := open(ctx, o)
	if err != nil {
		fmt.Println("✗ start\n\n0 passed, 1 failed")
		return false, err
	}
	defer t.close()
	passed, failed := t.play(ctx, steps, o.only)
	fmt.Printf("\n%d passed, %d failed\n", passed, failed)
	return failed == 0, nil
}

// emptyFolder makes dir and removes what an earlier tour left there.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, pattern := range []string{"*.png", "*.txt", "*.log"} {
		old, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, file := range old {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}
