package graph_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"chatpane/app/graph"
	"chatpane/app/odata"
)

func TestMessageShapes(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, always(200, file(t, "messages.json")))
	var got []graph.Message
	for page, err := range c.MessagesSince(t.Context(), chatID, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page...)
	}
	if len(got) != 3 {
		t.Fatalf("%d messages, want 3", len(got))
	}
	m := got[0]
	if m.ETag != "1763711300123" || !m.CreatedDateTime.Equal(at(t, "2026-11-21T07:46:28.510Z")) || m.Importance != "high" || m.System() || m.Blocked() ||
		len(m.Attachments) != 2 || m.Attachments[0].ContentType != "messageReference" || m.Attachments[1].Name != "a.docx" ||
		m.From.User.DisplayName != "Ann Lee" || m.Body.ContentType != "html" {
		t.Errorf("message: %+v", m)
	}
	if len(m.Mentions) != 2 || m.Mentions[0].Mentioned.User.ID != "4595d2f2-7b31-446c-84fd-9b795e63114b" || m.Mentions[1].Mentioned.Conversation.ConversationIdentityType != "chat" {
		t.Errorf("mentions: %+v", m.Mentions)
	}
	if len(m.Reactions) != 1 || m.Reactions[0].ReactionType != "💘" || m.Reactions[0].User.User.ID == "" {
		t.Errorf("reactions: %+v", m.Reactions)
	}
	e := got[1]
	if !e.System() || e.From != nil || e.EventDetail.Kind() != "membersAdded" || e.EventDetail.Initiator.User != nil ||
		!strings.HasPrefix(e.EventDetail.Initiator.Application.DisplayName, "Dynamics 365") || len(e.EventDetail.Members) != 1 ||
		e.EventDetail.VisibleHistoryStartDateTime == nil || !e.EventDetail.VisibleHistoryStartDateTime.IsZero() {
		t.Errorf("event: %+v", e.EventDetail)
	}
	if d := got[2]; d.DeletedDateTime.IsZero() || !d.Blocked() {
		t.Errorf("deleted message: %+v", d)
	}
	want := map[string]string{"$top": "50", "$orderby": "lastModifiedDateTime desc"}
	if a := f.seen[0]; a.Path != chatPath+"/messages" || !reflect.DeepEqual(a.Query, want) || a.Header.Get("Prefer") != "include-unknown-enum-members" {
		t.Errorf("asked %+v", a)
	}
}

// messagesPage is a page of messages modified n, n-1, … seconds after a start.
func messagesPage(start time.Time, next string, seconds ...int) string {
	var list []string
	for _, s := range seconds {
		when := start.Add(time.Duration(s) * time.Second).Format(time.RFC3339Nano)
		list = append(list, fmt.Sprintf(`{"id":"%d","createdDateTime":%q,"lastModifiedDateTime":%q}`, s, when, when))
	}
	return `{"value":[` + strings.Join(list, ",") + `],"@odata.nextLink":"` + next + `"}`
}

func ids(list []graph.Message) string {
	var out []string
	for _, m := range list {
		out = append(out, m.ID)
	}
	return strings.Join(out, " ")
}

func TestMessagesSince(t *testing.T) {
	t.Parallel()
	start := at(t, "2026-11-25T10:00:00Z")
	for _, c := range []struct {
		name, first, second string
		want                string
		requests            int
	}{
		{"honoured filter reads to the end", messagesPage(start, base+"/next", 9, 8), messagesPage(start, "", 7, 6), "9 8 7 6", 2},
		{"an empty page in the middle", messagesPage(start, base+"/next"), messagesPage(start, "", 6), "6", 2},
		{"an ignored filter ends at the first older row", messagesPage(start, base+"/next", 9, 6, 5, 4), messagesPage(start, "", 3), "9 6", 1},
	} {
		client, f, _ := client(t, func(a asked) reply {
			if strings.HasSuffix(a.Path, "/next") {
				return reply{body: c.second}
			}
			return reply{body: c.first}
		})
		var got []graph.Message
		for page, err := range client.MessagesSince(t.Context(), chatID, start.Add(5*time.Second)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
		}
		if ids(got) != c.want || len(f.seen) != c.requests {
			t.Errorf("%s: got %s in %d requests, want %s in %d", c.name, ids(got), len(f.seen), c.want, c.requests)
		}
		if q := f.seen[0].Query["$filter"]; q != "lastModifiedDateTime gt 2026-11-25T10:00:05.000Z" {
			t.Errorf("%s: filter %q", c.name, q)
		}
	}
}

