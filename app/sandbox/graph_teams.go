package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// joinedTeams lists the caller's teams with id, name and description only; the
// other properties are null there.
func (c *call) joinedTeams() (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("team"); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	rows := []any{}
	for _, t := range c.teamList {
		if !slices.Contains(t.people, c.me) {
			continue
		}
		row := map[string]any{"id": t.id, "displayName": t.name, "description": t.description, "createdDateTime": nil, "internalId": nil,
			"classification": nil, "specialization": nil, "visibility": nil, "webUrl": nil, "isArchived": false, "isMembershipLimitedToOwners": nil, "tenantId": c.TenantID}
		rows = append(rows, selected(row, c.query.Get("$select")))
	}
	return c.page("teams", rows, ""), nil
}

func (c *call) getTeam() (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("team"); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	t, err := c.inTeam()
	if err != nil {
		return answer{}, err
	}
	row := selected(map[string]any{"id": t.id, "displayName": t.name, "description": t.description, "isArchived": false, "visibility": "private",
		"createdDateTime": timeText(t.channels[0].room.created), "tenantId": c.TenantID,
		"webUrl": "https://teams.microsoft.com/l/team/" + url.PathEscape(t.channels[0].room.id) + "/conversations?groupId=" + t.id + "&tenantId=" + c.TenantID}, c.query.Get("$select"))
	row["@odata.context"] = c.context("teams/$entity")
	return answer{status: http.StatusOK, body: row}, nil
}

// channelRow is a channel. The lock is held.
func (c *call) channelRow(ch *channel) map[string]any {
	return map[string]any{"id": ch.room.id, "displayName": ch.name, "description": orNull(ch.description), "membershipType": ch.kind,
		"createdDateTime": timeText(ch.room.created), "email": "", "isFavoriteByDefault": nil, "isArchived": false, "tenantId": c.TenantID, "layoutType": "post",
		"webUrl": "https://teams.microsoft.com/l/channel/" + url.PathEscape(ch.room.id) + "/" + url.PathEscape(ch.name) + "?groupId=" + ch.team.id + "&tenantId=" + c.TenantID}
}

// sees reports whether a person sees a channel: all of the team see standard
// ones, members see the others.
func (ch *channel) sees(p *Person) bool { return ch.room.member(p) != nil }

var channelFilter = map[string]string{"membershipType eq 'standard'": "standard", "membershipType eq 'private'": "private", "membershipType eq 'shared'": "shared"}

func (c *call) listChannels() (answer, error) {
	if err := c.allow("filter", "select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("channel"); err != nil {
		return answer{}, err
	}
	kind := ""
	if f := strings.TrimSpace(c.query.Get("$filter")); f != "" {
		if kind = channelFilter[f]; kind == "" {
			return answer{}, badRequest("Parameter 'Filter' not supported for this request.")
		}
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	t, err := c.inTeam()
	if err != nil {
		return answer{}, err
	}
	rows := []any{}
	for _, ch := range t.channels {
		if ch.sees(c.me) && (kind == "" || ch.kind == kind) {
			rows = append(rows, selected(c.channelRow(ch), c.query.Get("$select")))
		}
	}
	return c.page("teams('"+t.id+"')/channels", rows, ""), nil
}

func (c *call) getChannel() (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("channel"); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, _, err := c.inChannel()
	if err != nil {
		return answer{}, err
	}
	return c.oneChannel(http.StatusOK, r.channel), nil
}

func (c *call) oneChannel(status int, ch *channel) answer {
	row := selected(c.channelRow(ch), c.query.Get("$select"))
	row["@odata.context"] = c.context("teams('" + ch.team.id + "')/channels/$entity")
	return answer{status: status, body: row}
}

// channelNameRefused are the signs Teams does not take in the name of a channel.
const channelNameRefused = `~#%&*{}+/\:<>?|'"`

// createChannel makes a channel; a private one lists an owner.
func (c *call) createChannel() (answer, error) {
	var in struct {
		_           struct{}    `also:"id createdDateTime email isFavoriteByDefault isArchived tenantId layoutType webUrl summary moderationSettings migrationMode originalCreatedDateTime" type:"channel"`
		Name        string      `json:"displayName"`
		Description string      `json:"description"`
		Kind        string      `json:"membershipType"`
		Members     []newMember `json:"members"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	if in.Kind == "" {
		in.Kind = "standard"
	}
	name := strings.TrimSpace(in.Name)
	switch {
	case !slices.Contains([]string{"standard", "private", "shared"}, in.Kind):
		return answer{}, badRequest("Invalid value '%s' for membershipType.", in.Kind)
	case name == "" || utf8.RuneCountInString(name) > 50:
		return answer{}, badRequest("Channel name must have 1 to 50 characters.")
	case strings.ContainsAny(name, channelNameRefused) || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		return answer{}, badRequest("Channel name contains invalid characters.")
	case utf8.RuneCountInString(in.Description) > 1024:
		return answer{}, badRequest("Channel description is too long.")
	case len(in.Members) > 200:
		return answer{}, badRequest("A channel can be created with at most 200 members.")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t, err := c.inTeam()
	if err != nil {
		return answer{}, err
	}
	if slices.ContainsFunc(t.channels, func(ch *channel) bool { return strings.EqualFold(ch.name, name) }) {
		return answer{}, &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "Channel name already existed, please use other name."}
	}
	people := t.people
	if in.Kind != "standard" {
		if people, err = c.channelPeople(t, in.Members); err != nil {
			return answer{}, err
		}
	}
	c.made++
	ch := c.newChannel(t, channelPlan{name: name, description: in.Description, kind: in.Kind}, 1<<12+c.made, c.Now().Truncate(time.Millisecond), people)
	c.announceChannel(ch.room, c.me)
	a := c.oneChannel(http.StatusCreated, ch)
	a.location = "/teams/" + t.id + "/channels/" + url.PathEscape(ch.room.id)
	return a, nil
}

// channelPeople are the members a new private or shared channel names; the
// caller belongs to them.
func (c *call) channelPeople(t *graphTeam, members []newMember) ([]*Person, error) {
	people := []*Person{c.me}
	owner := false
	for _, m := range members {
		p, err := c.bound(m)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(t.people, p) {
			return nil, badRequest("Member '%s' is not in the team.", p.OID)
		}
		owner = owner || slices.Contains(m.Roles, "owner")
		if !slices.Contains(people, p) {
			people = append(people, p)
		}
	}
	if len(members) > 0 && !owner {
		return nil, badRequest("At least one owner must be specified in the members of the channel.")
	}
	return people, nil
}

func (c *call) listChannelMembers() (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("conversationMember"); err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, _, err := c.inChannel()
	if err != nil {
		return answer{}, err
	}
	rows := make([]any, 0, len(r.members))
	for _, m := range r.members {
		rows = append(rows, selected(c.memberRow(m), c.query.Get("$select")))
	}
	return c.page(contextOf(r)+"/members", rows, ""), nil
}

// listTabs answers that a chat has no tabs: none are seeded.
func (c *call) listTabs() (answer, error) {
	if err := c.allow("select", "expand"); err != nil {
		return answer{}, err
	}
	if err := c.selects("teamsTab"); err != nil {
		return answer{}, err
	}
	if e := c.query.Get("$expand"); e != "" && e != "teamsApp" {
		return answer{}, badRequest("Query option 'Expand' does not support '%s' for this request.", e)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, _, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	return c.page("chats('"+url.QueryEscape(r.id)+"')/tabs", nil, ""), nil
}
