package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/chats"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// others are object ids of people beside the agent.
func (j *judge) others(n int) []string {
	var out []string
	for _, u := range j.at.Users {
		if u.ID != j.me && u.Role == "agent" && len(out) < n {
			out = append(out, u.ID)
		}
	}
	return out
}

// member is a member as the SDK wants it in a request.
func (j *judge) member(id string) models.ConversationMemberable {
	m := models.NewAadUserConversationMember()
	m.SetRoles([]string{"owner"})
	m.SetAdditionalData(map[string]any{"user@odata.bind": j.at.Graph + "/users('" + id + "')"})
	return m
}

func html(text string) models.ItemBodyable {
	b := models.NewItemBody()
	b.SetContentType(ptr(models.HTML_BODYTYPE))
	b.SetContent(&text)
	return b
}

func (j *judge) writing() {
	var chat, message string
	others := j.others(3)
	j.check("POST /chats makes a group", func() error {
		c := models.NewChat()
		c.SetChatType(ptr(models.GROUP_CHATTYPE))
		c.SetTopic(ptr("Judged by the SDK"))
		c.SetMembers([]models.ConversationMemberable{j.member(j.me), j.member(others[0]), j.member(others[1])})
		made, err := j.chats.Post(j.ctx, c, nil)
		if err != nil {
			return err
		}
		chat = *made.GetId()
		return same("topic", made.GetTopic(), "Judged by the SDK")
	})
	at := func() *chats.ChatItemRequestBuilder { return j.chats.ByChatId(chat) }
	one := func() *chats.ItemMessagesChatMessageItemRequestBuilder {
		return at().Messages().ByChatMessageId(message)
	}
	j.check("POST message", func() error {
		m := models.NewChatMessage()
		m.SetBody(html("<p>Hello from the SDK</p>"))
		sent, err := at().Messages().Post(j.ctx, m, nil)
		if err != nil {
			return err
		}
		message = *sent.GetId()
		if !strings.Contains(*sent.GetBody().GetContent(), "Hello from the SDK") || sent.GetFrom().GetUser() == nil {
			return errors.New("body or sender is not what was sent")
		}
		return nil
	})
	j.altering(one)
	j.membership(at, others[2])
	j.viewpoints(at)
	j.pins(at, func() string { return message })
}

// altering changes the message that was sent.
func (j *judge) altering(one func() *chats.ItemMessagesChatMessageItemRequestBuilder) {
	get := func() (models.ChatMessageable, error) { return one().Get(j.ctx, nil) }
	j.check("PATCH message edits it and moves the etag", func() error {
		before, err := get()
		if err != nil {
			return err
		}
		m := models.NewChatMessage()
		m.SetBody(html("<p>Edited by the SDK</p>"))
		if _, err := one().Patch(j.ctx, m, nil); err != nil {
			return err
		}
		after, err := get()
		if err != nil {
			return err
		}
		if *after.GetEtag() == *before.GetEtag() || after.GetLastEditedDateTime() == nil || !strings.Contains(*after.GetBody().GetContent(), "Edited") {
			return errors.New("etag, lastEditedDateTime or body did not change")
		}
		return nil
	})
	j.check("setReaction and unsetReaction", func() error {
		set := chats.NewItemMessagesItemSetReactionPostRequestBody()
		set.SetReactionType(ptr("👍"))
		if err := one().SetReaction().Post(j.ctx, set, nil); err != nil {
			return err
		}
		m, err := get()
		if err != nil {
			return err
		}
		if len(m.GetReactions()) != 1 || m.GetReactions()[0].GetUser() == nil {
			return fmt.Errorf("%d reactions", len(m.GetReactions()))
		}
		unset := chats.NewItemMessagesItemUnsetReactionPostRequestBody()
		unset.SetReactionType(ptr("👍"))
		if err := one().UnsetReaction().Post(j.ctx, unset, nil); err != nil {
			return err
		}
		if m, err = get(); err == nil && len(m.GetReactions()) != 0 {
			err = errors.New("it is still there")
		}
		return err
	})
	j.check("softDelete and undoSoftDelete", func() error {
		if err := one().SoftDelete().Post(j.ctx, nil); err != nil {
			return err
		}
		gone, err := get()
		if err != nil || gone.GetDeletedDateTime() == nil {
			return errors.Join(err, errors.New("no deletedDateTime"))
		}
		if err := one().UndoSoftDelete().Post(j.ctx, nil); err != nil {
			return err
		}
		back, err := get()
		if err == nil && back.GetDeletedDateTime() != nil {
			err = errors.New("still deleted")
		}
		return err
	})
}

