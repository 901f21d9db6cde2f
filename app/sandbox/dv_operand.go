package sandbox

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// dvOperand is one side of a comparison: a literal, or a column reached over
// navigation properties.
type dvOperand struct {
	class   string // OData type; empty for null
	literal any    // comparable value of a literal
	column  *dvColumn
	navs    []dvNav
}

// indexed reports whether the operand is an indexed column of the row itself.
func (x dvOperand) indexed() bool { return x.column != nil && x.column.indexed && len(x.navs) == 0 }

// value is the operand's comparable value for a row: nil, string, float64, bool
// or time.Time.
func (x dvOperand) value(o *dvOrg, r *dvRow) any {
	if x.column == nil {
		return x.literal
	}
	if r = o.follow(r, x.navs); r == nil {
		return nil
	}
	return dvComparable(r.values[x.column.name])
}

// dvComparable is the form of a stored value in which equal values are equal.
func dvComparable(v any) any {
	switch v := v.(type) {
	case string:
		return dvFold(v)
	case int64:
		return float64(v)
	case dvRef:
		if v.id == "" {
			return nil
		}
		return v.id
	}
	return v
}

// dvOrder compares two comparable values of one class.
func dvOrder(a, b any) int {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	case float64:
		if b, ok := b.(float64); ok {
			return cmp.Compare(a, b)
		}
	case time.Time:
		if b, ok := b.(time.Time); ok {
			return a.Compare(b)
		}
	case bool:
		if b, ok := b.(bool); ok && a != b {
			if b {
				return -1
			}
			return 1
		}
	}
	return 0
}

