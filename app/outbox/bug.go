package outbox

// bug is a mistake that a test switches on to prove that the simulation sees
// it; nothing else ever sets one.
type bug string

const (
	bugNoLook      bug = "noLook"      // what is unsure is tried again at once
	bugNoSettle    bug = "noSettle"    // one look is enough, whenever it was
	bugLateSending bug = "lateSending" // a request starts before "sending" is durable
	bugNoOrder     bug = "noOrder"     // ops overtake each other
	bugRashTwins   bug = "rashTwins"   // what has begun is taken back on paper only
)
