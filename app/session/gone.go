package session

import "chatpane/app/store"

// dropGoneLocked takes messages that the server no longer has off the pane. mu
// is held.
func (s *Session) dropGoneLocked(keys []store.MessageKey) {
	s.board.update(func(e *edit) {
		for _, k := range keys {
			if s.watched[k.Chat] {
				// The pane may know the row from a page alone: only what has a cell leaves a tombstone.
				e.putIn(cellMessage, string(k.Chat), k.ID, MessageRow{Chat: string(k.Chat), ID: k.ID})
				e.remove(cellMessage, string(k.Chat), k.ID)
			}
		}
	})
}
