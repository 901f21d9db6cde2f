package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// newDVService makes the environments of the tenant from the world.
func newDVService(s *Sandbox) *dvService {
	w := s.World
	origin := func(service string) func() string { return func() string { return s.origin(service) } }
	main := newDVOrg(w, w.guid("organization", 0), "Contoso", "contoso", origin(serviceDataverse))
	main.userID = func(p *Person) string { return p.SystemUserID }
	dv := &dvService{main: main, training: newDVOrg(w, w.guid("organization", 1), "Contoso Training", "contoso-training", origin(serviceTraining))}
	training := dv.training
	training.userID = func(p *Person) string {
		if p.SystemUserID == "" || p.index > 9 {
			return "" // the others were not invited
		}
		return training.guid("systemuser/" + p.OID)
	}
	if s.options.Limits {
		dv.limits = newDVLimits(s.Now)
	}
	history := s.options.History
	if history == 0 {
		history = 4 * s.options.Cases
	}
	newDVSeed(main).company(dv, max(0, history))
	newDVSeed(training).lesson()
	return dv
}

// dvSeed fills an environment. Nothing else sees it yet, so no lock is held.
type dvSeed struct {
	org  *dvOrg
	tx   *dvTx
	w    *World
	care string // the business unit of those who work on cases
}

func newDVSeed(o *dvOrg) *dvSeed {
	s := &dvSeed{org: o, w: o.world, tx: &dvTx{org: o, user: dvRef{"systemuser", o.guid("system")}}}
	o.root, s.care = o.guid("unit/root"), o.guid("unit/care")
	return s
}

// add stores a row; null values are left out, and an empty text is null.
func (s *dvSeed) add(table, id string, values map[string]any) *dvRow {
	for k, v := range values {
		if v == nil || v == "" || v == (dvRef{}) {
			delete(values, k)
		}
	}
	r := s.tx.insert(s.org.tables[table], id, values)
	s.tx.undo = nil // the seed is never taken back
	return r
}

// by are the audit columns of a row: who made it when, who changed it when.
func (s *dvSeed) by(values map[string]any, creator *Person, created time.Time, changer *Person, changed time.Time) map[string]any {
	values["createdby"], values["createdon"] = s.user(creator), created.Truncate(time.Second)
	values["modifiedby"], values["modifiedon"] = s.user(changer), changed.Truncate(time.Second)
	return values
}

func (s *dvSeed) user(p *Person) dvRef { return dvRef{"systemuser", s.org.userID(p)} }

// company fills the main environment.
func (s *dvSeed) company(dv *dvService, history int) {
	s.platform()
	for _, t := range s.w.Teams {
		s.team(t, s.care)
	}
	s.customers()
	for i, c := range s.w.Cases {
		s.supportCase(i, c)
	}
	dv.restricted = s.compliance()
	dv.deletedCase = s.w.guid("deleted case", 0)
	s.articles()
	s.activities()
	s.queues()
	s.settings()
	s.links(dv)
	s.history(history)
	s.timelines()
	s.suggestions()
	s.claims()
}

// lesson fills the training environment: three cases and one link.
func (s *dvSeed) lesson() {
	s.platform()
	s.customers()
	for i := range min(3, len(s.w.Cases)) {
		c := *s.w.Cases[i]
		c.ID, c.Number = s.org.guid(fmt.Sprintf("case/%d", i)), fmt.Sprintf("TRN-%05d", 101+i)
		c.Title, c.OwnerTeam, c.OwnerOID = "Training: "+c.Title, "", s.w.People[0].OID
		s.supportCase(i, &c)
		if groups := s.groups(); i == 0 && len(groups) > 0 {
			r := groups[0]
			s.link(dvLinkSeed{id: s.org.guid("link"), chat: r.id, name: r.topic, table: "incident", record: c.ID, creator: s.w.People[5], at: c.Modified})
		}
	}
	s.settings()
}

