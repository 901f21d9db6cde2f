package outbox_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/chat"
	"chatpane/app/outbox"
)

func create() chat.Op {
	return chat.Op{Kind: chat.OpCreate, Create: &chat.CreateArgs{Topic: "Gasket"}}
}

// madeChat is the answer that a chat was made, followed by a link and a message.
func madeChat(id chat.ID) outbox.Result {
	l, m := link(chat.OpLink, id, "r"), send(id)
	return outbox.Result{Outcome: chat.Confirmed, ServerID: string(id), Then: []chat.Op{l, m}}
}

// pairOf are the link and the message that followed a chat.
func (b *bench) pairOf(id chat.ID) (link, message chat.Op) {
	b.t.Helper()
	for _, op := range b.box.Ops() {
		switch {
		case op.Chat != id:
		case op.Kind == chat.OpLink:
			link = op
		case op.Kind == chat.OpSend:
			message = op
		}
	}
	return link, message
}

func TestAChatIsMadeThenLinkedThenWrittenTo(t *testing.T) {
	inBubble(t, &script{deliver: results(madeChat("new"), is(chat.Confirmed))}, func(b *bench) {
		c := b.enqueue(create())
		b.pass(time.Second)
		got := b.script.log()
		if len(got) != 3 || got[0].id != c.ID || got[0].chat != "" || got[1].chat != "new" || got[2].chat != "new" || got[1].id >= got[2].id {
			t.Errorf("calls = %+v; want create, link, message", got)
		}
		if left := b.box.Ops(); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
	})
}

func TestAMessageWaitsForTheLinkAndHoldsNothingBack(t *testing.T) {
	inBubble(t, &script{deliver: results(madeChat("new"), is(chat.Rejected), is(chat.Confirmed))}, func(b *bench) {
		b.enqueue(create())
		b.pass(time.Second)
		l, note := b.pairOf("new")
		b.state(l.ID, chat.Parked, "rejected")
		b.state(note.ID, chat.Waiting, "")
		mine := b.enqueue(send("new"))
		b.pass(time.Second)
		b.state(mine.ID, chat.Done, "")
		b.state(note.ID, chat.Waiting, "")
		if err := b.box.Retry(l.ID); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Second)
		b.state(l.ID, chat.Done, "")
		b.state(note.ID, chat.Done, "")
	})
}

func TestAMessageWhoseLinkIsDiscardedIsPutBeforeTheUser(t *testing.T) {
	for name, undo := range map[string]func(*bench, chat.Op) error{
		"discarded": func(b *bench, l chat.Op) error { return b.box.Discard(l.ID) },
		"taken back by an unlink before it began": func(b *bench, _ chat.Op) error {
			_, err := b.box.Enqueue(link(chat.OpUnlink, "new", "r"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			// The link has not begun: its chat is busy with another message.
			inBubble(t, &script{deliver: results(madeChat("new"), is(chat.NeverLeft))}, func(b *bench) {
				b.enqueue(create())
				b.pass(time.Second)
				l, note := b.pairOf("new")
				if err := undo(b, l); err != nil {
					t.Fatal(err)
				}
				b.pass(time.Minute)
				b.state(l.ID, chat.Done, "")
				b.state(note.ID, chat.Parked, outbox.Unconnected)
				b.script.deliver = results(is(chat.Confirmed))
				if err := b.box.Retry(note.ID); err != nil {
					t.Fatal(err)
				}
				b.pass(time.Second)
				b.state(note.ID, chat.Done, "")
			})
		})
	}
}

func TestAnUnsureCreateIsLookedForAndFollowedByTheRest(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Ambiguous), is(chat.Confirmed)), look: results(is(chat.Absent), madeChat("found"))}, func(b *bench) {
		b.enqueue(create())
		b.pass(time.Minute)
		if got := b.script.kinds(); !slices.Equal(got, []string{"deliver", "look", "look", "deliver", "deliver"}) {
			t.Errorf("calls = %v; want one attempt, looks, then link and message", got)
		}
	})
}

func TestAnAbsentCreateIsMadeAgainOnlyAfterTheSettleWindow(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Ambiguous), madeChat("second"), is(chat.Confirmed)), look: results(is(chat.Absent))}, func(b *bench) {
		b.enqueue(create())
		b.pass(119 * time.Second)
		if n := count(b.script.kinds(), "deliver"); n != 1 {
			t.Errorf("%d attempts inside the window, want 1", n)
		}
		b.pass(time.Minute)
		if n := count(b.script.kinds(), "deliver"); n != 4 {
			t.Errorf("%d calls after the window, want a second attempt, link and message", n)
		}
	})
}

