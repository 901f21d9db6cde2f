package dataverse

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"chatpane/app/odata"
)

// Row is what is shown of a record.
type Row struct {
	Table      string // logical name
	ID         string
	Name       string // value of the primary name column
	Number     string // ticket, account or article number; empty for other tables
	OwnerID    string // systemuserid or teamid
	OwnerName  string
	OwnerTeam  bool
	State      int    // statecode; 0 is the open state
	StatusText string // statuscode as the user reads it
	Customer   string
	Priority   string
	Deadline   time.Time
	Modified   time.Time
}

// columns names the columns of a table that fill the fields of [Row].
type columns struct{ number, customer, priority, deadline string }

// known are the tables whose columns are documented. Of other tables all
// columns are read, since none but the primary ones is certain to exist.
var known = map[string]columns{
	"incident":             {number: "ticketnumber", customer: "_customerid_value", priority: "prioritycode", deadline: "resolveby"},
	"account":              {number: "accountnumber"},
	"contact":              {customer: "_parentcustomerid_value"},
	"knowledgearticle":     {number: "articlepublicnumber"},
	"email":                {},
	"msdyn_ocliveworkitem": {},
}

func (t Table) selects() url.Values {
	c, ok := known[t.Logical]
	if !ok {
		return url.Values{}
	}
	list := []string{t.PrimaryID, t.PrimaryName, "statecode", "statuscode", "modifiedon", "_ownerid_value", c.number, c.customer, c.priority, c.deadline}
	return url.Values{"$select": {strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), ",")}}
}

// fields is a row as JSON.
type fields map[string]json.RawMessage

// text is a column's value when it is a text, else empty.
func (f fields) text(name string) string {
	var s string
	if name == "" || json.Unmarshal(f[name], &s) != nil {
		return ""
	}
	return s
}

// label is a column's value as the user reads it.
func (f fields) label(name string) string {
	if name == "" {
		return ""
	}
	return f.text(name + "@OData.Community.Display.V1.FormattedValue")
}

func (f fields) number(name string) int {
	var n int
	if json.Unmarshal(f[name], &n) != nil {
		return 0
	}
	return n
}

func (f fields) time(name string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, f.text(name))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// id is a column's value when it is a GUID, else empty.
func (f fields) id(name string) string {
	id, err := guid(f.text(name))
	if err != nil {
		return ""
	}
	return id
}

func (t Table) row(f fields) (Row, error) {
	c := known[t.Logical]
	r := Row{
		Table: t.Logical, ID: f.id(t.PrimaryID), Name: f.text(t.PrimaryName), Number: f.text(c.number),
		OwnerID: f.id("_ownerid_value"), OwnerName: f.label("_ownerid_value"),
		OwnerTeam: f.text("_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname") == "team",
		State:     f.number("statecode"), StatusText: f.label("statuscode"),
		Customer: f.label(c.customer), Priority: f.label(c.priority),
		Deadline: f.time(c.deadline), Modified: f.time("modifiedon"),
	}
	if r.ID == "" {
		return Row{}, fmt.Errorf("%w: row of %s without its id", odata.ErrBadReply, t.Logical)
	}
	return r, nil
}

// rows makes rows of a list and leaves out what is none.
func (t Table) rows(list []fields) []Row {
	out := make([]Row, 0, len(list))
	for _, f := range list {
		if r, err := t.row(f); err == nil {
			out = append(out, r)
		}
	}
	return out
}

// decodeRow reads the answer to a batched read of one row.
func (t Table) decodeRow(a odata.BatchAnswer) (Row, error) {
	var f fields
	if err := a.Decode(&f); err != nil {
		return Row{}, err
	}
	return t.row(f)
}

// Opened is what opening a record reads. Each part may fail by itself.
type Opened struct {
	Row       Row
	RowErr    error
	Links     []Link // rows of all states, any order
	LinksErr  error
	Access    []string // names of rights, such as "WriteAccess"
	AccessErr error
	// Configs are the chat settings of all record types, as of Client.Configs.
	Configs    []LinkConfig
	ConfigsErr error
}

// OpenRecord reads a record, its links, the rights of a user (systemuserid) on
// it, and the chat settings of record types, in one request.
func (c *Client) OpenRecord(ctx context.Context, t Table, id, me string) (Opened, error) {
	row, err := entity(t.Set, id)
	if err != nil {
		return Opened{}, err
	}
	user, err := entity("systemusers", me)
	if err != nil {
		return Opened{}, err
	}
	target := url.QueryEscape("{'@odata.id':'" + strings.TrimPrefix(row, "/") + "'}")
	answers, err := c.odata.BatchMultipart(ctx, []odata.BatchItem{
		{ID: "row", Path: row + odata.Query(t.selects()), Header: annotated()},
		{ID: "links", Path: linkSet + odata.Query(linkQuery(regarding(id))), Header: annotated()},
		{ID: "access", Path: user + "/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@tid)?@tid=" + target},
		{ID: "configs", Path: configSet + odata.Query(configQuery())},
	})
	if err != nil {
		return Opened{}, fmt.Errorf("open record: %w", err)
	}
	var out Opened
	out.Row, out.RowErr = t.decodeRow(answers[0])
	out.Links, out.LinksErr = c.decodeLinks(ctx, answers[1])
	out.Links = slices.DeleteFunc(out.Links, func(l Link) bool { return l.Table != "" && l.Table != t.Logical })
	var access struct{ AccessRights string }
	if out.AccessErr = answers[2].Decode(&access); out.AccessErr == nil {
		out.Access = rights(access.AccessRights)
	}
	out.Configs, out.ConfigsErr = c.decodeConfigs(ctx, answers[3])
	return out, nil
}

// rights splits Dataverse's list of access rights.
func rights(s string) []string {
	out := []string{} // none is a fact too, unlike nil
	for _, r := range strings.Split(s, ",") {
		if r = strings.TrimSpace(r); r != "" && r != "None" {
			out = append(out, r)
		}
	}
	return out
}

// batchRows is how many rows one batch reads; Dataverse advises small batches.
const batchRows = 50

// Rows reads records of one table by id. lost holds the error of each that
// could not be read: odata.ErrForbidden, odata.ErrNotFound, or another.
func (c *Client) Rows(ctx context.Context, t Table, ids []string) (found []Row, lost map[string]error, err error) {
	lost = map[string]error{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(ids, batchRows) {
		var items []odata.BatchItem
		for _, id := range part {
			path, err := entity(t.Set, id)
			if err != nil {
				lost[id] = err
				continue
			}
			items = append(items, odata.BatchItem{ID: id, Path: path + odata.Query(t.selects()), Header: annotated()})
		}
		answers, err := c.odata.BatchMultipart(ctx, items)
		if err != nil {
			return found, lost, fmt.Errorf("read records: %w", err)
		}
		for _, a := range answers {
			if r, err := t.decodeRow(a); err != nil {
				lost[a.ID] = err
			} else {
				found = append(found, r)
			}
		}
	}
	return found, lost, nil
}
