package dataverse_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"chatpane/app/dataverse"
	"chatpane/app/odata"
	"chatpane/app/wire"
)

// recorder answers every request with one text and remembers the requests.
type recorder struct {
	status int
	body   string
	seen   []*http.Request
	bodies []string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.seen = append(r.seen, req)
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		r.bodies = append(r.bodies, string(data))
	}
	return &http.Response{StatusCode: r.status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(r.body)), Request: req}, nil
}

func canned(t *testing.T, status int, body string) (*dataverse.Client, *recorder) {
	t.Helper()
	r := &recorder{status: status, body: body}
	h, err := wire.NewClient("https://contoso.crm.dynamics.com", wire.Options{Transport: r})
	if err != nil {
		t.Fatal(err)
	}
	return dataverse.New(&odata.Client{Base: "https://contoso.crm.dynamics.com/api/data/v9.2", HTTP: h}), r
}

func TestDocumentedLinks(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/links.json")
	if err != nil {
		t.Fatal(err)
	}
	c, r := canned(t, 200, string(body))
	var got []dataverse.Link
	for page, err := range c.Links(t.Context(), time.Date(2026, 11, 20, 9, 0, 0, 1, time.UTC)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page...)
	}
	if len(got) != 3 {
		t.Fatalf("%d links, want the three that name chat and record: %+v", len(got), got)
	}
	want := dataverse.Link{
		ID: "6f0e0000-1111-4222-8333-444455556666", ETag: `W/"4711"`, ChatID: "19:5610aaaa@thread.v2",
		RecordID: "0b0c1111-2222-4333-8444-555566667777", Table: "incident", Name: "Pump", Live: true,
		CreatedBy: "aaaa0000-0000-4000-8000-000000000001", CreatedByName: "Bo Berg",
		ModifiedBy: "d96e0000-0000-4000-8000-000000000002", ModifiedByName: "Ada Park",
		Created: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), Modified: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC),
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	if got[1].Live || got[2].Live {
		t.Errorf("disconnected and inactive rows are live: %+v", got[1:])
	}
	q := r.seen[0].URL.Query()
	if q.Get("$filter") != "modifiedon ge 2026-11-20T09:00:00Z" || q.Get("$orderby") != "modifiedon asc" || r.seen[0].Header.Get("OData-Version") != "4.0" ||
		!strings.Contains(r.seen[0].Header.Get("Prefer"), "odata.maxpagesize=500") || !strings.Contains(r.seen[0].Header.Get("Prefer"), "odata.include-annotations=") {
		t.Errorf("asked %s with %v", r.seen[0].URL, r.seen[0].Header)
	}
}

func TestTableShapes(t *testing.T) {
	t.Parallel()
	const one = `{"LogicalName":"new_pump","EntitySetName":"new_pumps","PrimaryIdAttribute":"new_pumpid","PrimaryNameAttribute":"new_name","ObjectTypeCode":10001,"OwnershipType":"UserOwned",`
	for _, c := range []struct{ name, body, want string }{
		{"the user's label", one + `"DisplayName":{"LocalizedLabels":[{"Label":"Pump","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Pumpe"}}}`, "Pumpe"},
		{"no label in the user's language", one + `"DisplayName":{"LocalizedLabels":[{"Label":"Pump"}],"UserLocalizedLabel":null}}`, "Pump"},
		{"no label at all", one + `"DisplayName":{"LocalizedLabels":[],"UserLocalizedLabel":null}}`, "new_pump"},
		{"wrapped in a list", `{"value":[` + one + `"DisplayName":{"UserLocalizedLabel":{"Label":"Pump"}}}]}`, "Pump"},
	} {
		client, r := canned(t, 200, c.body)
		got, err := client.Table(t.Context(), "new_pump")
		want := dataverse.Table{Logical: "new_pump", Set: "new_pumps", PrimaryID: "new_pumpid", PrimaryName: "new_name", DisplayName: c.want, TypeCode: 10001, UserOwned: true}
		if err != nil || got != want || r.seen[0].URL.Path != "/api/data/v9.2/EntityDefinitions(LogicalName='new_pump')" {
			t.Errorf("%s: %v %+v, asked %s", c.name, err, got, r.seen[0].URL)
		}
	}
	client, _ := canned(t, 200, `{"LogicalName":"x"}`)
	if _, err := client.Table(t.Context(), "x"); !errors.Is(err, odata.ErrBadReply) {
		t.Errorf("half a definition: %v", err)
	}
}

func TestPrivilegeAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   bool
		err    error
	}{
		{200, `{"RolePrivileges":[{"Depth":"Global","PrivilegeId":"x","PrivilegeName":"prvX"}]}`, true, nil},
		{200, `{"RolePrivileges":[]}`, false, nil},
		{400, `{"error":{"code":"0x80042f09","message":"unknown"}}`, false, nil},
		{403, `{"error":{"code":"0x80040220","message":"no"}}`, false, odata.ErrForbidden},
		{413, `{}`, false, odata.ErrTooLarge},
	} {
		client, _ := canned(t, c.status, c.body)
		got, err := client.HasPrivilege(t.Context(), caseID, "prvX")
		if got != c.want || !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("%d %s: got %v, %v", c.status, c.body, got, err)
		}
	}
}

func TestBadIDsNeverLeave(t *testing.T) {
	t.Parallel()
	c, r := canned(t, 200, `{"value":[]}`)
	ctx := t.Context()
	table := dataverse.Table{Logical: "incident", Set: "incidents", PrimaryID: "incidentid", PrimaryName: "title"}
	bad := []string{"", "1", "0b0c1111-2222-4333-8444-55556666777g", "0b0c1111-2222-4333-8444-555566667777)/x", "' or 1 eq 1"}
	for _, id := range bad {
		calls := map[string]error{}
		_, calls["open"] = c.OpenRecord(ctx, table, id, caseID)
		_, calls["open as"] = c.OpenRecord(ctx, table, caseID, id)
		_, calls["cases"] = c.MyCases(ctx, id, nil)
		_, calls["cases of teams"] = c.MyCases(ctx, caseID, []string{id})
		_, calls["teams"] = c.Teams(ctx, id)
		_, calls["privilege"] = c.HasPrivilege(ctx, id, "x")
		_, calls["users"] = c.Users(ctx, []string{id})
		_, calls["set link"] = c.SetLink(ctx, id, true, "")
		_, calls["put link"] = c.PutLink(ctx, dataverse.Link{RecordID: id})
		_, calls["table"] = c.Table(ctx, id)
		_, calls["tables"] = c.Tables(ctx, []string{id})
		for name, err := range calls {
			if !errors.Is(err, dataverse.ErrBadID) {
				t.Errorf("%s of %q: %v", name, id, err)
			}
		}
	}
	if len(r.seen) > 0 {
		t.Errorf("%d requests left, first %s", len(r.seen), r.seen[0].URL)
	}
}

func TestRecordOfATableWithoutKnownColumns(t *testing.T) {
	t.Parallel()
	c, r := canned(t, 200, `{"value":[{"new_pumpid":"`+strings.ToUpper(caseID)+`","new_name":"P-1","_ownerid_value":"aaaa0000-0000-4000-8000-000000000001",
		"_ownerid_value@OData.Community.Display.V1.FormattedValue":"Tier 2","_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"team","statecode":"odd","modifiedon":"2026-11-21T10:00:00Z"},{"new_name":"no id"}]}`)
	got, err := c.SearchRecords(t.Context(), dataverse.Table{Logical: "new_pump", Set: "new_pumps", PrimaryID: "new_pumpid", PrimaryName: "new_name"}, " o'x ", 1000)
	want := []dataverse.Row{{Table: "new_pump", ID: caseID, Name: "P-1", OwnerID: "aaaa0000-0000-4000-8000-000000000001", OwnerName: "Tier 2", OwnerTeam: true,
		Modified: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	q := r.seen[0].URL.Query()
	if q.Get("$filter") != "(contains(new_name,'o''x'))" || q.Get("$top") != "250" || q.Has("$select") {
		t.Errorf("asked %v", q)
	}
}
