package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// mostHits is the largest page of a search.
const mostHits = 25

// mostSearched bounds how many messages one search looks at, newest chats first,
// so that no request keeps the sandbox busy for long.
const mostSearched = 60_000

// searchRequest is one request of POST /search/query.
type searchRequest struct {
	_           struct{} `also:"aggregationFilters aggregations collapseProperties contentSources fields queryAlterationOptions region resultTemplateOptions sharePointOneDriveOptions sortProperties" type:"searchRequest"`
	EntityTypes []string `json:"entityTypes"`
	Query       struct {
		_    struct{} `also:"queryTemplate" type:"searchQuery"`
		Text string   `json:"queryString"`
	} `json:"query"`
	From         int  `json:"from"`
	Size         *int `json:"size"`
	EnableTop    bool `json:"enableTopResults"`
	TrimDuplicat bool `json:"trimDuplicates"`
}

// searchQuery searches the caller's messages; with the channel scope those of
// channels too.
func (c *call) searchQuery() (answer, error) {
	var in struct {
		Requests []searchRequest `json:"requests"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	if len(in.Requests) != 1 {
		return answer{}, badRequest("SearchRequest Invalid (Number of requests must be 1).")
	}
	q := in.Requests[0]
	size := mostHits
	if q.Size != nil {
		size = *q.Size
	}
	switch {
	case len(q.EntityTypes) != 1 || q.EntityTypes[0] != "chatMessage":
		return answer{}, badRequest("SearchRequest Invalid (Unsupported entity type combination: the sandbox searches chatMessage only).")
	case size < 1 || size > mostHits:
		return answer{}, badRequest("SearchRequest Invalid (Size must be between 1 and %d for chatMessage).", mostHits)
	case q.From < 0:
		return answer{}, badRequest("SearchRequest Invalid (From must not be negative).")
	case strings.TrimSpace(q.Query.Text) == "":
		return answer{}, badRequest("SearchRequest Invalid (Query string is missing).")
	}
	k, err := readKQL(q.Query.Text)
	if err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	hits := c.search(k)
	total := len(hits)
	hits = hits[min(q.From, total):]
	more := len(hits) > size
	rows := []any{}
	for i, h := range hits[:min(size, len(hits))] {
		rows = append(rows, c.hitRow(h, k, q.From+i+1))
	}
	body := map[string]any{"@odata.context": c.context("Collection(microsoft.graph.searchResponse)"), "value": []any{map[string]any{
		"searchTerms":    k.words,
		"hitsContainers": []any{map[string]any{"hits": rows, "total": total, "moreResultsAvailable": more}}}}}
	return answer{status: http.StatusOK, body: body}, nil
}

// hit is a message that was found.
type hit struct {
	r *room
	m *message
}

// search finds what the caller may see, newest first. The lock is held.
func (c *call) search(k kql) []hit {
	rooms := slices.Clone(c.of[c.me.OID])
	if c.scope.has("ChannelMessage.Read.All") {
		for _, t := range c.teamList {
			for _, ch := range t.channels {
				if ch.sees(c.me) {
					rooms = append(rooms, ch.room)
				}
			}
		}
	}
	newest := func(r *room) int64 {
		if i := r.last(); i >= 0 {
			return r.entries[i].created
		}
		return 0
	}
	slices.SortFunc(rooms, func(a, b *room) int { return int(min(1, max(-1, newest(b)-newest(a)))) })
	var out []hit
	left := mostSearched
	for _, r := range rooms {
		me := r.member(c.me)
		for i := r.last(); i >= 0 && left > 0; i-- {
			left--
			if m := c.message(r, i); m.event == nil && m.deleted == 0 && me.sees(m.created) && k.matches(c.me, me, m) {
				out = append(out, hit{r, m})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b hit) int { return int(min(1, max(-1, b.m.created-a.m.created))) })
	return out
}

func (c *call) hitRow(h hit, k kql, rank int) map[string]any {
	resource := map[string]any{"@odata.type": "#microsoft.graph.chatMessage", "id": h.m.id(), "createdDateTime": stampText(h.m.created),
		"lastModifiedDateTime": stampText(h.m.modified), "importance": h.m.importance, "subject": orNull(h.m.subject), "etag": stampDigits(h.m.modified),
		"webLink": "https://teams.microsoft.com/l/message/" + url.PathEscape(h.r.id) + "/" + h.m.id()}
	if h.r.channel != nil {
		resource["channelIdentity"] = map[string]any{"channelId": h.r.id, "teamId": h.r.channel.team.id}
	} else {
		resource["chatId"], resource["channelIdentity"] = h.r.id, map[string]any{}
	}
	if h.m.author != nil {
		resource["from"] = map[string]any{"emailAddress": map[string]any{"name": h.m.author.Name, "address": h.m.author.Mail}}
	}
	return map[string]any{"hitId": h.r.id + "/" + h.m.id(), "rank": rank, "summary": k.summary(plain(h.m.body)), "resource": resource}
}

// kql is a search in the keyword query language, as far as it is played: words,
// phrases, from:, hasAttachment:, IsMentioned:, IsRead:, mentions: and sent.
type kql struct {
	words                       []string // lower case; one with "*" at its end is a beginning
	from                        string
	attachment, mentioned, read *bool
	mentions                    string // object id without hyphens
	after, before               int64  // Unix milliseconds, exclusive; 0: open
}

var kqlTerm = regexp.MustCompile(`(?i)^(from|to|hasAttachment|IsRead|IsMentioned|mentions|sent)\s*([:<>]=?|=)\s*(.+)$`)

// kqlParts splits at spaces outside of quotes.
func kqlParts(text string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
			b.WriteRune(r)
		case !quoted && (r == ' ' || r == '\t' || r == '\n'):
			if b.Len() > 0 {
				out = append(out, b.String())
			}
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() > 0 {
		out = append(out, b.String())
	}
	return out
}

func readKQL(text string) (kql, error) {
	k := kql{words: []string{}}
	for _, part := range kqlParts(text) {
		if part == "AND" {
			continue
		}
		m := kqlTerm.FindStringSubmatch(part)
		if m == nil {
			if word := strings.ToLower(strings.Trim(part, `"`)); word != "" {
				k.words = append(k.words, word)
			}
			continue
		}
		value := strings.Trim(m[3], `"`)
		if err := k.property(strings.ToLower(m[1]), m[2], value); err != nil {
			return k, err
		}
	}
	return k, nil
}

