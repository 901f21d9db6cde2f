package markup_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chatpane/app/markup"
)

// TestBodies compares bodies as Teams writes them with the trees reviewed in
// testdata/bodies/*.json.
func TestBodies(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bodies/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no bodies", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		nodes := markup.Parse(string(body), context())
		golden := strings.TrimSuffix(file, ".html") + ".json"
		got, err := json.MarshalIndent(map[string]any{"text": markup.Text(nodes), "nodes": nodes}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(got)+"\n" {
			t.Errorf("%s\n got %s\nwant %s", file, got, want)
		}
	}
}

func TestWhiteSpaceIsShownAsInABrowser(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, html, want string }{
		{"runs collapse", "<p>a \n\t b</p>", "<p>a b</p>"},
		{"across elements", "<p>a <b> b</b> c </p>", "<p>a <b>b</b> c</p>"},
		{"around breaks", "<p>a <br> b</p>", "<p>a<br>b</p>"},
		{"between blocks", "<p>a</p>\n<p>b</p>\n", "<p>a</p><p>b</p>"},
		{"no-break spaces stay", "<p>a&nbsp; b</p>", "<p>a\u00a0 b</p>"},
		{"not in code blocks", "<pre>a\n  b</pre>", `<pre><code class="language-">a` + "\n  b</code></pre>"},
		{"empty paragraphs go", "<p></p><p>a</p><p> </p>", "<p>a</p>"},
		{"blank lines at the ends go", "<p>&nbsp;</p><p>a</p><p>&nbsp;</p>", "<p>a</p>"},
		{"one blank line of many stays", "<p>a</p><p>&nbsp;</p><p><br></p><p>&nbsp;</p><p>b</p>", "<p>a</p><p><br></p><p>b</p>"},
		{"a break at the end goes", "<div>a<br></div>", "<div>a</div>"},
		{"outer divs give way", "<div><div><p>a</p></div></div>", "<p>a</p>"},
		{"text beside blocks gets its own", "a<p>b</p>c", "<div>a</div><p>b</p><div>c</div>"},
		{"formats around blocks turn inside out", "<b>x<p>a</p></b>", "<div><b>x</b></div><p><b>a</b></p>"},
		{"a format in its like is one", "<b>a<strong>b</strong></b>", "<b>ab</b>"},
		{"an item without a list", "<li>a</li>", "<ul><li>a</li></ul>"},
		{"a list in a list", "<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a</li><li><ul><li>b</li></ul></li></ul>"},
		{"an unclosed emoji swallows nothing", `<p><emoji alt="🙂"/>hi</p>`, `<p><emoji alt="🙂"></emoji>hi</p>`},
		{"an unclosed attachment swallows nothing", `<attachment id="q1"><p>hi</p>`, `<attachment id="q1"></attachment><p>hi</p>`},
		{"a hidden attachment goes", `<p>a<attachment id="h1"></attachment></p>`, "<p>a</p>"},
		{"an unknown attachment goes", `<p>a<attachment id="zz"></attachment></p>`, "<p>a</p>"},
		{"an attachment has one place", `<attachment id="c1"></attachment><p>a</p><attachment id="c1"></attachment>`, `<attachment id="c1"></attachment><p>a</p>`},
		{"a mention nobody knows is its text", `<p><at id="77">Ann</at></p>`, "<p>Ann</p>"},
		{"an unknown element is its text", "<p><blink>a</blink><font color=red>b</font></p>", "<p>ab</p>"},
		{"a system message is nothing", "<systemEventMessage/>", ""},
		{"silent elements go with their text", "<p>a<style>b{}</style><script>c</script></p>", "<p>a</p>"},
		{"controls and overrides go", "<p>a\u202eb\u2066c\x01d</p>", "<p>abcd</p>"},
		{"direction marks stay", "<p>a\u200fb</p>", "<p>a\u200fb</p>"},
		{"old emoji pictures are emoji", `<img alt="😀" src="https://statics.teams.cdn.office.net/x.png" itemtype="http://schema.skype.com/Emoji">`, `<emoji alt="😀"></emoji>`},
	} {
		if got := serialise(markup.Parse(c.html, context())); got != c.want {
			t.Errorf("%s: %q\n got %s\nwant %s", c.name, c.html, got, c.want)
		}
	}
}

