package dataverse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"chatpane/app/odata"
)

const linkSet = "/msdyn_teamschatassociations"

const linkSelect = "msdyn_teamschatassociationid,msdyn_teamschatassociationname,msdyn_teamschatid,msdyn_regardingobjectid,msdyn_regardingobjectname," +
	"msdyn_entityrecordstate,statecode,createdon,modifiedon,_createdby_value,_modifiedby_value"

// Link is a row that connects a chat to a record. There may be several rows of
// one pair; the one modified last counts.
type Link struct {
	ID             string // given by the caller for a new row
	ETag           string
	ChatID         string // Graph chat id
	RecordID       string
	Table          string // logical name of the record's table; empty when the row does not say
	Name           string // the stored name, at most 100 characters
	Live           bool   // associated and active
	CreatedBy      string // systemuserid
	CreatedByName  string
	ModifiedBy     string // of a live row, whoever connected it last
	ModifiedByName string
	Created        time.Time
	Modified       time.Time

	inactive bool // statecode 1: an administrator switched the row off
}

// UnmarshalJSON implements json.Unmarshaler; it refuses a row without its id,
// chat or record.
func (l *Link) UnmarshalJSON(data []byte) error {
	if err := l.read(data); err != nil {
		return err
	}
	if l.ID == "" || l.ChatID == "" || l.RecordID == "" {
		return errors.New("link without its ids")
	}
	return nil
}

func (l *Link) read(data []byte) error {
	var f fields
	if err := lenient(data, &f); err != nil {
		return err
	}
	*l = Link{
		ID: f.id("msdyn_teamschatassociationid"), ETag: f.text("@odata.etag"),
		ChatID: f.text("msdyn_teamschatid"), RecordID: f.id("msdyn_regardingobjectid"),
		Table: strings.ToLower(f.text("msdyn_regardingobjectname")), Name: f.text("msdyn_teamschatassociationname"),
		CreatedBy: f.id("_createdby_value"), CreatedByName: f.label("_createdby_value"),
		ModifiedBy: f.id("_modifiedby_value"), ModifiedByName: f.label("_modifiedby_value"),
		Created: f.time("createdon"), Modified: f.time("modifiedon"),
		inactive: f.number("statecode") != 0,
	}
	l.Live = f.number("msdyn_entityrecordstate") == 0 && !l.inactive
	return nil
}

// looseLink is a link that may name no chat or no record: both columns are
// texts that any client may empty.
type looseLink struct{ Link }

// UnmarshalJSON implements json.Unmarshaler; it refuses a row without its id.
func (l *looseLink) UnmarshalJSON(data []byte) error {
	if err := l.Link.read(data); err != nil {
		return err
	}
	if l.ID == "" {
		return errors.New("link without its id")
	}
	return nil
}

// newest orders links of a pair, the one that counts first.
func newest(a, b Link) int {
	if c := b.Modified.Compare(a.Modified); c != 0 {
		return c
	}
	if a.Live != b.Live {
		if a.Live {
			return -1
		}
		return 1
	}
	return strings.Compare(b.ID, a.ID)
}

func linkQuery(filter string) url.Values {
	q := url.Values{"$select": {linkSelect}}
	if filter != "" {
		q.Set("$filter", filter)
	}
	return q
}

// regarding filters the links of a record. The column is a text, and nobody
// documents its form: Microsoft's pane may write braces.
func regarding(id string) string {
	id, _ = guid(id) // an id that is none matches nothing
	return anyOf([]string{"msdyn_regardingobjectid eq " + quote(id), "msdyn_regardingobjectid eq " + quote("{"+id+"}")})
}

// linkPage makes pages small enough to be applied one by one.
const linkPage = "odata.maxpagesize=500"

// Links iterates over the link rows of all states modified since a time, oldest
// modification first; the zero time means all.
func (c *Client) Links(ctx context.Context, since time.Time) iter.Seq2[[]Link, error] {
	filter := ""
	if !since.IsZero() {
		filter = "modifiedon ge " + stamp(since)
	}
	q := linkQuery(filter)
	q.Set("$orderby", "modifiedon asc")
	return func(yield func([]Link, error) bool) {
		for page, err := range odata.Pages[Link](ctx, c.odata, linkSet, q, preferAnnotations(linkPage)) {
			if err != nil {
				err = fmt.Errorf("read links: %w", err)
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// chatsAtOnce is how many chats one filter names, which keeps addresses short.
const chatsAtOnce = 20

// LinksOfChats reads the link rows of all states of chats.
func (c *Client) LinksOfChats(ctx context.Context, chats []string) ([]Link, error) {
	var items []odata.BatchItem
	chats = slices.Compact(slices.Sorted(slices.Values(chats)))
	for part := range slices.Chunk(chats, chatsAtOnce) {
		var terms []string
		for _, id := range part {
			terms = append(terms, "msdyn_teamschatid eq "+quote(id))
		}
		items = append(items, odata.BatchItem{ID: part[0], Path: linkSet + odata.Query(linkQuery(anyOf(terms))), Header: annotated()})
	}
	var out []Link
	for part := range slices.Chunk(items, batchRows) {
		answers, err := c.odata.BatchMultipart(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("read links of chats: %w", err)
		}
		for _, a := range answers {
			links, err := c.decodeLinks(ctx, a)
			if err != nil {
				return nil, fmt.Errorf("read links of chats: %w", err)
			}
			out = append(out, links...)
		}
	}
	return out, nil
}

// decodeLinks reads the answer to a batched read of links, and its further pages.
func (c *Client) decodeLinks(ctx context.Context, a odata.BatchAnswer) ([]Link, error) {
	var page struct {
		Value []lenientLink
		Next  string `json:"@odata.nextLink"`
	}
	if err := a.Decode(&page); err != nil {
		return nil, err
	}
	out := make([]Link, 0, len(page.Value))
	for _, l := range page.Value {
		if l.ID != "" {
			out = append(out, l.Link)
		}
	}
	if page.Next == "" {
		return out, nil
	}
	for more, err := range odata.Pages[Link](ctx, c.odata, page.Next, nil, preferAnnotations()) {
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// lenientLink is a link that stays empty where it cannot be read.
type lenientLink struct{ Link }

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (l *lenientLink) UnmarshalJSON(data []byte) error {
	if l.Link.UnmarshalJSON(data) != nil {
		l.Link = Link{}
	}
	return nil
}
