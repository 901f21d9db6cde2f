package dataverse

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"chatpane/app/odata"
)

// SearchRecords finds up to top records whose name or number contains the
// text, last modified first.
func (c *Client) SearchRecords(ctx context.Context, t Table, text string, top int) ([]Row, error) {
	text = strings.TrimSpace(text)
	if text == "" || t.PrimaryName == "" {
		return nil, nil
	}
	terms := []string{"contains(" + t.PrimaryName + "," + quote(text) + ")"}
	if number := known[t.Logical].number; number != "" {
		terms = append(terms, "contains("+number+","+quote(text)+")")
	}
	q := t.selects()
	q.Set("$filter", anyOf(terms))
	q.Set("$orderby", "modifiedon desc")
	q.Set("$top", fmt.Sprint(min(max(top, 1), 250)))
	page, err := odata.GetPage[fields](ctx, c.odata, "/"+url.PathEscape(t.Set), q, preferAnnotations())
	if err != nil {
		return nil, fmt.Errorf("search records: %w", err)
	}
	return t.rows(page.Value), nil
}

// maxCases is how many of the user's cases are shown.
const maxCases = 50

// cases is the table of cases, which has the same names everywhere.
var cases = Table{Logical: "incident", Set: "incidents", PrimaryID: "incidentid", PrimaryName: "title", UserOwned: true}

// MyCases reads up to 50 active cases that a user (systemuserid) or one of the
// user's teams owns, or that are in a queue item the user works on, last
// modified first, in one request.
func (c *Client) MyCases(ctx context.Context, me string, teams []string) ([]Row, error) {
	var owners []string
	for _, id := range append([]string{me}, teams...) {
		id, err := guid(id)
		if err != nil {
			return nil, fmt.Errorf("owner of cases: %w", err)
		}
		owners = append(owners, "_ownerid_value eq "+id)
	}
	owned := cases.selects()
	owned.Set("$filter", "statecode eq 0 and "+anyOf(owners))
	owned.Set("$orderby", "modifiedon desc")
	owned.Set("$top", fmt.Sprint(maxCases))
	me, _ = guid(me) // checked above
	queued := url.Values{
		"$select":  {"queueitemid"},
		"$expand":  {"objectid_incident($select=" + cases.selects().Get("$select") + ")"},
		"$filter":  {"statecode eq 0 and _workerid_value eq " + me},
		"$orderby": {"modifiedon desc"},
		"$top":     {"200"}, // items of other tables are among them
	}
	answers, err := c.odata.BatchMultipart(ctx, []odata.BatchItem{
		{ID: "owned", Path: "/incidents" + odata.Query(owned), Header: annotated()},
		{ID: "queued", Path: "/queueitems" + odata.Query(queued), Header: annotated()},
	})
	if err != nil {
		return nil, fmt.Errorf("read my cases: %w", err)
	}
	var mine struct{ Value []fields }
	if err := answers[0].Decode(&mine); err != nil {
		return nil, fmt.Errorf("read my cases: %w", err)
	}
	rows := cases.rows(mine.Value)
	var items struct {
		Value []struct {
			Case fields `json:"objectid_incident"`
		}
	}
	// Who may not read queues still has the cases of their own.
	if err := answers[1].Decode(&items); err == nil {
		for _, it := range items.Value {
			if r, err := cases.row(it.Case); err == nil && r.State == 0 {
				rows = append(rows, r)
			}
		}
	}
	return newestCases(rows), nil
}

func newestCases(rows []Row) []Row {
	slices.SortFunc(rows, func(a, b Row) int {
		if c := b.Modified.Compare(a.Modified); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	rows = slices.CompactFunc(rows, func(a, b Row) bool { return a.ID == b.ID })
	return rows[:min(len(rows), maxCases)]
}
