package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"chatpane/build/benchtable"
)

// figures are what run.mjs prints.
type figures struct{ Pane, Peer side }

// side is what was measured of one of the two. The peer has no CSP, no audit
// and no older messages to read.
type side struct {
	Start      samples // main thread until the list can be used, ms
	Script     samples // of it in JavaScript, ms
	Switch     samples // main thread from one chat of 10,000 messages to another, ms
	Record     samples // from a click on a cached record to its sections, painted, ms
	Frame      samples // main thread per frame of a fling through messages, ms
	Blank      samples // frames of it in which a stretch of the view was empty
	ListFrame  samples // the same of the list of 150 chats
	ListBlank  samples
	Gap        samples // px below the view when a chat was opened
	Arrived    samples // px below the view after a message arrived
	Drift      samples // px that a message in view moved while older ones came, at most
	Heap       samples // MB
	Violations samples // of the content security policy, on all pages
	Axe        samples // serious or critical
}

// samples are the measurements of one thing, none where it was not measured.
type samples []float64

// UnmarshalJSON reads one number or a list of them. It refuses null, as which
// JavaScript writes what is no number and JSON would read as nothing at all.
func (s *samples) UnmarshalJSON(b []byte) error {
	var list []*float64
	if err := json.Unmarshal(b, &list); err != nil || list == nil {
		var one *float64
		if err := json.Unmarshal(b, &one); err != nil {
			return err
		}
		list = []*float64{one}
	}
	*s = nil
	for _, v := range list {
		if v == nil {
			return errors.New("a figure is null")
		}
		*s = append(*s, *v)
	}
	return nil
}

// addition adds figures to a table and remembers those that are not there: a
// missing one would read as 0 and pass for a good one.
type addition struct {
	table *benchtable.Table
	err   error
}

// take returns the q-quantile of what was measured for a figure.
func (a *addition) take(name string, s samples, q float64) float64 {
	if len(s) == 0 {
		a.err = errors.Join(a.err, fmt.Errorf("%s was not measured", name))
	}
	return benchtable.Quantile(s, q)
}

// tell adds a figure without a target, beside the peer's.
func (a *addition) tell(name string, s, peer samples, unit string) {
	a.table.Add(benchtable.Row{Name: name, Value: a.take(name, s, 0.5), Unit: unit, Peer: a.take(name+", the peer's", peer, 0.5), PeerName: peerName})
}

// atMost adds a figure and its target.
func (a *addition) atMost(name string, s samples, unit string, target float64) {
	a.table.Add(benchtable.Row{Name: name, Value: a.take(name, s, 0.5), Unit: unit, Limit: benchtable.AtMost, Target: target})
}

// beside adds a figure, its target and the peer's.
func (a *addition) beside(name string, s, peer samples, unit string, target float64) {
	a.table.Add(benchtable.Row{Name: name, Value: a.take(name, s, 0.5), Unit: unit, Limit: benchtable.AtMost, Target: target,
		Peer: a.take(name+", the peer's", peer, 0.5), PeerName: peerName})
}

const peerName = "Fluent v9"

// The gates are those of frontend.md and issue 2.
const (
	maxStart  = 0.70 // of the peer's
	maxSwitch = 45.0 // ms
	maxRecord = 100  // ms
	maxFrame  = 6.0  // ms
	maxOff    = 1.0  // px
	maxHeap   = 16.0 // MB
)

// addTo adds all figures; records tells whether opening a record was measured,
// which takes the demo app.
func (f *figures) addTo(t *benchtable.Table, records bool) error {
	a := &addition{table: t}
	pane, peer := &f.Pane, &f.Peer
	a.tell("CPU to interactive", pane.Start, peer.Start, "ms")
	a.atMost("CPU to interactive, of the peer's", samples{benchtable.Quantile(pane.Start, 0.5) / benchtable.Quantile(peer.Start, 0.5)}, "×", maxStart)
	a.tell("of it JavaScript", pane.Script, peer.Script, "ms")
	a.beside("chat switch at 10,000 messages, CPU", pane.Switch, peer.Switch, "ms", maxSwitch)
	a.beside("scroll through messages, CPU per frame", pane.Frame, peer.Frame, "ms", maxFrame)
	a.atMost("frames with blank rows", pane.Blank, "frames", 0)
	a.beside("scroll through the list, CPU per frame", pane.ListFrame, peer.ListFrame, "ms", maxFrame)
	a.atMost("frames of the list with blank rows", pane.ListBlank, "frames", 0)
	a.atMost("drift while older messages come", pane.Drift, "px", maxOff)
	a.atMost("gap below the newest message, opened", pane.Gap, "px", maxOff)
	a.atMost("gap below the newest message, arrived", pane.Arrived, "px", maxOff)
	a.beside("heap with 10,000 messages and the core in memory", pane.Heap, peer.Heap, "MB", maxHeap)
	a.atMost("refused by the content security policy", pane.Violations, "times", 0)
	a.atMost("axe: serious or critical", pane.Axe, "findings", 0)
	if records {
		const name = "a cached record's three sections, p95, painted"
		t.Add(benchtable.Row{Name: "a cached record's three sections, p50, painted", Value: benchtable.Quantile(pane.Record, 0.5), Unit: "ms"})
		t.Add(benchtable.Row{Name: name, Value: a.take(name, pane.Record, 0.95), Unit: "ms", Limit: benchtable.AtMost, Target: maxRecord})
	}
	return a.err
}
