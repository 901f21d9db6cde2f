package sandbox

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// expand reads $expand of chats.
func (c *call) expand() ([]string, error) {
	var out []string
	for _, name := range strings.Split(c.query.Get("$expand"), ",") {
		switch name = strings.TrimSpace(name); name {
		case "":
		case "members", "lastMessagePreview":
			out = append(out, name)
		default:
			return nil, badRequest("Query option 'Expand' does not support '%s' for this request.", name)
		}
	}
	return out, nil
}

// chatList is what a list of chats was asked for.
type chatList struct {
	top     int
	preview bool // ordered by the newest message
	expand  []string
	keep    func(*room) bool
	after   cursor
	going   bool // after is set
}

func (c *call) chatList() (l chatList, err error) {
	if err = c.allow("expand", "top", "orderby", "filter", "select", "skiptoken"); err != nil {
		return l, err
	}
	if err = c.selects("chat"); err != nil {
		return l, err
	}
	if l.top, err = c.top(20, 50); err != nil {
		return l, err
	}
	if c.query.Has("$orderby") && c.Knobs.refusesOrder() {
		return l, badRequest("Parameter 'OrderBy' not supported for this request.")
	}
	by, err := order(c.query.Get("$orderby"), "", "lastMessagePreview/createdDateTime")
	if err != nil {
		return l, err
	}
	l.preview = by != ""
	if l.expand, err = c.expand(); err != nil {
		return l, err
	}
	if l.keep, err = chatFilter(c.query.Get("$filter")); err != nil {
		return l, err
	}
	l.after, l.going, err = c.skipToken()
	return l, err
}

// key is what a list sorts by: the newest message, or without $orderby the last
// change of the chat itself, because nothing else is documented.
func (l chatList) key(r *room) cursor {
	at := r.updated.UnixMilli()
	if l.preview {
		at = r.created.UnixMilli()
		if i := r.last(); i >= 0 {
			at = r.entries[i].created
		}
	}
	return cursor{at, r.id}
}

// listChats lists the caller's chats, newest first. Pages after the first are
// one row short, and a full last page has a next link to an empty one: both are
// legal and clients must bear them.
func (c *call) listChats() (answer, error) {
	if p, err := c.pathUser(); err != nil || p == nil || p != c.me {
		return answer{}, otherUser()
	}
	l, err := c.chatList()
	if err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	size := c.pageSize(l.top, l.going)
	found := newest{most: size}
	for _, r := range c.of[c.me.OID] {
		at := l.key(r)
		if l.keep(r) && (!l.going || at.key < l.after.key || at.key == l.after.key && at.id > l.after.id) {
			found.offer(chatAt{at, r})
		}
	}
	next := ""
	if len(found.rows) >= size {
		next = c.nextLink(found.rows[size-1].at)
	}
	choice := c.chatSelect(l.expand)
	rows := make([][]byte, 0, len(found.rows))
	for _, f := range found.rows {
		if choice == "" {
			rows = append(rows, c.chatRow(f.r, l.expand))
			continue
		}
		rows = append(rows, encoded(selected(c.renderChat(f.r, l.expand), choice)))
	}
	return c.rawPage("chats", rows, next), nil
}

// chatAt is a chat and its place in a list.
type chatAt struct {
	at cursor
	r  *room
}

// newest keeps the first rows of a list without sorting the rest.
type newest struct {
	most int
	rows []chatAt
}

func (n *newest) offer(x chatAt) {
	at, _ := slices.BinarySearchFunc(n.rows, x, func(a, b chatAt) int {
		return cmp.Or(cmp.Compare(b.at.key, a.at.key), strings.Compare(a.at.id, b.at.id))
	})
	if at == n.most {
		return
	}
	if len(n.rows) == n.most {
		n.rows = n.rows[:n.most-1]
	}
	n.rows = slices.Insert(n.rows, at, x)
}

