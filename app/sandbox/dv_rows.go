package sandbox

import (
	"slices"
	"strings"
	"time"
)

// dvRef is the value of a lookup: a row of another table.
type dvRef struct{ table, id string }

// dvRow is one row. It is never changed once stored: an update stores a new
// one, so a reader may keep it after the lock is gone.
type dvRow struct {
	id      string
	version int64
	values  map[string]any
}

func (r *dvRow) text(column string) string { s, _ := r.values[column].(string); return s }

func (r *dvRow) ref(column string) dvRef { v, _ := r.values[column].(dvRef); return v }

func (r *dvRow) int(column string) int64 { v, _ := r.values[column].(int64); return v }

// dvGone remembers a deleted row for change tracking.
type dvGone struct {
	id      string
	version int64
}

// dvData are the rows of one table, in the order of their ids, with an index
// per indexed column.
type dvData struct {
	table *dvTable
	rows  []*dvRow
	index map[string]map[string][]*dvRow
	gone  []dvGone
	fault dvFault
}

// dvFault is a broken state of a table, set by a knob.
type dvFault int

const (
	dvWhole     dvFault = iota
	dvAbsent            // the table is not installed: 404
	dvForbidden         // nobody has a privilege on it: 403
)

func newDVData(t *dvTable) *dvData {
	d := &dvData{table: t, index: map[string]map[string][]*dvRow{}}
	for _, c := range t.columns {
		if c.indexed {
			d.index[c.name] = map[string][]*dvRow{}
		}
	}
	return d
}

func (d *dvData) place(id string) (int, bool) {
	return slices.BinarySearchFunc(d.rows, id, func(r *dvRow, id string) int { return strings.Compare(r.id, id) })
}

// get returns the row with an id, or nil.
func (d *dvData) get(id string) *dvRow {
	if i, ok := d.place(strings.ToLower(id)); ok {
		return d.rows[i]
	}
	return nil
}

// put stores a row in place of the one with its id.
func (d *dvData) put(r *dvRow) {
	i, ok := d.place(r.id)
	if ok {
		d.unindex(d.rows[i])
		d.rows[i] = r
	} else {
		d.rows = slices.Insert(d.rows, i, r)
	}
	for column, keys := range d.index {
		if key := dvIndexKey(r.values[column]); key != "" {
			keys[key] = append(keys[key], r)
		}
	}
}

// drop removes the row with an id.
func (d *dvData) drop(id string) {
	if i, ok := d.place(id); ok {
		d.unindex(d.rows[i])
		d.rows = slices.Delete(d.rows, i, i+1)
	}
}

func (d *dvData) unindex(r *dvRow) {
	for column, keys := range d.index {
		key := dvIndexKey(r.values[column])
		keys[key] = slices.DeleteFunc(keys[key], func(x *dvRow) bool { return x == r })
		if len(keys[key]) == 0 {
			delete(keys, key)
		}
	}
}

// where returns the rows whose indexed column has one of the values, in the
// order of their ids.
func (d *dvData) where(column string, values ...any) []*dvRow {
	var rows []*dvRow
	for _, v := range values {
		rows = append(rows, d.index[column][dvIndexKey(v)]...)
	}
	slices.SortFunc(rows, func(a, b *dvRow) int { return strings.Compare(a.id, b.id) })
	return slices.Compact(rows)
}

// candidates are the rows among which those with a value of a column are: by
// its index, or all.
func (d *dvData) candidates(column string, value any) []*dvRow {
	if _, ok := d.index[column]; ok {
		return d.where(column, value)
	}
	return d.rows
}

// dvIndexKey is the form in which equal values are equal: texts compare without
// case, as the server's collation does. Empty for null.
func dvIndexKey(v any) string {
	switch v := v.(type) {
	case string:
		return dvFold(v)
	case dvRef:
		return v.id
	}
	return ""
}

// dvTx is one transaction: it stores at once and can take all of it back.
// Its owner holds the organisation's lock.
type dvTx struct {
	org  *dvOrg
	user dvRef // who writes; zero = the platform itself
	undo []func()
}

