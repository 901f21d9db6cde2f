package markup_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"chatpane/app/markup"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
)

// vectors makes attacks from a small grammar: an opening that breaks out of
// something, an element that could run or load, its attributes with an
// obfuscated address, and content. The seed is fixed, so a failure repeats.
func vectors(n int) []string {
	r := rand.New(rand.NewPCG(7, 11))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	scheme := func() string {
		s := pick("javascript:alert(1)", "vbscript:x", "data:text/html,<script>alert(1)</script>", "//evil.example/x", "https://evil.example/p.png",
			"file:///etc/passwd", "ms-msdt:/id", "java&#115;cript:alert(1)", "&#x6A;avascript:alert(1)", "jav&Tab;ascript:alert(1)", "java\x00script:alert(1)",
			"\u0001javascript:alert(1)", "https://u:p@evil.example/", `https:\\evil.example`, "blob:x", "filesystem:x", "feed:javascript:alert(1)")
		if r.IntN(4) == 0 {
			s = strings.ToUpper(s)
		}
		return s
	}
	attribute := func() string {
		name := pick("href", "src", "onerror", "onload", "onclick", "style", "xlink:href", "formaction", "action", "srcdoc", "data", "background", "poster", "itemid", "id",
			"name", "class", "srcset", "ping", "target", "on\nmouseover", "ONFOCUS", "alt", "colspan", "start", "itemtype", "source")
		quote := pick(`"`, `'`, "", "`")
		return pick(" ", "/", "\n", "\t", "\f") + name + pick("=", " = ", "\n=") + quote + scheme() + quote
	}
	elements := []string{"script", "img", "svg", "math", "iframe", "object", "embed", "form", "input", "button", "a", "base", "meta", "link", "style", "template", "noscript",
		"textarea", "title", "xmp", "plaintext", "video", "audio", "source", "details", "marquee", "isindex", "frameset", "body", "html", "table", "td", "select", "option", "foreignObject",
		"mglyph", "mtext", "annotation-xml", "desc", "use", "animate", "set", "p", "at", "attachment", "emoji", "codeblock", "pre", "li", "noembed", "keygen", "applet", "bgsound", "picture", "dialog", "portal", "slot"}
	out := make([]string, 0, n)
	for range n {
		var b strings.Builder
		b.WriteString(pick("", "", `">`, "'>", "-->", "]]>", "</title>", "</style>", "</script>", "</textarea>", "<!--", "<![CDATA[", "<!DOCTYPE x>", "<?xml ?>", "</p>", "<p>", "<b>"))
		for range 1 + r.IntN(4) {
			el := elements[r.IntN(len(elements))]
			if r.IntN(3) == 0 {
				el = strings.ToUpper(el[:1]) + el[1:]
			}
			b.WriteString(pick("<", "<", "<", "</", "<\x00", "< ", "&lt;") + el)
			for range r.IntN(4) {
				b.WriteString(attribute())
			}
			b.WriteString(pick(">", ">", "/>", "", "<"))
			b.WriteString(pick("x", "alert(1)", "<script>alert(1)</script>", "&lt;script&gt;", "\u202etxt.exe", "]]>", "<!-- --!>", "<img src=x onerror=alert(1)>", ""))
			if r.IntN(2) == 0 {
				b.WriteString("</" + el + ">")
			}
		}
		out = append(out, b.String())
	}
	return out
}

func TestGeneratedAttacksYieldOnlyWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(3000) {
		check(t, v)
	}
}

// TestTagSoupReadsBackTheSame mixes allowed elements in any order, open and
// closed as it happens.
func TestTagSoupReadsBackTheSame(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	tags := strings.Fields(`p div span br hr b strong i em u s strike sub sup code pre codeblock blockquote ul ol li h1 h3 h6 table thead tbody tr td th ` +
		`a|href="https://a.example/" at|id="1" attachment|id="q1" attachment|id="f2" attachment|id="c3" emoji|alt="🙂" img|src="https://media.giphy.com/x.gif" img|src="x" unknown`)
	texts := []string{"a", " ", "\n", " b ", "\u00a0", "a.example", "  ", "c\n\td"}
	for range 5_000 {
		var b strings.Builder
		for range 1 + r.IntN(24) {
			tag, attrs, _ := strings.Cut(tags[r.IntN(len(tags))], "|")
			switch r.IntN(4) {
			case 0, 1:
				b.WriteString("<" + tag + " " + attrs + ">")
			case 2:
				b.WriteString("</" + tag + ">")
			default:
				b.WriteString(texts[r.IntN(len(texts))])
			}
		}
		check(t, b.String())
	}
}

