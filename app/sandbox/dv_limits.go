package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The service protection numbers: per user, over a sliding window.
const (
	dvWindow      = 300 * time.Second
	dvMaxRequests = 6000
	dvMaxTime     = 1200 * time.Second
	dvMaxAtOnce   = 52
)

// dvLimits are the service protection limits. A nil one lets everything pass.
type dvLimits struct {
	now func() time.Time

	mu       sync.Mutex // guards the rest
	users    map[string]*dvUsage
	searched map[string]time.Time
}

// dvUsage is what one user has spent, in seconds of the window.
type dvUsage struct {
	running int
	seconds map[int64]dvSpent
}

type dvSpent struct {
	requests int
	time     time.Duration
}

func newDVLimits(now func() time.Time) *dvLimits {
	return &dvLimits{now: now, users: map[string]*dvUsage{}, searched: map[string]time.Time{}}
}

// admit runs a request unless its user is over a limit. A batch is one request.
func (l *dvLimits) admit(user string, run func() dvReply) dvReply {
	if l == nil {
		return run()
	}
	refusal, left := l.enter(user)
	if refusal != nil {
		return refusal.reply(false)
	}
	start := l.now()
	defer func() { l.leave(user, l.now().Sub(start)) }()
	r := run()
	r.header.Set("x-ms-ratelimit-burst-remaining-xrm-requests", strconv.Itoa(dvMaxRequests-left.requests))
	r.header.Set("x-ms-ratelimit-time-remaining-xrm-requests", fmt.Sprintf("%.2f", (dvMaxTime-left.time).Seconds()))
	return r
}

// admitSearch lets one search of a user pass in a second.
func (l *dvLimits) admitSearch(user string) *dvError {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.searched[user]) < time.Second {
		e := dvError{status: http.StatusTooManyRequests, code: "0x80072322", message: "Number of search requests exceeded the limit of 1 over time window of 1 seconds."}
		return e.after(1)
	}
	l.searched[user] = now
	return nil
}

// enter counts a request in; spent is what the window then holds.
func (l *dvLimits) enter(user string) (refusal *dvError, spent dvSpent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.users[user]
	if u == nil {
		u = &dvUsage{seconds: map[int64]dvSpent{}}
		l.users[user] = u
	}
	now := l.now().Unix()
	oldest := now
	for at, s := range u.seconds {
		if at <= now-int64(dvWindow/time.Second) {
			delete(u.seconds, at)
			continue
		}
		oldest = min(oldest, at)
		spent.requests += s.requests
		spent.time += s.time
	}
	wait := int(oldest + int64(dvWindow/time.Second) - now)
	switch {
	case u.running >= dvMaxAtOnce:
		return dvRefusals["concurrent"].after(1), spent
	case spent.time >= dvMaxTime:
		return dvRefusals["time"].after(wait), spent
	case spent.requests >= dvMaxRequests:
		return dvRefusals["requests"].after(wait), spent
	}
	s := u.seconds[now]
	s.requests++
	u.seconds[now] = s
	u.running++
	spent.requests++
	return nil, spent
}

func (l *dvLimits) leave(user string, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.users[user]
	u.running--
	at := l.now().Unix()
	s := u.seconds[at]
	s.time += took
	u.seconds[at] = s
}

// dvRefusals are the refusals of the three limits.
var dvRefusals = map[string]dvError{
	"requests":   {status: http.StatusTooManyRequests, code: "0x80072322", message: "Number of requests exceeded the limit of 6000 over time window of 300 seconds."},
	"time":       {status: http.StatusTooManyRequests, code: "0x80072321", message: "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later."},
	"concurrent": {status: http.StatusTooManyRequests, code: "0x80072326", message: "Number of concurrent requests exceeded the limit of 52."},
}

// after is the refusal with seconds to wait.
func (e dvError) after(seconds int) *dvError {
	e.retry = max(seconds, 1)
	return &e
}

// dvPlayThrottle refuses whatever is asked.
func dvPlayThrottle(e dvError, after time.Duration) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		e.retry = int(math.Ceil(after.Seconds()))
		dvSend(w, r, e.reply(false))
	}
}
