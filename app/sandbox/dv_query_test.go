package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// dvBatchOfTasks gives the agent three tasks to query.
func dvBatchOfTasks(a dvAPI) {
	for _, body := range []string{
		`{"activityid":"00000000-0000-4000-8000-00000000000a","subject":"Ärger mit O'Brien","description":"first","scheduledend":"2026-01-01T00:00:00Z"}`,
		`{"activityid":"00000000-0000-4000-8000-00000000000b","subject":"argon leak","statecode":1,"scheduledend":"2026-02-01T12:00:00Z"}`,
		`{"activityid":"00000000-0000-4000-8000-00000000000c","subject":"Zebra (crossing), 50% off"}`,
	} {
		a.do("POST", "tasks", body).want(204)
	}
}

func TestFilterSelectsRows(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	dvBatchOfTasks(a)
	mine := "activityid ge 00000000-0000-4000-8000-000000000000 and activityid le 00000000-0000-4000-8000-0000000000ff and "
	me := a.me().SystemUserID
	for name, c := range map[string]struct{ filter, want string }{
		"equal texts ignore case":                  {"subject eq 'ARGON LEAK'", "b"},
		"equal texts ignore accents":               {"subject eq 'arger mit o''brien'", "a"},
		"not equal keeps the others":               {"subject ne 'argon leak'", "ac"},
		"contains":                                 {"contains(subject,'r')", "abc"},
		"contains with signs of the grammar":       {"contains(subject,'(crossing), 50% off')", "c"},
		"startswith":                               {"startswith(subject,'ar')", "ab"},
		"endswith":                                 {"endswith(subject,'leak')", "b"},
		"not of a function":                        {"not contains(subject,'leak')", "ac"},
		"and binds closer than or":                 {"statecode eq 1 or statecode eq 0 and endswith(subject,'off')", "bc"},
		"parentheses":                              {"(statecode eq 1 or statecode eq 0) and endswith(subject,'off')", "c"},
		"null":                                     {"scheduledend eq null", "c"},
		"not null":                                 {"scheduledend ne null", "ab"},
		"null is not greater":                      {"scheduledend gt 2000-01-01T00:00:00Z", "ab"},
		"dates compare":                            {"scheduledend gt 2026-01-15", "b"},
		"date with offset":                         {"scheduledend eq 2026-02-01T13:00:00+01:00", "b"},
		"less or equal":                            {"scheduledend le 2026-01-01T00:00:00Z", "a"},
		"lookup column":                            {"_ownerid_value eq " + me, "abc"},
		"lookup of somebody else":                  {"_ownerid_value eq 11111111-1111-1111-1111-111111111111", ""},
		"over a navigation property":               {"owninguser/fullname eq 'Nora Lindqvist'", "abc"},
		"In with quotes of OData":                  {"Microsoft.Dynamics.CRM.In(PropertyName='subject',PropertyValues=['argon leak','nothing'])", "b"},
		"In with quotes of JSON":                   {`Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=["1","2"])`, "b"},
		"NotIn":                                    {"Microsoft.Dynamics.CRM.NotIn(PropertyName='statecode',PropertyValues=['1'])", "ac"},
		"EqualUserId":                              {"Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')", "abc"},
		"EqualUserTeams finds nothing of a person": {"Microsoft.Dynamics.CRM.EqualUserTeams(PropertyName='ownerid')", ""},
		"OnOrAfter":                                {"Microsoft.Dynamics.CRM.OnOrAfter(PropertyName='scheduledend',PropertyValue='2026-01-02')", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.in(t)
			got := ""
			for _, id := range a.query("tasks", "$select", "activityid", "$filter", mine+"("+c.filter+")").column("activityid") {
				got += strings.TrimPrefix(id.(string), "00000000-0000-4000-8000-00000000000")
			}
			if got != c.want {
				t.Errorf("filter %s: got %q, want %q", c.filter, got, c.want)
			}
		})
	}
}

