package dataverse

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"chatpane/app/odata"
)

const configSet = "/msdyn_entitylinkchatconfigurations"

// GetLink reads one link row. A missing one is odata.ErrNotFound. One that names
// no chat or no record, which connects nothing, is no error: its ChatID or its
// RecordID is empty.
func (c *Client) GetLink(ctx context.Context, id string) (Link, error) {
	path, err := entity(linkSet[1:], id)
	if err != nil {
		return Link{}, fmt.Errorf("read link: %w", err)
	}
	var l looseLink
	if err := c.odata.Get(ctx, path, linkQuery(""), &l, preferAnnotations()); err != nil {
		return Link{}, fmt.Errorf("read link: %w", err)
	}
	return l.Link, nil
}

// JoinFacts decide whether a user may join the chat of a link.
type JoinFacts struct {
	// Link is the row of the pair that counts, which need not be the row that
	// was asked with; without any it is zero and not live.
	Link Link
	// Join tells that Join is on for the record's type; a type without settings
	// is off. ConfigErr is why the settings could not be read.
	Join      bool
	ConfigErr error
	// Access are the rights of the user on the record, such as "WriteAccess".
	// A record the user may not see gives none, with AccessErr.
	Access    []string
	AccessErr error
}

// JoinFacts reads, in one request, the rows of the pair that a row names, the
// settings of the record's type, and the rights of a user (systemuserid) on
// the record.
func (c *Client) JoinFacts(ctx context.Context, l Link, t Table, me string) (JoinFacts, error) {
	row, err := entity(t.Set, l.RecordID)
	if err != nil {
		return JoinFacts{}, fmt.Errorf("read what joining needs: %w", err)
	}
	user, err := entity("systemusers", me)
	if err != nil {
		return JoinFacts{}, fmt.Errorf("read what joining needs: %w", err)
	}
	target := url.QueryEscape("{'@odata.id':'" + strings.TrimPrefix(row, "/") + "'}")
	answers, err := c.odata.BatchMultipart(ctx, []odata.BatchItem{
		{ID: "links", Path: linkSet + odata.Query(linkQuery("msdyn_teamschatid eq "+quote(l.ChatID)+" and "+regarding(l.RecordID))), Header: annotated()},
		{ID: "config", Path: configSet + odata.Query(url.Values{
			"$select": {"msdyn_usercanjoinchat"}, "$expand": {"msdyn_entitytype($select=logicalname)"}, "$filter": {"statecode eq 0"},
		})},
		{ID: "access", Path: user + "/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@tid)?@tid=" + target},
	})
	if err != nil {
		return JoinFacts{}, fmt.Errorf("read what joining needs: %w", err)
	}
	var out JoinFacts
	links, err := c.decodeLinks(ctx, answers[0])
	if err != nil {
		return JoinFacts{}, fmt.Errorf("read the links of a pair: %w", err)
	}
	links = slices.DeleteFunc(links, func(o Link) bool { return o.ChatID != l.ChatID || o.RecordID != l.RecordID || o.Table != l.Table })
	if len(links) > 0 {
		slices.SortFunc(links, newest)
		out.Link = links[0]
	}
	out.Join, out.ConfigErr = decodeJoin(answers[1], t.Logical)
	var access struct{ AccessRights string }
	if out.AccessErr = answers[2].Decode(&access); out.AccessErr == nil {
		out.Access = rights(access.AccessRights)
	}
	return out, nil
}

// decodeJoin tells whether every active row of settings of a table has Join on.
func decodeJoin(a odata.BatchAnswer, table string) (bool, error) {
	var page struct {
		Value []lenientConfig
		Next  string `json:"@odata.nextLink"`
	}
	if err := a.Decode(&page); err != nil {
		return false, err
	}
	if page.Next != "" {
		return false, fmt.Errorf("%w: settings of record types on more than one page", odata.ErrBadReply)
	}
	on := false
	for _, row := range page.Value {
		if row.Table != table {
			continue
		}
		if !row.Join {
			return false, nil
		}
		on = true
	}
	return on, nil
}

// lenientConfig is a row of settings that stays empty where it cannot be read.
type lenientConfig struct{ LinkConfig }

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (l *lenientConfig) UnmarshalJSON(data []byte) error {
	if l.LinkConfig.UnmarshalJSON(data) != nil {
		l.LinkConfig = LinkConfig{}
	}
	return nil
}

// ConfirmLink makes a row say again what it says, in the caller's name, if it
// has not changed since it had the etag; so the caller is who modified it last.
func (c *Client) ConfirmLink(ctx context.Context, l Link) (Link, error) {
	got, err := c.patch(ctx, l.ID, map[string]any{
		"msdyn_teamschatid": l.ChatID, "msdyn_regardingobjectid": l.RecordID, "msdyn_regardingobjectname": l.Table,
		"msdyn_entityrecordstate": associate,
	}, odata.IfMatch(etagOr(l.ETag)))
	if err != nil {
		return Link{}, fmt.Errorf("confirm link: %w", err)
	}
	return got, nil
}

// InsertLink makes a row with an id of the caller's choice beside those of the
// pair, or reads it when it is there: a row that the caller created.
func (c *Client) InsertLink(ctx context.Context, l Link) (Link, error) {
	got, err := c.insert(ctx, l)
	if err != nil {
		return Link{}, fmt.Errorf("add link: %w", err)
	}
	return got, nil
}
