package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// membershipID is opaque: documentation forbids to parse it.
func membershipID(tenant, chat, oid string) string {
	return base64.StdEncoding.EncodeToString([]byte("1##" + tenant + "##" + chat + "##" + oid))
}

func (c *call) listMembers() (answer, error) {
	if err := c.allow(); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, _, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	rows := make([]any, 0, len(r.members))
	for _, m := range r.members {
		rows = append(rows, c.memberRow(m))
	}
	return c.page("chats('"+url.QueryEscape(r.id)+"')/members", rows, ""), nil
}

// inMember finds the member of the path. The lock is held.
func (c *call) inMember() (*room, *membership, error) {
	r, _, err := c.inChat()
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(r.members, func(m *membership) bool { return m.id == c.r.PathValue("member") })
	if i < 0 {
		return nil, nil, notFound("NotFound")
	}
	return r, r.members[i], nil
}

func (c *call) getMember() (answer, error) {
	if err := c.allow(); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, m, err := c.inMember()
	if err != nil {
		return answer{}, err
	}
	row := c.memberRow(m)
	row["@odata.context"] = c.context("chats('" + url.QueryEscape(r.id) + "')/members/$entity")
	return answer{status: http.StatusOK, body: row}, nil
}

// addMember answers 201 with a Location and no body.
func (c *call) addMember() (answer, error) {
	var in newMember
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	p, err := c.bound(in)
	if err != nil {
		return answer{}, err
	}
	from := c.Now().Truncate(time.Millisecond) // without the property: nothing earlier
	if in.History != nil {
		if from, err = time.Parse(time.RFC3339Nano, *in.History); err != nil {
			return answer{}, badRequest("visibleHistoryStartDateTime is not a valid Edm.DateTimeOffset.")
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, _, err := c.inChat()
	switch {
	case err != nil:
		return answer{}, err
	case r.kind == "oneOnOne":
		return answer{}, badRequest("Members cannot be added to a one-on-one chat.")
	case r.member(p) != nil:
		return answer{}, &graphError{status: http.StatusConflict, code: "Conflict", message: "The user is already a member of the chat."}
	}
	ev := &event{initiator: c.me}
	if c.me == nil {
		ev.appID = c.app // by application permission: its name is null, as Teams leaves it
	}
	m := c.admit(r, p, from, ev)
	return answer{status: http.StatusCreated, location: "/chats/" + url.PathEscape(r.id) + "/members/" + m.id}, nil
}

func (c *call) removeMember() (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, m, err := c.inMember()
	switch {
	case err != nil:
		return answer{}, err
	case r.kind == "oneOnOne":
		return answer{}, badRequest("Members cannot be removed from a one-on-one chat.")
	}
	c.expel(r, m.person, c.me)
	return done()
}

// admit adds a member and says so in the chat; ev says who did it. The lock is
// held.
func (w *World) admit(r *room, p *Person, from time.Time, ev *event) *membership {
	m := w.join(r, p, from)
	w.noteMember(r, m, changeCreated)
	ev.kind, ev.members, ev.history = "membersAdded", []*Person{p}, from
	w.announce(r, ev)
	return m
}

// expel removes a member and says so. The lock is held.
func (w *World) expel(r *room, p, by *Person) {
	w.noteMember(r, r.member(p), changeDeleted)
	r.memberFace.Store(nil)
	r.members = slices.DeleteFunc(r.members, func(m *membership) bool { return m.person == p })
	w.of[p.OID] = slices.DeleteFunc(w.of[p.OID], func(o *room) bool { return o == r })
	w.announce(r, &event{kind: "membersDeleted", initiator: by, members: []*Person{p}})
}

// rename gives a chat a name and says so. The lock is held.
func (w *World) rename(r *room, by *Person, topic string) {
	r.topic = topic
	w.announce(r, &event{kind: "chatRenamed", initiator: by, topic: topic})
}

// announce writes a system message; membership and names move lastUpdated.
func (w *World) announce(r *room, ev *event) {
	r.updated = w.Now().Truncate(time.Millisecond)
	at := r.stamp(r.updated)
	r.add(&message{created: at, modified: at, event: ev, contentType: "html", importance: "normal"})
	w.note(r, r.last(), changeCreated)
	w.noteChat(r)
}
