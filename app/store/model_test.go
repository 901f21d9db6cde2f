package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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
	for _, k := range b.Gone {
		delete(m.messages[k.Chat], k.ID)
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
		m := msg(id(), r.IntN(250), strconv.Itoa(r.IntN(1000)))
		if r.IntN(2) == 0 {
			m = edited(m, r.IntN(5), strconv.Itoa(r.IntN(1000)))
		}
		if r.IntN(10) == 0 {
			m = deleted(m, r.IntN(5))
		}
		b.Messages = append(b.Messages, m)
	}
	if r.IntN(3) == 0 { // a page of a backfill
		chat, first := id(), r.IntN(200)
		for n := range 50 {
			b.Messages = append(b.Messages, msg(chat, first+n, "page"))
		}
	}
	for range r.IntN(20) {
		b.Gone = append(b.Gone, store.MessageKey{Chat: id(), ID: msg("", r.IntN(250), "").ID})
	}
	if r.IntN(12) == 0 {
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
		comparePages(t, step, s, id, want)
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

// comparePages reads what lies around some places of a chat.
func comparePages(t *testing.T, step int, s *store.Store, id chat.ID, all []chat.Message) {
	t.Helper()
	if n, _ := s.Count(id); n != len(all) {
		t.Errorf("step %d: chat %s is said to hold %d messages, want %d", step, id, n, len(all))
	}
	for _, n := range []int{-1, 0, 16, 17, 100, 249, 250} {
		place := msg(id, n, "").ID
		i, _ := slices.BinarySearchFunc(all, place, func(m chat.Message, at string) int { return strings.Compare(m.ID, at) })
		before, more, err := s.Before(id, time.Time{}, place, 20)
		if want := all[max(i-20, 0):i]; err != nil || more != (i > 20) || len(before) != len(want) || len(want) > 0 && !reflect.DeepEqual(before, want) {
			t.Errorf("step %d: %d messages before %d of chat %s and more %v (%v), want %d", step, len(before), n, id, more, err, len(want))
		}
		one, ok, err := s.Message(id, place)
		is := i < len(all) && all[i].ID == place
		if err != nil || ok != is || is && !reflect.DeepEqual(one, all[i]) {
			t.Errorf("step %d: message %d of chat %s: %v (%v), want %v", step, n, id, ok, err, is)
		}
		if is {
			i++
		}
		after, more, err := s.After(id, place, 20)
		if want := all[i:min(i+20, len(all))]; err != nil || more != (i+20 < len(all)) || len(after) != len(want) || len(want) > 0 && !reflect.DeepEqual(after, want) {
			t.Errorf("step %d: %d messages after %d of chat %s and more %v (%v), want %d", step, len(after), n, id, more, err, len(want))
		}
	}
}
