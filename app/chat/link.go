package chat

import (
	"time"

	"github.com/google/uuid"
)

// Link is the fact that a chat belongs to a record: one row of
// msdyn_teamschatassociation. Several rows may exist for one pair; the most
// recently modified one is the truth (see [NewestLink]).
type Link struct {
	RowID    string // msdyn_teamschatassociationid
	ETag     string
	Chat     ID
	Record   RecordRef
	ChatName string // the stored name, at most 100 characters
	Live     bool   // associated and active; false = disconnected
	// Connector is the systemuserid of the most recent connector: modifiedby of
	// a live row.
	Connector     string
	ConnectorName string
	CreatedBy     string // systemuserid
	CreatedByName string
	Created       time.Time
	Modified      time.Time
	// RecordName is the record's name when known; it is not in the row.
	RecordName string
}

// Pair is what a link is about.
type Pair struct {
	Chat   ID
	Record RecordRef
}

// Pair returns the chat and record of the link.
func (l Link) Pair() Pair { return Pair{l.Chat, l.Record} }

// linkSpace is the UUIDv5 name space of link rows.
var linkSpace = uuid.MustParse("6f1ed002-0b4a-5d5c-9c2b-8d2a0c1f7a11")

// LinkRowID is the row id of a new link: UUIDv5 of environment, chat and
// record, so that two clients that connect the same pair meet on one row.
func LinkRowID(p Pair) string {
	return uuid.NewSHA1(linkSpace, []byte(p.Record.Key()+"|"+string(p.Chat))).String()
}

// ConfirmedRowID is the row id of a link that somebody (systemuserid) connects
// in his own name beside an older row of the pair: the same for each attempt.
func ConfirmedRowID(p Pair, systemUser string) string {
	return uuid.NewSHA1(linkSpace, []byte(p.Record.Key()+"|"+string(p.Chat)+"|"+systemUser)).String()
}

// NewestLink reports whether a supersedes b among rows of the same pair: the
// later modification wins, then the live row, then the greater row id.
func NewestLink(a, b Link) bool {
	if c := a.Modified.Compare(b.Modified); c != 0 {
		return c > 0
	}
	if a.Live != b.Live {
		return a.Live
	}
	return a.RowID > b.RowID
}

// LinkConfig is one record type's chat settings: a row of
// msdyn_entitylinkchatconfiguration.
type LinkConfig struct {
	Env             string
	Table           string // logical name
	AutoName        bool   // msdyn_enableautonamechats
	Join            bool   // msdyn_usercanjoinchat
	OwnerUnlink     bool   // msdyn_recordownercanunlink
	ConnectorUnlink bool   // msdyn_recentchatlinkercanunlink
	Note            bool   // msdyn_enablekickoffmessage
	NoteView        string // msdyn_contextviewid
}
