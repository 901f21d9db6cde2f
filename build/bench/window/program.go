//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"chatpane/build/stage"
	"chatpane/build/tour/a11y"
)

// program is a running window, ours or the empty one.
type program struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start launches a program and watches the display until it has drawn its
// window and is quiet; painted is when that picture was there.
func (b *bench) start(ctx context.Context, args ...string) (p *program, at time.Duration, err error) {
	p = &program{b.stage.Command(context.WithoutCancel(ctx), args[0], args[1:]...), make(chan struct{})}
	p.cmd.Dir = b.stage.Dir()
	const quiet, limit = 2 * time.Second, 30 * time.Second
	shots, err := b.display.watch(ctx, quiet, limit, p.cmd.Start)
	if p.cmd.Process != nil {
		go func() {
			_ = p.cmd.Wait() // how it ends is of no interest: stop ends it
			close(p.ended)
		}()
	}
	if err == nil {
		var ok bool
		if at, ok = painted(shots); !ok {
			err = fmt.Errorf("%s drew nothing in %s", args[0], limit)
		}
	}
	if err != nil {
		return nil, 0, errors.Join(err, p.stop(ctx))
	}
	return p, at, nil
}

func (p *program) pid() int { return p.cmd.Process.Pid }

// stop interrupts the program, so that it closes its cache, and waits for it and
// for the webview's processes, which go a moment later.
func (p *program) stop(ctx context.Context) error {
	if p.cmd.Process == nil {
		return nil
	}
	_ = syscall.Kill(p.pid(), syscall.SIGINT) // it may have ended
	patience := time.NewTimer(5 * time.Second)
	defer patience.Stop()
	select {
	case <-p.ended:
	case <-patience.C:
	}
	_ = syscall.Kill(-p.pid(), syscall.SIGKILL) // it and children that outlived it
	<-p.ended
	return pause(ctx, time.Second)
}

// errNoPage tells that a window shows no page to a screen reader.
var errNoPage = errors.New("no page in the accessibility tree")

// read returns what the page of p shows to a screen reader. It is asked only
// between measurements.
func (b *bench) read(ctx context.Context, p *program) ([]a11y.Seen, error) {
	nodes, err := b.bus.Programs(ctx)
	if err != nil {
		return nil, err
	}
	var page []a11y.Seen
	for _, n := range nodes {
		if id, err := n.Process(ctx); err != nil || id != p.pid() {
			continue
		}
		inside := false
		err := n.Walk(ctx, func(s a11y.Seen) bool {
			inside = inside || s.Role == "document web"
			if inside {
				page = append(page, s)
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	if len(page) == 0 {
		return nil, errNoPage
	}
	return page, nil
}

// find waits for an object on the page, by role and name; "" is any name.
func (b *bench) find(ctx context.Context, p *program, role, name string) (a11y.Seen, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		page, err := b.read(ctx, p)
		for _, s := range page {
			if s.Role == role && (name == "" || s.Name == name) && s.State.Has(a11y.Showing) && !s.Box.Empty() {
				return s, nil
			}
		}
		if wait := pause(ctx, 250*time.Millisecond); wait != nil {
			return a11y.Seen{}, errors.Join(fmt.Errorf("wait for a %s named %q: %w", role, name, wait), err)
		}
	}
}

// settled is how long nothing may be drawn after a click for it to be over:
// longer than a switch of chats draws nothing but the row that was clicked, and
// shorter than a caret takes from one blink to the next.
const settled = 500 * time.Millisecond

// errUnchanged tells that a click changed nothing on the display.
var errUnchanged = errors.New("nothing changed")

// click clicks on box and returns when the change it made was painted.
func (b *bench) click(ctx context.Context, box a11y.Box) (time.Duration, error) {
	if err := b.hand.aim(ctx, box); err != nil {
		return 0, err
	}
	const limit = 5 * time.Second
	shots, err := b.display.watch(ctx, settled, limit, b.hand.release)
	if err != nil {
		return 0, err
	}
	at, ok := painted(shots)
	if !ok {
		return 0, fmt.Errorf("a click at %v, after %s: %w", box, limit, errUnchanged)
	}
	return at, nil
}

// stageSize is the display's, just large enough for a window of the first size,
// so that all its pixels are the window's.
const stageWidth, stageHeight = 420, 860

var stageOptions = stage.Options{Width: stageWidth, Height: stageHeight, Pixels: true}
