package session

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
)

// look searches as the pane does.
func (d *desk) look(q SearchQuery) SearchResults {
	d.t.Helper()
	r, err := d.Search(d.t.Context(), q)
	if err != nil {
		d.t.Fatalf("search %q: %v", q.Text, err)
	}
	noNil(d.t, "SearchResults", reflect.ValueOf(r))
	return r
}

func hitTexts(r SearchResults) []string {
	var out []string
	for _, h := range r.Hits {
		var b strings.Builder
		for _, s := range h.Snippet {
			if s.Hit {
				b.WriteString("[" + s.Text + "]")
			} else {
				b.WriteString(s.Text)
			}
		}
		out = append(out, b.String())
	}
	return out
}

// The names of files stand below a result; in its snippet they only repeat that.
func TestASnippetNamesFilesOnlyWhereNothingElseWasFound(t *testing.T) {
	t.Parallel()
	m := chat.Message{Body: "<p>Done, tight at 6 bar.</p>", Attachments: []chat.Attachment{{ContentType: "reference", Name: "Service report.pdf"}}}
	for query, want := range map[string]string{
		"tight":        "Done, |tight| at 6 bar.",
		"report":       "Done, tight at 6 bar. Service |report|.pdf",
		"tight report": "Done, |tight| at 6 bar.",
	} {
		var parts []string
		for _, s := range snippet(m, search.Parse(query, time.Now()).Terms) {
			parts = append(parts, s.Text)
		}
		if got := strings.Join(parts, "|"); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

// Journey: search, online and offline. What a colleague writes is found by
// words, parts of words, person, chat, record and day, and opens in its context.
func TestSearchFindsWhatIsCached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		c, id := linkedCase(t, box, ann, true)
		d := sit(t, box, ann)
		key := d.openCase(c.ID)
		d.openChat(id)
		bob := otherMember(t, box, id, ann)
		if _, err := box.Say(bob.OID, id, "<p>Die <b>Krankenversicherungsbeiträge</b> für ZEBRA stehen in 請求書.</p>"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(70 * time.Second)
		d.Active()
		d.settle()
		box.Knobs.Offline(true)
		first, _, _ := strings.Cut(bob.Name, " ")
		day := time.Now().Format(time.DateOnly)
		const marked = "Die Krankenversicherungsbeiträge für [ZEBRA] stehen in 請求書."
		for _, s := range []struct {
			name string
			q    SearchQuery
			want string
		}{
			{"a word as it is typed", SearchQuery{Text: "zeb"}, "Die Krankenversicherungsbeiträge für [ZEB]RA stehen in 請求書."},
			{"a part of a compound, without accents", SearchQuery{Text: "zebra beitrage"}, "Die Krankenversicherungs[beiträge] für [ZEBRA] stehen in 請求書."},
			{"without spaces", SearchQuery{Text: "求書"}, "Die Krankenversicherungsbeiträge für ZEBRA stehen in 請[求書]."},
			{"a phrase", SearchQuery{Text: `"für zebra"`}, "Die Krankenversicherungsbeiträge [für ZEBRA] stehen in 請求書."},
			{"not a phrase", SearchQuery{Text: `"zebra für"`}, ""},
			{"by a person", SearchQuery{Text: "zebra from:" + first}, marked},
			{"by me", SearchQuery{Text: "zebra from:me"}, ""},
			{"in the chat", SearchQuery{Text: "zebra", Scope: "chat", Key: id, Order: "best"}, marked},
			{"in another chat", SearchQuery{Text: "zebra", Scope: "chat", Key: "19:other"}, ""},
			{"in the record", SearchQuery{Text: "zebra", Scope: "record", Key: key}, marked},
			{"in the record by its number", SearchQuery{Text: `zebra record:"` + d.pane.records[key].Number + `"`}, marked},
			{"today", SearchQuery{Text: "zebra after:" + day}, marked},
			{"before today", SearchQuery{Text: "zebra before:" + day}, ""},
			{"with a file", SearchQuery{Text: "zebra has:file"}, ""},
		} {
			if got := strings.Join(hitTexts(d.look(s.q)), "|"); got != s.want {
				t.Errorf("%s: %q found %q, want %q", s.name, s.q.Text, got, s.want)
			}
		}
		r := d.look(SearchQuery{Text: "zebra"})
		if h := r.Hits[0]; h.Chat != id || h.From.ID != bob.OID || h.Me || !slices.ContainsFunc(h.Records, func(r ChatRecord) bool { return r.Key == key }) {
			t.Errorf("the hit is %+v", h)
		}
		if r.Coverage.Of == 0 || r.Coverage.Chats > r.Coverage.Of || r.Preparing != 100 {
			t.Errorf("coverage %+v, prepared %d", r.Coverage, r.Preparing)
		}
	})
}

func TestSearchSaysWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		d := sit(t, box, person(t, box, "agent", 0))
		for text, want := range map[string]string{
			"before:soon x": "date", "has:wings x": "has", "is:lost x": "is", "from:nobodyatall x": "from", "in:qqqqqq x": "in", "record:qqqqqq x": "record",
			"https://example.com:8080/x": "", "from:": "", "": "",
		} {
			r := d.look(SearchQuery{Text: text})
			got := ""
			for _, p := range r.Problems {
				got += p.Code
			}
			if got != want {
				t.Errorf("%q: problems %q, want %q", text, got, want)
			}
			if r.Empty != (text == "" || text == "from:") {
				t.Errorf("%q: empty is %v", text, r.Empty)
			}
		}
	})
}

// Journey: a result opens in its context, and both ways lead on.
func TestAResultOpensInItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t)
		ann := person(t, box, "agent", 0)
		_, id := linkedCase(t, box, ann, true)
		bob := otherMember(t, box, id, ann)
		for i := range 130 {
			text := "<p>filler</p>"
			if i == 40 {
				text = "<p>the needle</p>"
			}
			if _, err := box.Say(bob.OID, id, text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		d := sit(t, box, ann)
		page := d.openChat(id)
		for len(page.Messages) > 0 && page.More && len(d.look(SearchQuery{Text: "needle"}).Hits) == 0 {
			var err error
			if page, err = d.Older(t.Context(), chat.ID(id), page.Messages[0].Sort); err != nil {
				t.Fatal(err)
			}
		}
		hits := d.look(SearchQuery{Text: "needle"}).Hits
		if len(hits) != 1 {
			t.Fatalf("%d hits, want 1", len(hits))
		}
		d.CloseChat(chat.ID(id))
		at, err := d.OpenAt(t.Context(), chat.ID(hits[0].Chat), hits[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		noNil(t, "Page", reflect.ValueOf(at))
		i := slices.IndexFunc(at.Messages, func(m MessageRow) bool { return m.ID == hits[0].ID })
		if i != pageSize/2 || len(at.Messages) != pageSize+1 || !at.Newer || !at.More {
			t.Errorf("the hit is row %d of %d, more %v, newer %v", i, len(at.Messages), at.More, at.Newer)
		}
		rows := at.Messages
		for at.Newer {
			if at, err = d.Newer(t.Context(), chat.ID(id), rows[len(rows)-1].Sort); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, at.Messages...)
		}
		if want := pageSize/2 + 1 + 89; len(rows) != want || !slices.IsSortedFunc(rows, func(a, b MessageRow) int { return strings.Compare(a.Sort, b.Sort) }) {
			t.Errorf("%d rows from the context to the end, want %d in order", len(rows), want)
		}
		if _, err := d.OpenAt(t.Context(), chat.ID(id), "1"); codeOf(err) != "notFound" {
			t.Errorf("a message that is not stored opens: %v", err)
		}
	})
}
