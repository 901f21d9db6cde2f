package outbox_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/outbox"
	"chatpane/app/vault"
)

// TestAKillAfterAnyRecordLosesNothing reopens the journal as it stood after
// each append of a lively history.
func TestAKillAfterAnyRecordLosesNothing(t *testing.T) {
	s := &script{deliver: results(is(chat.Ambiguous), is(chat.Refused), is(chat.Confirmed), is(chat.NeverLeft), is(chat.Rejected), is(chat.Confirmed)), look: results(is(chat.Absent))}
	inBubble(t, s, func(b *bench) {
		var moments [][][]byte
		b.journal.onAppend = func(recs [][]byte) { moments = append(moments, recs) }
		accepted := map[string]int{} // by id, how many records there were then
		for _, op := range []chat.Op{send("a"), send("a"), send("b"), link(chat.OpLink, "a", "r"), send("c")} {
			id := b.enqueue(op).ID
			accepted[id] = len(b.journal.Records())
		}
		b.pass(3 * time.Minute)
		for i, recs := range moments {
			box, err := outbox.OpenForTest(&memJournal{recs: recs}, outbox.Options{})
			if err != nil {
				t.Fatalf("after record %d: %v", i, err)
			}
			for _, op := range box.Ops() {
				if op.State == chat.Sending {
					t.Errorf("after record %d: op %s is sending with no request under way", i, op.ID)
				}
			}
			for id, from := range accepted {
				_, kept := box.Op(id)
				if _, final := b.box.Op(id); final && !kept && len(recs) >= from {
					t.Errorf("after record %d: op %s is lost", i, id)
				}
			}
		}
		if len(moments) < 15 {
			t.Errorf("only %d records; the history is too dull", len(moments))
		}
	})
}

func TestSendingIsDurableBeforeTheRequestAndNeverJustRepeated(t *testing.T) {
	s := &script{look: results(is(chat.Confirmed)), took: time.Second}
	inBubble(t, s, func(b *bench) {
		op := b.enqueue(send("a"))
		mark := b.enqueue(read("b", time.Time{}))
		b.pass(0)
		killed := b.journal.Records() // with both requests under way
		b.stop()
		s.calls = nil
		b.journal = &memJournal{recs: killed}
		b.start()
		b.state(op.ID, chat.Unsure, "")
		b.pass(time.Hour)
		b.state(op.ID, chat.Done, "")
		b.state(mark.ID, chat.Done, "")
		for _, c := range s.log() {
			if c.id == op.ID && c.kind != "look" {
				t.Error("a send that may have arrived was repeated without looking")
			}
			if c.id == mark.ID && c.kind != "deliver" {
				t.Error("a read mark was looked for instead of repeated")
			}
		}
	})
}

func TestAFullDiskRefusesWhatIsNewAndForgetsNothing(t *testing.T) {
	inBubble(t, &script{took: time.Minute}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(time.Second)
		b.journal.setFull(true)
		if _, err := b.box.Enqueue(send("b")); !errors.Is(err, errDisk) {
			t.Errorf("enqueue on a full disk = %v, want the disk's error", err)
		}
		if n := len(b.box.Ops()); n != 1 {
			t.Errorf("%d ops, want only the accepted one", n)
		}
		b.pass(2 * time.Minute) // confirmed, but that cannot be written
		b.state(op.ID, chat.Done, "")
		b.journal.setFull(false)
		next := b.enqueue(send("c"))
		b.stop()
		b.start()
		b.state(op.ID, chat.Done, "")
		if _, ok := b.box.Op(next.ID); !ok {
			t.Error("the op after the full disk is lost")
		}
		if got := count(b.script.kinds(), "deliver"); got != 2 {
			t.Errorf("%d deliveries, want 2: none again for what is confirmed", got)
		}
	})
}

func TestNothingIsSentWhileSendingCannotBeNoted(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft), is(chat.Confirmed))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(time.Second)
		b.journal.setFull(true)
		b.pass(time.Hour)
		if got := len(b.script.kinds()); got != 1 {
			t.Errorf("%d requests, want only the one from before the disk was full", got)
		}
		b.journal.setFull(false)
		b.pass(5 * time.Minute)
		b.state(op.ID, chat.Done, "")
	})
}