func TestCapsHoldQuickly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, html string }{
		{"a million elements", strings.Repeat("<p>x", 1_000_000)},
		{"deep nesting", strings.Repeat("<blockquote>", 400) + "x"},
		{"deeper than the parser bears", strings.Repeat("<div>", 3000) + "x"},
		{"formats that the parser would copy", formats(400) + strings.Repeat("<p>x", 20_000)},
		{"formats around blocks", strings.Repeat("<b><i><u><s><code><sub><sup>", 200) + strings.Repeat("<p>x</p>", 4000)},
		{"one long word", strings.Repeat("a", 10<<20)},
		{"links", strings.Repeat(`<a href="https://a.example/">a.example`, 6000)},
		{"tables in tables", strings.Repeat("<table><tr><td>", 150) + "x"},
		{"entities", strings.Repeat("&amp;&lt;", 30_000)},
		{"one card many times", strings.Repeat(`<attachment id="c1">`, 10_000)},
	} {
		start := time.Now()
		nodes := markup.Parse(c.html, context())
		if why := unsafe(nodes); why != "" {
			t.Errorf("%s: %s", c.name, why)
		}
		if len(nodes) == 0 {
			t.Errorf("%s: nothing is shown", c.name)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", c.name, took)
		}
	}
	if got := markup.Parse(strings.Repeat("<p>x", 6000), markup.Context{}); got[len(got)-1].Text != "tooLarge" {
		t.Errorf("a cut body ends with %+v, want the note that it is cut", got[len(got)-1])
	}
}

func formats(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("<font color=" + strings.Repeat("x", i%50+1) + "><b class=x" + strings.Repeat("y", i) + ">")
	}
	return b.String()
}

