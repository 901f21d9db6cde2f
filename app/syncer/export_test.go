package syncer

// BugForTest is a mistake the syncer can be made to make.
type BugForTest = bug

// The mistakes.
const (
	NoOverlapForTest   = bugNoOverlap
	EarlyMarkForTest   = bugEarlyMark
	ClientClockForTest = bugClientClock
	NoPurgeForTest     = bugNoPurge
	RashGoneForTest    = bugRashGone
)

// BreakForTest makes a syncer make a mistake. It is called before Run.
func (s *Syncer) BreakForTest(b BugForTest) { s.bug = b }
