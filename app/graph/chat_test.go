package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"chatpane/app/graph"
	"chatpane/app/odata"
)

const chatID = "19:2da4c29f6d7041eca70b638b43d45437@thread.v2"

// chatPath is how the chat appears in a path.
const chatPath = "/chats/19%3A2da4c29f6d7041eca70b638b43d45437%40thread.v2"

func TestListChats(t *testing.T) {
	t.Parallel()
	c, f, o := client(t, always(200, file(t, "chats.json")))
	skipped := 0
	o.Observe = func(e odata.Event) {
		if e.Status == 0 && errors.Is(e.Err, odata.ErrBadReply) {
			skipped++
		}
	}
	page, err := c.ListChats(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Chats) != 3 || skipped != 1 {
		t.Fatalf("got %d chats, %d skipped, want 3 and the one without an id", len(page.Chats), skipped)
	}
	group, single, odd := page.Chats[0], page.Chats[1], page.Chats[2]
	if group.Topic != "Case CAS-01" || !group.CreatedDateTime.Equal(at(t, "2026-10-20T07:31:24.400Z")) ||
		!group.Viewpoint.LastMessageReadDateTime.Equal(at(t, "2026-11-20T06:26:28.510Z")) ||
		group.LastMessagePreview.From.User.ID != "8b081ef6-4792-4def-b2c9-c363a1bf41d5" || len(group.Members) != 2 ||
		!group.Members[0].Role("owner") || !group.Members[1].Role("guest") || group.MembersCut() {
		t.Errorf("group chat: %+v", group)
	}
	if single.Topic != "" || !single.Viewpoint.LastMessageReadDateTime.IsZero() || single.LastMessagePreview != nil || !single.Viewpoint.IsHidden {
		t.Errorf("one-on-one chat: %+v", single)
	}
	if odd.ChatType != "meeting" || odd.Topic != "" || !odd.CreatedDateTime.IsZero() || len(odd.Members) != 0 {
		t.Errorf("chat with odd fields: %+v", odd)
	}
	want := map[string]string{"$top": "50", "$expand": "lastMessagePreview,members", "$orderby": "lastMessagePreview/createdDateTime desc"}
	if got := f.seen[0]; got.Path != "/me/chats" || !reflect.DeepEqual(got.Query, want) || got.Header.Get("Prefer") != "include-unknown-enum-members" {
		t.Errorf("asked %+v", got)
	}
	if _, err := c.ListChats(t.Context(), page.Next); err != nil || f.seen[1].Query["$skiptoken"] != "1.kscDYs0BAAAA" {
		t.Errorf("next page: %v, asked %+v", err, f.seen[1])
	}
	if _, err := c.ListChats(t.Context(), "https://evil.example/v1.0/me/chats?x"); !errors.Is(err, odata.ErrForeignLink) || len(f.seen) != 2 {
		t.Errorf("foreign next link: %v after %d requests", err, len(f.seen))
	}
}

func TestListChatsRemembersThatOrderIsRefused(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, func(a asked) reply {
		if a.Query["$orderby"] != "" {
			return reply{status: 400, body: `{"error":{"code":"BadRequest","message":"Query option 'OrderBy' is not allowed."}}`}
		}
		return reply{body: `{"value":[]}`}
	})
	for range 2 {
		if _, err := c.ListChats(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.seen) != 3 {
		t.Errorf("%d requests, want one that is refused and one for each list", len(f.seen))
	}
}

func TestListChatsDoesNotBlameTheOrderForEverything(t *testing.T) {
	t.Parallel()
	broken := true
	c, f, _ := client(t, func(asked) reply {
		if broken {
			return reply{status: 400, body: `{}`}
		}
		return reply{body: `{"value":[]}`}
	})
	if _, err := c.ListChats(t.Context(), ""); !errors.Is(err, odata.ErrBadRequest) {
		t.Fatalf("got %v", err)
	}
	broken = false
	if _, err := c.ListChats(t.Context(), ""); err != nil || f.seen[2].Query["$orderby"] == "" {
		t.Errorf("%v, asked %+v", err, f.seen[2])
	}
}

