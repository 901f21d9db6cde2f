package sandbox_test

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"
)

// FuzzDataverseFilter holds that no $filter breaks the server: it is answered
// with rows, or refused as the client's mistake.
func FuzzDataverseFilter(f *testing.F) {
	a := newDVAPI(f)
	for _, seed := range []string{
		"title eq 'a'", "(statecode eq 0 or statecode eq 1) and not contains(title,'x''y')", "modifiedon ge 2026-01-01T00:00:00Z",
		"Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['0','1'])", "primarycontactid/fullname eq null", "@p eq 1",
		"Microsoft.Dynamics.CRM.OnOrAfter(PropertyName='createdon',PropertyValue='2026-01-01')", "not not not", "prioritycode gt -1.5e3",
		"Microsoft.Dynamics.CRM.In(PropertyName='createdon',PropertyValues=[''])", "Incident_Tasks/any(t:t/subject eq 'x' and not (t/statecode eq 1))",
		"Incident_Tasks/any()", "customerid_account/incident_customer_accounts/all(c:c/statecode eq 0)", "a/any(a:", "/any(", "Incident_Tasks/any(:t)",
		"Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=3)", "Microsoft.Dynamics.CRM.Between(PropertyName='prioritycode',PropertyValues=['1','2'])", "[", "]", "@", "-", "'", "title eq @p", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		a := a.in(t)
		got := a.get("incidents?$top=1&@p=1&$filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20"))
		if got.status != 200 && got.status != 400 && got.status != 501 {
			t.Errorf("status %d for %q: %s", got.status, filter, got.raw)
		}
	})
}

// FuzzDataverseBatch holds that no multipart body breaks the server.
func FuzzDataverseBatch(f *testing.F) {
	a := newDVAPI(f)
	f.Add(dvJoin("b", dvRequestPart("GET", "WhoAmI", ""), dvRequestPart("GET", "incidents(", "")))
	f.Add(dvJoin("b", dvSet(dvRequestPart("POST", "tasks", `{"subject":"x"}`), dvRequestPart("PATCH", "$1", "{}"))))
	f.Add("--b\r\n\r\n--b--")
	f.Add("--b--")
	f.Add("--b \t\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET $1/x HTTP/1.1\r\nContent-Length: -1\r\n\r\nx\r\n--b--")
	f.Fuzz(func(t *testing.T, body string) {
		a := a.in(t)
		got := a.do("POST", "$batch", body, "Content-Type", "multipart/mixed; boundary=b", "Prefer", "odata.continue-on-error")
		if got.status != 200 && got.status != 400 {
			t.Errorf("status %d for %q: %s", got.status, body, got.raw)
		}
	})
}

// FuzzDataversePath holds that no path or query breaks the server.
func FuzzDataversePath(f *testing.F) {
	a := newDVAPI(f)
	for _, seed := range []string{
		"incidents(00000000-0000-0000-0000-000000000000)/title/$value", "systemusers(azureactivedirectoryobjectid=x)", "incidents?$expand=a(b;c)",
		"systemusers(" + a.me().SystemUserID + ")/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)?@t={", "EntityDefinitions(LogicalName='')/Attributes/x",
		"incidents?$skiptoken=<cookie pagingcookie=\"e30\" />", "incidents?$orderby=,", "((", "incidents/$count?$deltatoken=1!", "$1", "", "$metadata", "RelationshipDefinitions(SchemaName='incident_chats')", "EntityDefinitions(LogicalName='incident')?$expand=Attributes($select=LogicalName;$filter=LogicalName eq 'x')",
		"EntityDefinitions(LogicalName='incident')/Attributes(LogicalName='title')/Microsoft.Dynamics.CRM.StringAttributeMetadata", "RetrieveTotalRecordCount(EntityNames=@p)?@p=['incident']", "incidents?savedQuery=x",
		"incidents(00000000-0000-0000-0000-000000000000)/Incident_Tasks/$ref", "activityparties(x)", "GlobalOptionSetDefinitions", "WhoAmI/x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.Parse(a.root() + path)
		if err != nil {
			t.Skip("not an address")
		}
		a := a.in(t)
		u.Fragment = ""
		if got := a.get(u.String()); got.status >= 500 && got.status != 501 {
			t.Errorf("status %d for %q: %s", got.status, path, got.raw)
		}
	})
}

