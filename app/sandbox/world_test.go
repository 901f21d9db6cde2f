package sandbox_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

// portrait is everything a person sees of a company, without what differs in
// each run.
func portrait(r rig) string {
	var b strings.Builder
	d := r.Describe()
	for i := range d.Users {
		d.Users[i].Tokens = sandbox.DescribedTokens{}
	}
	json.NewEncoder(&b).Encode(d)
	for _, c := range r.pages("/me/chats", "$top", "50", "$expand", "members,lastMessagePreview") {
		fmt.Fprintln(&b, c)
		for _, m := range r.list("/chats/"+escape(text(c, "id"))+"/messages", "$top", "30").rows() {
			fmt.Fprintln(&b, m)
		}
	}
	return b.String()
}

func TestEqualSeedsGiveEqualCompanies(t *testing.T) {
	t.Parallel()
	a, b := portrait(newRig(t, small)), portrait(newRig(t, small))
	if a != b {
		t.Error("two companies of one seed differ")
	}
	if c := portrait(newRig(t, small, func(o *sandbox.Options) { o.Seed = 4 })); a == c {
		t.Error("two companies of different seeds are equal")
	}
}

func TestSeededCompany(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	s := sandbox.New(sandbox.Options{Now: func() time.Time { return now }})
	d := s.Describe()
	roles := map[string]int{}
	for _, u := range d.Users {
		roles[u.Role]++
	}
	for _, role := range []string{"agent", "supervisor", "expert", "readonly", "guest", "admin"} {
		if roles[role] == 0 {
			t.Errorf("nobody is a %s", role)
		}
	}
	sum, linked, locked := 0, 0, 0
	members := map[string]string{}
	for _, c := range d.Chats {
		sum += s.CountMessages(c.ID, "")
		members[c.ID] = strings.Join(c.Members, " ")
	}
	for _, c := range s.Cases {
		if len(c.Linked) > 0 {
			linked++
		}
		for i, l := range c.Linked {
			if !strings.Contains(members[l.ChatID], s.People[0].OID) {
				locked++
			}
			if l.Connector.SystemUserID == "" || l.At.After(now) || i > 0 && l.At.Before(c.Linked[i-1].At) {
				t.Errorf("case %s has the link %+v", c.Number, l)
			}
		}
		if c.Modified.After(now) || c.Created.After(c.Modified) {
			t.Errorf("case %s was created %v and modified %v", c.Number, c.Created, c.Modified)
		}
		if (c.OwnerOID == "") == (c.OwnerTeam == "") {
			t.Errorf("case %s has the owners %q and %q", c.Number, c.OwnerOID, c.OwnerTeam)
		}
	}
	got := []int{len(d.Users), len(d.Cases), len(d.Chats), sum}
	if want := []int{44, 60, 150, 30000}; !reflect.DeepEqual(got, want) {
		t.Errorf("got people, cases, chats, messages %v, want %v", got, want)
	}
	if linked < 18 || locked < 4 {
		t.Errorf("got %d linked cases and %d locked chats, want about 20 and some", linked, locked)
	}
}

func TestSeededMessagesHaveEveryKindOfContent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	want := map[string]func(map[string]any) bool{
		"bold": has("<b>"), "list": has("<ol>"), "link": has("<a href="), "code": has("<pre><code>"), "table": has("<table>"), "image": has("<img"),
		"German": has("Danke"), "Japanese": has("ございます"), "emoji": has("👍"),
		"quote": func(m map[string]any) bool { return strings.Contains(fmt.Sprint(m["attachments"]), "messageReference") },
		"file": func(m map[string]any) bool {
			return strings.Contains(fmt.Sprint(m["attachments"]), "contentType:reference")
		},
		"mention":   func(m map[string]any) bool { return len(m["mentions"].([]any)) > 0 },
		"reaction":  func(m map[string]any) bool { return len(m["reactions"].([]any)) > 0 },
		"edited":    func(m map[string]any) bool { return m["lastEditedDateTime"] != nil },
		"deleted":   func(m map[string]any) bool { return m["deletedDateTime"] != nil && text(m, "body/content") == "" },
		"important": func(m map[string]any) bool { return m["importance"] == "high" },
		"urgent":    func(m map[string]any) bool { return m["importance"] == "urgent" },
		"nameless": func(m map[string]any) bool {
			return m["messageType"] == "message" && strings.Contains(fmt.Sprint(m["from"]), "displayName:<nil>")
		},
		"added": event("membersAdded"), "renamed": event("chatRenamed"), "call": event("callStarted"),
		"joined": func(m map[string]any) bool {
			return strings.Contains(fmt.Sprint(m["eventDetail"]), "applicationIdentityType:aadApplication")
		},
	}
	now, newest := r.clock.Now(), time.Time{}
	for _, c := range r.pages("/me/chats", "$top", "50") {
		for _, m := range r.pages("/chats/"+escape(text(c, "id"))+"/messages", "$top", "50") {
			for name, is := range want {
				if is(m) {
					delete(want, name)
				}
			}
			at := moment(t, text(m, "lastModifiedDateTime"))
			if at.After(now) {
				t.Fatalf("message %s was modified in the future, %v", text(m, "id"), at)
			}
			if strings.ContainsAny(text(m, "body/content"), "{}") || strings.Contains(text(m, "body/content"), "\x00") {
				t.Fatalf("a placeholder is left in %s", text(m, "body/content"))
			}
			if at.After(newest) {
				newest = at
			}
		}
	}
	for name := range want {
		t.Errorf("no seeded message is %s", name)
	}
	if now.Sub(newest) > 15*time.Minute {
		t.Errorf("the newest message is of %v, want one of the last minutes", newest)
	}
}

func has(part string) func(map[string]any) bool {
	return func(m map[string]any) bool { return strings.Contains(text(m, "body/content"), part) }
}

func event(kind string) func(map[string]any) bool {
	return func(m map[string]any) bool {
		return text(m, "eventDetail/@odata.type") == "#microsoft.graph."+kind+"EventMessageDetail"
	}
}

func TestMainAgentHasUnreadChats(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	unread, never := 0, 0
	for _, c := range r.pages("/me/chats", "$top", "50", "$expand", "lastMessagePreview") {
		read := moment(t, text(c, "viewpoint/lastMessageReadDateTime"))
		if read.Year() == 1 {
			never++
		} else if moment(t, text(c, "lastMessagePreview/createdDateTime")).After(read) {
			unread++
			if text(c, "lastMessagePreview/from/user/id") == r.me.OID {
				t.Errorf("%v is unread though the last word is mine", c["topic"])
			}
		}
	}
	if unread < 4 || unread > 20 || never == 0 {
		t.Errorf("got %d unread and %d never opened chats", unread, never)
	}
}

func TestAMillionMessagesFitInLittleMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := sandbox.New(sandbox.Options{Chats: 2000, Messages: 1_000_000})
	runtime.GC()
	runtime.ReadMemStats(&after)
	sum := 0
	for _, c := range s.ListRooms() {
		sum += s.CountMessages(c.ID, "")
	}
	if sum != 1_000_000 {
		t.Errorf("got %d messages", sum)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 300<<20 {
		t.Errorf("the company takes %d MB", grown>>20)
	}
}

func BenchmarkListChatsOfTwoThousand(b *testing.B) {
	r := newRig(b, func(o *sandbox.Options) { o.Chats, o.Messages = 2000, 1_000_000 })
	for b.Loop() {
		r.list("/me/chats", "$top", "50", "$expand", "members,lastMessagePreview", "$orderby", "lastMessagePreview/createdDateTime desc").want(200)
	}
}
