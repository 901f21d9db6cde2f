package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// inChannel finds the channel of the path and the caller's membership. The lock
// is held.
func (c *call) inChannel() (*room, *membership, error) {
	t := c.teams[c.r.PathValue("team")]
	if t == nil {
		return nil, nil, noTeam(c.r.PathValue("team"))
	}
	for _, ch := range t.channels {
		if ch.room.id != c.r.PathValue("channel") {
			continue
		}
		m := ch.room.member(c.me)
		if m == nil {
			return nil, nil, notMember(c.me, ch.room)
		}
		return ch.room, m, nil
	}
	return nil, nil, notFound("NotFound")
}

func noTeam(id string) *graphError { return notFound("No team found with Group Id %s", id) }

// inTeam finds the team of the path. Only its members see it; who is only in a
// shared channel of it does not. The lock is held.
func (c *call) inTeam() (*graphTeam, error) {
	t := c.teams[c.r.PathValue("team")]
	if t == nil {
		return nil, noTeam(c.r.PathValue("team"))
	}
	if !slices.Contains(t.people, c.me) {
		return nil, &graphError{status: http.StatusForbidden, code: "Forbidden", message: "Failed to execute request: the user is not a member of the team " + t.id + "."}
	}
	return t, nil
}

// inChannelForm turns the form of a chat's message into that of a channel's.
func (c *call) inChannelForm(out *messageJSON, r *room, m *message) {
	out.ChatID = nil
	out.ChannelIdentity = map[string]any{"teamId": r.channel.team.id, "channelId": r.id}
	link := "https://teams.microsoft.com/l/message/" + url.PathEscape(r.id) + "/" + m.id() + "?groupId=" + r.channel.team.id + "&tenantId=" + c.TenantID
	out.WebURL = &link
	if m.subject != "" {
		out.Subject = &m.subject
	}
	if i, ok := r.find(m.id()); ok && int(r.roots[i]) != i {
		root := stampDigits(r.entries[r.roots[i]].created)
		out.ReplyToID = &root
	}
}

// messagePath is the absolute address of a message. The lock is held.
func (c *call) messagePath(r *room, m *message) string {
	if r.channel == nil {
		return c.base() + "/chats/" + r.id + "/messages/" + m.id()
	}
	at := c.base() + "/teams/" + r.channel.team.id + "/channels/" + r.id + "/messages/"
	if i, ok := r.find(m.id()); ok && int(r.roots[i]) != i {
		return at + stampDigits(r.entries[r.roots[i]].created) + "/replies/" + m.id()
	}
	return at + m.id()
}

// thread is a post of a channel with its replies, oldest first.
type thread struct {
	root    int
	replies []int
	active  int64 // creation of its newest message
}

// threads are the posts of a channel that a member sees, the most lately active
// first.
func (r *room) threads() []thread {
	var out []thread
	at := map[int32]int{}
	for i, root := range r.roots {
		if int(root) == i {
			at[root] = len(out)
			out = append(out, thread{root: i, active: r.entries[i].created})
			continue
		}
		t := &out[at[root]]
		t.replies, t.active = append(t.replies, i), r.entries[i].created
	}
	slices.SortStableFunc(out, func(a, b thread) int {
		if a.active != b.active {
			return int(min(1, max(-1, b.active-a.active)))
		}
		return b.root - a.root
	})
	return out
}

