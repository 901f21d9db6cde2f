package syncer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

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
