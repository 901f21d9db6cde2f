package companion

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"chatpane/app/odata"
)

// buckets are the upper ends of the histogram, in seconds.
var buckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// metrics counts, in the few words of Prometheus' text format that it needs.
type metrics struct {
	mu        sync.Mutex
	decisions map[[2]string]int64 // guarded by mu; outcome and first reason
	upstream  map[[2]string]int64 // guarded by mu; method and path, and status class
	took      []int64             // guarded by mu; per bucket, not cumulated
	sum       float64             // guarded by mu; seconds
	count     int64               // guarded by mu
	lost      int64               // guarded by mu; decisions that the audit did not take
}

func newMetrics() *metrics {
	return &metrics{decisions: map[[2]string]int64{}, upstream: map[[2]string]int64{}, took: make([]int64, len(buckets)+1)}
}

// observe counts a request to Microsoft.
func (m *metrics) observe(e odata.Event) {
	class := "none"
	if e.Status > 0 {
		class = fmt.Sprintf("%dxx", e.Status/100)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.upstream[[2]string{e.Method + " " + e.Path, class}]++
}

func (m *metrics) decided(d decision, lost bool) {
	reason := ""
	if len(d.reasons) > 0 {
		reason = d.reasons[0]
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decisions[[2]string{d.outcome, reason}]++
	seconds := d.took.Seconds()
	i, _ := slices.BinarySearch(buckets, seconds)
	m.took[i]++
	m.sum += seconds
	m.count++
	if lost {
		m.lost++
	}
}

// write prints everything.
func (m *metrics) write(w io.Writer, up time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	b.WriteString("# HELP chatpane_companion_decisions_total Decisions about joining, by outcome and first reason.\n# TYPE chatpane_companion_decisions_total counter\n")
	counters(&b, "chatpane_companion_decisions_total", "outcome", "reason", m.decisions)
	b.WriteString("# HELP chatpane_companion_upstream_total Requests to Microsoft, by kind and class of status.\n# TYPE chatpane_companion_upstream_total counter\n")
	counters(&b, "chatpane_companion_upstream_total", "request", "status", m.upstream)
	b.WriteString("# HELP chatpane_companion_join_seconds How long a decision took.\n# TYPE chatpane_companion_join_seconds histogram\n")
	n := int64(0)
	for i, end := range buckets {
		n += m.took[i]
		fmt.Fprintf(&b, "chatpane_companion_join_seconds_bucket{le=\"%g\"} %d\n", end, n)
	}
	fmt.Fprintf(&b, "chatpane_companion_join_seconds_bucket{le=\"+Inf\"} %d\nchatpane_companion_join_seconds_sum %g\nchatpane_companion_join_seconds_count %d\n", m.count, m.sum, m.count)
	fmt.Fprintf(&b, "# HELP chatpane_companion_audit_lost_total Decisions that could not be recorded.\n# TYPE chatpane_companion_audit_lost_total counter\nchatpane_companion_audit_lost_total %d\n", m.lost)
	fmt.Fprintf(&b, "# HELP chatpane_companion_up_seconds How long this process has been up.\n# TYPE chatpane_companion_up_seconds gauge\nchatpane_companion_up_seconds %g\n", up.Seconds())
	_, _ = io.WriteString(w, b.String()) // a reader that went away misses nothing
}

func counters(b *strings.Builder, name, first, second string, values map[[2]string]int64) {
	keys := slices.SortedFunc(maps.Keys(values), func(x, y [2]string) int { return strings.Compare(x[0]+"\x00"+x[1], y[0]+"\x00"+y[1]) })
	for _, k := range keys {
		fmt.Fprintf(b, "%s{%s=%q,%s=%q} %d\n", name, first, k[0], second, k[1], values[k])
	}
}
