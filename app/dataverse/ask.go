package dataverse

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"chatpane/app/odata"
)

// AskFacts are what an environment knows of who could add somebody to a chat.
// What cannot be read is empty.
type AskFacts struct {
	// Members are the users, by systemuserid, that were in the chat when
	// Microsoft's chat sync last looked, which was at Seen. None where chat sync
	// is off, does not follow this chat, or its activities may not be read.
	Members []string
	Seen    time.Time
	// Administrator of the owning team, by systemuserid.
	Administrator string
}

// AskFacts reads what is known of a chat by its Graph id, and of the team that
// owns the record, "" for none: one request, and one more for the members where
// the chat is synced (reference dataverse.md §3.2). It fails only when the first
// request does.
func (c *Client) AskFacts(ctx context.Context, chatID, team string) (AskFacts, error) {
	items := []odata.BatchItem{{ID: "chat", Path: "/chats" + odata.Query(url.Values{"$select": {"activityid,modifiedinteamson"},
		"$filter": {"teamschatid eq " + quote(chatID)}, "$orderby": {"modifiedinteamson desc"}, "$top": {"1"}})}}
	if row, err := entity("teams", team); err == nil {
		items = append(items, odata.BatchItem{ID: "team", Path: row + odata.Query(url.Values{"$select": {"_administratorid_value"}})})
	}
	answers, err := c.odata.BatchMultipart(ctx, items)
	if err != nil {
		return AskFacts{}, fmt.Errorf("read who could add somebody: %w", err)
	}
	var out AskFacts
	var found struct{ Value []fields }
	if answers[0].Decode(&found) == nil && len(found.Value) > 0 {
		out.Seen = found.Value[0].time("modifiedinteamson")
		out.Members = c.participants(ctx, found.Value[0].id("activityid"))
	}
	var f fields
	if len(answers) > 1 && answers[1].Decode(&f) == nil {
		out.Administrator = f.id("_administratorid_value")
	}
	return out, nil
}

// participant is the part in an activity of somebody who is in its chat.
const participant = 12

// participants reads the users that chat sync seated in an activity.
func (c *Client) participants(ctx context.Context, activity string) []string {
	if activity == "" {
		return nil
	}
	answers, err := c.odata.BatchMultipart(ctx, []odata.BatchItem{{ID: "parties", Path: "/activityparties" + odata.Query(url.Values{
		"$select": {"_partyid_value,participationtypemask"}, "$filter": {"_activityid_value eq " + activity}}), Header: annotated()}})
	var page struct{ Value []fields }
	if err != nil || answers[0].Decode(&page) != nil {
		return nil
	}
	var out []string
	for _, f := range page.Value {
		user := f.text("_partyid_value@Microsoft.Dynamics.CRM.lookuplogicalname") == "systemuser"
		if id := f.id("_partyid_value"); user && id != "" && f.number("participationtypemask") == participant && len(out) < maxMembers {
			out = append(out, id)
		}
	}
	return out
}