// listPosts lists the posts of a channel, with $expand=replies their replies.
func (c *call) listPosts() (answer, error) {
	if err := c.allow("top", "expand", "skiptoken"); err != nil {
		return answer{}, err
	}
	top, err := c.top(20, 50)
	if err != nil {
		return answer{}, err
	}
	if e := c.query.Get("$expand"); e != "" && e != "replies" {
		return answer{}, badRequest("Query option 'Expand' does not support '%s' for this request.", e)
	}
	after, going, err := c.skipToken()
	if err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, _, err := c.inChannel()
	if err != nil {
		return answer{}, err
	}
	all := r.threads()
	if going {
		all = slices.DeleteFunc(all, func(t thread) bool {
			return t.active > after.key || t.active == after.key && stampDigits(r.entries[t.root].created) >= after.id
		})
	}
	size, next := c.pageSize(top, going), ""
	if len(all) > size {
		all = all[:size]
		last := all[size-1]
		next = c.nextLink(cursor{last.active, stampDigits(r.entries[last.root].created)})
	}
	rows := make([][]byte, 0, len(all))
	for _, t := range all {
		row := c.messageRow(r, t.root)
		if c.query.Has("$expand") {
			row = c.withReplies(r, t, row)
		}
		rows = append(rows, row)
	}
	return c.rawPage(contextOf(r)+"/messages", rows, next), nil
}

// mostReplies is how many replies $expand gives of one post.
const mostReplies = 200

func (c *call) withReplies(r *room, t thread, row []byte) []byte {
	b := append(slices.Clone(row[:len(row)-1]), `,"replies@odata.context":`...)
	b = append(append(b, encoded(c.context(contextOf(r)+"/messages('"+stampDigits(r.entries[t.root].created)+"')/replies"))...), `,"replies@odata.count":`...)
	b = strconv.AppendInt(b, int64(len(t.replies)), 10)
	b = append(b, `,"replies":[`...)
	for n := range min(mostReplies, len(t.replies)) {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, c.messageRow(r, t.replies[len(t.replies)-1-n])...)
	}
	b = append(b, ']')
	if len(t.replies) > mostReplies {
		last := r.entries[t.replies[len(t.replies)-mostReplies]].created
		b = append(b, `,"replies@odata.nextLink":`...)
		b = append(b, encoded(c.messagePath(r, c.message(r, t.root))+"/replies?$skiptoken="+cursor{last, ""}.token())...)
	}
	return append(b, '}')
}

// listReplies lists the replies of a post, newest first.
func (c *call) listReplies() (answer, error) {
	if err := c.allow("top", "skiptoken"); err != nil {
		return answer{}, err
	}
	top, err := c.top(20, 50)
	if err != nil {
		return answer{}, err
	}
	after, going, err := c.skipToken()
	if err != nil {
		return answer{}, err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, root, err := c.inMessage()
	if err != nil {
		return answer{}, err
	}
	size := c.pageSize(top, going)
	var rows [][]byte
	next := ""
	for i := len(r.entries) - 1; i > root; i-- {
		if int(r.roots[i]) != root || going && r.entries[i].created >= after.key {
			continue
		}
		rows = append(rows, c.messageRow(r, i))
		if len(rows) == size {
			next = c.nextLink(cursor{r.entries[i].created, ""})
			break
		}
	}
	return c.rawPage(contextOf(r)+"/messages('"+c.r.PathValue("message")+"')/replies", rows, next), nil
}

// postReply answers a post.
func (c *call) postReply() (answer, error) {
	m, err := c.newMessage()
	if err != nil {
		return answer{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, root, err := c.inMessage()
	if err != nil {
		return answer{}, err
	}
	if m.subject != "" {
		return answer{}, badRequest("Subject is only allowed on the first message of a thread.")
	}
	c.writeReply(r, root, m)
	return c.oneMessage(http.StatusCreated, r, m), nil
}

// writeReply puts a message below a post. The lock is held.
func (w *World) writeReply(r *room, root int, m *message) {
	w.stampMessage(r, m)
	r.add(m)
	r.roots[len(r.roots)-1] = int32(root)
	w.note(r, r.last(), changeCreated)
}

// announceChannel writes the first message of a new channel. The lock is held.
func (w *World) announceChannel(r *room, by *Person) {
	at := r.stamp(w.Now().Truncate(time.Millisecond))
	r.add(&message{created: at, modified: at, event: &event{kind: "channelAdded", initiator: by}, contentType: "html", importance: "normal"})
}
