package sandbox_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"chatpane/app/sandbox"
)

func limited(o *sandbox.Options) { o.Limits = true }

// allowed sends requests until one is refused and returns how many passed; at
// most tries.
func (r rig) allowed(tries int, one func(i int) got) int {
	r.t.Helper()
	for i := range tries {
		if g := one(i); g.status == http.StatusTooManyRequests {
			return i
		}
	}
	return tries
}

func TestEachRowOfTheLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, limited)
	var chats []string
	for len(chats) < 25 {
		r.clock.Add(time.Second)
		chats = append(chats, text(r.do("POST", "/chats", map[string]any{"chatType": "group", "topic": fmt.Sprint("Limit ", len(chats)), "members": []any{member(r.me.OID, "owner"), member(r.People[1].OID, "owner")}}).want(201).json, "id"))
	}
	r.clock.Add(time.Minute)
	channel, team := r.channel("standard")
	other := r.by(r.People[1])
	path := func(i int) string { return "/chats/" + escape(chats[i]) }
	post := map[string]any{"body": map[string]any{"content": "x"}}
	for _, c := range []struct {
		name string
		want int
		one  func(i int) got
	}{
		{"lists of chats of one person", 5, func(int) got { return r.get("/me/chats?$top=1") }},
		{"lists and single chats of one person together", 5, func(i int) got {
			if i%2 == 0 {
				return r.get(path(i))
			}
			return r.get("/me/chats?$top=1")
		}},
		{"lists of chats of many people, in the app and tenant", 30, func(i int) got { return r.by(r.People[i]).get("/me/chats?$top=1") }},
		{"what else is read of one chat, by whomever", 1, func(i int) got {
			return []rig{r, other}[i%2].get(path(0) + []string{"/members", "/pinnedMessages"}[i%2])
		}},
		{"a chat, read and read again", 1, func(int) got { return r.get(path(1)) }},
		{"reads of one chat's messages, by whomever", 1, func(i int) got { return []rig{r, other}[i%2].get(path(0) + "/messages?$top=1") }},
		{"reads of messages in the app and tenant", 20, func(i int) got { return r.get(path(i) + "/messages?$top=1") }},
		{"posts into one chat", 1, func(int) got { return r.do("POST", path(0)+"/messages", post) }},
		{"posts in the app and tenant", 20, func(i int) got { return r.do("POST", path(i)+"/messages", post) }},
		{"reads of a channel", 1, func(int) got { return r.get("/teams/" + team + "/channels/" + escape(channel) + "/messages?$top=1") }},
		{"posts into a channel", 1, func(int) got { return r.do("POST", "/teams/"+team+"/channels/"+escape(channel)+"/messages", post) }},
		{"requests of a team", 4, func(int) got { return r.get("/teams/" + team) }},
		{"lists of teams", 30, func(int) got { return r.get("/me/joinedTeams") }},
		{"presence", 100, func(int) got {
			return r.do("POST", "/communications/getPresencesByUserId", map[string]any{"ids": []string{r.me.OID}})
		}},
		{"photos", 100, func(int) got { return r.get("/me/photo") }},
	} {
		r.clock.Add(time.Minute)
		if n := r.allowed(c.want+1, c.one); n != c.want && c.want != 100 || c.want == 100 && n != 101 {
			t.Errorf("%s: %d passed, want %d", c.name, n, c.want)
		}
		r.clock.Add(time.Second)
		if g := c.one(0); g.status == http.StatusTooManyRequests {
			t.Errorf("%s: still refused after a second", c.name)
		}
	}
	r.clock.Add(time.Minute)
	adds := r.allowed(6, func(i int) got {
		r.clock.Add(2 * time.Second)
		return r.do("POST", path(0)+"/members", member(r.People[i+2].OID, "owner"))
	})
	if adds != 4 {
		t.Errorf("%d members were added to one chat in a minute, want 4", adds)
	}
}

