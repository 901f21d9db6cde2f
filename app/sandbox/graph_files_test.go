package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// piece sends a piece of an upload, without a token, as clients must.
func (r rig) piece(method, address, span string, data []byte) got {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, address, bytes.NewReader(data))
	if err != nil {
		r.t.Fatal(err)
	}
	if span != "" {
		req.Header.Set("Content-Range", span)
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	g := got{t: r.t, what: method + " " + span, status: res.StatusCode, header: res.Header}
	if g.body, err = io.ReadAll(res.Body); err != nil {
		r.t.Fatal(err)
	}
	g.parse()
	return g
}

const unit = 320 << 10

func (r rig) session(name string) string {
	r.t.Helper()
	g := r.do("POST", "/me/drive/root:/Microsoft Teams Chat Files/"+name+":/createUploadSession", map[string]any{"item": map[string]any{"@microsoft.graph.conflictBehavior": "rename", "name": name}}).want(200)
	if !strings.HasPrefix(text(g.json, "uploadUrl"), r.Origins()["graph"]) || text(g.json, "expirationDateTime") == "" {
		r.t.Fatalf("got %s", g.body)
	}
	return text(g.json, "uploadUrl")
}

func TestUploadInPieces(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	data := make([]byte, 2*unit+777)
	for i := range data {
		data[i] = byte(i % 253)
	}
	span := func(a, b int) string { return fmt.Sprintf("bytes %d-%d/%d", a, b-1, len(data)) }
	u := r.session("a.bin")
	if g := r.piece("PUT", u, span(0, unit), data[:unit]).want(202); !strings.Contains(string(g.body), `"327680-"`) {
		t.Errorf("got %s", g.body)
	}
	for _, c := range []struct {
		name, span string
		data       []byte
		status     int
	}{
		{"the same again", span(0, unit), data[:unit], 416},
		{"a gap", span(2*unit, len(data)), data[2*unit:], 416},
		{"no range", "", data[:unit], 400},
		{"a range that is none", "bytes 1-x/2", data[:unit], 400},
		{"a length that differs", span(unit, 2*unit), data[:unit-1], 400},
		{"another total", fmt.Sprintf("bytes %d-%d/%d", unit, 2*unit-1, len(data)+1), data[unit : 2*unit], 400},
		{"no multiple of 320 KiB", span(unit, unit+1000), data[unit : unit+1000], 400},
		{"an end behind the total", fmt.Sprintf("bytes %d-%d/%d", unit, len(data), len(data)), append(bytes.Clone(data[unit:]), 1), 400},
		{"a number that is too large", "bytes 0-1/99999999999999999999", data[:2], 400},
	} {
		if g := r.piece("PUT", u, c.span, c.data); g.status != c.status {
			t.Errorf("%s: got %d %s, want %d", c.name, g.status, g.body, c.status)
		}
	}
	if g := r.piece("GET", u, "", nil).want(200); !strings.Contains(string(g.body), `"nextExpectedRanges":["327680-"]`) {
		t.Errorf("the refused pieces changed the state: %s", g.body)
	}
	r.piece("PUT", u, span(unit, 2*unit), data[unit:2*unit]).want(202)
	item := r.piece("PUT", u, span(2*unit, len(data)), data[2*unit:]).want(201)
	if text(item.json, "name") != "a.bin" || item.json["size"] != float64(len(data)) || !strings.HasSuffix(text(item.json, "parentReference/path"), "Microsoft%20Teams%20Chat%20Files") {
		t.Errorf("got %s", item.body)
	}
	r.piece("GET", u, "", nil).refused(404, "itemNotFound", "session")
	moved := r.get("/me/drive/items/" + text(item.json, "id") + "/content").want(302)
	if back := r.piece("GET", moved.header.Get("Location"), "", nil).want(200); !bytes.Equal(back.body, data) {
		t.Error("the content came back changed")
	}
	r.piece("GET", moved.header.Get("Location")+"x", "", nil).want(404)
}

func TestUploadsExpireAndAreCancelled(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	u := r.session("b.bin")
	r.clock.Add(23 * time.Hour)
	r.piece("PUT", u, fmt.Sprintf("bytes 0-%d/%d", unit-1, 2*unit), make([]byte, unit)).want(202)
	r.clock.Add(23 * time.Hour)
	r.piece("GET", u, "", nil).want(200)
	r.clock.Add(2 * time.Hour)
	r.piece("GET", u, "", nil).refused(404, "itemNotFound", "session")
	r = r.by(r.me) // the token of before has expired
	u = r.session("b.bin")
	r.piece("DELETE", u, "", nil).want(204)
	r.piece("PUT", u, "bytes 0-1/2", []byte("ab")).refused(404, "itemNotFound", "session")
	r.piece("PATCH", r.session("b.bin"), "", nil).refused(405, "invalidRequest", "method")
}

