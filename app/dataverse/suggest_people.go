package dataverse

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"chatpane/app/odata"
)

// Act is one thing a user did on a record's timeline.
type Act struct {
	User string // systemuserid
	At   time.Time
}

// RuleResult is what a rule found: people by systemuserid, or the error that
// kept it from looking.
type RuleResult struct {
	People []string
	// Found are people a custom action names, some by Entra object id only.
	Found []ActionUser
	Err   error
}

// RelatedQuery asks for the people around a record.
type RelatedQuery struct {
	Table Table
	ID    string
	Team  string // teamid of the owning team, "" when a user owns the record
	Rules []SuggestRule
	// Timeline tells whether who was active is wanted.
	Timeline bool
}

// Related are the people around a record. What could not be read is empty.
type Related struct {
	Case          CaseText // only of a case
	Acts          []Act
	Administrator string   // of the owning team, systemuserid
	Team          []string // its members, systemuserid
	Rules         []RuleResult
	// Err is why the record itself cannot be read, such as odata.ErrForbidden.
	Err error
}

// Bounds of what is read of a record's surroundings: the newest activities and
// notes, the first members of a team, the activities whose parties are read.
const (
	maxActs    = 100
	maxMembers = 500
	maxParties = 40
)

// Related reads the people around a record: one request, one more for who took
// part in its activities, and one for each custom action. It fails only when the
// first request does.
func (c *Client) Related(ctx context.Context, q RelatedQuery) (Related, error) {
	row, err := entity(q.Table.Set, q.ID)
	if err != nil {
		return Related{}, err
	}
	q.ID, _ = guid(q.ID)
	out := Related{Rules: make([]RuleResult, len(q.Rules))}
	items := []odata.BatchItem{{ID: "row", Path: row + odata.Query(url.Values{"$select": {strings.Join(q.Table.suggestColumns(), ",")}}), Header: annotated()}}
	if q.Timeline {
		items = append(items, timelineItems(q.ID)...)
	}
	if team, err := entity("teams", q.Team); err == nil {
		items = append(items,
			odata.BatchItem{ID: "team", Path: team + odata.Query(url.Values{"$select": {"_administratorid_value"}})},
			odata.BatchItem{ID: "members", Path: team + "/teammembership_association" + odata.Query(url.Values{"$select": {"systemuserid"}}),
				Header: map[string]string{"Prefer": "odata.maxpagesize=" + strconv.Itoa(maxMembers)}})
	}
	items = append(items, c.ruleItems(ctx, q, row, out.Rules)...)
	answers, err := c.odata.BatchMultipart(ctx, items)
	if err != nil {
		return Related{}, fmt.Errorf("read people around a record: %w", err)
	}
	var activities []string
	for _, a := range answers {
		activities = append(activities, out.take(a, q.Rules)...)
	}
	if out.Err == nil {
		out.Acts = append(out.Acts, c.parties(ctx, activities)...)
		c.callActions(ctx, q, out.Rules)
	}
	return out, nil
}

// suggestColumns are the columns of a record that similar ones are found by.
func (t Table) suggestColumns() []string {
	if t.Logical == cases.Logical {
		return caseColumns
	}
	return []string{t.PrimaryID}
}

// timelineItems read who was active on a record.
func timelineItems(id string) []odata.BatchItem {
	top := strconv.Itoa(maxActs)
	return []odata.BatchItem{
		{ID: "activities", Path: "/activitypointers" + odata.Query(url.Values{"$select": {"activityid,createdon,_createdby_value,_ownerid_value"},
			"$filter": {"_regardingobjectid_value eq " + id}, "$orderby": {"createdon desc"}, "$top": {top}}), Header: annotated()},
		{ID: "notes", Path: "/annotations" + odata.Query(url.Values{"$select": {"createdon,_createdby_value"},
			"$filter": {"_objectid_value eq " + id}, "$orderby": {"createdon desc"}, "$top": {top}}), Header: annotated()},
	}
}

// setsOf are the entity sets of tables that rules commonly ask, which are the
// same everywhere.
var setsOf = map[string]string{"systemuser": "systemusers", "team": "teams", "incident": "incidents", "account": "accounts", "contact": "contacts",
	"activitypointer": "activitypointers", "queueitem": "queueitems"}

