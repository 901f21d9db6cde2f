package benchtable_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chatpane/build/benchtable"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		row  benchtable.Row
		met  bool
	}{
		{"at its limit", benchtable.Row{Value: 50, Limit: benchtable.AtMost, Target: 50}, true},
		{"above its limit", benchtable.Row{Value: 50.1, Limit: benchtable.AtMost, Target: 50}, false},
		{"below what is asked", benchtable.Row{Value: 9, Limit: benchtable.AtLeast, Target: 10}, false},
		{"above what is asked", benchtable.Row{Value: 11, Limit: benchtable.AtLeast, Target: 10}, true},
		{"only told", benchtable.Row{Value: 3}, true},
		{"not measured", benchtable.Row{Value: benchtable.NotMeasured(), Limit: benchtable.AtMost, Target: 10}, false},
		{"not measured, only told", benchtable.Row{Value: benchtable.NotMeasured()}, false},
		{"divided by nothing", benchtable.Row{Value: math.Inf(1), Limit: benchtable.AtLeast, Target: 10}, false},
		{"at most what was not measured", benchtable.Row{Value: 5, Limit: benchtable.AtMost, Target: benchtable.NotMeasured()}, false},
		{"at most what is boundless", benchtable.Row{Value: 5, Limit: benchtable.AtMost, Target: math.Inf(1)}, false},
		{"the quantile of no samples", benchtable.Row{Value: benchtable.Quantile(nil, 0.5), Limit: benchtable.AtMost, Target: 10}, false},
	} {
		if got := c.row.Met(); got != c.met {
			t.Errorf("%s: met is %v, want %v", c.name, got, c.met)
		}
	}
}

func TestTableSaysWhatMisses(t *testing.T) {
	t.Parallel()
	table := benchtable.New("store")
	table.Add(benchtable.Row{Name: "page p50", Value: 0.184, Unit: "ms", Limit: benchtable.AtMost, Target: 0.25, Peer: 0.92, PeerName: "SQLite"})
	table.Add(benchtable.Row{Name: "ingest", Value: 4999, Unit: "messages/s", Limit: benchtable.AtLeast, Target: 5000})

	table.Add(benchtable.Row{Name: "search p99", Value: 110.3, Unit: "ms", Limit: benchtable.AtMost, Target: 199.7})

	table.Add(benchtable.Row{Name: "page p50", Value: 0.184, Unit: "ms", Peer: 0.046, PeerName: "bleve"})

	var out bytes.Buffer
	if err := table.Print(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 {
		t.Fatalf("got %d lines, want a head and four rows:\n%s", len(lines), out.String())
	}
	if got := strings.Join(strings.Fields(lines[4]), " "); got != "page p50 0.184 ms 0.046 ms bleve 4 ×" {
		t.Errorf("a row without a target is not judged, but reads %q", got)
	}
	if got := strings.Join(strings.Fields(lines[1]), " "); got != "page p50 0.184 ms ≤ 0.25 ms 0.92 ms SQLite 0.2 × ok" {
		t.Errorf("the first row reads %q", got)
	}
	if !strings.Contains(out.String(), "110 ms") || !strings.Contains(out.String(), "≤ 200 ms") {
		t.Errorf("whole hundreds lose their zeros:\n%s", out.String())
	}
	if !strings.HasSuffix(lines[2], "MISS") || table.Missed() != 1 {
		t.Errorf("the second row misses its target, but reads %q (%d missed)", lines[2], table.Missed())
	}

	dir := t.TempDir()
	if err := table.Write(dir); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "store.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"name", "value", "unit", "target", "met", "peer", "ratio"} {
		if _, ok := rows[0][key]; !ok {
			t.Errorf("the JSON lacks %q: %s", key, data)
		}
	}
	if rows[0]["met"] != true || rows[1]["met"] != false {
		t.Errorf("met is %v and %v, want true and false", rows[0]["met"], rows[1]["met"])
	}
}

func TestWhatWasNotMeasuredIsSaid(t *testing.T) {
	t.Parallel()
	table := benchtable.New("memory")
	none := benchtable.NotMeasured()
	table.Add(benchtable.Row{Name: "resident", Value: none, Unit: "MB", Limit: benchtable.AtMost, Target: 60, Peer: none, PeerName: "SQLite"})
	table.Add(benchtable.Row{Name: "told", Value: none, Unit: "ms"})
	table.Add(benchtable.Row{Name: "half", Value: 5, Unit: "ms", Limit: benchtable.AtMost, Target: none, Peer: none, PeerName: "SQLite"})
	var out bytes.Buffer
	if err := table.Print(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{"resident – ≤ 60 MB – SQLite not measured", "told – not measured", "half 5 ms ≤ – – SQLite not measured"} {
		if got := strings.Join(strings.Fields(lines[i+1]), " "); got != want {
			t.Errorf("row %d reads %q, want %q", i+1, got, want)
		}
	}
	if table.Missed() != 3 {
		t.Errorf("%d are not met, want all 3", table.Missed())
	}
	dir := t.TempDir()
	if err := table.Write(dir); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "memory.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[:2] {
		if row["value"] != nil || row["met"] != false {
			t.Errorf("written as value %v, met %v; want null and false", row["value"], row["met"])
		}
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	samples := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := benchtable.Quantile(samples, q); got != want {
			t.Errorf("the %v-quantile is %v, want %v", q, got, want)
		}
	}
	if samples[0] != 5 {
		t.Error("the samples were sorted in place")
	}
	for _, none := range [][]float64{nil, {3, benchtable.NotMeasured(), 1}} {
		if got := benchtable.Quantile(none, 1); !math.IsNaN(got) {
			t.Errorf("of %v: %v, want no number", none, got)
		}
	}
}
