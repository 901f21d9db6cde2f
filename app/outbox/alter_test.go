package outbox_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/outbox"
)

func on(kind chat.OpKind, id chat.ID, message, more string) chat.Op {
	args := &chat.MessageArgs{ID: message}
	if kind == chat.OpEdit {
		args.HTML = more
	} else {
		args.Emoji = more
	}
	return chat.Op{Kind: kind, Chat: id, On: args}
}

func rename(id chat.ID, topic string) chat.Op {
	return chat.Op{Kind: chat.OpRename, Chat: id, Rename: &chat.RenameArgs{Topic: topic}}
}

func TestWhatMembersOfAChatSeeHappensInTheOrderOfTheUser(t *testing.T) {
	inBubble(t, &script{took: time.Second}, func(b *bench) {
		var want []string
		for _, op := range []chat.Op{send("a"), on(chat.OpEdit, "a", "1", "x"), send("a"), on(chat.OpReact, "a", "2", "👍"),
			rename("a", "n"), on(chat.OpDelete, "a", "1", ""), send("a")} {
			want = append(want, b.enqueue(op).ID)
		}
		b.pass(time.Minute)
		if got := ids(b.script.log()); !slices.Equal(got, want) {
			t.Errorf("order = %v, want %v", got, want)
		}
	})
}

func TestOpsThatTakeEachOtherBack(t *testing.T) {
	// What the server has is not known here, so the last one is delivered.
	cases := map[string]struct {
		ops  []chat.Op
		left int
	}{
		"a reaction and taking it back":              {[]chat.Op{on(chat.OpReact, "a", "1", "👍"), on(chat.OpUnreact, "a", "1", "👍")}, 1},
		"another reaction stays":                     {[]chat.Op{on(chat.OpReact, "a", "1", "👍"), on(chat.OpUnreact, "a", "1", "❤️")}, 2},
		"the same reaction twice":                    {[]chat.Op{on(chat.OpReact, "a", "1", "👍"), on(chat.OpReact, "a", "1", "👍")}, 1},
		"a delete and its restore":                   {[]chat.Op{on(chat.OpDelete, "a", "1", ""), on(chat.OpRestore, "a", "1", "")}, 1},
		"a delete of one and a restore of another":   {[]chat.Op{on(chat.OpDelete, "a", "1", ""), on(chat.OpRestore, "a", "2", "")}, 2},
		"two edits of one message":                   {[]chat.Op{on(chat.OpEdit, "a", "1", "x"), on(chat.OpEdit, "a", "1", "y")}, 1},
		"two edits of two messages":                  {[]chat.Op{on(chat.OpEdit, "a", "1", "x"), on(chat.OpEdit, "a", "2", "y")}, 2},
		"two names":                                  {[]chat.Op{rename("a", "x"), rename("a", "y")}, 1},
		"the names of two chats":                     {[]chat.Op{rename("a", "x"), rename("b", "y")}, 2},
		"a reaction, an edit and a delete of a word": {[]chat.Op{on(chat.OpReact, "a", "1", "👍"), on(chat.OpEdit, "a", "1", "x"), on(chat.OpDelete, "a", "1", "")}, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inBubble(t, &script{deliver: results(is(chat.NeverLeft))}, func(b *bench) {
				for _, op := range c.ops {
					b.enqueue(op)
				}
				if got := b.box.Ops(); len(got) != c.left {
					t.Errorf("%d ops are left, want %d: %+v", len(got), c.left, got)
				}
			})
		})
	}
}

// A request whose end nobody knows may have been done, so taking back what it
// asked for must reach the server too.
func TestWhatMayHaveBeenDoneIsNotTakenBackOnPaper(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft), is(chat.Ambiguous), is(chat.Confirmed))}, func(b *bench) {
		r := b.enqueue(on(chat.OpReact, "a", "1", "👍"))
		b.pass(time.Second)
		if id, taken, err := b.box.TakeBack(on(chat.OpUnreact, "a", "1", "👍")); !taken || err != nil || id != r.ID || len(b.box.Ops()) != 0 {
			t.Fatalf("what never left: took back %q %v, %v; %d ops left", id, taken, err, len(b.box.Ops()))
		}
		r = b.enqueue(on(chat.OpReact, "a", "1", "👍"))
		b.pass(time.Second)
		b.state(r.ID, chat.Waiting, "ambiguous")
		if _, taken, _ := b.box.TakeBack(on(chat.OpUnreact, "a", "1", "👍")); taken {
			t.Error("what may have been done was taken back on paper")
		}
		u := b.enqueue(on(chat.OpUnreact, "a", "1", "👍"))
		if u.State != chat.Waiting {
			t.Fatalf("taking it back is %s, want waiting", u.State)
		}
		b.pass(time.Minute)
		if got, want := ids(b.script.log())[1:], []string{r.ID, r.ID, u.ID}; !slices.Equal(got, want) {
			t.Errorf("calls = %v, want %v", got, want)
		}
	})
}

