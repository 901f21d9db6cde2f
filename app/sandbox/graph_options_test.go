package sandbox_test

import (
	"net/http"
	"testing"
)

func TestQueryOptionsThatGraphRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	messages := "/chats/" + escape(r.chat("group")) + "/messages"
	for _, c := range []struct {
		name, path, option, value, part string
	}{
		{"more than 50 messages on a page", messages, "$top", "51", "Top"},
		{"no messages on a page", messages, "$top", "0", "Top"},
		{"a page size that is no number", messages, "$top", "many", "$top"},
		{"messages in ascending order", messages, "$orderby", "createdDateTime asc", "Ascending"},
		{"messages in ascending order by default", messages, "$orderby", "createdDateTime", "Ascending"},
		{"messages by sender", messages, "$orderby", "from desc", "order by"},
		{"messages by two properties", messages, "$orderby", "createdDateTime desc, id desc", "order by"},
		{"messages created after a time", messages, "$filter", "createdDateTime gt 2026-01-01T00:00:00Z", "Filter"},
		{"messages from a time on", messages, "$filter", "lastModifiedDateTime ge 2026-01-01T00:00:00Z", "Filter"},
		{"messages of a sender", messages, "$filter", "from/user/id eq 'x'", "Filter"},
		{"messages at a time that is none", messages, "$filter", "lastModifiedDateTime gt yesterday", "DateTimeOffset"},
		{"expanded messages", messages, "$expand", "replies", "expand"},
		{"chosen properties of messages", messages, "$select", "id", "select"},
		{"searched messages", messages, "$search", "x", "search"},
		{"skipped messages", messages, "$skip", "5", "skip"},
		{"counted messages", messages, "$count", "true", "count"},
		{"an invented option", messages, "$foo", "1", "foo"},
		{"a foreign skip token", messages, "$skiptoken", "zzz", "Skip token"},
		{"more than 50 chats on a page", "/me/chats", "$top", "51", "Top"},
		{"chats in ascending order", "/me/chats", "$orderby", "lastMessagePreview/createdDateTime asc", "Ascending"},
		{"chats by topic", "/me/chats", "$orderby", "topic desc", "order by"},
		{"chats whose topic contains a text", "/me/chats", "$filter", "contains(topic,'x')", "Filter"},
		{"chats with expanded messages", "/me/chats", "$expand", "messages", "messages"},
		{"searched chats", "/me/chats", "$search", "x", "search"},
		{"skipped chats", "/me/chats", "$skip", "5", "skip"},
		{"members in parts", "/chats/" + escape(r.chat("group")) + "/members", "$top", "5", "top"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := r
			r.t = t
			r.list(c.path, c.option, c.value).refused(http.StatusBadRequest, "BadRequest", c.part)
		})
	}
}

func TestOptionsWithoutDollarAreIgnored(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if n := len(r.get("/me/chats?%24top=3&top=1&color=red").rows()); n != 3 {
		t.Errorf("got %d chats, want the 3 of $top", n)
	}
	r.get("/me/chats?$top=3&$top=4").refused(400, "BadRequest", "more than once")
}

func TestErrorsOfGraph(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	group := "/chats/" + escape(r.chat("group"))
	for _, c := range []struct {
		name         string
		by           rig
		method, path string
		body         any
		status       int
		code, part   string
	}{
		{"no token", rig{Sandbox: r.Sandbox, client: r.client}, "GET", "/me", nil, 401, "InvalidAuthenticationToken", "empty"},
		{"a token for another service", func() rig { x := r; x.token = r.Token(r.me.OID, "dataverse"); return x }(), "GET", "/me", nil, 401, "InvalidAuthenticationToken", "audience"},
		{"a token with a broken signature", func() rig { x := r; x.token = r.token[:len(r.token)-8] + "AAAAAAAA"; return x }(), "GET", "/me", nil, 401, "InvalidAuthenticationToken", "signature"},
		{"a scope that is missing", r.scoped("Chat.ReadBasic"), "GET", group + "/messages", nil, 403, "Forbidden", "Missing scope"},
		{"removing members without the administrator's scope", r.scoped("Chat.ReadWrite"), "DELETE", group + "/members/x", nil, 403, "Forbidden", "ChatMember.ReadWrite"},
		{"an unknown chat", r, "GET", "/chats/19%3Anone%40thread.v2", nil, 404, "NotFound", ""},
		{"a chat of others", r, "GET", "/chats/" + escape(r.foreign()), nil, 403, "Forbidden", "InsufficientPrivileges"},
		{"messages of a chat of others", r, "GET", "/chats/" + escape(r.foreign()) + "/messages", nil, 403, "Forbidden", "InsufficientPrivileges"},
		{"an unknown message", r, "GET", group + "/messages/17", nil, 404, "NotFound", ""},
		{"an unknown person", r, "GET", "/users/nobody%40example.test", nil, 404, "Request_ResourceNotFound", "nobody@example.test"},
		{"chats of somebody else", r, "GET", "/users/" + r.People[1].OID + "/chats", nil, 403, "Forbidden", "delegated"},
		{"a path nobody knows", r, "GET", "/me/banana", nil, 400, "BadRequest", "banana"},
		{"a body that is half JSON", r, "POST", group + "/messages", `{"body":{"content":"x"`, 400, "BadRequest", "JSON"},
		{"no body", r, "POST", group + "/messages", nil, 400, "BadRequest", "Empty Payload"},
		{"every message of a person", r, "GET", "/users/" + r.me.OID + "/chats/getAllMessages", nil, 412, "PreconditionFailed", "delegated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.by.t = t
			c.by.do(c.method, c.path, c.body).refused(c.status, c.code, c.part)
		})
	}
}

func TestNonMemberBodyNamesTheRoster(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.get("/chats/" + escape(r.foreign())).want(403).json["error"].(map[string]any)
	inner := e["innerError"].(map[string]any)
	if inner["code"] != "1" || text(inner, "message")[:14] != "AclCheckFailed" {
		t.Errorf("got %v, want code 1 and AclCheckFailed", inner)
	}
}

func TestRequestIDsAreEchoed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.get("/me", "client-request-id", "my-own-id").want(200)
	if g.header.Get("client-request-id") != "my-own-id" || g.header.Get("request-id") == "" {
		t.Errorf("got headers %v", g.header)
	}
}
