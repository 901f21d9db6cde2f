package markup

import (
	"strings"

	"golang.org/x/net/html"
)

// code makes one text of a code block; the colours Teams puts into it are
// spans and fall away.
func (b *builder) code(n *html.Node) []Node {
	t := strings.Trim(show(strings.ReplaceAll(textOf(n), "\r", "")), "\n")
	if t == "" || !b.room() {
		return nil
	}
	b.count++
	return []Node{{T: "pre", Lang: language(n), Children: []Node{text(t)}}}
}

func language(n *html.Node) string {
	lang := attr(n, "class")
	if n.Data == "pre" {
		for ch := n.FirstChild; ch != nil; ch = ch.NextSibling {
			if ch.Data == "code" && ch.Type == html.ElementNode {
				lang = attr(ch, "class")
			}
		}
	}
	lang = squeeze(strings.TrimPrefix(squeeze(lang), "language-"))
	for _, r := range lang {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("+#.- /", r) {
			return ""
		}
	}
	if len(lang) > 32 {
		return ""
	}
	return lang
}