func TestQueryRefusesWhatDataverseRefuses(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	for name, c := range map[string]struct {
		option, value string
		status        int
		part          string
	}{
		"unknown column in select":        {"$select", "nonsense", 400, "Could not find a property named 'nonsense' on type 'Microsoft.Dynamics.CRM.incident'."},
		"lookup by its logical name":      {"$select", "customerid", 400, "property named 'customerid'"},
		"unknown column in filter":        {"$filter", "nonsense eq 1", 400, "property named 'nonsense'"},
		"unknown column in orderby":       {"$orderby", "nonsense desc", 400, "property named 'nonsense'"},
		"unknown navigation property":     {"$expand", "nonsense", 400, "property named 'nonsense'"},
		"text against a number":           {"$filter", "prioritycode eq '1'", 400, "Found operand types 'Edm.Int32' and 'Edm.String' for operator kind 'Equal'"},
		"quoted GUID":                     {"$filter", "incidentid eq '00000000-0000-0000-0000-000000000000'", 400, "'Edm.Guid' and 'Edm.String'"},
		"contains on a number":            {"$filter", "contains(prioritycode,'1')", 400, "No function signature"},
		"unknown function":                {"$filter", "length(title) gt 3", 400, "unknown function with name 'length'"},
		"unknown query function":          {"$filter", "Microsoft.Dynamics.CRM.Guess(PropertyName='title')", 501, "Guess is not supported"},
		"missing operand":                 {"$filter", "title eq", 400, "Expression expected"},
		"rest behind the expression":      {"$filter", "title eq 'a' 'b'", 400, "Syntax error at position 13"},
		"open quote":                      {"$filter", "title eq 'a", 400, "unterminated string literal"},
		"open parenthesis":                {"$filter", "(title eq 'a'", 400, "Syntax error"},
		"too deep":                        {"$filter", strings.Repeat("(", 300) + "title eq 'a'" + strings.Repeat(")", 300), 400, "maximum depth"},
		"nonsense literal":                {"$filter", "createdon gt 2026-99-99", 400, "Unrecognized 'Edm.String' literal '2026-99-99'"},
		"skip":                            {"$skip", "5", 400, "Skip Clause is not supported in CRM"},
		"unknown option":                  {"$nonsense", "5", 400, "The query parameter $nonsense is not supported"},
		"search":                          {"$search", "x", 501, "$search is not supported"},
		"negative top":                    {"$top", "-1", 400, "Invalid value '-1' for $top"},
		"count that is no boolean":        {"$count", "yes", 400, "Invalid value 'yes' for $count"},
		"option of expand":                {"$expand", "primarycontactid($top=1)", 400, "single-valued"},
		"forged paging cookie":            {"$skiptoken", "<cookie pagenumber=\"2\" />", 400, "Paging Cookie"},
		"direction that is none":          {"$orderby", "title sideways", 400, "Syntax error"},
		"value that does not fit in In":   {"$filter", "Microsoft.Dynamics.CRM.In(PropertyName='prioritycode',PropertyValues=['high'])", 400, "not valid for the column 'prioritycode'"},
		"column of a row, not of a table": {"$filter", "primarycontactid/nonsense eq 1", 400, "on type 'Microsoft.Dynamics.CRM.contact'"},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.in(t)
			a.query("incidents", c.option, c.value).refused(c.status, "0x80060888", c.part)
		})
	}
	annotated := a.get("nonsenses", "Prefer", `odata.include-annotations="*"`)
	annotated.refused(404, "0x80060888", "nonsenses")
	if !strings.Contains(string(annotated.raw), `"@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus":"0"`) {
		t.Errorf("no details of the error: %s", annotated.raw)
	}
	a.get("nonsenses").refused(404, "0x80060888", "Resource not found for the segment 'nonsenses'.")
	a.get("incidents?$select=title&$select=title").refused(400, "0x80060888", "more than once")
	a.get("incidents(abc)").refused(400, "0x80060888", "literal 'abc'")
	a.get("incidents("+a.s.DeletedCaseID()+")").refused(404, "0x80040217", "With Id = "+a.s.DeletedCaseID()+" Does Not Exist")
	a.get("incidents("+a.s.Cases[0].ID+")?$filter=title%20eq%20'a'").refused(400, "0x80060888", "can not be applied")
	a.do("PUT", "incidents", "{}").refused(405, "0x80060888", "http method 'PUT'")
}

