package syncer_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/sandbox"
	"chatpane/app/syncer"
)

const me = "11111111-0000-4000-8000-000000000001"

// converter is a syncer that reads nothing.
func converter(t *testing.T) *rig {
	t.Helper()
	r := makeRig(t, sandbox.Options{Seed: 1, Chats: 1, Messages: 1, Cases: 1})
	r.Syncer = syncer.New(syncer.Options{Store: r.store, Me: me, Log: quiet, Budget: r.budget, OnDiff: r.onDiff})
	return r
}

// Messages of Graph, as JSON, become ours.
func TestMessagesAreConverted(t *testing.T) {
	t.Parallel()
	const whole = `"id":"946684800000","etag":"2","createdDateTime":"2000-01-01T00:00:00Z","lastModifiedDateTime":"2000-01-01T00:00:02Z",`
	for name, c := range map[string]struct {
		json string
		want func(*chat.Message)
	}{
		"a text body is escaped": {
			`"body":{"contentType":"text","content":"1 < 2 & <b>"}`,
			func(m *chat.Message) { m.Body = "1 &lt; 2 &amp; &lt;b&gt;" },
		},
		"an HTML body is kept as it is": {
			`"body":{"contentType":"html","content":"<p onclick=x>a</p>"}`,
			func(m *chat.Message) { m.Body = "<p onclick=x>a</p>" },
		},
		"somebody without a name": {
			`"from":{"user":{"id":"u1","displayName":null,"userIdentityType":"aadUser"}}`,
			func(m *chat.Message) { m.From = chat.Sender{UserID: "u1"} },
		},
		"a guest": {
			`"from":{"user":{"id":"u1","displayName":"Gus","userIdentityType":"federatedUser"}}`,
			func(m *chat.Message) { m.From = chat.Sender{UserID: "u1", Name: "Gus", Guest: true} },
		},
		"an application": {
			`"from":{"application":{"id":"a1","displayName":"Bot"}}`,
			func(m *chat.Message) { m.From = chat.Sender{AppID: "a1", Name: "Bot"} },
		},
		"old and new reactions": {
			`"reactions":[{"reactionType":"like","createdDateTime":"2000-01-01T00:00:01Z","user":{"user":{"id":"u1"}}},{"reactionType":"🎉","user":{"user":{"id":"u2","displayName":"Bo"}}}]`,
			func(m *chat.Message) {
				m.Reactions = []chat.Reaction{{Emoji: "👍", UserID: "u1", At: time.Date(2000, 1, 1, 0, 0, 1, 0, time.UTC)}, {Emoji: "🎉", UserID: "u2", Name: "Bo"}}
			},
		},
		"mentions of a person and of everyone": {
			`"mentions":[{"id":0,"mentionText":"Bo","mentioned":{"user":{"id":"u2"}}},{"id":1,"mentionText":"Everyone","mentioned":{"conversation":{"id":"19:x","conversationIdentityType":"chat"}}}]`,
			func(m *chat.Message) {
				m.Mentions = []chat.Mention{{ID: 0, Text: "Bo", UserID: "u2"}, {ID: 1, Text: "Everyone", Everyone: true}}
			},
		},
		"blocked by a policy": {
			`"policyViolation":{"dlpAction":"notifySender,blockAccess"}`,
			func(m *chat.Message) { m.Blocked = true },
		},
		"deleted": {
			`"deletedDateTime":"2000-01-01T00:00:02Z","body":{"contentType":"html","content":""}`,
			func(m *chat.Message) { m.Deleted = time.Date(2000, 1, 1, 0, 0, 2, 0, time.UTC) },
		},
		"an unknown importance reads as normal": {`"importance":"unheardOf"`, func(*chat.Message) {}},
		"urgent":                                {`"importance":"urgent"`, func(m *chat.Message) { m.Importance = chat.Urgent }},
		"members added by an application": {
			`"messageType":"systemEventMessage","body":{"content":"<systemEventMessage/>"},"eventDetail":{"@odata.type":"#microsoft.graph.membersAddedEventMessageDetail",
			"visibleHistoryStartDateTime":"0001-01-01T00:00:00Z","members":[{"id":"u2","displayName":null,"userIdentityType":"aadUser"}],"initiator":{"application":{"id":"a1","displayName":"Join"}}}`,
			func(m *chat.Message) {
				m.Event = &chat.Event{Kind: "membersAdded", AppID: "a1", AppName: "Join", AllHistory: true, Members: []chat.Sender{{UserID: "u2"}}}
			},
		},
		"renamed by somebody without a name": {
			`"messageType":"systemEventMessage","eventDetail":{"@odata.type":"#microsoft.graph.chatRenamedEventMessageDetail","chatDisplayName":"New","initiator":{"user":{"id":"u1","displayName":null}}}`,
			func(m *chat.Message) { m.Event = &chat.Event{Kind: "chatRenamed", InitiatorID: "u1", Topic: "New"} },
		},
		"a system message without details": {
			`"messageType":"systemEventMessage"`,
			func(m *chat.Message) { m.Event = &chat.Event{Kind: "other"} },
		},
		"my message with its marker": {
			fmt.Sprintf(`"from":{"user":{"id":%q}},"body":{"contentType":"html","content":"<div itemid=\"urn:x-chatpane:01ARZ3NDEKTSV4RRFFQ69G5FAV\">a</div>"}`, me),
			func(m *chat.Message) {
				m.From.UserID, m.Body, m.Marker = me, `<div itemid="urn:x-chatpane:01ARZ3NDEKTSV4RRFFQ69G5FAV">a</div>`, "01ARZ3NDEKTSV4RRFFQ69G5FAV"
			},
		},
		"a marker in somebody else's message": {
			`"from":{"user":{"id":"u1"}},"body":{"contentType":"html","content":"<div itemid=\"urn:x-chatpane:01ARZ3NDEKTSV4RRFFQ69G5FAV\">a</div>"}`,
			func(m *chat.Message) {
				m.From.UserID, m.Body = "u1", `<div itemid="urn:x-chatpane:01ARZ3NDEKTSV4RRFFQ69G5FAV">a</div>`
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var in graph.Message
			if err := json.Unmarshal([]byte("{"+whole+c.json+"}"), &in); err != nil {
				t.Fatal(err)
			}
			want := chat.Message{Chat: "19:x", ID: "946684800000", ETag: "2", Created: time.Unix(946684800, 0).UTC(), Modified: time.Unix(946684802, 0).UTC(), Importance: chat.Normal}
			c.want(&want)
			got, err := converter(t).Stored(t.Context(), "19:x", []graph.Message{in})
			if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
				t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
			}
		})
	}
}

