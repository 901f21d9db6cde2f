package store

import (
	"cmp"
	"slices"

	"chatpane/app/chat"
)

// mergeChat brings what a server said about a chat together with what is stored
// (nil: nothing); the rules stand at [Batch].
func mergeChat(stored *chat.Chat, in chat.Chat) chat.Chat {
	if stored == nil {
		return in
	}
	if in.LastRead.IsZero() {
		in.LastRead = stored.LastRead
	}
	if in.Members == nil || stored.MembersComplete && !in.MembersComplete && nobodyNew(stored.Members, in.Members) {
		in.Members, in.MembersComplete = stored.Members, stored.MembersComplete
	}
	in.Preview = mergePreview(stored.Preview, in.Preview)
	return in
}

func nobodyNew(known, in []chat.Member) bool {
	for _, m := range in {
		if !slices.ContainsFunc(known, func(k chat.Member) bool { return k.UserID == m.UserID }) {
			return false
		}
	}
	return true
}

// mergePreview keeps the newer preview, and of two of one message the later
// one, with what only the message itself could tell.
func mergePreview(stored, in chat.Preview) chat.Preview {
	switch {
	case in.MessageID == "" || in.Created.Before(stored.Created):
		return stored
	case in.MessageID != stored.MessageID:
		return in
	}
	in.MentionsMe = in.MentionsMe || stored.MentionsMe
	in.Importance = cmp.Or(stored.Importance, in.Importance)
	if in.Event == nil {
		in.Event = stored.Event
	}
	return in
}

// plainPreview is the preview of a message as far as it goes without reading its HTML.
func plainPreview(m chat.Message) chat.Preview {
	return chat.Preview{
		MessageID: m.ID, Created: m.Created, FromID: m.From.UserID, FromName: m.From.Name,
		System: m.System(), Deleted: !m.Deleted.IsZero(), Event: m.Event, Importance: m.Importance,
	}
}

// mergePerson keeps texts that a partial view of a person lacks.
func mergePerson(stored, in chat.Person) chat.Person {
	in.Name = cmp.Or(in.Name, stored.Name)
	in.Email = cmp.Or(in.Email, stored.Email)
	in.UPN = cmp.Or(in.UPN, stored.UPN)
	in.JobTitle = cmp.Or(in.JobTitle, stored.JobTitle)
	in.SystemUserID = cmp.Or(in.SystemUserID, stored.SystemUserID)
	return in
}

func mergeRecord(stored, in chat.Record) chat.Record {
	if in.Lost != chat.NotLost && in.Name == "" {
		// The refusal carries nothing but itself.
		lost := in.Lost
		in = stored
		in.Lost, in.Access = lost, nil
		return in
	}
	if in.Modified.Before(stored.Modified) && !in.Modified.IsZero() {
		return stored
	}
	if in.Access == nil {
		in.Access = stored.Access
	}
	if in.Opened.IsZero() {
		in.Opened = stored.Opened
	}
	return in
}

func mergeLink(stored, in chat.Link) chat.Link {
	if in.Modified.Before(stored.Modified) {
		return stored
	}
	in.RecordName = cmp.Or(in.RecordName, stored.RecordName)
	return in
}
