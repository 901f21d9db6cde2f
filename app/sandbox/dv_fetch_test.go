package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// fetch asks a set with FetchXML.
func (a dvAPI) fetch(set, xml string, header ...string) dvGot {
	a.t.Helper()
	if len(header) == 0 {
		header = []string{"Prefer", `odata.include-annotations="*"`}
	}
	return a.get(set+"?fetchXml="+dvEscape(xml), header...)
}

func dvEscape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func TestFetchFindsWhatFilterFinds(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	me := a.me().SystemUserID
	for name, c := range map[string]struct{ condition, filter string }{
		"equal":             {`<condition attribute="statecode" operator="eq" value="1"/>`, "statecode eq 1"},
		"not equal":         {`<condition attribute="prioritycode" operator="ne" value="2"/>`, "prioritycode ne 2"},
		"in":                {`<condition attribute="prioritycode" operator="in"><value>1</value><value>3</value></condition>`, "prioritycode eq 1 or prioritycode eq 3"},
		"not in":            {`<condition attribute="prioritycode" operator="not-in"><value>1</value><value>3</value></condition>`, "prioritycode eq 2"},
		"like":              {`<condition attribute="title" operator="like" value="%gasket%"/>`, "contains(title,'gasket')"},
		"like at the start": {`<condition attribute="title" operator="like" value="leaking%"/>`, "startswith(title,'leaking')"},
		"null":              {`<condition attribute="resolveby" operator="null"/>`, "resolveby eq null"},
		"not null":          {`<condition attribute="resolveby" operator="not-null"/>`, "resolveby ne null"},
		"mine":              {`<condition attribute="ownerid" operator="eq-userid"/>`, "_ownerid_value eq " + me},
		"lookup in braces":  {`<condition attribute="ownerid" operator="eq" value="{` + strings.ToUpper(me) + `}"/>`, "_ownerid_value eq " + me},
		"a day and later":   {`<condition attribute="createdon" operator="on-or-after" value="2026-11-20"/>`, "createdon ge 2026-11-20T00:00:00Z"},
		"of late":           {`<condition attribute="createdon" operator="last-x-days" value="3"/>`, "createdon ge 2026-11-22T00:00:00Z"},
		"either": {`<filter type="or"><condition attribute="statecode" operator="eq" value="1"/><condition attribute="title" operator="begins-with" value="Refund"/></filter>`,
			"statecode eq 1 or startswith(title,'Refund')"},
		"between": {`<condition attribute="prioritycode" operator="between"><value>2</value><value>3</value></condition>`, "prioritycode ge 2"},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.in(t)
			got := a.fetch("incidents", `<fetch><entity name="incident"><attribute name="incidentid"/><filter>`+c.condition+`</filter></entity></fetch>`).column("incidentid")
			want := a.query("incidents", "$filter", c.filter, "$select", "incidentid").column("incidentid")
			slices.SortFunc(got, func(x, y any) int { return strings.Compare(x.(string), y.(string)) })
			slices.SortFunc(want, func(x, y any) int { return strings.Compare(x.(string), y.(string)) })
			if len(got) == 0 || !slices.Equal(got, want) {
				t.Errorf("%d rows by FetchXML, %d by filter, or others", len(got), len(want))
			}
		})
	}
}

func TestFetchJoins(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	rows := a.fetch("incidents", `<fetch top="1"><entity name="incident"><attribute name="title"/><filter><condition attribute="incidentid" operator="eq" value="`+c.ID+`"/></filter>
		<link-entity name="account" from="accountid" to="customerid" alias="customer"><attribute name="name"/><attribute name="ownerid"/>
		<link-entity name="systemuser" from="systemuserid" to="ownerid" alias="manager" link-type="outer"><attribute name="fullname" alias="managername"/></link-entity></link-entity></entity></fetch>`).rows()
	if len(rows) != 1 || rows[0]["customer.name"] != c.Account.Name || rows[0]["managername"] != c.Account.Owner.Name || rows[0]["customer.ownerid"] != c.Account.Owner.SystemUserID ||
		rows[0]["customer.ownerid@Microsoft.Dynamics.CRM.lookuplogicalname"] != "systemuser" || rows[0]["title"] != c.Title {
		t.Errorf("joined row: %v", rows)
	}
	inner := a.fetch("incidents", `<fetch><entity name="incident"><attribute name="title"/><link-entity name="appointment" from="regardingobjectid" to="incidentid" alias="visit"><attribute name="location"/></link-entity></entity></fetch>`).rows()
	outer := a.fetch("incidents", `<fetch><entity name="incident"><attribute name="title"/><link-entity name="appointment" from="regardingobjectid" to="incidentid" link-type="outer" alias="visit"><attribute name="location"/></link-entity></entity></fetch>`).rows()
	without := a.fetch("incidents", `<fetch><entity name="incident"><attribute name="title"/><filter><condition entityname="visit" attribute="activityid" operator="null"/></filter><link-entity name="appointment" from="regardingobjectid" to="incidentid" link-type="outer" alias="visit"/></entity></fetch>`).rows()
	if len(inner) == 0 || len(inner)+len(without) != len(outer) {
		t.Errorf("%d cases with a visit, %d without, %d in all", len(inner), len(without), len(outer))
	}
}

