package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// dvFetchWork is how many joined rows a query may make before it is refused, as
// one that would time out.
const dvFetchWork = 200_000

// fetchRows answers GET of a set with ?fetchXml=. The lock is held.
func (o *dvOrg) fetchRows(call *dvCall, d *dvData, text string) (dvReply, *dvError) {
	f, err := o.parseFetch(call.caller, text)
	if err != nil {
		return dvReply{}, err
	}
	if f.root.data != d {
		return dvReply{}, dvFetchError(dvCodeURI, "The entity '%s' of the fetchXml is not that of the set '%s'.", f.root.data.table.logical, d.table.set)
	}
	tuples, err := o.join(call.caller, f)
	if err != nil {
		return dvReply{}, err
	}
	view := dvView{o, call.caller, call.prefer}
	if f.grouped {
		return o.fetchGroups(view, d, f, tuples), nil
	}
	o.sortTuples(f, tuples)
	if f.distinct {
		tuples = f.unlike(tuples)
	}
	total := len(tuples)
	tuples, more := f.cut(tuples, call.prefer.pageSize)
	value := make([]dvObject, 0, len(tuples))
	for _, t := range tuples {
		value = append(value, view.tuple(f, t))
	}
	out := dvObject{{"@odata.context", o.base() + "/$metadata#" + d.table.set + f.named()}}
	out = append(out, f.paging(view, tuples, total, more)...)
	return dvJSON(http.StatusOK, append(out, dvField{"value", value})), nil
}

// named are the selected columns as the context writes them.
func (f *dvFetch) named() string {
	var names []string
	for _, c := range f.root.columns {
		if c.alias == "" {
			names = append(names, c.column.property())
		}
	}
	if names == nil {
		return ""
	}
	return "(" + strings.Join(names, ",") + ")"
}

// cut keeps the page that is asked for.
func (f *dvFetch) cut(tuples []dvTuple, preferred int) ([]dvTuple, bool) {
	size, skip := dvMaxPage, 0
	switch {
	case f.top > 0:
		size = f.top
	case f.count > 0:
		size = f.count
	case preferred > 0:
		size = preferred
	}
	if f.page > 1 {
		skip = min((f.page-1)*size, len(tuples))
	}
	rest := tuples[skip:]
	return rest[:min(size, len(rest))], len(rest) > size && f.top == 0
}

// paging are the annotations about pages.
func (f *dvFetch) paging(v dvView, tuples []dvTuple, total int, more bool) (out dvObject) {
	if v.prefer.annotate("Microsoft.Dynamics.CRM.totalrecordcount") {
		n := -1
		if f.total {
			n = min(total, dvMaxPage)
		}
		out = append(out, dvField{"@Microsoft.Dynamics.CRM.totalrecordcount", n},
			dvField{"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded", f.total && total > dvMaxPage})
	}
	if !more {
		return out
	}
	if v.prefer.annotate("Microsoft.Dynamics.CRM.morerecords") {
		out = append(out, dvField{"@Microsoft.Dynamics.CRM.morerecords", true})
	}
	if v.prefer.annotate("Microsoft.Dynamics.CRM.fetchxmlpagingcookie") {
		first, last := tuples[0][0].id, tuples[len(tuples)-1][0].id
		page, id := max(1, f.page), f.root.data.table.id
		inner := fmt.Sprintf(`<cookie page="%d"><%s last="{%s}" first="{%s}" /></cookie>`, page, id, strings.ToUpper(last), strings.ToUpper(first))
		out = append(out, dvField{"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie",
			fmt.Sprintf(`<cookie pagenumber="%d" pagingcookie="%s" istracking="False" />`, page+1, dvTwiceEscaped(inner))})
	}
	return out
}

func dvTwiceEscaped(s string) string {
	once := strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	return strings.ReplaceAll(url.QueryEscape(once), "+", "%20")
}

// join makes the joined rows of a query that the caller may read.
func (o *dvOrg) join(c *dvCaller, f *dvFetch) ([]dvTuple, *dvError) {
	width := len(f.links) + 1
	early := f.root.filter
	if f.late {
		early = nil
	}
	var tuples []dvTuple
	for _, r := range o.fetchable(c, f.root, early, width) {
		t := make(dvTuple, width)
		t[0] = r
		tuples = append(tuples, t)
	}
	for _, l := range f.links {
		var err *dvError
		if tuples, err = o.joinLink(c, l, tuples, width); err != nil {
			return nil, err
		}
	}
	if f.late && f.root.filter != nil {
		tuples = slices.DeleteFunc(tuples, func(t dvTuple) bool { return !f.root.filter(t) })
	}
	return tuples, nil
}

