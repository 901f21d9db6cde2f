package graph_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"chatpane/app/graph"
	"chatpane/app/odata"
	"chatpane/app/sandbox"
	"chatpane/app/wire"
)

// as is a client of the sandbox's Graph for a person.
func as(t *testing.T, s *sandbox.Sandbox, oid string) *graph.Client {
	t.Helper()
	origin := s.Origins()["graph"]
	h, err := wire.NewClient(origin, wire.Options{Transport: s.Transport(), Token: func(context.Context, string) (string, error) {
		return s.Token(oid, "graph"), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return graph.New(&odata.Client{Base: origin + "/v1.0", HTTP: h})
}

// company is a small sandbox; it is frozen unless a test moves its clock.
func company() *sandbox.Sandbox {
	return sandbox.New(sandbox.Options{Seed: 1, Cases: 12, Chats: 60, Messages: 3000})
}

func TestReadingTheSandbox(t *testing.T) {
	t.Parallel()
	s := company()
	me := s.People[0]
	c := as(t, s, me.OID)
	ctx := t.Context()
	user, err := c.Me(ctx)
	if err != nil || user.ID != me.OID || user.DisplayName != me.Name {
		t.Fatalf("me: %v %+v", err, user)
	}
	if u, err := c.User(ctx, s.People[1].OID); err != nil || u.UserPrincipalName != s.People[1].UPN {
		t.Errorf("user: %v %+v", err, u)
	}
	word := strings.Fields(s.People[1].Name)[0]
	found, err := c.SearchUsers(ctx, word, 5)
	if err != nil || !slices.ContainsFunc(found, func(u graph.User) bool { return u.ID == s.People[1].OID }) {
		t.Errorf("search %q: %v %+v", word, err, found)
	}
	if p, err := c.Presences(ctx, []string{s.People[1].OID, s.People[2].OID}); err != nil || len(p) != 2 || p[0].Availability == "" {
		t.Errorf("presences: %v %+v", err, p)
	}

	var chats []graph.Chat
	for next, more := "", true; more; more = next != "" {
		page, err := c.ListChats(ctx, next)
		if err != nil {
			t.Fatal(err)
		}
		chats, next = append(chats, page.Chats...), page.Next
	}
	if len(chats) < 10 {
		t.Fatalf("%d chats", len(chats))
	}
	for i, chat := range chats {
		if i > 0 && chat.LastMessagePreview != nil && chats[i-1].LastMessagePreview != nil &&
			chat.LastMessagePreview.CreatedDateTime.After(chats[i-1].LastMessagePreview.CreatedDateTime.Time) {
			t.Errorf("chat %d is newer than the one before it", i)
		}
		if chat.CreatedDateTime.IsZero() || len(chat.Members) == 0 || chat.Viewpoint.LastMessageReadDateTime.After(s.Now()) {
			t.Errorf("chat %d: %+v", i, chat)
		}
	}
	foreign := slices.IndexFunc(s.ListRooms(), func(d sandbox.DescribedChat) bool { return !slices.Contains(d.Members, me.OID) })
	answers, err := c.GetChats(ctx, []string{chats[0].ID, s.ListRooms()[foreign].ID, "19:nothing@thread.v2"})
	if err != nil || answers[0].Err != nil || answers[0].Chat.ID != chats[0].ID ||
		!errors.Is(answers[1].Err, odata.ErrForbidden) || !errors.Is(answers[2].Err, odata.ErrNotFound) {
		t.Errorf("get chats: %v %+v", err, answers)
	}
	if members, err := c.ListMembers(ctx, chats[0].ID); err != nil || len(members) < len(chats[0].Members) {
		t.Errorf("members: %v %+v", err, members)
	}
}

func TestReadingMessagesOfTheSandbox(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	ctx := t.Context()
	page, err := c.ListChats(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	chat := page.Chats[0].ID

	// Going back from the newest and reading everything must agree.
	back := map[string]graph.Message{}
	for before, more := (time.Time{}), true; more; {
		var list []graph.Message
		if list, more, err = c.MessagesBefore(ctx, chat, before); err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			back[m.ID] = m
		}
		if len(list) == 0 {
			break
		}
		before = list[len(list)-1].CreatedDateTime.Time
	}
	all := map[string]graph.Message{}
	systems := 0
	for list, err := range c.MessagesSince(ctx, chat, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			all[m.ID] = m
			if m.System() {
				systems++
				if m.EventDetail == nil || m.EventDetail.Kind() == "" || m.MessageType != "systemEventMessage" {
					t.Errorf("system message %+v", m)
				}
			}
		}
	}
	if len(all) < 10 || len(back) != len(all) || systems == 0 {
		t.Errorf("%d messages going back, %d in all, %d of them events", len(back), len(all), systems)
	}

	var middle time.Time
	for _, m := range all {
		if m.LastModifiedDateTime.After(middle) {
			middle = m.LastModifiedDateTime.Time
		}
	}
	middle = middle.Add(-24 * time.Hour)
	want := 0
	for _, m := range all {
		if m.LastModifiedDateTime.After(middle.Truncate(time.Millisecond)) {
			want++
		}
	}
	got := 0
	for list, err := range c.MessagesSince(ctx, chat, middle) {
		if err != nil {
			t.Fatal(err)
		}
		got += len(list)
	}
	if got != want || got == 0 || got == len(all) {
		t.Errorf("%d messages since %v, want %d of %d", got, middle, want, len(all))
	}
	batch, err := c.LatestBatch(ctx, []graph.Since{{Chat: chat, Since: middle}, {Chat: page.Chats[1].ID, Since: middle}})
	if err != nil || batch[0].Err != nil || batch[1].Err != nil || len(batch[0].Messages) != min(got, 50) {
		t.Errorf("batch: %v, %d messages, want %d", err, len(batch[0].Messages), min(got, 50))
	}
}

// hostedIn finds the hosted contents named in a body.
var hostedIn = regexp.MustCompile(`/hostedContents/([^/"]+)/\$value`)

func TestPicturesOfTheSandbox(t *testing.T) {
	t.Parallel()
	s := company()
	c := as(t, s, s.People[0].OID)
	ctx := t.Context()
	photos, none := 0, 0
	for _, p := range s.People {
		data, kind, err := c.Photo(ctx, p.OID, "48x48")
		switch {
		case errors.Is(err, odata.ErrNotFound):
			none++
		case err != nil || len(data) == 0 || !strings.HasPrefix(kind, "image/"):
			t.Errorf("photo: %v %s", err, kind)
		default:
			photos++
		}
	}
	if photos == 0 || none == 0 {
		t.Errorf("%d photos, %d people without", photos, none)
	}
	page, err := c.ListChats(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, chat := range page.Chats {
		for list, err := range c.MessagesSince(ctx, chat.ID, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				if id := hostedIn.FindStringSubmatch(m.Body.Content); id != nil {
					data, kind, err := c.HostedContent(ctx, chat.ID, m.ID, id[1])
					if err != nil || len(data) == 0 || !strings.HasPrefix(kind, "image/") {
						t.Errorf("hosted content: %v %s", err, kind)
					}
					return
				}
			}
		}
	}
	t.Error("no message has a picture")
}

func TestWritingToTheSandbox(t *testing.T) {
	t.Parallel()
	s := company()
	me, you := s.People[0], s.People[1]
	c := as(t, s, me.OID)
	ctx := t.Context()
	chat, err := c.CreateChat(ctx, graph.NewChat{ChatType: "group", Topic: "Pump", Members: []graph.NewMember{{UserID: me.OID}, {UserID: you.OID}}})
	if err != nil || chat.ID == "" || chat.Topic != "Pump" {
		t.Fatalf("create: %v %+v", err, chat)
	}
	sent, err := c.SendMessage(ctx, chat.ID, graph.NewMessage{
		HTML: `<p><at id="0">` + you.Name + `</at> <strong>now</strong></p>`, Importance: "high",
		Mentions: []graph.NewMention{{ID: 0, Text: you.Name, UserID: you.OID}},
	})
	if err != nil || sent.Importance != "high" || len(sent.Mentions) != 1 || sent.Mentions[0].Mentioned.User.ID != you.OID || sent.From.User.ID != me.OID {
		t.Fatalf("send: %v %+v", err, sent)
	}
	theirs := as(t, s, you.OID)
	got, err := theirs.GetChat(ctx, chat.ID)
	if err != nil || len(got.Members) != 2 {
		t.Fatalf("their view: %v %+v", err, got)
	}
	if err := theirs.MarkRead(ctx, chat.ID, you.OID, s.TenantID); err != nil {
		t.Fatal(err)
	}
	viewpoint := func() graph.Viewpoint {
		t.Helper()
		page, err := theirs.ListChats(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(page.Chats, func(x graph.Chat) bool { return x.ID == chat.ID })
		if at < 0 {
			t.Fatal("the chat is not in their list")
		}
		return page.Chats[at].Viewpoint
	}
	if v := viewpoint(); v.LastMessageReadDateTime.Before(sent.CreatedDateTime.Time) {
		t.Errorf("read until %v, sent at %v", v.LastMessageReadDateTime, sent.CreatedDateTime)
	}
	if err := theirs.MarkUnread(ctx, chat.ID, you.OID, s.TenantID, sent.CreatedDateTime.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if v := viewpoint(); !v.LastMessageReadDateTime.Before(sent.CreatedDateTime.Time) {
		t.Errorf("unread, but read until %v", v.LastMessageReadDateTime)
	}
	s.Knobs.RefuseOrder(true)
	if _, err := as(t, s, me.OID).ListChats(ctx, ""); err != nil {
		t.Errorf("a cloud that does not order: %v", err)
	}
}
