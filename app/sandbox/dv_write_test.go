package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const dvLinks = "msdyn_teamschatassociations"

func TestCreateAnswersWithTheAddressOrTheRow(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[1]
	body := fmt.Sprintf(`{"msdyn_teamschatid":"19:new@thread.v2","msdyn_regardingobjectid":"%s","msdyn_regardingobjectname":"incident","msdyn_entityrecordstate":0,"msdyn_teamschatassociationname":"A <b> & c"}`, c.ID)
	made := a.do("POST", dvLinks, body).want(204)
	address := made.header.Get("OData-EntityId")
	if !strings.HasPrefix(address, a.root()+dvLinks+"(") || len(made.raw) != 0 {
		t.Fatalf("address %q, body %s", address, made.raw)
	}
	row := a.get(address).want(200)
	me := a.me().SystemUserID
	for name, want := range map[string]any{
		"_createdby_value": me, "_modifiedby_value": me, "statecode": 0.0, "statuscode": 1.0, "createdon": "2026-11-25T10:00:00Z",
		"msdyn_teamschatassociationname": "A <b> & c", "_createdonbehalfby_value": nil,
	} {
		if row.body[name] != want {
			t.Errorf("%s: got %v, want %v", name, row.body[name], want)
		}
	}
	if !strings.Contains(string(row.raw), "A <b> & c") {
		t.Errorf("JSON with HTML escapes: %s", row.raw)
	}
	whole := a.do("POST", dvLinks+"?$select=msdyn_teamschatid", body, "Prefer", "return=representation").want(201)
	if whole.body["msdyn_teamschatid"] != "19:new@thread.v2" || whole.body["createdon"] != nil || whole.header.Get("Preference-Applied") == "" {
		t.Errorf("representation: %s", whole.raw)
	}
}

