package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// dvQuery are the system query options of a request, checked against a table.
type dvQuery struct {
	columns   []*dvColumn // selected; nil = all
	expand    []dvExpand
	filter    *dvFilter
	order     []dvOrderBy
	top       int // -1 = none
	count     bool
	skipToken string
	delta     string
	raw       map[string]string // option → value, decoded
}

// dvExpand is one expanded navigation property.
type dvExpand struct {
	name    string
	nav     *dvNav  // single-valued
	many    *dvMany // collection-valued
	columns []*dvColumn
	filter  *dvFilter
	order   []dvOrderBy
	top     int // -1: all
	expand  []dvExpand
}

type dvOrderBy struct {
	operand dvOperand
	desc    bool
}

// dvPrefer are the preferences of a request.
type dvPrefer struct {
	annotations []string // patterns such as "*" or "OData.Community.*"
	pageSize    int      // 0 = not asked for
	track       bool
	represent   bool
	continues   bool // odata.continue-on-error
}

// dvReadPrefer reads all Prefer headers; several preferences may share one.
func dvReadPrefer(h http.Header) dvPrefer {
	var p dvPrefer
	for _, item := range dvSplit(strings.Join(h.Values("Prefer"), ","), ',') {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		value = strings.Trim(value, `"`)
		switch strings.TrimPrefix(strings.ToLower(name), "odata.") {
		case "include-annotations":
			for _, a := range strings.Split(value, ",") {
				p.annotations = append(p.annotations, strings.TrimSpace(a))
			}
		case "maxpagesize":
			if n, err := strconv.Atoi(value); err == nil && n > 0 {
				p.pageSize = min(n, dvMaxPage)
			}
		case "track-changes":
			p.track = true
		case "continue-on-error":
			p.continues = true
		case "return":
			p.represent = value == "representation"
		}
	}
	return p
}

// applied writes which preferences were heeded.
func (p dvPrefer) applied(r dvReply) {
	if r.status != http.StatusOK && r.status != http.StatusCreated || len(r.body) == 0 {
		return
	}
	for _, one := range r.header.Values("Preference-Applied") {
		if one != "" {
			return
		}
	}
	if len(p.annotations) > 0 {
		r.header.Add("Preference-Applied", `odata.include-annotations="`+strings.Join(p.annotations, ",")+`"`)
	}
	if p.pageSize > 0 {
		r.header.Add("Preference-Applied", "odata.maxpagesize="+strconv.Itoa(p.pageSize))
	}
}

// dvMaxPage is the largest page, and the one used when none is asked for.
const dvMaxPage = 5000

