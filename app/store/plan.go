package store

import (
	"cmp"
	"fmt"
	"slices"

	"chatpane/app/chat"
	"chatpane/app/store/rows"
	"github.com/dgraph-io/badger/v4"
	"google.golang.org/protobuf/proto"
)

// row is one key to set, or to delete when value is nil.
type row struct{ key, value []byte }

func (r row) size() int { return len(r.key) + len(r.value) + 64 }

// part is a set of rows that must be committed together.
type part struct {
	rows  []row
	size  int
	delta map[bucket]int // rows more or less per loaded bucket
	next  uint32         // chat number to go on with, 0 = unchanged
	diff  Diff
	then  func(*memory) // brings the memory up to date once committed
	// docs alters the numbers of the index, indexed the index in memory.
	docs    func(*docState)
	indexed func(*memory)
}

func newPart() *part { return &part{delta: map[bucket]int{}} }

func (p *part) put(r row) {
	p.rows = append(p.rows, r)
	p.size += r.size()
}

// planner turns a batch into parts. It reads, but alters nothing.
type planner struct {
	s     *Store
	txn   *badger.Txn
	limit int // bytes one part may have
	next  uint32
	parts []*part
	docs  docState
	// chunks are the columns as the parts so far leave them.
	chunks map[uint32]*chunk
}

func (s *Store) planner(txn *badger.Txn) *planner {
	return &planner{s: s, txn: txn, limit: s.txnLimit(), next: s.mem.nextChat, docs: s.mem.docs, chunks: map[uint32]*chunk{}}
}

func (s *Store) plan(b Batch) ([]*part, error) {
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	p := s.planner(txn)
	if err := s.guarded(bLeaf, func() error { return p.chats(b) }); err != nil {
		return nil, err
	}
	for _, step := range []func(Batch) error{p.people, p.records, p.links, p.configs, p.facts, p.marks} {
		if err := step(b); err != nil {
			return nil, err
		}
	}
	return p.parts, nil
}

// account adds a part of one row sealed under the account key.
func (p *planner) account(b bucket, key []byte, m proto.Message, isNew bool, d Diff, then func(*memory)) error {
	value, err := p.s.codec.seal(b, "", key, m)
	if err != nil {
		return err
	}
	part := &part{diff: d, then: then, delta: map[bucket]int{}}
	if isNew {
		part.delta[b] = 1
	}
	part.put(row{key, value})
	p.parts = append(p.parts, part)
	return nil
}

