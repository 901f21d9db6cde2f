package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"strings"
	"time"
	"unicode"

	"github.com/rivo/uniseg"

	"chatpane/app/chat"
	"chatpane/app/dataverse"
	"chatpane/app/markup"
	"chatpane/app/odata"
)

const (
	// noteColumns is how many columns of the view the note shows.
	noteColumns = 5
	// leadMost bounds the first line, the record's name, in bytes.
	leadMost = 1000
	// viewFresh is how long a view's definition is not read again.
	viewFresh = 10 * time.Minute
)

// note is an introduction note as it was shown.
type note struct{ id, html string }

// readView is a view's definition and when it was read.
type readView struct {
	view dataverse.View
	at   time.Time
}

// PrepareStart reads what the form of a new connected chat shows: the settings
// of the record's type and the introduction note as receivers will see it.
func (s *Session) PrepareStart(ctx context.Context, key string) (StartInfo, error) {
	ref, err := chat.ParseRecordKey(key)
	if err != nil {
		return StartInfo{}, err
	}
	if err := s.checkEnv(ref); err != nil {
		return StartInfo{}, err
	}
	s.mu.Lock()
	cfg := s.view.configs[ref.Table]
	r := s.view.records[ref]
	s.mu.Unlock()
	out := StartInfo{Record: key, AutoName: cfg.AutoName, Join: cfg.Join,
		Note: Note{On: cfg.Note, Body: []markup.Node{}, Skipped: []string{}, Cut: []string{}}}
	if !cfg.Note {
		return out, nil
	}
	values, err := s.noteValues(ctx, ref, cfg.NoteView)
	s.sync.Heard(err)
	if err != nil {
		out.Note.Problem = noteProblem(err)
		return out, nil
	}
	out.Note = s.writeNote(ref, r, values)
	return out, nil
}

// errNoView means that the type's settings name no view.
var errNoView = errors.New("no view is chosen for the note")

// viewError is an error about the view rather than the record.
type viewError struct{ error }

func (e viewError) Unwrap() error { return e.error }

func (s *Session) noteValues(ctx context.Context, ref chat.RecordRef, view string) ([]dataverse.ViewValue, error) {
	if view == "" {
		return nil, errNoView
	}
	v, err := s.noteView(ctx, view)
	if err == nil && v.Table != ref.Table {
		err = fmt.Errorf("view of %s: %w", v.Table, dataverse.ErrNoColumns)
	}
	if err != nil {
		return nil, viewError{fmt.Errorf("read the note's view: %w", err)}
	}
	t, err := s.tableOf(ctx, ref.Table)
	if err != nil {
		return nil, fmt.Errorf("read the record's type: %w", err)
	}
	values, err := s.dv.ViewValues(ctx, t, v, ref.ID)
	if err != nil {
		return nil, fmt.Errorf("read the note's values: %w", err)
	}
	return values, nil
}

func (s *Session) noteView(ctx context.Context, id string) (dataverse.View, error) {
	s.starts.mu.Lock()
	known, ok := s.starts.views[id]
	s.starts.mu.Unlock()
	if ok && time.Since(known.at) < viewFresh {
		return known.view, nil
	}
	v, err := s.dv.View(ctx, id, noteColumns)
	if err != nil {
		return v, err
	}
	s.starts.mu.Lock()
	defer s.starts.mu.Unlock()
	if s.starts.views == nil {
		s.starts.views = map[string]readView{}
	}
	s.starts.views[id] = readView{v, time.Now()}
	return v, nil
}

// noteProblem says why there is no note.
func noteProblem(err error) *Problem {
	p := *explain(err)
	var ve viewError
	view := errors.As(err, &ve)
	switch {
	case errors.Is(err, errNoView):
		p.Code = "note.noView"
	case errors.Is(err, dataverse.ErrNoColumns):
		p.Code = "note.noColumns"
	case view && errors.Is(err, odata.ErrForbidden):
		p.Code = "note.viewForbidden"
	case view && (errors.Is(err, odata.ErrNotFound) || errors.Is(err, dataverse.ErrBadID)):
		p.Code = "note.noView"
	case errors.Is(err, odata.ErrForbidden):
		p.Code = "recordForbidden"
	case errors.Is(err, odata.ErrNotFound):
		p.Code = "recordGone"
	}
	return &p
}

// noteRow is one line of a note.
type noteRow struct {
	label, text string
	cut         bool
}

