package store_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/store"
)

func preview(m chat.Message, text string) chat.Preview {
	return chat.Preview{MessageID: m.ID, Created: m.Created, FromID: m.From.UserID, FromName: m.From.Name, Text: text}
}

func TestAChatKeepsWhatALaterReadDidNotBring(t *testing.T) {
	t.Parallel()
	full := group("19:a")
	full.Preview = preview(msg("19:a", 10, ""), "ten")
	full.Preview.MentionsMe, full.Preview.Importance = true, chat.Urgent
	with := func(f func(*chat.Chat)) chat.Chat { c := full; f(&c); return c }
	guest := chat.Member{ID: "m9", UserID: "u9"}
	for name, c := range map[string]struct{ in, want chat.Chat }{
		"nil members and no viewpoint": {with(func(c *chat.Chat) { c.Members, c.MembersComplete, c.LastRead = nil, false, time.Time{} }), full},
		"a cut list without news":      {with(func(c *chat.Chat) { c.Members, c.MembersComplete = full.Members[:1], false }), full},
		"a cut list with somebody new": {
			with(func(c *chat.Chat) { c.Members, c.MembersComplete = []chat.Member{guest}, false }),
			with(func(c *chat.Chat) { c.Members, c.MembersComplete = []chat.Member{guest}, false }),
		},
		"an older preview": {with(func(c *chat.Chat) { c.Preview = preview(msg("19:a", 9, ""), "nine") }), full},
		"no preview":       {with(func(c *chat.Chat) { c.Preview = chat.Preview{} }), full},
		"the preview shortened": {
			with(func(c *chat.Chat) { c.Preview = preview(msg("19:a", 10, ""), "edited") }),
			with(func(c *chat.Chat) { c.Preview.Text = "edited" }),
		},
		"a newer preview": {
			with(func(c *chat.Chat) { c.Preview = preview(msg("19:a", 11, ""), "eleven") }),
			with(func(c *chat.Chat) { c.Preview = preview(msg("19:a", 11, ""), "eleven") }),
		},
		"a viewpoint moved back": {
			with(func(c *chat.Chat) { c.LastRead = at(-70) }),
			with(func(c *chat.Chat) { c.LastRead = at(-70) }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openMemory(t)
			apply(t, s, store.Batch{Chats: []chat.Chat{full}})
			d := apply(t, s, store.Batch{Chats: []chat.Chat{c.in}})
			got, _, _ := s.Chat("19:a")
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if changed := !reflect.DeepEqual(full, c.want); changed != (len(d.Chats) == 1) {
				t.Errorf("diff = %+v, want changed %v", d, changed)
			}
		})
	}
}

func TestThePreviewFollowsTheStoredMessages(t *testing.T) {
	t.Parallel()
	s, err := store.OpenForTest("", &fakeVault{chats: map[string]int{}}, store.Options{Preview: func(m chat.Message) chat.Preview {
		p := preview(m, "line of "+m.Body)
		p.Deleted = !m.Deleted.IsZero()
		return p
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	one, two := msg("19:a", 1, "1"), msg("19:a", 2, "2")
	want := func(when, text string, deleted bool) {
		t.Helper()
		c, _, _ := s.Chat("19:a")
		if c.Preview.Text != text || c.Preview.Deleted != deleted {
			t.Errorf("%s: preview = %+v, want %q", when, c.Preview, text)
		}
	}
	apply(t, s, store.Batch{Messages: []chat.Message{one}})
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}})
	want("messages before their chat", "line of <p>1</p>", false)
	apply(t, s, store.Batch{Messages: []chat.Message{two}})
	want("a newer message", "line of <p>2</p>", false)
	apply(t, s, store.Batch{Messages: []chat.Message{edited(one, 9, "late edit")}})
	want("an older message edited", "line of <p>2</p>", false)
	apply(t, s, store.Batch{Messages: []chat.Message{deleted(two, 9)}})
	want("the newest message deleted", "line of ", true)
}

func TestWithoutAHookADeletedMessageLeavesNoTextInThePreview(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	m := msg("19:a", 1, "secret")
	c := group("19:a")
	c.Preview = preview(m, "secret")
	apply(t, s, store.Batch{Chats: []chat.Chat{c}, Messages: []chat.Message{m}})
	if got, _, _ := s.Chat("19:a"); got.Preview.Text != "secret" {
		t.Errorf("given preview lost: %+v", got.Preview)
	}
	d := apply(t, s, store.Batch{Messages: []chat.Message{deleted(m, 3)}})
	if got, _, _ := s.Chat("19:a"); got.Preview.Text != "" || !got.Preview.Deleted || len(d.Chats) != 1 {
		t.Errorf("preview after deletion = %+v, diff %+v", got.Preview, d)
	}
}

func TestReadMarksMoveTheViewpointBothWays(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	apply(t, s, store.Batch{Chats: []chat.Chat{group("19:a")}})
	for _, n := range []int{30, 10} {
		d := apply(t, s, store.Batch{ReadMarks: []store.ReadMark{{Chat: "19:a", At: at(n)}}})
		if c, _, _ := s.Chat("19:a"); !c.LastRead.Equal(at(n)) || len(d.Chats) != 1 {
			t.Errorf("last read = %v, want %v; diff %+v", c.LastRead, at(n), d)
		}
	}
	if d := apply(t, s, store.Batch{ReadMarks: []store.ReadMark{{Chat: "19:a", At: at(10)}, {Chat: "19:none", At: at(1)}}}); !d.Empty() {
		t.Errorf("repeated and foreign marks altered %+v", d)
	}
}

