package store

// Sealer is what tests give in place of a vault.
type Sealer = sealer

// OpenForTest opens with any sealer.
func OpenForTest(dir string, v Sealer, o Options) (*Store, error) { return open(dir, v, o) }
