package sandbox

import (
	"slices"
	"strings"
)

// dvTest decides whether a row passes a filter. The organisation's lock is held.
type dvTest func(o *dvOrg, r *dvRow) bool

// dvHint says that only rows whose indexed column has one of the values can pass.
type dvHint struct {
	column string
	values []any
}

// dvFilter is a parsed $filter: the test, and a way to find its rows without
// looking at all of them, if there is one.
type dvFilter struct {
	test dvTest
	hint *dvHint
}

// dvParser is a recursive-descent parser of $filter expressions.
type dvParser struct {
	tables map[string]*dvTable // to follow navigation properties
	table  *dvTable
	user   dvQueryUser
	toks   []dvTok
	whole  string
	depth  int
	// variable is that of the lambda the parser is in.
	variable string
}

// dvQueryUser is who asks, for functions such as EqualUserId.
type dvQueryUser struct {
	id, unit string
	teams    []string
}

// dvDeepest is how deeply a filter may nest.
const dvDeepest = 100

// dvParseFilter reads a $filter on a table.
func dvParseFilter(tables map[string]*dvTable, t *dvTable, s string, aliases map[string]string, user dvQueryUser) (dvFilter, *dvError) {
	toks, err := dvLex(s, aliases)
	if err != nil {
		return dvFilter{}, err
	}
	p := &dvParser{tables: tables, table: t, user: user, toks: toks, whole: s}
	f, err := p.or()
	if err == nil && p.toks[0].kind != dvTokEnd {
		err = p.syntax()
	}
	return f, err
}

func (p *dvParser) syntax() *dvError {
	return dvBad("Syntax error at position %d in '%s'.", p.toks[0].at, p.whole)
}

func (p *dvParser) next() dvTok {
	t := p.toks[0]
	if t.kind != dvTokEnd {
		p.toks = p.toks[1:]
	}
	return t
}

// is takes the next token if it is the given word or sign.
func (p *dvParser) is(kind dvTokKind, text string) bool {
	if p.toks[0].kind != kind || p.toks[0].text != text {
		return false
	}
	p.next()
	return true
}

func (p *dvParser) or() (dvFilter, *dvError) {
	left, err := p.and()
	for err == nil && p.is(dvTokWord, "or") {
		var right dvFilter
		if right, err = p.and(); err != nil {
			break
		}
		a, b := left.test, right.test
		left = dvFilter{
			test: func(o *dvOrg, r *dvRow) bool { return a(o, r) || b(o, r) },
			hint: dvEither(left.hint, right.hint),
		}
	}
	return left, err
}

// dvEither joins the hints of two alternatives on the same column.
func dvEither(a, b *dvHint) *dvHint {
	if a == nil || b == nil || a.column != b.column {
		return nil
	}
	return &dvHint{a.column, slices.Concat(a.values, b.values)}
}

func (p *dvParser) and() (dvFilter, *dvError) {
	left, err := p.not()
	for err == nil && p.is(dvTokWord, "and") {
		var right dvFilter
		if right, err = p.not(); err != nil {
			break
		}
		a, b := left.test, right.test
		left.test = func(o *dvOrg, r *dvRow) bool { return a(o, r) && b(o, r) }
		if left.hint == nil || right.hint != nil && len(right.hint.values) < len(left.hint.values) {
			left.hint = right.hint
		}
	}
	return left, err
}

func (p *dvParser) not() (dvFilter, *dvError) {
	if p.depth++; p.depth > dvDeepest {
		return dvFilter{}, dvBad("The maximum depth of %d of the $filter expression is exceeded.", dvDeepest)
	}
	defer func() { p.depth-- }()
	if p.is(dvTokWord, "not") {
		f, err := p.not()
		if err != nil {
			return f, err
		}
		return dvFilter{test: func(o *dvOrg, r *dvRow) bool { return !f.test(o, r) }}, nil
	}
	if p.is(dvTokPunct, "(") {
		f, err := p.or()
		if err == nil && !p.is(dvTokPunct, ")") {
			err = p.syntax()
		}
		return f, err
	}
	if p.toks[0].kind == dvTokWord && len(p.toks) > 1 && p.toks[1].text == "(" && p.toks[1].kind == dvTokPunct {
		return p.call()
	}
	return p.comparison()
}

