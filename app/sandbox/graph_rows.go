package sandbox

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// jsonKind is the content type of Graph's JSON.
const jsonKind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// encoded is v as Microsoft writes JSON: no HTML escapes, no line end.
func encoded(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return []byte("null") // our own plain types never fail
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// rowKey is one rendering of one state of a message. Every change of a message
// moves its modification, so a kept row is never out of date.
type rowKey struct {
	room, entry int
	modified    int64
	modern      bool
	short       bool // as the preview of its chat
}

// rows keeps encoded messages, because the sandbox must never be what limits a
// benchmark. It holds at most maxRows and starts anew when full.
type rows struct {
	mu   sync.Mutex // guards the rest
	base string     // the rows hold links that begin with it
	kept map[rowKey][]byte
}

const maxRows = 20_000

func (k *rows) get(base string, key rowKey) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.base != base {
		return nil
	}
	return k.kept[key]
}

func (k *rows) put(base string, key rowKey, row []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.base != base || len(k.kept) >= maxRows {
		k.base, k.kept = base, map[rowKey][]byte{}
	}
	k.kept[key] = row
}

// messageRow is entry i of a room, encoded. The lock is held.
func (c *call) messageRow(r *room, i int) []byte {
	key := rowKey{r.number, i, r.entries[i].modified, c.modern(), false}
	if row := c.rows.get(c.base(), key); row != nil {
		return row
	}
	row := encoded(c.renderMessage(r, c.message(r, i)))
	c.rows.put(c.base(), key, row)
	return row
}

// previewRow is the newest message of a room in short, encoded. The lock is held.
func (c *call) previewRow(r *room) []byte {
	i := r.last()
	if i < 0 {
		return []byte("null")
	}
	key := rowKey{r.number, i, r.entries[i].modified, c.modern(), true}
	if row := c.rows.get(c.base(), key); row != nil {
		return row
	}
	row := encoded(c.preview(r))
	c.rows.put(c.base(), key, row)
	return row
}

// face is what all members see of a chat, encoded, without the closing brace.
type chatFace struct {
	base    string
	topic   string
	updated time.Time
	text    []byte
}

// chatRow is a chat as its member sees it, encoded. The lock is held.
func (c *call) chatRow(r *room, expand []string) []byte {
	f := r.face.Load()
	if f == nil || f.base != c.base() || f.topic != r.topic || !f.updated.Equal(r.updated) {
		f = &chatFace{c.base(), r.topic, r.updated, bytes.TrimSuffix(encoded(c.chatFacts(r)), []byte("}"))}
		r.face.Store(f)
	}
	size := len(f.text) + 128
	if len(expand) > 0 {
		size += len(c.memberRows(r)) + 2048
	}
	b := append(make([]byte, 0, size), f.text...)
	if m := r.member(c.me); m != nil {
		b = append(b, `,"viewpoint":{"isHidden":`...)
		b = strconv.AppendBool(b, m.hidden)
		b = append(b, `,"lastMessageReadDateTime":"`...)
		b = append(append(b, readText(m.read)...), `"}`...)
	}
	for _, what := range expand {
		if what == "members" {
			b = append(b, c.memberRows(r)...)
			continue
		}
		b = append(append(b, `,"lastMessagePreview":`...), c.previewRow(r)...)
	}
	return append(b, '}')
}

// membersFace is the expanded members of a chat, encoded, with a leading comma.
type membersFace struct {
	base string
	text []byte
}

// memberRows are the first 25 members of a chat, encoded. The lock is held.
func (c *call) memberRows(r *room) []byte {
	if f := r.memberFace.Load(); f != nil && f.base == c.base() {
		return f.text
	}
	text := bytes.TrimSuffix(bytes.TrimPrefix(encoded(c.expandedMembers(r)), []byte("{")), []byte("}"))
	f := &membersFace{c.base(), append([]byte(","), text...)}
	r.memberFace.Store(f)
	return f.text
}

// rawPage is a list answer of encoded rows.
func (c *call) rawPage(context string, rows [][]byte, next string) answer {
	size := 512
	for _, row := range rows {
		size += len(row) + 1
	}
	b := append(make([]byte, 0, size), `{"@odata.context":`...)
	b = append(b, encoded(c.context(context))...)
	b = append(b, `,"@odata.count":`...)
	b = strconv.AppendInt(b, int64(len(rows)), 10)
	if next != "" {
		b = append(append(b, `,"@odata.nextLink":`...), encoded(next)...)
	}
	b = append(b, `,"value":[`...)
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, row...)
	}
	return answer{status: 200, raw: append(b, "]}"...), kind: jsonKind}
}
