package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// presenceRow is somebody's presence, which changes every half hour; nil is
// nobody known.
func (c *call) presenceRow(id string, p *Person) map[string]any {
	state := [2]string{"PresenceUnknown", "PresenceUnknown"}
	if p != nil {
		half := int(c.Now().Unix() / 1800)
		state = availabilities[c.random("presence", p.index<<32|half).IntN(len(availabilities))]
	}
	return map[string]any{"id": id, "availability": state[0], "activity": state[1], "statusMessage": nil,
		"outOfOfficeSettings": map[string]any{"message": nil, "isOutOfOffice": false}, "workLocation": nil, "sequenceNumber": nil}
}

// getPresence is the presence of one person.
func (c *call) getPresence() (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("presence"); err != nil {
		return answer{}, err
	}
	p, err := c.pathUser()
	if err != nil {
		return answer{}, err
	}
	row := selected(c.presenceRow(p.OID, p), c.query.Get("$select"))
	row["@odata.context"] = c.context("users('" + p.OID + "')/presence/$entity")
	return answer{status: http.StatusOK, body: row}, nil
}

// listPeople lists who the caller works with, the most relevant first: those in
// most of the caller's chats.
func (c *call) listPeople() (answer, error) {
	if err := c.allow("search", "top", "skip", "select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("person"); err != nil {
		return answer{}, err
	}
	if c.query.Has("$search") && c.query.Has("$skip") {
		return answer{}, badRequest("$skip is not supported with $search.")
	}
	top, err := c.top(10, 1000)
	if err != nil {
		return answer{}, err
	}
	skip := 0
	if text := c.query.Get("$skip"); text != "" {
		if skip, err = strconv.Atoi(text); err != nil || skip < 0 {
			return answer{}, badRequest("Invalid value '%s' for $skip query option found.", text)
		}
	}
	words := strings.Fields(strings.ToLower(strings.Trim(c.query.Get("$search"), `"`)))
	c.mu.RLock()
	shared := map[*Person]int{}
	for _, r := range c.of[c.me.OID] {
		for _, m := range r.members {
			shared[m.person]++
		}
	}
	c.mu.RUnlock()
	var found []*Person
	for _, p := range c.People {
		fits := !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(strings.ToLower(p.Name+" "+p.Mail), w) })
		if p != c.me && fits && (shared[p] > 0 || len(words) > 0) {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b *Person) int { return shared[b] - shared[a] })
	found = found[min(skip, len(found)):]
	rows := []any{}
	for _, p := range found[:min(top, len(found))] {
		rows = append(rows, selected(c.personRow(p, shared[p]), c.query.Get("$select")))
	}
	a := c.page(fmt.Sprintf("users('%s')/people", c.me.OID), rows, "")
	body := a.body.(map[string]any)
	delete(body, "@odata.count")
	if len(found) > top && !c.query.Has("$search") {
		q := map[string][]string{}
		for k, v := range c.query {
			q[k] = v
		}
		q["$skip"] = []string{strconv.Itoa(skip + top)}
		body["@odata.nextLink"] = c.base() + "/me/people?" + url.Values(q).Encode()
	}
	return a, nil
}

func (c *call) personRow(p *Person, score int) map[string]any {
	user := c.userRow(p)
	return map[string]any{"id": p.OID, "displayName": p.Name, "givenName": user["givenName"], "surname": user["surname"], "birthday": "", "personNotes": "", "isFavorite": false,
		"jobTitle": p.JobTitle, "companyName": nil, "department": user["department"], "officeLocation": user["officeLocation"], "profession": "", "userPrincipalName": p.UPN, "imAddress": "sip:" + p.Mail,
		"scoredEmailAddresses": []any{map[string]any{"address": p.Mail, "relevanceScore": score, "selectionLikelihood": "notSpecified"}},
		"phones":               []any{}, "personType": map[string]any{"class": "Person", "subclass": "OrganizationUser"}}
}

// getPhotoFacts is the size of somebody's largest photo.
func (c *call) getPhotoFacts() (answer, error) {
	if err := c.allow("select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("profilePhoto"); err != nil {
		return answer{}, err
	}
	p, err := c.pathUser()
	if err != nil {
		return answer{}, err
	}
	if !p.photo {
		return answer{}, noPhoto()
	}
	row := map[string]any{"@odata.context": c.context("users('" + p.OID + "')/photo/$entity"), "@odata.mediaContentType": "image/png",
		"@odata.mediaEtag": fmt.Sprintf(`W/"%x"`, p.index), "id": "648X648", "height": 648, "width": 648}
	return answer{status: http.StatusOK, body: selected(row, c.query.Get("$select"))}, nil
}
