package sandbox

import (
	"slices"
	"sort"
	"strconv"
	"sync/atomic"
	"time"
)

// room is one chat as the server keeps it. World.mu guards it.
type room struct {
	id      string
	kind    string // "oneOnOne", "group", "meeting" or "channel"
	topic   string
	created time.Time
	updated time.Time // rename and membership move it, messages do not
	members []*membership
	number  int // place in World.rooms; seeds the generated messages

	entries  []entry // by creation
	seeded   int     // how many of them the seed made
	modified []int32 // indexes of entries by modification, oldest first
	live     map[int32]*message
	theme    theme // what the seeded conversation is about
	channel  *channel
	roots    []int32 // of a channel: for each entry the one that begins its thread
	pins     []pin
	log      []int32   // entries written or changed since the seed, in order
	lively   bool      // life opened it
	guests   []*Person // whom life brought in

	face       atomic.Pointer[chatFace] // kept renderings
	memberFace atomic.Pointer[membersFace]
}

// membership is one member of a room with what Graph calls the viewpoint.
type membership struct {
	id     string
	person *Person
	roles  []string
	// from is the beginning of the history the member sees; zero: all of it.
	from   time.Time
	read   int64 // lastMessageReadDateTime in Unix milliseconds; 0: never opened
	hidden bool
}

// entry is the compact form of a message: 32 bytes, so that a million fit. A
// message that was written or changed after the seed is kept whole in room.live.
type entry struct {
	created  int64 // Unix milliseconds; the message id
	modified int64
	script   uint16 // conversation
	line     uint16 // line of the conversation
	author   uint16 // index into World.People
	traits   traits
}

// traits are what a generated message carries besides its text.
type traits uint16

const (
	traitEdited traits = 1 << iota
	traitDeleted
	traitReacted
	traitQuote
	traitHigh
	traitUrgent
	traitEvent
)

// member returns the membership of a person, or nil.
func (r *room) member(p *Person) *membership {
	for _, m := range r.members {
		if m.person == p {
			return m
		}
	}
	return nil
}

// sees reports whether a message created at ms belongs to the history that a
// member sees; an application (nil) sees all.
func (m *membership) sees(ms int64) bool {
	return m == nil || m.from.IsZero() || ms >= m.from.UnixMilli()
}

// last returns the index of the newest entry, -1 when there is none.
func (r *room) last() int { return len(r.entries) - 1 }

// find returns the index of the entry with a message id.
func (r *room) find(id string) (int, bool) {
	ms, err := strconv.ParseInt(id, 10, 64)
	if err != nil || strconv.FormatInt(ms, 10) != id {
		return 0, false
	}
	i := sort.Search(len(r.entries), func(i int) bool { return r.entries[i].created >= ms })
	return i, i < len(r.entries) && r.entries[i].created == ms
}

// stamp is the creation time of the next message: now, or one millisecond after
// the newest when that is not earlier, because ids are unique within a chat.
func (r *room) stamp(now time.Time) int64 {
	ms := now.UnixMilli()
	if i := r.last(); i >= 0 && r.entries[i].created >= ms {
		return r.entries[i].created + 1
	}
	return ms
}

// add appends a message that was written just now.
func (r *room) add(m *message) {
	i := int32(len(r.entries))
	r.entries = append(r.entries, entry{created: m.created, modified: m.modified})
	if r.channel != nil {
		r.roots = append(r.roots, i)
	}
	r.keep(i, m)
	r.touch(i, m.modified)
}

// keep makes m the whole truth about entry i.
func (r *room) keep(i int32, m *message) {
	if r.live == nil {
		r.live = map[int32]*message{}
	}
	r.live[i] = m
}

// touch records that entry i was modified at ms.
func (r *room) touch(i int32, ms int64) {
	r.entries[i].modified = ms
	r.log = append(r.log, i)
	if at := slices.Index(r.modified, i); at >= 0 {
		r.modified = slices.Delete(r.modified, at, at+1)
	}
	at := sort.Search(len(r.modified), func(k int) bool {
		other := r.entries[r.modified[k]].modified
		return other > ms || other == ms && r.modified[k] > i
	})
	r.modified = slices.Insert(r.modified, at, i)
}

// index builds the order by modification once the seed has filled entries.
func (r *room) index() {
	r.modified = make([]int32, len(r.entries))
	for i := range r.entries {
		r.modified[i] = int32(i)
	}
	slices.SortStableFunc(r.modified, func(a, b int32) int {
		return int(min(1, max(-1, r.entries[a].modified-r.entries[b].modified)))
	})
}