func TestFilesOfADrive(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	put := func(path, query, body string) got {
		t.Helper()
		return r.do("PUT", "/me/drive/root:/"+path+":/content"+query, body, "Content-Type", "text/plain")
	}
	one := put("Docs/a%20b.txt", "", "one").want(201)
	two := put("Docs/A%20B.txt", "", "two!").want(200)
	if text(one.json, "id") != text(two.json, "id") || two.json["size"] != 4.0 || text(one.json, "eTag") == text(two.json, "eTag") {
		t.Errorf("names differ in case only: got %s and %s", one.body, two.body)
	}
	three := put("Docs/a%20b.txt", "?@microsoft.graph.conflictBehavior=rename", "three").want(201)
	if text(three.json, "name") != "a b 1.txt" {
		t.Errorf("got %s", three.body)
	}
	put("Docs/a%20b.txt", "?@microsoft.graph.conflictBehavior=fail", "x").refused(409, "nameAlreadyExists", "")
	put("Docs/a%20b.txt", "?@microsoft.graph.conflictBehavior=maybe", "x").refused(400, "invalidRequest", "conflict")
	put("Docs/a%3Ab.txt", "", "x").want(400)
	put("Docs/a%7Cb.txt", "", "x").refused(400, "invalidRequest", "name")
	if rows := r.get("/me/drive/root:/Docs:/children").rows(); len(rows) != 2 {
		t.Errorf("got children %v", rows)
	}
	if g := r.get("/me/drive/root:/Docs/a b.txt").want(200); text(g.json, "id") != text(one.json, "id") || text(g.json, "file/mimeType") != "text/plain" {
		t.Errorf("got %s", g.body)
	}
	r.get("/me/drive/root:/Docs/c.txt").refused(404, "itemNotFound", "")
	r.get("/me/drive/banana").want(400)
	r.get("/me/drive/items/"+text(one.json, "id")+"/banana").refused(400, "BadRequest", "banana")
	r.get("/me/drive").want(200)
	r.do("DELETE", "/me/drive/root:/Docs", nil).want(204)
	r.get("/me/drive/items/"+text(one.json, "id")).refused(404, "itemNotFound", "")
	r.do("DELETE", "/me/drive/root", nil).refused(403, "accessDenied", "")
}

func TestSharingAFile(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	item := r.do("PUT", "/me/drive/root:/s.txt:/content", "shared").want(201)
	theirs := "/drives/" + text(item.json, "parentReference/driveId") + "/items/" + text(item.json, "id")
	other := r.by(r.People[1])
	other.get(theirs).refused(403, "accessDenied", "")
	invite := func(more map[string]any) got {
		body := map[string]any{"recipients": []any{map[string]any{"objectId": other.me.OID}}, "requireSignIn": true, "sendInvitation": false, "roles": []string{"read"}}
		for k, v := range more {
			body[k] = v
		}
		return r.do("POST", "/me/drive/items/"+text(item.json, "id")+"/invite", body)
	}
	invite(map[string]any{"roles": []string{"owner"}}).refused(400, "invalidRequest", "roles")
	invite(map[string]any{"recipients": []any{}}).refused(400, "invalidRequest", "recipients")
	invite(map[string]any{"message": strings.Repeat("x", 2001)}).refused(400, "invalidRequest", "2000")
	invite(map[string]any{"recipients": []any{map[string]any{"objectId": "nobody"}}}).refused(400, "invalidRequest", "recipient")
	if rows := invite(nil).rows(); len(rows) != 1 || text(rows[0], "grantedToV2/user/id") != other.me.OID {
		t.Errorf("got %v", rows)
	}
	other.get(theirs).want(200)
	other.do("DELETE", theirs, nil).refused(403, "accessDenied", "")
	other.get("/drives/"+text(item.json, "parentReference/driveId")).refused(403, "accessDenied", "")
}

func TestAChannelHasAFolderOfItsTeam(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	channel, team := r.channel("standard")
	folder := r.get("/teams/" + team + "/channels/" + escape(channel) + "/filesFolder").want(200)
	drive := "/drives/" + text(folder.json, "parentReference/driveId")
	item := r.do("PUT", drive+"/items/"+text(folder.json, "id")+":/plan.txt:/content", "plan").want(201)
	r.by(r.People[1]).get(drive + "/items/" + text(item.json, "id")).want(200)
	r.as("guest").get(drive+"/items/"+text(item.json, "id")).refused(403, "accessDenied", "")
	if text(item.json, "parentReference/driveType") != "documentLibrary" {
		t.Errorf("got %s", item.body)
	}
}
