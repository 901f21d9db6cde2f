package sandbox

import (
	"slices"
	"strings"
)

// dvKind is the type of a Dataverse column.
type dvKind int

const (
	dvString dvKind = iota
	dvMemo
	dvInt
	dvBigInt
	dvBool
	dvTime
	dvGUID
	dvChoice // picklist, state or status: an integer with labels
	dvLookup
)

// edm is the OData type of a column of the kind, as error texts name it.
func (k dvKind) edm() string {
	switch k {
	case dvInt, dvChoice:
		return "Edm.Int32"
	case dvBigInt:
		return "Edm.Int64"
	case dvBool:
		return "Edm.Boolean"
	case dvTime:
		return "Edm.DateTimeOffset"
	case dvGUID, dvLookup:
		return "Edm.Guid"
	}
	return "Edm.String"
}

// dvText is a label in the two languages that are installed.
type dvText struct{ en, de string }

// dvOption is one value of a choice column.
type dvOption struct {
	value int64
	label dvText
}

// dvColumn is a column of a table. A row keeps its value under name as string,
// int64, bool, time.Time (whole seconds, UTC) or [dvRef].
type dvColumn struct {
	name     string
	kind     dvKind
	max      int               // longest text, 0 = unlimited
	options  []dvOption        // of a choice
	choice   string            // "Picklist", "State" or "Status"
	fallback any               // value of a new row that does not set the column
	targets  []string          // tables a lookup may point to
	navs     map[string]string // target table → navigation property
	readOnly bool              // set by the platform; a client's value is ignored
	required bool              // refused when a new row lacks it
	indexed  bool
	table    bool // the text is a table's logical name; people read its label
	once     bool // may be set when a row is made, not later
}

// property is the column's name in the Web API.
func (c *dvColumn) property() string {
	if c.kind == dvLookup {
		return "_" + c.name + "_value"
	}
	return c.name
}

// option returns the label of a value of a choice.
func (c *dvColumn) option(v int64) (dvText, bool) {
	for _, o := range c.options {
		if o.value == v {
			return o.label, true
		}
	}
	return dvText{}, false
}

// dvNav is a single-valued navigation property: a lookup seen as its target.
type dvNav struct {
	column *dvColumn
	target string
}

// dvMany is a collection-valued navigation property. With via empty the target
// rows are those whose lookup far points here; else via is the table of pairs
// that holds the ids near (here) and far (there).
type dvMany struct {
	name, target   string
	via, near, far string
}

// dvTable is the metadata of a table.
type dvTable struct {
	logical, schema, set string
	id, name             string // primary id and name columns
	code                 int    // object type code
	ownership            string // "UserOwned", "OrganizationOwned", "BusinessOwned" or "None"
	label, labels        dvText // one row, many rows
	tracked              bool   // change tracking is on
	activity             bool   // rows are activities: an activitypointer goes with each
	custom               bool   // made by this organisation, not shipped
	only                 string // the messages that are supported, separated by spaces; empty: all
	parent               string // lookup whose row decides who may read this one
	privilege            string // what prv{Verb}… names, when not the schema name
	alternate            string // GUID column that is an alternate key
	columns              []*dvColumn
	many                 []dvMany

	byName     map[string]*dvColumn
	byProperty map[string]*dvColumn
	navs       map[string]dvNav
}

// owned reports whether rows have an owner, so that depth matters.
func (t *dvTable) owned() bool { return t.ownership == "UserOwned" }

// right is the name of the privilege for a verb such as "Read".
func (t *dvTable) right(verb string) string {
	if t.privilege != "" {
		return "prv" + verb + t.privilege
	}
	return "prv" + verb + t.schema
}

