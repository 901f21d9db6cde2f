package outbox_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/outbox"
)

func ids(calls []call) (out []string) {
	for _, c := range calls {
		out = append(out, c.id)
	}
	return out
}

func TestSendsOfAChatGoOneAfterTheOther(t *testing.T) {
	inBubble(t, &script{took: time.Second}, func(b *bench) {
		var want []string
		for range 10 {
			want = append(want, b.enqueue(send("a")).ID)
		}
		b.pass(time.Minute)
		if got := ids(b.script.log()); !slices.Equal(got, want) {
			t.Errorf("order = %v, want %v", got, want)
		}
	})
}

func TestAtMostFourRequestsAtOnce(t *testing.T) {
	inBubble(t, &script{took: time.Second}, func(b *bench) {
		for i := range 20 {
			b.enqueue(send(chat.ID(fmt.Sprint(i))))
		}
		b.pass(time.Minute)
		if b.script.most != 4 || len(b.script.log()) != 20 {
			t.Errorf("%d at once, %d in all; want 4 and 20", b.script.most, len(b.script.log()))
		}
	})
}

func TestAWaitingOrUnsureSendHoldsBackTheNext(t *testing.T) {
	for name, first := range map[string]chat.Outcome{"waiting": chat.NeverLeft, "unsure": chat.Ambiguous} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, &script{deliver: results(is(first), is(chat.Confirmed)), look: results(is(chat.NotYet))}, func(b *bench) {
				one := b.enqueue(send("a"))
				b.pass(0)
				two := b.enqueue(send("a"))
				other := b.enqueue(send("b"))
				b.pass(time.Second)
				b.state(two.ID, chat.Waiting, "")
				b.state(other.ID, chat.Done, "")
				if err := b.box.Settle(one.ID); err != nil {
					t.Fatal(err)
				}
				b.pass(0)
				b.state(two.ID, chat.Done, "")
			})
		})
	}
}

func TestAParkedSendDoesNotHoldBackTheNext(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Rejected), is(chat.Confirmed))}, func(b *bench) {
		one, two := b.enqueue(send("a")), b.enqueue(send("a"))
		b.pass(time.Second)
		b.state(one.ID, chat.Parked, "rejected")
		b.state(two.ID, chat.Done, "")
	})
}

func TestAParkedLinkHoldsBackOnlyItsUnlink(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Rejected), is(chat.Confirmed))}, func(b *bench) {
		l := b.enqueue(link(chat.OpLink, "a", "r"))
		b.pass(time.Second)
		u := b.enqueue(link(chat.OpUnlink, "a", "r"))
		other := b.enqueue(link(chat.OpLink, "a", "r2"))
		m := b.enqueue(send("a"))
		b.pass(time.Second)
		b.state(l.ID, chat.Parked, "rejected")
		b.state(u.ID, chat.Waiting, "")
		b.state(other.ID, chat.Done, "")
		b.state(m.ID, chat.Done, "")
		if err := b.box.Discard(l.ID); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Second)
		b.state(u.ID, chat.Done, "")
	})
}

func TestALinkAndItsUnlinkTakeEachOtherAwayUnlessOneHasBegun(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft))}, func(b *bench) {
		l := b.enqueue(link(chat.OpLink, "a", "r"))
		again := b.enqueue(link(chat.OpLink, "a", "r"))
		if again.ID != l.ID {
			t.Error("the same link twice")
		}
		u := b.enqueue(link(chat.OpUnlink, "a", "r"))
		if u.State != chat.Done || len(b.box.Ops()) != 0 {
			t.Errorf("unlink = %s, left %d ops; want neither", u.State, len(b.box.Ops()))
		}
	})
	t.Run("begun", func(t *testing.T) {
		inBubble(t, &script{took: time.Minute}, func(b *bench) {
			l := b.enqueue(link(chat.OpLink, "a", "r"))
			b.pass(time.Second)
			u := b.enqueue(link(chat.OpUnlink, "a", "r"))
			if u.State != chat.Waiting || len(b.box.Ops()) != 2 {
				t.Errorf("unlink = %s, %d ops; want both", u.State, len(b.box.Ops()))
			}
			b.pass(3 * time.Minute)
			if got := ids(b.script.log()); !slices.Equal(got, []string{l.ID, u.ID}) {
				t.Errorf("order = %v", got)
			}
		})
	})
	t.Run("ambiguous", func(t *testing.T) {
		inBubble(t, &script{deliver: results(is(chat.Ambiguous))}, func(b *bench) {
			b.enqueue(link(chat.OpLink, "a", "r"))
			b.pass(time.Second)
			b.enqueue(link(chat.OpUnlink, "a", "r"))
			if n := len(b.box.Ops()); n != 2 {
				t.Errorf("%d ops; the link may have reached the server, so both must stay", n)
			}
		})
	})
}

