package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The times of chat sync. Microsoft documents the week; the seconds are ours.
const (
	dvSyncDelay = 5 * time.Second
	dvSyncIdle  = 7 * 24 * time.Hour
)

// dvChatSync is Microsoft's "Sync Teams chats with records". It needs no clock
// of its own: whoever asks Dataverse makes it catch up first, so that tests in
// virtual time see what would have happened by then.
type dvChatSync struct {
	on      bool
	pending map[string]time.Time // rows of the link table, by when they were written
	follows map[string]string    // activity → chat, of the activities that still sync
	ran     time.Time
}

// SyncChats turns chat sync on or off. While it is on, a link that is made to a
// record which is no activity makes a "chat" activity some seconds later. The
// activity follows the chat's topic, members and last sender until the chat was
// idle for seven days, or the activity is completed, or the link is gone. Chats
// that were connected before are left alone.
func (s *Sandbox) SyncChats(on bool) {
	o := s.dv.main
	s.catchUp(o) // what was due until now still happens, or does not
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sync.on = on
	if o.sync.pending == nil {
		o.sync.pending, o.sync.follows = map[string]time.Time{}, map[string]string{}
	}
	if !on {
		clear(o.sync.pending)
	}
}

// linked notes that a row of the link table was written. The lock is held.
func (o *dvOrg) linked(r *dvRow) {
	if o.sync.on {
		o.sync.pending[r.id] = o.world.Now()
	}
}

// dvTalk is what chat sync reads of a chat.
type dvTalk struct {
	topic   string
	members []*Person
	events  []dvTalkEvent // all that happened, oldest first
}

type dvTalkEvent struct {
	at  time.Time
	who *Person // nil: nobody known
}

// catchUp makes chat sync do what was due until now.
func (s *Sandbox) catchUp(o *dvOrg) {
	now := o.world.Now()
	o.mu.RLock()
	idle := !o.sync.on || now.Sub(o.sync.ran) < dvSyncDelay && !o.due(now)
	o.mu.RUnlock()
	if idle {
		return
	}
	o.mu.Lock()
	o.sync.ran = now
	since := map[string]time.Time{}
	for id, chat := range o.sync.follows {
		if r := o.tables["chat"].get(id); r != nil {
			since[chat] = dvEarlier(since[chat], r.time("modifiedinteamson"))
		}
	}
	for id := range o.sync.pending {
		if r := o.tables["msdyn_teamschatassociation"].get(id); r != nil {
			chat := r.text("msdyn_teamschatid")
			since[chat] = dvEarlier(since[chat], r.time("modifiedon"))
		}
	}
	o.mu.Unlock()
	// The chats have a lock of their own, never held together with ours.
	talks := s.talks(since)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sync.on {
		o.recordLinks(now, talks)
		o.followChats(now, talks)
	}
}

func dvEarlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// due reports whether a link waits long enough. The lock is held.
func (o *dvOrg) due(now time.Time) bool {
	for _, at := range o.sync.pending {
		if now.Sub(at) >= dvSyncDelay {
			return true
		}
	}
	return false
}

// talks reads chats with what happened in them after a time.
func (s *Sandbox) talks(since map[string]time.Time) map[string]dvTalk {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string]dvTalk{}
	for id, from := range since {
		r := s.chats[id]
		if r == nil {
			continue
		}
		t := dvTalk{topic: r.topic}
		for _, m := range r.members {
			t.members = append(t.members, m.person)
		}
		first, _ := slices.BinarySearchFunc(r.entries, from.UnixMilli()+1, func(e entry, ms int64) int { return int(min(1, max(-1, e.created-ms))) })
		for i := first; i < len(r.entries); i++ {
			m := s.message(r, i)
			who := m.author
			if m.event != nil {
				who = m.event.initiator
			}
			t.events = append(t.events, dvTalkEvent{time.UnixMilli(m.created).UTC(), who})
		}
		out[id] = t
	}
	return out
}

