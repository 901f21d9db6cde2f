package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// dvVerbs are the rights on a record, in the order in which they are reported.
var dvVerbs = [...]string{"Read", "Write", "Append", "AppendTo", "Create", "Delete", "Share", "Assign"}

// dvRights is a set of verbs.
type dvRights uint8

func dvRightsOf(verbs ...string) (set dvRights) {
	for i, v := range dvVerbs {
		if slices.Contains(verbs, v) {
			set |= 1 << i
		}
	}
	return set
}

func (s dvRights) has(verb string) bool { return s&dvRightsOf(verb) != 0 }

// String is the set as RetrievePrincipalAccess writes it.
func (s dvRights) String() string {
	var names []string
	for i, v := range dvVerbs {
		if s&(1<<i) != 0 {
			names = append(names, v+"Access")
		}
	}
	if names == nil {
		return "None"
	}
	return strings.Join(names, ", ")
}

// dvDepth is how far a privilege reaches.
type dvDepth int

const (
	dvNone   dvDepth = iota
	dvBasic          // own rows, those of one's owning teams, and shared ones
	dvLocal          // the business unit's
	dvDeep           // and those of the units below
	dvGlobal         // all
)

func (d dvDepth) String() string {
	return [...]string{"None", "Basic", "Local", "Deep", "Global"}[d]
}

// dvCaller is a user of the environment as one request sees them.
type dvCaller struct {
	id, oid, unit string
	role          string
	teams         []*dvRow
}

// caller finds the user with a systemuserid, or nil. The lock is held.
func (o *dvOrg) caller(id string) *dvCaller {
	r := o.tables["systemuser"].get(id)
	if r == nil {
		return nil
	}
	c := &dvCaller{id: r.id, oid: r.text("azureactivedirectoryobjectid"), unit: r.ref("businessunitid").id, teams: o.teamsOf(r.id)}
	if p := o.world.PersonByOID(c.oid); p != nil {
		c.role = p.Role
	}
	return c
}

// dvUnlink is the privilege that lets somebody disconnect any chat.
const dvUnlink = "prvUnlinkTeamsChatFromRecord"

// dvMayUnlink reports whether a role carries [dvUnlink].
func dvMayUnlink(role string) bool { return role == "supervisor" || role == "admin" }

// dvCaseWork are the tables that agents work on within their business unit.
var dvCaseWork = []string{"incident", "email", "task", "phonecall", "appointment", "chat", "activitypointer", "incidentresolution", "annotation", "msdyn_ocliveworkitem"}

// dvSettings are the tables that only administrators change.
var dvSettings = []string{"businessunit", "systemuser", "team", "teammembership", "entity", "savedquery", "appmodule", "msdyn_entitylinkchatconfiguration", "queue",
	"organization", "role", "systemuserroles", "subject", "product", "connectionrole", "msdyn_contactsuggestionruleset", "msdyn_contactsuggestionrule"}

// dvRoleDepth is how far a role's privilege for a verb on a table reaches.
func dvRoleDepth(role, verb, table string) dvDepth {
	switch role {
	case "admin":
		return dvGlobal
	case "agent", "expert", "supervisor", "readonly":
	default:
		return dvNone
	}
	if slices.Contains(dvSettings, table) {
		if verb == "Read" || verb == "AppendTo" {
			return dvGlobal
		}
		return dvNone
	}
	if role == "supervisor" {
		return dvGlobal
	}
	if role == "readonly" && verb != "Read" {
		return dvNone
	}
	if verb == "Delete" {
		return dvNone
	}
	if slices.Contains(dvCaseWork, table) {
		return dvLocal
	}
	return dvGlobal
}

// depth is how far a caller's privilege reaches. The lock is held.
func (o *dvOrg) depth(c *dvCaller, t *dvTable, verb string) dvDepth {
	if o.tables[t.logical].fault == dvForbidden || o.revoked[dvRevoked{c.id, t.logical, verb}] {
		return dvNone
	}
	return dvRoleDepth(c.role, verb, t.logical)
}

