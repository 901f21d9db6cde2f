package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// dvOperation is a function or an action that is bound to nothing.
type dvOperation struct {
	action bool // called by POST; a function by GET
	run    func(o *dvOrg, call *dvCall, args map[string]string) (dvReply, *dvError)
}

// operation finds an unbound function or action by its name.
func (o *dvOrg) operation(name string) (dvOperation, bool) {
	plain := func(run func(o *dvOrg, call *dvCall) (dvReply, *dvError)) func(*dvOrg, *dvCall, map[string]string) (dvReply, *dvError) {
		return func(o *dvOrg, call *dvCall, _ map[string]string) (dvReply, *dvError) { return run(o, call) }
	}
	op, ok := map[string]dvOperation{
		"WhoAmI":                   {run: plain((*dvOrg).whoAmI)},
		"RetrieveVersion":          {run: plain((*dvOrg).version9)},
		"RetrieveTotalRecordCount": {run: (*dvOrg).totalCounts},
		dvOnCall:                   {action: true, run: plain((*dvOrg).suggestOnCall)},
		"CloseIncident":            {action: true, run: plain((*dvOrg).closeIncident)},
		"GrantAccess":              {action: true, run: plain((*dvOrg).grantAccess)},
		"ModifyAccess":             {action: true, run: plain((*dvOrg).grantAccess)},
		"RevokeAccess":             {action: true, run: plain((*dvOrg).revokeAccess)},
		"SendAppNotification":      {action: true, run: plain((*dvOrg).sendNotification)},
	}[name]
	return op, ok
}

// operate runs an unbound function or action.
func (o *dvOrg) operate(call *dvCall, op dvOperation, f dvSegment, rest []dvSegment) (dvReply, *dvError) {
	if len(rest) > 0 {
		return dvReply{}, dvNoSegment(rest[0].name)
	}
	if op.action != (call.method == http.MethodPost) || !op.action && !call.reads() {
		return dvReply{}, dvNoMethod(call.method)
	}
	if op.action && f.keyed && f.args != "" {
		return dvReply{}, dvBad("The parameters of the action '%s' belong into the body.", f.name)
	}
	if err := dvNoOptions(call.query); err != nil {
		return dvReply{}, err
	}
	options, err := dvOptions(call.query)
	if err != nil {
		return dvReply{}, err
	}
	return op.run(o, call, dvArguments(f.args, options))
}

// dvBody are the parameters of an action.
type dvBody struct {
	action string
	values map[string]json.RawMessage
}

// parameters reads the body of an action, which may have these members only.
func (c *dvCall) parameters(action string, known ...string) (dvBody, *dvError) {
	b := dvBody{action: action, values: map[string]json.RawMessage{}}
	if len(c.body) == 0 {
		return b, nil
	}
	if err := json.Unmarshal(c.body, &b.values); err != nil || b.values == nil {
		return b, dvBadBody("", "Invalid JSON. A token was not recognized in the JSON content.")
	}
	for name := range b.values {
		if !strings.Contains(name, "@") && !slices.Contains(known, name) {
			return b, dvBadBody("", "The parameter '%s' in the request payload is not a valid parameter for the operation '%s'.", name, action)
		}
	}
	return b, nil
}

// text is a parameter that is a string.
func (b dvBody) text(name string, required bool) (string, *dvError) {
	raw, ok := b.values[name]
	if !ok || string(raw) == "null" {
		if required {
			return "", &dvError{status: http.StatusBadRequest, code: dvCodeArgument, message: "Required field '" + name + "' is missing"}
		}
		return "", nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", dvBadBody("", "Cannot convert the literal '%s' to the expected type 'Edm.String'.", string(raw))
	}
	return s, nil
}

// row is a parameter that is an entity: its id is given by the key column, by
// @odata.id, or by @odata.type and a bare key.
func (b dvBody) row(o *dvOrg, call *dvCall, name, table string) (*dvData, *dvRow, *dvError) {
	var entity map[string]json.RawMessage
	if raw, ok := b.values[name]; !ok || json.Unmarshal(raw, &entity) != nil || entity == nil {
		return nil, nil, &dvError{status: http.StatusBadRequest, code: dvCodeArgument, message: "Required field '" + name + "' is missing"}
	}
	part := func(key string) string {
		var s string
		if json.Unmarshal(entity[key], &s) != nil {
			return ""
		}
		return s
	}
	if address := part("@odata.id"); address != "" {
		return o.reference(call, address)
	}
	if kind := part("@odata.type"); kind != "" {
		table = strings.TrimPrefix(strings.TrimPrefix(kind, "#"), "Microsoft.Dynamics.CRM.")
	}
	d := o.tables[table]
	if d == nil || d.fault == dvAbsent {
		return nil, nil, dvBadBody("", "The type '%s' of the parameter '%s' is not known.", table, name)
	}
	id := part(d.table.id)
	if r := d.get(id); r != nil {
		return d, r, nil
	}
	return nil, nil, dvNoRow(d.table, id)
}

