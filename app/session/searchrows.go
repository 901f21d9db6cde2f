package session

// SearchQuery is what to search for, as typed.
type SearchQuery struct {
	// Text may hold words, "phrases" and the operators from: in: record: before:
	// after: has:file is:unread.
	Text  string `json:"text"`
	Scope string `json:"scope"` // "all", "chat", "record"
	Key   string `json:"key"`   // chat id or record key of the scope
	Order string `json:"order"` // "newest", "best"
	Limit int64  `json:"limit"` // hits of one answer, 1 to 200
	After string `json:"after"` // SearchResults.After of the answer to go on from; "" = begin
}

// SearchResults answers a search with what is cached; the servers are not asked.
type SearchResults struct {
	Hits  []SearchHit `json:"hits"`
	After string      `json:"after"` // continues; "" = there are no more hits
	Total int64       `json:"total"` // messages that match
	// AtMost tells that Total counts some that may turn out not to match.
	AtMost   bool           `json:"atMost"`
	Coverage SearchCoverage `json:"coverage"`
	// Problems are parts of the text that are not understood and were left out,
	// shown beside the field.
	Problems []QueryProblem `json:"problems"`
	// Empty tells that the text asks for nothing yet; nothing was searched.
	Empty bool `json:"empty"`
	// Preparing is how much of the cache is indexed, in percent, while that is
	// under way after an update; 100 otherwise.
	Preparing int64 `json:"preparing"`
}

// SearchCoverage tells how complete the cache is: "searched 148 of 150 chats,
// back to 3 March".
type SearchCoverage struct {
	Chats int64 `json:"chats"` // chats of the scope of which messages are cached
	Of    int64 `json:"of"`    // all chats of the scope, the locked ones too
	// Since is the time from which on every chat counted in Chats is complete;
	// "" = their whole history is cached.
	Since string `json:"since"`
}

// QueryProblem is a part of a search text that is not understood. The words
// are text/ keys "query.<Code>": "date", "has", "is" for a value that is not
// known, "from", "in", "record" for one that fits nobody and nothing cached.
type QueryProblem struct {
	Code string `json:"code"`
	Text string `json:"text"` // the part as typed, or its value
}

// SearchHit is a message that was found.
type SearchHit struct {
	Chat    string       `json:"chat"`
	ID      string       `json:"id"` // message id, for OpenAt
	Sort    string       `json:"sort"`
	Time    string       `json:"time"`
	From    PersonRef    `json:"from"`
	Me      bool         `json:"me"`
	App     bool         `json:"app"`
	Title   string       `json:"title"` // of the chat; "" = nobody else is in it
	Kind    string       `json:"kind"`  // of the chat
	People  []PersonRef  `json:"people"`
	Records []ChatRecord `json:"records"`
	// Snippet is the text around the first match, on one line.
	Snippet    []SearchSpan `json:"snippet"`
	Files      []File       `json:"files"`
	MentionsMe bool         `json:"mentionsMe"`
	Edited     bool         `json:"edited"`
}

// SearchSpan is a stretch of a snippet.
type SearchSpan struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"` // to be highlighted
}
