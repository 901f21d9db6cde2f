package sandbox

import (
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// monthsOfDelta is how far back a delta goes.
const monthsOfDelta = 8

// deltaPlace is where a round of delta stands. The first round goes through the
// messages by modification; the later ones through the room's log of changes
// from where it ended when the round before began, so that nothing is missed
// when times are equal or clocks go back.
type deltaPlace struct {
	log   int      // place in the log at which the next round begins
	first bool     // in the first round
	since int64    // modification of the last message given in it
	given []string // ids given with that modification
}

func (p deltaPlace) token() string {
	if !p.first {
		return cursor{-1, strconv.Itoa(p.log)}.token()
	}
	return cursor{p.since, strconv.Itoa(p.log) + "/" + strings.Join(p.given, ",")}.token()
}

func readDelta(text string) (deltaPlace, error) {
	bad := badRequest("Badly formed token.")
	cur, err := readToken(text)
	if err != nil {
		return deltaPlace{}, bad
	}
	place, ids, first := strings.Cut(cur.id, "/")
	log, err := strconv.Atoi(place)
	if err != nil || log < 0 || first == (cur.key == -1) {
		return deltaPlace{}, bad
	}
	p := deltaPlace{log: log, first: first, since: cur.key}
	if ids != "" {
		p.given = strings.Split(ids, ",")
	}
	return p, nil
}

// delta lists what changed: pages with next links, then a delta link from which
// the next round goes on. Replies of channels are not in it.
func (c *call) delta() (answer, error) {
	if err := c.allow("top", "filter", "skiptoken", "deltatoken"); err != nil {
		return answer{}, err
	}
	top, err := c.top(20, 50)
	if err != nil {
		return answer{}, err
	}
	window, err := messageFilter(c.query.Get("$filter"), byModified)
	if err != nil {
		return answer{}, err
	}
	if f := c.query.Get("$filter"); window.before != everything.before || strings.Contains(f, byCreated) {
		return answer{}, badRequest("Parameter 'Filter' not supported for this request.") // lastModifiedDateTime gt only
	}
	p := deltaPlace{log: -1, first: true, since: max(window.after, c.Now().AddDate(0, -monthsOfDelta, 0).UnixMilli())}
	for _, name := range []string{"$deltatoken", "$skiptoken"} {
		if text := c.query.Get(name); text != "" {
			if p, err = readDelta(text); err != nil {
				return answer{}, err
			}
		}
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, m, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	if p.log < 0 || p.log > len(r.log) {
		p.log = len(r.log)
	}
	next := c.changedLater
	if p.first {
		next = c.changedFirst
	}
	rows, more := next(r, m, &p, c.pageSize(top, false))
	q, link := url.Values{}, "@odata.nextLink"
	if c.query.Has("$top") {
		q.Set("$top", c.query.Get("$top"))
	}
	if more {
		q.Set("$skiptoken", p.token())
	} else {
		p.first = false
		q.Set("$deltatoken", p.token())
		link = "@odata.deltaLink"
	}
	a := c.rawPage("Collection(chatMessage)", rows, "")
	tail := `,"` + link + `":` + string(encoded(c.origin(serviceGraph)+c.r.URL.EscapedPath()+"?"+q.Encode())) + "}"
	a.raw = append(a.raw[:len(a.raw)-1], tail...)
	return a, nil
}

// inDelta reports whether entry i belongs into a delta.
func inDelta(r *room, m *membership, i int) bool {
	return (r.channel == nil || int(r.roots[i]) == i) && m.sees(r.entries[i].created)
}

// changedFirst renders the messages modified after a place, oldest change first.
func (c *call) changedFirst(r *room, m *membership, p *deltaPlace, most int) (rows [][]byte, more bool) {
	from := sort.Search(len(r.modified), func(k int) bool { return r.entries[r.modified[k]].modified >= p.since })
	at := *p
	for _, k := range r.modified[from:] {
		i := int(k)
		e := r.entries[i]
		id := stampDigits(e.created)
		if e.modified == p.since && (len(p.given) == 0 || slices.Contains(p.given, id)) || !inDelta(r, m, i) {
			continue
		}
		if len(rows) == most {
			*p = at
			return rows, true
		}
		if rows = append(rows, c.messageRow(r, i)); e.modified != at.since {
			at.since, at.given = e.modified, nil
		}
		at.given = append(slices.Clone(at.given), id)
	}
	return rows, false
}

// changedLater renders the messages of the log from a place on, each once, as
// they are now.
func (c *call) changedLater(r *room, m *membership, p *deltaPlace, most int) (rows [][]byte, more bool) {
	seen := map[int32]bool{}
	for ; p.log < len(r.log); p.log++ {
		i := r.log[p.log]
		if seen[i] || !inDelta(r, m, int(i)) {
			continue
		}
		if len(rows) == most {
			return rows, true
		}
		seen[i] = true
		rows = append(rows, c.messageRow(r, int(i)))
	}
	return rows, false
}
