package dataverse

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"chatpane/app/odata"
)

// Who is the signed-in user in an environment.
type Who struct {
	UserID         string `json:"UserId"` // systemuserid
	BusinessUnitID string `json:"BusinessUnitId"`
	OrganizationID string `json:"OrganizationId"`
}

// WhoAmI reads who the signed-in user is.
func (c *Client) WhoAmI(ctx context.Context) (Who, error) {
	var out Who
	if err := c.odata.Get(ctx, "/WhoAmI()", nil, &out); err != nil {
		return Who{}, fmt.Errorf("ask who I am: %w", err)
	}
	id, err := guid(out.UserID)
	if err != nil {
		return Who{}, fmt.Errorf("ask who I am: %w: no user id", odata.ErrBadReply)
	}
	out.UserID = id
	return out, nil
}

// Instance is an environment that the signed-in user may use.
type Instance struct {
	APIURL        string `json:"ApiUrl"` // origin of the Web API
	URL           string `json:"Url"`    // address of the apps
	FriendlyName  string `json:"FriendlyName"`
	URLName       string `json:"UrlName"`
	EnvironmentID string `json:"EnvironmentId"`
	TenantID      string `json:"TenantId"`
	State         int    `json:"State"` // 0 is enabled
}

// Discover reads the enabled environments of the signed-in user from the
// global discovery service; c's Base is its root, such as
// "https://globaldisco.crm.dynamics.com/api/discovery/v2.0".
func Discover(ctx context.Context, c *odata.Client) ([]Instance, error) {
	q := url.Values{"$select": {"ApiUrl,FriendlyName,UrlName,Url,EnvironmentId,TenantId,State"}}
	var out []Instance
	for page, err := range odata.Pages[Instance](ctx, c, "/Instances", q) {
		if err != nil {
			return nil, fmt.Errorf("discover environments: %w", err)
		}
		out = append(out, page...)
	}
	return slices.DeleteFunc(out, func(i Instance) bool { return i.State != 0 || i.APIURL == "" && i.URL == "" }), nil
}

// HasPrivilege reports whether a role of a user (systemuserid) or of the
// user's teams holds a privilege. One that the environment does not know is
// not held.
func (c *Client) HasPrivilege(ctx context.Context, me, name string) (bool, error) {
	user, err := entity("systemusers", me)
	if err != nil {
		return false, err
	}
	var out struct {
		RolePrivileges []struct{ PrivilegeName string }
	}
	path := user + "/Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName(PrivilegeName='" + url.PathEscape(name) + "')"
	err = c.odata.Get(ctx, path, nil, &out)
	var answer *odata.Error
	if errors.As(err, &answer) && answer.Status == http.StatusBadRequest {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("check privilege %s: %w", name, err)
	}
	return len(out.RolePrivileges) > 0, nil
}

// TeamType is what a team is for.
type TeamType int

// The types of teams. Membership of an access team gives no ownership.
const (
	OwnerTeam    TeamType = 0
	AccessTeam   TeamType = 1
	SecurityTeam TeamType = 2
	OfficeTeam   TeamType = 3
)

// Team is a team the user is a member of.
type Team struct {
	ID   string   `json:"teamid"`
	Name string   `json:"name"`
	Type TeamType `json:"teamtype"`
}

// Teams reads the teams of a user (systemuserid).
func (c *Client) Teams(ctx context.Context, me string) ([]Team, error) {
	user, err := entity("systemusers", me)
	if err != nil {
		return nil, err
	}
	q := url.Values{"$select": {"teamid,name,teamtype"}}
	var out []Team
	for page, err := range odata.Pages[Team](ctx, c.odata, user+"/teammembership_association", q) {
		if err != nil {
			return nil, fmt.Errorf("read my teams: %w", err)
		}
		out = append(out, page...)
	}
	return slices.DeleteFunc(out, func(t Team) bool { return t.ID == "" }), nil
}

// SystemUser is a person in an environment.
type SystemUser struct {
	ID       string `json:"systemuserid"`
	ObjectID string `json:"azureactivedirectoryobjectid"` // Entra object id
	Name     string `json:"fullname"`
	Email    string `json:"internalemailaddress"`
	UPN      string `json:"domainname"`
	Disabled bool   `json:"isdisabled"`
}

// usersAtOnce is how many people one filter names.
const usersAtOnce = 40

// Users reads the people of the environment with the given Entra object ids;
// ids that it does not know are missing from the answer.
func (c *Client) Users(ctx context.Context, oids []string) ([]SystemUser, error) {
	return c.users(ctx, "azureactivedirectoryobjectid", oids)
}

// UsersByID reads people by systemuserid.
func (c *Client) UsersByID(ctx context.Context, ids []string) ([]SystemUser, error) {
	return c.users(ctx, "systemuserid", ids)
}

func (c *Client) users(ctx context.Context, column string, ids []string) ([]SystemUser, error) {
	var out []SystemUser
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), usersAtOnce) {
		var terms []string
		for _, id := range part {
			id, err := guid(id)
			if err != nil {
				return nil, fmt.Errorf("read users: %w", err)
			}
			terms = append(terms, column+" eq "+id)
		}
		q := url.Values{
			"$select": {"systemuserid,fullname,internalemailaddress,domainname,isdisabled,azureactivedirectoryobjectid"},
			"$filter": {anyOf(terms)},
		}
		page, err := odata.GetPage[SystemUser](ctx, c.odata, "/systemusers", q)
		if err != nil {
			return nil, fmt.Errorf("read users: %w", err)
		}
		out = append(out, page.Value...)
	}
	return slices.DeleteFunc(out, func(u SystemUser) bool { return u.ID == "" }), nil
}
