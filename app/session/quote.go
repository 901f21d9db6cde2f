package session

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/markup"
)

const (
	// quotesMost is how many messages one chat may begin with as quotes.
	quotesMost = 50
	// quoteMost bounds the text of one quote in bytes.
	quoteMost = 4000
)

// Quotables are the newest messages of a chat that can be quoted into a new
// one, oldest first, as they are stored here.
func (s *Session) Quotables(id chat.ID) ([]Quotable, error) {
	if _, ok, err := s.store.Chat(id); err != nil || !ok {
		return nil, &Problem{Code: "notMember"}
	}
	list, _, err := s.store.Latest(id, quotesMost)
	if err != nil {
		return nil, fmt.Errorf("read messages of %s: %w", id, err)
	}
	out := []Quotable{}
	for _, m := range list {
		if text := quotedText(m); text != "" {
			out = append(out, Quotable{ID: m.ID, From: s.senderName(m), Me: m.From.UserID == s.me.OID, Time: stamp(m.Created), Text: text,
				Body: markup.Parse(s.quoteHTML(m, text), markup.Context{})})
		}
	}
	return out, nil
}

// quotedText is what a quote of a message says, "" when it cannot be quoted:
// deleted, a system message, or without words. Files are named, pictures are
// left out: who reads the quote may not be allowed to see them.
func quotedText(m chat.Message) string {
	if m.System() || !m.Deleted.IsZero() || m.Blocked {
		return ""
	}
	text := strings.TrimSpace(markup.Text(markup.Parse(m.Body, markup.Context{})))
	for _, a := range m.Attachments {
		if a.ContentType == "reference" && a.Name != "" {
			text = strings.TrimSpace(text + "\n📎 " + a.Name)
		}
	}
	return shorten(text, quoteMost)
}

func (s *Session) senderName(m chat.Message) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view.name(m.From.UserID, m.From.Name)
}

// quoteHTML writes a message as a quote: who, when, and each line of the text.
func (s *Session) quoteHTML(m chat.Message, text string) string {
	var b strings.Builder
	b.WriteString("<blockquote><p><strong>" + html.EscapeString(plain(s.senderName(m))) + "</strong> " + m.Created.Local().Format("2006-01-02 15:04") + "</p><p>")
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString("<br>")
		}
		b.WriteString(html.EscapeString(strings.Map(printable, line)))
	}
	return b.String() + "</p></blockquote>"
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}

// quotes writes chosen messages as messages of quotes, in their own order, as
// many in one as it holds.
func (s *Session) quotes(from chat.ID, ids []string) ([]string, error) {
	if from == "" || len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > quotesMost {
		return nil, &Problem{Code: "tooManyQuotes", Args: []Arg{{"most", fmt.Sprint(quotesMost)}}}
	}
	var list []chat.Message
	for _, id := range ids {
		m, ok := s.messageAt(from, id)
		if !ok || quotedText(m) == "" {
			return nil, &Problem{Code: "quoteGone"}
		}
		list = append(list, m)
	}
	slices.SortFunc(list, chat.Compare)
	var out []string
	for _, m := range list {
		q := s.quoteHTML(m, quotedText(m))
		if n := len(out); n > 0 && len(out[n-1])+len(q) <= markup.MaxOutgoing {
			out[n-1] += q
			continue
		}
		out = append(out, q)
	}
	return out, nil
}
