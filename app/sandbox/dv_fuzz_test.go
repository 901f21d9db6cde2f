package sandbox_test

import (
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
		"Microsoft.Dynamics.CRM.In(PropertyName='createdon',PropertyValues=[''])", "[", "]", "@", "-", "'", "title eq @p", "\xff",
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
		"incidents?$skiptoken=<cookie pagingcookie=\"e30\" />", "incidents?$orderby=,", "((", "incidents/$count?$deltatoken=1!", "$1", "",
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