func TestRowCarriesEtagAndAnnotations(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	plain := a.get("incidents(" + c.ID + ")?$select=title,prioritycode,_ownerid_value").want(200)
	for name := range plain.body {
		if strings.Contains(name, "@") && name != "@odata.etag" && name != "@odata.context" {
			t.Errorf("annotation %s though none was asked for", name)
		}
	}
	if plain.text("incidentid") != c.ID || !strings.HasPrefix(plain.text("@odata.etag"), `W/"`) {
		t.Errorf("key and etag are missing: %s", plain.raw)
	}
	full := a.get("incidents("+c.ID+")?$select=title,prioritycode,_ownerid_value,_customerid_value,createdon,isescalated,statuscode&$expand=primarycontactid($select=fullname),customerid_account($select=name),owninguser($select=fullname)",
		"Prefer", `odata.include-annotations="*"`).want(200)
	for name, want := range map[string]any{
		"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":               "systemuser",
		"_ownerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty":    "ownerid",
		"_ownerid_value@OData.Community.Display.V1.FormattedValue":              "Nora Lindqvist",
		"_customerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty": "customerid_account",
		"_customerid_value@OData.Community.Display.V1.FormattedValue":           c.Account.Name,
		"prioritycode@OData.Community.Display.V1.FormattedValue":                [...]string{"", "High", "Normal", "Low"}[c.Priority],
		"createdon": c.Created.UTC().Format("2006-01-02T15:04:05Z"),
	} {
		if got := full.body[name]; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if got := full.body["primarycontactid"].(map[string]any)["fullname"]; got != c.Contact.FirstName+" "+c.Contact.LastName {
		t.Errorf("expanded contact: %v", got)
	}
	if got := full.body["customerid_account"].(map[string]any)["name"]; got != c.Account.Name {
		t.Errorf("expanded account: %v", got)
	}
	some := a.get("incidents("+c.ID+")?$select=_ownerid_value", "Prefer", `return=representation, odata.include-annotations="Microsoft.Dynamics.CRM.*"`)
	if some.body["_ownerid_value@OData.Community.Display.V1.FormattedValue"] != nil || some.body["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] != "systemuser" {
		t.Errorf("the pattern of annotations is not followed: %s", some.raw)
	}
	if a.get("incidents("+c.ID+")", "If-None-Match", plain.text("@odata.etag")).status != 304 {
		t.Error("an unchanged row is sent again")
	}
	if got := a.get("incidents(" + c.ID + ")/title").text("value"); got != c.Title {
		t.Errorf("property: %s", got)
	}
}

func TestPagesJoinToTheWhole(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	for _, order := range []string{"", "modifiedon desc", "prioritycode asc,title desc", "resolveby"} {
		t.Run("ordered by "+order, func(t *testing.T) {
			a := a.in(t)
			whole := a.query("incidents", "$select", "title", "$orderby", order+strings.Repeat("title", 1-min(len(order), 1))).column("incidentid")
			prefer := []string{"Prefer", "odata.maxpagesize=7"}
			path := "incidents?$select=title&$top=3&$orderby=" + strings.ReplaceAll(order+strings.Repeat("title", 1-min(len(order), 1)), " ", "%20")
			var joined []any
			for pages := 0; path != ""; pages++ {
				if pages > 90 {
					t.Fatal("paging does not end")
				}
				page := a.get(path, prefer...)
				if n := len(page.rows()); n > 7 || n == 0 {
					t.Fatalf("page of %d rows", n)
				}
				joined = append(joined, page.column("incidentid")...)
				path, _ = page.body["@odata.nextLink"].(string)
			}
			if !slices.Equal(joined, whole) {
				t.Errorf("%d rows by page, %d at once, or in another order", len(joined), len(whole))
			}
		})
	}
	if got := a.query("incidents", "$top", "4"); len(got.rows()) != 4 || got.body["@odata.nextLink"] != nil {
		t.Errorf("$top alone: %d rows, next link %v", len(got.rows()), got.body["@odata.nextLink"])
	}
	n := len(a.get("incidents?$select=title").rows())
	if got := a.query("incidents", "$count", "true", "$top", "1").body["@odata.count"]; got != float64(n) {
		t.Errorf("@odata.count %v, want %d", got, n)
	}
	if got := string(a.get("incidents/$count").raw); got != fmt.Sprint(n) {
		t.Errorf("$count %s, want %d", got, n)
	}
}

func TestChangeTracking(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	const set = "msdyn_teamschatassociations"
	track := []string{"Prefer", "odata.track-changes,odata.maxpagesize=20"}
	page := a.get(set+"?$select=msdyn_teamschatid", track...)
	rows := page.rows()
	for page.body["@odata.nextLink"] != nil {
		page = a.get(page.text("@odata.nextLink"), track...)
		rows = append(rows, page.rows()...)
	}
	if all := a.get(set).rows(); len(all) != len(rows) {
		t.Fatalf("tracked read has %d rows, the table %d", len(rows), len(all))
	}
	link := page.text("@odata.deltaLink")
	if got := a.get(link).rows(); len(got) != 0 {
		t.Fatalf("nothing changed, but %d rows came", len(got))
	}
	first, last := rows[0][set[:len(set)-1]+"id"].(string), rows[1][set[:len(set)-1]+"id"].(string)
	if err := a.s.SetLink(first, false, a.oid); err != nil {
		t.Fatal(err)
	}
	if err := a.s.DeleteRow(set[:len(set)-1], last); err != nil {
		t.Fatal(err)
	}
	delta := a.get(link)
	if got := delta.rows(); len(got) != 2 || got[0]["msdyn_teamschatassociationid"] != first || got[1]["id"] != last || got[1]["reason"] != "deleted" {
		t.Errorf("delta: %s", delta.raw)
	}
	if got := string(a.get(strings.Replace(link, set+"?", set+"/$count?", 1)).raw); got != "2" {
		t.Errorf("count of changes: %s", got)
	}
	for _, option := range []string{"$filter=statecode%20eq%200", "$orderby=createdon", "$expand=createdby", "$top=3"} {
		a.get(set+"?"+option, track...).refused(400, "0x80060888", option[:strings.Index(option, "=")])
	}
	a.get("incidents", track...).refused(403, "0x80040220", "prvReadIncident")
	a.get("queues", track...).refused(400, "0x80044351", "isn't enabled for change tracking")
	a.clock.Add(8 * 24 * 3600e9)
	a.tokens.Clear() // they live for a day
	a.get(link).refused(400, "0x80044352", "full sync")
}

func TestIndexesFindWhatAScanFinds(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	x, y := a.s.Cases[0], a.s.Cases[3]
	chat := x.Linked[0].ChatID
	for name, c := range map[string]struct{ indexed, scanned string }{
		"alternatives of one column": {
			"msdyn_regardingobjectid eq '" + x.ID + "' or msdyn_regardingobjectid eq '" + strings.ToUpper(y.ID) + "'",
			"contains(msdyn_regardingobjectid,'" + x.ID + "') or contains(msdyn_regardingobjectid,'" + y.ID + "')"},
		"alternatives of two columns": {
			"msdyn_regardingobjectid eq '" + y.ID + "' or msdyn_teamschatid eq '" + chat + "'",
			"contains(msdyn_regardingobjectid,'" + y.ID + "') or contains(msdyn_teamschatid,'" + chat + "')"},
		"both of two columns": {
			"msdyn_regardingobjectid eq '" + x.ID + "' and msdyn_teamschatid eq '" + chat + "'",
			"contains(msdyn_regardingobjectid,'" + x.ID + "') and contains(msdyn_teamschatid,'" + chat + "')"},
		"the opposite": {
			"not (msdyn_regardingobjectid eq '" + x.ID + "')",
			"not contains(msdyn_regardingobjectid,'" + x.ID + "')"},
		"a list, one value twice": {
			"Microsoft.Dynamics.CRM.In(PropertyName='msdyn_teamschatid',PropertyValues=['" + chat + "','" + chat + "'])",
			"contains(msdyn_teamschatid,'" + chat + "')"},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.in(t)
			got, want := a.query(dvLinks, "$filter", c.indexed).rows(), a.query(dvLinks, "$filter", c.scanned).rows()
			if len(got) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%d rows by index, %d by scan, or others", len(got), len(want))
			}
		})
	}
	if got := a.get(dvLinks + "?$filter=msdyn_teamschatid%20eq%20@chat&@chat='" + strings.NewReplacer(":", "%3A", "@", "%40").Replace(chat) + "'").rows(); len(got) == 0 {
		t.Error("a parameter alias finds nothing")
	}
}

