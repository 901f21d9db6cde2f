package dataverse

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"chatpane/app/odata"
)

// ErrNoColumns means that a view shows no column at all, or none that exists.
var ErrNoColumns = errors.New("view without columns")

// View is a system view as the introduction note uses it.
type View struct {
	ID    string
	Name  string
	Table string // logical name
	// Columns are the first ones of the layout, hidden ones left out.
	Columns []ViewColumn
	links   map[string]viewLink // by alias
}

// ViewColumn is one column of a view.
type ViewColumn struct {
	Name  string // as the layout has it: a column, or "alias.column" of a linked table
	Label string // in the user's language; the name when there is none
	// Supported tells that the column's values can be written as text. Images,
	// files, party lists and ids cannot; Microsoft does not publish its own list
	// (reference dataverse.md §8.2).
	Supported bool
	kind      string // AttributeType
}

// of splits a column's name into the alias of a linked table, "" for the
// view's own, and the column of that table.
func (c ViewColumn) of() (alias, column string) {
	if a, col, ok := strings.Cut(c.Name, "."); ok {
		return a, col
	}
	return "", c.Name
}

// viewLink is how a linked table is reached from the view's table.
type viewLink struct {
	Name  string `xml:"name,attr"`
	From  string `xml:"from,attr"`
	To    string `xml:"to,attr"`
	Alias string `xml:"alias,attr"`
}

// maxViewXML is the size of a view's definition that is read, 1 MiB.
const maxViewXML = 1 << 20

// View reads a view with its first most columns, their labels and types. A
// missing view is odata.ErrNotFound, one that may not be read
// odata.ErrForbidden, one without columns [ErrNoColumns].
func (c *Client) View(ctx context.Context, id string, most int) (View, error) {
	path, err := entity("savedqueries", id)
	if err != nil {
		return View{}, err
	}
	var row fields
	q := url.Values{"$select": {"name,returnedtypecode,fetchxml,layoutxml"}}
	if err := c.odata.Get(ctx, path, q, &row); err != nil {
		return View{}, fmt.Errorf("read view: %w", err)
	}
	v := View{ID: row.id("savedqueryid"), Name: row.text("name"), Table: row.text("returnedtypecode"), links: map[string]viewLink{}}
	if _, err := logicalName(v.Table); err != nil {
		return View{}, fmt.Errorf("read view: %w: table %q", odata.ErrBadReply, v.Table)
	}
	names, err := layoutColumns(row.text("layoutxml"))
	if err != nil {
		return View{}, fmt.Errorf("read view: %w", err)
	}
	if err := v.readLinks(row.text("fetchxml")); err != nil {
		return View{}, fmt.Errorf("read view: %w", err)
	}
	for _, n := range names[:min(len(names), most)] {
		v.Columns = append(v.Columns, ViewColumn{Name: n})
	}
	if len(v.Columns) == 0 {
		return View{}, fmt.Errorf("read view: %w", ErrNoColumns)
	}
	if err := c.describe(ctx, &v); err != nil {
		return View{}, fmt.Errorf("read view's columns: %w", err)
	}
	return v, nil
}

// layoutColumns are the names of the cells of a layout that people see.
func layoutColumns(layout string) ([]string, error) {
	var grid struct {
		Rows []struct {
			Cells []struct {
				Name   string `xml:"name,attr"`
				Hidden string `xml:"ishidden,attr"`
			} `xml:"cell"`
		} `xml:"row"`
	}
	if strings.TrimSpace(layout) == "" {
		return nil, nil
	}
	if err := readXML(layout, &grid); err != nil {
		return nil, fmt.Errorf("layout: %w", err)
	}
	var out []string
	for _, r := range grid.Rows {
		for _, cell := range r.Cells {
			if cell.Name != "" && cell.Hidden != "1" && cell.Hidden != "true" && !slices.Contains(out, cell.Name) {
				out = append(out, cell.Name)
			}
		}
	}
	return out, nil
}

