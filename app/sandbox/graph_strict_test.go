package sandbox_test

import (
	"strings"
	"testing"
)

// What a lenient server would answer with success, Graph refuses.
func TestGraphRefusesUnknownOptionsAndNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := "/chats/" + escape(r.chat("group"))
	message := chat + "/messages/" + r.send(r.chat("group"), "<p>x</p>")
	team := "/teams/" + text(r.get("/me/joinedTeams").rows()[0], "id")
	for _, path := range []string{
		"/me/chats?$select=banana", "/me/chats?$select=id,Topic", chat + "?$select=banana", "/me?$select=banana", "/me?$expand=banana", "/users?$select=banana",
		"/users?$orderby=banana", "/users?$count=banana", "/me/people?$filter=banana", "/me/people?$orderby=banana", "/me/people?$select=banana", "/me/presence?$select=banana",
		"/me/photo?$banana=1", "/me/photo?$select=banana", "/me/photo/$value?$top=1", message + "/hostedContents?$top=1", team + "?$expand=banana", team + "?$select=banana",
		team + "/channels?$expand=banana", team + "/channels?$select=banana", chat + "/tabs?$filter=banana", chat + "/tabs?$expand=banana", chat + "/tabs?$select=banana",
		chat + "/messages/delta?$filter=createdDateTime+lt+2030-01-01T00:00:00Z", chat + "/messages/delta?$filter=lastModifiedDateTime+lt+2030-01-01T00:00:00Z",
		"/me/drive/root?$expand=banana", "/me/drive/root?$top=1", "/me/drive/root/children?$orderby=banana", "/me/drive?$select=banana",
	} {
		if g := r.get(path); g.status != 400 {
			t.Errorf("%s: got %d, want 400: %s", path, g.status, g.body)
		}
	}
	r.do("POST", chat+"/messages?$select=id", map[string]any{"body": map[string]any{"content": "x"}}).refused(400, "BadRequest", "select")
	r.do("POST", chat+"/messages?$banana=1", map[string]any{"body": map[string]any{"content": "x"}}).refused(400, "BadRequest", "banana")
	r.do("POST", "/$batch?$top=1", `{"requests":[{"id":"1","method":"GET","url":"/me"}]}`).refused(400, "BadRequest", "top")
	r.do("POST", chat+"/markChatReadForUser", map[string]any{"user": map[string]any{"id": r.me.OID, "tenantId": "another"}}).refused(400, "BadRequest", "tenant")
	r.do("POST", "/me/drive", `{}`).want(405) // and no redirect
	if n := len(r.get("/me?$select=id,city").json); n != 2 {
		t.Errorf("got %d properties, want the context and the id", n)
	}
}

