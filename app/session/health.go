package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"chatpane/app/chat"
	"chatpane/app/odata"
	"chatpane/app/store"
)

// onStatus publishes connection, counts and warnings.
func (s *Session) onStatus() {
	st := s.sync.Status()
	s.mu.Lock()
	v := s.view
	wasOnline, wasListed, wasAll := v.online, v.listed, v.allRead
	v.online, v.allRead = st.Online, st.AllRead
	v.listed = v.listed || !st.Checked.IsZero()
	v.listErr = nil
	if st.ListErr != nil {
		v.listErr = explain(st.ListErr)
	}
	if wasOnline != v.online || wasListed != v.listed || wasAll != v.allRead || !v.listed {
		s.publishLocked(nil)
	}
	h := Health{Connection: "online", Since: stamp(st.Since), Checked: stamp(st.Checked), Syncing: st.Syncing,
		Budget: int64(s.budget.PerHour()), Used: int64(s.budget.Used()), Warnings: []Warning{}}
	switch {
	case !st.Online:
		h.Connection = "offline"
	case time.Now().Before(st.Throttled):
		h.Connection = "throttled"
	case st.Syncing && st.Checked.IsZero():
		h.Connection = "connecting"
	}
	for _, op := range v.ops {
		switch {
		case op.Kind == chat.OpMarkRead:
		case op.State == chat.Parked:
			h.Parked++
		default:
			h.Pending++
		}
	}
	s.listWarningLocked(st.ListErr)
	full := false
	for _, f := range st.Feeds {
		if errors.Is(f.Err, store.ErrFull) {
			full = true
		}
		if errors.Is(f.Err, store.ErrDamaged) && s.abort != nil {
			s.abort(fmt.Errorf("feed %s: %w", f.Name, store.ErrDamaged))
		}
	}
	if full {
		s.warnings["list"] = Warning{Code: "diskFull", Args: []Arg{}}
	}
	for _, w := range s.warnings {
		h.Warnings = append(h.Warnings, w)
	}
	slices.SortFunc(h.Warnings, func(a, b Warning) int { return strings.Compare(a.Code, b.Code) })
	s.board.update(func(e *edit) { e.put(cellHealth, "", h) })
	s.mu.Unlock()
	if st.Online && !wasOnline {
		s.outbox.Nudge()
		s.wantRights()
		nudge(s.faces)
	}
}

// listWarningLocked turns a lasting failure of the list feed into a warning.
func (s *Session) listWarningLocked(err error) {
	delete(s.warnings, "list")
	if err == nil {
		return
	}
	if p := explain(err); p.Code != "offline" && p.Code != "throttled" {
		s.warnings["list"] = Warning{Code: p.Code, Args: p.Args, Action: p.Action, URL: p.URL}
	}
}

// warn sets or, with nil, clears the lasting condition of one source.
func (s *Session) warn(source string, w *Warning) {
	s.mu.Lock()
	if w == nil {
		delete(s.warnings, source)
	} else {
		s.warnings[source] = *w
	}
	s.mu.Unlock()
	s.onStatus()
}

// warnOf makes a warning of an error; being offline is shown by Connection.
func (s *Session) warnOf(source string, err error) {
	p := explain(err)
	if p.Code == "offline" || p.Code == "throttled" {
		s.warn(source, nil)
		return
	}
	s.warn(source, &Warning{Code: p.Code, Args: p.Args, Action: p.Action, URL: p.URL})
}

// noticeLocked shows a short message once.
func (s *Session) noticeLocked(code, kind string, args ...Arg) {
	s.notice++
	n := Notice{ID: s.notice, Code: code, Kind: kind, Args: append([]Arg{}, args...)}
	s.board.update(func(e *edit) {
		e.put(cellNotice, code+stamp(time.Now()), n)
	})
}

// faultsKept is how many errors Diagnostics shows.
const faultsKept = 50

// faults are the last failed requests, without names, texts or tokens.
type faults struct {
	mu   sync.Mutex
	rows []ErrorRow
}

// observe takes the outcome of one request.
func (f *faults) observe(e odata.Event) {
	if e.Err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, ErrorRow{Time: stamp(time.Now()), Where: e.Method + " " + e.Path, Code: explain(e.Err).Code, Request: e.Request})
	if len(f.rows) > faultsKept {
		f.rows = slices.Clone(f.rows[len(f.rows)-faultsKept:])
	}
}

// list returns the errors, newest first.
func (f *faults) list() []ErrorRow {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := slices.Clone(f.rows)
	slices.Reverse(out)
	if out == nil {
		out = []ErrorRow{}
	}
	return out
}
