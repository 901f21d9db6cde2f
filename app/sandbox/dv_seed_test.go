package sandbox_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestSettingsOfShippedTypes(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	rows := a.get("msdyn_entitylinkchatconfigurations?$expand=msdyn_entitytype($select=logicalname)&$filter=statecode%20eq%200").rows()
	types := map[string]bool{}
	for _, r := range rows {
		table := r["msdyn_entitytype"].(map[string]any)["logicalname"].(string)
		types[table] = true
		isCase := table == "incident"
		if r["msdyn_usercanjoinchat"] != isCase || r["msdyn_enableautonamechats"] != isCase || r["msdyn_recordownercanunlink"] != true || r["msdyn_recentchatlinkercanunlink"] != true {
			t.Errorf("settings of %s: %v", table, r)
		}
	}
	for _, want := range []string{"incident", "account", "contact", "knowledgearticle", "email", "msdyn_ocliveworkitem"} {
		if !types[want] || types["task"] || len(rows) != 7 {
			t.Errorf("types %v lack %s, or have task", types, want)
		}
	}
	view := a.query("savedqueries", "$filter", "name eq 'Case introduction message'", "$select", "fetchxml,savedqueryid").rows()
	if len(view) != 1 || !strings.Contains(view[0]["fetchxml"].(string), `<attribute name="ticketnumber" />`) {
		t.Errorf("the view of the note: %v", view)
	}
}

func TestLinksOfTheSeed(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	rows := a.get(dvLinks).rows()
	pairs, gone, cases, forms := map[string]int{}, 0, map[any]bool{}, 0
	for _, r := range rows {
		pairs[r["msdyn_teamschatid"].(string)+r["msdyn_regardingobjectid"].(string)]++
		if r["msdyn_entityrecordstate"] == 1.0 {
			gone++
		} else if r["msdyn_regardingobjectname"] == "incident" {
			cases[r["msdyn_regardingobjectid"]] = true
		}
		if id := r["msdyn_regardingobjectid"].(string); id != strings.ToLower(id) {
			forms++
		}
		if r["createdon"].(string) > r["modifiedon"].(string) || r["modifiedon"].(string) > "2026-11-25T10:00:00Z" {
			t.Errorf("times of a link: %v", r)
		}
	}
	twice := 0
	for _, n := range pairs {
		if n == 2 {
			twice++
		}
	}
	if len(cases) < len(a.s.Cases)/3 || gone < 4 || twice != 1 || forms != 2 {
		t.Errorf("%d cases connected, %d rows gone, %d pairs with two rows, %d odd forms of ids", len(cases), gone, twice, forms)
	}
	if !cases[a.s.DeletedCaseID()] || !cases[a.s.RestrictedCaseIDs()[0]] {
		t.Error("no link leads to a deleted or a restricted case")
	}
}

func TestTheMainAgentIsInChatsOfLostCases(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	members := map[string][]string{}
	for _, c := range a.s.ListRooms() {
		members[c.ID] = c.Members
	}
	for _, id := range []string{a.s.DeletedCaseID(), a.s.RestrictedCaseIDs()[0]} {
		rows := a.query(dvLinks, "$filter", "msdyn_regardingobjectid eq '"+id+"'").rows()
		if len(rows) != 1 || !slices.Contains(members[rows[0]["msdyn_teamschatid"].(string)], a.oid) {
			t.Errorf("links of case %s: %v", id, rows)
		}
	}
}

func TestMyQueueItemsAreOfOthers(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	items := a.query("queueitems", "$filter", "_workerid_value eq "+a.me().SystemUserID, "$select", "_objectid_value", "$expand", "objectid_incident($select=title,_ownerid_value)").rows()
	if len(items) != 3 {
		t.Fatalf("%d queue items, want 3", len(items))
	}
	for _, i := range items {
		if owner := i["objectid_incident"].(map[string]any)["_ownerid_value"]; owner == a.me().SystemUserID {
			t.Errorf("a queue item of an own case: %v", i)
		}
	}
}

func TestRowsBehindACase(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	for nav, subject := range map[string]string{"Incident_Emails": "Re: " + c.Title, "Incident_Tasks": "Call back about " + c.Number} {
		if got := a.get("incidents(" + c.ID + ")/" + nav + "?$select=subject").column("subject"); len(got) != 1 || got[0] != subject {
			t.Errorf("%s: %v", nav, got)
		}
		if got := string(a.get("incidents(" + c.ID + ")/" + nav + "/$count").raw); got != "1" {
			t.Errorf("%s/$count: %s", nav, got)
		}
		list := a.get("incidents(" + c.ID + ")?$select=title&$expand=" + nav + "($select=subject)").want(200).body[nav].([]any)
		if len(list) != 1 || list[0].(map[string]any)["subject"] != subject {
			t.Errorf("expanded %s: %v", nav, list)
		}
	}
	for range 3 {
		a.do("POST", "tasks", `{"subject":"more","regardingobjectid_incident_task@odata.bind":"/incidents(`+c.ID+`)"}`).want(204)
	}
	path, n := "incidents("+c.ID+")/Incident_Tasks?$select=subject", 0
	for pages := 0; path != "" && pages < 9; pages++ {
		page := a.get(path, "Prefer", "odata.maxpagesize=3")
		n += len(page.rows())
		path, _ = page.body["@odata.nextLink"].(string)
	}
	if n != 4 {
		t.Errorf("%d tasks by page, want 4", n)
	}
}

