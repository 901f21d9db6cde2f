package sandbox

// dvRegarded are the tables that an activity may regard.
var dvRegarded = []string{"incident", "account", "contact", "knowledgearticle", "contoso_warrantyclaim"}

// dvActivityTypes are the activities that the timeline of a record shows, by
// what their collections are called: Incident_Emails, Account_Tasks, ….
var dvActivityTypes = []struct{ logical, plural string }{
	{"email", "Emails"}, {"task", "Tasks"}, {"phonecall", "Phonecalls"}, {"appointment", "Appointments"},
}

// dvRecordCollections are the collections that every record type with a
// timeline has. Microsoft writes some of them with a capital letter.
func dvRecordCollections(schema, logical string) []dvMany {
	many := []dvMany{
		{name: schema + "_ActivityPointers", target: "activitypointer", far: "regardingobjectid"},
		{name: logical + "_chats", target: "chat", far: "regardingobjectid"},
		{name: schema + "_Annotation", target: "annotation", far: "objectid"},
		{name: logical + "_Posts", target: "post", far: "regardingobjectid"},
		{name: logical + "_connections1", target: "connection", far: "record1id"},
		{name: logical + "_connections2", target: "connection", far: "record2id"},
	}
	for _, t := range dvActivityTypes {
		many = append(many, dvMany{name: schema + "_" + t.plural, target: t.logical, far: "regardingobjectid"})
	}
	return many
}

// dvRegarding is the lookup of an activity to what it is about. Its navigation
// properties end in the activity's own name, except those of the base type.
func dvRegarding(suffix string) *dvColumn {
	c := dvTo("regardingobjectid", dvRegarded...).index()
	for target := range c.navs {
		c.navs[target] += suffix
	}
	return c
}

func dvActivityStates() []*dvColumn {
	return []*dvColumn{
		dvPick("State", "statecode", 0, dvOpt(0, "Open/Offen"), dvOpt(1, "Completed/Abgeschlossen"), dvOpt(2, "Canceled/Abgebrochen"), dvOpt(3, "Scheduled/Geplant")),
		dvPick("Status", "statuscode", 1, dvOpt(1, "Open/Offen"), dvOpt(2, "Completed/Abgeschlossen"), dvOpt(3, "Canceled/Abgebrochen"), dvOpt(4, "Scheduled/Geplant")),
	}
}

// dvActivityColumns are the columns of the base type, which every activity has.
func dvActivityColumns() []*dvColumn {
	kind := dvStr("activitytypecode", 64).index().fixed()
	kind.table = true
	return append([]*dvColumn{
		kind, dvOf(dvTime, "actualstart"), dvOf(dvTime, "actualend"), dvOf(dvTime, "scheduledstart"), dvOf(dvTime, "scheduledend"), dvOf(dvTime, "senton"),
		dvPick("Picklist", "prioritycode", 1, dvOpt(0, "Low/Niedrig"), dvOpt(1, "Normal/Normal"), dvOpt(2, "High/Hoch")),
	}, dvActivityStates()...)
}

// dvActivity is the table of one type of activity.
func dvActivity(logical, schema, set string, code int, en, ens, de, des string, columns ...*dvColumn) *dvTable {
	columns = append(columns, dvRegarding("_"+logical))
	t := &dvTable{
		logical: logical, schema: schema, privilege: "Activity", set: set, id: "activityid", name: "subject", code: code, activity: true,
		ownership: "UserOwned", label: dvText{en, de}, labels: dvText{ens, des}, columns: append(columns, dvActivityColumns()...),
		many: []dvMany{{name: logical + "_activity_parties", target: "activityparty", far: "activityid"}},
	}
	return t
}

func dvActivityTables() []*dvTable {
	email := dvActivity("email", "Email", "emails", 4202, "Email", "Email Messages", "E-Mail", "E-Mail-Nachrichten",
		dvStr("subject", 800), dvLong("description", 1073741823), dvStr("sender", 250), dvStr("torecipients", 500), dvFlag("directioncode"))
	task := dvActivity("task", "Task", "tasks", 4212, "Task", "Tasks", "Aufgabe", "Aufgaben", dvStr("subject", 200), dvLong("description", 2000))
	call := dvActivity("phonecall", "PhoneCall", "phonecalls", 4210, "Phone Call", "Phone Calls", "Telefonanruf", "Telefonanrufe",
		dvStr("subject", 200), dvLong("description", 2000), dvStr("phonenumber", 200), dvFlag("directioncode"), dvOf(dvInt, "actualdurationminutes"))
	appointment := dvActivity("appointment", "Appointment", "appointments", 4201, "Appointment", "Appointments", "Termin", "Termine",
		dvStr("subject", 200), dvLong("description", 2000), dvStr("location", 200))
	work := dvActivity("msdyn_ocliveworkitem", "msdyn_ocliveworkitem", "msdyn_ocliveworkitems", 10583, "Conversation", "Conversations", "Unterhaltung", "Unterhaltungen",
		dvStr("subject", 200), dvLong("description", 2000), dvStr("msdyn_title", 100), dvTo("msdyn_activeagentid", "systemuser"), dvOf(dvTime, "msdyn_startedon"))
	email.tracked, task.tracked, call.tracked, appointment.tracked = true, true, true, true
	return []*dvTable{email, task, call, appointment, work, dvChatTable(), dvResolutionTable(), dvPointerTable(), dvPartyTable()}
}