func (p *dvParser) call() (dvFilter, *dvError) {
	name := p.next()
	p.next() // the parenthesis
	switch {
	case name.text == "contains" || name.text == "startswith" || name.text == "endswith":
		return p.textCall(name.text)
	case strings.HasSuffix(name.text, "/any") || strings.HasSuffix(name.text, "/all"):
		return p.lambda(name.text)
	case strings.HasPrefix(name.text, "Microsoft.Dynamics.CRM."):
		return p.queryCall(strings.TrimPrefix(name.text, "Microsoft.Dynamics.CRM."))
	}
	return dvFilter{}, dvBad("An unknown function with name '%s' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.", name.text)
}

func (p *dvParser) textCall(name string) (dvFilter, *dvError) {
	x, err := p.operand()
	if err != nil {
		return dvFilter{}, err
	}
	if !p.is(dvTokPunct, ",") {
		return dvFilter{}, p.syntax()
	}
	y, err := p.operand()
	if err != nil {
		return dvFilter{}, err
	}
	if !p.is(dvTokPunct, ")") {
		return dvFilter{}, p.syntax()
	}
	if x.class != "Edm.String" || y.class != "Edm.String" {
		return dvFilter{}, dvBad("No function signature for the function with name '%s' matches the specified arguments. The function signatures considered are: %s(Edm.String Nullable=true, Edm.String Nullable=true).", name, name)
	}
	match := map[string]func(s, part string) bool{
		"contains": strings.Contains, "startswith": strings.HasPrefix, "endswith": strings.HasSuffix,
	}[name]
	return dvFilter{test: func(o *dvOrg, r *dvRow) bool {
		s, ok := x.value(o, r).(string)
		part, ok2 := y.value(o, r).(string)
		return ok && ok2 && match(s, part)
	}}, nil
}

// dvOperators are the comparisons, by what the order of the sides must be.
var dvOperators = map[string]struct {
	kind string
	ok   func(c int) bool
}{
	"eq": {"Equal", func(c int) bool { return c == 0 }},
	"ne": {"NotEqual", func(c int) bool { return c != 0 }},
	"gt": {"GreaterThan", func(c int) bool { return c > 0 }},
	"ge": {"GreaterThanOrEqual", func(c int) bool { return c >= 0 }},
	"lt": {"LessThan", func(c int) bool { return c < 0 }},
	"le": {"LessThanOrEqual", func(c int) bool { return c <= 0 }},
}

func (p *dvParser) comparison() (dvFilter, *dvError) {
	x, err := p.operand()
	if err != nil {
		return dvFilter{}, err
	}
	name := p.toks[0]
	op, ok := dvOperators[name.text]
	if name.kind != dvTokWord || !ok {
		return dvFilter{}, p.syntax()
	}
	p.next()
	y, err := p.operand()
	if err != nil {
		return dvFilter{}, err
	}
	if x.class != "" && y.class != "" && !dvSameClass(x.class, y.class) {
		return dvFilter{}, dvBad("A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind '%s'.", x.class, y.class, op.kind)
	}
	f := dvFilter{test: func(o *dvOrg, r *dvRow) bool {
		a, b := x.value(o, r), y.value(o, r)
		if a == nil || b == nil {
			same := a == nil && b == nil
			return name.text == "eq" && same || name.text == "ne" && !same
		}
		return op.ok(dvOrder(a, b))
	}}
	if name.text == "eq" && x.indexed() && y.literal != nil {
		f.hint = &dvHint{x.column.name, []any{y.literal}}
	}
	return f, nil
}

// dvSameClass reports whether two types can be compared; numbers all can.
func dvSameClass(a, b string) bool {
	number := func(s string) bool { return strings.HasPrefix(s, "Edm.Int") || s == "Edm.Double" }
	return a == b || number(a) && number(b)
}
