package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// World is the seeded company: what Entra, Graph and Dataverse of one sandbox
// agree on. People, Teams, Accounts, Contacts and Cases never change once the
// world is made, so they may be read without the lock; what changes later
// (chats here, rows in Dataverse) is kept by the service that owns it.
type World struct {
	TenantID string
	ClientID string
	People   []*Person
	Teams    []*TeamSeed
	Accounts []*AccountSeed
	Contacts []*ContactSeed
	Cases    []*CaseSeed

	seed   uint64
	now    func() time.Time
	born   time.Time // the "now" that seeded times count back from
	byOID  map[string]*Person
	byUPN  map[string]*Person
	origin func(service string) string // origins of this run, for absolute links in answers
	// noticed is of size one: a notification waits.
	noticed chan struct{}

	mu    sync.RWMutex     // guards everything below
	rooms []*room          // in order of making
	chats map[string]*room // by Graph chat id
	of    map[string][]*room
	pairs map[string]*room // 1:1 chats by their sorted pair of object ids
	teams map[string]*graphTeam
	// teamList are the teams in order of making.
	teamList []*graphTeam
	made     int // channels made after the seed
	subs     map[string]*subscription
	notices  []notice // that wait to be sent
	strips   bool     // drop itemid attributes from posted bodies
}

// Person is somebody of the company, known to all three services.
type Person struct {
	OID      string // Entra object id
	UPN      string
	Name     string
	Mail     string
	JobTitle string
	// Role is "agent", "supervisor", "expert", "readonly", "guest" or "admin".
	Role string
	// SystemUserID is the Dataverse systemuserid; empty for the guest, who is
	// no user of the environment.
	SystemUserID string
	TeamIDs      []string

	language string // "en", "de" or "ja": what the person writes in
	photo    bool
	index    int // place in World.People
}

// TeamSeed is a Dataverse team.
type TeamSeed struct {
	ID   string
	Name string
	Type int // Dataverse teamtype: 0 owner, 1 access, 2 AAD security group
	// Administrator is the systemuserid of the team's administrator.
	Administrator string
	Members       []*Person
}

// AccountSeed is a customer company.
type AccountSeed struct {
	ID, Name, Number, City, Phone string
	Owner                         *Person
}

// ContactSeed is a person at a customer company.
type ContactSeed struct {
	ID, FirstName, LastName, Mail, Phone string
	Account                              *AccountSeed
	Owner                                *Person
}

// CaseSeed is a support case.
type CaseSeed struct {
	ID          string
	Number      string // like CAS-01234-A1B2C3
	Title       string
	Description string
	OwnerOID    string // empty when a team owns the case
	OwnerTeam   string // team id, empty when a person owns the case
	Account     *AccountSeed
	Contact     *ContactSeed
	Priority    int // 1 high, 2 normal, 3 low
	Created     time.Time
	Modified    time.Time
	Resolved    bool
	// Linked are the chats connected to the case, oldest connection first.
	Linked []LinkSeed

	topic int // index into the conversations that fit the case
}

// LinkSeed is a chat connected to a case.
type LinkSeed struct {
	ChatID    string
	Name      string // the chat's name when it was connected
	Connector *Person
	At        time.Time
}

// Now is the clock of the sandbox.
func (w *World) Now() time.Time { return w.now().UTC() }

// PersonByOID returns the person with an Entra object id, or nil.
func (w *World) PersonByOID(oid string) *Person { return w.byOID[oid] }

// guid is the n-th deterministic id of a kind: equal seeds give equal ids. It
// has the form of a random UUID.
func (w *World) guid(kind string, n int) string {
	h := w.hash(kind, n)
	h[6] = h[6]&0x0f | 0x40
	h[8] = h[8]&0x3f | 0x80
	return formatGUID(h[:16])
}

func formatGUID(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// random is a generator of its own for the n-th thing of a kind, so that
// adding something elsewhere does not shift everything else.
func (w *World) random(kind string, n int) *rand.Rand {
	h := w.hash(kind, n)
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(h[:8]), binary.LittleEndian.Uint64(h[8:16])))
}

func (w *World) hash(kind string, n int) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d", w.seed, kind, n))
}