// dvChatTable is the activity "Teams chat" that chat sync makes.
func dvChatTable() *dvTable {
	t := dvActivity("chat", "Chat", "chats", 10560, "Teams chat", "Teams chats", "Teams-Chat", "Teams-Chats",
		dvStr("subject", 250), dvLong("description", 2000), dvStr("teamschatid", 100).index(),
		dvTo("linkedby", "systemuser").fixed(), dvOf(dvTime, "linkedon").fixed(), dvTo("unlinkedby", "systemuser").fixed(), dvOf(dvTime, "unlinkedon").fixed(),
		dvOf(dvGUID, "modifiedinteamsbyactivitypartyid"), dvOf(dvTime, "modifiedinteamson"), dvOf(dvInt, "lastsyncerror"), dvStr("eventssummary", 4000).fixed(),
		dvPick("Picklist", "syncstatus", 0, dvOpt(0, "Not Enabled/Nicht aktiviert"), dvOpt(1, "Pending/Ausstehend"), dvOpt(2, "Enabled/Aktiviert")))
	for _, c := range t.columns {
		if c.name == "regardingobjectid" {
			c.required, c.once = true, true
		}
	}
	t.tracked = true
	return t
}

// dvResolutionTable is the activity that closes a case.
func dvResolutionTable() *dvTable {
	return &dvTable{
		logical: "incidentresolution", schema: "IncidentResolution", privilege: "Activity", set: "incidentresolutions", id: "activityid", name: "subject", code: 4206,
		activity: true, only: "Retrieve RetrieveMultiple", ownership: "UserOwned",
		label: dvText{"Case Resolution", "Anfragelösung"}, labels: dvText{"Case Resolutions", "Anfragelösungen"},
		columns: append([]*dvColumn{
			dvStr("subject", 200), dvLong("description", 2000), dvTo("incidentid", "incident").must().index(), dvOf(dvInt, "timespent"),
			dvPick("Picklist", "resolutiontypecode", 5, dvOpt(5, "Problem Solved/Problem gelöst"), dvOpt(1000, "Information Provided/Informationen bereitgestellt")),
		}, dvActivityColumns()...)}
}

// dvPointerTable is the base type: one row goes with each activity.
func dvPointerTable() *dvTable {
	return &dvTable{
		logical: "activitypointer", schema: "ActivityPointer", privilege: "Activity", set: "activitypointers", id: "activityid", name: "subject", code: 4200,
		only: "Retrieve RetrieveMultiple", ownership: "UserOwned", label: dvText{"Activity", "Aktivität"}, labels: dvText{"Activities", "Aktivitäten"},
		columns: append([]*dvColumn{dvStr("subject", 800), dvLong("description", 2000), dvRegarding("")}, dvActivityColumns()...),
		many:    []dvMany{{name: "activitypointer_activity_party", target: "activityparty", far: "activityid"}}}
}

// dvPartyTable says who takes part in an activity, and how.
func dvPartyTable() *dvTable {
	activity := dvTo("activityid", "activitypointer", "email", "task", "phonecall", "appointment", "chat", "msdyn_ocliveworkitem").index().fixed()
	activity.navs["activitypointer"] = "activityid_activitypointer"
	return &dvTable{
		logical: "activityparty", schema: "ActivityParty", privilege: "Activity", set: "activityparties", id: "activitypartyid", code: 135,
		only: "RetrieveMultiple", parent: "activityid", ownership: "None",
		label: dvText{"Activity Party", "Aktivitätspartei"}, labels: dvText{"Activity Parties", "Aktivitätsparteien"},
		columns: []*dvColumn{
			activity, dvTo("partyid", "systemuser", "account", "contact", "knowledgearticle", "queue").index(), dvStr("unresolvedpartyname", 200), dvStr("addressused", 100),
			dvPick("Picklist", "participationtypemask", 0, dvOpt(1, "Sender/Absender"), dvOpt(2, "To Recipient/An-Empfänger"), dvOpt(3, "CC Recipient/CC-Empfänger"),
				dvOpt(4, "BCC Recipient/BCC-Empfänger"), dvOpt(5, "Required attendee/Erforderlicher Teilnehmer"), dvOpt(6, "Optional attendee/Optionaler Teilnehmer"),
				dvOpt(7, "Organizer/Organisator"), dvOpt(8, "Regarding/Bezug"), dvOpt(9, "Owner/Besitzer"), dvOpt(10, "Resource/Ressource"),
				dvOpt(11, "Customer/Kunde"), dvOpt(12, "Chat Participant/Chatteilnehmer")),
		}}
}
