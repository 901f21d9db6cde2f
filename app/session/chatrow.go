package session

import (
	"net/url"
	"slices"

	"chatpane/app/chat"
)

// chatRow is a chat as list and head show it.
func (v *view) chatRow(c chat.Chat, ties []tie, ops opCount) ChatRow {
	c, acts := v.renamed(c)
	p := c.Preview
	mine := p.FromID != "" && p.FromID == v.me.OID
	unread := v.unread(c)
	row := ChatRow{
		ID: string(c.ID), Kind: string(c.Kind), Title: c.Title(v.me.OID), Topic: c.Topic, WebURL: c.WebURL,
		People: v.faces(c), Members: int64(len(c.Members)), Search: v.search[c.ID],
		Time: stamp(c.LastActivity()), LastMine: mine, LastText: p.Text, LastGone: p.Deleted,
		Unread: unread, Importance: string(cmpOr(p.Importance, chat.Normal)), Mentioned: p.MentionsMe && unread,
		Draft: v.drafts[c.ID].Text, Failed: ops.failed, Pending: ops.pending, Records: []ChatRecord{}, Acts: acts,
	}
	if p.System {
		if p.Event != nil {
			e := v.event(*p.Event)
			row.LastEvent = &e
		}
	} else {
		row.LastFrom = v.name(p.FromID, p.FromName)
		row.Waiting = p.MessageID != "" && !mine && !p.Deleted && (row.Mentioned || len(ties) > 0)
	}
	for _, t := range ties {
		row.Records = append(row.Records, v.chatRecord(t))
	}
	return row
}

func cmpOr(a, b chat.Importance) chat.Importance {
	if a == "" {
		return b
	}
	return a
}

// faces are up to three others for the avatars; the last writer comes first.
func (v *view) faces(c chat.Chat) []PersonRef {
	out := []PersonRef{}
	for _, m := range c.Members {
		if m.UserID != v.me.OID {
			out = append(out, PersonRef{ID: m.UserID, Name: m.Name, Guest: m.Guest})
		}
	}
	slices.SortStableFunc(out, func(a, b PersonRef) int {
		return rank(b.ID == c.Preview.FromID) - rank(a.ID == c.Preview.FromID)
	})
	return out[:min(len(out), 3)]
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (v *view) chatRecord(t tie) ChatRecord {
	r := v.records[t.link.Record]
	out := ChatRecord{
		Key: t.link.Record.Key(), Table: t.link.Record.Table, Number: r.Number, Name: r.Name,
		By: t.link.ConnectorName, At: stamp(t.link.Modified),
	}
	if out.Name == "" {
		out.Name = t.link.RecordName
	}
	if t.op.ID != "" {
		out.Op = t.op.ID
		if t.op.State == chat.Parked {
			out.Parked = t.op.Reason
		} else {
			out.Pending = string(t.op.Kind)
		}
	}
	why := v.unlink(t.link)
	out.Unlink, out.Why = why == chat.UnlinkOK, string(why)
	out.Confirm = v.unconfirmed(t.link)
	return out
}

// recordRow is a record as header, tab and picker show it.
func (v *view) recordRow(r chat.Record, unread int64) RecordRow {
	row := RecordRow{
		Key: r.Ref.Key(), Table: r.Ref.Table, TypeName: v.tables[r.Ref.Table].Display, ID: r.Ref.ID,
		Name: r.Name, Number: r.Number, Owner: r.Owner.Name, Mine: v.owns(r), Open: r.State == 0,
		Status: r.StatusText, Customer: r.Customer, Priority: r.Priority, Deadline: stamp(r.Deadline),
		Modified: stamp(r.Modified), URL: recordURL(r.Ref), Unread: unread, State: "ready",
	}
	if st, ok := v.opened[r.Ref]; ok {
		row.State, row.Problem = st.state, st.problem
	}
	if row.State == "ready" && r.Lost != chat.NotLost {
		row.State = string(r.Lost)
	}
	row.Enabled, row.EnabledWhy = v.enabled(r.Ref.Table)
	return row
}

// enabled tells whether chats can be connected to records of a type, from what
// is known of the configuration (product.md 4.4).
func (v *view) enabled(table string) (bool, string) {
	if v.configProblem != "" {
		return false, v.configProblem
	}
	if _, ok := v.configs[table]; !ok && v.configsKnown {
		return false, "typeNotEnabled"
	}
	return true, ""
}

// recordURL opens the record in Dynamics (reference dataverse.md §5.2).
func recordURL(r chat.RecordRef) string {
	q := url.Values{"pagetype": {"entityrecord"}, "etn": {r.Table}, "id": {r.ID}}
	return r.Env + "/main.aspx?" + q.Encode()
}

// unreadOf counts the unread chats connected to each record.
func (v *view) unreadOf(ties map[chat.ID][]tie) map[chat.RecordRef]int64 {
	out := map[chat.RecordRef]int64{}
	for id, ts := range ties {
		if c, ok := v.chats[id]; ok && v.unread(c) {
			for _, t := range ts {
				out[t.link.Record]++
			}
		}
	}
	return out
}
