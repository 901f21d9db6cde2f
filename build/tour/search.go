//go:build linux

package main

import "context"

// What is searched for, and what stands beside it in the message: a word that
// is highlighted stands apart in the tree.
const (
	searched = "hello tour"
	beside   = "anybody seen this before"
)

// searchMessages types words and sees the message with them among the results.
func searchMessages(ctx context.Context, t *tour) error {
	if err := t.toList(ctx); err != nil {
		return err
	}
	if err := t.pane.click(ctx, button(t.labels.searchMessages)); err != nil {
		return err
	}
	if err := t.pane.write(ctx, entry(t.labels.searchMessages), searched); err != nil {
		return err
	}
	_, err := t.pane.find(ctx, t.result())
	return err
}

// openResult opens the first result by keyboard, sees the message in its chat,
// and goes back to the results and to the list.
func openResult(ctx context.Context, t *tour) error {
	if err := t.keys(ctx, "Down", "Return"); err != nil {
		return err
	}
	if _, err := t.pane.find(ctx, bubbles().with(greeting())); err != nil {
		return err
	}
	if err := t.photograph(ctx, true); err != nil {
		return err
	}
	if err := t.toList(ctx); err != nil {
		return err
	}
	if _, err := t.pane.find(ctx, t.result()); err != nil {
		return err
	}
	return t.closeSearch(ctx)
}

// searchOffline finds the same message without a network.
func searchOffline(ctx context.Context, t *tour) error {
	if err := searchMessages(ctx, t); err != nil {
		return err
	}
	if err := t.photograph(ctx, true); err != nil {
		return err
	}
	return t.closeSearch(ctx)
}

func (t *tour) result() query {
	return rows().with(beside).in(section(t.labels.search))
}

func (t *tour) closeSearch(ctx context.Context) error {
	if err := t.pane.click(ctx, button(t.labels.closeSearch)); err != nil {
		return err
	}
	return t.pane.gone(ctx, section(t.labels.search))
}
