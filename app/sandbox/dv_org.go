package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// dvOrg is one environment: an organisation's tables, rows and security. It is
// safe for concurrent use through serve and the knobs.
type dvOrg struct {
	id, name, unique string
	world            *World
	origin           func() string // where it is served, no slash at the end
	metadata         map[string]*dvTable
	order            []*dvTable
	userID           func(p *Person) string // systemuserid here; empty when no user

	mu      sync.RWMutex // guards everything below; what is read from tables may be kept
	tables  map[string]*dvData
	sets    map[string]*dvData
	version int64
	shares  map[dvRef]map[string]dvRights // row → principal → rights
	revoked map[dvRevoked]bool
	root    string // the root business unit
	sync    dvChatSync
}

// dvRevoked is a privilege taken from a person by a knob.
type dvRevoked struct{ user, table, verb string }

func newDVOrg(w *World, id, name, unique string, origin func() string) *dvOrg {
	o := &dvOrg{
		id: id, name: name, unique: unique, world: w, origin: origin, order: dvTables(),
		metadata: map[string]*dvTable{}, tables: map[string]*dvData{}, sets: map[string]*dvData{},
		shares: map[dvRef]map[string]dvRights{}, revoked: map[dvRevoked]bool{},
		version: 1_000_000, // real ones are large: a client must not keep them in 32 bits by accident
	}
	for _, t := range o.order {
		d := newDVData(t)
		o.metadata[t.logical], o.tables[t.logical], o.sets[t.set] = t, d, d
	}
	return o
}

// base is the address of the Web API.
func (o *dvOrg) base() string { return o.origin() + "/api/data/v9.2" }

// clock is the time in the precision that rows keep.
func (o *dvOrg) clock() time.Time { return o.world.Now().Truncate(time.Second) }

// nameOf is the primary name of a row, empty when it is gone. The lock is held.
func (o *dvOrg) nameOf(ref dvRef) string {
	d := o.tables[ref.table]
	if d == nil || d.table.name == "" {
		return ""
	}
	if r := d.get(ref.id); r != nil {
		return r.text(d.table.name)
	}
	return ""
}

// collection are the rows behind a collection-valued navigation property.
func (o *dvOrg) collection(t *dvTable, r *dvRow, m *dvMany) []*dvRow {
	target := o.tables[m.target]
	if m.via == "" {
		return o.pointing(target, m.far, dvRef{t.logical, r.id})
	}
	var rows []*dvRow
	for _, pair := range o.tables[m.via].where(m.near, r.id) {
		if x := target.get(pair.text(m.far)); x != nil {
			rows = append(rows, x)
		}
	}
	slices.SortFunc(rows, func(a, b *dvRow) int { return strings.Compare(a.id, b.id) })
	return rows
}

// pointing are the rows whose lookup leads to a row. The parties of an activity
// are those of its pointer too.
func (o *dvOrg) pointing(d *dvData, column string, to dvRef) []*dvRow {
	same := func(v any) bool {
		ref, _ := v.(dvRef)
		return ref.id == to.id && (ref.table == to.table || to.table == "activitypointer")
	}
	var rows []*dvRow
	for _, r := range d.candidates(column, to) {
		if same(r.values[column]) {
			rows = append(rows, r)
		}
	}
	return rows
}

// own fills in the columns that follow from the owner.
func (o *dvOrg) own(values map[string]any) {
	owner, _ := values["ownerid"].(dvRef)
	delete(values, "owninguser")
	delete(values, "owningteam")
	d := o.tables[owner.table]
	if d == nil {
		return
	}
	values[map[string]string{"systemuser": "owninguser", "team": "owningteam"}[owner.table]] = owner
	unit := dvRef{"businessunit", o.root}
	if r := d.get(owner.id); r != nil {
		unit = r.ref("businessunitid")
	}
	values["owningbusinessunit"] = unit
}

// teamsOf are a user's teams. The lock is held.
func (o *dvOrg) teamsOf(user string) []*dvRow {
	var rows []*dvRow
	for _, pair := range o.tables["teammembership"].where("systemuserid", user) {
		if t := o.tables["team"].get(pair.text("teamid")); t != nil {
			rows = append(rows, t)
		}
	}
	slices.SortFunc(rows, func(a, b *dvRow) int { return cmp.Compare(a.id, b.id) })
	return rows
}

func (o *dvOrg) queryUser(c *dvCaller) dvQueryUser {
	u := dvQueryUser{id: c.id, unit: c.unit}
	for _, t := range c.teams {
		u.teams = append(u.teams, t.id)
	}
	return u
}
