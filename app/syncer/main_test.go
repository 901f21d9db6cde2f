package syncer_test

import (
	"os"
	"testing"

	"github.com/dgraph-io/badger/v4/y"
)

// TestMain makes Badger's shared compressor before any synctest bubble does:
// its channels would else belong to the first bubble and fail in the next.
func TestMain(m *testing.M) {
	if _, err := y.ZSTDCompress(nil, []byte("warm"), 1); err != nil {
		panic(err)
	}
	if _, err := y.ZSTDDecompress(nil, warm()); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func warm() []byte {
	b, err := y.ZSTDCompress(nil, []byte("warm"), 1)
	if err != nil {
		panic(err)
	}
	return b
}
