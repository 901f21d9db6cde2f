package store_test

import (
	"fmt"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/store"
)

func back(id chat.ID, since time.Time) []store.Mark {
	return []store.Mark{{Feed: "back:" + string(id), Value: since.Format(time.RFC3339)}}
}

// filledForTrim has chat a with messages at 0 to 99 s, b at 50 to 149 s, c at 5 s.
func filledForTrim(t *testing.T) *store.Store {
	t.Helper()
	s := openMemory(t)
	var b store.Batch
	for i := range 100 {
		b.Messages = append(b.Messages, msg("19:a", i, fmt.Sprint("word", i)), msg("19:b", 50+i, fmt.Sprint("word", i)))
	}
	b.Messages = append(b.Messages, msg("19:c", 5, "lonely"))
	b.Chats = []chat.Chat{group("19:a"), group("19:b"), group("19:c")}
	apply(t, s, b)
	return s
}

func TestTrimByAge(t *testing.T) {
	t.Parallel()
	s := filledForTrim(t)
	d, err := s.Trim(t.Context(), store.Retention{Before: at(60), Marks: back})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Gone) != 60+10 {
		t.Errorf("%d messages went, want 70", len(d.Gone))
	}
	for id, want := range map[chat.ID]int{"19:a": 40, "19:b": 90, "19:c": 1} {
		if got, _ := s.Count(id); got != want {
			t.Errorf("%s keeps %d messages, want %d", id, got, want)
		}
	}
	if got := s.Mark("back:19:a"); got != at(60).Format(time.RFC3339) {
		t.Errorf("chat a is said to be complete from %s on", got)
	}
	if got := s.Mark("back:19:c"); got != "" {
		t.Errorf("chat c, of which nothing went, got the mark %s", got)
	}
	if got := find(t, s, `"word7"`, store.Search{}); len(got) != 0 {
		t.Errorf("what went is still found: %q", got)
	}
	if d, err := s.Trim(t.Context(), store.Retention{Before: at(60), Marks: back}); err != nil || len(d.Gone) != 0 {
		t.Errorf("trimming again removed %d (%v)", len(d.Gone), err)
	}
}

func TestTrimBySize(t *testing.T) {
	t.Parallel()
	s := filledForTrim(t)
	total := int64(0)
	sizes, err := s.Sizes()
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range sizes {
		total += z.Bytes
	}
	if len(sizes) != 3 || sizes[2].Chat != "19:c" || sizes[0].Messages != 100 || total == 0 {
		t.Errorf("sizes %+v", sizes)
	}
	if _, err := s.Trim(t.Context(), store.Retention{Bytes: total / 2, Marks: back}); err != nil {
		t.Fatal(err)
	}
	after := int64(0)
	if sizes, err = s.Sizes(); err != nil {
		t.Fatal(err)
	}
	for _, z := range sizes {
		after += z.Bytes
	}
	if after > total/2+2000 || after < total/3 {
		t.Errorf("%d bytes of %d are left, want about half", after, total)
	}
	newest, _, _ := s.Latest("19:b", 1)
	if len(newest) != 1 || newest[0].ID != msg("19:b", 149, "").ID {
		t.Errorf("the newest message went: %v", newest)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
}
