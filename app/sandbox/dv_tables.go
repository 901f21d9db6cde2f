package sandbox

// dvTables is the schema of an environment, anew for each so that knobs of one
// do not reach another.
func dvTables() []*dvTable {
	tables := dvPlatformTables()
	tables = append(tables, dvServiceTables()...)
	tables = append(tables, dvCatalogTables()...)
	tables = append(tables, dvActivityTables()...)
	tables = append(tables, dvRecordTables()...)
	tables = append(tables, dvChatTables()...)
	tables = append(tables, dvSuggestionTables()...)
	for _, t := range tables {
		t.finish()
	}
	dvCollections(tables)
	return tables
}

func dvPlatformTables() []*dvTable {
	return []*dvTable{
		{logical: "businessunit", schema: "BusinessUnit", set: "businessunits", id: "businessunitid", name: "name", code: 10,
			ownership: "BusinessOwned", label: dvText{"Business Unit", "Unternehmenseinheit"}, labels: dvText{"Business Units", "Unternehmenseinheiten"},
			columns: []*dvColumn{dvStr("name", 160).must(), dvTo("parentbusinessunitid", "businessunit"), dvFlag("isdisabled")}},
		{logical: "systemuser", schema: "SystemUser", privilege: "User", set: "systemusers", id: "systemuserid", name: "fullname", code: 8,
			ownership: "BusinessOwned", label: dvText{"User", "Benutzer"}, labels: dvText{"Users", "Benutzer"},
			alternate: "azureactivedirectoryobjectid",
			columns: []*dvColumn{
				dvStr("fullname", 200), dvStr("firstname", 256), dvStr("lastname", 256), dvStr("title", 128), dvStr("jobtitle", 100),
				dvStr("internalemailaddress", 100), dvStr("domainname", 1024), dvOf(dvGUID, "azureactivedirectoryobjectid").index(),
				dvFlag("isdisabled"), dvPick("Picklist", "accessmode", 0, dvOpt(0, "Read-Write/Lesen/Schreiben"), dvOpt(4, "Non-interactive/Nicht interaktiv")),
				dvTo("businessunitid", "businessunit"), dvTo("parentsystemuserid", "systemuser"),
			},
			many: []dvMany{{"teammembership_association", "team", "teammembership", "systemuserid", "teamid"},
				{"systemuserroles_association", "role", "systemuserroles", "systemuserid", "roleid"}}},
		{logical: "team", schema: "Team", set: "teams", id: "teamid", name: "name", code: 9,
			ownership: "BusinessOwned", label: dvText{"Team", "Team"}, labels: dvText{"Teams", "Teams"},
			columns: []*dvColumn{
				dvStr("name", 160).must(), dvLong("description", 2000), dvFlag("isdefault"), dvOf(dvGUID, "azureactivedirectoryobjectid"),
				dvPick("Picklist", "teamtype", 0, dvOpt(0, "Owner/Besitzer"), dvOpt(1, "Access/Zugriff"),
					dvOpt(2, "Security Group/Sicherheitsgruppe"), dvOpt(3, "Office Group/Office-Gruppe")),
				dvTo("administratorid", "systemuser"), dvTo("businessunitid", "businessunit"),
			},
			many: []dvMany{{"teammembership_association", "systemuser", "teammembership", "teamid", "systemuserid"}}},
		{logical: "teammembership", schema: "TeamMembership", privilege: "Team", set: "teammemberships", id: "teammembershipid", code: 23,
			ownership: "None", label: dvText{"Team Membership", "Teammitgliedschaft"}, labels: dvText{"Team Memberships", "Teammitgliedschaften"},
			columns: []*dvColumn{dvOf(dvGUID, "systemuserid").index().fixed(), dvOf(dvGUID, "teamid").index().fixed()}},
		{logical: "entity", schema: "Entity", set: "entities", id: "entityid", name: "name", code: 9800,
			ownership: "None", label: dvText{"Entity", "Entität"}, labels: dvText{"Entities", "Entitäten"},
			columns: []*dvColumn{dvStr("name", 64), dvStr("logicalname", 64), dvStr("entitysetname", 64), dvOf(dvInt, "objecttypecode")}},
		{logical: "savedquery", schema: "SavedQuery", privilege: "Query", set: "savedqueries", id: "savedqueryid", name: "name", code: 1039,
			ownership: "OrganizationOwned", label: dvText{"View", "Ansicht"}, labels: dvText{"Views", "Ansichten"},
			columns: append([]*dvColumn{
				dvStr("name", 200), dvStr("returnedtypecode", 64).index(), dvOf(dvInt, "querytype"), dvFlag("isdefault"), dvFlag("isquickfindquery"),
				dvLong("fetchxml", 1073741823), dvLong("layoutxml", 1073741823), dvLong("description", 1048576),
			}, dvStates()...)},
		{logical: "appmodule", schema: "AppModule", set: "appmodules", id: "appmoduleid", name: "name", code: 9006,
			ownership: "OrganizationOwned", label: dvText{"Model-driven App", "Modellgesteuerte App"}, labels: dvText{"Model-driven Apps", "Modellgesteuerte Apps"},
			columns: append([]*dvColumn{dvStr("name", 100), dvStr("uniquename", 100)}, dvStates()...)},
	}
}

