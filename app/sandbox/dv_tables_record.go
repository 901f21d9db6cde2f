package sandbox

import "fmt"

// dvCatalogTables are what cases are sorted by, and a table of this
// organisation's own.
func dvCatalogTables() []*dvTable {
	return []*dvTable{
		{logical: "organization", schema: "Organization", set: "organizations", id: "organizationid", name: "name", code: 1019,
			only: "Retrieve RetrieveMultiple Update", ownership: "None", label: dvText{"Organization", "Organisation"}, labels: dvText{"Organizations", "Organisationen"},
			columns: []*dvColumn{dvStr("name", 160), dvOf(dvInt, "expirechangetrackingindays"), dvOf(dvInt, "languagecode"), dvStr("basecurrencysymbol", 10)}},
		{logical: "role", schema: "Role", set: "roles", id: "roleid", name: "name", code: 1036,
			ownership: "BusinessOwned", label: dvText{"Security Role", "Sicherheitsrolle"}, labels: dvText{"Security Roles", "Sicherheitsrollen"},
			columns: []*dvColumn{dvStr("name", 100), dvTo("businessunitid", "businessunit")},
			many:    []dvMany{{"systemuserroles_association", "systemuser", "systemuserroles", "roleid", "systemuserid"}}},
		{logical: "systemuserroles", schema: "SystemUserRoles", privilege: "Role", set: "systemuserrolescollection", id: "systemuserroleid", code: 15,
			ownership: "None", label: dvText{"User Role", "Benutzerrolle"}, labels: dvText{"User Roles", "Benutzerrollen"},
			columns: []*dvColumn{dvOf(dvGUID, "systemuserid").index().fixed(), dvOf(dvGUID, "roleid").index().fixed()}},
		{logical: "subject", schema: "Subject", set: "subjects", id: "subjectid", name: "title", code: 129,
			ownership: "OrganizationOwned", label: dvText{"Subject", "Thema"}, labels: dvText{"Subjects", "Themen"},
			columns: []*dvColumn{dvStr("title", 500).must(), dvTo("parentsubject", "subject"), dvLong("description", 2000)}},
		{logical: "product", schema: "Product", set: "products", id: "productid", name: "name", code: 1024,
			ownership: "OrganizationOwned", label: dvText{"Product", "Produkt"}, labels: dvText{"Products", "Produkte"},
			columns: append([]*dvColumn{dvStr("name", 100).must(), dvStr("productnumber", 100), dvLong("description", 2000)}, dvStates()...)},
		{logical: "contoso_warrantyclaim", schema: "contoso_WarrantyClaim", set: "contoso_warrantyclaims", id: "contoso_warrantyclaimid", name: "contoso_name", code: 10871,
			tracked: true, custom: true, ownership: "UserOwned", label: dvText{"Warranty Claim", "Garantiefall"}, labels: dvText{"Warranty Claims", "Garantiefälle"},
			columns: append([]*dvColumn{
				dvStr("contoso_name", 100).must(), dvStr("contoso_serialnumber", 50), dvTo("contoso_account", "account"), dvTo("contoso_product", "product"),
				dvTo("contoso_case", "incident"), dvOf(dvTime, "contoso_purchasedon"), dvLong("contoso_description", 2000),
			}, dvStates()...),
			many: dvRecordCollections("contoso_warrantyclaim", "contoso_warrantyclaim")},
	}
}

