package chat

// UnlinkFacts are the facts that decide who may disconnect a chat from a record.
type UnlinkFacts struct {
	// Owner: the user owns the record or is a member of the owning (not access) team.
	Owner bool
	// Connector: the user is the most recent connector of this pair.
	Connector bool
	// OwnerToggle and ConnectorToggle are the record type's settings.
	OwnerToggle, ConnectorToggle bool
	// Privilege: a role of the user holds prvUnlinkTeamsChatFromRecord.
	Privilege bool
}

// Allowed reports whether the facts permit disconnecting (reference dataverse.md §1.4):
// (owner and owner toggle) or (most recent connector and connector toggle) or the privilege.
func (f UnlinkFacts) Allowed() bool {
	return f.Owner && f.OwnerToggle || f.Connector && f.ConnectorToggle || f.Privilege
}

// UnlinkRefusal tells why disconnecting is not allowed, so that the pane can
// say what to ask the administrator for.
type UnlinkRefusal string

// The refusals, the most helpful one first.
const (
	UnlinkOK             UnlinkRefusal = ""
	UnlinkOwnerOff       UnlinkRefusal = "ownerOff"       // user owns the record, but the owner toggle is off
	UnlinkConnectorOff   UnlinkRefusal = "connectorOff"   // user connected it, but the connector toggle is off
	UnlinkNotOwner       UnlinkRefusal = "notOwner"       // neither owner nor connector, no privilege
	UnlinkTypeNotEnabled UnlinkRefusal = "typeNotEnabled" // the record's type has no configuration
)

// Refusal returns the reason that applies when the facts do not permit
// disconnecting, else [UnlinkOK].
func (f UnlinkFacts) Refusal() UnlinkRefusal {
	switch {
	case f.Allowed():
		return UnlinkOK
	case f.Owner:
		return UnlinkOwnerOff
	case f.Connector:
		return UnlinkConnectorOff
	}
	return UnlinkNotOwner
}