func readXML(text string, into any) error {
	if len(text) > maxViewXML {
		return fmt.Errorf("%w: %d bytes", odata.ErrBadReply, len(text))
	}
	if err := xml.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("%w: %w", odata.ErrBadReply, err)
	}
	return nil
}

// readLinks takes the tables that hang directly on the view's own. Deeper ones
// are left out: their columns count as unsupported.
func (v *View) readLinks(fetch string) error {
	var q struct {
		Entity struct {
			Links []viewLink `xml:"link-entity"`
		} `xml:"entity"`
	}
	if strings.TrimSpace(fetch) == "" {
		return nil
	}
	if err := readXML(fetch, &q); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	for _, l := range q.Entity.Links {
		good := true
		for _, name := range []string{l.Name, l.From, l.To} {
			_, err := logicalName(name)
			good = good && err == nil
		}
		if good && plainAlias(l.Alias) {
			v.links[l.Alias] = l
		}
	}
	return nil
}

func plainAlias(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// writable are the attribute types whose values are written as people read them.
var writable = []string{"String", "Memo", "Integer", "BigInt", "Decimal", "Double", "Money", "Boolean", "Picklist", "State", "Status",
	"DateTime", "Lookup", "Customer", "Owner"}

// describe fills in labels and types, one request for all tables concerned.
func (c *Client) describe(ctx context.Context, v *View) error {
	byTable := map[string][]string{}
	for _, col := range v.Columns {
		alias, name := col.of()
		table := v.Table
		if alias != "" {
			table = v.links[alias].Name
		}
		if _, err := logicalName(name); err == nil && table != "" {
			byTable[table] = append(byTable[table], "LogicalName eq "+quote(name))
		}
	}
	var items []odata.BatchItem
	for table, terms := range byTable {
		path, err := tablePath(table)
		if err != nil {
			return err
		}
		q := url.Values{"$select": {"LogicalName,AttributeType,AttributeTypeName,DisplayName"}, "$filter": {strings.Join(terms, " or ")}}
		items = append(items, odata.BatchItem{ID: table, Path: path + "/Attributes" + odata.Query(q)})
	}
	answers, err := c.odata.BatchMultipart(ctx, items)
	if err != nil {
		return err
	}
	known := map[string]attribute{}
	for _, a := range answers {
		var list struct{ Value []attribute }
		if err := a.Decode(&list); err != nil {
			return err
		}
		for _, at := range list.Value {
			known[a.ID+"."+at.LogicalName] = at
		}
	}
	for i, col := range v.Columns {
		alias, name := col.of()
		table := v.Table
		if alias != "" {
			table = v.links[alias].Name
		}
		at, ok := known[table+"."+name]
		v.Columns[i].Label, v.Columns[i].kind = at.label(name), at.AttributeType
		v.Columns[i].Supported = ok && (slices.Contains(writable, at.AttributeType) || at.AttributeTypeName.Value == "MultiSelectPicklistType")
	}
	return nil
}

// attribute is an AttributeMetadata.
type attribute struct {
	LogicalName       string
	AttributeType     string
	AttributeTypeName struct{ Value string }
	DisplayName       struct {
		UserLocalizedLabel *struct{ Label string }
	}
}

// UnmarshalJSON implements json.Unmarshaler; what is null stays empty.
func (a *attribute) UnmarshalJSON(data []byte) error {
	type plain attribute
	return lenient(data, (*plain)(a))
}

func (a attribute) label(name string) string {
	if a.DisplayName.UserLocalizedLabel != nil && a.DisplayName.UserLocalizedLabel.Label != "" {
		return a.DisplayName.UserLocalizedLabel.Label
	}
	return name
}

// ViewValue is the value of one column of a record, as the user reads it.
type ViewValue struct {
	Column ViewColumn
	Text   string // "" when the column is empty, or not supported
}

// ViewValues reads a record's values in the supported columns of a view, in one
// request. A missing record is odata.ErrNotFound, one that may not be read
// odata.ErrForbidden; linked tables that may not be read count as empty.
func (c *Client) ViewValues(ctx context.Context, t Table, v View, id string) ([]ViewValue, error) {
	path, err := entity(t.Set, id)
	if err != nil {
		return nil, err
	}
	own := []string{t.PrimaryID}
	for _, col := range v.Columns {
		if alias, _ := col.of(); alias == "" && col.Supported {
			own = append(own, col.property())
		}
	}
	items := []odata.BatchItem{{ID: "row", Path: path + odata.Query(url.Values{"$select": {strings.Join(own, ",")}}), Header: annotated()}}
	if fetch := v.fetch(t, id); fetch != "" {
		q := url.Values{"fetchXml": {fetch}}
		items = append(items, odata.BatchItem{ID: "linked", Path: "/" + url.PathEscape(t.Set) + "?" + q.Encode(), Header: annotated()})
	}
	answers, err := c.odata.BatchMultipart(ctx, items)
	if err != nil {
		return nil, fmt.Errorf("read the view's values: %w", err)
	}
	var row fields
	if err := answers[0].Decode(&row); err != nil {
		return nil, fmt.Errorf("read the view's values: %w", err)
	}
	var linked struct{ Value []fields }
	if len(answers) > 1 && answers[1].Decode(&linked) == nil && len(linked.Value) > 0 {
		for name, value := range linked.Value[0] {
			row[name] = value
		}
	}
	out := make([]ViewValue, 0, len(v.Columns))
	for i, col := range v.Columns {
		value := ViewValue{Column: col}
		if alias, _ := col.of(); col.Supported && alias == "" {
			value.Text = row.shown(col.property())
		} else if col.Supported {
			value.Text = row.shown(linkedName(i))
		}
		out = append(out, value)
	}
	return out, nil
}

// property is a column's name in the Web API.
func (c ViewColumn) property() string {
	_, name := c.of()
	if c.kind == "Lookup" || c.kind == "Customer" || c.kind == "Owner" {
		return "_" + name + "_value"
	}
	return name
}

// shown is a value as people read it: its label, else the text itself.
func (f fields) shown(name string) string {
	if s := f.label(name); s != "" {
		return s
	}
	if s := f.text(name); s != "" {
		return s
	}
	var n json.Number
	if json.Unmarshal(f[name], &n) == nil {
		return n.String()
	}
	return ""
}

// linkedName is what the value of a linked column is called in the answer.
func linkedName(column int) string { return fmt.Sprintf("c%d", column) }

// fetch is the query for the columns of linked tables, "" without any. All are
// joined so that a record without the linked row is still found; the view's
// own conditions do not matter.
func (v View) fetch(t Table, id string) string {
	record, err := guid(id)
	if err != nil {
		return ""
	}
	byAlias := map[string]string{}
	for i, col := range v.Columns {
		if alias, name := col.of(); alias != "" && col.Supported {
			byAlias[alias] += fmt.Sprintf(`<attribute name="%s" alias="%s"/>`, name, linkedName(i))
		}
	}
	if len(byAlias) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<fetch top="1"><entity name="%s"><attribute name="%s"/>`, v.Table, t.PrimaryID)
	fmt.Fprintf(&b, `<filter><condition attribute="%s" operator="eq" value="%s"/></filter>`, t.PrimaryID, record)
	for _, col := range v.Columns {
		alias, _ := col.of()
		if list, ok := byAlias[alias]; ok {
			l := v.links[alias]
			fmt.Fprintf(&b, `<link-entity name="%s" from="%s" to="%s" alias="%s" link-type="outer">%s</link-entity>`, l.Name, l.From, l.To, alias, list)
			delete(byAlias, alias)
		}
	}
	return b.String() + `</entity></fetch>`
}
