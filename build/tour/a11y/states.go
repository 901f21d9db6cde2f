package a11y

import "strings"

// States is the set of states of an object: bit n is AT-SPI's state n.
type States uint64

// The states the tour asks about (numbers of AtspiStateType).
const (
	Checked   States = 1 << 4
	Editable  States = 1 << 7
	Enabled   States = 1 << 8
	Expanded  States = 1 << 10
	Focused   States = 1 << 12
	Pressed   States = 1 << 20
	Selected  States = 1 << 23
	Sensitive States = 1 << 24
	Showing   States = 1 << 25
	Visible   States = 1 << 30
)

var stateNames = []struct {
	state States
	name  string
}{
	{Checked, "checked"}, {Editable, "editable"}, {Enabled, "enabled"}, {Expanded, "expanded"},
	{Focused, "focused"}, {Pressed, "pressed"}, {Selected, "selected"}, {Sensitive, "sensitive"},
	{Showing, "showing"}, {Visible, "visible"},
}

// Has reports whether all states of want are set.
func (s States) Has(want States) bool { return s&want == want }

// String lists the states in words.
func (s States) String() string {
	var words []string
	for _, n := range stateNames {
		if s.Has(n.state) {
			words = append(words, n.name)
		}
	}
	return strings.Join(words, " ")
}
