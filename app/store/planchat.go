package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"chatpane/app/chat"
	"google.golang.org/protobuf/proto"
)

// chat plans the rows of one chat: versions of messages, the directory row with
// their number, and the chat with its preview. It is one part, or several when
// it is larger than a transaction; each leaves the number true.
func (p *planner) chat(f *chatFacts) error {
	e, known := p.s.mem.chats[f.id]
	if !known {
		if len(f.chats)+len(f.messages) == 0 {
			return nil // a read mark of a chat that is not here
		}
		e.no = p.next
	}
	g := p.growing(f.id, e)
	versions, err := p.versions(g, f)
	if err != nil {
		return err
	}
	after, err := p.merged(e, f, versions)
	if err != nil {
		return err
	}
	altered := after != nil && (e.chat == nil || !same(chatRow(*after), chatRow(*e.chat)))
	if !altered && len(versions) == 0 {
		return nil
	}
	if !known {
		p.next++
	}
	for first := true; first || len(versions) > 0; first = false {
		part := &part{delta: map[bucket]int{}, next: p.next}
		if first && !known {
			part.delta[bDirectory] = 1
		}
		if len(versions) > 0 || !known {
			n, err := g.put(part, versions)
			if err != nil {
				return err
			}
			versions = versions[n:]
		}
		if altered && len(versions) == 0 {
			if err := p.putChat(part, &g.e, after); err != nil {
				return err
			}
		}
		p.parts = append(p.parts, g.remembered(part))
	}
	return nil
}

func (p *planner) putChat(part *part, e *entry, c *chat.Chat) error {
	key := numberKey(bChat, e.no)
	value, err := p.s.codec.seal(bChat, c.ID, key, chatRow(*c))
	if err != nil {
		return err
	}
	if e.chat == nil {
		part.delta[bChat] = 1
	}
	part.put(row{key, value})
	part.diff.Chats = append(part.diff.Chats, c.ID)
	e.chat = c
	return nil
}

func (p *planner) putDirectory(part *part, id chat.ID, e entry) error {
	key := numberKey(bDirectory, e.no)
	value, err := p.s.codec.seal(bDirectory, "", key, directoryRow(id, e))
	if err != nil {
		return err
	}
	part.put(row{key, value})
	return nil
}

// versions are the messages of the batch that are newer than what is stored, and
// those that are stored but gone, in the order of their numbers.
func (p *planner) versions(g *growing, f *chatFacts) (out []version, err error) {
	numbers := append(slices.Collect(maps.Keys(f.messages)), slices.Collect(maps.Keys(f.gone))...)
	slices.Sort(numbers)
	for _, n := range numbers {
		stored, old, ok, err := g.stored(n)
		if err != nil {
			return nil, err
		}
		v := version{number: n, msg: f.messages[n], isNew: !ok, gone: f.gone[n]}
		if v.gone {
			if !ok {
				continue
			}
			v.msg, v.doc.old = stored, old
			if old != 0 {
				v.doc.was = p.s.documentOf(stored)
			}
			out = append(out, v)
			continue
		}
		if ok && !chat.Newer(v.msg, stored) {
			continue
		}
		v.doc = p.document(g.e.no, n, v.msg, stored, old)
		if v.raw, err = p.encode(n, v.msg, v.doc.no); errors.Is(err, errUnfit) {
			p.s.skip(f.id, err.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// encode makes the stored form of a message that is a document, 0 for none.
func (p *planner) encode(number uint64, m chat.Message, no uint32) ([]byte, error) {
	r := messageRow(number, m)
	if r.Doc = no; no != 0 {
		r.Epoch = p.docs.epoch
	}
	raw, err := proto.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnfit, err)
	}
	if len(raw) > leafBytes { // what it takes once packed is known only then
		packed, err := p.s.codec.pack(r)
		if err != nil {
			return nil, err
		}
		if len(packed) > p.limit/3 {
			return nil, fmt.Errorf("%w: it is too large", errUnfit)
		}
	}
	return raw, nil
}

// merged is the chat after the batch, nil when the chat itself is still unknown.
func (p *planner) merged(e entry, f *chatFacts, versions []version) (_ *chat.Chat, err error) {
	if e.chat == nil && len(f.chats) == 0 {
		return nil, nil
	}
	stored := e.chat
	for _, in := range f.chats {
		c := mergeChat(stored, in)
		stored = &c
	}
	c := *stored
	if e.chat == nil && e.messages > 0 {
		// Its messages came before the chat itself.
		newest, err := p.s.page(p.txn, f.id, e, ^uint64(0), 1)
		if err != nil {
			return nil, err
		}
		for _, m := range newest {
			c.Preview = p.s.previewAfter(c.Preview, m)
		}
	}
	if n, ok := messageNumber(c.Preview.MessageID); ok && f.gone[n] {
		if c.Preview, err = p.newestLeft(f, e); err != nil {
			return nil, err
		}
	}
	for _, v := range versions {
		if !v.gone {
			c.Preview = p.s.previewAfter(c.Preview, v.msg)
		}
	}
	for _, r := range f.reads {
		c.LastRead = r.At
	}
	c = chatOf(chatRow(c)) // what will be read back
	return &c, nil
}

// newestLeft is the preview of the newest stored message that is not gone.
func (p *planner) newestLeft(f *chatFacts, e entry) (chat.Preview, error) {
	list, err := p.s.page(p.txn, f.id, e, ^uint64(0), len(f.gone)+1)
	if err != nil {
		return chat.Preview{}, err
	}
	for _, m := range list {
		if n, _ := messageNumber(m.ID); !f.gone[n] {
			return p.s.previewAfter(chat.Preview{}, m), nil
		}
	}
	return chat.Preview{}, nil
}

// previewAfter is the preview once a version of a message is stored.
func (s *Store) previewAfter(p chat.Preview, m chat.Message) chat.Preview {
	if p.MessageID != "" && p.MessageID != m.ID && !m.Created.After(p.Created) {
		return p
	}
	if s.o.Preview != nil {
		return s.o.Preview(m)
	}
	next := plainPreview(m)
	if p.MessageID == m.ID && !next.Deleted {
		next.Text, next.MentionsMe = p.Text, p.MentionsMe
	}
	return next
}
