package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// retrieve answers GET of one row.
func (o *dvOrg) retrieve(call *dvCall, d *dvData, r *dvRow) (dvReply, *dvError) {
	q, err := dvParseQuery(o, d.table, call.query, o.queryUser(call.caller))
	if err != nil {
		return dvReply{}, err
	}
	for _, option := range []string{"$filter", "$orderby", "$top", "$count", "$skiptoken", "$deltatoken"} {
		if _, ok := q.raw[option]; ok {
			return dvReply{}, dvBad("The query specified in the URI is not valid. Query options %s can not be applied to the requested resource.", option)
		}
	}
	if err := o.allow(call.caller, d.table, r, "Read"); err != nil {
		return dvReply{}, err
	}
	if match := call.header.Get("If-None-Match"); match == dvETag(r) {
		return dvReply{status: http.StatusNotModified, header: http.Header{"Etag": {dvETag(r)}}}, nil
	}
	return o.rowReply(call, d, r, q, http.StatusOK), nil
}

// rowReply is a whole row as an answer.
func (o *dvOrg) rowReply(call *dvCall, d *dvData, r *dvRow, q *dvQuery, status int) dvReply {
	view := dvView{o, call.caller, call.prefer}
	body := append(dvObject{{"@odata.context", view.context(d.table, q, "/$entity")}},
		view.row(d.table, r, q.columns, q.expand)...)
	out := dvJSON(status, body)
	out.header.Set("ETag", dvETag(r))
	return out
}

// countRows answers GET of a set's $count.
func (o *dvOrg) countRows(call *dvCall, d *dvData) (dvReply, *dvError) {
	q, err := dvParseQuery(o, d.table, call.query, o.queryUser(call.caller))
	if err != nil {
		return dvReply{}, err
	}
	n := 0
	if q.delta != "" {
		since, err := o.parseDelta(q.delta)
		if err != nil {
			return dvReply{}, err
		}
		n = len(o.changed(d, since))
		for _, g := range d.gone {
			if g.version > since {
				n++
			}
		}
	} else {
		n = min(len(o.matching(call.caller, d, q.filter)), dvMaxPage)
	}
	return dvPlain(strconv.Itoa(n)), nil
}

func dvPlain(text string) dvReply {
	return dvReply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain"}}, body: []byte(text)}
}

// below answers GET of what lies behind a row: a property, or the rows a
// navigation property leads to.
func (o *dvOrg) below(call *dvCall, d *dvData, r *dvRow, rest []dvSegment) (dvReply, *dvError) {
	if err := o.allow(call.caller, d.table, r, "Read"); err != nil {
		return dvReply{}, err
	}
	name := rest[0].name
	if c := d.table.byProperty[name]; c != nil {
		if err := dvNoOptions(call.query); err != nil {
			return dvReply{}, err
		}
		return o.property(d, r, c, rest[1:])
	}
	if len(rest) == 2 && rest[1].name == "$ref" {
		if err := dvNoOptions(call.query); err != nil {
			return dvReply{}, err
		}
		return o.readReference(call, d, r, name)
	}
	e, target, err := d.table.navigation(o, name)
	if err != nil || target == nil {
		return dvReply{}, dvNoSegment(name)
	}
	if e.many != nil {
		return o.related(call, d, r, e.many, rest[1:])
	}
	ref := r.ref(e.nav.column.name)
	if target.logical == "principal" && ref.id != "" && len(rest) == 1 {
		if err := dvNoOptions(call.query, "$select"); err != nil {
			return dvReply{}, err
		}
		options, _ := dvOptions(call.query) // read just before
		for _, name := range strings.Split(options["$select"], ",") {
			if name = strings.TrimSpace(name); name != "" && name != "ownerid" && o.metadata[ref.table].byProperty[name] == nil {
				return dvReply{}, dvNoProperty(name, o.metadata[ref.table])
			}
		}
		return dvJSON(http.StatusOK, append(dvObject{{"@odata.context", o.base() + "/$metadata#principals/$entity"}}, dvPrincipalOf(ref)...)), nil
	}
	if len(rest) > 1 {
		return dvReply{}, dvNoSegment(rest[1].name)
	}
	data := o.tables[target.logical]
	if ref.table != target.logical || data.get(ref.id) == nil {
		return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
	}
	return o.retrieve(call, data, data.get(ref.id))
}

func (o *dvOrg) property(d *dvData, r *dvRow, c *dvColumn, rest []dvSegment) (dvReply, *dvError) {
	value := r.values[c.name]
	switch {
	case len(rest) > 1 || len(rest) == 1 && rest[0].name != "$value":
		return dvReply{}, dvNoSegment(rest[0].name)
	case value == nil:
		return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
	case len(rest) == 1:
		text, _ := dvWire(value).(string)
		return dvPlain(text), nil
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#" + d.table.set + "(" + r.id + ")/" + c.property()},
		{"value", dvWire(value)},
	}), nil
}

// related lists the rows behind a collection-valued navigation property, with
// the options of any list.
func (o *dvOrg) related(call *dvCall, d *dvData, r *dvRow, m *dvMany, rest []dvSegment) (dvReply, *dvError) {
	target := o.tables[m.target]
	q, err := dvParseQuery(o, target.table, call.query, o.queryUser(call.caller))
	if err != nil {
		return dvReply{}, err
	}
	var rows []*dvRow
	for _, x := range o.collection(d.table, r, m) {
		if (q.filter == nil || q.filter.test(o, x)) && o.may(call.caller, target.table, x, "Read") {
			rows = append(rows, x)
		}
	}
	if len(rest) == 1 && rest[0].name == "$count" {
		return dvPlain(strconv.Itoa(len(rows))), nil
	}
	if len(rest) > 0 {
		return dvReply{}, dvNoSegment(rest[0].name)
	}
	out, err := o.page(call, target, q, rows)
	if err == nil {
		// The next page lies below the same row, not in the whole set.
		out.body = []byte(strings.Replace(string(out.body), "\"@odata.nextLink\":\""+o.base()+"/"+target.table.set+"?",
			"\"@odata.nextLink\":\""+o.base()+"/"+d.table.set+"("+r.id+")/"+m.name+"?", 1))
	}
	return out, err
}
