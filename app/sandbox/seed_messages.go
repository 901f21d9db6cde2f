package sandbox

import (
	"math/rand/v2"
	"time"
)

// eventLine marks an entry as a system message; entry.line is then the kind.
const eventLine = 0xffff

// The seeded system messages.
const (
	eventAdded = iota
	eventJoined
	eventRenamed
	eventCallStarted
	eventCallEnded
	eventCreated
)

// fill writes n entries that end at the time of the last activity: episodes of
// a conversation with minutes between the messages, days between the episodes.
func (w *World) fill(r *room, n int, last time.Time) {
	if n <= 0 {
		return
	}
	rng := w.random("fill", r.number)
	entries := make([]entry, n)
	at := last.UnixMilli()
	now := w.born.UnixMilli()
	for i := n - 1; i >= 0; {
		k := w.pick(r, rng, i == n-1, r.number >= firstRooms)
		length := len(scripts[k].lines)
		if i == n-1 { // the newest talk may still be going on
			length -= rng.IntN(max(1, length-2))
		}
		length = min(length, i+1)
		shift := rng.IntN(len(r.members))
		for line := length - 1; line >= 0; line-- {
			e := &entries[i]
			*e = entry{created: at, modified: at, script: uint16(k), line: uint16(line)}
			who := r.members[(scripts[k].lines[line].who+shift)%len(r.members)].person
			e.author = uint16(who.index)
			w.decorate(e, rng, now)
			at -= 20_000 + rng.Int64N(200_000)
			i--
		}
		at = w.earlier(at, rng, n)
		if i > 0 && rng.IntN(5) == 0 {
			entries[i] = w.seedEvent(r, rng, at)
			i--
			at -= 60_000 + rng.Int64N(60_000)
		}
	}
	entries[0] = entry{created: entries[0].created, modified: entries[0].created, script: eventLine, line: eventCreated,
		author: uint16(r.members[0].person.index), traits: traitEvent}
	r.entries, r.seeded = entries, n
	if first := time.UnixMilli(entries[0].created).UTC(); first.Before(r.created) || first.After(r.created.Add(time.Hour)) {
		r.created, r.updated = first, first
	}
	r.index()
}

// earlier goes back to an earlier episode: some hours before, in office hours,
// closer together in long chats so that no history exceeds a few years.
func (w *World) earlier(at int64, rng *rand.Rand, n int) int64 {
	gap := min(40.0, 9000/float64(n))
	t := time.UnixMilli(at).UTC().Add(-time.Duration((0.5 + rng.Float64()) * gap * float64(time.Hour)))
	for {
		switch {
		case t.Weekday() == time.Sunday:
			t = t.Add(-24 * time.Hour)
		case t.Hour() < 7:
			t = t.Add(-8 * time.Hour)
		case t.Hour() > 17:
			t = t.Add(-6 * time.Hour)
		default:
			return t.UnixMilli()
		}
	}
}

// pick chooses a conversation: what the room is about first of all. Without more
// it is one of firstScripts.
func (w *World) pick(r *room, rng *rand.Rand, newest, more bool) int {
	known := scripts
	if !more {
		known = firstScripts
	}
	topic := topicAny
	if r.theme.cas != nil && (newest || rng.IntN(3) > 0) {
		topic = r.theme.cas.topic
	} else if rng.IntN(3) == 0 {
		topic = rng.IntN(topicAny)
	}
	var fit, any []int
	for i, s := range known {
		if s.topic != topic {
			continue
		}
		any = append(any, i)
		if s.language == r.theme.language {
			fit = append(fit, i)
		}
	}
	if len(fit) > 0 && rng.IntN(10) > 0 {
		return fit[rng.IntN(len(fit))]
	}
	return any[rng.IntN(len(any))]
}

// decorate gives an entry edits, reactions, importance, a quote, a deletion.
func (w *World) decorate(e *entry, rng *rand.Rand, now int64) {
	switch d := rng.IntN(1000); {
	case d < 120:
		e.traits |= traitReacted
	case d < 160:
		e.traits |= traitEdited
	case d < 172:
		e.traits |= traitDeleted
	case d < 210 && e.line > 0:
		e.traits |= traitQuote
	case d < 225:
		e.traits |= traitHigh
	case d < 230:
		e.traits |= traitUrgent
	}
	if e.traits&(traitReacted|traitEdited|traitDeleted) != 0 {
		e.modified = min(now, e.created+30_000+rng.Int64N(900_000))
		e.modified = max(e.modified, e.created+1)
	}
}

func (w *World) seedEvent(r *room, rng *rand.Rand, at int64) entry {
	kind := rng.IntN(eventCreated)
	if r.kind == "oneOnOne" || r.kind == "channel" || kind == eventRenamed && r.topic == "" {
		kind = eventCallStarted + rng.IntN(2)
	}
	who := r.members[rng.IntN(len(r.members))].person
	return entry{created: at, modified: at, script: eventLine, line: uint16(kind), author: uint16(who.index), traits: traitEvent}
}
