package benchstore_test

import (
	"os"
	"testing"
	"time"

	"chatpane/app/search"
	"chatpane/app/store"
	"chatpane/build/benchdata"
	"chatpane/build/benchstore"
)

func TestAFillIsKeptAndACutOneIsDoneAgain(t *testing.T) {
	t.Parallel()
	data, d := t.TempDir(), benchdata.New(benchdata.Shape{Name: "tiny", Chats: 3, Messages: 300})
	dir := benchstore.Dir(data, d.Name)
	rate, err := benchstore.Fill(t.Context(), data, d)
	if err != nil || rate <= 0 {
		t.Fatalf("fill: %v messages/s, %v", rate, err)
	}
	kept := stamp(t, dir)
	if again, err := benchstore.Fill(t.Context(), data, d); err != nil || again < rate-1 || again > rate+1 || stamp(t, dir) != kept {
		t.Errorf("a second fill says %v (%v), want the first one's %v and the store left alone", again, err, rate)
	}
	if err := os.Remove(dir + ".filled"); err != nil {
		t.Fatal(err)
	}
	if _, err := benchstore.Fill(t.Context(), data, d); err != nil {
		t.Fatalf("fill again after a cut: %v", err)
	}
	s, err := benchstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range 3 {
		list, _, err := s.Latest(benchstore.ChatID(n), 1000)
		if err != nil || len(list) != 100 {
			t.Errorf("chat %d holds %d messages (%v), want 100", n, len(list), err)
		}
	}
	word := d.Message(1, 99).Text
	f, err := s.Search(t.Context(), store.Search{Terms: search.Parse(`"`+word+`"`, time.Now()).Terms, Limit: 5})
	if err != nil || len(f.Hits) != 1 || f.Hits[0].Message.ID != d.Message(1, 99).ID() {
		t.Errorf("a message's own words find %d messages (%v), want it alone", len(f.Hits), err)
	}
}

// stamp is when the folder of a store was made.
func stamp(t *testing.T, dir string) time.Time {
	t.Helper()
	i, err := os.Stat(dir + ".keys")
	if err != nil {
		t.Fatal(err)
	}
	return i.ModTime()
}
