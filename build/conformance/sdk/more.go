package main

import (
	"errors"
	"fmt"

	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/communications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/teams"
)

// failing are the errors that the SDK must be able to read.
func (j *judge) failing() {
	j.check("a chat of others is 403", func() error {
		_, err := j.chats.ByChatId(j.chat(false)).Get(j.ctx, nil)
		return refused(err, 403, "Forbidden")
	})
	j.check("an unknown chat is 404", func() error {
		_, err := j.chats.ByChatId("19:00000000000000000000000000000000@thread.v2").Get(j.ctx, nil)
		return refused(err, 404, "NotFound")
	})
	j.check("an unknown message is 404", func() error {
		_, err := j.chats.ByChatId(j.chat(true)).Messages().ByChatMessageId("1234567890123").Get(j.ctx, nil)
		return refused(err, 404, "NotFound")
	})
	j.check("an empty message is refused", func() error {
		m := models.NewChatMessage()
		m.SetBody(html(""))
		_, err := j.chats.ByChatId(j.chat(true)).Messages().Post(j.ctx, m, nil)
		return refused(err, 400, "BadRequest")
	})
	j.check("a member without roles is refused", func() error {
		m := models.NewAadUserConversationMember()
		m.SetAdditionalData(map[string]any{"user@odata.bind": j.at.Graph + "/users('" + j.others(1)[0] + "')"})
		_, err := j.chats.ByChatId(j.chat(true)).Members().Post(j.ctx, m, nil)
		return refused(err, 400, "BadRequest")
	})
	j.check("getAllMessages of a user is 412 in delegated context", func() error {
		r := j.raw("/users/" + j.me + "/chats/getAllMessages")
		_, err := j.adapter.Send(j.ctx, r, models.CreateChatMessageCollectionResponseFromDiscriminatorValue, errorMap())
		return refused(err, 412, "PreconditionFailed")
	})
}

// elsewhere is what lies outside of chats.
func (j *judge) elsewhere() {
	j.check("$batch: three requests, answers by id", func() error {
		batch := core.NewBatchRequest(j.adapter)
		good, err := batch.AddBatchRequestStep(*j.raw("/me"))
		if err != nil {
			return err
		}
		bad, err := batch.AddBatchRequestStep(*j.raw("/chats/19%3A00000000000000000000000000000000%40thread.v2"))
		if err != nil {
			return err
		}
		chats, err := batch.AddBatchRequestStep(*j.raw("/me/chats?$top=2"))
		if err != nil {
			return err
		}
		answer, err := batch.Send(j.ctx, j.adapter)
		if err != nil {
			return err
		}
		me, err := core.GetBatchResponseById[models.Userable](answer, *good.GetId(), models.CreateUserFromDiscriminatorValue)
		if err != nil {
			return err
		}
		if err := same("id", me.GetId(), j.me); err != nil {
			return err
		}
		if status := answer.GetStatusCodes(); status[*bad.GetId()] != 404 || status[*chats.GetId()] != 200 {
			return fmt.Errorf("got %v", status)
		}
		return nil
	})
	j.check("getPresencesByUserId", func() error {
		build := communications.NewCommunicationsRequestBuilderInternal(map[string]string{"baseurl": j.at.Graph}, j.adapter)
		body := communications.NewGetPresencesByUserIdPostRequestBody()
		body.SetIds(j.others(3))
		got, err := build.GetPresencesByUserId().PostAsGetPresencesByUserIdPostResponse(j.ctx, body, nil)
		if err != nil {
			return err
		}
		if len(got.GetValue()) != 3 || got.GetValue()[0].GetAvailability() == nil {
			return fmt.Errorf("%d presences", len(got.GetValue()))
		}
		return nil
	})
	j.check("GET /users finds people", func() error {
		got, err := j.adapter.Send(j.ctx, j.raw("/users?$top=5"), models.CreateUserCollectionResponseFromDiscriminatorValue, errorMap())
		if err != nil {
			return err
		}
		if n := len(got.(models.UserCollectionResponseable).GetValue()); n == 0 || n > 5 {
			return fmt.Errorf("%d people", n)
		}
		return nil
	})
	j.channels()
}

func (j *judge) channels() {
	var team, channel string
	build := teams.NewTeamsRequestBuilderInternal(map[string]string{"baseurl": j.at.Graph}, j.adapter)
	j.check("GET /me/joinedTeams and channels", func() error {
		got, err := j.adapter.Send(j.ctx, j.raw("/me/joinedTeams"), models.CreateTeamCollectionResponseFromDiscriminatorValue, errorMap())
		if err != nil {
			return err
		}
		all := got.(models.TeamCollectionResponseable).GetValue()
		if len(all) == 0 {
			return errors.New("no team")
		}
		team = *all[0].GetId()
		list, err := build.ByTeamId(team).Channels().Get(j.ctx, nil)
		if err != nil {
			return err
		}
		for _, c := range list.GetValue() {
			if c.GetMembershipType() != nil && *c.GetMembershipType() == models.STANDARD_CHANNELMEMBERSHIPTYPE {
				channel = *c.GetId()
				return nil
			}
		}
		return errors.New("no standard channel")
	})
	at := func() *teams.ItemChannelsChannelItemRequestBuilder {
		return build.ByTeamId(team).Channels().ByChannelId(channel)
	}
	j.check("channel messages and a reply", func() error {
		list, err := at().Messages().Get(j.ctx, nil)
		if err != nil {
			return err
		}
		for _, m := range list.GetValue() {
			if m.GetMessageType() == nil || *m.GetMessageType() != models.MESSAGE_CHATMESSAGETYPE || m.GetDeletedDateTime() != nil {
				continue
			}
			reply := models.NewChatMessage()
			reply.SetBody(html("<p>A reply from the SDK</p>"))
			sent, err := at().Messages().ByChatMessageId(*m.GetId()).Replies().Post(j.ctx, reply, nil)
			if err != nil {
				return err
			}
			return same("replyToId", sent.GetReplyToId(), *m.GetId())
		}
		return errors.New("no message to answer")
	})
	j.check("channel messages: delta() to its deltaLink", func() error {
		got, err := at().Messages().Delta().GetAsDeltaGetResponse(j.ctx, nil)
		for err == nil && got.GetOdataDeltaLink() == nil {
			if got.GetOdataNextLink() == nil {
				return errors.New("neither nextLink nor deltaLink")
			}
			got, err = at().Messages().Delta().WithUrl(*got.GetOdataNextLink()).GetAsDeltaGetResponse(j.ctx, nil)
		}
		return err
	})
}
