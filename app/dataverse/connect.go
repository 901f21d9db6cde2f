package dataverse

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf16"

	"chatpane/app/odata"
)

// maxLinkName is the longest name a link row holds, in UTF-16 code units.
const maxLinkName = 100

// associate and dissociate are the values of msdyn_entityrecordstate.
const (
	associate  = 0
	dissociate = 1
)

// PutLink connects a chat and a record and returns the row that says so. The
// rows of the pair are read first, so that a row of Microsoft's pane is found:
// the newest one is revived, or left as it is when it is live. Only without
// any a row with l.ID is made; when another client was faster with that id,
// its row is adopted. The error is odata.ErrConflict when others keep changing
// the row.
func (c *Client) PutLink(ctx context.Context, l Link) (Link, error) {
	record, err := guid(l.RecordID)
	if err != nil {
		return Link{}, fmt.Errorf("connect to record: %w", err)
	}
	l.RecordID = record
	rows, err := c.pair(ctx, l)
	if err != nil {
		return Link{}, fmt.Errorf("connect chat: read its links: %w", err)
	}
	var got Link
	if len(rows) > 0 {
		got, err = c.revive(ctx, l, rows[0])
	} else {
		got, err = c.insert(ctx, l)
	}
	if err != nil {
		return Link{}, fmt.Errorf("connect chat: %w", err)
	}
	return got, nil
}

// pair reads the rows of a chat and a record, the one that counts first.
func (c *Client) pair(ctx context.Context, l Link) ([]Link, error) {
	q := linkQuery("msdyn_teamschatid eq " + quote(l.ChatID) + " and " + regarding(l.RecordID))
	page, err := odata.GetPage[Link](ctx, c.odata, linkSet, q, preferAnnotations())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(page.Value, newest)
	return page.Value, nil
}

// revive makes a row live again, unless it is. If the row changed or went since
// it was read, the pair is read once more; the second conflict is the caller's.
func (c *Client) revive(ctx context.Context, want, row Link) (Link, error) {
	got, err := c.makeLive(ctx, want, row)
	if !errors.Is(err, odata.ErrConflict) && !errors.Is(err, odata.ErrNotFound) {
		return got, err
	}
	rows, err := c.pair(ctx, want)
	if err != nil {
		return Link{}, err
	}
	if len(rows) == 0 {
		return c.insert(ctx, want)
	}
	return c.makeLive(ctx, want, rows[0])
}

func (c *Client) makeLive(ctx context.Context, want, row Link) (Link, error) {
	if row.Live {
		return row, nil
	}
	changes := map[string]any{"msdyn_entityrecordstate": associate}
	if row.inactive {
		changes["statecode"], changes["statuscode"] = 0, 1
	}
	if want.Name != "" {
		changes["msdyn_teamschatassociationname"] = cutName(want.Name)
	}
	return c.patch(ctx, row.ID, changes, odata.IfMatch(etagOr(row.ETag)))
}

// insert makes a new row, or adopts the one that has the id already.
func (c *Client) insert(ctx context.Context, l Link) (Link, error) {
	body := map[string]any{
		"msdyn_teamschatid": l.ChatID, "msdyn_regardingobjectid": l.RecordID, "msdyn_regardingobjectname": l.Table,
		"msdyn_entityrecordstate": associate, "msdyn_teamschatassociationname": cutName(l.Name),
	}
	got, err := c.patch(ctx, l.ID, body, odata.IfNoneMatch("*"))
	if !errors.Is(err, odata.ErrConflict) {
		return got, err
	}
	theirs, err2 := c.link(ctx, l.ID)
	if err2 != nil {
		return Link{}, errors.Join(err, err2)
	}
	if theirs.ChatID != l.ChatID || theirs.RecordID != l.RecordID {
		return Link{}, fmt.Errorf("the row belongs to another pair: %w", err)
	}
	return c.makeLive(ctx, l, theirs)
}

func (c *Client) link(ctx context.Context, id string) (Link, error) {
	path, err := entity(linkSet[1:], id)
	if err != nil {
		return Link{}, err
	}
	var out Link
	err = c.odata.Get(ctx, path, linkQuery(""), &out, preferAnnotations())
	return out, err
}

// patch writes a row and reads it back in one request.
func (c *Client) patch(ctx context.Context, id string, changes map[string]any, condition odata.Option) (Link, error) {
	path, err := entity(linkSet[1:], id)
	if err != nil {
		return Link{}, err
	}
	var out Link
	err = c.odata.Send(ctx, http.MethodPatch, path+odata.Query(linkQuery("")), changes, &out, condition, preferAnnotations("return=representation"))
	if err != nil {
		return Link{}, err
	}
	if out.ID == "" { // 204: the service did not heed the preference
		return c.link(ctx, id)
	}
	return out, nil
}

// SetLink connects or disconnects an existing row, which is never deleted. An
// etag makes it conditional: a row that changed since is odata.ErrConflict.
func (c *Client) SetLink(ctx context.Context, id string, live bool, etag string) (Link, error) {
	state := dissociate
	if live {
		state = associate
	}
	got, err := c.patch(ctx, id, map[string]any{"msdyn_entityrecordstate": state}, odata.IfMatch(etagOr(etag)))
	if err != nil {
		return Link{}, fmt.Errorf("set link: %w", err)
	}
	return got, nil
}

// etagOr is the etag, or "*", which still forbids to make a missing row.
func etagOr(etag string) string {
	if etag == "" {
		return "*"
	}
	return etag
}

// cutName shortens a name to what the column holds. Callers cut it more nicely.
func cutName(s string) string {
	units := 0
	for i, r := range s {
		units += max(1, utf16.RuneLen(r))
		if units > maxLinkName {
			return s[:i]
		}
	}
	return s
}