func TestMessagesBefore(t *testing.T) {
	t.Parallel()
	start := at(t, "2026-11-25T10:00:00Z")
	pages := map[string]string{
		chatPath + "/messages": messagesPage(start, base+"/p2", 9, 8),
		"/p2":                  messagesPage(start, base+"/p3"),
		"/p3":                  messagesPage(start, base+"/p4", 7, 6, 5),
	}
	c, f, _ := client(t, func(a asked) reply { return reply{body: pages[a.Path]} })
	got, more, err := c.MessagesBefore(t.Context(), chatID, start.Add(7*time.Second))
	if err != nil || ids(got) != "6 5" || !more || len(f.seen) != 3 {
		t.Errorf("got %s, more %v, err %v in %d requests; want what is older although the filter was ignored", ids(got), more, err, len(f.seen))
	}
	want := map[string]string{"$top": "50", "$orderby": "createdDateTime desc", "$filter": "createdDateTime lt 2026-11-25T10:00:07.000Z"}
	if !reflect.DeepEqual(f.seen[0].Query, want) {
		t.Errorf("asked %v", f.seen[0].Query)
	}
	c, f, _ = client(t, always(200, messagesPage(start, "", 2, 1)))
	got, more, err = c.MessagesBefore(t.Context(), chatID, time.Time{})
	if err != nil || ids(got) != "2 1" || more || f.seen[0].Query["$filter"] != "" {
		t.Errorf("newest: got %s, more %v, err %v", ids(got), more, err)
	}
	c, _, _ = client(t, always(200, messagesPage(start, base+"/same")))
	if _, _, err := c.MessagesBefore(t.Context(), chatID, start); !errors.Is(err, odata.ErrBadReply) {
		t.Errorf("endless empty pages: %v", err)
	}
}

func TestSendMessage(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, always(201, `{"id":"1","createdDateTime":"2026-11-25T10:00:00.1Z","body":{"contentType":"html","content":"<p>x</p>"}}`))
	m, err := c.SendMessage(t.Context(), chatID, graph.NewMessage{
		HTML: `<p><at id="0">Bo</at> <at id="1">Everyone</at></p>`, Importance: "urgent",
		Mentions: []graph.NewMention{{ID: 0, Text: "Bo", UserID: "u1"}, {ID: 1, Text: "Everyone"}},
	})
	if err != nil || m.ID != "1" || !m.LastModifiedDateTime.Equal(m.CreatedDateTime.Time) {
		t.Fatalf("%v %+v", err, m)
	}
	sameJSON(t, "body", f.seen[0].Body, `{"importance":"urgent","body":{"contentType":"html","content":"<p><at id=\"0\">Bo</at> <at id=\"1\">Everyone</at></p>"},"mentions":[
		{"id":0,"mentionText":"Bo","mentioned":{"user":{"id":"u1","displayName":"Bo","userIdentityType":"aadUser"}}},
		{"id":1,"mentionText":"Everyone","mentioned":{"conversation":{"id":"`+chatID+`","displayName":"Everyone","conversationIdentityType":"chat"}}}]}`)
	if _, err := c.SendMessage(t.Context(), chatID, graph.NewMessage{HTML: "<p>x</p>", Importance: "normal"}); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, "plain body", f.seen[1].Body, `{"body":{"contentType":"html","content":"<p>x</p>"}}`)
}