func dvServiceTables() []*dvTable {
	return []*dvTable{
		{logical: "account", schema: "Account", set: "accounts", id: "accountid", name: "name", code: 1, tracked: true,
			ownership: "UserOwned", label: dvText{"Account", "Firma"}, labels: dvText{"Accounts", "Firmen"},
			columns: append([]*dvColumn{
				dvStr("name", 160).must(), dvStr("accountnumber", 20), dvStr("telephone1", 50), dvStr("emailaddress1", 100),
				dvStr("address1_city", 80), dvLong("description", 2000), dvTo("primarycontactid", "contact"),
				dvTo("parentaccountid", "account"), dvTo("preferredsystemuserid", "systemuser"),
			}, dvStates()...),
			many: append(dvRecordCollections("Account", "account"), []dvMany{
				{name: "incident_customer_accounts", target: "incident", far: "customerid"},
				{name: "contact_customer_accounts", target: "contact", far: "parentcustomerid"},
			}...)},
		{logical: "contact", schema: "Contact", set: "contacts", id: "contactid", name: "fullname", code: 2, tracked: true,
			ownership: "UserOwned", label: dvText{"Contact", "Kontakt"}, labels: dvText{"Contacts", "Kontakte"},
			columns: append([]*dvColumn{
				dvStr("fullname", 160), dvStr("firstname", 50), dvStr("lastname", 50).must(), dvStr("emailaddress1", 100),
				dvStr("telephone1", 50), dvStr("jobtitle", 100), dvCustomer("parentcustomerid"),
			}, dvStates()...),
			many: append(dvRecordCollections("Contact", "contact"), dvMany{name: "incident_customer_contacts", target: "incident", far: "customerid"})},
		{logical: "incident", schema: "Incident", set: "incidents", id: "incidentid", name: "title", code: 112, tracked: true,
			ownership: "UserOwned", label: dvText{"Case", "Anfrage"}, labels: dvText{"Cases", "Anfragen"},
			columns: dvCaseColumns(),
			many: append(dvRecordCollections("Incident", "incident"), []dvMany{
				{name: "Incident_QueueItem", target: "queueitem", far: "objectid"},
				{name: "Incident_IncidentResolutions", target: "incidentresolution", far: "incidentid"},
				{name: "incident_parent_incident", target: "incident", far: "parentcaseid"},
			}...)},
		{logical: "knowledgearticle", schema: "KnowledgeArticle", set: "knowledgearticles", id: "knowledgearticleid", name: "title", code: 9953, tracked: true,
			ownership: "UserOwned", label: dvText{"Knowledge Article", "Wissensdatenbankartikel"}, labels: dvText{"Knowledge Articles", "Wissensdatenbankartikel"},
			columns: []*dvColumn{
				dvStr("title", 500).must(), dvStr("articlepublicnumber", 32), dvStr("keywords", 4000), dvLong("content", 1048576), dvLong("description", 155),
				dvPick("State", "statecode", 0, dvOpt(0, "Draft/Entwurf"), dvOpt(1, "Approved/Genehmigt"), dvOpt(2, "Scheduled/Geplant"), dvOpt(3, "Published/Veröffentlicht"), dvOpt(4, "Expired/Abgelaufen")),
				dvPick("Status", "statuscode", 2, dvOpt(2, "Draft/Entwurf"), dvOpt(5, "Approved/Genehmigt"), dvOpt(6, "Scheduled/Geplant"), dvOpt(7, "Published/Veröffentlicht"), dvOpt(8, "Expired/Abgelaufen")),
			}},
		{logical: "queue", schema: "Queue", set: "queues", id: "queueid", name: "name", code: 2020,
			ownership: "UserOwned", label: dvText{"Queue", "Warteschlange"}, labels: dvText{"Queues", "Warteschlangen"},
			columns: append([]*dvColumn{dvStr("name", 200).must(), dvLong("description", 2000), dvStr("emailaddress", 100)}, dvStates()...)},
		{logical: "queueitem", schema: "QueueItem", set: "queueitems", id: "queueitemid", name: "title", code: 2029,
			ownership: "None", label: dvText{"Queue Item", "Warteschlangenelement"}, labels: dvText{"Queue Items", "Warteschlangenelemente"},
			columns: append([]*dvColumn{
				dvStr("title", 300), dvTo("queueid", "queue").must(), dvObjectID().must(), dvTo("workerid", "systemuser", "team").index(),
				dvOf(dvTime, "enteredon"), dvOf(dvTime, "workeridmodifiedon"), dvOf(dvInt, "objecttypecode"),
			}, dvStates()...)},
	}
}