// version9 answers RetrieveVersion.
func (o *dvOrg) version9(*dvCall) (dvReply, *dvError) {
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse"}, {"Version", dvVersion}}), nil
}

// dvVersion is the version of the platform.
const dvVersion = "9.2.26112.00190"

// totalCounts answers RetrieveTotalRecordCount(EntityNames=["incident"]): the
// number of rows, whoever asks, taken from a snapshot of the last 24 hours.
func (o *dvOrg) totalCounts(call *dvCall, args map[string]string) (dvReply, *dvError) {
	names, ok := dvListItems(args["EntityNames"])
	if !ok || len(names) == 0 {
		return dvReply{}, dvBad("The parameter 'EntityNames' of the function 'RetrieveTotalRecordCount' is not a list of names: '%s'.", args["EntityNames"])
	}
	counts := make([]int, len(names))
	for i, name := range names {
		d := o.tables[name]
		if d == nil || d.fault == dvAbsent {
			return dvReply{}, dvFetchError(dvCodeNoEntity, "The entity with a name = '%s' with namemapping = 'Logical' was not found in the MetadataCache.", name)
		}
		if o.depth(call.caller, d.table, "Read") == dvNone {
			return dvReply{}, o.denied(call.caller, d.table, "Read")
		}
		counts[i] = len(d.rows)
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse"},
		{"EntityRecordCountCollection", dvObject{{"Count", len(names)}, {"IsReadOnly", false}, {"Keys", names}, {"Values", counts}}},
	}), nil
}

// closeIncident answers CloseIncident: the case is resolved, and an activity
// says how.
func (o *dvOrg) closeIncident(call *dvCall) (dvReply, *dvError) {
	b, err := call.parameters("CloseIncident", "IncidentResolution", "Status")
	if err != nil {
		return dvReply{}, err
	}
	var status int64
	if json.Unmarshal(b.values["Status"], &status) != nil {
		return dvReply{}, &dvError{status: http.StatusBadRequest, code: dvCodeArgument, message: "Required field 'Status' is missing"}
	}
	d, resolution := o.tables["incident"], o.tables["incidentresolution"]
	inner := *call
	inner.body = b.values["IncidentResolution"]
	values, err := o.payload(&inner, resolution.table)
	if err != nil {
		return dvReply{}, err
	}
	ref, _ := values["incidentid"].(dvRef)
	r := d.get(ref.id)
	if r == nil {
		return dvReply{}, &dvError{status: http.StatusBadRequest, code: dvCodeArgument, message: "Required field 'incidentid' is missing"}
	}
	if err := o.allow(call.caller, d.table, r, "Write"); err != nil {
		return dvReply{}, err
	}
	if r.int("statecode") != 0 {
		return dvReply{}, &dvError{status: http.StatusBadRequest, code: "0x80045000", message: "This case has already been resolved. Close and reopen the case record to see the updates."}
	}
	if status < 0 {
		status = 5
	}
	if _, ok := d.table.byName["statuscode"].option(status); !ok || status != 5 && status != 1000 {
		return dvReply{}, &dvError{status: http.StatusBadRequest, code: "0x80048408", message: "The status code is not valid for the state code of an incident."}
	}
	values["ownerid"], values["statecode"], values["statuscode"], values["actualend"] = call.tx.user, int64(1), int64(2), o.clock()
	for name, v := range values {
		if v == nil {
			delete(values, name)
		}
	}
	call.tx.insert(resolution, o.newID(), values)
	call.tx.update(d, r, map[string]any{"statecode": int64(1), "statuscode": status})
	return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
}

