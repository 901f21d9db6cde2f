package sandbox

import (
	"net/http"
	"regexp"
	"strings"
)

// definition is the metadata of a table as the Web API writes it, in the order
// of its properties.
func (o *dvOrg) definition(t *dvTable) dvObject {
	return dvObject{
		{"LogicalName", t.logical}, {"SchemaName", t.schema}, {"EntitySetName", t.set}, {"LogicalCollectionName", t.set},
		{"PrimaryIdAttribute", t.id}, {"PrimaryNameAttribute", t.name}, {"ObjectTypeCode", t.code},
		{"OwnershipType", t.ownership}, {"ChangeTrackingEnabled", t.tracked},
		{"IsActivity", t.activity || t.logical == "activitypointer"}, {"IsCustomEntity", t.custom || strings.HasPrefix(t.logical, "msdyn_")},
		{"DisplayName", o.label(t.logical+"/name", t.label)}, {"DisplayCollectionName", o.label(t.logical+"/names", t.labels)},
		{"IsIntersect", t.logical == "teammembership" || t.logical == "systemuserroles"}, {"IsManaged", !t.custom}, {"HasNotes", t.collectionOf("annotation", "objectid") != nil},
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

// dvMetadataPrefix stands before the name of a type in a path.
const dvMetadataPrefix = "Microsoft.Dynamics.CRM."

// definitions answers GET of EntityDefinitions: one table, all, or those that a
// $filter on plain properties names. Such lists are never paged.
func (o *dvOrg) definitions(call *dvCall, first dvSegment, rest []dvSegment) (dvReply, *dvError) {
	if !call.reads() {
		return dvReply{}, dvNoMethod(call.method)
	}
	options, err := dvMetadataOptions(call.query)
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
	if len(rest) > 0 {
		return o.belowDefinition(t, rest, options)
	}
	one, err := o.shownDefinition(t, options)
	if err != nil {
		return dvReply{}, err
	}
	return dvJSON(http.StatusOK, append(dvObject{{"@odata.context", o.base() + "/$metadata#EntityDefinitions/$entity"}}, one...)), nil
}

// dvMetadataOptions reads the options of a question about metadata, which knows
// three of them.
func dvMetadataOptions(query string) (map[string]string, *dvError) {
	options, err := dvOptions(query)
	if err != nil {
		return nil, err
	}
	for name, value := range options {
		if name == "$count" && value != "true" && value != "false" {
			return nil, dvBad("Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", value)
		}
		if strings.HasPrefix(name, "$") && name != "$select" && name != "$filter" && name != "$expand" && name != "$count" {
			return nil, dvBad("The query parameter %s is not supported", name)
		}
	}
	return options, nil
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
func dvSelected(all dvObject, selected, kind string) (dvObject, *dvError) {
	if selected == "" {
		return all, nil
	}
	var out dvObject
	for _, name := range strings.Split("@odata.type,"+selected+",MetadataId", ",") {
		name = strings.TrimSpace(name)
		found := name == "@odata.type"
		for _, f := range all {
			if f.name == name {
				found = true
				if out.get(name) == nil {
					out = append(out, f)
				}
			}
		}
		if !found {
			return nil, dvBad("Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.%s'.", name, kind)
		}
	}
	return out, nil
}

// shownDefinition is the metadata of a table with what is expanded.
func (o *dvOrg) shownDefinition(t *dvTable, options map[string]string) (dvObject, *dvError) {
	one, err := dvSelected(o.definition(t), options["$select"], "EntityMetadata")
	if err != nil {
		return nil, err
	}
	for _, item := range dvSplit(options["$expand"], ',') {
		name, inner, _ := strings.Cut(strings.TrimSpace(item), "(")
		inner, closed := strings.CutSuffix(inner, ")")
		if closed != strings.Contains(item, "(") {
			return nil, dvBad("Found an unbalanced bracket expression in '%s'.", options["$expand"])
		}
		all, kind := o.partsOf(t, name)
		if kind == "" {
			return nil, dvNoProperty(name, &dvTable{logical: "EntityMetadata"})
		}
		below := map[string]string{}
		for _, option := range dvSplit(inner, ';') {
			key, v, _ := strings.Cut(option, "=")
			below[strings.TrimSpace(key)] = v
		}
		value, err := dvMetadataValues(all, kind, below)
		if err != nil {
			return nil, err
		}
		one = append(one, dvField{name, value})
	}
	return one, nil
}

// partsOf are the columns or the relationships of a table, and the name of
// their type.
func (o *dvOrg) partsOf(t *dvTable, name string) ([]dvObject, string) {
	switch name {
	case "Attributes":
		return o.attributesOf(t, ""), "AttributeMetadata"
	case "ManyToOneRelationships":
		return o.manyToOne(t), "OneToManyRelationshipMetadata"
	case "OneToManyRelationships":
		return o.oneToMany(t), "OneToManyRelationshipMetadata"
	case "ManyToManyRelationships":
		return o.manyToMany(t), "ManyToManyRelationshipMetadata"
	case "Keys":
		return o.keysOf(t), "EntityKeyMetadata"
	}
	return nil, ""
}

// dvMetadataValues filters and selects a list of metadata.
func dvMetadataValues(all []dvObject, kind string, options map[string]string) ([]dvObject, *dvError) {
	keep, err := dvMetadataFilter(options["$filter"], kind, all)
	if err != nil {
		return nil, err
	}
	value := []dvObject{}
	for _, x := range all {
		if !keep(x) {
			continue
		}
		one, err := dvSelected(x, options["$select"], kind)
		if err != nil {
			return nil, err
		}
		value = append(value, one)
	}
	return value, nil
}

// metadataList answers with a list of metadata.
func (o *dvOrg) metadataList(all []dvObject, kind, context string, options map[string]string) (dvReply, *dvError) {
	value, err := dvMetadataValues(all, kind, options)
	if err != nil {
		return dvReply{}, err
	}
	out := dvObject{{"@odata.context", o.base() + "/$metadata#" + context}}
	if options["$count"] == "true" {
		out = append(out, dvField{"@odata.count", len(value)})
	}
	return dvJSON(http.StatusOK, append(out, dvField{"value", value})), nil
}

func (o *dvOrg) definitionList(options map[string]string) (dvReply, *dvError) {
	var all []dvObject
	byID := map[any]*dvTable{}
	for _, t := range o.order {
		if o.tables[t.logical].fault != dvAbsent {
			all = append(all, o.definition(t))
			byID[o.guid("metadata/"+t.logical)] = t
		}
	}
	if options["$expand"] == "" {
		return o.metadataList(all, "EntityMetadata", "EntityDefinitions", options)
	}
	kept, err := dvMetadataValues(all, "EntityMetadata", map[string]string{"$filter": options["$filter"]})
	if err != nil {
		return dvReply{}, err
	}
	value := []dvObject{}
	for _, x := range kept {
		one, err := o.shownDefinition(byID[x.get("MetadataId")], options)
		if err != nil {
			return dvReply{}, err
		}
		value = append(value, one)
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", o.base() + "/$metadata#EntityDefinitions"}, {"value", value}}), nil
}

// dvEnumLiteral is the type before an enum's value, as in
// Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'.
var dvEnumLiteral = regexp.MustCompile(`Microsoft\.Dynamics\.CRM\.\w+'`)

// dvMetadataFilter reads a filter on metadata. It reuses the parser of rows with
// a table whose columns are the plain properties; managed properties are
// reached by IsCustomizable/Value, labels cannot be filtered.
func dvMetadataFilter(s, kind string, all []dvObject) (func(dvObject) bool, *dvError) {
	if s == "" {
		return func(dvObject) bool { return true }, nil
	}
	t := &dvTable{logical: kind, ownership: "None"}
	seen := map[string]bool{}
	for _, x := range all {
		for _, m := range x.flat() {
			if c := dvColumnFor(m); c != nil && !seen[m.name] {
				seen[m.name] = true
				t.columns = append(t.columns, c)
			}
		}
	}
	f, err := dvParseFilter(nil, t.finish(), dvEnumLiteral.ReplaceAllString(s, "'"), nil, dvQueryUser{})
	if err != nil {
		return nil, err
	}
	return func(x dvObject) bool {
		r := &dvRow{values: map[string]any{}}
		for _, m := range x.flat() {
			r.values[m.name] = m.value
			if n, ok := m.value.(int); ok {
				r.values[m.name] = int64(n)
			}
		}
		return f.test(nil, r)
	}, nil
}

// flat are the members with those of managed properties beside them.
func (o dvObject) flat() dvObject {
	out := o
	for _, m := range o {
		if inner, ok := m.value.(dvObject); ok && inner.get("Value") != nil {
			out = append(out[:len(out):len(out)], dvField{m.name + "/Value", inner.get("Value")})
		}
	}
	return out
}

func dvColumnFor(m dvField) *dvColumn {
	switch v := m.value.(type) {
	case string:
		if dvIsGUID(v) {
			return dvOf(dvGUID, m.name)
		}
		return dvStr(m.name, 0)
	case int:
		return dvOf(dvInt, m.name)
	case bool:
		return dvOf(dvBool, m.name)
	}
	return nil
}
