package companion

import "encoding/base64"

// challengeHeader is the WWW-Authenticate of a 401: with claims, the caller's
// pane signs in again with them, as continuous access evaluation has it.
func challengeHeader(claims string) string {
	if claims == "" {
		return `Bearer error="invalid_token"`
	}
	return `Bearer error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`
}
