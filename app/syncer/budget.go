package syncer

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Budget is the one limiter of all requests to Graph, and the count of them.
// It keeps to Graph's published limits (graph.md §3.1) with room for other
// users of the tenant, and knows how many requests an hour may cost.
type Budget struct {
	perHour int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	spent   []time.Time // starts of the last hour's requests, oldest first
}

// NewBudget makes a budget of perHour requests per hour.
func NewBudget(perHour int) *Budget {
	return &Budget{perHour: perHour, buckets: map[string]*rate.Limiter{}}
}

// Wait blocks until a request of the bucket may start, and counts it. What Graph
// limits per chat it also limits for the tenant as a whole, which all users share.
func (b *Budget) Wait(ctx context.Context, bucket string) error {
	if err := b.limiter(bucket).Wait(ctx); err != nil {
		return err
	}
	if kind, _, per := strings.Cut(bucket, ":"); per {
		if err := b.limiter("all " + kind).Wait(ctx); err != nil {
			return err
		}
	}
	b.mu.Lock()
	b.spent = append(b.trimLocked(), time.Now())
	b.mu.Unlock()
	return nil
}

// limiter returns the limiter of a bucket; kinds that Graph limits per chat
// have one per chat.
func (b *Budget) limiter(bucket string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.buckets[bucket]
	if !ok {
		kind, _, _ := strings.Cut(bucket, ":")
		switch kind {
		case "chat-messages", "chat-send":
			l = rate.NewLimiter(rate.Every(time.Second), 1) // 1 per second and chat
		case "all chat-messages", "all chat-send":
			l = rate.NewLimiter(8, 10) // 20 per second and tenant
		case "members":
			l = rate.NewLimiter(rate.Every(15*time.Second), 4) // 4 per minute and chat
		case "chat-list":
			l = rate.NewLimiter(4, 4) // 5 per second and user
		default:
			l = rate.NewLimiter(8, 8)
		}
		b.buckets[bucket] = l
	}
	return l
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
