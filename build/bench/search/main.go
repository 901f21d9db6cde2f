// Package main measures search: our index in the encrypted store, with SQLite's
// FTS5 (through mattn's and modernc's drivers) and bleve beside it in the same
// run, asked in turn, each in a process of its own.
//
// The data sets are made by package benchdata and kept filled in the folder data
// beside the figures; bleve and modernc hold the first 200,000 messages only.
// CPU times are those of the asking thread. Every query reads the texts of its
// hits, ours by unsealing them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"chatpane/build/benchdata"
	"chatpane/build/benchpeer"
	"chatpane/build/benchstore"
	"chatpane/build/benchtable"
)

// rounds of all queries; the first warms caches and is not counted.
const rounds = 6

func main() {
	out := flag.String("out", "build/bin/bench", "folder of the figures")
	_ = flag.String("app", "", "the demo app; not needed here")
	rest := flag.String("rest", "", "internal: print the memory of a store at rest")
	small := flag.Bool("small", false, "20,000 messages only, to see that it works")
	flag.Parse()
	err := error(nil)
	if *rest != "" {
		err = beAtRest(*rest)
	} else {
		err = bench(context.Background(), *out, *small)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, out string, small bool) error {
	data := filepath.Join(out, "data")
	peers, err := benchpeer.Build(ctx, out)
	if err != nil {
		return err
	}
	t, part, heavy := benchtable.New("search"), benchdata.New(benchdata.Part()), benchdata.New(benchdata.Heavy())
	if small {
		t, part = benchtable.New("search-small"), benchdata.New(benchdata.Small())
		heavy = part
	}
	if err := compare(ctx, t, peers, data, part, []string{"mattn", "modernc", "bleve"}, partFigures); err != nil {
		return fmt.Errorf("200,000 messages: %w", err)
	}
	if err := compare(ctx, t, peers, data, heavy, []string{"mattn"}, heavyFigures); err != nil {
		return fmt.Errorf("1,000,000 messages: %w", err)
	}
	if err := recall(ctx, t, data, part); err != nil {
		return fmt.Errorf("recall: %w", err)
	}
	if err := space(ctx, t, data, heavy); err != nil {
		return fmt.Errorf("memory and disk: %w", err)
	}
	if err := t.Print(os.Stdout); err != nil {
		return err
	}
	return t.Write(out)
}

// compare asks ours and the peers every query in turn, and hands the samples to
// what makes figures of them.
func compare(ctx context.Context, t *benchtable.Table, program, data string, d *benchdata.Data, kinds []string,
	figures func(*benchtable.Table, samples, samples)) (err error) {
	debug.SetMemoryLimit(math.MaxInt64) // the app lets its limit go while much arrives and for a search
	if _, err := benchstore.Fill(ctx, data, d); err != nil {
		return fmt.Errorf("fill ours: %w", err)
	}
	s, err := benchstore.Open(benchstore.Dir(data, d.Name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	engines := []engine{ours{s}}
	for _, kind := range kinds {
		p, err := startPeer(ctx, program, kind, data, d)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Stop()) }()
		engines = append(engines, peerEngine{p})
	}
	wall, cpu := samples{}, samples{}
	if err := askAll(ctx, d, engines, wall, cpu); err != nil {
		return err
	}
	if len(kinds) > 1 {
		if err := adding(ctx, d, engines[:2], wall); err != nil {
			return err
		}
	}
	figures(t, wall, cpu)
	return nil
}

// askAll asks every engine every query in turn, round by round. It keeps to one
// thread, whose CPU time is asked for; what writes must not, for then each wait
// for the disk would cost a change of threads.
func askAll(ctx context.Context, d *benchdata.Data, engines []engine, wall, cpu samples) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	all := queries(d)
	for round := range rounds {
		r := rand.New(rand.NewPCG(9, uint64(round)))
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, q := range all {
			for _, e := range engines {
				if e.name() != "ours" && e.name() != "mattn" && round > 2 {
					continue // two rounds of the slow ones tell enough
				}
				w, c, err := e.ask(ctx, q)
				if err != nil {
					return fmt.Errorf("%s: %q: %w", e.name(), q.text, err)
				}
				if round > 0 {
					wall.add(e.name(), q.kind, w)
					cpu.add(e.name(), q.kind, c)
				}
			}
		}
	}
	return nil
}
