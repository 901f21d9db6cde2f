package outbox

// Journal is what tests give in place of a vault's journal.
type Journal = journal

// OpenForTest opens an outbox on any journal.
func OpenForTest(j Journal, o Options) (*Outbox, error) { return open(j, o) }

// OpenDraftsForTest opens drafts on any journal.
func OpenDraftsForTest(j Journal) (*Drafts, error) { return openDrafts(j) }

// After is the id that follows directly.
func After(id string) string { return after(id) }

// BugForTest is a mistake the outbox can be made to make.
type BugForTest = bug

// The mistakes.
const (
	NoLookForTest      = bugNoLook
	NoSettleForTest    = bugNoSettle
	LateSendingForTest = bugLateSending
	NoOrderForTest     = bugNoOrder
	RashTwinsForTest   = bugRashTwins
)

// BreakForTest makes an outbox make a mistake. It is called before Run.
func (o *Outbox) BreakForTest(b BugForTest) { o.bug = b }
