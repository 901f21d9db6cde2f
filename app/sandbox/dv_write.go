package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// create answers POST to a set: 204, or 201 with the row when it was asked for.
func (o *dvOrg) create(call *dvCall, d *dvData) (dvReply, *dvError) {
	if !d.table.supports("Create") {
		return dvReply{}, dvNoMessage("Create", d.table)
	}
	if o.depth(call.caller, d.table, "Create") == dvNone {
		return dvReply{}, o.denied(call.caller, d.table, "Create")
	}
	values, err := o.payload(call, d.table)
	if err != nil {
		return dvReply{}, err
	}
	id, _ := values[d.table.id].(string)
	if id == "" {
		id = o.newID()
	}
	if d.get(id) != nil {
		return dvReply{}, dvDuplicate()
	}
	return o.make(call, d, id, values)
}

// newID is the id of the next row that is made.
func (o *dvOrg) newID() string { return o.guid(fmt.Sprintf("row/%d", o.version+1)) }

func dvDuplicate() *dvError {
	return &dvError{status: http.StatusPreconditionFailed, code: dvCodeExists, message: "A record with matching key values already exists."}
}

// make stores a new row and answers.
func (o *dvOrg) make(call *dvCall, d *dvData, id string, values map[string]any) (dvReply, *dvError) {
	for _, c := range d.table.columns {
		if c.required && values[c.name] == nil {
			return dvReply{}, &dvError{status: http.StatusBadRequest, code: "0x80040203",
				message: fmt.Sprintf("Required field '%s' is missing", c.name)}
		}
	}
	if d.table.logical == "incident" && values["customerid"] == nil {
		return dvReply{}, dvNoCustomer()
	}
	if d.table.owned() && values["ownerid"] == nil {
		values["ownerid"] = call.tx.user
	}
	for name, v := range values {
		if v == nil {
			delete(values, name)
		}
	}
	if err := dvDerive(d.table, values, nil); err != nil {
		return dvReply{}, err
	}
	if err := o.mayPoint(call, values); err != nil {
		return dvReply{}, err
	}
	r := call.tx.insert(d, id, values)
	if d.table.parent == "" && !o.may(call.caller, d.table, r, "Create") {
		return dvReply{}, o.refused(call.caller, d.table, r, "Create")
	}
	if err := o.deep(call, d, r, call.nested); err != nil {
		return dvReply{}, err
	}
	return o.written(call, d, r, http.StatusCreated)
}

// patch answers PATCH: an update, or a create when there is no such row. The
// If-Match and If-None-Match headers forbid either.
func (o *dvOrg) patch(call *dvCall, d *dvData, key string) (dvReply, *dvError) {
	r, err := o.find(call, d, key)
	if err != nil && (err.status != http.StatusNotFound || !dvIsGUID(key)) {
		return dvReply{}, err
	}
	match, none := call.header.Get("If-Match"), call.header.Get("If-None-Match")
	if r == nil {
		if match != "" {
			return dvReply{}, err
		}
		if !d.table.supports("Create") {
			return dvReply{}, dvNoMessage("Create", d.table)
		}
		if o.depth(call.caller, d.table, "Create") == dvNone {
			return dvReply{}, o.denied(call.caller, d.table, "Create")
		}
		values, err := o.payload(call, d.table)
		if err != nil {
			return dvReply{}, err
		}
		return o.make(call, d, strings.ToLower(key), values)
	}
	if none == "*" {
		return dvReply{}, dvDuplicate()
	}
	if !d.table.supports("Update") {
		return dvReply{}, dvNoMessage("Update", d.table)
	}
	if err := o.allow(call.caller, d.table, r, "Write"); err != nil {
		return dvReply{}, err
	}
	if err := dvMatches(match, r); err != nil {
		return dvReply{}, err
	}
	changes, err := o.payload(call, d.table)
	if err != nil {
		return dvReply{}, err
	}
	delete(changes, d.table.id)
	if len(call.nested) > 0 {
		return dvReply{}, dvBadBody(d.table.set, "Deep update is not supported: related rows cannot be part of an update.")
	}
	if err := o.mayChange(call, d, r, changes); err != nil {
		return dvReply{}, err
	}
	if err := dvDerive(d.table, changes, r); err != nil {
		return dvReply{}, err
	}
	return o.written(call, d, call.tx.update(d, r, changes), http.StatusOK)
}

