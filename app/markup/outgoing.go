package markup

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// MaxOutgoing is the size in bytes of the longest body that is sent. Graph
// takes about 28 KB for body, mentions and attachments together; the rest is
// left for the marker and what surrounds the body.
const MaxOutgoing = 28_000

// Errors of [CheckOutgoing].
var (
	ErrTooLong = errors.New("message is too long")
	ErrNoText  = errors.New("message is empty")
	ErrDialect = errors.New("message is not in the sending dialect")
)

// inside says which elements of the dialect may stand directly in which; ""
// is the body itself. An inline element stands where text may.
var inside = map[string][]string{
	"":           {"p", "ul", "ol", "blockquote", "pre"},
	"blockquote": {"p", "ul", "ol", "pre"},
	"ul":         {"li"},
	"ol":         {"li"},
	"li":         {"ul", "ol"},
	"pre":        {"code"},
}

// order is the fixed nesting of formats, outermost first.
var order = []string{"strong", "em", "u", "s", "code"}

// CheckOutgoing reports whether a body is in the dialect in which messages are
// sent: paragraphs, line breaks, lists, quotes and code blocks; formats nested
// in a fixed order; https and mailto links; mentions numbered from 0 in order
// of appearance. testdata/dialect.json holds examples of every rule.
func CheckOutgoing(body string) error {
	if len(body) > MaxOutgoing {
		return fmt.Errorf("%w: %d bytes of %d", ErrTooLong, len(body), MaxOutgoing)
	}
	if Line(body, 1) == "" {
		return ErrNoText
	}
	var c checker
	read := 0
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		var err error
		kind := z.Next()
		raw := z.Raw()
		if kind != html.ErrorToken {
			read += len(raw)
		}
		switch kind {
		case html.ErrorToken:
			if len(c.stack) > 0 || read != len(body) {
				return fmt.Errorf("%w: <%s> is not closed, or a tag is cut", ErrDialect, c.top())
			}
			return nil
		case html.TextToken:
			if err = c.text(); bytes.ContainsAny(raw, "<\x00") {
				err = errors.New("text is not escaped")
			}
		case html.StartTagToken:
			err = c.open(z.Token())
		case html.EndTagToken:
			err = c.close(z.Token().Data)
		default:
			err = errors.New("comments and self-closing tags are not part of it")
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDialect, err)
		}
	}
}

// checker walks the tags of an outgoing body.
type checker struct {
	stack    []string
	mentions int
}

func (c *checker) top() string {
	if len(c.stack) == 0 {
		return ""
	}
	return c.stack[len(c.stack)-1]
}

func (c *checker) text() error {
	switch top := c.top(); top {
	case "", "blockquote", "ul", "ol", "pre":
		return fmt.Errorf("text directly in <%s>", top)
	}
	return nil
}

func (c *checker) open(t html.Token) error {
	if err := c.place(t.Data); err != nil {
		return err
	}
	if err := c.attributes(t); err != nil {
		return err
	}
	if t.Data != "br" {
		c.stack = append(c.stack, t.Data)
	}
	if len(c.stack) > MaxDepth {
		return errors.New("nested too deep")
	}
	return nil
}

func (c *checker) place(name string) error {
	top := c.top()
	if slices.Contains(inside[top], name) {
		return nil
	}
	inline := name == "br" || name == "a" || name == "at" || slices.Contains(order, name)
	if !inline || c.text() != nil || top == "at" || slices.Contains(c.stack, "pre") ||
		name == "a" && slices.Contains(c.stack, "a") {
		return fmt.Errorf("<%s> in <%s>", name, top)
	}
	if rank := slices.Index(order, name); rank >= 0 {
		for _, outer := range order[rank:] {
			if slices.Contains(c.stack, outer) {
				return fmt.Errorf("<%s> in <%s>", name, outer)
			}
		}
	}
	return nil
}

func (c *checker) attributes(t html.Token) error {
	switch {
	case t.Data == "a" && len(t.Attr) == 1 && t.Attr[0].Key == "href":
		if _, ok := parseLink(t.Attr[0].Val); !ok {
			return errors.New("a link that is not https or mailto")
		}
	case t.Data == "at" && len(t.Attr) == 1 && t.Attr[0].Key == "id":
		if t.Attr[0].Val != strconv.Itoa(c.mentions) {
			return fmt.Errorf("mention %d has another number", c.mentions)
		}
		c.mentions++
	case t.Data == "a", t.Data == "at", len(t.Attr) > 0:
		return fmt.Errorf("attributes of <%s>", t.Data)
	}
	return nil
}

func (c *checker) close(name string) error {
	if c.top() != name {
		return fmt.Errorf("</%s> closes <%s>", name, c.top())
	}
	c.stack = c.stack[:len(c.stack)-1]
	return nil
}
