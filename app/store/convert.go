package store

import (
	"time"

	"chatpane/app/chat"
	"chatpane/app/store/rows"
)

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// each converts a list; an empty list becomes nil, as a protobuf reads it.
func each[A, B any](in []A, f func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

func chatRow(c chat.Chat) *rows.Chat {
	return &rows.Chat{
		Id: string(c.ID), Kind: string(c.Kind), Topic: c.Topic, WebUrl: c.WebURL, TenantId: c.TenantID,
		Created: nanos(c.Created), Hidden: c.Hidden, LastRead: nanos(c.LastRead),
		Preview: previewRow(c.Preview), Members: each(c.Members, memberRow), MembersComplete: c.MembersComplete,
	}
}

func chatOf(r *rows.Chat) chat.Chat {
	return chat.Chat{
		ID: chat.ID(r.GetId()), Kind: chat.Kind(r.GetKind()), Topic: r.GetTopic(), WebURL: r.GetWebUrl(), TenantID: r.GetTenantId(),
		Created: instant(r.GetCreated()), Hidden: r.GetHidden(), LastRead: instant(r.GetLastRead()),
		Preview: previewOf(r.GetPreview()), Members: each(r.GetMembers(), memberOf), MembersComplete: r.GetMembersComplete(),
	}
}

func previewRow(p chat.Preview) *rows.Preview {
	if p.MessageID == "" {
		return nil
	}
	return &rows.Preview{
		MessageId: p.MessageID, Created: nanos(p.Created), FromId: p.FromID, FromName: p.FromName,
		System: p.System, Deleted: p.Deleted, Text: p.Text, Event: eventRow(p.Event),
		MentionsMe: p.MentionsMe, Importance: string(p.Importance),
	}
}

func previewOf(r *rows.Preview) chat.Preview {
	return chat.Preview{
		MessageID: r.GetMessageId(), Created: instant(r.GetCreated()), FromID: r.GetFromId(), FromName: r.GetFromName(),
		System: r.GetSystem(), Deleted: r.GetDeleted(), Text: r.GetText(), Event: eventOf(r.GetEvent()),
		MentionsMe: r.GetMentionsMe(), Importance: chat.Importance(r.GetImportance()),
	}
}

func memberRow(m chat.Member) *rows.Member {
	return &rows.Member{Id: m.ID, UserId: m.UserID, Name: m.Name, Email: m.Email, TenantId: m.TenantID, Guest: m.Guest, Owner: m.Owner}
}

func memberOf(r *rows.Member) chat.Member {
	return chat.Member{ID: r.GetId(), UserID: r.GetUserId(), Name: r.GetName(), Email: r.GetEmail(), TenantID: r.GetTenantId(), Guest: r.GetGuest(), Owner: r.GetOwner()}
}

func eventRow(e *chat.Event) *rows.Event {
	if e == nil {
		return nil
	}
	return &rows.Event{
		Kind: e.Kind, InitiatorId: e.InitiatorID, InitiatorName: e.InitiatorName, AppId: e.AppID, AppName: e.AppName,
		Members: each(e.Members, senderRow), Topic: e.Topic, AllHistory: e.AllHistory,
	}
}

func eventOf(r *rows.Event) *chat.Event {
	if r == nil {
		return nil
	}
	return &chat.Event{
		Kind: r.GetKind(), InitiatorID: r.GetInitiatorId(), InitiatorName: r.GetInitiatorName(), AppID: r.GetAppId(), AppName: r.GetAppName(),
		Members: each(r.GetMembers(), senderOf), Topic: r.GetTopic(), AllHistory: r.GetAllHistory(),
	}
}

func personRow(p chat.Person) *rows.Person {
	return &rows.Person{Id: p.ID, Name: p.Name, Email: p.Email, Upn: p.UPN, JobTitle: p.JobTitle, Guest: p.Guest, Disabled: p.Disabled, SystemUserId: p.SystemUserID}
}

func personOf(r *rows.Person) chat.Person {
	return chat.Person{ID: r.GetId(), Name: r.GetName(), Email: r.GetEmail(), UPN: r.GetUpn(), JobTitle: r.GetJobTitle(), Guest: r.GetGuest(), Disabled: r.GetDisabled(), SystemUserID: r.GetSystemUserId()}
}

func refRow(r chat.RecordRef) *rows.Ref { return &rows.Ref{Env: r.Env, Table: r.Table, Id: r.ID} }

func refOf(r *rows.Ref) chat.RecordRef {
	return chat.RecordRef{Env: r.GetEnv(), Table: r.GetTable(), ID: r.GetId()}
}

func recordRow(r chat.Record) *rows.Record {
	return &rows.Record{
		Ref: refRow(r.Ref), Name: r.Name, Number: r.Number, OwnerId: r.Owner.ID, OwnerTeam: r.Owner.Team, OwnerName: r.Owner.Name,
		State: int64(r.State), StatusText: r.StatusText, Customer: r.Customer, Priority: r.Priority,
		Deadline: nanos(r.Deadline), Modified: nanos(r.Modified), Access: r.Access, AccessKnown: r.Access != nil,
		Lost: string(r.Lost), Opened: nanos(r.Opened), Mine: r.Mine,
	}
}

func recordOf(r *rows.Record) chat.Record {
	access := r.GetAccess()
	if r.GetAccessKnown() && access == nil {
		access = []string{} // known to have no right at all, unlike unknown
	}
	return chat.Record{
		Ref: refOf(r.GetRef()), Name: r.GetName(), Number: r.GetNumber(),
		Owner: chat.Principal{ID: r.GetOwnerId(), Team: r.GetOwnerTeam(), Name: r.GetOwnerName()},
		State: int(r.GetState()), StatusText: r.GetStatusText(), Customer: r.GetCustomer(), Priority: r.GetPriority(),
		Deadline: instant(r.GetDeadline()), Modified: instant(r.GetModified()), Access: access,
		Lost: chat.LostReason(r.GetLost()), Opened: instant(r.GetOpened()), Mine: r.GetMine(),
	}
}

func linkRow(l chat.Link) *rows.Link {
	return &rows.Link{
		RowId: l.RowID, Etag: l.ETag, Chat: string(l.Chat), Record: refRow(l.Record), ChatName: l.ChatName, Live: l.Live,
		Connector: l.Connector, ConnectorName: l.ConnectorName, CreatedBy: l.CreatedBy, CreatedByName: l.CreatedByName,
		Created: nanos(l.Created), Modified: nanos(l.Modified), RecordName: l.RecordName,
	}
}

func linkOf(r *rows.Link) chat.Link {
	return chat.Link{
		RowID: r.GetRowId(), ETag: r.GetEtag(), Chat: chat.ID(r.GetChat()), Record: refOf(r.GetRecord()), ChatName: r.GetChatName(), Live: r.GetLive(),
		Connector: r.GetConnector(), ConnectorName: r.GetConnectorName(), CreatedBy: r.GetCreatedBy(), CreatedByName: r.GetCreatedByName(),
		Created: instant(r.GetCreated()), Modified: instant(r.GetModified()), RecordName: r.GetRecordName(),
	}
}

func configsRow(env string, list []chat.LinkConfig) *rows.Configs {
	return &rows.Configs{Env: env, Configs: each(list, func(c chat.LinkConfig) *rows.Config {
		return &rows.Config{Table: c.Table, AutoName: c.AutoName, Join: c.Join, OwnerUnlink: c.OwnerUnlink, ConnectorUnlink: c.ConnectorUnlink, Note: c.Note, NoteView: c.NoteView}
	})}
}

func configsOf(r *rows.Configs) []chat.LinkConfig {
	return each(r.GetConfigs(), func(c *rows.Config) chat.LinkConfig {
		return chat.LinkConfig{Env: r.GetEnv(), Table: c.GetTable(), AutoName: c.GetAutoName(), Join: c.GetJoin(), OwnerUnlink: c.GetOwnerUnlink(), ConnectorUnlink: c.GetConnectorUnlink(), Note: c.GetNote(), NoteView: c.GetNoteView()}
	})
}
