package store

import (
	"errors"
	"maps"
	"slices"

	"chatpane/app/chat"
	"chatpane/app/store/rows"
	"github.com/dgraph-io/badger/v4"
)

// version is a message about to be written.
type version struct {
	row   row
	msg   chat.Message
	isNew bool
	gone  bool // the row is deleted
	doc   doc
}

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
	versions, err := p.versions(e.no, known, f)
	if err != nil {
		return err
	}
	gone, err := p.gone(e.no, known, f)
	if err != nil {
		return err
	}
	versions = append(versions, gone...)
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
		n := fit(versions, p.limit*3/4)
		for _, v := range versions[:n] {
			part.put(v.row)
			switch key := (MessageKey{f.id, v.msg.ID}); {
			case v.gone:
				part.diff.Gone = append(part.diff.Gone, key)
				e.messages--
			default:
				part.diff.Messages = append(part.diff.Messages, key)
				if v.isNew {
					e.messages++
				}
			}
		}
		if err := p.putDocs(part, versions[:n]); err != nil {
			return err
		}
		versions = versions[n:]
		if altered && len(versions) == 0 {
			if err := p.putChat(part, &e, after); err != nil {
				return err
			}
		}
		if n > 0 || !known {
			if err := p.putDirectory(part, f.id, e); err != nil {
				return err
			}
		}
		after := e
		part.then = func(m *memory) { m.chats[f.id], m.numbers[after.no] = after, f.id }
		p.parts = append(p.parts, part)
	}
	return nil
}

// fit tells how many of the versions go into so many bytes; at least one.
func fit(versions []version, limit int) int {
	size := 0
	for i, v := range versions {
		if size += v.row.size(); size > limit && i > 0 {
			return i
		}
	}
	return len(versions)
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
	value, err := p.s.codec.seal(bDirectory, "", key, &rows.Directory{Id: string(id), Messages: uint32(e.messages)})
	if err != nil {
		return err
	}
	part.put(row{key, value})
	return nil
}

// versions are the messages of the batch that are newer than what is stored,
// oldest first.
func (p *planner) versions(no uint32, known bool, f *chatFacts) (out []version, err error) {
	for _, n := range slices.Sorted(maps.Keys(f.messages)) {
		m, key := f.messages[n], messageKey(no, n)
		isNew := true
		var stored chat.Message
		var old uint32
		if known {
			var ok bool
			if stored, old, ok, err = p.s.stored(p.txn, f.id, key); err != nil {
				return nil, err
			}
			if isNew = !ok; ok && !chat.Newer(m, stored) {
				continue
			}
		}
		d := p.document(no, n, m, stored, old)
		r, err := p.sealMessage(f.id, key, n, m, d.no)
		if errors.Is(err, errUnfit) {
			p.s.skip(f.id, err.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.size() > p.limit/2 {
			p.s.skip(f.id, "it is too large")
			continue
		}
		out = append(out, version{row: r, msg: m, isNew: isNew, doc: d})
	}
	return out, nil
}

// sealMessage makes the row of a message that is a document, 0 for none.
func (p *planner) sealMessage(id chat.ID, key []byte, n uint64, m chat.Message, no uint32) (row, error) {
	r := messageRow(n, m)
	if r.Doc = no; no != 0 {
		r.Epoch = p.docs.epoch
	}
	value, err := p.s.codec.seal(bMessage, id, key, r)
	return row{key, value}, err
}

// gone are the deletions of stored messages that the server no longer has.
func (p *planner) gone(no uint32, known bool, f *chatFacts) ([]version, error) {
	var out []version
	for _, n := range slices.Sorted(maps.Keys(f.gone)) {
		if !known {
			break
		}
		key := messageKey(no, n)
		m, old, ok, err := p.s.stored(p.txn, f.id, key)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		v := version{row: row{key: key}, msg: m, gone: true, doc: doc{old: old}}
		if old != 0 {
			v.doc.was = p.s.documentOf(m)
		}
		out = append(out, v)
	}
	return out, nil
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
		newest, err := p.s.page(p.txn, f.id, e.no, messageKey(e.no, ^uint64(0)), 1)
		if err != nil {
			return nil, err
		}
		for _, m := range newest {
			c.Preview = p.s.previewAfter(c.Preview, m)
		}
	}
	if n, ok := messageNumber(c.Preview.MessageID); ok && f.gone[n] {
		if c.Preview, err = p.newestLeft(f, e.no); err != nil {
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
func (p *planner) newestLeft(f *chatFacts, no uint32) (chat.Preview, error) {
	list, err := p.s.page(p.txn, f.id, no, messageKey(no, ^uint64(0)), len(f.gone)+1)
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

// message reads one stored message.
func (s *Store) message(txn *badger.Txn, id chat.ID, key []byte) (chat.Message, bool, error) {
	m, _, ok, err := s.stored(txn, id, key)
	return m, ok, err
}

func (s *Store) decodeMessage(id chat.ID, item *badger.Item) (chat.Message, error) {
	m, _, err := s.decodeStored(id, item)
	return m, err
}
