//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chatpane/build/benchtable"
)

const (
	// calm is how long a window may take to come to rest before its memory is read.
	calm = 6 * time.Second
	// idle is how long nothing happens, after rest, while CPU and wake-ups are counted.
	rest, idle = 30 * time.Second, 60 * time.Second
)

// sample is what one round tells of one program.
type sample struct {
	start         time.Duration
	clicks        []time.Duration
	fresh, worked float64 // MB
}

// figures are the samples of all rounds, ours and the empty webview's.
type figures struct {
	ours, empty         []sample
	oursIdle, emptyIdle usage
}

// round measures both, each round the other one first.
func (f *figures) round(ctx context.Context, b *bench) error {
	ours := func() error { return f.take(ctx, b, &f.ours, b.ours, b.follow) }
	empty := func() error { return f.take(ctx, b, &f.empty, b.peer, b.clickAround) }
	order := []func() error{ours, empty}
	if len(f.ours)%2 == 1 {
		slices.Reverse(order)
	}
	for _, do := range order {
		if err := do(); err != nil {
			return err
		}
	}
	n := len(f.ours) - 1
	o, e := f.ours[n], f.empty[n]
	fmt.Printf("  painted after %.0f ms (empty %.0f), a click after %.0f (%.0f), %.0f MB (%.0f), then %.0f MB (%.0f)\n",
		ms(o.start), ms(e.start), benchtable.Quantile(clicks(f.ours[n:]), 0.5), benchtable.Quantile(clicks(f.empty[n:]), 0.5),
		o.fresh, e.fresh, o.worked, e.worked)
	return nil
}

type (
	starter func(context.Context) (*program, time.Duration, error)
	worker  func(context.Context, *program) ([]time.Duration, error)
)

func (f *figures) take(ctx context.Context, b *bench, into *[]sample, start starter, work worker) error {
	p, at, err := start(ctx)
	if err != nil {
		return err
	}
	s := sample{start: at}
	if err := b.hand.place(ctx, p.pid(), stageWidth, stageHeight); err != nil {
		return err
	}
	if err := pause(ctx, calm); err != nil {
		return err
	}
	if s.fresh, err = memory(p.pid()); err != nil {
		return err
	}
	if s.clicks, err = work(ctx, p); err != nil {
		return err
	}
	if err := pause(ctx, calm); err != nil {
		return err
	}
	if s.worked, err = memory(p.pid()); err != nil {
		return err
	}
	*into = append(*into, s)
	return p.stop(ctx)
}

// peer starts the empty webview.
func (b *bench) peer(ctx context.Context) (*program, time.Duration, error) {
	return b.start(ctx, b.empty)
}

// clickAround clicks on the empty webview as often as chats are opened.
func (b *bench) clickAround(ctx context.Context, _ *program) ([]time.Duration, error) {
	var times []time.Duration
	for range switches {
		at, err := b.click(ctx, view)
		if err != nil {
			return nil, err
		}
		times = append(times, at)
	}
	return times, nil
}

// idle counts what each does in a time in which nobody touches it.
func (f *figures) idle(ctx context.Context, b *bench) error {
	for _, one := range []struct {
		start starter
		into  *usage
	}{{b.ours, &f.oursIdle}, {b.peer, &f.emptyIdle}} {
		p, _, err := one.start(ctx)
		if err != nil {
			return err
		}
		if err := pause(ctx, rest); err != nil {
			return err
		}
		before, err := usageOf(p.pid())
		if err != nil {
			return err
		}
		if err := pause(ctx, idle); err != nil {
			return err
		}
		after, err := usageOf(p.pid())
		if err != nil {
			return err
		}
		*one.into = after.since(before)
		if err := p.stop(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (f *figures) fill(t *benchtable.Table) {
	const peer = "empty webview"
	starts := func(s []sample) float64 { return median(s, func(s sample) float64 { return ms(s.start) }) }
	const startMore, idleMore, workedMore = 400, 60, 120 // above the empty webview
	t.Add(benchtable.Row{Name: "process start to the list from the cache, painted", Value: starts(f.ours), Unit: "ms",
		Limit: benchtable.AtMost, Target: starts(f.empty) + startMore, Peer: starts(f.empty), PeerName: peer})
	ours, empty := clicks(f.ours), clicks(f.empty)
	t.Add(benchtable.Row{Name: "switch to a cached chat, p50, painted", Value: benchtable.Quantile(ours, 0.5), Unit: "ms",
		Peer: benchtable.Quantile(empty, 0.5), PeerName: "a click there"})
	t.Add(benchtable.Row{Name: "switch to a cached chat, p95, painted", Value: benchtable.Quantile(ours, 0.95), Unit: "ms",
		Limit: benchtable.AtMost, Target: 100, Peer: benchtable.Quantile(empty, 0.95), PeerName: "a click there"})
	fresh := func(s sample) float64 { return s.fresh }
	worked := func(s sample) float64 { return s.worked }
	t.Add(benchtable.Row{Name: "memory over the empty webview, idle", Value: median(f.ours, fresh) - median(f.empty, fresh), Unit: "MB",
		Limit: benchtable.AtMost, Target: idleMore, Peer: median(f.empty, fresh), PeerName: peer})
	t.Add(benchtable.Row{Name: "memory over the empty webview, after 50 chats", Value: median(f.ours, worked) - median(f.empty, worked), Unit: "MB",
		Limit: benchtable.AtMost, Target: workedMore, Peer: median(f.empty, worked), PeerName: peer})
	per := idle.Seconds()
	t.Add(benchtable.Row{Name: "idle, CPU of the main process", Value: f.oursIdle.cpu / per * 100, Unit: "%",
		Limit: benchtable.AtMost, Target: 0.2, Peer: f.emptyIdle.cpu / per * 100, PeerName: peer})
	t.Add(benchtable.Row{Name: "idle, CPU of the webview's processes", Value: f.oursIdle.others / per * 100, Unit: "%",
		Peer: f.emptyIdle.others / per * 100, PeerName: peer})
	t.Add(benchtable.Row{Name: "idle, Go wake-ups", Value: f.oursIdle.wakes / per, Unit: "/s",
		Limit: benchtable.AtMost, Target: 1, Peer: f.emptyIdle.wakes / per, PeerName: peer})
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(samples []sample, of func(sample) float64) float64 {
	var all []float64
	for _, s := range samples {
		all = append(all, of(s))
	}
	return benchtable.Quantile(all, 0.5)
}

// clicks joins the clicks of all rounds, in ms.
func clicks(samples []sample) []float64 {
	var all []float64
	for _, s := range samples {
		for _, d := range s.clicks {
			all = append(all, ms(d))
		}
	}
	return all
}