// finish adds the columns every table has and builds the look-up maps.
func (t *dvTable) finish() *dvTable {
	t.columns = append([]*dvColumn{{name: t.id, kind: dvGUID}}, t.columns...)
	t.columns = append(t.columns, dvAudit()...)
	if t.owned() {
		t.columns = append(t.columns, dvOwner()...)
	}
	t.byName, t.byProperty, t.navs = map[string]*dvColumn{}, map[string]*dvColumn{}, map[string]dvNav{}
	for _, c := range t.columns {
		t.byName[c.name], t.byProperty[c.property()] = c, c
		for target, nav := range c.navs {
			if _, shared := t.navs[nav]; shared {
				target = "principal" // the base type of users and teams
			}
			t.navs[nav] = dvNav{c, target}
		}
	}
	return t
}

// dvAudit are the columns the platform keeps on every row.
func dvAudit() []*dvColumn {
	columns := []*dvColumn{
		{name: "createdon", kind: dvTime}, {name: "modifiedon", kind: dvTime},
		{name: "versionnumber", kind: dvBigInt},
		dvTo("createdby", "systemuser"), dvTo("modifiedby", "systemuser"),
		dvTo("createdonbehalfby", "systemuser"), dvTo("modifiedonbehalfby", "systemuser"),
	}
	for _, c := range columns {
		c.readOnly = true
	}
	return columns
}

// dvOwner are the columns of a table whose rows have an owner.
func dvOwner() []*dvColumn {
	owner := dvTo("ownerid", "systemuser", "team")
	// One navigation property leads to either kind of principal.
	owner.navs = map[string]string{"systemuser": "ownerid", "team": "ownerid"}
	owner.indexed = true
	user, team, unit := dvTo("owninguser", "systemuser"), dvTo("owningteam", "team"), dvTo("owningbusinessunit", "businessunit")
	user.readOnly, team.readOnly, unit.readOnly = true, true, true
	return []*dvColumn{owner, user, team, unit}
}

func dvStr(name string, max int) *dvColumn { return &dvColumn{name: name, kind: dvString, max: max} }

func dvLong(name string, max int) *dvColumn { return &dvColumn{name: name, kind: dvMemo, max: max} }

func dvOf(kind dvKind, name string) *dvColumn { return &dvColumn{name: name, kind: kind} }

// dvFlag is a boolean column, off unless set.
func dvFlag(name string) *dvColumn { return &dvColumn{name: name, kind: dvBool, fallback: false} }

// dvTo is a lookup. With one target the navigation property has the column's
// name, else the target's name is appended, as for customerid_account.
func dvTo(name string, targets ...string) *dvColumn {
	c := &dvColumn{name: name, kind: dvLookup, targets: targets, navs: map[string]string{}}
	for _, t := range targets {
		c.navs[t] = name
		if len(targets) > 1 {
			c.navs[t] = name + "_" + t
		}
	}
	return c
}

// dvPick is a choice column.
func dvPick(choice, name string, fallback int64, options ...dvOption) *dvColumn {
	return &dvColumn{name: name, kind: dvChoice, choice: choice, options: options, fallback: fallback}
}

// dvOpt is one option of a choice, its label written "English/German".
func dvOpt(value int64, label string) dvOption {
	en, de, _ := strings.Cut(label, "/")
	return dvOption{value, dvText{en, de}}
}

// dvStates are the state and status columns of a table whose rows are only
// active or inactive.
func dvStates() []*dvColumn {
	return []*dvColumn{
		dvPick("State", "statecode", 0, dvOpt(0, "Active/Aktiv"), dvOpt(1, "Inactive/Inaktiv")),
		dvPick("Status", "statuscode", 1, dvOpt(1, "Active/Aktiv"), dvOpt(2, "Inactive/Inaktiv")),
	}
}

func (c *dvColumn) index() *dvColumn { c.indexed = true; return c }

func (c *dvColumn) must() *dvColumn { c.required = true; return c }

func (c *dvColumn) fixed() *dvColumn { c.readOnly = true; return c }

// supports reports whether a table takes a message such as "Create".
func (t *dvTable) supports(message string) bool {
	return t.only == "" || slices.Contains(strings.Fields(t.only), message)
}