// check asserts every promise about one body.
func check(t *testing.T, body string) {
	t.Helper()
	nodes := markup.Parse(body, context())
	if why := unsafe(nodes); why != "" {
		t.Errorf("%q: %s in %+v", body, why, nodes)
	}
	if len(nodes) > 0 && nodes[len(nodes)-1].Text == "tooLarge" {
		return // what was cut is not repeated
	}
	once := serialise(nodes)
	if again := markup.Parse(once, context()); !reflect.DeepEqual(again, nodes) {
		t.Errorf("%q: reading it again differs\n html %s\n  got %s\n was %+v\n  is %+v", body, once, serialise(again), nodes, again)
	}
}

// secondOpinion is the same allow-list in another sanitiser.
func secondOpinion() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "sub", "sup", "code", "pre", "blockquote", "ul", "ol", "li",
		"h1", "h2", "h3", "table", "thead", "tbody", "tr", "td", "th", "a", "at", "attachment", "emoji", "img")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowAttrs("src", "alt", "width", "height").OnElements("img")
	p.AllowAttrs("id").OnElements("at", "attachment")
	p.AllowAttrs("alt").OnElements("emoji")
	p.AllowAttrs("start").OnElements("ol")
	p.AllowAttrs("colspan", "rowspan").OnElements("td", "th")
	p.AllowAttrs("class").OnElements("code")
	return p
}

// TestASecondSanitiserFindsNothing writes our trees as HTML and asks another
// sanitiser: it must not find an element or address to remove, and must agree
// on which links there are.
func TestASecondSanitiserFindsNothing(t *testing.T) {
	t.Parallel()
	policy := secondOpinion()
	for _, v := range vectors(2000) {
		ours := serialise(markup.Parse(v, context()))
		theirs := policy.Sanitize(ours)
		if a, b := inventory(ours), inventory(theirs); !reflect.DeepEqual(a, b) {
			t.Errorf("%q:\n  ours %s %v\ntheirs %s %v", v, ours, a, theirs, b)
		}
	}
}

// inventory lists elements and addresses; pictures without an address, which
// stand for unknown ones, do not count.
func inventory(body string) []string {
	var out []string
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			entry := tok.Data
			for _, a := range tok.Attr {
				if a.Key == "href" || a.Key == "src" {
					entry += " " + a.Val
				}
			}
			if tok.Data != "img" || strings.Contains(entry, "https:") {
				out = append(out, strings.TrimSpace(entry))
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors(50) {
		f.Add(v)
	}
	f.Add(`<p>a<b>b<p>c</b>d</p><table><tr><td>x<li>y</table><pre>` + "\n" + ` z</pre>`)
	f.Fuzz(func(t *testing.T, body string) {
		check(t, body)
		for _, r := range markup.Line(body, 50) {
			if unicode.IsControl(r) {
				t.Errorf("%q: control %U in its line", body, r)
			}
		}
		if op := markup.Marker(body); op != "" && !strings.Contains(body, op) {
			t.Errorf("marker %q is not in the body", op)
		}
	})
}

func FuzzCheckOutgoing(f *testing.F) {
	f.Add("<p>x</p>")
	f.Add(`<p><strong><a href="https://a.example/">x</a></strong><at id="0">y</at></p><pre><code>z</code></pre>`)
	f.Fuzz(func(t *testing.T, body string) {
		if markup.CheckOutgoing(body) != nil {
			return
		}
		nodes := markup.Parse(body, context())
		if why := unsafe(nodes); why != "" || len(nodes) == 0 {
			t.Errorf("%q is sent but reads as %+v (%s)", body, nodes, why)
		}
	})
}
