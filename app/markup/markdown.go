package markup

import (
	"regexp"
	"strings"
)

// markdown reads the subset that cards allow in a TextBlock: paragraphs,
// lists, bold, italic and links. HTML in it is text like any other.
func markdown(s string) []Node {
	var out []Node
	for _, l := range strings.Split(s, "\n") {
		l = strings.TrimSpace(l)
		list := Node{T: "list"}
		rest, ok := strings.CutPrefix(l, "- ")
		if !ok {
			rest, ok = strings.CutPrefix(l, "* ")
		}
		if m := numbered.FindStringSubmatch(l); m != nil {
			rest, ok, list.Ordered = m[2], true, true
			if start := number(m[1], 0, 1_000_000_000); start != 1 {
				list.Start = start
			}
		}
		if !ok {
			out = append(out, Node{T: "p", Children: spansOf(l)})
			continue
		}
		item := Node{T: "item", Children: spansOf(rest)}
		if n := len(out); n > 0 && out[n-1].T == "list" && out[n-1].Ordered == list.Ordered {
			out[n-1].Children = append(out[n-1].Children, item)
			continue
		}
		list.Children = []Node{item}
		out = append(out, list)
	}
	return out
}

var numbered = regexp.MustCompile(`^([0-9]{1,9})\. +(.*)$`)

// spans finds links, bold and italic; the first alternative that matches wins.
var spans = regexp.MustCompile(`\[([^\[\]]+)\]\(([^()\s]+)\)|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|\b_([^_\s][^_]*)_\b`)

func spansOf(s string) []Node {
	var out []Node
	for s != "" {
		m := spans.FindStringSubmatchIndex(s)
		if m == nil {
			break
		}
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s[m[2*i]:m[2*i+1]]
		}
		out = append(out, text(s[:m[0]]))
		switch {
		case m[2] >= 0:
			title := stripSpoof(group(1))
			if l, ok := parseLink(group(2)); ok {
				out = append(out, l.around(title))
			} else {
				out = append(out, text(title))
			}
		case m[6] >= 0 || m[8] >= 0:
			out = append(out, Node{T: "b", Children: []Node{text(group(3) + group(4))}})
		default:
			out = append(out, Node{T: "i", Children: []Node{text(group(5) + group(6))}})
		}
		s = s[m[1]:]
	}
	return append(out, text(s))
}
