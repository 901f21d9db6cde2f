package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"chatpane/app/sandbox"
)

func TestOnCallKeepsTheContract(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	call := func(a dvAPI) dvGot {
		return a.do("POST", "contoso_SuggestOnCall", fmt.Sprintf(`{"EntityLogicalName":"incident","Recordid":%q,"CustomActionInputs":"{}"}`, a.s.Cases[0].ID))
	}
	var people []struct{ AADUserId, SystemUserID, Description string }
	if err := json.Unmarshal([]byte(call(a).want(200).text("CustomActionSuggestedUsers")), &people); err != nil || len(people) != 2 {
		t.Fatalf("%v, %v", people, err)
	}
	for _, p := range people {
		if who := a.s.PersonByOID(p.AADUserId); who == nil || who.SystemUserID != p.SystemUserID || !strings.Contains(p.Description, "today") {
			t.Errorf("suggested: %+v", p)
		}
	}
	first := call(a).text("CustomActionSuggestedUsers")
	a.clock.Add(24 * 3600e9)
	a.tokens.Clear()
	if call(a).text("CustomActionSuggestedUsers") == first {
		t.Error("the same people have duty on two days")
	}
	const action = "contoso_SuggestOnCall"
	a.do("POST", action, `{"EntityLogicalName":"incident"}`).refused(400, "0x80040203", "Recordid")
	a.do("POST", action, `{"EntityLogicalName":"nonsense","Recordid":"x"}`).refused(400, "0x80041102", "nonsense")
	a.do("POST", action, `{"EntityLogicalName":"incident","Recordid":"x"}`).refused(404, "0x80040217", "")
	a.do("POST", action, `{"EntityLogicalName":"incident","Recordid":"`+a.s.RestrictedCaseIDs()[0]+`"}`).refused(403, "0x80040220", "")
	a.do("POST", action, `{"Nonsense":1}`).refused(400, "0x80048d19", "Nonsense")
	a.do("POST", action, `[]`).want(400)
	a.get(action).want(405)
}

func TestCasesAreClosed(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	body := `{"IncidentResolution":{"subject":"Solved","description":"By a new seal","timespent":40,"incidentid@odata.bind":"/incidents(` + c.ID + `)"},"Status":5}`
	a.do("POST", "CloseIncident", body).want(204)
	row := a.get("incidents(" + c.ID + ")?$select=statecode,statuscode&$expand=Incident_IncidentResolutions($select=subject,timespent)").want(200)
	if list := row.body["Incident_IncidentResolutions"].([]any); row.body["statecode"] != 1.0 || row.body["statuscode"] != 5.0 || len(list) != 1 {
		t.Errorf("closed case: %s", row.raw)
	}
	if got := a.query("activitypointers", "$filter", "subject eq 'Solved'", "$select", "activitytypecode,_regardingobjectid_value").rows(); len(got) != 1 || got[0]["_regardingobjectid_value"] != c.ID {
		t.Errorf("on the timeline: %v", got)
	}
	a.do("POST", "CloseIncident", body).refused(400, "0x80045000", "already been resolved")
	a.do("PATCH", "incidents("+c.ID+")", `{"title":"Late"}`).refused(400, "0x80040230", "inactive")
	a.do("PATCH", "incidents("+c.ID+")", `{"statecode":2}`).refused(400, "0x80040230", "inactive")
	a.do("PATCH", "incidents("+c.ID+")", `{"statecode":0,"statuscode":1}`).want(204)
	a.do("PATCH", "incidents("+c.ID+")", `{"statecode":1,"statuscode":5}`).refused(400, "0x80040203", "CloseIncidentRequest")
	a.do("PUT", "incidents("+c.ID+")/statecode", `{"value":1}`).refused(400, "0x80040203", "CloseIncidentRequest")
	a.do("POST", "CloseIncident", body).want(204)
	a.do("POST", "CloseIncident", `{"Status":5}`).want(400)
	a.as("readonly").do("POST", "CloseIncident", strings.Replace(body, c.ID, a.s.Cases[1].ID, 1)).refused(403, "0x80040220", "")
	a.do("PATCH", "incidents("+a.s.Cases[2].ID+")", `{"statuscode":5}`).refused(400, "0x80048408", "5 is not a valid status code")
}

func TestRecordsAreShared(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	boss, secret := a.as("supervisor"), a.s.RestrictedCaseIDs()[0]
	target := `{"incidentid":"` + secret + `","@odata.type":"Microsoft.Dynamics.CRM.incident"}`
	user := `{"systemuserid":"` + a.me().SystemUserID + `","@odata.type":"Microsoft.Dynamics.CRM.systemuser"}`
	a.get("incidents(" + secret + ")").want(403)
	boss.do("POST", "GrantAccess", `{"Target":`+target+`,"PrincipalAccess":{"Principal":`+user+`,"AccessMask":"ReadAccess"}}`).want(204)
	a.get("incidents(" + secret + ")").want(200)
	a.do("PATCH", "incidents("+secret+")", `{"title":"x"}`).want(403)
	boss.do("POST", "RevokeAccess", `{"Target":`+target+`,"Revokee":`+user+`}`).want(204)
	a.get("incidents(" + secret + ")").want(403)
	a.do("POST", "GrantAccess", `{"Target":`+target+`,"PrincipalAccess":{"Principal":`+user+`,"AccessMask":"ReadAccess"}}`).want(403)
	boss.do("POST", "GrantAccess", `{"Target":`+target+`,"PrincipalAccess":{"Principal":`+user+`,"AccessMask":"Nonsense"}}`).refused(400, "0x80048d19", "Nonsense")
}

