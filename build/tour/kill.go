//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"chatpane/build/tour/a11y"
)

// killApp ends the app as a crash of the machine would: it gets no chance to
// save anything, while a message waits for the network.
func killApp(ctx context.Context, t *tour) error {
	if err := syscall.Kill(t.pane.process, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the app: %w", err)
	}
	if err := t.ended(ctx); err != nil {
		return err
	}
	return t.photograph(ctx, false) // the display without it
}

// ended waits until the app's process is gone.
func (t *tour) ended(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := syscall.Kill(t.pane.process, 0); errors.Is(err, syscall.ESRCH) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("the app lives on after kill -9")
		}
	}
}

// startAgain starts the app on the same folder, still without a network, and
// sees the list from the cache and that it is offline, without signing in.
func startAgain(ctx context.Context, t *tour) error {
	if err := t.launch(ctx); err != nil {
		return err
	}
	t.patience = 75 * time.Second // a webview starts slowly on a busy machine
	defer t.resetPatience()
	if _, err := t.pane.find(ctx, rows()); err != nil {
		return err
	}
	if _, err := t.pane.find(ctx, button(t.labels.goOnline)); err != nil {
		return err
	}
	return t.pane.says(ctx, t.labels.offline)
}

// stillWaiting opens the chat and sees the message wait, once, as the newest
// and in view.
func stillWaiting(ctx context.Context, t *tour) error {
	if err := readOffline(ctx, t); err != nil {
		return err
	}
	waiting := bubbles().with(t.chosen.offline)
	return t.pane.until(ctx, "the message waiting, once, in view", func(p snapshot) bool {
		newest, _ := lowest(p, bubbles())
		return len(waiting.all(p)) == 1 && strings.Contains(p.text(newest), t.chosen.offline) && p[newest].State.Has(a11y.Showing) && len(waiting.with(t.labels.waitOff).all(p)) == 1
	})
}
