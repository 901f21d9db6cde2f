package session

import (
	"encoding/json"
	"slices"
	"strings"

	"chatpane/app/chat"
	"chatpane/app/markup"
	"chatpane/app/store"
)

// Start describes a new chat.
type Start struct {
	Record string   `json:"record"` // record key; "" makes a chat with no record
	People []string `json:"people"` // Entra object ids
	Topic  string   `json:"topic"`  // "" leaves it unnamed
	// Note is the ID of the introduction note as PrepareStart returned it; ""
	// leaves it out.
	Note string `json:"note"`
	// QuoteFrom is the chat of which the messages Quotes are quoted; "" = none.
	QuoteFrom string   `json:"quoteFrom"`
	Quotes    []string `json:"quotes"`
}

// Started tells what became of a new chat so far. Without Chat it is being
// made: the row of Op in Change.Starts tells how far it is.
type Started struct {
	Chat string `json:"chat"`
	Op   string `json:"op"`
}

// StartInfo is what the form of a new connected chat is filled with.
type StartInfo struct {
	Record   string `json:"record"`   // record key
	AutoName bool   `json:"autoName"` // propose the record's name; else the participants' names
	Join     bool   `json:"join"`     // others with write access can join later
	Note     Note   `json:"note"`
}

// Note is the introduction note as the receivers will see it.
type Note struct {
	// ID names this very text; "" means that there is no note, and Problem says
	// why when the record's type has the note on.
	ID string `json:"id"`
	On bool   `json:"on"` // the record's type has the note on
	// Body is the note as nodes.
	Body []markup.Node `json:"body"`
	// Skipped are labels of columns whose values cannot be written, Cut those of
	// values that were shortened because a message holds 28 KB.
	Skipped []string `json:"skipped"`
	Cut     []string `json:"cut"`
	Problem *Problem `json:"problem"`
}

// Quotable is a message that may be quoted into a new chat.
type Quotable struct {
	ID   string        `json:"id"`
	From string        `json:"from"` // name; "" when it is the user
	Me   bool          `json:"me"`
	Time string        `json:"time"`
	Text string        `json:"text"` // plain, as the quote will have it
	Body []markup.Node `json:"body"` // the quote as nodes
}

// StartRow is a chat that is being made, or one that was made twice.
type StartRow struct {
	ID     string   `json:"id"`     // op id, or for a twin the chat id
	Record string   `json:"record"` // record key, "" = none
	Title  string   `json:"title"`
	People []string `json:"people"` // names
	// State is "waiting", "sending", "unsure", "parked", or "twin": an earlier
	// attempt made Chat too, which is empty and can be left.
	State  string `json:"state"`
	Reason string `json:"reason"` // problem code
	Chat   string `json:"chat"`   // of a twin
}

// factTwins is where chats that were made twice are kept.
const factTwins = "twins"

// twin is an empty chat that an attempt left behind.
type twin struct{ Chat, Record, Title string }

// startRows are the chats under way and the twins, oldest first.
func (v *view) startRows() []StartRow {
	rows := []StartRow{}
	for _, op := range v.ops {
		if op.Kind != chat.OpCreate {
			continue
		}
		row := StartRow{ID: op.ID, Title: op.Create.ChatName, People: []string{}, State: string(op.State), Reason: op.Reason}
		if !op.Create.Record.IsZero() {
			row.Record = op.Create.Record.Key()
		}
		for _, p := range op.Create.People {
			if p.Name != "" {
				row.People = append(row.People, p.Name)
			}
		}
		rows = append(rows, row)
	}
	for _, t := range v.twins {
		if _, mine := v.chats[chat.ID(t.Chat)]; mine {
			rows = append(rows, StartRow{ID: t.Chat, Record: t.Record, Title: t.Title, People: []string{}, State: "twin", Chat: t.Chat})
		}
	}
	slices.SortFunc(rows, func(a, b StartRow) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

// loadTwins reads the twins into the view.
func (s *Session) loadTwins() {
	var list []twin
	if err := json.Unmarshal(s.store.Fact(factTwins), &list); err == nil {
		s.view.twins = list
	}
}

// twinsFact is the stored form of the twins after a change.
func twinsFact(list []twin) (store.Fact, error) { return encodeFact(factTwins, list) }
