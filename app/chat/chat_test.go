package chat_test

import (
	"slices"
	"testing"
	"time"

	"chatpane/app/chat"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func TestUnread(t *testing.T) {
	t.Parallel()
	message := chat.Preview{MessageID: "1", Created: noon, FromID: "other"}
	own := message
	own.FromID = "me"
	for name, c := range map[string]struct {
		chat chat.Chat
		want bool
	}{
		"never opened":          {chat.Chat{Preview: message}, true},
		"read before":           {chat.Chat{Preview: message, LastRead: noon.Add(-time.Second)}, true},
		"read at that moment":   {chat.Chat{Preview: message, LastRead: noon}, false},
		"read after":            {chat.Chat{Preview: message, LastRead: noon.Add(time.Second)}, false},
		"an own message":        {chat.Chat{Preview: own}, false},
		"no message":            {chat.Chat{}, false},
		"a message of a system": {chat.Chat{Preview: chat.Preview{MessageID: "1", Created: noon, System: true}}, true},
	} {
		if got := c.chat.Unread("me"); got != c.want {
			t.Errorf("%s: unread = %v, want %v", name, got, c.want)
		}
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	member := func(id, name string) chat.Member { return chat.Member{UserID: id, Name: name} }
	me := member("me", "Me")
	many := []chat.Member{me}
	for range 13 {
		many = append(many, member("x", "X"))
	}
	for name, c := range map[string]struct {
		chat chat.Chat
		want string
	}{
		"a topic wins":                {chat.Chat{Topic: "Pump", Members: []chat.Member{me, member("a", "Ann")}}, "Pump"},
		"the other of two":            {chat.Chat{Members: []chat.Member{me, member("a", "Ann")}}, "Ann"},
		"four others":                 {chat.Chat{Members: []chat.Member{member("a", "A"), me, member("b", "B"), member("c", "C"), member("d", "D")}}, "A, B, C, D"},
		"five others":                 {chat.Chat{Members: []chat.Member{member("a", "A"), member("b", "B"), member("c", "C"), member("d", "D"), member("e", "E")}}, "A, B, C, +2"},
		"thirteen others":             {chat.Chat{Members: many}, "X, X, X, +10"},
		"somebody without a name":     {chat.Chat{Members: []chat.Member{me, member("a", ""), member("b", "B")}}, "B"},
		"nobody but the user himself": {chat.Chat{Members: []chat.Member{me}}, ""},
	} {
		before := slices.Clone(c.chat.Members)
		if got := c.chat.Title("me"); got != c.want {
			t.Errorf("%s: title = %q, want %q", name, got, c.want)
		}
		if !slices.Equal(before, c.chat.Members) {
			t.Errorf("%s: the members were altered", name)
		}
	}
}

func TestChatsSortByTheirNewestMessage(t *testing.T) {
	t.Parallel()
	with := func(id chat.ID, at time.Time) chat.Chat {
		return chat.Chat{ID: id, Preview: chat.Preview{MessageID: "1", Created: at}}
	}
	empty := chat.Chat{ID: "empty", Created: noon.Add(time.Minute)}
	list := []chat.Chat{with("old", noon.Add(-time.Hour)), with("b", noon), empty, with("a", noon), with("new", noon.Add(time.Hour))}
	slices.SortFunc(list, chat.ComparePreview)
	var got []chat.ID
	for _, c := range list {
		got = append(got, c.ID)
	}
	if want := []chat.ID{"new", "empty", "a", "b", "old"}; !slices.Equal(got, want) {
		t.Errorf("order = %v, want %v", got, want)
	}
}

func TestMessagesSortByTimeThenID(t *testing.T) {
	t.Parallel()
	at := func(id string, d time.Duration) chat.Message { return chat.Message{ID: id, Created: noon.Add(d)} }
	list := []chat.Message{at("3", time.Second), at("10", 0), at("9", 0), at("11", 0), at("0", -time.Second)}
	slices.SortFunc(list, chat.Compare)
	var got []string
	for _, m := range list {
		got = append(got, m.ID)
	}
	if want := []string{"0", "9", "10", "11", "3"}; !slices.Equal(got, want) {
		t.Errorf("order = %v, want %v: ids are numbers", got, want)
	}
	if chat.Compare(list[0], list[0]) != 0 {
		t.Error("a message differs from itself")
	}
}

func TestNewerIsByModificationThenETag(t *testing.T) {
	t.Parallel()
	version := func(d time.Duration, etag string) chat.Message {
		return chat.Message{Modified: noon.Add(d), ETag: etag}
	}
	for name, c := range map[string]struct {
		a, b chat.Message
		want bool
	}{
		"modified later":           {version(1, "1"), version(0, "2"), true},
		"modified earlier":         {version(0, "2"), version(1, "1"), false},
		"equal":                    {version(0, "1"), version(0, "1"), false},
		"greater etag":             {version(0, "2"), version(0, "1"), true},
		"etags compare as numbers": {version(0, "10"), version(0, "9"), true},
	} {
		if got := chat.Newer(c.a, c.b); got != c.want {
			t.Errorf("%s: newer = %v, want %v", name, got, c.want)
		}
	}
}

func TestSystemMessages(t *testing.T) {
	t.Parallel()
	if !(chat.Message{Event: &chat.Event{}}).System() || (chat.Message{}).System() {
		t.Error("a message is a system message exactly when it has an event")
	}
}