// An op that fails without an answer again and again lets the rest of the chat
// pass, but not what is about the same message; at last the user is asked.
func TestAnOpThatGoesOnFailingDoesNotHoldUpItsChat(t *testing.T) {
	s := &script{deliver: results(is(chat.Ambiguous), is(chat.Ambiguous), is(chat.Ambiguous), is(chat.Confirmed), is(chat.Ambiguous))}
	inBubble(t, s, func(b *bench) {
		d := b.enqueue(on(chat.OpDelete, "a", "1", ""))
		m := b.enqueue(send("a"))
		r := b.enqueue(on(chat.OpReact, "a", "1", "👍"))
		b.pass(4 * time.Second)
		b.state(m.ID, chat.Waiting, "")
		b.pass(30 * time.Second)
		b.state(m.ID, chat.Done, "")
		b.state(r.ID, chat.Waiting, "")
		b.pass(2 * time.Hour)
		b.state(d.ID, chat.Parked, "ambiguous")
	})
}

func TestALaterEditTakesThePlaceOfAParkedOne(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Rejected), is(chat.Confirmed))}, func(b *bench) {
		one := b.enqueue(on(chat.OpEdit, "a", "1", "x"))
		b.pass(time.Second)
		b.state(one.ID, chat.Parked, "rejected")
		two := b.enqueue(on(chat.OpEdit, "a", "1", "y"))
		b.pass(time.Second)
		b.state(one.ID, chat.Done, "")
		b.state(two.ID, chat.Done, "")
	})
	t.Run("made while the first was under way", func(t *testing.T) {
		inBubble(t, &script{took: time.Second, deliver: results(is(chat.Rejected), is(chat.Confirmed))}, func(b *bench) {
			one := b.enqueue(on(chat.OpEdit, "a", "1", "x"))
			b.pass(time.Millisecond)
			two := b.enqueue(on(chat.OpEdit, "a", "1", "y"))
			b.pass(time.Minute)
			b.state(one.ID, chat.Done, "")
			b.state(two.ID, chat.Done, "")
		})
	})
}

func TestNewWordsAgeAndTakingBackDoesNot(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft))}, func(b *bench) {
		e := b.enqueue(on(chat.OpEdit, "a", "1", "x"))
		n := b.enqueue(rename("b", "x"))
		d := b.enqueue(on(chat.OpDelete, "c", "1", ""))
		r := b.enqueue(on(chat.OpReact, "d", "1", "👍"))
		b.pass(25 * time.Hour)
		b.state(e.ID, chat.Parked, outbox.TooOld)
		b.state(n.ID, chat.Parked, outbox.TooOld)
		b.state(d.ID, chat.Waiting, "neverLeft")
		b.state(r.ID, chat.Waiting, "neverLeft")
		if err := b.box.Retry(e.ID); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Second)
		b.state(e.ID, chat.Waiting, "neverLeft")
	})
}

func TestAMessageIsAmendedWhileItCertainlyIsHereOnly(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft), is(chat.Ambiguous)), look: results(is(chat.NotYet))}, func(b *bench) {
		m := b.enqueue(send("a"))
		b.pass(time.Second)
		if err := b.box.Amend(m.ID, "<p>new</p>", nil); err != nil {
			t.Fatal(err)
		}
		again, err := outbox.OpenForTest(b.journal, outbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if op, _ := again.Op(m.ID); op.Send == nil || op.Send.HTML != "<p>new</p>" {
			t.Errorf("after a restart the op is %+v, want the new text", op)
		}
		b.pass(time.Minute)
		b.state(m.ID, chat.Unsure, "ambiguous")
		if err := b.box.Amend(m.ID, "<p>newer</p>", nil); !errors.Is(err, outbox.ErrUnderWay) {
			t.Errorf("amending an unsure message: %v, want ErrUnderWay", err)
		}
	})
}
