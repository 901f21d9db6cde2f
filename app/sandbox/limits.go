package sandbox

import (
	"net/http"
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

// throttleKeys is whom and what a request counts for.
type throttleKeys struct {
	app, oid   string
	chat, team string // ids of the path, or ""
	channel    string
}

func (s *Sandbox) throttleKeys(r *http.Request, who caller) throttleKeys {
	k := throttleKeys{app: who.app, chat: r.PathValue("chat"), team: r.PathValue("team"), channel: r.PathValue("channel"), oid: who.app}
	if who.person != nil {
		k.oid = who.person.OID
	}
	return k
}

// Rows of Microsoft's table for Teams, in requests per second: of one app in one
// tenant, of one app in all tenants, of one app on one chat, channel or team. In
// a sandbox of one tenant the second never is the one that is reached.
type throttleRow struct {
	name               string
	tenant, app, place int
}

var (
	rowReadChat     = throttleRow{"read", 20, 200, 1}
	rowPostChat     = throttleRow{"post", 20, 200, 1}
	rowReadChannel  = throttleRow{"read channel", 20, 200, 1}
	rowPostChannel  = throttleRow{"post channel", 50, 500, 1}
	rowMembers      = throttleRow{"members", 30, 300, 0} // and 4 a minute for each chat
	rowTeam         = throttleRow{"team", 30, 600, 0}
	rowChannels     = throttleRow{"channels", 60, 1200, 1}
	rowJoined       = throttleRow{"joined", 30, 300, 0}
	rowTabs         = throttleRow{"tabs", 30, 600, 1}
	rowOtherReads   = throttleRow{"get", 30, 1500, 1}
	rowOtherChanges = throttleRow{"other", 30, 300, 0}
)

// rowOf finds the row of the table for a kind of request on Teams.
func rowOf(kind string) throttleRow {
	reads := strings.HasPrefix(kind, "GET ")
	switch {
	case strings.Contains(kind, "/channels/{id}/messages") && reads:
		return rowReadChannel
	case strings.HasSuffix(kind, "/channels/{id}/messages"), strings.HasSuffix(kind, "/replies"):
		return rowPostChannel
	case strings.Contains(kind, "/channels"):
		if reads {
			return rowChannels
		}
	case strings.Contains(kind, "/joinedTeams"):
		return rowJoined
	case strings.HasSuffix(kind, "/teams/{id}") && reads:
		return rowTeam
	case strings.HasSuffix(kind, "/tabs"):
		return rowTabs
	case strings.Contains(kind, "/messages") && reads:
		return rowReadChat
	case strings.HasSuffix(kind, "/messages"), strings.HasSuffix(kind, "/replyWithQuote"):
		return rowPostChat
	case strings.Contains(kind, "/members") && !reads:
		return rowMembers
	}
	if reads {
		return rowOtherReads
	}
	return rowOtherChanges
}

// limitsOf are the limits that a Graph request counts for.
func limitsOf(kind string, k throttleKeys) []limit {
	kind = strings.TrimPrefix(kind, "graph ")
	out := []limit{{"all " + k.app, 130_000, 10 * time.Second}}
	if strings.Contains(kind, "resence") { // getPresencesByUserId, presence
		return append(out, limit{"presence " + k.app, 1500, 30 * time.Second})
	}
	if !strings.Contains(kind, "/chats") && !strings.Contains(kind, "/teams") && !strings.Contains(kind, "/joinedTeams") {
		// the directory, photos, people, files: services of their own, per user
		return append(out, limit{"directory " + k.app + " " + k.oid, 10_000, 10 * time.Minute})
	}
	row := rowOf(kind)
	out = append(out, limit{row.name + " " + k.app, row.tenant, time.Second}, limit{row.name + " everywhere " + k.app, row.app, time.Second})
	place := k.chat + k.channel
	if row.place > 0 && place+k.team != "" {
		out = append(out, limit{row.name + " " + k.app + " in " + k.team + place, row.place, time.Second})
	}
	if k.team != "" {
		out = append(out, limit{"team " + k.app + " " + k.team, 4, time.Second})
	}
	reads := strings.HasPrefix(kind, "GET ")
	switch {
	case row == rowMembers && k.chat != "":
		out = append(out, limit{"members " + k.app + " in " + k.chat, 4, time.Minute})
	case row == rowPostChat:
		out = append(out, limit{"post by " + k.oid + " in " + k.chat, 1, time.Second})
	case reads && (strings.HasSuffix(kind, "/chats") || strings.HasSuffix(kind, "/chats/{id}")):
		out = append(out, limit{"chats " + k.oid, 5, time.Second})
	}
	return out
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
