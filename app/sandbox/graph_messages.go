package sandbox

import (
	"net/http"
	"net/url"
	"sort"
	"strconv"
)

const (
	byModified = "lastModifiedDateTime"
	byCreated  = "createdDateTime"
)

func stampDigits(ms int64) string { return strconv.FormatInt(ms, 10) }

// listMessages reads one page, newest first by creation or by modification. It
// touches only the rows it returns and a few binary searches.
func (c *call) listMessages() (answer, error) {
	if err := c.allow("top", "orderby", "filter", "skiptoken"); err != nil {
		return answer{}, err
	}
	top, err := c.top(20, 50)
	if err != nil {
		return answer{}, err
	}
	named, err := order(c.query.Get("$orderby"), "", byModified, byCreated)
	if err != nil {
		return answer{}, err
	}
	window, err := messageFilter(c.query.Get("$filter"), named)
	if err != nil {
		return answer{}, err
	}
	after, going, err := c.skipToken()
	if err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, m, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	w := walk{r: r, modified: named != byCreated, window: window}
	if m != nil && !m.from.IsZero() {
		w.from = m.from.UnixMilli()
	}
	if going {
		w.after = &after
	}
	size := c.pageSize(top, going)
	rows := make([][]byte, 0, size)
	var last cursor
	for i := range w.entries() {
		rows = append(rows, c.messageRow(r, i))
		last = w.cursor(i)
		if len(rows) == size {
			break
		}
	}
	next := ""
	if len(rows) == size {
		next = c.nextLink(last)
	}
	return c.rawPage("chats('"+url.QueryEscape(r.id)+"')/messages", rows, next), nil
}

// walk goes through a room's entries, newest first, within limits.
type walk struct {
	r        *room
	modified bool // by modification, else by creation
	window   span
	from     int64 // history the member sees
	after    *cursor
}

func (w walk) at(place int) int {
	if w.modified {
		return int(w.r.modified[place])
	}
	return place
}

func (w walk) time(i int) int64 {
	if w.modified {
		return w.r.entries[i].modified
	}
	return w.r.entries[i].created
}

// cursor is where entry i is: equal times are told apart by the message id.
func (w walk) cursor(i int) cursor {
	return cursor{w.time(i), stampDigits(w.r.entries[i].created)}
}

// entries yields indexes of entries.
func (w walk) entries() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		before := w.window.before
		if w.after != nil {
			before = min(before, w.after.key+1)
		}
		start := sort.Search(len(w.r.entries), func(p int) bool { return w.time(w.at(p)) >= before })
		for p := start - 1; p >= 0; p-- {
			i := w.at(p)
			if w.time(i) <= w.window.after {
				return
			}
			if w.r.entries[i].created < w.from || w.after != nil && w.time(i) == w.after.key && !w.beyond(i) {
				continue
			}
			if !yield(i) {
				return
			}
		}
	}
}

// beyond reports whether an entry of the cursor's time comes after it: of equal
// times the walk shows the later created first.
func (w walk) beyond(i int) bool {
	id, err := strconv.ParseInt(w.after.id, 10, 64)
	return err == nil && w.r.entries[i].created < id
}

func (c *call) getMessage() (answer, error) {
	if err := c.allow(); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, i, err := c.inMessage()
	if err != nil {
		return answer{}, err
	}
	return c.oneMessage(http.StatusOK, r, c.message(r, i)), nil
}

// contextOf names a chat or channel in @odata.context.
func contextOf(r *room) string {
	if r.channel != nil {
		return "teams('" + r.channel.team.id + "')/channels('" + url.QueryEscape(r.id) + "')"
	}
	return "chats('" + url.QueryEscape(r.id) + "')"
}

func (c *call) oneMessage(status int, r *room, m *message) answer {
	row := c.renderMessage(r, m)
	row.Context = c.context(contextOf(r) + "/messages/$entity")
	return answer{status: status, body: row}
}

// listHosted names the inline images; their bytes come from $value only.
func (c *call) listHosted() (answer, error) {
	if err := c.allow(); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, i, err := c.inMessage()
	if err != nil {
		return answer{}, err
	}
	var rows []any
	for _, h := range c.message(r, i).hosted {
		rows = append(rows, map[string]any{"id": h.id, "contentBytes": nil, "contentType": nil})
	}
	return c.page(contextOf(r)+"/messages('"+c.r.PathValue("message")+"')/hostedContents", rows, ""), nil
}

// getHosted returns the bytes of an inline image; those of seeded messages are
// painted now.
func (c *call) getHosted() (answer, error) {
	if err := c.allow(); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, i, err := c.inMessage()
	if err != nil {
		return answer{}, err
	}
	m := c.message(r, i)
	for _, h := range m.hosted {
		if h.id != c.r.PathValue("content") || m.deleted != 0 {
			continue
		}
		if h.data == nil {
			h.data = picture(scripts[r.entries[i].script].topic, c.mix(r, i, 30))
		}
		return answer{status: http.StatusOK, raw: h.data, kind: h.contentType}, nil
	}
	return answer{}, notFound("NotFound")
}