// platform makes business units, people, types and apps.
func (s *dvSeed) platform() {
	s.add("businessunit", s.org.root, map[string]any{"name": "Contoso"})
	s.add("businessunit", s.care, map[string]any{"name": "Customer Care", "parentbusinessunitid": dvRef{"businessunit", s.org.root}})
	s.add("systemuser", s.org.guid("system"), map[string]any{"fullname": "SYSTEM", "lastname": "SYSTEM", "accessmode": int64(4),
		"isdisabled": true, "businessunitid": dvRef{"businessunit", s.org.root}})
	for _, p := range s.w.People {
		if id := s.org.userID(p); id != "" {
			unit := s.care
			if p.Role == "supervisor" || p.Role == "admin" {
				unit = s.org.root
			}
			s.add("systemuser", id, s.org.userValues(p, unit))
			s.role(p, id)
		}
	}
	s.catalogue()
	for _, t := range s.org.order {
		s.add("entity", s.org.guid("metadata/"+t.logical), map[string]any{
			"name": t.schema, "logicalname": t.logical, "entitysetname": t.set, "objecttypecode": int64(t.code)})
	}
	s.add("organization", s.org.id, map[string]any{"name": s.org.unique, "expirechangetrackingindays": int64(7), "languagecode": int64(1033), "basecurrencysymbol": "€"})
	s.add("appmodule", s.org.guid("app"), map[string]any{"name": "Customer Service workspace", "uniquename": "msdyn_CustomerServiceWorkspace"})
}

// userValues are the columns of a person's systemuser row. The mail address is
// not always the user principal name.
func (o *dvOrg) userValues(p *Person, unit string) map[string]any {
	plain, _, _ := strings.Cut(p.Name, " (")
	first, last, _ := strings.Cut(plain, " ")
	return map[string]any{
		"fullname": p.Name, "firstname": first, "lastname": last, "jobtitle": p.JobTitle, "title": p.JobTitle,
		"internalemailaddress": p.Mail, "domainname": p.UPN, "azureactivedirectoryobjectid": p.OID,
		"businessunitid": dvRef{"businessunit", unit}, "parentsystemuserid": o.managerOf(p),
	}
}

// managerOf is the supervisor for everybody below them; null for themselves and
// the administrator.
func (o *dvOrg) managerOf(p *Person) any {
	boss := o.world.People[5]
	if p.Role == "supervisor" || p.Role == "admin" || o.userID(boss) == "" {
		return nil
	}
	return dvRef{"systemuser", o.userID(boss)}
}

// dvRoleNames are the security roles that people's roles stand for.
var dvRoleNames = map[string]string{
	"agent": "Customer Service Representative", "expert": "Customer Service Representative", "supervisor": "CSR Manager",
	"admin": "System Administrator", "readonly": "Customer Service Read-Only",
}

func (s *dvSeed) role(p *Person, user string) {
	name := dvRoleNames[p.Role]
	id := s.org.guid("role/" + name)
	if s.org.tables["role"].get(id) == nil {
		s.add("role", id, map[string]any{"name": name, "businessunitid": dvRef{"businessunit", s.org.root}})
	}
	s.add("systemuserroles", s.org.guid("role/"+name+"/"+user), map[string]any{"systemuserid": user, "roleid": id})
}

func (s *dvSeed) team(t *TeamSeed, unit string) {
	values := map[string]any{"name": t.Name, "teamtype": int64(t.Type), "businessunitid": dvRef{"businessunit", unit}}
	if t.Administrator != "" {
		values["administratorid"] = dvRef{"systemuser", t.Administrator}
	}
	s.add("team", t.ID, values)
	for _, p := range t.Members {
		s.add("teammembership", s.org.guid("member/"+t.ID+"/"+p.OID), map[string]any{"teamid": t.ID, "systemuserid": p.SystemUserID})
	}
}

