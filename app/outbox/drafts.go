package outbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"chatpane/app/chat"
	"chatpane/app/vault"
)

// Draft is what the user has typed in a chat and not yet sent.
type Draft struct {
	Chat chat.ID
	JSON string // the editor's own state
	Text string // the same as plain text
}

// Drafts keeps one draft per chat in a journal of its own. All methods may be
// called concurrently.
type Drafts struct {
	mu     sync.Mutex // guards the rest
	shelf  shelf
	drafts map[chat.ID]Draft
}

// OpenDrafts reads the drafts of a journal.
func OpenDrafts(j *vault.Journal) (*Drafts, error) { return openDrafts(j) }

func openDrafts(j journal) (*Drafts, error) {
	d := &Drafts{shelf: shelf{journal: j}, drafts: map[chat.ID]Draft{}}
	d.shelf.opened()
	for i, r := range j.Records() {
		var draft Draft
		if err := json.Unmarshal(r, &draft); err != nil {
			return nil, fmt.Errorf("read record %d of the drafts: %w", i, err)
		}
		d.keepLocked(draft)
	}
	return d, nil
}

func (d *Drafts) keepLocked(draft Draft) {
	if draft.JSON == "" && draft.Text == "" {
		delete(d.drafts, draft.Chat)
		return
	}
	d.drafts[draft.Chat] = draft
}

// Save keeps the draft of a chat, durable when it returns; the last one counts.
// An empty one removes it. After an error the earlier draft stands.
func (d *Drafts) Save(id chat.ID, editor, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	draft := Draft{Chat: id, JSON: editor, Text: text}
	before := d.drafts[id]
	if draft == before || before.Chat == "" && editor == "" && text == "" {
		return nil
	}
	rec, err := json.Marshal(draft)
	if err != nil {
		return fmt.Errorf("encode the draft of %s: %w", id, err)
	}
	d.keepLocked(draft)
	if err := d.shelf.append(rec, d.recordsLocked); err != nil {
		before.Chat = id
		d.keepLocked(before)
		return fmt.Errorf("keep the draft of %s: %w", id, err)
	}
	// A journal that stays large for now is no reason to refuse the draft, which
	// is durable already; the next one tries again.
	_ = d.shelf.compact(d.recordsLocked)
	return nil
}

func (d *Drafts) recordsLocked() ([][]byte, error) {
	out := make([][]byte, 0, len(d.drafts))
	for _, draft := range d.allLocked() {
		rec, err := json.Marshal(draft)
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// All returns the drafts by chat.
func (d *Drafts) All() []Draft {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.allLocked()
}

func (d *Drafts) allLocked() []Draft {
	out := make([]Draft, 0, len(d.drafts))
	for _, id := range slices.Sorted(maps.Keys(d.drafts)) {
		out = append(out, d.drafts[id])
	}
	return out
}

// Get returns the draft of a chat; false when there is none.
func (d *Drafts) Get(id chat.ID) (Draft, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	draft, ok := d.drafts[id]
	return draft, ok
}