func TestRetryAfterIsEnoughAndSometimesMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t, limited)
	path := "/chats/" + escape(r.chat("group")) + "/messages?$top=1"
	missing := 0
	for range 20 {
		r.clock.Add(time.Minute)
		r.get(path).want(200)
		g := r.get(path).refused(429, "TooManyRequests", "Please retry again later.")
		inner := g.json["error"].(map[string]any)["innerError"].(map[string]any)
		if inner["code"] != "429" || inner["status"] != "429" || inner["message"] != "Please retry after" {
			t.Errorf("got %s", g.body)
		}
		after := g.header.Get("Retry-After")
		if after == "" {
			missing++
			continue
		}
		seconds, err := strconv.Atoi(after)
		if err != nil || seconds < 1 {
			t.Fatalf("got Retry-After %q", after)
		}
		r.clock.Add(time.Duration(seconds) * time.Second)
		r.get(path).want(200)
	}
	if missing != 4 {
		t.Errorf("Retry-After was missing %d times of 20, want 4", missing)
	}
	r.clock.Add(time.Minute)
	var items []item
	for i := range 3 {
		items = append(items, item{"id": fmt.Sprint(i), "method": "GET", "url": path})
	}
	passed := 0
	for _, a := range r.batch(items...) {
		if a["status"] == 200.0 {
			passed++
		} else if a["status"] != 429.0 {
			t.Errorf("got %v", a)
		}
	}
	if passed != 1 {
		t.Errorf("%d of 3 reads of one chat passed in a batch, want 1", passed)
	}
}

func TestShortPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	chat := "/chats/" + escape(r.chat("group")) + "/messages"
	channel, team := r.channel("standard")
	for _, path := range []string{"/me/chats", chat, "/teams/" + team + "/channels/" + escape(channel) + "/messages"} {
		r.Knobs.ShortPages(0)
		want := len(r.pages(path, "$top", "50"))
		r.Knobs.ShortPages(3)
		if n := len(r.list(path, "$top", "50").rows()); n != 3 {
			t.Errorf("%s: got a page of %d", path, n)
		}
		if got := len(r.pages(path, "$top", "50")); got != want {
			t.Errorf("%s: got %d rows over short pages, want %d", path, got, want)
		}
	}
}

