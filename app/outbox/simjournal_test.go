package outbox_test

import (
	"slices"
	"sync"
)

// simJournal is a journal with a disk behind it: what is durable survives the
// process. It can be full, die in the middle of a write, and be lazy, that is
// accept what is not on the disk yet.
type simJournal struct {
	mu     sync.Mutex
	recs   [][]byte // durable
	full   bool
	lazy   bool
	unsafe [][]byte // accepted by a lazy journal, not durable yet
	left   int      // writes until the process dies, 0 = it does not
	keeps  bool     // whether the write in which it dies is on the disk
	dead   bool
	killed func()
}

func (j *simJournal) Append(rec []byte) error {
	return j.write(func() {
		if j.lazy {
			j.unsafe = append(j.unsafe, slices.Clone(rec))
			if len(j.unsafe) < 3 {
				return
			}
			j.recs, j.unsafe = append(j.recs, j.unsafe...), nil
			return
		}
		j.recs = append(j.recs, slices.Clone(rec))
	})
}

func (j *simJournal) Rewrite(recs [][]byte) error {
	return j.write(func() { j.recs, j.unsafe = slices.Clone(recs), nil })
}

func (j *simJournal) write(do func()) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.full || j.dead {
		return errDisk
	}
	if j.left == 1 {
		j.dead = true
		j.killed()
		if j.keeps {
			do()
		}
		return errDisk // nobody is there to read it
	}
	j.left = max(0, j.left-1)
	do()
	return nil
}

func (j *simJournal) Records() [][]byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append(slices.Clone(j.recs), j.unsafe...)
}

func (j *simJournal) setFull(full bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.full = full
}

// durable is the journal that a new process finds.
func (j *simJournal) durable() *simJournal {
	j.mu.Lock()
	defer j.mu.Unlock()
	return &simJournal{recs: slices.Clone(j.recs), lazy: j.lazy}
}

// dieAt lets the process die in its nth write from now on.
func (j *simJournal) dieAt(n int, keeps bool, killed func()) (after func() *simJournal) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.left, j.keeps, j.killed = n, keeps, killed
	return j.durable
}
