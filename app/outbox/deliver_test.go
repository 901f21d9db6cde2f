package outbox_test

import (
	"slices"
	"testing"
	"time"

	"chatpane/app/chat"
	"chatpane/app/outbox"
)

func TestASendIsDeliveredAndLeaves(t *testing.T) {
	inBubble(t, &script{}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(0)
		b.state(op.ID, chat.Done, "")
		if want := []string{"waiting", "sending", "done gone"}; !slices.Equal(b.changes(), want) {
			t.Errorf("changes = %q, want %q", b.changes(), want)
		}
	})
}

// TestEachEndOfAnAttempt walks every arrow that leaves Sending.
func TestEachEndOfAnAttempt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op      chat.Op
		result  outbox.Result
		state   chat.OpState
		reason  string
		attempt int
	}{
		"confirmed":               {send("a"), is(chat.Confirmed), chat.Done, "", 0},
		"never left":              {send("a"), is(chat.NeverLeft), chat.Waiting, "neverLeft", 0},
		"refused":                 {send("a"), is(chat.Refused), chat.Waiting, "refused", 0},
		"ambiguous":               {send("a"), is(chat.Ambiguous), chat.Unsure, "ambiguous", 1},
		"rejected":                {send("a"), is(chat.Rejected), chat.Parked, "rejected", 1},
		"asked":                   {send("a"), is(chat.Asked), chat.Parked, "asked", 0},
		"nonsense is ambiguous":   {send("a"), is(chat.Absent), chat.Unsure, "absent", 1},
		"an ambiguous link waits": {link(chat.OpLink, "a", "r"), is(chat.Ambiguous), chat.Waiting, "ambiguous", 1},
		"a rejected link":         {link(chat.OpLink, "a", "r"), is(chat.Rejected), chat.Parked, "rejected", 1},
		"an ambiguous read mark":  {read("a", time.Time{}), is(chat.Ambiguous), chat.Waiting, "ambiguous", 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, &script{deliver: results(c.result)}, func(b *bench) {
				op := b.enqueue(c.op)
				b.pass(time.Second)
				b.state(op.ID, c.state, c.reason)
				if got, _ := b.box.Op(op.ID); got.Attempt != c.attempt {
					t.Errorf("attempt = %d, want %d", got.Attempt, c.attempt)
				}
			})
		})
	}
}

func TestRetryAfterIsKeptEvenWhenNudged(t *testing.T) {
	throttled := outbox.Result{Outcome: chat.Refused, RetryAfter: time.Minute}
	inBubble(t, &script{deliver: results(throttled, is(chat.Confirmed))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(59 * time.Second)
		b.box.Nudge()
		b.pass(0)
		if got := b.script.kinds(); len(got) != 1 {
			t.Errorf("%d requests before Retry-After had passed", len(got))
		}
		b.pass(time.Second)
		b.state(op.ID, chat.Done, "")
	})
}

func TestAnAbsurdRetryAfterIsCut(t *testing.T) {
	inBubble(t, &script{deliver: results(outbox.Result{Outcome: chat.Refused, RetryAfter: 1e9 * time.Second}, is(chat.Confirmed))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(10 * time.Minute)
		b.state(op.ID, chat.Done, "")
	})
}

func TestOfflineBacksOffUntilNudged(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft))}, func(b *bench) {
		b.enqueue(send("a"))
		b.pass(time.Hour)
		n := len(b.script.kinds())
		// 5, 10, 20, 40, 80, 160 s, then every 5 minutes.
		if n < 15 || n > 20 {
			t.Errorf("%d tries in an hour offline", n)
		}
		b.box.Nudge()
		b.pass(0)
		if got := len(b.script.kinds()); got != n+1 {
			t.Errorf("%d tries after a nudge, want one more than %d", got, n)
		}
	})
}

func TestAnUnsureSendIsFoundByLooking(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Ambiguous)), look: results(is(chat.Absent), is(chat.Confirmed))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(4 * time.Second)
		b.state(op.ID, chat.Unsure, "ambiguous")
		b.pass(30 * time.Second)
		b.state(op.ID, chat.Done, "")
		if want := []string{"deliver", "look", "look"}; !slices.Equal(b.script.kinds(), want) {
			t.Errorf("calls = %q, want %q", b.script.kinds(), want)
		}
	})
}

