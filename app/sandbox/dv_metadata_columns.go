package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// attributeType is the AttributeType of a column.
func (c *dvColumn) attributeType() string {
	switch c.kind {
	case dvMemo:
		return "Memo"
	case dvInt:
		return "Integer"
	case dvBigInt:
		return "BigInt"
	case dvBool:
		return "Boolean"
	case dvTime:
		return "DateTime"
	case dvGUID:
		return "Uniqueidentifier"
	case dvChoice:
		return c.choice
	case dvLookup:
		switch c.name {
		case "ownerid":
			return "Owner"
		case "customerid":
			return "Customer"
		}
		return "Lookup"
	case dvString:
	}
	return "String"
}

// dvColumnLabels are what people call the columns that views show. Others are
// called by their names.
var dvColumnLabels = map[string]dvText{
	"title": {"Case Title", "Anfragetitel"}, "ticketnumber": {"Case Number", "Anfragenummer"},
	"prioritycode": {"Priority", "Priorität"}, "statuscode": {"Status Reason", "Statusgrund"}, "statecode": {"Status", "Status"},
	"customerid": {"Customer", "Kunde"}, "createdon": {"Created On", "Erstellt am"}, "modifiedon": {"Modified On", "Geändert am"},
	"ownerid": {"Owner", "Besitzer"}, "name": {"Account Name", "Firmenname"}, "accountnumber": {"Account Number", "Firmennummer"},
	"telephone1": {"Main Phone", "Haupttelefon"}, "address1_city": {"City", "Ort"}, "primarycontactid": {"Primary Contact", "Primärer Kontakt"},
	"fullname": {"Full Name", "Vollständiger Name"}, "subject": {"Subject", "Betreff"}, "description": {"Description", "Beschreibung"},
	"emailaddress1": {"Email", "E-Mail"}, "resolveby": {"Resolve By", "Lösen bis"},
}

// attributesOf are the columns of a table, of one type or of all.
func (o *dvOrg) attributesOf(t *dvTable, kind string) []dvObject {
	out := []dvObject{}
	for _, c := range t.columns {
		if kind == "" || c.attributeType() == kind || kind == "Lookup" && c.kind == dvLookup {
			out = append(out, o.attribute(t, c, kind))
		}
	}
	return out
}

// attribute is the metadata of a column. The properties of its own type come
// only when that type was asked for, as after a cast.
func (o *dvOrg) attribute(t *dvTable, c *dvColumn, cast string) dvObject {
	label, ok := dvColumnLabels[c.name]
	if !ok {
		label = dvText{c.name, c.name}
	}
	kind := c.attributeType()
	required := "None"
	if c.required {
		required = "ApplicationRequired"
	}
	class := kind
	if c.kind == dvLookup {
		class = "Lookup"
	}
	out := dvObject{
		{"@odata.type", "#Microsoft.Dynamics.CRM." + class + "AttributeMetadata"},
		{"LogicalName", c.name}, {"SchemaName", c.name}, {"EntityLogicalName", t.logical}, {"AttributeType", kind}, {"AttributeTypeName", dvObject{{"Value", kind + "Type"}}},
		{"DisplayName", o.label(t.logical+"/"+c.name, label)}, {"RequiredLevel", dvObject{{"Value", required}, {"CanBeChanged", true}, {"ManagedPropertyLogicalName", "canmodifyrequirementlevelsettings"}}},
		{"IsPrimaryId", c.name == t.id}, {"IsPrimaryName", c.name == t.name}, {"IsCustomAttribute", t.custom && !c.readOnly},
		{"IsValidForRead", true}, {"IsValidForCreate", !c.readOnly}, {"IsValidForUpdate", !c.readOnly && !c.once && c.name != t.id}, {"IsLogical", false},
		{"MetadataId", o.guid("metadata/" + t.logical + "/" + c.name)},
	}
	if cast == "" {
		return out
	}
	switch c.kind {
	case dvLookup:
		out = append(out, dvField{"Targets", c.targets})
	case dvString, dvMemo:
		out = append(out, dvField{"MaxLength", c.max}, dvField{"Format", "Text"})
	case dvTime:
		out = append(out, dvField{"Format", "DateAndTime"}, dvField{"DateTimeBehavior", dvObject{{"Value", "UserLocal"}}})
	case dvChoice:
		out = append(out, dvField{"DefaultFormValue", c.fallback})
	}
	return out
}

