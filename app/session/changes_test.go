package session

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// pane is the receiver of Changes as the field comments of Change describe it.
type pane struct {
	seq   int64
	cells map[string]any
}

func (p *pane) apply(c Change) {
	if c.Reset {
		p.cells = map[string]any{}
	}
	p.seq = c.Seq
	if c.Account != nil {
		p.cells["account"] = *c.Account
	}
	if c.Tabs != nil {
		p.cells["tabs"] = *c.Tabs
	}
	for _, r := range c.Chats {
		p.cells["chat|"+r.ID] = r
	}
	for _, r := range c.Lists {
		p.cells["list|"+r.Key] = r
	}
	for _, r := range c.Messages {
		r.Rev = 0
		p.cells["message|"+r.Chat+"|"+r.ID] = r
	}
	for _, r := range c.Removed {
		key := r.Kind + "|" + r.Key
		if r.Kind == cellMessage {
			key = r.Kind + "|" + r.Chat + "|" + r.Key
		}
		delete(p.cells, key)
	}
}

// TestChangesAddUp checks the invariant of architecture.md: the previous
// snapshot plus the Changes equals the next snapshot, however rarely the pane
// asks and whatever is removed and written again meanwhile.
func TestChangesAddUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		b := newBoard(func(int64) {})
		p := &pane{cells: map[string]any{}}
		for step := range 400 {
			b.update(func(e *edit) {
				key := fmt.Sprint(rng.IntN(30))
				switch rng.IntN(8) {
				case 0, 1, 2:
					e.put(cellChat, key, ChatRow{ID: key, LastText: fmt.Sprint(rng.IntN(4))})
				case 3:
					e.remove(cellChat, "", key)
				case 4:
					e.putMessage(MessageRow{Chat: "c", ID: key, Plain: fmt.Sprint(rng.IntN(3))})
				case 5:
					e.remove(cellMessage, "c", key)
				case 6:
					e.put(cellTabs, "", Tabs{Active: key})
				case 7:
					if rng.IntN(40) == 0 {
						e.clear(cellAccount)
					}
					e.put(cellList, key, List{Key: key})
				}
			})
			if rng.IntN(12) == 0 {
				b.mu.Lock()
				b.pruneLocked()
				b.mu.Unlock()
			}
			if rng.IntN(5) == 0 || step == 399 {
				p.apply(b.since(p.seq))
				fresh := &pane{}
				fresh.apply(b.since(0))
				if !reflect.DeepEqual(p.cells, fresh.cells) {
					t.Fatalf("seed %d step %d: changes %s, snapshot %s", seed, step, names(p.cells), names(fresh.cells))
				}
			}
		}
	}
}

func names(m map[string]any) string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestEqualWritesAreNoChange(t *testing.T) {
	t.Parallel()
	pings := 0
	b := newBoard(func(int64) { pings++ })
	write := func() {
		b.update(func(e *edit) {
			e.put(cellChat, "a", ChatRow{ID: "a", People: []PersonRef{{ID: "x"}}})
			e.putMessage(MessageRow{Chat: "a", ID: "1"})
		})
	}
	write()
	seq := b.since(0).Seq
	write()
	if got := b.since(seq); pings != 1 || got.Seq != seq || len(got.Chats) != 0 {
		t.Errorf("after the same write twice: %d pings, change %+v; want one ping and nothing new", pings, got)
	}
}

func TestMessageRevGrows(t *testing.T) {
	t.Parallel()
	b := newBoard(func(int64) {})
	var revs []int64
	for _, text := range []string{"one", "two", "one"} {
		b.update(func(e *edit) { e.putMessage(MessageRow{Chat: "c", ID: "1", Plain: text}) })
		revs = append(revs, b.since(0).Messages[0].Rev)
	}
	if !slices.IsSorted(revs) || revs[0] == revs[1] || revs[1] == revs[2] {
		t.Errorf("revs %v; want each version of a row to have a greater one", revs)
	}
}
