package sandbox

import (
	"compress/gzip"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
)

// serviceTraining is the second, smaller environment.
const serviceTraining = "training"

// dvService is Dataverse: the environments of the tenant.
type dvService struct {
	main, training *dvOrg
	limits         *dvLimits // nil: none
	deletedCase    string
	restricted     []string
}

// dataverseService makes the environments when first asked for, by New.
func (s *Sandbox) dataverseService() *dvService {
	if s.dv == nil {
		s.dv = newDVService(s)
	}
	return s.dv
}

// dataverse serves the Web API v9.2 of the main environment, and main.aspx.
func (s *Sandbox) dataverse() http.Handler {
	return s.environment(serviceDataverse, s.dataverseService().main)
}

// training serves the second environment.
func (s *Sandbox) training() http.Handler {
	return s.environment(serviceTraining, s.dataverseService().training)
}

// dvRoot is where the Web API lies; any version from 9.0 on is served alike.
const dvRoot = "/api/data/v9."

// dvBelowRoot cuts the root off an escaped path.
func dvBelowRoot(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, dvRoot)
	if !ok || rest == "" || rest[0] < '0' || rest[0] > '2' {
		return "", false
	}
	rest = rest[1:]
	if rest == "" {
		return "", true
	}
	return strings.CutPrefix(rest, "/")
}

// dvSearchPath recognises a request to Dataverse search: and its
// version.
func dvSearchPath(path string) (ok bool, version string) {
	rest, below := strings.CutPrefix(path, dvSearchPrefix)
	version, what, _ := strings.Cut(rest, "/")
	version = strings.TrimPrefix(version, "v")
	return below && (version == "1.0" || version == "2.0") && what == "query", version
}

func (s *Sandbox) environment(service string, o *dvOrg) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (r.URL.Path == "/main.aspx" || r.URL.Path == "/") && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			o.recordPage(w, r)
			return
		}
		path, ok := dvBelowRoot(r.URL.EscapedPath())
		search, version := dvSearchPath(r.URL.Path)
		if !ok && !search {
			http.NotFound(w, r)
			return
		}
		p, _, err := s.authorize(r, service)
		if err != nil {
			dvUnauthorized(w, err)
			return
		}
		dvSend(w, r, s.dv.limits.admit(p.OID, func() dvReply {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return (&dvError{status: http.StatusRequestEntityTooLarge, code: dvCodePayload, message: "The request body is too large."}).reply(false)
			}
			call := &dvCall{method: r.Method, path: path, query: r.URL.RawQuery, header: r.Header.Clone(), body: body, user: o.userID(p)}
			s.catchUp(o)
			if search {
				if err := s.dv.limits.admitSearch(p.OID); err != nil {
					return err.reply(false)
				}
				return o.search(call, version)
			}
			if path == "$batch" && r.Method == http.MethodPost {
				return o.batch(call)
			}
			return o.serve(call)
		}))
	})
}

// dvUnauthorized writes why a token was refused.
func dvUnauthorized(w http.ResponseWriter, err error) {
	status, message := http.StatusUnauthorized, err.Error()
	if auth := (*authError)(nil); errors.As(err, &auth) {
		status, message = auth.status, auth.message
		w.Header().Set("WWW-Authenticate", auth.challenge)
	}
	writeJSON(w, status, dvObject{{"error", dvObject{{"code", ""}, {"message", message}}}})
}

// dvSend writes an answer with the headers that every one carries, packed when
// the client takes gzip.
func dvSend(w http.ResponseWriter, r *http.Request, reply dvReply) {
	h := w.Header()
	for k, v := range reply.header {
		h[k] = v
	}
	h.Set("OData-Version", "4.0")
	h.Set("Cache-Control", "no-cache")
	h.Set("REQ_ID", requestID())
	h.Set("x-ms-service-request-id", h.Get("REQ_ID")+","+requestID())
	if len(reply.body) == 0 {
		w.WriteHeader(reply.status)
		return
	}
	h.Add("Vary", "Accept-Encoding")
	// A recorder alters answers for a knob, so it needs them in clear.
	if _, kept := w.(*recorder); kept || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(reply.status)
		w.Write(reply.body) // a client that went away needs no answer
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(reply.status)
	z := gzip.NewWriter(w)
	z.Write(reply.body)
	z.Close()
}

