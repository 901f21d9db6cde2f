package syncer

// bug is a mistake that a test switches on to prove that the simulation sees
// it; nothing else ever sets one.
type bug string

const (
	bugNoOverlap   bug = "noOverlap"   // changes are read from the watermark on, without a lap
	bugEarlyMark   bug = "earlyMark"   // the watermark moves after the first page of a round
	bugClientClock bug = "clientClock" // the watermark is this machine's time
	bugNoPurge     bug = "noPurge"     // a chat that the user left stays
	bugRashGone    bug = "rashGone"    // what one list lacks is taken away unasked
)