func (p *planner) people(b Batch) error {
	fresh := map[string]chat.Person{}
	for _, in := range b.People {
		stored, known := lookup(fresh, p.s.mem.people, in.ID)
		merged := mergePerson(stored, in)
		if in.ID != "" && (!known || merged != stored) {
			fresh[in.ID] = merged
		}
	}
	for id, v := range fresh {
		_, known := p.s.mem.people[id]
		err := p.account(bPerson, textKey(bPerson, id), personRow(v), !known, Diff{People: []string{id}},
			func(m *memory) { m.people[id] = v })
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) records(b Batch) error {
	fresh := map[chat.RecordRef]chat.Record{}
	for _, in := range b.Records {
		stored, known := lookup(fresh, p.s.mem.records, in.Ref)
		stored.Ref = in.Ref
		merged := mergeRecord(stored, in)
		if !known || !same(recordRow(merged), recordRow(stored)) {
			fresh[in.Ref] = recordOf(recordRow(merged))
		}
	}
	for ref, v := range fresh {
		_, known := p.s.mem.records[ref]
		err := p.account(bRecord, textKey(bRecord, ref.Key()), recordRow(v), !known, Diff{Records: []chat.RecordRef{ref}},
			func(m *memory) { m.records[ref] = v })
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) links(b Batch) error {
	fresh := map[linkID]chat.Link{}
	for _, in := range b.Links {
		id := linkID{in.Record.Env, in.RowID}
		stored, known := lookup(fresh, p.s.mem.links, id)
		merged := mergeLink(stored, in)
		if !known || !same(linkRow(merged), linkRow(stored)) {
			fresh[id] = linkOf(linkRow(merged))
		}
	}
	for id, v := range fresh {
		stored, known := p.s.mem.links[id]
		d := Diff{Links: []chat.Pair{v.Pair()}}
		if known && stored.Pair() != v.Pair() {
			d.Links = append(d.Links, stored.Pair()) // somebody moved the row to another pair
		}
		err := p.account(bLink, textKey(bLink, id.env+"|"+id.row), linkRow(v), !known, d, func(m *memory) { m.links[id] = v })
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) configs(b Batch) error {
	env := b.SetConfigs
	stored, known := p.s.mem.configs[env]
	fresh := configsRow(env, b.Configs)
	if env == "" || known && same(fresh, configsRow(env, stored)) {
		return nil
	}
	return p.account(bConfig, textKey(bConfig, env), fresh, !known, Diff{Configs: true},
		func(m *memory) { m.configs[env] = configsOf(fresh) })
}

func (p *planner) facts(b Batch) error {
	last := map[string][]byte{}
	for _, f := range b.Facts {
		last[f.Key] = slices.Clone(f.Value)
	}
	for k, v := range last {
		stored, known := p.s.mem.facts[k]
		switch {
		case len(v) == 0 && known:
			p.remove(bFact, textKey(bFact, k), Diff{Facts: true}, func(m *memory) { delete(m.facts, k) })
		case len(v) == 0 || known && slices.Equal(stored, v):
		default:
			err := p.account(bFact, textKey(bFact, k), &rows.Blob{Key: k, Value: v}, !known, Diff{Facts: true},
				func(m *memory) { m.facts[k] = v })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// marks come last, so that a watermark never becomes durable before its facts.
func (p *planner) marks(b Batch) error {
	last := map[string]string{}
	for _, m := range b.Marks {
		last[m.Feed] = m.Value
	}
	for k, v := range last {
		stored, known := p.s.mem.marks[k]
		switch {
		case v == "" && known:
			p.remove(bMark, textKey(bMark, k), Diff{}, func(m *memory) { delete(m.marks, k) })
		case v == "" || known && stored == v:
		default:
			err := p.account(bMark, textKey(bMark, k), &rows.Text{Key: k, Value: v}, !known, Diff{}, func(m *memory) { m.marks[k] = v })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planner) remove(b bucket, key []byte, d Diff, then func(*memory)) {
	part := &part{diff: d, then: then, delta: map[bucket]int{b: -1}}
	part.put(row{key: key})
	p.parts = append(p.parts, part)
}

func lookup[K comparable, V any](fresh, stored map[K]V, k K) (V, bool) {
	if v, ok := fresh[k]; ok {
		return v, true
	}
	v, ok := stored[k]
	return v, ok
}

// chatFacts is what a batch says about one chat.
type chatFacts struct {
	id       chat.ID
	chats    []chat.Chat
	messages map[uint64]chat.Message
	reads    []ReadMark
	gone     map[uint64]bool
}

// chats plans each chat on its own, in the order of ids, so that equal batches
// give equal stores.
func (p *planner) chats(b Batch) error {
	facts := map[chat.ID]*chatFacts{}
	of := func(id chat.ID) *chatFacts {
		f := facts[id]
		if f == nil {
			f = &chatFacts{id: id, messages: map[uint64]chat.Message{}, gone: map[uint64]bool{}}
			facts[id] = f
		}
		return f
	}
	for _, c := range b.Chats {
		of(c.ID).chats = append(of(c.ID).chats, c)
	}
	for _, m := range b.Messages {
		n, ok := messageNumber(m.ID)
		if !ok {
			p.s.skip(m.Chat, "its id is not a number")
			continue
		}
		if twin, twice := of(m.Chat).messages[n]; !twice || chat.Newer(m, twin) {
			of(m.Chat).messages[n] = m
		}
	}
	for _, k := range b.Gone {
		if n, ok := messageNumber(k.ID); ok {
			of(k.Chat).gone[n] = true
			delete(of(k.Chat).messages, n)
		}
	}
	for _, r := range b.ReadMarks {
		of(r.Chat).reads = append(of(r.Chat).reads, r)
	}
	for _, id := range b.PurgeChats {
		delete(facts, id)
	}
	for _, id := range p.s.mem.purges {
		delete(facts, id) // its key is about to be destroyed
	}
	delete(facts, "")
	list := make([]*chatFacts, 0, len(facts))
	for _, f := range facts {
		list = append(list, f)
	}
	if err := p.newKeys(list); err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b *chatFacts) int { return cmp.Compare(a.id, b.id) })
	for _, f := range list {
		if err := p.chat(f); err != nil {
			return fmt.Errorf("plan chat %s: %w", f.id, err)
		}
	}
	return nil
}

// newKeys has the keys of new chats made with one write for all of them.
func (p *planner) newKeys(list []*chatFacts) error {
	var fresh []string
	for _, f := range list {
		if _, known := p.s.mem.chats[f.id]; !known && len(f.chats)+len(f.messages) > 0 {
			fresh = append(fresh, string(f.id))
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := p.s.codec.vault.AddChats(fresh...); err != nil {
		return fmt.Errorf("make keys of new chats: %w", err)
	}
	return nil
}
