package markup_test

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"strings"

	"chatpane/app/markup"
)

const graphHost = "graph.microsoft.com"

// context is the message that every test body belongs to: mentions 0 to 9,
// attachments by the first letter of their id, one host of allowed pictures.
func context() markup.Context {
	return markup.Context{
		Me: "user-1",
		Mention: func(id int) (string, string, bool) {
			return "", fmt.Sprintf("user-%d", id), id < 10
		},
		Attachment: func(id string) (string, bool) {
			kind, ok := map[byte]string{'q': "quoteRef", 'f': "file", 'c': "card", 'h': "hidden"}[(id + " ")[0]]
			return kind, ok
		},
		Card: func(string) string {
			return `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"card"}]}`
		},
		GraphHost: graphHost,
		ImageHost: func(host string) bool { return host == "media.giphy.com" },
	}
}

// serialise writes a tree as HTML that reads back as the same tree.
func serialise(nodes []markup.Node) string {
	var b strings.Builder
	for _, n := range nodes {
		b.WriteString(serialiseNode(n))
	}
	return b.String()
}

func serialiseNode(n markup.Node) string {
	inner := serialise(n.Children)
	wrap := func(tag, attrs string) string { return "<" + tag + attrs + ">" + inner + "</" + tag + ">" }
	switch n.T {
	case "text":
		return html.EscapeString(n.Text)
	case "br", "hr":
		return "<" + n.T + ">"
	case "h":
		return wrap(fmt.Sprintf("h%d", n.Level), "")
	case "quote":
		return wrap("blockquote", "")
	case "pre":
		return `<pre><code class="language-` + n.Lang + `">` + inner + "</code></pre>"
	case "list":
		if !n.Ordered {
			return wrap("ul", "")
		}
		if n.Start != 0 {
			return wrap("ol", fmt.Sprintf(` start="%d"`, n.Start))
		}
		return wrap("ol", "")
	case "item":
		return wrap("li", "")
	case "row":
		return wrap("tr", "")
	case "cell":
		tag := "td"
		if n.Head {
			tag = "th"
		}
		return wrap(tag, fmt.Sprintf(` colspan="%d" rowspan="%d"`, n.ColSpan, n.RowSpan))
	case "link":
		return wrap("a", ` href="`+html.EscapeString(n.URL)+`"`)
	case "mention":
		return `<at id="` + strings.TrimPrefix(n.User, "user-") + `">` + html.EscapeString(n.Text) + "</at>"
	case "emoji":
		return `<emoji alt="` + html.EscapeString(n.Text) + `"></emoji>`
	case "image", "unknown":
		return serialiseImage(n)
	case "quoteRef", "file", "card":
		return `<attachment id="` + html.EscapeString(n.Ref) + `"></attachment>`
	}
	return wrap(n.T, "") // p, div, table and the formats, named as in HTML
}

func serialiseImage(n markup.Node) string {
	src := n.URL
	if id, ok := strings.CutPrefix(n.Media, "h/"); ok {
		src = "https://" + graphHost + "/v1.0/chats/c/messages/1/hostedContents/" + id + "/$value"
	} else if id, ok := strings.CutPrefix(n.Media, "x/"); ok {
		raw, _ := base64.RawURLEncoding.DecodeString(id)
		src = string(raw)
	}
	return fmt.Sprintf(`<img src="%s" alt="%s" width="%d" height="%d">`, html.EscapeString(src), html.EscapeString(n.Alt), n.Width, n.Height)
}

// unsafe names what in a tree breaks a promise of the package, or "".
func unsafe(nodes []markup.Node) string {
	count := 0
	return unsafeAt(nodes, 0, &count)
}

const nodeTypes = " text br hr p div h quote pre list item table row cell b i u s code sub sup link mention emoji image quoteRef file card unknown "

const blockTypes = " p div h quote pre list item table row cell hr quoteRef file card "

func unsafeAt(nodes []markup.Node, depth int, count *int) string {
	if depth > 2*markup.MaxDepth {
		return "nested too deep"
	}
	blocks := 0
	for i, n := range nodes {
		if *count++; *count > markup.MaxNodes+1 {
			return "too many nodes"
		}
		if strings.Contains(blockTypes, " "+n.T+" ") || n.T == "unknown" && n.Text != "image" {
			blocks++
		}
		if n.T == "unknown" && n.Text == "tooLarge" && depth == 0 {
			return "" // stands behind whatever fitted
		}
		if blocks > 0 && blocks != i+1 {
			return "text beside blocks"
		}
		if why := unsafeNode(n); why != "" {
			return why
		}
		if why := unsafeAt(n.Children, depth+1, count); why != "" {
			return why
		}
	}
	return ""
}

func unsafeNode(n markup.Node) string {
	if !strings.Contains(nodeTypes, " "+n.T+" ") {
		return "type " + n.T
	}
	if n.URL != "" {
		u, err := url.Parse(n.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "mailto" || u.User != nil || u.Scheme == "https" && u.Host == "" {
			return "address " + n.URL
		}
	}
	if n.T == "link" && n.URL == "" {
		return "link without address"
	}
	if n.T == "image" && n.Media == "" || n.Media != "" && n.T != "image" {
		return "image without handle"
	}
	for _, s := range []string{n.Text, n.Alt, n.Host, n.Lang} {
		if strings.ContainsAny(s, "\x00\x01\x1b\u202e\u202d\u2066\u2067\u2069") {
			return fmt.Sprintf("controls in %q", s)
		}
	}
	return ""
}
