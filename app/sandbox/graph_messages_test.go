package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/png"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatalf("read the time %q: %v", s, err)
	}
	return at
}

func TestPagesOfMessagesJoinToTheWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	for _, property := range []string{"createdDateTime", "lastModifiedDateTime"} {
		rows := r.pages("/chats/"+escape(chat)+"/messages", "$top", "7", "$orderby", property+" desc")
		seen := map[string]bool{}
		for i, m := range rows {
			if seen[text(m, "id")] {
				t.Fatalf("by %s: message %s came twice", property, text(m, "id"))
			}
			seen[text(m, "id")] = true
			if i > 0 && moment(t, text(m, property)).After(moment(t, text(rows[i-1], property))) {
				t.Fatalf("by %s: row %d is newer than the one before", property, i)
			}
		}
		if want := r.CountMessages(chat, ""); len(rows) != want {
			t.Errorf("by %s: got %d messages, want %d", property, len(rows), want)
		}
	}
}

func TestFilterActsOnlyWithItsOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/chats/" + escape(r.chat("group")) + "/messages"
	all := r.pages(path, "$top", "50", "$orderby", "lastModifiedDateTime desc")
	middle := text(all[len(all)/2], "lastModifiedDateTime")
	newer := r.pages(path, "$top", "50", "$orderby", "lastModifiedDateTime desc", "$filter", "lastModifiedDateTime gt "+middle)
	older := r.pages(path, "$top", "50", "$orderby", "lastModifiedDateTime desc", "$filter", "lastModifiedDateTime lt "+middle)
	if len(newer) == 0 || len(older) == 0 || len(newer)+len(older) >= len(all) || len(newer)+len(older) < len(all)-3 {
		t.Errorf("around %s: got %d newer and %d older of %d", middle, len(newer), len(older), len(all))
	}
	for _, m := range newer {
		if !moment(t, text(m, "lastModifiedDateTime")).After(moment(t, middle)) {
			t.Errorf("gt %s gave %s", middle, text(m, "lastModifiedDateTime"))
		}
	}
	both := r.pages(path, "$orderby", "lastModifiedDateTime desc", "$filter", "lastModifiedDateTime gt 2020-01-01T00:00:00Z and lastModifiedDateTime lt "+middle)
	if len(both) != len(older) {
		t.Errorf("gt and lt: got %d, want %d", len(both), len(older))
	}
	future := "lastModifiedDateTime gt 2099-01-01T00:00:00Z"
	for name, options := range map[string][]string{
		"without an order":  {"$top", "50", "$filter", future},
		"with another one":  {"$top", "50", "$filter", future, "$orderby", "createdDateTime desc"},
		"created, reversed": {"$top", "50", "$filter", "createdDateTime lt 2000-01-01T00:00:00Z", "$orderby", "lastModifiedDateTime desc"},
	} {
		if n := len(r.pages(path, options...)); n != len(all) {
			t.Errorf("a filter %s: got %d messages, want it ignored and all %d", name, n, len(all))
		}
	}
	if n := len(r.pages(path, "$filter", future, "$orderby", "lastModifiedDateTime desc")); n != 0 {
		t.Errorf("nothing is modified in the future, got %d", n)
	}
}

func TestPagingBackByCreation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/chats/" + escape(r.chat("group")) + "/messages"
	first := r.list(path, "$top", "5", "$orderby", "createdDateTime desc").rows()
	next := r.list(path, "$top", "5", "$orderby", "createdDateTime desc", "$filter", "createdDateTime lt "+text(first[4], "createdDateTime")).rows()
	all := r.list(path, "$top", "10", "$orderby", "createdDateTime desc").rows()
	for i := range 5 {
		if text(next[i], "id") != text(all[5+i], "id") {
			t.Fatalf("row %d: got %s, want %s", i, text(next[i], "id"), text(all[5+i], "id"))
		}
	}
}

func TestPostedMessageComesBackWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	body := `<div itemid="urn:x-chatpane:01JD"><p>Hello <b>all</b> 1 &lt; 2 🎉</p></div>`
	g := r.do("POST", "/chats/"+escape(chat)+"/messages", map[string]any{"body": map[string]any{"contentType": "html", "content": body}, "importance": "urgent"}).want(201)
	if text(g.json, "body/content") != body || text(g.json, "importance") != "urgent" || text(g.json, "from/user/id") != r.me.OID {
		t.Errorf("got %s", g.body)
	}
	ms, err := strconv.ParseInt(text(g.json, "id"), 10, 64)
	if err != nil || !moment(t, text(g.json, "createdDateTime")).Equal(time.UnixMilli(ms)) || text(g.json, "etag") != text(g.json, "id") {
		t.Errorf("id %s, etag %s and createdDateTime %s do not agree", text(g.json, "id"), text(g.json, "etag"), text(g.json, "createdDateTime"))
	}
	again := r.get("/chats/" + escape(chat) + "/messages/" + text(g.json, "id")).want(200)
	if text(again.json, "body/content") != body {
		t.Errorf("read again: %s", again.body)
	}
	second := r.send(chat, "<p>same millisecond</p>")
	if second == text(g.json, "id") {
		t.Error("two messages of one millisecond share an id")
	}
	if text(g.json, "createdDateTime") != "2026-11-25T10:00:00.12Z" {
		t.Errorf("got %s, want the zeros of the fraction cut", text(g.json, "createdDateTime"))
	}
}

func TestStripMarkerDropsOnlyTheAttribute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Knobs.StripMarker(true)
	chat := r.chat("group")
	id := r.send(chat, `<div itemid="urn:x-chatpane:1"><p>x</p></div>`)
	if got := text(r.get("/chats/"+escape(chat)+"/messages/"+id).json, "body/content"); got != "<div><p>x</p></div>" {
		t.Errorf("got %q", got)
	}
}

func TestPostRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/chats/" + escape(r.chat("group")) + "/messages"
	html := func(s string) map[string]any { return map[string]any{"contentType": "html", "content": s} }
	for _, c := range []struct {
		name   string
		body   map[string]any
		status int
		code   string
	}{
		{"no body", map[string]any{"importance": "high"}, 400, "BadRequest"},
		{"an empty text", map[string]any{"body": html("  ")}, 400, "BadRequest"},
		{"an unknown content type", map[string]any{"body": map[string]any{"contentType": "markdown", "content": "x"}}, 400, "BadRequest"},
		{"an unknown importance", map[string]any{"body": html("x"), "importance": "low"}, 400, "BadRequest"},
		{"29 KB of text", map[string]any{"body": html(strings.Repeat("x", 29<<10))}, 413, "RequestEntityTooLarge"},
		{"a mention without a mark", map[string]any{"body": html("x"), "mentions": []any{map[string]any{"id": 0, "mentionText": "A", "mentioned": map[string]any{}}}}, 400, "BadRequest"},
		{"a mark without a mention", map[string]any{"body": html(`<at id="0">A</at>`)}, 400, "BadRequest"},
		{"a mark of an unknown attachment", map[string]any{"body": html(`<attachment id="1"></attachment>`)}, 400, "BadRequest"},
		{"an image that is not there", map[string]any{"body": html(`<img src="../hostedContents/1/$value">`)}, 400, "BadRequest"},
		{"an image that is not base64", map[string]any{"body": html("x"), "hostedContents": []any{map[string]any{"@microsoft.graph.temporaryId": "1", "contentBytes": "*", "contentType": "image/png"}}}, 400, "BadRequest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := r
			r.t = t
			r.do("POST", path, c.body).refused(c.status, c.code, "")
		})
	}
}

func TestHostedImageIsRewrittenAndServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	g := r.do("POST", "/chats/"+escape(chat)+"/messages", map[string]any{
		"body":           map[string]any{"contentType": "html", "content": `<p><img src="../hostedContents/1/$value" height="2"></p>`},
		"hostedContents": []any{map[string]any{"@microsoft.graph.temporaryId": "1", "contentBytes": base64.StdEncoding.EncodeToString([]byte("picture")), "contentType": "image/png"}},
	}).want(201)
	m := regexp.MustCompile(`src="([^"]+/hostedContents/[^"]+/\$value)"`).FindStringSubmatch(text(g.json, "body/content"))
	if m == nil || !strings.HasPrefix(m[1], r.Origins()["graph"]+"/v1.0/chats/"+chat+"/messages/"+text(g.json, "id")) {
		t.Fatalf("got body %s", text(g.json, "body/content"))
	}
	if p := r.get(m[1]).want(200); string(p.body) != "picture" || p.header.Get("Content-Type") != "image/png" {
		t.Errorf("got %q as %s", p.body, p.header.Get("Content-Type"))
	}
	if rows := r.get("/chats/" + escape(chat) + "/messages/" + text(g.json, "id") + "/hostedContents").rows(); len(rows) != 1 || rows[0]["contentBytes"] != nil {
		t.Errorf("got hosted contents %v", rows)
	}
}

func TestSeededImageIsAPicture(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	src := regexp.MustCompile(`<img src="([^"]+)"`)
	for _, c := range r.pages("/me/chats", "$top", "50") {
		for _, m := range r.list("/chats/"+escape(text(c, "id"))+"/messages", "$top", "50").rows() {
			if x := src.FindStringSubmatch(text(m, "body/content")); x != nil {
				if _, err := png.Decode(bytes.NewReader(r.get(x[1]).want(200).body)); err != nil {
					t.Fatalf("decode %s: %v", x[1], err)
				}
				return
			}
		}
	}
	t.Fatal("no seeded message shows a picture")
}

func TestChangesMoveEtagAndModification(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	id := r.send(chat, "<p>one</p>")
	path := "/chats/" + escape(chat) + "/messages/" + id
	before := r.get(path).json
	for _, step := range []struct {
		name, method, path string
		body               any
		check              func(m map[string]any) bool
	}{
		{"a reaction", "POST", path + "/setReaction", map[string]any{"reactionType": "💘"}, func(m map[string]any) bool {
			x := m["reactions"].([]any)
			return len(x) == 1 && text(x[0].(map[string]any), "user/user/id") == r.me.OID && m["lastEditedDateTime"] == nil
		}},
		{"an edit", "PATCH", path, map[string]any{"body": map[string]any{"contentType": "html", "content": "<p>two</p>"}}, func(m map[string]any) bool {
			return text(m, "body/content") == "<p>two</p>" && text(m, "lastEditedDateTime") != "" && len(m["reactions"].([]any)) == 1
		}},
		{"the reaction taken back", "POST", path + "/unsetReaction", map[string]any{"reactionType": "💘"}, func(m map[string]any) bool { return len(m["reactions"].([]any)) == 0 }},
		{"a deletion", "POST", path + "/softDelete", nil, func(m map[string]any) bool {
			return text(m, "deletedDateTime") != "" && text(m, "body/content") == ""
		}},
		{"the deletion undone", "POST", path + "/undoSoftDelete", nil, func(m map[string]any) bool {
			return m["deletedDateTime"] == nil && text(m, "body/content") == "<p>two</p>"
		}},
	} {
		r.clock.Add(time.Second)
		r.do(step.method, step.path, step.body).want(204)
		after := r.get(path).want(200).json
		if !step.check(after) {
			t.Errorf("%s: got %v", step.name, after)
		}
		if text(after, "etag") <= text(before, "etag") || !moment(t, text(after, "lastModifiedDateTime")).After(moment(t, text(before, "lastModifiedDateTime"))) {
			t.Errorf("%s: etag %s and time %s did not move on", step.name, text(after, "etag"), text(after, "lastModifiedDateTime"))
		}
		if text(after, "createdDateTime") != text(before, "createdDateTime") {
			t.Errorf("%s moved the creation", step.name)
		}
		before = after
	}
}

