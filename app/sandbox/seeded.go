package sandbox

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"time"
)

// applicationName is what Teams calls the application that adds people on Join.
const applicationName = "Dynamics 365 collaboration with Microsoft Teams"

// message returns entry i of a room as a whole message. Generated ones are made
// anew at each call; change only what room.own returns.
func (w *World) message(r *room, i int) *message {
	if m := r.live[int32(i)]; m != nil {
		return m
	}
	e := r.entries[i]
	m := &message{created: e.created, modified: e.modified, contentType: "html", importance: "normal"}
	if e.traits&traitEvent != 0 {
		m.event = w.seededEvent(r, e)
		return m
	}
	m.author = w.People[e.author]
	if e.traits&traitDeleted != 0 {
		m.deleted = e.modified
		return m
	}
	m.nameless = w.mix(r, i, 60)%53 == 0
	w.compose(r, i, i-int(e.line), e, m)
	switch {
	case e.traits&traitEdited != 0:
		m.edited = e.modified
	case e.traits&traitHigh != 0:
		m.importance = "high"
	case e.traits&traitUrgent != 0:
		m.importance = "urgent"
	case e.traits&traitReacted != 0:
		w.react(r, i, m)
	}
	return m
}

// own makes entry i a message that may be changed.
func (w *World) own(r *room, i int) *message {
	m := w.message(r, i)
	r.keep(int32(i), m)
	return m
}

