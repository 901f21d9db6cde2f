package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// filter reads a filter element. Conditions that all must hold may give a hint
// to find the rows by an index.
func (p *dvFetchParser) filter(e *dvFetchEntity, x *dvXML, must bool) (dvFetchTest, *dvError) {
	kind := x.attrs["type"]
	if kind != "" && kind != "and" && kind != "or" {
		return nil, dvFetchError(dvCodeXML, "The type '%s' of a filter is not 'and' or 'or'.", kind)
	}
	must = must && (kind != "or" || len(x.children) == 1)
	var tests []dvFetchTest
	for _, child := range x.children {
		if p.nodes++; p.nodes > dvFetchMost {
			return nil, dvFetchError(dvCodeXML, "The query has more than %d elements.", dvFetchMost)
		}
		var test dvFetchTest
		var err *dvError
		switch child.name {
		case "condition":
			test, err = p.condition(e, child, must)
		case "filter":
			test, err = p.filter(e, child, must)
		default:
			err = dvFetchError(dvCodeXML, "Invalid XML. The element '%s' is not allowed in 'filter'.", child.name)
		}
		if err != nil {
			return nil, err
		}
		if test != nil {
			tests = append(tests, test)
		}
	}
	if len(tests) == 0 {
		return nil, nil
	}
	any := kind == "or"
	return func(t dvTuple) bool {
		for _, test := range tests {
			if test(t) == any {
				return any
			}
		}
		return !any
	}, nil
}

// condition reads one condition.
func (p *dvFetchParser) condition(e *dvFetchEntity, x *dvXML, must bool) (dvFetchTest, *dvError) {
	of := e
	if name := x.attrs["entityname"]; name != "" {
		if of = p.byName[name]; of == nil || e.above != nil && of != e {
			return nil, dvFetchError(dvCodeXML, "The entityname '%s' of a condition is no alias that it can see.", name)
		}
		p.fetch.late = p.fetch.late || of != e
	}
	c, err := p.columnOf(of, x.attrs["attribute"])
	if err != nil {
		return nil, err
	}
	operator := x.attrs["operator"]
	var values []string
	for _, child := range x.children {
		if child.name != "value" {
			return nil, dvFetchError(dvCodeXML, "Invalid XML. The element '%s' is not allowed in 'condition'.", child.name)
		}
		values = append(values, child.text)
	}
	if v, ok := x.attrs["value"]; ok {
		values = append(values, v)
	}
	test, among, err := p.operator(c, operator, values)
	if err != nil {
		return nil, err
	}
	if among != nil && must && of == e && c.indexed && (e.hint == nil || len(among) < len(e.hint.values)) {
		e.hint = &dvHint{c.name, among}
	}
	at := of.number
	return func(t dvTuple) bool {
		if t[at] == nil {
			return test(nil) && operator == "null"
		}
		return test(dvComparable(t[at].values[c.name]))
	}, nil
}

// operator is the test of an operator. among are the values it lets pass, when
// it is of that kind.
func (p *dvFetchParser) operator(c *dvColumn, name string, values []string) (test func(v any) bool, among []any, err *dvError) {
	if fixed, ok := p.callerOperator(name); ok {
		if len(values) > 0 {
			return nil, nil, dvCount(name, "0", len(values))
		}
		not := strings.HasPrefix(name, "ne-")
		return func(v any) bool { return v != nil && slices.Contains(fixed, v) != not }, dvUnless(not, fixed), nil
	}
	if test, ok, err := p.dateOperator(c, name, values); ok || err != nil {
		return test, nil, err
	}
	switch name {
	case "null", "not-null":
		if len(values) > 0 {
			return nil, nil, dvCount(name, "0", len(values))
		}
		return func(v any) bool { return (v == nil) == (name == "null") }, nil, nil
	case "like", "not-like", "begins-with", "not-begin-with", "ends-with", "not-end-with":
		return dvLikeOperator(c, name, values)
	}
	want, err := dvFetchValues(c, values)
	if err != nil {
		return nil, nil, err
	}
	switch name {
	case "in", "not-in":
		if len(want) == 0 {
			return nil, nil, dvCount(name, "at least 1", 0)
		}
		not := name == "not-in"
		return func(v any) bool { return v != nil && slices.Contains(want, v) != not }, dvUnless(not, want), nil
	case "between", "not-between":
		if len(want) != 2 {
			return nil, nil, dvCount(name, "2", len(want))
		}
		not := name == "not-between"
		return func(v any) bool {
			return v != nil && (dvOrder(v, want[0]) >= 0 && dvOrder(v, want[1]) <= 0) != not
		}, nil, nil
	}
	op, ok := dvOperators[strings.Replace(name, "neq", "ne", 1)]
	if !ok {
		return nil, nil, dvFetchError(dvCodeOperator, "The operator '%s' is not valid.", name)
	}
	if len(want) != 1 {
		return nil, nil, dvCount(name, "1", len(want))
	}
	if name == "eq" {
		among = want
	}
	return func(v any) bool { return v != nil && op.ok(dvOrder(v, want[0])) }, among, nil
}