// Chats of Graph, with the previews they come with.
func TestChatsAreConverted(t *testing.T) {
	t.Parallel()
	preview := func(text string) string {
		return `"lastMessagePreview":{"id":"946684800000","createdDateTime":"2000-01-01T00:00:00Z",` + text + `}`
	}
	many := strings.TrimSuffix(strings.Repeat(`{"id":"m","userId":"u"},`, 25), ",")
	for name, c := range map[string]struct {
		json string
		ok   func(chat.Chat) bool
	}{
		"never opened, hidden": {
			`"viewpoint":{"isHidden":true,"lastMessageReadDateTime":"0001-01-01T00:00:00Z"}`,
			func(c chat.Chat) bool { return c.Hidden && c.LastRead.IsZero() },
		},
		"without members it is not complete": {`"topic":null`, func(c chat.Chat) bool { return c.Members == nil && !c.MembersComplete && c.Topic == "" }},
		"25 members may be cut":              {`"members":[` + many + `]`, func(c chat.Chat) bool { return len(c.Members) == 25 && !c.MembersComplete }},
		"a guest and an owner": {
			`"members":[{"id":"a","userId":"u1","roles":["owner"]},{"id":"b","userId":"u2","roles":["guest"]}]`,
			func(c chat.Chat) bool {
				return c.MembersComplete && c.Members[0].Owner && !c.Members[0].Guest && c.Members[1].Guest
			},
		},
		"no message yet": {`"lastMessagePreview":null`, func(c chat.Chat) bool { return c.Preview.MessageID == "" && c.LastActivity().Equal(c.Created) }},
		"a preview in one line": {
			preview(`"from":{"user":{"id":"u1","displayName":"Bo"}},"body":{"contentType":"html","content":"<p>one</p><p>two</p>"}`),
			func(c chat.Chat) bool { return c.Preview.FromID == "u1" && c.Preview.Text == "one two" },
		},
		"a preview of plain text": {
			preview(`"body":{"contentType":"text","content":"1 < 2"}`),
			func(c chat.Chat) bool { return c.Preview.Text == "1 < 2" },
		},
		"a preview of a deleted message": {
			preview(`"isDeleted":true,"body":{"contentType":"html","content":"<p>gone</p>"}`),
			func(c chat.Chat) bool { return c.Preview.Deleted && c.Preview.Text == "" },
		},
		"a preview of a system message": {
			preview(`"messageType":"systemEventMessage","body":{"content":"<systemEventMessage/>"},"eventDetail":{"@odata.type":"#microsoft.graph.membersDeletedEventMessageDetail","members":[{"id":"u2"}]}`),
			func(c chat.Chat) bool {
				return c.Preview.System && c.Preview.Text == "" && c.Preview.Event.Kind == "membersDeleted" && c.Preview.Event.Members[0].UserID == "u2"
			},
		},
		"a preview of a system message without details": {
			preview(`"messageType":"systemEventMessage"`),
			func(c chat.Chat) bool { return c.Preview.System && c.Preview.Event.Kind == "other" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var in graph.Chat
			if err := json.Unmarshal([]byte(`{"id":"19:x","chatType":"group","createdDateTime":"1999-01-01T00:00:00Z",`+c.json+"}"), &in); err != nil {
				t.Fatal(err)
			}
			got, err := converter(t).Accept(t.Context(), in)
			if err != nil || got.ID != "19:x" || got.Kind != chat.Group || !c.ok(got) {
				t.Errorf("%v\ngot %+v", err, got)
			}
		})
	}
}