// mix is a cheap deterministic number for a place in a room.
func (w *World) mix(r *room, i, salt int) uint64 {
	x := w.seed ^ uint64(r.number)<<40 ^ uint64(i)<<8 ^ uint64(salt)
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// compose fills in the script's line of e, at place i, with the facts of the
// episode that began at a place, which are the same for all its lines.
func (w *World) compose(r *room, i, episode int, e entry, m *message) {
	n := func(salt, below int) int { return int(w.mix(r, episode, salt) % uint64(below)) }
	c := r.theme.cas
	if c == nil && len(w.Cases) > 0 {
		c = w.Cases[n(1, len(w.Cases))]
	}
	facts := []string{
		"{part}", fmt.Sprintf("G-%03d-%02d", 200+n(2, 700), n(3, 90)),
		"{order}", fmt.Sprintf("SO-%05d", 20000+n(4, 70000)),
		"{amount}", fmt.Sprintf("€ %d.%02d", 40+n(5, 900), n(6, 20)*5),
		"{n}", fmt.Sprint(2 + n(7, 5)),
		"{day}", weekdays[scripts[e.script].language][n(8, 5)],
	}
	if c != nil {
		facts = append(facts, "{case}", c.Number, "{title}", strings.ToLower(c.Title), "{account}", html.EscapeString(c.Account.Name),
			"{contact}", c.Contact.FirstName+" "+c.Contact.LastName,
			"{record}", fmt.Sprintf(`<a href="%s/main.aspx?etn=incident&amp;pagetype=entityrecord&amp;id=%s">%s</a>`, w.origin(serviceDataverse), c.ID, c.Number))
	}
	text := strings.NewReplacer(facts...).Replace(scripts[e.script].lines[e.line].text)
	text = strings.Replace(text, "{gif}", gifBody(n(9, len(gifs))), 1)
	text = w.mention(r, i, m, text)
	text = w.inlineImage(r, i, m, text)
	text = w.file(r, i, m, text)
	if e.traits&traitQuote != 0 {
		text = w.quote(r, i, m, text)
	}
	m.body = text
}

var weekdays = map[string][5]string{
	"en": {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"},
	"de": {"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"},
	"ja": {"月曜日", "火曜日", "水曜日", "木曜日", "金曜日"},
}

// mention replaces {at}: the main agent at the end of the seeded messages and
// now and then before, else another member.
func (w *World) mention(r *room, i int, m *message, text string) string {
	if !strings.Contains(text, "{at}") {
		return text
	}
	p := r.members[w.mix(r, i, 20)%uint64(len(r.members))].person
	if p == m.author {
		p = w.other(r, p.index)
	}
	if me := r.member(w.People[0]); me != nil && me.person != m.author && (i >= r.seeded-8 || w.mix(r, i, 21)%3 == 0) {
		p = me.person
	}
	m.mentions = []map[string]any{mentionOf(0, p)}
	return strings.Replace(text, "{at}", `<at id="0">`+html.EscapeString(p.Name)+"</at>", 1)
}

func mentionOf(id int, p *Person) map[string]any {
	return map[string]any{"id": id, "mentionText": p.Name, "mentioned": map[string]any{
		"application": nil, "device": nil, "conversation": nil, "tag": nil, "user": map[string]any{
			"@odata.type": "#microsoft.graph.teamworkUserIdentity", "id": p.OID, "displayName": p.Name, "userIdentityType": "aadUser"},
	}}
}

// inlineImage replaces {img} by an inline image whose bytes are painted on demand.
func (w *World) inlineImage(r *room, i int, m *message, text string) string {
	if !strings.Contains(text, "{img}") {
		return text
	}
	id := fmt.Sprintf("aWQ9c2VlZC%016x", w.mix(r, i, 30))
	m.hosted = []hosted{{id: id, contentType: "image/png"}}
	return strings.Replace(text, "{img}", `<img src="`+hostedMark+"/hostedContents/"+id+`/$value" width="320" height="200" alt="image" itemid="`+id+`">`, 1)
}

var fileNames = [...]string{"Service report.pdf", "Signed sheet.pdf", "Invoice copy.pdf", "Measurements.xlsx", "Site plan.pdf", "作業報告書.pdf"}

// file replaces {file} by a file card.
func (w *World) file(r *room, i int, m *message, text string) string {
	if !strings.Contains(text, "{file}") {
		return text
	}
	id := w.guid("file", r.number<<20|i)
	name := fileNames[w.mix(r, i, 40)%uint64(len(fileNames))]
	m.attachments = append(m.attachments, attachment(id, "reference", name, "",
		"https://contoso-my.sharepoint.example/personal/files/Documents/Microsoft%20Teams%20Chat%20Files/"+strings.ReplaceAll(name, " ", "%20")))
	return strings.Replace(text, "{file}", `<attachment id="`+id+`"></attachment>`, 1)
}

func attachment(id, contentType, name, content, url string) map[string]any {
	return map[string]any{"id": id, "contentType": contentType, "contentUrl": orNull(url), "content": orNull(content),
		"name": orNull(name), "thumbnailUrl": nil, "teamsAppId": nil}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// quote puts a reference to the message before in front of the text.
func (w *World) quote(r *room, i int, m *message, text string) string {
	if i == 0 || r.entries[i-1].traits&(traitEvent|traitDeleted) != 0 {
		return text
	}
	q := r.entries[i-1]
	who := w.People[q.author]
	id := fmt.Sprint(q.created)
	content, _ := json.Marshal(map[string]any{"messageId": id, "messagePreview": plain(scripts[q.script].lines[q.line].text),
		"messageSender": map[string]any{"application": nil, "device": nil, "user": map[string]any{
			"userIdentityType": "aadUser", "id": who.OID, "displayName": who.Name}}})
	m.attachments = append(m.attachments, attachment(id, "messageReference", "", string(content), ""))
	return `<attachment id="` + id + `"></attachment>` + text
}

// plain is a crude text of one of our own lines.
func plain(s string) string {
	var b strings.Builder
	depth := 0
	for _, c := range s {
		switch c {
		case '<', '{':
			depth++
		case '>', '}':
			depth--
		default:
			if depth == 0 {
				b.WriteRune(c)
			}
		}
	}
	return html.UnescapeString(b.String())
}

var emojis = [...]string{"👍", "❤️", "😆", "🎉", "🙏", "like", "😮"}

func (w *World) react(r *room, i int, m *message) {
	x := w.mix(r, i, 50)
	for k := range 1 + x%3 {
		p := r.members[(x+k)%uint64(len(r.members))].person
		if p == m.author || k > 0 && p == m.reactions[0].by {
			p = w.other(r, m.author.index)
			if k > 0 {
				break
			}
		}
		m.reactions = append(m.reactions, reaction{emoji: emojis[(x>>8+k)%uint64(len(emojis))], by: p, at: m.modified})
	}
}

// seededEvent is the system message of an entry. Names are missing as in
// Microsoft's answers; clients look them up.
func (w *World) seededEvent(r *room, e entry) *event {
	who := w.People[e.author]
	switch e.line {
	case eventCreated:
		if r.channel != nil {
			return &event{kind: "channelAdded", initiator: who}
		}
		ev := &event{kind: "membersAdded", initiator: who}
		for _, m := range r.members {
			if len(ev.members) < 20 {
				ev.members = append(ev.members, m.person)
			}
		}
		return ev
	case eventAdded:
		return &event{kind: "membersAdded", initiator: w.other(r, who.index), members: []*Person{who}, history: time.UnixMilli(e.created)}
	case eventJoined:
		return &event{kind: "membersAdded", app: applicationName, members: []*Person{who}}
	case eventRenamed:
		return &event{kind: "chatRenamed", initiator: who, topic: r.topic}
	case eventCallStarted:
		return &event{kind: "callStarted", initiator: who}
	default:
		return &event{kind: "callEnded", initiator: who}
	}
}