// recordLinks makes the activities of new links and marks those of links that
// are gone. The lock is held.
func (o *dvOrg) recordLinks(now time.Time, talks map[string]dvTalk) {
	ids := make([]string, 0, len(o.sync.pending))
	for id, at := range o.sync.pending {
		if now.Sub(at) >= dvSyncDelay {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		delete(o.sync.pending, id)
		if r := o.tables["msdyn_teamschatassociation"].get(id); r != nil {
			o.recordLink(r, talks)
		}
	}
}

func (o *dvOrg) recordLink(link *dvRow, talks map[string]dvTalk) {
	d := o.tables[link.text("msdyn_regardingobjectname")]
	chat := link.text("msdyn_teamschatid")
	record := strings.ToLower(strings.Trim(link.text("msdyn_regardingobjectid"), "{}"))
	talk, ok := talks[chat]
	if d == nil || d.table.activity || d.get(record) == nil || !slices.Contains(dvRegarded, d.table.logical) || !ok {
		return // an activity cannot regard another, and nobody else has a timeline
	}
	who, at := link.ref("modifiedby"), link.time("modifiedon")
	tx := &dvTx{org: o, user: dvRef{"systemuser", o.guid("system")}}
	chats := o.tables["chat"]
	var old *dvRow
	for _, r := range chats.where("teamschatid", chat) {
		if r.ref("regardingobjectid").id == record && r.int("statecode") == 0 {
			old = r
		}
	}
	live := link.int("msdyn_entityrecordstate") == 0 && link.int("statecode") == 0
	switch {
	case old == nil && live:
		r := tx.insert(chats, o.guid(fmt.Sprintf("chat/%d", o.version)), map[string]any{
			"subject": dvChatSubject(talk.topic, link), "teamschatid": chat, "regardingobjectid": dvRef{d.table.logical, record},
			"linkedby": who, "linkedon": at, "modifiedinteamson": at, "syncstatus": int64(2), "ownerid": who,
		})
		o.sync.follows[r.id] = chat
		o.seat(tx, r, talk.members)
	case old != nil && live && old.values["unlinkedon"] != nil:
		tx.update(chats, old, map[string]any{"linkedby": who, "linkedon": at, "unlinkedby": nil, "unlinkedon": nil, "modifiedinteamson": at, "syncstatus": int64(2)})
		o.sync.follows[old.id] = chat
	case old != nil && !live:
		tx.update(chats, old, map[string]any{"unlinkedby": who, "unlinkedon": at, "syncstatus": int64(0)})
		delete(o.sync.follows, old.id)
	}
}

func dvChatSubject(topic string, link *dvRow) string {
	if topic == "" {
		topic = link.text("msdyn_teamschatassociationname")
	}
	if topic == "" {
		topic = "Teams chat"
	}
	runes := []rune(topic)
	return string(runes[:min(250, len(runes))])
}

// seat makes the members of a chat the parties of its activity.
func (o *dvOrg) seat(tx *dvTx, r *dvRow, members []*Person) {
	parties := o.tables["activityparty"]
	here := map[any]*dvRow{}
	for _, p := range parties.where("activityid", dvRef{"chat", r.id}) {
		if p.int("participationtypemask") == dvParticipant {
			here[dvPartyKey(p.ref("partyid"), p.text("unresolvedpartyname"))] = p
		}
	}
	for _, m := range members {
		ref := o.userRef(m)
		key := dvPartyKey(ref, m.Name)
		if here[key] != nil {
			delete(here, key)
			continue
		}
		values := map[string]any{"activityid": dvRef{"chat", r.id}, "participationtypemask": int64(dvParticipant)}
		if ref.id != "" {
			values["partyid"] = ref
		} else {
			values["unresolvedpartyname"] = m.Name
		}
		tx.insert(parties, o.guid(fmt.Sprintf("party/%d", o.version)), values)
	}
	gone := make([]*dvRow, 0, len(here))
	for _, p := range here {
		gone = append(gone, p)
	}
	slices.SortFunc(gone, func(a, b *dvRow) int { return strings.Compare(a.id, b.id) })
	for _, p := range gone {
		tx.remove(parties, p)
	}
}

func dvPartyKey(ref dvRef, name string) any {
	if ref.id != "" {
		return ref
	}
	return name
}

// followChats brings the activities up to what happened in their chats. The
// lock is held.
func (o *dvOrg) followChats(now time.Time, talks map[string]dvTalk) {
	ids := make([]string, 0, len(o.sync.follows))
	for id := range o.sync.follows {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		r, talk := o.tables["chat"].get(id), talks[o.sync.follows[id]]
		if r == nil || r.int("statecode") != 0 {
			delete(o.sync.follows, id)
			continue
		}
		o.followChat(now, r, talk)
	}
}

func (o *dvOrg) followChat(now time.Time, r *dvRow, talk dvTalk) {
	last, who := r.time("modifiedinteamson"), (*Person)(nil)
	ended := false
	for _, e := range talk.events {
		if !e.at.After(last) {
			continue
		}
		if e.at.Sub(last) > dvSyncIdle {
			ended = true
			break
		}
		last, who = e.at, e.who
	}
	ended = ended || now.Sub(last) > dvSyncIdle
	changes := map[string]any{}
	tx := &dvTx{org: o, user: dvRef{"systemuser", o.guid("system")}}
	if last.Truncate(time.Second).After(r.time("modifiedinteamson")) {
		changes["modifiedinteamson"] = last.Truncate(time.Second)
		if !ended {
			changes["subject"] = dvChatSubject(talk.topic, r)
			o.seat(tx, r, talk.members)
		}
		if party := o.partyOf(r, who); party != nil {
			changes["modifiedinteamsbyactivitypartyid"] = party.id
		}
	}
	if ended {
		changes["syncstatus"] = int64(0)
		delete(o.sync.follows, r.id)
	}
	if len(changes) > 0 {
		tx.update(o.tables["chat"], r, changes)
	}
}

// partyOf is the party that a person is in an activity, or nil.
func (o *dvOrg) partyOf(r *dvRow, p *Person) *dvRow {
	if p == nil {
		return nil
	}
	key := dvPartyKey(o.userRef(p), p.Name)
	for _, x := range o.tables["activityparty"].where("activityid", dvRef{"chat", r.id}) {
		if dvPartyKey(x.ref("partyid"), x.text("unresolvedpartyname")) == key {
			return x
		}
	}
	return nil
}

func (r *dvRow) time(column string) time.Time { t, _ := r.values[column].(time.Time); return t }
