package a11y_test

import (
	"testing"

	"chatpane/build/tour/a11y"
)

func TestSeenReadsAsOneLine(t *testing.T) {
	t.Parallel()
	s := a11y.Seen{
		Depth: 1, Role: "entry", Name: "Filter", Text: "pump", Box: a11y.Box{X: 1, Y: 2, W: 30, H: 40},
		State: a11y.Showing | a11y.Focused,
	}
	want := `  entry "Filter" text="pump" 1,2 30x40 [focused showing]`
	if got := s.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStatesAreBitsOfTheirNumbers(t *testing.T) {
	t.Parallel()
	// ATSPI_STATE_ENABLED is 8, ATSPI_STATE_SHOWING is 25.
	s := a11y.States(1<<8 | 1<<25)
	if !s.Has(a11y.Enabled | a11y.Showing) {
		t.Errorf("%s lacks enabled or showing", s)
	}
	if s.Has(a11y.Enabled | a11y.Focused) {
		t.Errorf("%s is not focused", s)
	}
}

func TestCentreIsInTheBox(t *testing.T) {
	t.Parallel()
	if x, y := (a11y.Box{X: 10, Y: 20, W: 4, H: 6}).Centre(); x != 12 || y != 23 {
		t.Errorf("got %d,%d, want 12,23", x, y)
	}
	if !(a11y.Box{W: 5}).Empty() || (a11y.Box{W: 1, H: 1}).Empty() {
		t.Error("a box is empty when it has no width or no height, and only then")
	}
}
