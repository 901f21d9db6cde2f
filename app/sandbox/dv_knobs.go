package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// The knobs of this file change Dataverse behind the clients' backs, as other
// people, administrators and other programs do. Tables are given by their
// logical names, people by their Entra object ids.

// SetCaseOwner gives a case to another owner: a person's systemuserid or a
// team's id.
func (s *Sandbox) SetCaseOwner(caseID, owner string) error {
	o := s.dv.main
	o.mu.RLock()
	ref := dvRef{"systemuser", owner}
	if o.tables["team"].get(owner) != nil {
		ref.table = "team"
	}
	known := o.tables[ref.table].get(owner) != nil
	o.mu.RUnlock()
	if !known {
		return fmt.Errorf("set owner of case %s: no user or team %s", caseID, owner)
	}
	return s.dv.main.change("incident", caseID, "", map[string]any{"ownerid": ref})
}

// SetRow changes columns of a row of the main environment as the system does.
// Values are texts, integers, booleans and times as the column has them; nil
// clears. Lookups cannot be set so, see SetCaseOwner.
func (s *Sandbox) SetRow(table, id string, values map[string]any) error {
	t := s.dv.main.metadata[table]
	if t == nil {
		return fmt.Errorf("set row %s: no table %s", id, table)
	}
	stored := map[string]any{}
	for name, v := range values {
		c := t.byName[name]
		if c == nil {
			return fmt.Errorf("set row %s: %s has no column %s", id, table, name)
		}
		var ok bool
		if stored[name], ok = c.stored(v); !ok {
			return fmt.Errorf("set row %s: %v is no value of %s", id, v, name)
		}
	}
	return s.dv.main.change(table, id, "", stored)
}

// stored is a value given to a knob in the form that rows keep.
func (c *dvColumn) stored(v any) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case string:
		return v, c.kind == dvString || c.kind == dvMemo || c.kind == dvGUID && dvIsGUID(v)
	case int:
		return int64(v), c.kind == dvInt || c.kind == dvChoice
	case bool:
		return v, c.kind == dvBool
	case time.Time:
		return v.UTC().Truncate(time.Second), c.kind == dvTime
	}
	return nil, false
}

// DeleteRow deletes a row of the main environment.
func (s *Sandbox) DeleteRow(table, id string) error {
	o := s.dv.main
	o.mu.Lock()
	defer o.mu.Unlock()
	d, r, err := o.rowLocked(table, id)
	if err != nil {
		return fmt.Errorf("delete row: %w", err)
	}
	(&dvTx{org: o, user: dvRef{"systemuser", o.guid("system")}}).remove(d, r)
	return nil
}

