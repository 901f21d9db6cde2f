package syncer_test

import (
	"net/http"
	"slices"
	"time"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/graph"
)

// compare holds the store against what the services tell an honest reader.
func (w *world) compare(began time.Time) {
	defer func(wrap func(http.RoundTripper) http.RoundTripper) { w.wrap = wrap }(w.wrap)
	w.wrap = nil // an honest reader
	g := graph.New(w.client(w.me, "graph", "/v1.0", nil))
	mine := map[chat.ID]graph.Chat{}
	for next, more := "", true; more; more = next != "" {
		page, err := g.ListChats(w.t.Context(), next)
		w.must(err)
		for _, c := range page.Chats {
			mine[chat.ID(c.ID)] = c
		}
		next = page.Next
	}
	stored, err := w.store.Chats()
	w.must(err)
	for _, c := range stored {
		if _, in := mine[c.ID]; !in {
			w.violated("chat %s is stored, but I am not in it", c.ID)
		}
	}
	for _, id := range w.chats {
		truth, in := mine[id]
		if !in {
			if n := len(w.messages(id)); n != 0 || w.store.Mark("messages:"+string(id)) != "" {
				w.violated("%d messages and a watermark %q are left of %s", n, w.store.Mark("messages:"+string(id)), id)
			}
			continue
		}
		w.compareChat(g, truth, began)
	}
	w.compareLinks(mine)
}

func (w *world) compareChat(g *graph.Client, truth graph.Chat, began time.Time) {
	id := chat.ID(truth.ID)
	c, ok, err := w.store.Chat(id)
	w.must(err)
	if !ok {
		w.violated("chat %s is missing", id)
		return
	}
	if c.Topic != truth.Topic {
		w.violated("%s is called %q, want %q", id, c.Topic, truth.Topic)
	}
	members, err := g.ListMembers(w.t.Context(), truth.ID)
	w.must(err)
	want := map[string]bool{}
	for _, m := range members {
		want[m.UserID] = true
	}
	for _, m := range c.Members {
		if !want[m.UserID] {
			w.violated("%s has the stored member %s who left", id, m.Name)
		}
		delete(want, m.UserID)
	}
	if c.MembersComplete && len(want) > 0 || len(c.Members) < min(25, len(members)) {
		w.violated("%s lacks the members %v", id, want)
	}
	have := map[string]chat.Message{}
	for _, m := range w.messages(id) {
		have[m.ID] = m
	}
	newest := time.Time{}
	for page, err := range g.MessagesSince(w.t.Context(), truth.ID, time.Time{}) {
		w.must(err)
		for _, m := range page {
			if slices.Contains(w.gone, m.ID) {
				continue // checked on the next day
			}
			w.compareMessage(m, have[m.ID], !m.LastModifiedDateTime.After(began))
			delete(have, m.ID)
			if m.LastModifiedDateTime.After(newest) {
				newest = m.LastModifiedDateTime.Time
			}
		}
	}
	for msg := range have {
		if slices.Contains(w.gone, msg) && time.Since(w.began) < 24*time.Hour {
			continue // within one day of use
		}
		w.violated("%s has the stored message %s that the server does not have", id, msg)
	}
	if mark, _ := time.Parse(time.RFC3339Nano, w.store.Mark("messages:"+truth.ID)); mark.After(newest) && mark.Unix() > 1 {
		w.violated("%s: watermark %v is past the newest change %v", id, mark, newest)
	}
}

// compareMessage compares versions of a message. The sandbox makes seeded
// messages out of the members of the moment, so their text is not compared.
func (w *world) compareMessage(want graph.Message, got chat.Message, seeded bool) {
	switch {
	case got.ID == "":
		w.violated("%s: message %s is missing", want.ChatID, want.ID)
	case got.ETag != want.ETag || !got.Modified.Equal(want.LastModifiedDateTime.Time) || !seeded && len(got.Reactions) != len(want.Reactions):
		w.violated("%s: message %s has version %s with %d reactions, want %s with %d", want.ChatID, want.ID, got.ETag, len(got.Reactions), want.ETag, len(want.Reactions))
	case !seeded && !want.System() && want.Body.ContentType == "html" && got.Body != want.Body.Content:
		w.violated("%s: message %s says %q, want %q", want.ChatID, want.ID, got.Body, want.Body.Content)
	case got.Deleted.IsZero() != want.DeletedDateTime.IsZero() || got.System() != want.System():
		w.violated("%s: message %s deleted %v, system %v", want.ChatID, want.ID, got.Deleted, got.System())
	}
}

// compareLinks holds the newest rows of the pairs of my groups against Dataverse.
func (w *world) compareLinks(mine map[chat.ID]graph.Chat) {
	type pair struct {
		chat   chat.ID
		record string
	}
	have := map[pair]chat.Link{}
	links, err := w.store.Links()
	w.must(err)
	for _, l := range links {
		have[pair{l.Chat, l.Record.ID}] = l
	}
	for _, l := range w.linkRows(mine) {
		got, ok := have[pair{chat.ID(l.ChatID), l.RecordID}]
		if !ok || !got.Modified.Equal(l.Modified) && got.Modified.Before(l.Modified) {
			w.violated("the link of %s and %s is %+v, want row %s live %v of %v", l.ChatID, l.RecordID, got, l.ID, l.Live, l.Modified)
		}
		if ok && got.RowID == l.ID && got.Live != l.Live {
			w.violated("row %s is live %v, want %v", l.ID, got.Live, l.Live)
		}
	}
}

// linkRows are the rows of all links of my groups.
func (w *world) linkRows(mine map[chat.ID]graph.Chat) []dataverse.Link {
	var groups []string
	for id, c := range mine {
		if c.ChatType == "group" {
			groups = append(groups, string(id))
		}
	}
	rows, err := dataverse.New(w.client(w.me, "dataverse", "/api/data/v9.2", nil)).LinksOfChats(w.t.Context(), groups)
	w.must(err)
	return rows
}
