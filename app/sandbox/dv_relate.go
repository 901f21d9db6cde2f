package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// belowWrite answers writes below a row: one property, or a reference to
// another row.
func (o *dvOrg) belowWrite(call *dvCall, d *dvData, r *dvRow, rest []dvSegment) (dvReply, *dvError) {
	last := rest[len(rest)-1]
	switch {
	case last.name == "$ref" && len(rest) == 2:
		return o.writeReference(call, d, r, rest[0])
	case len(rest) == 1 && !last.keyed && d.table.byProperty[last.name] != nil:
		return o.writeProperty(call, d, r, d.table.byProperty[last.name])
	case len(rest) == 1 && d.table.navs[last.name].column == nil:
		if _, _, err := d.table.navigation(o, last.name); err != nil {
			return dvReply{}, dvNoSegment(last.name)
		}
	}
	return dvReply{}, dvNoMethod(call.method)
}

// writeProperty answers PUT and DELETE of one property.
func (o *dvOrg) writeProperty(call *dvCall, d *dvData, r *dvRow, c *dvColumn) (dvReply, *dvError) {
	var value any
	switch call.method {
	case http.MethodPut:
		var body struct {
			Value json.RawMessage `json:"value"`
		}
		if json.Unmarshal(call.body, &body) != nil || body.Value == nil {
			return dvReply{}, dvBadBody(d.table.set, "The property 'value' is missing from the payload.")
		}
		if c.kind == dvLookup {
			return dvReply{}, dvBadBody(d.table.set, "The lookup '%s' is set by its navigation property.", c.property())
		}
		var err *dvError
		if value, err = dvDecode(d.table, c, body.Value); err != nil {
			return dvReply{}, err
		}
	case http.MethodDelete:
	default:
		return dvReply{}, dvNoMethod(call.method)
	}
	return o.change1(call, d, r, c, value)
}

// change1 changes one column of a row.
func (o *dvOrg) change1(call *dvCall, d *dvData, r *dvRow, c *dvColumn, value any) (dvReply, *dvError) {
	if err := o.mayChange(call, d, r, map[string]any{c.name: value}); err != nil {
		return dvReply{}, err
	}
	if err := dvMatches(call.header.Get("If-Match"), r); err != nil {
		return dvReply{}, err
	}
	if !c.readOnly && c.name != d.table.id {
		changes := map[string]any{c.name: value}
		if err := dvDerive(d.table, changes, r); err != nil {
			return dvReply{}, err
		}
		call.tx.update(d, r, changes)
	}
	return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
}

// writeReference answers what is done to nav/$ref: a lookup is set by PUT and
// cleared by DELETE, a row is added to a collection by POST and taken out of it
// by DELETE.
func (o *dvOrg) writeReference(call *dvCall, d *dvData, r *dvRow, at dvSegment) (dvReply, *dvError) {
	e, _, err := d.table.navigation(o, at.name)
	if err != nil {
		return dvReply{}, dvNoSegment(at.name)
	}
	switch {
	case e.nav != nil && call.method == http.MethodPut:
		data, x, err := o.referred(call)
		if err != nil {
			return dvReply{}, err
		}
		if nav := e.nav.column.navs[data.table.logical]; nav != at.name {
			return dvReply{}, dvBadBody(d.table.set, "Entity %s cannot be bound to the navigation property '%s'.", data.table.logical, at.name)
		}
		return o.change1(call, d, r, e.nav.column, dvRef{data.table.logical, x.id})
	case e.nav != nil && call.method == http.MethodDelete:
		return o.change1(call, d, r, e.nav.column, nil)
	case e.many != nil && call.method == http.MethodPost:
		data, x, err := o.referred(call)
		if err != nil {
			return dvReply{}, err
		}
		return o.relate(call, d, r, e.many, data, x, true)
	case e.many != nil && call.method == http.MethodDelete:
		data := o.tables[e.many.target]
		if at.keyed {
			x, err := o.find(call, data, at.args)
			if err != nil {
				return dvReply{}, err
			}
			return o.relate(call, d, r, e.many, data, x, false)
		}
		data, x, err := o.referred(call)
		if err != nil {
			return dvReply{}, err
		}
		return o.relate(call, d, r, e.many, data, x, false)
	}
	return dvReply{}, dvNoMethod(call.method)
}