func TestReactionOnAnOldMessageComesFirstByModification(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := "/chats/" + escape(r.chat("group")) + "/messages"
	rows := r.pages(path, "$top", "50", "$orderby", "createdDateTime desc")
	slices.Reverse(rows)
	i := slices.IndexFunc(rows, func(m map[string]any) bool { return m["messageType"] == "message" && m["deletedDateTime"] == nil })
	r.clock.Add(time.Minute)
	r.do("POST", path+"/"+text(rows[i], "id")+"/setReaction", map[string]any{"reactionType": "👀"}).want(204)
	if first := r.list(path, "$top", "1").rows()[0]; text(first, "id") != text(rows[i], "id") {
		t.Errorf("got %s first, want the old message %s", text(first, "id"), text(rows[i], "id"))
	}
	if first := r.list(path, "$top", "1", "$orderby", "createdDateTime desc").rows()[0]; text(first, "id") == text(rows[i], "id") {
		t.Error("the reaction moved the message in the order of creation")
	}
}

func TestOnlyTheAuthorChangesAMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	id := r.send(chat, "<p>mine</p>")
	path := "/chats/" + escape(chat) + "/messages/" + id
	other := r.colleague(chat)
	other.do("PATCH", path, map[string]any{"body": map[string]any{"content": "theirs"}}).refused(403, "Forbidden", "author")
	other.do("POST", path+"/softDelete", nil).refused(403, "Forbidden", "author")
	other.do("POST", path+"/setReaction", map[string]any{"reactionType": "👍"}).want(204)
}

func TestSystemMessagesNeedTheHeader(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	if err := r.Rename(chat, r.me.OID, "A new name"); err != nil {
		t.Fatal(err)
	}
	path := "/chats/" + escape(chat) + "/messages?$top=1"
	old := r.get(path).rows()[0]
	modern := r.get(path, "Prefer", "odata.maxpagesize=9, include-unknown-enum-members").rows()[0]
	if old["messageType"] != "unknownFutureValue" || modern["messageType"] != "systemEventMessage" {
		t.Errorf("got %v and %v", old["messageType"], modern["messageType"])
	}
	if modern["from"] != nil || text(modern, "body/content") != "<systemEventMessage/>" || text(modern, "eventDetail/chatDisplayName") != "A new name" {
		t.Errorf("got %v", modern)
	}
	if name := modern["eventDetail"].(map[string]any)["initiator"].(map[string]any)["user"].(map[string]any)["displayName"]; name != nil {
		t.Errorf("the initiator has the name %v, want null", name)
	}
}

func TestEncodedAndGzippedRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	plain := r.get("/chats/" + chat).want(200)
	coded := r.get("/chats/" + strings.NewReplacer(":", "%3A", "@", "%40").Replace(chat)).want(200)
	mine := r.get("/me/chats/" + escape(chat)).want(200)
	theirs := r.get("/users/" + r.me.OID + "/chats/" + escape(chat)).want(200)
	for _, g := range []got{coded, mine, theirs} {
		if text(g.json, "id") != text(plain.json, "id") {
			t.Errorf("%s: got %s", g.what, g.body)
		}
	}
	r.do("POST", "/chats/"+escape(chat)+"/messages", gzipped(t, `{"body":{"content":"packed"}}`), "Content-Encoding", "gzip").want(201)
	if n := r.CountMessages(chat, "packed"); n != 1 {
		t.Errorf("got %d messages from a gzip body, want 1", n)
	}
	r.do("POST", "/chats/"+escape(chat)+"/messages", "not gzip", "Content-Encoding", "gzip").want(400)
}

func TestTimesHaveNoTrailingZeros(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	zeros := regexp.MustCompile(`T\d\d:\d\d:\d\d(\.\d*0)?Z"`)
	g := r.list("/chats/"+escape(r.chat("group"))+"/messages", "$top", "50")
	for _, m := range zeros.FindAllStringSubmatch(string(g.body), -1) {
		if m[1] != "" {
			t.Fatalf("got a time ending in %s", m[0])
		}
	}
	if fmt.Sprint(len(g.rows())) != fmt.Sprint(g.json["@odata.count"]) {
		t.Errorf("got count %v for %d rows", g.json["@odata.count"], len(g.rows()))
	}
}
