package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// The parts that somebody plays in an activity.
const (
	dvSender      = 1
	dvRecipient   = 2
	dvRequired    = 5
	dvOrganizer   = 7
	dvOwnerPart   = 9
	dvParticipant = 12
)

// timelines makes what happened on cases beside their mails and tasks: calls,
// visits, notes, posts, connections, and the chats that chat sync recorded.
func (s *dvSeed) timelines() {
	roles := s.connectionRoles()
	for i, c := range s.w.Cases[:min(24, len(s.w.Cases))] {
		who := s.w.owner(c)
		if s.org.userID(who) == "" {
			continue
		}
		regarding := dvRef{"incident", c.ID}
		s.mailParties(i, c)
		s.calls(i, c, who, regarding)
		s.notes(i, c, who, regarding)
		s.posts(i, c, who, regarding)
		if i%3 == 0 {
			s.connect(i, c, s.w.People[(6+i)%8+10], roles["Subject Matter Expert"])
		}
		if i%2 == 0 {
			s.recordedChats(i, c)
		}
	}
}

// party says that somebody takes part in an activity. A row of no table is
// somebody known by name or address only.
func (s *dvSeed) party(activity dvRef, n int, who dvRef, part int, name string) {
	values := map[string]any{"activityid": activity, "participationtypemask": int64(part), "partyid": who}
	if who.id == "" {
		values["unresolvedpartyname"] = name
	} else if strings.Contains(name, "@") {
		values["addressused"] = name
	}
	s.add("activityparty", s.org.guid(fmt.Sprintf("party/%s/%d", activity.id, n)), values)
}

func (s *dvSeed) mailParties(i int, c *CaseSeed) {
	mail := dvRef{"email", s.activityID("email", i)}
	if s.org.tables["email"].get(mail.id) == nil {
		return
	}
	s.party(mail, 0, dvRef{"contact", c.Contact.ID}, dvSender, c.Contact.Mail)
	s.party(mail, 1, dvRef{"queue", s.org.guid("queue/Frontline")}, dvRecipient, "frontline@"+domain)
	s.party(mail, 2, s.ownerOr(s.w.owner(c)), dvOwnerPart, "")
}

// calls makes a call of a colleague with the contact and, for some cases, a
// visit of a technician.
func (s *dvSeed) calls(i int, c *CaseSeed, who *Person, regarding dvRef) {
	rng := s.w.random("timeline", i)
	caller := who
	if i%2 == 1 {
		caller = s.w.agent(rng)
	}
	at := s.before(c.Created.Add(time.Duration(2+rng.IntN(20)) * time.Hour))
	call := dvRef{"phonecall", s.activityID("phonecall", i)}
	s.add("phonecall", call.id, s.by(map[string]any{
		"subject": "Call with " + c.Contact.FirstName + " " + c.Contact.LastName, "phonenumber": c.Contact.Phone, "directioncode": true,
		"description": dvCallNotes[i%len(dvCallNotes)], "actualdurationminutes": int64(4 + rng.IntN(20)), "actualend": at.Truncate(time.Second),
		"ownerid": s.ownerOr(caller), "regardingobjectid": regarding, "statecode": int64(1), "statuscode": int64(2),
	}, caller, at, caller, at))
	s.party(call, 0, s.ownerOr(caller), dvSender, "")
	s.party(call, 1, dvRef{"contact", c.Contact.ID}, dvRecipient, "")
	if i%4 != 0 {
		return
	}
	technician := s.w.People[[...]int{11, 12, 18, 28}[i/4%4]]
	visit := dvRef{"appointment", s.activityID("appointment", i)}
	begin := s.w.born.Add(time.Duration(20+rng.IntN(60)) * time.Hour).Truncate(time.Hour)
	s.add("appointment", visit.id, s.by(map[string]any{
		"subject": "Visit at " + c.Account.Name, "location": c.Account.City, "scheduledstart": begin, "scheduledend": begin.Add(2 * time.Hour),
		"ownerid": s.ownerOr(technician), "regardingobjectid": regarding, "statecode": int64(3), "statuscode": int64(4),
	}, who, at, who, at))
	s.party(visit, 0, s.ownerOr(who), dvOrganizer, "")
	s.party(visit, 1, s.ownerOr(technician), dvRequired, "")
}

var dvCallNotes = [...]string{
	"Explained the next steps, the customer agrees.",
	"Not reached, left a message with the front desk.",
	"The customer sends photos by mail today.",
	"Asked for the serial number; it is on the plate behind the cover.",
	"Customer is upset about the waiting time. Promised a call back before noon.",
	"Confirmed the address and the gate for the delivery.",
}

