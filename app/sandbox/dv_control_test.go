package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

func TestFaultsOfDataverseCarryItsCodes(t *testing.T) {
	t.Parallel()
	a := newDVAPI(t)
	a.s.Knobs.ThrottleKind("dataverse", 1, 23*time.Second)
	got := a.get("WhoAmI")
	got.refused(429, "0x80072322", "limit of 6000")
	if got.header.Get("Retry-After") != "23" || got.header.Get("REQ_ID") == "" {
		t.Errorf("headers %v", got.header)
	}
	for limit, code := range map[string]string{"requests": "0x80072322", "time": "0x80072321", "concurrent": "0x80072326"} {
		if err := a.s.ThrottleDataverse(limit, 1, 0); err != nil {
			t.Fatal(err)
		}
		got := a.get("WhoAmI")
		got.refused(429, code, "limit of")
		if got.header.Get("Retry-After") != "" {
			t.Errorf("%s: Retry-After %s, want none", limit, got.header.Get("Retry-After"))
		}
	}
	for status, code := range map[int]string{500: "0x80040216", 503: "", 403: "0x80040220", 404: "0x80040217", 412: "0x80060882"} {
		a.s.Knobs.Fail("dataverse", status, 1)
		a.get("WhoAmI").refused(status, code, "")
	}
	if err := a.s.ThrottleDataverse("nonsense", 1, 0); err == nil {
		t.Error("an unknown limit is taken")
	}
}

func TestDataverseKnobsOverHTTP(t *testing.T) {
	s := sandbox.New(sandbox.Options{Seed: 7, Chats: 6, Messages: 40, Cases: 6})
	server, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	turn := func(knob map[string]any) int {
		t.Helper()
		data, err := json.Marshal(knob)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), "POST", server.Control+"/knobs", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+server.Secret)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	a := dvAPI{t: t, s: s, oid: s.People[0].OID, service: "dataverse", tokens: newDVAPI(t).tokens}
	read := func(path string, header ...string) dvGot {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", a.root()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+s.Token(a.oid, "dataverse"))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		got := dvGot{t: t, status: res.StatusCode, header: res.Header}
		if err := json.NewDecoder(res.Body).Decode(&got.body); err != nil {
			t.Fatal(err)
		}
		return got
	}
	c := s.Cases[0]
	for name, knob := range map[string]map[string]any{
		"owner":      {"knob": "setowner", "row": c.ID, "value": s.People[3].SystemUserID},
		"row":        {"knob": "setrow", "table": "incident", "row": c.ID, "values": map[string]any{"title": "By a knob", "prioritycode": 1, "resolveby": "2026-12-24T18:00:00Z"}},
		"link":       {"knob": "addlink", "table": "incident", "row": c.ID, "chat": s.ListRooms()[0].ID, "persons": []string{s.People[1].UPN}},
		"join off":   {"knob": "setconfig", "table": "incident", "value": "msdyn_usercanjoinchat", "on": false},
		"no account": {"knob": "revokeread", "table": "account", "persons": []string{s.People[0].UPN}},
	} {
		if got := turn(knob); got != http.StatusNoContent {
			t.Errorf("%s: status %d", name, got)
		}
	}
	row := read("incidents(" + c.ID + ")")
	if row.text("title") != "By a knob" || row.body["_ownerid_value"] != s.People[3].SystemUserID || row.body["prioritycode"] != 1.0 || row.body["resolveby"] != "2026-12-24T18:00:00Z" {
		t.Errorf("the case after the knobs: %v", row.body)
	}
	read("accounts").refused(403, "0x80040220", "prvReadAccount")
	turn(map[string]any{"knob": "throttledataverse", "value": "time", "times": 1, "millis": 4000})
	read("WhoAmI").refused(429, "0x80072321", "1,200,000")
	for _, knob := range []map[string]any{{"knob": "setrow", "table": "nonsense"}, {"knob": "setconfig", "table": "nonsense"}, {"knob": "revokeread"}, {"knob": "teamstables"}, {"knob": "nonsense"}} {
		if got := turn(knob); got != http.StatusBadRequest {
			t.Errorf("%v: status %d, want 400", knob, got)
		}
	}
}