func dvUnless(not bool, values []any) []any {
	if not {
		return nil
	}
	return values
}

func dvCount(operator, want string, got int) *dvError {
	return dvFetchError(dvCodeCondition, "The operator '%s' takes %s values, not %d.", operator, want, got)
}

// callerOperator are the ids that an operator about the caller stands for.
func (p *dvFetchParser) callerOperator(name string) ([]any, bool) {
	var teams []any
	for _, t := range p.caller.teams {
		teams = append(teams, t.id)
	}
	switch name {
	case "eq-userid", "ne-userid":
		return []any{p.caller.id}, true
	case "eq-userteams":
		return append(teams, ""), true
	case "eq-useroruserteams":
		return append(teams, p.caller.id), true
	case "eq-businessid", "ne-businessid":
		return []any{p.caller.unit}, true
	}
	return nil, false
}

// dvLikeOperator matches texts; % stands for any text and _ for one character.
func dvLikeOperator(c *dvColumn, name string, values []string) (func(v any) bool, []any, *dvError) {
	if c.kind != dvString && c.kind != dvMemo {
		return nil, nil, dvFetchError(dvCodeOperator, "The operator '%s' cannot be applied to the attribute '%s'.", name, c.name)
	}
	if len(values) != 1 {
		return nil, nil, dvCount(name, "1", len(values))
	}
	pattern := dvFold(values[0])
	match := map[string]func(s string) bool{
		"like":        func(s string) bool { return dvLike([]rune(s), []rune(pattern)) },
		"begins-with": func(s string) bool { return strings.HasPrefix(s, pattern) },
		"ends-with":   func(s string) bool { return strings.HasSuffix(s, pattern) },
	}
	base := strings.TrimPrefix(name, "not-")
	base = strings.NewReplacer("begin-with", "begins-with", "end-with", "ends-with").Replace(base)
	hit, not := match[base], strings.HasPrefix(name, "not-")
	return func(v any) bool {
		s, ok := v.(string)
		return ok && hit(s) != not
	}, nil, nil
}

// dvLike matches a text with a pattern, in time that grows with both lengths.
func dvLike(s, pattern []rune) bool {
	i, k, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case k < len(pattern) && pattern[k] == '%':
			star, mark = k, i
			k++
		case k < len(pattern) && (pattern[k] == '_' || pattern[k] == s[i]):
			i, k = i+1, k+1
		case star >= 0:
			mark++
			i, k = mark, star+1
		default:
			return false
		}
	}
	for k < len(pattern) && pattern[k] == '%' {
		k++
	}
	return k == len(pattern)
}

// dvFetchValues reads the values of a condition as comparable values of a column.
func dvFetchValues(c *dvColumn, values []string) ([]any, *dvError) {
	var out []any
	for _, s := range values {
		v, ok := dvFetchValue(c, strings.TrimSpace(s))
		if !ok {
			return nil, dvFetchError(dvCodeCondition, "The value '%s' is not valid for the attribute '%s' of type %s.", strings.ToValidUTF8(s, "?"), c.name, c.kind.edm())
		}
		out = append(out, v)
	}
	return out, nil
}

func dvFetchValue(c *dvColumn, s string) (any, bool) {
	switch c.kind {
	case dvString, dvMemo:
		return dvFold(s), true
	case dvBool:
		if s == "1" || s == "0" {
			return s == "1", true
		}
		b, err := strconv.ParseBool(s)
		return b, err == nil
	case dvInt, dvBigInt, dvChoice:
		n, err := strconv.ParseInt(s, 10, 64)
		return float64(n), err == nil
	case dvTime:
		t, ok := dvFetchTime(s)
		return t, ok
	}
	s = strings.ToLower(strings.Trim(s, "{}"))
	return s, dvIsGUID(s)
}

func dvFetchTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// dateOperator is the test of an operator on days and spans. Days are those of
// UTC; the real service takes the user's time zone.
func (p *dvFetchParser) dateOperator(c *dvColumn, name string, values []string) (func(v any) bool, bool, *dvError) {
	span, known := dvSpanFor(p.org.clock(), name, values)
	if !known {
		return nil, false, nil
	}
	if c.kind != dvTime {
		return nil, true, dvFetchError(dvCodeOperator, "The operator '%s' cannot be applied to the attribute '%s'.", name, c.name)
	}
	if span == nil {
		return nil, true, dvFetchError(dvCodeCondition, "The value '%s' is not valid for the operator '%s'.", strings.Join(values, ","), name)
	}
	return func(v any) bool {
		at, ok := v.(time.Time)
		return ok && span.holds(at)
	}, true, nil
}

// dvSpan is a time from which and until which, the end excluded; zero: open.
type dvSpan struct{ from, to time.Time }

func (s dvSpan) holds(at time.Time) bool {
	return (s.from.IsZero() || !at.Before(s.from)) && (s.to.IsZero() || at.Before(s.to))
}

// dvSpanFor is what a date operator lets pass at a time, nil when its values
// are wrong. It reports whether there is such an operator.
func dvSpanFor(now time.Time, name string, values []string) (*dvSpan, bool) {
	day := now.Truncate(24 * time.Hour)
	week := day.AddDate(0, 0, -int(day.Weekday()))
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	year := time.Date(now.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	plain := map[string]dvSpan{
		"today": {day, day.AddDate(0, 0, 1)}, "yesterday": {day.AddDate(0, 0, -1), day}, "tomorrow": {day.AddDate(0, 0, 1), day.AddDate(0, 0, 2)},
		"last-seven-days": {day.AddDate(0, 0, -7), now}, "next-seven-days": {now, day.AddDate(0, 0, 8)},
		"this-week": {week, week.AddDate(0, 0, 7)}, "last-week": {week.AddDate(0, 0, -7), week},
		"this-month": {month, month.AddDate(0, 1, 0)}, "last-month": {month.AddDate(0, -1, 0), month},
		"this-year": {year, year.AddDate(1, 0, 0)}, "last-year": {year.AddDate(-1, 0, 0), year},
	}
	if s, ok := plain[name]; ok {
		if len(values) > 0 {
			return nil, true
		}
		return &s, true
	}
	if name == "on" || name == "on-or-after" || name == "on-or-before" {
		if len(values) != 1 {
			return nil, true
		}
		t, ok := dvFetchTime(strings.TrimSpace(values[0]))
		if !ok {
			return nil, true
		}
		t = t.Truncate(24 * time.Hour)
		return map[string]*dvSpan{"on": {t, t.AddDate(0, 0, 1)}, "on-or-after": {from: t}, "on-or-before": {to: t.AddDate(0, 0, 1)}}[name], true
	}
	return dvSpanOfX(name, values, now, day)
}

// dvSpanOfX is the span of last-x-days, next-x-months, olderthan-x-hours, ….
func dvSpanOfX(name string, values []string, now, day time.Time) (*dvSpan, bool) {
	kind, unit, ok := strings.Cut(name, "-x-")
	if !ok || kind != "last" && kind != "next" && kind != "olderthan" {
		return nil, false
	}
	n := 0
	if len(values) == 1 {
		n, _ = strconv.Atoi(strings.TrimSpace(values[0]))
	}
	if n < 1 || n > 100_000 {
		return nil, true
	}
	if kind != "next" {
		n = -n
	}
	var at time.Time
	switch unit {
	case "minutes":
		at = now.Add(time.Duration(n) * time.Minute)
	case "hours":
		at = now.Truncate(time.Hour).Add(time.Duration(n) * time.Hour)
	case "days":
		at = day.AddDate(0, 0, n)
	case "weeks":
		at = day.AddDate(0, 0, 7*n)
	case "months":
		at = day.AddDate(0, n, 0)
	case "years":
		at = day.AddDate(n, 0, 0)
	default:
		return nil, false
	}
	switch kind {
	case "last":
		return &dvSpan{at, now.Add(time.Second)}, true
	case "next":
		return &dvSpan{now, at.AddDate(0, 0, 1)}, true
	}
	return &dvSpan{to: at}, true
}