func TestSendMessageWithAnUnreadableAnswerIsOpen(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":`, `{}`, `[]`, `<html>`} {
		c, f, _ := client(t, always(201, body))
		if _, err := c.SendMessage(t.Context(), chatID, graph.NewMessage{HTML: "<p>x</p>"}); !errors.Is(err, odata.ErrAmbiguous) || len(f.seen) != 1 {
			t.Errorf("%s: %v after %d requests", body, err, len(f.seen))
		}
	}
	c, f, _ := client(t, always(503, `{"error":{"code":"ServiceUnavailable"}}`))
	if _, err := c.SendMessage(t.Context(), chatID, graph.NewMessage{HTML: "<p>x</p>"}); !errors.Is(err, odata.ErrUnavailable) || len(f.seen) != 1 {
		t.Errorf("503: %v after %d requests", err, len(f.seen))
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, func(a asked) reply {
		switch {
		case a.Path == "/users":
			return reply{body: `{"value":[{"id":"u1","displayName":"Ann","mail":null,"userPrincipalName":"ann_x.com#EXT#@contoso.com"},{"displayName":"nobody"}]}`}
		case a.Method == http.MethodPost:
			return reply{body: `{"value":[{"id":"u1","availability":"Available","activity":"InACall"},{"availability":"Away"}]}`}
		case strings.HasSuffix(a.Path, "$value"):
			return reply{body: "\xff\xd8\xff", kind: "image/jpeg"}
		}
		return reply{body: `{"id":"u1","displayName":"Ann","mail":"ann@contoso.com","userPrincipalName":"ann@contoso.com","jobTitle":null}`}
	})
	if u, err := c.Me(t.Context()); err != nil || u.ID != "u1" || u.Guest() || f.seen[0].Path != "/me" {
		t.Errorf("me: %v %+v", err, u)
	}
	if u, err := c.User(t.Context(), "u/1"); err != nil || u.Mail != "ann@contoso.com" || f.seen[1].Path != "/users/u%2F1" {
		t.Errorf("user: %v %+v, asked %+v", err, u, f.seen[1])
	}
	list, err := c.SearchUsers(t.Context(), ` an"n\ `, 10)
	if err != nil || len(list) != 1 || !list[0].Guest() {
		t.Errorf("search: %v %+v", err, list)
	}
	if a := f.seen[2]; a.Query["$search"] != `"displayName:an n" OR "mail:an n"` || a.Query["$count"] != "true" || a.Header.Get("ConsistencyLevel") != "eventual" {
		t.Errorf("search asked %+v", a)
	}
	if list, err := c.SearchUsers(t.Context(), ` " `, 10); err != nil || list != nil || len(f.seen) != 3 {
		t.Errorf("search for nothing: %v %v", list, err)
	}
	if p, err := c.Presences(t.Context(), []string{"u1", "u2"}); err != nil || len(p) != 1 || p[0].Availability != "Available" {
		t.Errorf("presences: %v %+v", err, p)
	}
	sameJSON(t, "presences", f.seen[3].Body, `{"ids":["u1","u2"]}`)
	if data, kind, err := c.Photo(t.Context(), "u1", "96x96"); err != nil || len(data) != 3 || kind != "image/jpeg" || f.seen[4].Path != "/users/u1/photos/96x96/$value" {
		t.Errorf("photo: %v %s %d, asked %+v", err, kind, len(data), f.seen[4])
	}
	if _, _, err := c.Photo(t.Context(), "u1", "../../me"); !errors.Is(err, odata.ErrBadRequest) || len(f.seen) != 5 {
		t.Errorf("photo of a strange size: %v", err)
	}
	if _, _, err := c.HostedContent(t.Context(), chatID, "17", "aWQ9/x="); err != nil || f.seen[5].Path != chatPath+"/messages/17/hostedContents/aWQ9%2Fx%3D/$value" {
		t.Errorf("hosted content: %v, asked %+v", err, f.seen[5])
	}
}

func TestPresencesAreAskedInPortions(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, always(200, `{"value":[]}`))
	if _, err := c.Presences(t.Context(), make([]string, 1301)); err != nil || len(f.seen) != 3 {
		t.Errorf("%v, %d requests, want 3", err, len(f.seen))
	}
}

func TestAnIDCannotLeaveItsPlace(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, always(200, `{"id":"x","value":[]}`))
	for _, id := range []string{"..", ".", "", "../me"} {
		if _, err := c.GetChat(t.Context(), id); !errors.Is(err, odata.ErrBadRequest) || len(f.seen) > 0 {
			t.Errorf("%q: %v, asked %+v", id, err, f.seen)
		}
	}
	if _, err := c.GetChat(t.Context(), "me?$x=#"); err != nil || f.seen[0].Path != "/chats/me%3F%24x%3D%23" {
		t.Errorf("%v, asked %+v", err, f.seen)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(`{"id":"1","createdDateTime":"2026-11-21T07:46:28.51Z","from":null,"mentions":[{"id":0}],"eventDetail":{"@odata.type":"#microsoft.graph.callEndedEventMessageDetail"}}`)
	f.Add(`{"id":"1","createdDateTime":"2026-11-21T07:46:28.51Z","from":7,"body":[],"reactions":"x","policyViolation":{"dlpAction":3}}`)
	f.Fuzz(func(t *testing.T, body string) {
		var m graph.Message
		if json.Unmarshal([]byte(body), &m) == nil && (m.ID == "" || m.CreatedDateTime.IsZero()) && strings.TrimSpace(body) != "null" {
			t.Errorf("%s: accepted without id or time: %+v", body, m)
		}
		_, _ = m.System(), m.Blocked()
		var c graph.Chat
		_ = json.Unmarshal([]byte(body), &c)
	})
}