func TestFetchPagesAndOrders(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	query := func(page int) string {
		return fmt.Sprintf(`<fetch count="40" page="%d" returntotalrecordcount="true"><entity name="incident"><attribute name="title"/><order attribute="title"/><order attribute="createdon" descending="true"/></entity></fetch>`, page)
	}
	want := a.query("incidents", "$select", "incidentid", "$orderby", "title,createdon desc").column("incidentid")
	var got []any
	for page := 1; ; page++ {
		g := a.fetch("incidents", query(page))
		got = append(got, g.column("incidentid")...)
		if g.body["@Microsoft.Dynamics.CRM.totalrecordcount"] != float64(len(want)) {
			t.Fatalf("total: %v", g.body["@Microsoft.Dynamics.CRM.totalrecordcount"])
		}
		if more := g.body["@Microsoft.Dynamics.CRM.morerecords"]; more != true {
			break
		}
		if cookie := g.text("@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"); !strings.Contains(cookie, fmt.Sprintf(`pagenumber="%d" pagingcookie="%%253Ccookie`, page+1)) {
			t.Fatalf("cookie: %s", cookie)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d rows by page, want %d in the same order", len(got), len(want))
	}
}

func TestFetchCounts(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t).as("admin")
	rows := a.fetch("incidents", `<fetch aggregate="true"><entity name="incident"><attribute name="incidentid" aggregate="count" alias="n"/><attribute name="owninguser" groupby="true" alias="who"/><filter><condition attribute="statecode" operator="eq" value="1"/></filter><order alias="n" descending="true"/></entity></fetch>`).rows()
	sum := 0.0
	for _, r := range rows {
		sum += r["n"].(float64)
	}
	all := len(a.query("incidents", "$filter", "statecode eq 1", "$select", "incidentid").rows())
	if sum != float64(all) || rows[0]["who@OData.Community.Display.V1.FormattedValue"] != "Priya Raman" {
		t.Errorf("%v resolved cases counted, want %d; most by %v", sum, all, rows[0])
	}
}

func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	entity := func(inner string) string { return `<fetch><entity name="incident">` + inner + `</entity></fetch>` }
	for name, c := range map[string]struct{ xml, code string }{
		"no XML":                {"nonsense", "0x80040201"},
		"another root":          {"<query/>", "0x80040201"},
		"half of it":            {`<fetch><entity name="incident">`, "0x80040201"},
		"two entities":          {`<fetch><entity name="incident"/><entity name="account"/></fetch>`, "0x80040201"},
		"an unknown entity":     {`<fetch><entity name="nonsense"/></fetch>`, "0x80041102"},
		"another entity":        {`<fetch><entity name="account"/></fetch>`, "0x80060888"},
		"an unknown attribute":  {entity(`<attribute name="nonsense"/>`), "0x80041103"},
		"an unknown operator":   {entity(`<filter><condition attribute="title" operator="resembles" value="x"/></filter>`), "0x8004111d"},
		"a value of another":    {entity(`<filter><condition attribute="statecode" operator="eq" value="open"/></filter>`), "0x8004111a"},
		"too many values":       {entity(`<filter><condition attribute="title" operator="null" value="x"/></filter>`), "0x8004111a"},
		"an unknown element":    {entity(`<nonsense/>`), "0x80040201"},
		"a page beside top":     {`<fetch top="3" page="2"><entity name="incident"/></fetch>`, "0x80040201"},
		"too large a page":      {`<fetch count="5001"><entity name="incident"/></fetch>`, "0x80040201"},
		"a text as a number":    {`<fetch top="many"><entity name="incident"/></fetch>`, "0x80040201"},
		"aggregates without":    {entity(`<attribute name="title" aggregate="count" alias="n"/>`), "0x80040201"},
		"a join on nothing":     {entity(`<link-entity name="account" from="nonsense" to="customerid"/>`), "0x80041103"},
		"an alias twice":        {entity(`<link-entity name="account" from="accountid" to="customerid" alias="a"/><link-entity name="contact" from="contactid" to="customerid" alias="a"/>`), "0x80040201"},
		"an alias not declared": {entity(`<filter><condition entityname="a" attribute="name" operator="null"/></filter>`), "0x80040201"},
	} {
		t.Run(name, func(t *testing.T) { a.in(t).fetch("incidents", c.xml).refused(400, c.code, "") })
	}
	a.get("incidents?fetchXml="+dvEscape(entity(""))+"&$top=3").refused(400, "0x80060888", "$top")
	if err := a.s.RevokeRead(a.oid, "account"); err != nil {
		t.Fatal(err)
	}
	a.fetch("incidents", entity(`<link-entity name="account" from="accountid" to="customerid"/>`)).refused(403, "0x80040220", "prvReadAccount")
}

func TestViewsRun(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	views := a.query("savedqueries", "$filter", "returnedtypecode eq 'incident'", "$select", "name,savedqueryid").rows()
	for _, v := range views {
		rows := a.get("incidents?savedQuery=" + v["savedqueryid"].(string)).rows()
		mine := len(a.query("incidents", "$filter", "statecode eq 0 and _ownerid_value eq "+a.me().SystemUserID).rows())
		if v["name"] == "My Active Cases" && len(rows) != mine || len(rows) == 0 {
			t.Errorf("view %s: %d rows", v["name"], len(rows))
		}
	}
	a.get("accounts?savedQuery="+views[0]["savedqueryid"].(string)).refused(400, "0x80060888", "account")
	a.get("incidents?savedQuery=00000000-0000-0000-0000-000000000001").refused(404, "0x80040217", "savedquery")
}
