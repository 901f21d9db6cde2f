package sandbox_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"chatpane/app/sandbox"
)

// access asks what somebody may do with a record.
func (a dvAPI) access(user, record, target string) dvGot {
	return a.get("systemusers(" + user + ")/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@tid)?@tid=" + strings.Replace(target, "RECORD", record, 1))
}

func TestRetrievePrincipalAccess(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	me := a.me().SystemUserID
	own := "incidents(" + a.s.Cases[0].ID + ")"
	for name, target := range map[string]string{
		"OData quotes":               "{'@odata.id':'RECORD'}",
		"OData quotes, encoded":      url.QueryEscape("{'@odata.id':'") + "RECORD" + url.QueryEscape("'}"),
		"JSON quotes, encoded":       url.QueryEscape(`{"@odata.id":"`) + "RECORD" + url.QueryEscape(`"}`),
		"full address, JSON, spaces": url.QueryEscape(`{ "@odata.id": "`+a.root()) + "RECORD" + url.QueryEscape(`" }`),
	} {
		t.Run(name, func(t *testing.T) {
			a := a.in(t)
			want := "ReadAccess, WriteAccess, AppendAccess, AppendToAccess, CreateAccess, ShareAccess, AssignAccess"
			if got := a.access(me, own, target).want(200).text("AccessRights"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	quoted := "{'@odata.id':'RECORD'}"
	restricted := a.s.RestrictedCaseIDs()
	for name, c := range map[string]struct{ user, record, want string }{
		"somebody who only reads":       {a.person("readonly").SystemUserID, own, "ReadAccess"},
		"a case of another unit":        {me, "incidents(" + restricted[0] + ")", "None"},
		"a case shared through a team":  {me, "incidents(" + restricted[3] + ")", "ReadAccess, WriteAccess, AppendAccess, AppendToAccess"},
		"the supervisor may everything": {a.person("supervisor").SystemUserID, "incidents(" + restricted[0] + ")", "ReadAccess, WriteAccess, AppendAccess, AppendToAccess, CreateAccess, DeleteAccess, ShareAccess, AssignAccess"},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.in(t)
			if got := a.access(c.user, c.record, quoted).want(200).text("AccessRights"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	a.access(me, "incidents("+a.s.DeletedCaseID()+")", quoted).refused(404, "0x80040217", "Does Not Exist")
	a.access(me, "x", "nonsense").refused(400, "0x80060888", "Target")
	if err := a.s.RevokeWrite(a.oid, "incident"); err != nil {
		t.Fatal(err)
	}
	if got := a.access(me, own, quoted).text("AccessRights"); strings.Contains(got, "WriteAccess") {
		t.Errorf("after revoking: %s", got)
	}
}

func TestPrivilegeByName(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	ask := func(role, name string) dvGot {
		return a.get("systemusers(" + a.person(role).SystemUserID + ")/Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName(PrivilegeName='" + name + "')")
	}
	for role, want := range map[string]int{"agent": 0, "expert": 0, "readonly": 0, "supervisor": 1, "admin": 1} {
		got := ask(role, "prvUnlinkTeamsChatFromRecord").want(200)
		if list := got.body["RolePrivileges"].([]any); len(list) != want {
			t.Errorf("%s holds %d privileges, want %d: %s", role, len(list), want, got.raw)
		}
	}
	if got := ask("agent", "prvReadIncident"); !strings.Contains(string(got.raw), `"Depth":"Local"`) {
		t.Errorf("depth of an agent: %s", got.raw)
	}
	ask("agent", "prvNonsense").refused(400, "0x80042f09", "prvNonsense")
}

func TestRolesSeeAndWriteWhatTheyMay(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	restricted := a.s.RestrictedCaseIDs()
	row := func(id string) string { return "incidents(" + id + ")" }
	a.get(row(restricted[0])).refused(403, "0x80040220", "SecLib::AccessCheckEx failed")
	a.get(row(restricted[3])).want(200)
	a.as("supervisor").get(row(restricted[0])).want(200)
	if got, all := len(a.get("incidents").rows()), len(a.as("admin").get("incidents").rows()); got != all-3 {
		t.Errorf("an agent lists %d cases of %d, want all but 3", got, all)
	}
	if got := a.query("incidents", "$filter", "incidentid eq "+restricted[0]).rows(); len(got) != 0 {
		t.Errorf("a filter finds what may not be read: %v", got)
	}
	reader := a.as("readonly")
	reader.get(row(a.s.Cases[0].ID)).want(200)
	reader.do("PATCH", row(a.s.Cases[0].ID), `{"title":"x"}`).refused(403, "0x80040220", "is missing prvWriteIncident privilege")
	reader.do("POST", dvLinks, `{"msdyn_regardingobjectid":"x"}`).refused(403, "0x80040220", "prvCreatemsdyn_teamschatassociation")
	a.as("guest").get("WhoAmI").refused(403, "0x80072560", "The user is not a member of the organization.")
	config := "msdyn_entitylinkchatconfigurations(" + a.get("msdyn_entitylinkchatconfigurations").rows()[0]["msdyn_entitylinkchatconfigurationid"].(string) + ")"
	a.do("PATCH", config, `{"msdyn_usercanjoinchat":true}`).refused(403, "0x80040220", "prvWritemsdyn_entitylinkchatconfiguration")
	a.as("admin").do("PATCH", config, `{"msdyn_usercanjoinchat":true}`).want(204)
}

func TestWhoAmI(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	for _, path := range []string{"WhoAmI", "WhoAmI()"} {
		if got := a.get(path).want(200); got.text("UserId") != a.me().SystemUserID || got.text("OrganizationId") == "" || got.text("BusinessUnitId") == "" {
			t.Errorf("%s: %s", path, got.raw)
		}
	}
}

func TestUsersAndTeams(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	guest := a.person("guest").OID
	if got := a.query("systemusers", "$filter", "azureactivedirectoryobjectid eq "+guest).rows(); len(got) != 0 {
		t.Errorf("the guest is a user: %v", got)
	}
	if got := a.query("systemusers", "$filter", "azureactivedirectoryobjectid eq "+a.oid, "$select", "systemuserid").rows(); len(got) != 1 || got[0]["systemuserid"] != a.me().SystemUserID {
		t.Errorf("the agent by filter: %v", got)
	}
	// The trap: the alternate key makes the user.
	made := a.get("systemusers(azureactivedirectoryobjectid=" + guest + ")").want(200).text("systemuserid")
	if got := a.query("systemusers", "$filter", "azureactivedirectoryobjectid eq "+guest).rows(); len(got) != 1 || got[0]["systemuserid"] != made {
		t.Errorf("after the read by alternate key: %v", got)
	}
	teams := a.get("systemusers(" + a.me().SystemUserID + ")/teammembership_association?$select=name,teamtype")
	types := map[any]bool{}
	for _, v := range teams.column("teamtype") {
		types[v] = true
	}
	if len(teams.rows()) != len(a.me().TeamIDs) || !types[0.0] || !types[1.0] {
		t.Errorf("teams of the agent: %s", teams.raw)
	}
	members := a.get("teams(" + a.s.Teams[0].ID + ")/teammembership_association?$select=fullname&$filter=contains(fullname,'nora')")
	if got := members.column("fullname"); len(got) != 1 || got[0] != "Nora Lindqvist" {
		t.Errorf("members: %v", got)
	}
}

func TestKnobsOfDataverse(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	configs := "msdyn_entitylinkchatconfigurations"
	c := a.s.Cases[0].ID
	team := a.s.Teams[1].ID
	if err := a.s.SetCaseOwner(c, team); err != nil {
		t.Fatal(err)
	}
	if got := a.get("incidents(" + c + ")").text("_owningteam_value"); got != team {
		t.Errorf("owner after the knob: %s", got)
	}
	if err := a.s.SetConfig("incident", "msdyn_usercanjoinchat", false); err != nil {
		t.Fatal(err)
	}
	if got := a.query(configs, "$filter", "msdyn_usercanjoinchat eq true").rows(); len(got) != 0 {
		t.Errorf("join is on for %v", got)
	}
	if err := a.s.SetConfig("task", "msdyn_usercanjoinchat", true); err == nil {
		t.Error("a type without settings took one")
	}
	id, err := a.s.AddLink("19:k@thread.v2", "incident", c, a.oid)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.get(dvLinks + "(" + id + ")").text("_createdby_value"); got != a.me().SystemUserID {
		t.Errorf("creator of the link: %s", got)
	}
	a.s.ForbidConfigs()
	a.get(configs).refused(403, "0x80040220", "prvReadmsdyn_entitylinkchatconfiguration")
	a.get(dvLinks).want(200)
	a.s.ForbidTeamsTables()
	a.get(dvLinks).refused(403, "0x80040220", "prvReadmsdyn_teamschatassociation")
	a.s.DropTeamsTables()
	a.get(dvLinks).refused(404, "0x80060888", "Resource not found for the segment '"+dvLinks+"'.")
	a.get("EntityDefinitions(LogicalName='msdyn_teamschatassociation')").want(404)
	a.s.RestoreTeamsTables()
	a.get(dvLinks).want(200)
	if err := a.s.RemoveConfig("email"); err != nil {
		t.Fatal(err)
	}
	if got := a.get(configs).column("msdyn_name"); len(got) != 6 || slices.Contains(got, any("Email")) {
		t.Errorf("settings after one was removed: %v", got)
	}
	if err := a.s.RevokeRead(a.oid, "incident"); err != nil {
		t.Fatal(err)
	}
	a.get("incidents").refused(403, "0x80040220", "prvReadIncident")
	if err := a.s.Restore(a.oid, "incident"); err != nil {
		t.Fatal(err)
	}
	a.get("incidents").want(200)
	if err := a.s.DeleteRow("incident", c); err != nil {
		t.Fatal(err)
	}
	a.get("incidents(" + c + ")").want(404)
}

// held starts a request whose body never ends and returns when it is being
// served; finish ends it.
func (a dvAPI) held() (finish func()) {
	body, w := io.Pipe()
	req, err := http.NewRequestWithContext(a.t.Context(), "POST", a.root()+"tasks", body)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token())
	req.Header.Set("Content-Type", "application/json")
	done := make(chan int)
	go func() { done <- dvRoundTrip(a.t, a.s, req).status }()
	if _, err := io.WriteString(w, "{"); err != nil { // returns when it was read
		a.t.Fatal(err)
	}
	return func() {
		io.WriteString(w, `"subject":"held"}`)
		w.Close()
		if status := <-done; status != 204 {
			a.t.Errorf("the held request ended with %d", status)
		}
	}
}

func TestServiceProtectionOfConcurrencyAndTime(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t, func(o *sandbox.Options) { o.Limits = true })
	var finish []func()
	for range 52 {
		finish = append(finish, a.held())
	}
	a.get("WhoAmI").refused(429, "0x80072326", "Number of concurrent requests exceeded the limit of 52.")
	for _, f := range finish {
		f()
	}
	a.get("WhoAmI").want(200)
	long := a.held()
	a.clock.Add(1200e9)
	long()
	a.get("WhoAmI").refused(429, "0x80072321", "Combined execution time")
	a.clock.Add(300e9)
	a.get("WhoAmI").want(200)
}
