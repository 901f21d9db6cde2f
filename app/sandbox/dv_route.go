package sandbox

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// dvCall is one request below the Web API's root, from the wire or from a batch.
type dvCall struct {
	method string
	path   string // still escaped, no slash at the front
	query  string
	header http.Header
	body   []byte
	user   string // systemuserid of the caller

	prefer  dvPrefer
	caller  *dvCaller
	tx      *dvTx                      // of the write
	content map[string]string          // Content-ID → path of what it made, in a change set
	nested  map[string]json.RawMessage // collections in the body of a new row
}

// reads reports whether the request changes nothing.
func (c *dvCall) reads() bool { return c.method == http.MethodGet || c.method == http.MethodHead }

// serve answers one request as a transaction of its own.
func (o *dvOrg) serve(call *dvCall) dvReply {
	call.prefer = dvReadPrefer(call.header)
	if call.reads() && !dvMakesUser(call.path) {
		o.mu.RLock()
		defer o.mu.RUnlock()
		return o.answerLocked(call)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	call.tx = &dvTx{org: o, user: dvRef{"systemuser", call.user}}
	r := o.answerLocked(call)
	if r.status >= http.StatusBadRequest {
		call.tx.rollback()
	}
	return r
}

// dvMakesUser recognises the read that may create: a user by their Entra id.
func dvMakesUser(path string) bool {
	return strings.HasPrefix(path, "systemusers(") && strings.Contains(path, "azureactivedirectoryobjectid")
}

// answerLocked answers a request; a refusal becomes its body.
func (o *dvOrg) answerLocked(call *dvCall) dvReply {
	if call.caller = o.caller(call.user); call.caller == nil || o.disabled(call.user) {
		return dvNoMember().reply(false)
	}
	err := dvReadable(call)
	if err == nil {
		var r dvReply
		if r, err = o.routeLocked(call); err == nil {
			call.prefer.applied(r)
			return r
		}
	}
	return err.reply(call.prefer.annotate("Microsoft.PowerApps.CDS.ErrorDetails"))
}

func dvNoMember() *dvError {
	return &dvError{status: http.StatusForbidden, code: "0x80072560", message: "The user is not a member of the organization."}
}

// dvReadable refuses a body that is not JSON by its own account, and versions of
// OData that are not spoken.
func dvReadable(call *dvCall) *dvError {
	for _, name := range []string{"OData-Version", "OData-MaxVersion"} {
		if v := call.header.Get(name); v != "" && v != "4.0" && (name == "OData-Version" || v != "4.01") {
			return dvBad("The OData version '%s' of the header %s is not supported.", v, name)
		}
	}
	if len(call.body) == 0 || call.reads() || call.method == http.MethodDelete {
		return nil
	}
	kind, _, err := mime.ParseMediaType(call.header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return &dvError{status: http.StatusUnsupportedMediaType, code: dvCodePayload, message: fmt.Sprintf(
			"The request entity's media type '%s' is not supported for this resource.", strings.ToValidUTF8(kind, "?"))}
	}
	return nil
}

func (o *dvOrg) disabled(user string) bool {
	off, _ := o.tables["systemuser"].get(user).values["isdisabled"].(bool)
	return off
}

// dvSegment is one step of a path: incidents(…), a property, a function.
type dvSegment struct {
	name  string
	args  string // between the parentheses
	keyed bool   // there were parentheses
}

// dvSegments cuts a path. Slashes inside parentheses and quotes belong to
// their segment.
func dvSegments(path string) ([]dvSegment, *dvError) {
	var out []dvSegment
	plain, bad := url.PathUnescape(path)
	if bad != nil {
		return nil, dvBad("The request URI '%s' is not valid.", path)
	}
	for _, part := range dvSplit(strings.TrimSuffix(plain, "/"), '/') {
		name, args, keyed := strings.Cut(part, "(")
		if keyed {
			var closed bool
			if args, closed = strings.CutSuffix(args, ")"); !closed {
				return nil, dvBad("Bad Request - Error in query syntax.")
			}
		}
		out = append(out, dvSegment{name, args, keyed})
	}
	return out, nil
}

func (o *dvOrg) routeLocked(call *dvCall) (dvReply, *dvError) {
	segments, err := dvSegments(o.resolve(call))
	if err != nil {
		return dvReply{}, err
	}
	if len(segments) == 0 {
		if !call.reads() {
			return dvReply{}, dvNoMethod(call.method)
		}
		if err := dvNoOptions(call.query); err != nil {
			return dvReply{}, err
		}
		return o.serviceDocument(), nil
	}
	first, rest := segments[0], segments[1:]
	switch first.name {
	case "EntityDefinitions":
		return o.definitions(call, first, rest)
	case "RelationshipDefinitions":
		return o.relationshipList(call, first, rest)
	case "GlobalOptionSetDefinitions":
		return o.globalOptions(call, first, rest)
	case "$metadata":
		return o.csdl(call, rest)
	}
	if op, ok := o.operation(first.name); ok {
		return o.operate(call, op, first, rest)
	}
	d := o.sets[first.name]
	if d == nil || d.fault == dvAbsent {
		return dvReply{}, dvNoSegment(first.name)
	}
	if d.fault == dvForbidden {
		return dvReply{}, o.denied(call.caller, d.table, "Read")
	}
	if first.keyed {
		return o.routeRow(call, d, first, rest)
	}
	return o.routeSet(call, d, rest)
}

// resolve replaces a reference such as $1 by what that request of the change
// set made.
func (o *dvOrg) resolve(call *dvCall) string {
	head, tail, _ := strings.Cut(call.path, "/")
	if id, ok := strings.CutPrefix(head, "$"); ok && call.content[id] != "" {
		return strings.TrimSuffix(call.content[id]+"/"+tail, "/")
	}
	return call.path
}

func (o *dvOrg) routeSet(call *dvCall, d *dvData, rest []dvSegment) (dvReply, *dvError) {
	if len(rest) > 1 || len(rest) == 1 && rest[0].name != "$count" {
		return dvReply{}, dvNoSegment(rest[0].name)
	}
	if call.reads() {
		if o.depth(call.caller, d.table, "Read") == dvNone {
			return dvReply{}, o.denied(call.caller, d.table, "Read")
		}
		if len(rest) == 1 {
			return o.countRows(call, d)
		}
		return o.list(call, d)
	}
	if call.method != http.MethodPost || len(rest) == 1 {
		return dvReply{}, dvNoMethod(call.method)
	}
	return o.create(call, d)
}

func dvNoMethod(method string) *dvError {
	return &dvError{status: http.StatusMethodNotAllowed, code: dvCodeURI,
		message: "The requested resource does not support http method '" + method + "'."}
}

func (o *dvOrg) routeRow(call *dvCall, d *dvData, key dvSegment, rest []dvSegment) (dvReply, *dvError) {
	if len(rest) == 0 && (call.method == http.MethodPatch) {
		return o.patch(call, d, key.args)
	}
	if len(rest) == 0 && call.reads() && !d.table.supports("Retrieve") {
		return dvReply{}, dvNoMessage("Retrieve", d.table)
	}
	r, err := o.find(call, d, key.args)
	if err != nil {
		return dvReply{}, err
	}
	switch {
	case len(rest) == 0 && call.reads():
		return o.retrieve(call, d, r)
	case len(rest) == 0 && call.method == http.MethodDelete:
		return o.delete(call, d, r)
	case len(rest) == 0:
		return dvReply{}, dvNoMethod(call.method)
	case strings.HasPrefix(rest[0].name, "Microsoft.Dynamics.CRM."):
		return o.function(call, d, r, rest[0])
	case call.reads():
		return o.below(call, d, r, rest)
	}
	return o.belowWrite(call, d, r, rest)
}

// dvNoMessage is the refusal of a message that a table does not take.
func dvNoMessage(message string, t *dvTable) *dvError {
	return &dvError{status: http.StatusBadRequest, code: "0x80040800", message: "The '" + message + "' method does not support entities of type '" + t.logical + "'. MessageProcessorCache returned MessageProcessor.Empty."}
}

// find returns the row a key names: a GUID, or an alternate key.
func (o *dvOrg) find(call *dvCall, d *dvData, key string) (*dvRow, *dvError) {
	name, value, named := strings.Cut(key, "=")
	if named && name == d.table.id {
		key, named = value, false
	}
	if named {
		return o.findAlternate(call, d, name, value)
	}
	if !dvIsGUID(key) {
		return nil, dvBad("Unrecognized 'Edm.String' literal '%s' at '0' in '%s'.", key, key)
	}
	if r := d.get(key); r != nil {
		return r, nil
	}
	return nil, dvNoRow(d.table, strings.ToLower(key))
}

// findAlternate looks a row up by an alternate key. Asking for a user of the
// tenant who is not yet known here makes them one: a trap of the real service.
func (o *dvOrg) findAlternate(call *dvCall, d *dvData, name, value string) (*dvRow, *dvError) {
	if d.table.alternate == "" || name != d.table.alternate {
		return nil, dvBad("The specified key '%s' is not a valid key of the entity '%s'.", name, d.table.logical)
	}
	value = strings.Trim(value, "'")
	if rows := d.where(name, value); len(rows) > 0 {
		return rows[0], nil
	}
	p := o.world.PersonByOID(strings.ToLower(value))
	if p == nil || call.tx == nil {
		return nil, &dvError{status: http.StatusNotFound, code: dvCodeMissing,
			message: "A record with the specified key values does not exist in " + d.table.logical + " entity"}
	}
	return call.tx.insert(d, o.guid("justintime/"+p.OID), o.userValues(p, o.root)), nil
}
