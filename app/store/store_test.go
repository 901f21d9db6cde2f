package store_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/store"
	"chatpane/app/vault"
)

const env = "https://contoso.crm.dynamics.com"

var base = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func at(n int) time.Time { return base.Add(time.Duration(n) * time.Second) }

func msg(id chat.ID, n int, text string) chat.Message {
	return chat.Message{
		Chat: id, ID: strconv.FormatInt(at(n).UnixMilli(), 10), ETag: strconv.FormatInt(at(n).UnixMilli(), 10),
		Created: at(n), Modified: at(n), From: chat.Sender{UserID: "u1", Name: "Ann Lee"}, Body: "<p>" + text + "</p>", Importance: chat.Normal,
	}
}

// edited is a later version of a message.
func edited(m chat.Message, after int, text string) chat.Message {
	m.Modified = m.Modified.Add(time.Duration(after) * time.Second)
	m.Edited, m.Body = m.Modified, "<p>"+text+"</p>"
	return m
}

func deleted(m chat.Message, after int) chat.Message {
	m = edited(m, after, "")
	m.Deleted, m.Body = m.Modified, ""
	return m
}

func group(id chat.ID) chat.Chat {
	return chat.Chat{
		ID: id, Kind: chat.Group, Topic: "Topic of " + string(id), Created: at(-100), LastRead: at(-50),
		Members: []chat.Member{{ID: "m1", UserID: "u1", Name: "Ann Lee"}, {ID: "m2", UserID: "u2", Name: "Bo Ek"}}, MembersComplete: true,
	}
}

// openVault makes a real vault and names the folder of its store.
func openVault(t testing.TB) (*vault.Vault, string) {
	t.Helper()
	dir := t.TempDir()
	v, err := vault.Open(dir, "tenant/oid", vault.MemoryKeychain())
	if err != nil {
		t.Fatalf("open vault: %v", err)
	}
	return v, filepath.Join(dir, "store")
}