// belowDefinition answers what lies below one table's metadata: its columns,
// one of them, those of a type, and its relationships.
func (o *dvOrg) belowDefinition(t *dvTable, rest []dvSegment, options map[string]string) (dvReply, *dvError) {
	context := "EntityDefinitions('" + t.logical + "')/" + rest[0].name
	if rest[0].name != "Attributes" {
		all, kind := o.partsOf(t, rest[0].name)
		if kind == "" || len(rest) > 1 || rest[0].keyed {
			return dvReply{}, dvNoSegment(rest[len(rest)-1].name)
		}
		return o.metadataList(all, kind, context, options)
	}
	cast := ""
	if last := rest[len(rest)-1]; len(rest) == 2 {
		var ok bool
		cast, ok = strings.CutSuffix(strings.TrimPrefix(last.name, dvMetadataPrefix), "AttributeMetadata")
		if !ok || !strings.HasPrefix(last.name, dvMetadataPrefix) || !dvCasts[cast] {
			return dvReply{}, dvNoSegment(last.name)
		}
		context += "/" + last.name
	} else if len(rest) > 2 {
		return dvReply{}, dvNoSegment(last.name)
	}
	if rest[0].keyed {
		return o.oneAttribute(t, rest[0].args, cast, options)
	}
	all := o.attributesOf(t, cast)
	if options["$expand"] != "" && cast == "" {
		return dvReply{}, dvNoProperty(strings.Split(options["$expand"], "(")[0], &dvTable{logical: "AttributeMetadata"})
	}
	value, err := dvMetadataValues(all, cast+"AttributeMetadata", options)
	if err != nil {
		return dvReply{}, err
	}
	for i := range value {
		if value[i], err = o.withOptions(t, value[i], cast, options["$expand"]); err != nil {
			return dvReply{}, err
		}
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#" + context}, {"value", value}}), nil
}

// dvCasts are the types of columns that a path may ask for.
var dvCasts = map[string]bool{"Picklist": true, "State": true, "Status": true, "Lookup": true, "String": true, "Memo": true, "Integer": true,
	"BigInt": true, "Boolean": true, "DateTime": true, "Uniqueidentifier": true, "MultiSelectPicklist": true, "Decimal": true, "Double": true, "Money": true, "Image": true, "File": true}

// oneAttribute answers Attributes(LogicalName='x') or Attributes(<MetadataId>).
func (o *dvOrg) oneAttribute(t *dvTable, key, cast string, options map[string]string) (dvReply, *dvError) {
	for _, c := range t.columns {
		if key != "LogicalName='"+c.name+"'" && !strings.EqualFold(key, o.guid("metadata/"+t.logical+"/"+c.name)) {
			continue
		}
		if cast != "" && c.attributeType() != cast && (cast != "Lookup" || c.kind != dvLookup) {
			break
		}
		one, err := dvSelected(o.attribute(t, c, cast), options["$select"], cast+"AttributeMetadata")
		if err != nil {
			return dvReply{}, err
		}
		if one, err = o.withOptions(t, one, cast, options["$expand"]); err != nil {
			return dvReply{}, err
		}
		return dvJSON(http.StatusOK, append(dvObject{{"@odata.context", o.base() + "/$metadata#EntityDefinitions('" + t.logical + "')/Attributes/$entity"}}, one...)), nil
	}
	return dvReply{}, &dvError{status: http.StatusNotFound, code: dvCodeMissing,
		message: "Could not find an attribute with specified key " + key + " on the entity '" + t.logical + "'."}
}

// withOptions adds the expanded option set of a choice.
func (o *dvOrg) withOptions(t *dvTable, one dvObject, cast, expand string) (dvObject, *dvError) {
	for _, item := range dvSplit(expand, ',') {
		name, _, _ := strings.Cut(strings.TrimSpace(item), "(")
		switch {
		case cast != "Picklist" && cast != "State" && cast != "Status" || name != "OptionSet" && name != "GlobalOptionSet":
			return nil, dvNoProperty(name, &dvTable{logical: cast + "AttributeMetadata"})
		case name == "GlobalOptionSet":
			one = append(one, dvField{name, nil})
		default:
			one = append(one, dvField{name, o.optionSet(t, one.get("MetadataId"))})
		}
	}
	return one, nil
}

func (o *dvOrg) optionSet(t *dvTable, id any) any {
	for _, c := range t.columns {
		if o.guid("metadata/"+t.logical+"/"+c.name) != id {
			continue
		}
		options := []dvObject{}
		for _, x := range c.options {
			options = append(options, dvObject{{"Value", x.value}, {"Label", o.label(t.logical+"/"+c.name, x.label)}})
		}
		return dvObject{{"Name", t.logical + "_" + c.name}, {"IsGlobal", false}, {"OptionSetType", c.choice}, {"MetadataId", o.guid("options/" + t.logical + "/" + c.name)}, {"Options", options}}
	}
	return nil
}

// relationship is the metadata of a lookup to one of its targets.
func (o *dvOrg) relationship(t *dvTable, c *dvColumn, target *dvTable) dvObject {
	name := dvCollectionName(t, c, target.logical)
	if m := target.collectionOf(t.logical, c.name); m != nil {
		name = m.name
	}
	return dvObject{
		{"@odata.type", "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata"},
		{"SchemaName", name}, {"RelationshipType", "OneToManyRelationship"}, {"IsCustomRelationship", t.custom},
		{"ReferencedEntity", target.logical}, {"ReferencedAttribute", target.id}, {"ReferencedEntityNavigationPropertyName", name},
		{"ReferencingEntity", t.logical}, {"ReferencingAttribute", c.name}, {"ReferencingEntityNavigationPropertyName", c.navs[target.logical]},
		{"MetadataId", o.guid("relationship/" + t.logical + "/" + c.name + "/" + target.logical)},
	}
}

func (o *dvOrg) manyToOne(t *dvTable) []dvObject {
	out := []dvObject{}
	for _, c := range t.columns {
		for _, name := range c.targets {
			if target := o.metadata[name]; target != nil {
				out = append(out, o.relationship(t, c, target))
			}
		}
	}
	return out
}

func (o *dvOrg) oneToMany(t *dvTable) []dvObject {
	out := []dvObject{}
	for _, other := range o.order {
		for _, c := range other.columns {
			if slices.Contains(c.targets, t.logical) {
				out = append(out, o.relationship(other, c, t))
			}
		}
	}
	return out
}

func (o *dvOrg) manyToMany(t *dvTable) []dvObject {
	out := []dvObject{}
	for _, m := range t.many {
		if m.via == "" {
			continue
		}
		first, second := t, o.metadata[m.target]
		near, far := m.near, m.far
		if first.logical > second.logical {
			first, second, near, far = second, first, far, near
		}
		out = append(out, dvObject{
			{"@odata.type", "#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata"},
			{"SchemaName", m.name}, {"RelationshipType", "ManyToManyRelationship"}, {"IntersectEntityName", m.via},
			{"Entity1LogicalName", first.logical}, {"Entity1IntersectAttribute", near}, {"Entity1NavigationPropertyName", m.name},
			{"Entity2LogicalName", second.logical}, {"Entity2IntersectAttribute", far}, {"Entity2NavigationPropertyName", m.name},
			{"MetadataId", o.guid("relationship/" + m.name)},
		})
	}
	return out
}

func (o *dvOrg) keysOf(t *dvTable) []dvObject {
	if t.alternate == "" {
		return []dvObject{}
	}
	return []dvObject{{{"LogicalName", t.alternate}, {"SchemaName", t.alternate}, {"EntityLogicalName", t.logical}, {"KeyAttributes", []string{t.alternate}},
		{"EntityKeyIndexStatus", "Active"}, {"MetadataId", o.guid("key/" + t.logical)}}}
}

// relationshipList answers RelationshipDefinitions, all of them or those of a type.
func (o *dvOrg) relationshipList(call *dvCall, first dvSegment, rest []dvSegment) (dvReply, *dvError) {
	if !call.reads() {
		return dvReply{}, dvNoMethod(call.method)
	}
	options, err := dvMetadataOptions(call.query)
	if err != nil {
		return dvReply{}, err
	}
	var one, many []dvObject
	seen := map[any]bool{}
	for _, t := range o.order {
		one = append(one, o.manyToOne(t)...)
		for _, m := range o.manyToMany(t) {
			if !seen[m.get("MetadataId")] {
				seen[m.get("MetadataId")] = true
				many = append(many, m)
			}
		}
	}
	all := append(append([]dvObject{}, one...), many...)
	kind := "RelationshipMetadataBase"
	if len(rest) == 1 && rest[0].name == dvMetadataPrefix+"OneToManyRelationshipMetadata" {
		all, kind = one, "OneToManyRelationshipMetadata"
	} else if len(rest) == 1 && rest[0].name == dvMetadataPrefix+"ManyToManyRelationshipMetadata" {
		all, kind = many, "ManyToManyRelationshipMetadata"
	} else if len(rest) > 0 {
		return dvReply{}, dvNoSegment(rest[0].name)
	}
	if !first.keyed {
		return o.metadataList(all, kind, "RelationshipDefinitions", options)
	}
	for _, x := range all {
		if first.args == "SchemaName='"+x.get("SchemaName").(string)+"'" || strings.EqualFold(first.args, x.get("MetadataId").(string)) {
			shown, err := dvSelected(x, options["$select"], kind)
			if err != nil {
				return dvReply{}, err
			}
			return dvJSON(http.StatusOK, append(dvObject{{"@odata.context", o.base() + "/$metadata#RelationshipDefinitions/$entity"}}, shown...)), nil
		}
	}
	return dvReply{}, &dvError{status: http.StatusNotFound, code: dvCodeMissing, message: "Could not find a relationship with specified key " + first.args + "."}
}
