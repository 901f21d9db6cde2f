package sandbox

import (
	"net/http"
	"time"
)

// Count is what requests are counted by. User is a UPN, empty when unknown.
type Count struct{ Kind, User string }

// minuteOf is a kind of request in a minute since 1970.
type minuteOf struct {
	minute int64
	kind   string
}

// Counts returns how many requests of each kind each person made.
func (k *Knobs) Counts() map[Count]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make(map[Count]int, len(k.counts))
	for c, n := range k.counts {
		out[c] = n
	}
	return out
}

// Requests returns the number of requests whose kind matches.
func (k *Knobs) Requests(match string) int {
	sum := 0
	for c, n := range k.Counts() {
		if matches(c.Kind, match) {
			sum += n
		}
	}
	return sum
}

// PerMinute returns the number of requests whose kind matches by the minute in
// which they came. Minutes without any are missing.
func (k *Knobs) PerMinute(match string) map[time.Time]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := map[time.Time]int{}
	for m, n := range k.minutes {
		if matches(m.kind, match) {
			out[time.Unix(m.minute*60, 0).UTC()] += n
		}
	}
	return out
}

// ResetCounts starts counting anew.
func (k *Knobs) ResetCounts() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.counts)
	clear(k.minutes)
}

// count remembers a request.
func (k *Knobs) count(kind string, r *http.Request) {
	user := ""
	if claims, err := k.s.bearer(r); err == nil {
		user = claims.UPN
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counts[Count{kind, user}]++
	k.minutes[minuteOf{k.clock().Unix() / 60, kind}]++
	if user != "" {
		k.seen[user] = k.clock()
	}
}

// present reports whether somebody used an app in the last ten minutes.
func (k *Knobs) present(p *Person) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, ok := k.seen[p.UPN]
	return ok && k.clock().Sub(at) < 10*time.Minute
}