func TestGetChatAndMembers(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, func(a asked) reply {
		if strings.HasSuffix(a.Path, "/members") {
			return reply{body: `{"value":[{"id":"m1","userId":"u1","displayName":"A","roles":["owner"]},{"roles":[]},3]}`}
		}
		return reply{body: `{"id":"` + chatID + `","chatType":"group","members":[` + strings.TrimSuffix(strings.Repeat(`{"id":"m","userId":"u"},`, 25), ",") + `]}`}
	})
	chat, err := c.GetChat(t.Context(), chatID)
	if err != nil || !chat.MembersCut() || f.seen[0].Path != chatPath || f.seen[0].Query["$expand"] != "members" {
		t.Errorf("get chat: %v %+v, asked %+v", err, chat, f.seen[0])
	}
	members, err := c.ListMembers(t.Context(), chatID)
	if err != nil || len(members) != 1 || members[0].UserID != "u1" || f.seen[1].Path != chatPath+"/members" || len(f.seen[1].Query) != 0 {
		t.Errorf("members: %v %+v, asked %+v", err, members, f.seen[1])
	}
}

func TestGetChatOfANonMember(t *testing.T) {
	t.Parallel()
	c, _, _ := client(t, always(403, `{"error":{"code":"Forbidden","message":"InsufficientPrivileges","innerError":{"code":"1","message":"AclCheckFailed-The initiator is not a member of the roster in the generic thread","date":"2026-11-25T00:00:00","request-id":"r-1","client-request-id":"c-1"}}}`))
	_, err := c.GetChat(t.Context(), chatID)
	var e *odata.Error
	if !errors.Is(err, odata.ErrForbidden) || !errors.As(err, &e) || e.RequestID != "r-1" {
		t.Errorf("got %v", err)
	}
}

// batched answers a $batch with what single makes of each request, in reverse
// order, as Graph may.
func batched(t *testing.T, single func(url string) (int, string)) func(asked) reply {
	return func(a asked) reply {
		var in struct {
			Requests []struct {
				ID, Method, URL string
				Headers         map[string]string
			}
		}
		if err := json.Unmarshal([]byte(a.Body), &in); err != nil {
			t.Error(err)
		}
		if len(in.Requests) > 20 {
			t.Errorf("%d requests in a batch", len(in.Requests))
		}
		var out []string
		for _, r := range in.Requests {
			if r.Headers["Prefer"] != "include-unknown-enum-members" {
				t.Errorf("batch item without the preference: %v", r.Headers)
			}
			status, body := single(r.URL)
			out = append([]string{fmt.Sprintf(`{"id":%q,"status":%d,"headers":{"Content-Type":"application/json"},"body":%s}`, r.ID, status, body)}, out...)
		}
		return reply{body: `{"responses":[` + strings.Join(out, ",") + `]}`}
	}
}

func TestGetChatsInBatches(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, batched(t, func(url string) (int, string) {
		id := strings.TrimSuffix(strings.TrimPrefix(url, "/chats/19%3A"), "%40thread.v2?$expand=members")
		if id == "3" {
			return 403, `{"error":{"code":"Forbidden","message":"x"}}`
		}
		return 200, `{"id":"19:` + id + `@thread.v2","chatType":"group"}`
	}))
	var ids []string
	for i := range 45 {
		ids = append(ids, fmt.Sprintf("19:%d@thread.v2", i))
	}
	got, err := c.GetChats(t.Context(), ids)
	if err != nil || len(got) != 45 || len(f.seen) != 3 {
		t.Fatalf("%v, %d answers, %d requests", err, len(got), len(f.seen))
	}
	for i, a := range got {
		if a.ID != ids[i] || i == 3 != errors.Is(a.Err, odata.ErrForbidden) || i != 3 && a.Chat.ID != ids[i] {
			t.Errorf("answer %d: %+v", i, a)
		}
	}
}

// waits remembers the buckets that were waited for.
type waits struct{ buckets []string }

func (w *waits) Wait(_ context.Context, bucket string) error {
	w.buckets = append(w.buckets, bucket)
	return nil
}

// WaitTogether lets at most two parts leave at one moment.
func (w *waits) WaitTogether(_ context.Context, bucket string, parts []string) (int, error) {
	n := min(len(parts), 2)
	w.buckets = append(append(w.buckets, bucket), parts[:n]...)
	return n, nil
}