func TestQueueActions(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	queue := a.query("queues", "$filter", "name eq 'Escalations'").column("queueid")[0].(string)
	target := `{"Target":{"incidentid":"` + a.s.Cases[0].ID + `","@odata.type":"Microsoft.Dynamics.CRM.incident"}}`
	id := a.do("POST", "queues("+queue+")/Microsoft.Dynamics.CRM.AddToQueue", target).want(200).text("QueueItemId")
	if again := a.do("POST", "queues("+queue+")/Microsoft.Dynamics.CRM.AddToQueue", target).want(200).text("QueueItemId"); again != id {
		t.Error("a record is in two queues")
	}
	item := "queueitems(" + id + ")"
	a.do("POST", item+"/Microsoft.Dynamics.CRM.PickFromQueue", `{"SystemUser":{"systemuserid":"`+a.me().SystemUserID+`"},"RemoveQueueItem":false}`).want(204)
	if got := a.get(item).body["_workerid_value"]; got != a.me().SystemUserID {
		t.Errorf("worker: %v", got)
	}
	a.do("POST", item+"/Microsoft.Dynamics.CRM.ReleaseToQueue", "{}").want(204)
	if got := a.get(item).body["_workerid_value"]; got != nil {
		t.Errorf("worker after the release: %v", got)
	}
	a.do("POST", item+"/Microsoft.Dynamics.CRM.RemoveFromQueue", "{}").want(204)
	a.get(item).want(404)
	a.do("POST", "queues("+queue+")/Microsoft.Dynamics.CRM.Nonsense", "{}").want(404)
	a.as("readonly").do("POST", "queues("+queue+")/Microsoft.Dynamics.CRM.AddToQueue", target).refused(403, "0x80040220", "")
}

func TestReferencesAndProperties(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	row := "incidents(" + c.ID + ")"
	other := a.s.Accounts[5].ID
	a.do("PUT", row+"/customerid_account/$ref", `{"@odata.id":"`+a.root()+`accounts(`+other+`)"}`).want(204)
	if got := a.get(row + "/customerid_account/$ref").text("@odata.id"); got != a.root()+"accounts("+other+")" {
		t.Errorf("reference: %s", got)
	}
	a.do("DELETE", row+"/customerid_account/$ref", "").refused(400, "0x80040203", "contact or account")
	a.do("DELETE", row+"/primarycontactid/$ref", "").want(204)
	a.get(row + "/primarycontactid/$ref").want(204)
	a.do("PUT", row+"/title", `{"value":"Renamed"}`).want(204)
	a.do("DELETE", row+"/description", "").want(204)
	if got := a.get(row).body; got["title"] != "Renamed" || got["description"] != nil {
		t.Errorf("after: %v", got)
	}
	a.do("PUT", row+"/customerid_account/$ref", `{"@odata.id":"/contacts(`+a.s.Contacts[0].ID+`)"}`).refused(400, "0x80048d19", "cannot be bound")
	a.do("PUT", row+"/title", `{}`).refused(400, "0x80048d19", "value")
	a.do("PUT", row+"/nonsense", `{"value":1}`).want(404)
	a.do("POST", row+"/title", `{"value":1}`).want(405)
	tasks := len(a.get(row + "/Incident_Tasks/$ref").rows())
	task := strings.TrimPrefix(a.do("POST", "tasks", `{"subject":"free"}`).want(204).header.Get("OData-EntityId"), a.root())
	a.do("POST", row+"/Incident_Tasks/$ref", `{"@odata.id":"`+a.root()+task+`"}`).want(204)
	if got := len(a.get(row + "/Incident_Tasks/$ref").rows()); got != tasks+1 {
		t.Errorf("%d tasks, want %d", got, tasks+1)
	}
	a.do("DELETE", row+"/Incident_Tasks("+strings.TrimSuffix(strings.TrimPrefix(task, "tasks("), ")")+")/$ref", "").want(204)
	admin := a.as("admin")
	member := "teams(" + a.s.Teams[1].ID + ")/teammembership_association"
	admin.do("POST", member+"/$ref", `{"@odata.id":"/systemusers(`+a.me().SystemUserID+`)"}`).want(204)
	admin.do("POST", member+"/$ref", `{"@odata.id":"/systemusers(`+a.me().SystemUserID+`)"}`).want(412)
	admin.do("DELETE", member+"("+a.me().SystemUserID+")/$ref", "").want(204)
	a.do("POST", member+"/$ref", `{"@odata.id":"/systemusers(`+a.me().SystemUserID+`)"}`).refused(403, "0x80040220", "")
}