func TestAnswersArePackedForThoseWhoAskForIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	plain := r.get("/me/chats?$expand=members").want(200)
	if plain.header.Get("Content-Encoding") != "" {
		t.Errorf("packed without being asked: %v", plain.header)
	}
	packed := r.get("/me/chats?$expand=members", "Accept-Encoding", "deflate, gzip;q=0.8").want(200)
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) >= len(plain.body) {
		t.Fatalf("got headers %v and %d bytes", packed.header, len(packed.body))
	}
	z, err := gzip.NewReader(strings.NewReader(string(packed.body)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || string(body) != string(plain.body) {
		t.Errorf("unpacked it differs: %v", err)
	}
	if g := r.get("/me/chats?$expand=members", "Accept-Encoding", "gzip;q=0").want(200); g.header.Get("Content-Encoding") != "" {
		t.Error("packed against the client's will")
	}
	r.Knobs.HalfJSON("GET /me/chats", 1)
	half := r.get("/me/chats?$expand=members", "Accept-Encoding", "gzip").want(200)
	if z, err = gzip.NewReader(strings.NewReader(string(half.body))); err != nil {
		t.Fatal(err)
	}
	if body, err = io.ReadAll(z); err != nil || json.Valid(body) {
		t.Errorf("half an answer came whole, or not at all: %v", err)
	}
}

func TestOtherMethodsAndPaths(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	for _, c := range []struct {
		method, path, code string
		status             int
	}{
		{"PUT", "/me/chats", "UnknownError", 405},
		{"DELETE", "/me", "UnknownError", 405},
		{"GET", "/$batch", "UnknownError", 405},
		{"GET", "/search/query", "UnknownError", 405},
		{"GET", "/nothing", "BadRequest", 400},
		{"GET", "//me", "BadRequest", 400},
		{"GET", "/chats/../me", "BadRequest", 400},
		{"POST", "/chats/x/messages/1/forwardToChat", "BadRequest", 400},
	} {
		r.do(c.method, c.path, nil).refused(c.status, c.code, "")
	}
}

func TestSearchOfMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, small)
	chat := r.chat("group")
	id := r.send(chat, "<p>the quince harvest of March</p>")
	search := func(x rig, query string, more ...any) map[string]any {
		t.Helper()
		q := map[string]any{"entityTypes": []string{"chatMessage"}, "query": map[string]any{"queryString": query}, "from": 0, "size": 25}
		for i := 0; i+1 < len(more); i += 2 {
			q[more[i].(string)] = more[i+1]
		}
		g := x.do("POST", "/search/query", map[string]any{"requests": []any{q}}).want(200)
		return g.json["value"].([]any)[0].(map[string]any)["hitsContainers"].([]any)[0].(map[string]any)
	}
	for query, want := range map[string]float64{
		"quince": 1, `"quince harvest"`: 1, `"harvest quince"`: 0, "QUINCE march": 1, "quin*": 1, "quince AND harvest": 1, "quince from:Nora": 1, "quince from:Tomas": 0,
		"quince sent>=2026-11-25": 1, "quince sent>2026-11-25": 0, "quince sent<2026-11-25": 0, "quince hasAttachment:true": 0, "quince IsMentioned:true": 0, "quince IsRead:true": 1,
	} {
		if box := search(r, query); box["total"] != want {
			t.Errorf("%s: got %v hits, want %v", query, box["total"], want)
		}
	}
	hits := search(r, "quince")["hits"].([]any)
	hit := hits[0].(map[string]any)
	if text(hit, "resource/id") != id || text(hit, "resource/chatId") != chat || text(hit, "resource/from/emailAddress/address") != r.me.Mail || !strings.Contains(text(hit, "summary"), "<c0>quince</c0>") {
		t.Errorf("got %v", hit)
	}
	if box := search(r, "the", "size", 2); len(box["hits"].([]any)) != 2 || box["moreResultsAvailable"] != true {
		t.Errorf("got %v", box)
	}
	for _, p := range r.People {
		if box := search(r.by(p), "quince"); box["total"] == 1.0 != (len(r.by(p).list("/me/chats", "$filter", "topic eq 'nothing'").rows()) == 0 && inChat(r.by(p), chat)) {
			t.Errorf("%s finds %v", p.Name, box["total"])
		}
	}
	for name, body := range map[string]any{
		"26 hits on a page": map[string]any{"entityTypes": []string{"chatMessage"}, "query": map[string]any{"queryString": "x"}, "size": 26},
		"another entity":    map[string]any{"entityTypes": []string{"driveItem"}, "query": map[string]any{"queryString": "x"}},
		"no query":          map[string]any{"entityTypes": []string{"chatMessage"}},
		"a bad date":        map[string]any{"entityTypes": []string{"chatMessage"}, "query": map[string]any{"queryString": "sent>soon"}},
	} {
		if g := r.do("POST", "/search/query", map[string]any{"requests": []any{body}}); g.status != 400 {
			t.Errorf("%s: got %d", name, g.status)
		}
	}
}

func inChat(r rig, chat string) bool { return r.get("/chats/"+escape(chat)).status == 200 }

func TestRelevantPeople(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.get("/me/people?$top=4").want(200)
	if len(first.rows()) != 4 || text(first.json, "@odata.nextLink") == "" {
		t.Fatalf("got %s", first.body)
	}
	seen := map[string]bool{r.me.OID: true}
	for _, p := range r.pages("/me/people", "$top", "9") {
		if seen[text(p, "id")] {
			t.Errorf("%v came twice, or is me", p["displayName"])
		}
		seen[text(p, "id")] = true
	}
	if rows := r.list("/me/people", "$search", `"okoro"`).rows(); len(rows) != 1 {
		t.Errorf("got %v", rows)
	}
	r.list("/me/people", "$search", "x", "$skip", "1").refused(400, "BadRequest", "$skip")
}
