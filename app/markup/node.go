package markup

// Node is one node of a message body, after the allow-list. T says what it is:
// "text" (Text), "br", "hr", "p", "div", "h" (Level 1–3), "quote", "pre" (Lang), "list"
// (Ordered, Start), "item", "table", "row", "cell" (Head, ColSpan, RowSpan),
// "b", "i", "u", "s", "code", "sub", "sup", "link" (URL, Host), "mention"
// (Text, User, Me), "emoji" (Text), "image" (Media, Alt, Width, Height),
// "quoteRef" and "file" (Ref: id of the attachment that stands here), "card"
// (Ref, children), "unknown" (Text names what cannot be shown: "image" with
// Alt, Host and URL, "card", "tooLarge").
//
// The children of a block are either all blocks or all inline. A "pre" holds
// text only. A "p" whose only child is a "br" is a blank line.
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

// block reports whether the node stands on lines of its own.
func (n Node) block() bool {
	switch n.T {
	case "p", "div", "h", "quote", "pre", "list", "item", "table", "row", "cell", "hr", "quoteRef", "file", "card":
		return true
	case "unknown":
		return n.Text != "image"
	}
	return false
}

func text(s string) Node { return Node{T: "text", Text: s} }
