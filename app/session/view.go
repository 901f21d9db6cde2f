package session

import (
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
)

// othersStep is how many chats without a record "Other chats" shows at first,
// and by how many Show more continues it (product.md 2.1).
const othersStep = 50

// identity is who the account is, for both servers.
type identity struct {
	OID, Tenant, Name, UPN string
	// SystemUser is the systemuserid in the current environment, "" until known.
	SystemUser string
}

// tableFacts is what is known of a record type from metadata.
type tableFacts struct {
	Logical, Set, PrimaryID, PrimaryName, Display string
}

// view is the decoded truth that the rows are computed from: a copy of the
// store's small tables and the outbox's ops. Session.mu guards it.
type view struct {
	me      identity
	env     string
	chats   map[chat.ID]chat.Chat
	search  map[chat.ID]string // folded topic and names, for Filter
	names   map[string]string  // Entra object id → name
	links   map[chat.Pair]chat.Link
	linked  map[chat.ID]bool // chats connected to a record; replaced, never altered
	records map[chat.RecordRef]chat.Record
	configs map[string]chat.LinkConfig // by logical name, of env
	tables  map[string]tableFacts      // by logical name, of env
	teams   map[string]bool            // owning teams I am in
	// privilege tells whether a role grants prvUnlinkTeamsChatFromRecord.
	privilege bool
	// configProblem is an EnabledWhy code when the configuration cannot be read.
	configProblem string
	configsKnown  bool
	ops           []chat.Op
	drafts        map[chat.ID]Draft
	twins         []twin // chats that were made twice

	tabs      []chat.RecordRef
	active    chat.RecordRef
	more      map[string]int // list key → chats shown under "Other chats"
	opened    map[chat.RecordRef]recordState
	hide      bool // policy hides "Other chats"
	listed    bool // the chat list was read at least once
	allRead   bool // the whole chat list was read
	online    bool
	listErr   *Problem
	companion bool              // the organisation runs one, so joining is possible
	apps      map[string]string // application id → name, where Teams gives none
	users     map[string]string // systemuserid → Entra object id, "" for none
	// imageHost tells whether policy lets pictures of a host be shown.
	imageHost func(host string) bool
}

// recordState is how far an open record was read in this run.
type recordState struct {
	state   string // RecordRow.State
	problem *Problem
}

func newView() *view {
	return &view{
		chats: map[chat.ID]chat.Chat{}, search: map[chat.ID]string{}, names: map[string]string{},
		links: map[chat.Pair]chat.Link{}, records: map[chat.RecordRef]chat.Record{},
		configs: map[string]chat.LinkConfig{}, tables: map[string]tableFacts{}, teams: map[string]bool{},
		drafts: map[chat.ID]Draft{}, more: map[string]int{}, opened: map[chat.RecordRef]recordState{},
	}
}

// setChat takes a chat as stored.
func (v *view) setChat(c chat.Chat) {
	v.chats[c.ID] = c
	var b strings.Builder
	b.WriteString(c.Topic)
	for _, m := range c.Members {
		if m.Name != "" {
			v.names[m.UserID] = m.Name
		}
		if m.UserID != v.me.OID {
			b.WriteByte('\n')
			b.WriteString(m.Name)
		}
	}
	v.search[c.ID] = search.Fold(b.String())
}

// unread reports whether a chat is unread, with a pending read mark counted as
// done: the server's older viewpoint must not bring the mark back.
func (v *view) unread(c chat.Chat) bool {
	for _, op := range v.ops {
		if op.Kind == chat.OpMarkRead && op.Chat == c.ID {
			c.LastRead = op.Read.Until
		}
	}
	return c.Unread(v.me.OID)
}

func (v *view) dropChat(id chat.ID) {
	delete(v.chats, id)
	delete(v.search, id)
}

// name is the best known name of a person, given what the message itself said.
func (v *view) name(user, said string) string {
	if said != "" || user == "" {
		return said
	}
	return v.names[user]
}

// tie is a chat's belonging to a record as the pane shows it: the stored link
// overlaid with an op that has not been settled yet.
type tie struct {
	link chat.Link
	op   chat.Op // zero ID = none
}

// ties computes the shown belonging of every chat and record of the current
// environment: live links, and pending or parked links and unlinks.
func (v *view) ties() map[chat.ID][]tie {
	byPair := map[chat.Pair]tie{}
	for p, l := range v.links {
		if l.Live && p.Record.Env == v.env {
			byPair[p] = tie{link: l}
		}
	}
	for _, op := range v.ops {
		if op.Link == nil || op.Link.Record.Env != v.env {
			continue
		}
		p := chat.Pair{Chat: op.Chat, Record: op.Link.Record}
		t, live := byPair[p]
		t.op = op
		switch {
		case op.Kind == chat.OpLink && !live:
			t.link = chat.Link{Chat: p.Chat, Record: p.Record, ChatName: op.Link.ChatName, RecordName: op.Link.RecordName,
				Live: true, Connector: v.me.SystemUser, ConnectorName: v.me.Name, Modified: op.Created}
			byPair[p] = t
		case op.Kind == chat.OpUnlink && op.State != chat.Parked:
			delete(byPair, p) // shown as gone at once; a conflict brings it back with a notice
		case live:
			byPair[p] = t
		}
	}
	out := map[chat.ID][]tie{}
	for p, t := range byPair {
		out[p.Chat] = append(out[p.Chat], t)
	}
	for id := range out {
		slices.SortFunc(out[id], func(a, b tie) int {
			if c := b.link.Modified.Compare(a.link.Modified); c != 0 {
				return c
			}
			return strings.Compare(a.link.Record.Key(), b.link.Record.Key())
		})
	}
	return out
}

// owns reports whether I own the record, or am in its owning team (access
// teams are not in teams; product.md 4.3).
func (v *view) owns(r chat.Record) bool {
	if r.Owner.ID == "" {
		return false
	}
	if r.Owner.Team {
		return v.teams[r.Owner.ID]
	}
	return r.Owner.ID == v.me.SystemUser
}

// unlink tells whether I may disconnect the link, from cached facts.
func (v *view) unlink(l chat.Link) chat.UnlinkRefusal {
	cfg, ok := v.configs[l.Record.Table]
	if !ok && v.configsKnown {
		if v.privilege {
			return chat.UnlinkOK
		}
		return chat.UnlinkTypeNotEnabled
	}
	return v.unlinkFacts(l, v.records[l.Record], cfg).Refusal()
}

func (v *view) unlinkFacts(l chat.Link, r chat.Record, cfg chat.LinkConfig) chat.UnlinkFacts {
	return chat.UnlinkFacts{
		Owner:           v.owns(r),
		Connector:       l.Connector != "" && l.Connector == v.me.SystemUser,
		OwnerToggle:     cfg.OwnerUnlink,
		ConnectorToggle: cfg.ConnectorUnlink,
		Privilege:       v.privilege,
	}
}

// stamp writes a time for the pane; the zero time is empty.
func stamp(t time.Time) string {
	if t.IsZero() || t.Year() <= 1 {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