// fetchable are the rows of an entity that pass its own filter and that the
// caller may read.
func (o *dvOrg) fetchable(c *dvCaller, e *dvFetchEntity, filter dvFetchTest, width int) []*dvRow {
	rows := e.data.rows
	if e.hint != nil && filter != nil {
		rows = e.data.where(e.hint.column, e.hint.values...)
	}
	var out []*dvRow
	probe := make(dvTuple, width)
	for _, r := range rows {
		probe[e.number] = r
		if (filter == nil || filter(probe)) && o.may(c, e.data.table, r, "Read") {
			out = append(out, r)
		}
	}
	return out
}

// joinLink joins one linked entity to the rows so far.
func (o *dvOrg) joinLink(c *dvCaller, l *dvFetchEntity, tuples []dvTuple, width int) ([]dvTuple, *dvError) {
	byKey := map[any][]*dvRow{}
	for _, r := range o.fetchable(c, l, l.filter, width) {
		if key := dvComparable(r.values[l.from.name]); key != nil {
			byKey[key] = append(byKey[key], r)
		}
	}
	var out []dvTuple
	for _, t := range tuples {
		var matches []*dvRow
		if above := t[l.above.number]; above != nil {
			if key := dvComparable(above.values[l.to.name]); key != nil {
				matches = byKey[key]
			}
		}
		switch {
		case len(matches) == 0 && l.outer:
			out = append(out, t)
		case l.semi && len(matches) > 0:
			out = append(out, t)
			t[l.number] = matches[0]
		default:
			for _, r := range matches {
				joined := slices.Clone(t)
				joined[l.number] = r
				out = append(out, joined)
			}
		}
		if len(out) > dvFetchWork {
			return nil, &dvError{status: http.StatusBadRequest, code: "0x80044151", message: "SQL timeout expired."}
		}
	}
	return out, nil
}

func (o *dvOrg) sortTuples(f *dvFetch, tuples []dvTuple) {
	slices.SortStableFunc(tuples, func(a, b dvTuple) int {
		for _, by := range f.orders {
			x, y := by.value(a), by.value(b)
			if n := (dvOrderBy{desc: by.desc}).compare(x, y); n != 0 {
				return n
			}
		}
		return 0
	})
}

func (by dvFetchOrder) value(t dvTuple) any {
	if t[by.of.number] == nil {
		return nil
	}
	return dvComparable(t[by.of.number].values[by.column.name])
}

// unlike drops rows that look like an earlier one.
func (f *dvFetch) unlike(tuples []dvTuple) []dvTuple {
	seen := map[string]bool{}
	return slices.DeleteFunc(tuples, func(t dvTuple) bool {
		var key strings.Builder
		for _, e := range append([]*dvFetchEntity{f.root}, f.links...) {
			if t[e.number] == nil || e.semi {
				continue
			}
			for _, c := range f.shown(e) {
				fmt.Fprintf(&key, "%d/%s=%v\x00", e.number, c.column.name, t[e.number].values[c.column.name])
			}
		}
		twice := seen[key.String()]
		seen[key.String()] = true
		return twice
	})
}

// shown are the columns that come of an entity: those named, and all of the
// root when none is.
func (f *dvFetch) shown(e *dvFetchEntity) []dvFetchColumn {
	if e != f.root || len(e.columns) > 0 {
		return e.columns
	}
	var all []dvFetchColumn
	for _, c := range e.data.table.columns {
		all = append(all, dvFetchColumn{of: e, column: c})
	}
	return all
}

// tuple writes one joined row. The key always comes, except of distinct rows
// that did not ask for it; linked values are called alias.column.
func (v dvView) tuple(f *dvFetch, t dvTuple) dvObject {
	root := f.root.data.table
	out := dvObject{{"@odata.etag", dvETag(t[0])}}
	key := f.distinct
	for _, c := range f.shown(f.root) {
		key = key || c.column.name == root.id
		if c.alias == "" {
			out = v.column(out, root, c.column, t[0])
		} else {
			out = v.aliased(out, c.alias, c.column, t[0])
		}
	}
	if !key {
		out = append(out, dvField{root.id, t[0].id})
	}
	for _, l := range f.links {
		if t[l.number] == nil || l.semi {
			continue
		}
		for _, c := range l.columns {
			name := c.alias
			if name == "" {
				name = l.alias + "." + c.column.name
			}
			out = v.aliased(out, name, c.column, t[l.number])
		}
	}
	return out
}

