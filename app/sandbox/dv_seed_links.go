package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// dvTypes are the record types that ship with chat settings.
var dvTypes = []struct{ table, name, view string }{
	{"incident", "Case", "Case introduction message"},
	{"account", "Account", "Quick Find All Accounts"},
	{"contact", "Contact", "Quick Find All Contacts"},
	{"knowledgearticle", "Knowledge Article", "Quick Find Knowledge Articles"},
	{"email", "Email", "Quick Find Emails"},
	{"msdyn_ocliveworkitem", "Conversation", "Quick Find Conversations"},
	{"contoso_warrantyclaim", "Warranty Claim", "Quick Find Warranty Claims"}, // added by the administrator
}

// settings makes the chat settings of each shipped type as a new organisation
// has them, and the views that go with them.
func (s *dvSeed) settings() {
	for _, t := range dvTypes {
		view := s.views(t.table, t.view)
		isCase := t.table == "incident"
		values := map[string]any{
			"msdyn_name": t.name, "msdyn_uniquename": "msdyn_" + strings.ReplaceAll(strings.ToLower(t.name), " ", ""),
			"msdyn_entitytype": dvRef{"entity", s.org.guid("metadata/" + t.table)}, "msdyn_contextviewid": view,
			"msdyn_recordownercanunlink": true, "msdyn_recentchatlinkercanunlink": true, "msdyn_usercanjoinchat": isCase,
			"msdyn_enableautonamechats": isCase, "msdyn_enablekickoffmessage": isCase, "msdyn_enablelogicbasedsuggestion": isCase,
			"msdyn_enableaisuggestion": isCase, "ownerid": s.user(s.w.People[9]), "ismanaged": !s.org.metadata[t.table].custom,
		}
		if isCase {
			values["msdyn_filteringattributes"] = "prioritycode,statecode,statuscode"
		}
		s.add("msdyn_entitylinkchatconfiguration", s.org.guid("configuration/"+t.table), values)
	}
}

// views makes the views of a type and returns the one for the note.
func (s *dvSeed) views(table, note string) string {
	t := s.org.metadata[table]
	var id string
	for _, name := range []string{"Active " + t.labels.en, "My Active " + t.labels.en, note} {
		columns := []string{t.name, "createdon", "modifiedon"}
		switch {
		case name == note && table == "incident":
			columns = []string{"title", "ticketnumber", "prioritycode", "statuscode", "customerid"}
		case table == "account":
			columns = []string{"name", "accountnumber", "telephone1", "address1_city", "primarycontactid"}
		case table == "contoso_warrantyclaim":
			columns = []string{"contoso_name", "contoso_serialnumber", "contoso_account", "contoso_product", "contoso_purchasedon"}
		}
		quick := strings.HasPrefix(name, "Quick Find")
		kind := int64(0)
		if quick {
			kind = 4
		}
		id = s.org.guid("view/" + table + "/" + name)
		s.add("savedquery", id, map[string]any{
			"name": name, "returnedtypecode": table, "querytype": kind, "isquickfindquery": quick, "isdefault": strings.HasPrefix(name, "My Active"),
			"fetchxml": dvViewFetch(t, name, columns), "layoutxml": dvViewLayout(t, columns),
		})
	}
	return id
}

// dvViewFetch is the query of a view: active rows, the caller's own if its name
// says so, newest first.
func dvViewFetch(t *dvTable, name string, columns []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<fetch version="1.0" output-format="xml-platform" mapping="logical"><entity name="%s">`, t.logical)
	for _, c := range columns {
		fmt.Fprintf(&b, `<attribute name="%s" />`, c)
	}
	fmt.Fprintf(&b, `<attribute name="%s" /><order attribute="modifiedon" descending="true" />`, t.id)
	if active := strings.Contains(name, "Active "); active && t.byName["statecode"] != nil {
		b.WriteString(`<filter type="and"><condition attribute="statecode" operator="eq" value="0" />`)
		if strings.HasPrefix(name, "My ") {
			b.WriteString(`<condition attribute="ownerid" operator="eq-userid" />`)
		}
		b.WriteString(`</filter>`)
	}
	return b.String() + `</entity></fetch>`
}

// dvViewLayout is which columns a view shows, in which order.
func dvViewLayout(t *dvTable, columns []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<grid name="resultset" object="%d" jump="%s" select="1" icon="1" preview="1"><row name="result" id="%s">`, t.code, t.name, t.id)
	for _, c := range columns {
		fmt.Fprintf(&b, `<cell name="%s" width="150" />`, c)
	}
	return b.String() + `</row></grid>`
}

// dvLinkSeed is a row of the link table. Without a changer it was never touched
// again; gone says that it was disconnected then.
type dvLinkSeed struct {
	id, chat, name, table, record string
	creator                       *Person
	at                            time.Time
	changer                       *Person
	changed                       time.Time
	gone                          bool
}

