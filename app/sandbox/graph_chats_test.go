package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func member(id, role string) map[string]any {
	return map[string]any{"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": []string{role},
		"user@odata.bind": "https://graph.microsoft.com/v1.0/users('" + id + "')"}
}

func TestPagesOfChats(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	byPreview := r.pages("/me/chats", "$top", "12", "$orderby", "lastMessagePreview/createdDateTime desc", "$expand", "lastMessagePreview,members")
	seen := map[string]bool{}
	for i, c := range byPreview {
		if seen[text(c, "id")] {
			t.Fatalf("chat %s came twice", text(c, "id"))
		}
		seen[text(c, "id")] = true
		if i > 0 && moment(t, text(c, "lastMessagePreview/createdDateTime")).After(moment(t, text(byPreview[i-1], "lastMessagePreview/createdDateTime"))) {
			t.Fatalf("chat %d is newer than the one before", i)
		}
	}
	plain := r.pages("/me/chats", "$top", "50")
	if len(plain) != len(byPreview) || len(plain) < 30 {
		t.Errorf("got %d chats in order and %d without, want the same and many", len(byPreview), len(plain))
	}
	if _, ok := plain[0]["lastMessagePreview"]; ok {
		t.Error("the preview came without being asked for")
	}
	first := r.list("/me/chats", "$top", "12")
	second := r.get(text(first.json, "@odata.nextLink"))
	if n := len(second.rows()); n != 11 || text(second.json, "@odata.nextLink") == "" {
		t.Errorf("got a second page of %d rows, want a short one of 11 with a next link", n)
	}
}

func TestExpandedMembersStopAt25(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range r.list("/me/chats", "$top", "50", "$expand", "members").rows() {
		all := len(r.get("/chats/" + escape(text(c, "id")) + "/members").rows())
		if n := len(c["members"].([]any)); n != min(25, all) {
			t.Errorf("%v: got %d expanded of %d members", c["topic"], n, all)
		}
		if all > 25 {
			return
		}
	}
	t.Error("no chat has more than 25 members")
}

func TestChatFiltersAndKnobForOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range r.list("/me/chats", "$filter", "chatType eq 'oneOnOne'", "$top", "50").rows() {
		if c["chatType"] != "oneOnOne" || c["topic"] != nil {
			t.Errorf("got %v", c)
		}
	}
	chat := r.chat("group")
	if err := r.Rename(chat, r.me.OID, "It's quoted"); err != nil {
		t.Fatal(err)
	}
	if rows := r.list("/me/chats", "$filter", "topic eq 'It''s quoted'", "$select", "id,topic").rows(); len(rows) != 1 || text(rows[0], "id") != chat || rows[0]["chatType"] != nil {
		t.Errorf("got %v", rows)
	}
	r.Knobs.RefuseOrder(true)
	r.list("/me/chats", "$orderby", "lastMessagePreview/createdDateTime desc").refused(400, "BadRequest", "OrderBy")
	r.list("/me/chats").want(200)
}

func TestCreatingChats(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	guest := r.as("guest").me
	group := map[string]any{"chatType": "group", "topic": "Case talk", "members": []any{member(r.me.OID, "owner"), member(r.People[1].UPN, "owner"), member(guest.OID, "guest")}}
	one := r.do("POST", "/chats", group).want(201)
	two := r.do("POST", "/chats", group).want(201)
	if text(one.json, "id") == text(two.json, "id") || text(one.json, "topic") != "Case talk" || text(one.json, "viewpoint/lastMessageReadDateTime") != "0001-01-01T00:00:00Z" {
		t.Errorf("got %s and %s", one.body, two.body)
	}
	pair := map[string]any{"chatType": "oneOnOne", "members": []any{member(r.me.OID, "owner"), member(r.as("readonly").me.OID, "owner")}}
	a, b := r.do("POST", "/chats", pair).want(201), r.as("readonly").do("POST", "/chats", pair).want(201)
	if text(a.json, "id") != text(b.json, "id") || !strings.HasSuffix(text(a.json, "id"), "@unq.gbl.spaces") {
		t.Errorf("got 1:1 chats %s and %s, want one", text(a.json, "id"), text(b.json, "id"))
	}
	empty := r.list("/me/chats", "$filter", "topic eq 'Case talk'", "$expand", "lastMessagePreview").rows()
	if len(empty) != 2 || empty[0]["lastMessagePreview"] != nil {
		t.Errorf("new chats: got %v, want two without a message", empty)
	}
	for name, body := range map[string]map[string]any{
		"without me":          {"chatType": "group", "members": []any{member(r.People[1].OID, "owner"), member(r.People[2].OID, "owner")}},
		"alone":               {"chatType": "group", "members": []any{member(r.me.OID, "owner")}},
		"1:1 of three":        {"chatType": "oneOnOne", "members": []any{member(r.me.OID, "owner"), member(r.People[1].OID, "owner"), member(r.People[2].OID, "owner")}},
		"1:1 with a name":     {"chatType": "oneOnOne", "topic": "x", "members": pair["members"]},
		"twice the same":      {"chatType": "group", "members": []any{member(r.me.OID, "owner"), member(r.me.OID, "owner")}},
		"guest as owner":      {"chatType": "group", "members": []any{member(r.me.OID, "owner"), member(guest.OID, "owner")}},
		"without roles":       {"chatType": "group", "members": []any{member(r.me.OID, "owner"), map[string]any{"@odata.type": "#microsoft.graph.aadUserConversationMember", "user@odata.bind": "users/" + r.People[1].OID}}},
		"a name with a colon": {"chatType": "group", "topic": "a:b", "members": []any{member(r.me.OID, "owner"), member(r.People[1].OID, "owner")}},
		"a name too long":     {"chatType": "group", "topic": strings.Repeat("é", 251), "members": []any{member(r.me.OID, "owner"), member(r.People[1].OID, "owner")}},
	} {
		if g := r.do("POST", "/chats", body); g.status != http.StatusBadRequest {
			t.Errorf("%s: got status %d: %s", name, g.status, g.body)
		}
	}
}