func TestAnAbsentSendIsRepeatedOnlyAfterTheSettleWindow(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Ambiguous), is(chat.Confirmed)), look: results(is(chat.Absent))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(10 * time.Minute)
		b.state(op.ID, chat.Done, "")
		calls := b.script.log()
		last, end := calls[len(calls)-1], calls[0].at
		if got := last.at.Sub(end); last.kind != "deliver" || got < 120*time.Second || got > 130*time.Second {
			t.Errorf("repeated as %s after %s, want a delivery right after 120 s", last.kind, got)
		}
		looks := calls[1 : len(calls)-1]
		if len(looks) < 2 || len(looks) > 6 || looks[len(looks)-1].at.Sub(end) < 120*time.Second {
			t.Errorf("looks = %v", looks)
		}
	})
}

func TestTheWindowNeedsTwoCompleteLooksApart(t *testing.T) {
	// Looking fails until well after the window; then one complete look is not enough.
	fails := slices.Repeat(results(is(chat.NeverLeft)), 9)
	inBubble(t, &script{deliver: results(is(chat.Ambiguous), is(chat.Confirmed)), look: append(fails, is(chat.Absent))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(2 * time.Hour)
		b.state(op.ID, chat.Done, "")
		calls := b.script.log()
		complete := calls[10 : len(calls)-1]
		if len(complete) != 2 || complete[1].at.Sub(complete[0].at) < 10*time.Second {
			t.Errorf("complete looks = %v, want two at least 10 s apart", complete)
		}
	})
}

func TestAfterThreeAttemptsTheUserIsAsked(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Ambiguous)), look: results(is(chat.Absent))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(time.Hour)
		b.state(op.ID, chat.Parked, outbox.MaySent)
		if got := count(b.script.kinds(), "deliver"); got != 3 {
			t.Errorf("%d attempts, want 3", got)
		}
		if err := b.box.Retry(op.ID); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Hour)
		if got := count(b.script.kinds(), "deliver"); got != 4 {
			t.Errorf("%d attempts after a retry, want 4", got)
		}
	})
}

func count(list []string, what string) (n int) {
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

func TestALookThatIsNeverAllowedAsksTheUser(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.Ambiguous)), look: results(is(chat.Rejected))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(time.Minute)
		b.state(op.ID, chat.Parked, outbox.MaySent)
	})
}

func TestAMessageThatWaitedADayIsNotSentWithoutAsking(t *testing.T) {
	inBubble(t, &script{deliver: results(is(chat.NeverLeft))}, func(b *bench) {
		op := b.enqueue(send("a"))
		late := b.enqueue(link(chat.OpLink, "a", "r"))
		b.pass(25 * time.Hour)
		b.state(op.ID, chat.Parked, outbox.TooOld)
		b.state(late.ID, chat.Waiting, "neverLeft")
		if err := b.box.Retry(op.ID); err != nil {
			t.Fatal(err)
		}
		b.script.mu.Lock()
		b.script.deliver = results(is(chat.Confirmed))
		b.script.mu.Unlock()
		b.box.Nudge()
		b.pass(0)
		b.state(op.ID, chat.Done, "")
		b.state(late.ID, chat.Done, "")
	})
}

func TestRetryIsTheConsentToOtherMembers(t *testing.T) {
	inBubble(t, &script{deliver: results(outbox.Result{Outcome: chat.Asked, Reason: outbox.MembersChanged}, is(chat.NeverLeft))}, func(b *bench) {
		op := b.enqueue(send("a"))
		b.pass(0)
		b.state(op.ID, chat.Parked, outbox.MembersChanged)
		if err := b.box.Retry(op.ID); err != nil {
			t.Fatal(err)
		}
		b.pass(0)
		b.stop()
		b.start() // it must be durable
		if got, _ := b.box.Op(op.ID); !got.Send.MembersAccepted || !got.Retried {
			t.Errorf("op = %+v %+v, want the consent in it", got, got.Send)
		}
		if op.Send.MembersAccepted {
			t.Error("a copy given out earlier was altered")
		}
	})
}
