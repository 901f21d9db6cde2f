package graph

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"chatpane/app/odata"
)

// wholeHistory is the start of what a new member sees when all of it is shared
// (graph.md §1.6); without the property nothing earlier is seen.
const wholeHistory = "0001-01-01T00:00:00Z"

// Added describes somebody to be added to a chat.
type Added struct {
	UserID string
	Guest  bool
	// History shares the whole history; else nothing earlier is seen.
	History bool
}

// AddMember adds somebody to a group chat. Who is in it already is
// odata.ErrConflict. Graph allows four changes of members a minute and chat.
func (c *Client) AddMember(ctx context.Context, chat string, a Added) error {
	role := "owner"
	if a.Guest {
		role = "guest"
	}
	body := map[string]any{
		"@odata.type":     "#microsoft.graph.aadUserConversationMember",
		"user@odata.bind": strings.TrimSuffix(c.odata.Base, "/") + "/users('" + strings.ReplaceAll(segment(a.UserID), "'", "''") + "')",
		"roles":           []string{role},
	}
	if a.History {
		body["visibleHistoryStartDateTime"] = wholeHistory
	}
	var answer http.Header
	err := c.odata.Send(ctx, http.MethodPost, chatPath(chat, "/members"), body, nil, odata.Bucket("members:"+chat), odata.ReadHeader(&answer))
	if err == nil && answer.Get("Location") == "" {
		// Graph names the member it made; a page of something in between does not.
		err = fmt.Errorf("%w: no address of the member: %w", odata.ErrBadReply, odata.ErrAmbiguous)
	}
	if err != nil {
		return fmt.Errorf("add a member: %w", err)
	}
	return nil
}
