package desktop

import (
	"strings"
	"testing"
	"time"

	"chatpane/app/policy"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://contoso.crm.dynamics.com/main.aspx?id={a}(b)~!": "https://contoso.crm.dynamics.com/main.aspx?id={a}(b)~!",
		"https://example.com/a b":                                "https://example.com/a%20b",
		`https://example.com/?q="x"&y='z'|^` + "`":               "https://example.com/?q=%22x%22&y=%27z%27%7C%5E%60",
		"mailto:ann@example.com":                                 "mailto:ann@example.com",
		"javascript:alert(1)":                                    "",
		"data:text/html,x":                                       "",
		"file:///etc/passwd":                                     "",
		"ms-msdt:/id":                                            "",
		"search-ms:query":                                        "",
		"vscode://x":                                             "",
		"smb://evil":                                             "",
		"http://example.com":                                     "",
		"https://user:pass@evil.example":                         "",
		`https://evil.example\@good.example`:                     "",
		"https:///nohost":                                        "",
		"https://a\r\nb":                                         "",
		"https://a\x00b":                                         "",
		"mailto:not an address":                                  "",
		"//evil.example":                                         "",
		"":                                                       "",
		"https://example.com/" + strings.Repeat("a", 9000): "",
		"http://127.0.0.1:80/":                             "",
	} {
		got, err := checkURL(address, false)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("checkURL(%.60q) = %q, %v; want %q", address, got, err, want)
		}
	}
	if got, err := checkURL("http://127.0.0.1:4711/authorize?x=1", true); err != nil || got == "" {
		t.Errorf("a demo's sign-in page on loopback was refused: %v", err)
	}
	if _, err := checkURL("http://evil.example/", true); err == nil {
		t.Error("loopback must not open http elsewhere")
	}
}

func TestOnScreen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want policy.Window }{
		"a place on screen stays":            {policy.Window{Width: 400, Height: 800, X: 100, Y: 50}, policy.Window{Width: 400, Height: 800, X: 100, Y: 50}},
		"right of the screen comes back":     {policy.Window{Width: 400, Height: 800, X: 5000, Y: 0}, policy.Window{Width: 400, Height: 800, X: 1520, Y: 0}},
		"left of the screen comes back":      {policy.Window{Width: 400, Height: 800, X: -900, Y: -20}, policy.Window{Width: 400, Height: 800, X: 0, Y: 0}},
		"larger than the screen is fitted":   {policy.Window{Width: 4000, Height: 3000, X: 5, Y: 5}, policy.Window{Width: 1920, Height: 1080, X: 0, Y: 0}},
		"smaller than useful is made usable": {policy.Window{Width: 10, Height: 10}, policy.Window{Width: leastWidth, Height: leastHeight}},
	} {
		if got := onScreen(c.in, 1920, 1080); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestLinkIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no link":                   {[]string{"-verbose"}, ""},
		"a link":                    {[]string{"chatpane://record?id=1"}, "chatpane://record?id=1"},
		"a link in any case":        {[]string{"ChatPane://record"}, "ChatPane://record"},
		"flags before it":           {[]string{"-data", "/tmp", "chatpane://record"}, "chatpane://record"},
		"the scheme inside a word":  {[]string{"xchatpane://record"}, ""},
		"the bare scheme":           {[]string{"chatpane:"}, ""},
		"a link that is too long":   {[]string{"chatpane://" + strings.Repeat("a", 3000)}, ""},
		"the first of two counts":   {[]string{"chatpane://a", "chatpane://b"}, "chatpane://a"},
		"a link glued to a dash":    {[]string{"-chatpane://a"}, ""},
		"a path that looks like it": {[]string{"/chatpane:/a"}, ""},
	} {
		if got := LinkIn(c.args); got != c.want {
			t.Errorf("%s: LinkIn(%.80q) = %q, want %q", name, c.args, got, c.want)
		}
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	p := &pace{per: 2}
	at := time.Unix(100, 0)
	for n, want := range []bool{true, true, false} {
		if got := p.allow(at); got != want {
			t.Errorf("event %d of a second: allowed %v, want %v", n+1, got, want)
		}
	}
	if !p.allow(at.Add(time.Second)) {
		t.Error("the next second starts anew")
	}
}

func TestGateStaysShutForAForeignPage(t *testing.T) {
	t.Parallel()
	d := New(nil, func(string) {}, nil)
	d.Ping(7)
	if d.pending != 7 || d.open {
		t.Fatalf("before the handshake: open %v, pending %d; want a kept ping", d.open, d.pending)
	}
	d.Handshake()
	if !d.open {
		t.Fatal("Hello must open the gate")
	}
	d.DomReady(t.Context()) // the load that Hello belonged to
	if !d.open {
		t.Error("the load of our page must not shut the gate")
	}
	d.DomReady(t.Context()) // another page, which has not called Hello
	if d.open {
		t.Error("a page without handshake must shut the gate")
	}
}
