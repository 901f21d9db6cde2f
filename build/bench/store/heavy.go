package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"chatpane/app/search"
	"chatpane/app/store"
	"chatpane/build/benchdata"
	"chatpane/build/benchstore"
	"chatpane/build/benchtable"
)

// heavy measures the filled heavy store: opening, and the newest page of chats
// picked at random.
func heavy(ctx context.Context, data string, d *benchdata.Data, t *benchtable.Table) error {
	if _, err := benchstore.Fill(ctx, data, d); err != nil {
		return fmt.Errorf("fill the heavy store: %w", err)
	}
	dir := benchstore.Dir(data, d.Name)
	var cold, warm, pages []float64
	r := rand.New(rand.NewPCG(2, 2))
	for range rounds {
		if err := forget(dir); err != nil {
			return err
		}
		for _, list := range []*[]float64{&cold, &warm} {
			start := time.Now()
			s, err := benchstore.Open(dir)
			if err != nil {
				return err
			}
			_, _, err = s.Latest(benchstore.ChatID(r.IntN(d.Chats)), pageSize)
			*list = append(*list, ms(time.Since(start)))
			for i := 0; err == nil && i < 400; i++ {
				start = time.Now()
				_, _, err = s.Latest(benchstore.ChatID(r.IntN(d.Chats)), pageSize)
				pages = append(pages, ms(time.Since(start)))
			}
			if err := errors.Join(err, s.Close()); err != nil {
				return err
			}
		}
	}
	t.Add(benchtable.Row{Name: "open + first page, heavy, cold", Value: median(cold), Unit: "ms", Limit: benchtable.AtMost, Target: 250})
	t.Add(benchtable.Row{Name: "open + first page, heavy, warm", Value: median(warm), Unit: "ms", Limit: benchtable.AtMost, Target: 100})
	t.Add(benchtable.Row{Name: "latest-50 page p50, heavy", Value: median(pages), Unit: "ms", Limit: benchtable.AtMost, Target: 0.25})
	t.Add(benchtable.Row{Name: "latest-50 page p99, heavy", Value: quantile(pages, 0.99), Unit: "ms", Limit: benchtable.AtMost, Target: 6})
	return nil
}

// forget drops a folder's files from the system's cache, so that they are read
// from the disk. Without the right to do so, "cold" is only as cold as it is.
func forget(dir string) error {
	return filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(drop(f), f.Close())
	})
}

// firstSearch is one search of a store that was just opened.
func firstSearch(ctx context.Context, s *store.Store) error {
	_, err := s.Search(ctx, store.Search{Terms: search.Parse("the", time.Now()).Terms, Limit: pageSize})
	return err
}
