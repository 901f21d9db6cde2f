package wire

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// maxClaims caps a claims challenge; real ones have a few hundred characters.
const maxClaims = 8 << 10

var claimsParam = regexp.MustCompile(`(?i)[\s,]claims="([A-Za-z0-9+/_=-]+)"`)

// challenge returns the decoded JSON of a claims challenge, or "" when the
// answer holds none that can be understood.
func challenge(h http.Header) string {
	for _, v := range h.Values("WWW-Authenticate") {
		if len(v) > maxClaims || !strings.HasPrefix(strings.ToLower(v), "bearer ") || !strings.Contains(v, "insufficient_claims") {
			continue
		}
		m := claimsParam.FindStringSubmatch(v)
		if m == nil {
			continue
		}
		text := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(m[1]), "=")
		data, err := base64.RawURLEncoding.DecodeString(text)
		var object map[string]json.RawMessage
		if err == nil && json.Unmarshal(data, &object) == nil {
			return string(data)
		}
	}
	return ""
}
