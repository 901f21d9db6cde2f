package sandbox_test

import (
	"strings"
	"testing"
)

// everyScope is what Graph knows, as Microsoft's permission list names it.
const everyScope = `Chat.ReadBasic Chat.Read Chat.ReadWrite Chat.Create ChatMessage.Send ChatMember.Read ChatMember.ReadWrite User.Read
	User.ReadBasic.All User.Read.All Presence.Read Presence.Read.All People.Read ProfilePhoto.Read.All Files.Read Files.ReadWrite Files.Read.All
	Files.ReadWrite.All Sites.ReadWrite.All Team.ReadBasic.All Channel.ReadBasic.All Channel.Create ChannelMember.Read.All ChannelMessage.Send
	ChannelMessage.Read.All ChannelMessage.ReadWrite TeamsTab.Read.All Group.ReadWrite.All`

// permissions are the delegated rows of Microsoft's table that the product
// uses: a call and the scopes of which one is enough.
var permissions = []struct{ method, path, scopes string }{
	{"GET", "/me/chats", "Chat.ReadBasic Chat.Read Chat.ReadWrite"},
	{"GET", "/chats/{chat}", "Chat.ReadBasic Chat.Read Chat.ReadWrite"},
	{"POST", "/chats", "Chat.Create Chat.ReadWrite"},
	{"PATCH", "/chats/{chat}", "Chat.ReadWrite"},
	{"GET", "/chats/{chat}/members", "Chat.ReadBasic ChatMember.Read Chat.Read Chat.ReadWrite ChatMember.ReadWrite"},
	{"POST", "/chats/{chat}/members", "ChatMember.ReadWrite Chat.ReadWrite"},
	{"DELETE", "/chats/{chat}/members/x", "ChatMember.ReadWrite"},
	{"GET", "/chats/{chat}/messages", "Chat.Read Chat.ReadWrite"},
	{"GET", "/chats/{chat}/messages/1", "Chat.Read Chat.ReadWrite"},
	{"POST", "/chats/{chat}/messages", "ChatMessage.Send Chat.ReadWrite"},
	{"PATCH", "/chats/{chat}/messages/1", "Chat.ReadWrite"},
	{"POST", "/users/{me}/chats/{chat}/messages/1/softDelete", "Chat.ReadWrite"},
	{"POST", "/chats/{chat}/messages/1/undoSoftDelete", "Chat.ReadWrite"},
	{"POST", "/chats/{chat}/messages/1/setReaction", "ChatMessage.Send Chat.ReadWrite"},
	{"POST", "/chats/{chat}/messages/1/unsetReaction", "ChatMessage.Send Chat.ReadWrite"},
	{"POST", "/chats/{chat}/messages/replyWithQuote", "ChatMessage.Send"},
	{"GET", "/chats/{chat}/messages/1/hostedContents", "Chat.Read Chat.ReadWrite"},
	{"GET", "/chats/{chat}/messages/1/hostedContents/2/$value", "Chat.Read Chat.ReadWrite"},
	{"GET", "/chats/{chat}/pinnedMessages", "Chat.Read Chat.ReadWrite"},
	{"POST", "/chats/{chat}/pinnedMessages", "ChatMessage.Send Chat.ReadWrite"},
	{"DELETE", "/chats/{chat}/pinnedMessages/1", "Chat.ReadWrite"},
	{"POST", "/chats/{chat}/markChatReadForUser", "Chat.ReadWrite"},
	{"POST", "/chats/{chat}/markChatUnreadForUser", "Chat.ReadWrite"},
	{"POST", "/chats/{chat}/hideForUser", "Chat.ReadWrite"},
	{"POST", "/chats/{chat}/unhideForUser", "Chat.ReadWrite"},
	{"GET", "/chats/{chat}/tabs", "TeamsTab.Read.All"},
	{"GET", "/me/joinedTeams", "Team.ReadBasic.All"},
	{"GET", "/teams/{team}/channels", "Channel.ReadBasic.All"},
	{"POST", "/teams/{team}/channels", "Channel.Create Group.ReadWrite.All"},
	{"GET", "/teams/{team}/channels/{channel}/messages", "ChannelMessage.Read.All Group.ReadWrite.All"},
	{"GET", "/teams/{team}/channels/{channel}/messages/1/replies", "ChannelMessage.Read.All Group.ReadWrite.All"},
	{"GET", "/teams/{team}/channels/{channel}/messages/delta", "ChannelMessage.Read.All Group.ReadWrite.All"},
	{"POST", "/teams/{team}/channels/{channel}/messages", "ChannelMessage.Send Group.ReadWrite.All"},
	{"POST", "/teams/{team}/channels/{channel}/messages/1/replies", "ChannelMessage.Send Group.ReadWrite.All"},
	{"POST", "/teams/{team}/channels/{channel}/messages/1/setReaction", "ChannelMessage.Send Group.ReadWrite.All"},
	{"POST", "/teams/{team}/channels/{channel}/messages/1/softDelete", "ChannelMessage.ReadWrite Group.ReadWrite.All"},
	{"POST", "/teams/{team}/channels/{channel}/messages/1/undoSoftDelete", "ChannelMessage.ReadWrite Group.ReadWrite.All"},
	{"GET", "/teams/{team}/channels/{channel}/members", "ChannelMember.Read.All"},
	{"GET", "/teams/{team}/channels/{channel}/filesFolder", "Files.Read.All Files.ReadWrite.All Sites.ReadWrite.All"},
	{"POST", "/communications/getPresencesByUserId", "Presence.Read.All"},
	{"GET", "/me/presence", "Presence.Read Presence.Read.All"},
	{"GET", "/me/people", "People.Read"},
	{"GET", "/users?$search=%22displayName:a%22", "User.ReadBasic.All User.Read.All"},
	{"GET", "/me/photo/$value", "User.Read User.ReadBasic.All User.Read.All ProfilePhoto.Read.All"},
	{"GET", "/users/{me}/photos/48x48/$value", "User.ReadBasic.All User.Read.All ProfilePhoto.Read.All"},
	{"POST", "/search/query", "Chat.Read"},
	{"POST", "/me/drive/root:/a.txt:/createUploadSession", "Files.ReadWrite Files.ReadWrite.All Sites.ReadWrite.All"},
	{"PUT", "/me/drive/root:/a.txt:/content", "Files.ReadWrite Files.ReadWrite.All Sites.ReadWrite.All"},
	{"POST", "/me/drive/items/1/invite", "Files.ReadWrite Files.ReadWrite.All Sites.ReadWrite.All"},
}

