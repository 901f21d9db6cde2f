package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dvCookie is where a following page begins. It goes to the client inside
// $skiptoken, which no client should look into.
type dvCookie struct {
	Page  int    `json:"p"`
	Last  []any  `json:"l"` // order values of the last row sent
	ID    string `json:"i"`
	Track int64  `json:"t,omitempty"` // version at the first page of a tracked read
}

// token writes the cookie in the shape of the real one.
func (c dvCookie) token() string {
	data, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("sandbox: paging cookie: %v", err)) // texts, numbers and times only
	}
	return fmt.Sprintf(`<cookie pagenumber="%d" pagingcookie="%s" istracking="%t" />`,
		c.Page, base64.RawURLEncoding.EncodeToString(data), c.Track > 0)
}

// dvParseCookie reads the cookie of a $skiptoken back.
func dvParseCookie(token string) (c dvCookie, err *dvError) {
	_, rest, ok := strings.Cut(token, ` pagingcookie="`)
	text, _, ok2 := strings.Cut(rest, `"`)
	data, bad := base64.RawURLEncoding.DecodeString(text)
	if !ok || !ok2 || bad != nil || json.Unmarshal(data, &c) != nil || c.Page < 2 {
		return c, dvBad("Malformed XML in the Paging Cookie")
	}
	return c, nil
}

// list answers GET of a table's rows. The caller holds the lock for reading.
func (o *dvOrg) list(call *dvCall, d *dvData) (dvReply, *dvError) {
	if text, asked, err := o.fetchOf(call, d); err != nil {
		return dvReply{}, err
	} else if asked {
		return o.fetchRows(call, d, text)
	}
	q, err := dvParseQuery(o, d.table, call.query, o.queryUser(call.caller))
	if err != nil {
		return dvReply{}, err
	}
	if q.delta != "" || call.prefer.track {
		return o.tracked(call, d, q)
	}
	return o.page(call, d, q, o.matching(call.caller, d, q.filter))
}

// fetchOf is the FetchXML that a request asks with: its own, or that of a view.
func (o *dvOrg) fetchOf(call *dvCall, d *dvData) (text string, asked bool, err *dvError) {
	options, err := dvOptions(call.query)
	if err != nil {
		return "", false, err
	}
	text, asked = options["fetchXml"]
	id, viewed := options["savedQuery"]
	if _, personal := options["userQuery"]; personal {
		return "", false, dvNoRow(&dvTable{logical: "userquery"}, strings.ToLower(options["userQuery"]))
	}
	if !asked && !viewed {
		return "", false, nil
	}
	for name := range options {
		if strings.HasPrefix(name, "$") && name != "$count" && name != "$format" || asked && viewed {
			return "", false, dvBad("The query parameter %s can't be used with fetchXml or savedQuery.", name)
		}
	}
	if asked {
		return text, true, nil
	}
	view := o.tables["savedquery"].get(id)
	if view == nil {
		return "", false, dvNoRow(o.metadata["savedquery"], strings.ToLower(id))
	}
	if view.text("returnedtypecode") != d.table.logical {
		return "", false, dvBad("The saved query '%s' is not of the entity '%s'.", id, d.table.logical)
	}
	return view.text("fetchxml"), true, nil
}

// matching are the rows that pass a filter and that the caller may read, in the
// order of their ids.
func (o *dvOrg) matching(c *dvCaller, d *dvData, f *dvFilter) []*dvRow {
	rows := d.rows
	if f != nil && f.hint != nil {
		rows = d.where(f.hint.column, f.hint.values...)
	}
	var out []*dvRow
	for _, r := range rows {
		if (f == nil || f.test(o, r)) && o.may(c, d.table, r, "Read") {
			out = append(out, r)
		}
	}
	return out
}

// page answers with one page of rows, ordered, and a link to the next.
func (o *dvOrg) page(call *dvCall, d *dvData, q *dvQuery, rows []*dvRow) (dvReply, *dvError) {
	total := len(rows)
	o.sort(rows, q.order)
	cookie := dvCookie{Page: 1}
	if q.skipToken != "" {
		var err *dvError
		if cookie, err = dvParseCookie(q.skipToken); err != nil {
			return dvReply{}, err
		}
		rows = o.after(rows, q.order, cookie)
	}
	size := dvMaxPage
	switch {
	case call.prefer.pageSize > 0: // $top is ignored beside it
		size = call.prefer.pageSize
	case q.top >= 0:
		size = min(q.top, dvMaxPage)
	}
	more := len(rows) > size
	rows = rows[:min(size, len(rows))]
	view := dvView{o, call.caller, call.prefer}
	out := dvObject{{"@odata.context", view.context(d.table, q, "")}}
	out = call.prefer.counts(out, q.count, total)
	value := make([]dvObject, 0, len(rows))
	for _, r := range rows {
		value = append(value, view.row(d.table, r, q.columns, q.expand))
	}
	out = append(out, dvField{"value", value})
	if more && len(rows) > 0 && (q.top < 0 || call.prefer.pageSize > 0) {
		cookie.Page++
		cookie.Last, cookie.ID = o.orderKey(rows[len(rows)-1], q.order), rows[len(rows)-1].id
		out = append(out, dvField{"@odata.nextLink", o.nextLink(d.table, q, cookie)})
	}
	return dvJSON(http.StatusOK, out), nil
}