func TestBelowARow(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	row := "incidents(" + c.ID + ")"
	if got := string(a.get(row + "/ticketnumber/$value").want(200).raw); got != c.Number {
		t.Errorf("raw value %q", got)
	}
	a.get(row + "/escalatedon").want(204)
	if got := a.get(row + "/primarycontactid?$select=lastname").want(200).text("lastname"); got != c.Contact.LastName {
		t.Errorf("contact behind the case: %s", got)
	}
	a.get(row + "/customerid_contact").want(204) // the customer is an account
	a.get(row+"/nonsense").refused(404, "0x80060888", "segment 'nonsense'")
	a.get(row+"/title/nonsense").refused(404, "0x80060888", "segment 'nonsense'")
	a.get("incidents("+a.s.RestrictedCaseIDs()[0]+")/title").refused(403, "0x80040220", "ReadAccess")
	a.get(row+"/Microsoft.Dynamics.CRM.Nonsense()").refused(404, "0x80060888", "Nonsense")
	if got := a.get("").column("name"); !slices.Contains(got, any("incidents")) {
		t.Errorf("service document: %v", got)
	}
	team := a.s.Teams[2].ID
	path := "teams(" + team + ")/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)?@t={'@odata.id':'incidents(" + a.s.RestrictedCaseIDs()[3] + ")'}"
	if got := a.get(path).want(200).text("AccessRights"); got != "ReadAccess, WriteAccess, AppendAccess, AppendToAccess" {
		t.Errorf("rights of the access team: %s", got)
	}
}