// dvCustomer is a lookup to an account or a contact.
func dvCustomer(name string) *dvColumn { return dvTo(name, "account", "contact") }

// dvObjectID is what a queue item stands for.
func dvObjectID() *dvColumn {
	return dvTo("objectid", "incident", "email", "task", "phonecall", "msdyn_ocliveworkitem").index()
}

func dvCaseColumns() []*dvColumn {
	return []*dvColumn{
		dvStr("title", 200), dvStr("ticketnumber", 100).index(), dvLong("description", 2000),
		dvCustomer("customerid").index(), dvTo("primarycontactid", "contact"),
		dvTo("subjectid", "subject").index(), dvTo("productid", "product").index(), dvTo("parentcaseid", "incident"),
		dvPick("Picklist", "prioritycode", 2, dvOpt(1, "High/Hoch"), dvOpt(2, "Normal/Normal"), dvOpt(3, "Low/Niedrig")),
		dvPick("Picklist", "severitycode", 1, dvOpt(1, "Default Value/Standardwert")),
		dvPick("Picklist", "caseorigincode", 1, dvOpt(1, "Phone/Telefon"), dvOpt(2, "Email/E-Mail"), dvOpt(3, "Web/Web")),
		dvPick("Picklist", "casetypecode", 2, dvOpt(1, "Question/Frage"), dvOpt(2, "Problem/Problem"), dvOpt(3, "Request/Wunsch")),
		dvPick("State", "statecode", 0, dvOpt(0, "Active/Aktiv"), dvOpt(1, "Resolved/Gelöst"), dvOpt(2, "Cancelled/Abgebrochen")),
		dvPick("Status", "statuscode", 1, dvOpt(1, "In Progress/In Bearbeitung"), dvOpt(2, "On Hold/Zurückgestellt"),
			dvOpt(3, "Waiting for Details/Warten auf Details"), dvOpt(4, "Researching/Recherche"), dvOpt(5, "Problem Solved/Problem gelöst"),
			dvOpt(6, "Cancelled/Abgebrochen"), dvOpt(1000, "Information Provided/Informationen bereitgestellt"), dvOpt(2000, "Merged/Zusammengeführt")),
		dvFlag("isescalated"), dvOf(dvTime, "escalatedon"), dvOf(dvTime, "resolveby"), dvOf(dvTime, "lastonholdtime"),
	}
}

func dvChatTables() []*dvTable {
	return []*dvTable{
		{logical: "msdyn_teamschatassociation", schema: "msdyn_teamschatassociation", set: "msdyn_teamschatassociations",
			id: "msdyn_teamschatassociationid", name: "msdyn_teamschatassociationname", code: 10642, tracked: true, ownership: "None",
			label: dvText{"Microsoft Teams chat association entity", "Microsoft Teams-Chatzuordnungsentität"}, labels: dvText{"Microsoft Teams chat association entities", "Microsoft Teams-Chatzuordnungsentitäten"},
			columns: append([]*dvColumn{
				dvStr("msdyn_teamschatassociationname", 100), dvStr("msdyn_teamschatid", 100).index(),
				dvStr("msdyn_regardingobjectid", 100).must().index(), dvStr("msdyn_regardingobjectname", 100),
				dvPick("Picklist", "msdyn_entityrecordstate", 0, dvOpt(0, "Associate/Zuordnen"), dvOpt(1, "Disassociate/Zuordnung aufheben")),
			}, dvStates()...)},
		{logical: "msdyn_entitylinkchatconfiguration", schema: "msdyn_entitylinkchatconfiguration", set: "msdyn_entitylinkchatconfigurations",
			id: "msdyn_entitylinkchatconfigurationid", name: "msdyn_name", code: 10643, ownership: "UserOwned",
			label: dvText{"Entity Link Chat Configuration", "Entitätslink-Chatkonfiguration"}, labels: dvText{"Entity Link Chat Configurations", "Entitätslink-Chatkonfigurationen"},
			columns: append([]*dvColumn{
				dvStr("msdyn_name", 128), dvStr("msdyn_uniquename", 128).must(), dvTo("msdyn_entitytype", "entity").must(), dvStr("msdyn_contextviewid", 100),
				dvFlag("msdyn_enablekickoffmessage"), dvFlag("msdyn_enableaiintroductionmessage"), dvFlag("msdyn_enableautonamechats"),
				dvFlag("msdyn_enableaisuggestion"), dvFlag("msdyn_enablelogicbasedsuggestion"), dvFlag("msdyn_usercanjoinchat"),
				dvFlag("msdyn_recordownercanunlink"), dvFlag("msdyn_recentchatlinkercanunlink"), dvFlag("msdyn_isenabledforbot"),
				dvStr("msdyn_filteringattributes", 2000), dvFlag("ismanaged").fixed(),
			}, dvStates()...)},
	}
}