// dvMatches refuses a write whose If-Match names another version.
func dvMatches(match string, r *dvRow) *dvError {
	if match == "" || match == "*" || match == dvETag(r) {
		return nil
	}
	return &dvError{status: http.StatusPreconditionFailed, code: dvCodeVersion,
		message: "The version of the existing record doesn't match the RowVersion property provided."}
}

// written answers a write: with the row when it was asked for, else empty.
func (o *dvOrg) written(call *dvCall, d *dvData, r *dvRow, status int) (dvReply, *dvError) {
	location := fmt.Sprintf("%s/%s(%s)", o.base(), d.table.set, r.id)
	if id := call.header.Get("Content-ID"); id != "" && call.content != nil {
		call.content[id] = fmt.Sprintf("%s(%s)", d.table.set, r.id)
	}
	out := dvReply{status: http.StatusNoContent, header: http.Header{}}
	if call.prefer.represent {
		q, err := dvParseQuery(o, d.table, call.query, o.queryUser(call.caller))
		if err != nil {
			return dvReply{}, err
		}
		out = o.rowReply(call, d, r, q, status)
		out.header.Set("Preference-Applied", "return=representation")
	}
	if status == http.StatusCreated || out.status == http.StatusNoContent {
		out.header.Set("OData-EntityId", location)
	}
	if status == http.StatusCreated {
		out.header.Set("Location", location)
	}
	return out, nil
}

// delete answers DELETE of a row.
func (o *dvOrg) delete(call *dvCall, d *dvData, r *dvRow) (dvReply, *dvError) {
	if !d.table.supports("Delete") {
		return dvReply{}, dvNoMessage("Delete", d.table)
	}
	if err := o.allow(call.caller, d.table, r, "Delete"); err != nil {
		return dvReply{}, err
	}
	if err := dvMatches(call.header.Get("If-Match"), r); err != nil {
		return dvReply{}, err
	}
	call.tx.remove(d, r)
	return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
}

// mayPoint refuses lookups to rows to which the caller may append nothing.
func (o *dvOrg) mayPoint(call *dvCall, values map[string]any) *dvError {
	for column, v := range values {
		ref, ok := v.(dvRef)
		d := o.tables[ref.table]
		if !ok || d == nil || column == "ownerid" || d.get(ref.id) == nil {
			continue
		}
		if err := o.allow(call.caller, d.table, d.get(ref.id), "AppendTo"); err != nil {
			return err
		}
	}
	return nil
}

// mayChange refuses changes of a row that the caller may not make, or that
// nobody may.
func (o *dvOrg) mayChange(call *dvCall, d *dvData, r *dvRow, changes map[string]any) *dvError {
	if err := o.allow(call.caller, d.table, r, "Write"); err != nil {
		return err
	}
	for name, v := range changes {
		if c := d.table.byName[name]; c != nil && c.once && v != r.values[name] {
			return dvFetchError("0x80040216", "The attribute '%s' of '%s' can only be set when the record is created.", name, d.table.logical)
		}
	}
	if err := dvCaseStands(d.table, r, changes); err != nil {
		return err
	}
	if owner, ok := changes["ownerid"]; ok && owner != r.values["ownerid"] {
		if err := o.allow(call.caller, d.table, r, "Assign"); err != nil {
			return err
		}
	}
	return o.mayPoint(call, changes)
}

// dvCaseStands refuses what only CloseIncident may do to a case, and every
// change of one that is resolved or cancelled, except that it is reopened: these
// "are read-only and can't be edited unless they are reactivated" (statecode in
// Microsoft's table reference).
func dvCaseStands(t *dvTable, r *dvRow, changes map[string]any) *dvError {
	if t.logical != "incident" {
		return nil
	}
	state, ok := changes["statecode"].(int64)
	customer, set := changes["customerid"]
	switch {
	case set && customer == nil:
		return dvNoCustomer()
	case ok && state == 1 && r.int("statecode") != 1:
		return &dvError{status: http.StatusBadRequest, code: dvCodeArgument, message: "This message can not be used to set the state of incident to Resolved. " +
			"In order to set state of incident to Resolved, use the CloseIncidentRequest message instead."}
	case r.int("statecode") != 0 && (!ok || state != 0):
		return &dvError{status: http.StatusBadRequest, code: "0x80040230", message: "The object cannot be updated because it is inactive."}
	}
	return nil
}

