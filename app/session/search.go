package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/markup"
	"chatpane/app/search"
	"chatpane/app/store"
)

const (
	hitsAtOnce    = 50
	mostHits      = 200
	snippetLength = 160
)

// SearchText is what is searched of a message: the text that the pane shows of
// its body and cards, and the names of its files. It is given to the store.
func SearchText(m chat.Message) string {
	text := wordsOf(m)
	if files := store.FileText(m); files != "" {
		text += "\n" + displayName(files)
	}
	return text
}

// wordsOf is the text of a message's body and cards.
func wordsOf(m chat.Message) string {
	v := view{}
	var row MessageRow
	row.Body = v.body(m.Body, m.Mentions, m.Attachments, "", "", "")
	text := markup.Text(row.Body)
	for _, a := range m.Attachments {
		if isCard(a.ContentType) && !strings.Contains(m.Body, a.ID) {
			text += "\n" + markup.Text(markup.Card(a.Content))
		}
	}
	return text
}

// snippet is what a result shows of a message. The names of its files stand
// below it and are in it only where nothing else was found.
func snippet(m chat.Message, terms []search.Term) []search.Span {
	spans := search.NewText(wordsOf(m)).Snippet(terms, snippetLength)
	if slices.ContainsFunc(spans, func(s search.Span) bool { return s.Hit }) {
		return spans
	}
	return search.NewText(SearchText(m)).Snippet(terms, snippetLength)
}

// Search finds messages in what is cached. It answers offline as well as online.
func (s *Session) Search(ctx context.Context, q SearchQuery) (SearchResults, error) {
	out := SearchResults{Hits: []SearchHit{}, Problems: []QueryProblem{}, Preparing: 100}
	parsed := search.Parse(q.Text, time.Now())
	for _, p := range parsed.Problems {
		out.Problems = append(out.Problems, QueryProblem{Code: p.Code, Text: p.Text})
	}
	s.mu.Lock()
	r := resolver{v: s.view, ties: s.view.ties(), out: &out}
	what := r.search(q, parsed)
	s.mu.Unlock()
	out.Coverage = s.coverage(r.scope, r.locked)
	if out.Empty = parsed.Empty(); out.Empty {
		return out, nil
	}
	nudge(s.bulk) // within the memory limit a search of much takes twice as long
	found, err := s.store.Search(ctx, what)
	if err != nil {
		return SearchResults{}, fmt.Errorf("search: %w", err)
	}
	out.After, out.Total, out.AtMost, out.Preparing = found.Cursor, int64(found.Total), !found.Exact, int64(found.Indexed)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range found.Hits {
		out.Hits = append(out.Hits, s.view.hit(h, parsed.Terms, r.ties[h.Message.Chat]))
	}
	return out, nil
}

// hit is a found message as the pane shows it.
func (v *view) hit(h store.Hit, terms []search.Term, ties []tie) SearchHit {
	m := h.Message
	c, _ := v.renamed(v.chats[m.Chat])
	row := MessageRow{Quotes: []Quote{}, Files: []File{}}
	v.attach(&row, m.Attachments)
	out := SearchHit{
		Chat: string(m.Chat), ID: m.ID, Sort: sortKey(m), Time: stamp(m.Created),
		From: PersonRef{ID: m.From.UserID, Name: v.name(m.From.UserID, m.From.Name), Guest: m.From.Guest},
		Me:   m.From.UserID != "" && m.From.UserID == v.me.OID, App: m.From.AppID != "",
		Title: c.Title(v.me.OID), Kind: string(c.Kind), People: v.faces(c), Records: []ChatRecord{}, Snippet: []SearchSpan{},
		Files: row.Files, Edited: !m.Edited.IsZero(),
		MentionsMe: slices.ContainsFunc(m.Mentions, func(x chat.Mention) bool { return x.UserID == v.me.OID || x.Everyone }),
	}
	for _, t := range ties {
		out.Records = append(out.Records, v.chatRecord(t))
	}
	for _, sp := range snippet(m, terms) {
		out.Snippet = append(out.Snippet, SearchSpan{Text: sp.Text, Hit: sp.Hit})
	}
	return out
}

