package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSeededTeams(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	teams := r.get("/me/joinedTeams").rows()
	if len(teams) != 3 {
		t.Fatalf("got %d teams", len(teams))
	}
	if teams[0]["webUrl"] != nil || text(teams[0], "displayName") == "" || text(teams[0], "description") == "" {
		t.Errorf("got %v, want id, name and description only", teams[0])
	}
	for _, team := range teams {
		kinds := map[string]int{}
		path := "/teams/" + text(team, "id")
		r.get(path).want(200)
		for _, c := range r.get(path + "/channels").rows() {
			kinds[text(c, "membershipType")]++
			channel := path + "/channels/" + escape(text(c, "id"))
			posts := r.pages(channel+"/messages", "$top", "50", "$expand", "replies")
			replies := 0
			for _, p := range posts {
				replies += len(p["replies"].([]any))
				if text(p, "channelIdentity/channelId") != text(c, "id") || p["chatId"] != nil || p["replyToId"] != nil || text(p, "webUrl") == "" {
					t.Fatalf("got post %v", p)
				}
			}
			if len(posts)+replies != 60 || replies < 10 {
				t.Errorf("%v: got %d posts and %d replies, want 60 together", c["displayName"], len(posts), replies)
			}
			if n := len(r.get(channel + "/members").rows()); n < 2 {
				t.Errorf("%v has %d members", c["displayName"], n)
			}
		}
		if kinds["standard"] < 2 || kinds["private"] < 1 || kinds["shared"] < 1 {
			t.Errorf("%v has channels %v", team["displayName"], kinds)
		}
	}
	if n := len(r.People); n < 40 {
		t.Errorf("got %d people, want 40", n)
	}
}

func TestWhoSeesTeamsAndChannels(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	shared, team := r.channel("shared")
	guest := r.as("guest")
	at := "/teams/" + team
	if rows := guest.get("/me/joinedTeams").rows(); len(rows) != 0 {
		t.Errorf("the guest is in %v", rows)
	}
	guest.get(at).refused(403, "Forbidden", "not a member of the team")
	guest.get(at + "/channels/" + escape(shared) + "/messages").want(200)
	guest.get(at+"/channels").refused(403, "Forbidden", "team")
	standard, _ := r.channel("standard")
	guest.get(at+"/channels/"+escape(standard)+"/messages").refused(403, "Forbidden", "InsufficientPrivileges")
	r.get("/teams/00000000-0000-4000-8000-000000000000").refused(404, "NotFound", "No team found")
	r.get(at+"/channels/19%3Anone%40thread.tacv2").refused(404, "NotFound", "")
}

func TestThreadsOfAChannel(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	channel, team := r.channel("standard")
	path := "/teams/" + team + "/channels/" + escape(channel) + "/messages"
	r.clock.Add(time.Minute)
	one := text(r.do("POST", path, map[string]any{"subject": "First", "body": map[string]any{"content": "one"}}).want(201).json, "id")
	r.clock.Add(time.Minute)
	two := text(r.do("POST", path, map[string]any{"body": map[string]any{"content": "two"}}).want(201).json, "id")
	r.clock.Add(time.Minute)
	other := r.by(r.People[1])
	reply := other.do("POST", path+"/"+one+"/replies", map[string]any{"body": map[string]any{"contentType": "html", "content": `<img src="../hostedContents/1/$value">`},
		"hostedContents": []any{map[string]any{"@microsoft.graph.temporaryId": "1", "contentBytes": "AAAA", "contentType": "image/png"}}}).want(201)
	if text(reply.json, "replyToId") != one || !strings.Contains(text(reply.json, "body/content"), "/messages/"+one+"/replies/"+text(reply.json, "id")+"/hostedContents/") {
		t.Errorf("got reply %s", reply.body)
	}
	rows := r.list(path, "$top", "2").rows()
	if text(rows[0], "id") != one || text(rows[1], "id") != two || text(rows[0], "subject") != "First" {
		t.Errorf("got %v then %v, want the thread that was answered last first", rows[0]["id"], rows[1]["id"])
	}
	r.do("POST", path+"/"+one+"/replies", map[string]any{"subject": "x", "body": map[string]any{"content": "x"}}).refused(400, "BadRequest", "Subject")
	r.get(path+"/"+text(reply.json, "id")).refused(404, "NotFound", "")
	r.get(path + "/" + one + "/replies/" + text(reply.json, "id")).want(200)
	r.get(path+"/"+two+"/replies/"+text(reply.json, "id")).refused(404, "NotFound", "")
	r.do("PATCH", path+"/"+one+"/replies/"+text(reply.json, "id"), map[string]any{"body": map[string]any{"content": "mine"}}).refused(403, "Forbidden", "author")
	other.do("PATCH", path+"/"+one+"/replies/"+text(reply.json, "id"), map[string]any{"body": map[string]any{"content": "changed"}}).want(204)
	other.do("POST", path+"/"+one+"/replies/"+text(reply.json, "id")+"/softDelete", nil).want(204)
	r.do("POST", path+"/"+one+"/setReaction", map[string]any{"reactionType": "👀"}).want(204)
	if n := len(r.pages(path+"/"+one+"/replies", "$top", "1")); n != 1 {
		t.Errorf("got %d replies", n)
	}
}

func TestDeltaLosesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	channel, team := r.channel("standard")
	for _, path := range []string{"/teams/" + team + "/channels/" + escape(channel) + "/messages", "/chats/" + escape(r.chat("group")) + "/messages"} {
		follow := func(link string) (ids []string, delta string) {
			for n := 0; ; n++ {
				g := r.get(link)
				for _, m := range g.rows() {
					ids = append(ids, text(m, "id"))
				}
				if delta = text(g.json, "@odata.deltaLink"); delta != "" {
					return ids, delta
				}
				if link = text(g.json, "@odata.nextLink"); link == "" || n > 500 {
					t.Fatalf("%s has neither a next nor a delta link", g.what)
				}
			}
		}
		all, delta := follow(path + "/delta()?$top=7")
		if slices.Sort(all); len(slices.Compact(all)) != len(all) || len(all) < 5 {
			t.Errorf("%s: got %d messages, %d of them different", path, len(all), len(slices.Compact(all)))
		}
		if again, _ := follow(delta); len(again) != 0 {
			t.Errorf("%s: nothing changed, got %v", path, again)
		}
		var want []string
		for i := range 12 { // the clock stands still, so the times are equal or nearly so
			want = append(want, text(r.do("POST", path, map[string]any{"body": map[string]any{"content": fmt.Sprint(i)}}).want(201).json, "id"))
		}
		got, delta := follow(delta)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
		r.do("POST", path+"/"+want[3]+"/setReaction", map[string]any{"reactionType": "👍"}).want(204)
		if got, _ := follow(delta); !slices.Equal(got, want[3:4]) {
			t.Errorf("%s: after a reaction got %v, want %v", path, got, want[3:4])
		}
	}
	r.get("/teams/"+team+"/channels/"+escape(channel)+"/messages/delta?$deltatoken=zzz").refused(400, "BadRequest", "token")
}

func TestMakingChannels(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	_, team := r.channel("standard")
	path := "/teams/" + team + "/channels"
	c := r.do("POST", path, map[string]any{"displayName": "Case 17", "description": "About one case", "membershipType": "private",
		"members": []any{member(r.People[1].OID, "owner")}}).want(201)
	at := path + "/" + escape(text(c.json, "id"))
	if n := len(r.get(at + "/members").rows()); n != 2 {
		t.Errorf("got %d members", n)
	}
	r.by(r.People[2]).get(at).refused(403, "Forbidden", "")
	first := r.get(at+"/messages", "Prefer", "include-unknown-enum-members").rows()[0]
	if text(first, "eventDetail/@odata.type") != "#microsoft.graph.channelAddedEventMessageDetail" {
		t.Errorf("got first message %v", first)
	}
	for name, body := range map[string]map[string]any{
		"a name that is taken":           {"displayName": "case 17"},
		"no name":                        {"displayName": " "},
		"a name of 51 characters":        {"displayName": strings.Repeat("x", 51)},
		"a name with a refused sign":     {"displayName": "a/b"},
		"an unknown type":                {"displayName": "x", "membershipType": "hidden"},
		"a member who is not of it":      {"displayName": "x", "membershipType": "private", "members": []any{member(r.as("guest").me.OID, "guest")}},
		"members of a private, no owner": {"displayName": "x", "membershipType": "private", "members": []any{map[string]any{"@odata.type": "#microsoft.graph.aadUserConversationMember", "user@odata.bind": "users/" + r.People[1].OID, "roles": []string{}}}},
	} {
		if g := r.do("POST", path, body); g.status != 400 {
			t.Errorf("%s: got %d %s", name, g.status, g.body)
		}
	}
}

func TestPinsAndQuotes(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	path := "/chats/" + escape(chat)
	id := r.send(chat, "<p>pin <b>me</b></p>")
	bind := map[string]any{"message@odata.bind": r.Origins()["graph"] + "/v1.0/chats/" + chat + "/messages/" + id}
	pin := r.do("POST", path+"/pinnedMessages", bind).want(201)
	again := r.do("POST", path+"/pinnedMessages", bind).want(201)
	if text(pin.json, "id") != text(again.json, "id") {
		t.Error("one message is pinned twice")
	}
	if rows := r.list(path+"/pinnedMessages", "$expand", "message").rows(); len(rows) != 1 || text(rows[0], "message/id") != id {
		t.Errorf("got pins %v", rows)
	}
	last := r.get(path+"/messages?$top=1", "Prefer", "include-unknown-enum-members").rows()[0]
	if text(last, "eventDetail/@odata.type") != "#microsoft.graph.messagePinnedEventMessageDetail" || text(last, "eventDetail/eventDateTime") == "" {
		t.Errorf("got last message %v", last)
	}
	r.do("DELETE", path+"/pinnedMessages/"+escape(text(pin.json, "id")), nil).want(204)
	r.do("DELETE", path+"/pinnedMessages/"+escape(text(pin.json, "id")), nil).refused(404, "NotFound", "")
	r.do("POST", path+"/pinnedMessages", map[string]any{"message@odata.bind": "nonsense"}).refused(400, "BadRequest", "bind")
	r.do("POST", path+"/pinnedMessages", map[string]any{"message@odata.bind": "https://graph.microsoft.com/v1.0/chats/19:x@thread.v2/messages/1"}).refused(400, "BadRequest", "chat")

	quote := func(ids ...string) got {
		return r.do("POST", path+"/messages/replyWithQuote", map[string]any{"messageIds": ids, "replyMessage": map[string]any{"body": map[string]any{"content": "1 < 2"}}})
	}
	q := quote(id).want(201)
	a := q.json["attachments"].([]any)[0].(map[string]any)
	if a["contentType"] != "messageReference" || !strings.Contains(text(a, "content"), `"messagePreview":"pin me"`) || !strings.Contains(text(q.json, "body/content"), "1 &lt; 2") {
		t.Errorf("got %s", q.body)
	}
	quote().refused(400, "BadRequest", "messageIds")
	quote(make([]string, 11)...).refused(400, "BadRequest", "messageIds")
	quote("17").refused(404, "NotFound", "")
}
