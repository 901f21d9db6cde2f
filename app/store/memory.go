package store

import (
	"bytes"
	"fmt"

	"chatpane/app/chat"
	"chatpane/app/store/rows"
	"google.golang.org/protobuf/proto"
)

// memory is everything but the messages, decoded; [Store.mu] guards it. What
// its values point to is never altered, only replaced.
type memory struct {
	schema   uint32
	born     uint64
	nextChat uint32
	tally    map[bucket]int
	chats    map[chat.ID]entry
	numbers  map[uint32]chat.ID
	people   map[string]chat.Person
	records  map[chat.RecordRef]chat.Record
	links    map[linkID]chat.Link
	configs  map[string][]chat.LinkConfig
	marks    map[string]string
	facts    map[string][]byte
	purges   map[uint32]chat.ID
	docs     docState
	index    *textIndex
}

// entry is a chat as the store knows it: always its number, how many of its
// messages are stored and where their leaves begin, ascending, and the chat
// itself once it was read.
type entry struct {
	no       uint32
	messages int
	leaves   []uint64
	chat     *chat.Chat
}

func directoryRow(id chat.ID, e entry) *rows.Directory {
	r := &rows.Directory{Id: string(id), Messages: uint32(e.messages), Leaves: make([]uint64, len(e.leaves))}
	before := uint64(0)
	for i, start := range e.leaves {
		r.Leaves[i], before = start-before, start
	}
	return r
}

// entryOf is a chat of the directory, without the chat itself.
func entryOf(no uint32, r *rows.Directory) entry {
	e := entry{no: no, messages: int(r.GetMessages()), leaves: make([]uint64, len(r.GetLeaves()))}
	start := uint64(0)
	for i, more := range r.GetLeaves() {
		start += more
		e.leaves[i] = start
	}
	return e
}

// linkID names a link row; row ids are unique only within an environment.
type linkID struct{ env, row string }

func newMemory() *memory {
	return &memory{
		tally: map[bucket]int{}, chats: map[chat.ID]entry{}, numbers: map[uint32]chat.ID{},
		people: map[string]chat.Person{}, records: map[chat.RecordRef]chat.Record{}, links: map[linkID]chat.Link{},
		configs: map[string][]chat.LinkConfig{}, marks: map[string]string{}, facts: map[string][]byte{}, purges: map[uint32]chat.ID{},
		docs: docState{next: 1, merged: 1}, index: &textIndex{columns: map[uint16]*column{}},
	}
}

func (m *memory) meta() *rows.Meta {
	meta := &rows.Meta{
		Schema: m.schema, Born: m.born, NextChat: m.nextChat, Tally: map[string]uint32{},
		NextDoc: m.docs.next, Merged: m.docs.merged, Epoch: m.docs.epoch, Reindex: m.docs.reindex,
	}
	for b, n := range m.tally {
		if n > 0 {
			meta.Tally[string(b)] = uint32(n)
		}
	}
	return meta
}

func (m *memory) setMeta(meta *rows.Meta) {
	m.schema, m.born, m.nextChat = meta.GetSchema(), meta.GetBorn(), meta.GetNextChat()
	m.docs = docState{max(meta.GetNextDoc(), 1), max(meta.GetMerged(), 1), meta.GetEpoch(), meta.GetReindex()}
	for b, n := range meta.GetTally() {
		m.tally[bucket(b)] = int(n)
	}
}

// read decodes one row of a loaded bucket into the memory.
func (m *memory) read(c *codec, b bucket, key, value []byte) error {
	switch b {
	case bDirectory, bChat, bPurge:
		return m.readNumbered(c, b, key, value)
	case bPerson:
		return readInto(c, b, key, value, &rows.Person{}, func(r *rows.Person) { m.people[r.GetId()] = personOf(r) })
	case bRecord:
		return readInto(c, b, key, value, &rows.Record{}, func(r *rows.Record) { m.records[refOf(r.GetRef())] = recordOf(r) })
	case bLink:
		return readInto(c, b, key, value, &rows.Link{}, func(r *rows.Link) { l := linkOf(r); m.links[linkID{l.Record.Env, l.RowID}] = l })
	case bConfig:
		return readInto(c, b, key, value, &rows.Configs{}, func(r *rows.Configs) { m.configs[r.GetEnv()] = configsOf(r) })
	case bMark:
		return readInto(c, b, key, value, &rows.Text{}, func(r *rows.Text) { m.marks[r.GetKey()] = r.GetValue() })
	case bFact:
		return readInto(c, b, key, value, &rows.Blob{}, func(r *rows.Blob) { m.facts[r.GetKey()] = r.GetValue() })
	case bMeta, bLeaf, bMessage, bColumn, bPosting:
	}
	return fmt.Errorf("%s rows are not loaded", b)
}

func (m *memory) readNumbered(c *codec, b bucket, key, value []byte) error {
	no, ok := keyNumber(key)
	if !ok {
		return fmt.Errorf("key of a %s of %d bytes", b, len(key))
	}
	id := m.numbers[no]
	switch b {
	case bDirectory:
		return readInto(c, b, key, value, &rows.Directory{}, func(r *rows.Directory) {
			m.numbers[no] = chat.ID(r.GetId())
			m.chats[chat.ID(r.GetId())] = entryOf(no, r)
		})
	case bPurge:
		return readInto(c, b, key, value, &rows.Text{}, func(r *rows.Text) { m.purges[no] = chat.ID(r.GetValue()) })
	}
	if _, ok := m.purges[no]; ok {
		return nil // its key may be destroyed already
	}
	if id == "" {
		return fmt.Errorf("chat %d is not in the directory", no)
	}
	r := &rows.Chat{}
	if err := c.open(b, id, key, value, r); err != nil {
		return err
	}
	e, decoded := m.chats[id], chatOf(r)
	e.chat = &decoded
	m.chats[id] = e
	return nil
}

func readInto[T proto.Message](c *codec, b bucket, key, value []byte, into T, keep func(T)) error {
	if err := c.open(b, "", key, value, into); err != nil {
		return err
	}
	keep(into)
	return nil
}

// same reports whether two rows hold the same, however their times were written.
func same(a, b proto.Message) bool {
	o := proto.MarshalOptions{Deterministic: true}
	x, errX := o.Marshal(a)
	y, errY := o.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
