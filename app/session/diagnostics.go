package session

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
)

// Diagnostics is the content of the Diagnostics page. It holds no names, texts
// or tokens, so all of it may leave the machine.
func (c *Core) Diagnostics() Diagnostics {
	d := Diagnostics{
		Version: c.o.Version, System: runtime.GOOS + "/" + runtime.GOARCH, Engine: runtime.Version(),
		Feeds: []FeedState{}, Errors: c.fault.list(), Scopes: []ScopeState{}, Store: []Figure{},
	}
	c.mu.Lock()
	r := c.current
	c.mu.Unlock()
	if r == nil {
		return d
	}
	s := r.Session
	d.Budget, d.Used = int64(s.budget.PerHour()), int64(s.budget.Used())
	for _, f := range s.sync.Status().Feeds {
		row := FeedState{Name: f.Name, Last: stamp(f.Last)}
		if f.Err != nil {
			p := explain(f.Err)
			row.Problem, row.Request = p.Code, p.Request
		}
		d.Feeds = append(d.Feeds, row)
	}
	d.Scopes = c.scopes(r)
	rep := s.store.Report()
	d.Store = append(d.Store,
		Figure{"schema", fmt.Sprint(rep.Schema)}, Figure{"chats", fmt.Sprint(rep.Chats)},
		Figure{"messages", fmt.Sprint(rep.Messages)}, Figure{"rebuilt", fmt.Sprint(rep.Rebuilt)})
	return d
}

// DiagnosticsText is the Diagnostics page as text for the clipboard.
func (c *Core) DiagnosticsText() string {
	d := c.Diagnostics()
	var b strings.Builder
	fmt.Fprintf(&b, "Chatpane %s, %s, %s\nGraph requests in the last hour: %d of %d\n", d.Version, d.System, d.Engine, d.Used, d.Budget)
	for _, f := range d.Feeds {
		fmt.Fprintf(&b, "feed %s: last %s %s %s\n", f.Name, f.Last, f.Problem, f.Request)
	}
	for _, s := range d.Scopes {
		fmt.Fprintf(&b, "scope %s: granted %t\n", s.Name, s.Granted)
	}
	for _, f := range d.Store {
		fmt.Fprintf(&b, "store %s: %s\n", f.Name, f.Value)
	}
	for _, e := range d.Errors {
		fmt.Fprintf(&b, "%s %s %s %s\n", e.Time, e.Code, e.Where, e.Request)
	}
	return b.String()
}

// SupportBundle is a zip with Diagnostics as JSON and as text.
func (c *Core) SupportBundle() ([]byte, error) {
	page, err := json.MarshalIndent(c.Diagnostics(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("make support bundle: %w", err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range map[string][]byte{"diagnostics.json": page, "diagnostics.txt": []byte(c.DiagnosticsText())} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return nil, fmt.Errorf("make support bundle: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("make support bundle: %w", err)
	}
	return out.Bytes(), nil
}
