package sandbox

import (
	"cmp"
	"encoding/json"
	"slices"
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
	for _, nav := range x.navs {
		ref := r.ref(nav.column.name)
		if ref.table != nav.target || o.tables[ref.table] == nil {
			return nil
		}
		if r = o.tables[ref.table].get(ref.id); r == nil {
			return nil
		}
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
	parts := strings.Split(text, "/")
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
	case "OnOrAfter", "OnOrBefore":
		if len(values) != 1 || column.kind != dvTime {
			return dvFilter{}, dvBad("The value of PropertyValue is not a date for the function '%s'.", name)
		}
		return dvFilter{test: func(o *dvOrg, r *dvRow) bool {
			v := x.value(o, r)
			c := dvOrder(v, values[0])
			return v != nil && (c >= 0 && name == "OnOrAfter" || c <= 0 && name == "OnOrBefore")
		}}, nil
	}
	return dvFilter{}, dvUnsupported("The query function Microsoft.Dynamics.CRM." + name)
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
