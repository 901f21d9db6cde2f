package sandbox

import (
	"hash/fnv"
	"net/http"
)

// dvOnCall is the custom action that a rule of suggested contacts calls. It
// keeps the contract that Microsoft documents: EntityLogicalName, Recordid and
// CustomActionInputs in, CustomActionSuggestedUsers out, a JSON text.
const dvOnCall = "contoso_SuggestOnCall"

// suggestOnCall names two members of the organisation's largest owner team who
// have duty today for the subject of a record.
func (o *dvOrg) suggestOnCall(call *dvCall) (dvReply, *dvError) {
	body, err := call.parameters(dvOnCall, "EntityLogicalName", "Recordid", "CustomActionInputs")
	if err != nil {
		return dvReply{}, err
	}
	table, err := body.text("EntityLogicalName", true)
	if err != nil {
		return dvReply{}, err
	}
	id, err := body.text("Recordid", true)
	if err != nil {
		return dvReply{}, err
	}
	if _, err := body.text("CustomActionInputs", false); err != nil {
		return dvReply{}, err
	}
	d := o.tables[table]
	if d == nil || d.fault == dvAbsent {
		return dvReply{}, dvFetchError(dvCodeNoEntity, "The entity with a name = '%s' with namemapping = 'Logical' was not found in the MetadataCache.", table)
	}
	r := d.get(id)
	if r == nil {
		return dvReply{}, dvNoRow(d.table, id)
	}
	if err := o.allow(call.caller, d.table, r, "Read"); err != nil {
		return dvReply{}, err
	}
	about := o.nameOf(r.ref("subjectid"))
	if about == "" {
		about = d.table.labels.en
	}
	users := []dvObject{}
	for _, u := range o.onCall(about) {
		users = append(users, dvObject{{"AADUserId", u.text("azureactivedirectoryobjectid")}, {"systemUserId", u.id}, {"description", "On call for " + about + " today"}})
	}
	list, bad := dvEncodeJSON(users)
	if bad != nil {
		return dvReply{}, &dvError{status: http.StatusInternalServerError, code: dvCodeArgument, message: bad.Error()}
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM." + dvOnCall + "Response"},
		{"CustomActionSuggestedUsers", string(list)},
	}), nil
}

// onCall are the two who have duty for a subject on this day: it goes round the
// largest owner team. The lock is held.
func (o *dvOrg) onCall(subject string) []*dvRow {
	var team []*dvRow
	for _, t := range o.tables["team"].rows {
		if t.int("teamtype") != 0 {
			continue
		}
		var members []*dvRow
		for _, m := range o.tables["teammembership"].where("teamid", t.id) {
			if u := o.tables["systemuser"].get(m.text("systemuserid")); u != nil && !o.disabled(u.id) {
				members = append(members, u)
			}
		}
		if len(members) > len(team) {
			team = members
		}
	}
	if len(team) < 3 {
		return team
	}
	h := fnv.New32a()
	h.Write([]byte(subject)) // never fails
	first := (int(h.Sum32()%1000) + o.clock().YearDay()) % len(team)
	return []*dvRow{team[first], team[(first+len(team)/2)%len(team)]}
}
