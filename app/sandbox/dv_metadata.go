package sandbox

import (
	"net/http"
	"strings"
)

// definition is the metadata of a table as the Web API writes it, in the order
// of its properties.
func (o *dvOrg) definition(t *dvTable) dvObject {
	return dvObject{
		{"LogicalName", t.logical}, {"SchemaName", t.schema}, {"EntitySetName", t.set}, {"LogicalCollectionName", t.set},
		{"PrimaryIdAttribute", t.id}, {"PrimaryNameAttribute", t.name}, {"ObjectTypeCode", t.code},
		{"OwnershipType", t.ownership}, {"ChangeTrackingEnabled", t.tracked},
		{"IsActivity", t.privilege == "Activity"}, {"IsCustomEntity", strings.HasPrefix(t.logical, "msdyn_")},
		{"DisplayName", o.label(t.logical+"/name", t.label)}, {"DisplayCollectionName", o.label(t.logical+"/names", t.labels)},
		{"IsCustomizable", dvObject{{"Value", true}, {"CanBeChanged", true}, {"ManagedPropertyLogicalName", "iscustomizable"}}},
		{"MetadataId", o.guid("metadata/" + t.logical)},
	}
}

// label is a text in every installed language; the users' language is English.
func (o *dvOrg) label(what string, text dvText) dvObject {
	one := func(code int, label string) dvObject {
		return dvObject{{"Label", label}, {"LanguageCode", code}, {"IsManaged", true}, {"MetadataId", o.guid("label/" + what + "/" + label)}, {"HasChanged", nil}}
	}
	return dvObject{
		{"LocalizedLabels", []dvObject{one(1033, text.en), one(1031, text.de)}},
		{"UserLocalizedLabel", one(1033, text.en)},
	}
}

// definitions answers GET of EntityDefinitions: one table, all, or those that a
// $filter on plain properties names. Such lists are never paged.
func (o *dvOrg) definitions(call *dvCall, first dvSegment, rest []dvSegment) (dvReply, *dvError) {
	if !call.reads() {
		return dvReply{}, dvNoMethod(call.method)
	}
	options, err := dvOptions(call.query)
	if err != nil {
		return dvReply{}, err
	}
	if !first.keyed {
		if len(rest) > 0 {
			return dvReply{}, dvNoSegment(rest[0].name)
		}
		return o.definitionList(options)
	}
	t, err := o.definitionOf(first.args)
	if err != nil {
		return dvReply{}, err
	}
	if len(rest) == 1 && rest[0].name == "Attributes" {
		return o.attributeList(t, options)
	}
	if len(rest) > 0 {
		return o.attributes(t, rest)
	}
	body, err := dvSelected(o.definition(t), options["$select"])
	if err != nil {
		return dvReply{}, err
	}
	return dvJSON(http.StatusOK, append(dvObject{{"@odata.context", o.base() + "/$metadata#EntityDefinitions/$entity"}}, body...)), nil
}

func (o *dvOrg) definitionOf(key string) (*dvTable, *dvError) {
	name, value, named := strings.Cut(key, "=")
	for _, t := range o.order {
		if o.tables[t.logical].fault == dvAbsent {
			continue
		}
		if named && name == "LogicalName" && value == "'"+t.logical+"'" || !named && strings.EqualFold(key, o.guid("metadata/"+t.logical)) {
			return t, nil
		}
	}
	return nil, &dvError{status: http.StatusNotFound, code: dvCodeMissing,
		message: "Could not find an entity with specified entity key " + key + "."}
}

// dvSelected keeps the selected members and the id, which always comes.
func dvSelected(all dvObject, selected string) (dvObject, *dvError) {
	if selected == "" {
		return all, nil
	}
	var out dvObject
	for _, name := range strings.Split(selected+",MetadataId", ",") {
		name = strings.TrimSpace(name)
		found := false
		for _, f := range all {
			if f.name == name {
				found = true
				if out.get(name) == nil {
					out = append(out, f)
				}
			}
		}
		if !found {
			return nil, dvBad("Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.EntityMetadata'.", name)
		}
	}
	return out, nil
}

func (o *dvOrg) definitionList(options map[string]string) (dvReply, *dvError) {
	keep := func(dvObject) bool { return true }
	for name, value := range options {
		var err *dvError
		switch name {
		case "$select":
		case "$filter":
			keep, err = dvMetadataFilter(value)
		default:
			if strings.HasPrefix(name, "$") {
				err = dvBad("The query parameter %s is not supported", name)
			}
		}
		if err != nil {
			return dvReply{}, err
		}
	}
	value := []dvObject{}
	for _, t := range o.order {
		all := o.definition(t)
		if o.tables[t.logical].fault == dvAbsent || !keep(all) {
			continue
		}
		one, err := dvSelected(all, options["$select"])
		if err != nil {
			return dvReply{}, err
		}
		value = append(value, one)
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#EntityDefinitions"}, {"value", value}}), nil
}

// dvMetadataFilter reads a filter on metadata. It reuses the parser of rows with
// a table whose columns are the plain properties.
func dvMetadataFilter(s string) (func(dvObject) bool, *dvError) {
	s = strings.ReplaceAll(s, "Microsoft.Dynamics.CRM.OwnershipTypes'", "'")
	t := &dvTable{logical: "EntityMetadata", ownership: "None", columns: []*dvColumn{
		dvStr("LogicalName", 0), dvStr("SchemaName", 0), dvStr("EntitySetName", 0), dvStr("OwnershipType", 0),
		dvOf(dvInt, "ObjectTypeCode"), dvOf(dvBool, "ChangeTrackingEnabled"), dvOf(dvBool, "IsActivity"), dvOf(dvBool, "IsCustomEntity"),
	}}
	f, err := dvParseFilter(nil, t.finish(), s, nil, dvQueryUser{})
	if err != nil {
		return nil, err
	}
	return func(all dvObject) bool {
		r := &dvRow{values: map[string]any{}}
		for _, m := range all {
			r.values[m.name] = m.value
			if n, ok := m.value.(int); ok {
				r.values[m.name] = int64(n)
			}
		}
		return f.test(nil, r)
	}, nil
}

// attributes answers the labels of choices:
// EntityDefinitions(…)/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata.
func (o *dvOrg) attributes(t *dvTable, rest []dvSegment) (dvReply, *dvError) {
	if rest[0].name != "Attributes" || len(rest) != 2 {
		return dvReply{}, dvNoSegment(rest[len(rest)-1].name)
	}
	kind, ok := strings.CutSuffix(strings.TrimPrefix(rest[1].name, "Microsoft.Dynamics.CRM."), "AttributeMetadata")
	if !ok || kind != "Picklist" && kind != "State" && kind != "Status" {
		return dvReply{}, dvNoSegment(rest[1].name)
	}
	value := []dvObject{}
	for _, c := range t.columns {
		if c.choice != kind {
			continue
		}
		options := []dvObject{}
		for _, option := range c.options {
			options = append(options, dvObject{{"Value", option.value}, {"Label", o.label(t.logical+"/"+c.name, option.label)}})
		}
		value = append(value, dvObject{
			{"LogicalName", c.name}, {"MetadataId", o.guid("metadata/" + t.logical + "/" + c.name)},
			{"OptionSet", dvObject{{"Options", options}}}, {"GlobalOptionSet", nil},
		})
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#EntityDefinitions('" + t.logical + "')/Attributes/" + rest[1].name}, {"value", value},
	}), nil
}
