package session

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/markup"
	"chatpane/app/sandbox"
)

func viewValue(label, text string, supported bool) dataverse.ViewValue {
	return dataverse.ViewValue{Column: dataverse.ViewColumn{Name: "x", Label: label, Supported: supported}, Text: text}
}

// The note shows what the user would see, in any language, and whatever the
// values hold: it is in the dialect that is sent and fits into a message.
func TestTheNoteIsWrittenForAnyValues(t *testing.T) {
	t.Parallel()
	ref := chat.RecordRef{Env: "https://contoso.crm.dynamics.com", Table: "incident", ID: "0f8da189-6bf0-4064-a1f1-4a4372b45e48"}
	cases := map[string]struct {
		values  []dataverse.ViewValue
		want    []string // in the plain text
		cut     []string
		skipped []string
	}{
		"plain values": {values: []dataverse.ViewValue{viewValue("Priority", "High", true), viewValue("Customer", "Fabrikam", true)},
			want: []string{"Case CAS-1: Leak", "Priority: High", "Customer: Fabrikam"}},
		"empty and unsupported columns": {values: []dataverse.ViewValue{viewValue("Priority", "", true), viewValue("Image", "", false), viewValue("Blank", " \n ", true)},
			want: []string{"Case CAS-1: Leak"}, skipped: []string{"Image"}},
		"markup in a value": {values: []dataverse.ViewValue{viewValue(`<b>"Label" & co`, `<script>alert(1)</script> 3 < 4 & "5"`, true)},
			want: []string{`<b>"Label" & co: 3 < 4 & "5"`}},
		"a mail's page": {values: []dataverse.ViewValue{viewValue("Text", "<html><body><p>Dear Sirs</p><p>the gasket</p></body></html>", true)},
			want: []string{"Text: Dear Sirs the gasket"}},
		"other scripts and lines": {values: []dataverse.ViewValue{viewValue("件名", "水漏れ\r\n二行目\u0000", true)}, want: []string{"件名: 水漏れ 二行目"}},
		"a value over 28 KB": {values: []dataverse.ViewValue{viewValue("Short", "stays", true), viewValue("Long", strings.Repeat("👩‍🔧 & ", 20000), true)},
			want: []string{"Short: stays", "…"}, cut: []string{"Long"}},
		"five values over 28 KB together": {values: []dataverse.ViewValue{viewValue("A", strings.Repeat("a", 9000), true), viewValue("B", strings.Repeat("b", 9000), true),
			viewValue("C", strings.Repeat("c", 9000), true), viewValue("D", strings.Repeat("d", 9000), true), viewValue("E", strings.Repeat("e", 300), true)},
			want: []string{"E: eee"}, cut: []string{"A", "B", "C", "D"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &Session{view: newView()}
			s.view.tables["incident"] = tableFacts{Display: "Case"}
			n := s.writeNote(ref, chat.Record{Ref: ref, Name: "Leak", Number: "CAS-1"}, tc.values)
			body := s.starts.notes[ref].html
			if err := markup.CheckOutgoing(body); err != nil || n.ID == "" {
				t.Fatalf("%v: %.200s", err, body)
			}
			text := markup.Text(n.Body)
			for _, w := range tc.want {
				if !strings.Contains(text, w) {
					t.Errorf("the note lacks %q: %.300s", w, text)
				}
			}
			if !slices.Equal(n.Cut, append([]string{}, tc.cut...)) || !slices.Equal(n.Skipped, append([]string{}, tc.skipped...)) {
				t.Errorf("cut %v, skipped %v; want %v and %v", n.Cut, n.Skipped, tc.cut, tc.skipped)
			}
			if !strings.Contains(body, `href="https://contoso.crm.dynamics.com/main.aspx?etn=incident&amp;id=`+ref.ID) {
				t.Errorf("no link to the record: %.300s", body)
			}
			if strings.ContainsRune(text, '\uFFFD') {
				t.Error("a character was cut in two")
			}
		})
	}
}

