package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestLambdas(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	count := func(filter string) int {
		t.Helper()
		return len(a.query("incidents", "$filter", filter, "$select", "incidentid").rows())
	}
	all := count("statecode ge 0")
	with, without := count("Incident_Tasks/any()"), count("not Incident_Tasks/any()")
	if with == 0 || with+without != all {
		t.Errorf("%d with a task, %d without, %d in all", with, without, all)
	}
	if got := a.query("incidents", "$filter", "Incident_Tasks/any(t:t/subject eq 'Call back about "+c.Number+"')").column("incidentid"); len(got) != 1 || got[0] != c.ID {
		t.Errorf("the case with a task of that name: %v", got)
	}
	if got := count("Incident_Tasks/all(t: t/statecode eq 0) and Incident_Tasks/any(t:contains(t/subject,'Call back') and not (t/statecode eq 1))"); got != with {
		t.Errorf("%d cases whose tasks are all open, want %d", got, with)
	}
	mine := a.query("accounts", "$filter", "incident_customer_accounts/any(c:c/_ownerid_value eq "+a.me().SystemUserID+")").rows()
	if len(mine) == 0 || len(mine) == len(a.s.Accounts) {
		t.Errorf("%d accounts with a case of mine", len(mine))
	}
	if got := a.query("systemusers", "$filter", "teammembership_association/any(t:t/name eq 'Escalations access team')").column("fullname"); len(got) != 2 {
		t.Errorf("members of a team: %v", got)
	}
	for name, filter := range map[string]string{
		"all without a condition": "Incident_Tasks/all()",
		"no variable":             "Incident_Tasks/any(subject eq 'x')",
		"an unknown collection":   "nonsense/any(t:t/subject eq 'x')",
		"an unknown column":       "Incident_Tasks/any(t:t/nonsense eq 'x')",
		"no end":                  "Incident_Tasks/any(t:t/subject eq 'x'",
		"a lookup":                "primarycontactid/any(t:t/fullname eq 'x')",
	} {
		t.Run(name, func(t *testing.T) {
			a.in(t).query("incidents", "$filter", filter).refused(http.StatusBadRequest, "0x80060888", "")
		})
	}
}

func TestExpandSortsFiltersAndNests(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t).as("admin")
	c := a.s.Cases[0]
	got := a.get("incidents(" + c.ID + ")?$select=title&$expand=customerid_account($select=name;$expand=primarycontactid($select=fullname),ownerid)," +
		"Incident_ActivityPointers($select=subject,activitytypecode;$filter=activitytypecode%20ne%20'phonecall';$orderby=createdon%20desc;$top=2)").want(200)
	account, _ := got.body["customerid_account"].(map[string]any)
	contact, _ := account["primarycontactid"].(map[string]any)
	if account["name"] != c.Account.Name || contact["fullname"] == nil {
		t.Errorf("nested: %v", account)
	}
	list, _ := got.body["Incident_ActivityPointers"].([]any)
	if len(list) != 2 || strings.Contains(string(got.raw), "phonecall") {
		t.Errorf("activities: %v", list)
	}
	a.get("incidents("+c.ID+")?$expand=Incident_Tasks($skip=1)").refused(400, "0x80060888", "$skip")
	a.get("incidents("+c.ID+")?$expand=Incident_Tasks($nonsense=1)").refused(400, "0x80060888", "$nonsense")
	a.get("incidents?$expand="+strings.Repeat("createdby,", 15)+"createdby").refused(400, "0x80060888", "maximum of 15")
}

func TestFunctionsOnDays(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	const crm = "Microsoft.Dynamics.CRM."
	for filter, same := range map[string]string{
		crm + "LastXDays(PropertyName='createdon',PropertyValue=3)":                                                                            "createdon ge 2026-11-22T00:00:00Z",
		crm + "OlderThanXMonths(PropertyName='createdon',PropertyValue=2)":                                                                     "createdon lt 2026-09-25T00:00:00Z",
		crm + "Today(PropertyName='createdon')":                                                                                                "createdon ge 2026-11-25T00:00:00Z and createdon lt 2026-11-26T00:00:00Z",
		crm + "On(PropertyName='createdon',PropertyValue='2026-11-24')":                                                                        "createdon ge 2026-11-24T00:00:00Z and createdon lt 2026-11-25T00:00:00Z",
		crm + "Between(PropertyName='prioritycode',PropertyValues=['1','2'])":                                                                  "prioritycode le 2",
		crm + "EqualBusinessId(PropertyName='owningbusinessunit') and " + crm + "OnOrAfter(PropertyName='createdon',PropertyValue=2026-11-20)": "createdon ge 2026-11-20T00:00:00Z",
	} {
		got, want := a.query("incidents", "$filter", filter).rows(), a.query("incidents", "$filter", same).rows()
		if len(got) != len(want) || len(want) == 0 {
			t.Errorf("%s: %d rows, want %d", filter, len(got), len(want))
		}
	}
	a.query("incidents", "$filter", crm+"LastXDays(PropertyName='title',PropertyValue=3)").refused(400, "0x80060888", "LastXDays")
	a.query("incidents", "$filter", crm+"LastXDays(PropertyName='createdon',PropertyValue=-3)").refused(400, "0x80060888", "LastXDays")
}
