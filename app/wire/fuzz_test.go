package wire_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"chatpane/app/wire"
)

func FuzzChallenge(f *testing.F) {
	f.Add(`Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ"`)
	f.Fuzz(func(t *testing.T, value string) {
		if got := wire.ChallengeForTest(value); got != "" && (!json.Valid([]byte(got)) || !strings.HasPrefix(strings.TrimSpace(got), "{")) {
			t.Errorf("%q gives %q", value, got)
		}
	})
}

func FuzzOrigin(f *testing.F) {
	for _, s := range []string{"https://graph.microsoft.com:443/v1.0", "http://[::1]:80", "https://u@x", "https://a%2eb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		origin, err := wire.Origin(address)
		if err != nil {
			return
		}
		u, err := url.Parse(origin)
		if err != nil || u.Path != "" || u.User != nil || u.RawQuery != "" || u.Scheme+"://"+u.Host != origin {
			t.Fatalf("%q gives %q", address, origin)
		}
		if again, err := wire.Origin(origin); err != nil || again != origin {
			t.Errorf("%q gives %q, then %q, %v", address, origin, again, err)
		}
	})
}

func FuzzScrub(f *testing.F) {
	f.Add(`Get "https://user:pw@host/path?code=1": Bearer abc`)
	f.Fuzz(func(t *testing.T, text string) {
		got := wire.ScrubForTest("x https://host.example/" + strings.Join(strings.Fields(strings.NewReplacer(`"`, "", "'", "").Replace(text)), "") + "CANARY end")
		if strings.Contains(got, "CANARY") {
			t.Errorf("%q gives %q", text, got)
		}
	})
}
