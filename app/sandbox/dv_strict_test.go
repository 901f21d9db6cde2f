package sandbox_test

import "testing"

// What a lenient server would answer with 200, Dataverse refuses.
func TestDataverseRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	row := "incidents(" + a.s.Cases[2].ID + ")"
	for _, path := range []string{
		"WhoAmI?$banana=1", "WhoAmI?$filter=UserId eq 1", "$metadata?$top=1", row + "/title?$filter=1", row + "/ownerid?$banana=1",
		row + "/incident_chats/$ref?$banana=1", "?$banana=1", row + "/ownerid?$select=banana", "EntityDefinitions?$count=banana", row + "?$deltatoken=1", "incidents?$format=xml",
		"systemusers(" + a.me().SystemUserID + ")/Microsoft.Dynamics.CRM.RetrieveUserPrivileges?$top=1",
	} {
		a.get(path).refused(400, "0x80060888", "")
	}
	a.get(row+"/primarycontactid/banana").refused(404, "0x80060888", "banana")
	a.get("incidents?$format=json&$top=1").want(200)
	a.do("DELETE", "", "").refused(405, "0x80060888", "DELETE")
	a.do("POST", "incidents", `{"title":"Of nobody"}`).refused(400, "0x80040203", "contact or account")
	a.do("PATCH", row, `{"customerid_account":null}`).refused(400, "0x80040203", "contact or account")
}
