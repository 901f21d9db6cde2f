package companion

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
)

// audit writes one JSON line per decision: ids only, no names, texts or tokens.
// Each line carries the hash of itself with the line before, so that one taken
// out or altered shows (see [CheckAudit]).
type audit struct {
	replica string

	mu   sync.Mutex
	log  *slog.Logger // guarded by mu; writes into line
	line bytes.Buffer // guarded by mu
	out  io.Writer    // guarded by mu
	seq  int64        // guarded by mu
	last string       // guarded by mu; chain of the line before
}

func newAudit(out io.Writer, replica string) *audit {
	a := &audit{replica: replica, out: out}
	a.log = slog.New(slog.NewJSONHandler(&a.line, nil))
	return a
}

// write adds the line of a decision. An error means that the decision is not
// recorded.
func (a *audit) write(ctx context.Context, d decision) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.line.Reset()
	a.seq++
	a.log.LogAttrs(ctx, slog.LevelInfo, "decision",
		slog.String("replica", a.replica), slog.Int64("seq", a.seq), slog.String("request", d.request),
		slog.String("outcome", d.outcome), slog.Any("reasons", d.reasons), slog.String("detail", d.detail), slog.Int("status", d.status),
		slog.String("person", d.person), slog.String("app", d.app), slog.String("environment", d.env), slog.String("link", d.link),
		slog.String("table", d.table), slog.String("record", d.record), slog.String("chat", d.chat),
		slog.Int64("tookMs", d.took.Milliseconds()), slog.Int64("checkedMs", d.checked.Milliseconds()))
	body := bytes.TrimRight(a.line.Bytes(), "}\n")
	chain := link(a.last, body)
	line := append(bytes.Clone(body), []byte(`,"chain":"`+chain+"\"}\n")...)
	if _, err := a.out.Write(line); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	a.last = chain
	return nil
}

func link(last string, body []byte) string {
	sum := sha256.Sum256(append([]byte(last+"\n"), body...))
	return hex.EncodeToString(sum[:])
}

// CheckAudit reads an audit and returns how many lines it has, or which one was
// altered or follows one that is missing. Each replica has a chain of its own,
// which begins again when the process does.
func CheckAudit(r io.Reader) (int, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	type place struct {
		seq   int64
		chain string
	}
	last := map[string]place{}
	n := 0
	for lines.Scan() {
		n++
		var v struct {
			Replica string `json:"replica"`
			Seq     int64  `json:"seq"`
			Chain   string `json:"chain"`
		}
		body, _, found := bytes.Cut(lines.Bytes(), []byte(`,"chain":"`))
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil || !found {
			return n, fmt.Errorf("line %d of the audit is not readable", n)
		}
		before := last[v.Replica]
		if v.Seq == 1 {
			before = place{}
		}
		if v.Seq != before.seq+1 || v.Chain != link(before.chain, body) {
			return n, fmt.Errorf("line %d of the audit was altered, or the one before it is missing", n)
		}
		last[v.Replica] = place{v.Seq, v.Chain}
	}
	if err := lines.Err(); err != nil {
		return n, fmt.Errorf("read the audit: %w", err)
	}
	return n, nil
}
