package odata_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/odata"
)

func TestBatchJSONAnswersInTheOrderOfItsItems(t *testing.T) {
	t.Parallel()
	var sent string
	s := &server{script: []func(*http.Request) (*http.Response, error){func(r *http.Request) (*http.Response, error) {
		data, _ := io.ReadAll(r.Body)
		sent = string(data)
		return ok(`{"responses":[
			{"id":"c","status":404,"headers":{"request-id":"q"},"body":{"error":{"code":"NotFound","message":"x"}}},
			{"id":"a","status":200,"headers":{"ETag":"W/1"},"body":{"id":"7"}},
			{"id":"d","status":302,"headers":{"Location":"https://evil.example"}},
			{"id":"stranger","status":200,"body":{}}]}`)(r)
	}}}
	c := s.client(t)
	c.Header = http.Header{"Prefer": {"include-unknown-enum-members"}}
	got, err := c.BatchJSON(t.Context(), []odata.BatchItem{
		{ID: "a", Path: "/chats/1?$expand=members"},
		{ID: "b", Path: "chats/2"},
		{ID: "c", Method: "POST", Path: "/chats/3/x", Body: item{ID: "z"}, Header: map[string]string{"If-Match": "*"}},
		{ID: "d", Path: "/me"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"requests":[` +
		`{"id":"a","method":"GET","url":"/chats/1?$expand=members","headers":{"Accept":"application/json","Prefer":"include-unknown-enum-members"}},` +
		`{"id":"b","method":"GET","url":"/chats/2","headers":{"Accept":"application/json","Prefer":"include-unknown-enum-members"}},` +
		`{"id":"c","method":"POST","url":"/chats/3/x","headers":{"Accept":"application/json","Content-Type":"application/json","If-Match":"*","Prefer":"include-unknown-enum-members"},"body":{"id":"z","n":0}},` +
		`{"id":"d","method":"GET","url":"/me","headers":{"Accept":"application/json","Prefer":"include-unknown-enum-members"}}]}`
	if sent != want {
		t.Errorf("sent %s\nwant %s", sent, want)
	}
	var v item
	if err := got[0].Decode(&v); err != nil || v.ID != "7" || got[0].Header.Get("etag") != "W/1" {
		t.Errorf("a: %v, %+v", err, got[0])
	}
	if got[1].ID != "b" || !errors.Is(got[1].Err, odata.ErrBadReply) || !errors.Is(got[1].Err, odata.ErrAmbiguous) {
		t.Errorf("b has no answer, but: %+v", got[1])
	}
	var e *odata.Error
	if !errors.Is(got[2].Err, odata.ErrNotFound) || !errors.As(got[2].Decode(&v), &e) || e.RequestID != "q" {
		t.Errorf("c: %+v", got[2])
	}
	if !errors.Is(got[3].Err, odata.ErrBadReply) {
		t.Errorf("d: %+v", got[3])
	}
}

func TestBatchesRefuseWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	many := make([]odata.BatchItem, 1001)
	for i := range many {
		many[i] = odata.BatchItem{ID: fmt.Sprint(i), Path: "/x"}
	}
	for name, items := range map[string][]odata.BatchItem{
		"too many":      many,
		"twice one id":  {{ID: "1", Path: "/x"}, {ID: "1", Path: "/y"}},
		"no id":         {{Path: "/x"}},
		"leaves":        {{ID: "1", Path: "/../beta"}},
		"a line break":  {{ID: "1", Path: "/x\r\nHost: evil"}},
		"bad method":    {{ID: "1", Method: "GET /evil HTTP/1.1\r\nX:", Path: "/x"}},
		"bad header":    {{ID: "1", Path: "/x", Header: map[string]string{"X": "a\r\nY: b"}}},
		"bad body":      {{ID: "1", Path: "/x", Method: "POST", Body: func() {}}},
		"bad name":      {{ID: "1", Path: "/x", Header: map[string]string{"X: y\r\nZ": "a"}}},
		"a 2nd request": {{ID: "1", Path: "/x HTTP/1.1\r\n\r\nGET /y"}},
	} {
		s := &server{script: []func(*http.Request) (*http.Response, error){ok(`{"responses":[]}`)}}
		if _, err := s.client(t).BatchMultipart(t.Context(), items); err == nil || len(s.seen) != 0 {
			t.Errorf("multipart, %s: %v, sent %v", name, err, s.seen)
		}
	}
	s := &server{script: []func(*http.Request) (*http.Response, error){ok(`{"responses":[]}`)}}
	if _, err := s.client(t).BatchJSON(t.Context(), many[:21]); !errors.Is(err, odata.ErrBadRequest) || len(s.seen) != 0 {
		t.Errorf("21 requests: %v", err)
	}
	if got, err := s.client(t).BatchJSON(t.Context(), nil); got != nil || err != nil || len(s.seen) != 0 {
		t.Errorf("no requests: %v, %v", got, err)
	}
}

func multi(body string) func(*http.Request) (*http.Response, error) {
	return respond(200, `multipart/mixed; boundary=batchresponse_1`, strings.ReplaceAll(body, "\n", "\r\n"))
}

const twoParts = `--batchresponse_1
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 200 OK
Content-Type: application/json; odata.metadata=minimal
OData-Version: 4.0

{"id":"7"}
--batchresponse_1
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 403 Forbidden
REQ_ID: abc
Content-Type: application/json

{"error":{"code":"0x80040220","message":"no privilege"}}
--batchresponse_1
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 204 No Content
OData-EntityId: https://graph.example/v1.0/x(1)


--batchresponse_1--
`

func TestBatchMultipartWritesAndReadsParts(t *testing.T) {
	t.Parallel()
	var lines []string
	s := &server{script: []func(*http.Request) (*http.Response, error){func(r *http.Request) (*http.Response, error) {
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil {
			t.Error(err)
		}
		if got := r.Header.Get("Prefer"); got != `odata.include-annotations="*", odata.continue-on-error` {
			t.Errorf("Prefer of the batch is %q", got)
		}
		parts := multipart.NewReader(r.Body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Errorf("read the batch: %v", err)
				break
			}
			if p.Header.Get("Content-Type") != "application/http" || p.Header.Get("Content-Transfer-Encoding") != "binary" {
				t.Errorf("part header %v", p.Header)
			}
			data, _ := io.ReadAll(p)
			if strings.Count(string(data), "\n") != strings.Count(string(data), "\r\n") {
				t.Errorf("a line does not end in CRLF: %q", data)
			}
			lines = append(lines, string(data))
			if _, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(data)))); err != nil {
				t.Errorf("%q: %v", data, err)
			}
		}
		return multi(twoParts)(r)
	}}}
	c := s.client(t)
	c.Header = http.Header{"OData-Version": {"4.0"}, "Prefer": {`odata.include-annotations="*"`}}
	got, err := c.BatchMultipart(t.Context(), []odata.BatchItem{
		{ID: "row", Path: "/incidents(1)" + odata.Query(map[string][]string{"$select": {"title,ticketnumber"}})},
		{ID: "links", Path: "/links"},
		{ID: "write", Method: "PATCH", Path: "/x(1)", Body: item{ID: "z"}, Header: map[string]string{"If-Match": "*"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "GET /v1.0/incidents(1)?$select=title%2Cticketnumber HTTP/1.1\r\nAccept: application/json\r\nOdata-Version: 4.0\r\nPrefer: odata.include-annotations=\"*\"\r\n\r\n"; lines[0] != want {
		t.Errorf("first part %q, want %q", lines[0], want)
	}
	if !strings.HasSuffix(lines[2], "\r\n\r\n{\"id\":\"z\",\"n\":0}") || !strings.Contains(lines[2], "If-Match: *\r\n") {
		t.Errorf("third part %q", lines[2])
	}
	var v item
	if err := got[0].Decode(&v); err != nil || v.ID != "7" {
		t.Errorf("row: %v", err)
	}
	var e *odata.Error
	if !errors.As(got[1].Err, &e) || e.Code != "0x80040220" || e.RequestID != "abc" || !errors.Is(e, odata.ErrForbidden) {
		t.Errorf("links: %+v", got[1])
	}
	if got[2].Err != nil || got[2].Status != 204 || got[2].Header.Get("OData-EntityId") == "" {
		t.Errorf("write: %+v", got[2])
	}
}

func TestBatchMultipartIsStrictAboutAnswers(t *testing.T) {
	t.Parallel()
	items := []odata.BatchItem{{ID: "1", Path: "/a"}, {ID: "2", Path: "/b"}, {ID: "3", Path: "/c"}}
	for name, f := range map[string]func(*http.Request) (*http.Response, error){
		"JSON":                 ok(`{"responses":[]}`),
		"HTML":                 respond(200, "text/html", "<html>"),
		"no boundary":          respond(200, "multipart/mixed", "x"),
		"another boundary":     respond(200, "multipart/mixed; boundary=x", strings.ReplaceAll(twoParts, "\n", "\r\n")),
		"cut in a part":        multi(twoParts[:300]),
		"no end":               multi(strings.Replace(twoParts, "--batchresponse_1--", "", 1)),
		"a nested change set":  multi(strings.Replace(twoParts, "application/http", "multipart/mixed; boundary=c", 1)),
		"no status line":       multi(strings.Replace(twoParts, "HTTP/1.1 200 OK", "200", 1)),
		"a part cut by length": multi(strings.Replace(twoParts, "OData-Version: 4.0", "Content-Length: 99", 1)),
	} {
		s := &server{script: []func(*http.Request) (*http.Response, error){f}}
		if got, err := s.client(t).BatchMultipart(t.Context(), items); !errors.Is(err, odata.ErrBadReply) || !errors.Is(err, odata.ErrAmbiguous) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	s := &server{script: []func(*http.Request) (*http.Response, error){multi(twoParts)}}
	if _, err := s.client(t).BatchMultipart(t.Context(), items[:2]); !errors.Is(err, odata.ErrBadReply) {
		t.Errorf("more parts than requests: %v", err)
	}
	got, err := s.client(t).BatchMultipart(t.Context(), append(items, odata.BatchItem{ID: "4", Path: "/d"}))
	if err != nil || got[0].Err != nil || !errors.Is(got[3].Err, odata.ErrBadReply) {
		t.Errorf("fewer parts than requests: %v, %+v", err, got)
	}
	s = &server{script: []func(*http.Request) (*http.Response, error){multi(strings.Replace(twoParts, `{"id":"7"}`, `{"id":`, 1))}}
	if got, err = s.client(t).BatchMultipart(t.Context(), items); err != nil || !errors.Is(got[0].Err, odata.ErrBadReply) || !errors.Is(got[1].Err, odata.ErrForbidden) {
		t.Errorf("half a JSON in one part: %v, %+v", err, got)
	}
}

func TestA429InsideABatchClosesTheGate(t *testing.T) {
	t.Parallel()
	inJSON := ok(`{"responses":[{"id":"1","status":429,"headers":{"Retry-After":"9"},"body":{"error":{"code":"TooManyRequests"}}}]}`)
	inParts := multi("--batchresponse_1\nContent-Type: application/http\n\nHTTP/1.1 429 Too Many Requests\nRetry-After: 9\n\n{}\n--batchresponse_1--\n")
	for _, multipart := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{script: []func(*http.Request) (*http.Response, error){inJSON, ok(`{}`)}}
			c := s.client(t)
			send := c.BatchJSON
			if multipart {
				s.script[0] = inParts
				send = c.BatchMultipart
			}
			got, err := send(t.Context(), []odata.BatchItem{{ID: "1", Path: "/a"}})
			var e *odata.Error
			if err != nil || !errors.As(got[0].Err, &e) || e.RetryAfter != 9*time.Second {
				t.Fatalf("multipart %v: %v, %+v", multipart, err, got)
			}
			start := time.Now()
			if err := c.Get(t.Context(), "/me", nil, &item{}); err != nil || time.Since(start) < 9*time.Second {
				t.Errorf("multipart %v: %v after %v", multipart, err, time.Since(start))
			}
		})
	}
}

func FuzzMultipartAnswer(f *testing.F) {
	f.Add(strings.ReplaceAll(twoParts, "\n", "\r\n"))
	f.Fuzz(func(t *testing.T, body string) {
		s := &server{script: []func(*http.Request) (*http.Response, error){respond(200, "multipart/mixed; boundary=batchresponse_1", body)}}
		got, err := s.client(t).BatchMultipart(t.Context(), []odata.BatchItem{{ID: "1", Path: "/a"}, {ID: "2", Path: "/b"}})
		if err != nil {
			if !errors.Is(err, odata.ErrBadReply) {
				t.Errorf("%v", err)
			}
			return
		}
		for _, a := range got {
			if a.Err == nil && len(a.Body) > 0 && !json.Valid(a.Body) {
				t.Errorf("invalid JSON passed: %q", a.Body)
			}
		}
	})
}