func TestLatestBatch(t *testing.T) {
	t.Parallel()
	since := at(t, "2026-11-21T07:20:00Z")
	c, f, o := client(t, batched(t, func(url string) (int, string) {
		switch {
		case strings.HasPrefix(url, "/chats/19%3Aa%40thread.v2/messages?"):
			want := "$filter=lastModifiedDateTime%20gt%202026-11-21T07%3A20%3A00.000Z&$orderby=lastModifiedDateTime%20desc&$top=50"
			if !strings.HasSuffix(url, want) {
				t.Errorf("asked %s", url)
			}
			return 200, strings.Replace(file(t, "messages.json"), `"@odata.count": 4`, `"@odata.nextLink": "https://graph.microsoft.com/v1.0/next"`, 1)
		case strings.HasPrefix(url, "/chats/19%3Ab%40"):
			return 200, `{"value":[{"id":"2","createdDateTime":"2026-11-25T00:00:00Z"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/next"}`
		}
		return 404, `{"error":{"code":"NotFound"}}`
	}))
	w := &waits{}
	o.Limit = w
	skipped := 0
	o.Observe = func(e odata.Event) {
		if e.Status == 0 {
			skipped++
		}
	}
	got, err := c.LatestBatch(t.Context(), []graph.Since{{Chat: "19:a@thread.v2", Since: since}, {Chat: "19:b@thread.v2"}, {Chat: "19:c@thread.v2"}})
	if err != nil || len(got) != 3 || len(f.seen) != 2 {
		t.Fatalf("%v, %d requests, want 2 for what may leave at one moment: %+v", err, len(f.seen), got)
	}
	if a := got[0]; a.Err != nil || len(a.Messages) != 2 || a.More || skipped != 2 {
		t.Errorf("first: %d messages, more %v, err %v, %d skipped; want the filter's neglect noticed", len(a.Messages), a.More, a.Err, skipped)
	}
	if b := got[1]; b.Err != nil || len(b.Messages) != 1 || !b.More {
		t.Errorf("second: %+v", b)
	}
	if !errors.Is(got[2].Err, odata.ErrNotFound) || got[2].Chat != "19:c@thread.v2" {
		t.Errorf("third: %+v", got[2])
	}
	if want := []string{"batch", "chat-messages:19:a@thread.v2", "chat-messages:19:b@thread.v2", "batch", "chat-messages:19:c@thread.v2"}; !reflect.DeepEqual(w.buckets, want) {
		t.Errorf("waited for %q, want %q", w.buckets, want)
	}
}

func TestCreateChat(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, always(201, `{"id":"19:new@thread.v2","chatType":"group","topic":"T","createdDateTime":"2026-11-25T00:00:00Z"}`))
	chat, err := c.CreateChat(t.Context(), graph.NewChat{ChatType: "group", Topic: "T", Members: []graph.NewMember{{UserID: "me-1"}, {UserID: "g#1", Guest: true}}})
	if err != nil || chat.ID != "19:new@thread.v2" {
		t.Fatal(err, chat)
	}
	sameJSON(t, "body", f.seen[0].Body, `{"chatType":"group","topic":"T","members":[
		{"@odata.type":"#microsoft.graph.aadUserConversationMember","roles":["owner"],"user@odata.bind":"https://graph.microsoft.com/v1.0/users('me-1')"},
		{"@odata.type":"#microsoft.graph.aadUserConversationMember","roles":["guest"],"user@odata.bind":"https://graph.microsoft.com/v1.0/users('g%231')"}]}`)
}

func TestReadState(t *testing.T) {
	t.Parallel()
	c, f, _ := client(t, always(204, ""))
	if err := c.MarkRead(t.Context(), chatID, "u", "t"); err != nil {
		t.Fatal(err)
	}
	if err := c.MarkUnread(t.Context(), chatID, "u", "t", at(t, "2026-11-25T10:00:00.5Z")); err != nil {
		t.Fatal(err)
	}
	if err := c.MarkUnread(t.Context(), chatID, "u", "t", time.Time{}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ path, body string }{
		{chatPath + "/markChatReadForUser", `{"user":{"id":"u","tenantId":"t"}}`},
		{chatPath + "/markChatUnreadForUser", `{"user":{"id":"u","tenantId":"t"},"lastMessageReadDateTime":"2026-11-25T10:00:00.500Z"}`},
		{chatPath + "/markChatUnreadForUser", `{"user":{"id":"u","tenantId":"t"}}`},
	} {
		if f.seen[i].Path != want.path || f.seen[i].Method != "POST" {
			t.Errorf("asked %+v", f.seen[i])
		}
		sameJSON(t, want.path, f.seen[i].Body, want.body)
	}
}
