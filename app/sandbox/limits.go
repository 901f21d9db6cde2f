package sandbox

import (
	"strings"
	"sync"
	"time"
)

// limits are Microsoft's published throttling numbers, as sliding windows.
type limits struct {
	now func() time.Time

	mu      sync.Mutex // guards the rest
	windows map[string][]time.Time
	refused int
}

func newLimits(now func() time.Time) *limits {
	return &limits{now: now, windows: map[string][]time.Time{}}
}

// limit is a number of requests in a time for one key.
type limit struct {
	key string
	n   int
	in  time.Duration
}

// limitsOf are the limits that a Graph request counts for.
func limitsOf(kind, chat, oid string) []limit {
	kind = strings.TrimPrefix(kind, "graph ")
	reads := strings.HasPrefix(kind, "GET ")
	switch {
	case strings.Contains(kind, "/messages") && reads:
		return []limit{{"read", 20, time.Second}, {"read " + chat, 1, time.Second}}
	case strings.HasSuffix(kind, "/messages"):
		return []limit{{"post", 20, time.Second}, {"post " + chat, 1, time.Second}}
	case strings.Contains(kind, "/members") && !reads:
		return []limit{{"members", 30, time.Second}, {"members " + chat, 4, time.Minute}}
	case strings.HasSuffix(kind, "/chats") && reads, strings.HasSuffix(kind, "/chats/{id}") && reads:
		return []limit{{"chats " + oid, 5, time.Second}, {"get", 30, time.Second}}
	case strings.Contains(kind, "/getPresencesByUserId"):
		return []limit{{"presence", 1500, 30 * time.Second}}
	case reads:
		return []limit{{"get", 30, time.Second}}
	}
	return []limit{{"other", 30, time.Second}}
}

// take counts a request, or says how long to wait. Every fifth refusal comes
// without a Retry-After, as reported of Teams.
func (l *limits) take(of []limit) (wait time.Duration, tell, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, m := range of {
		w := l.windows[m.key]
		for len(w) > 0 && !w[0].After(now.Add(-m.in)) {
			w = w[1:]
		}
		l.windows[m.key] = w
		if len(w) >= m.n {
			wait = max(wait, w[len(w)-m.n].Add(m.in).Sub(now))
		}
	}
	if wait > 0 {
		l.refused++
		return wait, l.refused%5 != 0, false
	}
	for _, m := range of {
		l.windows[m.key] = append(l.windows[m.key], now)
	}
	return 0, false, true
}