// grantAccess answers GrantAccess and ModifyAccess: a record is shared with a
// user or a team.
func (o *dvOrg) grantAccess(call *dvCall) (dvReply, *dvError) {
	b, err := call.parameters("GrantAccess", "Target", "PrincipalAccess")
	if err != nil {
		return dvReply{}, err
	}
	var access struct{ Principal, AccessMask json.RawMessage }
	if json.Unmarshal(b.values["PrincipalAccess"], &access) != nil {
		return dvReply{}, &dvError{status: http.StatusBadRequest, code: dvCodeArgument, message: "Required field 'PrincipalAccess' is missing"}
	}
	var mask string
	if json.Unmarshal(access.AccessMask, &mask) != nil {
		return dvReply{}, dvBadBody("", "Cannot convert the literal '%s' to the expected type 'Microsoft.Dynamics.CRM.AccessRights'.", string(access.AccessMask))
	}
	var verbs []string
	for _, right := range strings.Split(mask, ",") {
		verb, ok := strings.CutSuffix(strings.TrimSpace(right), "Access")
		if !ok || !slices.Contains(dvVerbs[:], verb) {
			return dvReply{}, dvBadBody("", "Cannot convert the literal '%s' to the expected type 'Microsoft.Dynamics.CRM.AccessRights'.", mask)
		}
		verbs = append(verbs, verb)
	}
	return o.share(call, b, dvBody{"GrantAccess", map[string]json.RawMessage{"Principal": access.Principal}}, "Principal", dvRightsOf(verbs...))
}

// revokeAccess answers RevokeAccess: a record is no longer shared.
func (o *dvOrg) revokeAccess(call *dvCall) (dvReply, *dvError) {
	b, err := call.parameters("RevokeAccess", "Target", "Revokee")
	if err != nil {
		return dvReply{}, err
	}
	return o.share(call, b, b, "Revokee", 0)
}

func (o *dvOrg) share(call *dvCall, target, principal dvBody, name string, rights dvRights) (dvReply, *dvError) {
	d, r, err := target.row(o, call, "Target", "")
	if err != nil {
		return dvReply{}, err
	}
	who, p, err := principal.row(o, call, name, "systemuser")
	if err != nil {
		return dvReply{}, err
	}
	if !d.table.owned() || who.table.logical != "systemuser" && who.table.logical != "team" {
		return dvReply{}, dvFetchError("0x80048306", "A record of '%s' cannot be shared with '%s'.", d.table.logical, who.table.logical)
	}
	if err := o.allow(call.caller, d.table, r, "Share"); err != nil {
		return dvReply{}, err
	}
	key := dvRef{d.table.logical, r.id}
	old, had := o.shares[key][p.id]
	if o.shares[key] == nil {
		o.shares[key] = map[string]dvRights{}
	}
	if o.shares[key][p.id] = rights; rights == 0 {
		delete(o.shares[key], p.id)
	}
	call.tx.undo = append(call.tx.undo, func() {
		if o.shares[key][p.id] = old; !had {
			delete(o.shares[key], p.id)
		}
	})
	return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
}

// dvNotify is the privilege to send in-app notifications.
const dvNotify = "prvSendAppNotification"

// sendNotification answers SendAppNotification. The message is not shown to
// anybody here; its Teams actions are checked as documented.
func (o *dvOrg) sendNotification(call *dvCall) (dvReply, *dvError) {
	b, err := call.parameters("SendAppNotification", "Title", "Body", "Recipient", "IconType", "ToastType", "Priority", "Expiry", "OverrideContent", "Actions")
	if err != nil {
		return dvReply{}, err
	}
	if _, err := b.text("Title", true); err != nil {
		return dvReply{}, err
	}
	address, err := b.text("Recipient@odata.bind", true)
	if err != nil {
		return dvReply{}, err
	}
	if d, _, err := o.reference(call, address); err != nil {
		return dvReply{}, err
	} else if d.table.logical != "systemuser" {
		return dvReply{}, dvBadBody("", "The recipient '%s' is no user.", address)
	}
	if !dvMayNotify(call.caller.role) {
		return dvReply{}, &dvError{status: http.StatusForbidden, code: dvCodePrivilege, message: "Principal user (Id=" + call.caller.id + ", type=8) is missing " + dvNotify + " privilege."}
	}
	var actions struct {
		Actions []struct {
			Data struct {
				Type          string          `json:"type"`
				ChatID        string          `json:"chatId"`
				MemberIDs     []string        `json:"memberIds"`
				EntityContext json.RawMessage `json:"entityContext"`
			} `json:"data"`
		} `json:"actions"`
	}
	if raw, ok := b.values["Actions"]; ok && json.Unmarshal(raw, &actions) != nil {
		return dvReply{}, dvBadBody("", "The actions of the notification cannot be read.")
	}
	for _, a := range actions.Actions {
		if t := a.Data; t.Type == "teamsChat" && (t.ChatID != "") == (len(t.MemberIDs) > 0 || t.EntityContext != nil) {
			return dvReply{}, dvFetchError(dvCodeArgument, "A teamsChat action needs either chatId, or memberIds and entityContext.")
		}
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM.SendAppNotificationResponse"}, {"NotificationId", o.newID()},
	}), nil
}

// dvMayNotify reports whether a role carries [dvNotify].
func dvMayNotify(role string) bool {
	return role == "agent" || role == "expert" || dvMayUnlink(role)
}
