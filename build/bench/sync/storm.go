package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"chatpane/build/benchtable"
)

// A storm: all agents of a tenant start within a quarter of an hour. Graph takes
// from all of them together 30 reads of lists and 20 reads of messages a second
// (graph.md §3.1). Each agent reads its list once, the chat on screen, and those
// in which something happened overnight.
const (
	agents       = 5000
	startWithin  = 15 * time.Minute
	staleChats   = 10 // beside the one on screen
	listsASecond = 30
	readsASecond = 20
	// What the syncer waits after a refusal, doubled each time.
	firstPause, listPause, chatPause = 5, 60, 3600 // seconds
	stormEnd                         = 8 * 3600    // seconds
)

// want is a read that an agent has to make.
type want struct {
	due, pause, most int // seconds
	agent            int
	visible          bool
}

// storm plays a second at a time what the service would answer. A refusal is no
// failure that anybody sees: the cached list and chats are on screen meanwhile,
// and the read is repeated. A failure is a read that did not happen all day.
func storm(t *benchtable.Table) {
	r := rand.New(rand.NewPCG(1, 1))
	var lists, reads []want
	starts := make([]int, agents)
	for a := range agents {
		starts[a] = r.IntN(int(startWithin.Seconds()))
		lists = append(lists, want{due: starts[a], agent: a, most: listPause})
	}
	refusedLists, refusedReads, last := 0, 0, 0
	var waits []int
	for now := 0; now < stormEnd && len(lists)+len(reads) > 0; now++ {
		var done []want
		done, lists = serve(r, lists, now, listsASecond, &refusedLists)
		for _, w := range done {
			reads = append(reads, want{due: now, agent: w.agent, most: chatPause, visible: true})
			for range staleChats {
				reads = append(reads, want{due: now + 1, agent: w.agent, most: chatPause})
			}
		}
		done, reads = serve(r, reads, now, readsASecond, &refusedReads)
		for _, w := range done {
			last = now
			if w.visible {
				waits = append(waits, now-starts[w.agent])
			}
		}
	}
	slices.Sort(waits)
	add := func(name string, value float64, unit string) {
		t.Add(benchtable.Row{Name: "5,000 agents start within 15 minutes: " + name, Value: value, Unit: unit})
	}
	t.Add(benchtable.Row{Name: "5,000 agents start within 15 minutes: reads that never happened", Value: float64(len(lists) + len(reads)),
		Unit: "reads", Limit: benchtable.AtMost, Target: 0})
	add("lists refused at first", float64(refusedLists), "requests")
	add("message reads refused at first", float64(refusedReads), "requests")
	add("chat on screen up to date, p50", float64(waits[len(waits)/2]), "s")
	add("chat on screen up to date, p95", float64(waits[len(waits)*95/100]), "s")
	add("all up to date after", float64(last)/60, "min")
}

// serve answers what is due in a second, in no order, and refuses what is too much.
func serve(r *rand.Rand, all []want, now, most int, refused *int) (done, left []want) {
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, w := range all {
		switch {
		case w.due > now:
			left = append(left, w)
		case len(done) < most:
			done = append(done, w)
		default:
			*refused++
			w.pause = min(max(2*w.pause, firstPause), w.most)
			w.due = now + w.pause
			left = append(left, w)
		}
	}
	return done, left
}
