package store

// Sealer is what tests give in place of a vault.
type Sealer = sealer

// OpenForTest opens with any sealer.
func OpenForTest(dir string, v Sealer, o Options) (*Store, error) { return open(dir, v, o) }

// CompactAtForTest sets how many fresh tables are merged, before any Apply.
func (s *Store) CompactAtForTest(n int) { s.maxFresh = n }

// MergeAtForTest sets how many fresh documents are merged, and how many make a
// term's posting a row of its own, before any Apply.
func (s *Store) MergeAtForTest(n uint32, own int) { s.mostFresh, s.ownRow = n, own }

// FreshForTest tells how many documents are not in the postings yet.
func (s *Store) FreshForTest() uint32 { return s.mem.docs.next - s.mem.docs.merged }

// LevelsForTest tells how many tables each level has.
func (s *Store) LevelsForTest() (out []int) {
	for _, l := range s.db.Levels() {
		out = append(out, l.NumTables)
	}
	return out
}
