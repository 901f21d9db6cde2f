package markup

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The caps of one body. What lies beyond them is left out, and an "unknown"
// node with the text "tooLarge" says so.
const (
	MaxBytes = 256 << 10 // bytes of HTML that are read
	MaxDepth = 100       // elements inside each other; deeper ones give way to their text
	MaxNodes = 5000      // nodes of the tree
)

// Context is what the message around a body knows. Every function may be nil.
type Context struct {
	// Me is the Entra object id of the signed-in user.
	Me string
	// Mention looks up the mention with the id of an <at> element: the name to
	// show, and the user's Entra object id (empty for everyone).
	Mention func(id int) (text, user string, ok bool)
	// Attachment tells what the attachment of an id is: "quoteRef", "file",
	// "card" or "hidden".
	Attachment func(id string) (kind string, ok bool)
	// Card returns the JSON of the card with the id, for [Card].
	Card func(id string) string
	// GraphHost is the host (with port, if any) whose hosted contents are known
	// as images, such as "graph.microsoft.com". Empty allows none.
	GraphHost string
	// ImageHost tells whether pictures of a host may be shown without a click.
	ImageHost func(host string) bool
}

// Parse reads a message body. It accepts any text and never fails: what is not
// allowed is left out, or replaced by the text inside it.
func Parse(body string, c Context) []Node {
	cleaned, whole := clean(body)
	root := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	tops, err := html.ParseFragment(strings.NewReader(cleaned), root)
	if err != nil { // nested beyond what the parser bears
		return []Node{text(show(plain(cleaned))), {T: "unknown", Text: "tooLarge"}}
	}
	b := builder{c: c, shown: map[string]bool{}}
	for _, n := range tops {
		root.AppendChild(n)
	}
	nodes := settle(b.children(root, scope{}), Node{T: "div"})
	if onlyBlank(nodes) {
		nodes = nil
	}
	nameHosts(nodes)
	left := MaxNodes
	if nodes = limit(nodes, &left); !whole || b.cut || left < 0 {
		nodes = append(nodes, Node{T: "unknown", Text: "tooLarge"})
	}
	return nodes
}

// builder walks the cleaned HTML and makes nodes of it.
type builder struct {
	c     Context
	count int
	cut   bool
	// shown are the attachments that have their place. Each has one: a card
	// repeated a thousand times would be drawn a thousand times.
	shown map[string]bool
}

// scope is what surrounds an element: its depth and the inline elements that
// are open, so that none is nested in its like.
type scope struct {
	depth int
	open  string // one letter for each open format
	list  bool   // the parent is a list
}

// room counts one more node and reports whether it still fits.
func (b *builder) room() bool {
	if b.count >= MaxNodes {
		b.cut = true
		return false
	}
	b.count++
	return true
}

func (b *builder) children(n *html.Node, s scope) []Node {
	var out []Node
	s.depth++
	if s.depth > MaxDepth {
		if t := textOf(n); t != "" && b.room() {
			out = append(out, text(show(t)))
		}
		return out
	}
	for ch := n.FirstChild; ch != nil && !b.cut; ch = ch.NextSibling {
		switch ch.Type {
		case html.TextNode:
			if b.room() {
				out = append(out, text(show(ch.Data)))
			}
		case html.ElementNode:
			out = append(out, b.element(ch, s)...)
		}
	}
	return out
}

// inlines maps the formats to our names.
var inlines = map[string]string{
	"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "s": "s",
	"code": "code", "sub": "sub", "sup": "sup",
}

func (b *builder) element(n *html.Node, s scope) []Node {
	if t, ok := inlines[n.Data]; ok {
		return b.inline(Node{T: t}, n, s)
	}
	switch n.Data {
	case "br":
		return b.leaf(Node{T: "br"})
	case "hr":
		return b.leaf(Node{T: "hr"})
	case "a":
		return b.link(n, s)
	case "at":
		return b.mention(n, s)
	case "emoji", "customemoji":
		if alt := emojiText(attr(n, "alt")); alt != "" {
			return b.leaf(Node{T: "emoji", Text: alt})
		}
		return nil
	case "attachment":
		return b.attachment(attr(n, "id"))
	case "img":
		return b.leaf(b.image(n))
	case "pre", "codeblock":
		return b.code(n)
	case "li":
		return b.item(n, s)
	case "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "tr", "td", "th":
		return b.block(n, s)
	}
	return b.children(n, s) // span, thead, tbody and whatever the parser made up
}