func TestOfReadMarksTheLastStands(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft))}, func(b *bench) {
		b.enqueue(read("a", time.Unix(1, 0)))
		b.enqueue(read("b", time.Unix(1, 0)))
		last := b.enqueue(read("a", time.Unix(2, 0)))
		ops := b.box.Ops()
		if len(ops) != 2 || ops[1].ID != last.ID {
			t.Errorf("ops = %+v, want one mark per chat", ops)
		}
	})
}

func TestSettlingMayComeInAnyState(t *testing.T) {
	for name, s := range map[string]*script{
		"waiting": {deliver: results(is(chat.NeverLeft))}, "sending": {took: time.Minute}, "unsure": {deliver: results(is(chat.Ambiguous)), look: results(is(chat.NotYet))},
		"parked": {deliver: results(is(chat.Rejected))},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, s, func(b *bench) {
				op := b.enqueue(send("a"))
				b.pass(time.Second)
				if got, _ := b.box.Op(op.ID); string(got.State) != name {
					t.Fatalf("op is %s, want %s", got.State, name)
				}
				for range 2 {
					if err := b.box.Settle(op.ID); err != nil {
						t.Errorf("settle: %v", err)
					}
				}
				b.pass(time.Hour)
				b.state(op.ID, chat.Done, "")
				if n := count(b.changes(), "done gone") + count(b.changes(), "done "+name+" gone"); count(b.script.kinds(), "deliver") != 1 || len(b.box.Ops()) != 0 || n > 1 {
					t.Errorf("changes %q, calls %q", b.changes(), b.script.kinds())
				}
			})
		})
	}
}

func TestWhatCannotBeDecidedIsRefused(t *testing.T) {
	inBubble(t, &script{took: time.Minute}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(time.Second)
		if err := b.box.Discard(op.ID); !errors.Is(err, outbox.ErrUnderWay) {
			t.Errorf("discard while sending = %v, want ErrUnderWay", err)
		}
		if err := b.box.Retry("none"); !errors.Is(err, outbox.ErrUnknown) {
			t.Errorf("retry of none = %v, want ErrUnknown", err)
		}
		if err := b.box.Discard("none"); !errors.Is(err, outbox.ErrUnknown) {
			t.Errorf("discard of none = %v, want ErrUnknown", err)
		}
		if err := b.box.Run(t.Context(), b.script); err == nil || errors.Is(err, t.Context().Err()) {
			t.Errorf("a second Run = %v, want a refusal", err)
		}
		for _, bad := range []chat.Op{{}, {Kind: chat.OpSend, Chat: "a"}, {Kind: chat.OpLink, Chat: "a", Send: &chat.SendArgs{}}, {Kind: "x", Chat: "a"}, send("")} {
			if _, err := b.box.Enqueue(bad); err == nil {
				t.Errorf("enqueued %+v", bad)
			}
		}
	})
}

func TestOnChangeMayCallTheOutbox(t *testing.T) {
	t.Parallel()
	var box *outbox.Outbox
	var got []string
	box, err := outbox.OpenForTest(&memJournal{}, outbox.Options{OnChange: func(op chat.Op, gone bool) {
		got = append(got, fmt.Sprint(op.Kind, " ", gone))
		if op.Kind == chat.OpSend && !gone {
			if _, err := box.Enqueue(read("a", time.Time{})); err != nil {
				t.Error(err)
			}
			_ = box.Settle(op.ID)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.Enqueue(send("a")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"send false", "markRead false", "send true"}; !slices.Equal(got, want) {
		t.Errorf("changes = %v, want %v", got, want)
	}
}