func (s *dvSeed) customers() {
	first := map[*AccountSeed]string{}
	for _, c := range s.w.Contacts {
		if first[c.Account] == "" {
			first[c.Account] = c.ID
		}
	}
	for _, a := range s.w.Accounts {
		s.add("account", a.ID, s.by(map[string]any{
			"name": a.Name, "accountnumber": a.Number, "telephone1": a.Phone, "address1_city": a.City, "ownerid": s.ownerOr(a.Owner),
			"primarycontactid": dvRef{"contact", first[a]},
		}, a.Owner, s.w.born.AddDate(-2, 0, 0), a.Owner, s.w.born.AddDate(0, -3, 0)))
	}
	for _, c := range s.w.Contacts {
		s.add("contact", c.ID, s.by(map[string]any{
			"fullname": c.FirstName + " " + c.LastName, "firstname": c.FirstName, "lastname": c.LastName, "emailaddress1": c.Mail,
			"telephone1": c.Phone, "ownerid": s.ownerOr(c.Owner), "parentcustomerid": dvRef{"account", c.Account.ID},
		}, c.Owner, s.w.born.AddDate(-2, 0, 0), c.Owner, s.w.born.AddDate(0, -2, 0)))
	}
}

// ownerOr is the person, or the supervisor where the person is no user.
func (s *dvSeed) ownerOr(p *Person) dvRef {
	if s.org.userID(p) == "" {
		p = s.w.People[5]
	}
	return s.user(p)
}

func (s *dvSeed) supportCase(i int, c *CaseSeed) {
	owner := s.user(s.w.owner(c))
	if c.OwnerTeam != "" {
		owner = dvRef{"team", c.OwnerTeam}
	}
	rng := s.w.random("dataverse case", i)
	values := map[string]any{
		"title": c.Title, "ticketnumber": c.Number, "description": c.Description, "prioritycode": int64(c.Priority), "ownerid": owner,
		"customerid": dvRef{"account", c.Account.ID}, "primarycontactid": dvRef{"contact", c.Contact.ID},
		"caseorigincode": int64(1 + rng.IntN(3)), "casetypecode": int64(1 + rng.IntN(3)), "statuscode": int64(1 + rng.IntN(4)),
	}
	if i%6 == 5 { // a private customer
		values["customerid"] = dvRef{"contact", c.Contact.ID}
	}
	if c.Resolved {
		values["statecode"], values["statuscode"] = int64(1), int64(5)
	} else if c.Priority < 3 || i%4 == 0 {
		values["resolveby"] = s.w.born.Add(time.Duration(2+rng.IntN(90)) * time.Hour).Truncate(time.Hour)
	}
	if c.Priority == 1 && i%2 == 0 {
		values["isescalated"], values["escalatedon"] = true, c.Modified
	}
	s.sorted(c, values)
	who := s.w.owner(c)
	s.add("incident", c.ID, s.by(values, who, c.Created, who, c.Modified))
}

// compliance makes a second business unit with cases that ordinary agents may
// not read. The last one is shared with the access team: readable, not owned.
func (s *dvSeed) compliance() []string {
	unit := s.org.guid("unit/compliance")
	s.add("businessunit", unit, map[string]any{"name": "Compliance", "parentbusinessunitid": dvRef{"businessunit", s.org.root}})
	supervisor := s.w.People[5]
	desk := &TeamSeed{ID: s.org.guid("team/compliance"), Name: "Compliance Desk", Administrator: supervisor.SystemUserID}
	s.team(desk, unit)
	var ids []string
	titles := []string{"Data request of a former customer", "Complaint under legal hold", "Audit of refunds in March", "Warranty dispute at arbitration"}
	for i, title := range titles {
		id := s.org.guid(fmt.Sprintf("case/compliance/%d", i))
		a := s.w.Accounts[i]
		at := s.w.born.Add(-time.Duration(50+i*31) * time.Hour)
		s.add("incident", id, s.by(map[string]any{
			"title": title, "ticketnumber": fmt.Sprintf("CMP-%05d", 301+i), "ownerid": dvRef{"team", desk.ID}, "prioritycode": int64(1),
			"customerid": dvRef{"account", a.ID},
		}, supervisor, at, supervisor, at.Add(time.Hour)))
		ids = append(ids, id)
	}
	i := slices.IndexFunc(s.w.Teams, func(t *TeamSeed) bool { return t.Type == 1 })
	s.org.shares[dvRef{"incident", ids[len(ids)-1]}] = map[string]dvRights{s.w.Teams[i].ID: dvRightsOf("Read", "Write", "Append", "AppendTo")}
	return ids
}