// The preview made of a stored message knows more than Graph's.
func TestPreviewsOfMessages(t *testing.T) {
	t.Parallel()
	base := chat.Message{ID: "1", Body: "<p>Hello</p>", From: chat.Sender{UserID: "u1", Name: "Bo"}, Importance: chat.High}
	for name, c := range map[string]struct {
		alter func(*chat.Message)
		want  func(*chat.Preview)
	}{
		"plain":            {func(*chat.Message) {}, func(*chat.Preview) {}},
		"I am mentioned":   {func(m *chat.Message) { m.Mentions = []chat.Mention{{UserID: me}} }, func(p *chat.Preview) { p.MentionsMe = true }},
		"everyone is":      {func(m *chat.Message) { m.Mentions = []chat.Mention{{Everyone: true}} }, func(p *chat.Preview) { p.MentionsMe = true }},
		"somebody else is": {func(m *chat.Message) { m.Mentions = []chat.Mention{{UserID: "u2"}} }, func(*chat.Preview) {}},
		"deleted":          {func(m *chat.Message) { m.Deleted = time.Unix(9, 0) }, func(p *chat.Preview) { p.Deleted, p.Text = true, "" }},
		"blocked":          {func(m *chat.Message) { m.Blocked = true }, func(p *chat.Preview) { p.Text = "" }},
		"a system message": {
			func(m *chat.Message) { m.Event, m.Body = &chat.Event{Kind: "callEnded"}, "" },
			func(p *chat.Preview) { p.System, p.Event, p.Text = true, &chat.Event{Kind: "callEnded"}, "" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := base
			c.alter(&m)
			want := chat.Preview{MessageID: "1", FromID: "u1", FromName: "Bo", Text: "Hello", Importance: chat.High}
			c.want(&want)
			if got := syncer.Preview(me)(m); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}
