package session

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/markup"
	"chatpane/app/odata"
	"chatpane/app/outbox"
	"chatpane/app/sandbox"
	"chatpane/app/vault"
)

// compare holds what a seat has against what the server tells its person.
func (w *shared) compare(s *seat) {
	left := map[string]chat.Op{}
	for _, op := range s.outbox.Ops() {
		left[op.ID] = op
		if op.State != chat.Parked && !(op.Kind == chat.OpMarkRead) {
			w.violated("%s: op %s (%s) is still %s, %s", s.who.Name, op.ID, op.Kind, op.State, op.Reason)
		}
	}
	for _, id := range w.chats {
		truth, err := w.honest(s, id)
		_, stored, _ := s.store.Chat(chat.ID(id))
		if errors.Is(err, odata.ErrForbidden) || errors.Is(err, odata.ErrNotFound) {
			if list, _, _ := s.store.Latest(chat.ID(id), 10); stored || len(list) > 0 {
				w.violated("%s left %s, and %d messages of it are stored", s.who.Name, id, len(list))
			}
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		if !stored {
			w.violated("%s: chat %s is missing", s.who.Name, id)
			continue
		}
		w.compareStore(s, id, truth)
		w.compareSent(s, id, truth, left)
		w.compareSet(s, id, truth, left)
	}
	w.comparePane(s)
}

// compareStore: the store has every message in the server's version, and no other.
func (w *shared) compareStore(s *seat, id string, truth []graph.Message) {
	since, whole := s.sync.Back(chat.ID(id))
	list, _, err := s.store.Latest(chat.ID(id), 100000)
	if err != nil {
		w.t.Fatal(err)
	}
	have := map[string]chat.Message{}
	for _, m := range list {
		have[m.ID] = m
	}
	for _, m := range truth {
		got, ok := have[m.ID]
		delete(have, m.ID)
		if !ok && !whole && m.CreatedDateTime.Before(since) {
			continue // not read so far back
		}
		if got.ETag != m.ETag || got.Deleted.IsZero() != m.DeletedDateTime.IsZero() || len(got.Reactions) != len(m.Reactions) {
			w.violated("%s: message %s of %s is version %q with %d reactions, want %q with %d", s.who.Name, m.ID, id, got.ETag, len(got.Reactions), m.ETag, len(m.Reactions))
		}
	}
	for m := range have {
		w.violated("%s: message %s of %s is stored, but the server does not have it", s.who.Name, m, id)
	}
}

// compareSent: each accepted message is there once, or before the user, and they
// are in order.
func (w *shared) compareSent(s *seat, id string, truth []graph.Message, left map[string]chat.Op) {
	place := map[string][]int64{}
	for _, m := range truth {
		if op := markup.Marker(m.Body.Content); op != "" {
			place[op] = append(place[op], m.CreatedDateTime.UnixMilli())
		}
	}
	last := int64(0)
	for _, a := range s.sent {
		_, parked := left[a.op]
		at := place[a.op]
		switch {
		case a.chat != id:
		case len(at) > 1:
			w.violated("%s: message %q (%s) is there %d times", s.who.Name, a.text, a.op, len(at))
		case len(at) == 0 && !parked && !w.removed[a.op]: // a deleted one has no text
			w.violated("%s: message %q (%s) is lost", s.who.Name, a.text, a.op)
		case len(at) == 1 && !s.asked[a.op] && at[0] < last:
			w.violated("%s: message %q (%s) is out of order", s.who.Name, a.text, a.op)
		case len(at) == 1 && !s.asked[a.op]:
			last = at[0]
		}
	}
}

// compareSet: what was done to a message last is what the server has, unless
// the user was asked about it or the message is deleted.
func (w *shared) compareSet(s *seat, id string, truth []graph.Message, left map[string]chat.Op) {
	held := map[string]bool{}
	for _, op := range left {
		if op.On != nil {
			held[string(op.Chat)+"|"+op.On.ID] = true
		}
	}
	for _, m := range truth {
		key := id + "|" + m.ID
		if held[key] || w.lost[s.who.OID+"|"+id] {
			continue
		}
		deleted := yes(!m.DeletedDateTime.IsZero())
		if want := s.set[key+"|deleted"]; want != "" && want != deleted {
			w.violated("%s: message %s of %s is deleted %s, want %s", s.who.Name, m.ID, id, deleted, want)
		}
		if deleted == "yes" || s.set[key+"|deleted"] != "" {
			continue
		}
		mine := yes(slices.ContainsFunc(m.Reactions, func(r graph.Reaction) bool {
			return r.ReactionType == "👍" && r.User.User != nil && r.User.User.ID == s.who.OID
		}))
		if want := s.set[key+"|reaction"]; want != "" && want != mine {
			w.violated("%s: message %s of %s has my reaction %s, want %s", s.who.Name, m.ID, id, mine, want)
		}
		if want := s.set[key+"|text"]; want != "" && !strings.Contains(m.Body.Content, want+"<") {
			w.violated("%s: message %s of %s says %q, want %q", s.who.Name, m.ID, id, m.Body.Content, want)
		}
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// comparePane: what the pane built from changes is what a fresh one would get.
func (w *shared) comparePane(s *seat) {
	s.pull()
	fresh := newPaneCopy()
	fresh.apply(s.board.since(0))
	for id, row := range fresh.chats {
		if got := s.pane.chats[id]; fmt.Sprint(got) != fmt.Sprint(row) {
			w.violated("%s: the pane shows chat %s as %+v, want %+v", s.who.Name, id, got, row)
		}
	}
	if len(fresh.chats) != len(s.pane.chats) || fmt.Sprint(fresh.lists) != fmt.Sprint(s.pane.lists) {
		w.violated("%s: the pane shows %d chats in other lists, want %d", s.who.Name, len(s.pane.chats), len(fresh.chats))
	}
}

// TestTheSharedWorldSeesMistakes proves that the comparison has teeth: a store
// that loses a message, and a server that has one twice, are both seen.
func TestTheSharedWorldSeesMistakes(t *testing.T) {
	t.Parallel()
	atWork := func(change func(w *shared, s *seat), want string) func(*testing.T) {
		return func(t *testing.T) {
			t.Parallel()
			w := &shared{r: newRand(1), root: diskFor(t)}
			inWorld(t, w, func(s *seat) { change(w, s) })
			if !slices.ContainsFunc(w.violations, func(v string) bool { return strings.Contains(v, want) }) {
				t.Errorf("seen is %v, want %q", w.violations, want)
			}
		}
	}
	t.Run("a message sent twice", atWork(func(w *shared, s *seat) {
		a := s.sent[0]
		body := markup.WithMarker("<p>"+a.text+"</p>", a.op)
		if _, err := w.box.Say(s.who.OID, a.chat, body); err != nil {
			w.t.Fatal(err)
		}
	}, "is there 2 times"))
	t.Run("an accepted message that is nowhere", atWork(func(_ *shared, s *seat) {
		s.sent = append(s.sent, accepted{outboxID(), s.sent[0].chat, "never sent"})
	}, "is lost"))
	t.Run("messages in another order", atWork(func(_ *shared, s *seat) {
		slices.Reverse(s.sent)
	}, "out of order"))
	t.Run("a reaction that did not arrive", atWork(func(w *shared, s *seat) {
		truth, err := w.honest(s, s.sent[0].chat)
		if err != nil {
			w.t.Fatal(err)
		}
		s.set[s.sent[0].chat+"|"+truth[0].ID+"|reaction"] = "yes"
	}, "has my reaction no"))
	t.Run("a change that was not read", atWork(func(w *shared, s *seat) {
		s.line.set(func(l *line) { l.away = true })
		if _, err := w.box.Say(s.who.OID, s.sent[0].chat, "<p>elsewhere</p>"); err != nil {
			w.t.Fatal(err)
		}
	}, "is version"))
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

func outboxID() string { return outbox.NewID(time.Now()) }

// inWorld lets one person write three messages in peace, changes something, and
// compares.
func inWorld(t *testing.T, w *shared, change func(*seat)) {
	defer os.RemoveAll(w.root)
	synctest.Test(t, func(t *testing.T) {
		w.t, w.lost, w.removed = t, map[string]bool{}, map[string]bool{}
		w.box = sandbox.New(sandbox.Options{Seed: 1, Chats: 10, Messages: 120, Cases: 5})
		who := person(t, w.box, "agent", 0)
		w.gather([]*sandbox.Person{who})
		s := &seat{keys: vault.MemoryKeychain(), dir: filepath.Join(w.root, "0"), token: map[string]string{}, set: map[string]string{}, asked: map[string]bool{}}
		w.seats = []*seat{s}
		w.start(s, who)
		for range 3 {
			w.send(s, w.chats[0])
		}
		s.settle()
		w.compare(s)
		if len(w.violations) > 0 {
			t.Fatalf("in peace: %v", w.violations)
		}
		change(s)
		w.compare(s)
		s.stop()
	})
}