func TestActivitiesHavePartiesAndPointers(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	id := a.do("POST", "phonecalls", `{"subject":"Called","regardingobjectid_incident_phonecall@odata.bind":"/incidents(`+c.ID+`)","phonecall_activity_parties":[
		{"partyid_systemuser@odata.bind":"/systemusers(`+a.me().SystemUserID+`)","participationtypemask":1},{"unresolvedpartyname":"The gate","participationtypemask":2}]}`,
		"Prefer", "return=representation").want(201).text("activityid")
	parts := a.query("activityparties", "$filter", "_activityid_value eq "+id, "$orderby", "participationtypemask").rows()
	if len(parts) != 2 || parts[0]["_partyid_value"] != a.me().SystemUserID || parts[1]["unresolvedpartyname"] != "The gate" {
		t.Errorf("parties: %v", parts)
	}
	pointer := a.get("activitypointers("+id+")?$expand=activitypointer_activity_party", "Prefer", `odata.include-annotations="*"`).want(200)
	if pointer.body["activitytypecode@OData.Community.Display.V1.FormattedValue"] != "Phone Call" || len(pointer.body["activitypointer_activity_party"].([]any)) != 2 {
		t.Errorf("pointer: %s", pointer.raw)
	}
	if got := a.get("incidents(" + c.ID + ")/Incident_ActivityPointers?$select=activityid").column("activityid"); !slices.Contains(got, any(id)) {
		t.Error("the call is not on the case's timeline")
	}
	a.do("POST", "activitypointers", `{"subject":"x"}`).refused(400, "0x80040800", "'Create' method")
	a.do("POST", "activityparties", `{"participationtypemask":1}`).refused(400, "0x80040800", "activityparty")
	a.get("activityparties("+parts[0]["activitypartyid"].(string)+")").refused(400, "0x80040800", "'Retrieve' method")
	a.do("POST", "chats", `{"subject":"no record"}`).refused(400, "0x80040203", "regardingobjectid")
	a.as("admin").do("DELETE", "phonecalls("+id+")", "").want(204)
	a.get("activitypointers(" + id + ")").want(404)
	if got := a.query("activityparties", "$filter", "_activityid_value eq "+id).rows(); len(got) != 0 {
		t.Errorf("parties of a deleted call: %v", got)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	ask := func(a dvAPI, body string) dvGot {
		return a.do("POST", a.s.Origins()["dataverse"]+"/api/search/v1.0/query", body)
	}
	got := ask(a, `{"search":"portal login loop","entities":["incident"],"returntotalrecordcount":true,"top":5}`)
	rows := got.rows()
	if len(rows) != 5 || got.body["totalrecordcount"].(float64) < 5 || !strings.Contains(strings.ToLower(rows[0]["title"].(string)), "login loop") {
		t.Errorf("found: %s", got.raw)
	}
	if !strings.Contains(string(got.raw), "{crmhit}") {
		t.Error("nothing is highlighted")
	}
	if all, some := ask(a, `{"search":"gasket flange","searchmode":"all","returntotalrecordcount":true}`), ask(a, `{"search":"gasket flange","returntotalrecordcount":true}`); all.body["totalrecordcount"].(float64) >= some.body["totalrecordcount"].(float64) {
		t.Error("all words find as much as any")
	}
	two := a.do("POST", a.s.Origins()["dataverse"]+"/api/search/v2.0/query", `{"search":"gasket*","entities":"[{\"name\":\"incident\"}]","count":true,"filter":"statecode eq 1"}`).want(200)
	var inner struct {
		Count int
		Value []struct {
			EntityName string
			Attributes map[string]any
		}
	}
	if err := json.Unmarshal([]byte(two.text("response")), &inner); err != nil || inner.Count == 0 || inner.Value[0].Attributes["statecode"] != 1.0 {
		t.Errorf("version 2.0: %s %v", two.raw, err)
	}
	if got := ask(a, `{"search":"arbitration","entities":["incident"]}`).rows(); len(got) != 0 && got[0]["@search.objectid"] == a.s.RestrictedCaseIDs()[0] {
		t.Errorf("a restricted case is found: %v", got)
	}
	for _, body := range []string{`{}`, `{"search":""}`, `nonsense`, `{"search":"x","entities":["systemuser"]}`, `{"search":"x","top":101}`, `{"search":"x","searchmode":"some"}`, `{"search":"x","filter":"nonsense eq 1","entities":["incident"]}`, `{"search":"` + strings.Repeat("x", 101) + `"}`} {
		ask(a, body).want(400)
	}
	limited := newDVAPI(t, func(o *sandbox.Options) { o.Limits = true })
	ask(limited, `{"search":"x"}`).want(200)
	if got := ask(limited, `{"search":"x"}`); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1" {
		t.Errorf("second search in a second: %d %v", got.status, got.header)
	}
}
