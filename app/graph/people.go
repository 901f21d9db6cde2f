package graph

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"chatpane/app/odata"
)

// User is a person of the directory.
type User struct {
	ID                string `json:"id"`
	DisplayName       string `json:"displayName"`
	Mail              string `json:"mail"`
	UserPrincipalName string `json:"userPrincipalName"`
	JobTitle          string `json:"jobTitle"`
}

// UnmarshalJSON implements json.Unmarshaler; only a user without an id is refused.
func (u *User) UnmarshalJSON(data []byte) error {
	type plain User
	if err := lenient(data, (*plain)(u)); err != nil {
		return err
	}
	if u.ID == "" {
		return errNameless
	}
	return nil
}

// Guest reports whether the account was invited from another organisation.
func (u User) Guest() bool { return strings.Contains(strings.ToUpper(u.UserPrincipalName), "#EXT#") }

// userFields is what User.ReadBasic.All allows to read of others.
const userFields = "id,displayName,mail,userPrincipalName,jobTitle"

// Me reads the signed-in user.
func (c *Client) Me(ctx context.Context) (User, error) { return c.user(ctx, "/me") }

// User reads a person by Entra object id.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	return c.user(ctx, "/users/"+segment(id))
}

func (c *Client) user(ctx context.Context, path string) (User, error) {
	var out User
	if err := c.odata.Get(ctx, path, url.Values{"$select": {userFields}}, &out); err != nil {
		return User{}, fmt.Errorf("read user: %w", err)
	}
	return out, nil
}

// SearchUsers finds up to top people whose name or address has words that
// begin with the text. A text without letters or digits finds nobody.
func (c *Client) SearchUsers(ctx context.Context, text string, top int) ([]User, error) {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r == '"' || r == '\\' || r < ' ' {
			return ' '
		}
		return r
	}, text)), " ")
	if text == "" {
		return nil, nil
	}
	q := url.Values{
		"$search": {`"displayName:` + text + `" OR "mail:` + text + `"`},
		"$count":  {"true"},
		"$select": {userFields},
		"$top":    {strconv.Itoa(min(max(top, 1), 999))},
	}
	p, err := odata.GetPage[User](ctx, c.odata, "/users", q, odata.WithHeader("ConsistencyLevel", "eventual"))
	if err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return p.Value, nil
}

// Presence is a person's presence.
type Presence struct {
	ID           string `json:"id"`
	Availability string `json:"availability"`
	Activity     string `json:"activity"`
}

// maxPresences is how many people one presence request may name.
const maxPresences = 650

// Presences reads the presence of people by Entra object id.
func (c *Client) Presences(ctx context.Context, ids []string) ([]Presence, error) {
	var out []Presence
	for part := range slices.Chunk(ids, maxPresences) {
		var reply struct {
			Value []Presence `json:"value"`
		}
		body := map[string]any{"ids": part}
		if err := c.odata.Send(ctx, http.MethodPost, "/communications/getPresencesByUserId", body, &reply); err != nil {
			return out, fmt.Errorf("read presences: %w", err)
		}
		out = append(out, without(reply.Value, func(p Presence) bool { return p.ID == "" })...)
	}
	return out, nil
}

// photoSizes are the sizes Graph makes.
var photoSizes = []string{"48x48", "64x64", "96x96", "120x120", "240x240", "360x360", "432x432", "504x504", "648x648"}

// maxPhoto is the size of the largest photo that is read, 2 MiB.
const maxPhoto = 2 << 20

// Photo reads a person's photo in a size such as "96x96", with its content
// type. Nobody's photo is odata.ErrNotFound.
func (c *Client) Photo(ctx context.Context, user, size string) ([]byte, string, error) {
	if !slices.Contains(photoSizes, size) {
		return nil, "", fmt.Errorf("read photo: %w: size %q", odata.ErrBadRequest, size)
	}
	data, kind, err := c.odata.Bytes(ctx, "/users/"+segment(user)+"/photos/"+size+"/$value", maxPhoto)
	if err != nil {
		return nil, "", fmt.Errorf("read photo: %w", err)
	}
	return data, kind, nil
}