func openMemory(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open("", vault.OpenMemory(), store.Options{})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func openDisk(t testing.TB, dir string, v store.Sealer) *store.Store {
	t.Helper()
	s, err := store.OpenForTest(dir, v, store.Options{MinFree: 1})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

func closeStore(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func apply(t testing.TB, s *store.Store, b store.Batch) store.Diff {
	t.Helper()
	d, err := s.Apply(context.Background(), b)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return d
}

// texts are the bodies of a page.
func texts(t testing.TB, s *store.Store, id chat.ID, n int) (out []string, more bool) {
	t.Helper()
	page, more, err := s.Latest(id, n)
	if err != nil {
		t.Fatalf("latest %s: %v", id, err)
	}
	for _, m := range page {
		out = append(out, m.Body)
	}
	return out, more
}

func TestEverythingReadsBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	v, dir := openVault(t)
	s := openDisk(t, dir, v)
	c := group("19:a")
	m := msg(c.ID, 1, "hello")
	m.Mentions = []chat.Mention{{ID: 0, Text: "Bo", UserID: "u2"}, {ID: 1, Text: "all", Everyone: true}}
	m.Attachments = []chat.Attachment{{ID: "x", ContentType: "reference", ContentURL: "https://x", Content: "{}", Name: "a.txt"}}
	m.Reactions = []chat.Reaction{{Emoji: "👍", UserID: "u2", Name: "Bo", At: at(3)}}
	m.Marker, m.Blocked = "op1", true
	sys := msg(c.ID, 2, "")
	sys.From, sys.Body = chat.Sender{}, ""
	sys.Event = &chat.Event{Kind: "membersAdded", InitiatorID: "u1", InitiatorName: "Ann", AppID: "a", AppName: "b", Members: []chat.Sender{{UserID: "u3", Guest: true}}, Topic: "t", AllHistory: true}
	ref := chat.RecordRef{Env: env, Table: "incident", ID: "11111111-2222-3333-4444-555555555555"}
	rec := chat.Record{Ref: ref, Name: "Pump", Number: "CAS-1", Owner: chat.Principal{ID: "o", Team: true, Name: "T"}, State: 1, StatusText: "s", Customer: "c", Priority: "p", Deadline: at(9), Modified: at(1), Access: []string{}, Opened: at(4), Mine: true}
	l := chat.Link{RowID: "r1", ETag: "W/1", Chat: c.ID, Record: ref, ChatName: "n", Live: true, Connector: "k", ConnectorName: "kn", CreatedBy: "cb", CreatedByName: "cbn", Created: at(1), Modified: at(2), RecordName: "Pump"}
	p := chat.Person{ID: "u1", Name: "Ann Lee", Email: "a@x", UPN: "ann@x", JobTitle: "j", Guest: true, Disabled: true, SystemUserID: "su"}
	cfg := chat.LinkConfig{Env: env, Table: "incident", AutoName: true, Join: true, OwnerUnlink: true, ConnectorUnlink: true, Note: true, NoteView: "v"}
	apply(t, s, store.Batch{
		Chats: []chat.Chat{c}, Messages: []chat.Message{m, sys}, People: []chat.Person{p}, Records: []chat.Record{rec}, Links: []chat.Link{l},
		SetConfigs: env, Configs: []chat.LinkConfig{cfg}, Marks: []store.Mark{{Feed: "chats", Value: "w1"}}, Facts: []store.Fact{{Key: "who", Value: []byte("me")}},
	})
	check := func(when string) {
		t.Helper()
		page, more, err := s.Latest(c.ID, 10)
		if err != nil || more || !reflect.DeepEqual(page, []chat.Message{m, sys}) {
			t.Errorf("%s: page = %+v, %v, %v", when, page, more, err)
		}
		if got, ok, err := s.Message(c.ID, m.ID); err != nil || !ok || !reflect.DeepEqual(got, m) {
			t.Errorf("%s: message = %+v, %v, %v", when, got, ok, err)
		}
		wantChat := c
		wantChat.Preview = chat.Preview{MessageID: sys.ID, Created: sys.Created, System: true, Event: sys.Event, Importance: chat.Normal}
		if got, ok, err := s.Chat(c.ID); err != nil || !ok || !reflect.DeepEqual(got, wantChat) {
			t.Errorf("%s: chat = %+v, want %+v, %v %v", when, got, wantChat, ok, err)
		}
		if got, _, _ := s.Record(ref); !reflect.DeepEqual(got, rec) {
			t.Errorf("%s: record = %+v, want %+v", when, got, rec)
		}
		if got, _ := s.Links(); !reflect.DeepEqual(got, []chat.Link{l}) {
			t.Errorf("%s: links = %+v", when, got)
		}
		if got, ok, _ := s.Person("u1"); !ok || got != p {
			t.Errorf("%s: person = %+v", when, got)
		}
		if got, _ := s.Configs(env); !reflect.DeepEqual(got, []chat.LinkConfig{cfg}) {
			t.Errorf("%s: configs = %+v", when, got)
		}
		if got := s.Mark("chats"); got != "w1" {
			t.Errorf("%s: mark = %q", when, got)
		}
		if got := string(s.Fact("who")); got != "me" {
			t.Errorf("%s: fact = %q", when, got)
		}
		if n, err := s.Count(c.ID); n != 2 || err != nil {
			t.Errorf("%s: count = %d, %v", when, n, err)
		}
	}
	check("before closing")
	closeStore(t, s)
	s = openDisk(t, dir, v)
	defer closeStore(t, s)
	if r := s.Report(); r.Rebuilt || r.Schema != store.Schema || r.Messages != 2 || r.Chats != 1 || r.People != 1 || r.Records != 1 || r.Links != 1 {
		t.Errorf("report after reopening = %+v", r)
	}
	check("after reopening")
}

func TestMessagesWhoseFieldsDoNotFollowFromTheirID(t *testing.T) {
	t.Parallel()
	usual := msg("19:a", 1, "x")
	with := func(n int, f func(*chat.Message)) chat.Message {
		m := usual
		m.ID = strconv.Itoa(n)
		f(&m)
		return m
	}
	want := []chat.Message{
		with(1, func(m *chat.Message) { m.ETag = "" }),
		with(2, func(m *chat.Message) { m.ETag = "other" }),
		with(3, func(m *chat.Message) { m.Created = m.Created.Add(time.Nanosecond) }),
		with(4, func(m *chat.Message) { m.Created, m.Modified = time.Time{}, time.Time{} }),
		with(5, func(m *chat.Message) { m.Modified = time.Time{} }),
		with(6, func(m *chat.Message) { m.From = chat.Sender{UserID: "0a1b2c3d-4e5f-6789-abcd-ef0123456789"} }),
		with(7, func(m *chat.Message) { m.From.UserID = "0A1B2C3D-4E5F-6789-ABCD-EF0123456789" }),
		with(8, func(m *chat.Message) { m.From.UserID = "sixteen bytes id" }),
		with(9, func(m *chat.Message) { m.From = chat.Sender{}; m.Importance = chat.Urgent }),
	}
	s := openMemory(t)
	apply(t, s, store.Batch{Messages: want})
	for _, w := range want {
		if got, ok, err := s.Message("19:a", w.ID); err != nil || !ok || !reflect.DeepEqual(got, w) {
			t.Errorf("message %s = %+v, %v, %v\nwant %+v", w.ID, got, ok, err, w)
		}
	}
}

func TestMessagesMergeByVersion(t *testing.T) {
	t.Parallel()
	m := msg("19:a", 1, "one")
	sameTime := m
	sameTime.ETag, sameTime.Body = m.ETag+"0", "etag"
	for name, c := range map[string]struct {
		in      []chat.Message
		want    string
		changed bool
	}{
		"the same version again alters nothing":    {[]chat.Message{m}, "<p>one</p>", false},
		"an older version is ignored":              {[]chat.Message{edited(m, -5, "old")}, "<p>one</p>", false},
		"a newer version replaces":                 {[]chat.Message{edited(m, 5, "two")}, "<p>two</p>", true},
		"of two in one batch the newer wins":       {[]chat.Message{edited(m, 9, "three"), edited(m, 5, "two")}, "<p>three</p>", true},
		"a greater etag of the same time replaces": {[]chat.Message{sameTime}, "etag", true},
		"a deletion is a version":                  {[]chat.Message{deleted(m, 5)}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openMemory(t)
			apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{m}})
			d := apply(t, s, store.Batch{Messages: c.in})
			if got := len(d.Messages) > 0; got != c.changed {
				t.Errorf("diff = %+v, want changed %v", d, c.changed)
			}
			got, _ := texts(t, s, "19:a", 5)
			if !slices.Equal(got, []string{c.want}) {
				t.Errorf("stored %q, want %q", got, c.want)
			}
			if n, _ := s.Count("19:a"); n != 1 {
				t.Errorf("count = %d, want 1", n)
			}
		})
	}
}

