package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The annotations of values.
const (
	dvFormatted  = "OData.Community.Display.V1.FormattedValue"
	dvLookupName = "Microsoft.Dynamics.CRM.lookuplogicalname"
	dvNavName    = "Microsoft.Dynamics.CRM.associatednavigationproperty"
)

// dvView is how rows are written for one request. The organisation's lock is
// held while it is used.
type dvView struct {
	org    *dvOrg
	caller *dvCaller
	prefer dvPrefer
}

// row writes a row: all columns, or those selected and the key.
func (v dvView) row(t *dvTable, r *dvRow, columns []*dvColumn, expand []dvExpand) dvObject {
	out := dvObject{{"@odata.etag", dvETag(r)}}
	if columns == nil {
		columns = t.columns
	} else {
		columns = dvWithKey(t, columns)
	}
	for _, c := range columns {
		out = v.column(out, t, c, r)
	}
	for _, e := range expand {
		out = append(out, dvField{e.name, v.expanded(t, r, e)})
	}
	return out
}

// dvWithKey adds the key, which always comes.
func dvWithKey(t *dvTable, columns []*dvColumn) []*dvColumn {
	for _, c := range columns {
		if c.name == t.id {
			return columns
		}
	}
	return append(append([]*dvColumn{}, columns...), t.byName[t.id])
}

func dvETag(r *dvRow) string { return fmt.Sprintf(`W/"%d"`, r.version) }

// column writes one value with its annotations before it.
func (v dvView) column(out dvObject, t *dvTable, c *dvColumn, r *dvRow) dvObject {
	property, value := c.property(), r.values[c.name]
	if value == nil {
		return append(out, dvField{property, nil})
	}
	if text, ok := v.formatted(c, value); ok && v.prefer.annotate(dvFormatted) {
		out = append(out, dvField{property + "@" + dvFormatted, text})
	}
	ref, lookup := value.(dvRef)
	if !lookup {
		return append(out, dvField{property, dvWire(value)})
	}
	if ref.id == "" {
		return append(out, dvField{property, nil})
	}
	if nav := c.navs[ref.table]; nav != "" && v.prefer.annotate(dvNavName) {
		out = append(out, dvField{property + "@" + dvNavName, nav})
	}
	if v.prefer.annotate(dvLookupName) {
		out = append(out, dvField{property + "@" + dvLookupName, ref.table})
	}
	return append(out, dvField{property, ref.id})
}

// dvWire is a stored value as JSON has it.
func dvWire(value any) any {
	switch x := value.(type) {
	case time.Time:
		return x.UTC().Format("2006-01-02T15:04:05Z")
	case dvRef:
		return x.id
	}
	return value
}

// formatted is the value as people read it; texts and keys have none.
func (v dvView) formatted(c *dvColumn, value any) (string, bool) {
	switch x := value.(type) {
	case string:
		if t := v.org.metadata[x]; c.table && t != nil {
			return t.label.en, true
		}
	case bool:
		return map[bool]string{true: "Yes", false: "No"}[x], true
	case int64:
		if c.kind == dvChoice {
			label, ok := c.option(x)
			return label.en, ok
		}
		return dvThousands(x), true
	case time.Time:
		return x.Format("1/2/2006 3:04 PM"), true
	case dvRef:
		name := v.org.nameOf(x)
		return name, name != ""
	}
	return "", false
}

// dvThousands writes 4711 as 4,711.
func dvThousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// expanded writes what a navigation property leads to: an object or null, or a
// list. What the caller may not read is left out.
func (v dvView) expanded(t *dvTable, r *dvRow, e dvExpand) any {
	if e.many != nil {
		list := []dvObject{}
		target := v.org.metadata[e.many.target]
		var rows []*dvRow
		for _, x := range v.org.collection(t, r, e.many) {
			if (e.filter == nil || e.filter.test(v.org, x)) && v.org.may(v.caller, target, x, "Read") {
				rows = append(rows, x)
			}
		}
		v.org.sort(rows, e.order)
		if e.top >= 0 {
			rows = rows[:min(e.top, len(rows))]
		}
		for _, x := range rows {
			list = append(list, v.row(target, x, e.columns, e.expand))
		}
		return list
	}
	ref := r.ref(e.nav.column.name)
	if e.nav.target == "principal" && ref.id != "" {
		return dvPrincipalOf(ref)
	}
	data := v.org.tables[e.nav.target]
	if ref.table != e.nav.target || data == nil {
		return nil
	}
	x := data.get(ref.id)
	if x == nil || !v.org.may(v.caller, data.table, x, "Read") {
		return nil
	}
	return v.row(data.table, x, e.columns, e.expand)
}

// context is the @odata.context of an answer about a table.
func (v dvView) context(t *dvTable, q *dvQuery, suffix string) string {
	var names []string
	for _, c := range q.columns {
		names = append(names, c.property())
	}
	for _, e := range q.expand {
		var inner []string
		for _, c := range e.columns {
			inner = append(inner, c.property())
		}
		names = append(names, e.name+"("+strings.Join(inner, ",")+")")
	}
	out := v.org.base() + "/$metadata#" + t.set
	if len(names) > 0 {
		out += "(" + strings.Join(names, ",") + ")"
	}
	return out + suffix
}

// dvPrincipalOf is an owner as the base type has it.
func dvPrincipalOf(ref dvRef) dvObject {
	return dvObject{{"@odata.type", "#Microsoft.Dynamics.CRM." + ref.table}, {"ownerid", ref.id}}
}