// What stands in the way of the note is said, and the chat can be started
// without it.
func TestWhyThereIsNoNote(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		harm func(b *sandbox.Sandbox, c *sandbox.CaseSeed, view string) error
		code string
	}{
		"the view shows no column": {func(b *sandbox.Sandbox, _ *sandbox.CaseSeed, view string) error {
			return b.SetRow("savedquery", view, map[string]any{"layoutxml": "<grid><row></row></grid>"})
		}, "note.noColumns"},
		"the view is another type's": {func(b *sandbox.Sandbox, _ *sandbox.CaseSeed, view string) error {
			return b.SetRow("savedquery", view, map[string]any{"returnedtypecode": "account"})
		}, "note.noColumns"},
		"the view may not be read": {func(b *sandbox.Sandbox, _ *sandbox.CaseSeed, _ string) error {
			return b.RevokeRead(b.People[0].OID, "savedquery")
		}, "note.viewForbidden"},
		"the view was deleted": {func(b *sandbox.Sandbox, _ *sandbox.CaseSeed, view string) error {
			return b.DeleteRow("savedquery", view)
		}, "note.noView"},
		"the record was deleted": {func(b *sandbox.Sandbox, c *sandbox.CaseSeed, _ string) error { return b.DeleteRow("incident", c.ID) }, "recordGone"},
		"the record may not be read": {func(b *sandbox.Sandbox, _ *sandbox.CaseSeed, _ string) error {
			return b.RevokeRead(b.People[0].OID, "incident")
		}, "recordForbidden"},
		"there is no network": {func(b *sandbox.Sandbox, _ *sandbox.CaseSeed, _ string) error { return b.Knobs.Offline(true) }, "offline"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				box, _, bob, c := storyBox(t)
				d := sit(t, box, box.People[0])
				key := d.openCase(c.ID)
				d.mu.Lock()
				view := d.view.configs["incident"].NoteView
				d.mu.Unlock()
				if err := tc.harm(box, c, view); err != nil {
					t.Fatal(err)
				}
				info, err := d.PrepareStart(t.Context(), key)
				if err != nil || !info.Note.On || info.Note.ID != "" || info.Note.Problem == nil || info.Note.Problem.Code != tc.code {
					t.Fatalf("%v %+v; want the problem %s", err, info.Note, tc.code)
				}
				if strings.HasPrefix(tc.code, "note.") {
					got, err := d.StartChat(t.Context(), Start{Record: key, People: []string{bob.OID}, Topic: "Without a note"})
					if err != nil || got.Chat == "" {
						t.Errorf("without the note: %v %+v", err, got)
					}
				}
			})
		})
	}
}

// The form is told the type's settings; without the note's switch there is none.
func TestTheFormIsToldTheTypesSettings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, _, c := storyBox(t)
		for setting, on := range map[string]bool{"msdyn_enablekickoffmessage": false, "msdyn_enableautonamechats": true, "msdyn_usercanjoinchat": false} {
			if err := box.SetConfig("incident", setting, on); err != nil {
				t.Fatal(err)
			}
		}
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		box.Knobs.ResetCounts()
		info, err := d.PrepareStart(t.Context(), key)
		if err != nil || info.Note.On || info.Note.ID != "" || info.Note.Problem != nil || !info.AutoName || info.Join {
			t.Errorf("%v %+v", err, info)
		}
		if n := box.Knobs.Requests("dataverse"); n != 0 {
			t.Errorf("%d requests for a type without a note", n)
		}
	})
}

// The link stores the name cut to 100 characters at a grapheme.
func TestALongNameIsCutForTheLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, bob, c := storyBox(t)
		d := sit(t, box, ann)
		topic := strings.Repeat("👩‍🔧", 30) // 5 UTF-16 units each
		got, err := d.StartChat(t.Context(), Start{Record: d.openCase(c.ID), People: []string{bob.OID}, Topic: topic})
		if err != nil || got.Chat == "" {
			t.Fatalf("%v %+v", err, got)
		}
		d.settle()
		rows, err := d.dv.LinksOfChats(t.Context(), []string{got.Chat})
		if err != nil || len(rows) != 1 || rows[0].Name != strings.Repeat("👩‍🔧", 20) {
			t.Errorf("%v %+v", err, rows)
		}
	})
}

// Messages of a 1:1 chat are quoted into the new one after the note, in their
// order, as text; what cannot be quoted is not offered.
func TestMessagesAreQuotedAfterTheNote(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box, ann, bob, c := storyBox(t)
		d := sit(t, box, ann)
		made, err := d.StartChat(t.Context(), Start{People: []string{bob.OID}})
		if err != nil || made.Chat == "" {
			t.Fatalf("%v %+v", err, made)
		}
		for _, text := range []string{"<p>First &lt;b&gt;</p><p>second line</p>", "<p>Not this one</p>", "<p>" + strings.Repeat("long ", 3000) + "</p>"} {
			if _, err := box.Say(bob.OID, made.Chat, text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		d.openChat(made.Chat)
		list, err := d.Quotables(chat.ID(made.Chat))
		if err != nil || len(list) < 3 {
			t.Fatalf("%v, %d messages to quote", err, len(list))
		}
		list = list[len(list)-3:]
		if list[0].From != bob.Name || !strings.HasPrefix(list[0].Text, "First <b>\n") || len(list[0].Body) != 1 {
			t.Errorf("the first: %+v", list[0])
		}
		st := startStory(t, d, c, bob)
		st.QuoteFrom, st.Quotes = made.Chat, []string{list[2].ID, list[0].ID}
		got, err := d.StartChat(t.Context(), st)
		if err != nil || got.Chat == "" {
			t.Fatalf("%v %+v", err, got)
		}
		d.settle()
		d.openChat(got.Chat)
		texts := d.texts(got.Chat)
		if len(texts) < 2 || !strings.Contains(texts[len(texts)-2], c.Number) || !strings.Contains(texts[len(texts)-1], "First <b>") ||
			!strings.Contains(texts[len(texts)-1], "long long") || strings.Index(texts[len(texts)-1], "First") > strings.Index(texts[len(texts)-1], "long") {
			t.Errorf("the new chat: %.400q", texts)
		}
		if count(texts, "Not this one") != 0 {
			t.Error("a message that was not chosen was quoted")
		}
		st.Quotes = []string{"17"}
		if _, err := d.StartChat(t.Context(), st); explain(err).Code != "quoteGone" {
			t.Errorf("quoting a message that is gone: %v", err)
		}
	})
}
