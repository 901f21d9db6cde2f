package graph

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"chatpane/app/odata"
)

// RemoveMember takes a member out of a group chat; with the user's own
// membership id it leaves. It needs ChatMember.ReadWrite, which only an
// administrator grants: without it the error is odata.ErrForbidden.
func (c *Client) RemoveMember(ctx context.Context, chat, membership string) error {
	path := chatPath(chat, "/members/"+segment(membership))
	if err := c.odata.Send(ctx, http.MethodDelete, path, nil, nil, odata.Bucket("members:"+chat)); err != nil {
		return fmt.Errorf("remove a member: %w", err)
	}
	return nil
}

// Leave takes the user out of a group chat. Who is not in it any more is done.
func (c *Client) Leave(ctx context.Context, chat, me string) error {
	members, err := c.ListMembers(ctx, chat)
	if err != nil {
		return fmt.Errorf("leave chat: %w", err)
	}
	for _, m := range members {
		if strings.EqualFold(m.UserID, me) {
			return c.RemoveMember(ctx, chat, m.ID)
		}
	}
	return nil
}
