// Package benchtable collects the figures of one benchmark, prints them as a
// table and writes them as JSON.
//
// It promises that a missed target is said, that a figure which could not be had
// reads "not measured" and never as good, and it hides none. It refuses to fail:
// machines differ, so that judging is left to the reader.
package benchtable

import (
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

// NotMeasured is the value of a figure, or of a peer's, that could not be had. It
// is no number, and neither is what is computed from it.
func NotMeasured() float64 { return math.NaN() }

// Row is one figure.
type Row struct {
	Name string
	// Value may be NotMeasured.
	Value float64
	Unit  string // "ms", "MB", "requests", …
	Limit Limit
	// Target is in the unit of Value. Computed from a peer that was not measured
	// it is no number, and then nobody can tell whether it is met.
	Target float64
	// Peer is what the peer needed in the same run, in the unit of Value. It may
	// be NotMeasured; zero means that there is none.
	Peer float64
	// PeerName tells what the peer is.
	PeerName string
}

// Measured reports whether the figure, and the target where it has one, are
// numbers.
func (r Row) Measured() bool { return finite(r.Value) && (r.Limit == NoLimit || finite(r.Target)) }

// Met reports whether the figure is on the right side of its target. A figure
// that was not measured never is.
func (r Row) Met() bool {
	if !r.Measured() {
		return false
	}
	switch r.Limit {
	case AtMost:
		return r.Value <= r.Target
	case AtLeast:
		return r.Value >= r.Target
	}
	return true
}

// Ratio is the figure divided by the peer's, zero where there is no peer and no
// number where one of the two was not measured.
func (r Row) Ratio() float64 {
	if r.Peer == 0 {
		return 0
	}
	return r.Value / r.Peer
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

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

// Missed counts the figures that miss their target or were not measured.
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
		target, peer, ratio := "", "", ""
		if r.Limit != NoLimit {
			target = string(r.Limit) + " " + amount(r.Target, r.Unit)
		}
		if r.Peer != 0 {
			peer = strings.TrimSpace(amount(r.Peer, r.Unit) + " " + r.PeerName)
		}
		if r.Peer != 0 && finite(r.Ratio()) {
			ratio = number(r.Ratio()) + " ×"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, amount(r.Value, r.Unit), target, peer, ratio, r.verdict())
	}
	return out.Flush()
}

func (r Row) verdict() string {
	switch {
	case !r.Measured():
		return "not measured"
	case !r.Met():
		return "MISS"
	case r.Limit == NoLimit:
		return "" // told, not judged
	}
	return "ok"
}

// amount is a number with its unit; a dash stands for what is no number.
func amount(v float64, unit string) string {
	if !finite(v) {
		return "–"
	}
	return number(v) + " " + unit
}

// number prints three significant digits, and whole numbers whole.
func number(v float64) string {
	if !finite(v) {
		return "–"
	}
	if v == math.Trunc(v) || math.Abs(v) >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits <= 0 {
		return strconv.FormatFloat(v, 'f', 0, 64) // its zeros count
	}
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', digits, 64), "0"), ".")
}

// record is a row as JSON; the names are read by other programs. What was not
// measured is null.
type record struct {
	Name   string   `json:"name"`
	Value  *float64 `json:"value"`
	Unit   string   `json:"unit"`
	Target string   `json:"target"`
	Met    bool     `json:"met"`
	Peer   *float64 `json:"peer"`
	Ratio  *float64 `json:"ratio"`
}

// known is a number for JSON, which has no other way to say that it is none.
func known(v float64) *float64 {
	if !finite(v) {
		return nil
	}
	return &v
}

// Write saves the figures as dir/NAME.json.
func (t *Table) Write(dir string) error {
	records := []record{}
	for _, r := range t.rows {
		rec := record{Name: r.Name, Value: known(r.Value), Unit: r.Unit, Met: r.Met(), Peer: known(r.Peer), Ratio: known(r.Ratio())}
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
// 0.99 is p99. Of no samples it is NotMeasured, and so it is when one of them is
// no number. Samples are not changed.
func Quantile(samples []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	if len(sorted) == 0 || math.IsNaN(sorted[0]) { // what is no number sorts first
		return NotMeasured()
	}
	at := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(at, 0), len(sorted)-1)]
}
