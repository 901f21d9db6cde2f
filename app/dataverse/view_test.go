package dataverse_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/wire"
)

// noteView is the view of the introduction note of cases.
func noteView(t *testing.T, c *dataverse.Client) string {
	t.Helper()
	configs, err := c.Configs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg := range configs {
		if cfg.Table == "incident" && cfg.NoteView != "" {
			return cfg.NoteView
		}
	}
	t.Fatal("cases have no view for the note")
	return ""
}

func setView(t *testing.T, s *sandbox.Sandbox, id, column string, cells ...string) {
	t.Helper()
	layout := `<grid name="resultset" object="112" jump="title" select="1"><row name="result" id="incidentid">`
	for _, c := range cells {
		layout += `<cell name="` + c + `" width="100" />`
	}
	if err := s.SetRow("savedquery", id, map[string]any{column: layout + "</row></grid>"}); err != nil {
		t.Fatal(err)
	}
}

func TestAViewGivesItsColumnsAndARecordsValues(t *testing.T) {
	t.Parallel()
	s := company()
	me := s.People[0]
	c := as(t, s, me.OID)
	id := noteView(t, c)
	setView(t, s, id, "layoutxml", "title", "incidentid", "ticketnumber", "customerid", "prioritycode", "createdon")
	s.Knobs.ResetCounts()
	v, err := c.View(t.Context(), id, 5)
	if err != nil || v.Table != "incident" || len(v.Columns) != 5 {
		t.Fatalf("%v, %+v", err, v)
	}
	if n := s.Knobs.Requests(""); n != 2 {
		t.Errorf("the view took %d requests, want 2", n)
	}
	want := []struct {
		label     string
		supported bool
	}{{"Case Title", true}, {"incidentid", false}, {"Case Number", true}, {"Customer", true}, {"Priority", true}}
	for i, w := range want {
		if got := v.Columns[i]; got.Label != w.label || got.Supported != w.supported {
			t.Errorf("column %d: %+v, want %+v", i, got, w)
		}
	}
	k := s.Cases[0]
	values, err := c.ViewValues(t.Context(), incident(t, c), v, strings.ToUpper("{"+k.ID+"}"))
	if err != nil || len(values) != 5 {
		t.Fatalf("%v, %+v", err, values)
	}
	if values[0].Text != k.Title || values[1].Text != "" || values[2].Text != k.Number || values[3].Text == "" || strings.ContainsAny(values[4].Text, "0123456789") || values[4].Text == "" {
		t.Errorf("values: %+v", values)
	}
	if _, err := c.ViewValues(t.Context(), incident(t, c), v, s.DeletedCaseID()); !errors.Is(err, odata.ErrNotFound) {
		t.Errorf("of a deleted case: %v", err)
	}
}

