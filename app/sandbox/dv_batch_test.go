package sandbox_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// dvBatchPart is one answer inside a batch.
type dvBatchPart struct {
	status int
	id     string
	body   map[string]any
}

func dvRequestPart(method, path, body string, header ...string) string {
	text := method + " " + path + " HTTP/1.1\r\nAccept: application/json\r\n"
	for i := 0; i < len(header); i += 2 {
		text += header[i] + ": " + header[i+1] + "\r\n"
	}
	if body != "" {
		text += "Content-Type: application/json\r\n"
	}
	return "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n%s\r\n" + text + "\r\n" + body + "\r\n"
}

func dvJoin(boundary string, parts ...string) string {
	var b strings.Builder
	for i, p := range parts {
		id := ""
		if strings.Contains(p, "%s") {
			id = fmt.Sprintf("Content-ID: %d\r\n", i+1)
			p = strings.Replace(p, "%s", id, 1)
		}
		b.WriteString("--" + boundary + "\r\n" + p)
	}
	return b.String() + "--" + boundary + "--\r\n"
}

func dvSet(parts ...string) string {
	return "Content-Type: multipart/mixed; boundary=\"set_1\"\r\n\r\n" + dvJoin("set_1", parts...)
}

// batch posts parts and reads the answers back with the standard library's
// reader, change sets flattened.
func (a dvAPI) batch(prefer string, parts ...string) (int, []dvBatchPart) {
	a.t.Helper()
	got := a.do("POST", "$batch", dvJoin("batch_1", parts...), "Content-Type", `multipart/mixed; boundary="batch_1"`, "Prefer", prefer)
	if !strings.HasPrefix(got.header.Get("Content-Type"), "multipart/mixed") {
		a.t.Fatalf("no batch answer: %d %s", got.status, got.raw)
	}
	return got.status, dvReadParts(a.t, got.header.Get("Content-Type"), bytes.NewReader(got.raw))
}

func dvReadParts(t testing.TB, contentType string, body io.Reader) []dvBatchPart {
	t.Helper()
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	var out []dvBatchPart
	for reader := multipart.NewReader(body, params["boundary"]); ; {
		p, err := reader.NextRawPart()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("read the answer of a batch: %v", err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "multipart/mixed") {
			out = append(out, dvReadParts(t, p.Header.Get("Content-Type"), p)...)
			continue
		}
		res, err := http.ReadResponse(bufio.NewReader(p), nil)
		if err != nil {
			t.Fatalf("read a part: %v", err)
		}
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		one := dvBatchPart{status: res.StatusCode, id: p.Header.Get("Content-ID")}
		if text := bytes.TrimSpace(raw); len(text) > 0 {
			if err := json.Unmarshal(text, &one.body); err != nil {
				t.Fatalf("part %s: %v", text, err)
			}
		}
		out = append(out, one)
	}
}

func dvStatuses(parts []dvBatchPart) string {
	var out []string
	for _, p := range parts {
		out = append(out, fmt.Sprint(p.status))
	}
	return strings.Join(out, " ")
}

func TestBatchAnswersEachPart(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	c := a.s.Cases[0]
	reads := []string{
		dvRequestPart("GET", "incidents("+c.ID+")?$select=title", ""),
		dvRequestPart("GET", "/api/data/v9.2/incidents("+a.s.RestrictedCaseIDs()[0]+")", ""),
		dvRequestPart("GET", a.root()+"systemusers("+a.me().SystemUserID+")/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)?@t=%7B%22%40odata.id%22%3A%22incidents("+c.ID+")%22%7D", ""),
		dvRequestPart("GET", dvLinks+"?$filter=msdyn_regardingobjectid%20eq%20'"+c.ID+"'", "", "Prefer", `odata.include-annotations="*"`),
	}
	status, parts := a.batch("odata.continue-on-error", reads...)
	if status != 200 || dvStatuses(parts) != "200 403 200 200" {
		t.Fatalf("with continue-on-error: %d, parts %s", status, dvStatuses(parts))
	}
	if parts[0].body["title"] != c.Title || parts[2].body["AccessRights"] == nil || len(parts[3].body["value"].([]any)) == 0 {
		t.Errorf("parts: %v", parts)
	}
	if !strings.Contains(fmt.Sprint(parts[3].body), "FormattedValue") {
		t.Error("the Prefer header of a part is ignored")
	}
	status, parts = a.batch("", reads...)
	if status != 403 || dvStatuses(parts) != "200 403" {
		t.Errorf("without it the batch does not stop at the first error: %d, parts %s", status, dvStatuses(parts))
	}
}

