package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

func (c *call) userRow(p *Person) map[string]any {
	given, family, _ := strings.Cut(p.Name, " ")
	kind := "Member"
	if p.Role == "guest" {
		kind = "Guest"
	}
	return map[string]any{
		"id": p.OID, "displayName": p.Name, "givenName": given, "surname": orNull(family), "mail": p.Mail, "userPrincipalName": p.UPN,
		"jobTitle": p.JobTitle, "userType": kind, "accountEnabled": true, "businessPhones": []any{}, "mobilePhone": nil,
		"officeLocation": "HQ", "preferredLanguage": nil, "department": "Customer Care",
	}
}

// standard are the properties Graph returns when $select names none.
const standardUser = "businessPhones,displayName,givenName,id,jobTitle,mail,mobilePhone,officeLocation,preferredLanguage,surname,userPrincipalName"

func (c *call) selectedUser(p *Person) map[string]any {
	list := c.query.Get("$select")
	if list == "" {
		list = standardUser
	}
	return selected(c.userRow(p), list)
}

func (c *call) oneUser(p *Person) (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("user"); err != nil {
		return answer{}, err
	}
	row := c.selectedUser(p)
	row["@odata.context"] = c.context("users/$entity")
	return answer{status: http.StatusOK, body: row}, nil
}

func (c *call) getMe() (answer, error) { return c.oneUser(c.me) }

// pathUser is the person of the path, without one the caller.
func (c *call) pathUser() (*Person, error) {
	key := c.r.PathValue("user")
	if key == "" {
		return c.me, nil
	}
	if p := c.person(key); p != nil {
		return p, nil
	}
	return nil, &graphError{status: http.StatusNotFound, code: "Request_ResourceNotFound",
		message: "Resource '" + key + "' does not exist or one of its queried reference-property objects are not present."}
}

func (c *call) getUser() (answer, error) {
	p, err := c.pathUser()
	if err != nil {
		return answer{}, err
	}
	return c.oneUser(p)
}

// listUsers lists or searches the directory. $search and $count need the header
// ConsistencyLevel: eventual; guests may not list.
func (c *call) listUsers() (answer, error) {
	if err := c.allow("search", "count", "select", "top", "filter", "orderby", "skiptoken"); err != nil {
		return answer{}, err
	}
	if err := c.selects("user"); err != nil {
		return answer{}, err
	}
	eventual := strings.EqualFold(c.r.Header.Get("ConsistencyLevel"), "eventual")
	if c.query.Has("$search") && !eventual {
		return answer{}, &graphError{status: http.StatusBadRequest, code: "Request_UnsupportedQuery",
			message: "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"}
	}
	backwards, err := c.userOrder(eventual)
	if err != nil {
		return answer{}, err
	}
	if n := c.query.Get("$count"); c.query.Has("$count") && n != "true" && n != "false" {
		return answer{}, badRequest("Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", n)
	}
	if c.me != nil && c.me.Role == "guest" {
		return answer{}, &graphError{status: http.StatusForbidden, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation."}
	}
	match, err := c.userMatch()
	if err != nil {
		return answer{}, err
	}
	top, err := c.top(100, 999)
	if err != nil {
		return answer{}, err
	}
	cur, _, err := c.skipToken()
	if err != nil {
		return answer{}, err
	}
	var found []*Person
	for _, p := range c.People {
		if match(p) {
			found = append(found, p)
		}
	}
	count := len(found)
	slices.SortFunc(found, func(a, b *Person) int { return strings.Compare(a.Name, b.Name) })
	if backwards {
		slices.Reverse(found)
	}
	found = found[min(len(found), int(max(0, cur.key))):]
	next := ""
	if len(found) > top {
		found, next = found[:top], c.nextLink(cursor{cur.key + int64(top), ""})
	}
	rows := make([]any, 0, len(found))
	for _, p := range found {
		rows = append(rows, c.selectedUser(p))
	}
	a := c.page("users", rows, next)
	body := a.body.(map[string]any)
	delete(body, "@odata.count")
	if c.query.Get("$count") == "true" && eventual {
		body["@odata.count"] = count
	}
	return a, nil
}

// userOrder reads $orderby of users: by name, which is the order without it too.
// With $search or $filter it is an advanced query, which needs the header.
func (c *call) userOrder(eventual bool) (backwards bool, err error) {
	if !c.query.Has("$orderby") {
		return false, nil
	}
	property, direction, _ := strings.Cut(strings.TrimSpace(c.query.Get("$orderby")), " ")
	if property != "displayName" || direction != "" && direction != "asc" && direction != "desc" || !eventual && (c.query.Has("$search") || c.query.Has("$filter")) {
		return false, &graphError{status: http.StatusBadRequest, code: "Request_UnsupportedQuery", message: "Sorting not supported for current query."}
	}
	return direction == "desc", nil
}

var (
	searchTerm   = regexp.MustCompile(`^"(displayName|mail|userPrincipalName|givenName|surname):([^"]*)"$`)
	startsFilter = regexp.MustCompile(`^startswith\((displayName|mail|userPrincipalName),\s*'((?:[^']|'')*)'\)$`)
	equalsFilter = regexp.MustCompile(`^(id|mail|userPrincipalName) eq '((?:[^']|'')*)'$`)
)

func (c *call) userMatch() (func(*Person) bool, error) {
	match := func(*Person) bool { return true }
	if c.query.Has("$search") {
		var err error
		if match, err = c.searchMatch(c.query.Get("$search")); err != nil {
			return nil, err
		}
	}
	text := strings.TrimSpace(c.query.Get("$filter"))
	if text == "" {
		return match, nil
	}
	starts, equals := startsFilter.FindStringSubmatch(text), equalsFilter.FindStringSubmatch(text)
	if starts == nil && equals == nil {
		return nil, &graphError{status: http.StatusBadRequest, code: "Request_UnsupportedQuery", message: "Unsupported or invalid query filter clause specified."}
	}
	return func(p *Person) bool {
		if starts != nil {
			return match(p) && hasPrefixFold(fmt.Sprint(c.userRow(p)[starts[1]]), strings.ReplaceAll(starts[2], "''", "'"))
		}
		return match(p) && strings.EqualFold(fmt.Sprint(c.userRow(p)[equals[1]]), strings.ReplaceAll(equals[2], "''", "'"))
	}, nil
}

// searchMatch reads terms such as "displayName:ann" joined by OR (or AND). Names
// match at the beginning of any word, other properties at their beginning.
func (c *call) searchMatch(text string) (func(*Person) bool, error) {
	bad := &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "Syntax error in $search: '" + text + "'."}
	var any [][][]string
	for _, or := range strings.Split(text, " OR ") {
		var all [][]string
		for _, and := range strings.Split(or, " AND ") {
			m := searchTerm.FindStringSubmatch(strings.TrimSpace(and))
			if m == nil {
				return nil, bad
			}
			all = append(all, m)
		}
		any = append(any, all)
	}
	one := func(p *Person, m []string) bool {
		value := fmt.Sprint(c.userRow(p)[m[1]])
		if m[1] != "displayName" {
			return hasPrefixFold(value, m[2])
		}
		for _, want := range strings.Fields(m[2]) {
			if !slices.ContainsFunc(strings.Fields(strings.NewReplacer("(", " ", ")", " ").Replace(value)), func(w string) bool { return hasPrefixFold(w, want) }) {
				return false
			}
		}
		return strings.TrimSpace(m[2]) != ""
	}
	return func(p *Person) bool {
		return slices.ContainsFunc(any, func(all [][]string) bool {
			return !slices.ContainsFunc(all, func(m []string) bool { return !one(p, m) })
		})
	}, nil
}