// writeNote makes the note and remembers it, so that what is sent is what was
// shown.
func (s *Session) writeNote(ref chat.RecordRef, r chat.Record, values []dataverse.ViewValue) Note {
	s.mu.Lock()
	kind := s.view.tables[ref.Table].Display
	s.mu.Unlock()
	out := Note{On: true, Body: []markup.Node{}, Skipped: []string{}, Cut: []string{}}
	var rows []noteRow
	for _, v := range values {
		switch {
		case !v.Column.Supported:
			out.Skipped = append(out.Skipped, v.Column.Label)
		case plain(v.Text) != "":
			rows = append(rows, noteRow{label: plain(v.Column.Label), text: plain(v.Text)})
		}
	}
	lead := strings.TrimSpace(kind + " " + r.Number)
	if r.Name != "" {
		lead = strings.TrimPrefix(lead+": "+r.Name, ": ")
	}
	body := fitNote(shorten(plain(lead), leadMost), recordURL(ref), rows)
	for _, row := range rows {
		if row.cut {
			out.Cut = append(out.Cut, row.label)
		}
	}
	out.ID, out.Body = textID(body), markup.Parse(body, markup.Context{})
	s.starts.mu.Lock()
	defer s.starts.mu.Unlock()
	if s.starts.notes == nil {
		s.starts.notes = map[chat.RecordRef]note{}
	}
	s.starts.notes[ref] = note{out.ID, body}
	return out
}

// textID names a text.
func textID(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// plain is a value without what breaks a line; a value that is a page (a mail's
// text) becomes its words.
func plain(text string) string {
	if strings.Contains(text, "</") || strings.Contains(text, "/>") {
		text = markup.Text(markup.Parse(text, markup.Context{}))
	}
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// fitNote writes the note and shortens its longest values, marking their rows,
// until a message holds it.
func fitNote(lead, url string, rows []noteRow) string {
	for {
		body := noteHTML(lead, url, rows)
		if len(body) <= markup.MaxOutgoing {
			return body
		}
		longest := -1
		for i, r := range rows {
			if longest < 0 || len(r.text) > len(rows[longest].text) {
				longest = i
			}
		}
		if longest < 0 || len(rows[longest].text) <= len("…") { // names alone fill it
			return noteHTML(lead, url, nil)
		}
		row := &rows[longest]
		row.cut = true
		row.text = shorten(row.text, min(markup.MaxOutgoing, len(row.text)*9/10-len("…")))
	}
}

// shorten cuts a text to at most n bytes at the end of a grapheme, with an
// ellipsis that is not counted.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	end := 0
	for g := uniseg.NewGraphemes(text); g.Next(); {
		if _, to := g.Positions(); to > n {
			break
		} else {
			end = to
		}
	}
	return text[:end] + "…"
}

func noteHTML(lead, url string, rows []noteRow) string {
	var b strings.Builder
	if link := html.EscapeString(url); strings.HasPrefix(url, "https:") {
		b.WriteString(`<p><strong><a href="` + link + `">` + html.EscapeString(lead) + `</a></strong></p>`)
	} else {
		b.WriteString(`<p><strong>` + html.EscapeString(lead) + `</strong></p>`)
	}
	if len(rows) > 0 {
		b.WriteString("<p>")
		for i, r := range rows {
			if i > 0 {
				b.WriteString("<br>")
			}
			b.WriteString("<strong>" + html.EscapeString(r.label) + ":</strong> " + html.EscapeString(r.text))
		}
		b.WriteString("</p>")
	}
	return b.String()
}

// firstMessages are the note and the quotes that a chat begins with.
func (s *Session) firstMessages(st Start, ref chat.RecordRef) ([]string, error) {
	var out []string
	if st.Note != "" {
		s.starts.mu.Lock()
		n := s.starts.notes[ref]
		s.starts.mu.Unlock()
		if n.id != st.Note {
			return nil, &Problem{Code: "note.changed"}
		}
		out = append(out, n.html)
	}
	quotes, err := s.quotes(chat.ID(st.QuoteFrom), st.Quotes)
	if err != nil {
		return nil, err
	}
	for _, body := range append(out, quotes...) {
		if err := markup.CheckOutgoing(body); err != nil {
			return nil, fmt.Errorf("first messages: %w", err)
		}
	}
	return append(out, quotes...), nil
}
