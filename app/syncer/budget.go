package syncer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Budget is the one limiter of all requests to Graph, and the count of them.
// It keeps to Graph's published limits (graph.md §3.1) with room for other
// users of the tenant, and knows how many requests an hour may cost.
//
// The parts of a $batch leave at one moment and are limited one by one, so that
// what counts is when a request leaves, not when it was allowed to.
type Budget struct {
	perHour int

	mu      sync.Mutex
	windows map[string]*window
	spent   []time.Time // starts of the last hour's requests, oldest first
}

// NewBudget makes a budget of perHour requests per hour.
func NewBudget(perHour int) *Budget {
	return &Budget{perHour: perHour, windows: map[string]*window{}}
}

// Wait blocks until a request of the bucket may start, and counts it. What Graph
// limits per chat it also limits for the tenant as a whole, which all users share.
func (b *Budget) Wait(ctx context.Context, bucket string) error {
	_, err := b.WaitTogether(ctx, bucket, nil)
	return err
}

// WaitTogether blocks until a request of the bucket and the first n of its parts
// may start at one moment, and counts each. n is as many as ever may, and at
// least one of any.
func (b *Budget) WaitTogether(ctx context.Context, bucket string, parts []string) (n int, err error) {
	b.mu.Lock()
	need := b.needLocked(bucket)
	for n < len(parts) {
		more := b.needLocked(parts[n])
		if n > 0 && !possible(need, more) {
			break
		}
		for w, k := range more {
			need[w] += k
		}
		n++
	}
	at := earliestFor(need, time.Now())
	for w, k := range need {
		w.add(at, k)
	}
	b.mu.Unlock()
	if err := waitUntil(ctx, at); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		for w, k := range need {
			w.drop(at, k)
		}
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = append(b.trimLocked(), slices.Repeat([]time.Time{time.Now()}, n+1)...)
	return n, nil
}

// waitUntil waits for a time. A context that would end before is answered at once.
func waitUntil(ctx context.Context, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d := time.Until(at)
	if d <= 0 {
		return nil
	}
	if end, ok := ctx.Deadline(); ok && end.Before(at) {
		return fmt.Errorf("the limit lets it start in %v: %w", d.Round(time.Millisecond), context.DeadlineExceeded)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// window allows a number of requests in any stretch of time of a length.
type window struct {
	most   int
	in     time.Duration
	starts []time.Time // of those past that still count, and of those to come, in order
}

// needLocked are the windows a request of the bucket counts in; kinds that Graph
// limits per chat have one per chat, and one for all chats together.
func (b *Budget) needLocked(bucket string) map[*window]int {
	names := []string{bucket}
	if kind, _, per := strings.Cut(bucket, ":"); per {
		names = append(names, "all "+kind)
	}
	need := make(map[*window]int, len(names))
	for _, name := range names {
		w, ok := b.windows[name]
		if !ok {
			w = newWindow(name)
			b.windows[name] = w
		}
		need[w] = 1
	}
	return need
}

func newWindow(bucket string) *window {
	kind, _, _ := strings.Cut(bucket, ":")
	switch kind {
	case "chat-messages", "chat-send":
		return &window{most: 1, in: time.Second} // 1 per second and chat
	case "all chat-messages", "all chat-send":
		return &window{most: 12, in: 1500 * time.Millisecond} // 20 per second and tenant
	case "members":
		return &window{most: 4, in: time.Minute} // 4 per minute and chat
	case "chat-list":
		return &window{most: 4, in: time.Second} // 5 per second and user
	}
	return &window{most: 16, in: 2 * time.Second}
}

// possible reports whether windows have room for more beside what is needed, once
// they are empty.
func possible(need, more map[*window]int) bool {
	for w, k := range more {
		if need[w]+k > w.most {
			return false
		}
	}
	return true
}

// earliestFor is the first time from now on at which all windows have room.
func earliestFor(need map[*window]int, now time.Time) time.Time {
	times := []time.Time{now}
	for w := range need {
		w.trim(now)
		for _, s := range w.starts {
			if at := s.Add(w.in); at.After(now) {
				times = append(times, at)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		fits := true
		for w, k := range need {
			fits = fits && w.fits(at, k)
		}
		if fits {
			return at
		}
	}
	return times[len(times)-1] // after everything there is room
}

func (w *window) trim(now time.Time) {
	old := 0
	for old < len(w.starts) && !w.starts[old].Add(w.in).After(now) {
		old++
	}
	w.starts = slices.Delete(w.starts, 0, old)
}

// fits reports whether n more may start at a time: with them no stretch holds
// more than it may.
func (w *window) fits(at time.Time, n int) bool {
	i := w.after(at)
	with := slices.Insert(slices.Clone(w.starts), i, slices.Repeat([]time.Time{at}, n)...)
	for first := max(i-w.most, 0); first+w.most < len(with) && first < i+n; first++ {
		if with[first+w.most].Sub(with[first]) < w.in {
			return false
		}
	}
	return true
}

// after is the place of the first start after a time.
func (w *window) after(at time.Time) int {
	i, _ := slices.BinarySearchFunc(w.starts, at, func(s, at time.Time) int {
		if s.After(at) {
			return 1
		}
		return -1
	})
	return i
}

func (w *window) add(at time.Time, n int) {
	w.starts = slices.Insert(w.starts, w.after(at), slices.Repeat([]time.Time{at}, n)...)
}

// drop takes back starts that did not happen; trim may have taken some.
func (w *window) drop(at time.Time, n int) {
	for ; n > 0; n-- {
		if i := w.after(at) - 1; i >= 0 && w.starts[i].Equal(at) {
			w.starts = slices.Delete(w.starts, i, i+1)
		}
	}
}

// Used is the number of requests started in the last 60 minutes.
func (b *Budget) Used() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = b.trimLocked()
	return len(b.spent)
}

// PerHour is the number of requests an hour may cost.
func (b *Budget) PerHour() int { return b.perHour }

// Spare reports whether background reading may spend a request: half of the
// budget is kept for what the user asks for.
func (b *Budget) Spare() bool { return b.Used() < b.perHour/2 }

func (b *Budget) trimLocked() []time.Time {
	cut := time.Now().Add(-time.Hour)
	i := 0
	for i < len(b.spent) && b.spent[i].Before(cut) {
		i++
	}
	return b.spent[i:]
}