// AddLink connects a chat to a record as Microsoft's own pane would, in the name
// of a person. It returns the id of the new row.
func (s *Sandbox) AddLink(chatID, table, recordID, oid string) (string, error) {
	o := s.dv.main
	p := s.PersonByOID(oid)
	if p == nil || o.userID(p) == "" {
		return "", fmt.Errorf("add link: %s is no user", oid)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	id := o.guid(fmt.Sprintf("knob/%d", o.version))
	tx := &dvTx{org: o, user: dvRef{"systemuser", o.userID(p)}}
	tx.insert(o.tables["msdyn_teamschatassociation"], id, map[string]any{
		"msdyn_teamschatid": chatID, "msdyn_regardingobjectid": recordID, "msdyn_regardingobjectname": table,
	})
	return id, nil
}

// SetLink connects or disconnects the row of a link in the name of a person.
func (s *Sandbox) SetLink(rowID string, live bool, oid string) error {
	p := s.PersonByOID(oid)
	if p == nil {
		return fmt.Errorf("set link %s: nobody has the id %s", rowID, oid)
	}
	state := int64(1)
	if live {
		state = 0
	}
	return s.dv.main.change("msdyn_teamschatassociation", rowID, s.dv.main.userID(p), map[string]any{"msdyn_entityrecordstate": state})
}

// SetConfig sets a setting of a record type, such as "msdyn_usercanjoinchat".
func (s *Sandbox) SetConfig(table, setting string, on bool) error {
	return s.SetRow("msdyn_entitylinkchatconfiguration", s.dv.main.guid("configuration/"+table), map[string]any{setting: on})
}

// RemoveConfig makes a record type one that chats cannot be connected to.
func (s *Sandbox) RemoveConfig(table string) error {
	return s.DeleteRow("msdyn_entitylinkchatconfiguration", s.dv.main.guid("configuration/"+table))
}

// RevokeWrite takes the privilege to write a table from a person.
func (s *Sandbox) RevokeWrite(oid, table string) error { return s.setRight(oid, table, "Write", true) }

// RevokeRead takes the privilege to read a table from a person.
func (s *Sandbox) RevokeRead(oid, table string) error { return s.setRight(oid, table, "Read", true) }

// Restore gives every revoked privilege on a table back to a person.
func (s *Sandbox) Restore(oid, table string) error {
	for _, verb := range dvVerbs {
		if err := s.setRight(oid, table, verb, false); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sandbox) setRight(oid, table, verb string, revoked bool) error {
	o := s.dv.main
	p := s.PersonByOID(oid)
	if p == nil || o.userID(p) == "" || o.metadata[table] == nil {
		return fmt.Errorf("set privilege of %s on %s: no such user or table", oid, table)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	key := dvRevoked{o.userID(p), table, verb}
	delete(o.revoked, key)
	if revoked {
		o.revoked[key] = true
	}
	return nil
}

// dvTeamsTables are the tables that Teams chat needs.
var dvTeamsTables = []string{"msdyn_teamschatassociation", "msdyn_entitylinkchatconfiguration"}

// DropTeamsTables makes the tables of Teams chat absent, as in an environment
// where it was never turned on: 404.
func (s *Sandbox) DropTeamsTables() { s.dv.main.setFault(dvAbsent, dvTeamsTables...) }

// ForbidTeamsTables takes everybody's privileges on the tables of Teams chat: 403.
func (s *Sandbox) ForbidTeamsTables() { s.dv.main.setFault(dvForbidden, dvTeamsTables...) }

// ForbidConfigs takes everybody's privileges on the chat settings alone: 403.
func (s *Sandbox) ForbidConfigs() {
	s.dv.main.setFault(dvForbidden, "msdyn_entitylinkchatconfiguration")
}

// RestoreTeamsTables takes back what the three above did.
func (s *Sandbox) RestoreTeamsTables() { s.dv.main.setFault(dvWhole, dvTeamsTables...) }

// DeletedCaseID is a case that a link names but that no longer exists: 404.
func (s *Sandbox) DeletedCaseID() string { return s.dv.deletedCase }

// RestrictedCaseIDs are cases that ordinary agents may not read: 403. The last
// one is shared with the members of an access team.
func (s *Sandbox) RestrictedCaseIDs() []string { return slices.Clone(s.dv.restricted) }

func (o *dvOrg) setFault(f dvFault, tables ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range tables {
		o.tables[t].fault = f
	}
}

// change updates a row in the name of a user, or of the system.
func (o *dvOrg) change(table, id, user string, values map[string]any) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	d, r, err := o.rowLocked(table, id)
	if err != nil {
		return fmt.Errorf("change row: %w", err)
	}
	if user == "" {
		user = o.guid("system")
	}
	(&dvTx{org: o, user: dvRef{"systemuser", user}}).update(d, r, values)
	return nil
}

func (o *dvOrg) rowLocked(table, id string) (*dvData, *dvRow, error) {
	d := o.tables[table]
	if d == nil {
		return nil, nil, fmt.Errorf("no table %s", table)
	}
	r := d.get(id)
	if r == nil {
		return nil, nil, fmt.Errorf("no row %s in %s", id, table)
	}
	return d, r, nil
}
