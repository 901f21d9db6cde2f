package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// batchItem is one request of a $batch.
type batchItem struct {
	_         struct{}          `also:"atomicityGroup status" type:"batchRequest"`
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batchAnswer is one answer of a $batch.
type batchAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`
}

// batch runs up to 20 requests one by one. Each has its own status, is counted,
// throttled and broken on its own; what depends on a failure is not run.
func (s *Sandbox) batch(w http.ResponseWriter, r *http.Request, inner http.Handler) {
	c := &call{Sandbox: s, r: r}
	_, err := s.caller(r, serviceGraph)
	if c.query, _ = url.ParseQuery(r.URL.RawQuery); err == nil { // what cannot be read is no option
		err = c.allow()
	}
	if err == nil && r.Method != http.MethodPost {
		err = wrongMethod(r.Method)
	}
	var items []batchItem
	if err == nil {
		items, err = c.batchItems()
	}
	if err != nil {
		s.graphFailure(err).write(w, r, s.Now())
		return
	}
	answers := make([]batchAnswer, 0, len(items))
	good := map[string]bool{}
	for _, item := range items {
		a := s.batchOne(r, item, good, inner)
		good[item.ID] = a.Status < 400
		answers = append(answers, a)
	}
	if len(answers) > 2 { // the order of answers is not promised; break it
		answers[0], answers[len(answers)-1] = answers[len(answers)-1], answers[0]
	}
	writeJSON(w, http.StatusOK, map[string]any{"responses": answers})
}

func (c *call) batchItems() ([]batchItem, error) {
	var in struct {
		Requests []batchItem `json:"requests"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if len(in.Requests) == 0 || len(in.Requests) > 20 {
		return nil, badRequest("Number of batch request steps must be between 1 and 20.")
	}
	seen := map[string]bool{}
	for _, item := range in.Requests {
		switch {
		case item.ID == "" || seen[strings.ToLower(item.ID)]:
			return nil, badRequest("Duplicate or missing request id '%s'.", item.ID)
		case item.Method == "" || item.URL == "":
			return nil, badRequest("Method and url of request '%s' are required.", item.ID)
		case item.writes() && item.Headers["Content-Type"] == "" && item.Headers["content-type"] == "":
			return nil, badRequest("Write request id : %s does not contain Content-Type header or body.", item.ID)
		}
		for _, id := range item.DependsOn {
			if !seen[strings.ToLower(id)] {
				return nil, badRequest("Request '%s' depends on '%s', which does not come before it.", item.ID, id)
			}
		}
		seen[strings.ToLower(item.ID)] = true
	}
	return in.Requests, nil
}

// writes reports whether a request brings a body to write; Microsoft's Go SDK
// sends an empty one with every GET.
func (i batchItem) writes() bool {
	return len(i.Body) > 0 && string(i.Body) != "null" && !strings.EqualFold(i.Method, http.MethodGet)
}

func (s *Sandbox) batchOne(outer *http.Request, item batchItem, good map[string]bool, inner http.Handler) batchAnswer {
	for _, id := range item.DependsOn {
		if !good[id] {
			return batchAnswer{ID: item.ID, Status: http.StatusFailedDependency, Headers: map[string]string{"Content-Type": "application/json"},
				Body: map[string]any{"error": map[string]any{"code": "FailedDependency", "message": "The request failed because a request it depends on failed."}}}
		}
	}
	u, err := url.Parse("/v1.0/" + strings.TrimPrefix(item.URL, "/"))
	if err != nil || strings.HasPrefix(u.Path, "/v1.0/$batch") {
		return batchAnswer{ID: item.ID, Status: http.StatusBadRequest, Headers: map[string]string{"Content-Type": "application/json"},
			Body: map[string]any{"error": map[string]any{"code": "BadRequest", "message": "Invalid batch url."}}}
	}
	r, err := http.NewRequestWithContext(outer.Context(), strings.ToUpper(item.Method), u.String(), strings.NewReader(string(item.Body)))
	if err != nil {
		return batchAnswer{ID: item.ID, Status: http.StatusBadRequest, Headers: map[string]string{}}
	}
	r.Host = outer.Host
	for _, name := range []string{"Authorization", "Client-Request-Id"} {
		r.Header.Set(name, outer.Header.Get(name))
	}
	for k, v := range item.Headers {
		r.Header.Set(k, v)
	}
	rec := newRecorder()
	s.Knobs.play(kindOf(serviceGraph, r.Method, r.URL), rec, r, inner)
	return item.answer(rec)
}

// answer turns a recorded answer into a batch answer: JSON as an object, other
// bodies as base64.
func (item batchItem) answer(rec *recorder) batchAnswer {
	a := batchAnswer{ID: item.ID, Status: max(rec.status, http.StatusOK), Headers: map[string]string{}}
	for _, k := range []string{"Content-Type", "Retry-After", "Location", "request-id"} {
		if v := rec.header.Get(k); v != "" {
			a.Headers[k] = v
		}
	}
	body := rec.body.Bytes()
	switch {
	case len(body) == 0:
	case strings.HasPrefix(a.Headers["Content-Type"], "application/json"):
		a.Headers["Content-Type"] = "application/json"
		a.Body = json.RawMessage(body)
		if !json.Valid(body) {
			a.Body = string(body)
		}
	case strings.HasPrefix(a.Headers["Content-Type"], "text/"):
		a.Body = string(body)
	default:
		a.Body = base64.StdEncoding.EncodeToString(body)
	}
	return a
}