func TestRenaming(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	before := r.get("/chats/" + escape(chat)).json
	r.clock.Add(time.Minute)
	g := r.do("PATCH", "/chats/"+escape(chat), map[string]any{"topic": "Renamed"}).want(200)
	if text(g.json, "topic") != "Renamed" || text(g.json, "lastUpdatedDateTime") == text(before, "lastUpdatedDateTime") {
		t.Errorf("got %s", g.body)
	}
	r.send(chat, "<p>x</p>")
	if after := r.get("/chats/" + escape(chat)).json; text(after, "lastUpdatedDateTime") != text(g.json, "lastUpdatedDateTime") {
		t.Error("a message moved lastUpdatedDateTime")
	}
	r.do("PATCH", "/chats/"+escape(r.chat("oneOnOne")), map[string]any{"topic": "x"}).refused(400, "BadRequest", "group")
}

func TestMembersComeAndGo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	created := r.do("POST", "/chats", map[string]any{"chatType": "group", "members": []any{member(r.me.OID, "owner"), member(r.People[1].OID, "owner")}}).want(201)
	chat := text(created.json, "id")
	path := "/chats/" + escape(chat) + "/members"
	r.send(chat, "<p>before</p>")
	r.clock.Add(time.Minute)
	g := r.do("POST", path, member(r.People[2].OID, "owner")).want(201)
	if len(g.body) != 0 || !strings.Contains(g.header.Get("Location"), "/members/") {
		t.Errorf("got body %q and Location %q", g.body, g.header.Get("Location"))
	}
	all := member(r.People[3].OID, "owner")
	all["visibleHistoryStartDateTime"] = "0001-01-01T00:00:00Z"
	r.do("POST", path, all).want(201)
	if n := len(r.by(r.People[2]).pages("/chats/" + escape(chat) + "/messages")); n != 2 {
		t.Errorf("somebody added without history sees %d messages, want the 2 announcements", n)
	}
	if n := len(r.by(r.People[3]).pages("/chats/" + escape(chat) + "/messages")); n != 3 {
		t.Errorf("somebody added with all history sees %d messages, want 3", n)
	}
	r.do("POST", path, member(r.People[2].OID, "owner")).refused(409, "Conflict", "already")
	r.do("POST", path, member("nobody", "owner")).refused(404, "NotFound", "nobody")
	r.do("POST", "/chats/"+escape(r.chat("oneOnOne"))+"/members", member(r.People[2].OID, "owner")).refused(400, "BadRequest", "one-on-one")
	var mine string
	for _, m := range r.get(path).rows() {
		if text(m, "userId") == r.me.OID {
			mine = text(m, "id")
		}
	}
	r.do("DELETE", path+"/"+escape(mine), nil).want(204)
	r.get("/chats/"+escape(chat)).refused(403, "Forbidden", "InsufficientPrivileges")
	last := r.by(r.People[1]).get("/chats/" + escape(chat) + "/messages?$top=1").rows()[0]
	if text(last, "eventDetail/@odata.type") != "#microsoft.graph.membersDeletedEventMessageDetail" {
		t.Errorf("got last message %v", last)
	}
}

func TestJoinIsAnnouncedByAnApplication(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.foreign()
	if err := r.AddMember(chat, r.me.OID, ""); err != nil {
		t.Fatal(err)
	}
	m := r.get("/chats/" + escape(chat) + "/messages?$top=1").rows()[0]
	if text(m, "eventDetail/initiator/application/displayName") == "" || m["eventDetail"].(map[string]any)["initiator"].(map[string]any)["user"] != nil ||
		text(m, "eventDetail/visibleHistoryStartDateTime") != "0001-01-01T00:00:00Z" {
		t.Errorf("got %v", m["eventDetail"])
	}
}

func TestViewpointBelongsToOnePerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	other := r.colleague(chat)
	r.clock.Add(time.Minute)
	id := r.send(chat, "<p>unread by the others</p>")
	read := func(x rig) string {
		return text(x.get("/chats/"+escape(chat)).json, "viewpoint/lastMessageReadDateTime")
	}
	at := text(r.get("/chats/"+escape(chat)+"/messages/"+id).json, "createdDateTime")
	if read(r) != at || read(other) == at {
		t.Errorf("after sending: got %s and %s", read(r), read(other))
	}
	body := map[string]any{"user": map[string]any{"id": other.me.OID, "tenantId": r.TenantID}}
	r.do("POST", "/chats/"+escape(chat)+"/markChatReadForUser", body).refused(403, "Forbidden", "signed-in")
	other.get("/chats/" + escape(chat) + "/messages")
	if read(other) == at {
		t.Error("reading messages marked the chat as read")
	}
	other.do("POST", "/chats/"+escape(chat)+"/markChatReadForUser", body).want(204)
	if read(other) != at {
		t.Errorf("got %s, want %s", read(other), at)
	}
	body["lastMessageReadDateTime"] = "2026-11-01T00:00:00Z"
	other.do("POST", "/chats/"+escape(chat)+"/markChatUnreadForUser", body).want(204)
	if read(other) != "2026-11-01T00:00:00Z" {
		t.Errorf("got %s", read(other))
	}
	other.do("POST", "/chats/"+escape(chat)+"/hideForUser", body).want(204)
	if g := other.get("/chats/" + escape(chat)); !g.json["viewpoint"].(map[string]any)["isHidden"].(bool) {
		t.Error("the chat is not hidden")
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.list("/users", "$search", `"displayName:okoro"`).refused(400, "Request_UnsupportedQuery", "ConsistencyLevel")
	find := func(x rig, search string) int {
		return len(x.get("/users?$search="+escape(search)+"&$top=999&$count=true", "ConsistencyLevel", "eventual").rows())
	}
	for search, want := range map[string]int{
		`"displayName:okoro"`: 1, `"displayName:OKO"`: 1, `"displayName:koro"`: 0, `"displayName:samuel oko"`: 1,
		`"displayName:okoro" OR "mail:nora.l"`: 2, `"displayName:okoro" AND "mail:nora.l"`: 0, `"displayName:田辺"`: 1,
	} {
		if got := find(r, search); got != want {
			t.Errorf("%s: got %d people, want %d", search, got, want)
		}
	}
	r.get("/users?$search=okoro", "ConsistencyLevel", "eventual").refused(400, "BadRequest", "$search")
	r.as("guest").get("/users").refused(403, "Authorization_RequestDenied", "privileges")
	if n := len(r.pages("/users", "$top", "10", "$select", "id,displayName")); n != len(r.People) {
		t.Errorf("got %d people over several pages, want %d", n, len(r.People))
	}
	if g := r.get("/me?$select=id,userType").want(200); text(g.json, "id") != r.me.OID || g.json["displayName"] != nil || text(g.json, "userType") != "Member" {
		t.Errorf("got %s", g.body)
	}
	if g := r.get("/users/" + escape(strings.ToUpper(r.People[8].UPN))).want(200); text(g.json, "id") != r.People[8].OID {
		t.Errorf("the guest by UPN: got %s", g.body)
	}
}

func TestPresenceAndPhotos(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids := []string{r.People[0].OID, r.People[1].OID, "00000000-0000-4000-8000-000000000000"}
	rows := r.do("POST", "/communications/getPresencesByUserId", map[string]any{"ids": ids}).rows()
	if len(rows) != 3 || rows[2]["availability"] != "PresenceUnknown" || rows[0]["availability"] == "PresenceUnknown" {
		t.Errorf("got %v", rows)
	}
	many := make([]string, 651)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	r.do("POST", "/communications/getPresencesByUserId", map[string]any{"ids": many}).refused(400, "BadRequest", "650")
	r.scoped("User.Read").do("POST", "/communications/getPresencesByUserId", map[string]any{"ids": ids}).refused(403, "Forbidden", "Presence.Read.All")
	if g := r.get("/users/" + r.People[0].OID + "/photos/48x48/$value").want(200); g.header.Get("Content-Type") != "image/png" {
		t.Errorf("got %s", g.header.Get("Content-Type"))
	}
	r.get("/me/photo/$value").want(200)
	r.get("/users/"+r.People[3].OID+"/photo/$value").refused(404, "ImageNotFound", "")
	r.get("/users/"+r.People[0].OID+"/photos/47x47/$value").refused(404, "ImageNotFound", "")
}