func (s *dvSeed) link(l dvLinkSeed) {
	if s.org.userID(l.creator) == "" {
		l.creator = s.w.People[5]
	}
	if l.changer == nil || s.org.userID(l.changer) == "" {
		l.changer, l.changed = l.creator, l.at
	}
	state := int64(0)
	if l.gone {
		state = 1
	}
	name := []rune(l.name)
	s.add("msdyn_teamschatassociation", l.id, s.by(map[string]any{
		"msdyn_teamschatassociationname": string(name[:min(100, len(name))]), "msdyn_teamschatid": l.chat,
		"msdyn_regardingobjectid": l.record, "msdyn_regardingobjectname": l.table, "msdyn_entityrecordstate": state,
	}, l.creator, l.at, l.changer, l.changed))
}

// groups are the group chats that no case is connected to, in order.
func (s *dvSeed) groups() []*room {
	linked := map[string]bool{}
	for _, c := range s.w.Cases {
		for _, l := range c.Linked {
			linked[l.ChatID] = true
		}
	}
	var out []*room
	for _, r := range s.w.rooms {
		if r.kind == "group" && !linked[r.id] {
			out = append(out, r)
		}
	}
	return out
}

// links makes the link rows: those of the cases, and the odd ones that a client
// must cope with.
func (s *dvSeed) links(dv *dvService) {
	n := 0
	id := func() string { n++; return s.org.guid(fmt.Sprintf("link/%d", n)) }
	for i, c := range s.w.Cases {
		for k, l := range c.Linked {
			row := dvLinkSeed{id: id(), chat: l.ChatID, name: l.Name, table: "incident", record: c.ID, creator: l.Connector, at: l.At}
			if (i+k)%5 == 2 { // disconnected once and connected again by the owner: the same row, revived
				row.changer, row.changed = s.w.owner(c), s.before(l.At.Add(3*time.Hour))
			}
			if i == 0 && k == 0 { // the pair with two rows: an older one that was disconnected
				old := row
				old.id, old.at, old.changer, old.changed, old.gone = id(), l.At.Add(-9*24*time.Hour), s.w.People[5], l.At.Add(-8*24*time.Hour), true
				s.link(old)
			}
			s.link(row)
		}
	}
	s.oddLinks(dv, id)
}

// before keeps a time in the past.
func (s *dvSeed) before(t time.Time) time.Time {
	if latest := s.w.born.Add(-time.Minute); t.After(latest) {
		return latest
	}
	return t
}

// oddLinks connects chats to records of other types, to one that may not be
// read, to one that was deleted, and disconnects some. The main agent is in all
// of these chats but the one that is locked.
func (s *dvSeed) oddLinks(dv *dvService, id func() string) {
	take := s.taker()
	targets := []struct {
		table, record string
		gone, locked  bool
	}{
		{table: "account", record: s.w.Accounts[0].ID},
		{table: "account", record: s.w.Accounts[0].ID, locked: true},
		// The text form of the id is not documented, so some are of another.
		{table: "account", record: strings.ToUpper(s.w.Accounts[2].ID)},
		{table: "knowledgearticle", record: s.articleID(0)},
		{table: "knowledgearticle", record: "{" + strings.ToUpper(s.articleID(1)) + "}"},
		{table: "contact", record: s.w.Contacts[0].ID},
		{table: "msdyn_ocliveworkitem", record: s.activityID("msdyn_ocliveworkitem", 0)},
		{table: "email", record: s.activityID("email", 0)},
		{table: "incident", record: dv.restricted[0]},
		{table: "incident", record: dv.deletedCase},
		{table: "incident", record: dv.restricted[3]},
		{table: "account", record: s.w.Accounts[3].ID, gone: true},
		{table: "account", record: s.w.Accounts[4].ID, gone: true},
		{table: "contact", record: s.w.Contacts[1].ID, gone: true},
	}
	for i, t := range targets {
		r := take(!t.locked)
		if r == nil {
			continue
		}
		creator := r.members[i%len(r.members)].person
		at := s.w.born.Add(-time.Duration(30+i*17) * time.Hour)
		l := dvLinkSeed{id: id(), chat: r.id, name: r.topic, table: t.table, record: t.record, creator: creator, at: at}
		if t.gone {
			l.gone, l.changer, l.changed = true, s.w.People[5], at.Add(20*time.Hour)
		}
		s.link(l)
	}
	s.goneFromCases(take, id)
}

// taker hands out free group chats, each once: the next with the main agent in
// it, or the next without; nil when there are no more.
func (s *dvSeed) taker() func(inside bool) *room {
	groups := s.groups()
	return func(inside bool) *room {
		i := slices.IndexFunc(groups, func(r *room) bool { return (r.member(s.w.People[0]) != nil) == inside })
		if i < 0 {
			return nil
		}
		r := groups[i]
		groups = slices.Delete(groups, i, i+1)
		return r
	}
}

// goneFromCases adds disconnected rows to cases, so that a reader of states
// that are gone has some to leave out.
func (s *dvSeed) goneFromCases(take func(inside bool) *room, id func() string) {
	for i := 1; i < len(s.w.Cases) && i < 12; i += 3 {
		r := take(true)
		if r == nil {
			return
		}
		c := s.w.Cases[i]
		s.link(dvLinkSeed{id: id(), chat: r.id, name: r.topic, table: "incident", record: c.ID, creator: r.members[0].person,
			at: s.w.born.Add(-time.Duration(200+i) * time.Hour), changer: s.w.owner(c), changed: s.w.born.Add(-time.Duration(100+i) * time.Hour), gone: true})
	}
}