// referred is the row that a request about a reference names: in its body, or
// by $id.
func (o *dvOrg) referred(call *dvCall) (*dvData, *dvRow, *dvError) {
	options, err := dvOptions(call.query)
	if err != nil {
		return nil, nil, err
	}
	address := options["$id"]
	if address == "" {
		var body struct {
			ID string `json:"@odata.id"`
		}
		if json.Unmarshal(call.body, &body) != nil || body.ID == "" {
			return nil, nil, dvBadBody("", "The property '@odata.id' is missing from the payload.")
		}
		address = body.ID
	}
	if plain, err := url.PathUnescape(address); err == nil {
		address = plain
	}
	return o.reference(call, address)
}

// relate adds a row to a collection of another, or takes it out.
func (o *dvOrg) relate(call *dvCall, d *dvData, r *dvRow, m *dvMany, data *dvData, x *dvRow, add bool) (dvReply, *dvError) {
	if data.table.logical != m.target {
		return dvReply{}, dvBadBody(d.table.set, "Entity %s cannot be bound to the navigation property '%s'.", data.table.logical, m.name)
	}
	if m.via == "" {
		var value any
		if add {
			value = dvRef{d.table.logical, r.id}
		}
		return o.change1(call, data, x, data.table.byName[m.far], value)
	}
	if err := o.allow(call.caller, d.table, r, "Append"); err != nil {
		return dvReply{}, err
	}
	if err := o.allow(call.caller, data.table, x, "AppendTo"); err != nil {
		return dvReply{}, err
	}
	pairs := o.tables[m.via]
	var pair *dvRow
	for _, p := range pairs.where(m.near, r.id) {
		if p.text(m.far) == x.id {
			pair = p
		}
	}
	switch {
	case add && pair == nil:
		call.tx.insert(pairs, o.newID(), map[string]any{m.near: r.id, m.far: x.id})
	case add:
		return dvReply{}, dvDuplicate()
	case pair == nil:
		return dvReply{}, dvNoRow(data.table, x.id)
	default:
		call.tx.remove(pairs, pair)
	}
	return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
}

// readReference answers GET of nav/$ref: addresses only.
func (o *dvOrg) readReference(call *dvCall, d *dvData, r *dvRow, name string) (dvReply, *dvError) {
	e, _, err := d.table.navigation(o, name)
	if err != nil {
		return dvReply{}, dvNoSegment(name)
	}
	address := func(t *dvTable, id string) string { return o.base() + "/" + t.set + "(" + id + ")" }
	if e.nav != nil {
		ref := r.ref(e.nav.column.name)
		data := o.tables[ref.table]
		if data == nil || e.nav.target != "principal" && ref.table != e.nav.target {
			return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
		}
		return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#$ref"}, {"@odata.id", address(data.table, ref.id)}}), nil
	}
	value := []dvObject{}
	data := o.tables[e.many.target]
	for _, x := range o.collection(d.table, r, e.many) {
		if o.may(call.caller, data.table, x, "Read") {
			value = append(value, dvObject{{"@odata.id", address(data.table, x.id)}})
		}
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#Collection($ref)"}, {"value", value}}), nil
}

// deep makes the rows of the collections that a new row's body holds, such as
// the parties of an activity.
func (o *dvOrg) deep(call *dvCall, d *dvData, r *dvRow, body map[string]json.RawMessage) *dvError {
	for name, raw := range body {
		if strings.Contains(name, "@") {
			continue
		}
		e, target, err := d.table.navigation(o, name)
		if err != nil || e.many == nil {
			continue
		}
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return dvBadBody(d.table.set, "The value of the collection '%s' is not a list.", name)
		}
		if e.many.via != "" {
			return dvUnsupported("Deep insert into '" + name + "'")
		}
		data := o.tables[target.logical]
		for _, item := range list {
			inner := *call
			inner.body, inner.prefer, inner.content = item, dvPrefer{}, nil
			values, err := o.payload(&inner, target)
			if err != nil {
				return err
			}
			values[e.many.far] = dvRef{d.table.logical, r.id}
			if _, err := o.make(&inner, data, o.newID(), values); err != nil {
				return err
			}
		}
	}
	return nil
}
