package store

import (
	"slices"
	"strings"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
)

// Search is what [Store.Search] looks for: the terms of a query, and its
// operators resolved to ids. All of it must hold.
type Search struct {
	Terms []search.Term
	// Chats are those to look in; nil = all.
	Chats []chat.ID
	// From are Entra object ids of whom one wrote the message; nil = anybody.
	From []string
	// NotFrom is the Entra object id of somebody whose messages are left out.
	NotFrom string
	// Since, when not nil, leaves messages out that are not newer than their
	// chat's time here, and those of chats that are not in it.
	Since map[chat.ID]time.Time
	// After and Before bound the creation: After ≤ t < Before; zero = open. The
	// creation is the one in the message's id.
	After, Before time.Time
	HasFile       bool
	// Best sorts by how well a message fits, else the newest comes first.
	Best bool
	// Limit is how many hits to return, at least 1.
	Limit int
	// Cursor continues an earlier answer to the same search; empty = its begin.
	Cursor string
}

// Found is a page of what was found.
type Found struct {
	Hits []Hit
	// Cursor continues after the last hit; empty = there are no more.
	Cursor string
	// Total is how many messages match; when Exact is false, at most so many.
	Total int
	Exact bool
	// Indexed is how much of what is stored can be found, in percent; less than
	// 100 only while [Store.Index] is at work.
	Indexed int
}

// Hit is a message that was found.
type Hit struct {
	Message chat.Message
	// Score is greater the better the message fits; zero unless sorted by it.
	Score float64
}

// hasFile reports whether a file hangs on a message.
func hasFile(m chat.Message) bool {
	return slices.ContainsFunc(m.Attachments, func(a chat.Attachment) bool { return a.ContentType == "reference" })
}

// text is what is searched of a message.
func (s *Store) text(m chat.Message) string {
	switch {
	case !searchable(m):
		return ""
	case s.o.Text != nil:
		return s.o.Text(m)
	}
	return search.Strip(m.Body)
}

// FileText joins the names of a message's files, for what is searched of it.
func FileText(m chat.Message) string {
	var names []string
	for _, a := range m.Attachments {
		if a.ContentType == "reference" && a.Name != "" {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, "\n")
}
