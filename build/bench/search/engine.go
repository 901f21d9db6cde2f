package main

import (
	"context"
	"fmt"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
	"chatpane/build/benchdata"
	"chatpane/build/benchhost"
	"chatpane/build/benchpeer"
	"chatpane/build/benchstore"
)

// engine is ours or a peer.
type engine interface {
	name() string
	ask(ctx context.Context, q query) (wall, cpu float64, err error) // ms
	add(ctx context.Context, m benchdata.Message) (wall float64, err error)
}

type ours struct{ store *store.Store }

func (ours) name() string { return "ours" }

func (o ours) ask(ctx context.Context, q query) (float64, float64, error) {
	start, cpu := time.Now(), benchhost.ThreadCPU()
	s := store.Search{Terms: search.Parse(q.text, start).Terms, Best: q.best, Limit: 50}
	for _, c := range q.chats {
		s.Chats = append(s.Chats, benchstore.ChatID(c))
	}
	_, err := o.store.Search(ctx, s)
	return ms(time.Since(start)), benchhost.ThreadCPU() - cpu, err
}

func (o ours) add(ctx context.Context, m benchdata.Message) (float64, error) {
	c := benchstore.Convert(m)
	start := time.Now()
	_, err := o.store.Apply(ctx, store.Batch{Messages: []chat.Message{c}})
	return ms(time.Since(start)), err
}

type peerEngine struct{ p *benchpeer.Peer }

func (e peerEngine) name() string { return e.p.Name }

func (e peerEngine) ask(_ context.Context, q query) (float64, float64, error) {
	a, err := e.p.Ask(ask{Match: q.match, Chats: q.chats, Best: q.best})
	return float64(a.Wall) / 1e6, a.CPUTime(), err
}

func (e peerEngine) add(_ context.Context, m benchdata.Message) (float64, error) {
	a, err := e.p.Ask(ask{Add: m.Text})
	return float64(a.Wall) / 1e6, err
}

// adding measures one message made durable and searchable.
func adding(ctx context.Context, d *benchdata.Data, engines []engine, wall samples) error {
	for i := range 300 {
		m := d.Message(i%d.Chats, i%100)
		m.Time = time.Now().Add(time.Duration(i) * time.Second) // no message has it yet
		for _, e := range engines {
			w, err := e.add(ctx, m)
			if err != nil {
				return fmt.Errorf("%s: add a message: %w", e.name(), err)
			}
			wall.add(e.name(), "one message durable and searchable", w)
		}
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
