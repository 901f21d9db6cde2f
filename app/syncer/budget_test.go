package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/graph"
	"chatpane/app/sandbox"
	"chatpane/app/syncer"
)

func TestBudgetCountsAndSpares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := syncer.NewBudget(10)
		for range 5 {
			if err := b.Wait(t.Context(), "other"); err != nil {
				t.Fatal(err)
			}
		}
		if b.Used() != 5 || b.Spare() {
			t.Errorf("after five of ten: used %d, spare %v; want half kept for the user", b.Used(), b.Spare())
		}
		time.Sleep(time.Hour + time.Second) // virtual
		if b.Used() != 0 || !b.Spare() {
			t.Errorf("an hour later: used %d", b.Used())
		}
	})
}

// The pace of each bucket stays below Graph's published limits.
func TestBucketsKeepToGraphsLimits(t *testing.T) {
	t.Parallel()
	for bucket, least := range map[string]time.Duration{
		"chat-messages:a": 19 * time.Second, // one a second
		"chat-send:a":     19 * time.Second,
		"members:a":       240 * time.Second, // four a minute
		"chat-list":       4 * time.Second,
		"other":           1500 * time.Millisecond,
	} {
		t.Run(bucket, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := syncer.NewBudget(1000)
				began := time.Now()
				for range 20 {
					if err := b.Wait(t.Context(), bucket); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(began); took < least {
					t.Errorf("20 requests in %v, want at least %v", took, least)
				}
				if err := b.Wait(t.Context(), "chat-messages:b"); err != nil || b.Used() != 21 {
					t.Errorf("used %d, %v; want each request counted once", b.Used(), err)
				}
			})
		})
	}
}

// All chats together keep to what Graph takes from a whole tenant, with room for
// others: 20 reads of messages a second.
func TestAllChatsTogetherKeepToTheTenantsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := syncer.NewBudget(1000)
		var at []time.Time
		for n := range 60 {
			if err := b.Wait(t.Context(), fmt.Sprint("chat-messages:", n)); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Now())
		}
		for i := 20; i < len(at); i++ {
			if at[i].Sub(at[i-20]) < time.Second {
				t.Fatalf("requests %d to %d in %v", i-20, i, at[i].Sub(at[i-20]))
			}
		}
	})
}

// The parts of a $batch arrive at one moment, and Graph limits each of them
// (graph.md): two reads of one chat, or more chats than a user may look up in a
// second, must not leave together, nor what follows too early. The sandbox
// enforces the published limits here.
func TestWhatLeavesTogetherIsNotThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := makeRig(t, sandbox.Options{Seed: 7, Chats: 60, Messages: 1500, Limits: true})
		g := graph.New(r.client(r.me, "graph", "/v1.0", r.budget))
		var chats []string
		var newest []graph.Since
		for _, c := range r.box.ListRooms() {
			if slices.Contains(c.Members, r.me.OID) && len(chats) < 15 {
				chats, newest = append(chats, c.ID), append(newest, graph.Since{Chat: c.ID})
			}
		}
		var heard []error
		latest := func(list []graph.Since) (first []graph.Message) {
			t.Helper()
			answers, err := g.LatestBatch(t.Context(), list)
			heard = append(heard, err)
			for _, a := range answers {
				heard = append(heard, a.Err)
			}
			return answers[0].Messages
		}
		messages := latest(newest[:10])
		if n := r.box.Knobs.Requests("graph POST /$batch"); n != 1 {
			t.Errorf("ten chats took %d requests, want one", n)
		}
		ask := func(chat string) {
			answers, err := g.GetMessages(t.Context(), []string{chat, chat, chat}, []string{messages[0].ID, messages[1].ID, messages[2].ID})
			heard = append(heard, err)
			for _, a := range answers {
				heard = append(heard, a.Err)
			}
		}
		ask(chats[0])
		latest(newest)
		latest(newest[:1])
		found, err := g.GetChats(t.Context(), chats)
		heard = append(heard, err)
		for _, a := range found {
			heard = append(heard, a.Err)
		}
		if len(found) != len(chats) {
			t.Errorf("%d of %d chats were answered", len(found), len(chats))
		}
		for i, err := range heard {
			if err != nil {
				t.Errorf("answer %d: %v", i, err)
			}
		}
	})
}

// Whoever waits longer holds back nobody who may leave before, and who gives up
// leaves no trace.
func TestWaitingHoldsBackOnlyItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := syncer.NewBudget(1000)
		began := time.Now()
		wait := func(ctx context.Context, bucket string, want time.Duration) {
			t.Helper()
			if err := b.Wait(ctx, bucket); err != nil || time.Since(began) != want {
				t.Errorf("%s after %v, %v; want after %v", bucket, time.Since(began), err, want)
			}
		}
		wait(t.Context(), "chat-messages:a", 0)
		gone, cancel := context.WithCancel(t.Context())
		given := make(chan error)
		go func() { given <- b.Wait(gone, "chat-messages:a") }()
		synctest.Wait()
		wait(t.Context(), "chat-messages:b", 0)
		cancel()
		if err := <-given; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up got %v", err)
		}
		wait(t.Context(), "chat-messages:a", time.Second)
		short, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer stop()
		if err := b.Wait(short, "chat-messages:a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("without enough time: %v after %v, want it said at once", err, time.Since(began))
		}
		if b.Used() != 3 {
			t.Errorf("used %d, want the three that left", b.Used())
		}
		n, err := b.WaitTogether(t.Context(), "batch", []string{"chat-messages:a", "chat-messages:c", "chat-messages:a"})
		if n != 2 || err != nil || time.Since(began) != 2*time.Second || b.Used() != 6 {
			t.Errorf("%d together after %v, %v, used %d; want two of them, since a chat is read once a second", n, time.Since(began), err, b.Used())
		}
	})
}