func (s *dvSeed) articles() {
	author := s.w.People[6]
	for i, title := range []string{"Replace a gasket step by step", "When a refund is due", "Reset two-step sign-in", "Read an invoice", "Calibrate a thermostat", "What to do about a late delivery", "Wärmetauscher entlüften", "サーモスタットの校正"} {
		at := s.w.born.AddDate(0, -8, i*3)
		s.add("knowledgearticle", s.articleID(i), s.by(map[string]any{
			"title": title, "articlepublicnumber": fmt.Sprintf("KA-%05d", 1001+i), "keywords": strings.ToLower(title), "ownerid": s.user(author),
			"content": "<p>" + title + ".</p>", "statecode": int64(3), "statuscode": int64(7),
		}, author, at, author, at.AddDate(0, 1, 0)))
	}
}

func (s *dvSeed) articleID(i int) string { return s.org.guid(fmt.Sprintf("article/%d", i)) }

// activities makes mails, tasks and conversations about the newest cases.
func (s *dvSeed) activities() {
	for i, c := range s.w.Cases[:min(12, len(s.w.Cases))] {
		who := s.w.owner(c)
		at := c.Created.Add(time.Hour)
		regarding := dvRef{"incident", c.ID}
		s.add("email", s.activityID("email", i), s.by(map[string]any{
			"subject": "Re: " + c.Title, "description": "<p>" + c.Description + "</p>", "sender": c.Contact.Mail, "torecipients": "care@" + domain + ";",
			"ownerid": s.ownerOr(who), "regardingobjectid": regarding,
		}, who, at, who, at))
		s.add("task", s.activityID("task", i), s.by(map[string]any{
			"subject": "Call back about " + c.Number, "ownerid": s.ownerOr(who), "regardingobjectid": regarding, "scheduledend": at.AddDate(0, 0, 3).Truncate(time.Hour),
		}, who, at, who, at))
		s.add("msdyn_ocliveworkitem", s.activityID("msdyn_ocliveworkitem", i), s.by(map[string]any{
			"subject": "Chat with " + c.Contact.FirstName + " " + c.Contact.LastName, "msdyn_title": "Web chat", "msdyn_startedon": at.Truncate(time.Second),
			"msdyn_activeagentid": s.ownerOr(who), "ownerid": s.ownerOr(who), "regardingobjectid": regarding,
		}, who, at, who, at))
	}
}

func (s *dvSeed) activityID(table string, i int) string {
	return s.org.guid(fmt.Sprintf("%s/%d", table, i))
}

// queues puts open cases into two queues; the main agent works on some that
// neither they nor a team of theirs owns.
func (s *dvSeed) queues() {
	me := s.w.People[0]
	var queues []dvRef
	for _, name := range []string{"Frontline", "Escalations"} {
		id := s.org.guid("queue/" + name)
		s.add("queue", id, map[string]any{"name": name, "emailaddress": strings.ToLower(name) + "@" + domain, "ownerid": s.user(s.w.People[5])})
		queues = append(queues, dvRef{"queue", id})
	}
	mine := 0
	for i, c := range s.w.Cases {
		if c.Resolved || i%2 == 0 && mine >= 3 {
			continue
		}
		values := map[string]any{"title": c.Title, "queueid": queues[i%2], "objectid": dvRef{"incident", c.ID}, "objecttypecode": int64(112), "enteredon": c.Created}
		if mine < 3 && c.OwnerTeam == "" && c.OwnerOID != me.OID {
			mine++
			values["workerid"], values["workeridmodifiedon"] = s.user(me), c.Modified
		}
		s.add("queueitem", s.org.guid(fmt.Sprintf("queueitem/%d", i)), values)
	}
}