// discovery serves the global discovery service: the environments of the
// signed-in person.
func (s *Sandbox) discovery() http.Handler {
	dv := s.dataverseService()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _, err := s.authorize(r, serviceDiscovery)
		if err != nil {
			dvUnauthorized(w, err)
			return
		}
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/api/discovery/v2.0/"), "(")
		switch {
		case name != "Instances" || rest != "":
			dvSend(w, r, dvNoSegment(name).reply(false))
		case r.Method != http.MethodGet:
			dvSend(w, r, dvNoMethod(r.Method).reply(false))
		default:
			dvSend(w, r, dv.instances(s, p, r.URL.RawQuery))
		}
	})
}

// instances lists the environments in which a person is a user.
func (dv *dvService) instances(s *Sandbox, p *Person, rawQuery string) dvReply {
	options, err := dvOptions(rawQuery)
	if err != nil {
		return err.reply(false)
	}
	value := []dvObject{}
	for _, o := range []*dvOrg{dv.main, dv.training} {
		if o.userID(p) == "" || o.origin() == "" {
			continue
		}
		one, err := dvSelected(dvObject{
			{"Id", o.id}, {"UniqueName", o.unique}, {"UrlName", o.unique}, {"FriendlyName", o.name}, {"State", 0},
			{"Version", dvVersion}, {"Url", o.origin()}, {"ApiUrl", o.origin()}, {"EnvironmentId", o.guid("environment")},
			{"TenantId", s.TenantID}, {"Region", "EMEA"}, {"Purpose", ""}, {"IsUserSysAdmin", p.Role == "admin"},
			{"MetadataId", o.id},
		}, options["$select"], "Instance")
		if err != nil {
			return err.reply(false)
		}
		value = append(value, one[:len(one)-1]) // without the id that only metadata has
	}
	return dvJSON(http.StatusOK, dvObject{{"@odata.context", s.origin(serviceDiscovery) + "/api/discovery/v2.0/$metadata#Instances"}, {"value", value}})
}

// dvPage is what a browser shows for a record's address.
var dvPage = template.Must(template.New("main.aspx").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Name}} - {{.Org}}</title>
<style>body{font:16px/1.5 "Segoe UI",sans-serif;margin:0;background:#f5f5f5;color:#242424}header{background:#20305c;color:#fff;padding:12px 24px}main{background:#fff;margin:24px;padding:24px;border:1px solid #e0e0e0;border-radius:4px}dt{color:#616161}</style>
</head><body><header>Dynamics 365 · {{.Org}}</header><main><h1>{{.Name}}</h1>
<dl><dt>Type</dt><dd>{{.Type}}</dd><dt>Id</dt><dd>{{.ID}}</dd></dl><p>{{.Note}}</p></main></body></html>
`))

// recordPage is main.aspx: enough of Dynamics for "Open in Dynamics" to lead somewhere.
func (o *dvOrg) recordPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id := strings.ToLower(strings.Trim(q.Get("id"), "{}"))
	data := struct{ Org, Name, Type, ID, Note string }{Org: o.name, Name: "Dynamics 365", Type: "Home", Note: "This is the sandbox. No record was asked for."}
	o.mu.RLock()
	if d := o.tables[q.Get("etn")]; d != nil {
		data.Type, data.ID, data.Name = d.table.label.en, id, "Record not found"
		data.Note = "This is the sandbox: the record you opened is kept in memory only."
		if row := d.get(id); row != nil {
			data.Name = row.text(d.table.name)
		}
	}
	o.mu.RUnlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if err := dvPage.Execute(w, data); err != nil {
		http.Error(w, fmt.Sprintf("write page: %v", err), http.StatusInternalServerError)
	}
}
