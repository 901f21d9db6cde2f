package store

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
)

const (
	// tableEnd is which part of a table is read ahead: its index, at the end, has
	// about a fiftieth.
	tableEnd = 40
	// aheadReads is how many tables are read at once.
	aheadReads = 16
)

// readAhead reads the ends of Badger's tables into the system's cache. Badger
// takes their indexes in through a memory map, three tables at a time and page
// by page: with 84 tables that is most of a cold start, 300 ms of 340. What goes
// wrong here Badger meets too, and tells.
func readAhead(dir string) {
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		return
	}
	todo := make(chan string)
	var readers sync.WaitGroup
	for range min(aheadReads, len(tables)) {
		readers.Go(func() {
			for name := range todo {
				_ = readEnd(name)
			}
		})
	}
	for _, name := range tables {
		todo <- name
	}
	close(todo)
	readers.Wait()
}

func readEnd(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err == nil {
		end := make([]byte, st.Size()/tableEnd)
		_, err = f.ReadAt(end, st.Size()-int64(len(end)))
	}
	return errors.Join(err, f.Close())
}