// dvFold drops case and accents, as the server's collation does when it compares.
func dvFold(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func (p *dvParser) operand() (dvOperand, *dvError) {
	switch tok := p.next(); tok.kind {
	case dvTokLit:
		return dvLiteral(tok.value), nil
	case dvTokWord:
		return p.path(tok.text)
	case dvTokEnd:
		return dvOperand{}, dvBad("Expression expected at position %d in '%s'.", tok.at, p.whole)
	default:
		return dvOperand{}, dvBad("Syntax error at position %d in '%s'.", tok.at, p.whole)
	}
}

func dvLiteral(v any) dvOperand {
	switch v := v.(type) {
	case string:
		return dvOperand{class: "Edm.String", literal: dvFold(v)}
	case int64:
		return dvOperand{class: "Edm.Int32", literal: float64(v)}
	case float64:
		return dvOperand{class: "Edm.Double", literal: v}
	case bool:
		return dvOperand{class: "Edm.Boolean", literal: v}
	case time.Time:
		return dvOperand{class: "Edm.DateTimeOffset", literal: v}
	case dvGUIDLit:
		return dvOperand{class: "Edm.Guid", literal: string(v)}
	}
	return dvOperand{}
}

// path resolves a property, possibly behind navigation properties, as in
// primarycontactid/fullname.
func (p *dvParser) path(text string) (dvOperand, *dvError) {
	t := p.table
	var x dvOperand
	parts := strings.Split(p.plain(text), "/")
	for _, part := range parts[:len(parts)-1] {
		nav, ok := t.navs[part]
		next := p.tables[nav.target]
		if !ok || next == nil {
			return x, dvNoProperty(part, t)
		}
		x.navs = append(x.navs, nav)
		t = next
	}
	c, ok := t.byProperty[parts[len(parts)-1]]
	if !ok {
		return x, dvNoProperty(parts[len(parts)-1], t)
	}
	x.column, x.class = c, c.kind.edm()
	return x, nil
}

// queryCall reads one of the platform's query functions, whose arguments are
// PropertyName and PropertyValue or PropertyValues.
func (p *dvParser) queryCall(name string) (dvFilter, *dvError) {
	column, values, err := p.queryArguments(name)
	if err != nil {
		return dvFilter{}, err
	}
	x := dvOperand{column: column}
	among := func(set []any) dvFilter {
		f := dvFilter{test: func(o *dvOrg, r *dvRow) bool { return slices.Contains(set, x.value(o, r)) }}
		if column.indexed {
			f.hint = &dvHint{column.name, set}
		}
		return f
	}
	if test, known, err := dvDateFunction(name, column, values); known || err != nil {
		return dvFilter{test: test}, err
	}
	switch name {
	case "In":
		return among(values), nil
	case "NotIn":
		f := among(values)
		return dvFilter{test: func(o *dvOrg, r *dvRow) bool { return !f.test(o, r) }}, nil
	case "EqualUserId":
		return among([]any{p.user.id}), nil
	case "EqualUserTeams", "EqualUserOrUserTeams":
		var set []any
		for _, t := range p.user.teams {
			set = append(set, t)
		}
		if name == "EqualUserOrUserTeams" {
			set = append(set, p.user.id)
		}
		return among(set), nil
	case "NotEqualUserId":
		f := among([]any{p.user.id})
		return dvFilter{test: func(o *dvOrg, r *dvRow) bool { return !f.test(o, r) }}, nil
	case "EqualBusinessId":
		return among([]any{p.user.unit}), nil
	case "Between", "NotBetween":
		if len(values) != 2 {
			return dvFilter{}, dvBad("The function '%s' takes two values.", name)
		}
		return dvFilter{test: func(o *dvOrg, r *dvRow) bool {
			v := x.value(o, r)
			return v != nil && (dvOrder(v, values[0]) >= 0 && dvOrder(v, values[1]) <= 0) == (name == "Between")
		}}, nil
	}
	return dvFilter{}, dvUnsupported("The query function Microsoft.Dynamics.CRM." + name)
}

// dvDateName turns LastXDays into the operator's name in FetchXML.
var dvDateName = strings.NewReplacer("LastX", "last-x-", "NextX", "next-x-", "OlderThanX", "olderthan-x-", "Last7Days", "last-seven-days", "Next7Days", "next-seven-days",
	"This", "this-", "Last", "last-", "OnOrAfter", "on-or-after", "OnOrBefore", "on-or-before")

// dvDateFunction is the test of a query function on days and spans.
func dvDateFunction(name string, c *dvColumn, values []any) (dvTest, bool, *dvError) {
	operator := strings.ToLower(dvDateName.Replace(name))
	var texts []string
	for _, v := range values {
		switch v := v.(type) {
		case time.Time:
			texts = append(texts, v.Format(time.RFC3339))
		case float64:
			texts = append(texts, strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	now := time.Unix(0, 0)
	span, known := dvSpanFor(now, operator, texts)
	switch {
	case !known:
		return nil, false, nil
	case c.kind != dvTime || span == nil:
		return nil, true, dvBad("The value of PropertyValue is not valid for the function '%s' on the column '%s'.", name, c.name)
	}
	return func(o *dvOrg, r *dvRow) bool {
		span, _ := dvSpanFor(o.clock(), operator, texts)
		at, ok := r.values[c.name].(time.Time)
		return ok && span.holds(at)
	}, true, nil
}

// queryArguments reads "PropertyName='x',PropertyValues=['a','b'])".
func (p *dvParser) queryArguments(name string) (*dvColumn, []any, *dvError) {
	args := map[string]dvTok{}
	for !p.is(dvTokPunct, ")") {
		p.is(dvTokPunct, ",")
		key := p.next()
		if key.kind != dvTokWord || !p.is(dvTokPunct, "=") {
			return nil, nil, p.syntax()
		}
		value := p.next()
		if value.kind != dvTokLit && value.kind != dvTokList {
			return nil, nil, p.syntax()
		}
		args[key.text] = value
	}
	property, _ := args["PropertyName"].value.(string)
	c := p.table.byName[property]
	if c == nil {
		c = p.table.byProperty[property]
	}
	if c == nil {
		return nil, nil, dvNoProperty(property, p.table)
	}
	if one, ok := args["PropertyValue"]; ok {
		if n, ok := one.value.(int64); ok && c.kind == dvTime { // a number of days, hours, …
			return c, []any{float64(n)}, nil
		}
		v, err := dvTypedText(c, dvListText(one), name)
		return c, []any{v}, err
	}
	list, ok := args["PropertyValues"]
	if !ok || list.kind != dvTokList {
		return c, nil, nil
	}
	texts, ok := dvListItems(list.text)
	if !ok {
		return nil, nil, dvBad("The value '%s' of PropertyValues is not a list.", list.text)
	}
	var values []any
	for _, s := range texts {
		v, err := dvTypedText(c, s, name)
		if err != nil {
			return nil, nil, err
		}
		values = append(values, v)
	}
	return c, values, nil
}

func dvListText(tok dvTok) string {
	if s, ok := tok.value.(string); ok {
		return s
	}
	return tok.text
}

// dvListItems reads ['a','b'] or ["a","b"].
func dvListItems(s string) ([]string, bool) {
	var items []string
	if json.Unmarshal([]byte(s), &items) == nil {
		return items, true
	}
	rest := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	for rest != "" {
		if rest[0] != '\'' {
			return nil, false
		}
		item, n, ok := dvQuoted(rest)
		if !ok {
			return nil, false
		}
		items = append(items, item)
		rest = strings.TrimSpace(rest[n:])
		if rest != "" && rest[0] != ',' {
			return nil, false
		}
		rest = strings.TrimSpace(strings.TrimPrefix(rest, ","))
	}
	return items, true
}

// dvTypedText reads a text, in which query functions give every value, as a
// comparable value of a column.
func dvTypedText(c *dvColumn, s, function string) (any, *dvError) {
	switch c.kind {
	case dvString, dvMemo:
		return dvFold(s), nil
	}
	refused := dvBad("The value '%s' is not valid for the column '%s' in the function '%s'.", s, c.name, function)
	if s == "" {
		return nil, refused
	}
	tok, err := dvWord(s, 0, s, nil)
	if err != nil || tok.kind != dvTokLit {
		return nil, refused
	}
	x := dvLiteral(tok.value)
	if !dvSameClass(x.class, c.kind.edm()) {
		return nil, refused
	}
	return x.literal, nil
}