// aliased writes a value under another name; nulls are left out.
func (v dvView) aliased(out dvObject, name string, c *dvColumn, r *dvRow) dvObject {
	value := r.values[c.name]
	if value == nil || value == (dvRef{}) {
		return out
	}
	if text, ok := v.formatted(c, value); ok && v.prefer.annotate(dvFormatted) {
		out = append(out, dvField{name + "@" + dvFormatted, text})
	}
	if ref, ok := value.(dvRef); ok && v.prefer.annotate(dvLookupName) {
		out = append(out, dvField{name + "@" + dvLookupName, ref.table})
	}
	if v.prefer.annotate("OData.Community.Display.V1.AttributeName") {
		out = append(out, dvField{name + "@OData.Community.Display.V1.AttributeName", c.name})
	}
	return append(out, dvField{name, dvWire(value)})
}

// fetchGroups answers an aggregate query.
func (o *dvOrg) fetchGroups(v dvView, d *dvData, f *dvFetch, tuples []dvTuple) dvReply {
	var columns []dvFetchColumn
	for _, e := range append([]*dvFetchEntity{f.root}, f.links...) {
		columns = append(columns, e.columns...)
	}
	groups := map[string][]dvTuple{}
	var keys []string
	for _, t := range tuples {
		var key strings.Builder
		for _, c := range columns {
			if c.group {
				fmt.Fprintf(&key, "%v\x00", c.groupOf(t))
			}
		}
		if groups[key.String()] == nil {
			keys = append(keys, key.String())
		}
		groups[key.String()] = append(groups[key.String()], t)
	}
	if len(keys) == 0 && !slices.ContainsFunc(columns, func(c dvFetchColumn) bool { return c.group }) {
		keys = []string{""}
	}
	var value []dvObject
	for _, k := range keys {
		row := dvObject{}
		for _, c := range columns {
			row = v.group(row, c, groups[k])
		}
		value = append(value, row)
	}
	slices.SortStableFunc(value, func(a, b dvObject) int {
		for _, by := range f.orders {
			if n := (dvOrderBy{desc: by.desc}).compare(dvJSONComparable(a.get(by.alias)), dvJSONComparable(b.get(by.alias))); n != 0 {
				return n
			}
		}
		return 0
	})
	value, _ = dvPageOf(f, value)
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#" + d.table.set}, {"value", append([]dvObject{}, value...)}})
}

func dvPageOf(f *dvFetch, value []dvObject) ([]dvObject, bool) {
	size := dvMaxPage
	if n := max(f.top, f.count); n > 0 {
		size = n
	}
	skip := min(max(0, f.page-1)*size, len(value))
	return value[skip:min(skip+size, len(value))], len(value) > skip+size
}

func dvJSONComparable(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	}
	return v
}

// group writes one column of a group.
func (v dvView) group(out dvObject, c dvFetchColumn, tuples []dvTuple) dvObject {
	if !c.group {
		return append(out, dvField{c.alias, c.aggregated(tuples)})
	}
	if c.date != "" {
		return append(out, dvField{c.alias, c.groupOf(tuples[0])})
	}
	if tuples[0][c.of.number] == nil {
		return out
	}
	return v.aliased(out, c.alias, c.column, tuples[0][c.of.number])
}

func (c dvFetchColumn) groupOf(t dvTuple) any {
	if t[c.of.number] == nil {
		return nil
	}
	v := t[c.of.number].values[c.column.name]
	at, ok := v.(time.Time)
	if !ok || c.date == "" {
		return v
	}
	_, week := at.ISOWeek()
	return map[string]int{"day": at.Day(), "week": week, "month": int(at.Month()), "quarter": (int(at.Month()) + 2) / 3, "year": at.Year()}[c.date]
}

func (c dvFetchColumn) aggregated(tuples []dvTuple) any {
	var values []any
	for _, t := range tuples {
		if r := t[c.of.number]; r != nil {
			if v := dvComparable(r.values[c.column.name]); v != nil || c.aggregate == "count" {
				values = append(values, v)
			}
		}
	}
	if c.distinct {
		seen := map[any]bool{}
		values = slices.DeleteFunc(values, func(v any) bool { twice := seen[v]; seen[v] = true; return twice })
	}
	switch c.aggregate {
	case "count", "countcolumn":
		return len(values)
	case "min", "max":
		if len(values) == 0 {
			return nil
		}
		best := slices.MinFunc(values, dvOrder)
		if c.aggregate == "max" {
			best = slices.MaxFunc(values, dvOrder)
		}
		return dvWire(best)
	}
	sum := 0.0
	for _, v := range values {
		n, _ := v.(float64)
		sum += n
	}
	if c.aggregate == "avg" && len(values) > 0 {
		return int64(sum / float64(len(values)))
	}
	return int64(sum)
}