func TestMetadataInTwoLanguages(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	one := a.get("EntityDefinitions(LogicalName='incident')?$select=LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,DisplayName,ObjectTypeCode").want(200)
	for name, want := range map[string]any{"EntitySetName": "incidents", "PrimaryIdAttribute": "incidentid", "PrimaryNameAttribute": "title", "ObjectTypeCode": 112.0, "SchemaName": nil} {
		if one.body[name] != want {
			t.Errorf("%s: got %v, want %v", name, one.body[name], want)
		}
	}
	for _, part := range []string{`"Label":"Case","LanguageCode":1033`, `"Label":"Anfrage","LanguageCode":1031`, `"UserLocalizedLabel":{"Label":"Case"`, `"MetadataId"`} {
		if !strings.Contains(string(one.raw), part) {
			t.Errorf("%s lacks %s", one.raw, part)
		}
	}
	list := a.query("EntityDefinitions", "$select", "LogicalName", "$filter", "LogicalName eq 'task' or LogicalName eq 'email'").column("LogicalName")
	if len(list) != 2 {
		t.Errorf("by name: %v", list)
	}
	if got := a.query("EntityDefinitions", "$select", "LogicalName", "$filter", "OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'None' and ChangeTrackingEnabled eq true").column("LogicalName"); len(got) != 1 {
		t.Errorf("by type of ownership: %v", got)
	}
	a.query("EntityDefinitions", "$filter", "contains(DisplayName,'x')").refused(400, "0x80060888", "DisplayName")
	a.get("EntityDefinitions(LogicalName='nonsense')").refused(404, "0x80040217", "nonsense")
	labels := a.get("EntityDefinitions(LogicalName='incident')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet").want(200)
	if !strings.Contains(string(labels.raw), `"Label":"Hoch","LanguageCode":1031`) {
		t.Errorf("labels of choices: %s", labels.raw)
	}
}

func TestEqualSeedsGiveEqualTables(t *testing.T) {
	t.Parallel()
	a, b := newDVAPI(t), newDVAPI(t)
	for _, set := range []string{dvLinks, "incidents", "queueitems", "savedqueries", "systemusers"} {
		if x, y := a.get(set), b.get(set); !bytes.Equal(x.raw, y.raw) || len(x.rows()) == 0 {
			t.Errorf("%s differs between two sandboxes of one seed", set)
		}
	}
}

func TestDiscoveryNamesTheEnvironments(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	if got := a.get(a.s.Origins()["discovery"] + "/api/discovery/v2.0/Instances"); got.status != 401 {
		t.Errorf("discovery takes a token for Dataverse: %d", got.status)
	}
	d := a.at("discovery")
	rows := d.get("Instances?$select=ApiUrl,FriendlyName,UrlName,Url,EnvironmentId,TenantId,State").rows()
	if len(rows) != 2 || rows[0]["Url"] != a.s.Origins()["dataverse"] || rows[0]["State"] != 0.0 || rows[0]["TenantId"] != a.s.TenantID || rows[1]["FriendlyName"] != "Contoso Training" {
		t.Errorf("environments: %v", rows)
	}
	if got := d.as("guest").get("Instances").rows(); len(got) != 0 {
		t.Errorf("the guest sees %v", got)
	}
	d.get("Instances?$select=nonsense").want(400)
	d.get("Nonsense").want(404)
}

func TestTrainingIsAnEnvironmentOfItsOwn(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	there := a.at("training")
	if got := a.get(there.root() + "WhoAmI"); got.status != 401 {
		t.Errorf("the training takes a token for the main environment: %d", got.status)
	}
	if got := there.get("WhoAmI").want(200); got.text("UserId") == a.me().SystemUserID {
		t.Error("the agent has the same systemuserid in both environments")
	}
	titles := there.get("incidents").column("title")
	if len(titles) != 3 || !strings.HasPrefix(titles[0].(string), "Training: ") {
		t.Errorf("cases of the training: %v", titles)
	}
	there.oid = a.s.People[20].OID
	there.get("WhoAmI").refused(403, "0x80072560", "not a member")
}
