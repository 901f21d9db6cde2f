package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"chatpane/build/benchtable"
)

func TestAFigureThatWasNotMeasuredIsAnError(t *testing.T) {
	t.Parallel()
	kinds := reflect.TypeFor[side]()
	if err := added(t, whole(kinds)); err != nil {
		t.Fatalf("with every figure: %v", err)
	}
	for i := range kinds.NumField() {
		name := kinds.Field(i).Name
		figures := whole(kinds)
		delete(figures["Pane"], name)
		if err := added(t, figures); err == nil {
			t.Errorf("without %s nothing is said", name)
		}
	}
	for _, name := range []string{"Start", "Script", "Switch", "Frame", "ListFrame", "Heap"} {
		figures := whole(kinds)
		delete(figures["Peer"], name)
		if err := added(t, figures); err == nil || !strings.Contains(err.Error(), "peer") {
			t.Errorf("without the peer's %s: %v", name, err)
		}
	}
}

func TestAFigureThatIsNoNumberIsAnError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"pane":{"heap":null}}`, `{"pane":{"start":[1,null]}}`, `{"pane":{"start":null}}`, `{"pane":{"heap":"1"}}`} {
		var f figures
		if err := json.Unmarshal([]byte(text), &f); err == nil {
			t.Errorf("%s is read as %v", text, f.Pane)
		}
	}
}

// whole is every figure, of both sides.
func whole(kinds reflect.Type) map[string]map[string]any {
	figures := map[string]map[string]any{"Pane": {}, "Peer": {}}
	for i := range kinds.NumField() {
		for _, side := range figures {
			side[kinds.Field(i).Name] = 1
		}
	}
	return figures
}

func added(t *testing.T, what map[string]map[string]any) error {
	t.Helper()
	text, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	var f figures
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f.addTo(benchtable.New("frontend"), true)
}
