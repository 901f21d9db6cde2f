package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"net/http"
)

// ClosingPage are the words of the page that ends a sign-in in the browser, in
// the user's language. Empty words are English.
type ClosingPage struct {
	Language      string // for instance "de"
	Title         string
	Done, DoneTip string // after a sign-in
	Not, NotTip   string // after a refusal
	Wrong         string // for a request that is no answer of the sign-in service
}

// english completes the words.
func (p ClosingPage) english() ClosingPage {
	for to, text := range map[*string]string{
		&p.Language: "en", &p.Title: "Chatpane",
		&p.Done: "You are signed in", &p.DoneTip: "You can close this tab and go back to Chatpane.",
		&p.Not: "You are not signed in", &p.NotTip: "Go back to Chatpane to see why. You can close this tab.",
		&p.Wrong: "This address only serves the sign-in of Chatpane.",
	} {
		if *to == "" {
			*to = text
		}
	}
	return p
}

const style = `body{font:16px/1.5 system-ui,"Segoe UI",sans-serif;margin:20vh auto;max-width:28rem;padding:0 1rem;color:#242424;background:#fff}` +
	`h1{font-size:1.5rem;font-weight:600}@media (prefers-color-scheme:dark){body{color:#fff;background:#1f1f1f}}`

// pages are the finished pages. No request changes them.
type pages struct{ csp, done, not, wrong string }

func newPages(texts ClosingPage) pages {
	t := texts.english()
	sum := sha256.Sum256([]byte(style))
	page := func(heading, tip string) string {
		return `<!doctype html><html lang="` + html.EscapeString(t.Language) + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
			`<title>` + html.EscapeString(t.Title) + `</title><style>` + style + `</style></head>` +
			`<body><main><h1>` + html.EscapeString(heading) + `</h1><p>` + html.EscapeString(tip) + `</p></main></body></html>`
	}
	return pages{
		csp: `default-src 'none'; style-src 'sha256-` + base64.StdEncoding.EncodeToString(sum[:]) +
			`'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
		done: page(t.Done, t.DoneTip), not: page(t.Not, t.NotTip), wrong: page(t.Wrong, ""),
	}
}

func (p pages) head(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.csp)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

func (p pages) show(w io.Writer, done bool) {
	text := p.not
	if done {
		text = p.done
	}
	_, _ = io.WriteString(w, text) // the browser may be gone; the sign-in goes on
}

func (p pages) refuse(w http.ResponseWriter) {
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, p.wrong)
}
