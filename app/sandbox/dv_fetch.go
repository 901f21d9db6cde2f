package sandbox

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// dvXML is one element of a FetchXML query as it was written.
type dvXML struct {
	name     string
	attrs    map[string]string
	text     string
	children []*dvXML
}

// The bounds of a FetchXML query.
const (
	dvFetchDeepest = 30
	dvFetchLinks   = 15 // link-entity elements in one query
	dvFetchMost    = 500
)

// dvReadXML reads one document. Elements may nest to a depth; there is no
// processing of entities or namespaces.
func dvReadXML(s string) (*dvXML, error) {
	dec := xml.NewDecoder(strings.NewReader(s))
	var stack []*dvXML
	var root *dvXML
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read XML: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			x := &dvXML{name: tok.Name.Local, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				x.attrs[a.Name.Local] = a.Value
			}
			switch {
			case len(stack) >= dvFetchDeepest:
				return nil, errors.New("elements nest too deeply")
			case len(stack) > 0:
				above := stack[len(stack)-1]
				above.children = append(above.children, x)
			case root != nil:
				return nil, errors.New("there are two root elements")
			default:
				root = x
			}
			stack = append(stack, x)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text += string(tok)
			}
		}
	}
	if root == nil {
		return nil, errors.New("there is no element")
	}
	return root, nil
}

// dvFetch is a FetchXML query, checked against the tables.
type dvFetch struct {
	root              *dvFetchEntity
	links             []*dvFetchEntity // all of them, parents first
	top, count, page  int              // 0: not given
	distinct, grouped bool
	total             bool // the number of all rows is asked for
	orders            []dvFetchOrder
	late              bool // the root's filter looks at linked rows
}

// dvFetchEntity is the entity of a query or one linked to it.
type dvFetchEntity struct {
	data     *dvData
	alias    string // empty for the root
	above    *dvFetchEntity
	number   int // place in a tuple of joined rows
	from, to *dvColumn
	outer    bool
	semi     bool // one match is enough, and no columns come of it
	columns  []dvFetchColumn
	filter   dvFetchTest
	hint     *dvHint
}

// dvFetchColumn is one attribute that is asked for.
type dvFetchColumn struct {
	of        *dvFetchEntity
	column    *dvColumn
	alias     string
	aggregate string // "count", "sum", …
	group     bool
	distinct  bool
	date      string // dategrouping
}

type dvFetchOrder struct {
	of     *dvFetchEntity
	column *dvColumn
	alias  string // of an aggregate
	desc   bool
}

// dvTuple is one row of a join: the root's row and one per link, nil where an
// outer join found none.
type dvTuple []*dvRow

// dvFetchTest decides whether a joined row passes.
type dvFetchTest func(t dvTuple) bool

// The codes of refused FetchXML.
const (
	dvCodeXML       = "0x80040201"
	dvCodeArgument  = "0x80040203"
	dvCodeNoEntity  = "0x80041102"
	dvCodeNoColumn  = "0x80041103"
	dvCodeOperator  = "0x8004111d"
	dvCodeCondition = "0x8004111a"
)

