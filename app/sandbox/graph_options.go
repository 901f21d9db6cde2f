package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// allow refuses system query options that a request does not know, and options
// given twice. Names without "$" are not OData's and are ignored, as there.
func (c *call) allow(names ...string) error {
	for name, values := range c.query {
		if !strings.HasPrefix(name, "$") {
			continue
		}
		if !slices.Contains(names, name[1:]) {
			return badRequest("Query option '%s' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or QueryValidationSettings.", name[1:])
		}
		if len(values) > 1 {
			return badRequest("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
	}
	return nil
}

// top reads $top.
func (c *call) top(standard, most int) (int, error) {
	text := c.query.Get("$top")
	if !c.query.Has("$top") {
		return standard, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, badRequest("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", text)
	}
	if n < 1 || n > most {
		return 0, badRequest("The limit of '%d' for Top query has been exceeded. The value from the incoming request is '%d'.", most, n)
	}
	return n, nil
}

// order reads $orderby, which must be one of the properties, descending.
func order(text, standard string, properties ...string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return standard, nil
	}
	fields := strings.Fields(text)
	if len(fields) > 2 || strings.Contains(text, ",") || !slices.Contains(properties, fields[0]) {
		return "", badRequest("QueryOptions to order by '%s' is not supported.", text)
	}
	if len(fields) == 1 || fields[1] != "desc" {
		return "", badRequest("QueryOptions to order by '%s' in 'Ascending' direction is not supported.", fields[0])
	}
	return fields[0], nil
}

// span is the times a $filter leaves: after < t < before, in Unix milliseconds.
type span struct{ after, before int64 }

var everything = span{after: -1 << 62, before: 1 << 62}

var comparison = regexp.MustCompile(`^(lastModifiedDateTime|createdDateTime)\s+(gt|lt)\s+(\S+)$`)

// messageFilter reads the $filter of a list of messages ordered by a property
// ("" when no $orderby was given). A filter on another property than the order's
// is legal and does nothing: that is Graph's trap, kept.
func messageFilter(text, ordered string) (span, error) {
	out := everything
	if strings.TrimSpace(text) == "" {
		return out, nil
	}
	for _, part := range strings.Split(text, " and ") {
		m := comparison.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil || m[1] == "createdDateTime" && m[2] == "gt" {
			return out, badRequest("Parameter 'Filter' not supported for this request.")
		}
		t, err := time.Parse(time.RFC3339Nano, m[3])
		if err != nil {
			return out, badRequest("Invalid filter clause: '%s' is not a valid Edm.DateTimeOffset.", m[3])
		}
		if m[1] != ordered {
			continue
		}
		// Stored times are whole milliseconds, so "gt 1.5 ms" keeps 2 ms and
		// "lt 1.5 ms" keeps 1 ms.
		ms := t.UnixMilli()
		switch whole := time.UnixMilli(ms).Equal(t); {
		case m[2] == "gt":
			out.after = max(out.after, ms)
		case whole:
			out.before = min(out.before, ms)
		default:
			out.before = min(out.before, ms+1)
		}
	}
	return out, nil
}

var (
	topicFilter = regexp.MustCompile(`^topic eq '((?:[^']|'')*)'$`)
	typeFilter  = regexp.MustCompile(`^chatType eq '([A-Za-z]+)'$`)
)

// chatFilter reads the $filter of a list of chats: equality of topic or type.
func chatFilter(text string) (func(*room) bool, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return func(*room) bool { return true }, nil
	}
	if m := topicFilter.FindStringSubmatch(text); m != nil {
		topic := strings.ReplaceAll(m[1], "''", "'")
		return func(r *room) bool { return r.topic == topic }, nil
	}
	if m := typeFilter.FindStringSubmatch(text); m != nil {
		return func(r *room) bool { return r.kind == m[1] }, nil
	}
	return nil, badRequest("Parameter 'Filter' not supported for this request.")
}

// cursor is where a page ended: the sort key of its last row.
type cursor struct {
	key int64
	id  string
}

// skipToken reads the opaque $skiptoken; ok is false when there is none.
func (c *call) skipToken() (cur cursor, ok bool, err error) {
	text := c.query.Get("$skiptoken")
	if text == "" {
		return cur, false, nil
	}
	cur, err = readToken(text)
	return cur, err == nil, err
}

// token is the cursor in an opaque form.
func (cur cursor) token() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(cur.key, 36) + "|" + cur.id))
}

func readToken(text string) (cursor, error) {
	data, decodeErr := base64.RawURLEncoding.DecodeString(text)
	key, id, found := strings.Cut(string(data), "|")
	n, numErr := strconv.ParseInt(key, 36, 64)
	if decodeErr != nil || !found || numErr != nil {
		return cursor{}, &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "Skip token is invalid."}
	}
	return cursor{n, id}, nil
}

// nextLink is this request's address with the position put in.
func (c *call) nextLink(cur cursor) string {
	q := url.Values{}
	for k, v := range c.query {
		q[k] = v
	}
	q.Set("$skiptoken", cur.token())
	return c.origin(serviceGraph) + c.r.URL.EscapedPath() + "?" + q.Encode()
}

// page is a list answer.
func (c *call) page(context string, rows []any, next string) answer {
	if rows == nil {
		rows = []any{}
	}
	body := map[string]any{"@odata.context": c.context(context), "@odata.count": len(rows), "value": rows}
	if next != "" {
		body["@odata.nextLink"] = next
	}
	return answer{status: http.StatusOK, body: body}
}

// selected keeps the properties that $select names, and annotations.
func selected(row map[string]any, list string) map[string]any {
	if list == "" || slices.Contains(strings.Split(list, ","), "*") {
		return row
	}
	out := map[string]any{}
	for _, name := range strings.Split(list, ",") {
		if v, ok := row[strings.TrimSpace(name)]; ok {
			out[strings.TrimSpace(name)] = v
		}
	}
	for name, v := range row {
		if strings.Contains(name, "@") {
			out[name] = v
		}
	}
	return out
}
