package syncer

import (
	"slices"
	"time"

	"chatpane/app/chat"
)

// queue holds the chats whose messages are to be read: those that wait their
// turn, urgent ones first, and those that were set aside because reading them
// did not help. A chat is in it once.
type queue struct {
	order []chat.ID
	aside map[chat.ID]aside
}

// aside is a chat that is tried again later, or when a newer message arrives.
type aside struct {
	preview string // id of the newest message known when it was set aside
	at      time.Time
	waits   bool // false: it is being tried again
	pause   backoff
}

func newQueue() queue { return queue{aside: map[chat.ID]aside{}} }

// urge puts a chat at the head, also one that was set aside.
func (q *queue) urge(id chat.ID) {
	q.remove(id)
	q.order = slices.Insert(q.order, 0, id)
}

// add puts a chat at the end because of its newest message, unless it waits
// already, or was set aside with that message known.
func (q *queue) add(id chat.ID, preview string) {
	a, known := q.aside[id]
	if slices.Contains(q.order, id) || known && a.waits && a.preview == preview {
		return
	}
	q.remove(id)
	q.order = append(q.order, id)
}

// take removes up to n chats from the head, and with retry those whose time to
// be tried again has come.
func (q *queue) take(n int, now time.Time, retry bool) []chat.ID {
	k := min(n, len(q.order))
	out := slices.Clone(q.order[:k])
	q.order = slices.Delete(q.order, 0, k)
	for id, a := range q.aside {
		if retry && a.waits && !now.Before(a.at) && len(out) < n {
			a.waits = false
			q.aside[id] = a
			out = append(out, id)
		}
	}
	return out
}

// putBack returns chats to the head after a request failed as a whole.
func (q *queue) putBack(ids []chat.ID) {
	for _, id := range slices.Backward(ids) {
		q.urge(id)
	}
}

// setAside lets a chat wait for longer each time, and at least for so long.
func (q *queue) setAside(id chat.ID, preview string, now time.Time, least time.Duration) {
	a := q.aside[id]
	if a.preview != preview {
		a.pause = backoff{}
	}
	pause := max(least, a.pause.upTo(retryChat))
	q.remove(id)
	q.aside[id] = aside{preview: preview, at: now.Add(pause), waits: true, pause: a.pause}
}

// remove takes a chat out of both lists but remembers how long it waited.
func (q *queue) remove(id chat.ID) {
	q.order = slices.DeleteFunc(q.order, func(o chat.ID) bool { return o == id })
	if a, ok := q.aside[id]; ok {
		a.waits = false
		q.aside[id] = a
	}
}

// drop forgets a chat: it was read, or purged.
func (q *queue) drop(id chat.ID) {
	q.remove(id)
	delete(q.aside, id)
}

// due is the time at which the first chat set aside is tried again, zero for none.
func (q *queue) due() time.Time {
	var due time.Time
	for _, a := range q.aside {
		if a.waits && (due.IsZero() || a.at.Before(due)) {
			due = a.at
		}
	}
	return due
}
