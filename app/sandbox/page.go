package sandbox

import (
	"html/template"
	"net/http"
	"net/url"
)

// pageData is what a page shows.
type pageData struct {
	Title, Text string
	Users       []pageUser
	Cancel      string
	Deny        string
	Permissions []string
	Accept      string
	Decline     string
}

type pageUser struct{ Name, Detail, Initials, Link string }

// choose shows the people as links that repeat the request with one of them.
func (s *Sandbox) choose(w http.ResponseWriter, u *url.URL, title, text string) {
	link := func(key, value string) string { return withAnswer(u, key, value) }
	d := pageData{Title: title, Text: text, Cancel: link("sandbox_answer", "cancel"), Deny: link("sandbox_answer", "deny")}
	for _, p := range s.People {
		d.Users = append(d.Users, pageUser{Name: p.Name, Detail: p.JobTitle, Initials: initials(p.Name), Link: link("sandbox_user", p.UPN)})
	}
	s.page(w, "signin", d)
}

func (s *Sandbox) page(w http.ResponseWriter, name string, d pageData) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	pages.ExecuteTemplate(w, name, d) // the answer has begun; there is nobody to tell
}

// initials are the first letters of the first two words.
func initials(name string) string {
	var out []rune
	start := true
	for _, r := range name {
		if start && r != '(' && len(out) < 2 {
			out = append(out, r)
		}
		start = r == ' '
	}
	return string(out)
}

var pages = template.Must(template.New("").Parse(`
{{define "head"}}<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Title}}</title><style>
:root{color-scheme:light dark}
body{font:15px/1.45 "Segoe UI",system-ui,sans-serif;margin:0;background:light-dark(#f5f5f5,#1f1f1f);color:light-dark(#242424,#fff)}
main{max-width:26rem;margin:8vh auto;padding:2rem;background:light-dark(#fff,#292929);border-radius:8px;box-shadow:0 2px 12px #0003}
h1{font-size:1.35rem;font-weight:600;margin:0 0 .4rem}p{margin:0 0 1.2rem;color:light-dark(#616161,#d6d6d6)}
ul{list-style:none;margin:0 0 1rem;padding:0;max-height:50vh;overflow:auto}
li a{display:flex;gap:.8rem;align-items:center;padding:.45rem .5rem;border-radius:4px;text-decoration:none;color:inherit}
li a:hover,li a:focus{background:light-dark(#ebebeb,#3d3d3d)}
.face{flex:none;width:36px;height:36px;border-radius:50%;display:grid;place-items:center;background:light-dark(#e8ebfa,#2f2f4a);color:light-dark(#444791,#dce0fa);font-weight:600;font-size:.85rem}
small{display:block;color:light-dark(#616161,#adadad)}
.row{display:flex;gap:.6rem;justify-content:flex-end}
.row a,button{padding:.4rem 1rem;border:1px solid light-dark(#d1d1d1,#666);border-radius:4px;text-decoration:none;color:inherit;background:none;font:inherit}
input{font:inherit;padding:.4rem;width:12rem;margin-right:.6rem}
</style><main><h1>{{.Title}}</h1><p>{{.Text}}</p>{{end}}
{{define "signin"}}{{template "head" .}}{{if .Users}}<ul>{{range .Users}}<li><a href="{{.Link}}"><span class="face" aria-hidden="true">{{.Initials}}</span><span>{{.Name}}<small>{{.Detail}}</small></span></a></li>
{{end}}</ul><div class="row"><a href="{{.Deny}}">Deny</a><a href="{{.Cancel}}">Cancel</a></div>{{end}}{{if .Accept}}<ul>{{range .Permissions}}<li><code>{{.}}</code></li>
{{end}}</ul><div class="row"><a href="{{.Decline}}">Cancel</a><a href="{{.Accept}}">Accept</a></div>{{end}}</main></html>{{end}}
{{define "code"}}{{template "head" .}}<form><label>Code <input name="code" autocomplete="off" autofocus></label><button>Next</button></form></main></html>{{end}}
`))
