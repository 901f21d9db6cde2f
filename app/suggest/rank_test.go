package suggest_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"chatpane/app/search"
	"chatpane/app/suggest"
)

func everybody(string) bool { return true }

// past is a resolved case.
func past(id, by, title, text string, hoursAgo int) suggest.Case {
	return suggest.Case{ID: id, Number: "CAS-" + id, Title: title, Text: text, By: by, Created: ago(hoursAgo + 10), Resolved: ago(hoursAgo)}
}

func index(cases ...suggest.Case) *suggest.Index {
	x := suggest.NewIndex(search.Fold)
	for _, c := range cases {
		x.Add(c)
	}
	return x
}

func people(list []suggest.Expert) []string {
	out := []string{}
	for _, e := range list {
		out = append(out, e.Person)
	}
	return out
}

var gaskets = []suggest.Case{
	past("1", "ann", "Leaking gasket on Smart Brew 300", "water drips from below", 50),
	past("2", "ann", "Gasket leaks after descaling", "dripping again", 90),
	past("3", "bob", "Refund for order", "the customer paid twice", 20),
	past("4", "bob", "Refund of a double payment", "paid twice by card", 30),
	past("5", "cleo", "Gasket broken", "part was replaced", 24*300),
	past("6", "dan", "Login loop", "the page comes back after the update", 40),
}

func TestPeopleWhoResolvedSimilarCasesComeFirst(t *testing.T) {
	t.Parallel()
	x := index(gaskets...)
	for _, tt := range []struct{ name, title, want, reason string }{
		{"by the words of the title", "Gasket is leaking", "ann", "gasket"},
		{"whatever the case and the accents", "GÀSKET léaking", "ann", "gasket"},
		{"another subject has another expert", "Please refund, paid twice", "bob", "refund"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := x.Rank(suggest.Query{Title: tt.title, At: noon}, suggest.Default(), everybody, 5)
			if len(got) == 0 || got[0].Person != tt.want {
				t.Fatalf("got %v, want %s first", people(got), tt.want)
			}
			if slices.Contains(people(got), "dan") {
				t.Error("dan resolved nothing similar and is suggested")
			}
			words := slices.IndexFunc(got[0].Reasons, func(r suggest.Reason) bool {
				return r.Code == suggest.ReasonWords && slices.Contains(r.Words, tt.reason)
			})
			if got[0].Reasons[0].Code != suggest.ReasonSimilar || words < 0 {
				t.Errorf("reasons are %+v, want the number first and the word %q", got[0].Reasons, tt.reason)
			}
			if got[0].Case.Title == "" || got[0].Confidence <= 0 || got[0].Confidence > 0.99 {
				t.Errorf("case %+v, confidence %v", got[0].Case, got[0].Confidence)
			}
		})
	}
}

func TestOldCasesCountLessThanNewOnes(t *testing.T) {
	t.Parallel()
	got := index(past("1", "old", "Pump does not start", "", 24*400), past("2", "old", "Pump does not start", "", 24*390),
		past("3", "new", "Pump does not start", "", 24*3)).Rank(suggest.Query{Title: "Pump does not start", At: noon}, suggest.Default(), everybody, 5)
	if len(got) < 2 || got[0].Person != "new" {
		t.Errorf("got %v, want new before old", people(got))
	}
}

func TestWhatIsNotAllowedIsNotRanked(t *testing.T) {
	t.Parallel()
	x := index(gaskets...)
	q := suggest.Query{ID: "1", Title: "Leaking gasket", At: noon}
	if got := x.Rank(q, suggest.Default(), func(p string) bool { return p != "ann" }, 5); slices.Contains(people(got), "ann") {
		t.Errorf("somebody who may not be suggested is: %v", people(got))
	}
	for _, e := range x.Rank(q, suggest.Default(), everybody, 5) {
		if e.Case.ID == "1" {
			t.Error("a case is similar to itself")
		}
	}
	q.At = ago(24 * 200)
	if got := people(x.Rank(q, suggest.Default(), everybody, 5)); !slices.Equal(got, []string{"cleo"}) {
		t.Errorf("what was resolved later is known before: %v", got)
	}
}

func TestALaterVersionReplacesACase(t *testing.T) {
	t.Parallel()
	x := index(gaskets...)
	again := past("2", "eve", "Gasket leaks after descaling", "reopened, dripping again", 2)
	x.Add(again)
	if x.Len() != len(gaskets) {
		t.Errorf("%d cases, want %d", x.Len(), len(gaskets))
	}
	for _, e := range x.Rank(suggest.Query{Title: "Gasket leaks after descaling", At: noon}, suggest.Default(), everybody, 5) {
		if e.Person == "ann" && e.Case.ID == "2" {
			t.Error("ann is still credited with a case that eve resolved since")
		}
	}
	again.By = ""
	x.Add(again) // opened again: resolved by nobody
	if x.Len() != len(gaskets)-1 {
		t.Errorf("%d cases, want %d", x.Len(), len(gaskets)-1)
	}
}