func dvFetchError(code, format string, args ...any) *dvError {
	return &dvError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

// dvFetchParser builds a query.
type dvFetchParser struct {
	org    *dvOrg
	caller *dvCaller
	fetch  *dvFetch
	byName map[string]*dvFetchEntity // by alias
	nodes  int
	rooted int // orders of the root so far
}

// parseFetch reads a FetchXML query of a caller. The lock is held.
func (o *dvOrg) parseFetch(c *dvCaller, s string) (*dvFetch, *dvError) {
	doc, err := dvReadXML(s)
	if err != nil {
		return nil, dvFetchError(dvCodeXML, "Invalid XML. %s", strings.ToValidUTF8(err.Error(), "?"))
	}
	if doc.name != "fetch" {
		return nil, dvFetchError(dvCodeXML, "Invalid XML. The root element must be 'fetch', it is '%s'.", doc.name)
	}
	f := &dvFetch{distinct: dvTrue(doc.attrs["distinct"]), grouped: dvTrue(doc.attrs["aggregate"]), total: dvTrue(doc.attrs["returntotalrecordcount"])}
	for name, into := range map[string]*int{"top": &f.top, "count": &f.count, "page": &f.page} {
		if *into, err = dvPositive(doc.attrs[name]); err != nil {
			return nil, dvFetchError(dvCodeXML, "Invalid XML. The value '%s' of '%s' is not a positive number.", doc.attrs[name], name)
		}
	}
	switch {
	case f.top > 0 && f.page > 0:
		return nil, dvFetchError(dvCodeXML, "The top attribute can't be specified with paging attribute page")
	case max(f.top, f.count) > dvMaxPage:
		return nil, dvFetchError(dvCodeXML, "The value of 'top' or 'count' exceeds the maximum of %d.", dvMaxPage)
	case !dvIsFetchCookie(doc.attrs["paging-cookie"]):
		return nil, dvFetchError(dvCodeXML, "Malformed XML in the Paging Cookie")
	case len(doc.children) != 1 || doc.children[0].name != "entity":
		return nil, dvFetchError(dvCodeXML, "Invalid XML. The element 'fetch' must have exactly one element 'entity'.")
	}
	p := &dvFetchParser{org: o, caller: c, fetch: f, byName: map[string]*dvFetchEntity{}}
	if refused := p.root(doc.children[0]); refused != nil {
		return nil, refused
	}
	return f, nil
}

// dvIsFetchCookie reports whether a text can be a paging cookie. Which page is
// meant says the page attribute, here as there.
func dvIsFetchCookie(s string) bool {
	if s == "" {
		return true
	}
	x, err := dvReadXML(s)
	return err == nil && x.name == "cookie" && x.attrs["page"] != ""
}

func dvTrue(s string) bool { return s == "true" || s == "1" }

func dvPositive(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err == nil && n < 1 {
		err = errors.New("not positive")
	}
	return n, err
}

func (p *dvFetchParser) root(x *dvXML) *dvError {
	e := &dvFetchEntity{}
	p.fetch.root = e
	if err := p.table(e, x); err != nil {
		return err
	}
	// Links come first: the filter may name their aliases.
	if err := p.linksOf(e, x); err != nil {
		return err
	}
	for _, l := range append([]*dvFetchEntity{e}, p.fetch.links...) {
		if l.data.fault == dvForbidden || p.org.depth(p.caller, l.data.table, "Read") == dvNone {
			return p.org.denied(p.caller, l.data.table, "Read")
		}
	}
	return p.content(e, x)
}

func (p *dvFetchParser) table(e *dvFetchEntity, x *dvXML) *dvError {
	name := x.attrs["name"]
	e.data = p.org.tables[name]
	if e.data == nil || e.data.fault == dvAbsent {
		return dvFetchError(dvCodeNoEntity, "The entity with a name = '%s' with namemapping = 'Logical' was not found in the MetadataCache.", name)
	}
	return nil
}

// linksOf reads the link-entity elements below an element, and theirs.
func (p *dvFetchParser) linksOf(above *dvFetchEntity, x *dvXML) *dvError {
	for _, child := range x.children {
		if child.name != "link-entity" {
			continue
		}
		e := &dvFetchEntity{above: above, number: len(p.fetch.links) + 1, alias: child.attrs["alias"]}
		if e.number > dvFetchLinks {
			return dvFetchError("0x8004430d", "Number of link entities in query exceeded maximum limit. Limit: %d", dvFetchLinks)
		}
		p.fetch.links = append(p.fetch.links, e)
		if err := p.table(e, child); err != nil {
			return err
		}
		if e.alias == "" {
			e.alias = fmt.Sprintf("%s%d", e.data.table.logical, e.number)
		}
		if p.byName[e.alias] != nil || e.alias == p.fetch.root.data.table.logical && child.attrs["alias"] != "" {
			return dvFetchError(dvCodeXML, "The alias '%s' is used more than once.", e.alias)
		}
		p.byName[e.alias] = e
		switch kind := child.attrs["link-type"]; kind {
		case "", "inner":
		case "outer":
			e.outer = true
		case "exists", "in":
			e.semi = true
		default:
			return dvFetchError(dvCodeXML, "The link-type '%s' is not supported here.", kind)
		}
		var err *dvError
		if e.from, err = p.columnOf(e, child.attrs["from"]); err != nil {
			return err
		}
		if e.to, err = p.columnOf(above, child.attrs["to"]); err != nil {
			return err
		}
		if err := p.linksOf(e, child); err != nil {
			return err
		}
		if err := p.content(e, child); err != nil {
			return err
		}
	}
	return nil
}

func (p *dvFetchParser) columnOf(e *dvFetchEntity, name string) (*dvColumn, *dvError) {
	if c := e.data.table.byName[name]; c != nil {
		return c, nil
	}
	return nil, dvFetchError(dvCodeNoColumn, "'%s' entity doesn't contain attribute with Name = '%s' and NameMapping = 'Logical'.", e.data.table.schema, name)
}

// content reads the attributes, the order and the filters of an entity.
func (p *dvFetchParser) content(e *dvFetchEntity, x *dvXML) *dvError {
	var tests []dvFetchTest
	for _, child := range x.children {
		if p.nodes++; p.nodes > dvFetchMost {
			return dvFetchError(dvCodeXML, "The query has more than %d elements.", dvFetchMost)
		}
		var err *dvError
		switch child.name {
		case "attribute":
			err = p.attribute(e, child)
		case "all-attributes":
			for _, c := range e.data.table.columns {
				e.columns = append(e.columns, dvFetchColumn{of: e, column: c})
			}
		case "order":
			err = p.order(e, child)
		case "filter":
			var test dvFetchTest
			if test, err = p.filter(e, child, true); test != nil {
				tests = append(tests, test)
			}
		case "link-entity":
		default:
			err = dvFetchError(dvCodeXML, "Invalid XML. The element '%s' is not allowed in '%s'.", child.name, x.name)
		}
		if err != nil {
			return err
		}
	}
	if len(tests) > 0 {
		e.filter = func(t dvTuple) bool {
			for _, test := range tests {
				if !test(t) {
					return false
				}
			}
			return true
		}
	}
	return nil
}

func (p *dvFetchParser) attribute(e *dvFetchEntity, x *dvXML) *dvError {
	c, err := p.columnOf(e, x.attrs["name"])
	if err != nil {
		return err
	}
	a := dvFetchColumn{of: e, column: c, alias: x.attrs["alias"], aggregate: x.attrs["aggregate"], group: dvTrue(x.attrs["groupby"]),
		distinct: dvTrue(x.attrs["distinct"]), date: x.attrs["dategrouping"]}
	switch {
	case p.fetch.grouped && a.alias == "":
		return dvFetchError(dvCodeXML, "An alias is missing for the attribute '%s' of an aggregate query.", c.name)
	case p.fetch.grouped && a.group == (a.aggregate != ""):
		return dvFetchError(dvCodeXML, "The attribute '%s' of an aggregate query needs either aggregate or groupby.", c.name)
	case !p.fetch.grouped && (a.group || a.aggregate != ""):
		return dvFetchError(dvCodeXML, "The attribute '%s' is an aggregate, but the query is not.", c.name)
	case a.aggregate != "" && !dvAggregates[a.aggregate]:
		return dvFetchError(dvCodeXML, "The aggregate '%s' is not known.", a.aggregate)
	case (a.aggregate == "sum" || a.aggregate == "avg") && c.kind != dvInt && c.kind != dvBigInt:
		return dvFetchError(dvCodeXML, "The aggregate '%s' cannot be applied to '%s'.", a.aggregate, c.name)
	case a.date != "" && (!dvDateGroups[a.date] || c.kind != dvTime):
		return dvFetchError(dvCodeXML, "The dategrouping '%s' cannot be applied to '%s'.", a.date, c.name)
	}
	e.columns = append(e.columns, a)
	return nil
}

var (
	dvAggregates = map[string]bool{"count": true, "countcolumn": true, "sum": true, "avg": true, "min": true, "max": true}
	dvDateGroups = map[string]bool{"day": true, "week": true, "month": true, "quarter": true, "year": true}
)

func (p *dvFetchParser) order(e *dvFetchEntity, x *dvXML) *dvError {
	by := dvFetchOrder{of: e, alias: x.attrs["alias"], desc: dvTrue(x.attrs["descending"])}
	if other := x.attrs["entityname"]; other != "" {
		if by.of = p.byName[other]; by.of == nil {
			return dvFetchError(dvCodeXML, "The entityname '%s' of an order is no alias of the query.", other)
		}
	}
	if p.fetch.grouped {
		if by.alias == "" {
			return dvFetchError(dvCodeXML, "An attribute can not be specified for an order in an aggregate query. Use an alias.")
		}
	} else {
		var err *dvError
		if by.column, err = p.columnOf(by.of, x.attrs["attribute"]); err != nil {
			return err
		}
	}
	// Links were read first, but the root's order goes before theirs.
	at := len(p.fetch.orders)
	if e == p.fetch.root {
		at = p.rooted
		p.rooted++
	}
	p.fetch.orders = slices.Insert(p.fetch.orders, at, by)
	return nil
}
