package outbox

import "fmt"

// journal is what the outbox needs of *vault.Journal.
type journal interface {
	Append(rec []byte) error
	Records() [][]byte
	Rewrite(recs [][]byte) error
}

// slack is how many bytes of a journal may be out of date before it is compacted.
const slack = 64 << 10

// shelf writes a journal and keeps it small.
type shelf struct {
	journal journal
	size    int // bytes of records written since the last rewrite, that one included
	behind  bool
}

func (s *shelf) opened() {
	for _, r := range s.journal.Records() {
		s.size += len(r)
	}
}

// append makes a record durable. all is what the journal would hold after it,
// if it were written anew: that is done when an earlier record could not be
// written, or when most of the file is out of date.
func (s *shelf) append(rec []byte, all func() ([][]byte, error)) error {
	if s.behind {
		return s.rewrite(all)
	}
	if err := s.journal.Append(rec); err != nil {
		return fmt.Errorf("write to the journal: %w", err)
	}
	s.size += len(rec)
	return nil
}

// compact rewrites the journal if most of it is out of date. It is best done
// after an append, which is durable whatever happens here.
func (s *shelf) compact(all func() ([][]byte, error)) error {
	if s.size <= slack {
		return nil
	}
	recs, err := all()
	if err != nil {
		return err
	}
	if live := sum(recs); s.size-live > max(live, slack) {
		return s.rewrite(func() ([][]byte, error) { return recs, nil })
	}
	return nil
}

func (s *shelf) rewrite(all func() ([][]byte, error)) error {
	recs, err := all()
	if err != nil {
		return err
	}
	if err := s.journal.Rewrite(recs); err != nil {
		return fmt.Errorf("rewrite the journal: %w", err)
	}
	s.size, s.behind = sum(recs), false
	return nil
}

func sum(recs [][]byte) (n int) {
	for _, r := range recs {
		n += len(r)
	}
	return n
}
