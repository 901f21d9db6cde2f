package dataverse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"time"

	"chatpane/app/odata"
)

// CaseText is what cases are compared by. Subject, Product and Customer are ids.
type CaseText struct {
	ID, Number, Title, Description string
	Subject, Product, Customer     string
	Created                        time.Time
}

// caseColumns are the columns that fill a CaseText.
var caseColumns = []string{"incidentid", "ticketnumber", "title", "description", "createdon", "_subjectid_value", "_productid_value", "_customerid_value"}

func caseText(f fields) CaseText {
	return CaseText{ID: f.id("incidentid"), Number: f.text("ticketnumber"), Title: f.text("title"), Description: f.text("description"),
		Subject: f.id("_subjectid_value"), Product: f.id("_productid_value"), Customer: f.id("_customerid_value"), Created: f.time("createdon")}
}

// ResolvedCase is a case with who resolved it and when.
type ResolvedCase struct {
	CaseText
	By       string // systemuserid; "" when the case is not resolved (any more)
	Resolved time.Time
	// Modified is when the resolution was last written, for the next read.
	Modified time.Time
}

// resolvedPage makes pages small enough to be kept one by one.
const resolvedPage = "odata.maxpagesize=500"

// ResolvedCases iterates over resolved cases that this user may read, by the
// activity that closed each, newest first; since is the zero time for all, else
// only what was written from then on is read. A case that was opened again since
// comes with By empty.
func (c *Client) ResolvedCases(ctx context.Context, since time.Time) iter.Seq2[[]ResolvedCase, error] {
	q := url.Values{
		"$select":  {"actualend,createdon,modifiedon,statecode,_createdby_value"},
		"$expand":  {"incidentid($select=" + strings.Join(append(caseColumns[:len(caseColumns):len(caseColumns)], "statecode"), ",") + ")"},
		"$orderby": {"modifiedon desc"},
	}
	if since.IsZero() {
		q.Set("$filter", "statecode eq 1")
	} else {
		q.Set("$filter", "modifiedon ge "+stamp(since))
	}
	return func(yield func([]ResolvedCase, error) bool) {
		for page, err := range odata.Pages[resolution](ctx, c.odata, "/incidentresolutions", q, preferAnnotations(resolvedPage)) {
			if err != nil {
				yield(nil, fmt.Errorf("read resolved cases: %w", err))
				return
			}
			out := make([]ResolvedCase, 0, len(page))
			for _, r := range page {
				out = append(out, r.ResolvedCase)
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// resolution is a row of incidentresolution with its case.
type resolution struct{ ResolvedCase }

// UnmarshalJSON implements json.Unmarshaler; it refuses a row without its case.
func (r *resolution) UnmarshalJSON(data []byte) error {
	var f fields
	if err := lenient(data, &f); err != nil {
		return err
	}
	var about fields
	if err := lenient(f["incidentid"], &about); err != nil || about == nil {
		return errors.New("resolution of no case")
	}
	r.ResolvedCase = ResolvedCase{CaseText: caseText(about), By: f.id("_createdby_value"), Resolved: f.time("actualend"), Modified: f.time("modifiedon")}
	if r.Resolved.IsZero() {
		r.Resolved = f.time("createdon")
	}
	if f.number("statecode") != 1 || about.number("statecode") != 1 {
		r.By = "" // opened again: Dataverse cancels the resolution
	}
	if r.ID == "" {
		return errors.New("resolution of no case")
	}
	return nil
}
