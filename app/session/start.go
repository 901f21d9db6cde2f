package session

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf16"

	"chatpane/app/chat"
	"chatpane/app/graph"
)

// topicMost is Graph's limit of a chat's topic, topicForbidden what it refuses.
const (
	topicMost      = 250
	topicForbidden = `:<>|*?"/\`
)

// StartChat makes a chat: with a record always a new group, which is then
// linked; without one, one person gives the 1:1 chat and more a group. People
// wait for it, so it is no op: it needs the network and says so.
func (s *Session) StartChat(ctx context.Context, st Start) (string, error) {
	topic := strings.TrimSpace(st.Topic)
	switch {
	case len(st.People) == 0:
		return "", &Problem{Code: "noPeople"}
	case len(utf16.Encode([]rune(topic))) > topicMost:
		return "", &Problem{Code: "topicLong"}
	case strings.ContainsAny(topic, topicForbidden):
		return "", &Problem{Code: "topicCharacters"}
	}
	if st.Record != "" {
		ref, err := chat.ParseRecordKey(st.Record)
		if err != nil {
			return "", err
		}
		s.mu.Lock()
		enabled, why := s.view.enabled(ref.Table)
		s.mu.Unlock()
		if !enabled {
			return "", &Problem{Code: why}
		}
	}
	kind := chat.Group
	if st.Record == "" && len(st.People) == 1 {
		kind, topic = chat.OneOnOne, ""
	}
	made, err := s.graph.CreateChat(ctx, s.newChat(kind, topic, st.People))
	s.sync.Heard(err)
	if err != nil {
		return "", fmt.Errorf("create chat: %w", err)
	}
	full, err := s.graph.GetChat(ctx, made.ID)
	if err != nil {
		full = made // it exists; the list will bring its members
	}
	c, err := s.sync.Accept(ctx, full)
	if err != nil {
		return "", err
	}
	if st.Record != "" {
		if _, err := s.Connect(c.ID, st.Record); err != nil {
			return string(c.ID), err
		}
	}
	return string(c.ID), nil
}

// newChat describes the chat to Graph, which wants the caller listed too.
func (s *Session) newChat(kind chat.Kind, topic string, people []string) graph.NewChat {
	n := graph.NewChat{ChatType: string(kind), Topic: topic, Members: []graph.NewMember{{UserID: s.me.OID}}}
	for _, id := range people {
		p, _, _ := s.store.Person(id) // somebody never met is no guest as far as we know
		n.Members = append(n.Members, graph.NewMember{UserID: id, Guest: p.Guest})
	}
	return n
}
