package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

// whoAmI tells the caller who they are here.
func (o *dvOrg) whoAmI(call *dvCall) (dvReply, *dvError) {
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"},
		{"BusinessUnitId", call.caller.unit},
		{"UserId", call.caller.id},
		{"OrganizationId", o.id},
	}), nil
}

// serviceDocument lists the entity sets.
func (o *dvOrg) serviceDocument() dvReply {
	value := []dvObject{}
	for _, t := range o.order {
		value = append(value, dvObject{{"name", t.set}, {"kind", "EntitySet"}, {"url", t.set}})
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata"}, {"value", value}})
}

// function answers a function bound to a row.
func (o *dvOrg) function(call *dvCall, d *dvData, r *dvRow, f dvSegment) (dvReply, *dvError) {
	name := strings.TrimPrefix(f.name, "Microsoft.Dynamics.CRM.")
	if call.method == http.MethodPost {
		return o.boundAction(call, d, r, name)
	}
	if !call.reads() {
		return dvReply{}, dvNoMethod(call.method)
	}
	if err := dvNoOptions(call.query); err != nil {
		return dvReply{}, err
	}
	options, err := dvOptions(call.query)
	if err != nil {
		return dvReply{}, err
	}
	user := d.table.logical == "systemuser"
	switch {
	case name == "RetrievePrincipalAccess" && (user || d.table.logical == "team"):
		return o.principalAccess(call, d, r, dvArguments(f.args, options)["Target"])
	case name == "RetrieveUserPrivilegeByPrivilegeName" && user:
		return o.privilegeByName(r, dvArguments(f.args, options)["PrivilegeName"])
	case name == "RetrieveUserPrivileges" && user:
		return o.privilegeReply("RetrieveUserPrivilegesResponse", o.privileges(r.id)), nil
	}
	return dvReply{}, dvNoSegment(f.name)
}

// dvArguments reads "A=@a,B='b'" with the aliases of the query.
func dvArguments(args string, options map[string]string) map[string]string {
	out := map[string]string{}
	for _, arg := range dvSplit(args, ',') {
		name, value, _ := strings.Cut(arg, "=")
		value = strings.TrimSpace(value)
		if strings.HasPrefix(value, "@") {
			value = options[value]
		}
		out[strings.TrimSpace(name)] = value
	}
	return out
}

// principalAccess answers RetrievePrincipalAccess: what a user or a team may do
// with a record.
func (o *dvOrg) principalAccess(call *dvCall, d *dvData, r *dvRow, target string) (dvReply, *dvError) {
	address, ok := dvEntityAddress(target)
	if !ok {
		return dvReply{}, dvBad("The parameter 'Target' of the function 'RetrievePrincipalAccess' is not an entity reference: '%s'.", target)
	}
	data, row, err := o.reference(call, address)
	if err != nil {
		return dvReply{}, err
	}
	var rights dvRights
	if d.table.logical == "systemuser" {
		rights = o.rights(o.caller(r.id), data.table, row)
	} else {
		rights = o.shares[dvRef{data.table.logical, row.id}][r.id]
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM.RetrievePrincipalAccessResponse"},
		{"AccessRights", rights.String()},
	}), nil
}

// dvEntityAddress reads {'@odata.id':'incidents(…)'}, in OData's or in JSON's
// quotes; the web client sends the latter.
func dvEntityAddress(s string) (string, bool) {
	var ref struct {
		ID string `json:"@odata.id"`
	}
	s = strings.TrimSpace(s)
	if json.Unmarshal([]byte(s), &ref) == nil {
		return ref.ID, ref.ID != ""
	}
	inner, ok := strings.CutPrefix(s, "{")
	inner, ok2 := strings.CutSuffix(inner, "}")
	name, value, ok3 := strings.Cut(inner, ":")
	if !ok || !ok2 || !ok3 || strings.Trim(strings.TrimSpace(name), "'") != "@odata.id" {
		return "", false
	}
	address, n, ok := dvQuoted(strings.TrimSpace(value))
	return address, ok && n == len(strings.TrimSpace(value)) && strings.HasPrefix(strings.TrimSpace(value), "'")
}

// dvHeld is a privilege somebody holds.
type dvHeld struct {
	name  string
	depth dvDepth
}

// privileges are all privileges of a user, table by table.
func (o *dvOrg) privileges(user string) []dvHeld {
	c := o.caller(user)
	var held []dvHeld
	seen := map[string]bool{}
	for _, t := range o.order {
		for _, verb := range dvVerbs {
			depth := o.depth(c, t, verb)
			if name := t.right(verb); depth > dvNone && !seen[name] {
				seen[name] = true
				held = append(held, dvHeld{name, depth})
			}
		}
	}
	if dvMayUnlink(c.role) {
		held = append(held, dvHeld{dvUnlink, dvGlobal})
	}
	if dvMayNotify(c.role) {
		held = append(held, dvHeld{dvNotify, dvGlobal})
	}
	return held
}

// privilegeByName answers with the privilege if the user holds it, with an empty
// list if not, and refuses a name that no privilege has.
func (o *dvOrg) privilegeByName(r *dvRow, quoted string) (dvReply, *dvError) {
	name, n, ok := dvQuoted(quoted + " ")
	if !ok || !strings.HasPrefix(quoted, "'") || n != len(quoted) {
		return dvReply{}, dvBad("The parameter 'PrivilegeName' is not a string: '%s'.", quoted)
	}
	if !o.knownPrivilege(name) {
		return dvReply{}, &dvError{status: http.StatusBadRequest, code: "0x80042f09", message: "Could not find a privilege with the name: " + name}
	}
	var held []dvHeld
	for _, p := range o.privileges(r.id) {
		if p.name == name {
			held = append(held, p)
		}
	}
	return o.privilegeReply("RetrieveUserPrivilegeByPrivilegeNameResponse", held), nil
}

func (o *dvOrg) knownPrivilege(name string) bool {
	if name == dvUnlink || name == dvNotify {
		return true
	}
	for _, t := range o.order {
		for _, verb := range dvVerbs {
			if t.right(verb) == name && o.tables[t.logical].fault != dvAbsent {
				return true
			}
		}
	}
	return false
}

func (o *dvOrg) privilegeReply(kind string, held []dvHeld) dvReply {
	list := []dvObject{}
	for _, p := range held {
		list = append(list, dvObject{
			{"Depth", p.depth.String()}, {"PrivilegeId", o.guid("privilege/" + p.name)},
			{"BusinessUnitId", o.root}, {"PrivilegeName", p.name},
		})
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM." + kind}, {"RolePrivileges", list},
	})
}
