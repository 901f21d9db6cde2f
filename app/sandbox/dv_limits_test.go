package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// This test is inside the package because 6,000 requests from outside would
// take seconds of checking tokens; that the service asks the limits is tested
// from outside, with the two other measures.
func TestServiceProtectionOfRequests(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	limits := newDVLimits(func() time.Time { return now })
	ask := func(user string) dvReply {
		return limits.admit(user, func() dvReply { return dvReply{status: http.StatusOK, header: http.Header{}} })
	}
	for i := range 6000 {
		if got := ask("one"); got.status != http.StatusOK {
			t.Fatalf("request %d: %d %s", i+1, got.status, got.body)
		}
		if i == 2999 {
			now = now.Add(100 * time.Second)
		}
	}
	refused := ask("one")
	if refused.status != 429 || refused.header.Get("Retry-After") != "200" || !strings.Contains(string(refused.body),
		`"code":"0x80072322","message":"Number of requests exceeded the limit of 6000 over time window of 300 seconds."`) {
		t.Errorf("request 6001: %d %v %s", refused.status, refused.header, refused.body)
	}
	if got := ask("two"); got.status != http.StatusOK {
		t.Errorf("another user is refused: %s", got.body)
	}
	now = now.Add(200 * time.Second) // the first half has left the window
	if got := ask("one").header.Get("x-ms-ratelimit-burst-remaining-xrm-requests"); got != "2999" {
		t.Errorf("remaining requests %s, want 2999", got)
	}
}