// dvRecordTables are what hangs on records: notes, posts, connections.
func dvRecordTables() []*dvTable {
	object := dvTo("objectid", append([]string{"email", "task", "phonecall"}, dvRegarded...)...).index()
	post := dvTo("regardingobjectid", dvRegarded...).must().index()
	for target := range post.navs {
		post.navs[target] += "_post"
	}
	side := func(n int) (*dvColumn, *dvColumn) {
		record := dvTo(fmt.Sprintf("record%did", n), append([]string{"systemuser", "team"}, dvRegarded...)...).must().index()
		return record, dvTo(fmt.Sprintf("record%droleid", n), "connectionrole")
	}
	one, oneRole := side(1)
	two, twoRole := side(2)
	return []*dvTable{
		{logical: "annotation", schema: "Annotation", privilege: "Note", set: "annotations", id: "annotationid", name: "subject", code: 5, tracked: true,
			ownership: "UserOwned", label: dvText{"Note", "Notiz"}, labels: dvText{"Notes", "Notizen"},
			columns: []*dvColumn{dvStr("subject", 500), dvLong("notetext", 100000), dvFlag("isdocument"), dvStr("filename", 255), dvStr("mimetype", 256), dvStr("objecttypecode", 64), object}},
		{logical: "post", schema: "Post", set: "posts", id: "postid", name: "text", code: 8000, parent: "regardingobjectid",
			ownership: "OrganizationOwned", label: dvText{"Activity Wall Post", "Beitrag"}, labels: dvText{"Activity Wall Posts", "Beiträge"},
			columns: []*dvColumn{dvStr("text", 2000), dvLong("largetext", 1048576), post,
				dvPick("Picklist", "source", 2, dvOpt(1, "Auto Post/Automatischer Beitrag"), dvOpt(2, "Manual Post/Manueller Beitrag"), dvOpt(3, "ActionHub Post/ActionHub-Beitrag")),
				dvPick("Picklist", "type", 7, dvOpt(1, "Check-in/Einchecken"), dvOpt(2, "Idea/Idee"), dvOpt(3, "News/Neuigkeit"), dvOpt(4, "Private Message/Private Nachricht"),
					dvOpt(5, "Question/Frage"), dvOpt(6, "Re-post/Weiterleitung"), dvOpt(7, "Status/Status"))}},
		{logical: "connectionrole", schema: "ConnectionRole", set: "connectionroles", id: "connectionroleid", name: "name", code: 3231,
			ownership: "OrganizationOwned", label: dvText{"Connection Role", "Verbindungsrolle"}, labels: dvText{"Connection Roles", "Verbindungsrollen"},
			columns: append([]*dvColumn{dvStr("name", 100).must(), dvLong("description", 2000)}, dvStates()...)},
		{logical: "connection", schema: "Connection", set: "connections", id: "connectionid", name: "name", code: 3234,
			ownership: "UserOwned", label: dvText{"Connection", "Verbindung"}, labels: dvText{"Connections", "Verbindungen"},
			columns: append([]*dvColumn{dvStr("name", 500).fixed(), one, oneRole, two, twoRole, dvFlag("ismaster").fixed(),
				dvTo("relatedconnectionid", "connection").fixed(), dvLong("description", 2000)}, dvStates()...)},
	}
}

