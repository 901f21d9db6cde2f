package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/chats"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

func errorMap() abstractions.ErrorMappings {
	return abstractions.ErrorMappings{"XXX": odataerrors.CreateODataErrorFromDiscriminatorValue}
}

// modern asks for the message types that came after the first ones.
func modern() *abstractions.RequestHeaders {
	h := abstractions.NewRequestHeaders()
	h.Add("Prefer", "include-unknown-enum-members")
	return h
}

func (j *judge) reading() {
	j.check("GET /me", func() error {
		u, err := j.adapter.Send(j.ctx, j.raw("/me"), models.CreateUserFromDiscriminatorValue, errorMap())
		if err != nil {
			return err
		}
		return same("id", u.(models.Userable).GetId(), j.me)
	})
	j.check("GET /me/chats in pages of the SDK's iterator, none twice", func() error {
		list := chats.NewChatsRequestBuilder(j.at.Graph+"/me/chats", j.adapter)
		first, err := list.Get(j.ctx, nil)
		if err != nil {
			return err
		}
		pages, err := core.NewPageIterator[models.Chatable](first, j.adapter, models.CreateChatCollectionResponseFromDiscriminatorValue)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		twice := ""
		err = pages.Iterate(j.ctx, func(c models.Chatable) bool {
			if seen[*c.GetId()] {
				twice = *c.GetId()
			}
			seen[*c.GetId()] = true
			return true
		})
		if err == nil && (twice != "" || len(seen) < 25) {
			err = fmt.Errorf("%d chats, twice: %q", len(seen), twice)
		}
		return err
	})
	j.check("GET /me/chats?$expand=members gives typed members", func() error {
		r := j.raw("/me/chats?$top=50&$expand=members,lastMessagePreview")
		got, err := j.adapter.Send(j.ctx, r, models.CreateChatCollectionResponseFromDiscriminatorValue, errorMap())
		if err != nil {
			return err
		}
		for _, c := range got.(models.ChatCollectionResponseable).GetValue() {
			if len(c.GetMembers()) == 0 || len(c.GetMembers()) > 25 {
				return fmt.Errorf("%d members", len(c.GetMembers()))
			}
			if _, ok := c.GetMembers()[0].(models.AadUserConversationMemberable); !ok {
				return fmt.Errorf("a member is a %T", c.GetMembers()[0])
			}
			if c.GetLastMessagePreview() == nil || c.GetViewpoint() == nil {
				return errors.New("no preview or no viewpoint")
			}
		}
		return nil
	})
	j.check("GET /chats/{id} with an encoded id", func() error {
		c, err := j.chats.ByChatId(j.chat(true)).Get(j.ctx, nil)
		if err != nil {
			return err
		}
		if c.GetTenantId() == nil || c.GetWebUrl() == nil || c.GetCreatedDateTime() == nil || c.GetLastUpdatedDateTime() == nil {
			return errors.New("tenantId, webUrl or a time is missing")
		}
		return same("chatType", c.GetChatType(), models.GROUP_CHATTYPE)
	})
	j.check("GET /chats/{id}/members", func() error {
		got, err := j.chats.ByChatId(j.chat(true)).Members().Get(j.ctx, nil)
		if err != nil {
			return err
		}
		for _, m := range got.GetValue() {
			a, ok := m.(models.AadUserConversationMemberable)
			if !ok || a.GetUserId() == nil || a.GetTenantId() == nil || m.GetId() == nil || m.GetVisibleHistoryStartDateTime() == nil {
				return fmt.Errorf("a member is a %T", m)
			}
		}
		return nil
	})
	j.messages()
}