// FuzzDataverseFetch holds that no FetchXML breaks the server, and that what is
// no XML is never answered with rows.
func FuzzDataverseFetch(f *testing.F) {
	a := newDVAPI(f, small)
	for _, seed := range []string{
		`<fetch top="3"><entity name="incident"><attribute name="title"/></entity></fetch>`,
		`<fetch distinct="true"><entity name="incident"><filter type="or"><condition attribute="title" operator="like" value="%a_"/><condition attribute="createdon" operator="last-x-days" value="3"/></filter><order attribute="title" descending="1"/></entity></fetch>`,
		`<fetch count="2" page="2" paging-cookie="&lt;cookie page=&quot;1&quot;/&gt;"><entity name="incident"><link-entity name="account" from="accountid" to="customerid" link-type="outer" alias="a"><all-attributes/></link-entity></entity></fetch>`,
		`<fetch aggregate="true"><entity name="incident"><attribute name="createdon" groupby="true" dategrouping="month" alias="m"/><attribute name="incidentid" aggregate="count" alias="n"/><order alias="n"/></entity></fetch>`,
		`<fetch><entity name="incident"><filter><condition entityname="t" attribute="activityid" operator="null"/></filter><link-entity name="task" from="regardingobjectid" to="incidentid" link-type="outer" alias="t"/></entity></fetch>`,
		`<fetch><entity name="incident"><attribute name="title"/></fetch>`, "<fetch/>", "<!DOCTYPE a [<!ENTITY b \"c\">]><fetch>&b;</fetch>", "", "<", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := a.in(t)
		got := a.fetch("incidents", text)
		if got.status != 200 && got.status != 400 && got.status != 403 {
			t.Errorf("status %d for %q: %s", got.status, text, got.raw)
		}
		if got.status == 200 && xml.Unmarshal([]byte(text), new(struct{ XMLName xml.Name })) != nil {
			t.Errorf("rows for %q", text)
		}
	})
}

// FuzzDataverseExpand holds that no $expand breaks the server.
func FuzzDataverseExpand(f *testing.F) {
	a := newDVAPI(f, small)
	for _, seed := range []string{
		"customerid_account($select=name;$expand=primarycontactid($select=fullname))", "Incident_Tasks($filter=contains(subject,'a;b)');$orderby=subject desc;$top=1)",
		"ownerid", "createdby,modifiedby", "Incident_Tasks($expand=Incident_Tasks)", "a(", "a)", "Incident_Tasks($top=-1)", ";", "(", "Incident_Tasks($filter=", "customerid_account($top=1)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expand string) {
		a := a.in(t)
		got := a.query("incidents", "$top", "1", "$expand", expand)
		if got.status != 200 && got.status != 400 && got.status != 501 {
			t.Errorf("status %d for %q: %s", got.status, expand, got.raw)
		}
	})
}

// FuzzDataverseWrite holds that no body on a writing path breaks the server.
func FuzzDataverseWrite(f *testing.F) {
	a := newDVAPI(f, small)
	row := "incidents(" + a.s.Cases[0].ID + ")"
	paths := []string{"POST incidents", "PATCH " + row, "PUT " + row + "/title", "PUT " + row + "/customerid_account/$ref", "POST " + row + "/Incident_Tasks/$ref",
		"POST contoso_SuggestOnCall", "POST CloseIncident", "POST GrantAccess", "POST RevokeAccess", "POST SendAppNotification", "POST phonecalls", "DELETE " + row + "/title"}
	for i, seed := range []string{
		`{"title":"x","customerid_account@odata.bind":"/accounts(1)"}`, `{"prioritycode":9}`, `{"value":"x"}`, `{"@odata.id":"accounts(00000000-0000-0000-0000-000000000000)"}`, `{"@odata.id":"$1"}`,
		`{"EntityLogicalName":"incident","Recordid":"x"}`, `{"IncidentResolution":{"subject":"x","incidentid@odata.bind":"/incidents(1)"},"Status":-1}`,
		`{"Target":{"@odata.type":"#Microsoft.Dynamics.CRM.incident"},"PrincipalAccess":{"Principal":{},"AccessMask":"ReadAccess"}}`, `{"Target":null,"Revokee":[]}`,
		`{"Title":"x","Recipient@odata.bind":"x","Actions":{"actions":[{"data":{"type":"teamsChat"}}]}}`, `{"phonecall_activity_parties":[{"participationtypemask":1},null,3]}`, "null", "[", "",
	} {
		f.Add(i, seed)
	}
	f.Fuzz(func(t *testing.T, path int, body string) {
		a := a.in(t)
		method, at, _ := strings.Cut(paths[(path%len(paths)+len(paths))%len(paths)], " ")
		if got := a.do(method, at, body, "Content-Type", "application/json"); got.status >= 500 && got.status != 501 {
			t.Errorf("status %d for %s %s with %q: %s", got.status, method, at, body, got.raw)
		}
	})
}

// FuzzDataverseSearch holds that no body of a search breaks the server.
func FuzzDataverseSearch(f *testing.F) {
	a := newDVAPI(f, small)
	for _, seed := range []string{
		`{"search":"leak*","entities":["incident"],"top":1,"skip":1}`, `{"search":"x","entities":"[{\"name\":\"incident\"}]","options":"{}"}`, `{"search":"***","filter":"statecode eq"}`, `{"search":"\u0000"}`, "null", "[]", "{",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a := a.in(t)
		for _, version := range []string{"v1.0", "v2.0"} {
			if got := a.do("POST", a.s.Origins()["dataverse"]+"/api/search/"+version+"/query", body); got.status != 200 && got.status != 400 {
				t.Errorf("status %d for %q: %s", got.status, body, got.raw)
			}
		}
	})
}
