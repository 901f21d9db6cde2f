package dataverse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"chatpane/app/odata"
)

// Table is what the product needs to know of a table.
type Table struct {
	Logical     string // logical name, such as "incident"
	Set         string // entity set, such as "incidents"
	PrimaryID   string // column of the id
	PrimaryName string // column of the name; empty for tables without one
	DisplayName string // in the user's language
	TypeCode    int    // differs between environments for custom tables
	UserOwned   bool   // rows have an owner
}

const tableSelect = "LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,DisplayName,ObjectTypeCode,OwnershipType"

// definition is an EntityMetadata, or a list with one.
type definition struct {
	LogicalName          string
	EntitySetName        string
	PrimaryIDAttribute   string `json:"PrimaryIdAttribute"`
	PrimaryNameAttribute string
	ObjectTypeCode       int
	OwnershipType        string
	DisplayName          struct {
		UserLocalizedLabel *struct{ Label string }
		LocalizedLabels    []struct{ Label string }
	}
	Value []definition `json:"value"`
}

func (d definition) table() (Table, error) {
	if len(d.Value) == 1 { // documented so for a single table
		d = d.Value[0]
	}
	t := Table{Logical: d.LogicalName, Set: d.EntitySetName, PrimaryID: d.PrimaryIDAttribute, PrimaryName: d.PrimaryNameAttribute,
		TypeCode: d.ObjectTypeCode, UserOwned: d.OwnershipType == "UserOwned"}
	switch labels := d.DisplayName.LocalizedLabels; {
	case d.DisplayName.UserLocalizedLabel != nil:
		t.DisplayName = d.DisplayName.UserLocalizedLabel.Label
	case len(labels) > 0:
		t.DisplayName = labels[0].Label
	}
	if t.DisplayName == "" {
		t.DisplayName = t.Logical
	}
	if t.Logical == "" || t.Set == "" || t.PrimaryID == "" {
		return Table{}, fmt.Errorf("%w: table definition without its names", odata.ErrBadReply)
	}
	return t, nil
}

func tablePath(logical string) (string, error) {
	logical, err := logicalName(logical)
	if err != nil {
		return "", fmt.Errorf("table %q: %w", logical, err)
	}
	return "/EntityDefinitions(LogicalName='" + logical + "')", nil
}

// Table reads the definition of a table. An unknown one is odata.ErrNotFound.
func (c *Client) Table(ctx context.Context, logical string) (Table, error) {
	path, err := tablePath(logical)
	if err != nil {
		return Table{}, err
	}
	var d definition
	if err := c.odata.Get(ctx, path, url.Values{"$select": {tableSelect}}, &d); err != nil {
		return Table{}, fmt.Errorf("read definition of %s: %w", logical, err)
	}
	return d.table()
}

// Tables reads the definitions of tables in one request. Tables that are
// unknown to the environment are left out.
func (c *Client) Tables(ctx context.Context, logical []string) (map[string]Table, error) {
	items := make([]odata.BatchItem, 0, len(logical))
	for _, name := range logical {
		path, err := tablePath(name)
		if err != nil {
			return nil, err
		}
		items = append(items, odata.BatchItem{ID: name, Path: path + odata.Query(url.Values{"$select": {tableSelect}})})
	}
	answers, err := c.odata.BatchMultipart(ctx, items)
	if err != nil {
		return nil, fmt.Errorf("read table definitions: %w", err)
	}
	out := make(map[string]Table, len(answers))
	for _, a := range answers {
		var d definition
		if err := a.Decode(&d); errors.Is(err, odata.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("read definition of %s: %w", a.ID, err)
		}
		t, err := d.table()
		if err != nil {
			return nil, err
		}
		out[a.ID] = t
	}
	return out, nil
}

// LinkConfig is one record type's chat settings.
type LinkConfig struct {
	Table           string // logical name
	AutoName        bool
	Join            bool
	OwnerUnlink     bool
	ConnectorUnlink bool
	Note            bool
	NoteView        string // id of the view whose columns the note shows
}

// UnmarshalJSON implements json.Unmarshaler for a row of
// msdyn_entitylinkchatconfiguration with its entity type expanded.
func (l *LinkConfig) UnmarshalJSON(data []byte) error {
	var row struct {
		Type *struct {
			LogicalName string `json:"logicalname"`
		} `json:"msdyn_entitytype"`
		AutoName        bool   `json:"msdyn_enableautonamechats"`
		Join            bool   `json:"msdyn_usercanjoinchat"`
		OwnerUnlink     bool   `json:"msdyn_recordownercanunlink"`
		ConnectorUnlink bool   `json:"msdyn_recentchatlinkercanunlink"`
		Note            bool   `json:"msdyn_enablekickoffmessage"`
		NoteView        string `json:"msdyn_contextviewid"`
	}
	if err := lenient(data, &row); err != nil {
		return err
	}
	if row.Type == nil || row.Type.LogicalName == "" {
		return errors.New("settings of no table")
	}
	*l = LinkConfig{row.Type.LogicalName, row.AutoName, row.Join, row.OwnerUnlink, row.ConnectorUnlink, row.Note, row.NoteView}
	return nil
}

func configQuery() url.Values {
	return url.Values{
		"$select": {"msdyn_enableautonamechats,msdyn_usercanjoinchat,msdyn_recordownercanunlink,msdyn_recentchatlinkercanunlink,msdyn_enablekickoffmessage,msdyn_contextviewid"},
		"$expand": {"msdyn_entitytype($select=logicalname)"},
		"$filter": {"statecode eq 0"},
	}
}

// Configs reads the chat settings of all record types. Without the tables the
// error is odata.ErrNotFound, without the right to read them odata.ErrForbidden.
func (c *Client) Configs(ctx context.Context) ([]LinkConfig, error) {
	return c.moreConfigs(ctx, nil, configSet, configQuery())
}

// moreConfigs reads pages of settings behind those already read.
func (c *Client) moreConfigs(ctx context.Context, out []LinkConfig, path string, q url.Values) ([]LinkConfig, error) {
	for page, err := range odata.Pages[LinkConfig](ctx, c.odata, path, q) {
		if err != nil {
			return nil, fmt.Errorf("read chat settings of record types: %w", err)
		}
		out = append(out, page...)
	}
	return out, nil
}

// decodeConfigs reads the answer to a batched read of settings, and its further
// pages.
func (c *Client) decodeConfigs(ctx context.Context, a odata.BatchAnswer) ([]LinkConfig, error) {
	var page struct {
		Value []lenientConfig
		Next  string `json:"@odata.nextLink"`
	}
	if err := a.Decode(&page); err != nil {
		return nil, err
	}
	out := make([]LinkConfig, 0, len(page.Value))
	for _, row := range page.Value {
		if row.Table != "" {
			out = append(out, row.LinkConfig)
		}
	}
	if page.Next == "" {
		return out, nil
	}
	return c.moreConfigs(ctx, out, page.Next, nil)
}

// lenient decodes an object and leaves fields of a wrong form empty.
func lenient(data []byte, into any) error {
	var kind *json.UnmarshalTypeError
	if err := json.Unmarshal(data, into); err != nil && !errors.As(err, &kind) {
		return err
	}
	return nil
}
