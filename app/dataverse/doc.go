// Package dataverse is a thin client of the part of the Dataverse Web API v9.2
// that the product uses: records, links between chats and records, their
// settings, rights, and who is who. It also reads the addresses by which
// people name a record.
//
// It returns Microsoft's facts and knows nothing of chats. It promises few
// requests (what belongs together travels in one $batch), that connecting a
// pair twice ends in one row whoever does it, and that reading never creates
// anything at the server: users are looked up by filter, never by the
// alternate key that makes missing ones.
//
// It refuses ids that are no GUIDs and names that are no logical names before
// a request leaves.
package dataverse

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chatpane/app/odata"
)

// Client calls one Dataverse environment for the signed-in user. It may be
// used concurrently.
type Client struct {
	odata *odata.Client
}

// New makes a client on c, whose Base is the Web API's root, such as
// "https://contoso.crm.dynamics.com/api/data/v9.2". It adds the OData version
// headers to c.
func New(c *odata.Client) *Client {
	if c.Header == nil {
		c.Header = http.Header{}
	}
	c.Header.Set("OData-Version", "4.0")
	c.Header.Set("OData-MaxVersion", "4.0")
	return &Client{odata: c}
}

// ErrBadID is the answer to an id that is no GUID, or a name that is no
// logical name, in an argument. Nothing was sent.
var ErrBadID = errors.New("not a GUID or logical name")

// annotations asks for labels and for the table behind each lookup.
const annotations = `odata.include-annotations="OData.Community.Display.V1.FormattedValue,Microsoft.Dynamics.CRM.lookuplogicalname"`

func preferAnnotations(more ...string) odata.Option {
	return odata.WithHeader("Prefer", strings.Join(append([]string{annotations}, more...), ","))
}

// annotated are the headers of an item of a batch.
func annotated() map[string]string { return map[string]string{"Prefer": annotations} }

// guid reads a GUID, bare or in braces, and returns it bare and lower-case.
func guid(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") {
		s = s[1 : len(s)-1]
	}
	if len(s) != 36 {
		return "", ErrBadID
	}
	for i, r := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := r >= '0' && r <= '9' || r >= 'a' && r <= 'f'
		if dash != (r == '-') || !dash && !hex {
			return "", ErrBadID
		}
	}
	return s, nil
}

// logicalName checks a table's logical name.
func logicalName(s string) (string, error) {
	if s == "" || len(s) > 128 || s[0] < 'a' || s[0] > 'z' {
		return "", ErrBadID
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return "", ErrBadID
		}
	}
	return s, nil
}

// entity is the path of a row.
func entity(set, id string) (string, error) {
	id, err := guid(id)
	if err != nil {
		return "", fmt.Errorf("row of %s: %w", set, err)
	}
	return "/" + url.PathEscape(set) + "(" + id + ")", nil
}

// quote writes a text for a $filter.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// anyOf joins alternatives of a $filter.
func anyOf(terms []string) string { return "(" + strings.Join(terms, " or ") + ")" }

// stamp writes a time for a $filter; Dataverse keeps whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