// counts adds the number of matching rows, which stops at 5,000.
func (p dvPrefer) counts(out dvObject, asked bool, total int) dvObject {
	if asked {
		out = append(out, dvField{"@odata.count", min(total, dvMaxPage)})
	}
	if p.annotate("Microsoft.Dynamics.CRM.totalrecordcount") {
		n := -1
		if asked {
			n = min(total, dvMaxPage)
		}
		out = append(out, dvField{"@Microsoft.Dynamics.CRM.totalrecordcount", n},
			dvField{"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded", asked && total > dvMaxPage})
	}
	if p.annotate("Microsoft.Dynamics.CRM.globalmetadataversion") {
		out = append(out, dvField{"@Microsoft.Dynamics.CRM.globalmetadataversion", "1337"})
	}
	return out
}

// nextLink is the address of the same query with a cookie.
func (o *dvOrg) nextLink(t *dvTable, q *dvQuery, c dvCookie) string {
	return o.base() + "/" + t.set + "?" + dvEncode(q.raw, "$skiptoken", c.token())
}

// dvEncode writes query options with one of them set, in a fixed order.
func dvEncode(raw map[string]string, name, value string) string {
	var names, parts []string
	for k := range raw {
		if k != name {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	for _, k := range names {
		parts = append(parts, k+"="+strings.ReplaceAll(url.QueryEscape(raw[k]), "+", "%20"))
	}
	return strings.Join(append(parts, name+"="+strings.ReplaceAll(url.QueryEscape(value), "+", "%20")), "&")
}

// sort orders rows stably: rows that are equal stay in the order of their ids.
func (o *dvOrg) sort(rows []*dvRow, order []dvOrderBy) {
	if len(order) == 0 {
		return
	}
	slices.SortStableFunc(rows, func(a, b *dvRow) int {
		for _, by := range order {
			if c := by.compare(by.operand.value(o, a), by.operand.value(o, b)); c != 0 {
				return c
			}
		}
		return 0
	})
}

// compare orders two values; null comes first, as in SQL Server.
func (by dvOrderBy) compare(a, b any) int {
	var c int
	switch {
	case a == nil && b == nil:
	case a == nil:
		c = -1
	case b == nil:
		c = 1
	default:
		c = dvOrder(a, b)
	}
	if by.desc {
		return -c
	}
	return c
}

// orderKey are the values a row is ordered by, as a cookie can carry them.
func (o *dvOrg) orderKey(r *dvRow, order []dvOrderBy) []any {
	var key []any
	for _, by := range order {
		key = append(key, by.operand.value(o, r))
	}
	return key
}

// after are the rows behind the one a cookie names. Rows may have come, gone or
// moved since; the page begins where that row would be.
func (o *dvOrg) after(rows []*dvRow, order []dvOrderBy, c dvCookie) []*dvRow {
	i := slices.IndexFunc(rows, func(r *dvRow) bool {
		for i, by := range order {
			if i >= len(c.Last) {
				break
			}
			last := c.Last[i]
			if text, ok := last.(string); ok && by.operand.class == "Edm.DateTimeOffset" {
				if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
					last = t
				}
			}
			if n := by.compare(by.operand.value(o, r), last); n != 0 {
				return n > 0
			}
		}
		return r.id > c.ID
	})
	if i < 0 {
		return nil
	}
	return rows[i:]
}

// tracked answers a read with change tracking: the whole table with a delta
// link at its end, or what has changed since a delta link was given out.
func (o *dvOrg) tracked(call *dvCall, d *dvData, q *dvQuery) (dvReply, *dvError) {
	for _, option := range []string{"$filter", "$orderby", "$expand", "$top"} {
		if _, ok := q.raw[option]; ok {
			return dvReply{}, dvBad("The \"%s\" query parameter isn't supported when tracking changes", option)
		}
	}
	if !d.table.tracked {
		return dvReply{}, &dvError{status: http.StatusBadRequest, code: "0x80044351",
			message: fmt.Sprintf("Entity: %s isn't enabled for change tracking", d.table.logical)}
	}
	if o.depth(call.caller, d.table, "Read") < dvGlobal {
		return dvReply{}, o.denied(call.caller, d.table, "Read")
	}
	since, start := int64(0), o.version
	if q.delta != "" {
		var err *dvError
		if since, err = o.parseDelta(q.delta); err != nil {
			return dvReply{}, err
		}
	} else if q.skipToken != "" {
		c, err := dvParseCookie(q.skipToken)
		if err != nil {
			return dvReply{}, err
		}
		start = c.Track
	}
	if q.delta == "" {
		return o.trackedPage(call, d, q, start)
	}
	return o.changes(call, d, q, since), nil
}

// trackedPage is a page of the first read; the last one carries the delta link
// of the moment when the first was read, so that nothing between is missed.
func (o *dvOrg) trackedPage(call *dvCall, d *dvData, q *dvQuery, start int64) (dvReply, *dvError) {
	size, rows := dvMaxPage, d.rows
	if call.prefer.pageSize > 0 {
		size = call.prefer.pageSize
	}
	cookie := dvCookie{Page: 1}
	if q.skipToken != "" {
		var err *dvError
		if cookie, err = dvParseCookie(q.skipToken); err != nil {
			return dvReply{}, err
		}
		rows = o.after(rows, nil, cookie)
	}
	more := len(rows) > size
	rows = rows[:min(size, len(rows))]
	view := dvView{o, call.caller, call.prefer}
	value := make([]dvObject, 0, len(rows))
	for _, r := range rows {
		value = append(value, view.row(d.table, r, q.columns, nil))
	}
	link := dvField{"@odata.deltaLink", o.deltaLink(d.table, q, start)}
	if more {
		next := dvCookie{Page: cookie.Page + 1, ID: rows[len(rows)-1].id, Track: start}
		link = dvField{"@odata.nextLink", o.nextLink(d.table, q, next)}
	}
	out := dvJSON(http.StatusOK, dvObject{{"@odata.context", view.context(d.table, q, "")}, link, {"value", value}})
	out.header.Set("Preference-Applied", "odata.track-changes")
	return out, nil
}

// changes are the rows changed since a version, oldest change first, then the
// ids of those deleted.
func (o *dvOrg) changes(call *dvCall, d *dvData, q *dvQuery, since int64) dvReply {
	view := dvView{o, call.caller, call.prefer}
	value := []dvObject{}
	for _, r := range o.changed(d, since) {
		value = append(value, view.row(d.table, r, q.columns, nil))
	}
	for _, g := range d.gone {
		if g.version > since {
			value = append(value, dvObject{
				{"@odata.context", o.base() + "/$metadata#" + d.table.set + "/$deletedEntity"},
				{"id", g.id}, {"reason", "deleted"},
			})
		}
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", view.context(d.table, q, "/$delta")},
		{"@odata.deltaLink", o.deltaLink(d.table, q, o.version)},
		{"value", value},
	})
}