func TestACreateThatWaitedADayIsNotMadeWithoutAsking(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft))}, func(b *bench) {
		c := b.enqueue(create())
		b.pass(25 * time.Hour)
		b.state(c.ID, chat.Parked, outbox.TooOld)
	})
}

// A disk that is full when the answer comes: nothing follows that a crash would
// forget. The chat is found by looking once there is room.
func TestAFullDiskAtTheAnswerCountsAsALostAnswer(t *testing.T) {
	inBubble(t, &script{deliver: results(madeChat("new"), is(chat.Confirmed)), look: results(madeChat("new")), took: time.Second}, func(b *bench) {
		c := b.enqueue(create())
		b.pass(500 * time.Millisecond)
		b.journal.setFull(true)
		b.pass(2 * time.Second)
		b.state(c.ID, chat.Unsure, "")
		if n := len(b.box.Ops()); n != 1 {
			t.Errorf("%d ops, want the create alone", n)
		}
		b.journal.setFull(false)
		b.pass(time.Minute)
		if got := b.script.kinds(); len(b.box.Ops()) != 0 || got[1] != "look" || len(got) != 4 {
			t.Errorf("calls = %v, %d ops left; want a look, then link and message", got, len(b.box.Ops()))
		}
	})
}

// ledger is a server that makes chats, links and messages, and knows what it has.
type ledger struct{ chats, links, messages map[string]int }

func (l *ledger) Deliver(_ context.Context, op chat.Op) outbox.Result {
	switch op.Kind {
	case chat.OpCreate:
		l.chats["new"]++
		return madeChat("new")
	case chat.OpLink:
		l.links["new"] = 1 // an upsert
	case chat.OpSend:
		l.messages[op.ID]++
	case chat.OpUnlink, chat.OpMarkRead:
	}
	return outbox.Result{Outcome: chat.Confirmed, ServerID: "1"}
}

func (l *ledger) Look(_ context.Context, op chat.Op) outbox.Result {
	if op.Kind == chat.OpCreate && l.chats["new"] > 0 && len(l.messages) == 0 {
		return madeChat("new")
	}
	if l.messages[op.ID] > 0 {
		return outbox.Result{Outcome: chat.Confirmed, ServerID: "1"}
	}
	return outbox.Result{Outcome: chat.Absent}
}

// The process is killed after each record of the journal, before and after the
// server has done what was asked for: one chat, one link, one message.
func TestAKillAfterAnyRecordOfAStoryEndsInOneOfEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type moment struct {
			recs [][]byte
			had  ledger
		}
		var moments []moment
		server := &ledger{map[string]int{}, map[string]int{}, map[string]int{}}
		j := &memJournal{}
		j.onAppend = func(recs [][]byte) { moments = append(moments, moment{recs, server.clone()}) }
		run := func(j *memJournal, server *ledger) *outbox.Outbox {
			box, err := outbox.OpenForTest(j, outbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(j.Records()) == 0 {
				if _, err := box.Enqueue(create()); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			_ = box.Run(ctx, server)
			return box
		}
		run(j, server)
		if len(moments) != 7 {
			t.Fatalf("%d records, want put, sending, made, and sending and removed of link and message", len(moments))
		}
		for i, m := range moments {
			hads := []ledger{m.had} // the server has not acted on what the record begins,
			if i+1 < len(moments) { // or has
				hads = append(hads, moments[i+1].had.clone())
			}
			for acted, had := range hads {
				box := run(&memJournal{recs: m.recs}, &had)
				if left := box.Ops(); len(left) != 0 {
					t.Errorf("killed after record %d, acted %d: left %+v", i, acted, left)
				}
				if c, l, n := had.chats["new"], had.links["new"], len(had.messages); c != 1 || l != 1 || n != 1 {
					t.Errorf("killed after record %d, acted %d: %d chats, %d links, %d messages; want one of each", i, acted, c, l, n)
				}
				for id, n := range had.messages {
					if n != 1 {
						t.Errorf("killed after record %d, acted %d: message %s %d times", i, acted, id, n)
					}
				}
			}
		}
	})
}

func (l *ledger) clone() ledger {
	copied := func(m map[string]int) map[string]int {
		out := map[string]int{}
		for k, v := range m {
			out[k] = v
		}
		return out
	}
	return ledger{copied(l.chats), copied(l.links), copied(l.messages)}
}