// ruleItems are the reads of fetch and path rules. A rule that cannot be
// understood gets its error and no read.
func (c *Client) ruleItems(ctx context.Context, q RelatedQuery, row string, results []RuleResult) []odata.BatchItem {
	var items []odata.BatchItem
	for i, r := range q.Rules {
		id := "rule" + strconv.Itoa(i)
		switch r.Kind {
		case RulePath:
			steps, err := ParsePath(r.Path)
			if err != nil {
				results[i].Err = err
				continue
			}
			items = append(items, pathItem(id, row, steps))
		case RuleFetch:
			root, ready, err := prepareFetch(r.Fetch, q.Table.Logical, q.Table.PrimaryID, q.ID, r.Top)
			if err == nil {
				var set string
				if set, err = c.setOf(ctx, root); err == nil {
					items = append(items, odata.BatchItem{ID: id, Path: "/" + url.PathEscape(set) + odata.Query(url.Values{"fetchXml": {ready}}), Header: annotated()})
				}
			}
			results[i].Err = err
		case RuleAction: // called by itself
		}
	}
	return items
}

func (c *Client) setOf(ctx context.Context, table string) (string, error) {
	if set := setsOf[table]; set != "" {
		return set, nil
	}
	t, err := c.Table(ctx, table)
	return t.Set, err
}

// take puts an answer where it belongs and returns the ids of activities.
func (r *Related) take(a odata.BatchAnswer, rules []SuggestRule) (activities []string) {
	if n, ok := strings.CutPrefix(a.ID, "rule"); ok {
		if i, err := strconv.Atoi(n); err == nil && i < len(r.Rules) {
			r.Rules[i].People, r.Rules[i].Err = foundBy(a)
			r.Rules[i].People = r.Rules[i].People[:min(len(r.Rules[i].People), bound(rules[i].Top))]
		}
		return nil
	}
	var f fields
	switch a.ID {
	case "row":
		if r.Err = a.Decode(&f); r.Err == nil {
			r.Case = caseText(f)
		}
	case "team":
		if a.Decode(&f) == nil {
			r.Administrator = f.id("_administratorid_value")
		}
	default:
		var page struct{ Value []fields }
		if a.Decode(&page) != nil {
			return nil
		}
		for _, f := range page.Value {
			if a.ID == "members" {
				if id := f.id("systemuserid"); id != "" && len(r.Team) < maxMembers {
					r.Team = append(r.Team, id)
				}
				continue
			}
			at := f.time("createdon")
			r.Acts = append(r.Acts, actsOf(f, at, "_createdby_value", "_ownerid_value")...)
			if id := f.id("activityid"); id != "" {
				activities = append(activities, id)
			}
		}
	}
	return activities
}

// actsOf are the users that lookups of a row name; teams are left out.
func actsOf(f fields, at time.Time, columns ...string) []Act {
	var out []Act
	for _, name := range columns {
		kind := f.text(name + "@Microsoft.Dynamics.CRM.lookuplogicalname")
		if id := f.id(name); id != "" && (kind == "" || kind == "systemuser") {
			out = append(out, Act{id, at})
		}
	}
	return out
}

// foundBy reads the answer to a rule: a list, one row, or nothing.
func foundBy(a odata.BatchAnswer) ([]string, error) {
	if a.Status == http.StatusNoContent || errors.Is(a.Err, odata.ErrNotFound) {
		return nil, nil // a lookup on the way is empty
	}
	var f fields
	if err := a.Decode(&f); err != nil {
		return nil, err
	}
	if _, list := f["value"]; list {
		var page struct{ Value []fields }
		if err := a.Decode(&page); err != nil {
			return nil, err
		}
		return users(page.Value), nil
	}
	delete(f, "systemuserid") // of the row on the way, which is not who is meant
	return users([]fields{f}), nil
}

// active are the parts in an activity that make somebody active: sender,
// attendees, organizer, owner, resource, and a chat's participants.
var active = []int{1, 5, 6, 7, 9, 10, 12}

