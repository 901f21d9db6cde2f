//go:build linux

package main

import (
	"bytes"
	"strings"
	"testing"

	"chatpane/build/tour/a11y"
)

// page is a list of two sections as WebKitGTK tells it.
var page = snapshot{
	{Depth: 0, Role: "document web", Name: "Chatpane", Box: a11y.Box{W: 440, H: 960}},
	{Depth: 1, Role: "landmark", Name: "Chats connected to this record"},
	{Depth: 2, Role: "list item"},
	{Depth: 3, Role: "push button", Name: "Pump 7 leaks", Text: "Pump 7 leaks"},
	{Depth: 3, Role: "combo box", Name: "More"},
	{Depth: 1, Role: "landmark", Name: "Other chats"},
	{Depth: 2, Role: "list item"},
	{Depth: 3, Role: "push button", Name: "Lunch", State: a11y.Enabled},
	{Depth: 3, Role: "combo box", Name: "More"},
}

func TestQueriesFindWhatTheyMean(t *testing.T) {
	t.Parallel()
	here := a("landmark").named("Chats connected to this record")
	there := a("landmark").named("other chats")
	for _, c := range []struct {
		name  string
		query query
		want  []int
	}{
		{"by role", a("list item"), []int{2, 6}},
		{"by one of several roles", a("combo box", "push button"), []int{3, 4, 7, 8}},
		{"by exact name, whatever its case", a("push button").named("lunch"), []int{7}},
		{"not by a part of the name", a("push button").named("Pump"), nil},
		{"by text inside", a("list item").with("leaks"), []int{2}},
		{"by two texts inside", a("list item").with("leaks").with("lunch"), nil},
		{"inside another", a("combo box").in(there), []int{8}},
		{"inside what is inside", a("combo box").in(a("list item").with("pump").in(here)), []int{4}},
		{"not outside", a("push button").named("Lunch").in(here), nil},
		{"not what is greyed out", a("push button").enabled(), []int{7}},
		{"by the beginning of the name", a("push button").titled("pump"), []int{3}},
		{"inside nothing", a("push button").in(a("dialog")), nil},
	} {
		got := c.query.all(page)
		if len(got) != len(c.want) {
			t.Errorf("%s: %s finds %v, want %v", c.name, c.query, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %s finds %v, want %v", c.name, c.query, got, c.want)
			}
		}
	}
}

func TestQueriesReadAsSentences(t *testing.T) {
	t.Parallel()
	q := a("list item", "table row").with("Pump").in(a("landmark").named("Other chats"))
	want := `a list item or table row with "Pump" in a landmark named "Other chats"`
	if got := q.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWheelTurnsTowardsWhatIsOutOfSight(t *testing.T) {
	t.Parallel()
	view := a11y.Box{Y: 10, W: 400, H: 500}
	for _, c := range []struct {
		y    int
		want string
	}{{-200, wheelUp}, {100, ""}, {700, wheelDown}} {
		if got := intoView(view, a11y.Box{Y: c.y, W: 10, H: 20}); got != c.want {
			t.Errorf("for a thing at %d the wheel turns %q, want %q", c.y, got, c.want)
		}
	}
}

func TestLabelsStandInTheCatalogue(t *testing.T) {
	t.Parallel()
	l, err := readLabels("../../frontend/src/text/en.json")
	if err != nil {
		t.Fatal(err)
	}
	// Placeholders are filled or cut off, for no name on the screen has any.
	for _, label := range []string{l.thisRecord, l.connect, l.disconnect, l.more} {
		if label == "" || strings.ContainsAny(label, "{}") {
			t.Errorf("%q cannot be found on the screen", label)
		}
	}
	if l.thisRecord != "Connected to this case" {
		t.Errorf("the head of the first section is %q", l.thisRecord)
	}
}

func TestABlankPictureIsNotTakenForAPaintedOne(t *testing.T) {
	t.Parallel()
	white := append([]byte("P6\n44 60\n255\n"), bytes.Repeat([]byte{255, 255, 255}, 44*60)...)
	red := append([]byte("P6\n440 960\n255\n"), bytes.Repeat([]byte{255, 0, 9}, 440*960)...)
	drawn := bytes.Clone(red)
	drawn[len(drawn)-500]++
	for name, c := range map[string]struct {
		ppm  []byte
		want bool
	}{"nothing": {nil, true}, "white": {white, true}, "red": {red, true}, "one dot": {drawn, false}} {
		if got := blank(c.ppm); got != c.want {
			t.Errorf("%s: blank is %v, want %v", name, got, c.want)
		}
	}
}