func hasPrefixFold(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(s), strings.ToLower(prefix))
}

var availabilities = [...][2]string{
	{"Available", "Available"}, {"Available", "Available"}, {"Busy", "InACall"}, {"Busy", "InAMeeting"}, {"Away", "Away"},
	{"DoNotDisturb", "Presenting"}, {"Offline", "Offline"}, {"BeRightBack", "BeRightBack"}, {"AvailableIdle", "Available"},
}

// getPresences answers for up to 650 people; presence changes every half hour.
func (c *call) getPresences() (answer, error) {
	var in struct {
		IDs []string `json:"ids"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	if len(in.IDs) == 0 || len(in.IDs) > 650 {
		return answer{}, badRequest("The number of ids must be between 1 and 650.")
	}
	rows := make([]any, 0, len(in.IDs))
	for _, id := range in.IDs {
		rows = append(rows, c.presenceRow(id, c.byOID[strings.ToLower(id)]))
	}
	a := c.page("Collection(presence)", rows, "")
	delete(a.body.(map[string]any), "@odata.count")
	return a, nil
}

// getAllMessages is for applications only; for them the sandbox has no export.
func (c *call) getAllMessages() (answer, error) {
	if c.me == nil {
		return answer{}, &graphError{status: http.StatusPaymentRequired, code: "PaymentRequired", message: "The sandbox plays no export of messages."}
	}
	return answer{}, &graphError{status: http.StatusPreconditionFailed, code: "PreconditionFailed", message: "Requested API is not supported in delegated context."}
}

// getPhoto paints the face of people who have one.
func (c *call) getPhoto() (answer, error) {
	if err := c.allow(); err != nil {
		return answer{}, err
	}
	p, err := c.pathUser()
	if err != nil {
		return answer{}, err
	}
	size, ok := photoSize(c.r.PathValue("size"))
	if !ok || !p.photo {
		return answer{}, noPhoto()
	}
	return answer{status: http.StatusOK, raw: c.face(p, size), kind: "image/png"}, nil
}

func noPhoto() *graphError {
	return &graphError{status: http.StatusNotFound, code: "ImageNotFound", message: "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown."}
}

// photoSize reads "48x48"; no size is the largest.
func photoSize(text string) (int, bool) {
	if text == "" {
		return 648, true
	}
	var n int
	for _, n = range []int{48, 64, 96, 120, 240, 360, 432, 504, 648} {
		if text == fmt.Sprintf("%dx%d", n, n) {
			return n, true
		}
	}
	return 0, false
}
