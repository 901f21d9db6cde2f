package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

func TestTokensAreAsked(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	for _, header := range []string{"", "Bearer nonsense", "Bearer " + a.s.Token(a.oid, "graph")} {
		got := a.get("WhoAmI", "Authorization", header)
		if got.want(401); got.header.Get("WWW-Authenticate") == "" || got.body["error"] == nil {
			t.Errorf("with %q: %v %s", header, got.header, got.raw)
		}
	}
}

func TestRecordPageNamesTheRecord(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	page := func(query string) string {
		got := a.get(a.s.Origins()["dataverse"] + "/main.aspx?" + query).want(200)
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("content type %s", got.header.Get("Content-Type"))
		}
		return string(got.raw)
	}
	for _, query := range []string{"etn=incident&pagetype=entityrecord&id=%7B" + strings.ToUpper(c.ID) + "%7D", "id=" + c.ID + "&etn=incident"} {
		if got := page(query); !strings.Contains(got, "<h1>"+c.Title+"</h1>") || !strings.Contains(got, "<dd>Case</dd>") {
			t.Errorf("%s: %s", query, got)
		}
	}
	if got := page("etn=incident&id=%3Cscript%3E"); strings.Contains(got, "<script>") || !strings.Contains(got, "Record not found") {
		t.Errorf("page of a record that is none: %s", got)
	}
}

func TestAnswersArePackedOnTheWire(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{Seed: 7, Messages: 150})
	server, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	a := dvAPI{t: t, s: s, oid: s.People[0].OID, service: "dataverse", tokens: &sync.Map{}}
	req, err := http.NewRequestWithContext(t.Context(), "GET", a.root()+"incidents", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token())
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Uncompressed || !strings.Contains(string(raw), s.Cases[0].Title) || res.Header.Get("OData-Version") != "4.0" {
		t.Errorf("packed %t, header %v, %d bytes", res.Uncompressed, res.Header, len(raw))
	}
}

func TestReadersAndWritersTogether(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	before := len(a.get("tasks").rows())
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for k := range 10 {
				a.do("POST", "tasks", fmt.Sprintf(`{"subject":"task %d of %d"}`, k, i))
				a.query("tasks", "$filter", "contains(subject,'task')", "$orderby", "subject", "$expand", "owninguser($select=fullname)")
				if err := a.s.SetConfig("incident", "msdyn_usercanjoinchat", k%2 == 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := len(a.get("tasks").rows()); got != before+80 {
		t.Errorf("%d new tasks, want 80", got-before)
	}
}

func TestSetRow(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	id := a.s.Cases[0].ID
	at := time.Date(2026, 12, 1, 9, 0, 0, 500, time.UTC)
	if err := a.s.SetRow("incident", id, map[string]any{"title": "Renamed", "prioritycode": 3, "resolveby": at, "isescalated": true, "description": nil}); err != nil {
		t.Fatal(err)
	}
	got := a.get("incidents(" + id + ")")
	for name, want := range map[string]any{"title": "Renamed", "prioritycode": 3.0, "resolveby": "2026-12-01T09:00:00Z", "isescalated": true, "description": nil, "modifiedon": "2026-11-25T10:00:00Z"} {
		if got.body[name] != want {
			t.Errorf("%s: got %v, want %v", name, got.body[name], want)
		}
	}
	for _, values := range []map[string]any{{"title": 1}, {"nonsense": "x"}, {"ownerid": a.oid}, {"prioritycode": "high"}} {
		if err := a.s.SetRow("incident", id, values); err == nil {
			t.Errorf("%v was taken", values)
		}
	}
}