func TestLinksKeepTheNewestRowOfAPair(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	ref := chat.RecordRef{Env: env, Table: "incident", ID: "r"}
	other := chat.RecordRef{Env: env, Table: "incident", ID: "r2"}
	row := func(id string, n int, live bool, ref chat.RecordRef) chat.Link {
		return chat.Link{RowID: id, Chat: "19:a", Record: ref, Live: live, Modified: at(n)}
	}
	apply(t, s, store.Batch{Links: []chat.Link{row("a", 1, true, ref), row("b", 2, false, ref)}})
	if got, _ := s.Links(); len(got) != 1 || got[0].RowID != "b" {
		t.Errorf("links = %+v, want row b", got)
	}
	if got, _ := s.LinkRows(chat.Pair{Chat: "19:a", Record: ref}); len(got) != 2 || got[0].RowID != "b" {
		t.Errorf("rows = %+v, want b, a", got)
	}
	if d := apply(t, s, store.Batch{Links: []chat.Link{row("b", 1, true, ref), row("a", 1, true, ref)}}); !d.Empty() {
		t.Errorf("older and equal rows altered %+v", d)
	}
	d := apply(t, s, store.Batch{Links: []chat.Link{row("b", 5, true, other)}})
	if len(d.Links) != 2 {
		t.Errorf("a row moved to another record: diff = %+v, want both pairs", d)
	}
	if got, _ := s.Links(); len(got) != 2 {
		t.Errorf("links = %+v, want both pairs", got)
	}
}

func TestRecordsKeepWhatARefusalLacks(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	ref := chat.RecordRef{Env: env, Table: "incident", ID: "r"}
	rec := chat.Record{Ref: ref, Name: "Pump", Modified: at(5), Access: []string{"ReadAccess"}, Opened: at(3)}
	apply(t, s, store.Batch{Records: []chat.Record{rec}})
	step := func(name string, in, want chat.Record) {
		t.Helper()
		apply(t, s, store.Batch{Records: []chat.Record{in}})
		if got, _, _ := s.Record(ref); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	step("an older version", chat.Record{Ref: ref, Name: "Old", Modified: at(4)}, rec)
	newer := rec
	newer.Name, newer.Modified = "Pump 2", at(6)
	step("a newer version without access", chat.Record{Ref: ref, Name: "Pump 2", Modified: at(6)}, newer)
	lost := newer
	lost.Lost, lost.Access = chat.Gone, nil
	step("a refusal", chat.Record{Ref: ref, Lost: chat.Gone}, lost)
	found := newer
	found.Access = nil
	step("found again", chat.Record{Ref: ref, Name: "Pump 2", Modified: at(6)}, found)
}

func TestPeopleFactsMarksAndConfigs(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	apply(t, s, store.Batch{People: []chat.Person{{ID: "u", Name: "Ann", UPN: "ann@x", SystemUserID: "su"}, {ID: ""}}})
	if d := apply(t, s, store.Batch{People: []chat.Person{{ID: "u", Email: "a@x"}}}); !slices.Equal(d.People, []string{"u"}) {
		t.Errorf("diff = %+v", d)
	}
	if got, _ := s.People(); !slices.Equal(got, []chat.Person{{ID: "u", Name: "Ann", Email: "a@x", UPN: "ann@x", SystemUserID: "su"}}) {
		t.Errorf("people = %+v", got)
	}
	b := store.Batch{
		Facts: []store.Fact{{Key: "k", Value: []byte("1")}}, Marks: []store.Mark{{Feed: "f", Value: "1"}},
		SetConfigs: env, Configs: []chat.LinkConfig{{Env: env, Table: "b"}, {Env: env, Table: "a"}},
	}
	if d := apply(t, s, b); !d.Facts || !d.Configs {
		t.Errorf("diff = %+v", d)
	}
	if d := apply(t, s, b); !d.Empty() {
		t.Errorf("repeated: diff = %+v", d)
	}
	if got, _ := s.Configs(env); len(got) != 2 || got[0].Table != "a" {
		t.Errorf("configs = %+v", got)
	}
	d := apply(t, s, store.Batch{Facts: []store.Fact{{Key: "k"}}, Marks: []store.Mark{{Feed: "f"}}, SetConfigs: env})
	if got, _ := s.Configs(env); !d.Facts || !d.Configs || s.Fact("k") != nil || s.Mark("f") != "" || len(got) != 0 {
		t.Errorf("removal: diff %+v, fact %q, mark %q, configs %+v", d, s.Fact("k"), s.Mark("f"), got)
	}
}

func TestSearchPeopleFoldsCaseAndAccents(t *testing.T) {
	t.Parallel()
	s := openMemory(t)
	apply(t, s, store.Batch{People: []chat.Person{
		{ID: "1", Name: "Zoë Großmann", Email: "z.gross@contoso.com"}, {ID: "2", Name: "Marie-Claire Łukasz"},
		{ID: "3", Name: "Anna Zoeller"}, {ID: "4", Name: "Zoe Gone", Disabled: true}, {ID: "5", Name: "Bo", UPN: "bo.ek@contoso.com"},
	}})
	for query, want := range map[string][]string{
		"zoe": {"1", "3"}, "ZOË gross": {"1"}, "luk": {"2"}, "claire": {"2"}, "bo.ek@": {"5"}, "contoso": {"5", "1"}, "oe": nil, " ": nil,
	} {
		var got []string
		people, err := s.SearchPeople(query, 10)
		for _, p := range people {
			got = append(got, p.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("search %q = %v, %v, want %v", query, got, err, want)
		}
	}
	if got, _ := s.SearchPeople("zoe", 1); len(got) != 1 {
		t.Errorf("limit ignored: %+v", got)
	}
}
