package sandbox

import (
	"context"
	"fmt"
	"html"
	"time"
)

// nudge wakes the colleagues. It never blocks.
func (s *Sandbox) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// live lets colleagues answer a few seconds after they were written to, and do
// things of their own now and then, until ctx ends.
func (s *Sandbox) live(ctx context.Context) error {
	l := newLife(s)
	own := time.NewTimer(s.options.LifeEvery)
	defer own.Stop()
	answer := time.NewTimer(s.options.AnswerAfter)
	defer answer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
			answer.Reset(s.options.AnswerAfter)
		case <-answer.C:
			if next := s.answerDue(); next > 0 {
				answer.Reset(next)
			}
		case <-own.C:
			own.Reset(l.goOn(s.Now()))
		}
	}
}

// answerDue answers where somebody has waited long enough and returns how long
// the next one still has to wait; 0: nobody waits.
func (s *Sandbox) answerDue() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var next time.Duration
	now := s.Now().UnixMilli()
	for _, r := range s.rooms {
		m := s.waiting(r)
		if m == nil {
			continue
		}
		left := time.Duration(m.created-now)*time.Millisecond + s.options.AnswerAfter
		if left <= 0 {
			s.reply(r, m)
		} else if next == 0 || left < next {
			next = left
		}
	}
	return next
}

// waiting is the newest message of a room if somebody wrote it through Graph
// after the seed and nobody has answered.
func (s *Sandbox) waiting(r *room) *message {
	i := r.last()
	if i < r.seeded {
		return nil
	}
	m := r.live[int32(i)]
	if m.event != nil || m.author == nil || m.deleted != 0 || m.answer {
		return nil
	}
	return m
}

// Answer lets a colleague answer the newest message of a chat at once.
func (s *Sandbox) Answer(chat string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.chats[chat]
	if r == nil || r.last() < 0 {
		return fmt.Errorf("answer in %s: no such chat, or it is empty", chat)
	}
	s.reply(r, s.message(r, r.last()))
	return nil
}

// reply writes an answer to m by the member who is next in turn, in the
// language of m. People who use the app themselves answer themselves. The lock is
// held.
func (s *Sandbox) reply(r *room, m *message) {
	others := s.extras(r, m.author)
	if len(others) == 0 {
		return
	}
	at := int(s.mix(r, len(r.entries), 70) % (1 << 30))
	who := others[at%len(others)]
	texts := answerTo(plain(m.body), who.language)
	s.put(r, who, "<p>"+html.EscapeString(texts[at/7%len(texts)])+"</p>", true)
}

// put writes a message that did not come through Graph. The lock is held.
func (s *Sandbox) put(r *room, who *Person, body string, answer bool) *message {
	m := &message{author: who, contentType: "html", body: body, importance: "normal", answer: answer}
	s.write(r, m)
	if x := r.member(who); x != nil {
		x.read = m.created
	}
	return m
}

// Say makes a person (object id or UPN) write HTML into a chat, and returns the
// message id.
func (s *Sandbox) Say(person, chat, body string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, p, err := s.place(chat, person)
	if err != nil {
		return "", fmt.Errorf("say in %s: %w", chat, err)
	}
	return s.put(r, p, body, true).id(), nil
}

// place finds a chat and a person. The lock is held.
func (s *Sandbox) place(chat, person string) (*room, *Person, error) {
	r, p := s.chats[chat], s.person(person)
	if r == nil {
		return nil, nil, fmt.Errorf("no such chat")
	}
	if p == nil {
		return nil, nil, fmt.Errorf("nobody is called %q", person)
	}
	return r, p, nil
}

// AddMember makes by add a person with the whole history. An empty by is the
// application that serves Join.
func (s *Sandbox) AddMember(chat, person, by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, p, err := s.place(chat, person)
	if err != nil {
		return fmt.Errorf("add to %s: %w", chat, err)
	}
	if r.member(p) != nil {
		return nil
	}
	ev := &event{initiator: s.person(by)}
	if ev.initiator == nil {
		ev.app = applicationName
	}
	s.admit(r, p, time.Time{}, ev)
	return nil
}

// RemoveMember takes a person out of a chat.
func (s *Sandbox) RemoveMember(chat, person string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, p, err := s.place(chat, person)
	if err != nil {
		return fmt.Errorf("remove from %s: %w", chat, err)
	}
	if r.member(p) != nil {
		s.expel(r, p, s.other(r, p.index))
	}
	return nil
}

// Rename gives a chat a new name.
func (s *Sandbox) Rename(chat, by, topic string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, p, err := s.place(chat, by)
	if err != nil {
		return fmt.Errorf("rename %s: %w", chat, err)
	}
	s.rename(r, p, topic)
	return nil
}

// CountMessages returns how many messages of a chat contain a text in their
// body; with an empty text, how many there are.
func (s *Sandbox) CountMessages(chat, text string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.chats[chat]
	if r == nil {
		return 0
	}
	if text == "" {
		return len(r.entries)
	}
	return s.countText(r, text)
}
