package sandbox

import (
	"sync"
	"time"
)

// tokens remembers the claims of access tokens whose signature was found good,
// because verifying one takes longer than writing a page.
type tokens struct {
	mu   sync.Mutex // guards the rest
	good map[string]accessClaims
	made map[string]madeToken // by what the token says
}

// madeToken is a token that was signed lately.
type madeToken struct {
	text string
	at   time.Time
}

const maxTokens = 4096

// verified reads the claims of a token if its signature is ours.
func (t *tokens) verified(token string) (accessClaims, bool) {
	t.mu.Lock()
	c, ok := t.good[token]
	t.mu.Unlock()
	if ok {
		return c, true
	}
	if !verify(token, &c) {
		return accessClaims{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.good == nil || len(t.good) >= maxTokens {
		t.good = map[string]accessClaims{}
	}
	t.good[token] = c
	return c, true
}

// recent is a token made within the last minute, else a new one: signing one
// takes longer than most answers.
func (t *tokens) recent(now time.Time, says string, make func() string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m, ok := t.made[says]; ok && !now.Before(m.at) && now.Sub(m.at) < time.Minute {
		return m.text
	}
	if t.made == nil || len(t.made) >= maxTokens {
		t.made = map[string]madeToken{}
	}
	m := madeToken{make(), now}
	t.made[says] = m
	return m.text
}