func TestImages(t *testing.T) {
	t.Parallel()
	const path = "/v1.0/chats/19:a@thread.v2/messages/1615/hostedContents/aWQ9eF8w_-=/$value"
	unknown := func(host string) markup.Node {
		n := markup.Node{T: "unknown", Text: "image"}
		if host != "" {
			n.Host, n.URL = host, "https://"+host+path
		}
		return n
	}
	for _, c := range []struct {
		name, src string
		want      markup.Node
	}{
		{"hosted content", "https://graph.microsoft.com" + path, markup.Node{T: "image", Media: "h/aWQ9eF8w_-="}},
		{"of the beta version", "https://GRAPH.microsoft.com/beta/chats/c/messages/1/hostedContents/x/$value", markup.Node{T: "image", Media: "h/x"}},
		{"another host of that path", "https://graph.microsoft.com.evil.example" + path, unknown("graph.microsoft.com.evil.example")},
		{"a user before the host", "https://graph.microsoft.com@evil.example" + path, unknown("")},
		{"climbing out", "https://graph.microsoft.com/v1.0/chats/c/messages/../../me/hostedContents/x/$value", markup.Node{T: "unknown", Text: "image", Host: "graph.microsoft.com", URL: "https://graph.microsoft.com/v1.0/chats/c/messages/../../me/hostedContents/x/$value"}},
		{"an allowed host", "https://media.giphy.com/a.gif", markup.Node{T: "image", Media: "x/aHR0cHM6Ly9tZWRpYS5naXBoeS5jb20vYS5naWY"}},
		{"an allowed host without TLS", "http://media.giphy.com/a.gif", unknown("")},
		{"data", "data:image/png;base64,AAAA", unknown("")},
		{"relative", "../hostedContents/1/$value", unknown("")},
		{"none", "", unknown("")},
	} {
		got := markup.Parse(`<img src="`+c.src+`">`, context())
		if len(got) != 1 || !reflect.DeepEqual(got[0], c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := markup.Parse(`<img src="https://graph.microsoft.com`+path+`">`, markup.Context{}); got[0].T != "unknown" {
		t.Errorf("without a Graph host: got %+v", got)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, href, shown, url, host string }{
		{"plain", "https://contoso.com/a", "here", "https://contoso.com/a", ""},
		{"its own host as text", "https://www.contoso.com/a", "contoso.com/a", "https://www.contoso.com/a", ""},
		{"another host as text", "https://evil.example/", "https://contoso.com", "https://evil.example/", "evil.example"},
		{"another host with a user", "https://evil.example/", "https://contoso.com@x.com", "https://evil.example/", "evil.example"},
		{"a lookalike as text", "https://evil.example/", "cоntoso.com", "https://evil.example/", "evil.example"},
		{"a full-width dot", "https://evil.example/", "contoso。com", "https://evil.example/", "evil.example"},
		{"invisible marks in the text", "https://evil.example/", "con\u200btoso\u2060.com", "https://evil.example/", "evil.example"},
		{"a version number", "https://contoso.com/", "release 2.10", "https://contoso.com/", ""},
		{"international", "https://bücher.example/", "books", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"},
		{"a port", "https://contoso.com:8443/x", "x", "https://contoso.com:8443/x", ""},
		{"braces of Dynamics", "https://c.crm.dynamics.com/main.aspx?id={1}", "case", "https://c.crm.dynamics.com/main.aspx?id={1}", ""},
		{"an address book entry", "mailto:ann@contoso.com?subject=a%20b&attach=/etc/passwd", "mail", "mailto:ann@contoso.com?subject=a%20b", ""},
		{"another address as text", "mailto:eve@evil.example", "ann@contoso.com", "mailto:eve@evil.example", "evil.example"},
		{"an IPv6 address", "https://[2001:db8::1]/", "x", "https://[2001:db8::1]/", ""},
	} {
		got := markup.Parse(`<a href="`+c.href+`">`+c.shown+`</a>`, context())
		if len(got) != 1 || got[0].T != "link" || got[0].URL != c.url || got[0].Host != c.host {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
	for _, href := range []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:x", "data:text/html,x",
		"vbscript:x", "file:///etc/passwd", "ms-msdt:/id", "ms-officecmd:{}", "vscode://x", "search-ms:query=x", "smb://evil/x", `\\evil\share`, "//evil.example/",
		"/relative", "relative", "#top", "?x", "", "http://contoso.com/", "https:contoso.com", "https:///x", "https://", "https://user@contoso.com/", "https://user:pw@contoso.com/",
		`https:\\contoso.com\x`, `https://contoso.com\@evil.example/`, "https://contoso.com%00.evil.example/", "https://con toso.com/", "https://contoso.com/a\x00b",
		"https://contoso.com/\u202ecod.exe", "https://-bad-.example/", "https://a..b/", "https://[::1%25eth0]/", "https://contoso.com:99x/", "blob:https://contoso.com/1",
		"mailto:", "mailto:a", "mailto:a@b@c", "mailto:a@b.c,d@e.f", "mailto:a%0d%0aBcc:x@y.z", "tel:+123", "ftp://x.example/", "chatpane://record", "about:blank", "view-source:https://x.example/",
		"https://" + strings.Repeat("a", 3000) + ".example/",
	} {
		for _, n := range markup.Parse("<a href=\""+href+"\">text</a>", context()) {
			if n.T != "text" {
				t.Errorf("%q: got %+v, want its text", href, n)
			}
		}
	}
}

func TestMentionsAreNamedByTheMessage(t *testing.T) {
	t.Parallel()
	c := markup.Context{Me: "me", Mention: func(id int) (string, string, bool) {
		return []string{"Ann\u202e Lee", "Me Myself"}[id], []string{"ann", "me"}[id], true
	}}
	got := markup.Parse(`<at id="0">The boss</at><at id="1">x</at>`, c)
	want := []markup.Node{{T: "mention", Text: "Ann Lee", User: "ann"}, {T: "mention", Text: "Me Myself", User: "me", Me: true}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, html, want string }{
		{"a table", "<table><tr><th>a</th><td>b<br>c</td></tr><tr><td>d</td></tr></table>", "a\tb c\nd"},
		{"a quote in a list", "<ul><li><p>a</p><blockquote>b<br>c</blockquote></li></ul>", "• a\n  > b\n  > c"},
		{"a list that starts at 9", `<ol start="9"><li>a</li><li>b<br>c</li></ol>`, "9. a\n10. b\n    c"},
		{"a picture", `<p>see <img src="x" alt="a cat"></p>`, "see a cat"},
		{"code in a quote", "<blockquote><pre>a\nb</pre></blockquote>", "> a\n> b"},
	} {
		if got := markup.Text(markup.Parse(c.html, context())); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		html string
		n    int
		want string
	}{
		{"<p>a</p><p>b&nbsp;c</p>", 10, "a b c"},
		{"<p>hello world</p>", 7, "hello…"},
		{"<p>hello world</p>", 11, "hello world"},
		{"👩🏽‍💻👩🏽‍💻👩🏽‍💻", 2, "👩🏽‍💻…"},
		{"<p>abc</p>", 1, "…"},
		{"", 5, ""},
	} {
		if got := markup.Line(c.html, c.n); got != c.want {
			t.Errorf("Line(%q, %d) = %q, want %q", c.html, c.n, got, c.want)
		}
	}
	if got := markup.Escape(`a<b>&"` + "\x00"); got != "a&lt;b&gt;&amp;&#34;" {
		t.Errorf("Escape: got %q", got)
	}
}
