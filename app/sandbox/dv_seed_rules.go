package sandbox

import (
	"fmt"
	"time"
)

// dvRuleSeed is a rule of suggested contacts. Microsoft documents neither how a
// rule's FetchXML names the record nor how a path is written. Here {recordid}
// stands for the record's GUID, and a path is the navigation properties from
// the record to a user, with slashes between.
type dvRuleSeed struct {
	name, description   string
	fetch, path, action string
	inputs              string
	top                 int64
	off                 bool
}

// dvCaseRules are the rules for cases in their order.
var dvCaseRules = []dvRuleSeed{
	{name: "Account manager", description: "Manages the customer's account", path: "customerid_account/ownerid"},
	{name: "Colleague on the timeline", description: "Logged an activity on this case", top: 5, fetch: `<fetch distinct="true"><entity name="systemuser">` +
		`<attribute name="systemuserid" /><attribute name="fullname" /><attribute name="azureactivedirectoryobjectid" />` +
		`<order attribute="fullname" /><filter><condition attribute="isdisabled" operator="eq" value="0" /></filter>` +
		`<link-entity name="activitypointer" from="createdby" to="systemuserid" link-type="inner" alias="activity">` +
		`<filter><condition attribute="regardingobjectid" operator="eq" value="{recordid}" /></filter></link-entity></entity></fetch>`},
	{name: "Note author", description: "Wrote a note on this case", top: 3, fetch: `<fetch distinct="true"><entity name="systemuser">` +
		`<attribute name="systemuserid" /><attribute name="fullname" /><attribute name="azureactivedirectoryobjectid" /><order attribute="fullname" />` +
		`<link-entity name="annotation" from="createdby" to="systemuserid" link-type="inner" alias="note">` +
		`<filter><condition attribute="objectid" operator="eq" value="{recordid}" /></filter></link-entity></entity></fetch>`},
	{name: "Connected expert", description: "Connected to this case as an expert", top: 3, fetch: `<fetch distinct="true"><entity name="systemuser">` +
		`<attribute name="systemuserid" /><attribute name="fullname" /><attribute name="azureactivedirectoryobjectid" />` +
		`<link-entity name="connection" from="record2id" to="systemuserid" link-type="inner" alias="connection">` +
		`<filter><condition attribute="record1id" operator="eq" value="{recordid}" /><condition attribute="statecode" operator="eq" value="0" /></filter>` +
		`</link-entity></entity></fetch>`},
	{name: "On call", description: "On call for the case's subject today", action: dvOnCall, inputs: `{"hours":24}`},
	{name: "Supervisor", description: "Supervisor of the case's owner", path: "owninguser/parentsystemuserid"},
	{name: "Team administrator", description: "Administers the team that owns the case", path: "owningteam/administratorid"},
	{name: "Recently resolved for this customer", description: "Resolved a case of this customer in the last 90 days", top: 3, off: true,
		fetch: `<fetch distinct="true" top="3"><entity name="systemuser"><attribute name="systemuserid" /><attribute name="fullname" />` +
			`<link-entity name="incident" from="owninguser" to="systemuserid" link-type="inner" alias="solved"><filter>` +
			`<condition attribute="statecode" operator="eq" value="1" /><condition attribute="modifiedon" operator="last-x-days" value="90" />` +
			`</filter></link-entity></entity></fetch>`},
}

// dvDefaultRules are those of every type that has no ruleset of its own.
var dvDefaultRules = []dvRuleSeed{
	{name: "Record owner", description: "Owns this record", path: "owninguser"},
	{name: "Team administrator", description: "Administers the team that owns this record", path: "owningteam/administratorid"},
}

// suggestions makes the rulesets of suggested contacts: one for cases, one for
// claims, and the default one, which names no type.
func (s *dvSeed) suggestions() {
	s.ruleset("incident", "Case", dvCaseRules)
	s.ruleset("contoso_warrantyclaim", "Warranty Claim", []dvRuleSeed{
		{name: "Owner of the case", description: "Owns the case behind this claim", path: "contoso_case/owninguser"},
		{name: "Account manager", description: "Manages the claimant's account", path: "contoso_account/ownerid"}})
	s.ruleset("", "Default", dvDefaultRules)
}

func (s *dvSeed) ruleset(table, name string, rules []dvRuleSeed) {
	set, admin := s.org.guid("ruleset/"+table), s.ownerOr(s.w.People[9])
	values := map[string]any{"msdyn_name": name + " ruleset", "msdyn_uniquename": "msdyn_" + table + "_ruleset", "ownerid": admin}
	if table != "" {
		values["msdyn_entitytype"] = dvRef{"entity", s.org.guid("metadata/" + table)}
	}
	s.add("msdyn_contactsuggestionruleset", set, values)
	for i, r := range rules {
		values := map[string]any{
			"msdyn_contactsuggestionrulesetid": dvRef{"msdyn_contactsuggestionruleset", set}, "msdyn_name": r.name, "msdyn_rank": int64(i + 1),
			"msdyn_uniquename": fmt.Sprintf("msdyn_%s_rule_%d", table, i+1), "msdyn_descriptiontemplate": r.description, "ownerid": admin,
			"msdyn_fetchxml": r.fetch, "msdyn_pathtotarget": r.path, "msdyn_customactionname": r.action, "msdyn_customactioninputs": r.inputs,
		}
		switch {
		case r.action != "":
			values["msdyn_ruletype"] = int64(160800001)
		case r.path != "":
			values["msdyn_ruletype"] = int64(160800002)
		}
		if r.top > 0 {
			values["msdyn_top"] = r.top
		}
		if r.off {
			values["statecode"], values["statuscode"] = int64(1), int64(2)
		}
		s.add("msdyn_contactsuggestionrule", s.org.guid(fmt.Sprintf("rule/%s/%d", table, i)), values)
	}
}

// claims fills the table that the administrator added.
func (s *dvSeed) claims() {
	for i := range min(8, len(s.w.Cases)) {
		c := s.w.Cases[i]
		who := s.w.owner(c)
		at := s.before(c.Created.Add(36 * time.Hour))
		p := dvProducts[i%len(dvProducts)]
		s.add("contoso_warrantyclaim", s.org.guid(fmt.Sprintf("claim/%d", i)), s.by(map[string]any{
			"contoso_name": fmt.Sprintf("WC-%04d %s", 410+i, p.name), "contoso_serialnumber": fmt.Sprintf("%s-%06d", p.number, 310_000+i*977),
			"contoso_account": dvRef{"account", c.Account.ID}, "contoso_product": dvRef{"product", s.productID(p.number)}, "contoso_case": dvRef{"incident", c.ID},
			"contoso_purchasedon": c.Created.AddDate(0, -7, 0).Truncate(time.Second), "contoso_description": c.Description, "ownerid": s.ownerOr(who),
		}, who, at, who, at))
	}
}
