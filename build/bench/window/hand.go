//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"chatpane/build/stage"
	"chatpane/build/tour/a11y"
)

// hand is one xdotool that stays and takes a command a line, so that no start
// of a process stands between a moment and its click.
type hand struct {
	stage *stage.Stage
	in    io.WriteCloser
}

func newHand(ctx context.Context, s *stage.Stage) (*hand, error) {
	cmd := s.Command(context.WithoutCancel(ctx), "xdotool", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := s.Launch(cmd); err != nil {
		return nil, fmt.Errorf("start xdotool: %w", err)
	}
	return &hand{s, in}, nil
}

func (h *hand) do(command string) error {
	_, err := io.WriteString(h.in, command+"\n")
	return err
}

// aim moves the pointer over the middle of box and presses the button. The
// click comes with release; what hovering and pressing draw is waited for here.
func (h *hand) aim(ctx context.Context, box a11y.Box) error {
	x, y := box.Centre()
	if err := h.do(fmt.Sprintf("mousemove %d %d", x, y)); err != nil {
		return err
	}
	if err := pause(ctx, 50*time.Millisecond); err != nil {
		return err
	}
	if err := h.do("mousedown 1"); err != nil {
		return err
	}
	return pause(ctx, 100*time.Millisecond)
}

// release lets the button go: the moment a page takes for the click.
func (h *hand) release() error { return h.do("mouseup 1") }

// wheelDown turns the wheel over box.
func (h *hand) wheelDown(box a11y.Box, turns int) error {
	x, y := box.Centre()
	return h.do(fmt.Sprintf("mousemove %d %d click --repeat %d --delay 20 5", x, y, turns))
}

// place puts the window of a process into the corner of the display.
func (h *hand) place(ctx context.Context, process, width, height int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := h.stage.Command(ctx, "xdotool", "search", "--sync", "--onlyvisible", "--pid", strconv.Itoa(process)).Output()
	if err != nil {
		return fmt.Errorf("look for the window: %w", err)
	}
	id, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return h.stage.Command(ctx, "xdotool", "windowmove", id, "0", "0", "windowsize", id,
		strconv.Itoa(width), strconv.Itoa(height), "windowfocus", id).Run()
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