func TestChangeSetIsAtomic(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	before := len(a.get("tasks").rows())
	task := func(subject string) string { return dvRequestPart("POST", "tasks", `{"subject":"`+subject+`"}`) }
	bad := dvRequestPart("POST", "tasks", `{"nonsense":1}`)
	if _, parts := a.batch("odata.continue-on-error", dvSet(task("one"), bad, task("two")), task("three")); dvStatuses(parts) != "400 204" || parts[0].id != "2" {
		t.Errorf("parts: %s %v", dvStatuses(parts), parts)
	}
	if got := len(a.get("tasks").rows()); got != before+1 {
		t.Errorf("%d new tasks, want only the one outside the change set", got-before)
	}
	link := dvRequestPart("PATCH", "$1", `{"description":"of the same set"}`)
	bind := dvRequestPart("POST", "tasks", `{"subject":"child","regardingobjectid_incident_task@odata.bind":"$3"}`)
	parent := dvRequestPart("POST", "incidents", `{"title":"parent","customerid_account@odata.bind":"/accounts(`+a.s.Accounts[0].ID+`)"}`)
	if _, parts := a.batch("", dvSet(task("four"), link, parent, bind)); dvStatuses(parts) != "204 204 204 204" {
		t.Errorf("references to earlier requests: %s %v", dvStatuses(parts), parts)
	}
	if got := a.query("tasks", "$filter", "subject eq 'four' and description eq 'of the same set'").rows(); len(got) != 1 {
		t.Errorf("$1 did not change the new task: %v", got)
	}
	id := a.query("tasks", "$filter", "subject eq 'three'").rows()[0]["activityid"].(string)
	admin := a.as("admin")
	if _, parts := admin.batch("", dvSet(dvRequestPart("DELETE", "tasks("+id+")", ""), dvRequestPart("PATCH", "tasks("+id+")", "{}", "If-Match", "*"))); dvStatuses(parts) != "404" {
		t.Errorf("a change of what the set deleted: %s", dvStatuses(parts))
	}
	a.get("tasks(" + id + ")").want(200)
	if _, parts := a.batch("", dvSet(dvRequestPart("GET", "tasks", ""))); dvStatuses(parts) != "400" {
		t.Errorf("a read in a change set: %s", dvStatuses(parts))
	}
}

func TestBatchRefusesBadMessages(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	read := strings.Replace(dvRequestPart("GET", "WhoAmI", ""), "%s", "", 1)
	whole := "--batch_1\r\n" + read + "--batch_1--\r\n"
	many := strings.Repeat("--batch_1\r\n"+read, 1001) + "--batch_1--\r\n"
	for name, c := range map[string]struct{ contentType, body, part string }{
		"no boundary":        {"multipart/mixed", whole, "boundary"},
		"another boundary":   {"multipart/mixed; boundary=x", whole, "was not found"},
		"JSON":               {"application/json", `{"requests":[]}`, "multipart/mixed"},
		"lines without CR":   {"multipart/mixed; boundary=batch_1", strings.ReplaceAll(whole, "\r\n", "\n"), "CRLF"},
		"no closing":         {"multipart/mixed; boundary=batch_1", "--batch_1\r\n" + read, "closing boundary"},
		"too many requests":  {"multipart/mixed; boundary=batch_1", many, "exceeds the maximum of 1000"},
		"header with no sep": {"multipart/mixed; boundary=batch_1", "--batch_1\r\nnonsense\r\n\r\n--batch_1--", "header line 'nonsense'"},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.in(t)
			got := a.do("POST", "$batch", c.body, "Content-Type", c.contentType)
			if got.want(400); !strings.Contains(string(got.raw), c.part) {
				t.Errorf("%s, want %q", got.raw, c.part)
			}
		})
	}
	for name, part := range map[string]string{
		"nested batch":      dvRequestPart("POST", "$batch", "x"),
		"another host":      dvRequestPart("GET", "https://evil.example/api/data/v9.2/WhoAmI", ""),
		"bad request line":  dvRequestPart("GET", "Who AmI", ""),
		"not application":   strings.Replace(dvRequestPart("GET", "WhoAmI", ""), "application/http", "text/plain", 1),
		"not binary":        strings.Replace(dvRequestPart("GET", "WhoAmI", ""), "binary", "8bit", 1),
		"outside the root":  dvRequestPart("GET", "/main.aspx", ""),
		"unknown in a part": dvRequestPart("GET", "nonsenses", ""),
	} {
		t.Run(name, func(t *testing.T) {
			a := a.in(t)
			if _, parts := a.batch("odata.continue-on-error", part); len(parts) != 1 || parts[0].status < 400 {
				t.Errorf("parts: %v", parts)
			}
		})
	}
}
