package markup

import (
	"slices"
	"strings"
)

// settle brings the children of one container into the form that [Node]
// promises: all blocks or all inline, white space as a browser shows it,
// nothing empty. Text beside blocks is wrapped in a node like the given one.
func settle(nodes []Node, like Node) []Node {
	if !slices.ContainsFunc(nodes, Node.block) {
		return line(nodes)
	}
	var out, run []Node
	flush := func() {
		wrapped := like
		if wrapped.Children = line(run); len(wrapped.Children) > 0 {
			out = append(out, blank(wrapped)...)
		}
		run = nil
	}
	for _, n := range nodes {
		if n.block() {
			flush()
			out = append(out, settleBlock(n)...)
			continue
		}
		run = append(run, n)
	}
	flush()
	return oneBlank(out)
}

// settleBlock settles a block. One that only surrounds other blocks gives way to them.
func settleBlock(n Node) []Node {
	switch n.T {
	case "p", "div", "h":
		n.Children = settle(n.Children, Node{T: n.T, Level: n.Level})
		if slices.ContainsFunc(n.Children, Node.block) {
			return n.Children
		}
		return blank(n)
	case "quote", "item", "cell":
		n.Children = settle(n.Children, Node{T: "div"})
		if onlyBlank(n.Children) {
			n.Children = nil
		}
		if n.T != "cell" && len(n.Children) == 0 {
			return nil // an empty cell keeps its column, nothing else needs to be empty
		}
	case "list":
		if n.Children = items(n.Children); len(n.Children) == 0 {
			return nil
		}
	case "table", "row":
		part := map[string]string{"table": "row", "row": "cell"}[n.T]
		var kept []Node
		for _, ch := range n.Children {
			if ch.T == part {
				kept = append(kept, settleBlock(ch)...)
			}
		}
		if n.Children = kept; len(kept) == 0 {
			return nil
		}
	}
	return []Node{n}
}

// items gives what stands in a list without being an item an item of its own.
func items(nodes []Node) []Node {
	var out, run []Node
	flush := func() {
		out = append(out, settleBlock(Node{T: "item", Children: run})...)
		run = nil
	}
	for _, n := range nodes {
		if n.T != "item" {
			run = append(run, n)
			continue
		}
		flush()
		out = append(out, settleBlock(n)...)
	}
	flush()
	return out
}

// blank turns a paragraph that shows nothing into the one form of a blank
// line, and drops one that has nothing in it at all.
func blank(n Node) []Node {
	switch {
	case len(n.Children) == 0:
		return nil
	case !onlyBlank(n.Children):
		return []Node{n}
	case n.T == "h":
		return nil
	}
	return []Node{{T: "p", Children: []Node{{T: "br"}}}}
}

// oneBlank keeps at most one blank line in a row, and none at the ends.
func oneBlank(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		if isBlank(n) && (len(out) == 0 || isBlank(out[len(out)-1])) {
			continue
		}
		out = append(out, n)
	}
	if len(out) > 0 && isBlank(out[len(out)-1]) {
		out = out[:len(out)-1]
	}
	return out
}

func isBlank(n Node) bool { return n.T == "p" && len(n.Children) == 1 && n.Children[0].T == "br" }

// onlyBlank reports whether inline nodes show nothing but empty lines.
func onlyBlank(nodes []Node) bool {
	for _, n := range nodes {
		switch n.T {
		case "br":
		case "text":
			if strings.Trim(n.Text, spaces+"\u00a0") != "" {
				return false
			}
		case "b", "i", "u", "s", "code", "sub", "sup", "link":
			if !onlyBlank(n.Children) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// spaces are the characters HTML collapses; the no-break space is none of them.
const spaces = " \t\n\r\f"

// line collapses the white space of one run of inline nodes, across its
// elements, and drops what is empty then.
func line(nodes []Node) []Node {
	l := liner{space: true}
	l.walk(nodes)
	l.trim()
	out := prune(nodes)
	for len(out) > 0 && out[len(out)-1].T == "br" && len(out) > 1 {
		out = out[:len(out)-1] // a browser shows no line after the last break
	}
	return out
}

// liner remembers, along a line, whether a space would be one too many.
type liner struct {
	space bool    // the line begins here, or a space came before
	last  *string // the text that ended in a space, which the line's end takes away
}

func (l *liner) walk(nodes []Node) {
	for i := range nodes {
		n := &nodes[i]
		switch n.T {
		case "text":
			n.Text = l.collapse(n.Text)
			if strings.HasSuffix(n.Text, " ") {
				l.last = &n.Text
			} else if n.Text != "" {
				l.last = nil
			}
		case "br":
			l.trim()
			l.space = true
		case "b", "i", "u", "s", "code", "sub", "sup", "link":
			l.walk(n.Children)
		default:
			l.space, l.last = false, nil
		}
	}
}

func (l *liner) trim() {
	if l.last != nil {
		*l.last = strings.TrimSuffix(*l.last, " ")
		l.last = nil
	}
}

func (l *liner) collapse(s string) string {
	var out strings.Builder
	for _, r := range s {
		if !strings.ContainsRune(spaces, r) {
			out.WriteRune(r)
			l.space = false
		} else if !l.space {
			out.WriteByte(' ')
			l.space = true
		}
	}
	return out.String()
}

// prune drops empty texts and elements and joins neighbouring texts.
func prune(nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		switch n.T {
		case "text":
			if n.Text == "" {
				continue
			}
			if len(out) > 0 && out[len(out)-1].T == "text" {
				out[len(out)-1].Text += n.Text
				continue
			}
		case "b", "i", "u", "s", "code", "sub", "sup", "link":
			if n.Children = prune(n.Children); len(n.Children) == 0 {
				continue
			}
		}
		out = append(out, n)
	}
	return out
}

// limit keeps the first MaxNodes nodes in reading order.
func limit(nodes []Node, left *int) []Node {
	for i := range nodes {
		if *left--; *left < 0 {
			return nodes[:i]
		}
		nodes[i].Children = limit(nodes[i].Children, left)
	}
	return nodes
}
