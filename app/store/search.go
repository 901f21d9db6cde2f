package store

import (
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
	// After and Before bound the creation: After ≤ t < Before; zero = open.
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
}

// Hit is a message that was found.
type Hit struct {
	Message chat.Message
	// Text is what was searched of it, made ready for [search.Text.Snippet].
	Text search.Text
	// Score is greater the better the message fits; zero unless sorted by it.
	Score float64
}
