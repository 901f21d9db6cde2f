package search

import (
	"html"
	"strings"
)

// Strip is the text of simple HTML: tags become spaces, character references
// what they mean. It is for finding words, never for showing or trusting HTML.
func Strip(body string) string {
	var b strings.Builder
	b.Grow(len(body))
	for body != "" {
		text, rest, tag := strings.Cut(body, "<")
		b.WriteString(html.UnescapeString(text))
		if !tag {
			break
		}
		_, body, _ = strings.Cut(rest, ">")
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}