func TestADeletedMessageIsNotRevivedByAnOlderVersion(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	m := msg("19:a", 1, "secret")
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: []chat.Message{deleted(m, 5)}})
	if d := apply(t, s, store.Batch{Messages: []chat.Message{m}}); !d.Empty() {
		t.Errorf("diff = %+v, want none", d)
	}
}

func TestPagesWalkAChatFromTheNewestToTheOldest(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	var all []chat.Message
	for i := range 25 {
		all = append(all, msg("19:a", i, fmt.Sprint(i)))
	}
	// A neighbour on each side must not leak into the pages.
	apply(t, s, store.Batch{Messages: []chat.Message{msg("19:0", 3, "x")}})
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}, Messages: all})
	apply(t, s, store.Batch{Messages: []chat.Message{msg("19:z", 3, "x")}})
	page, more, err := s.Latest("19:a", 10)
	if err != nil || !more || !reflect.DeepEqual(page, all[15:]) {
		t.Fatalf("latest = %d messages, more %v, %v", len(page), more, err)
	}
	page, more, err = s.Before("19:a", time.Time{}, page[0].ID, 10)
	if err != nil || !more || !reflect.DeepEqual(page, all[5:15]) {
		t.Fatalf("second page = %d messages, more %v, %v", len(page), more, err)
	}
	page, more, err = s.Before("19:a", page[0].Created, "", 10)
	if err != nil || more || !reflect.DeepEqual(page, all[:5]) {
		t.Fatalf("last page = %d messages, more %v, %v", len(page), more, err)
	}
	if page, more, err := s.Latest("19:none", 10); len(page) > 0 || more || err != nil {
		t.Errorf("unknown chat = %v, %v, %v", page, more, err)
	}
	if _, _, err := s.Before("19:a", time.Time{}, "abc", 10); err == nil {
		t.Error("a position that is no number was accepted")
	}
}

func TestABadMessageDoesNotKeepTheOthersOut(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	odd := msg("19:a", 1, "odd")
	odd.ID = "not-a-number"
	big := msg("19:a", 2, "")
	noise := make([]byte, 1<<20) // does not compress
	rand.NewChaCha8([32]byte{1}).Read(noise)
	big.Body = hex.EncodeToString(noise)
	apply(t, s, store.Batch{Messages: []chat.Message{odd, big, msg("19:a", 3, "good")}})
	got, _ := texts(t, s, "19:a", 5)
	if !slices.Equal(got, []string{"<p>good</p>"}) {
		t.Errorf("stored %d messages", len(got))
	}
	if n := s.Report().Skipped; n != 2 {
		t.Errorf("skipped = %d, want 2", n)
	}
}