func TestJapaneseCasesAreFoundWithoutSpaces(t *testing.T) {
	t.Parallel()
	got := index(past("1", "yuki", "ガスケットから水漏れがします", "", 5), past("2", "ann", "注文の返金をお願いします", "", 5)).
		Rank(suggest.Query{Title: "水漏れガスケット交換", At: noon}, suggest.Default(), everybody, 5)
	if len(got) == 0 || got[0].Person != "yuki" {
		t.Errorf("got %v, want yuki", people(got))
	}
}

// history is a small company: six topics with one expert each, who resolves
// seven of ten; a generalist and chance take the rest.
func history(n int) []suggest.Case {
	rng := rand.New(rand.NewPCG(3, 4))
	var out []suggest.Case
	for i := range n {
		topic := rng.IntN(6)
		by := fmt.Sprintf("expert-%d", topic)
		if x := rng.Float64(); x > 0.85 {
			by = fmt.Sprintf("expert-%d", rng.IntN(6))
		} else if x > 0.7 {
			by = "generalist"
		}
		var words []string
		for range 6 {
			words = append(words, fmt.Sprintf("topic%dword%c", topic, 'a'+rng.IntN(12)), fmt.Sprintf("filler%c", 'a'+rng.IntN(26)))
		}
		c := past(fmt.Sprint(i), by, strings.Join(words[:4], " "), strings.Join(words[4:], " "), (n-i)*12)
		c.Subject = fmt.Sprint(topic)
		out = append(out, c)
	}
	return out
}

func TestFittedWeightsFindTheExpertAndSayHowSure(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"a short history, whose curve is bent": 450, "a long one, whose curve is drawn": 1300} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := history(n + 150)
			m := suggest.Fit(all[:n], search.Fold)
			if m.Cases != n || reflect.DeepEqual(m, suggest.Default()) {
				t.Fatalf("nothing was learned: %+v", m)
			}
			if !slices.IsSortedFunc(m.Curve, func(a, b suggest.Point) int { return cmp.Compare(a.Seen, b.Seen) }) {
				t.Errorf("the curve falls: %v", m.Curve)
			}
			x := index(all[:n]...)
			right, said := 0.0, 0.0
			for _, c := range all[n:] {
				got := x.Rank(suggest.Query{ID: c.ID, Title: c.Title, Text: c.Text, Subject: c.Subject, At: c.Created}, m, everybody, 3)
				if len(got) == 0 {
					continue
				}
				said += got[0].Confidence / 150
				if got[0].Person == c.By {
					right += 1.0 / 150
				}
			}
			if right < 0.6 {
				t.Errorf("the first suggestion is right in %.0f %%, want about 70 %%", right*100)
			}
			if d := said - right; d < -0.12 || d > 0.12 {
				t.Errorf("said %.0f %%, was right in %.0f %%", said*100, right*100)
			}
		})
	}
}

func TestFittingIsRepeatableAndLeavesTheFutureAlone(t *testing.T) {
	t.Parallel()
	all := history(300)
	a, b := suggest.Fit(all, search.Fold), suggest.Fit(all, search.Fold)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same history gave two models")
	}
	if short := suggest.Fit(all[:100], search.Fold); !reflect.DeepEqual(short, suggest.Default()) {
		t.Error("weights were learned from 100 cases")
	}
}

func TestAModelIsFittedAgainWhenItIsOldOrTheHistoryHasGrown(t *testing.T) {
	t.Parallel()
	m := suggest.Fit(history(300), search.Fold)
	day := 24 * time.Hour
	for _, tt := range []struct {
		name   string
		m      suggest.Model
		cases  int
		fitted time.Time
		want   bool
	}{
		{"fresh", m, 310, noon.Add(-day), false},
		{"a week has passed", m, 310, noon.Add(-8 * day), true},
		{"a tenth more cases", m, 331, noon.Add(-day), true},
		{"none", suggest.Model{}, 10, noon, true},
		{"of another version", suggest.Model{Weights: []float64{1}, Curve: m.Curve}, 300, noon, true},
	} {
		if got := tt.m.Old(tt.cases, tt.fitted, noon); got != tt.want {
			t.Errorf("%s: old is %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzRank(f *testing.F) {
	f.Add("Leaking gasket", "drips", "s", "ann")
	f.Add("", "", "", "")
	f.Add("ガスケット\xff水漏れ\u0301\u200d", strings.Repeat("ä", 300), "\x00", "x")
	f.Fuzz(func(t *testing.T, title, text, subject, by string) {
		x := index(gaskets...)
		x.Add(suggest.Case{ID: "new", Title: title, Text: text, Subject: subject, By: by, Resolved: ago(1), Created: ago(0)})
		for _, e := range x.Rank(suggest.Query{Title: title, Text: text, Subject: subject, At: noon}, suggest.Model{}, everybody, 5) {
			if e.Person == "" || e.Confidence < 0 || e.Confidence > 1 || e.Case.ID == "" || e.Case.Likeness < 0 || e.Case.Likeness > 1 {
				t.Errorf("suggests %+v", e)
			}
		}
	})
}
