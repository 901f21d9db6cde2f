package markup_test

import (
	"strings"
	"testing"
	"time"

	"chatpane/app/markup"
)

func TestCard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, card, want string }{
		{"texts", `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"**Case** CAS-01 is *late*","weight":"Bolder"},{"type":"TextBlock","text":"- one\n- two\n1. three"}]}`,
			"<p><b><b>Case</b> CAS-01 is <i>late</i></b></p><ul><li>one</li><li>two</li></ul><ol><li>three</li></ol>"},
		{"HTML in a text is text", `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"<script>1</script> [a](javascript:x) [b](https://evil.example/)"}]}`,
			`<p>&lt;script&gt;1&lt;/script&gt; a <a href="https://evil.example/">b</a></p>`},
		{"facts", `{"type":"AdaptiveCard","body":[{"type":"FactSet","facts":[{"title":"Status","value":"**Open**"}]}]}`,
			`<table><tr><th colspan="0" rowspan="0">Status</th><td colspan="0" rowspan="0"><b>Open</b></td></tr></table>`},
		{"containers and columns", `{"type":"AdaptiveCard","body":[{"type":"Container","items":[{"type":"TextBlock","text":"a"}]},{"type":"ColumnSet","columns":[{"type":"Column","items":[{"type":"TextBlock","text":"b"}]},{"items":[{"type":"TextBlock","text":"c"}]}]}]}`,
			`<p>a</p><table><tr><td colspan="0" rowspan="0"><p>b</p></td><td colspan="0" rowspan="0"><p>c</p></td></tr></table>`},
		{"a picture", `{"type":"AdaptiveCard","body":[{"type":"Image","url":"https://a.example/i.png","altText":"logo"}]}`,
			`<p><img src="https://a.example/i.png" alt="logo" width="0" height="0"></p>`},
		{"actions", `{"type":"AdaptiveCard","actions":[{"type":"Action.OpenUrl","title":"Open","url":"https://a.example/"},{"type":"Action.OpenUrl","title":"Bad","url":"javascript:x"}]}`,
			`<p><a href="https://a.example/">Open</a></p><p>Bad</p>`},
		{"what is hidden stays hidden", `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"a","isVisible":false},{"type":"TextBlock","text":"b"}]}`, "<p>b</p>"},
		{"another element makes it text", `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"a"},{"type":"Input.Text","label":"Your answer"}],"actions":[{"type":"Action.Submit","title":"Send"}]}`,
			"<div>a</div><div>Your answer</div><div>Send</div>"},
		{"a hero card is text", `{"title":"Hi","text":"there","buttons":[{"type":"openUrl","title":"Go","value":"https://a.example/"}]}`,
			"<div>Hi</div><div>there</div><div>Go</div><div>https://a.example/</div>"},
		{"no JSON", `{"type":`, ""},
		{"another type", `[1,2]`, ""},
		{"an empty card", `{"type":"AdaptiveCard"}`, ""},
	} {
		nodes := markup.Card(c.card)
		got := serialise(nodes)
		if c.want == "" {
			if len(nodes) != 1 || nodes[0].T != "unknown" || nodes[0].Text != "card" {
				t.Errorf("%s: got %+v, want it refused", c.name, nodes)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestCardRefusesTheHugeAndTheDeepAtOnce(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"type":"Container","items":[`, 1000) + strings.Repeat("]}", 1000)
	huge := `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"` + strings.Repeat("a", 10<<20) + `"}]}`
	for _, card := range []string{deep, `{"type":"AdaptiveCard","body":[` + deep + `]}`, huge, strings.Repeat("[", 10<<20)} {
		start := time.Now()
		if got := markup.Card(card); len(got) != 1 || got[0].T != "unknown" {
			t.Errorf("%.40s…: got %d nodes, want it refused", card, len(got))
		}
		if took := time.Since(start); took > 500*time.Millisecond {
			t.Errorf("%.40s…: took %v", card, took)
		}
	}
}

func FuzzCard(f *testing.F) {
	f.Add(`{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"[a](https://b.example)"}],"actions":[{"type":"Action.OpenUrl","url":"x"}]}`)
	f.Fuzz(func(t *testing.T, card string) {
		if why := unsafe(markup.Card(card)); why != "" {
			t.Errorf("%q: %s", card, why)
		}
	})
}