func TestTheJournalStaysSmall(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Rejected), is(chat.Confirmed))}, func(b *bench) {
		big := send("a")
		big.Send.HTML = strings.Repeat("x", 20<<10)
		kept := link(chat.OpLink, "z", "r")
		k := b.enqueue(kept)
		b.pass(time.Second)
		for range 100 {
			b.enqueue(big)
			b.pass(time.Second)
		}
		size := 0
		for _, r := range b.journal.Records() {
			size += len(r)
		}
		if size > 200<<10 || b.journal.rewrites == 0 {
			t.Errorf("journal of %d bytes after %d rewrites", size, b.journal.rewrites)
		}
		b.stop()
		b.start()
		b.state(k.ID, chat.Parked, "rejected")
	})
}

func TestARecordOfALaterVersionIsNotDropped(t *testing.T) {
	t.Parallel()
	for _, rec := range []string{`{"Merge":"x"}`, `{`} {
		if _, err := outbox.OpenForTest(&memJournal{recs: [][]byte{[]byte(rec)}}, outbox.Options{}); err == nil {
			t.Errorf("opened with record %s", rec)
		}
	}
}

func TestIDsSortAsTheyWereMade(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft))}, func(b *bench) {
		var got []string
		for i := range 200 { // the bubble's clock stands still
			got = append(got, b.enqueue(send(chat.ID(fmt.Sprint(i)))).ID)
		}
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != 200 || len(got[0]) != 26 {
			t.Errorf("ids = %v", got[:3])
		}
	})
	if a, b := outbox.NewID(time.UnixMilli(1000)), outbox.NewID(time.UnixMilli(1001)); a >= b || a == outbox.NewID(time.UnixMilli(1000)) {
		t.Errorf("%s, %s: want sorted by time and random within it", a, b)
	}
	if got := outbox.NewID(time.UnixMilli(1469918176385))[:10]; got != "01ARYZ6S41" { // the example of the ULID specification's libraries
		t.Errorf("time part = %s, want 01ARYZ6S41", got)
	}
	if got := outbox.After("0AZ"); got != "0B0" {
		t.Errorf("after 0AZ = %s, want 0B0", got)
	}
}

func TestOpsAndDraftsSurviveInARealVault(t *testing.T) {
	t.Parallel()
	dir, keys := filepath.Join(t.TempDir(), "v"), vault.MemoryKeychain()
	open := func() (*outbox.Outbox, *outbox.Drafts, func()) {
		v, err := vault.Open(dir, "t/o", keys)
		if err != nil {
			t.Fatal(err)
		}
		j, err := v.Journal("outbox")
		if err != nil {
			t.Fatal(err)
		}
		k, err := v.Journal("drafts")
		if err != nil {
			t.Fatal(err)
		}
		box, err := outbox.Open(j, outbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		drafts, err := outbox.OpenDrafts(k)
		if err != nil {
			t.Fatal(err)
		}
		return box, drafts, func() { _, _ = j.Close(), k.Close() }
	}
	box, drafts, done := open()
	op, err := box.Enqueue(send("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := drafts.Save("a", "{}", "hello"); err != nil {
		t.Fatal(err)
	}
	done()
	box, drafts, done = open()
	defer done()
	if got, ok := box.Op(op.ID); !ok || got.Send.HTML != op.Send.HTML || !got.Created.Equal(op.Created) {
		t.Errorf("op = %+v, %v", got, ok)
	}
	if got, _ := drafts.Get("a"); got.Text != "hello" {
		t.Errorf("draft = %+v", got)
	}
}

func TestOfDraftsTheLastOfAChatStands(t *testing.T) {
	t.Parallel()
	j := &memJournal{}
	d, err := outbox.OpenDraftsForTest(j)
	if err != nil {
		t.Fatal(err)
	}
	save := func(id chat.ID, text string) {
		t.Helper()
		if err := d.Save(id, text, text); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 {
		save("a", strings.Repeat("x", 1000)+fmt.Sprint(i))
	}
	save("b", "b")
	save("c", "c")
	save("c", "")
	save("none", "")
	j.setFull(true)
	if err := d.Save("b", "lost", "lost"); !errors.Is(err, errDisk) {
		t.Errorf("save on a full disk = %v", err)
	}
	j.setFull(false)
	if j.rewrites == 0 || len(j.Records()) > 200 {
		t.Errorf("%d records after %d rewrites", len(j.Records()), j.rewrites)
	}
	again, err := outbox.OpenDraftsForTest(&memJournal{recs: j.Records()})
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*outbox.Drafts{"open": d, "reopened": again} {
		all := d.All()
		if len(all) != 2 || !strings.HasSuffix(all[0].Text, "299") || all[1] != (outbox.Draft{Chat: "b", JSON: "b", Text: "b"}) {
			t.Errorf("%s: %d drafts", name, len(all))
		}
		if _, ok := d.Get("c"); ok {
			t.Errorf("%s: an emptied draft is there", name)
		}
	}
}