func TestGraphRefusesBodiesThatItsTypesDoNotHave(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.chat("group")
	chat := "/chats/" + escape(id)
	reaction := chat + "/messages/" + r.send(id, "<p>x</p>") + "/setReaction"
	html := func(content, more string) string {
		return `{"body":{"contentType":"html","content":"` + content + `"},` + more + `}`
	}
	for name, c := range map[string]struct{ path, body, part string }{
		"an unknown property":               {chat + "/messages", `{"body":{"content":"x"},"banana":1}`, "banana"},
		"an unknown property inside":        {chat + "/messages", `{"body":{"content":"x","banana":1}}`, "banana"},
		"a property in other letters":       {chat + "/messages", `{"Body":{"content":"x"}}`, "Body"},
		"a property twice":                  {chat + "/messages", `{"body":{"content":"x","content":"y"}}`, "Multiple"},
		"null":                              {chat + "/messages", `null`, "JSON"},
		"a system message":                  {chat + "/messages", `{"messageType":"systemEventMessage","body":{"content":"x"}}`, "messageType"},
		"a file without an address":         {chat + "/messages", html(`<attachment id=\"a\">`, `"attachments":[{"id":"a","contentType":"reference"}]`), "contentUrl"},
		"a card that is no JSON":            {chat + "/messages", html(`<attachment id=\"a\">`, `"attachments":[{"id":"a","contentType":"application/vnd.microsoft.card.adaptive","content":"x"}]`), "JSON"},
		"an attachment with more":           {chat + "/messages", html(`<attachment id=\"a\">`, `"attachments":[{"id":"a","contentType":"reference","contentUrl":"https://x","banana":1}]`), "banana"},
		"a mention of nothing":              {chat + "/messages", html(`<at id=\"0\">x</at>`, `"mentions":[{"id":0,"mentionText":"x","mentioned":{"banana":{"id":"x"}}}]`), "mentioned"},
		"a mention in a text":               {chat + "/messages", `{"body":{"content":"<at id=\"0\">x</at>"},"mentions":[{"id":0,"mentionText":"x","mentioned":{"user":{"id":"x"}}}]}`, "marker"},
		"a chat with more":                  {"/chats", `{"chatType":"group","members":[],"banana":1}`, "banana"},
		"a member with more":                {chat + "/members", `{"@odata.type":"#microsoft.graph.aadUserConversationMember","banana":1}`, "banana"},
		"a word as a reaction":              {reaction, `{"reactionType":"banana"}`, "reactionType"},
		"a letter as a reaction":            {reaction, `{"reactionType":"é"}`, "reactionType"},
		"more parameters than an action":    {reaction, `{"reactionType":"👍","banana":1}`, "banana"},
		"a subscription with more":          {"/subscriptions", `{"resource":"x","banana":1}`, "banana"},
		"an invitation with more":           {"/me/drive/root/invite", `{"recipients":[{"objectId":"x"}],"roles":["read"],"banana":1}`, "banana"},
		"a search with more":                {"/search/query", `{"requests":[{"entityTypes":["chatMessage"],"query":{"queryString":"x"},"banana":1}]}`, "banana"},
		"a batch with more in a request":    {"/$batch", `{"requests":[{"id":"1","method":"GET","url":"/me","banana":1}]}`, "banana"},
		"a channel with more":               {"/teams/" + text(r.get("/me/joinedTeams").rows()[0], "id") + "/channels", `{"displayName":"x","banana":1}`, "banana"},
		"a viewpoint of nobody with a user": {chat + "/markChatReadForUser", `{"user":{"id":"x","banana":1}}`, "banana"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := r
			r.t = t
			r.do("POST", c.path, c.body).refused(400, "BadRequest", c.part)
		})
	}
	for _, kind := range []string{"text/plain", "application/xml", "", "multipart/form-data"} {
		r.do("POST", chat+"/messages", `{"body":{"content":"x"}}`, "Content-Type", kind).refused(400, "BadRequest", "Content-Type")
	}
	for _, body := range []string{`{"createdDateTime":"2020-01-01T00:00:00Z","body":{"content":"x"}}`, `{"from":{"user":{"id":"x"}},"body":{"content":"x"}}`} {
		r.do("POST", chat+"/messages", body).refused(403, "Forbidden", "Teamwork.Migrate.All")
	}
	for _, emoji := range []string{"👍", "❤️", "1️⃣", "ℹ️", "👩🏽‍💻", "🇩🇪", "like"} {
		r.do("POST", reaction, map[string]any{"reactionType": emoji}).want(204)
	}
	r.do("POST", chat+"/messages", `{"@odata.type":"#microsoft.graph.chatMessage","messageType":"message","importance":"high","body":{"@odata.type":"#microsoft.graph.itemBody","content":"x"}}`).want(201)
}

func TestAChatBelowSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	other := r.colleague(chat).me
	r.get("/users/" + r.me.OID + "/chats/" + escape(chat)).want(200)
	r.get("/users/" + strings.ToUpper(r.me.UPN) + "/chats/" + escape(chat)).want(200)
	for _, owner := range []string{other.OID, "nobody", "me"} {
		r.get("/users/"+owner+"/chats/"+escape(chat)+"/messages").refused(403, "Forbidden", "signed-in user")
	}
	r.get("/me/chats/getAllMessages").refused(412, "PreconditionFailed", "delegated")
}
