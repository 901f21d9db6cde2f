package session

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
)

// The kinds of cell on the board, in the order a Change lists them.
const (
	cellAccount  = "account"
	cellHealth   = "health"
	cellSettings = "settings"
	cellTabs     = "tabs"
	cellRecord   = "record"
	cellChat     = "chat"
	cellLocked   = "link"
	cellList     = "list"
	cellStart    = "start"
	cellDraft    = "draft"
	cellMessage  = "message"
	cellPresence = "presence"
	cellNotice   = "notice"
)

// keptTombstones bounds how many removals are remembered; a pane that is
// further behind gets a snapshot.
const keptTombstones = 2000

// board is the newest state of everything the pane shows, each cell with the
// number of the change that wrote it. A Change is the set of cells written
// since a number, so there is no queue to overflow: a slow pane simply gets
// the newest state of more cells.
type board struct {
	ping func(seq int64) // called without the lock after something changed

	mu    sync.Mutex
	seq   int64
	floor int64 // a pane that is behind this number gets a snapshot
	cells map[cellKey]cell
	dead  int
}

type cellKey struct{ kind, chat, key string }

type cell struct {
	seq   int64
	value any // nil = removed
}

func newBoard(ping func(int64)) *board {
	return &board{ping: ping, cells: map[cellKey]cell{}}
}

// edit collects writes that leave as one ping.
type edit struct {
	b       *board
	changed bool
}

// update runs f with the board locked and pings once if anything changed.
func (b *board) update(f func(e *edit)) {
	b.mu.Lock()
	e := &edit{b: b}
	f(e)
	if b.dead > keptTombstones {
		b.pruneLocked()
	}
	seq := b.seq
	b.mu.Unlock()
	if e.changed {
		b.ping(seq)
	}
}

// put writes a cell; an equal value is no change.
func (e *edit) put(kind, key string, value any) { e.putIn(kind, "", key, value) }

func (e *edit) putIn(kind, chat, key string, value any) {
	k := cellKey{kind, chat, key}
	old, ok := e.b.cells[k]
	if ok && reflect.DeepEqual(old.value, value) {
		return
	}
	if ok && old.value == nil {
		e.b.dead--
	}
	e.b.seq++
	e.b.cells[k] = cell{e.b.seq, value}
	e.changed = true
}

// putMessage writes a message row. Its Rev becomes the number of this change,
// so that a page built earlier never replaces it.
func (e *edit) putMessage(row MessageRow) {
	if old, ok := e.b.cells[cellKey{cellMessage, row.Chat, row.ID}]; ok && old.value != nil {
		row.Rev = old.value.(MessageRow).Rev
		if reflect.DeepEqual(old.value, row) {
			return
		}
	}
	row.Rev = e.b.seq + 1
	e.putIn(cellMessage, row.Chat, row.ID, row)
}

// remove replaces a cell by a tombstone, so that the pane removes it too.
func (e *edit) remove(kind, chat, key string) {
	k := cellKey{kind, chat, key}
	old, ok := e.b.cells[k]
	if !ok || old.value == nil {
		return
	}
	e.b.seq++
	e.b.cells[k] = cell{e.b.seq, nil}
	e.b.dead++
	e.changed = true
}

// forget drops the message cells of a chat without telling the pane, which
// has closed the chat and forgot them itself.
func (e *edit) forget(chat string) {
	for k, c := range e.b.cells {
		if k.kind == cellMessage && k.chat == chat {
			if c.value == nil {
				e.b.dead--
			}
			delete(e.b.cells, k)
		}
	}
}

// keys lists the keys of the live cells of a kind.
func (e *edit) keys(kind string) []string {
	var out []string
	for k, c := range e.b.cells {
		if k.kind == kind && c.value != nil {
			out = append(out, k.key)
		}
	}
	return out
}

// clear drops every cell but the ones of the kinds named, and forces a snapshot.
func (e *edit) clear(keep ...string) {
	for k := range e.b.cells {
		if !slices.Contains(keep, k.kind) {
			delete(e.b.cells, k)
		}
	}
	e.b.seq++
	e.b.floor = e.b.seq
	e.b.dead = 0
	e.changed = true
}

// seqNow is the number of the newest change.
func (b *board) seqNow() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seq
}

func (b *board) pruneLocked() {
	for k, c := range b.cells {
		if c.value == nil {
			b.floor = max(b.floor, c.seq)
			delete(b.cells, k)
		}
	}
	b.dead = 0
}

// since returns what was written after the change numbered n. For n = 0, a
// number from before the last reset, or one from the future, it is a snapshot.
func (b *board) since(n int64) Change {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := Change{Seq: b.seq, Reset: n <= 0 || n < b.floor || n > b.seq}
	if out.Reset {
		n = 0
	}
	type hit struct {
		cellKey
		cell
	}
	var hits []hit
	for k, c := range b.cells {
		if c.seq > n && !(out.Reset && (c.value == nil || k.kind == cellNotice)) {
			hits = append(hits, hit{k, c})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.seq, b.seq) })
	for _, h := range hits {
		if h.value == nil {
			out.Removed = append(out.Removed, Removed{Kind: h.kind, Key: h.key, Chat: h.chat})
			continue
		}
		out.add(h.value)
	}
	return out
}

func (c *Change) add(value any) {
	switch v := value.(type) {
	case Account:
		c.Account = &v
	case Health:
		c.Health = &v
	case Settings:
		c.Settings = &v
	case Tabs:
		c.Tabs = &v
	case RecordRow:
		c.Records = append(c.Records, v)
	case ChatRow:
		c.Chats = append(c.Chats, v)
	case LockedRow:
		c.Links = append(c.Links, v)
	case StartRow:
		c.Starts = append(c.Starts, v)
	case List:
		c.Lists = append(c.Lists, v)
	case Draft:
		c.Drafts = append(c.Drafts, v)
	case MessageRow:
		c.Messages = append(c.Messages, v)
	case Presence:
		c.Presence = append(c.Presence, v)
	case Notice:
		c.Notices = append(c.Notices, v)
	}
}
