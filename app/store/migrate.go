package store

import (
	"fmt"

	"chatpane/app/store/rows"
)

// Schema is the number of the newest step; a store that says a higher one is
// not touched.
const Schema = 3

// step brings a store from the schema before it to its own. It must be
// repeatable: a crash after it and before its number is stored runs it again.
type step func(*Store) error

// steps are the migrations in order; the first makes schema 1.
func steps() []step { return []step{step1, step2, step3} }

// step1 begins an empty store: a birth mark, which the shape file repeats.
func step1(s *Store) error {
	s.mem.setMeta(&rows.Meta{Born: birthMark(), NextChat: 1})
	return nil
}

// step2 begins the index; [Store.Index] fills it with what is stored already.
func step2(s *Store) error { return s.dropIndex() }

// migrate reads the schema number and runs the steps that are missing, storing
// the number after each.
func (s *Store) migrate(steps []step) error {
	meta, err := s.readMeta()
	if err != nil {
		return err
	}
	if meta != nil {
		s.mem.setMeta(meta)
	}
	if int(s.mem.schema) > len(steps) {
		return fmt.Errorf("%w (schema %d, known is %d)", ErrNewer, s.mem.schema, len(steps))
	}
	if s.report.ReadOnly && int(s.mem.schema) < len(steps) {
		return fmt.Errorf("%w: it has to be migrated first", ErrFull)
	}
	for i := int(s.mem.schema); i < len(steps); i++ {
		if err := steps[i](s); err != nil {
			return fmt.Errorf("migrate the store to schema %d: %w", i+1, err)
		}
		s.mem.schema = uint32(i + 1)
		if err := s.commit(nil); err != nil {
			return fmt.Errorf("note schema %d: %w", i+1, err)
		}
	}
	return nil
}