// coverage tells how much of the chats in scope is cached.
func (s *Session) coverage(scope []chat.ID, locked int) SearchCoverage {
	c := SearchCoverage{Of: int64(len(scope) + locked)}
	var from time.Time
	for _, id := range scope {
		since, whole := s.sync.Back(id)
		if !whole && since.IsZero() {
			continue
		}
		c.Chats++
		if !whole && since.After(from) {
			from = since
		}
	}
	c.Since = stamp(from)
	return c
}

// OpenAt returns the messages around one that is stored, and keeps the chat's
// rows in the Changes until CloseChat, as OpenChat does; it marks nothing read.
// Page.Newer tells that Newer goes on from the last row.
func (s *Session) OpenAt(ctx context.Context, id chat.ID, message string) (Page, error) {
	m, ok, err := s.store.Message(id, message)
	if err != nil {
		return Page{}, fmt.Errorf("open message %s of %s: %w", message, id, err)
	}
	if !ok {
		return Page{}, &Problem{Code: "notFound"}
	}
	before, earlier, err := s.store.Before(id, m.Created, m.ID, pageSize/2)
	if err != nil {
		return Page{}, fmt.Errorf("open message %s of %s: %w", message, id, err)
	}
	after, newer, err := s.store.After(id, m.ID, pageSize/2)
	if err != nil {
		return Page{}, fmt.Errorf("open message %s of %s: %w", message, id, err)
	}
	_, whole := s.sync.Back(id)
	s.mu.Lock()
	s.watched[id] = true
	s.visible = id
	page := s.stretchLocked(id, slices.Concat(before, []chat.Message{m}, after))
	page.More, page.Newer = earlier || !whole, newer
	page.Members = s.membersLocked(s.view.chats[id])
	if !newer {
		page.Messages = append(page.Messages, s.echoesLocked(id)...)
	}
	s.publishLocked(nil)
	s.mu.Unlock()
	s.sync.SetVisible(id)
	s.sync.SyncNow(id)
	return page, nil
}

// Newer returns the stored messages after a row of a chat, which is named by
// its Sort. Page.Newer tells that there are more; the last page has the echoes.
func (s *Session) Newer(_ context.Context, id chat.ID, after string) (Page, error) {
	_, message, _ := strings.Cut(after, ".")
	list, newer, err := s.store.After(id, strings.TrimSpace(message), pageSize)
	if err != nil {
		return Page{}, &Problem{Code: "notFound"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page := s.stretchLocked(id, list)
	page.More, page.Newer = true, newer
	if !newer {
		page.Messages = append(page.Messages, s.echoesLocked(id)...)
	}
	return page, nil
}

// stretchLocked turns messages, oldest first, into rows.
func (s *Session) stretchLocked(id chat.ID, list []chat.Message) Page {
	page := Page{Chat: string(id), Messages: []MessageRow{}, Members: []Member{}}
	seq := s.board.seqNow()
	for _, m := range list {
		row := s.view.messageRow(m, s.graphHost)
		row.Rev = seq
		page.Messages = append(page.Messages, row)
	}
	return page
}

// echoesLocked are the unconfirmed sends of a chat.
func (s *Session) echoesLocked(id chat.ID) []MessageRow {
	var out []MessageRow
	seq := s.board.seqNow()
	for _, op := range s.view.ops {
		if op.Kind == chat.OpSend && op.Chat == id && !s.isStored(op) {
			row := s.view.echoRow(op, s.graphHost)
			row.Rev = seq
			out = append(out, row)
		}
	}
	return out
}

func (s *Session) membersLocked(c chat.Chat) []Member {
	out := []Member{}
	for _, m := range c.Members {
		out = append(out, Member{ID: m.UserID, Name: m.Name, Email: m.Email, Guest: m.Guest, Owner: m.Owner, Me: m.UserID == s.me.OID})
	}
	return out
}