// dvNoCustomer is the refusal of a case of nobody; its code is a guess.
func dvNoCustomer() *dvError {
	return &dvError{status: http.StatusBadRequest, code: dvCodeArgument, message: "You should specify a parent contact or account."}
}

// dvDerive sets what follows from what was written: the status that goes with a
// state, and the full name of a contact. A status of another state is refused.
func dvDerive(t *dvTable, values map[string]any, old *dvRow) *dvError {
	if err := dvStatusFits(t, values, old); err != nil {
		return err
	}
	if state, ok := values["statecode"].(int64); ok && values["statuscode"] == nil {
		if c := t.byName["statuscode"]; c != nil && len(c.options) > 0 {
			values["statuscode"] = dvStatusFor(t.logical, state, c)
		}
	}
	if t.logical != "contact" {
		return nil
	}
	part := func(name string) string {
		s, ok := values[name].(string)
		if !ok && old != nil {
			s = old.text(name)
		}
		return s
	}
	values["fullname"] = strings.TrimSpace(part("firstname") + " " + part("lastname"))
	return nil
}

// dvStatusFits refuses a status that does not go with the state.
func dvStatusFits(t *dvTable, values map[string]any, old *dvRow) *dvError {
	status, ok := values["statuscode"].(int64)
	c := t.byName["statuscode"]
	if !ok || c == nil {
		return nil
	}
	state, ok := values["statecode"].(int64)
	if !ok && old != nil {
		state = old.int("statecode")
	}
	if want, known := dvStateOf(t, status, c); known && want != state {
		return &dvError{status: http.StatusBadRequest, code: "0x80048408", message: fmt.Sprintf(
			"%d is not a valid status code for state code %d on %s.", status, state, t.logical)}
	}
	return nil
}

// dvStateOf is the state that a status belongs to.
func dvStateOf(t *dvTable, status int64, c *dvColumn) (int64, bool) {
	switch t.logical {
	case "incident":
		return map[int64]int64{1: 0, 2: 0, 3: 0, 4: 0, 5: 1, 1000: 1, 6: 2, 2000: 2}[status], true
	case "knowledgearticle":
		return map[int64]int64{2: 0, 5: 1, 6: 2, 7: 3, 8: 4}[status], true
	}
	for i, option := range c.options {
		if option.value == status {
			return int64(i), true
		}
	}
	return 0, false
}

// dvStatusFor is the default status of a state.
func dvStatusFor(table string, state int64, c *dvColumn) int64 {
	switch table {
	case "incident":
		return [...]int64{1, 5, 6}[min(max(state, 0), 2)]
	case "knowledgearticle":
		return [...]int64{2, 5, 6, 7, 8}[min(max(state, 0), 4)]
	}
	return c.options[min(max(int(state), 0), len(c.options)-1)].value
}

// payload reads the body of a write as column values; nil means null. What the
// platform sets itself is ignored, what it does not know is refused.
func (o *dvOrg) payload(call *dvCall, t *dvTable) (map[string]any, *dvError) {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(call.body, &body); err != nil || body == nil {
		return nil, dvBadBody("", "Invalid JSON. A token was not recognized in the JSON content.")
	}
	values := map[string]any{}
	call.nested = map[string]json.RawMessage{}
	for name, raw := range body {
		nav, bind := strings.CutSuffix(name, "@odata.bind")
		var c *dvColumn
		var v any
		var err *dvError
		switch {
		case bind:
			c, v, err = o.bound(call, t, nav, raw)
		case strings.Contains(name, "@"):
			continue // an annotation
		case o.isCollection(t, name):
			call.nested[name] = raw
			continue
		case t.navs[name].column != nil && string(raw) == "null":
			c = t.navs[name].column
		default:
			if c = t.byProperty[name]; c == nil || c.kind == dvLookup {
				return nil, dvBadBody(t.set, "Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.%s'. Make sure to only use property names that are defined by the type.", name, t.logical)
			}
			v, err = dvDecode(t, c, raw)
		}
		if err != nil {
			return nil, err
		}
		if !c.readOnly {
			values[c.name] = v
		}
	}
	return values, nil
}

func (o *dvOrg) isCollection(t *dvTable, name string) bool {
	e, _, err := t.navigation(o, name)
	return err == nil && e.many != nil
}
