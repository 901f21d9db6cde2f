// Package main measures the pane in a browser, beside a frozen peer: the same
// two screens, list and chat, on the same data, made of the ready components
// of Fluent UI v9 (folder peer). Sizes are those of frontend/dist; all else is
// measured on a build that differs from it in one thing, the core in memory;
// but how long a cached record takes to open, on the demo app with its own core.
//
// CPU is what the browser's counters tell of the page's main thread, in time
// of that thread, so that other work on the machine counts little.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"

	"chatpane/app/bridge"
	"chatpane/build/benchtable"
)

func main() {
	out := flag.String("out", "build/bin/bench", "folder of the figures")
	app := flag.String("app", "", "the demo app, before whose core a record is opened; without it that is not measured")
	rounds := flag.Int("rounds", 7, "how often both are started in turns; the median counts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := bench(ctx, *app, *out, *rounds)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const peerFolder = "build/bench/frontend/peer"

func bench(ctx context.Context, app, out string, rounds int) error {
	made := filepath.Join(out, "frontend")
	pane, peer, err := builds(ctx, made)
	if err != nil {
		return err
	}
	t := benchtable.New("frontend")
	if err := addSizes(t, filepath.Join("frontend", "dist")); err != nil {
		return err
	}
	// The headers are the product's own. No image is asked for, so that there
	// need be no app behind them.
	paneURL, stopPane, err := serve(bridge.Assets(nil, http.FileServer(http.Dir(pane))))
	if err != nil {
		return err
	}
	defer stopPane()
	// Fluent's styles, made at run time, would be refused.
	peerURL, stopPeer, err := serve(http.FileServer(http.Dir(peer)))
	if err != nil {
		return err
	}
	defer stopPeer()
	f, err := drive(ctx, told{App: app, Shots: made, Pane: paneURL, Peer: peerURL, Rounds: rounds})
	if err != nil {
		return err
	}
	if err := f.addTo(t, app != ""); err != nil {
		return err
	}
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(out)
}

// builds makes both pages below dir and returns their absolute folders.
func builds(ctx context.Context, dir string) (pane, peer string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	pane, peer = filepath.Join(dir, "pane"), filepath.Join(dir, "peer")
	if stale(peerFolder) {
		if err := run(ctx, peerFolder, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
			return "", "", err
		}
	}
	// npm takes -- for the end of its own options.
	if err := run(ctx, peerFolder, "npm", "run", "build", "--", "--outDir", peer, "--emptyOutDir"); err != nil {
		return "", "", err
	}
	return pane, peer, run(ctx, "frontend", "npm", "run", "build", "--", "--mode", "bench", "--outDir", pane, "--emptyOutDir")
}

// stale reports whether the packages of a folder are missing or older than its
// package-lock.json.
func stale(dir string) bool {
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return true
	}
	have, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json"))
	const slack = 30 * time.Second // npm install writes both, in either order
	return err != nil || have.ModTime().Add(slack).Before(lock.ModTime())
}

// run runs a tool of Node's; what it printed is part of an error.
func run(ctx context.Context, dir, name string, args ...string) error {
	if runtime.GOOS == "windows" {
		name += ".cmd"
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v in %s: %w\n%s", name, args, dir, err, printed)
	}
	return nil
}

// serve answers on a free port of this machine until stop is called.
func serve(h http.Handler) (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // ends with Close
	}()
	return "http://" + l.Addr().String(), func() { _ = srv.Close(); <-done }, nil
}

// told is what run.mjs is told.
type told struct {
	App      string `json:"app"`
	Pane     string `json:"pane"`
	Peer     string `json:"peer"`
	Frontend string `json:"frontend"`
	Shots    string `json:"shots"`
	Rounds   int    `json:"rounds"`
}

// drive runs run.mjs, which measures in a browser.
func drive(ctx context.Context, what told) (*figures, error) {
	var err error
	if what.Frontend, err = filepath.Abs("frontend"); err != nil {
		return nil, err
	}
	if what.App != "" {
		if what.App, err = filepath.Abs(what.App); err != nil {
			return nil, err
		}
	}
	line, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join("build", "bench", "frontend", "run.mjs"), string(line))
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("measure in the browser: %w", err)
	}
	var f figures
	if err := json.Unmarshal(printed.Bytes(), &f); err != nil {
		return nil, fmt.Errorf("read the browser's figures: %w", err)
	}
	return &f, nil
}
