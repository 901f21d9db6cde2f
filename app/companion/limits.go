package companion

import (
	"sync"
	"time"
)

// limits counts what one replica did, per person, tenant and chat.
type limits struct {
	o Limits

	mu     sync.Mutex
	minute map[string][]time.Time // guarded by mu; person, or "" for everybody
	day    map[string][]time.Time // guarded by mu; person
	chats  map[string][]time.Time // guarded by mu; members added to a chat
	swept  time.Time              // guarded by mu
}

func newLimits(o Limits) *limits {
	return &limits{o: o, minute: map[string][]time.Time{}, day: map[string][]time.Time{}, chats: map[string][]time.Time{}}
}

// ask counts a request of a person, or returns how long they have to wait.
func (l *limits) ask(person string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweepLocked(now)
	wait := max(
		full(l.minute, person, l.o.PersonPerMinute, time.Minute, now),
		full(l.minute, "", l.o.TenantPerMinute, time.Minute, now),
		full(l.day, person, l.o.PersonPerDay, 24*time.Hour, now))
	if wait > 0 {
		return wait
	}
	note(l.minute, person, l.o.PersonPerMinute, now)
	note(l.minute, "", l.o.TenantPerMinute, now)
	note(l.day, person, l.o.PersonPerDay, now)
	return 0
}

// change counts a member added to a chat, or returns how long that has to wait.
func (l *limits) change(chat string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := full(l.chats, chat, l.o.ChatPerMinute, time.Minute, now); wait > 0 {
		return wait
	}
	note(l.chats, chat, l.o.ChatPerMinute, now)
	return 0
}

// sweepLocked forgets, once a minute, what no longer counts.
func (l *limits) sweepLocked(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for span, m := range map[time.Duration]map[string][]time.Time{time.Minute: l.minute, 24 * time.Hour: l.day} {
		forget(m, now.Add(-span))
	}
	forget(l.chats, now.Add(-time.Minute))
}

func forget(m map[string][]time.Time, before time.Time) {
	for k, times := range m {
		if len(times) == 0 || times[len(times)-1].Before(before) {
			delete(m, k)
		}
	}
}

// full returns how long until another one fits among most per span.
func full(m map[string][]time.Time, key string, most int, span time.Duration, now time.Time) time.Duration {
	if times := m[key]; most > 0 && len(times) >= most {
		return max(0, times[len(times)-most].Add(span).Sub(now))
	}
	return 0
}

// note remembers the newest times, as many as can matter.
func note(m map[string][]time.Time, key string, most int, now time.Time) {
	if most <= 0 {
		return
	}
	times := append(m[key], now)
	m[key] = times[max(0, len(times)-most):]
}

// joined remembers whom this replica added to which chat, so that one who left
// or was removed is not brought back by repeating the request (threats.md J8).
type joined struct {
	mu    sync.Mutex
	at    map[pair]time.Time // guarded by mu
	order []pair             // guarded by mu; oldest first
}

type pair struct{ person, chat string }

// joinedMost is how many additions are remembered: about 10 MB.
const joinedMost = 50_000

func newJoined() *joined { return &joined{at: map[pair]time.Time{}} }

// when returns when this replica added the person; the zero time means never.
func (j *joined) when(person, chat string) time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.at[pair{person, chat}]
}

func (j *joined) remember(person, chat string, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := pair{person, chat}
	if _, ok := j.at[p]; !ok {
		if len(j.order) >= joinedMost {
			delete(j.at, j.order[0])
			j.order = j.order[1:]
		}
		j.order = append(j.order, p)
	}
	j.at[p] = now
}