func (b *builder) leaf(n Node) []Node {
	if n.T == "" || !b.room() {
		return nil
	}
	return []Node{n}
}

func (b *builder) block(n *html.Node, s scope) []Node {
	if !b.room() {
		return nil
	}
	out := Node{}
	inner := scope{depth: s.depth, open: s.open}
	switch n.Data {
	case "p", "div":
		out.T = n.Data
	case "h1", "h2", "h3":
		out.T, out.Level = "h", int64(n.Data[1]-'0')
	case "h4", "h5", "h6":
		out.T, out.Level = "h", 3
	case "blockquote":
		out.T = "quote"
	case "ul":
		out.T, inner.list = "list", true
	case "ol":
		out.T, out.Ordered, inner.list = "list", true, true
		if start := number(attr(n, "start"), 0, 1_000_000_000); start != 1 {
			out.Start = start
		}
	case "table":
		out.T = "table"
	case "tr":
		out.T = "row"
	default: // td, th
		out.T, out.Head = "cell", n.Data == "th"
		out.ColSpan, out.RowSpan = span(attr(n, "colspan")), span(attr(n, "rowspan"))
	}
	out.Children = b.children(n, inner)
	return []Node{out}
}

// item gives a list item outside a list the list it lacks.
func (b *builder) item(n *html.Node, s scope) []Node {
	if !b.room() {
		return nil
	}
	out := Node{T: "item", Children: b.children(n, scope{depth: s.depth, open: s.open})}
	if !s.list {
		out = Node{T: "list", Children: []Node{out}}
	}
	return []Node{out}
}

// formats gives each inline type its letter in [scope].
const formats = "b i u s code sub sup link"

func (b *builder) inline(out Node, n *html.Node, s scope) []Node {
	letter := string(rune('A' + strings.Index(formats, out.T)))
	if strings.Contains(s.open, letter) || !b.room() {
		return b.children(n, s)
	}
	s.open += letter
	out.Children = b.children(n, s)
	return lift(out)
}

// lift turns an inline element around blocks inside out, since blocks cannot
// stand inside a line: <b><p>x</p></b> becomes <p><b>x</b></p>.
func lift(n Node) []Node {
	var out, run []Node
	flush := func() {
		if len(run) > 0 {
			wrapped := n
			wrapped.Children = run
			out, run = append(out, wrapped), nil
		}
	}
	for _, ch := range n.Children {
		if !ch.block() {
			run = append(run, ch)
			continue
		}
		flush()
		if len(ch.Children) > 0 && ch.T != "pre" && ch.T != "card" {
			inner := n
			inner.Children = ch.Children
			ch.Children = lift(inner)
		}
		out = append(out, ch)
	}
	flush()
	return out
}

func (b *builder) link(n *html.Node, s scope) []Node {
	l, ok := parseLink(attr(n, "href"))
	if !ok {
		return b.children(n, s)
	}
	nodes := b.inline(Node{T: "link", URL: l.url}, n, s)
	strip(nodes, stripSpoof)
	return nodes
}

func (b *builder) mention(n *html.Node, s scope) []Node {
	id, shown := number(attr(n, "id"), 0, 1_000_000), textOf(n)
	if b.c.Mention != nil && attr(n, "id") != "" {
		if name, user, ok := b.c.Mention(int(id)); ok {
			if name == "" {
				name = shown
			}
			if name = stripSpoof(squeeze(name)); name != "" {
				return b.leaf(Node{T: "mention", Text: name, User: user, Me: user != "" && user == b.c.Me})
			}
		}
	}
	return b.children(n, s)
}

func (b *builder) attachment(id string) []Node {
	if b.c.Attachment == nil || id == "" || b.shown[id] {
		return nil
	}
	kind, ok := b.c.Attachment(id)
	if !ok {
		return nil
	}
	b.shown[id] = true
	out := Node{T: kind, Ref: id}
	switch kind {
	case "quoteRef", "file":
		return b.leaf(out)
	case "card":
		if b.c.Card != nil {
			out.Children = Card(b.c.Card(id))
		}
		return b.leaf(out)
	}
	return nil // hidden, or a kind of a later version
}