// rollback takes everything back, last first.
func (x *dvTx) rollback() {
	for _, undo := range slices.Backward(x.undo) {
		undo()
	}
	x.undo = nil
}

// insert stores a new row with its defaults and audit columns.
func (x *dvTx) insert(d *dvData, id string, values map[string]any) *dvRow {
	for _, c := range d.table.columns {
		if _, set := values[c.name]; !set && c.fallback != nil {
			values[c.name] = c.fallback
		}
	}
	now := x.org.clock()
	values[d.table.id] = id
	if d.table.activity {
		values["activitytypecode"] = d.table.logical
	}
	x.stamp(values, "created", now)
	x.stamp(values, "modified", now)
	return x.store(d, id, values)
}

// update stores a changed copy of a row: changes over the old values, nil
// meaning null.
func (x *dvTx) update(d *dvData, old *dvRow, changes map[string]any) *dvRow {
	values := make(map[string]any, len(old.values)+len(changes))
	for k, v := range old.values {
		values[k] = v
	}
	for k, v := range changes {
		if v == nil {
			delete(values, k)
		} else {
			values[k] = v
		}
	}
	values["modifiedon"] = x.org.clock()
	values["modifiedby"] = x.user
	if _, set := changes["modifiedon"]; set { // the seed knows better
		values["modifiedon"], values["modifiedby"] = changes["modifiedon"], changes["modifiedby"]
	}
	return x.store(d, old.id, values)
}

// stamp sets who and when unless the seed has said so.
func (x *dvTx) stamp(values map[string]any, what string, now time.Time) {
	if _, set := values[what+"on"]; !set {
		values[what+"on"] = now
	}
	if _, set := values[what+"by"]; !set {
		values[what+"by"] = x.user
	}
}

func (x *dvTx) store(d *dvData, id string, values map[string]any) *dvRow {
	x.org.version++
	values["versionnumber"] = x.org.version
	if d.table.owned() {
		x.org.own(values)
	}
	old := d.get(id)
	r := &dvRow{id: id, version: x.org.version, values: values}
	x.keep(d, r, old)
	if d.table.activity {
		x.point(d.table, r)
	}
	if d.table.logical == "msdyn_teamschatassociation" {
		x.org.linked(r)
	}
	return r
}

// keep puts a row in place of an older one, or of none.
func (x *dvTx) keep(d *dvData, r, old *dvRow) {
	d.put(r)
	x.undo = append(x.undo, func() {
		if old == nil {
			d.drop(r.id)
		} else {
			d.put(old)
		}
	})
}

// point writes the activitypointer that goes with an activity: the columns of
// the base type, under the same id.
func (x *dvTx) point(t *dvTable, r *dvRow) {
	d := x.org.tables["activitypointer"]
	values := make(map[string]any, len(d.table.columns))
	for _, c := range d.table.columns {
		if v, ok := r.values[c.name]; ok {
			values[c.name] = v
		}
	}
	if of, ok := r.values["incidentid"]; ok { // what a resolution regards is the case it closes
		values["regardingobjectid"] = of
	}
	values["activitytypecode"] = t.logical
	x.keep(d, &dvRow{id: r.id, version: r.version, values: values}, d.get(r.id))
}

// remove deletes a row and remembers it for change tracking.
func (x *dvTx) remove(d *dvData, old *dvRow) {
	x.org.version++
	x.lose(d, old)
	if d.table.activity {
		if pointer := x.org.tables["activitypointer"]; pointer.get(old.id) != nil {
			x.lose(pointer, pointer.get(old.id))
		}
		parties := x.org.tables["activityparty"]
		for _, party := range parties.where("activityid", dvRef{d.table.logical, old.id}) {
			x.lose(parties, party)
		}
	}
}

func (x *dvTx) lose(d *dvData, old *dvRow) {
	d.drop(old.id)
	d.gone = append(d.gone, dvGone{old.id, x.org.version})
	x.undo = append(x.undo, func() {
		d.gone = d.gone[:len(d.gone)-1]
		d.put(old)
	})
}
