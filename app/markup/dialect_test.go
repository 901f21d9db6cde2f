package markup_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"chatpane/app/markup"
)

var update = flag.Bool("update", false, "write the nodes of the dialect examples anew")

type example struct {
	Name     string          `json:"name"`
	HTML     string          `json:"html"`
	Mentions []named         `json:"mentions"`
	Text     string          `json:"text"`
	Nodes    json.RawMessage `json:"nodes,omitempty"`
}

type named struct {
	ID       int    `json:"id"`
	Text     string `json:"text"`
	User     string `json:"user"`
	Everyone bool   `json:"everyone"`
}

func TestDialect(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/dialect.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []example
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	for i, e := range examples {
		if err := markup.CheckOutgoing(e.HTML); err != nil {
			t.Errorf("%s: CheckOutgoing: %v", e.Name, err)
		}
		c := markup.Context{Mention: func(id int) (string, string, bool) {
			if id >= len(e.Mentions) {
				return "", "", false
			}
			return e.Mentions[id].Text, e.Mentions[id].User, true
		}}
		nodes := markup.Parse(e.HTML, c)
		if got := markup.Text(nodes); got != e.Text {
			t.Errorf("%s: Text\n got %q\nwant %q", e.Name, got, e.Text)
		}
		if marked := markup.Parse(markup.WithMarker(e.HTML, "01JD0000000000000000000000"), c); !reflect.DeepEqual(marked, nodes) {
			t.Errorf("%s: the marker changes the tree\n got %+v\nwant %+v", e.Name, marked, nodes)
		}
		got := encode(t, nodes)
		if *update {
			examples[i].Nodes = got
			continue
		}
		var want []markup.Node
		if err := json.Unmarshal(e.Nodes, &want); err != nil || !reflect.DeepEqual(nodes, want) {
			t.Errorf("%s: nodes\n got %s\nwant %s", e.Name, got, e.Nodes)
		}
	}
	if *update {
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(examples); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/dialect.json", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func encode(t *testing.T, v any) json.RawMessage {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(out.Bytes())
}

func TestCheckOutgoingRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, html string
		want       error
	}{
		{"nothing", "", markup.ErrNoText},
		{"spaces only", "<p>&nbsp; </p>", markup.ErrNoText},
		{"more than fits", "<p>" + strings.Repeat("a", markup.MaxOutgoing) + "</p>", markup.ErrTooLong},
		{"text outside a block", "hello", markup.ErrDialect},
		{"an unclosed paragraph", "<p>x", markup.ErrDialect},
		{"a cut tag", "<p>x</p><p", markup.ErrDialect},
		{"crossed tags", "<p><strong>a<em>b</strong></em></p>", markup.ErrDialect},
		{"formats in the wrong order", "<p><em><strong>a</strong></em></p>", markup.ErrDialect},
		{"a format in itself", "<p><em><em>a</em></em></p>", markup.ErrDialect},
		{"another element", "<p><img src=\"https://x.example/\">a</p>", markup.ErrDialect},
		{"a script", "<p>a</p><script>1</script>", markup.ErrDialect},
		{"a class", "<p class=\"x\">a</p>", markup.ErrDialect},
		{"a javascript link", "<p><a href=\"javascript:x\">a</a></p>", markup.ErrDialect},
		{"an http link", "<p><a href=\"http://x.example/\">a</a></p>", markup.ErrDialect},
		{"a link in a link", "<p><a href=\"https://x.example/\"><a href=\"https://x.example/\">a</a></a></p>", markup.ErrDialect},
		{"a mention with a gap", "<p><at id=\"1\">a</at></p>", markup.ErrDialect},
		{"a mention twice", "<p><at id=\"0\">a</at><at id=\"0\">a</at></p>", markup.ErrDialect},
		{"a comment", "<p>a<!-- x --></p>", markup.ErrDialect},
		{"unescaped text", "<p>a < b</p>", markup.ErrDialect},
		{"a paragraph in a paragraph", "<p><p>a</p></p>", markup.ErrDialect},
		{"a break in a code block", "<pre><code>a<br>b</code></pre>", markup.ErrDialect},
		{"text in a list", "<ul>a</ul>", markup.ErrDialect},
	} {
		if err := markup.CheckOutgoing(c.html); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestMarker(t *testing.T) {
	t.Parallel()
	const op = "01JDB3Q6W3M9Z5X7Y2K4V8T0AB"
	for _, c := range []struct{ name, html, want string }{
		{"ours", markup.WithMarker("<p>x</p>", op), op},
		{"with another div around it", "<div>\n" + markup.WithMarker("<p>x</p>", op) + "</div>", op},
		{"after text", "<p>x</p>" + markup.WithMarker("<p>x</p>", op), ""},
		{"too deep", "<div><div><div><div><div>" + markup.WithMarker("x", op), ""},
		{"another attribute", `<div id="urn:x-chatpane:` + op + `">`, ""},
		{"no op id", `<div itemid="urn:x-chatpane:a b">`, ""},
		{"none", "<p>x</p>", ""},
		{"as text", "urn:x-chatpane:" + op, ""},
	} {
		if got := markup.Marker(c.html); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
