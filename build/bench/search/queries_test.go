package main

import (
	"reflect"
	"strings"
	"testing"

	"chatpane/build/benchdata"
)

func TestEveryKindIsAskedAndEveryRunAsksTheSame(t *testing.T) {
	t.Parallel()
	d := benchdata.New(benchdata.Small())
	all := queries(d)
	if again := queries(d); !reflect.DeepEqual(all, again) {
		t.Error("two runs ask different queries")
	}
	counts := map[string]int{}
	for _, q := range all {
		counts[q.kind]++
		if q.text == "" || q.match == "" || q.best != strings.HasPrefix(q.kind, "ranked") {
			t.Errorf("kind %s has the query %+v", q.kind, q)
		}
	}
	for _, kind := range queryKinds() {
		if counts[kind] != perKind {
			t.Errorf("kind %s has %d queries, want %d", kind, counts[kind], perKind)
		}
	}
}

func TestPiecesOccurInTheText(t *testing.T) {
	t.Parallel()
	d := benchdata.New(benchdata.Shape{Name: "tiny", Chats: 20, Messages: 2000})
	for kind, list := range pieces(d) {
		found := scan(d, list)
		for _, p := range list {
			if len(found[p]) == 0 {
				t.Errorf("%s: no message contains %q", kind, p)
			}
		}
	}
}
