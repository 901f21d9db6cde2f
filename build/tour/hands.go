//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"chatpane/build/tour/a11y"
)

// xdo runs xdotool, the tour's hands.
func (t *tour) xdo(ctx context.Context, args ...string) (string, error) {
	cmd := t.stage.Command(ctx, "xdotool", args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("xdotool %s: %w: %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// place waits for the app's window and puts it into its corner.
func (t *tour) place(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	id, err := t.xdo(ctx, "search", "--sync", "--onlyvisible", "--pid", strconv.Itoa(t.pane.process))
	if err != nil {
		return fmt.Errorf("wait for the app's window: %w", err)
	}
	id, _, _ = strings.Cut(id, "\n")
	t.pane.window = id
	_, err = t.xdo(ctx, "windowmove", id, "0", "0", "windowsize", id, strconv.Itoa(paneWidth), strconv.Itoa(paneHeight), "windowfocus", id)
	return err
}

// click finds what q means, brings it into view and clicks on its middle.
func (s *screen) click(ctx context.Context, q query) error {
	const scrolls = 40
	q = q.enabled()
	for range scrolls {
		o, err := s.find(ctx, q)
		if err != nil {
			return err
		}
		// A thing that still moves (a menu that opens, a list that fills) would
		// be missed: it has to be at the same place twice.
		again, err := s.find(ctx, q)
		if err != nil {
			return err
		}
		if o.Box != again.Box {
			continue
		}
		page, err := s.read(ctx)
		if err != nil {
			return err
		}
		view := page[0].Box
		view.H = min(view.H, s.height-view.Y) // a page may be longer than its window
		turn := intoView(view, o.Box)
		if turn == "" {
			return s.clickAt(ctx, o.Box)
		}
		if err := s.wheel(ctx, view, o.Box, turn); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s does not come into view", q)
}

// Buttons of the mouse as X numbers them.
const (
	leftButton = "1"
	wheelUp    = "4"
	wheelDown  = "5"
)

// intoView tells which way to turn the wheel so that box comes into the page;
// "" when it is there.
func intoView(page, box a11y.Box) string {
	const margin = 2
	_, y := box.Centre()
	switch {
	case y < page.Y+margin:
		return wheelUp
	case y > page.Y+page.H-margin:
		return wheelDown
	}
	return ""
}

// wheel turns the wheel over the middle of the page, about as often as it takes
// to bring box there.
func (s *screen) wheel(ctx context.Context, page, box a11y.Box, turn string) error {
	const pixels = 60 // roughly what a turn scrolls
	x, y := page.Centre()
	_, wanted := box.Centre()
	turns := min(max(abs(wanted-y)/pixels/2, 1), 50) // half the way, then look again
	_, err := s.t.xdo(ctx, "mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", "--repeat", strconv.Itoa(turns), "--delay", "15", turn)
	return err
}

func abs(n int) int { return max(n, -n) }

func (s *screen) clickAt(ctx context.Context, box a11y.Box) error {
	if box.Empty() {
		return errors.New("there is nothing to click on: it has no size")
	}
	x, y := box.Centre()
	// Moved in two steps, for a pointer that never moved hovers over nothing.
	args := []string{"mousemove", strconv.Itoa(x - 1), strconv.Itoa(y), "mousemove", "--sync", strconv.Itoa(x), strconv.Itoa(y)}
	if s.window != "" {
		// Where there is no window manager nobody gives a clicked window the
		// keys; Chromium takes them itself.
		args = append(args, "windowfocus", s.window)
	}
	_, err := s.t.xdo(ctx, append(args, "click", leftButton)...)
	return err
}

// keys presses keys by X's names, such as "Return" or "ctrl+a".
func (t *tour) keys(ctx context.Context, names ...string) error {
	_, err := t.xdo(ctx, append([]string{"key", "--clearmodifiers", "--delay", "40"}, names...)...)
	return err
}

// write clicks on an entry, replaces what it holds by text and waits until the
// entry says so.
func (s *screen) write(ctx context.Context, q query, text string) error {
	if err := s.click(ctx, q); err != nil {
		return err
	}
	if err := s.t.keys(ctx, "ctrl+a", "BackSpace"); err != nil {
		return err
	}
	if _, err := s.t.xdo(ctx, "type", "--clearmodifiers", "--delay", "12", "--", text); err != nil {
		return err
	}
	return s.until(ctx, fmt.Sprintf("%s to hold %q", q, text), func(p snapshot) bool {
		for _, i := range q.pick(p) {
			return strings.Contains(p.text(i), text)
		}
		return false
	})
}

// copyFromBrowser puts text on the clipboard the way a user gets a record's
// address there: from the browser's address bar. A page must be open.
func (t *tour) copyFromBrowser(ctx context.Context, text string) error {
	if err := t.web.click(ctx, a("document web")); err != nil {
		return err
	}
	if err := t.keys(ctx, "ctrl+l"); err != nil {
		return err
	}
	if _, err := t.xdo(ctx, "type", "--clearmodifiers", "--delay", "12", "--", text); err != nil {
		return err
	}
	return t.keys(ctx, "ctrl+a", "ctrl+c")
}

// photograph saves the running step's screenshot: of the app's window, or of
// the whole display where the browser matters. A step takes its own before it
// tidies up; else it is taken at its end.
func (t *tour) photograph(ctx context.Context, onlyPane bool) error {
	args := []string{"-silent", "-window", "root", t.picture}
	if onlyPane {
		args = []string{"-silent", "-window", "root", "-crop", fmt.Sprintf("%dx%d+0+0", paneWidth, paneHeight), "+repage", t.picture}
	}
	t.picture = ""
	if err := t.settle(ctx, args[:len(args)-1]); err != nil {
		return err
	}
	if err := t.stage.Command(ctx, "import", args...).Run(); err != nil {
		return fmt.Errorf("take a screenshot: %w", err)
	}
	return nil
}

// settle waits until the picture that import takes with these arguments stays
// the same for a moment, for the accessibility tree is ahead of what is painted.
// Something may go on moving, if only a caret: then two seconds are enough.
func (t *tour) settle(ctx context.Context, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, 6*time.Second)
	defer cancel()
	var before []byte
	for began := time.Now(); ; {
		now, err := t.stage.Command(ctx, "import", append(slices.Clone(args), "ppm:-")...).Output()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look whether the picture has settled: %w", err)
		}
		if !blank(now) && (bytes.Equal(now, before) || time.Since(began) > 2*time.Second) {
			return nil
		}
		before = now
		select {
		case <-time.After(400 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// longestHeader is more than the header of a PPM of this size has; a multiple of
// the 3 bytes of a pixel.
const longestHeader = 21

// blank reports whether a picture in the form PPM is of one colour: nothing has
// been painted yet.
func blank(ppm []byte) bool {
	if len(ppm) < 2*longestHeader {
		return true
	}
	pixels := ppm[longestHeader+len(ppm)%3:]
	return bytes.Equal(pixels[3:], pixels[:len(pixels)-3])
}
