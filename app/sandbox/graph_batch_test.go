package sandbox_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// item is a request of a $batch.
type item map[string]any

// batch sends items and returns the answers by id.
func (r rig) batch(items ...item) map[string]map[string]any {
	r.t.Helper()
	g := r.do("POST", "/$batch", map[string]any{"requests": items}).want(200)
	out := map[string]map[string]any{}
	for _, a := range g.json["responses"].([]any) {
		a := a.(map[string]any)
		out[a["id"].(string)] = a
	}
	if len(out) != len(items) {
		r.t.Fatalf("got %d answers to %d items", len(out), len(items))
	}
	return out
}

func TestBatchItemsHaveTheirOwnStatus(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := r.chat("group")
	json1 := map[string]any{"Content-Type": "application/json"}
	a := r.batch(
		item{"id": "1", "method": "GET", "url": "/me"},
		item{"id": "2", "method": "GET", "url": "/chats/" + escape(r.foreign())},
		item{"id": "3", "method": "GET", "url": "chats/19%3Anone%40thread.v2"},
		item{"id": "4", "method": "POST", "url": "/chats/" + escape(chat) + "/messages", "headers": json1, "body": map[string]any{"body": map[string]any{"content": "batched"}}},
		item{"id": "5", "method": "GET", "url": "/chats/" + escape(chat) + "?$expand=members", "dependsOn": []string{"4"}},
		item{"id": "6", "method": "GET", "url": "/me", "dependsOn": []string{"2"}},
		item{"id": "7", "method": "GET", "url": "/me/photo/$value"},
		item{"id": "8", "method": "GET", "url": "/chats/" + escape(chat) + "/messages?$top=1&$orderby=createdDateTime%20desc", "headers": map[string]any{"Prefer": "include-unknown-enum-members"}},
		item{"id": "9", "method": "GET", "url": "/me", "headers": map[string]any{}, "body": map[string]any{}}, // as Microsoft's Go SDK sends it
	)
	for id, want := range map[string]float64{"1": 200, "2": 403, "3": 404, "4": 201, "5": 200, "6": 424, "7": 200, "8": 200, "9": 200} {
		if a[id]["status"] != want {
			t.Errorf("item %s: got status %v, want %v: %v", id, a[id]["status"], want, a[id]["body"])
		}
	}
	if text(a["1"], "body/id") != r.me.OID || text(a["1"], "headers/Content-Type") != "application/json" {
		t.Errorf("got %v", a["1"])
	}
	if s, ok := a["7"]["body"].(string); !ok || s[:8] != "iVBORw0K" {
		t.Errorf("a photo in a batch is not base64: %v", a["7"]["headers"])
	}
	if n := r.CountMessages(chat, "batched"); n != 1 {
		t.Errorf("got %d messages, want 1", n)
	}
}

func TestBatchRefusesItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var many []item
	for i := range 21 {
		many = append(many, item{"id": fmt.Sprint(i), "method": "GET", "url": "/me"})
	}
	for name, items := range map[string][]item{
		"more than 20":          many,
		"none":                  {},
		"the same id twice":     {{"id": "1", "method": "GET", "url": "/me"}, {"id": "1", "method": "GET", "url": "/me"}},
		"no id":                 {{"method": "GET", "url": "/me"}},
		"no address":            {{"id": "1", "method": "GET"}},
		"a body without a type": {{"id": "1", "method": "POST", "url": "/chats", "body": item{}}},
		"a dependency to come":  {{"id": "1", "method": "GET", "url": "/me", "dependsOn": []string{"2"}}, {"id": "2", "method": "GET", "url": "/me"}},
	} {
		if g := r.do("POST", "/$batch", map[string]any{"requests": items}); g.status != 400 {
			t.Errorf("%s: got status %d", name, g.status)
		}
	}
	a := r.batch(item{"id": "1", "method": "GET", "url": "/$batch"})
	if a["1"]["status"] != 400.0 {
		t.Errorf("a batch in a batch: got %v", a["1"])
	}
	r.token = "none"
	r.do("POST", "/$batch", map[string]any{"requests": []item{{"id": "1", "method": "GET", "url": "/me"}}}).want(401)
}

func TestFaultsHitSingleBatchItems(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Knobs.ThrottleKind("graph GET /me", 1, 7*time.Second)
	a := r.batch(item{"id": "a", "method": "GET", "url": "/me"}, item{"id": "b", "method": "GET", "url": "/me"})
	if a["a"]["status"] != 429.0 || text(a["a"], "headers/Retry-After") != "7" || a["b"]["status"] != 200.0 {
		t.Errorf("got %v", a)
	}
}

func FuzzBatch(f *testing.F) {
	f.Add([]byte(`{"requests":[{"id":"1","method":"GET","url":"/me/chats?$top=2"},{"id":"2","method":"POST","url":"/chats","headers":{"Content-Type":"application/json"},"body":{"chatType":"group"},"dependsOn":["1"]}]}`))
	f.Add([]byte(`{"requests":[{"id":"1","method":"get x","url":"http://[::1"}]}`))
	f.Add([]byte(`{"requests":null}`))
	r := newRig(f, small)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := r
		r.t = t
		g := r.do("POST", "/$batch", string(body))
		switch g.status {
		case 200:
			var out struct {
				Responses []struct {
					ID     string `json:"id"`
					Status int    `json:"status"`
				} `json:"responses"`
			}
			if err := json.Unmarshal(g.body, &out); err != nil || len(out.Responses) == 0 || len(out.Responses) > 20 {
				t.Fatalf("got %s", g.body)
			}
			for _, a := range out.Responses {
				if a.ID == "" || a.Status < 100 || a.Status == 500 {
					t.Fatalf("got answer %+v", a)
				}
			}
		case 400, 413:
		default:
			t.Fatalf("got status %d: %s", g.status, g.body)
		}
	})
}

func FuzzQueryOptions(f *testing.F) {
	f.Add("$top=5&$orderby=createdDateTime%20desc&$filter=createdDateTime%20lt%202026-01-01T00:00:00Z")
	f.Add("$skiptoken=AAAA&$expand=members,lastMessagePreview")
	f.Add("%24top=-1&$filter=topic eq ''''&;")
	r := newRig(f, small)
	chat := escape(r.chat("group"))
	f.Fuzz(func(t *testing.T, query string) {
		r := r
		r.t = t
		for _, path := range []string{"/me/chats", "/chats/" + chat + "/messages", "/users", "/chats/" + chat} {
			g, err := r.try("GET", path+"?"+escapeQuery(query), nil, "ConsistencyLevel", "eventual")
			if err != nil {
				t.Skip("not a request")
			}
			if g.status != 200 && g.status != 400 {
				t.Fatalf("%s: got status %d: %s", g.what, g.status, g.body)
			}
			if value, ok := g.json["value"].([]any); g.status == 200 && ok && len(value) > 50 && path != "/users" {
				t.Fatalf("%s: got a page of %d", g.what, len(value))
			}
		}
	})
}