func (j *judge) messages() {
	list := j.chats.ByChatId(j.chat(true)).Messages()
	query := func(q chats.ItemMessagesRequestBuilderGetQueryParameters) (models.ChatMessageCollectionResponseable, error) {
		return list.Get(j.ctx, &chats.ItemMessagesRequestBuilderGetRequestConfiguration{Headers: modern(), QueryParameters: &q})
	}
	j.check("GET messages: newest first, senders, bodies, etags", func() error {
		got, err := query(chats.ItemMessagesRequestBuilderGetQueryParameters{Top: ptr(int32(50))})
		if err != nil {
			return err
		}
		var before *time.Time
		for _, m := range got.GetValue() {
			if before != nil && m.GetLastModifiedDateTime().After(*before) {
				return errors.New("not in order")
			}
			before = m.GetLastModifiedDateTime()
			switch {
			case m.GetEtag() == nil || m.GetId() == nil || m.GetBody() == nil || m.GetMessageType() == nil:
				return errors.New("etag, id, body or type is missing")
			case *m.GetMessageType() == models.MESSAGE_CHATMESSAGETYPE && m.GetDeletedDateTime() == nil && (m.GetFrom() == nil || m.GetFrom().GetUser() == nil):
				return errors.New("a message has no sender")
			}
		}
		return nil
	})
	j.check("GET messages: pages of the SDK's iterator to the first", func() error {
		got, err := query(chats.ItemMessagesRequestBuilderGetQueryParameters{Top: ptr(int32(20))})
		if err != nil {
			return err
		}
		pages, err := core.NewPageIterator[models.ChatMessageable](got, j.adapter, models.CreateChatMessageCollectionResponseFromDiscriminatorValue)
		if err != nil {
			return err
		}
		pages.SetHeaders(modern())
		n, events := 0, 0
		err = pages.Iterate(j.ctx, func(m models.ChatMessageable) bool {
			n++
			if d, ok := m.GetEventDetail().(models.MembersAddedEventMessageDetailable); ok && len(d.GetMembers()) > 0 {
				events++
			}
			return n < 2000
		})
		if err == nil && (n < 40 || events == 0) {
			err = fmt.Errorf("%d messages, %d of them typed membersAdded events", n, events)
		}
		return err
	})
	j.check("GET messages: $filter and $orderby by modification", func() error {
		since := time.Now().UTC().Add(-30 * 24 * time.Hour)
		got, err := query(chats.ItemMessagesRequestBuilderGetQueryParameters{
			Orderby: []string{"lastModifiedDateTime desc"}, Filter: ptr("lastModifiedDateTime gt " + since.Format(time.RFC3339))})
		if err != nil {
			return err
		}
		for _, m := range got.GetValue() {
			if !m.GetLastModifiedDateTime().After(since) {
				return errors.New("an older one is there")
			}
		}
		return nil
	})
	j.options(query)
}

// messageQuery lists the messages of one chat.
type messageQuery func(chats.ItemMessagesRequestBuilderGetQueryParameters) (models.ChatMessageCollectionResponseable, error)

func (j *judge) options(query messageQuery) {
	list := j.chats.ByChatId(j.chat(true)).Messages()
	j.check("GET messages: $top above 50 is refused", func() error {
		_, err := query(chats.ItemMessagesRequestBuilderGetQueryParameters{Top: ptr(int32(51))})
		return refused(err, 400, "BadRequest")
	})
	j.check("GET messages: an ascending order is refused", func() error {
		_, err := query(chats.ItemMessagesRequestBuilderGetQueryParameters{Orderby: []string{"createdDateTime asc"}})
		return refused(err, 400, "BadRequest")
	})
	j.check("GET messages: an unknown option is refused", func() error {
		_, err := query(chats.ItemMessagesRequestBuilderGetQueryParameters{Search: ptr("x")})
		return refused(err, 400, "BadRequest")
	})
	j.check("GET hosted content", func() error {
		pages, err := query(chats.ItemMessagesRequestBuilderGetQueryParameters{Top: ptr(int32(50))})
		if err != nil {
			return err
		}
		for _, m := range pages.GetValue() {
			if m.GetBody().GetContent() == nil || !strings.Contains(*m.GetBody().GetContent(), "/hostedContents/") {
				continue
			}
			hosted, err := list.ByChatMessageId(*m.GetId()).HostedContents().Get(j.ctx, nil)
			if err != nil {
				return err
			}
			data, err := list.ByChatMessageId(*m.GetId()).HostedContents().ByChatMessageHostedContentId(*hosted.GetValue()[0].GetId()).Content().Get(j.ctx, nil)
			if err == nil && len(data) < 100 {
				err = fmt.Errorf("%d bytes", len(data))
			}
			return err
		}
		return nil // no picture among the newest fifty
	})
}
