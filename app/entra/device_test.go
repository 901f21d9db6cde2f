package entra_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"chatpane/app/entra"
)

func device(uri string) map[string]any {
	return map[string]any{"device_code": "D", "user_code": "ABCD-1234", "verification_uri": uri, "expires_in": 900, "interval": 5}
}

func TestAPersonSignsInWithACode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.device = device("https://microsoft.com/devicelogin")
		s.polls = []string{"authorization_pending", "slow_down", "authorization_pending", "cut", "authorization_pending", ""}
		start := time.Now()
		var shown int
		g, err := s.client(t, "organizations", nil).SignInWithCode(t.Context(), []string{graph + "/Chat.ReadWrite", crm + "/user_impersonation"}, func(code, url string, expires time.Time) {
			shown++
			if code != "ABCD-1234" || url != "https://microsoft.com/devicelogin" || expires.Sub(start) != 15*time.Minute {
				t.Errorf("shown %s, %s, %v", code, url, expires.Sub(start))
			}
		})
		if err != nil || g.OID != oid || g.Refresh.Reveal() != "refresh-1" || shown != 1 {
			t.Fatalf("%+v, %v, shown %d times", g, err, shown)
		}
		for i, at := range s.polledAt[1:] {
			want := 5 * time.Second
			if i == 1 || i == 2 {
				want = 10 * time.Second // after slow_down
			}
			if gap := at.Sub(s.polledAt[i]); gap < want {
				t.Errorf("poll %d came %v after the one before, want %v", i+1, gap, want)
			}
		}
		if got := s.forms[0].Get("scope"); got != "openid profile offline_access" {
			t.Errorf("the code was redeemed for %q", got)
		}
	})
}

func TestAPageThatIsNotMicrosoftsIsNotShown(t *testing.T) {
	t.Parallel()
	for uri, ok := range map[string]bool{
		"https://microsoft.com/devicelogin":                  true,
		"https://www.microsoft.com/devicelogin":              true,
		"https://microsoft.com/deviceloginus":                true,
		"https://login.microsoft.com/device":                 true,
		authority + "/common/oauth2/deviceauth":              true,
		"https://evil.example/devicelogin":                   false,
		"http://microsoft.com/devicelogin":                   false,
		"https://microsoft.com/anything":                     false,
		"https://microsoft.com.evil.example/devicelogin":     false,
		"https://microsoft.com@evil.example/devicelogin":     false,
		"https://user@microsoft.com/devicelogin":             false,
		"https://evilmicrosoft.com/devicelogin":              false,
		"https://login.microsoft.com.evil.example/device":    false,
		"https://microsoft.com:8443/devicelogin":             false,
		"https://login.example.evil/common":                  false,
		"javascript:alert(1)":                                false,
		"":                                                   false,
		"https://microsoft.com/devicelogin#@evil.example":    false,
		"https://microsoft.com\\@evil.example/devicelogin":   false,
		"https://login.example:8443/common/oauth2":           false,
		"http://login.example/common/oauth2/deviceauth":      false,
		"https://xn--mcrosoft-c2a.com/devicelogin":           false,
		"https://microsoft.com/../devicelogin.evil.example/": false,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.device, s.polls = device(uri), []string{""}
			shown := false
			_, err := s.client(t, "organizations", nil).SignInWithCode(t.Context(), nil, func(string, string, time.Time) { shown = true })
			if shown != ok || (err == nil) != ok {
				t.Errorf("%s: shown %v, %v", uri, shown, err)
			}
		})
	}
	for name, d := range map[string]map[string]any{
		"no code":       {"device_code": "D", "verification_uri": "https://microsoft.com/devicelogin"},
		"a long code":   {"device_code": "D", "user_code": "CALL 0800 123 AND SAY IT", "verification_uri": "https://microsoft.com/devicelogin"},
		"nothing to do": {"user_code": "ABCD-1234", "verification_uri": "https://microsoft.com/devicelogin"},
	} {
		s := newServer()
		s.device = d
		if _, err := s.client(t, "organizations", nil).SignInWithCode(t.Context(), nil, func(string, string, time.Time) { t.Errorf("%s: shown", name) }); !errors.Is(err, entra.ErrSetup) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACodeThatIsNotUsedEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, poll string
		life       int
		want       error
		after      time.Duration
	}{
		{"declined", "authorization_declined", 900, entra.ErrDeclined, 5 * time.Second},
		{"expired at the service", "expired_token", 900, entra.ErrCancelled, 5 * time.Second},
		{"not used", "authorization_pending", 900, entra.ErrCancelled, 15 * time.Minute},
		{"valid for a day", "authorization_pending", 86400, entra.ErrCancelled, 15 * time.Minute},
		{"no end given", "authorization_pending", 0, entra.ErrCancelled, 15 * time.Minute},
		{"a short one", "authorization_pending", 60, entra.ErrCancelled, time.Minute},
		{"offline all the time", "cut", 120, entra.ErrCancelled, 2 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.device, s.polls = device("https://microsoft.com/devicelogin"), []string{c.poll}
			s.device["expires_in"] = c.life
			start := time.Now()
			_, err := s.client(t, "organizations", nil).SignInWithCode(t.Context(), nil, func(string, string, time.Time) {})
			if took := time.Since(start); !errors.Is(err, c.want) || took > c.after+time.Second || took < c.after-10*time.Second {
				t.Errorf("%s: %v after %v", c.name, err, took)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.device, s.polls = device("https://microsoft.com/devicelogin"), []string{"authorization_pending"}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		start := time.Now()
		if _, err := s.client(t, "organizations", nil).SignInWithCode(ctx, nil, func(string, string, time.Time) {}); !errors.Is(err, entra.ErrCancelled) || time.Since(start) != time.Minute {
			t.Errorf("cancelled: %v after %v", err, time.Since(start))
		}
	})
}
