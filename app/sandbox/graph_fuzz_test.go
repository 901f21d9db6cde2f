package sandbox_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzGraphPath sends any bytes to any path: an answer of Graph must come, never
// a panic and never an error of the sandbox itself.
func FuzzGraphPath(f *testing.F) {
	methods := []string{"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "MERGE"}
	for _, seed := range [][3]string{
		{"GET", "/me/chats/19%3Ax%40thread.v2/messages/delta()?$deltatoken=LTF8NQ", ""},
		{"POST", "/chats/{chat}/messages", `{"body":{"content":"<at id=\"0\">x</at>"},"mentions":[{"id":0,"mentioned":{}}],"attachments":[{}]}`},
		{"POST", "/chats/{chat}/messages/replyWithQuote", `{"messageIds":["1"],"replyMessage":{"body":{}}}`},
		{"POST", "/chats/{chat}/pinnedMessages", `{"message@odata.bind":"https://x/v1.0/chats('a')/messages('1')"}`},
		{"PATCH", "/chats/{chat}/messages/1", `{"body":null,"policyViolation":{}}`},
		{"PUT", "/me/drive/root:/a/../b:/content?@microsoft.graph.conflictBehavior=rename", "x"},
		{"POST", "/me/drive/items/root:/:/createUploadSession", `{"item":{"fileSize":-1}}`},
		{"PUT", "/../upload/x", "x"},
		{"POST", "/search/query", `{"requests":[{"entityTypes":["chatMessage"],"query":{"queryString":"sent>=2026 \"a from:\" *"},"from":9}]}`},
		{"POST", "/subscriptions", `{"changeType":"created","resource":"chats/x","notificationUrl":"http://[::1]:99999/","expirationDateTime":"2026-11-25T11:00:00Z"}`},
		{"GET", "/teams/x/channels/y/messages/1/replies/2/hostedContents/3/$value", ""},
		{"GET", "/users?$search=\"displayName:\" OR \"\"&$filter=startswith(mail,'''')", ""},
	} {
		f.Add(uint8(slices.Index(methods, seed[0])), seed[1], []byte(seed[2]))
	}
	r := newRig(f, small)
	chat := escape(r.chat("group"))
	f.Fuzz(func(t *testing.T, verb uint8, path string, body []byte) {
		r := r
		r.t = t
		method := methods[int(verb)%len(methods)]
		where, query, _ := strings.Cut(strings.ReplaceAll(path, "{chat}", chat), "?")
		if !strings.HasPrefix(where, "/") {
			where = "/" + where
		}
		where = escapeQuery(where)
		if _, err := url.Parse(where); err != nil {
			t.Skip("not a path")
		}
		g, err := r.try(method, where+"?"+escapeQuery(query), string(body), "ConsistencyLevel", "eventual")
		if err != nil {
			t.Skip("not a request")
		}
		switch {
		case g.status >= 500 && g.status != http.StatusInsufficientStorage:
			t.Fatalf("%s %q: got %d %s", method, path, g.status, g.body)
		case g.status >= 400 && text(g.json, "error/code") == "" && method != "HEAD":
			t.Fatalf("%s %q: got %d without an error of Graph: %s", method, path, g.status, g.body)
		}
	})
}