// rights are what a caller may do with a row. The lock is held.
func (o *dvOrg) rights(c *dvCaller, t *dvTable, r *dvRow) dvRights {
	var set dvRights
	for i, verb := range dvVerbs {
		if o.may(c, t, r, verb) {
			set |= 1 << i
		}
	}
	return set
}

// may reports whether a caller has a right on a row: by the depth of the
// privilege, or because it was shared. The lock is held.
func (o *dvOrg) may(c *dvCaller, t *dvTable, r *dvRow, verb string) bool {
	depth := o.depth(c, t, verb)
	if t.parent != "" && depth > dvNone {
		ref := r.ref(t.parent)
		above := o.tables[ref.table]
		return above != nil && above.get(ref.id) != nil && o.may(c, above.table, above.get(ref.id), "Read")
	}
	return depth >= dvGlobal || depth > dvNone && (o.reaches(c, t, r, depth) || o.shared(c, t, r).has(verb))
}

func (o *dvOrg) shared(c *dvCaller, t *dvTable, r *dvRow) dvRights {
	grants := o.shares[dvRef{t.logical, r.id}]
	if grants == nil {
		return 0
	}
	set := grants[c.id]
	for _, team := range c.teams {
		set |= grants[team.id]
	}
	return set
}

// reaches reports whether a row lies within a depth of the caller.
func (o *dvOrg) reaches(c *dvCaller, t *dvTable, r *dvRow, depth dvDepth) bool {
	if !t.owned() {
		return true
	}
	owner := r.ref("ownerid")
	if owner.id == c.id {
		return true
	}
	for _, team := range c.teams {
		if team.id == owner.id && team.int("teamtype") != 1 { // an access team owns nothing
			return true
		}
	}
	return depth >= dvLocal && r.ref("owningbusinessunit").id == c.unit
}

// denied is the refusal for want of a privilege on a table.
func (o *dvOrg) denied(c *dvCaller, t *dvTable, verb string) *dvError {
	return &dvError{status: http.StatusForbidden, code: dvCodePrivilege, message: fmt.Sprintf(
		"Principal user (Id=%s, type=8, roleCount=1, privilegeCount=420, accessMode='0 Read-Write', AADObjectId='%s', MetadataCachePrivilegesCount=12471, businessUnitId=%s), is missing %s privilege (Id=%s) on OTC=%d for entity '%s' (LocalizedName='%s'). context.Caller=%s. Consider adding missed privilege to one of the principal (user/team) roles.",
		c.id, c.oid, c.unit, t.right(verb), o.guid("privilege/"+t.right(verb)), t.code, t.logical, t.label.en, c.id)}
}

// refused is the refusal for want of a right on one record.
func (o *dvOrg) refused(c *dvCaller, t *dvTable, r *dvRow, verb string) *dvError {
	owner := r.ref("ownerid")
	kind := 8
	if owner.table == "team" {
		kind = 9
	}
	return &dvError{status: http.StatusForbidden, code: dvCodePrivilege, message: fmt.Sprintf(
		"SecLib::AccessCheckEx failed. Returned hr = -2147187962, ObjectID: %s, OwnerId: %s,  OwnerIdType: %d and CallingUser: %s. ObjectTypeCode: %d, objectBusinessUnitId: %s, AccessRights: %sAccess",
		r.id, owner.id, kind, c.id, t.code, r.ref("owningbusinessunit").id, verb)}
}

// allow refuses what a caller may not do with a row.
func (o *dvOrg) allow(c *dvCaller, t *dvTable, r *dvRow, verb string) *dvError {
	if o.depth(c, t, verb) == dvNone {
		return o.denied(c, t, verb)
	}
	if !o.may(c, t, r, verb) {
		return o.refused(c, t, r, verb)
	}
	return nil
}

// guid is a deterministic id of the environment.
func (o *dvOrg) guid(kind string) string { return o.world.guid("dataverse/"+o.unique+"/"+kind, 0) }
