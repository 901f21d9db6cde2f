package session

import (
	"cmp"
	"slices"

	"chatpane/app/chat"
)

// Section kinds of a List (product.md 2.1).
const (
	sectionThis   = "thisRecord"
	sectionOther  = "otherRecords"
	sectionLinked = "linked"
	sectionOthers = "others"
)

// projection is everything the board shows of chats, links and lists.
type projection struct {
	lists  []List
	chats  []ChatRow
	locked []LockedRow
}

// project computes the lists of home and of every open record, with the rows
// they name and the rows of watched chats.
func (v *view) project(watched map[chat.ID]bool) projection {
	ties := v.ties()
	order := make([]chat.Chat, 0, len(v.chats))
	for _, c := range v.chats {
		if !c.Hidden || len(ties[c.ID]) > 0 {
			order = append(order, c)
		}
	}
	slices.SortFunc(order, chat.ComparePreview)

	var p projection
	need := map[chat.ID]bool{}
	for id := range watched {
		need[id] = true
	}
	lockedSeen := map[string]bool{}
	for _, ref := range append([]chat.RecordRef{{}}, v.tabs...) {
		l, locked := v.list(ref, order, ties)
		for _, s := range l.Sections {
			for _, id := range s.Chats {
				need[chat.ID(id)] = true
			}
		}
		p.lists = append(p.lists, l)
		for _, row := range locked {
			if !lockedSeen[row.ID] {
				lockedSeen[row.ID] = true
				p.locked = append(p.locked, row)
			}
		}
	}
	counts := v.opCounts()
	for id := range need {
		if c, ok := v.chats[id]; ok {
			p.chats = append(p.chats, v.chatRow(c, ties[id], counts[id]))
		}
	}
	return p
}

// list computes the Chat tab of one record, or of home for the zero ref.
func (v *view) list(ref chat.RecordRef, order []chat.Chat, ties map[chat.ID][]tie) (List, []LockedRow) {
	home := ref.IsZero()
	key := listKey(ref)
	this := Section{Kind: sectionThis, Complete: true}
	linked := Section{Kind: sectionOther, Complete: v.allRead}
	others := Section{Kind: sectionOthers, Complete: v.allRead}
	if home {
		linked.Kind = sectionLinked
	}
	limit := max(v.more[key], othersStep)
	for _, c := range order {
		s := &others
		if t := ties[c.ID]; len(t) > 0 {
			s = &linked
			if !home && slices.ContainsFunc(t, func(t tie) bool { return t.link.Record == ref }) {
				s = &this
			}
		}
		if s == &others && len(s.Chats) >= limit {
			s.More, s.Complete = true, false
			continue
		}
		s.Chats = append(s.Chats, string(c.ID))
		if v.unread(c) {
			s.Unread++
		}
	}
	if !v.allRead && !others.More && v.listed {
		others.More = true
	}
	out := List{Key: key}
	var locked []LockedRow
	if !home {
		locked = v.lockedRows(ref, ties)
		for _, r := range locked {
			this.Locked = append(this.Locked, r.ID)
		}
		out.Sections = append(out.Sections, v.stated(this, ref))
	}
	out.Sections = append(out.Sections, v.stated(linked, chat.RecordRef{}))
	if !v.hide {
		out.Sections = append(out.Sections, v.stated(others, chat.RecordRef{}))
	}
	return out, locked
}

// stated sets a section's state: an empty one is "loading" or "offline" until
// its source was read once.
func (v *view) stated(s Section, ref chat.RecordRef) Section {
	if s.Chats == nil {
		s.Chats = []string{}
	}
	if s.Locked == nil {
		s.Locked = []string{}
	}
	s.State = "ready"
	if len(s.Chats)+len(s.Locked) > 0 {
		return s
	}
	known := v.listed
	problem := v.listErr
	if !ref.IsZero() {
		st := v.opened[ref]
		known = known && (st.state == "ready" || !v.records[ref].Opened.IsZero())
		if st.problem != nil {
			problem = st.problem
		}
	}
	switch {
	case known:
	case problem != nil && problem.Code != "offline":
		s.State, s.Problem = "error", problem
	case !v.online:
		s.State = "offline"
	default:
		s.State = "loading"
	}
	return s
}

// lockedRows are the live links of a record to chats that I am not in, newest
// connection first. They carry nothing of the chat itself (product.md 2.2).
func (v *view) lockedRows(ref chat.RecordRef, ties map[chat.ID][]tie) []LockedRow {
	var found []chat.Link
	for id, ts := range ties {
		if _, mine := v.chats[id]; mine {
			continue
		}
		for _, t := range ts {
			if t.link.Record == ref && t.link.RowID != "" {
				found = append(found, t.link)
			}
		}
	}
	slices.SortFunc(found, func(a, b chat.Link) int {
		if c := b.Modified.Compare(a.Modified); c != 0 {
			return c
		}
		return cmp.Compare(a.RowID, b.RowID)
	})
	why := v.joinRefusals(ref)
	rows := make([]LockedRow, 0, len(found))
	for _, l := range found {
		rows = append(rows, LockedRow{
			ID: l.RowID, Chat: string(l.Chat), Record: ref.Key(), Name: l.ChatName,
			By: l.ConnectorName, At: stamp(l.Modified), Why: why,
		})
	}
	return rows
}

// joinRefusals tells why the user cannot join chats of the record (product.md 8.1).
func (v *view) joinRefusals(ref chat.RecordRef) []string {
	why := []string{}
	if cfg, ok := v.configs[ref.Table]; v.configsKnown && (!ok || !cfg.Join) {
		why = append(why, "joinOff")
	}
	switch access := v.records[ref].Access; {
	case access == nil:
		why = append(why, "unknownAccess")
	case !slices.Contains(access, "WriteAccess"):
		why = append(why, "noWrite")
	}
	if !v.companion {
		why = append(why, "noCompanion")
	}
	return why
}

// listKey is a List's key: the record key, or "" for home.
func listKey(ref chat.RecordRef) string {
	if ref.IsZero() {
		return ""
	}
	return ref.Key()
}

// opCount is what a chat's row says of its sends.
type opCount struct{ pending, failed int64 }

func (v *view) opCounts() map[chat.ID]opCount {
	out := map[chat.ID]opCount{}
	for _, op := range v.ops {
		if op.Kind != chat.OpSend {
			continue
		}
		c := out[op.Chat]
		if op.State == chat.Parked {
			c.failed++
		} else {
			c.pending++
		}
		out[op.Chat] = c
	}
	return out
}
