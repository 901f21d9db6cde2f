package sandbox

import (
	"net/http"
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

// attributeList answers EntityDefinitions(…)/Attributes: the columns of a table
// that a $filter on their plain properties names, never paged.
func (o *dvOrg) attributeList(t *dvTable, options map[string]string) (dvReply, *dvError) {
	keep := func(dvObject) bool { return true }
	if f := options["$filter"]; f != "" {
		parsed, err := dvParseFilter(nil, dvAttributeMetadata(), f, nil, dvQueryUser{})
		if err != nil {
			return dvReply{}, err
		}
		keep = func(all dvObject) bool {
			r := &dvRow{values: map[string]any{}}
			for _, m := range all {
				r.values[m.name] = m.value
			}
			return parsed.test(nil, r)
		}
	}
	value := []dvObject{}
	for _, c := range t.columns {
		label, ok := dvColumnLabels[c.name]
		if !ok {
			label = dvText{c.name, c.name}
		}
		kind := c.attributeType()
		all := dvObject{
			{"@odata.type", "#Microsoft.Dynamics.CRM." + kind + "AttributeMetadata"},
			{"LogicalName", c.name}, {"AttributeType", kind}, {"AttributeTypeName", dvObject{{"Value", kind + "Type"}}},
			{"DisplayName", o.label(t.logical+"/"+c.name, label)}, {"MetadataId", o.guid("metadata/" + t.logical + "/" + c.name)},
		}
		if !keep(all) {
			continue
		}
		one := all
		if s := options["$select"]; s != "" {
			var err *dvError
			if one, err = dvSelected(all, "@odata.type,"+s); err != nil {
				return dvReply{}, err
			}
		}
		value = append(value, one)
	}
	return dvJSON(http.StatusOK, dvObject{
		{"@odata.context", o.base() + "/$metadata#EntityDefinitions('" + strings.ToLower(t.logical) + "')/Attributes"}, {"value", value},
	}), nil
}

// dvAttributeMetadata are the plain properties of columns, as a table.
func dvAttributeMetadata() *dvTable {
	t := &dvTable{logical: "AttributeMetadata", ownership: "None", columns: []*dvColumn{dvStr("LogicalName", 0), dvStr("AttributeType", 0)}}
	return t.finish()
}