// annotate reports whether an annotation was asked for.
func (p dvPrefer) annotate(name string) bool {
	for _, pattern := range p.annotations {
		prefix, wild := strings.CutSuffix(pattern, "*")
		if pattern == name || wild && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// dvSplit cuts a list at a separator outside quotes and parentheses.
func dvSplit(s string, sep byte) []string {
	var parts []string
	depth, start := 0, 0
	var quote byte
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == sep && depth <= 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	if s[start:] != "" || len(parts) > 0 {
		parts = append(parts, s[start:])
	}
	return parts
}

// dvOptions splits a query string. It is not net/url's: a semicolon separates
// options inside $expand here, and an option may come only once.
func dvOptions(rawQuery string) (map[string]string, *dvError) {
	out := map[string]string{}
	for _, pair := range strings.Split(rawQuery, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err != nil || err2 != nil {
			return nil, dvBad("The query string '%s' is malformed.", rawQuery)
		}
		if _, twice := out[key]; twice && strings.HasPrefix(key, "$") {
			return nil, dvBad("Query option '%s' was specified more than once, but it must be specified at most once.", key)
		}
		out[key] = value
	}
	return out, nil
}

// dvNoOptions refuses query options where a request knows none but the names
// given; aliases and what begins with no "$" are left alone.
func dvNoOptions(rawQuery string, but ...string) *dvError {
	options, err := dvOptions(rawQuery)
	if err != nil {
		return err
	}
	for name, value := range options {
		if name == "$format" {
			if err := dvFormat(value); err != nil {
				return err
			}
		} else if strings.HasPrefix(name, "$") && !slices.Contains(but, name) {
			return dvBad("The query parameter %s is not supported", name)
		}
	}
	return nil
}

// dvFormat refuses a $format that is not JSON.
func dvFormat(value string) *dvError {
	if value != "json" && !strings.HasPrefix(value, "application/json") {
		return dvBad("A supported MIME type could not be found that matches the $format '%s'.", value)
	}
	return nil
}

// dvParseQuery reads and checks the options of a request for rows of a table.
func dvParseQuery(o *dvOrg, t *dvTable, rawQuery string, user dvQueryUser) (*dvQuery, *dvError) {
	raw, err := dvOptions(rawQuery)
	if err != nil {
		return nil, err
	}
	q := &dvQuery{top: -1, raw: raw}
	aliases := map[string]string{}
	for name, value := range raw {
		if strings.HasPrefix(name, "@") {
			aliases[name] = value
		}
	}
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	slices.Sort(names) // so that the first error is always the same one
	for _, name := range names {
		if err := q.option(o, t, name, raw[name], aliases, user); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *dvQuery) option(o *dvOrg, t *dvTable, name, value string, aliases map[string]string, user dvQueryUser) (err *dvError) {
	switch name {
	case "$select":
		q.columns, err = dvParseSelect(t, value)
	case "$expand":
		q.expand, err = dvParseExpand(o, t, value, user)
	case "$filter":
		var f dvFilter
		f, err = dvParseFilter(o.metadata, t, value, aliases, user)
		q.filter = &f
	case "$orderby":
		q.order, err = dvParseOrder(o, t, value)
	case "$top":
		n, bad := strconv.Atoi(value)
		if bad != nil || n < 0 {
			return dvBad("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", value)
		}
		q.top = n
	case "$count":
		if value != "true" && value != "false" {
			return dvBad("Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", value)
		}
		q.count = value == "true"
	case "$skiptoken":
		q.skipToken = value
	case "$deltatoken":
		q.delta = value
	case "$skip":
		return dvBad("Skip Clause is not supported in CRM")
	case "$format":
		return dvFormat(value)
	case "$apply", "$search", "$compute":
		return dvUnsupported("The query parameter " + name)
	default:
		if strings.HasPrefix(name, "$") {
			return dvBad("The query parameter %s is not supported", name)
		}
	}
	return err
}

func dvParseSelect(t *dvTable, value string) ([]*dvColumn, *dvError) {
	if strings.TrimSpace(value) == "*" {
		return nil, nil
	}
	var out []*dvColumn
	for _, name := range strings.Split(value, ",") {
		name = strings.TrimSpace(name)
		c, ok := t.byProperty[name]
		if !ok {
			return nil, dvNoProperty(name, t)
		}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out, nil
}

func dvParseOrder(o *dvOrg, t *dvTable, value string) ([]dvOrderBy, *dvError) {
	var out []dvOrderBy
	for _, item := range strings.Split(value, ",") {
		words := strings.Fields(item)
		if len(words) == 0 || len(words) > 2 || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
			return nil, dvBad("Syntax error in '%s' of $orderby.", value)
		}
		p := dvParser{tables: o.metadata, table: t}
		x, err := p.path(words[0])
		if err != nil {
			return nil, err
		}
		out = append(out, dvOrderBy{x, len(words) == 2 && words[1] == "desc"})
	}
	return out, nil
}

// dvMostExpand is how many navigation properties one request may expand.
const dvMostExpand = 15

// dvExpander reads $expand, at any depth.
type dvExpander struct {
	org  *dvOrg
	user dvQueryUser
	left int
}

func dvParseExpand(o *dvOrg, t *dvTable, value string, user dvQueryUser) ([]dvExpand, *dvError) {
	return (&dvExpander{o, user, dvMostExpand}).items(t, value)
}

func (x *dvExpander) items(t *dvTable, value string) ([]dvExpand, *dvError) {
	var out []dvExpand
	for _, item := range dvSplit(value, ',') {
		if x.left--; x.left < 0 {
			return nil, dvBad("The number of $expand options exceeds the maximum of %d.", dvMostExpand)
		}
		name, options, _ := strings.Cut(strings.TrimSpace(item), "(")
		options, closed := strings.CutSuffix(options, ")")
		if strings.Contains(item, "(") != closed {
			return nil, dvBad("Found an unbalanced bracket expression in '%s'.", value)
		}
		e, target, err := t.navigation(x.org, name)
		if err != nil {
			return nil, err
		}
		e.top = -1
		for _, option := range dvSplit(options, ';') {
			key, v, _ := strings.Cut(option, "=")
			if err := x.option(&e, target, strings.TrimSpace(key), v); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// option reads one option of an expanded property. What sorts, cuts and filters
// is for collections only.
func (x *dvExpander) option(e *dvExpand, target *dvTable, key, value string) (err *dvError) {
	if e.many == nil && (key == "$filter" || key == "$orderby" || key == "$top") {
		return dvBad("The query option '%s' cannot be applied to the single-valued navigation property '%s'.", key, e.name)
	}
	switch key {
	case "$select":
		e.columns, err = dvParseSelect(target, value)
	case "$filter":
		var f dvFilter
		f, err = dvParseFilter(x.org.metadata, target, value, nil, x.user)
		e.filter = &f
	case "$orderby":
		e.order, err = dvParseOrder(x.org, target, value)
	case "$top":
		n, bad := strconv.Atoi(value)
		if bad != nil || n < 0 {
			return dvBad("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", value)
		}
		e.top = n
	case "$expand":
		e.expand, err = x.items(target, value)
	case "$skip", "$count", "$search", "$levels", "$compute":
		return dvBad("The query option '%s' is not supported inside $expand.", key)
	default:
		return dvBad("Term '%s=%s' is not valid in a $select or $expand expression.", key, value)
	}
	return err
}

// dvPrincipal is the base type of users and teams: all that is known of an owner
// without asking which it is.
func dvPrincipal() *dvTable {
	return (&dvTable{logical: "principal", id: "ownerid", ownership: "None"}).finish()
}

// navigation finds a navigation property and the table it leads to.
func (t *dvTable) navigation(o *dvOrg, name string) (dvExpand, *dvTable, *dvError) {
	e := dvExpand{name: name}
	if nav, ok := t.navs[name]; ok && o.metadata[nav.target] != nil {
		e.nav = &nav
		return e, o.metadata[nav.target], nil
	}
	if nav, ok := t.navs[name]; ok && nav.target == "principal" {
		e.nav = &nav
		return e, dvPrincipal(), nil
	}
	for i := range t.many {
		if t.many[i].name == name {
			e.many = &t.many[i]
			return e, o.metadata[e.many.target], nil
		}
	}
	return e, nil, dvNoProperty(name, t)
}