func TestAViewThatIsOfNoUse(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	id := noteView(t, c)
	for name, layout := range map[string]string{"no layout": "", "no cells": `<grid><row></row></grid>`,
		"hidden cells only": `<grid><row><cell name="title" ishidden="1"/></row></grid>`} {
		if err := s.SetRow("savedquery", id, map[string]any{"layoutxml": layout}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.View(t.Context(), id, 5); !errors.Is(err, dataverse.ErrNoColumns) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.SetRow("savedquery", id, map[string]any{"layoutxml": `<grid><row><cell name="title"`}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.View(t.Context(), id, 5); !errors.Is(err, odata.ErrBadReply) {
		t.Errorf("broken layout: %v", err)
	}
	if _, err := c.View(t.Context(), "00000000-0000-4000-8000-000000000000", 5); !errors.Is(err, odata.ErrNotFound) {
		t.Errorf("missing view: %v", err)
	}
	if _, err := c.View(t.Context(), "no id", 5); !errors.Is(err, dataverse.ErrBadID) {
		t.Errorf("bad id: %v", err)
	}
	if err := s.RevokeRead(s.People[0].OID, "savedquery"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.View(t.Context(), id, 5); !errors.Is(err, odata.ErrForbidden) {
		t.Errorf("unreadable view: %v", err)
	}
}

// linkedEnvironment answers for a view with a column of a linked table, the
// documented way: FetchXML in a query, an alias for each column.
type linkedEnvironment struct{ fetch string }

func (e *linkedEnvironment) RoundTrip(r *http.Request) (*http.Response, error) {
	reply := func(kind, body string) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	if !strings.HasSuffix(r.URL.Path, "/$batch") {
		return reply("application/json", `{"savedqueryid":"6f0e1111-0000-4000-8000-000000000001","name":"Note","returnedtypecode":"incident",
			"fetchxml":"<fetch><entity name='incident'><link-entity name='contact' from='contactid' to='primarycontactid' alias='a_1' link-type='outer'/><link-entity name='bad name' from='x' to='y' alias='a_2'/></entity></fetch>",
			"layoutxml":"<grid><row><cell name='title'/><cell name='a_1.emailaddress1'/><cell name='a_2.name'/></row></grid>"}`)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var answers []string
	for _, line := range strings.Split(string(body), "\r\n") {
		path, ok := strings.CutPrefix(line, "GET ")
		if !ok {
			continue
		}
		path = strings.TrimSuffix(path, " HTTP/1.1")
		switch {
		case strings.Contains(path, "'incident'"):
			answers = append(answers, `{"value":[{"LogicalName":"title","AttributeType":"String","DisplayName":{"UserLocalizedLabel":{"Label":"Title"}}}]}`)
		case strings.Contains(path, "'contact'"):
			answers = append(answers, `{"value":[{"LogicalName":"emailaddress1","AttributeType":"String","DisplayName":{"UserLocalizedLabel":{"Label":"Email"}}}]}`)
		case strings.Contains(path, "fetchXml"):
			u, err := url.Parse(path)
			if err != nil {
				return nil, err
			}
			e.fetch = u.Query().Get("fetchXml")
			answers = append(answers, `{"value":[{"incidentid":"0b0c1111-0000-4000-8000-000000000001","c1":"ada@contoso.com"}]}`)
		default:
			answers = append(answers, `{"incidentid":"0b0c1111-0000-4000-8000-000000000001","title":"Gasket"}`)
		}
	}
	out := ""
	for _, a := range answers {
		out += "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + a + "\r\n"
	}
	return reply("multipart/mixed; boundary=b", out+"--b--\r\n")
}

func TestColumnsOfLinkedTablesAreFetched(t *testing.T) {
	t.Parallel()
	env := &linkedEnvironment{}
	h, err := wire.NewClient("https://contoso.crm.dynamics.com", wire.Options{Transport: env})
	if err != nil {
		t.Fatal(err)
	}
	c := dataverse.New(&odata.Client{Base: "https://contoso.crm.dynamics.com/api/data/v9.2", HTTP: h})
	v, err := c.View(t.Context(), "6f0e1111-0000-4000-8000-000000000001", 5)
	if err != nil || len(v.Columns) != 3 || !v.Columns[1].Supported || v.Columns[1].Label != "Email" || v.Columns[2].Supported {
		t.Fatalf("%v, %+v", err, v)
	}
	values, err := c.ViewValues(t.Context(), dataverse.Table{Logical: "incident", Set: "incidents", PrimaryID: "incidentid"}, v, "0b0c1111-0000-4000-8000-000000000001")
	if err != nil || values[0].Text != "Gasket" || values[1].Text != "ada@contoso.com" || values[2].Text != "" {
		t.Errorf("%v, %+v", err, values)
	}
	for _, part := range []string{`<condition attribute="incidentid" operator="eq" value="0b0c1111-`, `link-type="outer"`, `<attribute name="emailaddress1" alias="c1"/>`} {
		if !strings.Contains(env.fetch, part) {
			t.Errorf("the query lacks %s: %s", part, env.fetch)
		}
	}
}
