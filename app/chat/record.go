package chat

import (
	"errors"
	"strings"
	"time"
)

// RecordRef names a Dataverse row: environment, table and id.
type RecordRef struct {
	Env   string // origin of the environment, e.g. "https://contoso.crm.dynamics.com", lower case, no slash at the end
	Table string // logical name, e.g. "incident"
	ID    string // GUID, lower case, no braces
}

// Key is the reference as one text, for maps and store keys.
func (r RecordRef) Key() string { return r.Env + "|" + r.Table + "|" + r.ID }

// IsZero reports whether the reference is empty (the home).
func (r RecordRef) IsZero() bool { return r == RecordRef{} }

// ParseRecordKey is the inverse of [RecordRef.Key].
func ParseRecordKey(key string) (RecordRef, error) {
	parts := strings.Split(key, "|")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return RecordRef{}, errors.New("not a record key")
	}
	return RecordRef{Env: parts[0], Table: parts[1], ID: parts[2]}, nil
}

// Record is what is shown of a Dataverse row that somebody works on.
type Record struct {
	Ref    RecordRef
	Name   string // value of the table's primary name column
	Number string // ticket or account number, empty when the table has none
	Owner  Principal
	// State is 0 for an open (active) record; 1 and above follow Dataverse's
	// statecode of the table.
	State      int
	StatusText string // statuscode as the user reads it
	Customer   string
	Priority   string
	Deadline   time.Time // next deadline (resolveby), zero when none
	Modified   time.Time
	// Access holds the signed-in user's rights on the record, as names of
	// Dataverse's AccessRights ("ReadAccess", "WriteAccess", …); nil = unknown.
	Access []string
	// Lost is set when the server refused (403) or no longer has (404) the record.
	Lost LostReason
	// Opened is when the user last opened the record here; zero = never.
	Opened time.Time
	// Mine tells that the record belongs to "My active cases".
	Mine bool
}

// LostReason tells why a record cannot be read any more.
type LostReason string

// Reasons why a record is lost; the empty reason means it is readable.
const (
	NotLost   LostReason = ""
	Forbidden LostReason = "forbidden"
	Gone      LostReason = "gone"
)

// Principal is the owner of a record: a system user or a team.
type Principal struct {
	ID   string // systemuserid or teamid
	Team bool
	Name string
}

// ErrGUID is returned by [ParseGUID] for a text that is no GUID.
var ErrGUID = errors.New("not a GUID")

// ParseGUID reads a GUID in any textual form Dynamics uses (bare, {braces},
// %7Bpercent-encoded%7D, upper or lower case) and returns it lower-case and bare.
func ParseGUID(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimSuffix(strings.TrimPrefix(s, "%7b"), "%7d")
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	if len(s) != 36 {
		return "", ErrGUID
	}
	for i, r := range s {
		switch i {
		case 8, 13, 18, 23:
			if r != '-' {
				return "", ErrGUID
			}
		default:
			if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
				return "", ErrGUID
			}
		}
	}
	return s, nil
}
