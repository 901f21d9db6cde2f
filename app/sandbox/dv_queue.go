package sandbox

import (
	"encoding/json"
	"net/http"
)

// boundAction answers an action bound to a row.
func (o *dvOrg) boundAction(call *dvCall, d *dvData, r *dvRow, name string) (dvReply, *dvError) {
	switch {
	case d.table.logical == "queue" && name == "AddToQueue":
		return o.addToQueue(call, r)
	case d.table.logical == "queueitem" && (name == "PickFromQueue" || name == "ReleaseToQueue" || name == "RemoveFromQueue"):
		return o.workQueue(call, d, r, name)
	case (d.table.logical == "systemuser" || d.table.logical == "team") && dvBoundFunctions[name]:
		return dvReply{}, dvNoMethod(call.method)
	}
	return dvReply{}, dvNoSegment(name)
}

var dvBoundFunctions = map[string]bool{"RetrievePrincipalAccess": true, "RetrieveUserPrivilegeByPrivilegeName": true, "RetrieveUserPrivileges": true}

// addToQueue puts a record into a queue, out of the one it was in.
func (o *dvOrg) addToQueue(call *dvCall, queue *dvRow) (dvReply, *dvError) {
	b, err := call.parameters("AddToQueue", "Target", "SourceQueue", "QueueItemProperties")
	if err != nil {
		return dvReply{}, err
	}
	data, target, err := b.row(o, call, "Target", "")
	if err != nil {
		return dvReply{}, err
	}
	items := o.tables["queueitem"]
	if items.table.byName["objectid"].navs[data.table.logical] == "" {
		return dvReply{}, dvFetchError("0x80040216", "The entity '%s' is not enabled for queues.", data.table.logical)
	}
	if o.depth(call.caller, items.table, "Create") == dvNone {
		return dvReply{}, o.denied(call.caller, items.table, "Create")
	}
	if err := o.allow(call.caller, data.table, target, "Read"); err != nil {
		return dvReply{}, err
	}
	ref := dvRef{data.table.logical, target.id}
	changes := map[string]any{"queueid": dvRef{"queue", queue.id}, "enteredon": o.clock(), "workerid": nil, "workeridmodifiedon": nil}
	var id string
	if old := items.where("objectid", ref); len(old) > 0 {
		id = call.tx.update(items, old[0], changes).id
	} else {
		id = o.newID()
		call.tx.insert(items, id, map[string]any{"title": target.text(data.table.name), "objectid": ref, "objecttypecode": int64(data.table.code),
			"queueid": changes["queueid"], "enteredon": changes["enteredon"]})
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#Microsoft.Dynamics.CRM.AddToQueueResponse"}, {"QueueItemId", id}}), nil
}

// workQueue gives a queue item a worker, takes the worker away, or takes the
// item out of its queue.
func (o *dvOrg) workQueue(call *dvCall, d *dvData, r *dvRow, name string) (dvReply, *dvError) {
	b, err := call.parameters(name, "SystemUser", "RemoveQueueItem")
	if err != nil {
		return dvReply{}, err
	}
	if err := o.allow(call.caller, d.table, r, "Write"); err != nil {
		return dvReply{}, err
	}
	remove := name == "RemoveFromQueue"
	changes := map[string]any{"workerid": nil, "workeridmodifiedon": o.clock()}
	if name == "PickFromQueue" {
		who, user, err := b.row(o, call, "SystemUser", "systemuser")
		if err != nil {
			return dvReply{}, err
		}
		changes["workerid"] = dvRef{who.table.logical, user.id}
		if raw, ok := b.values["RemoveQueueItem"]; ok && json.Unmarshal(raw, &remove) != nil {
			return dvReply{}, dvBadBody("", "Cannot convert the literal '%s' to the expected type 'Edm.Boolean'.", string(raw))
		}
	}
	if remove {
		call.tx.remove(d, r)
	} else {
		call.tx.update(d, r, changes)
	}
	return dvReply{status: http.StatusNoContent, header: http.Header{}}, nil
}