func (j *judge) membership(at func() *chats.ChatItemRequestBuilder, who string) {
	j.check("POST and DELETE members", func() error {
		// 201 without a body: the SDK returns nil and no error.
		if _, err := at().Members().Post(j.ctx, j.member(who), nil); err != nil {
			return err
		}
		list, err := at().Members().Get(j.ctx, nil)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list.GetValue(), func(m models.ConversationMemberable) bool {
			a, ok := m.(models.AadUserConversationMemberable)
			return ok && a.GetUserId() != nil && *a.GetUserId() == who
		})
		if i < 0 {
			return errors.New("not in the list")
		}
		return at().Members().ByConversationMemberId(*list.GetValue()[i].GetId()).Delete(j.ctx, nil)
	})
	j.check("PATCH chat renames it and says so", func() error {
		c := models.NewChat()
		c.SetTopic(ptr("Renamed by the SDK"))
		if _, err := at().Patch(j.ctx, c, nil); err != nil {
			return err
		}
		list, err := at().Messages().Get(j.ctx, &chats.ItemMessagesRequestBuilderGetRequestConfiguration{Headers: modern()})
		if err != nil {
			return err
		}
		detail, ok := list.GetValue()[0].GetEventDetail().(models.ChatRenamedEventMessageDetailable)
		if !ok {
			return fmt.Errorf("the newest message tells a %T", list.GetValue()[0].GetEventDetail())
		}
		return same("name", detail.GetChatDisplayName(), "Renamed by the SDK")
	})
	j.check("system messages are unknownFutureValue without the Prefer header", func() error {
		list, err := at().Messages().Get(j.ctx, nil)
		if err != nil {
			return err
		}
		return same("type", list.GetValue()[0].GetMessageType(), models.UNKNOWNFUTUREVALUE_CHATMESSAGETYPE)
	})
}

func (j *judge) viewpoints(at func() *chats.ChatItemRequestBuilder) {
	user := func() models.TeamworkUserIdentityable {
		u := models.NewTeamworkUserIdentity()
		u.SetId(&j.me)
		return u
	}
	j.check("markChatReadForUser and markChatUnreadForUser", func() error {
		read := chats.NewItemMarkChatReadForUserPostRequestBody()
		read.SetUser(user())
		if err := at().MarkChatReadForUser().Post(j.ctx, read, nil); err != nil {
			return err
		}
		unread := chats.NewItemMarkChatUnreadForUserPostRequestBody()
		unread.SetUser(user())
		return at().MarkChatUnreadForUser().Post(j.ctx, unread, nil)
	})
	j.check("hideForUser and unhideForUser move the viewpoint", func() error {
		hide := chats.NewItemHideForUserPostRequestBody()
		hide.SetUser(user())
		if err := at().HideForUser().Post(j.ctx, hide, nil); err != nil {
			return err
		}
		c, err := at().Get(j.ctx, nil)
		if err != nil {
			return err
		}
		if err := same("isHidden", c.GetViewpoint().GetIsHidden(), true); err != nil {
			return err
		}
		unhide := chats.NewItemUnhideForUserPostRequestBody()
		unhide.SetUser(user())
		return at().UnhideForUser().Post(j.ctx, unhide, nil)
	})
}

func (j *judge) pins(at func() *chats.ChatItemRequestBuilder, message func() string) {
	j.check("pinnedMessages: pin, list with the message, unpin", func() error {
		pin := models.NewPinnedChatMessageInfo()
		id, err := at().Get(j.ctx, nil)
		if err != nil {
			return err
		}
		pin.SetAdditionalData(map[string]any{"message@odata.bind": j.at.Graph + "/chats/" + *id.GetId() + "/messages/" + message()})
		made, err := at().PinnedMessages().Post(j.ctx, pin, nil)
		if err != nil {
			return err
		}
		list, err := at().PinnedMessages().Get(j.ctx, nil)
		if err != nil {
			return err
		}
		if len(list.GetValue()) != 1 {
			return fmt.Errorf("%d pinned", len(list.GetValue()))
		}
		return at().PinnedMessages().ByPinnedChatMessageInfoId(*made.GetId()).Delete(j.ctx, nil)
	})
}