func TestEachCallNeedsOneOfItsScopes(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	channel, team := r.channel("standard")
	fill := strings.NewReplacer("{chat}", escape(r.chat("group")), "{me}", r.me.OID, "{team}", team, "{channel}", escape(channel))
	for _, row := range permissions {
		t.Run(row.method+" "+row.path, func(t *testing.T) {
			t.Parallel()
			r := r
			r.t = t
			path, enough := fill.Replace(row.path), strings.Fields(row.scopes)
			var rest []string
			for _, s := range strings.Fields(everyScope) {
				if !strings.Contains(" "+row.scopes+" ", " "+s+" ") {
					rest = append(rest, s)
				}
			}
			g := r.scoped(rest...).do(row.method, path, nil).refused(403, "Forbidden", "Missing scope permissions")
			for _, s := range enough {
				if !strings.Contains(string(g.body), s) {
					t.Errorf("the refusal does not name %s: %s", s, g.body)
				}
				if g := r.scoped(s).do(row.method, path, nil); strings.Contains(string(g.body), "Missing scope") || g.status == 401 || g.status == 405 || g.status >= 500 {
					t.Errorf("with %s alone: got %d %s", s, g.status, g.body)
				}
			}
		})
	}
}

// channel finds a channel of a type and its team, with the most members.
func (r rig) channel(kind string) (channel, team string) {
	r.t.Helper()
	for _, x := range r.get("/me/joinedTeams").rows() {
		for _, c := range r.get("/teams/" + text(x, "id") + "/channels").rows() {
			if c["membershipType"] == kind {
				return text(c, "id"), text(x, "id")
			}
		}
	}
	r.t.Fatalf("%s is in no %s channel", r.me.Name, kind)
	return "", ""
}

func TestApplicationsInTheirOwnName(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := "/chats/" + escape(r.foreign())
	app := r
	app.token = text(r.companion("grant_type", "client_credentials", "scope", "https://graph.microsoft.com/.default").want(200).json, "access_token")
	app.get(chat).want(200)
	if g := app.get(chat); g.json["viewpoint"] != nil {
		t.Errorf("an application has a view: %s", g.body)
	}
	app.get(chat + "/members").want(200)
	body := member(r.me.OID, "owner")
	body["visibleHistoryStartDateTime"] = "0001-01-01T00:00:00Z"
	app.do("POST", chat+"/members", body).want(201)
	m := r.get(chat + "/messages?$top=1").rows()[0]
	initiator, _ := m["eventDetail"].(map[string]any)["initiator"].(map[string]any)
	if text(initiator, "application/id") == "" || initiator["application"].(map[string]any)["displayName"] != nil || initiator["user"] != nil ||
		text(m, "eventDetail/visibleHistoryStartDateTime") != "0001-01-01T00:00:00Z" {
		t.Errorf("got %v", m["eventDetail"])
	}
	for _, c := range []struct{ method, path, code, part string }{
		{"POST", chat + "/messages", "Forbidden", "role permissions"},
		{"GET", chat + "/messages", "Forbidden", "Chat.Read.All"},
		{"PATCH", chat, "Forbidden", "role permissions"},
		{"GET", "/chats", "Forbidden", "role permissions"},
		{"POST", chat + "/messages/replyWithQuote", "Forbidden", "role permissions"},
		{"POST", "/search/query", "Forbidden", "role permissions"},
		{"GET", "/users/" + r.me.OID + "/chats/getAllMessages", "Forbidden", "Chat.Read.All"},
	} {
		app.do(c.method, c.path, map[string]any{}).refused(403, c.code, c.part)
	}
	for _, path := range []string{"/me", "/me/chats", "/me/drive", "/me/presence"} {
		app.get(path).refused(400, "BadRequest", "delegated")
	}
	if n := len(app.get("/users?$top=5").rows()); n != 5 {
		t.Errorf("got %d people", n)
	}
}
