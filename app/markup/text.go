package markup

import (
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"
)

// Text is the plain text of a body, for copying, searching and reading aloud:
// each block on lines of its own, list items marked, quotes marked with ">".
func Text(nodes []Node) string {
	var w writer
	w.nodes(nodes, "")
	return strings.TrimRight(w.out.String(), "\n")
}

// Line is the text of an HTML body on one line, at most n characters as a
// reader counts them, for previews.
func Line(body string, n int) string {
	return cut(strings.Join(strings.Fields(Text(Parse(body, Context{}))), " "), n)
}

// cut shortens a text to n characters as a reader counts them.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	g := uniseg.NewGraphemes(s)
	end := 0
	for i := 0; g.Next(); i++ {
		if i == n {
			return strings.TrimRight(s[:end], " ") + "…"
		}
		if i < n-1 {
			_, end = g.Positions()
		}
	}
	return s
}

// Escape makes HTML of plain text.
func Escape(s string) string {
	return html.EscapeString(strings.ReplaceAll(s, "\x00", ""))
}

// writer writes plain text. The prefix its methods take is what each further
// line begins with.
type writer struct {
	out strings.Builder
}

func (w *writer) nodes(nodes []Node, prefix string) {
	first, afterBlock := true, false
	for _, n := range nodes {
		if n.T == "quoteRef" || n.T == "file" {
			continue // the message names them, not its body
		}
		if !first && (n.block() || afterBlock) {
			w.newline(prefix)
		}
		w.node(n, prefix)
		first, afterBlock = false, n.block()
	}
}

func (w *writer) newline(prefix string) { w.out.WriteString("\n" + prefix) }

func (w *writer) node(n Node, prefix string) {
	switch n.T {
	case "text", "mention", "emoji":
		w.out.WriteString(n.Text)
	case "br":
		w.newline(prefix)
	case "p":
		if !isBlank(n) {
			w.nodes(n.Children, prefix)
		}
	case "quote":
		w.out.WriteString("> ")
		w.nodes(n.Children, prefix+"> ")
	case "pre":
		for _, ch := range n.Children {
			w.out.WriteString(strings.ReplaceAll(ch.Text, "\n", "\n"+prefix))
		}
	case "list":
		w.list(n, prefix)
	case "row":
		for i, cell := range n.Children {
			if i > 0 {
				w.out.WriteString("\t")
			}
			w.out.WriteString(strings.Join(strings.Fields(Text(cell.Children)), " "))
		}
	case "image", "unknown":
		w.out.WriteString(n.Alt)
	default:
		w.nodes(n.Children, prefix)
	}
}

func (w *writer) list(n Node, prefix string) {
	number := n.Start
	if number == 0 {
		number = 1
	}
	for i, item := range n.Children {
		if i > 0 {
			w.newline(prefix)
		}
		mark := "• "
		if n.Ordered {
			mark = strconv.FormatInt(number, 10) + ". "
			number++
		}
		w.out.WriteString(mark)
		w.nodes(item.Children, prefix+strings.Repeat(" ", len([]rune(mark))))
	}
}
