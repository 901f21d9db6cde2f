//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"chatpane/build/tour/a11y"
)

// switches is how many chats are opened in a round.
const switches = 50

// listTop is where rows of the list are free of the bars above them.
const listTop = 160

// view is the whole display, over which the wheel is turned.
var view = a11y.Box{W: stageWidth, H: stageHeight}

// route is how the first start got from chat to chat: where each row was, and
// how often the wheel was turned before it. Later starts follow it blindly.
type route struct {
	stops []stop
	back  a11y.Box // the button that leads from a chat to the list
}

type stop struct {
	turns int
	row   a11y.Box
}

// ours starts the demo build on the bench's folder.
func (b *bench) ours(ctx context.Context) (*program, time.Duration, error) {
	return b.start(ctx, b.app, "-data", b.data, "-tenant", b.tenant.file)
}

// fill signs in, opens the chats once, so that each is in the cache when they
// are measured, and ends the program, so that the cache is on disk only.
func (b *bench) fill(ctx context.Context) error {
	p, err := b.signIn(ctx)
	if err != nil {
		return err
	}
	if err := b.explore(ctx, p); err != nil {
		return err
	}
	return p.stop(ctx)
}

// signIn starts the program, signs in, and waits until the list and the linked
// chats are read.
func (b *bench) signIn(ctx context.Context) (*program, error) {
	p, _, err := b.ours(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.hand.place(ctx, p.pid(), stageWidth, stageHeight); err != nil {
		return nil, err
	}
	button, err := b.find(ctx, p, "push button", b.words["signin.button"])
	if err != nil {
		return nil, err
	}
	if _, err := b.click(ctx, button.Box); err != nil {
		return nil, err
	}
	if _, err := b.find(ctx, p, "list item", ""); err != nil {
		return nil, err
	}
	const firstRead = 20 * time.Second
	return p, pause(ctx, firstRead)
}

// explore opens chats down the list, each from the list and back to it, and
// keeps the route.
func (b *bench) explore(ctx context.Context, p *program) error {
	const turns = 5 // scrolls less than the window shows
	const read = 700 * time.Millisecond
	var seen []string
	next := stop{}
	for len(seen) < switches {
		rows, err := b.rows(ctx, p)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if slices.Contains(seen, row.Name) || len(seen) == switches {
				continue
			}
			seen = append(seen, row.Name)
			next.row = row.Box
			b.route.stops = append(b.route.stops, next)
			next = stop{}
			if _, err := b.click(ctx, row.Box); err != nil {
				return fmt.Errorf("open chat %d: %w", len(seen), err)
			}
			if err := pause(ctx, read); err != nil { // opened for the first time it asks the server
				return err
			}
			button, err := b.find(ctx, p, "push button", b.words["timeline.back"])
			if err != nil {
				return err
			}
			b.route.back = button.Box
			if _, err := b.click(ctx, button.Box); err != nil {
				return fmt.Errorf("go back to the list: %w", err)
			}
		}
		if next.turns > 10*turns {
			return fmt.Errorf("the list ends after %d chats, want %d", len(seen), switches)
		}
		next.turns += turns
		if err := b.scroll(ctx, turns); err != nil {
			return err
		}
	}
	return nil
}

// scroll turns the wheel and waits until the list stands again.
func (b *bench) scroll(ctx context.Context, turns int) error {
	if turns == 0 {
		return nil
	}
	if err := b.hand.wheelDown(view, turns); err != nil {
		return err
	}
	return pause(ctx, time.Second)
}

// rows returns the rows of the list that can be clicked on.
func (b *bench) rows(ctx context.Context, p *program) ([]a11y.Seen, error) {
	page, err := b.read(ctx, p)
	if err != nil {
		return nil, err
	}
	var rows []a11y.Seen
	for _, s := range page {
		if s.Role == "list item" && !s.Box.Empty() && s.Box.Y >= listTop && s.Box.Y+s.Box.H <= stageHeight {
			rows = append(rows, s)
		}
	}
	return rows, nil
}

// follow goes the route again and returns when each chat was painted. A row that
// moved between the button's press and its release opens nothing, which shows
// when there is no way back from it; it has no time, and is counted.
func (b *bench) follow(ctx context.Context, _ *program) ([]time.Duration, error) {
	var times []time.Duration
	for n, stop := range b.route.stops {
		if err := b.scroll(ctx, stop.turns); err != nil {
			return nil, err
		}
		at, err := b.click(ctx, stop.row)
		if err != nil {
			return nil, fmt.Errorf("open chat %d: %w", n+1, err)
		}
		_, err = b.click(ctx, b.route.back)
		if errors.Is(err, errUnchanged) {
			b.missed++
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("go back to the list: %w", err)
		}
		times = append(times, at)
	}
	if len(times) < switches/2 {
		return nil, fmt.Errorf("only %d of %d rows opened a chat", len(times), switches)
	}
	return times, nil
}
