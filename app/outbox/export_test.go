package outbox

// Journal is what tests give in place of a vault's journal.
type Journal = journal

// OpenForTest opens an outbox on any journal.
func OpenForTest(j Journal, o Options) (*Outbox, error) { return open(j, o) }

// OpenDraftsForTest opens drafts on any journal.
func OpenDraftsForTest(j Journal) (*Drafts, error) { return openDrafts(j) }

// After is the id that follows directly.
func After(id string) string { return after(id) }
