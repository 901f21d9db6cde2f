package graph

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Time is a time in one of Graph's forms. Graph drops trailing zeros of the
// fraction, sends 0001-01-01T00:00:00Z for "never", and null where there is
// none; both, and what cannot be read, are the zero time.
type Time struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (t *Time) UnmarshalJSON(data []byte) error {
	var s string
	t.Time = time.Time{}
	if json.Unmarshal(data, &s) == nil {
		if parsed, err := time.Parse(time.RFC3339Nano, s); err == nil {
			t.Time = parsed.UTC()
		}
	}
	return nil
}

// stamp writes a time for a $filter.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// errNameless is the answer to an element without what identifies it.
var errNameless = errors.New("element without an id")

// lenient decodes an object and leaves fields of a wrong form empty: one field
// that Graph changes must not cost the others.
func lenient(data []byte, into any) error {
	var kind *json.UnmarshalTypeError
	if err := json.Unmarshal(data, into); err != nil && !errors.As(err, &kind) {
		return err
	}
	return nil
}

// without removes the elements of a list that hold nothing to go by.
func without[T any](list []T, nothing func(T) bool) []T { return slices.DeleteFunc(list, nothing) }