func (k *kql) property(name, op, value string) error {
	flag := func() *bool { b := strings.EqualFold(value, "true"); return &b }
	switch name {
	case "from":
		k.from = strings.ToLower(value)
	case "hasattachment":
		k.attachment = flag()
	case "isread":
		k.read = flag()
	case "ismentioned":
		k.mentioned = flag()
	case "mentions":
		k.mentions = strings.ToLower(strings.ReplaceAll(value, "-", ""))
	case "sent":
		at, err := time.Parse("2006-01-02", value[:min(len(value), 10)])
		if err != nil {
			return badRequest("SearchRequest Invalid (Bad date '%s' in the query).", value)
		}
		ms, day := at.UnixMilli(), int64(24*time.Hour/time.Millisecond)
		switch op {
		case ">":
			k.after = ms + day - 1
		case ">=":
			k.after = ms - 1
		case "<":
			k.before = ms
		case "<=":
			k.before = ms + day
		default:
			k.after, k.before = ms-1, ms+day
		}
	}
	return nil
}

// matches reports whether a message fits. me is the caller's membership.
func (k kql) matches(p *Person, me *membership, m *message) bool {
	if k.after != 0 && m.created <= k.after || k.before != 0 && m.created >= k.before {
		return false
	}
	if k.from != "" && (m.author == nil || !strings.Contains(strings.ToLower(m.author.Name+" "+m.author.Mail), k.from)) {
		return false
	}
	if k.attachment != nil && *k.attachment != (len(m.attachments) > 0) || k.read != nil && *k.read != (me.read >= m.created) {
		return false
	}
	named := func(want string) bool {
		return slices.ContainsFunc(m.mentions, func(x map[string]any) bool {
			who, _ := x["mentioned"].(map[string]any)
			user, _ := who["user"].(map[string]any)
			id, _ := user["id"].(string)
			return strings.ReplaceAll(strings.ToLower(id), "-", "") == want
		})
	}
	if k.mentioned != nil && *k.mentioned != named(strings.ReplaceAll(p.OID, "-", "")) || k.mentions != "" && !named(k.mentions) {
		return false
	}
	if len(k.words) == 0 {
		return true
	}
	text := strings.ToLower(plain(m.body))
	return !slices.ContainsFunc(k.words, func(w string) bool { return !strings.Contains(text, strings.TrimSuffix(w, "*")) })
}

// summary is the text around the first word found, which is marked.
func (k kql) summary(text string) string {
	text = strings.TrimSpace(text)
	for _, w := range k.words {
		w = strings.TrimSuffix(w, "*")
		at := strings.Index(strings.ToLower(text), w)
		if at < 0 || at+len(w) > len(text) || w == "" {
			continue
		}
		return text[:at] + "<c0>" + text[at:at+len(w)] + "</c0>" + text[at+len(w):]
	}
	return text
}
