package sandbox

import "sync"

// tokens remembers the claims of access tokens whose signature was found good,
// because verifying one takes longer than writing a page.
type tokens struct {
	mu   sync.Mutex // guards the rest
	good map[string]accessClaims
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
