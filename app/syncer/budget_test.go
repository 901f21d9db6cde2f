package syncer_test

import (
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
		"chat-messages:a": 18 * time.Second, // 20 at one a second, after a burst of two
		"chat-send:a":     18 * time.Second,
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
