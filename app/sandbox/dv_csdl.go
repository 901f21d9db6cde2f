package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// csdl answers $metadata: the entity types with their keys, properties and
// navigation properties, the functions and actions served here, and the sets.
func (o *dvOrg) csdl(call *dvCall, rest []dvSegment) (dvReply, *dvError) {
	if len(rest) > 0 {
		return dvReply{}, dvNoSegment(rest[0].name)
	}
	if !call.reads() {
		return dvReply{}, dvNoMethod(call.method)
	}
	if err := dvNoOptions(call.query); err != nil {
		return dvReply{}, err
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>` +
		`<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityType Name="crmbaseentity" Abstract="true" />` +
		`<EntityType Name="principal" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="ownerid" /></Key><Property Name="ownerid" Type="Edm.Guid" /></EntityType>`)
	for _, t := range o.order {
		o.csdlType(&b, t)
	}
	b.WriteString(dvCSDLOperations)
	b.WriteString(`<EntityContainer Name="System">`)
	for _, t := range o.order {
		if o.tables[t.logical].fault == dvAbsent {
			continue
		}
		fmt.Fprintf(&b, `<EntitySet Name="%s" EntityType="Microsoft.Dynamics.CRM.%s">`, t.set, t.logical)
		for _, c := range t.columns {
			for target, nav := range c.navs {
				if other := o.metadata[target]; other != nil && len(c.navs) == 1 {
					fmt.Fprintf(&b, `<NavigationPropertyBinding Path="%s" Target="%s" />`, nav, other.set)
				}
			}
		}
		b.WriteString(`</EntitySet>`)
	}
	for _, name := range []string{"WhoAmI", "RetrieveVersion", "RetrieveTotalRecordCount"} {
		fmt.Fprintf(&b, `<FunctionImport Name="%[1]s" Function="Microsoft.Dynamics.CRM.%[1]s" />`, name)
	}
	for _, name := range []string{"CloseIncident", "GrantAccess", "ModifyAccess", "RevokeAccess", "SendAppNotification", dvOnCall} {
		fmt.Fprintf(&b, `<ActionImport Name="%[1]s" Action="Microsoft.Dynamics.CRM.%[1]s" />`, name)
	}
	b.WriteString(`</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`)
	return dvReply{status: http.StatusOK, header: http.Header{"Content-Type": {"application/xml"}}, body: []byte(b.String())}, nil
}

// csdlType writes one entity type.
func (o *dvOrg) csdlType(b *strings.Builder, t *dvTable) {
	if o.tables[t.logical].fault == dvAbsent {
		return
	}
	fmt.Fprintf(b, `<EntityType Name="%s" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="%s" /></Key>`, t.logical, t.id)
	for _, c := range t.columns {
		fmt.Fprintf(b, `<Property Name="%s" Type="%s"`, c.property(), c.kind.edm())
		if (c.kind == dvString || c.kind == dvMemo) && c.max > 0 {
			fmt.Fprintf(b, ` MaxLength="%d" Unicode="true"`, c.max)
		}
		b.WriteString(` />`)
	}
	written := map[string]bool{}
	for _, c := range t.columns {
		for _, target := range c.targets {
			nav := c.navs[target]
			if o.metadata[target] == nil || written[nav] {
				continue
			}
			written[nav] = true
			kind := target
			if t.navs[nav].target == "principal" {
				kind = "principal"
			}
			fmt.Fprintf(b, `<NavigationProperty Name="%s" Type="mscrm.%s"><ReferentialConstraint Property="%s" ReferencedProperty="%s" /></NavigationProperty>`,
				nav, kind, c.property(), o.metadata[target].id)
		}
	}
	for _, m := range t.many {
		if !written[m.name] {
			written[m.name] = true
			fmt.Fprintf(b, `<NavigationProperty Name="%s" Type="Collection(mscrm.%s)" />`, m.name, m.target)
		}
	}
	b.WriteString(`</EntityType>`)
}

// dvCSDLOperations are the functions and actions of the document.
const dvCSDLOperations = `<ComplexType Name="WhoAmIResponse"><Property Name="BusinessUnitId" Type="Edm.Guid" /><Property Name="UserId" Type="Edm.Guid" /><Property Name="OrganizationId" Type="Edm.Guid" /></ComplexType>` +
	`<EnumType Name="AccessRights" IsFlags="true"><Member Name="None" Value="0" /><Member Name="ReadAccess" Value="1" /><Member Name="WriteAccess" Value="2" /><Member Name="AppendAccess" Value="4" />` +
	`<Member Name="AppendToAccess" Value="16" /><Member Name="CreateAccess" Value="32" /><Member Name="DeleteAccess" Value="65536" /><Member Name="ShareAccess" Value="262144" /><Member Name="AssignAccess" Value="524288" /></EnumType>` +
	`<ComplexType Name="RetrievePrincipalAccessResponse"><Property Name="AccessRights" Type="mscrm.AccessRights" /></ComplexType>` +
	`<ComplexType Name="RolePrivilege"><Property Name="Depth" Type="Edm.String" /><Property Name="PrivilegeId" Type="Edm.Guid" /><Property Name="BusinessUnitId" Type="Edm.Guid" /><Property Name="PrivilegeName" Type="Edm.String" /></ComplexType>` +
	`<ComplexType Name="RetrieveUserPrivilegesResponse"><Property Name="RolePrivileges" Type="Collection(mscrm.RolePrivilege)" /></ComplexType>` +
	`<Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false" /></Function>` +
	`<Function Name="RetrieveVersion"><ReturnType Type="Edm.String" /></Function>` +
	`<Function Name="RetrieveTotalRecordCount"><Parameter Name="EntityNames" Type="Collection(Edm.String)" /><ReturnType Type="Edm.String" /></Function>` +
	`<Function Name="RetrievePrincipalAccess" IsBound="true"><Parameter Name="entity" Type="mscrm.systemuser" Nullable="false" /><Parameter Name="Target" Type="mscrm.crmbaseentity" /><ReturnType Type="mscrm.RetrievePrincipalAccessResponse" /></Function>` +
	`<Function Name="RetrieveUserPrivileges" IsBound="true"><Parameter Name="entity" Type="mscrm.systemuser" Nullable="false" /><ReturnType Type="mscrm.RetrieveUserPrivilegesResponse" /></Function>` +
	`<Function Name="RetrieveUserPrivilegeByPrivilegeName" IsBound="true"><Parameter Name="entity" Type="mscrm.systemuser" Nullable="false" /><Parameter Name="PrivilegeName" Type="Edm.String" Unicode="false" /><ReturnType Type="mscrm.RetrieveUserPrivilegesResponse" /></Function>` +
	`<Action Name="CloseIncident"><Parameter Name="IncidentResolution" Type="mscrm.incidentresolution" Nullable="false" /><Parameter Name="Status" Type="Edm.Int32" Nullable="false" /></Action>` +
	`<Action Name="AddToQueue" IsBound="true"><Parameter Name="entity" Type="mscrm.queue" Nullable="false" /><Parameter Name="Target" Type="mscrm.crmbaseentity" Nullable="false" /></Action>` +
	`<Action Name="GrantAccess"><Parameter Name="Target" Type="mscrm.crmbaseentity" Nullable="false" /></Action><Action Name="ModifyAccess"><Parameter Name="Target" Type="mscrm.crmbaseentity" Nullable="false" /></Action>` +
	`<Action Name="RevokeAccess"><Parameter Name="Target" Type="mscrm.crmbaseentity" Nullable="false" /><Parameter Name="Revokee" Type="mscrm.principal" Nullable="false" /></Action>` +
	`<Action Name="SendAppNotification"><Parameter Name="Title" Type="Edm.String" /><Parameter Name="Recipient" Type="mscrm.principal" Nullable="false" /></Action>` +
	`<Action Name="` + dvOnCall + `"><Parameter Name="EntityLogicalName" Type="Edm.String" /><Parameter Name="Recordid" Type="Edm.String" /><Parameter Name="CustomActionInputs" Type="Edm.String" /></Action>`

// globalOptions answers GlobalOptionSetDefinitions: this organisation has none
// that its columns share.
func (o *dvOrg) globalOptions(call *dvCall, first dvSegment, rest []dvSegment) (dvReply, *dvError) {
	switch {
	case !call.reads():
		return dvReply{}, dvNoMethod(call.method)
	case len(rest) > 0:
		return dvReply{}, dvNoSegment(rest[0].name)
	case first.keyed:
		return dvReply{}, &dvError{status: http.StatusNotFound, code: dvCodeMissing, message: "Could not find an optionset with specified key " + first.args + "."}
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#GlobalOptionSetDefinitions"}, {"value", []dvObject{}}}), nil
}
