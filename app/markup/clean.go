package markup

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// allowed lists every element that reaches the tree builder, with the
// attributes it may keep. Dropping the rest before the tree is built keeps the
// parser's repairs cheap: they may copy an element for each paragraph, but
// never more than three that are alike.
var allowed = map[string][]string{
	"p": nil, "div": nil, "span": nil, "br": nil, "hr": nil,
	"b": nil, "strong": nil, "i": nil, "em": nil, "u": nil, "s": nil, "sub": nil, "sup": nil,
	"code": {"class"}, "pre": nil, "codeblock": {"class"}, "blockquote": nil,
	"ul": nil, "ol": {"start"}, "li": nil,
	"h1": nil, "h2": nil, "h3": nil, "h4": nil, "h5": nil, "h6": nil,
	"table": nil, "thead": nil, "tbody": nil, "tfoot": nil, "tr": nil,
	"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"},
	"a": {"href"}, "at": {"id"}, "attachment": {"id"},
	"emoji": {"alt"}, "customemoji": {"alt"},
	"img": {"src", "alt", "width", "height", "itemtype"},
}

// renamed are old names of allowed elements.
var renamed = map[string]string{"strike": "s", "del": "s", "ins": "u"}

// silent are the elements whose content is not text for people. The tokenizer
// hands it over as one raw text.
var silent = map[string]bool{
	"script": true, "style": true, "iframe": true, "noembed": true, "noframes": true, "noscript": true, "title": true,
}

// empty are Microsoft's elements that hold nothing. HTML has no such custom
// elements: without an end tag they would swallow what follows.
var empty = map[string]bool{"attachment": true, "emoji": true, "customemoji": true}

// clean writes the HTML anew with allowed elements and attributes only. whole
// is false when the input was longer or had more elements than the caps allow.
func clean(body string) (cleaned string, whole bool) {
	whole = true
	if len(body) > MaxBytes {
		body, whole = body[:MaxBytes], false
		for len(body) > 0 && !utf8.RuneStart(body[len(body)-1]) {
			body = body[:len(body)-1]
		}
	}
	body = strings.ToValidUTF8(body, "\uFFFD")
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(body))
	skip, tags := "", 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out.String(), whole
		case html.TextToken:
			if skip == "" {
				out.WriteString(html.EscapeString(string(z.Text())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			skip = ""
			if silent[t.Data] {
				skip = t.Data
				continue
			}
			if tags++; tags > 2*MaxNodes {
				return out.String(), false
			}
			open(&out, t)
		case html.EndTagToken:
			t := z.Token()
			skip = ""
			name := rename(t.Data)
			if _, ok := allowed[name]; ok && !empty[name] && name != "br" {
				out.WriteString("</" + name + ">")
			}
		}
	}
}

func rename(name string) string {
	if n, ok := renamed[name]; ok {
		return n
	}
	return name
}

func open(out *strings.Builder, t html.Token) {
	name := rename(t.Data)
	attrs, ok := allowed[name]
	if !ok {
		return
	}
	out.WriteString("<" + name)
	for _, key := range attrs {
		for _, a := range t.Attr {
			if a.Key == key && a.Namespace == "" {
				out.WriteString(" " + key + `="` + html.EscapeString(a.Val) + `"`)
				break
			}
		}
	}
	out.WriteString(">")
	if empty[name] {
		out.WriteString("</" + name + ">")
	}
}

// plain is the text of HTML that cannot be parsed.
func plain(body string) string {
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return squeeze(out.String())
		case html.TextToken:
			out.Write(z.Text())
		default:
			out.WriteString(" ")
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// textOf is the text below a node, with line breaks for br. It does not
// recurse, so that depth costs nothing.
func textOf(root *html.Node) string {
	var out strings.Builder
	for n := root.FirstChild; n != nil; {
		if n.Type == html.TextNode {
			out.WriteString(n.Data)
		} else if n.Data == "br" {
			out.WriteString("\n")
		}
		next := n.FirstChild
		for next == nil && n != root {
			if next = n.NextSibling; next == nil {
				n = n.Parent
			}
		}
		n = next
	}
	return out.String()
}

// number reads a whole number from lo to hi; anything else is lo.
func number(s string, lo, hi int64) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < lo || n > hi {
		return lo
	}
	return n
}

// span is a colspan or rowspan of 2 to 20, else 0 for the ordinary 1.
func span(s string) int64 {
	if n := number(s, 1, 20); n > 1 {
		return n
	}
	return 0
}

// show removes what turns displayed text into something else than it reads:
// controls, and the marks that embed or override a direction. The marks that
// only hint at one (LRM, RLM, ALM) stay; Arabic and Hebrew text needs them.
func show(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case r < ' ' || r >= 0x7f && r < 0xa0,
			r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069,
			r >= 0xfff9 && r <= 0xfffb, r == 0xfeff:
			return -1
		}
		return r
	}, s)
}

// stripSpoof removes every invisible mark, for names and the texts of links,
// where a reader judges by what he sees. Joiners stay inside emoji and scripts
// that need them.
func stripSpoof(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && r != 0x200c && r != 0x200d && (r < 0xe0020 || r > 0xe007f) {
			return -1
		}
		return r
	}, show(s))
}

// strip applies f to every text below the nodes.
func strip(nodes []Node, f func(string) string) {
	for i := range nodes {
		if nodes[i].T == "text" {
			nodes[i].Text = f(nodes[i].Text)
		}
		strip(nodes[i].Children, f)
	}
}

// squeeze trims a text and makes one space of each run of white space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
