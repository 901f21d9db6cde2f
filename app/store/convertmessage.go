package store

import (
	"strconv"
	"time"

	"chatpane/app/chat"
	"chatpane/app/store/rows"
	"github.com/google/uuid"
)

// impliedZero stands for the zero time where 0 means "as implied".
const impliedZero = -1

// implied writes a time that usually equals another one.
func implied(t, usual time.Time) int64 {
	switch {
	case t.Equal(usual):
		return 0
	case t.IsZero():
		return impliedZero
	}
	return t.UnixNano()
}

func impliedOf(n int64, usual time.Time) time.Time {
	switch n {
	case 0:
		return usual
	case impliedZero:
		return time.Time{}
	}
	return instant(n)
}

// idTime is the time that Graph's message ids are.
func idTime(number uint64) time.Time { return time.UnixMilli(int64(number)).UTC() }

// idETag is the etag that Graph gives a message modified at a time.
func idETag(modified time.Time) string { return strconv.FormatInt(modified.UnixMilli(), 10) }

func messageRow(number uint64, m chat.Message) *rows.Message {
	r := &rows.Message{
		Created: implied(m.Created, idTime(number)), Modified: implied(m.Modified, m.Created),
		Edited: nanos(m.Edited), Deleted: nanos(m.Deleted), NoEtag: m.ETag == "",
		Body: m.Body, Mentions: each(m.Mentions, mentionRow),
		Attachments: each(m.Attachments, attachmentRow), Reactions: each(m.Reactions, reactionRow),
		Event: eventRow(m.Event), Marker: m.Marker, Blocked: m.Blocked, Importance: string(m.Importance),
	}
	if m.ETag != idETag(m.Modified) {
		r.Etag = m.ETag
	}
	if m.Importance == chat.Normal {
		r.Importance = ""
	}
	if m.From != (chat.Sender{}) {
		r.From = senderRow(m.From)
	}
	return r
}

func messageOf(id chat.ID, number uint64, r *rows.Message) chat.Message {
	created := impliedOf(r.GetCreated(), idTime(number))
	m := chat.Message{
		Chat: id, ID: strconv.FormatUint(number, 10), ETag: r.GetEtag(), Created: created, Modified: impliedOf(r.GetModified(), created),
		Edited: instant(r.GetEdited()), Deleted: instant(r.GetDeleted()),
		From: senderOf(r.GetFrom()), Body: r.GetBody(), Importance: chat.Importance(r.GetImportance()), Mentions: each(r.GetMentions(), mentionOf),
		Attachments: each(r.GetAttachments(), attachmentOf), Reactions: each(r.GetReactions(), reactionOf),
		Event: eventOf(r.GetEvent()), Marker: r.GetMarker(), Blocked: r.GetBlocked(),
	}
	if m.ETag == "" && !r.GetNoEtag() {
		m.ETag = idETag(m.Modified)
	}
	if m.Importance == "" {
		m.Importance = chat.Normal
	}
	return m
}

// Kinds of a written id.
const (
	idText = 0
	idGUID = 1
)

func idRow(id string) []byte {
	if id == "" {
		return nil
	}
	if u, err := uuid.Parse(id); err == nil && u.String() == id {
		return append([]byte{idGUID}, u[:]...)
	}
	return append([]byte{idText}, id...)
}

func idOf(b []byte) string {
	if len(b) == 17 && b[0] == idGUID {
		return uuid.UUID(b[1:]).String()
	}
	if len(b) == 0 {
		return ""
	}
	return string(b[1:])
}

func senderRow(s chat.Sender) *rows.Sender {
	return &rows.Sender{UserId: idRow(s.UserID), AppId: s.AppID, Name: s.Name, Guest: s.Guest}
}

func senderOf(r *rows.Sender) chat.Sender {
	return chat.Sender{UserID: idOf(r.GetUserId()), AppID: r.GetAppId(), Name: r.GetName(), Guest: r.GetGuest()}
}

func mentionRow(m chat.Mention) *rows.Mention {
	return &rows.Mention{Id: int64(m.ID), Text: m.Text, UserId: idRow(m.UserID), Everyone: m.Everyone}
}

func mentionOf(r *rows.Mention) chat.Mention {
	return chat.Mention{ID: int(r.GetId()), Text: r.GetText(), UserID: idOf(r.GetUserId()), Everyone: r.GetEveryone()}
}

func attachmentRow(a chat.Attachment) *rows.Attachment {
	return &rows.Attachment{Id: a.ID, ContentType: a.ContentType, ContentUrl: a.ContentURL, Content: a.Content, Name: a.Name}
}

func attachmentOf(r *rows.Attachment) chat.Attachment {
	return chat.Attachment{ID: r.GetId(), ContentType: r.GetContentType(), ContentURL: r.GetContentUrl(), Content: r.GetContent(), Name: r.GetName()}
}

func reactionRow(r chat.Reaction) *rows.Reaction {
	return &rows.Reaction{Emoji: r.Emoji, UserId: idRow(r.UserID), Name: r.Name, At: nanos(r.At)}
}

func reactionOf(r *rows.Reaction) chat.Reaction {
	return chat.Reaction{Emoji: r.GetEmoji(), UserID: idOf(r.GetUserId()), Name: r.GetName(), At: instant(r.GetAt())}
}
