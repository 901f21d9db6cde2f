package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"chatpane/app/search"
	"chatpane/app/store"
	"chatpane/build/benchdata"
	"chatpane/build/benchhost"
	"chatpane/build/benchstore"
	"chatpane/build/benchtable"
)

// samples are times in ms by engine and kind of query.
type samples map[string]map[string][]float64

func (s samples) add(engine, kind string, v float64) {
	if s[engine] == nil {
		s[engine] = map[string][]float64{}
	}
	s[engine][kind] = append(s[engine][kind], v)
}

func (s samples) at(engine, kind string, q float64) float64 {
	return benchtable.Quantile(s[engine][kind], q)
}

const fts = "FTS5 (mattn)"

// partFigures are those at 200,000 messages: CPU against plain FTS5.
func partFigures(t *benchtable.Table, wall, cpu samples) {
	for _, kind := range queryKinds() {
		peer := cpu.at("mattn", kind, 0.5)
		t.Add(benchtable.Row{Name: "CPU p50 at 200,000, " + kind, Value: cpu.at("ours", kind, 0.5), Unit: "ms",
			Limit: benchtable.AtMost, Target: peer, Peer: peer, PeerName: fts})
	}
	for _, kind := range queryKinds() {
		for _, other := range [][2]string{{"modernc", "FTS5 (modernc)"}, {"bleve", "bleve 2.5.7"}} {
			t.Add(benchtable.Row{Name: "p50 at 200,000, " + kind, Value: wall.at("ours", kind, 0.5), Unit: "ms",
				Peer: wall.at(other[0], kind, 0.5), PeerName: other[1]})
		}
	}
	const one = "one message durable and searchable"
	peer := wall.at("mattn", one, 0.5)
	t.Add(benchtable.Row{Name: one + " p50", Value: wall.at("ours", one, 0.5), Unit: "ms", Limit: benchtable.AtMost,
		Target: min(0.5, peer/5), Peer: peer, PeerName: fts})
}

// heavyFigures are those at 1,000,000 messages.
func heavyFigures(t *benchtable.Table, wall, _ samples) {
	row := func(kind string, q, target float64) {
		t.Add(benchtable.Row{Name: fmt.Sprintf("%s, heavy, p%.0f", kind, 100*q), Value: wall.at("ours", kind, q), Unit: "ms",
			Limit: benchtable.AtMost, Target: target, Peer: wall.at("mattn", kind, q), PeerName: fts})
	}
	for _, kind := range queryKinds() {
		switch {
		case kind == "phrase":
			row(kind, 0.5, 4)
			row(kind, 0.99, 40)
		case strings.HasPrefix(kind, "ranked"):
			row(kind, 0.99, min(20, wall.at("mattn", kind, 0.99)/10))
		default:
			row(kind, 0.5, 4)
			row(kind, 0.99, 30)
		}
	}
}

// recall compares what is found of texts without spaces with a scan.
func recall(ctx context.Context, t *benchtable.Table, data string, d *benchdata.Data) error {
	s, err := benchstore.Open(benchstore.Dir(data, d.Name))
	if err != nil {
		return err
	}
	defer s.Close()
	all := pieces(d)
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		list := all[kind]
		want, missed := 0, 0
		for piece, ids := range scan(d, list) {
			found := map[string]bool{}
			q := store.Search{Terms: search.Parse(piece, time.Now()).Terms, Limit: 1000}
			for more := true; more; more = q.Cursor != "" {
				f, err := s.Search(ctx, q)
				if err != nil {
					return err
				}
				for _, h := range f.Hits {
					found[string(h.Message.Chat)+h.Message.ID] = true
				}
				q.Cursor = f.Cursor
			}
			for _, id := range ids {
				if want++; !found[id] {
					missed++
				}
			}
		}
		t.Add(benchtable.Row{Name: fmt.Sprintf("recall, %s, of %d found by a scan", kind, want), Value: 100 * float64(want-missed) / float64(want),
			Unit: "%", Limit: benchtable.AtLeast, Target: 100})
	}
	return nil
}

// scan finds the messages that contain pieces, as substrings.
func scan(d *benchdata.Data, pieces []string) map[string][]string {
	out := map[string][]string{}
	for page := range d.Pages() {
		for _, m := range page {
			for _, p := range pieces {
				if strings.Contains(m.Text, p) {
					out[p] = append(out[p], benchdata.ChatID(m.Chat)+m.ID())
				}
			}
		}
	}
	return out
}

// space measures memory at rest and the disk.
func space(ctx context.Context, t *benchtable.Table, data string, d *benchdata.Data) error {
	dir := benchstore.Dir(data, d.Name)
	b, err := exec.CommandContext(ctx, os.Args[0], "-rest", dir).Output()
	if err != nil {
		return fmt.Errorf("measure the memory of a store at rest: %w", err)
	}
	rest, err := strconv.ParseFloat(strings.TrimSpace(string(b)), 64)
	if err != nil {
		return err
	}
	t.Add(benchtable.Row{Name: "anonymous memory at rest after a search, heavy", Value: rest, Unit: "MB", Limit: benchtable.AtMost, Target: 80})
	raw := 0.0
	for page := range d.Pages() {
		for _, m := range page {
			raw += float64(len(m.HTML())) / 1e6
		}
	}
	size, peer := benchhost.OnDisk(dir), benchhost.OnDisk(filepath.Join(data, "mattn-"+d.Name))
	t.Add(benchtable.Row{Name: fmt.Sprintf("disk, messages and index, heavy (%.0f MB of HTML)", raw), Value: size, Unit: "MB", Limit: benchtable.AtMost,
		Target: min(1.5*raw, 0.6*peer), Peer: peer, PeerName: fts + ", plain text"})
	rate, err := benchstore.Fill(ctx, data, d)
	if err != nil {
		return err
	}
	t.Add(benchtable.Row{Name: "ingest with index, heavy, when it was filled", Value: rate, Unit: "messages/s", Limit: benchtable.AtLeast, Target: 5000})
	return nil
}

// beAtRest opens a store, searches once, and prints what the process then holds.
func beAtRest(dir string) error {
	debug.SetMemoryLimit(64 << 20)
	s, err := benchstore.Open(dir)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Search(context.Background(), store.Search{Terms: search.Parse("ba", time.Now()).Terms, Limit: 50}); err != nil {
		return err
	}
	debug.FreeOSMemory()
	fmt.Println(benchhost.Anonymous())
	return nil
}