// parties reads the users who took part in activities. Without them the list of
// who was active is only shorter.
func (c *Client) parties(ctx context.Context, activities []string) []Act {
	var items []odata.BatchItem
	for part := range slices.Chunk(activities[:min(len(activities), maxParties)], chatsAtOnce) {
		var terms []string
		for _, id := range part {
			terms = append(terms, "_activityid_value eq "+id)
		}
		items = append(items, odata.BatchItem{ID: part[0], Path: "/activityparties" + odata.Query(url.Values{
			"$select": {"_partyid_value,participationtypemask"}, "$filter": {anyOf(terms)}}), Header: annotated()})
	}
	if len(items) == 0 {
		return nil
	}
	answers, err := c.odata.BatchMultipart(ctx, items)
	if err != nil {
		return nil
	}
	var out []Act
	for _, a := range answers {
		var page struct{ Value []fields }
		if a.Decode(&page) != nil {
			continue
		}
		for _, f := range page.Value {
			user := f.text("_partyid_value@Microsoft.Dynamics.CRM.lookuplogicalname") == "systemuser"
			if id := f.id("_partyid_value"); user && id != "" && slices.Contains(active, f.number("participationtypemask")) && len(out) < maxMembers {
				out = append(out, Act{User: id})
			}
		}
	}
	return out
}

// actionWithin is how long a custom action may take: people wait for it.
const actionWithin = 5 * time.Second

// callActions calls the custom actions of rules, one after another.
func (c *Client) callActions(ctx context.Context, q RelatedQuery, results []RuleResult) {
	for i, r := range q.Rules {
		if r.Kind == RuleAction {
			results[i].Found, results[i].Err = c.callAction(ctx, q, r)
		}
	}
}

// callAction keeps the contract of reference dataverse.md §1.7.
func (c *Client) callAction(ctx context.Context, q RelatedQuery, r SuggestRule) ([]ActionUser, error) {
	name := strings.TrimSpace(r.Action)
	if !identifier(name) {
		return nil, fmt.Errorf("%w: custom action that is no name", ErrRule)
	}
	ctx, cancel := context.WithTimeout(ctx, actionWithin)
	defer cancel()
	body := map[string]string{"EntityLogicalName": q.Table.Logical, "Recordid": q.ID}
	if r.Inputs != "" {
		body["CustomActionInputs"] = r.Inputs
	}
	var answer fields
	if err := c.odata.Send(ctx, http.MethodPost, "/"+name, body, &answer); err != nil {
		return nil, fmt.Errorf("call custom action of a rule: %w", err)
	}
	found, err := readActionUsers(answer["CustomActionSuggestedUsers"])
	return found[:min(len(found), bound(r.Top))], err
}

// Colleague is a user of the environment as suggesting needs them.
type Colleague struct {
	SystemUser
	JobTitle string
	Robot    bool // an application's or a service's account
}

// Colleagues reads users by systemuserid or Entra object id; ids that the
// environment does not know, or that are no GUIDs, are missing from the answer.
func (c *Client) Colleagues(ctx context.Context, systemUsers, entra []string) ([]Colleague, error) {
	var terms []string
	for column, ids := range map[string][]string{"systemuserid": systemUsers, "azureactivedirectoryobjectid": entra} {
		for _, id := range ids {
			if id, err := guid(id); err == nil {
				terms = append(terms, column+" eq "+id)
			}
		}
	}
	slices.Sort(terms)
	var items []odata.BatchItem
	for part := range slices.Chunk(slices.Compact(terms), usersAtOnce) {
		items = append(items, odata.BatchItem{ID: strconv.Itoa(len(items)), Path: "/systemusers" + odata.Query(url.Values{
			"$select": {"systemuserid,fullname,internalemailaddress,domainname,isdisabled,azureactivedirectoryobjectid,accessmode,jobtitle"}, "$filter": {anyOf(part)}})})
	}
	var out []Colleague
	for part := range slices.Chunk(items, batchRows) {
		answers, err := c.odata.BatchMultipart(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("read colleagues: %w", err)
		}
		for _, a := range answers {
			var page struct{ Value []fields }
			if err := a.Decode(&page); err != nil {
				return nil, fmt.Errorf("read colleagues: %w", err)
			}
			for _, f := range page.Value {
				if p := colleague(f); p.ID != "" {
					out = append(out, p)
				}
			}
		}
	}
	return out, nil
}

// colleague reads a row of systemuser. The access modes of people are 0
// Read-Write, 1 Administrative and 2 Read; 3 Support, 4 Non-interactive and 5
// Delegated admin are not somebody to chat with.
func colleague(f fields) Colleague {
	disabled := string(f["isdisabled"]) == "true"
	return Colleague{Robot: f.number("accessmode") > 2, JobTitle: f.text("jobtitle"), SystemUser: SystemUser{ID: f.id("systemuserid"), ObjectID: f.id("azureactivedirectoryobjectid"),
		Name: f.text("fullname"), Email: f.text("internalemailaddress"), UPN: f.text("domainname"), Disabled: disabled}}
}