var dvNotes = [...]struct{ subject, text string }{
	{"Checked the history", "Same trouble was solved here last spring, see the resolved case of this customer."},
	{"Photo received", "The customer's photo shows the old part number on the plate."},
	{"Agreed with the customer", "We call again tomorrow at ten, before their shift ends."},
	{"For whoever takes over", "Ask for the site manager, the front desk does not know about the plant."},
	{"Price approved", "Supervisor approved the goodwill, see the amount in the description."},
	{"Rückruf", "Kunde ist erst ab 14 Uhr erreichbar."},
}

func (s *dvSeed) notes(i int, c *CaseSeed, who *Person, regarding dvRef) {
	writer := who
	if i%3 == 2 {
		writer = s.w.agent(s.w.random("note", i))
	}
	at := s.before(c.Created.Add(time.Duration(5+i) * time.Hour))
	note := dvNotes[i%len(dvNotes)]
	s.add("annotation", s.org.guid(fmt.Sprintf("note/%d", i)), s.by(map[string]any{
		"subject": note.subject, "notetext": note.text, "objectid": regarding, "objecttypecode": "incident", "ownerid": s.ownerOr(writer),
	}, writer, at, writer, at))
}

func (s *dvSeed) posts(i int, c *CaseSeed, who *Person, regarding dvRef) {
	auto := fmt.Sprintf(`<?xml version="1.0" encoding="utf-16"?><pi id="CaseCreate.Post" icon="0"><ps><p type="1" otc="112" id="%s">%s</p></ps></pi>`, c.ID, c.Number)
	s.add("post", s.org.guid(fmt.Sprintf("post/%d/0", i)), s.by(map[string]any{"text": auto, "source": int64(1), "type": int64(7), "regardingobjectid": regarding}, who, c.Created, who, c.Created))
	if i%4 == 1 {
		at := s.before(c.Created.Add(9 * time.Hour))
		s.add("post", s.org.guid(fmt.Sprintf("post/%d/1", i)), s.by(map[string]any{
			"text": "Customer is informed, next contact tomorrow.", "source": int64(2), "type": int64(7), "regardingobjectid": regarding,
		}, who, at, who, at))
	}
}

func (s *dvSeed) connectionRoles() map[string]string {
	ids := map[string]string{}
	for _, name := range []string{"Subject Matter Expert", "Stakeholder", "Sales Team Member"} {
		ids[name] = s.org.guid("connectionrole/" + name)
		s.add("connectionrole", ids[name], map[string]any{"name": name})
	}
	return ids
}

// connect relates a case to a colleague: one row in each direction.
func (s *dvSeed) connect(i int, c *CaseSeed, p *Person, role string) {
	there, back := s.org.guid(fmt.Sprintf("connection/%d/0", i)), s.org.guid(fmt.Sprintf("connection/%d/1", i))
	file, user := dvRef{"incident", c.ID}, s.ownerOr(p)
	owner := s.ownerOr(s.w.owner(c))
	s.add("connection", there, map[string]any{"name": p.Name, "record1id": file, "record2id": user, "record2roleid": dvRef{"connectionrole", role},
		"ismaster": true, "relatedconnectionid": dvRef{"connection", back}, "ownerid": owner})
	s.add("connection", back, map[string]any{"name": c.Title, "record1id": user, "record2id": file, "record1roleid": dvRef{"connectionrole", role},
		"relatedconnectionid": dvRef{"connection", there}, "ownerid": owner})
}

// recordedChats makes the activities that chat sync left for a case's chats.
func (s *dvSeed) recordedChats(i int, c *CaseSeed) {
	for k, l := range c.Linked {
		r := s.w.chats[l.ChatID]
		if r == nil || s.org.userID(l.Connector) == "" {
			continue
		}
		chat := dvRef{"chat", s.org.guid("chat/" + c.ID + "/" + l.ChatID)}
		last := s.w.born.Add(-time.Duration(9+i+k) * 24 * time.Hour)
		if last.Before(l.At) {
			last = l.At
		}
		s.add("chat", chat.id, s.by(map[string]any{
			"subject": l.Name, "teamschatid": l.ChatID, "regardingobjectid": dvRef{"incident", c.ID}, "linkedby": s.user(l.Connector), "linkedon": l.At.Truncate(time.Second),
			"modifiedinteamson": last.Truncate(time.Second), "syncstatus": int64(2), "ownerid": s.user(l.Connector),
		}, l.Connector, l.At, l.Connector, last))
		for n, m := range r.members {
			s.party(chat, n, s.org.userRef(m.person), dvParticipant, m.person.Name)
		}
	}
}

// userRef is a person as a user of the environment; nothing for others.
func (o *dvOrg) userRef(p *Person) dvRef {
	if id := o.userID(p); id != "" {
		return dvRef{"systemuser", id}
	}
	return dvRef{}
}
