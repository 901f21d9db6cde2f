package store

// maxFresh is how many tables may lie on the top level before they are merged.
// Each is a full memtable, or what one run of the app has written.
const maxFresh = 8

// compact merges Badger's tables into one level once enough have gathered. It
// takes the place of Badger's own compactors, because each of these wakes up
// twenty times a second for ever, which alone is more than the app may use when
// idle, and because here the disk can be asked for space before.
func (s *Store) compact() {
	if s.db.Levels()[0].NumTables < s.maxFresh {
		return
	}
	if err := s.gate(s.size()); err != nil {
		s.o.Log.Debug("the store stays in pieces: " + err.Error())
		return
	}
	if err := s.db.Flatten(1); err != nil {
		s.o.Log.Warn("merge the tables of the store: " + err.Error())
	}
}

// size is how many bytes the tables have; Badger's own figure is up to a
// minute old.
func (s *Store) size() (n int64) {
	for _, l := range s.db.Levels() {
		n += l.Size
	}
	return n
}
