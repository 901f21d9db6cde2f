// Package benchtable collects the figures of one benchmark, prints them as a
// table and writes them as JSON.
//
// It promises that a missed target is said and never hides a figure. It refuses
// to fail: machines differ, so that judging is left to the reader.
package benchtable

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Limit says on which side of its target a figure is good.
type Limit string

// The sides, as the table shows them.
const (
	AtMost  Limit = "≤"
	AtLeast Limit = "≥"
	NoLimit Limit = "" // the figure is only told
)

// Row is one figure.
type Row struct {
	Name  string
	Value float64
	Unit  string // "ms", "MB", "requests", …
	Limit Limit
	// Target is in the unit of Value.
	Target float64
	// Peer is what the peer needed in the same run, in the unit of Value; zero
	// means that there is none.
	Peer float64
	// PeerName tells what the peer is.
	PeerName string
}

// Met reports whether the figure is on the right side of its target. A figure
// that is no number never is.
func (r Row) Met() bool {
	switch r.Limit {
	case AtMost:
		return r.Value <= r.Target
	case AtLeast:
		return r.Value >= r.Target
	}
	return !math.IsNaN(r.Value)
}

// Ratio is the figure divided by the peer's, zero where there is no peer.
func (r Row) Ratio() float64 {
	if r.Peer == 0 {
		return 0
	}
	return r.Value / r.Peer
}

// Table is the figures of one benchmark, in the order they were added. It is
// used by one goroutine.
type Table struct {
	name string
	rows []Row
}

// New starts the table of the benchmark called name.
func New(name string) *Table { return &Table{name: name} }

// Add appends a figure.
func (t *Table) Add(r Row) { t.rows = append(t.rows, r) }

// Missed counts the figures that miss their target.
func (t *Table) Missed() int {
	n := 0
	for _, r := range t.rows {
		if !r.Met() {
			n++
		}
	}
	return n
}

// Print writes the table for people.
func (t *Table) Print(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\n%s\tfigure\ttarget\tpeer\tratio\t\n", t.name)
	for _, r := range t.rows {
		target, peer, ratio, verdict := "", "", "", "ok"
		if r.Limit != NoLimit {
			target = string(r.Limit) + " " + number(r.Target) + " " + r.Unit
		}
		if r.Peer != 0 {
			peer = strings.TrimSpace(number(r.Peer) + " " + r.Unit + " " + r.PeerName)
			ratio = number(r.Ratio()) + " ×"
		}
		if !r.Met() {
			verdict = "MISS"
		}
		fmt.Fprintf(out, "%s\t%s %s\t%s\t%s\t%s\t%s\n", r.Name, number(r.Value), r.Unit, target, peer, ratio, verdict)
	}
	return out.Flush()
}

// number prints three significant digits, and whole numbers whole.
func number(v float64) string {
	if v == math.Trunc(v) || math.Abs(v) >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits <= 0 {
		return strconv.FormatFloat(v, 'f', 0, 64) // its zeros count
	}
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', digits, 64), "0"), ".")
}

// record is a row as JSON; the names are read by other programs.
type record struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Target string  `json:"target"`
	Met    bool    `json:"met"`
	Peer   float64 `json:"peer"`
	Ratio  float64 `json:"ratio"`
}

// Write saves the figures as dir/NAME.json.
func (t *Table) Write(dir string) error {
	records := []record{}
	for _, r := range t.rows {
		rec := record{Name: r.Name, Value: r.Value, Unit: r.Unit, Met: r.Met(), Peer: r.Peer, Ratio: r.Ratio()}
		if r.Limit != NoLimit {
			rec.Target = string(r.Limit) + " " + number(r.Target)
		}
		records = append(records, rec)
	}
	data, err := json.MarshalIndent(records, "", "  ")
	if err != nil {
		return fmt.Errorf("write the figures of %s: %w", t.name, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, t.name+".json"), append(data, '\n'), 0o644)
}

// Quantile returns the q-quantile of samples, q from 0 to 1: 0.5 is the median,
// 0.99 is p99, zero of no samples. Samples are not changed.
func Quantile[T cmp.Ordered](samples []T, q float64) (v T) {
	if len(samples) == 0 {
		return v
	}
	sorted := slices.Sorted(slices.Values(samples))
	at := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(at, 0), len(sorted)-1)]
}
