package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"

	"chatpane/app/chat"
	"chatpane/app/graph"
	"chatpane/app/store"
)

const (
	// topicMost is Graph's limit of a chat's topic, topicForbidden what it refuses.
	topicMost      = 250
	topicForbidden = `:<>|*?"/\`
	// membersMost is how many a group chat may have (reference dataverse.md §2).
	membersMost = 250
	// startWait is how long the form waits for the chat; then its row tells.
	startWait = 10 * time.Second
)

// starting is what the use cases of new chats remember while the app runs.
type starting struct {
	mu    sync.Mutex
	waits map[chan struct{}]bool  // nudges of those who wait for a chat
	made  map[string]chat.ID      // op id → the chat, of ops that left while somebody waits
	notes map[chat.RecordRef]note // the note as last shown, by record
	views map[string]readView     // by view id
}

// heard tells whoever waits for a chat that an op moved. It may be an op whose
// id its waiter does not know yet: the outbox can be done with it before
// Enqueue returns.
func (st *starting) heard(op chat.Op, gone bool) {
	if op.Kind != chat.OpCreate {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if gone && len(st.waits) > 0 {
		st.made[op.ID] = op.Create.ServerID // none when it was discarded
	}
	for c := range st.waits {
		nudge(c)
	}
}

// wait begins to wait for chats; the nudge comes whenever an op of one moved.
func (st *starting) wait() (nudged chan struct{}, done func()) {
	nudged = make(chan struct{}, 1)
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.waits == nil {
		st.waits, st.made = map[chan struct{}]bool{}, map[string]chat.ID{}
	}
	st.waits[nudged] = true
	return nudged, func() {
		st.mu.Lock()
		defer st.mu.Unlock()
		if delete(st.waits, nudged); len(st.waits) == 0 {
			clear(st.made)
		}
	}
}

// StartChat makes a chat: with a record always a new group, which is then
// linked and given its note and quotes; without one, one person gives the 1:1
// chat and more a group. A group is an op: once this returns without an error
// the chat will be made, whatever happens to the network or this program.
func (s *Session) StartChat(ctx context.Context, st Start) (Started, error) {
	people, err := s.checkStart(&st)
	if err != nil {
		return Started{}, err
	}
	if st.Record == "" && len(people) == 1 {
		id, err := s.oneOnOne(ctx, people)
		return Started{Chat: id}, err
	}
	args := &chat.CreateArgs{Topic: st.Topic, People: people, ChatName: cut(titleOf(st.Topic, people), linkNameMost)}
	if st.Record != "" {
		ref, err := chat.ParseRecordKey(st.Record)
		if err != nil {
			return Started{}, err
		}
		s.mu.Lock()
		enabled, why := s.view.enabled(ref.Table)
		args.Record, args.Name = ref, s.view.records[ref].Name
		s.mu.Unlock()
		if err := s.checkEnv(ref); err != nil {
			return Started{}, err
		}
		if !enabled {
			return Started{}, &Problem{Code: why}
		}
		if args.Messages, err = s.firstMessages(st, ref); err != nil {
			return Started{}, err
		}
	}
	args.Known = s.namesakes(st.Topic)
	return s.make(ctx, args)
}

// checkStart refuses what Graph would refuse, and returns the people to invite.
func (s *Session) checkStart(st *Start) ([]chat.Invited, error) {
	st.Topic = strings.TrimSpace(st.Topic)
	var people []chat.Invited
	for _, id := range st.People {
		if id == "" || id == s.me.OID || slices.ContainsFunc(people, func(p chat.Invited) bool { return p.UserID == id }) {
			continue
		}
		people = append(people, s.invited(id))
	}
	switch {
	case len(people) == 0:
		return nil, &Problem{Code: "noPeople"}
	case len(people)+1 > membersMost:
		return nil, &Problem{Code: "tooManyPeople", Args: []Arg{{"most", fmt.Sprint(membersMost)}}}
	case len(utf16.Encode([]rune(st.Topic))) > topicMost:
		return nil, &Problem{Code: "topicLong"}
	case strings.ContainsAny(st.Topic, topicForbidden), strings.ContainsFunc(st.Topic, unicode.IsControl):
		return nil, &Problem{Code: "topicCharacters"}
	}
	return people, nil
}

// invited is what is known of a person from the directory or a chat. Graph must
// be told of guests; somebody never met is none as far as we know.
func (s *Session) invited(id string) chat.Invited {
	p, _, _ := s.store.Person(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := chat.Invited{UserID: id, Name: s.view.name(id, p.Name), Guest: p.Guest}
	for _, c := range s.view.chats {
		out.Guest = out.Guest || slices.ContainsFunc(c.Members, func(m chat.Member) bool { return m.UserID == id && m.Guest })
	}
	return out
}

// titleOf is what a new chat is called: its topic, else the names in it.
func titleOf(topic string, people []chat.Invited) string {
	c := chat.Chat{Topic: topic}
	for _, p := range people {
		c.Members = append(c.Members, chat.Member{UserID: p.UserID, Name: p.Name})
	}
	return c.Title("")
}

// namesakes are my groups of that topic: none of them is the one to be made.
func (s *Session) namesakes(topic string) []chat.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []chat.ID
	for id, c := range s.view.chats {
		if c.Kind == chat.Group && c.Topic == topic {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// make keeps the op and waits a moment for the chat. What the servers refuse
// meanwhile is taken back and answered, so that the form can be corrected.
func (s *Session) make(ctx context.Context, args *chat.CreateArgs) (Started, error) {
	nudged, done := s.starts.wait()
	defer done()
	op, err := s.outbox.Enqueue(chat.Op{Kind: chat.OpCreate, Create: args})
	if err != nil {
		return Started{}, fmt.Errorf("keep new chat: %w", err)
	}
	s.outbox.Nudge()
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for {
		now, here := s.outbox.Op(op.ID)
		switch {
		case !here:
			if id, told := s.madeChat(op.ID); told {
				return Started{Chat: id, Op: op.ID}, nil
			}
		case now.State == chat.Parked:
			if err := s.outbox.Discard(op.ID); err != nil {
				return Started{Op: op.ID}, nil // it is under way again; its row tells
			}
			return Started{}, &Problem{Code: now.Reason}
		case now.State == chat.Unsure, now.State == chat.Waiting && !now.Ended.IsZero():
			return Started{Op: op.ID}, nil
		}
		select {
		case <-nudged:
		case <-ctx.Done():
			return Started{Op: op.ID}, nil
		}
	}
}

// madeChat is the chat of an op that left, once that was reported.
func (s *Session) madeChat(op string) (id string, told bool) {
	s.starts.mu.Lock()
	defer s.starts.mu.Unlock()
	c, told := s.starts.made[op]
	return string(c), told
}

// oneOnOne opens the chat with one person. Graph makes it once for each pair,
// so asking again is harmless, and people wait for it.
func (s *Session) oneOnOne(ctx context.Context, people []chat.Invited) (string, error) {
	made, err := s.graph.CreateChat(ctx, s.newChat(chat.OneOnOne, "", people))
	s.sync.Heard(err)
	if err != nil {
		return "", fmt.Errorf("create chat: %w", err)
	}
	c, err := s.accept(ctx, made)
	return string(c.ID), err
}

// accept stores a chat that was made, with its members when they can be read.
func (s *Session) accept(ctx context.Context, made graph.Chat) (chat.Chat, error) {
	full, err := s.graph.GetChat(ctx, made.ID)
	if err != nil {
		full = made // it exists; the list will bring its members
	}
	return s.sync.Accept(ctx, full)
}

// newChat describes the chat to Graph, which wants the caller listed too.
func (s *Session) newChat(kind chat.Kind, topic string, people []chat.Invited) graph.NewChat {
	n := graph.NewChat{ChatType: string(kind), Topic: topic, Members: []graph.NewMember{{UserID: s.me.OID}}}
	for _, p := range people {
		n.Members = append(n.Members, graph.NewMember{UserID: p.UserID, Guest: p.Guest})
	}
	return n
}

// LeaveTwin leaves an empty chat that an unsure attempt left behind, or with
// keep only stops showing it.
func (s *Session) LeaveTwin(ctx context.Context, id string, keep bool) error {
	s.mu.Lock()
	known := slices.ContainsFunc(s.view.twins, func(t twin) bool { return t.Chat == id })
	s.mu.Unlock()
	if !known {
		return &Problem{Code: "notFound"}
	}
	if !keep {
		err := s.graph.Leave(ctx, id, s.me.OID)
		s.sync.Heard(err)
		if err != nil {
			return fmt.Errorf("leave %s: %w", id, err)
		}
	}
	if err := s.setTwins(ctx, func(list []twin) []twin {
		return slices.DeleteFunc(slices.Clone(list), func(t twin) bool { return t.Chat == id })
	}); err != nil {
		return err
	}
	if !keep {
		s.sync.Poke()
	}
	return nil
}

// setTwins changes the twins, durably first.
func (s *Session) setTwins(ctx context.Context, change func([]twin) []twin) error {
	s.mu.Lock()
	list := change(s.view.twins)
	s.mu.Unlock()
	fact, err := twinsFact(list)
	if err == nil {
		_, err = s.store.Apply(ctx, store.Batch{Facts: []store.Fact{fact}})
	}
	if err != nil {
		return fmt.Errorf("keep chats made twice: %w", err)
	}
	s.mu.Lock()
	s.view.twins = list
	s.publishLocked(nil)
	s.mu.Unlock()
	return nil
}