// pageSize is how many rows a page takes: one less after the first, or what a
// knob says. Short pages with a next link are legal and clients must bear them.
func (c *call) pageSize(top int, going bool) int {
	if short := c.Knobs.pageRows(); short > 0 {
		return min(top, short)
	}
	if going && top > 10 {
		return top - 1
	}
	return top
}

// chatSelect keeps what was expanded when $select names other properties.
func (c *call) chatSelect(expand []string) string {
	list := c.query.Get("$select")
	if list == "" {
		return ""
	}
	return strings.Join(append(expand, list), ",")
}

func (c *call) getChat() (answer, error) {
	if err := c.allow("expand", "select"); err != nil {
		return answer{}, err
	}
	if err := c.selects("chat"); err != nil {
		return answer{}, err
	}
	expand, err := c.expand()
	if err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, _, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	return c.oneChat(http.StatusOK, r, expand), nil
}

func (c *call) oneChat(status int, r *room, expand []string) answer {
	row := selected(c.renderChat(r, expand), c.chatSelect(expand))
	row["@odata.context"] = c.context("chats/$entity")
	return answer{status: status, body: row}
}

// newMember is a member in a request.
type newMember struct {
	_       struct{} `also:"id displayName email userId user" type:"conversationMember"`
	Type    string   `json:"@odata.type"`
	Bind    string   `json:"user@odata.bind"`
	Roles   []string `json:"roles"`
	History *string  `json:"visibleHistoryStartDateTime"`
	Tenant  string   `json:"tenantId"`
}

var bindPath = regexp.MustCompile(`^(?:https?://[^/]+/(?:v1\.0|beta)/)?users(?:\('([^']+)'\)|/([^/]+))$`)

// bound finds the person a request member means and checks its roles.
func (c *call) bound(m newMember) (*Person, error) {
	if m.Type != "#microsoft.graph.aadUserConversationMember" {
		return nil, badRequest("Bad Request: '@odata.type' must be '#microsoft.graph.aadUserConversationMember'.")
	}
	parts := bindPath.FindStringSubmatch(m.Bind)
	if parts == nil {
		return nil, badRequest("Invalid user bind value '%s'.", m.Bind)
	}
	p := c.person(cmp.Or(parts[1], parts[2]))
	switch {
	case p == nil:
		return nil, notFound("User '%s' was not found.", cmp.Or(parts[1], parts[2]))
	case len(m.Roles) == 0:
		return nil, badRequest("Invalid roles specified for member.")
	case len(m.Roles) > 1 || m.Roles[0] != "owner" && m.Roles[0] != "guest", (p.Role == "guest") != (m.Roles[0] == "guest"):
		return nil, badRequest("Invalid roles specified for member. Members must be 'owner', guests of the tenant 'guest'.")
	}
	return p, nil
}

