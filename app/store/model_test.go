package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"chatpane/app/chat"
	"chatpane/app/store"
)

// model is what the store must hold, in twenty lines of maps.
type model struct {
	messages map[chat.ID]map[string]chat.Message
	chats    map[chat.ID]bool
	marks    map[string]string
}

func newModel() *model {
	return &model{messages: map[chat.ID]map[string]chat.Message{}, chats: map[chat.ID]bool{}, marks: map[string]string{}}
}

func (m *model) apply(b store.Batch) {
	for _, id := range b.PurgeChats {
		delete(m.messages, id)
		delete(m.chats, id)
	}
	for _, c := range b.Chats {
		m.chats[c.ID] = m.chats[c.ID] || !slices.Contains(b.PurgeChats, c.ID)
		if !m.chats[c.ID] {
			delete(m.chats, c.ID)
		}
	}
	for _, msg := range b.Messages {
		if slices.Contains(b.PurgeChats, msg.Chat) {
			continue
		}
		if m.messages[msg.Chat] == nil {
			m.messages[msg.Chat] = map[string]chat.Message{}
		}
		if stored, ok := m.messages[msg.Chat][msg.ID]; !ok || chat.Newer(msg, stored) {
			m.messages[msg.Chat][msg.ID] = msg
		}
	}
	for _, k := range b.Marks {
		m.marks[k.Feed] = k.Value
	}
}

// TestTheStoreHoldsWhatAModelHolds applies random batches, repeats, purges and
// reopenings, and compares everything after each.
func TestTheStoreHoldsWhatAModelHolds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 9))
			v, dir := openVault(t)
			s, m := openDisk(t, dir, v), newModel()
			defer func() { closeStore(t, s) }()
			s.CompactAtForTest(3)
			for step := range 40 {
				b := randomBatch(r)
				apply(t, s, b)
				m.apply(b)
				if d := apply(t, s, b); len(b.PurgeChats) == 0 && !d.Empty() {
					t.Fatalf("step %d: the same batch again altered %+v", step, d)
				}
				if r.IntN(6) == 0 {
					closeStore(t, s)
					s = openDisk(t, dir, v)
				}
				compare(t, step, s, m)
				if t.Failed() {
					return
				}
			}
		})
	}
}

func randomBatch(r *rand.Rand) store.Batch {
	id := func() chat.ID { return chat.ID(fmt.Sprint("19:", r.IntN(5))) }
	b := store.Batch{Marks: []store.Mark{{Feed: fmt.Sprint("f", r.IntN(3)), Value: strconv.Itoa(r.IntN(1000))}}}
	if r.IntN(3) == 0 {
		b.Chats = append(b.Chats, group(id()))
	}
	for range r.IntN(30) {
		m := msg(id(), r.IntN(60), strconv.Itoa(r.IntN(1000)))
		if r.IntN(2) == 0 {
			m = edited(m, r.IntN(5), strconv.Itoa(r.IntN(1000)))
		}
		if r.IntN(10) == 0 {
			m = deleted(m, r.IntN(5))
		}
		b.Messages = append(b.Messages, m)
	}
	if r.IntN(8) == 0 {
		b.PurgeChats = append(b.PurgeChats, id())
	}
	return b
}

func compare(t *testing.T, step int, s *store.Store, m *model) {
	t.Helper()
	if s.Report().Rebuilt {
		t.Errorf("step %d: rebuilt: %s", step, s.Report().Why)
	}
	for i := range 5 {
		id := chat.ID(fmt.Sprint("19:", i))
		want := slices.SortedFunc(maps.Values(m.messages[id]), chat.Compare)
		got, more, err := s.Latest(id, 1000)
		if err != nil || more || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("step %d: chat %s holds %d messages, want %d (%v)", step, id, len(got), len(want), err)
		}
		if _, ok, _ := s.Chat(id); ok != m.chats[id] {
			t.Errorf("step %d: chat %s is there: %v, want %v", step, id, ok, m.chats[id])
		}
	}
	for feed, want := range m.marks {
		if got := s.Mark(feed); got != want {
			t.Errorf("step %d: mark %s = %q, want %q", step, feed, got, want)
		}
	}
	if err := s.Verify(); err != nil {
		t.Errorf("step %d: %v", step, err)
	}
}
