package markup

// Node is one node of a message body, after the allow-list. T says what it is:
// "text" (Text), "br", "hr", "p", "div", "h" (Level 1–3), "quote", "pre" (Lang), "list"
// (Ordered, Start), "item", "table", "row", "cell" (Head, ColSpan, RowSpan),
// "b", "i", "u", "s", "code", "sub", "sup", "link" (URL, Host), "mention"
// (Text, User, Me), "emoji" (Text), "image" (Media, Alt, Width, Height),
// "quoteRef" and "file" (Ref: position of an attachment), "card" (children),
// "unknown" (Text names what cannot be shown).
type Node struct {
	T        string `json:"t"`
	Text     string `json:"text,omitempty"`
	Children []Node `json:"children,omitempty"`
	URL      string `json:"url,omitempty"`
	Host     string `json:"host,omitempty"`  // real host of a link, when its text shows another one
	Media    string `json:"media,omitempty"` // id for /media/{id}
	Alt      string `json:"alt,omitempty"`
	Width    int64  `json:"width,omitempty"`
	Height   int64  `json:"height,omitempty"`
	Level    int64  `json:"level,omitempty"`
	Ordered  bool   `json:"ordered,omitempty"`
	Start    int64  `json:"start,omitempty"`
	Lang     string `json:"lang,omitempty"`
	Head     bool   `json:"head,omitempty"`
	ColSpan  int64  `json:"colSpan,omitempty"`
	RowSpan  int64  `json:"rowSpan,omitempty"`
	User     string `json:"user,omitempty"`
	Me       bool   `json:"me,omitempty"`
	Ref      string `json:"ref,omitempty"`
}
