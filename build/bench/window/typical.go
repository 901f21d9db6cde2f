//go:build linux

package main

import (
	"context"
	"fmt"

	"chatpane/build/benchtable"
)

// searchTypical measures the search in the company that all else was measured
// in: it fills the cache with the rest of the agent's chats and types the words.
func (b *bench) searchTypical(ctx context.Context, at searchSpots, out string, t *benchtable.Table) error {
	f, err := b.refill(ctx)
	if err != nil {
		return fmt.Errorf("fill the cache: %w", err)
	}
	times, err := b.typeAll(ctx, at, out, "search-typical")
	if err != nil {
		return fmt.Errorf("type: %w", err)
	}
	addSearch(t, f, times)
	return nil
}

// addSearch adds how long a letter took, in ms, and the target.
func addSearch(t *benchtable.Table, f filled, times []float64) {
	name := func(q string) string {
		return fmt.Sprintf("keystroke in search to results painted, %s, %d messages", q, f.Messages)
	}
	t.Add(benchtable.Row{Name: name("p50"), Value: benchtable.Quantile(times, 0.5), Unit: "ms"})
	t.Add(benchtable.Row{Name: name("p95"), Value: benchtable.Quantile(times, 0.95), Unit: "ms", Limit: benchtable.AtMost, Target: 50})
}