// dvSuggestionTables are the tables of suggested contacts and of channels.
func dvSuggestionTables() []*dvTable {
	source := dvTo("msdyn_sourcerecord", "account", "incident")
	source.navs["incident"] = "msdyn_sourcerecord_Incident_incident"
	return []*dvTable{
		{logical: "msdyn_contactsuggestionruleset", schema: "msdyn_contactsuggestionruleset", set: "msdyn_contactsuggestionrulesets", id: "msdyn_contactsuggestionrulesetid",
			name: "msdyn_name", code: 10645, ownership: "UserOwned",
			label: dvText{"Contact suggestion ruleset", "Regelsatz für Kontaktvorschläge"}, labels: dvText{"Contact suggestion rulesets", "Regelsätze für Kontaktvorschläge"},
			columns: append([]*dvColumn{dvStr("msdyn_name", 100), dvStr("msdyn_uniquename", 256).must(), dvTo("msdyn_entitytype", "entity").index()}, dvStates()...),
			many:    []dvMany{{name: "msdyn_ruleset_contactsuggestionrule", target: "msdyn_contactsuggestionrule", far: "msdyn_contactsuggestionrulesetid"}}},
		{logical: "msdyn_contactsuggestionrule", schema: "msdyn_contactsuggestionrule", set: "msdyn_contactsuggestionrules", id: "msdyn_contactsuggestionruleid",
			name: "msdyn_name", code: 10646, ownership: "UserOwned",
			label: dvText{"Contact suggestion rule", "Regel für Kontaktvorschläge"}, labels: dvText{"Contact suggestion rules", "Regeln für Kontaktvorschläge"},
			columns: append([]*dvColumn{
				dvTo("msdyn_contactsuggestionrulesetid", "msdyn_contactsuggestionruleset").must().index(), dvStr("msdyn_name", 100), dvOf(dvInt, "msdyn_rank").must(),
				dvPick("Picklist", "msdyn_ruletype", 160800000, dvOpt(160800000, "Fetch based/Abrufbasiert"), dvOpt(160800001, "Custom action based/Auf benutzerdefinierter Aktion basierend"),
					dvOpt(160800002, "Related entity based/Auf verknüpfter Entität basierend")),
				dvLong("msdyn_fetchxml", 1048576), dvStr("msdyn_pathtotarget", 4000), dvStr("msdyn_customactionname", 4000), dvLong("msdyn_customactioninputs", 1048576),
				dvLong("msdyn_descriptiontemplate", 1048576), dvLong("msdyn_descriptiontemplateplaceholders", 1048576), dvOf(dvInt, "msdyn_top"), dvStr("msdyn_uniquename", 256).must(),
			}, dvStates()...)},
		{logical: "msdyn_teamschatsuggestion", schema: "msdyn_teamschatsuggestion", set: "msdyn_teamschatsuggestions", id: "msdyn_teamschatsuggestionid",
			name: "msdyn_name", code: 10647, ownership: "None",
			label: dvText{"Teams chat suggestion", "Teams-Chatvorschlag"}, labels: dvText{"Teams chat suggestions", "Teams-Chatvorschläge"},
			columns: append([]*dvColumn{
				dvStr("msdyn_name", 100), dvStr("msdyn_regardingobjectid", 100).index(), dvStr("msdyn_regardingobjectname", 100), dvLong("msdyn_suggestions", 1048576), dvOf(dvTime, "msdyn_computedon"),
				dvPick("Picklist", "msdyn_computationstate", 0, dvOpt(0, "Not started/Nicht gestartet"), dvOpt(1, "Triggered/Ausgelöst"), dvOpt(2, "In progress/In Bearbeitung"),
					dvOpt(3, "Partial Success/Teilweise erfolgreich"), dvOpt(4, "Success/Erfolgreich"), dvOpt(5, "Failure/Fehler")),
			}, dvStates()...)},
		{logical: "msdyn_aicontactsuggestion", schema: "msdyn_aicontactsuggestion", set: "msdyn_aicontactsuggestions", id: "msdyn_aicontactsuggestionid",
			name: "msdyn_name", code: 10648, ownership: "UserOwned",
			label: dvText{"AI contact suggestion", "KI-Kontaktvorschlag"}, labels: dvText{"AI contact suggestions", "KI-Kontaktvorschläge"},
			columns: append([]*dvColumn{dvStr("msdyn_name", 100), source, dvLong("msdyn_suggestionresponse", 1048576)}, dvStates()...)},
		{logical: "msdyn_teamscollaboration", schema: "msdyn_TeamsCollaboration", set: "msdyn_teamscollaborations", id: "msdyn_teamscollaborationid",
			name: "msdyn_teamname", code: 10649, ownership: "None",
			label: dvText{"Microsoft Teams Collaboration entity", "Microsoft Teams-Zusammenarbeitsentität"}, labels: dvText{"Microsoft Teams Collaboration entities", "Microsoft Teams-Zusammenarbeitsentitäten"},
			columns: append([]*dvColumn{
				dvOf(dvGUID, "regardingobjectid").must().index(), dvStr("regardingobjecttypename", 200).must(), dvOf(dvInt, "regardingobjecttypecode"),
				dvStr("msdyn_teamid", 100).must(), dvStr("msdyn_teamname", 300), dvStr("msdyn_channelid", 100).must(), dvStr("msdyn_channelname", 300),
				dvStr("msdyn_channeltype", 10), dvOf(dvGUID, "msdyn_groupid").must(), dvOf(dvGUID, "msdyn_tenantid").must(), dvStr("msdyn_teamsiteurl", 300).must(),
				dvStr("msdyn_channelfolderrelativeurl", 300).must(), dvStr("msdyn_weburl", 4000), dvStr("msdyn_contenturl", 4000), dvStr("msdyn_appid", 100), dvStr("msdyn_pipedentityid", 800),
			}, dvStates()...)},
	}
}

// dvCollections gives every lookup its collection on the other side, where the
// table does not name one itself.
func dvCollections(tables []*dvTable) {
	byName := map[string]*dvTable{}
	for _, t := range tables {
		byName[t.logical] = t
	}
	for _, t := range tables {
		for _, c := range t.columns {
			for _, target := range c.targets {
				if other := byName[target]; other != nil && other.collectionOf(t.logical, c.name) == nil {
					other.many = append(other.many, dvMany{name: dvCollectionName(t, c, target), target: t.logical, far: c.name})
				}
			}
		}
	}
}

// dvCollectionName is what Microsoft's tools call a relationship that nobody
// named.
func dvCollectionName(t *dvTable, c *dvColumn, target string) string {
	switch {
	case c.name == "ownerid":
		return "owner_" + target + "_" + t.logical
	case c.readOnly && target == "systemuser":
		return "lk_" + t.logical + "_" + c.name
	}
	return target + "_" + t.logical + "_" + c.name
}

// collectionOf is the collection of rows of a table whose lookup leads here.
func (t *dvTable) collectionOf(table, lookup string) *dvMany {
	for i := range t.many {
		if m := &t.many[i]; m.target == table && m.via == "" && m.far == lookup {
			return m
		}
	}
	return nil
}