func TestPatchUpsertsUnderConditions(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	const row = dvLinks + "(6f0e0000-0000-5000-8000-000000000001)"
	body := `{"msdyn_teamschatid":"19:x@thread.v2","msdyn_regardingobjectid":"r","msdyn_regardingobjectname":"incident"}`
	a.do("PATCH", row, body, "If-Match", "*").refused(404, "0x80040217", "Does Not Exist")
	a.do("PATCH", row, body, "If-Match", `W/"1"`).refused(404, "0x80040217", "Does Not Exist")
	a.do("PATCH", row, body, "If-None-Match", "*").want(204)
	a.do("PATCH", row, body, "If-None-Match", "*").refused(412, "0x80040237", "A record with matching key values already exists.")
	first := a.get(row).want(200).text("@odata.etag")
	a.clock.Add(time.Minute)
	changed := a.as("supervisor").do("PATCH", row, `{"msdyn_entityrecordstate":1}`, "If-Match", first, "Prefer", "return=representation").want(200)
	if changed.body["msdyn_entityrecordstate"] != 1.0 || changed.body["msdyn_teamschatid"] != "19:x@thread.v2" ||
		changed.body["_createdby_value"] != a.me().SystemUserID || changed.body["_modifiedby_value"] != a.person("supervisor").SystemUserID ||
		changed.body["modifiedon"] != "2026-11-25T10:01:00Z" {
		t.Errorf("changed row: %s", changed.raw)
	}
	a.do("PATCH", row, `{"msdyn_entityrecordstate":0}`, "If-Match", first).
		refused(412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided.")
	a.do("PATCH", row, `{"msdyn_entityrecordstate":0}`).want(204)
	if got := a.get(row).text("@odata.etag"); got == first || got == changed.text("@odata.etag") {
		t.Errorf("etag %s does not change", got)
	}
	if got := a.query(dvLinks, "$filter", "msdyn_regardingobjectid eq 'R'").rows(); len(got) != 1 {
		t.Errorf("one row was written, %d are found", len(got))
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	row := dvLinks + "(" + a.get(dvLinks + "?$top=1").rows()[0]["msdyn_teamschatassociationid"].(string) + ")"
	a.do("DELETE", row, "").refused(403, "0x80040220", "prvDeletemsdyn_teamschatassociation")
	admin := a.as("admin")
	admin.do("DELETE", row, "", "If-Match", `W/"1"`).refused(412, "0x80060882", "RowVersion")
	admin.do("DELETE", row, "").want(204)
	admin.do("DELETE", row, "").refused(404, "0x80040217", "Does Not Exist")
}

func TestWriteRefusesBadBodies(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	before := len(a.get("incidents").rows())
	for name, c := range map[string]struct{ set, body, code, part string }{
		"no JSON":              {"incidents", `{"title":`, "0x80048d19", "Invalid JSON"},
		"an array":             {"incidents", `[]`, "0x80048d19", "Invalid JSON"},
		"unknown column":       {"incidents", `{"nonsense":1}`, "0x80048d19", "property named 'nonsense'"},
		"lookup as a value":    {"incidents", `{"_ownerid_value":"00000000-0000-0000-0000-000000000000"}`, "0x80048d19", "property named '_ownerid_value'"},
		"number for a text":    {"incidents", `{"title":1}`, "0x80048d19", "Cannot convert the literal '1' to the expected type 'Edm.String'"},
		"text for a number":    {"incidents", `{"prioritycode":"high"}`, "0x80048d19", "expected type 'Edm.Int32'"},
		"choice out of range":  {"incidents", `{"prioritycode":9}`, "0x8004431a", "Accepted Values: 1,2,3"},
		"too long":             {dvLinks, `{"msdyn_regardingobjectid":"x","msdyn_teamschatassociationname":"` + strings.Repeat("é", 101) + `"}`, "0x80044331", "maximum allowed length of '100'"},
		"required is missing":  {dvLinks, `{"msdyn_teamschatid":"x"}`, "0x80040203", "msdyn_regardingobjectid"},
		"unknown navigation":   {"incidents", `{"nonsense@odata.bind":"/accounts(1)"}`, "0x80048d19", "undeclared property 'nonsense'"},
		"navigation elsewhere": {"incidents", `{"customerid_account@odata.bind":"/contacts(` + a.s.Contacts[0].ID + `)"}`, "0x80048d19", "Entity contact cannot be bound"},
		"bad date":             {"incidents", `{"resolveby":"tomorrow"}`, "0x80048d19", "Edm.DateTimeOffset"},
		"a number for boolean": {"incidents", `{"isescalated":1}`, "0x80048d19", "Edm.Boolean"},
	} {
		t.Run(name, func(t *testing.T) { a.in(t).do("POST", c.set, c.body).refused(400, c.code, c.part) })
	}
	a.do("POST", "incidents", `{"customerid_account@odata.bind":"/accounts(00000000-0000-4000-8000-000000000000)"}`).refused(404, "0x80040217", "'account'")
	if got := len(a.get("incidents").rows()); got != before {
		t.Errorf("refused writes left %d rows, before there were %d", got, before)
	}
	longest := `{"msdyn_regardingobjectid":"x","msdyn_teamschatassociationname":"` + strings.Repeat("é", 100) + `"}`
	a.do("POST", dvLinks, longest).want(204)
}

func TestBoundLookupsAndStates(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	account := a.s.Accounts[2]
	made := a.do("POST", "incidents", `{"title":"New","customerid_account@odata.bind":"/accounts(`+account.ID+`)","createdon":"1999-01-01T00:00:00Z"}`, "Prefer", "return=representation").want(201)
	if made.body["_customerid_value"] != account.ID || made.body["_ownerid_value"] != a.me().SystemUserID || made.body["createdon"] != "2026-11-25T10:00:00Z" ||
		made.body["_owningbusinessunit_value"] == nil {
		t.Errorf("new case: %s", made.raw)
	}
	row := "incidents(" + made.text("incidentid") + ")"
	a.do("PATCH", row, `{"statecode":2}`).want(204)
	if got := a.get(row); got.body["statuscode"] != 6.0 {
		t.Errorf("status of a cancelled case: %v", got.body["statuscode"])
	}
	a.do("PATCH", row, `{"statecode":0,"primarycontactid":null,"description":""}`).want(204)
	if got := a.get(row).body; got["_primarycontactid_value"] != nil || got["description"] != nil {
		t.Errorf("cleared columns: %v %v", got["_primarycontactid_value"], got["description"])
	}
	team := a.s.Teams[0].ID
	a.do("PATCH", row, `{"ownerid@odata.bind":"/teams(`+team+`)"}`).want(204)
	got := a.get(row, "Prefer", `odata.include-annotations="*"`)
	if got.body["_owningteam_value"] != team || got.body["_owninguser_value"] != nil || got.body["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] != "team" {
		t.Errorf("case of a team: %s", got.raw)
	}
}

func TestContactsAreNamedByTheirParts(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	made := a.do("POST", "contacts", `{"firstname":"Ada","lastname":"Park"}`, "Prefer", "return=representation").want(201)
	row := "contacts(" + made.text("contactid") + ")"
	a.do("PATCH", row, `{"lastname":"Lane"}`).want(204)
	if got := a.get(row).text("fullname"); made.text("fullname") != "Ada Park" || got != "Ada Lane" {
		t.Errorf("full names %q and %q", made.text("fullname"), got)
	}
}