func (o *dvOrg) changed(d *dvData, since int64) []*dvRow {
	var rows []*dvRow
	for _, r := range d.rows {
		if r.version > since {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b *dvRow) int { return int(a.version - b.version) })
	return rows
}

// dvDeltaLife is how long a delta link may be followed.
const dvDeltaLife = 7 * 24 * time.Hour

func (o *dvOrg) deltaLink(t *dvTable, q *dvQuery, version int64) string {
	raw := map[string]string{}
	if s, ok := q.raw["$select"]; ok {
		raw["$select"] = s
	}
	return o.base() + "/" + t.set + "?" + dvEncode(raw, "$deltatoken",
		strconv.FormatInt(version, 10)+"!"+o.clock().Format("01/02/2006 15:04:05"))
}

// parseDelta reads the version out of a delta token and refuses an old one.
func (o *dvOrg) parseDelta(token string) (int64, *dvError) {
	text, date, _ := strings.Cut(token, "!")
	version, err := strconv.ParseInt(text, 10, 64)
	at, err2 := time.Parse("01/02/2006 15:04:05", date)
	if err != nil || err2 != nil || version > o.version {
		return 0, dvBad("The delta token '%s' is not valid.", token)
	}
	if o.clock().Sub(at) > dvDeltaLife {
		return 0, &dvError{status: http.StatusBadRequest, code: "0x80044352",
			message: "Version stamp associated with the client has expired. Please perform a full sync."}
	}
	return version, nil
}