// createChat makes a group every time, and a 1:1 chat once for each pair.
func (c *call) createChat() (answer, error) {
	var in struct {
		_        struct{}    `also:"id createdDateTime lastUpdatedDateTime webUrl tenantId onlineMeetingInfo viewpoint isHiddenForAllMembers migrationMode originalCreatedDateTime lastMessagePreview installedApps tabs messages pinnedMessages permissionGrants operations" type:"chat"`
		ChatType string      `json:"chatType"`
		Topic    *string     `json:"topic"`
		Members  []newMember `json:"members"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	var people []*Person
	for _, m := range in.Members {
		p, err := c.bound(m)
		if err != nil {
			return answer{}, err
		}
		if slices.Contains(people, p) {
			return answer{}, badRequest("Duplicate chat members is specified in the request body.")
		}
		people = append(people, p)
	}
	topic := ""
	if in.Topic != nil {
		topic = *in.Topic
	}
	switch {
	case in.ChatType != "group" && in.ChatType != "oneOnOne":
		return answer{}, badRequest("Invalid value for chatType: '%s'.", in.ChatType)
	case !slices.Contains(people, c.me):
		return answer{}, badRequest("The caller must be one of the members specified in request body.")
	case len(people) < 2, in.ChatType == "oneOnOne" && len(people) != 2:
		return answer{}, badRequest("Invalid number of members for a chat of type '%s'.", in.ChatType)
	case in.ChatType == "oneOnOne" && topic != "":
		return answer{}, badRequest("Topic can only be set for group chats.")
	}
	if err := checkTopic(topic); err != nil {
		return answer{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if in.ChatType == "oneOnOne" {
		a, b := people[0].OID, people[1].OID
		if r := c.pairs[min(a, b)+max(a, b)]; r != nil {
			return c.oneChat(http.StatusCreated, r, nil), nil
		}
	}
	r := c.newRoom(in.ChatType, topic, c.Now().Truncate(time.Millisecond), people)
	return c.oneChat(http.StatusCreated, r, nil), nil
}

// checkTopic refuses what Teams does not take as a name.
func checkTopic(topic string) error {
	if utf8.RuneCountInString(topic) > 250 || strings.ContainsRune(topic, ':') {
		return badRequest("Topic must have at most 250 characters and no ':'.")
	}
	return nil
}

func (c *call) renameChat() (answer, error) {
	var in struct {
		_     struct{} `also:"chatType members id createdDateTime lastUpdatedDateTime webUrl tenantId onlineMeetingInfo viewpoint isHiddenForAllMembers migrationMode originalCreatedDateTime lastMessagePreview installedApps tabs messages pinnedMessages permissionGrants operations" type:"chat"`
		Topic *string  `json:"topic"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	if in.Topic == nil || strings.TrimSpace(*in.Topic) == "" {
		return answer{}, badRequest("Topic is missing.")
	}
	if err := checkTopic(*in.Topic); err != nil {
		return answer{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, _, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	if r.kind != "group" {
		return answer{}, badRequest("Topic can only be set for group chats.")
	}
	c.rename(r, c.me, *in.Topic)
	return c.oneChat(http.StatusOK, r, nil), nil
}

// viewpoint reads the body of the calls about one's own view of a chat.
func (c *call) viewpoint() (at *time.Time, err error) {
	var in struct {
		User struct {
			_      struct{} `also:"displayName userIdentityType" type:"teamworkUserIdentity"`
			ID     string   `json:"id"`
			Tenant string   `json:"tenantId"`
		} `json:"user"`
		Read *time.Time `json:"lastMessageReadDateTime"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if in.User.ID == "" {
		return nil, badRequest("The user is missing.")
	}
	if in.User.Tenant != "" && !strings.EqualFold(in.User.Tenant, c.TenantID) {
		return nil, badRequest("The tenant of the user is not that of the caller.")
	}
	if !strings.EqualFold(in.User.ID, c.me.OID) {
		return nil, &graphError{status: http.StatusForbidden, code: "Forbidden", message: "The user in the request body must be the signed-in user."}
	}
	return in.Read, nil
}

// view changes the caller's own view of a chat.
func (c *call) view(change func(*room, *membership, *time.Time)) (answer, error) {
	at, err := c.viewpoint()
	if err != nil {
		return answer{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, m, err := c.inChat()
	if err != nil {
		return answer{}, err
	}
	change(r, m, at)
	return done()
}

func (c *call) markRead() (answer, error) {
	return c.view(func(r *room, m *membership, _ *time.Time) {
		if i := r.last(); i >= 0 {
			m.read = max(m.read, r.entries[i].created)
		}
	})
}

// markUnread moves the viewpoint back: to the given time, or before the newest
// message.
func (c *call) markUnread() (answer, error) {
	return c.view(func(r *room, m *membership, at *time.Time) {
		switch i := r.last(); {
		case at != nil:
			m.read = max(0, at.UnixMilli())
		case i > 0:
			m.read = r.entries[i-1].created
		default:
			m.read = 0
		}
	})
}

func (c *call) hide() (answer, error) {
	return c.view(func(_ *room, m *membership, _ *time.Time) { m.hidden = true })
}

func (c *call) unhide() (answer, error) {
	return c.view(func(_ *room, m *membership, _ *time.Time) { m.hidden = false })
}
