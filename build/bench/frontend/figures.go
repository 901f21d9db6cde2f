package main

import "chatpane/build/benchtable"

// figures are what run.mjs prints.
type figures struct{ Pane, Peer side }

// side is what was measured of one of the two. The peer has no CSP, no audit
// and no older messages to read.
type side struct {
	Start      []float64 // main thread until the list can be used, ms
	Script     []float64 // of it in JavaScript, ms
	Switch     []float64 // main thread from one chat of 10,000 messages to another, ms
	Record     []float64 // from a click on a cached record to its sections, painted, ms
	Frame      float64   // main thread per frame of a fling through messages, ms
	Blank      float64   // frames of it in which a stretch of the view was empty
	ListFrame  float64   // the same of the list of 150 chats
	ListBlank  float64
	Gap        float64 // px below the view when a chat was opened
	Arrived    float64 // px below the view after a message arrived
	Drift      float64 // px that a message in view moved while older ones came, at most
	Heap       float64 // MB
	Violations float64 // of the content security policy, on all pages
	Axe        float64 // serious or critical
}

// The gates are those of frontend.md and issue 2.
const (
	maxStart  = 0.70 // of the peer's
	maxSwitch = 45.0 // ms
	maxRecord = 100  // ms
	maxFrame  = 6.0  // ms
	maxOff    = 1.0  // px
	maxHeap   = 16.0 // MB
)

func (f *figures) addTo(t *benchtable.Table) {
	const name = "Fluent v9"
	median := func(samples []float64) float64 { return benchtable.Quantile(samples, 0.5) }
	atMost := func(name string, value float64, unit string, target float64) benchtable.Row {
		return benchtable.Row{Name: name, Value: value, Unit: unit, Limit: benchtable.AtMost, Target: target}
	}
	beside := func(r benchtable.Row, peer float64) benchtable.Row {
		r.Peer, r.PeerName = peer, name
		return r
	}
	start, peer := median(f.Pane.Start), median(f.Peer.Start)
	for _, r := range []benchtable.Row{
		beside(benchtable.Row{Name: "CPU to interactive", Value: start, Unit: "ms"}, peer),
		atMost("CPU to interactive, of the peer's", start/peer, "×", maxStart),
		beside(benchtable.Row{Name: "of it JavaScript", Value: median(f.Pane.Script), Unit: "ms"}, median(f.Peer.Script)),
		beside(atMost("chat switch at 10,000 messages, CPU", median(f.Pane.Switch), "ms", maxSwitch), median(f.Peer.Switch)),
		beside(atMost("scroll through messages, CPU per frame", f.Pane.Frame, "ms", maxFrame), f.Peer.Frame),
		atMost("frames with blank rows", f.Pane.Blank, "frames", 0),
		beside(atMost("scroll through the list, CPU per frame", f.Pane.ListFrame, "ms", maxFrame), f.Peer.ListFrame),
		atMost("frames of the list with blank rows", f.Pane.ListBlank, "frames", 0),
		atMost("drift while older messages come", f.Pane.Drift, "px", maxOff),
		atMost("gap below the newest message, opened", f.Pane.Gap, "px", maxOff),
		atMost("gap below the newest message, arrived", f.Pane.Arrived, "px", maxOff),
		beside(atMost("heap with 10,000 messages and the core in memory", f.Pane.Heap, "MB", maxHeap), f.Peer.Heap),
		atMost("refused by the content security policy", f.Pane.Violations, "times", 0),
		atMost("axe: serious or critical", f.Pane.Axe, "findings", 0),
	} {
		t.Add(r)
	}
	if len(f.Pane.Record) > 0 { // where there is the demo app
		t.Add(benchtable.Row{Name: "a cached record's three sections, p50, painted", Value: median(f.Pane.Record), Unit: "ms"})
		t.Add(atMost("a cached record's three sections, p95, painted", benchtable.Quantile(f.Pane.Record, 0.95), "ms", maxRecord))
	}
}
