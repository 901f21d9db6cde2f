package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"chatpane/app/chat"
	"chatpane/app/search"
	"chatpane/app/store"
	"chatpane/build/benchdata"
	"chatpane/build/benchhost"
	"chatpane/build/benchstore"
	"chatpane/build/benchtable"
)

// heavyReads is how many pages are read after each opening.
const heavyReads = 400

// opened are the samples of a heavy store, in ms.
type opened struct{ cold, warm, pages []float64 }

// heavy measures the filled heavy stores, ours and SQLite's in turn: opening, and
// the newest page of chats picked at random.
func heavy(ctx context.Context, program, data string, d *benchdata.Data, t *benchtable.Table) (err error) {
	rate, err := benchstore.Fill(ctx, data, d)
	if err != nil {
		return fmt.Errorf("fill the heavy store: %w", err)
	}
	dir, peerRate, err := heavySQLite(ctx, program, data, d)
	if err != nil {
		return err
	}
	q, err := startSQLite(ctx, program, plainTable, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.stop()) }()
	own := benchstore.Dir(data, d.Name)
	var ours, peer opened
	r := rand.New(rand.NewPCG(2, 2))
	for range rounds {
		if err := ours.round(own, d, r, openHeavy(own)); err != nil {
			return err
		}
		if err := peer.round(dir, d, r, q.openHeavy); err != nil {
			return err
		}
	}
	add := func(name, unit string, value float64, limit benchtable.Limit, target, peer float64) {
		t.Add(benchtable.Row{Name: name, Value: value, Unit: unit, Limit: limit, Target: target, Peer: peer, PeerName: plainName})
	}
	add("open + first page, heavy, cold", "ms", median(ours.cold), benchtable.AtMost, 250, median(peer.cold))
	add("open + first page, heavy, warm", "ms", median(ours.warm), benchtable.AtMost, 100, median(peer.warm))
	add("latest-50 page p50, heavy", "ms", median(ours.pages), benchtable.AtMost, 0.25, median(peer.pages))
	add("latest-50 page p99, heavy", "ms", benchtable.Quantile(ours.pages, 0.99), benchtable.AtMost, 6, benchtable.Quantile(peer.pages, 0.99))
	add("ingest with index, heavy, when it was filled", "messages/s", rate, benchtable.AtLeast, 5000, peerRate)
	add("disk, messages and index, heavy", "MB", benchhost.OnDisk(own), benchtable.NoLimit, 0, benchhost.OnDisk(dir))
	return nil
}

// round opens a store cold, where the system can forget its files, and warm, and
// reads pages after each.
func (o *opened) round(dir string, d *benchdata.Data, r *rand.Rand, open func(first chat.ID, more []chat.ID) (float64, []float64, error)) error {
	lists := []*[]float64{&o.cold, &o.warm}
	if err := benchhost.Forget(dir); errors.Is(err, errors.ErrUnsupported) {
		lists = lists[1:] // nothing is cold here
	} else if err != nil {
		return err
	}
	for _, list := range lists {
		var ids []chat.ID
		for range heavyReads + 1 {
			ids = append(ids, benchstore.ChatID(r.IntN(d.Chats)))
		}
		first, more, err := open(ids[0], ids[1:])
		if err != nil {
			return err
		}
		*list = append(*list, first)
		o.pages = append(o.pages, more...)
	}
	return nil
}

// openHeavy opens our store with its first page, reads more, closes it, and
// returns the times in ms.
func openHeavy(dir string) func(first chat.ID, more []chat.ID) (float64, []float64, error) {
	return func(first chat.ID, more []chat.ID) (opened float64, pages []float64, err error) {
		start := time.Now()
		s, err := benchstore.Open(dir)
		if err != nil {
			return 0, nil, err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		if _, _, err := s.Latest(first, pageSize); err != nil {
			return 0, nil, err
		}
		opened = ms(time.Since(start))
		for _, id := range more {
			start = time.Now()
			if _, _, err := s.Latest(id, pageSize); err != nil {
				return 0, nil, err
			}
			pages = append(pages, ms(time.Since(start)))
		}
		return opened, pages, nil
	}
}

// openHeavy is the same of SQLite's table.
func (s *sqlite) openHeavy(first chat.ID, more []chat.ID) (opened float64, pages []float64, err error) {
	if opened, err = s.open(first); err != nil {
		return 0, nil, err
	}
	if pages, err = s.pages(more); err != nil {
		return 0, nil, err
	}
	return opened, pages, s.close()
}

// firstSearch is one search of a store that was just opened.
func firstSearch(ctx context.Context, s *store.Store) error {
	_, err := s.Search(ctx, store.Search{Terms: search.Parse("the", time.Now()).Terms, Limit: pageSize})
	return err
}
