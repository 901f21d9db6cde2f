package entra

import (
	"encoding/json"
	"fmt"
)

// capabilities tell the services that this client answers claims challenges,
// so that they may give tokens a long life and still revoke them at once.
const capabilities = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`

// mergeClaims adds a challenge to what is always asked for.
func mergeClaims(challenge string) (string, error) {
	if challenge == "" {
		return capabilities, nil
	}
	var base, more map[string]any
	if err := json.Unmarshal([]byte(capabilities), &base); err != nil {
		return "", fmt.Errorf("read the claims: %w", err)
	}
	if err := json.Unmarshal([]byte(challenge), &more); err != nil {
		return "", fmt.Errorf("%w: the claims challenge is not JSON", ErrSignIn)
	}
	merge(base, more)
	out, err := json.Marshal(base)
	if err != nil {
		return "", fmt.Errorf("write the claims: %w", err)
	}
	return string(out), nil
}

// merge copies more into base; objects are merged, and what base has of other
// kinds stays, so that a challenge cannot take our capability away.
func merge(base, more map[string]any) {
	for k, v := range more {
		old, have := base[k]
		if !have {
			base[k] = v
			continue
		}
		a, ok1 := old.(map[string]any)
		b, ok2 := v.(map[string]any)
		if ok1 && ok2 {
			merge(a, b)
		}
	}
}
